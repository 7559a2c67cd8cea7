"""tf.contrib.losses: tf.losses with predictions before labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import missing
from .. import losses
from ..losses import (
    add_loss,
    compute_weighted_loss,
    get_losses,
    get_regularization_losses,
    get_total_loss,
)

Loss = Callable[..., Any]


def _turned(loss: Loss) -> Loss:
    def turned(predictions: Any, labels: Any = None, *args: Any, **settings: Any) -> Any:
        """The loss of tf.losses of this name."""
        return loss(labels, predictions, *args, **settings)

    return turned


absolute_difference, cosine_distance = _turned(losses.absolute_difference), _turned(losses.cosine_distance)
hinge_loss, log_loss = _turned(losses.hinge_loss), _turned(losses.log_loss)
mean_squared_error = _turned(losses.mean_squared_error)
mean_pairwise_squared_error = _turned(losses.mean_pairwise_squared_error)


def softmax_cross_entropy(
    logits: Any, onehot_labels: Any, weights: Any = 1.0, label_smoothing: float = 0, scope: Any = None
) -> Any:
    return losses.softmax_cross_entropy(onehot_labels, logits, weights, label_smoothing, scope)


def sparse_softmax_cross_entropy(logits: Any, labels: Any, weights: Any = 1.0, scope: Any = None) -> Any:
    return losses.sparse_softmax_cross_entropy(labels, logits, weights, scope)


def sigmoid_cross_entropy(
    logits: Any, multi_class_labels: Any, weights: Any = 1.0, label_smoothing: float = 0, scope: Any = None
) -> Any:
    return losses.sigmoid_cross_entropy(multi_class_labels, logits, weights, label_smoothing, scope)


__all__ = [
    "absolute_difference", "add_loss", "compute_weighted_loss", "cosine_distance", "get_losses",
    "get_regularization_losses", "get_total_loss", "hinge_loss", "log_loss", "mean_pairwise_squared_error",
    "mean_squared_error", "sigmoid_cross_entropy", "softmax_cross_entropy", "sparse_softmax_cross_entropy",
]  # fmt: skip
__getattr__ = missing.attributes("tensorflow.contrib.losses", globals())
