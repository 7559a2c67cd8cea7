"""Promotion is NumPy 2's, but for Python floats, which are `floatx`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.dtypes import SUPPORTED, as_dtype, list_dtype, promote, to_float, weak_dtype
from limpide.errors import DTypeError

pairs = [(a, b) for a in SUPPORTED for b in SUPPORTED]


@pytest.mark.parametrize(("a", "b"), pairs, ids=lambda d: d.name)
def test_arrays_meet_as_in_numpy(a: Any, b: Any) -> None:
    assert promote([a, b]) == np.result_type(a, b)


@pytest.mark.parametrize("dtype", SUPPORTED, ids=lambda d: d.name)
@pytest.mark.parametrize("number", [True, 2, 0.5])
def test_python_numbers_meet_arrays_as_in_numpy(dtype: Any, number: Any) -> None:
    wanted = np.result_type(dtype, number)
    if isinstance(number, float) and dtype.kind != "f":
        wanted = np.dtype(np.float32)  # floatx
    assert promote([dtype], [number]) == wanted
    assert lp.add(lp.tensor(np.ones(2, dtype)), number).dtype == wanted if dtype.kind != "b" else True


def test_floatx_is_looked_up_when_it_is_needed() -> None:
    before = lp.config.floatx
    try:
        lp.config.floatx = "float64"
        assert promote([], [1.0]) == weak_dtype(0.5) == as_dtype(float) == np.float64
        assert to_float(np.dtype(np.int32)) == np.float64
        assert lp.tensor([1.0]).dtype == np.float64
    finally:
        lp.config.floatx = before
    assert lp.tensor([1.0]).dtype == np.dtype(before)


def test_what_is_no_data_type() -> None:
    with pytest.raises(DTypeError, match="complex64 is not one of bool, int8"):
        as_dtype("complex64")
    with pytest.raises(DTypeError, match="is not a data type"):
        as_dtype("float33")
    assert as_dtype(np.float32) == as_dtype("f4") == np.dtype("float32")


def test_byte_order_does_not_matter() -> None:
    """Data types are equal to those of this machine or refused; nothing is read the wrong way round."""
    swapped = np.arange(3, dtype=np.dtype(np.float32).newbyteorder())
    np.testing.assert_array_equal((lp.tensor(swapped) + 1).numpy(), [1, 2, 3])
    np.testing.assert_array_equal(lp.compile(lambda x: x + 1)(swapped).numpy(), [1, 2, 3])
    np.testing.assert_array_equal((lp.tensor(np.ones(3, np.float32)) + swapped).numpy(), [1, 2, 3])
    np.testing.assert_array_equal(lp.parameter(swapped).numpy(), [0, 1, 2])


def test_lists() -> None:
    assert list_dtype([1, 2], np.dtype(np.int64)) == np.int64
    assert list_dtype([1.0], np.dtype(np.float64)) == np.float32
    assert list_dtype([np.float64(1)], np.dtype(np.float64)) == np.float64
