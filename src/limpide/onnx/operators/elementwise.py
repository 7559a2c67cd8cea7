"""Operators of every element on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...dtypes import is_float
from ...errors import DataError
from ...nn.words import lp
from ...tensor import Tensor, astensor
from .table import dtype_of, known, operator

PLAIN = {
    "Abs": "absolute", "Acos": "arccos", "Acosh": "arccosh", "Asin": "arcsin", "Asinh": "arcsinh",
    "Atan": "arctan", "Atanh": "arctanh", "Ceil": "ceil", "Cos": "cos", "Cosh": "cosh", "Erf": "erf",
    "Exp": "exp", "Floor": "floor", "IsNaN": "isnan", "Log": "log", "Mish": "mish", "Neg": "negative",
    "Not": "logical_not", "Reciprocal": "reciprocal", "Relu": "relu", "Round": "rint", "Sigmoid": "sigmoid",
    "Sign": "sign", "Sin": "sin", "Sinh": "sinh", "Softplus": "softplus", "Softsign": "softsign",
    "Sqrt": "sqrt", "Tan": "tan", "Tanh": "tanh", "BitwiseNot": "bitwise_not", "HardSwish": "hard_swish",
}  # fmt: skip
PAIRS = {
    "Add": "add", "Sub": "subtract", "Mul": "multiply", "And": "logical_and", "Or": "logical_or",
    "Xor": "logical_xor", "Equal": "equal", "Greater": "greater", "GreaterOrEqual": "greater_equal",
    "Less": "less", "LessOrEqual": "less_equal", "BitwiseAnd": "bitwise_and", "BitwiseOr": "bitwise_or",
    "BitwiseXor": "bitwise_xor",
}  # fmt: skip
MANY = {"Max": "maximum", "Min": "minimum", "Sum": "add"}


def _plain(ours: str) -> Callable[..., Any]:
    return lambda x, *, consumed_inputs=None: getattr(lp, ours)(x)


def _pair(ours: str) -> Callable[..., Any]:
    def run(a: Any, b: Any, *, axis: Any = None, broadcast: int = 0, consumed_inputs: Any = None) -> Any:
        return getattr(lp, ours)(a, along(a, b, axis))

    return run


def along(a: Any, b: Any, axis: int | None) -> Any:
    """b, its axes beginning at one of a's: how the operators broadcast before version 7."""
    if axis is None:
        return b
    behind = astensor(a).ndim - axis % max(astensor(a).ndim, 1) - astensor(b).ndim
    return lp.reshape(b, (*astensor(b).shape, *[1] * behind))


def _many(ours: str) -> Callable[..., Any]:
    def run(*values: Any, consumed_inputs: Any = None) -> Any:
        result = values[0]
        for value in values[1:]:
            result = getattr(lp, ours)(result, value)
        return result

    return run


for _theirs, _ours in PLAIN.items():
    operator(_theirs)(_plain(_ours))
for _theirs, _ours in PAIRS.items():
    operator(_theirs)(_pair(_ours))
for _theirs, _ours in MANY.items():
    operator(_theirs)(_many(_ours))


@operator("Mean")
def mean(*values: Any, consumed_inputs: Any = None) -> Any:
    return _many("add")(*values) / len(values)


@operator("Identity")
def identity(x: Any) -> Any:
    return x


@operator("Div")
def divide(a: Any, b: Any, *, axis: Any = None, broadcast: int = 0, consumed_inputs: Any = None) -> Any:
    b = along(a, b, axis)
    if is_float(astensor(a).dtype):
        return lp.divide(a, b)
    low = a // b
    inexact = lp.logical_and(lp.less(a, 0) != lp.less(b, 0), low * b != a)
    return low + inexact.astype(astensor(a).dtype)  # towards zero


@operator("Mod")
def modulo(a: Any, b: Any, *, fmod: int = 0) -> Any:
    return lp.fmod(a, b) if fmod else lp.remainder(a, b)


@operator("Pow")
def power(a: Any, b: Any, *, axis: Any = None, broadcast: int = 0) -> Any:
    a, b = astensor(a), astensor(along(a, b, axis))
    return lp.power(a, b).astype(a.dtype)


