"""`keras.layers.convolutional`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ... import missing
from .. import activations, constraints, initializers, regularizers
from .. import backend as K
from ..engine.base_layer import InputSpec, Layer
from ..spelling import CONV
from .core import add_bias, keep_weight_settings
from .images import Image, per_axis
from .pooling import *  # noqa: F403 (Keras 1 has poolings here)

WINDOWS = {2: ("nb_row", "nb_col"), 3: ("kernel_dim1", "kernel_dim2", "kernel_dim3")}


class _Conv(Image):
    """What convolutions share."""

    spellings: ClassVar[dict[str, str]] = CONV
    _settings: Any = None

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, kwargs = super()._respelled(args, kwargs)
        words = WINDOWS.get(cls.rank, ())
        before = len(args), dict(kwargs)
        if any(w in kwargs for w in words):
            given = [kwargs.pop(w) if w in kwargs else None for w in words]
            missing_ = [i for i, g in enumerate(given) if g is None]
            for i in missing_:  # the others are positional
                given[i], args = args[1], (args[0], *args[2:])
            kwargs["kernel_size"] = tuple(given)
        elif (
            cls.rank > 1
            and len(args) > cls.rank
            and all(isinstance(a, (int, np.integer)) for a in args[: cls.rank + 1])
        ):
            args = (args[0], tuple(args[1 : cls.rank + 1]), *args[cls.rank + 1 :])
            if len(args) > 2 and isinstance(args[2], str) and args[2] not in ("valid", "same", "full"):
                kwargs["kernel_initializer"], args = args[2], args[:2]
        if before != (len(args), kwargs) and cls.rank > 1:
            kwargs["old_spelling"] = True
        return args, kwargs

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1, activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, **kwargs: Any,
    ):  # fmt: skip
        self._old = kwargs.pop("old_spelling", False)
        super().__init__(**kwargs)
        self.filters = int(filters)
        self.kernel_size = per_axis(kernel_size, self.rank, "kernel_size")
        self.strides = per_axis(strides, self.rank, "strides")
        self.padding = str(padding).lower()
        if self.padding not in ("valid", "same", "full", "causal"):
            raise ValueError(
                'The `padding` argument must be one of "valid", "same" (or "causal" for Conv1D). Received:'
                f" {padding}"
            )
        self._format(data_format) if self.rank > 1 or data_format else self._last()
        self.dilation_rate = per_axis(dilation_rate, self.rank, "dilation_rate")
        self.activation, self.use_bias = activations.get(activation), use_bias
        keep_weight_settings(self, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
                             activity_regularizer, kernel_constraint, bias_constraint)  # fmt: skip
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _last(self) -> None:
        self.data_format = "channels_last"

    nb_filter = property(lambda self: self.filters)
    W = property(lambda self: self.kernel)
    b = property(lambda self: self.bias)
    border_mode = property(lambda self: self.padding)
    subsample = property(lambda self: self.strides)

    def _channels(self, input_shape: Any) -> int:
        size = input_shape[self._channel]
        if size is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        return int(size)

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.kernel = self._kernel("kernel", (*self.kernel_size, channels, self.filters))
        self.bias = add_bias(self, self.filters)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel: channels})
        self.built = True

    def _filters_first(self) -> bool:
        """Whether a script of Keras 1 with channels first sees the kernel as (filters, channels, *window)."""
        return self._old and self.data_format == "channels_first"

    def get_weights(self) -> list[Any]:
        found = super().get_weights()
        if found and self._filters_first():
            found[0] = np.transpose(found[0], (self.rank + 1, self.rank, *range(self.rank)))
        return found

    def set_weights(self, weights: Sequence[Any]) -> None:
        weights = list(weights)
        if weights and self._filters_first():
            weights[0] = np.transpose(weights[0], (*range(2, self.rank + 2), 1, 0))
        super().set_weights(weights)

    def _kernel(self, name: str, shape: Any) -> Any:
        return self.add_weight(name, shape, initializer=self.kernel_initializer,
                               regularizer=self.kernel_regularizer,
                               constraint=self.kernel_constraint)  # fmt: skip

    def call(self, inputs: Any) -> Any:
        function = getattr(K, f"conv{self.rank}d")
        y = function(inputs, self.kernel, self.strides, self.padding, self.data_format, self.dilation_rate)
        return self._finished(y)

    def _finished(self, y: Any) -> Any:
        if self.use_bias:
            y = K.bias_add(y, self.bias, self.data_format)
        return self.activation(y)


class Conv1D(_Conv):
    """A convolution over one axis of (samples, steps, channels)."""

    rank = 1
    sequences = True


class Conv2D(_Conv):
    """A convolution over images.

    Keras 1: (nb_filter, nb_row, nb_col, border_mode, subsample, dim_ordering).
    """

    rank = 2


class Conv3D(_Conv):
    """A convolution over volumes."""

    rank = 3


class _Transposed(_Conv):
    """What transposed convolutions share; the kernel is (*window, filters, channels)."""

    extra: ClassVar[dict[str, Any]] = {"sizes": None}

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, kwargs = super()._respelled(args, kwargs)
        wanted = kwargs.pop("output_shape", None)  # of Keras 1's Deconvolution2D
        if (
            wanted is None
            and len(args) > 2
            and isinstance(args[2], (tuple, list))
            and len(args[2]) == cls.rank + 2
        ):
            wanted, args = args[2], (*args[:2], *args[3:])
        if wanted is not None:
            kwargs["sizes"] = wanted
        return args, kwargs

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None, dilation_rate: Any = 1, sizes: Any = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, **kwargs)
        self.output_padding = (
            output_padding
            if output_padding is None
            else per_axis(output_padding, self.rank, "output_padding")
        )
        self.sizes = sizes

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.kernel = self._kernel("kernel", (*self.kernel_size, self.filters, channels))
        self.bias = add_bias(self, self.filters)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel: channels})
        self.built = True

    def call(self, inputs: Any) -> Any:
        if self.rank == 2:
            y = K.conv2d_transpose(inputs, self.kernel, self.sizes, self.strides, self.padding,
                                   self.data_format,
                                   self.dilation_rate, self.output_padding)  # fmt: skip
        elif self.rank == 3:
            y = K.conv3d_transpose(
                inputs, self.kernel, None, self.strides, self.padding, self.data_format, self.output_padding
            )
        else:
            y = K.conv1d_transpose(
                inputs, self.kernel, self.strides, self.padding, self.output_padding, self.data_format
            )
        return self._finished(y)


class Conv1DTranspose(_Transposed):
    """A transposed convolution over one axis."""

    rank = 1
    sequences = True


class Conv2DTranspose(_Transposed):
    """A transposed convolution over images."""

    rank = 2


class Conv3DTranspose(_Transposed):
    """A transposed convolution over volumes."""

    rank = 3


class _Separable(_Conv):
    """What convolutions of every channel by itself share, followed by one of windows of one."""

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1, depth_multiplier: int = 1, activation: Any = None, use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform", pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", depthwise_regularizer: Any = None, pointwise_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, depthwise_constraint: Any = None,
        pointwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            bias_initializer=bias_initializer, bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer, bias_constraint=bias_constraint, **kwargs,
        )  # fmt: skip
        self.depth_multiplier = depth_multiplier
        for part, settings in (
            ("depthwise", (depthwise_initializer, depthwise_regularizer, depthwise_constraint)),
            ("pointwise", (pointwise_initializer, pointwise_regularizer, pointwise_constraint)),
        ):
            setattr(self, f"{part}_initializer", initializers.get(settings[0]))
            setattr(self, f"{part}_regularizer", regularizers.get(settings[1]))
            setattr(self, f"{part}_constraint", constraints.get(settings[2]))

    hidden = Layer.hidden | {"kernel_initializer", "kernel_regularizer", "kernel_constraint"}

    def _part(self, part: str, shape: Any) -> Any:
        return self.add_weight(
            f"{part}_kernel", shape, initializer=getattr(self, f"{part}_initializer"),
            regularizer=getattr(self, f"{part}_regularizer"), constraint=getattr(self, f"{part}_constraint"),
        )  # fmt: skip

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.depthwise_kernel = self._part("depthwise", (*self.kernel_size, channels, self.depth_multiplier))
        self.pointwise_kernel = self._part(
            "pointwise", (*(1,) * self.rank, channels * self.depth_multiplier, self.filters)
        )
        self.bias = add_bias(self, self.filters)
        self.built = True

    def call(self, inputs: Any) -> Any:
        function = getattr(K, f"separable_conv{self.rank}d")
        y = function(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
        )
        return self._finished(y)


class SeparableConv1D(_Separable):
    """A separable convolution over one axis."""

    rank = 1


class SeparableConv2D(_Separable):
    """A separable convolution over images."""

    rank = 2


class DepthwiseConv2D(_Conv):
    """A convolution of every channel by itself."""

    rank = 2
    hidden = Layer.hidden | {"filters", "kernel_initializer", "kernel_regularizer", "kernel_constraint"}

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return super(_Conv, cls)._respelled(args, kwargs)

    def __init__(
        self, kernel_size: Any, strides: Any = 1, padding: str = "valid", depth_multiplier: int = 1,
        data_format: str | None = None, activation: Any = None, use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        depthwise_constraint: Any = None, bias_constraint: Any = None, dilation_rate: Any = 1, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            1, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            depthwise_initializer, bias_initializer, depthwise_regularizer, bias_regularizer,
            activity_regularizer,
            depthwise_constraint, bias_constraint, **kwargs,
        )  # fmt: skip
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer, self.depthwise_regularizer = (
            self.kernel_initializer,
            self.kernel_regularizer,
        )
        self.depthwise_constraint = self.kernel_constraint

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.depthwise_kernel = self._kernel(
            "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier)
        )
        self.bias = add_bias(self, channels * self.depth_multiplier)
        self.built = True

    def call(self, inputs: Any) -> Any:
        y = K.depthwise_conv2d(
            inputs, self.depthwise_kernel, self.strides, self.padding, self.data_format, self.dilation_rate
        )
        return self._finished(y)


def AtrousConvolution1D(*args: Any, **kwargs: Any) -> Any:
    """Keras 1: Conv1D with a dilation."""
    return Conv1D(*args, **kwargs)


def AtrousConvolution2D(*args: Any, **kwargs: Any) -> Any:
    """Keras 1: Conv2D with a dilation."""
    return Conv2D(*args, **kwargs)


# ------------------------------------------------------------------------------------------- resizing
class UpSampling1D(Layer):
    """Every step `size` times."""

    spellings: ClassVar[dict[str, str]] = {"length": "size"}

    def __init__(self, size: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        self.size = int(size)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        return K.repeat_elements(inputs, self.size, axis=1)


class UpSampling2D(Image):
    """Images made larger by whole factors."""

    rank = 2

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._format(data_format)
        self.size = per_axis(size, 2, "size")
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError("interpolation should be one of 'nearest' or 'bilinear'.")
        self.interpolation = interpolation
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        return K.resize_images(inputs, self.size[0], self.size[1], self.data_format, self.interpolation)


class UpSampling3D(Image):
    """Volumes made larger by whole factors."""

    rank = 3

    def __init__(self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self._format(data_format)
        self.size = per_axis(size, 3, "size")
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs: Any) -> Any:
        return K.resize_volumes(inputs, *self.size, self.data_format)


def _pairs(value: Any, rank: int, name: str) -> tuple[Any, ...]:
    """(before, behind) for every axis, of a number, one per axis, or pairs."""
    if isinstance(value, int):
        return ((value, value),) * rank
    if isinstance(value, dict):  # Keras 1
        return (
            (value.get("top_pad", 0), value.get("bottom_pad", 0)),
            (value.get("left_pad", 0), value.get("right_pad", 0)),
        )
    if len(value) == 4 and rank == 2:
        return ((value[0], value[1]), (value[2], value[3]))
    if len(value) != rank:
        raise ValueError(f"`{name}` should have {rank} elements. Found: {value}")
    return tuple((v, v) if isinstance(v, (int, np.integer)) else tuple(v) for v in value)


class ZeroPadding1D(Layer):
    """Zeros before and behind the steps."""

    def __init__(self, padding: Any = 1, **kwargs: Any):
        super().__init__(**kwargs)
        self.padding = per_axis(padding, 2, "padding")
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        return K.temporal_padding(inputs, self.padding)


class ZeroPadding2D(Image):
    """Zeros around images."""

    rank = 2

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self._format(data_format)
        self.padding = _pairs(padding, 2, "padding")
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        return K.spatial_2d_padding(inputs, self.padding, self.data_format)


class ZeroPadding3D(Image):
    """Zeros around volumes."""

    rank = 3

    def __init__(self, padding: Any = (1, 1, 1), data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self._format(data_format)
        self.padding = _pairs(padding, 3, "padding")
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs: Any) -> Any:
        return K.spatial_3d_padding(inputs, self.padding, self.data_format)


def _cut(x: Any, pairs: Any, first: int) -> Any:
    index = [slice(None)] * first + [slice(a, -b if b else None) for a, b in pairs]
    return K.item(x, tuple(index))


class Cropping1D(Layer):
    """Without the first and last steps."""

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any):
        super().__init__(**kwargs)
        self.cropping = per_axis(cropping, 2, "cropping")
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        return _cut(inputs, [self.cropping], 1)


class Cropping2D(Image):
    """The middle of images."""

    rank = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self._format(data_format)
        self.cropping = _pairs(cropping, self.rank, "cropping")
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        return _cut(inputs, self.cropping, 2 if self.data_format == "channels_first" else 1)


class Cropping3D(Cropping2D):
    """The middle of volumes."""

    rank = 3

    def __init__(
        self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any
    ):
        super().__init__(cropping, data_format, **kwargs)


Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
Convolution2DTranspose = Deconvolution2D = Deconv2D = Conv2DTranspose
Convolution3DTranspose = Deconvolution3D = Deconv3D = Conv3DTranspose
AtrousConv1D, AtrousConv2D = AtrousConvolution1D, AtrousConvolution2D

__getattr__ = missing.attributes("keras.layers.convolutional", globals())
