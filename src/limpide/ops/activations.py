"""The non-linearities of networks, composed."""

from __future__ import annotations

import math
from typing import Any

from ..graph import Node
from . import reduce as r
from .arithmetic import as_float
from .arrange import split
from .map import (
    absolute,
    clip,
    erf,
    exp,
    expm1,
    greater,
    log,
    minimum,
    relu,
    sigmoid,
    softplus,
    stop_gradient,
    tanh,
    where,
)


def softmax(x: Any, axis: Any = -1) -> Node:
    """exp(x) / sum(exp(x)) along an axis, shifted by the maximum."""
    x = as_float(x)
    e = exp(x - stop_gradient(r.max(x, axis, keepdims=True)))
    return e / r.sum(e, axis, keepdims=True)


def log_softmax(x: Any, axis: Any = -1) -> Node:
    """log(softmax(x)) without overflow or cancellation."""
    t = as_float(x)
    shifted = t - stop_gradient(r.max(t, axis, keepdims=True))
    return shifted - log(r.sum(exp(shifted), axis, keepdims=True))


def softmin(x: Any, axis: Any = -1) -> Node:
    """softmax(-x)."""
    return softmax(-as_float(x), axis)


def gelu(x: Any, approximate: bool = False) -> Node:
    """x times the normal distribution function (Hendrycks and Gimpel 2016); or its tanh approximation."""
    t = as_float(x)
    if approximate:
        return t * 0.5 * (1 + tanh((t + t * t * t * 0.044715) * math.sqrt(2 / math.pi)))
    return t * 0.5 * (1 + erf(t * math.sqrt(0.5)))


def silu(x: Any) -> Node:
    """x * sigmoid(x) (Elfwing et al. 2017), also called swish."""
    t = as_float(x)
    return t * sigmoid(t)


def mish(x: Any) -> Node:
    """x * tanh(softplus(x)) (Misra 2019)."""
    t = as_float(x)
    return t * tanh(softplus(t))


def elu(x: Any, alpha: float = 1.0) -> Node:
    """x above 0, alpha * (exp(x) - 1) below (Clevert et al. 2015)."""
    x = as_float(x)
    return where(greater(x, 0), x, expm1(minimum(x, 0)) * alpha)


def celu(x: Any, alpha: float = 1.0) -> Node:
    """x above 0, alpha * (exp(x / alpha) - 1) below (Barron 2017)."""
    x = as_float(x)
    return where(greater(x, 0), x, expm1(minimum(x, 0) / alpha) * alpha)


def selu(x: Any) -> Node:
    """Scaled elu that keeps mean 0 and variance 1 (Klambauer et al. 2017)."""
    return elu(x, 1.6732632423543772) * 1.0507009873554805


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Node:
    """x above 0, negative_slope * x below."""
    x = as_float(x)
    return where(greater(x, 0), x, x * negative_slope)


def relu6(x: Any) -> Node:
    """min(max(x, 0), 6)."""
    return minimum(relu(x), 6)


def hard_sigmoid(x: Any) -> Node:
    """Straight lines instead of a sigmoid: x / 6 + 1 / 2, kept in [0, 1]."""
    return clip(as_float(x) * (1 / 6) + 0.5, 0, 1)


def hard_swish(x: Any) -> Node:
    """x * hard_sigmoid(x) (Howard et al. 2019)."""
    t = as_float(x)
    return t * hard_sigmoid(t)


def hard_tanh(x: Any, low: float = -1.0, high: float = 1.0) -> Node:
    """x kept in [low, high]."""
    return clip(as_float(x), low, high)


def softsign(x: Any) -> Node:
    """x / (1 + |x|)."""
    t = as_float(x)
    return t / (1 + absolute(t))


def glu(x: Any, axis: int = -1) -> Node:
    """The first half along an axis times the sigmoid of the second (Dauphin et al. 2016)."""
    first, second = split(as_float(x), 2, axis)
    return first * sigmoid(second)


__all__ = [
    "celu", "elu", "gelu", "glu", "hard_sigmoid", "hard_swish", "hard_tanh", "leaky_relu", "log_softmax",
    "mish", "relu6", "selu", "silu", "softmax", "softmin", "softsign",
]  # fmt: skip
