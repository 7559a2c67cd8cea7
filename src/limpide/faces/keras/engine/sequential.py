"""`keras.engine.sequential`: one layer after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import missing
from .. import backend as K
from ..symbols import int_shape
from ..utils.generic_utils import to_list
from .base_layer import Input, InputLayer, Layer, deserialize, written
from .network import Network
from .training import Model


class Sequential(Model):
    """Layers, each of which takes what the one before gives.

    layers: a list of them. Where the first one says no shape, the model is built by the first data.
    """

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return args, kwargs

    def __init__(self, layers: Any = None, name: str | None = None):
        Layer.__init__(self, name=name)
        self._added: list[Any] = []
        self._layers: list[Any] = []
        self._nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.optimizer = None
        for layer in layers or ():
            self.add(layer)

    def add(self, layer: Any) -> None:
        """One layer more."""
        if not isinstance(layer, Layer):
            raise TypeError(f"The added layer must be an instance of class Layer. Found: {layer}")
        if not self._added and not self.outputs:
            self._begin(layer)
        elif self.outputs:
            self.outputs = to_list(layer(self.outputs[0] if len(self.outputs) == 1 else self.outputs), True)
        if not isinstance(layer, InputLayer):
            self._added.append(layer)
        if self.outputs:
            self._connect_all()

    def _begin(self, layer: Any) -> None:
        """The first layer, which knows its input."""
        if isinstance(layer, InputLayer):
            self.inputs = self.outputs = layer._inbound_nodes[0].output_tensors
        elif getattr(layer, "layers", None) and hasattr(layer, "merged"):
            self.outputs, self.inputs = layer.merged()
        elif isinstance(layer, Network) and getattr(layer, "inputs", None):
            self.inputs = [
                Input(
                    batch_shape=int_shape(x), dtype=K.dtype(x), name=f"{layer.name}_input" if i == 0 else None
                )
                for i, x in enumerate(layer.inputs)
            ]
            self.outputs = to_list(layer(self.inputs[0] if len(self.inputs) == 1 else self.inputs), True)
        elif getattr(layer, "batch_input_shape", None) is not None:
            x = Input(batch_shape=layer.batch_input_shape, dtype=layer.dtype, name=f"{layer.name}_input")
            self.inputs, self.outputs = [x], to_list(layer(x), True)

    def _connect_all(self) -> None:
        self.built = True
        history = self._outbound_nodes
        self._connect(self.inputs, self.outputs)
        self._outbound_nodes = history

    def build(self, input_shape: Any = None) -> None:
        """Connect layers that wait for the shape of the data."""
        if self.outputs or not self._added:
            return
        if input_shape is None:
            raise ValueError("This model has not yet been built. Give the first layer an `input_shape`.")
        waiting, self._added = self._added, []
        x = Input(
            batch_shape=(None, *tuple(input_shape)[1:]),
            name=f"{waiting[0].name}_input",
            dtype=_dtype_of(waiting[0]),
        )
        self.inputs = self.outputs = [x]
        for layer in waiting:
            self.add(layer)
        if self.optimizer is not None:
            self._prepare()

    def _is_ready(self) -> bool:
        if not self._added and not self.outputs:
            return True
        return bool(self.outputs)

    def _before_data(self, x: Any) -> None:
        self._needs_compile()
        self.build((None, *np.shape(x)[1:]))

    def _ready_to_predict(self, x: Any) -> Any:
        if not self.outputs:
            self.build((None, *np.shape(x)[1:]))
        return super()._ready_to_predict(x)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if not self.outputs:
            self.build(K.int_shape(inputs))
        return super().call(inputs, mask)

    def pop(self) -> None:
        """Take the last layer away."""
        if not self._added:
            raise TypeError("There are no layers in the model.")
        last = self._added.pop()
        node = last._inbound_nodes.pop() if last._inbound_nodes else None
        if node is None:
            return
        for before in node.inbound_layers:
            before._outbound_nodes = [n for n in before._outbound_nodes if n is not node]
        self.outputs = list(node.input_tensors)
        if self._added:
            self._connect_all()
        else:
            self.inputs, self.outputs, self._layers, self._nodes = [], [], [], []

    @property
    def layers(self) -> list[Any]:
        return list(self._added)

    @property
    def model(self) -> Any:
        """Keras 1: the model behind it, which is itself."""
        return self

    @property
    def trainable_weights(self) -> list[Any]:
        return self._of_layers("trainable_weights") if self.trainable else []

    @trainable_weights.setter
    def trainable_weights(self, weights: list[Any]) -> None:
        self._trainable_weights = weights

    def _of_layers(self, word: str) -> list[Any]:
        return list({id(w): w for layer in self._added for w in getattr(layer, word)}.values())

    # ------------------------------------------------------------------------------------------ classes
    def predict_proba(
        self, x: Any, batch_size: int | None = None, verbose: int = 0, steps: Any = None
    ) -> Any:
        """The outputs as probabilities."""
        return self.predict(x, batch_size, verbose, steps)

    def predict_classes(
        self, x: Any, batch_size: int | None = None, verbose: int = 0, steps: Any = None
    ) -> Any:
        """The class of every sample."""
        found = self.predict(x, batch_size, verbose, steps)
        return found.argmax(axis=-1) if found.shape[-1] > 1 else (found > 0.5).astype("int32")

    # ------------------------------------------------------------------------------------------- config
    def get_config(self) -> Any:
        """Layers in order, the input first."""
        layers = [{"class_name": type(layer).__name__, "config": layer.get_config()} for layer in self._added]
        if len(self.inputs) == 1 and self._added and not isinstance(self._added[0], Network):
            first = self.inputs[0]._keras_history[0]
            layers.insert(0, {"class_name": "InputLayer", "config": written(first.get_config())})
        return {"name": self.name, "layers": layers}

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """The model of a configuration."""
        layers = config if isinstance(config, list) else config["layers"]
        model = cls(name=None if isinstance(config, list) else config.get("name"))
        for data in layers:
            model.add(deserialize(data, custom_objects))
        return model


def _dtype_of(layer: Any) -> str:
    return "int32" if type(layer).__name__ == "Embedding" else K.floatx()


__getattr__ = missing.attributes("keras.engine.sequential", globals())
