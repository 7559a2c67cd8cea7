"""Data types and promotion: NumPy 2's rules, with Python floats as `config.floatx`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .config import config
from .errors import DTypeError

DType = np.dtype[Any]

BOOL: DType = np.dtype(np.bool_)
INT32: DType = np.dtype(np.int32)
INT64: DType = np.dtype(np.int64)
UINT32: DType = np.dtype(np.uint32)
UINT64: DType = np.dtype(np.uint64)
FLOAT32: DType = np.dtype(np.float32)
FLOAT64: DType = np.dtype(np.float64)

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
}
FLOATS: tuple[DType, ...] = (FLOAT32, FLOAT64)
SUPPORTED: tuple[DType, ...] = tuple(C_TYPES)

Scalar = bool | int | float

ALIGNMENT = 64  # bytes: where compiled code's own arrays start
LARGE = 1 << 20  # bytes of an output from which on new memory costs more than what is done with it
PADDING = 64  # bytes that vectors may read, never write, past the end of such an array


def floatx() -> DType:
    """The dtype of Python floats."""
    return np.dtype(config.floatx)


def as_dtype(value: Any) -> DType:
    """`value` as one of the supported dtypes.

    >>> as_dtype("float32")
    dtype('float32')
    """
    if value is float:
        return floatx()
    try:
        dtype: DType = np.dtype(value).newbyteorder("=")
    except TypeError:
        raise DTypeError("dtype", f"{value!r} is not a data type", hint="try 'float32'") from None
    if dtype not in C_TYPES:
        names = ", ".join(d.name for d in SUPPORTED)
        raise DTypeError("dtype", f"{dtype} is not one of {names}", hint="convert the array with .astype")
    return dtype


def in_native_order(array: np.ndarray[Any, DType]) -> np.ndarray[Any, DType]:
    """The array in this machine's byte order, copied only where it is in the other one."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def is_float(dtype: DType) -> bool:
    return dtype.kind == "f"


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

    >>> promote([FLOAT32], [2.0]), promote([INT32], [2]), promote([INT32, FLOAT32])
    (dtype('float32'), dtype('int32'), dtype('float64'))
    """
    strong = list(dtypes)
    result = np.result_type(*strong) if strong else None
    for value in scalars:
        weak = weak_dtype(value)
        if result is None or _rank(weak) > _rank(result):
            result = weak
    assert result is not None
    return as_dtype(result)


def _rank(dtype: DType) -> int:
    return {"b": 0, "u": 1, "i": 1, "f": 2}[dtype.kind]


def to_float(dtype: DType) -> DType:
    """The dtype of float functions of `dtype`: integers become floatx."""
    return dtype if is_float(dtype) else floatx()
