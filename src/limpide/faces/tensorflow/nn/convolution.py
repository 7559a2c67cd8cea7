"""tf.nn: convolutions of one, two and three axes, on the engine's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ....nn.words import lp
from ....ops.loop import placeholder
from ....shapes import Dim
from ....tensor import Tensor
from ...record import is_guess, sizes
from ..recording import op, tensor
from ..spelling import also

CONV: dict[int, Callable[..., Any]] = {1: lp.conv1d, 2: lp.conv2d, 3: lp.conv3d}
TRANSPOSED: dict[int, Callable[..., Any]] = {
    1: lp.conv_transpose1d, 2: lp.conv_transpose2d, 3: lp.conv_transpose3d,
}  # fmt: skip
LAYOUT = {1: "NWC", 2: "NHWC", 3: "NDHWC"}


def is_channels_first(data_format: str | None) -> bool:
    """Whether a data format has the channels second."""
    return data_format is not None and data_format.startswith("NC")


def of_axes(values: Any, rank: int, data_format: str | None = None) -> tuple[int, ...]:
    """Numbers of the axes of sizes, from one, from as many as there are, or from those of all axes."""
    if values is None:
        return (1,) * rank
    if not isinstance(values, (list, tuple)):
        return (int(values),) * rank
    given = [int(v) for v in values]
    if len(given) == rank + 2:
        given = given[2:] if is_channels_first(data_format) else given[1:-1]
    return tuple(given * rank if len(given) == 1 else given)


def pads(padding: Any, data_format: str | None = None) -> Any:
    """The engine's word for a padding."""
    if isinstance(padding, str):
        if padding.upper() not in ("SAME", "VALID"):
            raise ValueError(f"padding must be 'SAME' or 'VALID', not {padding!r}")
        return padding.lower()
    pairs = [tuple(int(v) for v in p) for p in padding]
    return tuple(pairs[2:] if is_channels_first(data_format) else pairs[1:-1])


def last(x: Any, data_format: str | None) -> Any:
    """The tensor with its channels last."""
    return lp.moveaxis(x, 1, -1) if is_channels_first(data_format) else x


def back(x: Any, data_format: str | None) -> Any:
    """The tensor in its data format again."""
    return lp.moveaxis(x, -1, 1) if is_channels_first(data_format) else x


def unknown_sizes(x: Any, channels: Any) -> Any | None:
    """What is known of a result of windows before there are sizes; None where they are known."""
    if not is_guess() or not any(isinstance(s, Dim) for s in x.shape[1:-1]):
        return None
    shape = (x.shape[0], *(Dim.named() for _ in x.shape[1:-1]), channels)
    return Tensor(placeholder("windows", shape, x.dtype))


def _convolved(
    rank: int,
    x: Any,
    w: Any,
    strides: Any,
    padding: Any,
    dilations: Any,
    data_format: str | None,
    groups: int = 1,
) -> Any:
    x, w = last(tensor(x), data_format), tensor(w)
    if isinstance(x.shape[-1], int) and isinstance(w.shape[-2], int) and x.shape[-1] != w.shape[-2] * groups:
        raise ValueError(
            f"Dimensions must be equal, but are {x.shape[-1]} and {w.shape[-2] * groups}: the input has "
            f"{x.shape[-1]} channels, the filter {tuple(w.shape)} takes {w.shape[-2] * groups}"
        )
    steps = of_axes(strides, rank, data_format)
    apart = of_axes(dilations, rank, data_format)
    known = unknown_sizes(x, w.shape[-1])
    if known is None:
        known = CONV[rank](x, w, None, steps, pads(padding, data_format), apart, groups, layout=LAYOUT[rank])
    return back(known, data_format)


@also(filters="filter", value="input")
@op("Conv2D")
def conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    use_cudnn_on_gpu: bool = True,
    data_format: str | None = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """Sums of products with every window of an image; filter: (height, width, channels, outputs)."""
    return _convolved(2, input, filter, strides, padding, dilations, data_format)


@also(input="value", strides="stride")
@op("conv1d")
def conv1d(
    value: Any,
    filters: Any,
    stride: Any,
    padding: Any,
    use_cudnn_on_gpu: Any = None,
    data_format: str | None = None,
    name: str | None = None,
    dilations: Any = None,
) -> Any:
    """Sums of products with every window of a sequence (n, width, channels)."""
    return _convolved(1, value, filters, stride, padding, dilations, data_format)


@also(filters="filter")
@op("Conv3D")
def conv3d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """Sums of products with every window of a volume."""
    return _convolved(3, input, filter, strides, padding, dilations, data_format)


