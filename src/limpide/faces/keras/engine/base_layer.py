"""`keras.engine.base_layer`: layers, the nodes between them, inputs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ... import missing
from .. import backend as K
from .. import constraints, initializers, regularizers
from ..spelling import Spellings
from ..symbols import int_shape, is_symbol
from ..utils.generic_utils import deserialize_keras_object, has_arg, to_list, unpack_singleton

PACKAGE = __name__.rpartition(".keras.")[0] + ".keras."

# The arguments of add_weight, in Keras 2's order and in Keras 1's.
WEIGHT = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")
OLD_WEIGHT = ("shape", "initializer", "name", "trainable", "regularizer", "constraint")

# What every layer takes besides its own arguments.
COMMON = {"input_shape", "batch_input_shape", "batch_size", "dtype", "name", "trainable", "weights",
          "input_dtype",
          "input_dim", "input_length"}  # fmt: skip


registry: dict[str, Any] = {}  # Keras' own layers and models by the names of their classes


# What later generations write into configurations, and what has no meaning here.
LATER = {
    "backward_layer", "build_config", "compile_config", "cudnn_version", "fused", "groups", "input_axes",
    "module", "optional", "output_axes", "quantization_config", "ragged", "registered_name", "renorm",
    "renorm_clipping", "renorm_momentum", "synchronized", "time_major", "use_cudnn", "virtual_batch_size",
    "zero_output_for_mask",
}  # fmt: skip


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The layer of a configuration, also of one that a later Keras wrote."""
    return deserialize_keras_object(of_today(config), registry, custom_objects, "layer")


