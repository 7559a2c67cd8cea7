"""tf.nn: cross entropies of logits and labels, with TensorFlow's checks of arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....nn import binary_cross_entropy_with_logits, cross_entropy
from ....nn.words import lp
from ....shapes import Dim, same
from ...record import sizes
from ..recording import alike, op, tensor


def ordered(word: str, first: Any, labels: Any, logits: Any) -> tuple[Any, Any]:
    """Labels and logits by name, or two by position in the order of the versions before 1.0: logits, labels.

    Raises ValueError as TensorFlow does where one is missing.
    """
    if first is not None and labels is not None and logits is None:
        return labels, first
    if first is not None:
        raise ValueError(f"Only call `{word}` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")
    return labels, logits


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, dim: int = -1, name: str | None = None,
    axis: int | None = None,
) -> Any:  # fmt: skip
    """-sum(labels * log_softmax(logits)) of every row; the labels are constants for differentiation."""
    if _sentinel is not None and logits is not None and isinstance(logits, str):
        name, logits = logits, None
    labels, logits = ordered("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    axis = dim if axis is None else axis
    return _softmax_cross_entropy(logits, labels, axis, False, name=name)


def softmax_cross_entropy_with_logits_v2(
    labels: Any = None,
    logits: Any = None,
    axis: int | None = None,
    name: str | None = None,
    dim: int | None = None,
    _sentinel: Any = None,
) -> Any:
    """As softmax_cross_entropy_with_logits; derivatives go through the labels too."""
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")
    return _softmax_cross_entropy(
        logits, labels, next((a for a in (axis, dim) if a is not None), -1), True, name=name
    )


@op("softmax_cross_entropy_with_logits")
def _softmax_cross_entropy(
    logits: Any, labels: Any, axis: int, through: bool, name: str | None = None
) -> Any:
    x = _floats(logits)
    y = tensor(labels, x.dtype)
    if x.ndim != y.ndim or not all(
        same(a, b) or isinstance(a, Dim) or isinstance(b, Dim) for a, b in zip(x.shape, y.shape, strict=True)
    ):
        x, y = _stretched(x, y)
    if not x.ndim:
        raise ValueError("logits cannot be scalars")
    if _unsure(x, y):
        return lp.sum(x * y, axis=axis)
    return cross_entropy(x, y if through else lp.stop_gradient(y), reduction="none", axis=axis)


def _stretched(x: Any, y: Any) -> tuple[Any, Any]:
    """Labels and logits of one shape, where one is stretched to the other."""
    try:
        return x + lp.zeros_like(y), y + lp.zeros_like(x)
    except ValueError:
        raise ValueError(
            f"logits and labels must be broadcastable: logits_size={list(x.shape)} "
            f"labels_size={list(y.shape)}"
        ) from None


def _unsure(x: Any, y: Any) -> bool:
    """Whether the two fit where only shapes are asked for: unknown sizes may be equal."""
    return any(not same(a, b) for a, b in zip(x.shape, y.shape, strict=True))


def _floats(value: Any) -> Any:
    x = tensor(value)
    if x.dtype.kind != "f":
        raise TypeError(f"logits are {x.dtype.name}, not floats")
    return x


def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Any:
    """-log_softmax(logits)[label] of every row; labels: indices of the classes."""
    labels, logits = ordered("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    return _sparse_softmax_cross_entropy(logits, labels, name=name)


@op("SparseSoftmaxCrossEntropyWithLogits")
def _sparse_softmax_cross_entropy(logits: Any, labels: Any, name: str | None = None) -> Any:
    x, y = _floats(logits), tensor(labels)
    if y.dtype.kind not in "iu":
        raise TypeError(f"labels are {y.dtype.name}, not integers")
    if y.ndim != x.ndim - 1:
        raise ValueError(
            f"Rank mismatch: Rank of labels (received {y.ndim}) should equal rank of logits minus 1 "
            f"(received {x.ndim})."
        )
    if any(not same(a, b) for a, b in zip(x.shape[:-1], y.shape, strict=True)):
        if any(isinstance(s, Dim) for s in (*x.shape, *y.shape)):
            return lp.sum(x, axis=-1)
        raise ValueError(
            "Shape mismatch: The shape of labels (received "
            f"{tuple(y.shape)}) should equal the shape of logits except for the last dimension "
            f"(received {tuple(x.shape)})."
        )
    return cross_entropy(x, y, reduction="none")


def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    name: str | None = None,
    targets: Any = None,
) -> Any:
    """-labels log(sigmoid(logits)) - (1 - labels) log(1 - sigmoid(logits)), element by element."""
    if targets is not None:
        labels = targets
    if _sentinel is not None and targets is not None:
        _sentinel, logits = None, _sentinel
    labels, logits = ordered("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    return _sigmoid_cross_entropy(logits, labels, name=name)


@op("logistic_loss")
def _sigmoid_cross_entropy(logits: Any, labels: Any, name: str | None = None) -> Any:
    x, y = alike(logits, labels)
    _same_shape("logits and labels", x, y)
    return x * y if _unsure(x, y) else binary_cross_entropy_with_logits(x, y, reduction="none")


def _same_shape(what: str, x: Any, y: Any) -> None:
    fits = x.ndim == y.ndim and all(
        same(a, b) or isinstance(a, Dim) or isinstance(b, Dim) for a, b in zip(x.shape, y.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{what} must have the same shape ({_shown(x)} vs {_shown(y)})")


def _shown(x: Any) -> str:
    inner = ", ".join("?" if isinstance(s, Dim) else str(s) for s in x.shape)
    return f"({inner},)" if x.ndim == 1 else f"({inner})"


def weighted_cross_entropy_with_logits(
    labels: Any = None,
    logits: Any = None,
    pos_weight: Any = None,
    name: str | None = None,
    targets: Any = None,
) -> Any:
    """As sigmoid_cross_entropy_with_logits, with the positive part times `pos_weight`."""
    return _weighted_cross_entropy(logits, labels if targets is None else targets, pos_weight, name=name)


@op("weighted_logistic_loss")
def _weighted_cross_entropy(logits: Any, labels: Any, weight: Any, name: str | None = None) -> Any:
    x, y, w = alike(logits, labels, weight)
    _same_shape("logits and targets", x, y)
    return (1 - y) * x - (1 + (w - 1) * y) * lp.log_sigmoid(x)


@op("log_poisson_loss")
def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Any:
    """exp(c) - z c, element by element; with Stirling's approximation of log(z!) for the full loss."""
    c, z = alike(log_input, targets)
    loss = lp.exp(c) - z * c
    if not compute_full_loss:
        return loss
    stirling = z * lp.log(z) - z + 0.5 * lp.log(2 * np.pi * z)
    return loss + lp.where((z >= 0) & (z <= 1), 0.0, stirling)


