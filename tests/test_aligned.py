"""Arrays that begin where vectors do."""

from __future__ import annotations

import numpy as np
import pytest

import limpide as lp
from limpide import aligned
from limpide.dtypes import ALIGNMENT
from limpide.graph import Cell


def misaligned(shape: tuple[int, ...]) -> np.ndarray:
    size = int(np.prod(shape))
    array = aligned.empty((size + 1,), np.dtype(np.float32))[1:].reshape(shape)
    assert not aligned.is_aligned(array)
    return array


@pytest.mark.parametrize("shape", [(), (0,), (3,), (4, 5), (1000, 3)])
@pytest.mark.parametrize("dtype", ["float32", "uint8", "float64"])
def test_arrays_begin_at_a_multiple(shape: tuple[int, ...], dtype: str) -> None:
    array = aligned.empty(shape, np.dtype(dtype))
    assert array.shape == shape and array.dtype == dtype and array.flags.c_contiguous
    assert aligned.address(array) % ALIGNMENT == 0


def test_a_copy_has_the_same_elements_row_by_row() -> None:
    source = np.arange(12.0).reshape(3, 4).T
    found = aligned.copy(source)
    np.testing.assert_array_equal(found, source)
    assert found.flags.c_contiguous and aligned.is_aligned(found)


def test_state_is_aligned_when_it_is_made_and_when_it_is_written_to() -> None:
    cell = Cell(misaligned((3, 3)), "w")
    assert aligned.is_aligned(cell.value)
    cell.replace(misaligned((3, 3)))
    assert aligned.is_aligned(cell.own())


def test_compiled_code_gets_aligned_state_and_values_that_were_lent_stay() -> None:
    w, v = lp.parameter(np.ones((5, 7), np.float32)), lp.parameter(np.ones((7, 2), np.float32))
    for p in (w, v):
        p.cell.replace(misaligned(p.shape))
        p.cell.value[...] = 2
    kept = v.cell.lend()
    x = lp.input("x", (3, 5))
    f = lp.function([x], x @ w @ v, [(w, w + 1)])
    np.testing.assert_array_equal(f(np.ones((3, 5))), np.full((3, 2), 5 * 2 * 7 * 2))
    if lp.config.device != "numpy":
        assert aligned.is_aligned(w.cell.value)
    np.testing.assert_array_equal(kept, np.full((7, 2), 2))
    np.testing.assert_array_equal(w.numpy(), np.full((5, 7), 3))
