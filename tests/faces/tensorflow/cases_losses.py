"""Uses of tf.losses and tf.metrics; see cases_nn.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

R = np.random.RandomState
F = R(0).normal(size=(4, 3)).astype(np.float32)
Y = R(1).normal(size=(4, 3)).astype(np.float32)
ZERO_ONE = R(2).randint(0, 2, (4, 3))
ROWS = np.array([0, 2, 1, 1])
ONE_HOT = np.eye(3, dtype=np.float32)[ROWS]
WEIGHTS = np.float32([0.5, 0, 2, 1])
P = (1 / (1 + np.exp(-F))).astype(np.float32)
CASES: dict[str, tuple[list[Any], Callable[..., Any]]] = {}


def each(prefix: str, arrays: list[Any], functions: dict[str, Callable[..., Any]]) -> None:
    for name, function in functions.items():
        CASES[f"{prefix}_{name}"] = (arrays, function)


each(
    "grad_losses",
    [F],
    {
        "mse": lambda tf, x: tf.losses.mean_squared_error(Y, x),
        "mse_sum": lambda tf, x: tf.losses.mean_squared_error(Y, x, reduction=tf.losses.Reduction.SUM),
        "mse_none": lambda tf, x: tf.losses.mean_squared_error(Y, x, 2.0, reduction="none"),
        "mse_weights": lambda tf, x: tf.losses.mean_squared_error(Y, x, WEIGHTS[:, None]),
        "absolute": lambda tf, x: tf.losses.absolute_difference(Y, x, WEIGHTS[:, None]),
        "huber": lambda tf, x: tf.losses.huber_loss(Y, x, delta=0.5),
        "log": lambda tf, x: tf.losses.log_loss(ZERO_ONE, tf.sigmoid(x)),
        "hinge": lambda tf, x: tf.losses.hinge_loss(ZERO_ONE, x),
        "cosine": lambda tf, x: tf.losses.cosine_distance(tf.constant(Y), x, axis=1),
        "pairs": lambda tf, x: tf.losses.mean_pairwise_squared_error(tf.constant(Y), x),
        "sigmoid": lambda tf, x: tf.losses.sigmoid_cross_entropy(ZERO_ONE, x, label_smoothing=0.1),
        "softmax": lambda tf, x: tf.losses.softmax_cross_entropy(ONE_HOT, x, WEIGHTS, label_smoothing=0.2),
        "sparse": lambda tf, x: tf.losses.sparse_softmax_cross_entropy(ROWS, x, weights=WEIGHTS),
        "mean": lambda tf, x: tf.losses.sparse_softmax_cross_entropy(
            ROWS, x, WEIGHTS, reduction="weighted_mean"
        ),
        "batch": lambda tf, x: tf.losses.mean_squared_error(
            Y, x, WEIGHTS[:, None], reduction="weighted_sum_over_batch_size"
        ),
        "total": lambda tf, x: [
            tf.losses.mean_squared_error(Y, x),
            tf.losses.hinge_loss(ZERO_ONE, x),
            tf.losses.get_total_loss(),
        ][-1:],
    },
)
each("metric", [P], {
    "accuracy": lambda tf, x: tf.metrics.accuracy(tf.constant(ROWS), tf.argmax(x, 1))[1],
    "accuracy_weights": lambda tf, x: tf.metrics.accuracy(tf.constant(ROWS), tf.argmax(x, 1), WEIGHTS)[1],
    "value": lambda tf, x: tf.metrics.accuracy(tf.constant(ROWS), tf.argmax(x, 1))[0],
    "mean": lambda tf, x: tf.metrics.mean(x)[1],
    "mse": lambda tf, x: tf.metrics.mean_squared_error(tf.constant(Y), x)[1],
    "rmse": lambda tf, x: tf.metrics.root_mean_squared_error(tf.constant(Y), x)[1],
    "mae": lambda tf, x: tf.metrics.mean_absolute_error(tf.constant(Y), x)[1],
    "precision": lambda tf, x: tf.metrics.precision(tf.constant(ZERO_ONE), x > 0.4)[1],
    "recall": lambda tf, x: tf.metrics.recall(tf.constant(ZERO_ONE), x > 0.6)[1],
    "auc": lambda tf, x: tf.metrics.auc(tf.constant(ZERO_ONE), x)[1],
    "auc_pr": lambda tf, x: tf.metrics.auc(tf.constant(ZERO_ONE), x, num_thresholds=20)[1],
    "thresholds": lambda tf, x: tf.metrics.precision_at_thresholds(tf.constant(ZERO_ONE), x, [0.2, 0.5])[1],
    "false_positives": lambda tf, x: tf.metrics.false_positives(tf.constant(ZERO_ONE), x > 0.4)[1],
    "iou": lambda tf, x: tf.metrics.mean_iou(tf.constant(ROWS), tf.argmax(x, 1), 3)[1],
    "class": lambda tf, x: tf.metrics.mean_per_class_accuracy(tf.constant(ROWS), tf.argmax(x, 1), 3)[1],
    "recall_at": lambda tf, x: tf.metrics.recall_at_k(ROWS.reshape(-1, 1), x, 2)[1],
    "below": lambda tf, x: tf.metrics.percentage_below(x, 0.5)[1],
})  # fmt: skip
