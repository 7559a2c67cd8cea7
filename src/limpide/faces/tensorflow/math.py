"""Arithmetic, comparisons, reductions and products: the names of tf.* and tf.math."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...nn.words import lp
from .dtypes import bool_
from .recording import alike, numpy_of, op, tensor

Function = Callable[..., Any]


def _host(f: Function) -> Function:
    return lambda *args: f(*map(numpy_of, args))


def _numpy(engine: Function) -> Function:
    """NumPy's function of the same name."""
    found: Function = getattr(np, engine.__name__, engine)
    return found


def _binary(kind: str, engine: Function, numpy: Function | None = None, gradient: bool = True) -> Function:
    """An operation on two operands of one dtype."""

    def build(x: Any, y: Any, name: Any = None) -> Any:
        return engine(*alike(x, y))

    build.__name__, build.__doc__ = kind, engine.__doc__
    dtype = None if gradient else bool_
    return op(kind, host=_host(numpy or _numpy(engine)), gradient=gradient, dtype=dtype)(build)


def _unary(kind: str, engine: Function, numpy: Function | None = None, gradient: bool = True) -> Function:
    """An operation on one operand."""

    def build(x: Any, name: Any = None) -> Any:
        return engine(tensor(x))

    build.__name__, build.__doc__ = kind, engine.__doc__
    return op(kind, host=_host(numpy or _numpy(engine)), gradient=gradient)(build)


def _divided(x: Any, y: Any) -> Any:
    """x / y, of integers the floor."""
    return lp.floor_divide(x, y) if x.dtype.kind in "iu" else lp.divide(x, y)


def _true(x: Any, y: Any) -> Any:
    if x.dtype.kind in "iu":
        wider = "float32" if x.dtype.itemsize < 4 else "float64"
        x, y = x.astype(wider), y.astype(wider)
    return lp.divide(x, y)


def _squared(x: Any, y: Any) -> Any:
    return lp.square(x - y)


def _no_nan(x: Any, y: Any) -> Any:
    zero = y == 0
    return lp.where(zero, 0, x / lp.where(zero, 1, y)).astype(x.dtype)


def _truncated_division(x: Any, y: Any) -> Any:
    q = lp.floor_divide(lp.abs(x), lp.abs(y))
    return (lp.sign(x) * lp.sign(y)).astype(x.dtype) * q


add = _binary("Add", lp.add)
subtract = _binary("Sub", lp.subtract)
multiply = _binary("Mul", lp.multiply)
divide = truediv = _binary("RealDiv", _true, np.true_divide)
realdiv = truediv
div = _binary("Div", _divided, np.divide)
floordiv = floor_div = _binary("FloorDiv", lp.floor_divide)
truncatediv = _binary("TruncateDiv", _truncated_division)
mod = floormod = _binary("FloorMod", lp.remainder)
truncatemod = _binary("TruncateMod", lp.fmod)
div_no_nan = _binary("DivNoNan", _no_nan)
pow = _binary("Pow", lp.power)
maximum = _binary("Maximum", lp.maximum)
minimum = _binary("Minimum", lp.minimum)
squared_difference = _binary("SquaredDifference", _squared)
atan2 = _binary("Atan2", lp.atan2)
equal = _binary("Equal", lp.equal, gradient=False)
not_equal = _binary("NotEqual", lp.not_equal, gradient=False)
less = _binary("Less", lp.less, gradient=False)
less_equal = _binary("LessEqual", lp.less_equal, gradient=False)
greater = _binary("Greater", lp.greater, gradient=False)
greater_equal = _binary("GreaterEqual", lp.greater_equal, gradient=False)
logical_and = _binary("LogicalAnd", lp.logical_and, gradient=False)
logical_or = _binary("LogicalOr", lp.logical_or, gradient=False)
logical_xor = _binary("LogicalXor", lp.logical_xor, gradient=False)
negative = _unary("Neg", lp.negative)
