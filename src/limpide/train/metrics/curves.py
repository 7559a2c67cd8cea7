"""Areas under curves: by thresholds in compiled sums, and exactly from all scores at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError, user_frame
from ...graph import Array
from ...nn import losses
from ...nn.words import lp
from ...shapes import same, show
from ...tensor import astensor
from .base import Metric


class AUC(Metric):
    """The area under the ROC curve, or under precision over recall, from counts at evenly spaced thresholds.

    outputs: (n,) or (n, 1) probabilities, or (n, 2): the second class is measured. from_logits: the outputs
    are before the sigmoid or softmax. labels: 0 and 1, or indices, or one-hot rows.
    It differs from `roc_auc` and `average_precision` by how scores between two thresholds are told apart.

    >>> metric = AUC()
    >>> metric.result(metric.update(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])).numpy(), 4)
    0.75
    """

    def __init__(
        self,
        curve: str = "ROC",
        from_logits: bool = False,
        num_thresholds: int = 200,
        name: str | None = None,
    ):
        if curve not in ("ROC", "PR"):
            raise ArgumentError("AUC", f"curve is {curve!r}; there are 'ROC' and 'PR'", where=user_frame())
        self.curve, self.from_logits = curve, from_logits
        self.name = name or ("auc" if curve == "ROC" else "pr_auc")
        inner = np.arange(1, num_thresholds - 1) / (num_thresholds - 1)
        self.thresholds = np.concatenate([[-np.inf], inner, [np.inf]])

    def start(self) -> Any:
        return np.zeros((2, len(self.thresholds)))

    def update(self, outputs: Any, labels: Any) -> Any:
        scores, truth = self._binary(outputs, labels)
        above = lp.greater(lp.expand_dims(scores, 1), self.thresholds.astype(scores.dtype))
        truth = lp.expand_dims(truth, 1)
        hits = [lp.logical_and(above, truth), lp.logical_and(above, lp.logical_not(truth))]
        return lp.stack([lp.count_nonzero(h, axis=0) for h in hits]).astype("float64")

    def _binary(self, outputs: Any, labels: Any) -> tuple[Any, Any]:
        """Probabilities of the second class, and whether it is true, as vectors."""
        f, y = astensor(outputs), astensor(labels)
        if f.ndim == 2 and same(f.shape[1], 2):
            z: Any = f[:, 1] - f[:, 0] if self.from_logits else f[:, 1]
            y = lp.argmax(y, axis=-1) if y.ndim == 2 else y
        elif f.ndim == 1 or (f.ndim == 2 and same(f.shape[1], 1)):
            z, y = (lp.reshape(t, (-1,)) for t in losses.together("auc", f, y))
        else:
            raise ShapeError(
                "auc",
                f"outputs has shape {show(f.shape)}; the area is defined for two classes",
                where=user_frame(),
                hint="outputs (n,), (n, 1) or (n, 2); one AUC per class for several",
            )
        return lp.sigmoid(z) if self.from_logits else z, lp.greater(y, 0.5)

    def result(self, totals: Any, rows: int) -> float:
        right, wrong = np.asarray(totals)[:, ::-1]  # thresholds falling: the curve from the left
        return _area(right, wrong) if self.curve == "ROC" else _precision_area(right, wrong)


def roc_curve(scores: Any, labels: Any) -> tuple[Array, Array, Array]:
    """False and true positive rates with every score as the threshold, from the highest; and these scores.

    scores: (n,), higher for the second class. labels: (n,) of 0 and 1, or bools.
    Raises ArgumentError where one of the two classes is missing.

    >>> roc_curve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])[1]
    array([0. , 0.5, 0.5, 1. , 1. ])
    """
    right, wrong, thresholds = _cumulated("roc_curve", scores, labels)
    return wrong / wrong[-1], right / right[-1], thresholds


def roc_auc(scores: Any, labels: Any) -> float:
    """The exact area under the ROC curve: how often a row of the second class has the higher score.

    Ties count half (Hanley and McNeil 1982).

    >>> roc_auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    0.75
    """
    right, wrong, _ = _cumulated("roc_auc", scores, labels)
    return _area(right, wrong)


def average_precision(scores: Any, labels: Any) -> float:
    """The sum of precisions times the steps of recall: the exact area under precision over recall.

    >>> round(average_precision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 4)
    0.8333
    """
    right, wrong, _ = _cumulated("average_precision", scores, labels)
    return _precision_area(right, wrong)


def _cumulated(op: str, scores: Any, labels: Any) -> tuple[Array, Array, Array]:
    """How many of both classes have at least each of the different scores, from the highest."""
    s, y = np.asarray(scores, np.float64).ravel(), np.asarray(labels).ravel() > 0.5
    if s.shape != y.shape:
        raise ShapeError(op, f"{s.size} scores and {y.size} labels", where=user_frame())
    if not y.any() or y.all() or np.isnan(s).any():
        problem = "a score is NaN" if np.isnan(s).any() else "only one class is there"
        raise ArgumentError(op, f"{problem}: the curve is not defined", where=user_frame())
    order = np.argsort(-s, kind="stable")
    last = np.append(np.flatnonzero(np.diff(s[order])), s.size - 1)  # of each run of equal scores
    right = np.cumsum(y[order])[last]
    zero, first = np.zeros(1), np.full(1, np.inf)
    return (
        np.concatenate([zero, right]),
        np.concatenate([zero, 1 + last - right]),
        np.concatenate([first, s[order][last]]),
    )


def _area(right: Array, wrong: Array) -> float:
    """Under straight lines between the points of the ROC curve; NaN where a class is missing."""
    total = right[-1] * wrong[-1]
    return float(np.trapezoid(right, wrong) / total) if total else float("nan")


def _precision_area(right: Array, wrong: Array) -> float:
    steps, all_ = np.diff(right, prepend=0.0), right + wrong
    precision = np.divide(right, all_, out=np.zeros_like(all_), where=all_ > 0)
    return float((steps * precision).sum() / right[-1]) if right[-1] else float("nan")