def of_today(config: Any) -> Any:
    """A configuration without the words of later generations."""
    if isinstance(config, list):
        return [of_today(c) for c in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        return config["config"]["name"]
    if config.get("groups", 1) != 1:
        raise ValueError("convolutions of groups of channels are not Keras 2's")
    return {k: of_today(v) for k, v in config.items() if k not in LATER}


class InputSpec:
    """What an input has to be: its dtype, shape, number of axes, sizes of axes."""

    def __init__(self, dtype: Any = None, shape: Any = None, ndim: Any = None, max_ndim: Any = None,
                 min_ndim: Any = None, axes: Any = None):  # fmt: skip
        self.dtype, self.shape = dtype, shape
        self.ndim = len(shape) if shape is not None else ndim
        self.max_ndim, self.min_ndim, self.axes = max_ndim, min_ndim, axes or {}


class Node:
    """One call of a layer: from input tensors to output tensors."""

    def __init__(self, layer: Layer, inputs: list[Any], outputs: list[Any], masks: list[Any], arguments: Any):
        self.outbound_layer = layer
        self.input_tensors, self.output_tensors = inputs, outputs
        self.input_masks = masks
        self.output_masks = [getattr(o, "_keras_mask", None) for o in outputs]
        self.input_shapes = [int_shape(x) for x in inputs]
        self.output_shapes = [int_shape(x) for x in outputs]
        self.arguments = arguments or {}
        behind = [getattr(x, "_keras_history", (None, None, None)) for x in inputs]
        self.inbound_layers = [h[0] for h in behind]
        self.node_indices = [h[1] for h in behind]
        self.tensor_indices = [h[2] for h in behind]
        for before in self.inbound_layers:
            if before is not None:
                before._outbound_nodes.append(self)
        layer._inbound_nodes.append(self)
        for i, tensor in enumerate(outputs):
            tensor._keras_history = (layer, len(layer._inbound_nodes) - 1, i)
            tensor._uses_learning_phase = any(
                getattr(x, "_uses_learning_phase", False) for x in inputs
            ) or bool(getattr(layer, "uses_learning_phase", False))


class Layer(Spellings):
    """What all layers share. A layer of one's own gives `build`, `call` and `compute_output_shape`."""

    supports_masking = False
    stateful: Any = False
    activity_regularizer: Any = None
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    sequences: ClassVar[bool] = False  # whether input_dim and input_length go together
    extra: ClassVar[dict[str, Any]] = {}  # settings that Keras 2 has not: written where they are not these
    hidden: ClassVar[frozenset[str]] = frozenset({"self", "rank", "kwargs", "args"})

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith(PACKAGE):
            registry.setdefault(cls.__name__, cls)

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, kwargs = super()._respelled(args, kwargs)
        own = inspect.signature(cls.__init__).parameters
        if "input_shape" in kwargs and isinstance(kwargs["input_shape"], (int, np.integer)):
            kwargs["input_shape"] = (int(kwargs["input_shape"]),)
        if "input_dim" in kwargs and "input_dim" not in own and kwargs["input_dim"] is not None:
            size = kwargs.pop("input_dim")
            shape = (kwargs.pop("input_length", None), size) if cls.sequences else (size,)
            kwargs.setdefault("input_shape", shape)
        return args, kwargs

    def __init__(self, **kwargs: Any):
        unknown = [k for k in kwargs if k not in COMMON]
        if unknown:
            raise TypeError("Keyword argument not understood:", unknown[0])
        self.input_spec: Any = None
        self.built = False
        self._trainable_weights: list[Any] = []
        self._non_trainable_weights: list[Any] = []
        self._losses: list[Any] = []
        self._updates: list[Any] = []
        self._per_input_losses: dict[Any, list[Any]] = {}
        self._per_input_updates: dict[Any, list[Any]] = {}
        self._inbound_nodes: list[Node] = []
        self._outbound_nodes: list[Node] = []
        self.name = kwargs.get("name") or self._new_name()
        self.trainable = kwargs.get("trainable", True)
        shape = kwargs.get("batch_input_shape")
        if shape is None and kwargs.get("input_shape") is not None:
            shape = (kwargs.get("batch_size"), *kwargs["input_shape"])
        if shape is not None:
            self.batch_input_shape = tuple(None if s is None else int(s) for s in shape)
        dtype = kwargs.get("dtype") or kwargs.get("input_dtype")
        self.dtype = getattr(dtype, "name", dtype) or K.floatx()
        self._initial_weights = kwargs.get("weights")

    def _new_name(self) -> str:
        prefix = snake(type(self).__name__)
        return f"{prefix}_{K.get_uid(prefix)}"

    # -------------------------------------------------------------------------- what a layer says
    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes of its inputs."""
        return args[0]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the output."""
        if not self.supports_masking:
            if mask is not None and any(m is not None for m in to_list(mask)):
                raise TypeError(
                    f"Layer {self.name} does not support masking, but was passed an input_mask: {mask}"
                )
            return None
        return mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output: found by calling the layer on a tensor of that shape."""
        old = type(self).__dict__.get("get_output_shape_for") or getattr(
            type(self), "get_output_shape_for", None
        )
        if old is not None and old is not Layer.get_output_shape_for:
            return self.get_output_shape_for(input_shape)
        if type(self).call is Layer.call:
            return input_shape
        shapes = input_shape if isinstance(input_shape, list) else [input_shape]
        if not self.built:
            self.build(input_shape)
            self.built = True
        holes = [K.placeholder(tuple(s)) for s in shapes]
        found = self.call(holes if isinstance(input_shape, list) else holes[0])
        return [int_shape(f) for f in found] if isinstance(found, list) else int_shape(found)

    def get_output_shape_for(self, input_shape: Any) -> Any:
        """Keras 1's name of compute_output_shape."""
        return self.compute_output_shape(input_shape)

    # ------------------------------------------------------------------------------------ weights
    def add_weight(self, *args: Any, **kwargs: Any) -> Any:
        """A new weight: (name, shape, dtype, initializer, regularizer, trainable, constraint).

        In Keras 1's order: (shape, initializer, name, trainable, regularizer, constraint).
        """
        old = bool(args) and isinstance(args[0], (tuple, list))
        given = dict(zip(OLD_WEIGHT if old else WEIGHT, args, strict=False)) | kwargs
        return self._new_weight(**{k: v for k, v in given.items() if k in WEIGHT})

    def _new_weight(
        self, name: Any = None, shape: Any = None, dtype: Any = None, initializer: Any = None,
        regularizer: Any = None, trainable: bool = True, constraint: Any = None,
    ) -> Any:  # fmt: skip
        shape = () if shape is None else tuple(int(s) for s in shape)
        maker = initializers.get("glorot_uniform" if initializer is None else initializer)
        value = maker(shape, name=None) if _is_old(maker) else maker(shape)
        weight = K.variable(
            value,
            dtype or self.dtype if _is_dtype(self.dtype) else None,
            f"{self.name}/{name}" if name else f"{self.name}/weight",
        )
        weight.constraint = constraints.get(constraint)
        if regularizer is not None:
            self.add_loss(regularizers.get(regularizer)(weight))
        (self._trainable_weights if trainable else self._non_trainable_weights).append(weight)
        return weight

    @property
    def trainable_weights(self) -> list[Any]:
        return list(self._trainable_weights) if getattr(self, "trainable", True) else []

    @trainable_weights.setter
    def trainable_weights(self, weights: list[Any]) -> None:
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        frozen = [] if getattr(self, "trainable", True) else self._trainable_weights
        return [*frozen, *self._non_trainable_weights]

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights: list[Any]) -> None:
        self._non_trainable_weights = weights

    @property
    def weights(self) -> list[Any]:
        return [*self.trainable_weights, *self.non_trainable_weights]

    @property
    def trainable_variables(self) -> list[Any]:
        return self.trainable_weights

    @property
    def variables(self) -> list[Any]:
        return self.weights

    @property
    def params(self) -> list[Any]:
        """Keras 0.3's name of trainable_weights."""
        return self.trainable_weights

    @params.setter
    def params(self, weights: list[Any]) -> None:
        self._trainable_weights = weights

    def get_weights(self) -> list[Any]:
        """The weights as arrays, in Keras' order."""
        return K.batch_get_value(self.weights)

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Give the weights these values; ValueError where their number or shapes differ."""
        own = self.weights
        if len(own) != len(weights):
            raise ValueError(
                f'You called `set_weights(weights)` on layer "{self.name}" with a  weight list of length'
                f" {len(weights)}, but the layer was expecting {len(own)} weights. Provided weights:"
                f" {str(weights)[:50]}..."
            )
        for p, w in zip(own, weights, strict=True):
            if tuple(int_shape(p)) != np.shape(w):
                raise ValueError(
                    f"Layer weight shape {int_shape(p)} not compatible with provided weight shape"
                    f" {np.shape(w)}"
                )
        K.batch_set_value(list(zip(own, weights, strict=True)))

    def count_params(self) -> int:
        """How many numbers its weights are."""
        return sum(K.count_params(w) for w in self.weights)

    # ------------------------------------------------------------------------------ losses and updates
    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Add to the loss of every model that has the layer; inputs: only where it is called with these."""
        given = [
            x
            for x in to_list(losses, allow_tuple=True)
            if x is not None and not (isinstance(x, float) and x == 0.0)
        ]
        self._losses += given
        self._per_input_losses.setdefault(_key(inputs), []).extend(given)

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Updates of state in training: pairs (variable, new value), or operations."""
        given = list(updates) if isinstance(updates, list) else [updates]
        self._updates += given
        self._per_input_updates.setdefault(_key(inputs), []).extend(given)

    @property
    def losses(self) -> list[Any]:
        return self._losses

    @property
    def updates(self) -> list[Any]:
        if not self.trainable and not self.stateful:
            return []
        return self._updates

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """The losses that depend on these inputs, or on none."""
        return self._per_input_losses.get(_key(inputs), [])

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """The updates that depend on these inputs, or on none."""
        if not self.trainable and not self.stateful:
            return []
        return self._per_input_updates.get(_key(inputs), [])

    # ------------------------------------------------------------------------------------------ calls
    def assert_input_compatibility(self, inputs: Any) -> None:
        """ValueError where an input is not what `input_spec` says."""
        if not self.input_spec:
            return
        given, specs = to_list(inputs), to_list(self.input_spec)
        if len(given) != len(specs):
            raise ValueError(
                f"Layer {self.name} expects {len(specs)} inputs, but it received {len(given)} input tensors. "
                f"Input received: {inputs}"
            )
        for i, (x, spec) in enumerate(zip(given, specs, strict=True)):
            self._check(i, K.int_shape(x), spec)

    def _check(self, i: int, shape: Any, spec: Any) -> None:
        if spec is None or shape is None:
            return
        what = f"Input {i} is incompatible with layer {self.name}: expected "
        if spec.ndim is not None and len(shape) != spec.ndim:
            raise ValueError(f"{what}ndim={spec.ndim}, found ndim={len(shape)}")
        if spec.max_ndim is not None and len(shape) > spec.max_ndim:
            raise ValueError(f"{what}max_ndim={spec.max_ndim}, found ndim={len(shape)}")
        if spec.min_ndim is not None and len(shape) < spec.min_ndim:
            raise ValueError(f"{what}min_ndim={spec.min_ndim}, found ndim={len(shape)}")
        for axis, size in spec.axes.items():
            if size is not None and shape[int(axis)] not in (size, None):
                raise ValueError(
                    f"{what}axis {axis} of input shape to have value {size} but got shape {shape}"
                )
        for wanted, size in zip(spec.shape or (), shape, strict=False):
            if wanted is not None and size is not None and wanted != size:
                raise ValueError(f"{what}shape={spec.shape}, found shape={shape}")

    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        inputs = _symbolic(inputs)
        given = to_list(inputs, allow_tuple=True)
        with K.name_scope(self.name):
            self._build_for(inputs, given)
            masks = [getattr(x, "_keras_mask", None) for x in given]
            arguments = dict(kwargs)
            if (
                any(m is not None for m in masks)
                and "mask" not in kwargs
                and has_arg(self.call, "mask", True)
            ):
                arguments["mask"] = unpack_singleton(masks)
            output = self.call(inputs, **arguments)
            output_mask = self.compute_mask(inputs, unpack_singleton(masks) if masks else None)
        outputs = to_list(output, allow_tuple=True)
        outputs = [K.identity(o) if any(o is x for x in given) else o for o in outputs]
        self._tell_shapes(given, outputs)
        for o, m in zip(outputs, _masks(output_mask, len(outputs)), strict=True):
            o._keras_mask = m
        if self.activity_regularizer is not None:
            self.add_loss([self.activity_regularizer(o) for o in outputs], inputs)
        Node(self, given, outputs, masks, kwargs)
        return outputs if isinstance(output, (list, tuple)) else outputs[0]

    def _build_for(self, inputs: Any, given: list[Any]) -> None:
        if self.built:
            self.assert_input_compatibility(inputs)
            return
        self.assert_input_compatibility(inputs)
        shapes = [K.int_shape(x) for x in given]
        if any(s is None for s in shapes):
            raise ValueError(f"Layer {self.name} cannot be built: the shape of its input is not known.")
        self._before_build(given)
        self.build(shapes if isinstance(inputs, (list, tuple)) else shapes[0])
        self.built = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def _before_build(self, given: list[Any]) -> None:
        """A last look at the inputs before weights are made."""

    def _tell_shapes(self, inputs: list[Any], outputs: list[Any]) -> None:
        """Shapes that the layer tells where its formula does not."""
        found = [int_shape(o) for o in outputs]
        if all(s is not None and None not in s[1:] for s in found):
            return
        cls = type(self)
        tells = any(
            name in c.__dict__
            for c in cls.__mro__
            if c is not Layer and c is not Spellings
            for name in ("compute_output_shape", "get_output_shape_for")
        )
        if not tells:
            return
        shapes = [int_shape(x) for x in inputs]
        told = self.compute_output_shape(shapes if len(shapes) > 1 else shapes[0])
        for o, s in zip(outputs, told if isinstance(told, list) else [told], strict=False):
            if s is not None:
                o._keras_shape = tuple(s)

    # ------------------------------------------------------------------------------ inputs and outputs
    @property
    def inbound_nodes(self) -> list[Node]:
        return self._inbound_nodes

    @property
    def outbound_nodes(self) -> list[Node]:
        return self._outbound_nodes

    def _at(self, node_index: int, attribute: str) -> Any:
        if not self._inbound_nodes:
            raise RuntimeError(f"The layer has never been called and thus has no defined {attribute}.")
        if not node_index < len(self._inbound_nodes):
            raise ValueError(
                f"Asked to get {attribute} at node {node_index}, but the layer has only"
                f" {len(self._inbound_nodes)} inbound nodes."
            )
        return unpack_singleton(getattr(self._inbound_nodes[node_index], attribute))

    def get_input_at(self, node_index: int) -> Any:
        return self._at(node_index, "input_tensors")

    def get_output_at(self, node_index: int) -> Any:
        return self._at(node_index, "output_tensors")

    def get_input_shape_at(self, node_index: int) -> Any:
        return self._at(node_index, "input_shapes")

    def get_output_shape_at(self, node_index: int) -> Any:
        return self._at(node_index, "output_shapes")

    def get_input_mask_at(self, node_index: int) -> Any:
        return self._at(node_index, "input_masks")

    def get_output_mask_at(self, node_index: int) -> Any:
        return self._at(node_index, "output_masks")

    def _only(self, attribute: str, what: str) -> Any:
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} is not connected, no {what} to return.")
        found = [getattr(n, attribute) for n in self._inbound_nodes]
        if len(found) > 1 and not (what.endswith("shape") and all(f == found[0] for f in found)):
            raise AttributeError(
                f'Layer {self.name} has multiple inbound nodes, hence the notion of "layer {what}" is'
                " ill-defined. "
                f"Use `get_{what.replace(' ', '_')}_at(node_index)` instead."
            )
        return unpack_singleton(found[0])

    @property
    def input(self) -> Any:
        return self._only("input_tensors", "input")

    @property
    def output(self) -> Any:
        return self._only("output_tensors", "output")

    @property
    def input_mask(self) -> Any:
        return self._only("input_masks", "input mask")

    @property
    def output_mask(self) -> Any:
        return self._only("output_masks", "output mask")

    @property
    def input_shape(self) -> Any:
        return self._only("input_shapes", "input shape")

    @property
    def output_shape(self) -> Any:
        return self._only("output_shapes", "output shape")

    def get_input(self, train: bool = False) -> Any:
        """Keras 0.3: the input tensor."""
        return self.input

    def get_output(self, train: bool = False) -> Any:
        """Keras 0.3: the output tensor."""
        return self.output

    # ------------------------------------------------------------------------------------------ config
    def get_config(self) -> dict[str, Any]:
        """What the layer is made of again."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        if hasattr(self, "batch_input_shape"):
            config |= {"batch_input_shape": self.batch_input_shape, "dtype": self.dtype}
        for cls in type(self).__mro__:
            if not cls.__module__.startswith(PACKAGE) or "__init__" not in cls.__dict__:
                continue
            for name in inspect.signature(vars(cls)["__init__"]).parameters:
                if name in self.hidden or name in config or not hasattr(self, name):
                    continue
                if name not in self.extra or getattr(self, name) != self.extra[name]:
                    config[name] = written(getattr(self, name))
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)

    def __repr__(self) -> str:
        return f"<keras.layers.{type(self).__name__} '{self.name}'>"


