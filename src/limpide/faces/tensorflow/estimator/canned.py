"""Estimators that are there: linear models, dense networks, and both together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....nn.words import lp
from .. import losses, metrics, nn, train
from ..arrays import concat, expand_dims
from ..dtypes import int64, string
from ..feature_column import as_columns, input_layer, linear_model
from ..graph import GraphKeys, get_collection
from ..inputs import convert_to_tensor
from ..io.examples import on_host
from ..layers import dense, dropout
from ..math import add, argmax, sigmoid
from ..recording import op, tensor
from ..scopes import variable_scope
from ..variables import group
from .estimator import Estimator
from .spec import EstimatorSpec, ModeKeys

Features = dict[str, Any]
OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "Adagrad": train.AdagradOptimizer,
    "Adam": train.AdamOptimizer,
    "Ftrl": train.FtrlOptimizer,
    "RMSProp": train.RMSPropOptimizer,
    "SGD": train.GradientDescentOptimizer,
}


def optimizer_of(given: Any, rate: float) -> Any:
    """An optimizer from its name, a function or itself.

    Raises ValueError for a name that is none.
    """
    if isinstance(given, str):
        if given not in OPTIMIZERS:
            raise ValueError(f"Unsupported optimizer name: {given}. Supported names are: {tuple(OPTIMIZERS)}")
        return OPTIMIZERS[given](learning_rate=rate)
    return given() if callable(given) else given


@op("expand_dims")
def _column(x: Any, dtype: Any, name: Any = None) -> Any:
    """(batch, 1) of a vector."""
    x = tensor(x)
    x = x if dtype is None else x.astype(dtype)
    return lp.expand_dims(x, -1) if x.ndim == 1 else x


class Head:
    """What a model's logits are for: a loss, predictions and metrics."""

    def __init__(
        self, kind: str, classes: int, weight_column: Any = None, vocabulary: Sequence[Any] | None = None
    ):
        self.kind, self.classes, self.weight_column = kind, classes, weight_column
        self.vocabulary = None if vocabulary is None else list(vocabulary)

    @property
    def width(self) -> int:
        return 1 if self.kind == "binary" else self.classes

    def spec(
        self, features: Features, labels: Any, mode: str, logits: Any, train_op: Callable[[Any], Any]
    ) -> Any:
        predictions = self._predictions(logits)
        if mode == ModeKeys.PREDICT:
            return EstimatorSpec(mode, predictions=predictions)
        labels = self._labels(labels)
        weights = self._weights(features)
        reduction = losses.Reduction.SUM
        if self.kind == "regression":
            loss = losses.mean_squared_error(_column(labels, "float32"), logits, weights, reduction=reduction)
        elif self.kind == "binary":
            loss = losses.sigmoid_cross_entropy(
                _column(labels, "float32"), logits, weights, reduction=reduction
            )
        else:
            loss = losses.sparse_softmax_cross_entropy(labels, logits, weights, reduction=reduction)
        if mode == ModeKeys.TRAIN:
            return EstimatorSpec(mode, predictions, loss, train_op(loss))
        return EstimatorSpec(
            mode, predictions, loss, eval_metric_ops=self._metrics(labels, logits, predictions, weights)
        )

    def _labels(self, labels: Any) -> Any:
        if isinstance(labels, dict):
            labels = next(iter(labels.values()))
        labels = convert_to_tensor(labels)
        if self.vocabulary is not None and labels.dtype.base_dtype is string:
            places = {(v.encode() if isinstance(v, str) else v): k for k, v in enumerate(self.vocabulary)}
            known = labels.get_shape()
            labels = on_host(
                "Lookup", lambda a: [np.array([places[v] for v in a.reshape(-1)], np.int64).reshape(a.shape)],
                [labels], [int64], [known.as_list() if known.ndims is not None else None],
            )[0]  # fmt: skip
        return labels

    def _weights(self, features: Features) -> Any:
        if self.weight_column is None:
            return 1.0
        column = self.weight_column
        return _column(features[column] if isinstance(column, str) else column.dense(features), "float32")

    def _predictions(self, logits: Any) -> dict[str, Any]:
        if self.kind == "regression":
            return {"predictions": logits}
        if self.kind == "binary":
            both = concat([_zeros_like(logits), logits], 1)
            found = {"logits": logits, "logistic": sigmoid(logits), "probabilities": nn.softmax(both)}
            logits = both
        else:
            found = {"logits": logits, "probabilities": nn.softmax(logits)}
        ids = expand_dims(argmax(logits, 1), -1)
        return found | {"class_ids": ids, "classes": self._names(ids)}

    def _names(self, ids: Any) -> Any:
        words = [str(i) for i in range(max(self.classes, 2))] if self.vocabulary is None else self.vocabulary
        texts = np.array([w.encode() if isinstance(w, str) else w for w in words], object)
        return on_host("ClassNames", lambda a: [texts[a]], [ids], [string], [[None, 1]])[0]

    def _metrics(self, labels: Any, logits: Any, predictions: dict[str, Any], weights: Any) -> dict[str, Any]:
        if self.kind == "regression":
            target = _column(labels, "float32")
            return {
                "average_loss": metrics.mean_squared_error(target, logits),
                "label/mean": metrics.mean(target),
                "prediction/mean": metrics.mean(logits),
            }
        none = losses.Reduction.NONE
        if self.kind == "binary":
            target = _column(labels, "float32")
            rows = losses.sigmoid_cross_entropy(target, logits, loss_collection=None, reduction=none)
        else:
            target = _column(labels, None)
            rows = losses.sparse_softmax_cross_entropy(labels, logits, loss_collection=None, reduction=none)
        found = {
            "accuracy": metrics.accuracy(target, predictions["class_ids"]),
            "average_loss": metrics.mean(rows),
        }
        if self.kind == "binary":
            logistic = predictions["logistic"]
            found |= {
                "auc": metrics.auc(target, logistic),
                "auc_precision_recall": metrics.auc(target, logistic, curve="PR"),
                "accuracy_baseline": _baseline(target),
                "label/mean": metrics.mean(target),
                "prediction/mean": metrics.mean(logistic),
                "precision": metrics.precision(target, predictions["class_ids"]),
                "recall": metrics.recall(target, predictions["class_ids"]),
            }
        return found


