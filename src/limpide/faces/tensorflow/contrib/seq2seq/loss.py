"""The cross entropy of sequences."""

from __future__ import annotations

from typing import Any

from .....nn import cross_entropy
from .....nn.words import lp
from ...graph import name_scope
from ...recording import op, tensor


def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Any = None,
    name: str | None = None,
) -> Any:
    """The weighted cross entropy of logits (batch, time, classes) and targets (batch, time)."""
    with name_scope(name, "sequence_loss", [logits, targets, weights]):
        if softmax_loss_function is None:
            crossed = _crossed(logits, targets)
        else:
            crossed = softmax_loss_function(labels=_flat(targets, 1), logits=_flat(logits, 2))
        return _averaged(crossed, targets, weights, average_across_timesteps, average_across_batch)


@op("Reshape")
def _flat(x: Any, kept: int, name: Any = None) -> Any:
    x = tensor(x)
    return lp.reshape(x, (-1, *x.shape[2:])) if kept == 2 else lp.reshape(x, (-1,))


@op("cross_entropy")
def _crossed(logits: Any, targets: Any, name: Any = None) -> Any:
    x, y = tensor(logits), tensor(targets)
    if x.ndim != 3:
        raise ValueError("Logits must be a [batch_size x sequence_length x logits] tensor")
    if y.ndim != 2:
        raise ValueError("Targets must be a [batch_size x sequence_length] tensor")
    return cross_entropy(lp.reshape(x, (-1, x.shape[2])), lp.reshape(y, (-1,)), reduction="none")


@op("sequence_loss")
def _averaged(
    crossed: Any, targets: Any, weights: Any, over_time: bool, over_batch: bool, name: Any = None
) -> Any:
    loss, w, y = tensor(crossed), tensor(weights), tensor(targets)
    w = w.astype(loss.dtype)
    rows = lp.reshape(loss, y.shape) * w
    if over_time and over_batch:
        return lp.sum(rows) / (lp.sum(w) + 1e-12)
    if over_time or over_batch:
        axis = 1 if over_time else 0
        return lp.sum(rows, axis=axis) / (lp.sum(w, axis=axis) + 1e-12)
    return rows