def written(value: Any) -> Any:
    """A setting of a layer as plain values."""
    if isinstance(value, (np.integer, np.floating, np.bool_)):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return type(value)(written(v) for v in value)
    if isinstance(value, dict) or value is None or isinstance(value, (str, int, float, bool)):
        return value
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    return getattr(value, "__name__", None) or str(value)


def snake(name: str) -> str:
    """A class name as a prefix of names of layers.

    >>> snake("MaxPooling2D"), snake("LSTM")
    ('max_pooling2d', 'lstm')
    """
    between = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    lower = re.sub(r"([a-z])([A-Z])", r"\1_\2", between).lower()
    return f"private{lower}" if lower.startswith("_") else lower


def _is_dtype(name: Any) -> bool:
    return isinstance(name, str) and bool(re.fullmatch(r"float\d+|u?int\d+|bool|double|half", name))


def _is_old(maker: Any) -> bool:
    """Whether it is an initialiser of Keras 1: a function (shape, name)."""
    return inspect.isfunction(maker) and "name" in inspect.signature(maker).parameters


def _key(inputs: Any) -> Any:
    return None if inputs is None else tuple(id(x) for x in to_list(inputs, allow_tuple=True))


def _symbolic(inputs: Any) -> Any:
    """Arrays as constants."""
    if isinstance(inputs, (list, tuple)) and any(is_symbol(x) for x in inputs):
        return [_symbolic(x) for x in inputs]
    if is_symbol(inputs):
        return inputs
    if isinstance(inputs, (np.ndarray, float, int)) or type(inputs).__name__ == "Tensor":
        return K.constant(K.get_value(inputs))
    raise ValueError(
        f"Layer was called with an input that isn't a symbolic tensor. Received type: {type(inputs)}. "
        f"Full input: {inputs}. All inputs to the layer should be tensors."
    )


