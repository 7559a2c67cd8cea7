"""Accuracy, and accuracy among the k best."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...nn.words import lp
from ...tensor import astensor
from .base import Metric
from .decisions import is_yes_or_no, one_of, true_class, yes_or_no


class Accuracy(Metric):
    """The share of right answers.

    outputs (..., classes): the largest wins; labels are indices (...) or one-hot rows (..., classes).
    outputs (n,) or (n, 1), or of the shape of the labels where a threshold is given: two classes, the
    second where the output is above the threshold (0.5 without one); labels are 0 and 1, or -1 and 1.

    >>> float(Accuracy().update(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1])))
    1.0
    """

    def __init__(self, threshold: float | None = None, name: str = "accuracy"):
        self.threshold, self.name = threshold, name

    def update(self, outputs: Any, labels: Any) -> Any:
        f, y = astensor(outputs), astensor(labels)
        if is_yes_or_no(f, y, self.threshold):
            guess, truth = yes_or_no("accuracy", f, y, self.threshold)
        else:
            guess, truth = one_of("accuracy", f, y)
        return _share(lp.equal(guess, truth))


class TopK(Metric):
    """The share of rows whose class is among the k largest outputs; ties count for it, NaN against it.

    outputs: (..., classes). labels: indices (...) or one-hot rows.

    >>> float(TopK(2).update(np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]]), np.array([2, 2])))
    1.0
    """

    def __init__(self, k: int = 5, name: str | None = None):
        self.k, self.name = k, name or f"top_{k}_accuracy"

    def update(self, outputs: Any, labels: Any) -> Any:
        f = astensor(outputs)
        truth = true_class("top_k", f, astensor(labels)).astype("int64")
        hot = lp.one_hot(truth, int(f.shape[-1]), dtype="bool")
        own = lp.sum(lp.where(hot, f, 0.0), axis=-1, keepdims=True)
        before = lp.count_nonzero(lp.logical_not(lp.less_equal(f, own)), axis=-1)
        known = lp.logical_and(truth >= 0, truth < f.shape[-1])
        return _share(lp.logical_and(lp.less(before, self.k), known))


def _share(hits: Any) -> Any:
    """The share of hits within a row, summed over the rows."""
    per_row = int(np.prod(hits.shape[1:], dtype=np.int64))
    return lp.divide(lp.count_nonzero(hits).astype("float64"), per_row)
