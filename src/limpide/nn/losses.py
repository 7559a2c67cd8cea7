"""Losses as functions (outputs, labels, reduction) and as modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dtypes import is_float
from ..errors import ArgumentError, DTypeError, ShapeError, user_frame
from ..shapes import same, show
from ..tensor import Tensor, astensor
from .module import Module
from .words import choose, lp

Loss = Callable[..., Any]
REDUCTIONS = ("mean", "sum", "none")


def reduce(values: Any, reduction: str) -> Any:
    """The mean or the sum of a loss's values, or the values."""
    if reduction not in REDUCTIONS:
        choose("reduction", reduction, dict.fromkeys(REDUCTIONS))
    return values if reduction == "none" else getattr(lp, reduction)(values)


# --------------------------------------------------------------------------------------- several classes
def cross_entropy(logits: Any, labels: Any, reduction: str = "mean") -> Any:
    """-log softmax(logits)[label], per row.

    logits: (..., classes), before softmax. labels: indices (...), or one-hot or soft rows (..., classes).
    reduction: "mean" or "sum" over the rows, or "none" for the rows' losses, shape (...).
    Raises ShapeError where the two do not go together, ArgumentError for an index that is no class;
    in compiled code, which cannot raise, such an index makes the loss NaN.

    >>> cross_entropy(np.zeros((2, 4)), np.array([0, 3]))
    tensor(1.38629436, dtype=float64)
    """
    logits = _floats("cross_entropy", logits)
    return _picked("cross_entropy", lp.log_softmax(logits, axis=-1), labels, reduction)


def nll(log_probabilities: Any, labels: Any, reduction: str = "mean") -> Any:
    """-log_probabilities[label], per row: `cross_entropy` after log-softmax.

    log_probabilities: (..., classes). labels: indices (...), or one-hot or soft rows (..., classes).

    >>> nll(np.log([[0.5, 0.25, 0.25]]), np.array([1]))
    tensor(1.38629436, dtype=float64)
    """
    return _picked("nll", _floats("nll", log_probabilities), labels, reduction)


def _picked(op: str, scores: Any, labels: Any, reduction: str) -> Any:
    labels = astensor(labels)
    if not scores.ndim:
        raise ShapeError(op, "the outputs are a scalar, but need an axis of classes", where=user_frame())
    if labels.ndim == scores.ndim - 1:
        hits, known = _hits(op, scores, labels)
        rows = lp.where(known, -lp.sum(lp.where(hits, scores, 0.0), axis=-1), np.nan)
    elif labels.ndim == scores.ndim and all(map(same, labels.shape, scores.shape)):
        rows = -lp.sum(scores * labels.astype(scores.dtype), axis=-1)
    else:
        raise _labels_do_not_fit(op, scores, labels)
    return reduce(rows, reduction)


def _hits(op: str, scores: Tensor, labels: Any) -> tuple[Any, Any]:
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


# ------------------------------------------------------------------------------------------- two classes
def binary_cross_entropy(probabilities: Any, labels: Any, reduction: str = "mean") -> Any:
    """-(y log p + (1 - y) log(1 - p)), elementwise; logarithms are cut at -100, as PyTorch cuts them.

    probabilities: in [0, 1], after a sigmoid. labels: 0, 1 or between, of the same shape;
    (n,) goes with (n, 1). Prefer `binary_cross_entropy_with_logits`, which loses no digits.

    >>> binary_cross_entropy(np.array([0.25, 0.5]), np.array([1, 0]), reduction="none")
    tensor([1.38629436, 0.69314718], dtype=float64)
    """
    p, y = together("binary_cross_entropy", probabilities, labels)
    log_p, log_q = lp.maximum(lp.log(p), -100.0), lp.maximum(lp.log1p(-p), -100.0)
    return reduce(-(y * log_p + (1 - y) * log_q), reduction)


def binary_cross_entropy_with_logits(logits: Any, labels: Any, reduction: str = "mean") -> Any:
    """Binary cross-entropy of sigmoid(logits): log(1 + exp(z)) - y z, elementwise, without overflow.

    logits: before the sigmoid. labels: 0, 1 or between, of the same shape; (n,) goes with (n, 1).

    >>> binary_cross_entropy_with_logits(np.array([0.0, 800.0]), np.array([1, 0]), reduction="none")
    tensor([6.93147181e-01, 8.00000000e+02], dtype=float64)
    """
    z, y = together("binary_cross_entropy_with_logits", logits, labels)
    return reduce(lp.softplus(z) - y * z, reduction)


