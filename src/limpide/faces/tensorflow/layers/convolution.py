"""tf.layers: convolutions, from sequences to volumes."""

from __future__ import annotations

from typing import Any

from ....nn.words import lp
from .. import nn as functions
from ..initializers import Zeros
from ..nn.convolution import back, last, of_axes
from ..recording import op, tensor
from .base import Layer, size_of
from .core import with_activation

FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def format_of(rank: int, data_format: str | None) -> str:
    """ "NHWC" for "channels_last" of an image.

    Raises ValueError for what is neither channels_last nor channels_first.
    """
    if data_format not in (None, "channels_last", "channels_first"):
        raise ValueError(f"data_format must be channels_last or channels_first, not {data_format!r}")
    return FORMATS[rank][data_format == "channels_first"]


class _Conv(Layer):
    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **settings: Any,
    ):
        super().__init__(trainable, name, activity_regularizer=activity_regularizer, **settings)
        self.filters = filters
        self.kernel_size, self.strides = of_axes(kernel_size, self.rank), of_axes(strides, self.rank)
        self.dilation_rate = of_axes(dilation_rate, self.rank)
        if padding.lower() not in ("valid", "same"):
            raise ValueError(f"The `padding` argument must be one of valid, same. Received: {padding}")
        self.padding, self.data_format = padding.lower(), data_format
        self.activation, self.use_bias = activation, use_bias
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer
        self.kernel_regularizer, self.bias_regularizer = kernel_regularizer, bias_regularizer
        self.kernel_constraint, self.bias_constraint = kernel_constraint, bias_constraint

    @property
    def layout(self) -> str:
        return format_of(self.rank, self.data_format)

    def _channels(self, input_shape: Any) -> int:
        if input_shape.ndims is not None and input_shape.ndims != self.rank + 2:
            raise ValueError(
                f"Input 0 of layer {self._base_name} is incompatible with the layer: expected "
                f"ndim={self.rank + 2}, found ndim={input_shape.ndims}. Full shape received: "
                f"{input_shape.as_list()}"
            )
        axis = 1 if self.data_format == "channels_first" else -1
        channels = None if input_shape.ndims is None else size_of(input_shape[axis])
        if channels is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        return channels

    def _kernel_shape(self, channels: int) -> list[int]:
        return [*self.kernel_size, channels, self.filters]

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_variable(
            "kernel", self._kernel_shape(self._channels(input_shape)), initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer, constraint=self.kernel_constraint,
        )  # fmt: skip
        self._build_bias()

    def _build_bias(self) -> None:
        self.bias = None
        if self.use_bias:
            self.bias = self.add_variable(
                "bias", [self.filters], initializer=self.bias_initializer or Zeros(),
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
            )  # fmt: skip
        self.built = True

    def _convolved(self, inputs: Any) -> Any:
        return functions.convolution(
            inputs,
            self.kernel,
            self.padding.upper(),
            self.strides,
            self.dilation_rate,
            data_format=self.layout,
            name="Conv2D" if self.rank == 2 else "convolution",
        )

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        outputs = self._convolved(inputs)
        if self.bias is not None:
            outputs = functions.bias_add(outputs, self.bias, data_format=self.layout)
        return with_activation(outputs, self.activation)


class Conv1D(_Conv):
    """Convolution of sequences (batch, width, channels)."""

    rank = 1


class Conv2D(_Conv):
    """Convolution of images; variables "kernel" (height, width, channels, filters) and "bias"."""


class Conv3D(_Conv):
    """Convolution of volumes."""

    rank = 3


class Conv2DTranspose(_Conv):
    """The gradient of a convolution: images of a size times the strides."""

    def __init__(self, filters: int, kernel_size: Any, strides: Any = 1, *args: Any, **settings: Any):
        super().__init__(filters, kernel_size, strides, **_named(args), **settings)

    def _kernel_shape(self, channels: int) -> list[int]:
        return [*self.kernel_size, self.filters, channels]

    def _convolved(self, inputs: Any) -> Any:
        return _transposed(
            inputs, self.kernel, self.strides, self.padding, self.layout, name="conv2d_transpose"
        )


class Conv3DTranspose(Conv2DTranspose):
    """The gradient of a convolution of volumes."""

    rank = 3


def _named(args: Any) -> dict[str, Any]:
    """Arguments by position behind the strides of a transposed convolution, which has no dilation."""
    names = (
        "padding",
        "data_format",
        "activation",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "activity_regularizer",
        "kernel_constraint",
        "bias_constraint",
        "trainable",
        "name",
    )
    return dict(zip(names, args, strict=False))


