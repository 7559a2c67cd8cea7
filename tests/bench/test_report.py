"""Tables for people say what the figures are."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from limpide.bench import report
from limpide.bench.report import Comparison, Findings
from limpide.bench.timing import Result, Times
from limpide.runtime.limits import current

from .small import small

NONE = "has no form of it"


def findings() -> dict[str, Any]:
    def times(ms: float) -> Times:
        return Times("form", 1.25, [ms / 1e3] * 3)

    results = [
        Result(small("W1"), 1.0, {"limpide": times(2), "numpy": times(20)}, {"jax": NONE}, 0.0),
        Result(small("W1s"), 1.0, {"limpide": times(3), "numpy": times(6)}, {}, 0.2),
        Result(small("W5"), 1.0, {"numpy": times(6)}, {"limpide": "form: gets 2 instead of 1"}, 0.0),
    ]
    system = {"processor": "Abacus", "cores": 2, "system": "Linux", "python": "3.11"}
    machine = {**system, "compiler": "gcc 12", "load": 0.1}
    versions = {"limpide": "0.1", "numpy": "2.4", "jax": "0.10"}
    return Findings(machine, current(), [Comparison(current().threads, versions, results)]).as_json()


@pytest.fixture(scope="module")
def lines() -> list[str]:
    console = Console(width=120, record=True, file=io.StringIO())
    found = findings()
    report.show_machine(found, console)
    report.show_run(found["runs"][0], console)
    return console.export_text().splitlines()


def has(lines: list[str], *words: str) -> bool:
    return any(all(word in line for word in words) for line in lines)


def test_ratios(lines: list[str]) -> None:
    assert has(lines, "W1 ", "numpy 20.0", "10.00x", "4x met")
    assert has(lines, "W1s", "numpy 6.00", "2.00x", "4x missed")
    assert has(lines, "W5", "numpy 6.00", " - ", "10x")


def test_libraries_and_compiling(lines: list[str]) -> None:
    assert has(lines, "numpy", "20.0", "6.00", "6.00")
    assert has(lines, "numpy", "1.2", "1.2", "1.2")


def test_notes(lines: list[str]) -> None:
    assert has(lines, "W1s: logistic 784-10, shuffled, noise.")
    assert has(lines, "W1s: limpide takes 1.50 of the time of W1.")
    assert has(lines, "jax was not timed on W1: has no form of it.")
    assert has(lines, "limpide was not timed on W5: form: gets 2 instead of 1.")
    assert has(lines, "W1s is noisy", "20%") and not has(lines, "W1 is noisy")
    assert not has(lines, "figures will be noisy")


def test_figures() -> None:
    (run,) = findings()["runs"]
    first, second, third = run["workloads"]
    assert first["runs"]["numpy"] == {"form": "form", "compile_s": 1.25, "median_ms": 20, "ms": [20, 20, 20]}
    assert second["shuffling"] == 1.5 and "shuffling" not in first
    assert 0 < first["of_limit"] < 10 and third["of_limit"] is None


def test_budgets() -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    budgets = [
        {"what": "import", "value": 1.9, "limit": 2.0, "unit": "x", "note": "", "met": True},
        {"what": "call", "value": 7.0, "limit": 5.0, "unit": "us", "note": "", "met": False},
    ]
    report.show_budgets(budgets, console)
    lines = console.export_text().splitlines()
    assert has(lines, "import", "1.9 x", " met") and has(lines, "call", "7 us", "missed")
