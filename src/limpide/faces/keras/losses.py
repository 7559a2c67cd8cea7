"""`keras.losses`: what is minimised, a value per row."""

from __future__ import annotations

from typing import Any

from .. import missing
from . import backend as K
from .utils.generic_utils import deserialize_keras_object, serialize_keras_object


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of (y_pred - y_true)^2."""
    return K.mean(K.square(y_pred - y_true), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of |y_pred - y_true|."""
    return K.mean(K.abs(y_pred - y_true), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of |y_true - y_pred| / |y_true|, in percent."""
    share = K.abs((y_true - y_pred) / K.maximum(K.abs(y_true), K.epsilon()))
    return 100.0 * K.mean(share, axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of (log(1 + y_pred) - log(1 + y_true))^2."""
    first = K.log(K.maximum(y_pred, K.epsilon()) + 1.0)
    return K.mean(K.square(first - K.log(K.maximum(y_true, K.epsilon()) + 1.0)), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of max(1 - y_true y_pred, 0)^2."""
    return K.mean(K.square(K.maximum(1.0 - y_true * y_pred, 0.0)), axis=-1)


def hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of max(1 - y_true y_pred, 0)."""
    return K.mean(K.maximum(1.0 - y_true * y_pred, 0.0), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(1 + the best wrong score - the right one, 0)."""
    right = K.sum(y_true * y_pred, axis=-1)
    wrong = K.max((1.0 - y_true) * y_pred, axis=-1)
    return K.maximum(0.0, wrong - right + 1.0)


def logcosh(y_true: Any, y_pred: Any) -> Any:
    """The mean of log(cosh(y_pred - y_true))."""
    x = y_pred - y_true
    return K.mean(x + K.softplus(-2.0 * x) - 0.6931471805599453, axis=-1)


def huber_loss(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Squares near 0, straight lines beyond delta."""
    error = K.abs(y_pred - y_true)
    within = K.minimum(error, delta)
    return K.mean(0.5 * K.square(within) + delta * (error - within), axis=-1)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0
) -> Any:
    """-sum(y_true log y_pred); y_true are one-hot rows."""
    if label_smoothing:
        classes = K.int_shape(y_pred)[-1]
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / classes
    return K.categorical_crossentropy(y_true, y_pred, from_logits=from_logits)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-log y_pred[y_true]; y_true are class indices."""
    return K.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0
) -> Any:
    """The mean of -(y log p + (1 - y) log(1 - p))."""
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return K.mean(K.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=-1)


def kullback_leibler_divergence(y_true: Any, y_pred: Any) -> Any:
    """sum(y_true log(y_true / y_pred))."""
    p, q = K.clip(y_true, K.epsilon(), 1), K.clip(y_pred, K.epsilon(), 1)
    return K.sum(p * K.log(p / q), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """The mean of y_pred - y_true log(y_pred)."""
    return K.mean(y_pred - y_true * K.log(y_pred + K.epsilon()), axis=-1)


def cosine_proximity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """-cos of the angle between them."""
    return -K.sum(K.l2_normalize(y_true, axis=axis) * K.l2_normalize(y_pred, axis=axis), axis=axis)


mse = MSE = mean_squared_error
rmse = RMSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence
cosine = cosine_similarity = cosine_proximity
log_cosh = logcosh
huber = huber_loss


class Loss:
    """A loss as an object: called with y_true and y_pred, gives their loss.

    fn: the function per row. reduction: "none" for the rows, else their mean, or "sum".
    """

    fn: Any = None

    def __init__(self, reduction: str = "sum_over_batch_size", name: str | None = None, **kwargs: Any):
        self.reduction, self.name, self.kwargs = reduction, name or type(self).__name__, kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return type(self).fn(y_true, y_pred, **self.kwargs)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        y_true = K.cast(y_true, K.dtype(y_pred)) if K.dtype(y_true) != K.dtype(y_pred) else y_true
        rows = self.call(y_true, y_pred)
        rows = rows if sample_weight is None else rows * sample_weight
        if str(self.reduction).lower() == "none":
            return rows
        return K.sum(rows) if str(self.reduction).lower() == "sum" else K.mean(rows)

    def get_config(self) -> dict[str, Any]:
        return {"reduction": self.reduction, "name": self.name, **self.kwargs}


def _class(name: str, function: Any) -> Any:
    return type(name, (Loss,), {"fn": staticmethod(function), "__doc__": function.__doc__})


MeanSquaredError = _class("MeanSquaredError", mean_squared_error)
MeanAbsoluteError = _class("MeanAbsoluteError", mean_absolute_error)
MeanAbsolutePercentageError = _class("MeanAbsolutePercentageError", mean_absolute_percentage_error)
MeanSquaredLogarithmicError = _class("MeanSquaredLogarithmicError", mean_squared_logarithmic_error)
BinaryCrossentropy = _class("BinaryCrossentropy", binary_crossentropy)
CategoricalCrossentropy = _class("CategoricalCrossentropy", categorical_crossentropy)
SparseCategoricalCrossentropy = _class("SparseCategoricalCrossentropy", sparse_categorical_crossentropy)
CategoricalHinge = _class("CategoricalHinge", categorical_hinge)
Hinge = _class("Hinge", hinge)
SquaredHinge = _class("SquaredHinge", squared_hinge)
KLDivergence = _class("KLDivergence", kullback_leibler_divergence)
LogCosh = _class("LogCosh", logcosh)
Poisson = _class("Poisson", poisson)
CosineSimilarity = _class("CosineSimilarity", cosine_proximity)
Huber = _class("Huber", huber_loss)


def serialize(loss: Any) -> Any:
    """Its name."""
    return loss.__name__ if hasattr(loss, "__name__") else serialize_keras_object(loss)


def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """The loss of a name."""
    return deserialize_keras_object(name, globals(), custom_objects, "loss function")


def get(identifier: Any) -> Any:
    """The loss of a name; functions are as they are."""
    if identifier is None:
        return None
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError("Could not interpret loss function identifier:", identifier)


__getattr__ = missing.attributes("keras.losses", globals())
