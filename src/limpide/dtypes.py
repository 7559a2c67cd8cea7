"""Data types and promotion: NumPy 2's rules, with Python floats as `config.floatx`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .config import config
from .errors import DTypeError

DType = np.dtype[Any]
Array = np.ndarray[Any, DType]

BOOL: DType = np.dtype(np.bool_)
INT32: DType = np.dtype(np.int32)
INT64: DType = np.dtype(np.int64)
UINT32: DType = np.dtype(np.uint32)
UINT64: DType = np.dtype(np.uint64)
FLOAT32: DType = np.dtype(np.float32)
FLOAT64: DType = np.dtype(np.float64)


class bfloat(np.void):  # type: ignore[misc]  # numpy itself makes such classes, as record
    """An element of a bfloat16 array: the upper half of a float32's bits. NumPy adds the 16 to the name."""

    def __float__(self) -> float:
        return float(widened(np.asarray(self)))

    def __repr__(self) -> str:
        return repr(float(self))

    __str__ = __repr__


BFLOAT16: DType = np.dtype((bfloat, [("bits", np.uint16)]))
bfloat16 = BFLOAT16  # its public name

# dtype -> (C type, suffix of the functions in support.h)
C_TYPES: dict[DType, tuple[str, str]] = {
    BOOL: ("uint8_t", "b8"),
    np.dtype(np.int8): ("int8_t", "i8"),
    np.dtype(np.int16): ("int16_t", "i16"),
    INT32: ("int32_t", "i32"),
    INT64: ("int64_t", "i64"),
    np.dtype(np.uint8): ("uint8_t", "u8"),
    np.dtype(np.uint16): ("uint16_t", "u16"),
    UINT32: ("uint32_t", "u32"),
    UINT64: ("uint64_t", "u64"),
    FLOAT32: ("float", "f32"),
    FLOAT64: ("double", "f64"),
    BFLOAT16: ("uint16_t", "bf16"),
}
FLOATS: tuple[DType, ...] = (FLOAT32, FLOAT64)
STORAGE: tuple[DType, ...] = (BFLOAT16,)  # kept in memory only: their arithmetic is float32's
SUPPORTED: tuple[DType, ...] = tuple(d for d in C_TYPES if d not in STORAGE)  # NumPy computes with these

Scalar = bool | int | float

ALIGNMENT = 64  # bytes: where compiled code's own arrays start
LARGE = 1 << 20  # bytes of an output from which on new memory costs more than what is done with it
PADDING = 64  # bytes that vectors may read, never write, past the end of such an array


def floatx() -> DType:
    """The dtype of Python floats."""
    return np.dtype(config.floatx)


def as_dtype(value: Any) -> DType:
    """`value` as one of the supported dtypes.

    >>> as_dtype("float32"), as_dtype("bfloat16") == BFLOAT16
    (dtype('float32'), True)
    """
    if value is float:
        return floatx()
    if _is_bfloat16(value):
        return BFLOAT16
    try:
        dtype: DType = np.dtype(value).newbyteorder("=")
    except TypeError:
        raise DTypeError("dtype", f"{value!r} is not a data type", hint="try 'float32'") from None
    if dtype not in C_TYPES:
        names = ", ".join(d.name for d in C_TYPES)
        raise DTypeError("dtype", f"{dtype} is not one of {names}", hint="convert the array with .astype")
    return dtype


def _is_bfloat16(value: Any) -> bool:
    """Whether this is bfloat16 by name, ours, or that of the package ml_dtypes, which NumPy does not know."""
    dtype = getattr(value, "dtype", value)  # ml_dtypes.bfloat16 is a scalar type with a dtype
    return isinstance(value, (str, np.dtype, type)) and getattr(dtype, "name", dtype) == "bfloat16"


