"""`keras.regularizers`: penalties on weights and activities."""

from __future__ import annotations

from typing import Any

from .. import missing
from . import backend as K
from .utils.generic_utils import deserialize_keras_object, serialize_keras_object


class Regularizer:
    """Weights to a scalar."""

    def __call__(self, x: Any) -> Any:
        return 0.0

    def get_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)


class L1L2(Regularizer):
    """l1 sum|w| + l2 sum w^2."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        self.l1, self.l2 = float(l1), float(l2)

    def __call__(self, x: Any) -> Any:
        parts = []
        if self.l1:
            parts.append(self.l1 * K.sum(K.abs(x)))
        if self.l2:
            parts.append(self.l2 * K.sum(K.square(x)))
        return sum(parts[1:], parts[0]) if parts else 0.0

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1, "l2": self.l2}


WeightRegularizer = ActivityRegularizer = L1L2


class EigenvalueRegularizer(Regularizer):
    """k times the largest eigenvalue of W'W, by nine steps of the power method (Keras 1)."""

    def __init__(self, k: float):
        self.k = float(k)

    def __call__(self, x: Any) -> Any:
        square = K.dot(K.transpose(x), x)
        v = K.dot(square, K.ones_like(K.sum(square, axis=1, keepdims=True)))
        for _ in range(8):
            v = K.dot(square, v / K.sqrt(K.sum(K.square(v))))
        w = K.dot(square, v)
        return self.k * K.sum(v * w) / K.sum(K.square(v))

    def get_config(self) -> dict[str, Any]:
        return {"k": self.k}


def l1(l: float = 0.01) -> L1L2:  # noqa: E741
    """l sum|w|."""
    return L1L2(l1=l)


def l2(l: float = 0.01) -> L1L2:  # noqa: E741
    """l sum w^2."""
    return L1L2(l2=l)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """Both."""
    return L1L2(l1, l2)


l1l2 = l1_l2
activity_l1, activity_l2, activity_l1l2 = l1, l2, l1_l2


def serialize(regularizer: Any) -> Any:
    """Its name and configuration."""
    return serialize_keras_object(regularizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The regulariser of a configuration."""
    return deserialize_keras_object(config, globals(), custom_objects, "regularizer")


def get(identifier: Any) -> Any:
    """The regulariser of a name or a configuration; functions are as they are."""
    if identifier is None or callable(identifier):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return (
            deserialize({"class_name": identifier, "config": {}})
            if identifier not in ("l1", "l2", "l1_l2", "l1l2")
            else globals()[identifier]()
        )
    raise ValueError(f"Could not interpret regularizer identifier: {identifier}")


__getattr__ = missing.attributes("keras.regularizers", globals())
