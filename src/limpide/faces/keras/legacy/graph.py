"""`keras.models.Graph` (Keras 0.3): nodes by name, with dicts of data, losses and outputs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from ... import missing
from ..engine.base_layer import Input, Layer
from ..engine.network import Network
from ..engine.training import Model
from ..layers.core import Lambda
from ..layers.merge import Merge, merge
from ..symbols import int_shape
from ..utils.generic_utils import unpack_singleton


class Graph(Model):
    """A model of nodes: add_input, add_node, add_output; data, losses and outputs are dicts by name."""

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return args, kwargs

    def __init__(self, name: str | None = None):
        Layer.__init__(self, name=name)
        self._layers: list[Any] = []
        self._nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.nodes: dict[str, Any] = {}
        self.tensors: dict[str, Any] = {}
        self.input_order: list[str] = []
        self.output_order: list[str] = []
        self.input_config: list[Any] = []
        self.node_config: list[Any] = []
        self.output_config: list[Any] = []

    # ----------------------------------------------------------------------------------------- nodes
    def add_input(
        self,
        name: str,
        input_shape: Any = None,
        batch_input_shape: Any = None,
        dtype: Any = None,
        ndim: Any = None,
    ) -> None:
        """An input of this name."""
        if name in self.tensors:
            raise ValueError(f"Duplicate node identifier: {name}")
        if input_shape is None and batch_input_shape is None and ndim is not None:
            input_shape = (None,) * (ndim - 1)
        wanted = "int32" if str(dtype).startswith("int") else dtype if dtype != "float" else None
        self.tensors[name] = Input(input_shape, batch_input_shape, name=name, dtype=wanted)
        self.input_order.append(name)
        self.input_config.append({"name": name, "input_shape": input_shape, "dtype": dtype})

    def _joined(self, input: Any, inputs: Any, merge_mode: Any, concat_axis: int, dot_axes: Any) -> Any:
        for each in [input, *(inputs or ())]:
            if each is not None and each not in self.tensors:
                raise ValueError(f"Unknown node/input identifier: {each}")
        if input is not None:
            return self.tensors[input]
        found = [self.tensors[n] for n in inputs]
        if merge_mode == "join":
            return OrderedDict(zip(inputs, found, strict=True))
        if merge_mode is None:
            return unpack_singleton(found)
        return merge(found, mode=merge_mode, concat_axis=concat_axis, dot_axes=dot_axes)

    def add_node(
        self, layer: Any, name: str, input: Any = None, inputs: Any = (), merge_mode: Any = "concat",
        concat_axis: int = -1, dot_axes: Any = -1, create_output: bool = False,
    ) -> None:  # fmt: skip
        """A layer of this name behind one node, or behind several that are merged."""
        if name in self.tensors:
            raise ValueError(f"Duplicate node identifier: {name}")
        if isinstance(layer, Layer) and not isinstance(layer, Network):
            layer.name = name
        self.nodes[name] = layer
        joined = self._joined(input, inputs, merge_mode, concat_axis, dot_axes)
        if isinstance(joined, OrderedDict):
            if isinstance(layer, Lambda):
                layer.function = _by_name(layer.function, list(joined))
            joined = list(joined.values())
        self.tensors[name] = layer(joined)
        self.node_config.append(
            {"name": name, "input": input, "inputs": list(inputs), "merge_mode": merge_mode}
        )
        if create_output:
            self.add_output(name, input=name)

    def add_shared_node(
        self, layer: Any, name: str, inputs: Any = (), merge_mode: Any = None, concat_axis: int = -1,
        dot_axes: Any = -1, outputs: Any = (), create_output: bool = False,
    ) -> None:  # fmt: skip
        """One layer for each of several nodes; what it gives is merged, or has names of its own."""
        self.nodes[name] = layer
        if isinstance(layer, Layer):
            layer.name = name
        found = [layer(self.tensors[n]) for n in inputs]
        for own, tensor in zip(outputs, found, strict=False):
            self.tensors[own] = tensor
        if merge_mode == "join":
            self.tensors[name] = OrderedDict(zip(inputs, found, strict=True))
        elif not outputs:
            self.tensors[name] = Merge(mode=merge_mode)(found) if merge_mode else found
        if create_output:
            self.add_output(name, input=name)

    def add_output(
        self, name: str, input: Any = None, inputs: Any = (), merge_mode: Any = "concat",
        concat_axis: int = -1,
        dot_axes: Any = -1,
    ) -> None:  # fmt: skip
        """An output of this name."""
        if name in self.output_order:
            raise ValueError(f"Duplicate output identifier: {name}")
        tensor = self._joined(input, inputs, merge_mode, concat_axis, dot_axes)
        self.output_order.append(name)
        self.output_config.append({"name": name, "input": input, "inputs": list(inputs)})
        self.outputs.append(
            Lambda(_same, name=name if name not in self.tensors else f"{name}_output")(tensor)
        )

    # -------------------------------------------------------------------------------------- training
    def compile(self, optimizer: Any = None, loss: Any = None, **kwargs: Any) -> None:  # type: ignore[override]
        """Say how to train; loss: a dict by output."""
        outputs = self.outputs
        self.inputs = [self.tensors[n] for n in self.input_order]
        self._connect(self.inputs, outputs)
        self.output_names = list(self.output_order)
        super().compile(optimizer, loss, **kwargs)

    def _data(self, data: Any) -> tuple[Any, Any]:
        return {n: data[n] for n in self.input_order}, {n: data[n] for n in self.output_order if n in data}

    def fit(self, data: Any = None, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Train on a dict of inputs and labels."""
        x, y = self._data(kwargs.pop("x", data))
        words = ("batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data",
                 "shuffle",
                 "class_weight", "sample_weight")  # fmt: skip
        more = {**dict(zip(words, args, strict=False)), **kwargs}
        held = more.get("validation_data")
        if isinstance(held, dict):
            more["validation_data"] = self._data(held)
        return super().fit(x, y, **more)

    def evaluate(self, data: Any = None, batch_size: int = 128, **kwargs: Any) -> Any:  # type: ignore[override]
        """The loss, or a list of the loss and the metrics."""
        return super().evaluate(*self._data(data), batch_size=batch_size, **kwargs)

    def train_on_batch(self, data: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """One step on one batch."""
        return super().train_on_batch(*self._data(data), **kwargs)

    def test_on_batch(self, data: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """The loss of one batch."""
        return super().test_on_batch(*self._data(data), **kwargs)

    def predict(self, data: Any = None, batch_size: int = 128, verbose: int = 0, **kwargs: Any) -> Any:  # type: ignore[override]
        """The outputs as a dict."""
        found = super().predict({n: np.asarray(data[n]) for n in self.input_order}, batch_size, verbose)
        return dict(zip(self.output_order, found if isinstance(found, list) else [found], strict=True))

    def predict_on_batch(self, data: Any) -> Any:
        """The outputs of one batch as a dict."""
        return self.predict(data, batch_size=2**62)

    @property
    def input_shapes(self) -> dict[str, Any]:
        return {n: int_shape(self.tensors[n]) for n in self.input_order}


def _by_name(function: Callable[..., Any], names: list[str]) -> Callable[..., Any]:
    """A function of a dict of nodes as one of a list."""

    def of_list(tensors: Any, **arguments: Any) -> Any:
        return function(OrderedDict(zip(names, tensors, strict=True)), **arguments)

    return of_list


def _same(x: Any) -> Any:
    return x


__getattr__ = missing.attributes("keras.legacy.graph", globals())
