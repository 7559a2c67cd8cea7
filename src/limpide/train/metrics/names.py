"""Metrics by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import ArgumentError, user_frame
from ...nn import losses
from ...nn.words import choose
from .accuracy import Accuracy, TopK
from .base import Mean, Metric
from .counts import F1, Precision, Recall
from .curves import AUC
from .decisions import THRESHOLDS
from .distances import R2, RMSE, cosine_similarity

# From a name and the threshold and "from logits" that follow from the loss.
MADE: dict[str, Callable[[str, float | None, bool], Metric]] = {
    "accuracy": lambda name, threshold, _: Accuracy(threshold, name),
    "binary_accuracy": lambda name, threshold, _: Accuracy(0.5 if threshold is None else threshold, name),
    "categorical_accuracy": lambda name, *_: Accuracy(None, name),
    "sparse_categorical_accuracy": lambda name, *_: Accuracy(None, name),
    "top_5_accuracy": lambda name, *_: TopK(5, name),
    "top_k_categorical_accuracy": lambda name, *_: TopK(5, name),
    "precision": lambda name, threshold, _: Precision(threshold=threshold, name=name),
    "recall": lambda name, threshold, _: Recall(threshold=threshold, name=name),
    "f1": lambda name, threshold, _: F1(threshold=threshold, name=name),
    "auc": lambda name, _, logits: AUC("ROC", logits, name=name),
    "pr_auc": lambda name, _, logits: AUC("PR", logits, name=name),
    "rmse": lambda name, *_: RMSE(name),
    "root_mean_squared_error": lambda name, *_: RMSE(name),
    "r2": lambda name, *_: R2(name=name),
    "cosine_similarity": lambda name, *_: Mean(cosine_similarity, name),
}

FROM_LOGITS = (losses.cross_entropy, losses.binary_cross_entropy_with_logits)

NAMES = (*MADE, *losses.NAMES)


def metric(given: str | Metric | Callable[[Any, Any], Any], loss: Any = None) -> Metric:
    """A metric from a name, a function (outputs, labels) or a Metric.

    loss: tells where outputs of two classes are cut, and whether they are probabilities.
    Raises ArgumentError that lists the names.

    >>> metric("accuracy").name, metric(losses.mse).name
    ('accuracy', 'mse')
    """
    if isinstance(given, Metric):
        return given
    if isinstance(given, str):
        choose("metric", given, dict.fromkeys(NAMES))
        if given in MADE:
            plain = losses.plain_function(loss)
            return MADE[given](given, THRESHOLDS.get(plain), plain in FROM_LOGITS)
        return Mean(losses.NAMES[given], given)
    if not callable(given):
        raise ArgumentError("metric", f"{given!r} is neither a name nor a function", where=user_frame())
    return Mean(given)
