"""Convolution as three blocks, each the gradient of the other two.

Layout: inputs (n, *size, channels), weights (*kernel, channels // groups, outputs), results
(n, *size, outputs). Every spatial axis has a stride, a padding (before, after; negative ones crop)
and a dilation.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from ..dtypes import DType
from ..errors import ShapeError
from ..graph import Array, Node, make
from ..shapes import Shape, Size, same, show
from .define import BlockOp
from .windows import Sizes

Pads = tuple[tuple[Size, Size], ...]


def window_count(size: Size, kernel: int, stride: int, padding: tuple[Size, Size], dilation: int) -> Size:
    """How many windows fit along one axis."""
    reach = dilation * (kernel - 1) + 1
    free = size + padding[0] + padding[1] - reach
    if isinstance(free, int) and free < 0:
        return 0
    return free // stride + 1


def window_counts(size: Shape, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes) -> Shape:
    return tuple(map(window_count, size, kernel, stride, padding, dilation))


# ------------------------------------------------------------------------------------- on NumPy's arrays
def padded_array(x: Array, padding: Pads, fill: Any = 0) -> Array:
    """The spatial axes of (n, *size, channels) with `fill` around them; negative widths crop."""
    widths = [(0, 0), *((max(int(a), 0), max(int(b), 0)) for a, b in padding), (0, 0)]
    crop = [slice(None), *(slice(max(-int(a), 0), s - max(-int(b), 0)) for (a, b), s in _inside(x, padding))]
    return np.pad(x[tuple(crop)], widths, constant_values=fill)


def _inside(x: Array, padding: Pads) -> Iterator[tuple[tuple[Size, Size], int]]:
    return zip(padding, x.shape[1:-1], strict=True)


def offsets(kernel: Sequence[int]) -> Iterator[Sizes]:
    """Every position in a window, in order."""
    return itertools.product(*map(range, kernel))


def at_offset(at: Sizes, counts: Sizes, stride: Sizes, dilation: Sizes) -> Any:
    """What the windows hold at one position, as an index of the padded array."""
    return (
        slice(None),
        *(
            slice(k * d, k * d + (t - 1) * s + 1 if t else k * d, s)
            for k, t, s, d in zip(at, counts, stride, dilation, strict=True)
        ),
    )


def _rows(x: Array, groups: int) -> Array:
    """(..., channels) as (groups, rows, channels of a group)."""
    return np.moveaxis(x.reshape(prod(x.shape[:-1]), groups, x.shape[-1] // groups), 1, 0)


def _tap(w: Array, groups: int) -> Array:
    """The weights of one position as (groups, channels of a group, outputs of a group)."""
    return np.moveaxis(w.reshape(w.shape[0], groups, w.shape[1] // groups), 1, 0)


def _conv_numpy(x: Array, w: Array, stride: Sizes, padding: Pads, dilation: Sizes, groups: int) -> Array:
    kernel = w.shape[:-2]
    counts: Any = window_counts(x.shape[1:-1], kernel, stride, padding, dilation)
    x = padded_array(x, padding)
    y = np.zeros((groups, x.shape[0] * prod(counts), w.shape[-1] // groups), x.dtype)
    for at in offsets(kernel):
        y += _rows(x[at_offset(at, counts, stride, dilation)], groups) @ _tap(w[at], groups)
    return np.moveaxis(y, 0, 1).reshape(x.shape[0], *counts, w.shape[-1])


def conv_input_numpy(
    g: Array, w: Array, size: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, groups: int
) -> Array:
    kernel, counts, channels = w.shape[:-2], g.shape[1:-1], w.shape[-2] * groups
    whole = [s + int(a) + int(b) for s, (a, b) in zip(size, padding, strict=True)]
    x = np.zeros((g.shape[0], *whole, channels), g.dtype)
    rows = _rows(g, groups)
    for at in offsets(kernel):
        part = np.moveaxis(rows @ np.swapaxes(_tap(w[at], groups), 1, 2), 0, 1)
        x[at_offset(at, counts, stride, dilation)] += part.reshape(g.shape[0], *counts, channels)
    return padded_array(x, tuple((-a, -b) for a, b in padding))


def conv_weight_numpy(
    x: Array, g: Array, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, groups: int
) -> Array:
    x = padded_array(x, padding)
    w = np.zeros((*kernel, x.shape[-1] // groups, g.shape[-1]), x.dtype)
    rows = _rows(g, groups)
    for at in offsets(kernel):
        taps = np.swapaxes(_rows(x[at_offset(at, g.shape[1:-1], stride, dilation)], groups), 1, 2) @ rows
        w[at] = np.moveaxis(taps, 0, 1).reshape(w.shape[-2:])
    return w


# ------------------------------------------------------------------------------------------------ blocks
def _conv_infer(
    x: Node, w: Node, stride: Sizes, padding: Pads, dilation: Sizes, groups: int
) -> tuple[Shape, DType]:
    kernel = tuple(int(k.__index__()) for k in w.shape[:-2])
    if x.ndim != w.ndim or not same(x.shape[-1], w.shape[-2] * groups):
        raise ShapeError(
            "conv",
            f"an input of shape {show(x.shape)} and weights of shape {show(w.shape)} in {groups} groups "
            f"do not fit: there must be {w.shape[-2] * groups} channels",
        )
    counts = window_counts(x.shape[1:-1], kernel, stride, padding, dilation)
    return (x.shape[0], *counts, w.shape[-1]), x.dtype


def _conv_input_infer(
    g: Node, w: Node, size: Shape, stride: Sizes, padding: Pads, dilation: Sizes, groups: int
) -> tuple[Shape, DType]:
    counts = window_counts(size, w.shape[:-2], stride, padding, dilation)  # type: ignore[arg-type]
    if not all(map(same, counts, g.shape[1:-1])) or not same(g.shape[-1], w.shape[-1]):
        raise ShapeError(
            "conv_input",
            f"results of shape {show(g.shape)} do not come from inputs of size {show(size)} "
            f"and weights of shape {show(w.shape)}",
        )
    return (g.shape[0], *size, w.shape[-2] * groups), g.dtype


def _conv_weight_infer(
    x: Node, g: Node, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, groups: int
) -> tuple[Shape, DType]:
    counts = window_counts(x.shape[1:-1], kernel, stride, padding, dilation)
    if not all(map(same, counts, g.shape[1:-1])):
        raise ShapeError(
            "conv_weight",
            f"results of shape {show(g.shape)} do not come from inputs of shape {show(x.shape)} "
            f"and a kernel of {show(kernel)}",
        )
    return (*kernel, x.shape[-1] // groups, g.shape[-1]), x.dtype


def _geometry(node: Node) -> dict[str, Any]:
    return {name: node.attr(name) for name in ("stride", "padding", "dilation", "groups")}


def _conv_grad(g: Node, node: Node) -> Sequence[Node | None]:
    x, w = node.inputs
    geometry = _geometry(node)
    return [
        make(conv_input_op, (g, w), size=x.shape[1:-1], **geometry),
        make(conv_weight_op, (x, g), kernel=w.shape[:-2], **geometry),
    ]


def _conv_input_grad(g: Node, node: Node) -> Sequence[Node | None]:
    y, w = node.inputs
    geometry = _geometry(node)
    return [
        make(conv_op, (g, w), **geometry),
        make(conv_weight_op, (g, y), kernel=w.shape[:-2], **geometry),
    ]


def _conv_weight_grad(g: Node, node: Node) -> Sequence[Node | None]:
    x, y = node.inputs
    geometry = _geometry(node)
    return [
        make(conv_input_op, (y, g), size=x.shape[1:-1], **geometry),
        make(conv_op, (x, g), **geometry),
    ]


def _attrs(stride: Sizes, padding: Pads, dilation: Sizes, groups: int = 1, **more: Any) -> dict[str, Any]:
    return {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups, **more}


PLAIN, ONE = ((0, 0), (0, 0)), (1, 1)

conv_op: BlockOp = BlockOp(
    "conv", "block", _conv_infer, _conv_numpy, _conv_grad,
    "Sums of products of a kernel with every window of the input (correlation, as all frameworks have it).",
    kernel="matmul",
    examples=(
        (((2, 5, 6, 3), (3, 2, 3, 4)), _attrs(ONE, PLAIN, ONE)),
        (((1, 7, 5, 1), (3, 3, 1, 17)), _attrs((2, 1), ((1, 2), (0, 1)), (1, 2))),
        (((2, 4, 4, 4), (2, 2, 2, 6)), _attrs(ONE, ((1, 0), (-1, 1)), ONE, 2)),
        (((2, 5, 5, 3), (3, 3, 1, 6)), _attrs((2, 2), ((1, 1), (1, 1)), ONE, 3)),
        (((2, 3, 4, 3), (1, 1, 3, 5)), _attrs(ONE, PLAIN, ONE)),
        (((3, 9, 2), (4, 2, 3)), _attrs((3,), ((2, 1),), (2,))),
        (((1, 3, 4, 3, 2), (2, 2, 2, 2, 3)), _attrs((1, 2, 1), ((0, 0), (1, 1), (0, 1)), (1, 1, 1))),
    ),
)  # fmt: skip

conv_input_op: BlockOp = BlockOp(
    "conv_input", "block", _conv_input_infer, conv_input_numpy, _conv_input_grad,
    "The gradient of a convolution with respect to its input: a transposed convolution.",
    kernel="matmul",
    examples=(
        (((2, 3, 5, 4), (3, 2, 3, 4)), _attrs(ONE, PLAIN, ONE, size=(5, 6))),
        (((1, 3, 3, 2), (3, 3, 5, 2)), _attrs((2, 2), ((1, 1), (0, 1)), ONE, size=(6, 6))),
        (((1, 2, 3, 4), (2, 1, 3, 4)), _attrs((3, 2), ((0, 1), (1, 0)), ONE, 2, size=(5, 5))),
        (((2, 3, 3, 6), (3, 3, 1, 6)), _attrs((2, 2), ((1, 1), (1, 1)), ONE, 3, size=(5, 5))),
        (((3, 2, 3), (3, 2, 3)), _attrs((2,), ((1, 0),), (2,), size=(6,))),
        (((1, 3, 2, 2, 2), (1, 2, 2, 3, 2)), _attrs((1, 2, 1), ((0, 0),) * 3, (1, 1, 1), size=(3, 5, 3))),
    ),
)  # fmt: skip

conv_weight_op: BlockOp = BlockOp(
    "conv_weight", "block", _conv_weight_infer, conv_weight_numpy, _conv_weight_grad,
    "The gradient of a convolution with respect to its weights.",
    kernel="matmul",
    examples=(
        (((2, 5, 6, 3), (2, 3, 5, 4)), _attrs(ONE, PLAIN, ONE, kernel=(3, 2))),
        (((1, 7, 5, 2), (1, 4, 2, 3)), _attrs((2, 1), ((1, 2), (0, 1)), (1, 2), kernel=(3, 3))),
        (((2, 4, 4, 4), (2, 4, 3, 6)), _attrs(ONE, ((1, 0), (-1, 1)), ONE, 2, kernel=(2, 2))),
        (((2, 5, 5, 3), (2, 3, 3, 6)), _attrs((2, 2), ((1, 1), (1, 1)), ONE, 3, kernel=(3, 3))),
        (((3, 9, 2), (3, 2, 3)), _attrs((3,), ((2, 1),), (2,), kernel=(4,))),
    ),
)  # fmt: skip
