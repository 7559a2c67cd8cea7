"""`keras.layers.local`: convolutions with a kernel of its own at every place."""

from __future__ import annotations

from typing import Any

from ... import missing
from .. import backend as K
from .convolutional import _Conv
from .core import add_bias


class LocallyConnected1D(_Conv):
    """A kernel of its own for every window of steps."""

    rank = 1
    sequences = True

    def build(self, input_shape: Any) -> None:
        if input_shape[1] is None or input_shape[-1] is None:
            raise ValueError(f"Axis 2 of input should be fully-defined. Found shape: {input_shape}")
        window, step = self.kernel_size[0], self.strides[0]
        places = (input_shape[1] - window) // step + 1
        self.kernel = self._kernel("kernel", (places, window * input_shape[-1], self.filters))
        self.bias = add_bias(self, (places, self.filters))
        self.built = True

    def call(self, inputs: Any) -> Any:
        y = K.local_conv1d(inputs, self.kernel, self.kernel_size, self.strides)
        return self.activation(y if self.bias is None else K.bias_add(y, self.bias, "channels_last"))


class LocallyConnected2D(_Conv):
    """A kernel of its own for every window of images."""

    rank = 2

    def build(self, input_shape: Any) -> None:
        sizes = input_shape[2:] if self.data_format == "channels_first" else input_shape[1:-1]
        if None in sizes:
            raise ValueError(
                "The spatial dimensions of the inputs to a LocallyConnected2D layer should be fully-defined,"
                f" but layer received the inputs shape {input_shape}"
            )
        self.places = tuple(
            (s - k) // t + 1 for s, k, t in zip(sizes, self.kernel_size, self.strides, strict=True)
        )
        window = self.kernel_size[0] * self.kernel_size[1] * self._channels(input_shape)
        self.kernel = self._kernel("kernel", (self.places[0] * self.places[1], window, self.filters))
        self.bias = add_bias(self, (*self.places, self.filters))
        self.built = True

    def call(self, inputs: Any) -> Any:
        y = K.local_conv2d(inputs, self.kernel, self.kernel_size, self.strides, self.places, self.data_format)
        return self.activation(y if self.bias is None else K.bias_add(y, self.bias, self.data_format))


__getattr__ = missing.attributes("keras.layers.local", globals())
__all__ = ["LocallyConnected1D", "LocallyConnected2D"]
