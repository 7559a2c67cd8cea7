"""`keras.metrics`: what is measured beside the loss, a value per row."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...nn.words import lp
from ...tensor import astensor
from .. import missing
from . import backend as K
from .backend.images import behind
from .losses import (
    MAE,
    MAPE,
    MSE,
    MSLE,
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    cosine,
    cosine_proximity,
    cosine_similarity,
    hinge,
    kullback_leibler_divergence,
    logcosh,
    mae,
    mape,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    mse,
    msle,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from .symbols import is_symbol, op
from .utils.generic_utils import deserialize_keras_object, serialize_keras_object


@op
def _hits(a: Any, b: Any) -> Any:
    return lp.equal(astensor(a), astensor(b).astype(astensor(a).dtype)).astype(K.floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """The share of y_pred that lie on the right side of the threshold."""
    if threshold == 0.5:
        return K.mean(_hits(y_true, K.round(y_pred)), axis=-1)
    return K.mean(_hits(y_true, K.cast(K.greater(y_pred, threshold), K.floatx())), axis=-1)


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Whether the largest score is that of the one-hot row's class."""
    logits = behind(y_pred, "softmax")  # its largest element is the same one
    scores = y_pred if logits is None else logits
    return _hits(K.argmax(y_true, axis=-1), K.argmax(scores, axis=-1))


@op
def _index(y_true: Any, y_pred: Any) -> Any:
    y, p = astensor(y_true), astensor(y_pred)
    y = lp.reshape(y, p.shape[:-1]) if y.ndim == p.ndim else y
    return lp.equal(y.astype("int64"), lp.argmax(p, axis=-1)).astype(K.floatx())


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Whether the largest score is that of the class index."""
    logits = behind(y_pred, "softmax")
    return _index(y_true, y_pred if logits is None else logits)


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Whether the class of the one-hot row is among the k largest scores."""
    return K.mean(K.cast(K.in_top_k(y_pred, K.argmax(y_true, axis=-1), k), K.floatx()), axis=-1)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Whether the class index is among the k largest scores."""
    return K.mean(K.cast(K.in_top_k(y_pred, K.flatten(y_true), k), K.floatx()), axis=-1)


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Whether both are equal."""
    return K.mean(_hits(y_true, y_pred), axis=-1)


def mean_pred(y_true: Any, y_pred: Any) -> Any:
    """The mean of the predictions."""
    return K.mean(y_pred)


def _counts(y_true: Any, y_pred: Any) -> tuple[Any, Any, Any]:
    right = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    return right, K.sum(K.round(K.clip(y_pred, 0, 1))), K.sum(K.round(K.clip(y_true, 0, 1)))


def precision(y_true: Any, y_pred: Any) -> Any:
    """The share of what is called positive that is (Keras 1: the mean over batches)."""
    right, called, _ = _counts(y_true, y_pred)
    return right / (called + K.epsilon())


def recall(y_true: Any, y_pred: Any) -> Any:
    """The share of what is positive that is called so (Keras 1: the mean over batches)."""
    right, _, there = _counts(y_true, y_pred)
    return right / (there + K.epsilon())


def fbeta_score(y_true: Any, y_pred: Any, beta: float = 1) -> Any:
    """The weighted harmonic mean of precision and recall (Keras 1)."""
    if beta < 0:
        raise ValueError("The lowest choosable beta is zero (only precision).")
    p, r = precision(y_true, y_pred), recall(y_true, y_pred)
    return (1 + beta**2) * (p * r) / (beta**2 * p + r + K.epsilon())


def fmeasure(y_true: Any, y_pred: Any) -> Any:
    """The harmonic mean of precision and recall (Keras 1)."""
    return fbeta_score(y_true, y_pred, beta=1)


def matthews_correlation(y_true: Any, y_pred: Any) -> Any:
    """Matthews' correlation coefficient (Keras 1)."""
    p, y = K.round(K.clip(y_pred, 0, 1)), K.round(K.clip(y_true, 0, 1))
    tp, tn = K.sum(y * p), K.sum((1.0 - y) * (1.0 - p))
    fp, fn = K.sum((1.0 - y) * p), K.sum(y * (1.0 - p))
    root = K.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / (root + K.epsilon())


