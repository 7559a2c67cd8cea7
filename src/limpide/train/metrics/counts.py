"""Measurements from counts of right and wrong decisions per class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, user_frame
from ...graph import Array
from ...nn.words import lp
from ...tensor import astensor
from .base import Metric
from .decisions import check_classes, one_hot_pair, one_of

AVERAGES = ("binary", "macro", "micro", "weighted")


class Counts(Metric):
    """A ratio of how often a class was decided rightly, was decided, and was true; a subclass says `ratio`.

    classes: how many there are; without it there are two, and the second is measured: outputs (n,) or
    (n, 1) by the threshold (0.5 without one), or (n, 2).
    With classes outputs are (..., classes) and labels indices or one-hot rows; or, where a threshold is
    given and labels have the shape of the outputs, every column is a decision of its own.
    average: "macro" (the mean over the classes that occur), "micro" (all counts added up), "weighted" (by
    how often each class is true); as in scikit-learn. What would be 0 / 0 is 0.
    """

    word = ""

    def __init__(
        self,
        average: str | None = None,
        classes: int | None = None,
        threshold: float | None = None,
        name: str | None = None,
    ):
        average = average or ("binary" if classes is None else "macro")
        if average not in AVERAGES or (average == "binary") != (classes is None):
            raise ArgumentError(
                type(self).__name__,
                f"average={average!r} with classes={classes}",
                where=user_frame(),
                hint=f'without classes it is "binary"; with classes one of {", ".join(AVERAGES[1:])}',
            )
        self.average, self.classes, self.threshold = average, classes, threshold
        self.name = name or self.word

    def start(self) -> Any:
        return np.zeros((3, self.classes or 1))

    def update(self, outputs: Any, labels: Any) -> Any:
        pair = one_hot_pair(type(self).__name__, outputs, labels, self.classes, self.threshold)
        counted = [lp.logical_and(*pair), *pair]
        return lp.stack([lp.count_nonzero(c, axis=0) for c in counted]).astype("float64")

    def result(self, totals: Any, rows: int) -> float:
        counts = np.asarray(totals)
        if self.average == "micro":
            counts = counts.sum(axis=1, keepdims=True)
        each = self.ratio(*counts)
        if self.average == "macro":
            seen = (counts[1] + counts[2]) > 0
            return float(each[seen].mean()) if seen.any() else 0.0
        if self.average == "weighted":
            return float(_divided((each * counts[2]).sum(), counts[2].sum()))
        return float(each[0])

    def ratio(self, right: Array, decided: Array, true: Array) -> Array:
        """The measurement of every class."""
        raise ArgumentError(type(self).__name__, "it has no ratio", hint="give it def ratio")


class Precision(Counts):
    """Of the rows decided for a class, the share that is of it.

    >>> metric = Precision()
    >>> metric.result(metric.update(np.array([0.9, 0.8, 0.1]), np.array([1, 0, 1])).numpy(), 3)
    0.5
    """

    word = "precision"

    def ratio(self, right: Array, decided: Array, true: Array) -> Array:
        return _divided(right, decided)


class Recall(Counts):
    """Of the rows of a class, the share that was decided for it.

    >>> metric = Recall(average="macro", classes=2)
    >>> outputs, labels = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]), np.array([0, 1, 1])
    >>> metric.result(metric.update(outputs, labels).numpy(), 3)
    0.75
    """

    word = "recall"

    def ratio(self, right: Array, decided: Array, true: Array) -> Array:
        return _divided(right, true)


class FBeta(Counts):
    """(1 + b^2) p r / (b^2 p + r) of precision p and recall r (van Rijsbergen 1979)."""

    word = "fbeta"

    def __init__(
        self,
        beta: float,
        average: str | None = None,
        classes: int | None = None,
        threshold: float | None = None,
        name: str | None = None,
    ):
        self.beta = beta
        super().__init__(average, classes, threshold, name)

    def ratio(self, right: Array, decided: Array, true: Array) -> Array:
        square = self.beta * self.beta
        return _divided((1 + square) * right, square * true + decided)


class F1(FBeta):
    """The harmonic mean of precision and recall.

    >>> metric = F1()
    >>> metric.result(metric.update(np.array([0.9, 0.8, 0.1]), np.array([1, 0, 1])).numpy(), 3)
    0.5
    """

    word = "f1"

    def __init__(
        self,
        average: str | None = None,
        classes: int | None = None,
        threshold: float | None = None,
        name: str | None = None,
    ):
        super().__init__(1.0, average, classes, threshold, name)


class MeanIoU(Counts):
    """|decided and true| / |decided or true| per class, and the mean: of segmentations (Jaccard 1901).

    outputs: (..., classes). labels: indices (...) or one-hot rows.
    """

    word = "mean_iou"

    def __init__(self, classes: int, threshold: float | None = None, name: str | None = None):
        super().__init__("macro", classes, threshold, name)

    def ratio(self, right: Array, decided: Array, true: Array) -> Array:
        return _divided(right, decided + true - right)


class ConfusionMatrix(Metric):
    """How often rows of each class (down) were decided for each class (across): `matrix`, of the last pass.

    The number beside it is the share on the diagonal. outputs: (..., classes). labels: indices or one-hot.

    >>> metric = ConfusionMatrix(2)
    >>> outputs, labels = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]), np.array([0, 1, 1])
    >>> round(metric.result(metric.update(outputs, labels).numpy(), 3), 3)
    0.667
    >>> metric.matrix
    array([[1, 0],
           [1, 1]])
    """

    def __init__(self, classes: int, name: str = "confusion_matrix"):
        self.classes, self.name = classes, name
        self.matrix = np.zeros((classes, classes), np.int64)

    def start(self) -> Any:
        return np.zeros((self.classes, self.classes))

    def update(self, outputs: Any, labels: Any) -> Any:
        f = astensor(outputs)
        check_classes("ConfusionMatrix", f, self.classes)
        guess, truth = one_of("ConfusionMatrix", f, astensor(labels))
        flat = [lp.reshape(lp.astype(indices, "int64"), (-1,)) for indices in (truth, guess)]
        down, across = (lp.one_hot(indices, self.classes, dtype="float64") for indices in flat)
        return lp.matmul(lp.matrix_transpose(down), across)

    def result(self, totals: Any, rows: int) -> float:
        self.matrix = np.asarray(totals).round().astype(np.int64)
        return float(_divided(np.trace(self.matrix), self.matrix.sum()))


def _divided(above: Any, below: Any) -> Array:
    """above / below, and 0 where below is 0."""
    result: Array = np.divide(above, below, out=np.zeros(np.shape(above)), where=np.not_equal(below, 0))
    return result
