"""tf.nn: activations."""

from __future__ import annotations

from typing import Any

from ....nn.words import lp
from ..recording import op, tensor
from ..spelling import also


@op("Relu")
def relu(features: Any, name: str | None = None) -> Any:
    """max(x, 0)."""
    return lp.relu(tensor(features))


@op("Relu6")
def relu6(features: Any, name: str | None = None) -> Any:
    """min(max(x, 0), 6)."""
    return lp.relu6(tensor(features))


@op("Elu")
def elu(features: Any, name: str | None = None) -> Any:
    """x where it is positive, else exp(x) - 1."""
    return lp.elu(tensor(features))


@op("Selu")
def selu(features: Any, name: str | None = None) -> Any:
    """The scaled exponential linear unit (Klambauer et al. 2017)."""
    return lp.selu(tensor(features))


@op("LeakyRelu")
def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Any:
    """x where it is positive, else alpha x."""
    x = tensor(features)
    return lp.maximum(x, x * alpha) if isinstance(alpha, type(x)) else lp.leaky_relu(x, alpha)


@op("CRelu")
def crelu(features: Any, name: str | None = None, axis: int = -1) -> Any:
    """max(x, 0) and max(-x, 0) side by side."""
    x = tensor(features)
    return lp.relu(lp.concatenate([x, -x], axis=axis))


@op("swish")
def swish(features: Any, name: str | None = None) -> Any:
    """x sigmoid(x)."""
    return lp.silu(tensor(features))


@op("Softplus")
def softplus(features: Any, name: str | None = None) -> Any:
    """log(1 + exp(x))."""
    return lp.softplus(tensor(features))


@op("Softsign")
def softsign(features: Any, name: str | None = None) -> Any:
    """x / (1 + |x|)."""
    return lp.softsign(tensor(features))


@also(x="features")
@op("Sigmoid")
def sigmoid(features: Any, name: str | None = None) -> Any:
    """1 / (1 + exp(-x))."""
    return lp.sigmoid(tensor(features))


@also(x="features")
@op("Tanh")
def tanh(features: Any, name: str | None = None) -> Any:
    """The hyperbolic tangent."""
    return lp.tanh(tensor(features))


@op("LogSigmoid")
def log_sigmoid(x: Any, name: str | None = None) -> Any:
    """log(sigmoid(x))."""
    return lp.log_sigmoid(tensor(x))


@also(dim="axis")
@op("Softmax")
def softmax(logits: Any, axis: Any = None, name: str | None = None) -> Any:
    """exp(x) / sum(exp(x)) along an axis."""
    return lp.softmax(tensor(logits), axis=-1 if axis is None else axis)


@also(dim="axis")
@op("LogSoftmax")
def log_softmax(logits: Any, axis: Any = None, name: str | None = None) -> Any:
    """log(softmax(x)) along an axis."""
    return lp.log_softmax(tensor(logits), axis=-1 if axis is None else axis)


__all__ = [
    "crelu", "elu", "leaky_relu", "log_sigmoid", "log_softmax", "relu", "relu6", "selu", "sigmoid", "softmax",
    "softplus", "softsign", "swish", "tanh",
]  # fmt: skip