@op("conv2d_transpose")
def _transposed(x: Any, w: Any, strides: Any, padding: str, layout: str, name: str | None = None) -> Any:
    """Of the longest size that a convolution with these strides makes the input of."""
    x, w = last(tensor(x), layout), tensor(w)
    rank = x.ndim - 2
    own = (lp.conv_transpose1d, lp.conv_transpose2d, lp.conv_transpose3d)[rank - 1]
    more = [0 if padding == "same" else max(s - k, 0) for k, s in zip(w.shape, strides, strict=False)]
    pad: Any = "same" if padding == "same" else 0
    return back(own(x, w, None, strides, pad, tuple(more), layout=FORMATS[rank][0]), layout)


class SeparableConv2D(_Conv):
    """A convolution of every channel, and one of single pixels behind it."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = None,
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **settings: Any,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            None,
            bias_initializer,
            None,
            bias_regularizer,
            activity_regularizer,
            None,
            bias_constraint,
            trainable,
            name,
            **settings,
        )
        self.depth_multiplier = depth_multiplier
        self._parts = {
            "depthwise_kernel": (depthwise_initializer, depthwise_regularizer, depthwise_constraint),
            "pointwise_kernel": (pointwise_initializer, pointwise_regularizer, pointwise_constraint),
        }

    def build(self, input_shape: Any) -> None:
        channels, times = self._channels(input_shape), self.depth_multiplier
        shapes = [[*self.kernel_size, channels, times], [*(1,) * self.rank, channels * times, self.filters]]
        for (name, (init, regularizer, constraint)), shape in zip(self._parts.items(), shapes, strict=True):
            made = self.add_variable(name, shape, None, init, regularizer, constraint=constraint)
            setattr(self, name, made)
        self._build_bias()

    def _convolved(self, inputs: Any) -> Any:
        deep: Any = self.depthwise_kernel  # type: ignore[attr-defined]
        point: Any = self.pointwise_kernel  # type: ignore[attr-defined]
        if self.rank == 1:
            return _separable1d(
                inputs, deep, point, self.strides, self.padding, self.dilation_rate, self.layout
            )
        return functions.separable_conv2d(
            inputs,
            deep,
            point,
            self.strides,
            self.padding.upper(),
            self.dilation_rate,
            data_format=self.layout,
        )


class SeparableConv1D(SeparableConv2D):
    """As SeparableConv2D, of sequences."""

    rank = 1


@op("separable_conv1d")
def _separable1d(
    x: Any, deep: Any, point: Any, strides: Any, padding: str, dilation: Any, layout: str, name: Any = None
) -> Any:
    x, deep = last(tensor(x), layout), tensor(deep)
    width, channels, times = deep.shape
    deep = lp.reshape(deep, (width, 1, channels * times))
    y = lp.conv1d(x, deep, None, strides, padding, dilation, channels, layout="NWC")
    return back(lp.conv1d(y, tensor(point), layout="NWC"), layout)


def _function(layer: Any, doc: str) -> Any:
    def call(inputs: Any, *args: Any, reuse: Any = None, **settings: Any) -> Any:
        name = settings.get("name")
        return layer(*args, _scope=name, _reuse=reuse, **settings)(inputs)

    call.__doc__ = doc
    return call


conv1d = _function(Conv1D, "Convolution of sequences, with the arguments of Conv1D behind the inputs.")
conv2d = _function(Conv2D, "Convolution of images, with the arguments of Conv2D behind the inputs.")
conv3d = _function(Conv3D, "Convolution of volumes, with the arguments of Conv3D behind the inputs.")
conv2d_transpose = _function(
    Conv2DTranspose, "Transposed convolution, with the arguments of Conv2DTranspose."
)
conv3d_transpose = _function(
    Conv3DTranspose, "Transposed convolution, with the arguments of Conv3DTranspose."
)
separable_conv1d = _function(SeparableConv1D, "Depthwise and pointwise convolution of sequences.")
separable_conv2d = _function(SeparableConv2D, "Depthwise and pointwise convolution of images.")
Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
Convolution2DTranspose = Deconvolution2D = Deconv2D = Conv2DTranspose
SeparableConvolution2D = SeparableConv2D
convolution1d, convolution2d, convolution3d = conv1d, conv2d, conv3d
convolution2d_transpose = deconvolution2d = deconv2d = conv2d_transpose
separable_convolution2d = separable_conv2d