acc = ACC = accuracy
top_k = top_k_categorical_accuracy


class Metric:
    """A measurement as an object (tf.keras); in `compile` its mean over batches is shown.

    fn: the function per row.
    """

    fn: Any = None

    def __init__(self, name: str | None = None, dtype: Any = None, **kwargs: Any):
        self.name = name or type(self).snake
        self.kwargs = kwargs
        self.reset_states()

    snake = "metric"

    def reset_states(self) -> None:
        """Forget what was seen."""
        self.total, self.count = 0.0, 0

    reset_state = reset_states

    def update_state(self, y_true: Any, y_pred: Any = None, sample_weight: Any = None) -> None:
        """See one batch more."""
        values = np.asarray(
            K.get_value(y_true if type(self).fn is None else type(self).fn(y_true, y_pred, **self.kwargs))
        )
        self.total, self.count = self.total + float(values.sum()), self.count + values.size

    def result(self) -> Any:
        """The mean of what was seen."""
        return astensor(np.float32(self.total / max(self.count, 1)))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if any(is_symbol(a) for a in args):
            return type(self).fn(*args, **self.kwargs) if type(self).fn else args[0]
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, **self.kwargs}


def _class(name: str, snake: str, function: Any) -> Any:
    fn = None if function is None else staticmethod(function)
    return type(name, (Metric,), {"fn": fn, "snake": snake, "__doc__": f"The mean of {snake}."})


Mean = _class("Mean", "mean", None)
Accuracy = _class("Accuracy", "accuracy", accuracy)
BinaryAccuracy = _class("BinaryAccuracy", "binary_accuracy", binary_accuracy)
CategoricalAccuracy = _class("CategoricalAccuracy", "categorical_accuracy", categorical_accuracy)
SparseCategoricalAccuracy = _class(
    "SparseCategoricalAccuracy", "sparse_categorical_accuracy", sparse_categorical_accuracy
)
TopKCategoricalAccuracy = _class(
    "TopKCategoricalAccuracy", "top_k_categorical_accuracy", top_k_categorical_accuracy
)
MeanSquaredError = _class("MeanSquaredError", "mean_squared_error", mean_squared_error)
MeanAbsoluteError = _class("MeanAbsoluteError", "mean_absolute_error", mean_absolute_error)
BinaryCrossentropy = _class("BinaryCrossentropy", "binary_crossentropy", binary_crossentropy)
CategoricalCrossentropy = _class(
    "CategoricalCrossentropy", "categorical_crossentropy", categorical_crossentropy
)
SparseCategoricalCrossentropy = _class(
    "SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", sparse_categorical_crossentropy
)
Precision = _class("Precision", "precision", precision)
Recall = _class("Recall", "recall", recall)


def serialize(metric: Any) -> Any:
    """Its name."""
    return metric.__name__ if hasattr(metric, "__name__") else serialize_keras_object(metric)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The metric of a name."""
    return deserialize_keras_object(config, globals(), custom_objects, "metric function")


def get(identifier: Any) -> Any:
    """The metric of a name; functions are as they are."""
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError("Could not interpret metric function identifier:", identifier)


__all__ = [
    "MAE", "MAPE", "MSE", "MSLE", "acc", "accuracy", "binary_accuracy", "binary_crossentropy",
    "categorical_accuracy", "categorical_crossentropy", "categorical_hinge", "cosine", "cosine_proximity",
    "cosine_similarity", "deserialize", "fbeta_score", "fmeasure", "get", "hinge",
    "kullback_leibler_divergence", "logcosh", "mae", "mape", "matthews_correlation", "mean_absolute_error",
    "mean_absolute_percentage_error", "mean_pred", "mean_squared_error", "mean_squared_logarithmic_error",
    "mse", "msle", "poisson", "precision", "recall", "serialize", "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy", "sparse_top_k_categorical_accuracy", "squared_hinge",
    "top_k_categorical_accuracy",
]  # fmt: skip

__getattr__ = missing.attributes("keras.metrics", globals())