@op("ZerosLike")
def _zeros_like(x: Any, name: Any = None) -> Any:
    return tensor(x) * 0


@op("Maximum", gradient=False)
def _larger(mean: Any, name: Any = None) -> Any:
    mean = tensor(mean)
    return lp.maximum(mean, 1 - mean)


def _baseline(target: Any) -> Any:
    value, update = metrics.mean(target, name="accuracy_baseline")
    return _larger(value), _larger(update)


# ------------------------------------------------------------------------------------------------ networks
def network(
    features: Features,
    columns: Any,
    units: Sequence[int],
    outputs: int,
    activation: Any,
    rate: Any,
    mode: str,
) -> Any:
    """Dense layers on the columns side by side: their logits."""
    with variable_scope("dnn"):
        x = input_layer(features, columns) if columns is not None else next(iter(features.values()))
        for k, count in enumerate(units):
            x = dense(x, count, activation, name=f"hiddenlayer_{k}")
            if rate is not None and mode == ModeKeys.TRAIN:
                x = dropout(x, rate, training=True)
        return dense(x, outputs, name="logits")


def linear(features: Features, columns: Any, outputs: int) -> Any:
    """A linear function of the columns."""
    with variable_scope("linear"):
        return linear_model(features, columns, outputs)


def as_features(features: Any) -> Features:
    """Features by name."""
    return features if isinstance(features, dict) else {"": features}


