"""Gradients of the workloads against NumPy in float64: errors, bits, and where NaN goes."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from bench.small import small
from limpide.bench.workloads import WORKLOADS, problem
from limpide.runtime import toolchain

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
COMPILER = pytest.mark.skipif(toolchain.find() is None, reason="there is no C compiler here")


@pytest.fixture
def numerics(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("numerics")


@COMPILER
@pytest.mark.parametrize("name", ["W2", "W4", "W5", "W7a", "W7b"])
@pytest.mark.parametrize("threads", [1, 2])
def test_gradients_are_those_of_numpy(
    numerics: Any, monkeypatch: pytest.MonkeyPatch, name: str, threads: int
) -> None:
    monkeypatch.setattr(lp.config, "threads", threads)
    given = numerics.one_step(small(name))
    call = numerics.compiled(given)
    first = call(given)
    want = numerics.reference(given)
    assert numerics.error(first, want) < numerics.TARGET
    assert numerics.digest(call(given)) == numerics.digest(first)
    assert len(numerics.poisoned(given)) >= 2 and not numerics.lost_nans(call, given)


def test_errors_and_lost_nans_are_seen(numerics: Any) -> None:
    assert numerics.error([np.array([1.0, 2.002])], [np.array([1.0, 2.0])]) == pytest.approx(1e-3)
    given = numerics.one_step(small("W5"))
    exact = numerics.reference(given)
    lost = numerics.lost_nans(lambda changed: exact, given)
    assert "1 of 1 in result 0" in lost[0]


@pytest.mark.slow
@COMPILER
def test_another_process_gives_the_same_bits(numerics: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lp.config, "threads", 2)
    given = numerics.one_step(problem(WORKLOADS["W2"]))
    assert numerics.other_process("W2", 2) == numerics.digest(numerics.compiled(given)(given))
