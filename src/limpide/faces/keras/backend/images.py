"""`keras.backend`: convolutions, pooling, padding, resizing, normalisation over the batch, losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....errors import ArgumentError, user_frame
from ....nn.norms import standardised
from ....nn.words import lp
from ....tensor import astensor
from ...record import symbols_in
from .. import settings as common
from ..symbols import as_floatx, op, recorded

FIRST = "channels_first"
LAYOUTS = {1: "NWC", 2: "NHWC", 3: "NDHWC"}


def _last(x: Any, first: bool) -> Any:
    return lp.moveaxis(x, 1, -1) if first else x


def _back(y: Any, first: bool) -> Any:
    return lp.moveaxis(y, -1, 1) if first else y


def _is_first(data_format: str | None) -> bool:
    return common.normalize_data_format(data_format) == FIRST


def _conv(
    rank: int, x: Any, kernel: Any, strides: Any, padding: str, data_format: str | None, dilation: Any,
    groups: int = 1,
) -> Any:  # fmt: skip
    x, first = as_floatx(x), _is_first(data_format)
    x, kernel = _last(x, first), astensor(kernel)
    if padding == "causal":
        step = dilation if isinstance(dilation, int) else dilation[0]
        x, padding = lp.pad(x, ((0, 0), (step * (int(kernel.shape[0]) - 1), 0), (0, 0))), "valid"
    if padding == "full":
        pads = [(int(k) - 1, int(k) - 1) for k in kernel.shape[:rank]]
        x, padding = lp.pad(x, ((0, 0), *pads, (0, 0))), "valid"
    function = getattr(lp, f"conv{rank}d")
    y = function(
        x, kernel, stride=strides, padding=padding, dilation=dilation, groups=groups, layout=LAYOUTS[rank]
    )
    return _back(y, first)


@op
def conv1d(
    x: Any, kernel: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """Convolution over one axis; kernel: (width, channels, filters)."""
    return _conv(1, x, kernel, strides, padding, data_format, dilation_rate)


@op
def conv2d(
    x: Any, kernel: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:  # fmt: skip
    """Convolution over two axes; kernel: (rows, columns, channels, filters)."""
    return _conv(2, x, kernel, strides, padding, data_format, dilation_rate)


@op
def conv3d(
    x: Any, kernel: Any, strides: Any = (1, 1, 1), padding: str = "valid", data_format: str | None = None,
    dilation_rate: Any = (1, 1, 1),
) -> Any:  # fmt: skip
    """Convolution over three axes; kernel: (depth, rows, columns, channels, filters)."""
    return _conv(3, x, kernel, strides, padding, data_format, dilation_rate)


def _transposed(
    rank: int, x: Any, kernel: Any, strides: Any, padding: str, output_padding: Any, data_format: str | None,
    dilation: Any = 1,
) -> Any:  # fmt: skip
    first = _is_first(data_format)
    x, kernel = _last(as_floatx(x), first), astensor(kernel)
    steps = (strides,) * rank if isinstance(strides, int) else tuple(strides)
    pads, more = _output_padding(kernel.shape[:rank], steps, padding, output_padding, rank)
    function = getattr(lp, f"conv_transpose{rank}d")
    y = function(
        x, kernel, stride=steps, padding=pads, output_padding=more, dilation=dilation, layout=LAYOUTS[rank]
    )
    return _back(y, first)


def _output_padding(kernel: Any, steps: Any, padding: str, given: Any, rank: int) -> tuple[Any, Any]:
    """The engine's padding and output_padding, so that the sizes are those of Keras' `deconv_length`."""
    if given is None:
        if padding == "same":
            return "same", 0
        return 0, tuple(max(s - int(k), 0) for k, s in zip(kernel, steps, strict=True))
    more = (given,) * rank if isinstance(given, int) else tuple(given)
    if padding == "valid":
        return 0, more
    return tuple((int(k) // 2, int(k) // 2) for k in kernel), more


@op
def conv1d_transpose(
    x: Any, kernel: Any, strides: Any = 1, padding: str = "valid", output_padding: Any = None,
    data_format: str | None = None,
) -> Any:  # fmt: skip
    """Transposed convolution over one axis; kernel: (width, filters, channels)."""
    return _transposed(1, x, kernel, strides, padding, output_padding, data_format)


@op
def _conv2d_transpose(
    x: Any, kernel: Any, strides: Any, padding: str, output_padding: Any, data_format: str | None,
    dilation_rate: Any,
) -> Any:  # fmt: skip
    return _transposed(2, x, kernel, strides, padding, output_padding, data_format, dilation_rate)


def conv2d_transpose(
    x: Any, kernel: Any, output_shape: Any = None, strides: Any = (1, 1), padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = (1, 1), output_padding: Any = None,
) -> Any:  # fmt: skip
    """Transposed convolution over two axes; kernel: (rows, columns, filters, channels).

    output_shape: where its sizes are numbers, those of the result.
    """
    wanted = [] if output_shape is None or not isinstance(output_shape, (tuple, list)) else list(output_shape)
    sizes = wanted[2:4] if _is_first(data_format) else wanted[1:3]
    known = sizes if all(isinstance(s, (int, np.integer)) for s in sizes) else None
    y = _conv2d_transpose(x, kernel, strides, padding, output_padding, data_format, dilation_rate)
    return y if not known else _sized(y, tuple(int(s) for s in known), _is_first(data_format))


@op
def _sized(y: Any, sizes: Sequence[int], first: bool) -> Any:
    """The result cut or filled with zeros to what was asked for."""
    y = _last(y, first)
    now = y.shape[1:3]
    if all(isinstance(s, int) for s in now) and tuple(now) != tuple(sizes):
        y = y[:, : sizes[0], : sizes[1]]
        missing = [(0, max(0, w - int(s))) for w, s in zip(sizes, now, strict=True)]
        y = lp.pad(y, ((0, 0), *missing, (0, 0)))
    return _back(y, first)


@op
def conv3d_transpose(
    x: Any, kernel: Any, output_shape: Any = None, strides: Any = (1, 1, 1), padding: str = "valid",
    data_format: str | None = None, output_padding: Any = None,
) -> Any:  # fmt: skip
    """Transposed convolution over three axes; kernel: (depth, rows, columns, filters, channels)."""
    return _transposed(3, x, kernel, strides, padding, output_padding, data_format)


def deconv2d(x: Any, kernel: Any, output_shape: Any, *args: Any, **kwargs: Any) -> Any:
    """Keras 1's name of conv2d_transpose."""
    return conv2d_transpose(x, kernel, output_shape, *args, **kwargs)


