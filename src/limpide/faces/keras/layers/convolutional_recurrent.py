"""`keras.layers.convolutional_recurrent`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ....nn.words import lp
from ... import missing
from .. import activations, constraints, initializers, regularizers
from .. import backend as K
from ..engine.base_layer import Layer
from ..spelling import CONV, RECURRENT
from ..symbols import apply
from .images import per_axis
from .recurrent import RNN, _Known


class ConvLSTM2DCell(Layer):
    """One step of ConvLSTM2D: an LSTM whose products are convolutions."""

    rank = 2
    recurrent_initializer: Any
    recurrent_regularizer: Any
    recurrent_constraint: Any

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1), activation: Any = "tanh", recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", unit_forget_bias: bool = True, kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.filters, self.kernel_size = filters, per_axis(kernel_size, 2, "kernel_size")
        self.strides, self.padding = per_axis(strides, 2, "strides"), padding
        self.data_format = K.normalize_data_format(data_format)
        self.dilation_rate = per_axis(dilation_rate, 2, "dilation_rate")
        self.activation, self.recurrent_activation = (
            activations.get(activation),
            activations.get(recurrent_activation),
        )
        self.use_bias, self.unit_forget_bias = use_bias, unit_forget_bias
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        for part, (start, penalty, bound) in {
            "kernel": (kernel_initializer, kernel_regularizer, kernel_constraint),
            "recurrent": (recurrent_initializer, recurrent_regularizer, recurrent_constraint),
            "bias": (bias_initializer, bias_regularizer, bias_constraint),
        }.items():
            setattr(self, f"{part}_initializer", initializers.get(start))
            setattr(self, f"{part}_regularizer", regularizers.get(penalty))
            setattr(self, f"{part}_constraint", constraints.get(bound))

    state_size = property(lambda self: (self.filters, self.filters))

    def build(self, input_shape: Any) -> None:
        channels = input_shape[1 if self.data_format == "channels_first" else -1]
        self.kernel = self.add_weight("kernel", (*self.kernel_size, channels, 4 * self.filters),
                                      initializer=self.kernel_initializer,
                                      regularizer=self.kernel_regularizer,
                                      constraint=self.kernel_constraint)  # fmt: skip
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel",
            (*self.kernel_size, self.filters, 4 * self.filters),
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = None
        if self.use_bias:
            start = np.array(self.bias_initializer((4 * self.filters,)), K.floatx())
            if self.unit_forget_bias:
                start[self.filters : 2 * self.filters] = 1
            self.bias = self.add_weight("bias", (4 * self.filters,), initializer=initializers.Constant(start),
                                        regularizer=self.bias_regularizer,
                                        constraint=self.bias_constraint)  # fmt: skip
        self.built = True

    def project(self, x: Any) -> Any:
        """The part of the gates that comes from the input."""
        y = K.conv2d(x, self.kernel, self.strides, self.padding, self.data_format, self.dilation_rate)
        return y if self.bias is None else K.bias_add(y, self.bias, self.data_format)

    def call(self, inputs: Any, states: Sequence[Any], **_: Any) -> tuple[Any, list[Any]]:
        h, c = states[:2]
        x = self.project(inputs) + K.conv2d(h, self.recurrent_kernel, (1, 1), "same", self.data_format)
        axis = 1 if self.data_format == "channels_first" else 3
        i, f, g, o = (_part(x, axis, n * self.filters, (n + 1) * self.filters) for n in range(4))
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(g)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]


def _part(x: Any, axis: int, start: int, stop: int) -> Any:
    index = [slice(None)] * 4
    index[axis] = slice(start, stop)
    return K.item(x, tuple(index))


class ConvRNN2D(RNN):
    """A convolutional cell over the steps of (samples, steps, rows, columns, channels)."""

    def get_initial_state(self, inputs: Any) -> list[Any]:
        first = self.cell.project(apply(lambda x: x[:, 0], inputs))
        axis = 1 if self.cell.data_format == "channels_first" else -1
        count = self.cell.filters

        def zeros(y: Any) -> Any:
            sizes = list(y.shape)
            sizes[axis] = count
            return lp.zeros(tuple(sizes), y.dtype)

        return [apply(zeros, first), apply(zeros, first)]


class ConvLSTM2D(ConvRNN2D, _Known):
    """LSTM over images, its products being convolutions."""

    cell_class = ConvLSTM2DCell
    spellings: ClassVar[dict[str, str]] = {**CONV, **RECURRENT}
    sequences = False

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        rows, columns = kwargs.pop("nb_row", None), kwargs.pop("nb_col", None)
        if rows is not None:
            kwargs["kernel_size"] = (rows, columns)
        return super(RNN, cls)._respelled(args, kwargs)


ConvRecurrent2D = ConvRNN2D

__getattr__ = missing.attributes("keras.layers.convolutional_recurrent", globals())
__all__ = ["ConvLSTM2D", "ConvLSTM2DCell", "ConvRNN2D", "ConvRecurrent2D"]
