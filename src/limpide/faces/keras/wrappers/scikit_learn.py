"""`keras.wrappers.scikit_learn`: models as scikit-learn's estimators."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np

from ... import missing
from ..models import Sequential
from ..utils.np_utils import to_categorical


class BaseWrapper:
    """A function that builds a model, as an estimator. sk_params: arguments of it and of fit and predict."""

    def __init__(self, build_fn: Any = None, **sk_params: Any):
        self.build_fn, self.sk_params = build_fn, sk_params

    def _builder(self) -> Any:
        if self.build_fn is None:
            return type(self).__dict__["__call__"].__get__(self)
        if inspect.isfunction(self.build_fn) or inspect.ismethod(self.build_fn):
            return self.build_fn
        return self.build_fn.__call__

    def check_params(self, params: dict[str, Any]) -> None:
        """ValueError for an argument that no function takes."""
        known = set(inspect.signature(self._builder()).parameters) | {
            "nb_epoch",
            "epochs",
            "batch_size",
            "verbose",
            "callbacks",
        }
        for word in (Sequential.fit, Sequential.predict, Sequential.predict_classes, Sequential.evaluate):
            known |= set(inspect.signature(word).parameters)
        for name in params:
            if name not in known:
                raise ValueError(f"{name} is not a legal parameter")

    def get_params(self, deep: bool = True, **params: Any) -> dict[str, Any]:
        """The arguments."""
        return {**(copy.deepcopy(self.sk_params) if deep else self.sk_params), "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> Any:
        """Other arguments."""
        self.check_params({k: v for k, v in params.items() if k != "build_fn"})
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params.update(params)
        return self

    def filter_sk_params(self, fn: Any, override: Any = None) -> dict[str, Any]:
        """Those of the arguments that a function takes."""
        takes = inspect.signature(fn).parameters
        words = {"nb_epoch"} if "epochs" in takes else set()
        return {k: v for k, v in self.sk_params.items() if k in takes or k in words} | dict(override or {})

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Build the model and train it; gives the History."""
        build = self._builder()
        self.model = build(**self.filter_sk_params(build))
        loss = self.model.loss
        name = getattr(loss, "__name__", loss)
        if name == "categorical_crossentropy" and np.ndim(y) != 2:
            y = to_categorical(y)
        return self.model.fit(x, y, **{**self.filter_sk_params(Sequential.fit), **kwargs})


class KerasClassifier(BaseWrapper):
    """A model of classes as an estimator."""

    _estimator_type = "classifier"

    def fit(self, x: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> Any:
        """Build the model and train it; labels are classes or one-hot rows."""
        y = np.array(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1):
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ValueError(f"Invalid shape for y: {y.shape}")
        self.n_classes_ = len(self.classes_)
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        return super().fit(x, y, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """The class of every sample."""
        found = self.model.predict_classes(
            x, **{**self.filter_sk_params(Sequential.predict_classes), **kwargs}
        )
        return self.classes_[found.ravel() if found.ndim > 1 else found]

    def predict_proba(self, x: Any, **kwargs: Any) -> Any:
        """The probabilities of the classes, also where the model gives one number."""
        found = self.model.predict_proba(x, **{**self.filter_sk_params(Sequential.predict_classes), **kwargs})
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """The accuracy on these data."""
        y = np.searchsorted(self.classes_, y) if np.ndim(y) == 1 else np.asarray(y)
        name = getattr(self.model.loss, "__name__", self.model.loss)
        if name == "categorical_crossentropy" and np.ndim(y) != 2:
            y = to_categorical(y, self.n_classes_)
        found = self.model.evaluate(x, y, **{**self.filter_sk_params(Sequential.evaluate), **kwargs})
        for metric, value in zip(
            self.model.metrics_names, found if isinstance(found, list) else [found], strict=True
        ):
            if metric in ("acc", "accuracy"):
                return float(value)
        raise ValueError(
            'The model is not configured to compute accuracy. You should pass `metrics=["accuracy"]` to the'
            " `model.compile()` method."
        )


class KerasRegressor(BaseWrapper):
    """A model of numbers as an estimator."""

    _estimator_type = "regressor"

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """The predictions."""
        return np.squeeze(
            self.model.predict(x, **{**self.filter_sk_params(Sequential.predict), **kwargs}), axis=-1
        )

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """Minus the loss on these data."""
        found = self.model.evaluate(x, y, **{**self.filter_sk_params(Sequential.evaluate), **kwargs})
        return -float(found[0] if isinstance(found, list) else found)


__getattr__ = missing.attributes("keras.wrappers.scikit_learn", globals())