# ------------------------------------------------------------------------------------------------ rankings
@op("InTopK", gradient=False)
def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Any:
    """Whether the target of every row is among its k largest predictions; equal ones are all in."""
    scores, labels = tensor(predictions), tensor(targets)
    own = lp.take_along_axis(scores, lp.expand_dims(labels, 1), axis=1)
    better = lp.sum((scores > own).astype("int32"), axis=1)
    return (better < k) & lp.isfinite(own)[:, 0]


class TopK(tuple[Any, Any]):
    """The largest values and their indices."""

    values = property(lambda self: self[0])
    indices = property(lambda self: self[1])
    _fields = ("values", "indices")

    def __new__(cls, values: Any, indices: Any) -> TopK:
        return super().__new__(cls, (values, indices))


def top_k(input: Any, k: Any = 1, sorted: bool = True, name: str | None = None) -> TopK:
    """The k largest elements of the last axis and their indices (int32)."""
    return TopK(*_top_k(input, k, name=name))


@op("TopKV2", count=2)
def _top_k(input: Any, k: Any, name: str | None = None) -> Any:
    x = tensor(input)
    values, indices = lp.top_k(x, sizes([k])[0])
    return values, indices.astype("int32")


@op("NthElement")
def nth_element(input: Any, n: Any, reverse: bool = False, name: str | None = None) -> Any:
    """The element that stands at place n when the last axis is sorted."""
    ordered_values = lp.sort(tensor(input), axis=-1, descending=reverse)
    return ordered_values[..., n]


__all__ = [
    "in_top_k", "log_poisson_loss", "nth_element", "sigmoid_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits", "softmax_cross_entropy_with_logits_v2",
    "sparse_softmax_cross_entropy_with_logits", "top_k", "weighted_cross_entropy_with_logits",
]  # fmt: skip
