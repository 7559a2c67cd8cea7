"""tf.layers: the largest and the mean of windows."""

from __future__ import annotations

from typing import Any, ClassVar

from ..nn.convolution import of_axes
from ..nn.pooling import pooled
from ..recording import op
from .base import Layer
from .convolution import format_of


class _Pooling(Layer):
    rank: ClassVar[int]
    largest: ClassVar[bool]

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        name: str | None = None,
        **settings: Any,
    ):
        super().__init__(name=name, **settings)
        self.pool_size = of_axes(pool_size, self.rank)
        self.strides = of_axes(pool_size if strides is None else strides, self.rank)
        self.padding, self.data_format = padding.upper(), data_format

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        layout = format_of(self.rank, self.data_format)
        word = "MaxPool" if self.largest else "AvgPool"
        return _pooled(inputs, self.largest, self.pool_size, self.strides, self.padding, layout, name=word)


@op("pool")
def _pooled(
    x: Any, largest: bool, size: Any, strides: Any, padding: str, layout: str, name: Any = None
) -> Any:
    return pooled(x, largest, size, strides, padding, layout)


class MaxPooling1D(_Pooling):
    """The largest of windows of sequences."""

    rank, largest = 1, True


class MaxPooling2D(_Pooling):
    """The largest of windows of images."""

    rank, largest = 2, True


class MaxPooling3D(_Pooling):
    """The largest of windows of volumes."""

    rank, largest = 3, True


class AveragePooling1D(_Pooling):
    """The mean of windows of sequences."""

    rank, largest = 1, False


class AveragePooling2D(_Pooling):
    """The mean of windows of images."""

    rank, largest = 2, False


class AveragePooling3D(_Pooling):
    """The mean of windows of volumes."""

    rank, largest = 3, False


def _function(layer: type[_Pooling]) -> Any:
    def pool(
        inputs: Any,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        name: str | None = None,
    ) -> Any:
        """Windows of `pool_size` at every `strides`-th place."""
        return layer(pool_size, strides, padding, data_format, name)(inputs)

    return pool


max_pooling1d, average_pooling1d = _function(MaxPooling1D), _function(AveragePooling1D)
max_pooling2d, average_pooling2d = _function(MaxPooling2D), _function(AveragePooling2D)
max_pooling3d, average_pooling3d = _function(MaxPooling3D), _function(AveragePooling3D)
MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
max_pool2d, avg_pool2d = max_pooling2d, average_pooling2d