@also(filters="filter", dilations="dilation_rate")
@op("convolution")
def convolution(
    input: Any,
    filter: Any,
    padding: Any,
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
) -> Any:
    """A convolution of as many axes as the filter has sizes."""
    w = tensor(filter)
    return _convolved(w.ndim - 2, input, w, strides, padding, dilation_rate, data_format)


@op("atrous_conv2d")
def atrous_conv2d(value: Any, filters: Any, rate: Any, padding: Any, name: str | None = None) -> Any:
    """A convolution whose filter has `rate - 1` gaps between its elements."""
    return _convolved(2, value, filters, None, padding, rate, None)


def _depthwise(x: Any, w: Any, strides: Any, padding: Any, rate: Any, data_format: str | None) -> Any:
    w = tensor(w)
    height, width, channels, times = w.shape
    w = lp.reshape(w, (height, width, 1, channels * times))
    return _convolved(2, x, w, strides, padding, rate, data_format, groups=channels)


@also(dilations="rate")
@op("depthwise")
def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
) -> Any:
    """Every channel convolved with filters of its own; filter: (height, width, channels, times)."""
    return _depthwise(input, filter, strides, padding, rate, data_format)


@also(rate="dilations")
@op("DepthwiseConv2dNative")
def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """As depthwise_conv2d."""
    return _depthwise(input, filter, strides, padding, dilations, data_format)


@also(dilations="rate")
@op("separable_conv2d")
def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
) -> Any:
    """depthwise_conv2d, and a convolution of single pixels behind it."""
    x = _depthwise(input, depthwise_filter, strides, padding, rate, data_format)
    return _convolved(2, x, pointwise_filter, None, "VALID", None, data_format)


def _transposed(
    rank: int, x: Any, w: Any, output_shape: Any, strides: Any, padding: str, data_format: str | None
) -> Any:
    x, w = last(tensor(x), data_format), tensor(w)
    steps, kernel = of_axes(strides, rank, data_format), w.shape[:-2]
    wanted = sizes(output_shape)
    size = wanted[2:] if is_channels_first(data_format) else wanted[1:-1]
    if is_guess() and any(isinstance(s, Dim) for s in (*size, *x.shape[1:-1])):
        return back(Tensor(placeholder("windows", (x.shape[0], *size, w.shape[-2]), x.dtype)), data_format)
    same = pads(padding) == "same"
    around, more = [], []
    for t, k, s, n in zip(x.shape[1:-1], kernel, steps, size, strict=True):
        total = max((t - 1) * s + k - n, 0) if same else 0
        left = n - ((t - 1) * s + k - total)
        if not 0 <= left < s or -(-(n if same else n - k + 1) // s) != t:
            raise ValueError(
                f"output_shape {tuple(wanted)} does not fit: a convolution with strides {steps} and padding "
                f"{padding} makes no {tuple(x.shape)} of it"
            )
        around.append((total // 2, total - total // 2))
        more.append(left)
    return back(
        TRANSPOSED[rank](x, w, None, steps, tuple(around), tuple(more), layout=LAYOUT[rank]), data_format
    )


@also(filters="filter", input="value")
@op("conv2d_transpose")
def conv2d_transpose(
    value: Any,
    filter: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Any:
    """The gradient of conv2d: an image of output_shape; filter: (height, width, outputs, channels)."""
    return _transposed(2, value, filter, output_shape, strides, padding, data_format)


@also(filters="filter", input="value")
@op("conv3d_transpose")
def conv3d_transpose(
    value: Any,
    filter: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Any:
    """The gradient of conv3d."""
    return _transposed(3, value, filter, output_shape, strides, padding, data_format)


@op("conv1d_transpose")
def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """The gradient of conv1d."""
    return _transposed(1, input, filters, output_shape, strides, padding, data_format)


@op("Conv2DBackpropInput")
def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    use_cudnn_on_gpu: bool = True,
    data_format: str | None = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """The gradient of conv2d by its input."""
    return _transposed(2, out_backprop, filter, input_sizes, strides, padding, data_format)


@op("atrous_conv2d_transpose")
def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Sequence[Any], rate: int, padding: str, name: str | None = None
) -> Any:
    """The gradient of atrous_conv2d."""
    x, w = tensor(value), tensor(filters)
    return lp.conv_transpose2d(x, w, None, 1, pads(padding), 0, 1, rate, layout="NHWC")


__all__ = [
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "conv1d",
    "conv1d_transpose",
    "conv2d",
    "conv2d_backprop_input",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "convolution",
    "depthwise_conv2d",
    "depthwise_conv2d_native",
    "separable_conv2d",
]
