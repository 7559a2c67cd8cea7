"""Losses of several classes: labels are indices, or rows of probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, DTypeError, ShapeError, user_frame
from ...shapes import same, show
from ...tensor import Tensor, astensor
from ..words import lp
from .operands import floats, reduce


def cross_entropy(
    logits: Any,
    labels: Any,
    reduction: str = "mean",
    weight: Any = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    axis: int = -1,
) -> Any:
    """-log softmax(logits)[label], per row.

    logits: (..., classes), before softmax. labels: indices (...), or one-hot or soft rows (..., classes).
    reduction: "mean" or "sum" over the rows, or "none" for the rows' losses, shape (...).
    weight: of every class, shape (classes,); the mean is then divided by the weights of the labels.
    label_smoothing: this part of every label is spread over all classes (Szegedy et al. 2016).
    ignore_index: rows with this label count nothing. axis: that of the classes, where it is not the last.
    Raises ShapeError where the two do not go together, ArgumentError for an index that is no class;
    in compiled code, which cannot raise, such an index makes the loss NaN.

    >>> cross_entropy(np.zeros((2, 4)), np.array([0, 3]))
    tensor(1.38629436, dtype=float64)
    """
    logits = _classes_last(floats("cross_entropy", logits), axis)
    scores = lp.log_softmax(logits, axis=-1)
    labels = _rows_last(labels, scores, axis)
    return _picked("cross_entropy", scores, labels, reduction, weight, label_smoothing, ignore_index)


def nll(
    log_probabilities: Any,
    labels: Any,
    reduction: str = "mean",
    weight: Any = None,
    ignore_index: int | None = None,
    axis: int = -1,
) -> Any:
    """-log_probabilities[label], per row: `cross_entropy` after log-softmax, with the same words.

    log_probabilities: (..., classes). labels: indices (...), or one-hot or soft rows (..., classes).

    >>> nll(np.log([[0.5, 0.25, 0.25]]), np.array([1]))
    tensor(1.38629436, dtype=float64)
    """
    scores = _classes_last(floats("nll", log_probabilities), axis)
    return _picked("nll", scores, _rows_last(labels, scores, axis), reduction, weight, 0.0, ignore_index)


def _classes_last(scores: Any, axis: int) -> Any:
    return scores if axis == -1 or not scores.ndim else lp.moveaxis(scores, axis, -1)


def _rows_last(labels: Any, scores: Any, axis: int) -> Any:
    labels = astensor(labels)
    return _classes_last(labels, axis) if labels.ndim == scores.ndim else labels


def _picked(
    op: str,
    scores: Any,
    labels: Any,
    reduction: str,
    weight: Any,
    smoothing: float,
    ignored: int | None,
) -> Any:
    if not scores.ndim:
        raise ShapeError(op, "the outputs are a scalar, but need an axis of classes", where=user_frame())
    if not 0 <= smoothing <= 1:
        raise ArgumentError(op, f"label_smoothing is {smoothing}, not between 0 and 1", where=user_frame())
    weights = None if weight is None else _class_weights(op, scores, weight)
    if labels.ndim == scores.ndim - 1:
        return _by_index(op, scores, labels, reduction, weights, smoothing, ignored)
    if labels.ndim == scores.ndim and all(map(same, labels.shape, scores.shape)):
        rows = labels.astype(scores.dtype)
        if smoothing:
            rows = rows * (1 - smoothing) + smoothing / int(scores.shape[-1])
        return reduce(-lp.sum(scores * (rows if weights is None else rows * weights), axis=-1), reduction)
    raise _labels_do_not_fit(op, scores, labels)


def _by_index(
    op: str, scores: Any, labels: Any, reduction: str, weights: Any, smoothing: float, ignored: int | None
) -> Any:
    counted = None
    if ignored is not None and labels.dtype.kind in "iu":
        counted = lp.not_equal(labels, ignored)
        labels = lp.where(counted, labels, 0)
    own, known = hits(op, scores, labels)
    rows = -lp.sum(lp.where(own, scores if weights is None else scores * weights, 0.0), axis=-1)
    if smoothing:
        spread = lp.sum(scores if weights is None else scores * weights, axis=-1)
        rows = rows * (1 - smoothing) - spread * (smoothing / int(scores.shape[-1]))
    rows = lp.where(known, rows, np.nan)
    if counted is not None:
        rows = lp.where(counted, rows, 0.0)
    if reduction != "mean" or (weights is None and counted is None):
        return reduce(rows, reduction)
    shares = lp.ones(labels.shape, scores.dtype) if weights is None else lp.sum(own * weights, axis=-1)
    return lp.sum(rows) / lp.sum(shares if counted is None else lp.where(counted, shares, 0.0))


def _class_weights(op: str, scores: Any, weight: Any) -> Any:
    weights = astensor(weight).astype(scores.dtype)
    if weights.ndim != 1 or not same(weights.shape[0], scores.shape[-1]):
        raise ShapeError(
            op,
            f"weight has shape {show(weights.shape)}, but there are {scores.shape[-1]} classes",
            where=user_frame(),
        )
    return weights


def hits(op: str, scores: Tensor, labels: Any) -> tuple[Any, Any]:
    """Where the class of each column is the row's label, and which rows have a label that is a class."""
    if not all(map(same, labels.shape, scores.shape[:-1])):
        raise _labels_do_not_fit(op, scores, labels)
    if labels.dtype.kind not in "iu":
        raise DTypeError(
            op,
            f"labels that are class indices are integers, not {labels.dtype}",
            where=user_frame(),
            hint='labels.astype("int64"), or one-hot rows of the shape of the outputs',
        )
    classes = int(scores.shape[-1])
    if labels.value is not None:
        check_indices(op, classes, labels.value)
    labels = labels.astype("int64")
    return lp.one_hot(labels, classes, dtype="bool"), lp.logical_and(labels >= 0, labels < classes)


def check_indices(op: str, classes: int, labels: Any) -> None:
    """ArgumentError where a class index is outside of 0..classes-1."""
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise ArgumentError(
            op,
            f"labels go from {labels.min()} to {labels.max()}, but the outputs have {classes} classes, "
            f"0 to {classes - 1}",
            where=user_frame(),
            hint="the last layer needs as many outputs as there are classes; classes are counted from 0",
        )


def _labels_do_not_fit(op: str, scores: Tensor, labels: Tensor) -> ShapeError:
    return ShapeError(
        op,
        f"labels has shape {show(labels.shape)}, logits has shape {show(scores.shape)}",
        where=user_frame(),
        hint=f"labels are class indices of shape {show(scores.shape[:-1])}, "
        f"or one-hot rows of shape {show(scores.shape)}",
    )