# ---------------------------------------------------------------------------------------------- distances
def mse(outputs: Any, targets: Any, reduction: str = "mean") -> Any:
    """(outputs - targets)^2, elementwise. Shapes are equal; (n,) goes with (n, 1).

    >>> mse(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    tensor(2., dtype=float64)
    """
    f, y = together("mse", outputs, targets)
    return reduce(lp.square(f - y), reduction)


def mae(outputs: Any, targets: Any, reduction: str = "mean") -> Any:
    """|outputs - targets|, elementwise. Shapes are equal; (n,) goes with (n, 1).

    >>> mae(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    tensor(1., dtype=float64)
    """
    f, y = together("mae", outputs, targets)
    return reduce(lp.absolute(f - y), reduction)


# ------------------------------------------------------------------------------------------------ margins
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
    f: Any = _floats(op, outputs)
    y: Any = astensor(labels)
    if y.ndim != f.ndim - 1 or f.shape[-1] == 1:
        f, y = together(op, f, y)
        return cost(1 - y * f)
    hits, known = _hits(op, f, y)
    own = lp.sum(lp.where(hits, f, 0.0), axis=-1, keepdims=True)
    return lp.where(known, lp.sum(lp.where(hits, 0.0, cost(1 + f - own)), axis=-1), np.nan)


# ------------------------------------------------------------------------------------------------ operands
def _floats(op: str, outputs: Any) -> Any:
    outputs = astensor(outputs)
    if not is_float(outputs.dtype):
        raise DTypeError(
            op, f"the outputs are {outputs.dtype}, not floats", where=user_frame(), hint='.astype("float32")'
        )
    return outputs


def together(op: str, outputs: Any, labels: Any) -> tuple[Any, Any]:
    """Outputs and labels of one shape and dtype, for losses that go element by element."""
    f: Any = _floats(op, outputs)
    y: Any = astensor(labels)
    if y.ndim == f.ndim - 1 and f.shape[-1] == 1:
        y = lp.expand_dims(y, -1)
    if y.ndim != f.ndim or not all(map(same, y.shape, f.shape)):
        raise ShapeError(
            op,
            f"labels has shape {show(astensor(labels).shape)}, outputs has shape {show(f.shape)}",
            where=user_frame(),
            hint="they are compared element by element, so the shapes must be equal",
        )
    return f, y.astype(f.dtype)


# ------------------------------------------------------------------------------------------------- modules
class LossModule(Module):
    """A loss as a module: `loss(outputs, labels)`."""

    function: Loss

    def __init__(self, reduction: str = "mean"):
        if reduction not in REDUCTIONS:
            choose("reduction", reduction, dict.fromkeys(REDUCTIONS))
        self.reduction = reduction

    def forward(self, outputs: Any, labels: Any) -> Any:
        return type(self).function(outputs, labels, reduction=self.reduction)

    def _describe(self) -> str:
        return "" if self.reduction == "mean" else f"reduction={self.reduction!r}"


class CrossEntropyLoss(LossModule):
    """`cross_entropy` as a module."""

    function = staticmethod(cross_entropy)


class NLLLoss(LossModule):
    """`nll` as a module."""

    function = staticmethod(nll)


class BCELoss(LossModule):
    """`binary_cross_entropy` as a module."""

    function = staticmethod(binary_cross_entropy)


class BCEWithLogitsLoss(LossModule):
    """`binary_cross_entropy_with_logits` as a module."""

    function = staticmethod(binary_cross_entropy_with_logits)


class MSELoss(LossModule):
    """`mse` as a module."""

    function = staticmethod(mse)


class L1Loss(LossModule):
    """`mae` as a module."""

    function = staticmethod(mae)


class HingeLoss(LossModule):
    """`hinge` as a module."""

    function = staticmethod(hinge)


class SquaredHingeLoss(LossModule):
    """`squared_hinge` as a module."""

    function = staticmethod(squared_hinge)


NAMES: dict[str, Loss] = {
    "cross_entropy": cross_entropy,
    "nll": nll,
    "binary_cross_entropy": binary_cross_entropy,
    "binary_cross_entropy_with_logits": binary_cross_entropy_with_logits,
    "mse": mse,
    "mean_squared_error": mse,
    "mae": mae,
    "mean_absolute_error": mae,
    "hinge": hinge,
    "squared_hinge": squared_hinge,
}


def loss_function(loss: str | Loss) -> Loss:
    """A loss by its name; a function or module as it is.

    >>> loss_function("mse").__name__
    'mse'
    """
    if isinstance(loss, str):
        return choose("loss", loss, NAMES)
    if not callable(loss):
        raise ArgumentError("loss", f"{loss!r} is neither a name nor a function", where=user_frame())
    return loss


def plain_function(loss: Loss) -> Loss:
    """The function of this module that a loss stands for; other functions as they are."""
    return type(loss).function if isinstance(loss, LossModule) else loss
