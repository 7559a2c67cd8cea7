"""`theano.scalar`: dtypes, how they meet, and the names of scalar ops."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import missing
from ..configparser import config
from ..gof.type import Type

DISCRETE = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "float32", "float64")
SMALL = ("bool", "int8", "int16", "uint8", "uint16")  # integers that float32 holds exactly

discrete_types = discrete_dtypes = DISCRETE
float_types = float_dtypes = FLOATS
complex_types = complex_dtypes = ("complex64", "complex128")


def upcast(dtype: str, *dtypes: str) -> str:
    """The dtype in which arrays of these dtypes meet.

    >>> upcast("int32", "float32")
    'float64'
    """
    return str(np.result_type(*map(np.dtype, (dtype, *dtypes))))


def upgrade_to_float(*dtypes: str) -> str:
    """The dtype of float functions: float32 where it holds the integers, else float64."""
    found = [("float32" if d in SMALL else "float64") if d in DISCRETE else d for d in dtypes]
    return upcast(*found)


class Scalar(Type):
    """The type of one number."""

    def __init__(self, dtype: str):
        self.dtype = config.floatX if dtype == "floatX" else dtype
        self.ndim = 0
        self.broadcastable = ()

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        return np.asarray(data, self.dtype)[()]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash((Scalar, self.dtype))

    def __str__(self) -> str:
        return self.dtype

    def __repr__(self) -> str:
        return f"Scalar({self.dtype})"


def get_scalar_type(dtype: str) -> Scalar:
    return Scalar(dtype)


int8, int16, int32, int64, uint8, uint16, uint32, uint64 = map(Scalar, DISCRETE[1:])
globals()["bool"] = Scalar("bool")
float16, float32, float64 = map(Scalar, FLOATS)
float_types_ = (float32, float64)


class ScalarOp:
    """The name of what an elementwise op does to each element."""

    def __init__(self, name: str):
        self.name = name

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__

    def __eq__(self, other: object) -> Any:
        return isinstance(other, ScalarOp) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


identity = ScalarOp("identity")
add, mul, sub, true_div = map(ScalarOp, ("add", "mul", "sub", "true_div"))

__getattr__ = missing.attributes("theano.scalar", globals())
