"""Pooling over one, two and three axes, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..graph import Array, Node, make
from ..shapes import show, static
from .arithmetic import as_float
from .arrange import part, take
from .block import concatenate
from .conv import Pads
from .convolve import channels_last, check_counts, given_back, last_channels, paddings, per_axis, ranked
from .define import constant
from .pool import max_pool_op, max_pool_position_op, sum_pool_op


def _window(
    op: str,
    x: Node,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> dict[str, Any]:
    """The attributes of a pooling; with ceil_mode the padding behind makes room for a last window."""
    rank = x.ndim - 2
    kernel = per_axis(op, "kernel_size", kernel_size, rank)
    steps = kernel if stride is None else per_axis(op, "stride", stride, rank)
    apart = per_axis(op, "dilation", dilation, rank)
    padded = paddings(op, padding, x.shape[1:-1], kernel, steps, apart)
    if padding != "same" and any(
        2 * max(ends) > d * (k - 1) + 1 for ends, k, d in zip(padded, kernel, apart, strict=True)
    ):
        pads = tuple(max(ends) for ends in padded)
        raise ArgumentError(op, f"padding {show(pads)} is more than half of the window {show(kernel)}")
    if ceil_mode:
        sizes = static(x.shape[1:-1], op)
        padded = tuple(map(_rounded_up, sizes, kernel, steps, padded, apart))
    check_counts(op, x.shape[1:-1], kernel, steps, padded, apart)
    return {"kernel": kernel, "stride": steps, "padding": padded, "dilation": apart}


def _rounded_up(size: int, kernel: int, stride: int, pads: tuple[Any, Any], dilation: int) -> tuple[Any, Any]:
    """The padding with which the last window, begun inside, is whole."""
    before, behind = pads
    reach = dilation * (kernel - 1) + 1
    count = -(-(size + before + behind - reach) // stride) + 1
    if (count - 1) * stride >= size + before:
        count -= 1
    return before, max(behind, (count - 1) * stride + reach - size - before)


def _members(x: Node, window: dict[str, Any], counted: Pads) -> Node:
    """How many elements each window has; `counted` is how much of the padding is taken for elements."""
    padding: Pads = window["padding"]
    if padding == counted:
        return constant(prod(window["kernel"]), x.dtype)
    members: Array = np.ones((1,) * (x.ndim - 1))
    sizes = static(x.shape[1:-1], "avg_pool")
    for axis, (size, (low, high), (first, last)) in enumerate(zip(sizes, padding, counted, strict=True)):
        kernel, stride = window["kernel"][axis], window["stride"][axis]
        starts = np.arange(0, size + int(low) + int(high) - kernel + 1, stride) - low
        inside = np.minimum(starts + kernel, size + int(last)) - np.maximum(starts, -int(first))
        members = members * inside.reshape(-1, *(1,) * (x.ndim - 2 - axis))
    return constant(members, x.dtype)


def _places(x: Node, window: dict[str, Any]) -> Node:
    """Where in the size, row by row, the largest element of every window is."""
    inside = make(max_pool_position_op, (x,), **window)
    sizes, counts = static(x.shape[1:-1], "max_pool"), static(inside.shape[1:-1], "max_pool")
    starts, offsets = np.zeros((1,) * (len(counts) + 1), np.int64), np.zeros((), np.int64)
    for axis, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        along = np.arange(count) * window["stride"][axis] - window["padding"][axis][0]
        starts = starts * size + along.reshape(-1, *(1,) * (len(counts) - axis))
        apart = np.arange(window["kernel"][axis]) * window["dilation"][axis]
        offsets = offsets[..., None] * size + apart
    return constant(starts) + take(constant(offsets.ravel()), inside)


def _adaptive(rank: int, largest: bool, x: Any, output_size: Any, layout: str | None) -> Node:
    """Windows between i * size // count and the next multiple above, the last axis first."""
    op = f"adaptive_{'max' if largest else 'avg'}_pool{rank}d"
    last = channels_last(op, layout, rank)
    x, alone = last_channels(op, x, rank, last)
    x = x if largest else as_float(x)
    sizes = static(x.shape[1:-1], op)
    wanted = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * rank
    counts = per_axis(
        op, "output_size", [s if w is None else w for w, s in zip(wanted, sizes, strict=False)], rank
    )
    for axis in reversed(range(rank)):
        x = _adapted(x, axis, sizes[axis], counts[axis], largest)
    return given_back(x, alone, last)


