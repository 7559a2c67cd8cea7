"""Connectionist temporal classification: labels in order, without saying when."""

from __future__ import annotations

from typing import Any

from ...compile import scan
from ...errors import ShapeError, user_frame
from ...shapes import same, show
from ...tensor import astensor
from ..words import lp
from .operands import floats, reduce

IMPOSSIBLE = -1e30  # a logarithm of nothing that can still be subtracted and differentiated


def ctc(
    log_probabilities: Any,
    labels: Any,
    steps: Any,
    lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
) -> Any:
    """-log of the probability of all ways to spread labels over time (Graves et al. 2006).

    log_probabilities: (steps, batch, classes), after log-softmax. labels: indices (batch, longest), padded.
    steps, lengths: (batch,) how much of either counts. blank: the class that stands between labels.
    A class that is repeated without a blank between is one label.
    reduction: "mean" divides by the lengths first, as PyTorch does.

    >>> import numpy as np
    >>> ctc(np.log([[[0.5, 0.5]], [[0.5, 0.5]]]), [[1]], [2], [1], reduction="sum").numpy().round(4)
    np.float64(0.2877)
    """
    scores = floats("ctc", log_probabilities)
    labels, steps, lengths = astensor(labels), astensor(steps), astensor(lengths)
    if scores.ndim != 3 or labels.ndim != 2 or not same(labels.shape[0], scores.shape[1]):
        raise ShapeError(
            "ctc",
            f"log_probabilities has shape {show(scores.shape)} and labels {show(labels.shape)}, not "
            "(steps, batch, classes) and (batch, longest)",
            where=user_frame(),
        )
    labels = labels.astype("int64")
    batch, longest = labels.shape
    between = lp.full((batch, longest, 1), blank, labels.dtype)
    places = lp.reshape(lp.concatenate([between, lp.expand_dims(labels, 2)], 2), (batch, 2 * longest))
    places = lp.concatenate([places, between[:, 0]], 1)  # blank, label, blank, ..., blank
    size = 2 * longest + 1
    before = lp.concatenate([lp.full((batch, 2), blank, labels.dtype), places[:, :-2]], 1)
    skips = lp.logical_and(lp.arange(size) % 2 == 1, lp.not_equal(places, before))

    def emitted(row: Any) -> Any:
        return lp.take_along_axis(row, places, axis=1)

    def behind(a: Any, count: int) -> Any:
        return lp.concatenate([lp.full((batch, count), IMPOSSIBLE, a.dtype), a[:, : size - count]], 1)

    def step(alpha: Any, element: Any) -> tuple[Any, None]:
        row, t = element
        ways = lp.logaddexp(alpha, behind(alpha, 1))
        ways = lp.logaddexp(ways, lp.where(skips, behind(alpha, 2), IMPOSSIBLE))
        new = lp.maximum(ways + emitted(row), IMPOSSIBLE)
        return lp.where(lp.expand_dims(t < steps, 1), new, alpha), None

    begin = lp.where(lp.arange(size) < 2, emitted(scores[0]), IMPOSSIBLE).astype(scores.dtype)
    times = lp.arange(scores.shape[0])
    last, _ = scan(step, begin, (scores[1:], times[1:]))
    ends = lp.expand_dims(2 * lengths.astype("int64"), 1)
    final = lp.take_along_axis(last, ends, axis=1)
    label = lp.take_along_axis(last, lp.maximum(ends - 1, 0), axis=1)
    label = lp.where(ends > 0, label, IMPOSSIBLE)
    values: Any = -lp.logaddexp(final, label)[:, 0]
    if reduction == "mean":
        values = values / lp.maximum(lengths, 1).astype(values.dtype)
    return reduce(values, reduction)