def _depthwise(
    rank: int, x: Any, kernel: Any, strides: Any, padding: str, data_format: Any, dilation: Any
) -> Any:
    """Every channel by itself; kernel: (*window, channels, multiplier)."""
    kernel = astensor(kernel)
    channels, multiplier = kernel.shape[-2], kernel.shape[-1]
    kernel = lp.reshape(kernel, (*kernel.shape[:-2], 1, channels * multiplier))
    return _conv(rank, x, kernel, strides, padding, data_format, dilation, groups=int(channels))


@op
def depthwise_conv2d(
    x: Any, depthwise_kernel: Any, strides: Any = (1, 1), padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = (1, 1),
) -> Any:  # fmt: skip
    """Convolution of every channel by itself; kernel: (rows, columns, channels, multiplier)."""
    return _depthwise(2, x, depthwise_kernel, strides, padding, data_format, dilation_rate)


@op
def separable_conv2d(
    x: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = (1, 1), padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = (1, 1),
) -> Any:  # fmt: skip
    """depthwise_conv2d, then a convolution with a window of one."""
    y = _depthwise(2, x, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return _conv(2, y, pointwise_kernel, 1, "valid", data_format, 1)


@op
def separable_conv1d(
    x: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = 1, padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """The same over one axis."""
    y = _depthwise(1, x, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return _conv(1, y, pointwise_kernel, 1, "valid", data_format, 1)


def _pool(rank: int, x: Any, size: Any, strides: Any, padding: str, data_format: Any, mode: str) -> Any:
    first = _is_first(data_format)
    x = _last(as_floatx(x), first)
    if mode == "max":
        y = getattr(lp, f"max_pool{rank}d")(x, size, strides, padding, layout=LAYOUTS[rank])
    elif mode in ("avg", "ave", "average"):
        function = getattr(lp, f"avg_pool{rank}d")
        y = function(x, size, strides, padding, count_include_pad=False, layout=LAYOUTS[rank])
    else:
        raise ValueError(f"Invalid pooling mode: {mode}")
    return _back(y, first)


@op
def pool1d(
    x: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:  # fmt: skip
    """The largest or the mean of windows over one axis."""
    return _pool(1, x, pool_size, strides, padding, data_format, pool_mode)


@op
def pool2d(
    x: Any, pool_size: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:  # fmt: skip
    """The largest or the mean of windows over two axes."""
    return _pool(2, x, pool_size, strides, padding, data_format, pool_mode)


@op
def pool3d(
    x: Any, pool_size: Any, strides: Any = (1, 1, 1), padding: str = "valid", data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:  # fmt: skip
    """The largest or the mean of windows over three axes."""
    return _pool(3, x, pool_size, strides, padding, data_format, pool_mode)


# ---------------------------------------------------------------------------------- padding and resizing
@op
def temporal_padding(x: Any, padding: Any = (1, 1)) -> Any:
    """Zeros before and behind the steps of (samples, steps, size)."""
    pair = (padding, padding) if isinstance(padding, int) else tuple(padding)
    return lp.pad(x, ((0, 0), pair, (0, 0)))


def asymmetric_temporal_padding(x: Any, left_pad: int = 1, right_pad: int = 1) -> Any:
    """Zeros before and behind the steps."""
    return temporal_padding(x, (left_pad, right_pad))


@op
def _padded(x: Any, pads: Sequence[Any], data_format: str | None) -> Any:
    pairs = [tuple(p) if isinstance(p, (tuple, list)) else (p, p) for p in pads]
    sides = [(0, 0), (0, 0), *pairs] if _is_first(data_format) else [(0, 0), *pairs, (0, 0)]
    return lp.pad(x, tuple(sides))


def spatial_2d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None, **more: Any
) -> Any:
    """Zeros around images."""
    return _padded(x, padding, more.get("dim_ordering", data_format))


def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **more: Any
) -> Any:
    """Zeros around volumes."""
    return _padded(x, padding, more.get("dim_ordering", data_format))


@op
def asymmetric_spatial_2d_padding(
    x: Any, top_pad: int = 1, bottom_pad: int = 1, left_pad: int = 1, right_pad: int = 1,
    dim_ordering: str | None = None,
) -> Any:  # fmt: skip
    """Zeros around images, a number for each side."""
    sides = ((top_pad, bottom_pad), (left_pad, right_pad))
    pads = ((0, 0), (0, 0), *sides) if _is_first(dim_ordering) else ((0, 0), *sides, (0, 0))
    return lp.pad(x, pads)


@op
def resize_images(
    x: Any,
    height_factor: int,
    width_factor: int,
    data_format: str | None = None,
    interpolation: str = "nearest",
) -> Any:
    """Images made larger by whole factors."""
    first = _is_first(data_format)
    y = _last(x, first)
    if interpolation == "bilinear":
        for axis, factor in ((1, height_factor), (2, width_factor)):
            y = _between(y, axis, int(factor))
    else:
        for axis, factor in ((1, height_factor), (2, width_factor)):
            y = lp.repeat(y, int(factor), axis=axis)
    return _back(y, first)


def _between(x: Any, axis: int, factor: int) -> Any:
    """Elements between those of an axis, on a straight line, as TensorFlow's resize does from the corner."""
    size = int(x.shape[axis])
    at = np.arange(size * factor) / factor
    low = at.astype(np.int64)
    high = np.minimum(low + 1, size - 1)
    share = (at - low).astype(np.float32).reshape(-1, *(1,) * (x.ndim - axis - 1))
    a, b = lp.take(x, low, axis=axis), lp.take(x, high, axis=axis)
    return a + (b - a) * share


@op
def resize_volumes(
    x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: str | None = None
) -> Any:
    """Volumes made larger by whole factors."""
    first = _is_first(data_format)
    y = _last(x, first)
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), 1):
        y = lp.repeat(y, int(factor), axis=axis)
    return _back(y, first)


@op
def local_conv1d(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, data_format: str | None = None
) -> Any:
    """A convolution with a kernel of its own at every place: (places, window * channels, filters)."""
    x, first = as_floatx(inputs), _is_first(data_format) and data_format is not None
    x = _last(x, first)
    window, step = int(kernel_size[0]), int(strides[0])
    count = int(astensor(kernel).shape[0])
    index = np.arange(count)[:, None] * step + np.arange(window)
    patches = lp.take(x, index, axis=1)
    patches = lp.reshape(patches, (x.shape[0], count, window * x.shape[-1]))
    y = lp.sum(lp.expand_dims(patches, -1) * lp.expand_dims(kernel, 0), axis=2)
    return _back(y, first)


@op
def local_conv2d(
    inputs: Any,
    kernel: Any,
    kernel_size: Any,
    strides: Any,
    output_shape: Any,
    data_format: str | None = None,
) -> Any:
    """A convolution with a kernel of its own at every place: (places, window * channels, filters)."""
    first = _is_first(data_format)
    x = _last(as_floatx(inputs), first)
    (rows, columns), channels = output_shape, x.shape[-1]
    r = np.arange(rows)[:, None] * strides[0] + np.arange(kernel_size[0])
    c = np.arange(columns)[:, None] * strides[1] + np.arange(kernel_size[1])
    patches = lp.take(lp.take(x, r, axis=1), c, axis=3)  # (n, rows, kh, columns, kw, channels)
    patches = lp.transpose(patches, (0, 1, 3, 2, 4, 5))
    flat = lp.reshape(patches, (x.shape[0], rows * columns, kernel_size[0] * kernel_size[1] * channels))
    y = lp.transpose(lp.matmul(lp.transpose(flat, (1, 0, 2)), kernel), (1, 0, 2))
    return _back(lp.reshape(y, (x.shape[0], rows, columns, y.shape[-1])), first)


# ------------------------------------------------------------------------------------------ normalisation
@op
def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any = None, gamma: Any = None, axis: int = -1, epsilon: float = 1e-3
) -> Any:
    """(x - mean) / sqrt(var + epsilon) * gamma + beta."""
    factor = 1 / lp.sqrt(astensor(var) + epsilon)
    factor = factor if gamma is None else factor * gamma
    y = (as_floatx(x) - mean) * factor
    return y if beta is None else y + beta


def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Sequence[int], epsilon: float = 1e-3
) -> tuple[Any, Any, Any]:
    """x standardised over axes, times gamma plus beta; its mean and its variance."""
    found = _standardised(x, gamma, beta, tuple(reduction_axes), epsilon)
    return found[0], found[1], found[2]


