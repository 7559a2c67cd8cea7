"""`keras.models`."""

from __future__ import annotations

from typing import Any

from .. import missing
from .engine.base_layer import Input, InputLayer, deserialize
from .engine.network import Network
from .engine.saving import load_model, model_from_config, model_from_json, save_model
from .engine.sequential import Sequential
from .engine.training import Model
from .legacy.graph import Graph
from .utils.generic_utils import to_list, unpack_singleton
from .utils.io_utils import yaml_door


def model_from_yaml(yaml_string: Any, custom_objects: Any = None) -> Any:
    """The model of `to_yaml`; the text is read as data alone."""
    return deserialize(yaml_door().safe_load(yaml_string), custom_objects)


def clone_model(model: Any, input_tensors: Any = None) -> Any:
    """The same layers with new weights, on new inputs or on these."""
    if isinstance(model, Sequential) or input_tensors is None:
        return type(model).from_config(model.get_config())
    fresh = type(model).from_config(model.get_config())
    inputs = [x if hasattr(x, "_keras_history") else Input(tensor=x) for x in to_list(input_tensors, True)]
    outputs = fresh(unpack_singleton(inputs))
    return Model(inputs, outputs)


Container = Network

__all__ = [
    "Container", "Graph", "Input", "InputLayer", "Model", "Sequential", "clone_model", "load_model",
    "model_from_config", "model_from_json", "model_from_yaml", "save_model",
]  # fmt: skip

__getattr__ = missing.attributes("keras.models", globals())
