"""Large results that are written past the caches, a cache line at a time."""

from __future__ import annotations

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide.runtime.toolchain import find

pytestmark = pytest.mark.skipif(find() is None, reason="no C compiler")


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("dtype", "size"), [("float32", 2**21 + 5), ("float64", 2**20 + 3)])
def test_every_element_is_written(threads: int, dtype: str, size: int) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=size).astype(dtype), rng.normal(size=size).astype(dtype)
    x, y = lp.input("x", (None,), dtype), lp.input("y", (None,), dtype)
    with configured(threads):
        f = lp.function([x, y], [lp.where(x > 0, x * y, x - y), x + y])
        found = f(a, b)
    np.testing.assert_array_equal(found[0], np.where(a > 0, a * b, a - b))
    np.testing.assert_array_equal(found[1], a + b)


@pytest.mark.parametrize("threads", [1, 2])
def test_copies(threads: int) -> None:
    """Lines are copied as they are, wherever they begin."""
    a = np.random.default_rng(2).normal(size=2**21 + 9).astype(np.float32)
    x = lp.input("x", (None,))
    with configured(threads):
        whole, part = lp.function([x], [x, x[3:]])(a)
    np.testing.assert_array_equal(whole, a)
    np.testing.assert_array_equal(part, a[3:])


def test_rows_that_run_as_one_loop() -> None:
    a = np.random.default_rng(1).normal(size=(2101, 1003)).astype(np.float32)
    x = lp.input("x", (None, None))
    with configured(2):
        np.testing.assert_array_equal(lp.function([x], x * 2 + 1)(a), a * 2 + 1)
