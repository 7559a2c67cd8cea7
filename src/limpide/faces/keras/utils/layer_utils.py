"""`keras.utils.layer_utils`: the table of `model.summary()`, weights of old layouts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import missing
from .. import backend as K
from ..engine import base_layer


def count_params(weights: Any) -> int:
    """How many numbers weights are, shared ones once."""
    return int(sum(K.count_params(w) for w in {id(w): w for w in weights}.values()))


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Any = None,
    print_fn: Callable[..., Any] | None = None,
) -> None:
    """Print the layers of a model, their shapes and numbers of weights, as Keras 2."""
    write = print_fn or print
    plain = type(model).__name__ == "Sequential" or _is_chain(model)
    if plain:
        length, at = line_length or 65, positions or [0.45, 0.85, 1.0]
        columns = ["Layer (type)", "Output Shape", "Param #"]
    else:
        length, at = line_length or 98, positions or [0.33, 0.55, 0.67, 1.0]
        columns = ["Layer (type)", "Output Shape", "Param #", "Connected to"]
    stops = [int(length * p) for p in at] if at[-1] <= 1 else list(at)

    def row(fields: list[Any]) -> None:
        line = ""
        for i, field in enumerate(fields):
            line = line[:-1] + " " if i > 0 else line
            line = (line + str(field))[: stops[i]]
            line += " " * (stops[i] - len(line))
        write(line)

    write("_" * length)
    row(columns)
    write("=" * length)
    for i, layer in enumerate(model.layers):
        try:
            shape = layer.output_shape
        except (AttributeError, RuntimeError):
            shape = "multiple"
        first = [f"{layer.name} ({type(layer).__name__})", shape, layer.count_params()]
        links = [] if plain else _links(layer, model)
        row(first + ([] if plain else [links[0] if links else ""]))
        for link in links[1:]:
            row(["", "", "", link])
        write(("=" if i == len(model.layers) - 1 else "_") * length)
    trainable = count_params(getattr(model, "_collected_trainable_weights", None) or model.trainable_weights)
    frozen = count_params(model.non_trainable_weights)
    total = count_params(model.weights)
    frozen = frozen if trainable + frozen == total else total - trainable
    write(f"Total params: {total:,}")
    write(f"Trainable params: {trainable:,}")
    write(f"Non-trainable params: {frozen:,}")
    write("_" * length)


def _is_chain(model: Any) -> bool:
    for layer in model.layers:
        nodes = [n for n in layer._inbound_nodes if any(n is m for m in model._nodes)]
        if len(nodes) > 1 or any(len(n.inbound_layers) > 1 for n in nodes):
            return False
    return len(model.inputs) == 1 and len(model.outputs) == 1


def _links(layer: Any, model: Any) -> list[str]:
    found = []
    for node in layer._inbound_nodes:
        if not any(node is n for n in model._nodes):
            continue
        for before, index, tensor in zip(
            node.inbound_layers, node.node_indices, node.tensor_indices, strict=True
        ):
            if before is not None:
                found.append(f"{before.name}[{index}][{tensor}]")
    return found


def convert_kernel(kernel: Any) -> Any:
    """A convolution's kernel from Theano's order to TensorFlow's, or back: flipped along its windows."""
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError("Invalid kernel shape:", kernel.shape)
    return np.copy(
        kernel[
            tuple(slice(None, None, -1) if i < kernel.ndim - 2 else slice(None) for i in range(kernel.ndim))
        ]
    )


def convert_all_kernels_in_model(model: Any) -> None:
    """`convert_kernel` of all convolutions."""
    for layer in model.layers:
        if "Conv" in type(layer).__name__ and layer.weights:
            first, *rest = layer.get_weights()
            layer.set_weights([convert_kernel(first), *rest])


def convert_dense_weights_data_format(
    dense: Any, previous_feature_map_shape: Any, target_data_format: str = "channels_first"
) -> None:
    """Rows of a Dense kernel after Flatten, for maps with their channels elsewhere."""
    kernel, *rest = dense.get_weights()
    for i in range(kernel.shape[1]):
        column = kernel[:, i]
        if target_data_format == "channels_first":
            c, h, w = previous_feature_map_shape
            kernel[:, i] = np.transpose(column.reshape((h, w, c)), (2, 0, 1)).reshape(-1)
        else:
            h, w, c = previous_feature_map_shape
            kernel[:, i] = np.transpose(column.reshape((c, h, w)), (1, 2, 0)).reshape(-1)
    dense.set_weights([kernel, *rest])


def layer_from_config(config: dict[str, Any], custom_objects: Any = None) -> Any:
    """Keras 1: the layer of a configuration."""
    return base_layer.deserialize(config, custom_objects)


__getattr__ = missing.attributes("keras.utils.layer_utils", globals())
