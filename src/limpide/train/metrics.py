"""Metrics: sums over batches in compiled code, a number from the sums at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ArgumentError, ShapeError, user_frame
from ..nn import losses
from ..nn.words import choose, lp
from ..shapes import same, show
from ..tensor import Tensor, astensor


class Metric:
    """A measurement that adds up over batches.

    A subclass says `update`: tensors of fixed shapes, summed over the rows of a batch, in the nesting and
    shapes of `start`; and `result`: the number, from the totals over all rows.
    """

    name: str = "metric"

    def start(self) -> Any:
        """The totals before the first batch: float64 arrays, in any nesting."""
        return np.float64(0)

    def update(self, outputs: Any, labels: Any) -> Any:
        """What a batch adds to the totals."""
        raise ArgumentError("metric", f"{type(self).__name__} has no update", hint="give it def update")

    def result(self, totals: Any, rows: int) -> float:
        """The number, from the totals over `rows` rows."""
        return float(totals) / rows


class Mean(Metric):
    """The mean over rows of a function (outputs, labels) -> mean over a batch.

    >>> metric = Mean(losses.mae)
    >>> metric.name, float(metric.update(np.array([1.0, 2.0]), np.array([1.0, 5.0])))
    ('mae', 3.0)
    """

    def __init__(self, function: Callable[[Any, Any], Any], name: str | None = None):
        self.function = function
        self.name = name or str(getattr(function, "__name__", type(function).__name__))

    def update(self, outputs: Any, labels: Any) -> Any:
        mean = astensor(self.function(outputs, labels))
        if mean.shape != ():
            raise ShapeError(
                self.name,
                f"a metric or loss gives one number per batch, this one gives shape {show(mean.shape)}",
                where=user_frame(),
                hint='reduction="mean", or .mean() at its end',
            )
        return lp.multiply(mean, rows_of(outputs))


# Where the outputs of a loss with two classes say "the second class".
THRESHOLDS: dict[Any, float] = {
    losses.binary_cross_entropy: 0.5,
    losses.binary_cross_entropy_with_logits: 0.0,
    losses.hinge: 0.0,
    losses.squared_hinge: 0.0,
}


class Accuracy(Metric):
    """The share of right answers.

    outputs (..., classes): the largest wins; labels are indices (...) or one-hot rows (..., classes).
    outputs (n,) or (n, 1), or of the shape of the labels where a threshold is given: two classes, the
    second where the output is above the threshold (0.5 without one); labels are 0 and 1, or -1 and 1.

    >>> float(Accuracy().update(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1])))
    1.0
    """

    name = "accuracy"

    def __init__(self, threshold: float | None = None):
        self.threshold = threshold

    def update(self, outputs: Any, labels: Any) -> Any:
        hits = self._hits(astensor(outputs), astensor(labels))
        per_row = int(np.prod(hits.shape[1:], dtype=np.int64))
        return lp.divide(lp.count_nonzero(hits).astype("float64"), per_row)

    def _hits(self, outputs: Tensor, labels: Tensor) -> Any:
        given = self.threshold is not None and labels.ndim == outputs.ndim
        if given or outputs.ndim == 1 or outputs.shape[-1] == 1:
            f, y = losses.together("accuracy", outputs, labels)
            return lp.equal(f > (0.5 if self.threshold is None else self.threshold), y > 0.5)
        truth = lp.argmax(labels, axis=-1) if labels.ndim == outputs.ndim else labels
        if truth.ndim != outputs.ndim - 1 or not all(map(same, truth.shape, outputs.shape)):
            raise ShapeError(
                "accuracy",
                f"labels has shape {show(labels.shape)}, outputs has shape {show(outputs.shape)}",
                where=user_frame(),
                hint="labels are class indices, or one-hot rows of the shape of the outputs",
            )
        return lp.equal(lp.argmax(outputs, axis=-1), truth)


def rows_of(outputs: Any) -> Any:
    """The number of rows of a batch, from what the model gave for it."""
    first = outputs
    while isinstance(first, (tuple, list, dict)):
        first = next(iter(first.values())) if isinstance(first, dict) else first[0]
    return astensor(first).shape[0]


NAMES = ("accuracy", *losses.NAMES)


def metric(given: str | Metric | Callable[[Any, Any], Any], loss: Any = None) -> Metric:
    """A metric from a name, a function (outputs, labels) or a Metric.

    loss: tells accuracy where outputs of two classes are cut.
    Raises ArgumentError that lists the names.

    >>> metric("accuracy").name, metric(losses.mse).name
    ('accuracy', 'mse')
    """
    if isinstance(given, Metric):
        return given
    if isinstance(given, str):
        choose("metric", given, dict.fromkeys(NAMES))
        if given == "accuracy":
            return Accuracy(THRESHOLDS.get(losses.plain_function(loss)))
        return Mean(losses.NAMES[given], given)
    if not callable(given):
        raise ArgumentError("metric", f"{given!r} is neither a name nor a function", where=user_frame())
    return Mean(given)