def _standardised(x: Any, gamma: Any, beta: Any, axes: tuple[int, ...], epsilon: float) -> Any:
    def normalize_batch(x: Any, gamma: Any, beta: Any) -> tuple[Any, Any, Any]:
        x = as_floatx(x)
        shape = tuple(1 if a in axes else x.shape[a] for a in range(x.ndim))
        y, mean, variance = standardised(x, axes, epsilon)
        for parameter, join in ((gamma, lp.multiply), (beta, lp.add)):
            if parameter is not None:
                y = join(y, lp.reshape(parameter, shape))
        flat = (-1,) if len(axes) == x.ndim - 1 else tuple(x.shape[a] for a in range(x.ndim) if a not in axes)
        return y, lp.reshape(mean, flat), lp.reshape(variance, flat)

    if not symbols_in([x, gamma, beta]):
        return normalize_batch(x, gamma, beta)
    return recorded(normalize_batch, (x, gamma, beta), count=3)


# ------------------------------------------------------------------------------------------------ losses
@op
def _cross_entropy(target: Any, logits: Any, axis: int) -> Any:
    return -lp.sum(lp.log_softmax(as_floatx(logits), axis=axis) * target, axis=axis)


@op
def _cross_entropy_of(target: Any, output: Any, axis: int) -> Any:
    e = common.epsilon()
    output = as_floatx(output)
    output = lp.clip(output / lp.sum(output, axis=axis, keepdims=True), e, 1.0 - e)
    return -lp.sum(lp.log(output) * target, axis=axis)


