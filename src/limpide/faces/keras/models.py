"""`keras.models`."""

from __future__ import annotations

from .. import missing
from .engine.base_layer import Input, InputLayer
from .engine.saving import load_model, model_from_config, model_from_json
from .engine.sequential import Sequential
from .engine.training import Model

__all__ = [
    "Input", "InputLayer", "Model", "Sequential", "load_model", "model_from_config", "model_from_json",
]  # fmt: skip

__getattr__ = missing.attributes("keras.models", globals())
