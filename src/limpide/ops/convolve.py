"""Convolutions and transposed convolutions of one, two and three axes, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..errors import ArgumentError, ShapeError
from ..graph import Node, make
from ..shapes import Shape, Size, same, show
from .arithmetic import pair
from .conv import Pads, conv_input_op, conv_op, window_counts
from .define import as_node, cast
from .view import expand_dims, moveaxis, squeeze
from .windows import Sizes

# Layout -> whether channels come last
LAYOUTS: dict[int, dict[str, bool]] = {
    1: {"NCW": False, "NCL": False, "NWC": True, "NLC": True},
    2: {"NCHW": False, "NHWC": True},
    3: {"NCDHW": False, "NDHWC": True},
}


def per_axis(op: str, name: str, value: Any, rank: int, least: int = 1) -> Sizes:
    """A number for every spatial axis, from one number or as many as there are axes."""
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,) * rank
    whole = all(isinstance(v, (int, np.integer)) and v >= least for v in given)
    if len(given) != rank or not whole:
        kind = "positive numbers" if least == 1 else "numbers that are not negative"
        raise ArgumentError(
            op,
            f"{name} is {value!r}; it should be one number, or {rank}, one per axis: {kind}"
            if rank > 1
            else f"{name} is {value!r}; it should be a number {'above 0' if least == 1 else 'of 0 or more'}",
        )
    return tuple(int(v) for v in given)


def channels_last(op: str, layout: str | None, rank: int) -> bool:
    """Whether a layout has its channels last; without one they come second, as in PyTorch."""
    known = LAYOUTS[rank]
    if layout is not None and layout not in known:
        raise ArgumentError(op, f"the layout {layout!r} is not one of {', '.join(known)}")
    return layout is not None and known[layout]


def paddings(op: str, padding: Any, size: Shape, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Pads:
    """(before, after) for every axis, from "valid", "same", numbers or pairs."""
    rank = len(kernel)
    if padding == "valid":
        return ((0, 0),) * rank
    if padding == "same":
        return tuple(map(_same, size, kernel, stride, dilation))
    if isinstance(padding, str):
        raise ArgumentError(op, f"the padding {padding!r} is neither 'valid' nor 'same'")
    if isinstance(padding, (tuple, list)) and any(isinstance(p, (tuple, list)) for p in padding):
        ends = [per_axis(op, "padding", tuple(p[i] for p in padding), rank, 0) for i in (0, 1)]
        return tuple(zip(*ends, strict=True))
    return tuple((p, p) for p in per_axis(op, "padding", padding, rank, 0))


def _same(size: Size, kernel: int, stride: int, dilation: int) -> tuple[Size, Size]:
    """So that every stride-th place has a window; what is odd goes behind (TensorFlow's rule)."""
    reach = dilation * (kernel - 1) + 1
    if stride == 1:
        total = reach - 1
    else:
        known = size.__index__()
        total = max((-(-known // stride) - 1) * stride + reach - known, 0)
    return total // 2, total - total // 2


def last_channels(op: str, x: Any, rank: int, last: bool) -> tuple[Node, bool]:
    """The input as (n, *size, channels), and whether it was one example without the first axis."""
    x = as_node(x)
    if x.ndim not in (rank + 1, rank + 2):
        names = "(n, *size, channels)" if last else "(n, channels, *size)"
        raise ShapeError(
            op,
            f"the input has shape {show(x.shape)}; {rank + 2} axes are needed, {names} with "
            f"{rank} {'axis' if rank == 1 else 'axes'} in size",
            hint="add an axis of one channel: x[..., None]" if last and x.ndim == rank else None,
        )
    alone = x.ndim == rank + 1
    x = expand_dims(x, 0) if alone else x
    return (x if last else moveaxis(x, 1, -1)), alone


def given_back(y: Node, alone: bool, last: bool) -> Node:
    """The result in the layout of the input."""
    y = y if last else moveaxis(y, -1, 1)
    return squeeze(y, 0) if alone else y


def _weights(op: str, weight: Any, rank: int, last: bool) -> Node:
    """(*kernel, channels of a group, outputs); those of channels first are (outputs, channels, *kernel)."""
    w = as_node(weight)
    if w.ndim != rank + 2:
        order = "(*kernel, channels // groups, outputs)" if last else "(outputs, channels // groups, *kernel)"
        raise ShapeError(op, f"the weight has shape {show(w.shape)}, not {rank + 2} axes: {order}")
    return w if last else moveaxis(w, (1, 0), (-2, -1))


def _groups(op: str, groups: Any, **counts: Size) -> int:
    if not isinstance(groups, (int, np.integer)) or groups < 1:
        raise ArgumentError(op, f"groups is {groups!r}, not a positive number")
    for name, count in counts.items():
        if isinstance(count, int) and count % groups:
            raise ShapeError(op, f"{count} {name} cannot be split into {groups} groups")
    return int(groups)


def _with_bias(op: str, y: Node, bias: Any) -> Node:
    if bias is None:
        return y
    b = as_node(bias)
    if b.ndim != 1 or not same(b.shape[0], y.shape[-1]):
        raise ShapeError(op, f"the bias has shape {show(b.shape)}, not ({y.shape[-1]},), one per output")
    return y + cast(b, y.dtype)


def _fitting(op: str, x: Node, weight: Any, channels: Size, last: bool, alone: bool) -> None:
    """Raises ShapeError where the input has other channels than the weight is for."""
    if same(x.shape[-1], channels):
        return
    other = x.shape[1 if last else -2]
    hint = "layout= says where the channels are" if same(other, channels) else None
    if alone and same(channels, 1):
        axis = "x[..., None]" if last else "x[:, None]"
        hint = (
            f"without an axis for the examples it is one; where channels are missing, add their axis: {axis}"
        )
    raise ShapeError(
        op,
        f"the input has {x.shape[-1]} channels, but the weight of shape {show(as_node(weight).shape)} "
        f"takes {channels}",
        hint=hint,
    )


def check_counts(op: str, size: Shape, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes) -> None:
    """Raises ShapeError where a window is larger than the padded input."""
    counts = window_counts(size, kernel, stride, padding, dilation)
    if any(isinstance(count, int) and count < 1 for count in counts):
        pads = ", ".join(f"{a}+{b}" for a, b in padding)
        apart = f" and dilation {show(dilation)}" if any(d > 1 for d in dilation) else ""
        raise ShapeError(
            op,
            f"windows of {show(kernel)}{apart} do not fit into a size of {show(size)} with padding {pads}",
        )


def ranked(name: str, build: Callable[[int], Callable[..., Node]]) -> Iterator[Callable[..., Node]]:
    """build(rank) for one, two and three axes; braces in docstrings stand for the words of the rank."""
    for rank, axes in enumerate(("one axis", "two axes", "three axes"), 1):
        size = "dhw"[-rank:]
        words = {
            "name": f"{name}{rank}d",
            "rank": rank,
            "axes": axes,
            "size": ", ".join(size),
            "kernel": ", ".join(f"k{c}" for c in size),
            "layout": f"N{size.upper()}C",
        }
        words |= {f"by{n}": ", ".join([str(n)] * rank) for n in (2, 3, 4, 8, 16)}
        function = build(rank)
        function.__name__ = function.__qualname__ = f"{name}{rank}d"
        function.__doc__ = (function.__doc__ or "").format(**words)
        yield function


def _conv(rank: int) -> Callable[..., Node]:
    def conv(
        x: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        layout: str | None = None,
    ) -> Node:
        """Convolution over {axes} (torch.nn.functional.{name}): sums of products with every window.

        x: (n, channels, {size}), or without n; weight: (outputs, channels // groups, {kernel});
        bias: (outputs,) or None.
        With layout="{layout}", x is (n, {size}, channels) and the weight ({kernel}, channels // groups,
        outputs), as in Keras. padding: "valid", "same", a number, one per axis, or pairs.
        Raises ShapeError where sizes do not agree, ArgumentError for what is no stride, padding or dilation.

        >>> import numpy as np
        >>> {name}(np.ones((2, 3, {by8})), np.ones((4, 3, {by3})), padding=1).shape
        (2, 4, {by8})
        """
        op = f"conv{rank}d"
        last = channels_last(op, layout, rank)
        x, alone = last_channels(op, x, rank, last)
        w = _weights(op, weight, rank, last)
        groups = _groups(op, groups, outputs=w.shape[-1])
        _fitting(op, x, weight, w.shape[-2] * groups, last, alone)
        steps, apart = per_axis(op, "stride", stride, rank), per_axis(op, "dilation", dilation, rank)
        kernel: Any = w.shape[:-2]
        pads = paddings(op, padding, x.shape[1:-1], kernel, steps, apart)
        check_counts(op, x.shape[1:-1], kernel, steps, pads, apart)
        x, w = pair(x, w)
        y = make(conv_op, (x, w), stride=steps, padding=pads, dilation=apart, groups=groups)
        return given_back(_with_bias(op, y, bias), alone, last)

    return conv


def _conv_transpose(rank: int) -> Callable[..., Node]:
    def conv_transpose(
        x: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
        layout: str | None = None,
    ) -> Node:
        """Transposed convolution over {axes} (torch.nn.functional.{name}): the gradient of conv{rank}d.

        x: (n, channels, {size}), or without n; weight: (channels, outputs // groups, {kernel});
        bias: (outputs,) or None.
        With layout="{layout}", x is (n, {size}, channels) and the weight ({kernel}, outputs // groups,
        channels), as in Keras. padding: what a convolution from the result would have; with "same" the result
        has the size of x times the stride. output_padding: how much longer the result is than it needs to be.
        Raises ShapeError where sizes do not agree, ArgumentError for what is no stride, padding or dilation.

        >>> import numpy as np
        >>> {name}(np.ones((2, 3, {by8})), np.ones((3, 4, {by2})), stride=2).shape
        (2, 4, {by16})
        """
        op = f"conv_transpose{rank}d"
        last = channels_last(op, layout, rank)
        x, alone = last_channels(op, x, rank, last)
        w = _weights(op, weight, rank, last)
        groups = _groups(op, groups, channels=w.shape[-1])
        _fitting(op, x, weight, w.shape[-1], last, alone)
        steps, apart = per_axis(op, "stride", stride, rank), per_axis(op, "dilation", dilation, rank)
        more = per_axis(op, "output_padding", output_padding, rank, 0)
        if any(m >= s for m, s in zip(more, steps, strict=True)):
            raise ArgumentError(
                op, f"output_padding {show(more)} must be below the stride {show(steps)} on every axis"
            )
        kernel: Any = w.shape[:-2]
        counts = x.shape[1:-1]
        if padding == "same":  # the padding of a convolution from t * stride elements
            pads = tuple(
                (left // 2, left - left // 2)
                for left in (
                    max(d * (k - 1) + 1 - s, 0) for k, s, d in zip(kernel, steps, apart, strict=True)
                )
            )
            size = tuple(t * s for t, s in zip(counts, steps, strict=True))
        else:
            pads = paddings(op, padding, counts, kernel, steps, apart)
            size = tuple(
                (t - 1) * s - a - b + d * (k - 1) + 1 + m
                for t, k, s, (a, b), d, m in zip(counts, kernel, steps, pads, apart, more, strict=True)
            )
        if any(isinstance(s, int) and s < 1 for s in size):
            raise ShapeError(
                op, f"the result has size {show(size)}: nothing is left of it without the padding"
            )
        x, w = pair(x, w)
        y = make(conv_input_op, (x, w), size=size, stride=steps, padding=pads, dilation=apart, groups=groups)
        return given_back(_with_bias(op, y, bias), alone, last)

    return conv_transpose


conv1d, conv2d, conv3d = ranked("conv", _conv)
conv_transpose1d, conv_transpose2d, conv_transpose3d = ranked("conv_transpose", _conv_transpose)

__all__ = [
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
]  # fmt: skip
