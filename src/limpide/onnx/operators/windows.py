"""Convolutions and pooling."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ...dtypes import INT64
from ...errors import DataError
from ...nn.words import lp
from ...shapes import Size, static
from ...tensor import Tensor, astensor
from .arrange import scatter_nd
from .table import Call, limited, operator, shape_of

Pads = list[tuple[int, int]]


class Windows:
    """The attributes of windows, one number per spatial axis, with auto_pad worked out."""

    def __init__(
        self, size: Sequence[Size], kernel: Sequence[int], strides: Any = None, pads: Any = None,
        dilations: Any = None, auto_pad: str = "NOTSET", ceil_mode: int = 0,
    ):  # fmt: skip
        rank = len(size)
        self.size, self.kernel = tuple(size), tuple(int(k) for k in kernel)
        self.strides, self.dilations = (_numbers(v, rank, 1) for v in (strides, dilations))
        if len(self.kernel) != rank or any(n < 1 for n in (*self.kernel, *self.strides, *self.dilations)):
            raise DataError("onnx", f"windows of {self.kernel} by {self.strides} do not fit {rank} axes")
        ends = _numbers(pads, 2 * rank, 0)
        self.pads: Pads = [(ends[i], ends[i + rank]) for i in range(rank)]
        if auto_pad in ("SAME_UPPER", "SAME_LOWER"):
            self.pads = [self._same(i, auto_pad == "SAME_UPPER") for i in range(rank)]
        elif auto_pad not in ("NOTSET", "VALID", ""):
            raise DataError("onnx", f"auto_pad is {auto_pad!r}")
        if any(n < 0 for pair in self.pads for n in pair):
            raise DataError("onnx", f"the pads {tuple(ends)} must not be negative")
        limited([s + a + b for s, (a, b) in zip(self.size, self.pads, strict=True)])
        limited(self.kernel)
        self.extra = [self._missing(i) if ceil_mode else 0 for i in range(rank)]

    def reach(self, i: int) -> int:
        return self.dilations[i] * (self.kernel[i] - 1) + 1

    def _same(self, i: int, upper: bool) -> tuple[int, int]:
        (size,) = static((self.size[i],), "onnx") if self.strides[i] != 1 else (1,)
        total = max((-(-size // self.strides[i]) - 1) * self.strides[i] + self.reach(i) - size, 0)
        less, more = total // 2, total - total // 2
        return (less, more) if upper else (more, less)

    def _missing(self, i: int) -> int:
        """The padding behind with which a last window, begun inside, is whole."""
        (size,) = static((self.size[i],), "onnx")
        low, high = self.pads[i]
        count = -(-(size + low + high - self.reach(i)) // self.strides[i]) + 1
        if (count - 1) * self.strides[i] >= size + low:
            count -= 1
        return max((count - 1) * self.strides[i] + self.reach(i) - size - low - high, 0)

    def padded(self, x: Any, value: Any) -> Any:
        """The input (n, channels, *size) with all of its padding around it."""
        widths = [(0, 0), (0, 0), *((a, b + e) for (a, b), e in zip(self.pads, self.extra, strict=True))]
        return lp.pad(x, widths, constant_values=value) if any(map(any, widths)) else x


def _numbers(given: Any, count: int, default: int) -> list[int]:
    numbers = [default] * count if given is None else [int(n) for n in given]
    if len(numbers) != count:
        raise DataError("onnx", f"{len(numbers)} numbers {tuple(numbers)} are given where {count} are needed")
    return numbers


def spatial(x: Tensor) -> int:
    """The number of spatial axes of (n, channels, *size)."""
    if not 3 <= x.ndim <= 5:
        raise DataError("onnx", f"an input of {x.ndim} axes has no windows of 1, 2 or 3 axes")
    return x.ndim - 2


# ------------------------------------------------------------------------------------------ convolution
@operator("Conv")
def conv(
    x: Any, w: Any, b: Any = None, *, auto_pad: str = "NOTSET", dilations: Any = None, group: int = 1,
    kernel_shape: Any = None, pads: Any = None, strides: Any = None,
) -> Any:  # fmt: skip
    x, w = astensor(x), astensor(w)
    rank = spatial(x)
    kernel = static(w.shape[2:], "onnx")
    if kernel_shape is not None and tuple(kernel_shape) != kernel:
        raise DataError("onnx", f"the kernel is {tuple(kernel_shape)}, but the weights have {kernel}")
    windows = Windows(x.shape[2:], kernel, strides, pads, dilations, auto_pad)
    return getattr(lp, f"conv{rank}d")(
        x, w, b, stride=windows.strides, padding=windows.pads, dilation=windows.dilations, groups=group
    )


@operator("ConvTranspose")
def conv_transpose(
    x: Any, w: Any, b: Any = None, *, auto_pad: str = "NOTSET", dilations: Any = None, group: int = 1,
    kernel_shape: Any = None, output_padding: Any = None, output_shape: Any = None, pads: Any = None,
    strides: Any = None,
) -> Any:  # fmt: skip
    x, w = astensor(x), astensor(w)
    rank = spatial(x)
    windows = Windows(x.shape[2:], static(w.shape[2:], "onnx"), strides, pads, dilations)
    more = _numbers(output_padding, rank, 0)
    ends = list(windows.pads)
    for i in range(rank):
        free = (x.shape[2 + i] - 1) * windows.strides[i] + windows.reach(i) + more[i]
        wanted = None
        if output_shape is not None:
            wanted = output_shape[-rank:][i]
        elif auto_pad.startswith("SAME"):
            wanted = x.shape[2 + i] * windows.strides[i]
        if wanted is not None:
            (total,) = static((free - wanted,), "onnx")
            half = max(total // 2, 0)
            upper = auto_pad == "SAME_UPPER" or total < 0
            ends[i] = (half, total - half) if upper else (total - half, half)
    function = getattr(lp, f"conv_transpose{rank}d")
    y = function(x, w, None, stride=windows.strides, groups=group, dilation=windows.dilations)
    widths = [(-a, m - b) for (a, b), m in zip(ends, more, strict=True)]
    y = _cut_or_padded(y, widths)
    return y if b is None else y + lp.reshape(b, (-1, *[1] * rank))


def _cut_or_padded(y: Tensor, widths: Sequence[tuple[int, int]]) -> Any:
    """Spatial axes shortened where a width is negative, with zeros around them where it is positive."""
    cut = tuple(slice(max(-a, 0), s - max(-b, 0)) for s, (a, b) in zip(y.shape[2:], widths, strict=True))
    y = y[(slice(None), slice(None), *cut)]
    wide = [(0, 0), (0, 0), *((max(a, 0), max(b, 0)) for a, b in widths)]
    return lp.pad(y, wide) if any(map(any, wide)) else y


# ---------------------------------------------------------------------------------------------- pooling
@operator("MaxPool")
def max_pool(
    x: Any, *, call: Call, kernel_shape: Sequence[int], auto_pad: str = "NOTSET", ceil_mode: int = 0,
    dilations: Any = None, pads: Any = None, storage_order: int = 0, strides: Any = None,
) -> Any:  # fmt: skip
    x = astensor(x)
    rank = spatial(x)
    windows = Windows(x.shape[2:], kernel_shape, strides, pads, dilations, auto_pad, ceil_mode)
    wide = windows.padded(x, _least(x))
    y = getattr(lp, f"max_pool{rank}d")(wide, windows.kernel, windows.strides, 0, windows.dilations)
    return (y, _places(x, windows, storage_order)) if call.outputs > 1 else y


def _least(x: Tensor) -> Any:
    return -np.inf if x.dtype.kind in "fV" else np.iinfo(x.dtype).min


def _places(x: Tensor, windows: Windows, storage_order: int) -> Any:
    """Where in the flattened input the largest element of every window is."""
    rank = len(windows.size)
    order = [0, 1, *reversed(range(2, rank + 2))] if storage_order else list(range(rank + 2))
    shape = tuple(static(x.shape, "onnx"))
    flat = np.arange(prod(shape)).reshape([shape[a] for a in order])
    flat = np.transpose(flat, np.argsort(order))
    parts, wheres = (
        _elements(windows.padded(x, _least(x)), windows),
        _elements(windows.padded(flat, 0), windows),
    )
    first = lp.argmax(parts, axis=-1, keepdims=True)
    return lp.squeeze(lp.take_along_axis(wheres, first, -1), -1).astype(INT64)


def _elements(x: Any, windows: Windows) -> Any:
    """The elements of every window along a new last axis."""
    x = astensor(x)
    counts = [
        (s - windows.reach(i)) // windows.strides[i] + 1 for i, s in enumerate(static(x.shape[2:], "onnx"))
    ]
    parts = []
    for at in np.ndindex(*windows.kernel):
        spots = (
            slice(k * d, k * d + (n - 1) * s + 1, s)
            for k, d, s, n in zip(at, windows.dilations, windows.strides, counts, strict=True)
        )
        parts.append(x[(slice(None), slice(None), *spots)])
    return lp.stack(parts, -1)


def _sums(x: Any, windows: Windows) -> Any:
    """The sum of every window of what is padded already."""
    rank = len(windows.size)
    mean = getattr(lp, f"avg_pool{rank}d")
    if all(d == 1 for d in windows.dilations):
        return mean(x, windows.kernel, windows.strides) * prod(windows.kernel)
    return lp.sum(_elements(x, windows), axis=-1)


@operator("AveragePool")
def average_pool(
    x: Any, *, kernel_shape: Sequence[int], auto_pad: str = "NOTSET", ceil_mode: int = 0,
    count_include_pad: int = 0, dilations: Any = None, pads: Any = None, strides: Any = None,
) -> Any:  # fmt: skip
    x = astensor(x)
    windows = Windows(x.shape[2:], kernel_shape, strides, pads, dilations, auto_pad, ceil_mode)
    plain = not any(map(any, windows.pads)) and not any(windows.extra)
    if plain and all(d == 1 for d in windows.dilations):
        return getattr(lp, f"avg_pool{spatial(x)}d")(x, windows.kernel, windows.strides)
    counted = np.ones((1, 1, *static(x.shape[2:], "onnx")), np.float64)
    if count_include_pad:
        counted = np.pad(counted, [(0, 0), (0, 0), *windows.pads], constant_values=1)
        ends = [(0, 0), (0, 0), *((0, e) for e in windows.extra)]
    else:
        ends = [(0, 0), (0, 0), *((a, b + e) for (a, b), e in zip(windows.pads, windows.extra, strict=True))]
    members = _sums(np.pad(counted, ends), windows).numpy()
    return _sums(windows.padded(x, 0), windows) / np.asarray(members, x.dtype)


@operator("LpPool")
def lp_pool(
    x: Any, *, kernel_shape: Sequence[int], auto_pad: str = "NOTSET", ceil_mode: int = 0,
    dilations: Any = None, p: float = 2, pads: Any = None, strides: Any = None,
) -> Any:  # fmt: skip
    x = astensor(x)
    windows = Windows(x.shape[2:], kernel_shape, strides, pads, dilations, auto_pad, ceil_mode)
    return lp.power(_sums(windows.padded(lp.power(lp.absolute(x), p), 0), windows), 1 / p)


def _whole(x: Any) -> tuple[Tensor, tuple[int, ...]]:
    x = astensor(x)
    return x, tuple(range(2, x.ndim))


@operator("GlobalAveragePool")
def global_average_pool(x: Any) -> Any:
    x, axes = _whole(x)
    return lp.mean(x, axis=axes, keepdims=True)


@operator("GlobalMaxPool")
def global_max_pool(x: Any) -> Any:
    x, axes = _whole(x)
    return lp.max(x, axis=axes, keepdims=True)


@operator("GlobalLpPool")
def global_lp_pool(x: Any, *, p: float = 2) -> Any:
    x, axes = _whole(x)
    return lp.power(lp.sum(lp.power(lp.absolute(x), p), axis=axes, keepdims=True), 1 / p)


@operator("MaxUnpool")
def max_unpool(
    x: Any, indices: Any, output_shape: Any = None, *, kernel_shape: Sequence[int], pads: Any = None,
    strides: Any = None,
) -> Any:  # fmt: skip
    x = astensor(x)
    windows = Windows(x.shape[2:], kernel_shape, strides, pads)
    small = [
        (s - 1) * windows.strides[i] + windows.kernel[i] - sum(windows.pads[i])
        for i, s in enumerate(static(x.shape[2:], "onnx"))
    ]
    inner = (*static(x.shape[:2], "onnx"), *small)
    places = lp.reshape(indices, (-1, 1))
    flat = scatter_nd(lp.zeros(prod(inner), x.dtype), places, lp.reshape(x, (-1,)))
    if output_shape is None:
        return lp.reshape(flat, inner)
    wanted = static(shape_of(output_shape, "the output's shape"), "onnx")
    return lp.pad(lp.reshape(flat, inner), [(0, w - s) for w, s in zip(wanted, inner, strict=True)])


@operator("Col2Im")
def columns_to_image(
    x: Any,
    image_shape: Any,
    block_shape: Any,
    *,
    dilations: Any = None,
    pads: Any = None,
    strides: Any = None,
) -> Any:
    """Columns of windows summed where they overlap: the gradient of cutting windows out."""
    x = astensor(x)
    size, block = (static(shape_of(s, "a shape"), "onnx") for s in (image_shape, block_shape))
    windows = Windows(size, block, strides, pads, dilations)
    n, channels = int(x.shape[0]), int(x.shape[1]) // prod(block)
    flat = np.arange(prod(size)).reshape(1, 1, *size)
    places = _elements(windows.padded(flat + 1, 0), windows).numpy()  # 0: in the padding
    places = np.moveaxis(places, -1, 2).reshape(prod(block), -1)
    values = lp.reshape(x, (n, channels, -1))
    index = np.broadcast_to(places.reshape(-1), (n, channels, places.size))
    grid = np.indices((n, channels, 1)).reshape(3, n, channels, 1)
    lead = [np.broadcast_to(g, index.shape) for g in grid[:2]]
    zeros = lp.zeros((n, channels, prod(size) + 1), x.dtype)
    whole = scatter_nd(zeros, np.stack([*lead, index], -1), values, reduction="add")
    return lp.reshape(whole[:, :, 1:], (n, channels, *size))


# ------------------------------------------------------------------------------------- of whole numbers
def shifted(x: Any, zero: Any, axis: int | None = None) -> Any:
    """Quantised numbers less their zero point, as int32; the zero point may be one per place of an axis."""
    x = astensor(x).astype("int32")
    if zero is None:
        return x
    zero = astensor(zero).astype("int32")
    if zero.ndim == 1 and axis is not None:
        zero = lp.reshape(zero, tuple(-1 if a == axis % x.ndim else 1 for a in range(x.ndim)))
    return x - zero


@operator("ConvInteger")
def conv_integer(x: Any, w: Any, x_zero: Any = None, w_zero: Any = None, **attributes: Any) -> Any:
    return conv(shifted(x, x_zero), shifted(w, w_zero, 0), **attributes)
