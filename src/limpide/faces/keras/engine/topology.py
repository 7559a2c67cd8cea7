"""`keras.engine.topology`."""

from ... import missing
from ..layers.merge import Merge, merge
from .base_layer import Input, InputLayer, InputSpec, Layer, Node
from .network import Container, Network, get_source_inputs
from .saving import (
    load_weights_from_hdf5_group,
    load_weights_from_hdf5_group_by_name,
    preprocess_weights_for_loading,
    save_weights_to_hdf5_group,
)

__all__ = [
    "Container", "Input", "InputLayer", "InputSpec", "Layer", "Merge", "Network", "Node", "get_source_inputs",
    "load_weights_from_hdf5_group", "load_weights_from_hdf5_group_by_name", "merge",
    "preprocess_weights_for_loading", "save_weights_to_hdf5_group",
]  # fmt: skip

__getattr__ = missing.attributes("keras.engine.topology", globals())