def _masks(mask: Any, count: int) -> list[Any]:
    if isinstance(mask, (list, tuple)):
        return list(mask) + [None] * (count - len(mask))
    return [mask] * count if count == 1 or mask is None else [mask] + [None] * (count - 1)


class InputLayer(Layer):
    """Where a model begins: its output is a placeholder, or a tensor that is given."""

    def __init__(
        self, input_shape: Any = None, batch_size: Any = None, batch_input_shape: Any = None,
        dtype: Any = None,
        input_tensor: Any = None, sparse: bool = False, name: str | None = None, input_dtype: Any = None,
    ):  # fmt: skip
        if batch_input_shape is None and input_shape is not None:
            batch_input_shape = (
                batch_size,
                *((input_shape,) if isinstance(input_shape, int) else input_shape),
            )
        if batch_input_shape is None and input_tensor is not None:
            batch_input_shape = int_shape(input_tensor)
        if batch_input_shape is None:
            raise ValueError(
                "An Input layer should be passed either a `batch_input_shape` or an `input_shape`."
            )
        name = name or f"input_{K.get_uid('input')}"
        super().__init__(
            name=name,
            batch_input_shape=batch_input_shape,
            dtype=dtype or input_dtype or (None if input_tensor is None else K.dtype(input_tensor)),
        )
        self.trainable, self.built, self.sparse = False, True, sparse
        self.is_placeholder = input_tensor is None
        tensor = input_tensor
        if tensor is None:
            tensor = K.placeholder(self.batch_input_shape, dtype=self.dtype, name=self.name)
        tensor._keras_mask = getattr(tensor, "_keras_mask", None)
        Node(self, [], [tensor], [], None)
        node = self._inbound_nodes[0]
        node.input_tensors, node.input_shapes = [tensor], [int_shape(tensor)]

    def get_config(self) -> dict[str, Any]:
        return {
            "batch_input_shape": self.batch_input_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "name": self.name,
        }


def Input(
    shape: Any = None, batch_shape: Any = None, name: str | None = None, dtype: Any = None,
    sparse: bool = False,
    tensor: Any = None, batch_size: Any = None,
) -> Any:  # fmt: skip
    """The tensor that a functional model begins with; shape: without the samples."""
    if shape is None and batch_shape is None and tensor is None:
        raise ValueError("Please provide to Input either a `shape` or a `batch_shape` argument.")
    if shape is not None and batch_shape is None:
        batch_shape = (batch_size, *((shape,) if isinstance(shape, int) else tuple(shape)))
    layer = InputLayer(
        batch_input_shape=batch_shape, name=name, dtype=dtype, sparse=sparse, input_tensor=tensor
    )
    return layer._inbound_nodes[0].output_tensors[0]


__all__ = [
    "Input", "InputLayer", "InputSpec", "Layer", "Node", "deserialize", "registry", "snake", "written",
]  # fmt: skip

__getattr__ = missing.attributes("keras.engine.base_layer", globals())
