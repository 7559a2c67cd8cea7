"""Weights of losses, their mean, and the collection of losses."""

from __future__ import annotations

from typing import Any

from ....nn.words import lp
from ..graph import GraphKeys, Mode, add_to_collection, get_collection
from ..recording import op, tensor


class Reduction:
    """How losses become one: their sum, and what it is divided by."""

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        return (cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, cls.SUM_BY_NONZERO_WEIGHTS)

    @classmethod
    def validate(cls, key: str) -> None:
        if key not in cls.all():
            raise ValueError(f"Invalid ReductionKey {key}.")


def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """The losses times weights, as one number, which is added to a collection."""
    Reduction.validate(reduction)
    loss = _weighted(losses, weights, reduction, name=scope or "weighted_loss")
    add_loss(loss, loss_collection)
    return loss


@op("weighted_loss")
def _weighted(losses: Any, weights: Any, reduction: str, name: str | None = None) -> Any:
    values = tensor(losses)
    values = values if values.dtype.kind == "f" else values.astype("float32")
    w = tensor(weights).astype(values.dtype)
    if w.ndim and w.ndim < values.ndim and w.ndim == values.ndim - 1:
        w = lp.expand_dims(w, -1)
    elif w.ndim == values.ndim + 1:
        w = lp.squeeze(w, -1)
    scaled = values * w
    if reduction == Reduction.NONE:
        return scaled
    total = lp.sum(scaled)
    if reduction == Reduction.SUM:
        return total
    if reduction == Reduction.SUM_OVER_BATCH_SIZE:
        return total / scaled.size
    spread = w + lp.zeros_like(values)
    share = lp.sum(spread if reduction == Reduction.MEAN else lp.not_equal(spread, 0).astype(values.dtype))
    return lp.where(lp.equal(share, 0), 0.0, total / lp.where(lp.equal(share, 0), 1.0, share))


def add_loss(loss: Any, loss_collection: str | None = GraphKeys.LOSSES) -> None:
    """Add a loss to a collection."""
    if loss_collection and not Mode.eager:
        add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: str = GraphKeys.LOSSES) -> list[Any]:
    """The losses that were collected."""
    return get_collection(loss_collection, scope)


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """What regularizers added."""
    return get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


@op("AddN")
def _total(losses: Any, name: str | None = None) -> Any:
    total = tensor(losses[0]) if losses else lp.zeros((), "float32")
    for loss in losses[1:]:
        total = total + tensor(loss)
    return total


def get_regularization_loss(scope: str | None = None, name: str = "total_regularization_loss") -> Any:
    """The sum of what regularizers added; 0 where there is nothing."""
    return _total(get_regularization_losses(scope), name=name)


def get_total_loss(
    add_regularization_losses: bool = True, name: str = "total_loss", scope: str | None = None
) -> Any:
    """The sum of all losses that were collected."""
    losses = get_losses(scope)
    if add_regularization_losses:
        losses += get_regularization_losses(scope)
    return _total(losses, name=name)
