"""How far numbers are from their targets, beyond the losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ShapeError, user_frame
from ...nn import losses
from ...nn.words import lp
from ...shapes import same, show
from .base import Mean, Metric


class RMSE(Mean):
    """The square root of the mean squared error.

    >>> metric = RMSE()
    >>> metric.result(metric.update(np.array([1.0, 2.0]), np.array([4.0, 5.0])).numpy(), 2)
    3.0
    """

    def __init__(self, name: str = "rmse"):
        super().__init__(losses.mse, name)

    def result(self, totals: Any, rows: int) -> float:
        return float(np.sqrt(super().result(totals, rows)))


class R2(Metric):
    """1 - sum (y - f)^2 / sum (y - mean y)^2: the share of the targets' variance that is explained.

    outputs: (n,) or (n, columns); the mean over the columns is given. columns: how many there are.
    A column whose targets do not vary counts 1 if they are met, else 0, as in scikit-learn.

    >>> metric = R2()
    >>> metric.result(metric.update(np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 5.0])).numpy(), 3)
    0.75
    """

    def __init__(self, columns: int = 1, name: str = "r2"):
        self.columns, self.name = columns, name

    def start(self) -> Any:
        return np.zeros((3, self.columns))

    def update(self, outputs: Any, labels: Any) -> Any:
        f, y = losses.together("r2", outputs, labels)
        if f.ndim > 2 or not same(1 if f.ndim == 1 else f.shape[1], self.columns):
            raise ShapeError(
                "r2",
                f"outputs has shape {show(f.shape)}, but columns={self.columns}",
                where=user_frame(),
                hint=f"train.metrics.R2(columns={f.shape[-1]})",
            )
        f, y = (lp.reshape(t, (-1, self.columns)).astype("float64") for t in (f, y))
        return lp.stack([lp.sum(lp.square(y - f), axis=0), lp.sum(y, axis=0), lp.sum(lp.square(y), axis=0)])

    def result(self, totals: Any, rows: int) -> float:
        error, total, squares = np.asarray(totals)
        spread = squares - total * total / rows
        varies = spread > 1e-14 * squares  # less is rounding
        unmet = np.divide(error, spread, out=(error > 0).astype(np.float64), where=varies)
        return float(np.mean(1 - unmet))


def cosine_similarity(outputs: Any, labels: Any) -> Any:
    """The mean cosine of the angle between rows and their targets, along the last axis.

    Rows of zeros have no angle and count 0.

    >>> round(float(cosine_similarity(np.array([[1.0, 0.0]]), np.array([[3.0, 4.0]]))), 6)
    0.6
    """
    f, y = losses.together("cosine_similarity", outputs, labels)
    dot = lp.sum(f * y, axis=-1)
    lengths = lp.sqrt(lp.sum(lp.square(f), axis=-1) * lp.sum(lp.square(y), axis=-1))
    zero = lp.equal(lengths, 0.0)
    return lp.mean(lp.where(zero, 0.0, dot / lp.where(zero, 1.0, lengths)))
