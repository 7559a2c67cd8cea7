"""`keras.layers.wrappers`."""

from __future__ import annotations

import copy
from typing import Any

from ....nn.words import lp
from ... import missing
from .. import backend as K
from ..engine.base_layer import Layer, deserialize, written
from ..symbols import apply, int_shape
from ..utils.generic_utils import has_arg, to_list


class Wrapper(Layer):
    """A layer around a layer, whose weights are its own."""

    def __init__(self, layer: Any, **kwargs: Any):
        if getattr(layer, "batch_input_shape", None) is not None and not {
            "input_shape",
            "batch_input_shape",
        } & set(kwargs):
            kwargs["batch_input_shape"] = self._outer_shape(layer)
        self.layer: Any = layer
        super().__init__(**kwargs)

    def _outer_shape(self, layer: Any) -> Any:
        return layer.batch_input_shape

    def build(self, input_shape: Any = None) -> None:
        self.built = True

    @property
    def trainable_weights(self) -> list[Any]:
        return list(self.layer.trainable_weights) if self.trainable else []

    @trainable_weights.setter
    def trainable_weights(self, weights: list[Any]) -> None:
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        return list(self.layer.non_trainable_weights if self.trainable else self.layer.weights)

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights: list[Any]) -> None:
        self._non_trainable_weights = weights

    def get_losses_for(self, inputs: Any) -> list[Any]:
        own = super().get_losses_for(inputs)
        return [*own, *self.layer.get_losses_for(None)] if inputs is None else own

    @property
    def losses(self) -> list[Any]:
        return [*self._losses, *self.layer.losses]

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config["layer"] = written(self.layer)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        return cls(**{**config, "layer": deserialize(config["layer"], custom_objects)})


class TimeDistributed(Wrapper):
    """The layer for every step of (samples, steps, ...)."""

    supports_masking = True

    def _outer_shape(self, layer: Any) -> Any:
        return (layer.batch_input_shape[0], None, *layer.batch_input_shape[1:])

    def build(self, input_shape: Any = None) -> None:
        inner = (input_shape[0], *input_shape[2:])
        if not self.layer.built:
            self.layer.build(inner)
            self.layer.built = True
        if getattr(self.layer, "_initial_weights", None) is not None:
            self.layer.set_weights(self.layer._initial_weights)
        self.built = True

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        shape = int_shape(inputs)
        together = apply(_together, inputs)
        if shape is not None:
            together._keras_shape = (None, *shape[2:])
        before = len(self.layer._updates)
        arguments = (
            {"training": training} if training is not None and has_arg(self.layer.call, "training") else {}
        )
        y = self.layer.call(together, **arguments)
        found = [apply(_apart, each, inputs) for each in to_list(y, True)]
        if self.layer._updates[before:]:
            self.add_update(self.layer._updates[before:], inputs)
        if self.layer.activity_regularizer is not None:
            self.add_loss(self.layer.activity_regularizer(y), inputs)
        return found if isinstance(y, (list, tuple)) else found[0]


def _together(x: Any) -> Any:
    return lp.reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:]))


def _apart(y: Any, x: Any) -> Any:
    return lp.reshape(y, (x.shape[0], x.shape[1], *y.shape[1:]))


class Bidirectional(Wrapper):
    """A recurrent layer forwards and backwards.

    Merge_mode: "sum", "mul", "concat", "ave" or None for both.
    """

    supports_masking = True

    def __init__(self, layer: Any, merge_mode: Any = "concat", weights: Any = None, **kwargs: Any):
        if merge_mode not in ("sum", "mul", "ave", "concat", None):
            raise ValueError(
                'Invalid merge mode. Merge mode should be one of {"sum", "mul", "ave", "concat", None}'
            )
        super().__init__(layer, **kwargs)
        config = layer.get_config()
        config["go_backwards"] = not layer.go_backwards
        self.forward_layer = copy.copy(layer)
        self.backward_layer = type(layer).from_config({**config, "name": f"backward_{layer.name}"})
        self.forward_layer.name = f"forward_{layer.name}"
        self.merge_mode = merge_mode
        self.stateful, self.return_sequences = layer.stateful, layer.return_sequences
        self.return_state = layer.return_state
        self._initial_weights = weights

    hidden = Layer.hidden | {"weights"}

    def __call__(self, inputs: Any, initial_state: Any = None, **kwargs: Any) -> Any:
        extra = to_list(initial_state, True) if initial_state is not None else []
        given = [*(inputs if isinstance(inputs, (list, tuple)) else [inputs]), *extra]
        return super().__call__(given if len(given) > 1 else given[0], **kwargs)

    def build(self, input_shape: Any = None) -> None:
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        for layer in (self.forward_layer, self.backward_layer):
            with K.name_scope(layer.name):
                layer.build(shape)
            layer.built = True
        self.built = True

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        first: Any = inputs
        second: Any = inputs
        if isinstance(inputs, list):
            x, *states = inputs
            half = len(states) // 2
            first, second = [x, *states[:half]], [x, *states[half:]]
            mask = mask[0] if isinstance(mask, list) else mask
        ys, backs = (
            to_list(layer.call(g, mask=mask))
            for layer, g in ((self.forward_layer, first), (self.backward_layer, second))
        )
        y, back = ys[0], backs[0]
        if self.return_sequences:
            back = K.reverse(back, 1)
        for layer in (self.forward_layer, self.backward_layer):
            if layer.stateful:
                self.add_update(layer._updates, inputs)
        output: Any
        if self.merge_mode == "concat":
            output = K.concatenate([y, back])
        elif self.merge_mode == "sum":
            output = y + back
        elif self.merge_mode == "ave":
            output = (y + back) / 2
        elif self.merge_mode == "mul":
            output = y * back
        else:
            output = [y, back]
        if self.return_state:
            return [*(output if isinstance(output, list) else [output]), *ys[1:], *backs[1:]]
        return output

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if isinstance(mask, list) else mask
        found = mask if self.return_sequences else None
        return [found, found] if self.merge_mode is None else found

    def reset_states(self) -> None:
        """States begin anew in both directions."""
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    @property
    def trainable_weights(self) -> list[Any]:
        own = [*self.forward_layer.trainable_weights, *self.backward_layer.trainable_weights]
        return own if self.trainable else []

    @trainable_weights.setter
    def trainable_weights(self, weights: list[Any]) -> None:
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        both = (self.forward_layer, self.backward_layer)
        return [
            w for layer in both for w in (layer.non_trainable_weights if self.trainable else layer.weights)
        ]

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights: list[Any]) -> None:
        self._non_trainable_weights = weights

    def get_losses_for(self, inputs: Any) -> list[Any]:
        own = Layer.get_losses_for(self, inputs)
        if inputs is not None:
            return own
        return [*own, *self.forward_layer.get_losses_for(None), *self.backward_layer.get_losses_for(None)]


__getattr__ = missing.attributes("keras.layers.wrappers", globals())
__all__ = ["Bidirectional", "TimeDistributed", "Wrapper"]
