"""tf.metrics: figures over many batches, in local variables; each gives its value and an update."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...nn.words import lp
from .. import missing
from .dtypes import engine_type, float32, float64
from .graph import GraphKeys, Mode, add_to_collections
from .recording import op, tensor
from .scopes import variable_scope
from .variables import Variable, assign_add

Figure = tuple[Any, Any]


def metric_variable(shape: Sequence[int], dtype: Any, name: str) -> Any:
    """A local variable of zeros."""
    keys = [GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES]
    zeros = np.zeros(tuple(shape), dtype.as_numpy_dtype)
    return Variable(zeros, trainable=False, collections=keys, name=name, dtype=dtype)


def _figure(
    word: str,
    name: str | None,
    sums: Sequence[tuple[str, Any, Any]],
    value: Callable[..., Any],
    collections: Any,
    update_collections: Any,
    told: Callable[..., Any] | None = None,
) -> Figure:
    """A value of running sums.

    sums: the name, the dtype and the tensor that is added at every update. value: a function of the sums.
    told: what the update gives, where it is something else.
    """
    if Mode.eager:
        raise RuntimeError(f"tf.metrics.{word} is not supported when eager execution is enabled.")
    with variable_scope(name, default_name=word):
        shapes = [s.get_shape().as_list() for _, _, s in sums]
        variables = [
            metric_variable(shape, dtype, each) for (each, dtype, _), shape in zip(sums, shapes, strict=True)
        ]
        result = _value(variables, value, name="value")
        added = [assign_add(v, s) for v, (_, _, s) in zip(variables, sums, strict=True)]
        update = _value(added, told or value, name="update_op")
    for keys, item in [(collections, result), (update_collections, update)]:
        if keys:
            add_to_collections(keys, item)
    return result, update


@op("value", gradient=False)
def _value(sums: Any, value: Callable[..., Any], name: str | None = None) -> Any:
    return value(*map(tensor, sums))


def _ratio(total: Any, count: Any) -> Any:
    """total / count, 0 where nothing was counted."""
    none = lp.equal(count, 0)
    return lp.where(none, 0, total / lp.where(none, 1, count))


@op("weighted", count=2, gradient=False)
def _weighted(values: Any, weights: Any, dtype: Any, name: str | None = None) -> Any:
    """The sum of values times weights, and of the weights."""
    x = tensor(values).astype(dtype)
    if weights is None:
        return lp.sum(x), lp.sum(lp.ones_like(x))
    w = tensor(weights).astype(dtype)
    while w.ndim < x.ndim and w.ndim:
        w = lp.expand_dims(w, -1)
    return lp.sum(x * w), lp.sum(w + lp.zeros_like(x))


def mean(
    values: Any, weights: Any = None, metrics_collections: Any = None, updates_collections: Any = None,
    name: str | None = None,
) -> Figure:  # fmt: skip
    """The mean of all values so far."""
    return _mean("mean", values, weights, metrics_collections, updates_collections, name)


def _mean(
    word: str,
    values: Any,
    weights: Any,
    keys: Any,
    update_keys: Any,
    name: Any,
    f: Any = _ratio,
    dtype: Any = float32,
) -> Figure:
    total, count = _weighted(values, weights, engine_type(dtype))
    return _figure(word, name, [("total", dtype, total), ("count", dtype, count)], f, keys, update_keys)


def _of_pair(word: str, doc: str, values: Callable[[Any, Any], Any], f: Callable[..., Any] = _ratio) -> Any:
    """The mean of what a function makes of labels and predictions."""

    @op(word, gradient=False)
    def elements(labels: Any, predictions: Any, name: str | None = None) -> Any:
        x, y = tensor(predictions), tensor(labels)
        if x.ndim == y.ndim + 1 and x.shape[-1] == 1:
            x = lp.squeeze(x, -1)
        elif y.ndim == x.ndim + 1 and y.shape[-1] == 1:
            y = lp.squeeze(y, -1)
        return values(y, x)

    def metric(
        labels: Any, predictions: Any, weights: Any = None, metrics_collections: Any = None,
        updates_collections: Any = None, name: str | None = None,
    ) -> Figure:  # fmt: skip
        found = elements(labels, predictions)
        return _mean(word, found, weights, metrics_collections, updates_collections, name, f)

    metric.__name__, metric.__doc__ = word, doc
    return metric


def _floats(f: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda y, x: f(y.astype("float32"), x.astype("float32"))


accuracy = _of_pair(
    "accuracy", "How many predictions equal the labels.", lambda y, x: lp.equal(y.astype(x.dtype), x)
)
mean_absolute_error = _of_pair(
    "mean_absolute_error", "The mean of |labels - predictions|.", _floats(lambda y, x: lp.abs(y - x))
)
mean_squared_error = _of_pair(
    "mean_squared_error", "The mean of (labels - predictions)^2.", _floats(lambda y, x: lp.square(y - x))
)
root_mean_squared_error = _of_pair(
    "root_mean_squared_error", "Its square root.", _floats(lambda y, x: lp.square(y - x)),
    lambda total, count: lp.sqrt(_ratio(total, count)),
)  # fmt: skip


def mean_relative_error(
    labels: Any, predictions: Any, normalizer: Any, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Figure:  # fmt: skip
    """The mean of |labels - predictions| / normalizer."""
    found = _relative(labels, predictions, normalizer)
    return _mean("mean_relative_error", found, weights, metrics_collections, updates_collections, name)


@op("relative", gradient=False)
def _relative(labels: Any, predictions: Any, normalizer: Any, name: str | None = None) -> Any:
    y, x, n = (tensor(t).astype("float32") for t in (labels, predictions, normalizer))
    return _ratio(lp.abs(y - x), n)


def mean_cosine_distance(
    labels: Any, predictions: Any, dim: int, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Figure:  # fmt: skip
    """1 - the mean of the products of unit vectors."""
    found = _products(labels, predictions, dim)
    return _mean(
        "mean_cosine_distance", found, weights, metrics_collections, updates_collections, name,
        lambda total, count: 1 - _ratio(total, count),
    )  # fmt: skip


@op("products", gradient=False)
def _products(labels: Any, predictions: Any, dim: int, name: str | None = None) -> Any:
    return lp.sum(tensor(labels) * tensor(predictions), axis=dim, keepdims=True)


def percentage_below(
    values: Any, threshold: Any, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Figure:  # fmt: skip
    """Which part of the values is below a threshold."""
    found = _below(values, threshold)
    return _mean("percentage_below_threshold", found, weights, metrics_collections, updates_collections, name)


@op("Less", gradient=False)
def _below(values: Any, threshold: Any, name: str | None = None) -> Any:
    return lp.less(tensor(values), threshold)


def mean_tensor(
    values: Any, weights: Any = None, metrics_collections: Any = None, updates_collections: Any = None,
    name: str | None = None,
) -> Figure:  # fmt: skip
    """The mean of every element over the updates."""
    total, count = _elementwise(values, weights)
    sums = [("total_tensor", float32, total), ("count_tensor", float32, count)]
    return _figure("mean", name, sums, _ratio, metrics_collections, updates_collections)


@op("elements", count=2, gradient=False)
def _elementwise(values: Any, weights: Any, name: str | None = None) -> Any:
    x = tensor(values).astype("float32")
    w = lp.ones_like(x) if weights is None else tensor(weights).astype("float32") + lp.zeros_like(x)
    return x * w, w


# ----------------------------------------------------------------------------------------- right and wrong
@op("confusion", count=4, gradient=False)
def _counts(labels: Any, predictions: Any, weights: Any, thresholds: Any, name: str | None = None) -> Any:
    """True positives, false negatives, true negatives, false positives; of every threshold."""
    y = lp.reshape(tensor(labels).astype("bool"), (-1,))
    x = lp.reshape(tensor(predictions), (-1,))
    if thresholds is None:
        yes = x.astype("bool")
    else:
        yes = lp.reshape(x.astype("float32"), (1, -1)) > np.float32(thresholds).reshape(-1, 1)
    w: Any = 1.0
    if weights is not None:
        w = lp.reshape(
            tensor(weights).astype("float32") + lp.zeros(tensor(predictions).shape, "float32"), (-1,)
        )
    cells = (y & yes, y & ~yes, ~y & ~yes, ~y & yes)
    return tuple(lp.sum(c.astype("float32") * w, axis=-1) for c in cells)


NAMES = ("true_positives", "false_negatives", "true_negatives", "false_positives")


def _confusion(
    word: str, value: Callable[..., Any], labels: Any, predictions: Any, weights: Any, thresholds: Any,
    keys: Any, update_keys: Any, name: Any,
) -> Figure:  # fmt: skip
    cells = _counts(labels, predictions, weights, thresholds)
    sums = [(each, float32, cell) for each, cell in zip(NAMES, cells, strict=True)]
    return _figure(word, name, sums, value, keys, update_keys)


def _decided(word: str, doc: str, value: Callable[..., Any]) -> Any:
    def metric(
        labels: Any, predictions: Any, weights: Any = None, metrics_collections: Any = None,
        updates_collections: Any = None, name: str | None = None,
    ) -> Figure:  # fmt: skip
        return _confusion(
            word, value, labels, predictions, weights, None, metrics_collections, updates_collections, name
        )

    metric.__name__, metric.__doc__ = word, doc
    return metric


def _at(word: str, doc: str, value: Callable[..., Any]) -> Any:
    def metric(
        labels: Any, predictions: Any, thresholds: Any, weights: Any = None, metrics_collections: Any = None,
        updates_collections: Any = None, name: str | None = None,
    ) -> Figure:  # fmt: skip
        return _confusion(
            word,
            value,
            labels,
            predictions,
            weights,
            list(thresholds),
            metrics_collections,
            updates_collections,
            name,
        )

    metric.__name__, metric.__doc__ = word, doc
    return metric


def _precision(tp: Any, fn: Any, tn: Any, fp: Any) -> Any:
    return _ratio(tp, tp + fp)


def _recall(tp: Any, fn: Any, tn: Any, fp: Any) -> Any:
    return _ratio(tp, tp + fn)


precision = _decided("precision", "Which part of what was said to be true is true.", _precision)
recall = _decided("recall", "Which part of what is true was said to be.", _recall)
true_positives = _decided("true_positives", "How many are true and said to be.", lambda tp, fn, tn, fp: tp)
false_negatives = _decided(
    "false_negatives", "How many are true and not said to be.", lambda tp, fn, tn, fp: fn
)
true_negatives = _decided("true_negatives", "How many are false and said to be.", lambda tp, fn, tn, fp: tn)
false_positives = _decided(
    "false_positives", "How many are false and not said to be.", lambda tp, fn, tn, fp: fp
)
precision_at_thresholds = _at("precision_at_thresholds", "precision, for every threshold.", _precision)
recall_at_thresholds = _at("recall_at_thresholds", "recall, for every threshold.", _recall)


def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
) -> Figure:
    """The area under the curve of true over false positives ("ROC"), or of precision over recall ("PR")."""
    if curve not in ("ROC", "PR"):
        raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
    steps = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
    thresholds = [-1e-7, *steps, 1 + 1e-7]

    def area(tp: Any, fn: Any, tn: Any, fp: Any) -> Any:
        rate = (tp + 1e-6) / (tp + fn + 1e-6)
        if curve == "ROC":
            x, y = fp / (fp + tn + 1e-6), rate
        else:
            x, y = rate, (tp + 1e-6) / (tp + fp + 1e-6)
        return lp.sum((x[:-1] - x[1:]) * (y[:-1] + y[1:]) / 2)

    return _confusion(
        "auc", area, labels, predictions, weights, thresholds, metrics_collections, updates_collections, name
    )


# -------------------------------------------------------------------------------------------------- classes
@op("confusion_matrix", gradient=False)
def confusion(
    labels: Any, predictions: Any, weights: Any, classes: int, dtype: Any, name: str | None = None
) -> Any:
    """How often each label (a row) was predicted as each class (a column)."""
    y = lp.reshape(tensor(labels), (-1,)).astype("int64")
    x = lp.reshape(tensor(predictions), (-1,)).astype("int64")
    kind = engine_type(dtype)
    rows = lp.one_hot(y, classes, kind)
    if weights is not None:
        rows = rows * lp.reshape(tensor(weights).astype(kind), (-1, 1))
    return rows.T @ lp.one_hot(x, classes, kind)


def mean_iou(
    labels: Any, predictions: Any, num_classes: int, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Figure:  # fmt: skip
    """The mean over classes of intersection / union; the update gives the confusion matrix."""
    found = confusion(labels, predictions, weights, num_classes, float64)

    def score(matrix: Any) -> Any:
        matrix = matrix.astype("float32")
        own = lp.diagonal(matrix)
        union = lp.sum(matrix, axis=0) + lp.sum(matrix, axis=1) - own
        return _ratio(lp.sum(_ratio(own, union)), lp.sum((union > 0).astype("float32")))

    sums = [("total_confusion_matrix", float64, found)]
    return _figure(
        "mean_iou", name, sums, score, metrics_collections, updates_collections, lambda matrix: matrix
    )


def mean_per_class_accuracy(
    labels: Any, predictions: Any, num_classes: int, weights: Any = None, metrics_collections: Any = None,
    updates_collections: Any = None, name: str | None = None,
) -> Figure:  # fmt: skip
    """The mean over classes of how many of them were found."""
    found = confusion(labels, predictions, weights, num_classes, float32)

    def found_of(matrix: Any) -> Any:
        return _ratio(lp.diagonal(matrix), lp.sum(matrix, axis=1))

    return _figure(
        "mean_accuracy", name, [("matrix", float32, found)], lambda matrix: lp.mean(found_of(matrix)),
        metrics_collections, updates_collections, found_of,
    )  # fmt: skip


@op("at_k", gradient=False)
def _hits_at(labels: Any, predictions: Any, k: int, share: int, name: str | None = None) -> Any:
    x, y = tensor(predictions), tensor(labels).astype("int64")
    y = lp.expand_dims(y, -1) if y.ndim == x.ndim - 1 else y
    _, best = lp.top_k(x, k)
    hit = lp.equal(lp.expand_dims(best.astype("int64"), -1), lp.expand_dims(y, -2))
    found = lp.sum(lp.any(hit, axis=-2 if share == 0 else -1).astype("float32"), axis=-1)
    return found / (y.shape[-1] if share == 0 else k)


def recall_at_k(
    labels: Any, predictions: Any, k: int, class_id: Any = None, weights: Any = None,
    metrics_collections: Any = None, updates_collections: Any = None, name: str | None = None,
) -> Figure:  # fmt: skip
    """Which part of the labels is among the k largest predictions."""
    _no_class(class_id)
    found = _hits_at(labels, predictions, k, 0)
    return _mean(
        f"recall_at_{k}", found, weights, metrics_collections, updates_collections, name, dtype=float64
    )


def precision_at_k(
    labels: Any, predictions: Any, k: int, class_id: Any = None, weights: Any = None,
    metrics_collections: Any = None, updates_collections: Any = None, name: str | None = None,
) -> Figure:  # fmt: skip
    """Which part of the k largest predictions are labels."""
    _no_class(class_id)
    found = _hits_at(labels, predictions, k, 1)
    return _mean(
        f"precision_at_{k}", found, weights, metrics_collections, updates_collections, name, dtype=float64
    )


def _no_class(class_id: Any) -> None:
    if class_id is not None:
        missing.record("tf.metrics.recall_at_k(class_id=)")
        raise NotImplementedError("class_id is not there")


__getattr__ = missing.attributes("tensorflow.metrics", globals())
