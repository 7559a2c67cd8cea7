"""`keras.activations`: by name, or as they are."""

from __future__ import annotations

from typing import Any

from .. import missing
from . import backend as K
from .utils.generic_utils import deserialize_keras_object


def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along an axis; ValueError for a vector."""
    if K.ndim(x) == 1:
        raise ValueError(f"Cannot apply softmax to a tensor that is 1D. Received input: {x}")
    return K.softmax(x) if axis == -1 else K.softmax(x, axis)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where it is positive, else alpha (exp(x) - 1)."""
    return K.elu(x, alpha)


def selu(x: Any) -> Any:
    """1.0507 ELU(x) with alpha 1.6733."""
    return 1.0507009873554804934193349852946 * K.elu(x, 1.6732632423543772848170429916717)


def softplus(x: Any) -> Any:
    """log(1 + exp(x))."""
    return K.softplus(x)


def softsign(x: Any) -> Any:
    """x / (1 + |x|)."""
    return K.softsign(x)


def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: float = 0.0) -> Any:
    """max(x, 0)."""
    return K.relu(x, alpha=alpha, max_value=max_value, threshold=threshold)


def tanh(x: Any) -> Any:
    """The hyperbolic tangent."""
    return K.tanh(x)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    return K.sigmoid(x)


def hard_sigmoid(x: Any) -> Any:
    """0.2 x + 0.5 kept in [0, 1]."""
    return K.hard_sigmoid(x)


def exponential(x: Any) -> Any:
    """exp(x)."""
    return K.exp(x)


def swish(x: Any) -> Any:
    """x sigmoid(x)."""
    return x * K.sigmoid(x)


def linear(x: Any) -> Any:
    """x."""
    return x


def serialize(activation: Any) -> Any:
    """Its name."""
    return getattr(activation, "__name__", None) or type(activation).__name__


def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """The activation of a name."""
    return deserialize_keras_object(name, globals(), custom_objects, "activation function")


def get(identifier: Any) -> Any:
    """The activation of a name; None is linear, functions and layers are as they are."""
    if identifier is None:
        return linear
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError("Could not interpret activation function identifier:", identifier)


__getattr__ = missing.attributes("keras.activations", globals())