def in_native_order(array: Array) -> Array:
    """The array in this machine's byte order, copied only where it is in the other one.

    An array of the package ml_dtypes becomes ours, with the same elements.
    """
    if array.dtype.kind == "V" and array.dtype != BFLOAT16 and _is_bfloat16(array.dtype):
        return array.view(BFLOAT16)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def converted(array: Array, dtype: DType) -> Array:
    """The array in another dtype, as NumPy's `astype`, also from and to storage dtypes; copied if it differs.

    >>> converted(converted(np.float32([1.00390625, 1.01]), BFLOAT16), FLOAT32)
    array([1.       , 1.0078125], dtype=float32)
    """
    if array.dtype == dtype:
        return array
    if array.dtype in STORAGE:
        array = widened(array)
    with np.errstate(all="ignore"):
        if dtype in STORAGE:
            return narrowed(np.asarray(array, FLOAT32))
        return array.astype(dtype)


def readable(array: Array) -> Array:
    """The array in a dtype that NumPy computes with: bfloat16 as float32, others as they are."""
    return converted(array, computing(array.dtype))


def widened(array: Array) -> Array:
    """The float32 numbers of a bfloat16 array."""
    bits = np.asarray(array["bits"]).astype(np.uint32) << np.uint32(16)
    return np.asarray(bits).view(FLOAT32)


def narrowed(array: Array) -> Array:
    """float32 numbers rounded to bfloat16: the nearest one, halves to even; a NaN stays NaN, made quiet."""
    bits = np.asarray(array, FLOAT32).view(np.uint32)
    with np.errstate(over="ignore"):  # of a NaN's bits
        rounded = bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))
    kept = np.where(np.isnan(array), bits | np.uint32(0x400000), rounded) >> np.uint32(16)
    return np.asarray(kept).astype(np.uint16).view(BFLOAT16)


def is_float(dtype: DType) -> bool:
    return dtype.kind == "f" or dtype in STORAGE


def computing(dtype: DType) -> DType:
    """The dtype in which arithmetic on elements of `dtype` is done."""
    return FLOAT32 if dtype in STORAGE else dtype


def is_weak(value: object) -> bool:
    """Python's own numbers take the dtype of what they meet."""
    return type(value) in (bool, int, float)


def weak_dtype(value: Scalar) -> DType:
    """The dtype of a Python number that meets nothing else."""
    if type(value) is bool:
        return BOOL
    return INT64 if type(value) is int else floatx()


def list_dtype(value: Any, found: DType) -> DType:
    """The dtype of a list that NumPy reads as `found`: Python's numbers take their default dtypes.

    >>> list_dtype([1.0, 2], np.dtype(np.float64)), list_dtype([np.float64(1.0)], np.dtype(np.float64))
    (dtype('float32'), dtype('float64'))
    """
    if found.kind not in "bif" or _holds_arrays(value):
        return found
    return {"b": BOOL, "i": INT64, "f": floatx()}[found.kind]


def _holds_arrays(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_holds_arrays, value))
    return isinstance(value, (np.ndarray, np.generic))


def promote(dtypes: Iterable[DType], scalars: Iterable[Scalar] = ()) -> DType:
    """The dtype in which arrays of `dtypes` and Python numbers meet (NumPy 2 promotion).

    bfloat16 gives way to every other float, and integers of any size give way to it, as in JAX and PyTorch.

    >>> promote([FLOAT32], [2.0]), promote([INT32], [2]), promote([INT32, FLOAT32])
    (dtype('float32'), dtype('int32'), dtype('float64'))
    >>> promote([BFLOAT16, FLOAT32]), promote([BFLOAT16, INT64], [2.0]).name
    (dtype('float32'), 'bfloat16')
    """
    strong = list(dtypes)
    if BFLOAT16 in strong:
        floats = [d for d in strong if d.kind == "f"]
        strong = floats or [BFLOAT16]
    result = np.result_type(*strong) if strong else None
    for value in scalars:
        weak = weak_dtype(value)
        if result is None or _rank(weak) > _rank(result):
            result = weak
    assert result is not None
    return as_dtype(result)


def _rank(dtype: DType) -> int:
    return {"b": 0, "u": 1, "i": 1, "f": 2, "V": 2}[dtype.kind]


def to_float(dtype: DType) -> DType:
    """The dtype of float functions of `dtype`: integers become floatx."""
    return dtype if is_float(dtype) else floatx()
