"""Keras (0.3, 1 and 2, and tf.keras of TensorFlow 1) on limpide's engine."""

from .. import missing
from . import (
    activations,
    backend,
    callbacks,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    utils,
)
from .engine.base_layer import Input
from .engine.sequential import Sequential
from .engine.training import Model

__version__ = "2.2.4"

__getattr__ = missing.attributes("keras", globals())
