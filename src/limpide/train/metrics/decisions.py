"""What outputs decide and what labels say, in the forms that classifiers give and losses take."""

from __future__ import annotations

from typing import Any

from ...errors import ShapeError, user_frame
from ...nn import losses
from ...nn.words import lp
from ...shapes import same, show
from ...tensor import Tensor, astensor

# Where the outputs of a loss with two classes say "the second class".
THRESHOLDS: dict[Any, float] = {
    losses.binary_cross_entropy: 0.5,
    losses.binary_cross_entropy_with_logits: 0.0,
    losses.hinge: 0.0,
    losses.squared_hinge: 0.0,
}


def is_yes_or_no(outputs: Tensor, labels: Tensor, threshold: float | None) -> bool:
    """Whether every output is a decision of its own; else the last axis are classes: one is right."""
    given = threshold is not None and labels.ndim == outputs.ndim
    return given or outputs.ndim == 1 or outputs.shape[-1] == 1


def yes_or_no(op: str, outputs: Tensor, labels: Tensor, threshold: float | None) -> tuple[Any, Any]:
    """Decisions and truths as bools of one shape; the threshold is 0.5 where there is none."""
    f, y = losses.together(op, outputs, labels)
    return f > (0.5 if threshold is None else threshold), y > 0.5


def one_of(op: str, outputs: Tensor, labels: Tensor) -> tuple[Any, Any]:
    """The class of the largest output, and the true one, as indices of one shape."""
    return lp.argmax(outputs, axis=-1), true_class(op, outputs, labels)


def true_class(op: str, outputs: Tensor, labels: Tensor) -> Any:
    """Labels (indices, or one-hot rows) as indices. Raises ShapeError where they do not fit the outputs."""
    truth = lp.argmax(labels, axis=-1) if labels.ndim == outputs.ndim else labels
    if truth.ndim != outputs.ndim - 1 or not all(map(same, truth.shape, outputs.shape)):
        raise ShapeError(
            op,
            f"labels has shape {show(labels.shape)}, outputs has shape {show(outputs.shape)}",
            where=user_frame(),
            hint="labels are class indices, or one-hot rows of the shape of the outputs",
        )
    return truth


def check_classes(op: str, outputs: Tensor, classes: int | None) -> None:
    """ShapeError where the last axis of the outputs is not the classes that were told."""
    if not outputs.ndim or not same(outputs.shape[-1], classes or 2):
        told = "two classes are expected" if classes is None else f"classes={classes}"
        raise ShapeError(
            op,
            f"outputs has shape {show(outputs.shape)}, but {told}",
            where=user_frame(),
            hint=f"train.metrics.{op}(classes={outputs.shape[-1] if outputs.ndim else 2})",
        )


def one_hot_pair(op: str, outputs: Any, labels: Any, classes: int | None, threshold: float | None) -> Any:
    """Decisions and truths as bools (rows, classes); one column, the second class, where classes is None.

    Outputs that are decisions of their own: with `classes` the last axis are labels, else all are one column.
    """
    f, y = astensor(outputs), astensor(labels)
    if is_yes_or_no(f, y, threshold):
        guess, truth = yes_or_no(op, f, y, threshold)
        if classes is not None:
            check_classes(op, f, classes)
        return lp.reshape(guess, (-1, classes or 1)), lp.reshape(truth, (-1, classes or 1))
    check_classes(op, f, classes)
    guess, truth = one_of(op, f, y)
    if classes is None:
        return lp.reshape(lp.equal(guess, 1), (-1, 1)), lp.reshape(lp.equal(truth, 1), (-1, 1))
    flat = [lp.reshape(lp.astype(indices, "int64"), (-1,)) for indices in (guess, truth)]
    return tuple(lp.one_hot(indices, classes, dtype="bool") for indices in flat)
