"""Promotion is NumPy 2's, but for Python floats, which are `floatx`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.dtypes import (
    BFLOAT16,
    SUPPORTED,
    as_dtype,
    converted,
    in_native_order,
    list_dtype,
    narrowed,
    promote,
    to_float,
    weak_dtype,
    widened,
)
from limpide.errors import DTypeError
from limpide.graph import Array
from ops.check import devices, run_on

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


# -------------------------------------------------------------------------------------------- bfloat16
EVERY = np.arange(2**16, dtype=np.uint16)  # all there are, as bits
QUIET = np.uint16(0x40)


def hard_to_round() -> Array:
    """float32: every bfloat16 number, the middle of every two, neighbours of both; and some of all others."""
    upper = EVERY.astype(np.uint32) << 16
    tails = np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], np.uint32)
    some = np.random.default_rng(0).integers(0, 2**32, 100_000, dtype=np.uint64).astype(np.uint32)
    return np.concatenate([(upper[:, None] | tails).ravel(), some]).view(np.float32)


def nearest(x: Array) -> Array:
    """The bits of the nearest bfloat16 numbers, by distances in float64; of two equally near the even one."""
    below = (x.view(np.uint32) >> 16).astype(np.uint16)
    above = below + np.uint16(1)

    def number(bits: Array) -> Array:
        value = (bits.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
        return np.where(np.isinf(value), np.copysign(2.0**128, value), value)  # what would come next

    exact = x.astype(np.float64)
    to_below, to_above = abs(exact - number(below)), abs(number(above) - exact)
    up = (to_above < to_below) | ((to_above == to_below) & (below % 2 == 1))
    return np.where(np.isinf(x), below, np.where(up, above, below)).astype(np.uint16)


def test_every_bfloat16_number_is_the_upper_half_of_a_float32() -> None:
    wide = widened(EVERY.view(BFLOAT16))
    assert wide.dtype == np.float32
    np.testing.assert_array_equal(wide.view(np.uint32), EVERY.astype(np.uint32) << 16)
    back = narrowed(wide)["bits"]
    np.testing.assert_array_equal(back, np.where(np.isnan(wide), EVERY | QUIET, EVERY))


def test_rounding_to_bfloat16() -> None:
    x = hard_to_round()
    got, number = narrowed(x)["bits"], ~np.isnan(x)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(got[number], nearest(x)[number])
    assert np.isnan(widened(got[~number].view(BFLOAT16))).all()
    assert (got[~number] == ((x[~number].view(np.uint32) >> 16).astype(np.uint16) | QUIET)).all()


@pytest.mark.parametrize("device", devices())
def test_devices_cast_alike(device: str) -> None:
    """All numbers to float32, and what is hard to round from it, to the bit."""
    (wide,) = run_on(device, lambda x: x.astype("float32"), EVERY.view(BFLOAT16))
    np.testing.assert_array_equal(wide.view(np.uint32), EVERY.astype(np.uint32) << 16)
    x = hard_to_round()
    (there_and_back,) = run_on(device, lambda x: x.astype("bfloat16"), x)
    (kept,) = run_on(device, lambda x: lp.stack([x.astype("bfloat16")] * 2)[1], x)  # by way of memory
    wanted = narrowed(x)["bits"].astype(np.uint32) << 16
    np.testing.assert_array_equal(there_and_back.view(np.uint32), wanted)
    np.testing.assert_array_equal(kept.view(np.uint32), wanted)


def test_bfloat16_gives_way_to_floats_and_takes_integers_in() -> None:
    for other in SUPPORTED:
        assert (
            promote([BFLOAT16, other])
            == promote([other, BFLOAT16])
            == (other if other.kind == "f" else BFLOAT16)
        )
    assert promote([BFLOAT16], [2.5]) == promote([BFLOAT16], [2]) == promote([BFLOAT16], [True]) == BFLOAT16
    assert promote([np.dtype(np.int32)], [2.5]) == np.float32


def test_names_of_bfloat16() -> None:
    assert as_dtype("bfloat16") is as_dtype(lp.bfloat16) is BFLOAT16
    t = lp.tensor([1.0, 0.3], dtype=lp.bfloat16)
    assert t.dtype == lp.bfloat16 and t.dtype.name == "bfloat16"
    assert repr(t) == "tensor([1.        , 0.30078125], dtype=bfloat16)"
    assert repr(lp.input("x", (2,), "bfloat16")) == "<formula x: bfloat16(2,)>"
    with pytest.raises(DTypeError, match="takes integers or bool, not bfloat16"):
        lp.bitwise_and(t, t)


def test_values_of_bfloat16_are_read_as_float32() -> None:
    t = lp.parameter([1.0, 0.3], dtype="bfloat16")
    assert t.numpy().dtype == np.asarray(t).dtype == np.float32
    assert t.tolist() == [1.0, 0.30078125] and float(t[1]) == t[1].item() == 0.30078125 and int(t[0]) == 1
    t.assign(np.array([0.1, 1e-40]))
    np.testing.assert_array_equal(t.numpy(), widened(narrowed(np.float32([0.1, 1e-40]))))
    (result,) = lp.function([], [t * 2])()
    assert result.dtype == np.float32
    assert lp.compile(lambda x: x + 1)(t).dtype == lp.bfloat16


def test_arrays_become_bfloat16_only_where_it_is_asked_for() -> None:
    x = lp.input("x", (2,), "bfloat16")
    f = lp.function([x], x + 1)
    for given in (
        [1, 2],
        np.float32([1, 2]),
        np.float64([1, 2]),
        np.array([1, 2]),
        lp.tensor([1.0, 2.0], "bfloat16"),
    ):
        np.testing.assert_array_equal(f(given), [2, 3])
    assert (lp.tensor(np.float32([1, 2])) + lp.tensor([1.0, 2.0], "bfloat16")).dtype == np.float32
    y = lp.input("y", (2,))
    np.testing.assert_array_equal(lp.function([y], y + 1)(lp.tensor([1.0, 2.0], "bfloat16")), [2, 3])


def test_arrays_of_ml_dtypes() -> None:
    ml_dtypes: Any = pytest.importorskip("ml_dtypes")
    x = hard_to_round()[::7]
    x = x[~np.isnan(x)]
    theirs = x.astype(ml_dtypes.bfloat16)
    assert as_dtype(ml_dtypes.bfloat16) is as_dtype(theirs.dtype) is BFLOAT16
    np.testing.assert_array_equal(in_native_order(theirs)["bits"], narrowed(x)["bits"])
    np.testing.assert_array_equal(in_native_order(theirs)["bits"], converted(x, BFLOAT16)["bits"])
    t = lp.tensor(theirs)
    assert t.dtype == (t + theirs).dtype == lp.exp(theirs).dtype == lp.softmax(theirs).dtype == lp.bfloat16
    np.testing.assert_array_equal(np.asarray(t), theirs.astype(np.float32))
    np.testing.assert_array_equal(lp.compile(lambda x: x)(theirs).numpy(), theirs.astype(np.float32))