@operator("BitShift")
def shift(a: Any, b: Any, *, direction: str) -> Any:
    a = astensor(a)
    bits = a.dtype.itemsize * 8
    beyond = lp.logical_or(lp.greater_equal(b, bits), lp.less(b, 0))
    shifted = (lp.left_shift if direction == "LEFT" else lp.right_shift)(a, lp.where(beyond, bits - 1, b))
    if direction == "RIGHT" and a.dtype.kind == "i":
        return shifted  # all bits are the sign
    return lp.where(beyond, lp.zeros_like(shifted), shifted)


@operator("Where")
def where(condition: Any, a: Any, b: Any) -> Any:
    return lp.where(condition, a, b)


@operator("Cast")
def cast(x: Any, *, to: int, saturate: int = 1, round_mode: str = "up") -> Any:
    return astensor(x).astype(dtype_of(to))


@operator("BitCast")
def bit_cast(x: Any, *, to: int) -> Any:
    array, dtype = known(x, "the bits of a value"), dtype_of(to)
    if array.dtype.itemsize != dtype.itemsize:
        raise DataError("onnx", f"the bits of {array.dtype} are not those of {dtype}")
    return Tensor(None, array.view(dtype).copy())


@operator("CastLike")
def cast_like(x: Any, like: Any, *, saturate: int = 1, round_mode: str = "up") -> Any:
    return astensor(x).astype(astensor(like).dtype)


@operator("IsInf")
def is_infinite(x: Any, *, detect_negative: int = 1, detect_positive: int = 1) -> Any:
    found = lp.isinf(x)
    if not detect_negative:
        found = lp.logical_and(found, lp.greater(x, 0))
    return found if detect_positive else lp.logical_and(found, lp.less(x, 0))


# ------------------------------------------------------------------------------------------ activations
@operator("Clip")
def clip_between(
    x: Any, *, min: float | None = None, max: float | None = None, consumed_inputs: Any = None
) -> Any:
    return lp.clip(x, min, max)


@operator("Clip", 11)
def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    return lp.clip(x, low, high)


@operator("LeakyRelu")
def leaky_relu(x: Any, *, alpha: float = 0.01, consumed_inputs: Any = None) -> Any:
    return lp.leaky_relu(x, alpha)


@operator("PRelu")
def prelu(x: Any, slope: Any, *, consumed_inputs: Any = None) -> Any:
    x, slope = astensor(x), astensor(slope)
    if slope.ndim == 1 and x.ndim > 2 and slope.shape[0] == x.shape[1] != x.shape[-1]:
        slope = lp.reshape(slope, (-1, *[1] * (x.ndim - 2)))
    return lp.where(lp.less(x, 0), x * slope, x)


@operator("Elu")
def elu(x: Any, *, alpha: float = 1.0, consumed_inputs: Any = None) -> Any:
    return lp.elu(x, alpha)


@operator("Celu")
def celu(x: Any, *, alpha: float = 1.0) -> Any:
    return lp.celu(x, alpha)


@operator("Selu")
def selu(
    x: Any,
    *,
    alpha: float = 1.6732632423543772,
    gamma: float = 1.0507009873554805,
    consumed_inputs: Any = None,
) -> Any:
    return lp.elu(x, alpha) * gamma


@operator("HardSigmoid")
def hard_sigmoid(x: Any, *, alpha: float = 0.2, beta: float = 0.5, consumed_inputs: Any = None) -> Any:
    return lp.clip(x * alpha + beta, 0, 1)


@operator("ThresholdedRelu")
def thresholded_relu(x: Any, *, alpha: float = 1.0) -> Any:
    return lp.where(lp.greater(x, alpha), x, lp.zeros_like(x))


@operator("Shrink")
def shrink(x: Any, *, bias: float = 0.0, lambd: float = 0.5) -> Any:
    x = astensor(x)
    above = lp.where(lp.greater(x, lambd), x - _like(bias, x), lp.zeros_like(x))
    return lp.where(lp.less(x, -lambd), x + _like(bias, x), above)


def _like(value: float, x: Tensor) -> Any:
    """A number in the dtype of a tensor."""
    return np.asarray(value).astype(x.dtype)


@operator("Gelu")
def gelu(x: Any, *, approximate: str = "none") -> Any:
    return lp.gelu(x, approximate == "tanh")


@operator("Swish")
def swish(x: Any, *, alpha: float = 1.0) -> Any:
    return x * lp.sigmoid(x * alpha)