@op
def _sparse(target: Any, scores: Any, axis: int) -> Any:
    scores = lp.moveaxis(scores, axis, -1)
    labels = lp.reshape(astensor(target).astype("int64"), scores.shape[:-1])
    hot = lp.one_hot(labels, int(scores.shape[-1]), dtype="bool")
    return -lp.sum(lp.where(hot, scores, 0.0), axis=-1)


@op
def _log_softmax(x: Any, axis: int) -> Any:
    return lp.log_softmax(as_floatx(x), axis=axis)


@op
def _log_normalised(x: Any, axis: int) -> Any:
    e = common.epsilon()
    x = as_floatx(x)
    return lp.log(lp.clip(x / lp.sum(x, axis=axis, keepdims=True), e, 1.0 - e))


@op
def _binary(target: Any, logits: Any) -> Any:
    z = as_floatx(logits)
    return lp.softplus(z) - astensor(target).astype(z.dtype) * z


@op
def _binary_of(target: Any, output: Any) -> Any:
    e = common.epsilon()
    p, y = lp.clip(as_floatx(output), e, 1.0 - e), astensor(target)
    return -(y * lp.log(p) + (1 - y) * lp.log(1 - p))


def behind(output: Any, name: str) -> Any:
    """What went into the softmax or sigmoid that gave the output; None where it comes from elsewhere."""
    source = getattr(output, "source", None)
    if getattr(source, "build", None) is not getattr(lp, name) and getattr(
        getattr(source, "build", None), "__name__", ""
    ) not in (name,):
        return None
    args = getattr(source, "args", ())
    axis = [*args[1:], *getattr(source, "kwargs", {}).values()]
    return args[0] if args and axis in ([], [-1]) else None


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """-sum(target log output), per row. After a softmax it is computed from what went into it."""
    logits = output if from_logits else behind(output, "softmax")
    if logits is not None:
        return _cross_entropy(target, logits, axis)
    return _cross_entropy_of(target, output, axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-log output[target], per row; targets are class indices."""
    logits = output if from_logits else behind(output, "softmax")
    scores = _log_softmax(logits, axis) if logits is not None else _log_normalised(output, axis)
    return _sparse(target, scores, axis)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """-(y log p + (1 - y) log(1 - p)), elementwise. After a sigmoid it is computed from what went into it."""
    logits = output if from_logits else behind(output, "sigmoid")
    if isinstance(target, str):
        raise ArgumentError("binary_crossentropy", "the target is a text", where=user_frame())
    return _binary(target, logits) if logits is not None else _binary_of(target, output)


__all__ = [
    "asymmetric_spatial_2d_padding", "asymmetric_temporal_padding", "batch_normalization",
    "binary_crossentropy", "categorical_crossentropy", "conv1d", "conv1d_transpose", "conv2d",
    "conv2d_transpose", "conv3d", "conv3d_transpose", "deconv2d", "depthwise_conv2d", "local_conv1d",
    "local_conv2d", "normalize_batch_in_training", "pool1d", "pool2d", "pool3d", "resize_images",
    "resize_volumes", "separable_conv1d", "separable_conv2d", "sparse_categorical_crossentropy",
    "spatial_2d_padding", "spatial_3d_padding", "temporal_padding",
]  # fmt: skip
