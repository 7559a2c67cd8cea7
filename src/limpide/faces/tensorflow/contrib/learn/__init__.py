"""tf.contrib.learn: estimators in their words of 2016 (fit, evaluate, predict on arrays)."""

from __future__ import annotations

from .... import missing
from ...estimator import ModeKeys, RunConfig
from .estimators import (
    DNNClassifier,
    DNNRegressor,
    Estimator,
    LinearClassifier,
    LinearRegressor,
    ModelFnOps,
    SKCompat,
    infer_real_valued_columns_from_input,
    infer_real_valued_columns_from_input_fn,
)

__all__ = [
    "DNNClassifier",
    "DNNRegressor",
    "Estimator",
    "LinearClassifier",
    "LinearRegressor",
    "ModeKeys",
    "ModelFnOps",
    "RunConfig",
    "SKCompat",
    "infer_real_valued_columns_from_input",
    "infer_real_valued_columns_from_input_fn",
]

__getattr__ = missing.attributes("tensorflow.contrib.learn", globals())
