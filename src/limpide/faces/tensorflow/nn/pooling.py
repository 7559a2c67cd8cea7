"""tf.nn: the largest and the mean of windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....nn.words import lp
from ..dtypes import engine_type, int64
from ..recording import op, tensor
from ..spelling import also
from .convolution import LAYOUT, back, is_channels_first, last, of_axes, pads, unknown_sizes

LARGEST: dict[int, Callable[..., Any]] = {1: lp.max_pool1d, 2: lp.max_pool2d, 3: lp.max_pool3d}
MEAN: dict[int, Callable[..., Any]] = {1: lp.avg_pool1d, 2: lp.avg_pool2d, 3: lp.avg_pool3d}


def pooled(
    x: Any,
    largest: bool,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
) -> Any:
    """Windows over the sizes of (n, *size, channels), or over the channels where ksize says so."""
    x = last(tensor(x), data_format)
    rank = x.ndim - 2
    channel = 1 if is_channels_first(data_format) else -1
    if isinstance(ksize, (list, tuple)) and len(ksize) == rank + 2 and ksize[channel] != 1:
        return back(_over_channels(x, largest, ksize[channel], strides[channel], padding), data_format)
    kernel, steps = of_axes(ksize, rank, data_format), of_axes(strides, rank, data_format)
    known = unknown_sizes(x, x.shape[-1])
    if known is not None:
        return back(known, data_format)
    more = {"dilation": of_axes(dilations, rank)} if largest else {"count_include_pad": False}
    own = (LARGEST if largest else MEAN)[rank]
    return back(own(x, kernel, steps, pads(padding, data_format), layout=LAYOUT[rank], **more), data_format)


def _over_channels(x: Any, largest: bool, size: int, stride: int, padding: Any) -> Any:
    rows = lp.reshape(x, (-1, 1, x.shape[-1]))
    y = (LARGEST if largest else MEAN)[1](rows, size, stride, 0 if pads(padding) == "valid" else "same")
    return lp.reshape(y, (*x.shape[:-1], y.shape[-1]))


@also(input="value")
@op("MaxPool")
def max_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Any:
    """The largest element of every window of an image."""
    return pooled(value, True, ksize, strides, padding, data_format)


@also(input="value")
@op("AvgPool")
def avg_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Any:
    """The mean of every window of an image; what lies outside does not count."""
    return pooled(value, False, ksize, strides, padding, data_format)


@op("MaxPool3D")
def max_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Any:
    """The largest element of every window of a volume."""
    return pooled(input, True, ksize, strides, padding, data_format)


@op("AvgPool3D")
def avg_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Any:
    """The mean of every window of a volume."""
    return pooled(input, False, ksize, strides, padding, data_format)


@op("MaxPoolWithArgmax", count=2)
def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    Targmax: Any = int64,
    name: str | None = None,
    include_batch_in_index: bool = False,
) -> Any:
    """As max_pool, and where the largest is: (row * width + column) * channels + channel."""
    x = tensor(input)
    _, height, width, channels = x.shape
    y, at = lp.max_pool2d(
        x, of_axes(ksize, 2), of_axes(strides, 2), pads(padding), layout="NHWC", return_indices=True
    )
    at = at * channels + lp.arange(channels)
    if include_batch_in_index:
        at = at + lp.reshape(lp.arange(x.shape[0]), (-1, 1, 1, 1)) * (height * width * channels)
    return y, at.astype(engine_type(Targmax))


@op("pool")
def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: str,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Any:
    """pooling_type "MAX" or "AVG", of as many axes as window_shape has."""
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f"pooling_type must be one of AVG, MAX: {pooling_type}")
    strides = [1] * len(window_shape) if strides is None else strides
    return pooled(
        input, pooling_type == "MAX", window_shape, strides, padding, data_format, dilation_rate or dilations
    )


__all__ = ["avg_pool", "avg_pool3d", "max_pool", "max_pool3d", "max_pool_with_argmax", "pool"]
