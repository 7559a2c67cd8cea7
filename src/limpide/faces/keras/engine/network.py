"""`keras.engine.network`: layers connected to a graph, which is a layer too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from ... import missing
from .. import backend as K
from ..symbols import int_shape
from ..utils import layer_utils
from ..utils.generic_utils import has_arg, to_list, unpack_singleton
from ..utils.io_utils import yaml_door
from . import saving
from .base_layer import InputLayer, Layer, Node, _masks, deserialize


class Network(Layer):
    """The layers between inputs and outputs.

    inputs, outputs: tensors that layers gave, or lists of them.
    """

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        renames = {"input": "inputs", "output": "outputs"} if cls.__init__ is Network.__init__ else {}
        return args, {renames.get(k, k): v for k, v in kwargs.items()}

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, trainable: bool = True):
        super().__init__(name=name, trainable=trainable)
        self._connect(inputs, outputs)

    def _connect(self, inputs: Any, outputs: Any) -> None:
        """Find the layers between these tensors."""
        self.inputs, self.outputs = to_list(inputs, True), to_list(outputs, True)
        for kind, tensors in (("Input", self.inputs), ("Output", self.outputs)):
            for x in tensors:
                if not hasattr(x, "_keras_history"):
                    raise TypeError(
                        f"{kind} tensors to a {type(self).__name__} must be Keras tensors. Found: {x}"
                        " (missing Keras metadata)."
                    )
        if len({id(x) for x in self.inputs}) != len(self.inputs):
            raise ValueError(
                "The list of inputs passed to the model is redundant. All inputs should only appear once."
            )
        self._nodes = _sorted_nodes(self.inputs, self.outputs)
        self._layers = _ordered_layers(self._nodes, self.inputs)
        names = [layer.name for layer in self._layers]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f'The name "{name}" is used {names.count(name)} times in the model. All layer names'
                    " should be unique."
                )
        self.input_layers = [x._keras_history[0] for x in self.inputs]
        self.output_layers = [x._keras_history[0] for x in self.outputs]
        self.input_names = [layer.name for layer in self.input_layers]
        self.output_names = [layer.name for layer in self.output_layers]
        self.built = True
        self._inbound_nodes = []
        masks = [getattr(x, "_keras_mask", None) for x in self.outputs]
        history = [getattr(x, "_keras_history", None) for x in self.outputs]
        Node(self, self.inputs, self.outputs, [None] * len(self.inputs), None)
        for x, h, m in zip(self.outputs, history, masks, strict=True):
            x._keras_history, x._keras_mask = h, m
        for layer in self.input_layers:  # the node is not one between layers
            layer._outbound_nodes = [n for n in layer._outbound_nodes if n.outbound_layer is not self]

    # ------------------------------------------------------------------------------------------ layers
    @property
    def layers(self) -> list[Any]:
        return self._layers

    def get_layer(self, name: Any = None, index: Any = None) -> Any:
        """The layer of a name or a number; ValueError where there is none."""
        if isinstance(name, int):
            name, index = None, name
        if index is not None:
            if len(self.layers) <= index:
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has {len(self.layers)}"
                    " layers."
                )
            return self.layers[index]
        if not name:
            raise ValueError("Provide either a layer name or layer index.")
        for layer in self._layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}")

    @property
    def trainable_weights(self) -> list[Any]:
        if not self.trainable:
            return []
        return _once(w for layer in self._layers for w in layer.trainable_weights) + self._trainable_weights

    @trainable_weights.setter
    def trainable_weights(self, weights: list[Any]) -> None:
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        frozen = _once(w for layer in self._layers for w in layer.non_trainable_weights)
        if not self.trainable:
            return _once(w for layer in self._layers for w in layer.trainable_weights) + frozen
        return frozen

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights: list[Any]) -> None:
        self._non_trainable_weights = weights

    @property
    def weights(self) -> list[Any]:
        return [*self.trainable_weights, *self.non_trainable_weights]

    def get_weights(self) -> list[Any]:
        """The weights of all layers as arrays, layer by layer."""
        return K.batch_get_value(_once(w for layer in self._layers for w in layer.weights))

    def set_weights(self, weights: Any) -> None:
        """Give all layers' weights these values."""
        own = _once(w for layer in self._layers for w in layer.weights)
        if len(own) != len(weights):
            raise ValueError(
                f"You called `set_weights` with {len(weights)} weights, but the model expects {len(own)}."
            )
        for w, value in zip(own, weights, strict=True):
            if tuple(int_shape(w)) != tuple(getattr(value, "shape", ())):
                raise ValueError(
                    f"Layer weight shape {int_shape(w)} not compatible with provided weight shape"
                    f" {getattr(value, 'shape', ())}"
                )
        K.batch_set_value(list(zip(own, weights, strict=True)))

    @property
    def losses(self) -> list[Any]:
        found = [x for layer in self._layers for x in _of_layer(layer, "get_losses_for", self._nodes)]
        return _once([*found, *self._losses])

    @property
    def updates(self) -> list[Any]:
        if not self.trainable and not self.stateful:
            return []
        found = [x for layer in self._layers for x in _of_layer(layer, "get_updates_for", self._nodes)]
        return _once_pairs([*found, *self._updates])

    @property
    def state_updates(self) -> list[Any]:
        """Updates that are done in evaluation too: states of stateful layers."""
        return [u for layer in self._layers if getattr(layer, "stateful", False) for u in layer.updates]

    def get_losses_for(self, inputs: Any) -> list[Any]:
        found = super().get_losses_for(inputs)
        own = [x for layer in self._layers for x in layer.get_losses_for(None)] if inputs is None else []
        return found + [x for x in own if all(x is not f for f in found)]

    def get_updates_for(self, inputs: Any) -> list[Any]:
        return super().get_updates_for(inputs)

    @property
    def stateful(self) -> bool:
        return any(getattr(layer, "stateful", False) for layer in getattr(self, "_layers", ()))

    # Of a model these are its own, however often it was called.
    @property
    def input(self) -> Any:
        return unpack_singleton(self.inputs)

    @property
    def output(self) -> Any:
        return unpack_singleton(self.outputs)

    @property
    def input_shape(self) -> Any:
        return unpack_singleton([int_shape(x) for x in self.inputs])

    @property
    def output_shape(self) -> Any:
        return unpack_singleton([int_shape(x) for x in self.outputs])

    @property
    def uses_learning_phase(self) -> bool:
        return any(getattr(x, "_uses_learning_phase", False) for x in self.outputs)

    def reset_states(self) -> None:
        """States of stateful layers begin anew."""
        for layer in self._layers:
            if hasattr(layer, "reset_states") and getattr(layer, "stateful", False):
                layer.reset_states()

    @property
    def input_spec(self) -> Any:
        return None

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        pass

    # ------------------------------------------------------------------------------------------- calls
    def call(self, inputs: Any, mask: Any = None) -> Any:
        given = to_list(inputs, True)
        masks = (
            _masks(mask, len(given)) if mask is not None else [getattr(x, "_keras_mask", None) for x in given]
        )
        outputs, _ = self.run_internal_graph(given, masks)
        return unpack_singleton(outputs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if not hasattr(self, "_last_masks"):
            return None
        return unpack_singleton(self._last_masks)

    def compute_output_shape(self, input_shape: Any) -> Any:
        shapes = input_shape if isinstance(input_shape, list) else [input_shape]
        holes = [K.placeholder(tuple(s)) for s in shapes]
        outputs, _ = self.run_internal_graph(holes, [None] * len(holes))
        return unpack_singleton([int_shape(o) for o in outputs])

    def run_internal_graph(
        self, inputs: list[Any], masks: list[Any] | None = None
    ) -> tuple[list[Any], list[Any]]:
        """The outputs for other inputs, and their masks."""
        known = {
            id(x): (y, m) for x, y, m in zip(self.inputs, inputs, masks or [None] * len(inputs), strict=True)
        }
        for node in self._nodes:
            layer = node.outbound_layer
            if isinstance(layer, InputLayer) or any(id(x) not in known for x in node.input_tensors):
                if not node.inbound_layers and node.output_tensors and isinstance(layer, InputLayer):
                    for x in node.output_tensors:
                        known.setdefault(id(x), (x, None))
                continue
            given = [known[id(x)] for x in node.input_tensors]
            tensors, their = unpack_singleton([g[0] for g in given]), unpack_singleton([g[1] for g in given])
            arguments = dict(node.arguments)
            if (
                "mask" not in arguments
                and has_arg(layer.call, "mask", True)
                and any(g[1] is not None for g in given)
            ):
                arguments["mask"] = their
            outputs = to_list(layer.call(tensors, **arguments), True)
            found = _masks(layer.compute_mask(tensors, their), len(outputs))
            if getattr(layer, "activity_regularizer", None) is not None:
                layer.add_loss([layer.activity_regularizer(o) for o in outputs], tensors)
            self.add_loss(layer.get_losses_for(tensors), inputs)
            self.add_update(layer.get_updates_for(tensors), inputs)
            for x, y, m in zip(node.output_tensors, outputs, found, strict=True):
                if int_shape(y) is None or None in int_shape(y)[1:]:
                    y._keras_shape = _better(int_shape(y), int_shape(x))
                y._uses_learning_phase = getattr(x, "_uses_learning_phase", False)
                y._keras_mask = m
                known[id(x)] = (y, m)
        results = [known[id(x)] for x in self.outputs]
        self._last_masks = [m for _, m in results]
        return [y for y, _ in results], self._last_masks

    # ----------------------------------------------------------------------------------- what it prints
    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable[..., Any] | None = None,
    ) -> None:
        """Print the layers, their shapes and numbers of weights."""
        layer_utils.print_summary(self, line_length, positions, print_fn)

    # ----------------------------------------------------------------------------------------- configs
    def get_config(self) -> dict[str, Any]:
        """Layers and how they are connected."""
        kept = _kept_nodes(self)
        layers = []
        for layer in self._layers:
            nodes = []
            for node in layer._inbound_nodes:
                if id(node) not in kept or not node.inbound_layers:
                    continue
                links = []
                for before, index, tensor in zip(
                    node.inbound_layers, node.node_indices, node.tensor_indices, strict=True
                ):
                    number = kept[id(before._inbound_nodes[index])]
                    links.append([before.name, number, tensor, _plain(node.arguments)])
                nodes.append(links)
            layers.append(
                {
                    "name": layer.name,
                    "class_name": type(layer).__name__,
                    "config": layer.get_config(),
                    "inbound_nodes": nodes,
                }
            )
        return {
            "name": self.name,
            "layers": layers,
            "input_layers": [_address(x, kept) for x in self.inputs],
            "output_layers": [_address(x, kept) for x in self.outputs],
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The model of a configuration."""
        made: dict[str, Any] = {}
        waiting: list[tuple[Any, Any]] = []
        for data in config["layers"]:
            layer = deserialize({"class_name": data["class_name"], "config": data["config"]}, custom_objects)
            layer.name = data["name"]
            made[data["name"]] = layer
            waiting += [(layer, _links_of(node)) for node in data["inbound_nodes"]]
        while waiting:
            later = [w for w in waiting if not _linked(w[0], w[1], made)]
            if len(later) == len(waiting):
                raise ValueError("the layers of the configuration are not connected")
            waiting = later
        ends = []
        for key in ("input_layers", "output_layers"):
            given = config[key] if config[key] and isinstance(config[key][0], list) else [config[key]]
            ends.append([_output(made[n], i, t) for n, i, t in given])
        return cls(inputs=ends[0], outputs=ends[1], name=config.get("name"))

    def _updated_config(self) -> dict[str, Any]:
        return {
            "class_name": type(self).__name__, "config": self.get_config(), "keras_version": "2.2.4",
            "backend": K.backend(),
        }  # fmt: skip

    def to_json(self, **kwargs: Any) -> str:
        """The architecture as JSON."""
        return json.dumps(self._updated_config(), default=_json, **kwargs)

    def to_yaml(self, **kwargs: Any) -> str:
        """The architecture as YAML; MissingExtraError without PyYAML."""
        return str(yaml_door().dump(json.loads(self.to_json()), **kwargs))

    # ------------------------------------------------------------------------------------------- files
    def save(self, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
        """Write architecture, weights and training to an HDF5 file, as Keras 2."""
        saving.save_model(self, filepath, overwrite, include_optimizer)

    def save_weights(self, filepath: Any, overwrite: bool = True, **_: Any) -> None:
        """Write the weights to an HDF5 file, as Keras 2."""
        saving.save_weights(self, filepath, overwrite)

    def load_weights(
        self, filepath: Any, by_name: bool = False, skip_mismatch: bool = False, reshape: bool = False
    ) -> None:
        """Read the weights of an HDF5 file; by_name: only of layers whose names are in it."""
        saving.load_weights(self, filepath, by_name, skip_mismatch, reshape)


Container = Network


def _json(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return getattr(value, "__name__", None) or str(value)


def _plain(arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        json.dumps(arguments)
    except TypeError:
        return {}
    return dict(arguments)


def _once(items: Any) -> list[Any]:
    return list({id(x): x for x in items}.values())


def _once_pairs(items: list[Any]) -> list[Any]:
    return list({(tuple(map(id, u)) if isinstance(u, tuple) else id(u)): u for u in items}.values())


def _better(own: Any, told: Any) -> Any:
    if own is None or told is None or len(own) != len(told):
        return own or told
    return tuple(a if a is not None else b for a, b in zip(own, told, strict=True))


def _sorted_nodes(inputs: list[Any], outputs: list[Any]) -> list[Node]:
    """The nodes that the outputs need, those they read before them."""
    order: dict[int, Node] = {}
    begin = {id(x) for x in inputs}

    def visit(tensor: Any) -> Iterator[Any]:
        layer, index, _ = tensor._keras_history
        node = layer._inbound_nodes[index]
        if id(node) in order:
            return
        if id(tensor) not in begin and not isinstance(layer, InputLayer):
            for x in node.input_tensors:
                if hasattr(x, "_keras_history"):
                    yield x
        order[id(node)] = node

    stack: list[Iterator[Any]] = []
    for x in [*outputs, *inputs]:
        stack.append(visit(x))
        while stack:
            following = next(stack[-1], None)
            if following is None:
                stack.pop()
            else:
                stack.append(visit(following))
    reached = {id(x) for n in order.values() for x in n.output_tensors}
    for node in order.values():
        if (
            isinstance(node.outbound_layer, InputLayer)
            and not any(id(x) in begin for x in node.output_tensors)
            and node.outbound_layer.is_placeholder
        ):
            raise ValueError(
                f"Graph disconnected: cannot obtain value for tensor {node.output_tensors[0]} at layer"
                f' "{node.outbound_layer.name}".'
            )
    return [n for n in order.values() if any(id(x) in reached for x in n.output_tensors)]


def _ordered_layers(nodes: list[Node], inputs: list[Any]) -> list[Any]:
    """The layers by their depth, as Keras lists them."""
    depth: dict[int, int] = {}
    users: dict[int, list[Node]] = {}
    of = {id(x): n for n in nodes for x in n.output_tensors}
    for n in nodes:
        for x in n.input_tensors if not isinstance(n.outbound_layer, InputLayer) else []:
            if id(x) in of:
                users.setdefault(id(of[id(x)]), []).append(n)
    by_layer: dict[int, int] = {}
    for n in reversed(nodes):
        own = max((depth[id(u)] + 1 for u in users.get(id(n), ())), default=0)
        own = max(own, by_layer.get(id(n.outbound_layer), 0))
        depth[id(n)] = by_layer[id(n.outbound_layer)] = own
    layers = _once(n.outbound_layer for n in nodes)
    first = max(by_layer.values(), default=0)
    starts = [x._keras_history[0] for x in inputs]
    for layer in starts:
        by_layer[id(layer)] = max(first, by_layer.get(id(layer), 0))
    rank = {id(layer): i for i, layer in enumerate([*starts, *(x for x in layers if x not in starts)])}
    return sorted(_once([*starts, *layers]), key=lambda x: (-by_layer.get(id(x), 0), rank[id(x)]))


def _of_layer(layer: Any, word: str, nodes: list[Node]) -> list[Any]:
    found = list(getattr(layer, word)(None))
    for node in nodes:
        if node.outbound_layer is layer:
            found += getattr(layer, word)(unpack_singleton(node.input_tensors))
    return found


def _kept_nodes(model: Network) -> dict[int, int]:
    """The nodes of the model with their numbers among those of their layer that belong to it."""
    inside = {id(n) for n in model._nodes}
    kept: dict[int, int] = {}
    for layer in model.layers:
        number = 0
        for node in layer._inbound_nodes:
            if id(node) in inside:
                kept[id(node)] = number
                number += 1
    return kept


def _address(x: Any, kept: dict[int, int]) -> list[Any]:
    layer, index, tensor = x._keras_history
    return [layer.name, kept[id(layer._inbound_nodes[index])], tensor]


def _output(layer: Any, index: int, tensor: int) -> Any:
    first = 1 if isinstance(layer, Network) else 0
    return layer._inbound_nodes[index + first].output_tensors[tensor]


def _links_of(node: Any) -> list[Any]:
    """What a call of a layer is linked with: [name, node, tensor, arguments], also where Keras 3 wrote it."""
    if not isinstance(node, dict):
        return [node] if node and isinstance(node[0], str) else list(node)
    found: list[Any] = []

    def visit(value: Any) -> None:
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            found.append([*value["config"]["keras_history"]])
        elif isinstance(value, list):
            for each in value:
                visit(each)

    visit(node.get("args", []))
    plain = {k: v for k, v in node.get("kwargs", {}).items() if v is not None and k != "mask"}
    return [[*link, plain] for link in found]


def _linked(layer: Any, links: list[Any], made: dict[str, Any]) -> bool:
    """Call a layer on what it is linked with; False where that is not there yet."""
    inputs = []
    arguments: dict[str, Any] = {}
    for link in links:
        name, index, tensor = link[:3]
        arguments = link[3] if len(link) > 3 and link[3] else {}
        before = made[name]
        first = 1 if isinstance(before, Network) else 0
        if len(before._inbound_nodes) - first <= index:
            return False
        inputs.append(before._inbound_nodes[index + first].output_tensors[tensor])
    layer(unpack_singleton(inputs), **arguments)
    return True


def get_source_inputs(tensor: Any, layer: Any = None, node_index: Any = None) -> list[Any]:
    """The inputs that a tensor is computed from."""
    found: list[Any] = []
    seen: set[int] = set()
    stack = [tensor]
    while stack:
        x = stack.pop(0)
        if id(x) in seen or not hasattr(x, "_keras_history"):
            continue
        seen.add(id(x))
        layer, index, _ = x._keras_history
        node = layer._inbound_nodes[index]
        if isinstance(layer, InputLayer):
            found.append(x)
        else:
            stack += node.input_tensors
    return found


__getattr__ = missing.attributes("keras.engine.network", globals())
