"""Losses that ask for a margin: between classes, between pairs, between triplets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...tensor import astensor
from ..words import lp
from .classes import hits
from .distances import cosine_similarity
from .operands import floats, reduce, together


def hinge(outputs: Any, labels: Any, reduction: str = "mean") -> Any:
    """max(0, 1 - y f) for labels -1, 1; for class indices y the sum of max(0, 1 + f_j - f_y) over j != y.

    outputs: any shape with labels of the same shape ((n,) goes with (n, 1)): two classes;
    (n, classes) with indices (n,): several (Weston and Watkins 1999).

    >>> hinge(np.array([0.5, -2.0]), np.array([1, -1]), reduction="none")
    tensor([0.5, 0. ], dtype=float64)
    >>> hinge(np.array([[2.0, 1.5, 0.0]]), np.array([0]))
    tensor(0.5, dtype=float64)
    """
    return reduce(_margins("hinge", outputs, labels, lp.relu), reduction)


def squared_hinge(outputs: Any, labels: Any, reduction: str = "mean") -> Any:
    """`hinge` with every margin squared (Tang 2013).

    >>> squared_hinge(np.array([0.5, -2.0]), np.array([1, -1]), reduction="none")
    tensor([0.25, 0.  ], dtype=float64)
    """
    return reduce(_margins("squared_hinge", outputs, labels, lambda m: lp.square(lp.relu(m))), reduction)


def _margins(op: str, outputs: Any, labels: Any, cost: Callable[[Any], Any]) -> Any:
    f: Any = floats(op, outputs)
    y: Any = astensor(labels)
    if y.ndim != f.ndim - 1 or f.shape[-1] == 1:
        f, y = together(op, f, y)
        return cost(1 - y * f)
    own_class, known = hits(op, f, y)
    own = lp.sum(lp.where(own_class, f, 0.0), axis=-1, keepdims=True)
    return lp.where(known, lp.sum(lp.where(own_class, 0.0, cost(1 + f - own)), axis=-1), np.nan)


def margin_ranking(first: Any, second: Any, labels: Any, reduction: str = "mean", margin: float = 0.0) -> Any:
    """max(0, margin - y (first - second)), elementwise: y is 1 where the first should be the larger, else -1.

    >>> margin_ranking(np.array([1.0]), np.array([3.0]), np.array([1]))
    tensor(2., dtype=float64)
    """
    a, b = together("margin_ranking", first, second)
    _, y = together("margin_ranking", first, labels)
    return reduce(lp.relu(margin - y * (a - b)), reduction)


def cosine_embedding(
    first: Any, second: Any, labels: Any, reduction: str = "mean", margin: float = 0.0
) -> Any:
    """1 - cos(first, second) for pairs with label 1, max(0, cos - margin) for those with label -1.

    first, second: (..., size). labels: (...).

    >>> cosine_embedding(np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]]), np.array([1]))
    tensor(1., dtype=float64)
    """
    a, b = together("cosine_embedding", first, second)
    similarity = cosine_similarity(a, b)
    similarity, y = together("cosine_embedding", similarity, labels)
    return reduce(lp.where(lp.greater(y, 0), 1 - similarity, lp.relu(similarity - margin)), reduction)


def triplet_margin(
    anchor: Any,
    positive: Any,
    negative: Any,
    reduction: str = "mean",
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
) -> Any:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), per row, d the p-norm of the difference.

    All are (..., size); `eps` is added to every difference, as PyTorch adds it (Balntas et al. 2016).

    >>> triplet_margin(np.array([[0.0]]), np.array([[3.0]]), np.array([[1.0]]), eps=0.0)
    tensor(3., dtype=float64)
    """
    a, near = together("triplet_margin", anchor, positive)
    _, far = together("triplet_margin", anchor, negative)
    close, away = (lp.vector_norm(a - other + eps, ord=p, axis=-1) for other in (near, far))
    return reduce(lp.relu(close - away + margin), reduction)
