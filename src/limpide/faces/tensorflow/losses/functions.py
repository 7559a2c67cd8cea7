"""The losses of tf.losses, on the engine's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....nn import huber, mae, mse
from ....nn.words import lp
from ....shapes import Dim, same
from ..graph import GraphKeys, name_scope
from ..nn import losses as entropies
from ..recording import op, tensor
from ..spelling import also
from .weighting import Reduction, compute_weighted_loss

Loss = Callable[..., Any]


def _pair(labels: Any, predictions: Any) -> tuple[Any, Any, bool]:
    """Both as floats of one shape, and whether that is certain.

    Raises ValueError where one is missing or they do not fit.
    """
    if labels is None:
        raise ValueError("labels must not be None.")
    if predictions is None:
        raise ValueError("predictions must not be None.")
    x = tensor(predictions)
    x = x if x.dtype.kind == "f" else x.astype("float32")
    y = tensor(labels).astype(x.dtype)
    fits = x.ndim == y.ndim and all(
        same(a, b) or isinstance(a, Dim) or isinstance(b, Dim) for a, b in zip(x.shape, y.shape, strict=True)
    )
    if not fits:
        shown = [str(tuple("?" if isinstance(s, Dim) else s for s in t.shape)) for t in (x, y)]
        raise ValueError(f"Shapes {shown[0]} and {shown[1]} are incompatible")
    return x, y, all(map(same, x.shape, y.shape))


def _loss(word: str, doc: str, values: Callable[..., Any], *settings: tuple[str, Any]) -> Loss:
    """A loss (labels, predictions, settings..., weights, scope, loss_collection, reduction)."""

    @op(word)
    def elements(labels: Any, predictions: Any, more: Any, name: str | None = None) -> Any:
        x, y, certain = _pair(labels, predictions)
        return values(x, y, *more) if certain else x * y

    def loss(
        labels: Any,
        predictions: Any,
        weights: Any = 1.0,
        *args: Any,
        scope: str | None = None,
        loss_collection: str | None = GraphKeys.LOSSES,
        reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
        **given: Any,
    ) -> Any:
        names = [*(name for name, _ in settings), "scope", "loss_collection", "reduction"]
        found = dict(zip(names, args, strict=False)) | given
        scope, loss_collection = found.pop("scope", scope), found.pop("loss_collection", loss_collection)
        reduction = found.pop("reduction", reduction)
        more = [found.pop(name, default) for name, default in settings]
        if found:
            raise TypeError(f"{word}() got an unexpected keyword argument '{next(iter(found))}'")
        with name_scope(scope, word):
            losses = elements(labels, predictions, more)
            return compute_weighted_loss(losses, weights, "value", loss_collection, reduction)

    loss.__name__, loss.__doc__ = word, doc
    return loss


def _logarithmic(p: Any, y: Any, epsilon: float) -> Any:
    return -y * lp.log(p + epsilon) - (1 - y) * lp.log(1 - p + epsilon)


def _hinge(x: Any, y: Any) -> Any:
    return lp.relu(1 - (2 * y - 1) * x)


absolute_difference = _loss("absolute_difference", "|labels - predictions|.", lambda x, y: mae(x, y, "none"))
mean_squared_error = _loss("mean_squared_error", "(labels - predictions)^2.", lambda x, y: mse(x, y, "none"))
log_loss = _loss(
    "log_loss", "-y log(p + epsilon) - (1 - y) log(1 - p + epsilon).", _logarithmic, ("epsilon", 1e-7)
)
huber_loss = _loss(
    "huber_loss", "d^2 / 2 up to delta, a line behind it.", lambda x, y, delta: huber(x, y, "none", delta),
    ("delta", 1.0),
)  # fmt: skip
_hinge_loss = _loss("hinge_loss", "max(0, 1 - y f) of labels 0 and 1.", _hinge)


def hinge_loss(labels: Any, logits: Any, weights: Any = 1.0, *args: Any, **settings: Any) -> Any:
    """max(0, 1 - y f), where the label 0 stands for y = -1."""
    return _hinge_loss(labels, logits, weights, *args, **settings)


@also(dim="axis")
def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: Any = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """1 - the sum of products along an axis; both are unit vectors already."""
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    losses = _cosines(labels, predictions, axis)
    return compute_weighted_loss(losses, weights, scope or "cosine_distance_loss", loss_collection, reduction)


@op("cosine_distance")
def _cosines(labels: Any, predictions: Any, axis: int, name: str | None = None) -> Any:
    x, y, _ = _pair(labels, predictions)
    return 1 - lp.sum(x * y, axis=axis, keepdims=True)


def mean_pairwise_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
) -> Any:
    """The mean squared difference between pairs of differences of one sample."""
    losses = _pairwise(labels, predictions)
    return compute_weighted_loss(
        losses, weights, scope or "mean_pairwise_squared_error", loss_collection, Reduction.SUM
    )


@op("mean_pairwise_squared_error")
def _pairwise(labels: Any, predictions: Any, name: str | None = None) -> Any:
    x, y, _ = _pair(labels, predictions)
    d = lp.reshape(x - y, (x.shape[0], -1))
    n = d.shape[1]
    return 2 * (lp.sum(d * d, axis=1) / (n - 1) - lp.square(lp.sum(d, axis=1)) / (n * (n - 1)))


# -------------------------------------------------------------------------------------- cross entropies
@op("smoothed")
def _binary_smoothed(labels: Any, logits: Any, smoothing: float, name: str | None = None) -> Any:
    y = tensor(labels).astype(tensor(logits).dtype)
    return y * (1 - smoothing) + 0.5 * smoothing if smoothing else y


@op("smoothed")
def _smoothed(labels: Any, logits: Any, smoothing: float, name: str | None = None) -> Any:
    x = tensor(logits)
    y = tensor(labels).astype(x.dtype)
    return y * (1 - smoothing) + smoothing / int(y.shape[-1]) if smoothing else y


def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """sigmoid_cross_entropy_with_logits, weighted and averaged; smoothed labels move towards 1/2."""
    with name_scope(scope, "sigmoid_cross_entropy_loss"):
        labels = _binary_smoothed(multi_class_labels, logits, label_smoothing)
        losses = entropies.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
        return compute_weighted_loss(losses, weights, "value", loss_collection, reduction)


def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """softmax_cross_entropy_with_logits, weighted and averaged; smoothed labels move towards equal shares."""
    if onehot_labels is None or logits is None:
        raise ValueError("onehot_labels and logits must not be None.")
    with name_scope(scope, "softmax_cross_entropy_loss"):
        labels = _smoothed(onehot_labels, logits, label_smoothing)
        losses = entropies.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        return compute_weighted_loss(losses, weights, "value", loss_collection, reduction)


def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Any:
    """sparse_softmax_cross_entropy_with_logits, weighted and averaged."""
    if labels is None or logits is None:
        raise ValueError("labels and logits must not be None.")
    with name_scope(scope, "sparse_softmax_cross_entropy_loss"):
        losses = entropies.sparse_softmax_cross_entropy_with_logits(
            labels=_rows(labels, logits), logits=logits
        )
        return compute_weighted_loss(losses, weights, "value", loss_collection, reduction)


@op("Squeeze", gradient=False)
def _rows(labels: Any, logits: Any, name: str | None = None) -> Any:
    """Labels without a last axis of one."""
    y, x = tensor(labels), tensor(logits)
    return lp.squeeze(y, -1) if y.ndim == x.ndim and y.shape[-1] == 1 else y
