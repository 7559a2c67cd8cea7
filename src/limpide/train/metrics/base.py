"""Metric: sums over batches in compiled code, a number from the sums at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError, user_frame
from ...nn.words import lp
from ...shapes import show
from ...tensor import astensor


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

    >>> from limpide.nn import losses
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


def rows_of(outputs: Any) -> Any:
    """The number of rows of a batch, from what the model gave for it."""
    first = outputs
    while isinstance(first, (tuple, list, dict)):
        first = next(iter(first.values())) if isinstance(first, dict) else first[0]
    return astensor(first).shape[0]
