"""tf.contrib.metrics: tf.metrics with predictions before labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import missing
from .. import metrics
from ..math import cast, equal, reduce_mean

Metric = Callable[..., Any]


def accuracy(predictions: Any, labels: Any, weights: Any = None, name: str | None = None) -> Any:
    """How many predictions equal the labels, in this batch."""
    return reduce_mean(cast(equal(predictions, labels), "float32"))


def _streaming(metric: Metric) -> Metric:
    def streaming(predictions: Any, labels: Any = None, *args: Any, **settings: Any) -> Any:
        """The metric of tf.metrics of this name."""
        return metric(labels, predictions, *args, **settings)

    return streaming


streaming_accuracy, streaming_auc = _streaming(metrics.accuracy), _streaming(metrics.auc)
streaming_precision, streaming_recall = _streaming(metrics.precision), _streaming(metrics.recall)
streaming_mean_absolute_error = _streaming(metrics.mean_absolute_error)
streaming_mean_squared_error = _streaming(metrics.mean_squared_error)
streaming_root_mean_squared_error = _streaming(metrics.root_mean_squared_error)
streaming_mean_iou = _streaming(metrics.mean_iou)
streaming_mean = metrics.mean


def aggregate_metrics(*value_update_tuples: Any) -> Any:
    """All values, and all updates."""
    values, updates = zip(*value_update_tuples, strict=True)
    return list(values), list(updates)


def aggregate_metric_map(names_to_tuples: dict[str, Any]) -> Any:
    values = {k: v for k, (v, _) in names_to_tuples.items()}
    return values, {k: u for k, (_, u) in names_to_tuples.items()}


def confusion_matrix(labels: Any, predictions: Any, num_classes: int, dtype: Any = "int32", **_: Any) -> Any:
    return metrics.confusion(labels, predictions, None, num_classes, dtype)


__getattr__ = missing.attributes("tensorflow.contrib.metrics", globals())
