"""Elementwise functions made of elementwise ops: rounding, comparing, NaN handling, conversions."""

from __future__ import annotations

import math
from typing import Any

from ..dtypes import BFLOAT16, FLOAT32, FLOAT64, DType, as_dtype, is_float, promote, to_float
from ..graph import Node
from ..shapes import same
from . import reduce as r
from .define import as_node, cast, constant
from .map import (
    absolute,
    equal,
    floor_divide,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    logical_and,
    logical_or,
    maximum,
    minimum,
    not_equal,
    remainder,
    rint,
    sign,
    sin,
    where,
)

LARGEST = {
    BFLOAT16: 3.3895313892515355e38,
    FLOAT32: 3.4028234663852886e38,
    FLOAT64: 1.7976931348623157e308,
}


def as_float(x: Any) -> Node:
    """A node in its float dtype: integers become floatx."""
    node = as_node(x)
    return cast(node, to_float(node.dtype))


def pair(a: Any, b: Any) -> tuple[Node, Node]:
    """Two nodes in their common dtype; a Python number takes that of the other."""
    first = as_node(a, b.dtype if isinstance(b, Node) else None)
    second = as_node(b, first.dtype)
    dtype = promote([first.dtype, second.dtype])
    return cast(first, dtype), cast(second, dtype)


def float_pair(a: Any, b: Any) -> tuple[Node, Node]:
    first, second = pair(a, b)
    return as_float(first), as_float(second)


def astype(x: Any, dtype: Any, copy: bool = True) -> Node:
    """`x` in another dtype."""
    return cast(as_node(x), as_dtype(dtype))


def copy(x: Any) -> Node:
    """The same tensor: values never change in place."""
    return as_node(x)


def positive(x: Any) -> Node:
    """`x` as it is."""
    return as_node(x)


def fabs(x: Any) -> Node:
    """Absolute value as a float."""
    return absolute(as_float(x))


def round(x: Any, decimals: int = 0) -> Node:
    """Rounded to `decimals` digits after the point, halves to even."""
    t = as_node(x)
    if not is_float(t.dtype):
        if decimals >= 0:
            return t
        scale = constant(10**-decimals, t.dtype)
        return cast(rint(t / scale), t.dtype) * scale
    if decimals == 0:
        return rint(t)
    factor = float(10 ** abs(decimals))
    return rint(t * factor) / factor if decimals > 0 else rint(t / factor) * factor


def fmod(a: Any, b: Any) -> Node:
    """Remainder with the sign of the dividend, as C's fmod."""
    a, b = pair(a, b)
    rest = remainder(a, b)
    wrong = logical_and(not_equal(rest, 0), not_equal(less(a, 0), less(b, 0)))
    return where(wrong, rest - b, rest)


def divmod(a: Any, b: Any) -> tuple[Node, Node]:
    """(a // b, a % b)."""
    return floor_divide(a, b), remainder(a, b)


def deg2rad(x: Any) -> Node:
    """Degrees to radians."""
    return as_float(x) * (math.pi / 180)


def rad2deg(x: Any) -> Node:
    """Radians to degrees."""
    return as_float(x) * (180 / math.pi)


def sinc(x: Any) -> Node:
    """sin(pi x) / (pi x), 1 at 0; by its series near 0, so that every derivative is right there."""
    y = as_float(x) * math.pi
    near = less(absolute(y), 1e-2)
    away = where(near, 1.0, y)
    squared = where(near, y * y, 0.0)
    series = 1 + squared * (-1 / 6 + squared * (1 / 120 - squared * (1 / 5040)))
    return where(near, series, sin(away) / away)


def heaviside(x1: Any, x2: Any) -> Node:
    """0 below 0, `x2` at 0, 1 above; NaN stays NaN."""
    a, b = float_pair(x1, x2)
    step = where(equal(a, 0), b, (sign(a) + 1) * 0.5)
    return where(isnan(a), a, step)


def fmax(a: Any, b: Any) -> Node:
    """The larger one; a number wins over NaN."""
    a, b = pair(a, b)
    return maximum(a, b) if not is_float(a.dtype) else where(isnan(a), b, where(isnan(b), a, maximum(a, b)))


def fmin(a: Any, b: Any) -> Node:
    """The smaller one; a number wins over NaN."""
    a, b = pair(a, b)
    return minimum(a, b) if not is_float(a.dtype) else where(isnan(a), b, where(isnan(b), a, minimum(a, b)))


def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Node:
    """NaN and infinities replaced by numbers: by default 0 and the largest of the dtype."""
    t = as_node(x)
    if not is_float(t.dtype):
        return t
    largest = largest_float(t.dtype)
    high = constant(largest if posinf is None else posinf, t.dtype)
    low = constant(-largest if neginf is None else neginf, t.dtype)
    finite = where(isinf(t), where(less(t, 0), low, high), t)
    return where(isnan(t), nan, finite)


def largest_float(dtype: DType) -> float:
    return LARGEST[dtype]


def isposinf(x: Any) -> Node:
    """Where positive infinity."""
    return equal(as_float(x), math.inf)


def isneginf(x: Any) -> Node:
    """Where negative infinity."""
    return equal(as_float(x), -math.inf)


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Node:
    """Where |a - b| <= atol + rtol * |b|; infinities are close to themselves."""
    a, b = float_pair(a, b)
    near = logical_and(less_equal(absolute(a - b), absolute(b) * rtol + atol), isfinite(b))
    result = logical_or(near, equal(a, b))
    return logical_or(result, logical_and(isnan(a), isnan(b))) if equal_nan else result


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Node:
    """Whether all elements are close, as in `isclose`."""
    return r.all(isclose(a, b, rtol, atol, equal_nan))


def array_equal(a: Any, b: Any, equal_nan: bool = False) -> Node:
    """Whether shapes and all elements are equal."""
    a, b = as_node(a), as_node(b)
    if a.ndim != b.ndim or not all(map(same, a.shape, b.shape)):
        return constant(False)
    hits = equal(a, b)
    return r.all(logical_or(hits, logical_and(isnan(a), isnan(b))) if equal_nan else hits)


__all__ = [
    "allclose", "array_equal", "astype", "copy", "deg2rad", "divmod", "fabs", "fmax", "fmin", "fmod",
    "heaviside", "isclose", "isneginf", "isposinf", "nan_to_num", "positive", "rad2deg", "round", "sinc",
]  # fmt: skip
