"""Runners agree, one that does other work is seen, and times and tables are what they should be."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from limpide.bench import report, timing
from limpide.bench.budgets import Budget, import_time
from limpide.bench.numpy_peer import NUMPY
from limpide.bench.numpy_peer import Digits as NumpyDigits
from limpide.bench.ours import LIMPIDE
from limpide.bench.runner import Library
from limpide.bench.timing import Result, Times, agree, compare, first_unit
from limpide.bench.torch_peer import TORCH, installed
from limpide.bench.workloads import WORKLOADS, Problem, Workload, glorot, problem
from limpide.errors import LimpideError

LIBRARIES = [LIMPIDE, NUMPY, *([TORCH] if installed() else [])]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "SETTLE", 0.0)
    monkeypatch.setattr(timing, "LONG_ENOUGH", 0.0)


def small(workload: Workload) -> Problem:
    """The same kind of work on little data."""
    r = np.random.default_rng(0)
    if workload.kind == "elementwise":
        return Problem(workload, [r.standard_normal(999, np.float32) for _ in range(2)], [], "noise")
    if workload.kind == "frames":
        inputs, hidden, outputs = workload.sizes
        x = r.standard_normal((20, inputs), np.float32)
        return Problem(workload, [x], [glorot(r, hidden, inputs), glorot(r, outputs, hidden)], "noise")
    x = r.random((310, workload.sizes[0]), np.float32)  # the last ten rows fill no batch
    start: list[Any] = []
    for inputs, outputs in zip(workload.sizes, workload.sizes[1:], strict=False):
        start += [glorot(r, inputs, outputs), np.zeros(outputs, np.float32)]
    return Problem(workload, [x, r.integers(0, 10, 310)], start, "noise")


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_form_of_every_library_does_the_same_work(name: str) -> None:
    given = small(WORKLOADS[name])
    found = {}
    for library in LIBRARIES:
        library.prepare(1)
        for form, make in library.forms[given.workload.kind].items():
            runner = make(given)
            found[f"{library.name} {form}"] = first_unit(given, runner)
            first = runner.result()
            runner.start()
            runner.run(given.order(0))
            for a, b in zip(first, runner.result(), strict=True):
                np.testing.assert_array_equal(a, b)  # start() goes back to the start
    agree(name, found)
    if given.start:
        assert abs(next(iter(found.values())) - given.measure(given.start)) > 1e-3, "nothing was learnt"


@pytest.mark.parametrize("name", ["W7a", "W7b"])
def test_elementwise_results_element_by_element(name: str) -> None:
    given = small(WORKLOADS[name])
    a, b = (x.astype(np.float64) for x in given.arrays)
    want = (a + b) ** 2 if name == "W7a" else np.sum(np.tanh(a) * b + np.exp(-a * a))
    for library in LIBRARIES:
        for make in library.forms["elementwise"].values():
            runner = make(given)
            runner.run(given.order(0))
            np.testing.assert_allclose(runner.result()[0], want, rtol=1e-4, atol=1e-5)


class Lazy(NumpyDigits):
    """Leaves out the last batch."""

    def run(self, order: Any) -> None:
        super().run(order[:-1])


def test_a_runner_that_does_less_is_not_timed() -> None:
    lazy = Library("lazy", NUMPY.prepare, {"digits": {"lazy": Lazy}})
    with pytest.raises(LimpideError, match="W3: the results differ") as caught:
        compare(small(WORKLOADS["W3"]), [NUMPY, lazy], 1, lambda _: None)
    assert "lazy (lazy): " in str(caught.value) and "numpy (in place): " in str(caught.value)


@pytest.mark.parametrize("values", [(1.0, 1.001), (1.0, np.nan), (np.inf, np.inf)])
def test_disagreement(values: tuple[float, float]) -> None:
    with pytest.raises(LimpideError, match="nothing was timed"):
        agree("W1", dict(zip("ab", values, strict=True)))


def test_agreement_within_rounding() -> None:
    agree("W1", {"a": 2.0, "b": 2.0001})


def test_rounds_are_in_turns() -> None:
    calls: list[str] = []

    def library(name: str) -> Library:
        class Noted(NumpyDigits):
            def run(self, order: Any) -> None:
                calls.append(name)
                super().run(order)

        return Library(name, NUMPY.prepare, {"digits": {"noted": Noted}})

    found = compare(small(WORKLOADS["W1"]), [library("a"), library("b")], 3, lambda _: None)
    assert calls[-6:] == ["a", "b"] * 3
    assert {name: len(t.seconds) for name, t in found.times.items()} == {"a": 3, "b": 3}


def test_the_ratio_is_against_the_best_of_all_peers() -> None:
    times = {
        "limpide": Times("", (1.0, 2.0, 9.0)),
        "slow": Times("", (8.0, 8.0, 8.0)),
        "fast": Times("", (3.0, 99.0, 3.0)),
    }
    found = Result(small(WORKLOADS["W1"]), 0.0, times)
    assert found.best_peer == "fast" and found.ratio == 1.5
    alone = Result(found.problem, 0.0, {"limpide": times["limpide"]})
    assert alone.best_peer is None and alone.ratio is None


def test_orders() -> None:
    shuffled, plain = small(WORKLOADS["W2"]), small(WORKLOADS["W1"])
    assert sorted(shuffled.order(1).ravel()) == list(range(300))
    assert shuffled.order(1).shape == (3, 100)
    assert (shuffled.order(1) != shuffled.order(2)).any()
    np.testing.assert_array_equal(plain.order(1).ravel(), np.arange(300))


def test_data_is_the_same_every_time() -> None:
    for name in ("W3", "W5", "W7a"):
        first, second = (problem(WORKLOADS[name], quick=True) for _ in range(2))
        for a, b in zip(first.arrays + first.start, second.arrays + second.start, strict=True):
            np.testing.assert_array_equal(a, b)


def test_tables() -> None:
    findings = {
        "threads": 2,
        "machine": {
            "processor": "Abacus", "cores": 2, "system": "Linux", "python": "3.11", "compiler": "gcc 12",
            "load": 0.1, "load_after": 1.2, "matmul_gflops": 300.0, "copy_gbytes": 15.0,
        },
        "versions": {"limpide": "0.1", "numpy": "2.4"},
        "workloads": [
            {
                "name": name, "title": "t", "unit": "epoch", "data": "5 digits", "agreed": 1.0, "goal": 1.5,
                "runs": {"limpide": {"median_ms": 2.0}, "numpy": {"median_ms": 2.0 * ratio}},
                "best_peer": "numpy", "ratio": ratio,
            }
            for name, ratio in (("W1", 2.0), ("W2", 1.2))
        ],
        "budgets": [
            {"what": "import", "value": 1.9, "limit": 2.0, "unit": "x", "note": "", "met": True},
            {"what": "call", "value": 7.0, "limit": 5.0, "unit": "us", "note": "", "met": False},
        ],
    }  # fmt: skip
    console = Console(width=100, record=True, file=io.StringIO())
    report.show(findings, console)
    text = console.export_text()
    lines = text.splitlines()
    assert any("W1" in line and "2.00x" in line and "1.5x met" in line for line in lines)
    assert any("W2" in line and "1.20x" in line and "1.5x missed" in line for line in lines)
    assert any("import" in line and "met" in line for line in lines)
    assert any("call" in line and "missed" in line for line in lines)
    assert "W1, W2: 5 digits." in text and "noisy" not in text


def test_budgets() -> None:
    assert Budget("w", 1.0, 1.0, "s").met and not Budget("w", 1.1, 1.0, "s").met
    found = import_time(1)
    assert found.value > 0.5 and " ms / " in found.note


def test_a_whole_run_writes_its_figures(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [
        sys.executable,
        "-m",
        "limpide",
        "bench",
        "W5",
        "--peers",
        "numpy",
        "--threads",
        "1",
        "--quick",
    ]
    done = subprocess.run([*command, "--json", str(figures)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "W5 auto-encoder" in done.stdout and "1 thread" in done.stdout
    (found,) = json.loads(figures.read_text())["workloads"]
    ours, theirs = (np.median(found["runs"][name]["ms"]) for name in ("limpide", "numpy"))
    assert found["best_peer"] == "numpy" and found["ratio"] == pytest.approx(theirs / ours)
    assert 0 < found["agreed"] < 1e6


def test_a_peer_that_is_not_there() -> None:
    if installed():
        pytest.skip("torch is installed")
    done = subprocess.run(
        [sys.executable, "-m", "limpide", "bench", "W5", "--peers", "torch"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "pip install 'limpide[bench]'" in done.stderr