def _adapted(x: Node, axis: int, size: int, count: int, largest: bool) -> Node:
    if size % count == 0:
        return _pooled(x, axis, size // count, largest)
    ends = [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]
    return concatenate([_pooled(part(x, axis + 1, a, b), axis, b - a, largest) for a, b in ends], axis + 1)


def _pooled(x: Node, axis: int, length: int, largest: bool) -> Node:
    """Windows of `length` elements of one axis, side by side."""
    rank = x.ndim - 2
    kernel = tuple(length if a == axis else 1 for a in range(rank))
    window: dict[str, Any] = {
        "kernel": kernel,
        "stride": kernel,
        "padding": ((0, 0),) * rank,
        "dilation": (1,) * rank,
    }
    if largest:
        return make(max_pool_op, (x,), **window)
    return make(sum_pool_op, (x,), **window) / constant(length, x.dtype)


def _max_pool(rank: int) -> Callable[..., Any]:
    def max_pool(
        x: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        layout: str | None = None,
        return_indices: bool = False,
    ) -> Node | tuple[Node, Node]:
        """The largest element of every window over {axes}; NaN where there is one.

        x: (n, channels, {size}), or without n; with layout="{layout}" (n, {size}, channels).
        stride: kernel_size without one. padding: "valid", "same", a number, one per axis, or pairs.
        ceil_mode: also the windows that begin inside and end behind the input.
        The gradient goes to the first largest element of a window.
        return_indices: also where it is, counted over the whole size, row by row, of int64.

        >>> import numpy as np
        >>> {name}(np.ones((2, 3, {by8})), 2).shape
        (2, 3, {by4})
        """
        op = f"max_pool{rank}d"
        last = channels_last(op, layout, rank)
        x, alone = last_channels(op, x, rank, last)
        window = _window(op, x, kernel_size, stride, padding, dilation, ceil_mode)
        y = given_back(make(max_pool_op, (x,), **window), alone, last)
        return (y, given_back(_places(x, window), alone, last)) if return_indices else y

    return max_pool


def _avg_pool(rank: int) -> Callable[..., Node]:
    def avg_pool(
        x: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        layout: str | None = None,
    ) -> Node:
        """The mean of every window over {axes}.

        x: (n, channels, {size}), or without n; with layout="{layout}" (n, {size}, channels).
        stride: kernel_size without one. padding: "valid", "same", a number, one per axis, or pairs.
        ceil_mode: also the windows that begin inside and end behind the input.
        count_include_pad: whether the zeros of the padding count as elements.

        >>> import numpy as np
        >>> {name}(np.ones((2, 3, {by8})), 2).shape
        (2, 3, {by4})
        """
        op = f"avg_pool{rank}d"
        last = channels_last(op, layout, rank)
        x, alone = last_channels(op, x, rank, last)
        x = as_float(x)
        window = _window(op, x, kernel_size, stride, padding, 1, ceil_mode)
        total = make(sum_pool_op, (x,), **window)
        pads: Pads = ((0, 0),) * rank
        if count_include_pad:
            pads = paddings(op, padding, x.shape[1:-1], window["kernel"], window["stride"], (1,) * rank)
        return given_back(total / _members(x, window, pads), alone, last)

    return avg_pool


def _adaptive_avg_pool(rank: int) -> Callable[..., Node]:
    def adaptive_avg_pool(x: Any, output_size: Any, layout: str | None = None) -> Node:
        """The mean of parts of nearly equal size over {axes}.

        x: (n, channels, {size}), or without n; with layout="{layout}" (n, {size}, channels).
        output_size: how many parts (None: as many as elements); with 1, the whole is one: global pooling.

        >>> import numpy as np
        >>> {name}(np.ones((2, 3, {by8})), 3).shape
        (2, 3, {by3})
        """
        return _adaptive(rank, False, x, output_size, layout)

    return adaptive_avg_pool


def _adaptive_max_pool(rank: int) -> Callable[..., Node]:
    def adaptive_max_pool(x: Any, output_size: Any, layout: str | None = None) -> Node:
        """The largest element of parts of nearly equal size over {axes}.

        x: (n, channels, {size}), or without n; with layout="{layout}" (n, {size}, channels).
        output_size: how many parts (None: as many as elements); with 1, the whole is one: global pooling.

        >>> import numpy as np
        >>> {name}(np.ones((2, 3, {by8})), 3).shape
        (2, 3, {by3})
        """
        return _adaptive(rank, True, x, output_size, layout)

    return adaptive_max_pool


max_pool1d, max_pool2d, max_pool3d = ranked("max_pool", _max_pool)
avg_pool1d, avg_pool2d, avg_pool3d = ranked("avg_pool", _avg_pool)
adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = ranked(
    "adaptive_avg_pool", _adaptive_avg_pool
)
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = ranked(
    "adaptive_max_pool", _adaptive_max_pool
)

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool2d", "adaptive_max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "max_pool1d",
    "max_pool2d", "max_pool3d",
]  # fmt: skip
