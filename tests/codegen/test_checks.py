"""Positions that come from data: what a failed check says where several threads find errors."""

from __future__ import annotations

import re

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide.errors import LimpideError
from limpide.runtime.toolchain import find


@pytest.mark.skipif(find() is None, reason="no C compiler")
def test_the_value_belongs_to_the_check() -> None:
    rng = np.random.default_rng(0)
    x, i, j = lp.input("x", (5,)), lp.input("i", (40_000,), "int64"), lp.input("j", (40_000,), "int64")
    f = lp.function([x, i, j], lp.exp(lp.take(x, i)) + lp.exp(lp.take(lp.concatenate([x, x]), j)))
    with configured(2):
        for _ in range(300):
            first, second = rng.integers(100, 200, 40_000), rng.integers(200, 300, 40_000)
            first[20_000:] = second[:20_000] = 0  # each thread finds errors of one kind
            wrong = first, second
            with pytest.raises(LimpideError) as raised:
                f(np.zeros(5, np.float32), *wrong)
            value, size = re.search(r"(\d{3}).*size (\d+)", str(raised.value)).groups()  # type: ignore[union-attr]
            assert (100 <= int(value) < 200) == (size == "5")


@pytest.mark.skipif(find() is None, reason="no C compiler")
def test_the_first_failed_check_is_told() -> None:
    """What fails later does not change what was found."""
    x, i, j = lp.input("x", (5,)), lp.input("i", (3,), "int64"), lp.input("j", (3,), "int64")
    f = lp.function([x, i, j], [lp.take(x, i) * 2, lp.take(x, j) * 3])
    with configured(1):
        for i_wrong, j_wrong in ((150, 250), (151, 251)):
            with pytest.raises(LimpideError, match=str(i_wrong)):
                f(np.zeros(5, np.float32), np.array([0, i_wrong, 0]), np.array([0, 0, j_wrong]))
