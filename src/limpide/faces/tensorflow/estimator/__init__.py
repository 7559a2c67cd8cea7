"""tf.estimator: models as functions, trained, evaluated and used by one object."""

from __future__ import annotations

from ... import missing
from . import inputs
from .canned import (
    DNNClassifier,
    DNNLinearCombinedClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    LinearClassifier,
    LinearRegressor,
)
from .estimator import Estimator, train_and_evaluate
from .spec import EstimatorSpec, EvalSpec, ModeKeys, RunConfig, TrainSpec, WarmStartSettings

__all__ = [
    "DNNClassifier", "DNNLinearCombinedClassifier", "DNNLinearCombinedRegressor", "DNNRegressor", "Estimator",
    "EstimatorSpec", "EvalSpec", "LinearClassifier", "LinearRegressor", "ModeKeys", "RunConfig", "TrainSpec",
    "WarmStartSettings", "inputs", "train_and_evaluate",
]  # fmt: skip

__getattr__ = missing.attributes("tensorflow.estimator", globals())