class _Canned(Estimator):
    """A network, a linear model, or both, with a head."""

    def __init__(
        self,
        head: Head,
        model_dir: Any,
        config: Any,
        deep: tuple[Any, Sequence[int], Any, Any, Any] | None = None,
        wide: tuple[Any, Any] | None = None,
    ):
        def model(features: Any, labels: Any, mode: str) -> Any:
            features = as_features(features)
            parts, optimizers = [], []
            if deep is not None:
                columns, units, activation, rate, optimizer = deep
                parts.append(network(features, columns, units, head.width, activation, rate, mode))
                optimizers.append(("dnn", optimizer, 0.05))
            if wide is not None:
                columns, optimizer = wide
                parts.append(linear(features, columns, head.width))
                optimizers.append(("linear", optimizer, min(0.2, 1 / math.sqrt(len(as_columns(columns))))))
            logits = parts[0] if len(parts) == 1 else add(*parts)

            def step(loss: Any) -> Any:
                count = train.get_global_step()
                made = []
                for k, (scope, optimizer, rate) in enumerate(optimizers):
                    own = get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)
                    chosen = optimizer_of(optimizer, rate)
                    made.append(chosen.minimize(loss, count if k == 0 else None, var_list=own))
                return made[0] if len(made) == 1 else group(*made)

            return head.spec(features, labels, mode, logits, step)

        super().__init__(model, model_dir, config)


class DNNClassifier(_Canned):
    """A dense network that tells classes apart.

    hidden_units: the sizes of its layers. optimizer: a name, an optimizer or a function that makes one.
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Any = nn.relu,
        dropout: Any = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: Any = None,
        batch_norm: bool = False,
    ):
        head = Head("binary" if n_classes == 2 else "classes", n_classes, weight_column, label_vocabulary)
        super().__init__(
            head, model_dir, config, deep=(feature_columns, hidden_units, activation_fn, dropout, optimizer)
        )


class DNNRegressor(_Canned):
    """A dense network for numbers."""

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Any = nn.relu,
        dropout: Any = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: Any = None,
        batch_norm: bool = False,
    ):
        head = Head("regression", label_dimension, weight_column)
        super().__init__(
            head, model_dir, config, deep=(feature_columns, hidden_units, activation_fn, dropout, optimizer)
        )


class LinearClassifier(_Canned):
    """A linear model that tells classes apart."""

    def __init__(
        self, feature_columns: Any, model_dir: Any = None, n_classes: int = 2, weight_column: Any = None,
        label_vocabulary: Any = None, optimizer: Any = "Ftrl", config: Any = None, partitioner: Any = None,
        warm_start_from: Any = None, loss_reduction: Any = None, sparse_combiner: str = "sum",
    ):  # fmt: skip
        head = Head("binary" if n_classes == 2 else "classes", n_classes, weight_column, label_vocabulary)
        super().__init__(head, model_dir, config, wide=(feature_columns, optimizer))


class LinearRegressor(_Canned):
    """A linear model for numbers."""

    def __init__(
        self,
        feature_columns: Any,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        partitioner: Any = None,
        warm_start_from: Any = None,
        loss_reduction: Any = None,
        sparse_combiner: str = "sum",
    ):
        super().__init__(
            Head("regression", label_dimension, weight_column),
            model_dir,
            config,
            wide=(feature_columns, optimizer),
        )


class DNNLinearCombinedClassifier(_Canned):
    """A dense network and a linear model added, to tell classes apart."""

    def __init__(
        self,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = nn.relu,
        dnn_dropout: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        **others: Any,
    ):
        head = Head("binary" if n_classes == 2 else "classes", n_classes, weight_column, label_vocabulary)
        deep = (dnn_feature_columns, dnn_hidden_units, dnn_activation_fn, dnn_dropout, dnn_optimizer)
        wide = (linear_feature_columns, linear_optimizer)
        super().__init__(
            head,
            model_dir,
            config,
            deep if dnn_feature_columns else None,
            wide if linear_feature_columns else None,
        )


class DNNLinearCombinedRegressor(_Canned):
    """A dense network and a linear model added, for numbers."""

    def __init__(
        self, model_dir: Any = None, linear_feature_columns: Any = None, linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None, dnn_optimizer: Any = "Adagrad", dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = nn.relu, dnn_dropout: Any = None, label_dimension: int = 1,
        weight_column: Any = None, input_layer_partitioner: Any = None, config: Any = None, **others: Any,
    ):  # fmt: skip
        deep = (dnn_feature_columns, dnn_hidden_units, dnn_activation_fn, dnn_dropout, dnn_optimizer)
        wide = (linear_feature_columns, linear_optimizer)
        super().__init__(
            Head("regression", label_dimension, weight_column), model_dir, config,
            deep if dnn_feature_columns else None, wide if linear_feature_columns else None,
        )  # fmt: skip
