"""The check of support.h's functions: it measures errors, and finds those that are put in."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from limpide.runtime import toolchain

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
STEP = 1_000_003  # between the bit patterns that are tried

pytestmark = pytest.mark.skipif(toolchain.find() is None, reason="there is no C compiler here")


@pytest.fixture
def accuracy(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("accuracy")


def test_functions_are_within_the_limit(accuracy: Any, tmp_path: Path) -> None:
    library = accuracy.compiled(tmp_path)
    for name in accuracy.FUNCTIONS:
        found = accuracy.search(getattr(library, f"of_{name}"), 1 << 32, STEP)
        assert 0.3 < found.error < accuracy.LIMIT, name
    for name in accuracy.POWERS:
        found = accuracy.search(getattr(library, name), 50_000, 1)
        assert 0.3 < found.error < accuracy.LIMIT, name
        assert not accuracy.wrong_specials(library, name)


@pytest.mark.parametrize("formula", ["exp(x) * (1 + 1e-6)", "x > 89 ? 1e38 : exp(x)", "x < 0 ? NAN : exp(x)"])
def test_errors_are_found(
    accuracy: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, formula: str
) -> None:
    monkeypatch.setattr(accuracy, "FUNCTIONS", {"exp": formula})
    found = accuracy.search(accuracy.compiled(tmp_path).of_exp, 1 << 32, STEP)
    assert found.error > accuracy.LIMIT


def test_wrong_special_values_are_found(
    accuracy: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = accuracy.HEAD.replace("return lp_pow_f64(x, y)", "return x == 1 ? y : lp_pow_f64(x, y)")
    monkeypatch.setattr(accuracy, "HEAD", wrong)
    found = accuracy.wrong_specials(accuracy.compiled(tmp_path), "pow_f64")
    assert "pow_f64(1.0, inf) is inf, not 1.0" in found
