"""Estimators that take arrays: `fit(x, y, steps=)`, on those of tf.estimator."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ... import estimator as estimators
from ...estimator.canned import Head, _Canned
from ...estimator.estimator import Estimator as _Estimator
from ...estimator.inputs import numpy_input_fn
from ...feature_column import numeric_column
from ...layers.base import shape_of
from ...metrics import mean
from ...nn import relu
from ..layers.columns import real_valued_column

InputFn = Callable[[], Any]


def infer_real_valued_columns_from_input(x: Any) -> list[Any]:
    """One column of all features of an array (n, features)."""
    array = np.asarray(x)
    return [real_valued_column("", int(np.prod(array.shape[1:])))]


def infer_real_valued_columns_from_input_fn(input_fn: InputFn) -> list[Any]:
    features, _ = input_fn()
    named = features if isinstance(features, dict) else {"": features}
    return [numeric_column(k, tuple(shape_of(v).as_list()[1:]) or (1,)) for k, v in named.items()]


class ModelFnOps(NamedTuple):
    """What a model function gives."""

    mode: Any
    predictions: Any = None
    loss: Any = None
    train_op: Any = None
    eval_metric_ops: Any = None
    output_alternatives: Any = None


def _input(
    x: Any, y: Any, input_fn: Any, batch_size: int | None, epochs: int | None, shuffle: bool
) -> InputFn:
    if input_fn is not None:
        return input_fn  # type: ignore[no-any-return]
    if x is None:
        raise ValueError("Either x or input_fn must be provided.")
    rows = x if isinstance(x, dict) else np.asarray(x)
    count = len(next(iter(rows.values()))) if isinstance(rows, dict) else len(rows)
    labels = None if y is None else np.asarray(y)
    return numpy_input_fn(rows, labels, batch_size or count, epochs, shuffle, queue_capacity=max(count, 1))


class _OfArrays:
    """fit, evaluate and predict with arrays or input functions."""

    _inner: _Estimator

    def fit(
        self, x: Any = None, y: Any = None, input_fn: Any = None, steps: int | None = None,
        batch_size: int | None = None, monitors: Any = None, max_steps: int | None = None,
    ) -> Any:  # fmt: skip
        """Train for so many steps."""
        given = _input(x, y, input_fn, batch_size, None if steps or max_steps else 1, batch_size is not None)
        hooks = [m for m in monitors or () if hasattr(m, "before_run")]
        self._inner.train(given, hooks=hooks, steps=steps, max_steps=max_steps)
        return self

    partial_fit = train = fit

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Any = None,
        feed_fn: Any = None,
        batch_size: int | None = None,
        steps: int | None = None,
        metrics: Any = None,
        name: str | None = None,
        **_: Any,
    ) -> dict[str, Any]:
        """Loss, metrics and the number of steps."""
        return self._inner.evaluate(_input(x, y, input_fn, batch_size, 1, False), steps=steps)

    def predict(
        self, x: Any = None, input_fn: Any = None, batch_size: int | None = None, outputs: Any = None,
        as_iterable: bool = True, **_: Any,
    ) -> Any:  # fmt: skip
        """What the model says: of classifiers the classes, of regressors the numbers."""
        rows = self._inner.predict(_input(x, None, input_fn, batch_size, 1, False))
        found = map(self._told, rows)
        return found if as_iterable else np.array(list(found))

    def predict_proba(
        self, x: Any = None, input_fn: Any = None, batch_size: int | None = None, **_: Any
    ) -> Iterator[Any]:
        rows = self._inner.predict(_input(x, None, input_fn, batch_size, 1, False))
        return (row["probabilities"] for row in rows)

    def predict_classes(self, *args: Any, **settings: Any) -> Any:
        return self.predict(*args, **settings)

    predict_scores = predict

    def _told(self, row: Any) -> Any:
        if isinstance(row, dict) and "class_ids" in row:
            return row["class_ids"][0]
        if isinstance(row, dict) and set(row) == {"predictions"}:
            values = row["predictions"]
            return values[0] if values.shape == (1,) else values
        return row

    def get_variable_names(self) -> list[str]:
        return self._inner.get_variable_names()

    def get_variable_value(self, name: str) -> Any:
        return self._inner.get_variable_value(name)

    @property
    def model_dir(self) -> str:
        return self._inner.model_dir


class _ArrayCanned(_OfArrays):
    def __init__(self, head: Head, model_dir: Any, config: Any, **parts: Any):
        self._inner = _Canned(head, model_dir, config, **parts)


def _classes(count: int, weights: Any) -> Head:
    return Head("binary" if count == 2 else "classes", count, weights)


class DNNClassifier(_ArrayCanned):
    """A dense network that tells classes apart."""

    def __init__(
        self,
        hidden_units: Sequence[int] = (),
        feature_columns: Any = None,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column_name: Any = None,
        optimizer: Any = None,
        activation_fn: Any = relu,
        dropout: Any = None,
        gradient_clip_norm: Any = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        **_: Any,
    ):
        deep = (feature_columns, hidden_units, activation_fn, dropout, optimizer or "Adagrad")
        super().__init__(_classes(n_classes, weight_column_name), model_dir, config, deep=deep)


class DNNRegressor(_ArrayCanned):
    """A dense network for numbers."""

    def __init__(
        self, hidden_units: Sequence[int] = (), feature_columns: Any = None, model_dir: Any = None,
        weight_column_name: Any = None, optimizer: Any = None, activation_fn: Any = relu, dropout: Any = None,
        gradient_clip_norm: Any = None, enable_centered_bias: bool = False, config: Any = None,
        label_dimension: int = 1, **_: Any,
    ):  # fmt: skip
        deep = (feature_columns, hidden_units, activation_fn, dropout, optimizer or "Adagrad")
        super().__init__(
            Head("regression", label_dimension, weight_column_name), model_dir, config, deep=deep
        )


class LinearClassifier(_ArrayCanned):
    """A linear model that tells classes apart."""

    def __init__(
        self,
        feature_columns: Any = None,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column_name: Any = None,
        optimizer: Any = None,
        config: Any = None,
        **_: Any,
    ):
        head = _classes(n_classes, weight_column_name)
        super().__init__(head, model_dir, config, wide=(feature_columns, optimizer or "Ftrl"))


class LinearRegressor(_ArrayCanned):
    """A linear model for numbers."""

    def __init__(
        self, feature_columns: Any = None, model_dir: Any = None, weight_column_name: Any = None,
        optimizer: Any = None, label_dimension: int = 1, config: Any = None, **_: Any,
    ):  # fmt: skip
        head = Head("regression", label_dimension, weight_column_name)
        super().__init__(head, model_dir, config, wide=(feature_columns, optimizer or "Ftrl"))


class Estimator(_OfArrays):
    """A model function that gives (predictions, loss, train_op), ModelFnOps or EstimatorSpec."""

    def __init__(
        self, model_fn: Any = None, model_dir: Any = None, config: Any = None, params: Any = None,
        feature_engineering_fn: Any = None,
    ):  # fmt: skip
        takes = inspect.signature(model_fn).parameters
        second = list(takes)[1] if len(takes) > 1 else "labels"

        def model(features: Any, labels: Any, mode: str, params: Any, config: Any) -> Any:
            given = {"mode": mode, "params": params, "config": config}
            more = {k: v for k, v in given.items() if k in takes}
            made = model_fn(features, **({second: labels} if second not in given else {}), **more)
            if isinstance(made, (ModelFnOps, estimators.EstimatorSpec)):
                predictions, loss, step, metrics = (
                    made.predictions,
                    made.loss,
                    made.train_op,
                    made.eval_metric_ops,
                )
            else:
                (predictions, loss, step), metrics = made, None
            found = {k: v if isinstance(v, tuple) else mean(v) for k, v in (metrics or {}).items()}
            return estimators.EstimatorSpec(mode, predictions, loss, step, found)

        self._inner = _Estimator(model, model_dir, config, params)


class SKCompat(_OfArrays):
    """An estimator in scikit-learn's words: fit(x, y), score, predict give arrays."""

    def __init__(self, estimator: Any):
        self._inner = estimator._inner if isinstance(estimator, _OfArrays) else estimator

    def fit(self, x: Any, y: Any, batch_size: int = 128, steps: int | None = None, **settings: Any) -> Any:  # type: ignore[override]
        return super().fit(x, y, steps=steps, batch_size=batch_size)

    def score(
        self, x: Any, y: Any, batch_size: int = 128, steps: int | None = None, metrics: Any = None
    ) -> Any:
        return self.evaluate(x, y, batch_size=batch_size, steps=steps)

    def predict(self, x: Any, batch_size: int = 128, outputs: Any = None) -> Any:  # type: ignore[override]
        rows = list(self._inner.predict(_input(x, None, None, batch_size, 1, False)))
        if rows and isinstance(rows[0], dict):
            return {k: np.array([row[k] for row in rows]) for k in rows[0]}
        return np.array(rows)
