"""The view of sliding windows, of which convolutions and pooling are made."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Array, Node, make
from ..shapes import Shape, Size
from .view import Position, pad_between, reshape, slice_axes, view_op

Sizes = tuple[int, ...]


def balanced(terms: list[Node]) -> Node:
    """The sum in pairs: that of many terms is not deep."""
    while len(terms) > 1:
        rest = terms[len(terms) // 2 * 2 :]
        terms = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)] + rest
    return terms[0]


def _windows_shape(old: Shape, axes: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Shape:
    new = list(old)
    for a, k, s, d in zip(axes, kernel, stride, dilation, strict=True):
        new[a] = (old[a] - d * (k - 1) - 1) // s + 1
    return (*new, *kernel)


def _windows_numpy(x: Array, axes: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    inside = [x.strides[a] * d for a, d in zip(axes, dilation, strict=True)]
    along = list(x.strides)
    for a, s in zip(axes, stride, strict=True):
        along[a] *= s
    shape: Any = _windows_shape(x.shape, axes, kernel, stride, dilation)
    return np.lib.stride_tricks.as_strided(x, shape, (*along, *inside), writeable=False)


def _windows_index(node: Node, position: Position) -> tuple[Position, Any]:
    axes, rank = node.attr("axes"), node.inputs[0].ndim
    place = list(position[:rank])
    for a, k, s, d in zip(axes, position[rank:], node.attr("stride"), node.attr("dilation"), strict=True):
        place[a] = place[a] * s + k * d
    return place, None


def _windows_grad(g: Node, node: Node) -> Node:
    """Every element gets the sum over the windows that it is in."""
    x, kernel = node.inputs[0], node.attr("kernel")
    terms = []
    for at in np.ndindex(*kernel):
        one = tuple((k, k + 1, 1) for k in at)
        own = reshape(slice_axes(g, (*((0, s, 1) for s in g.shape[: x.ndim]), *one)), g.shape[: x.ndim])
        padding: list[tuple[Size, Size, int]] = [(0, 0, 0)] * x.ndim
        for a, k, s, d in zip(node.attr("axes"), at, node.attr("stride"), node.attr("dilation"), strict=True):
            padding[a] = (k * d, x.shape[a] - k * d - (g.shape[a] - 1) * s - 1, s - 1)
        terms.append(pad_between(own, tuple(padding)))
    return balanced(terms)


windows_op = view_op(
    "windows",
    infer=_windows_shape,
    numpy=_windows_numpy,
    index=_windows_index,
    grad=_windows_grad,
    examples=(
        (((5, 4),), {"axes": (0,), "kernel": (3,), "stride": (1,), "dilation": (1,)}),
        (((2, 7, 6),), {"axes": (1, 2), "kernel": (2, 3), "stride": (2, 1), "dilation": (3, 2)}),
    ),
    doc="What sliding windows hold: places on the axes that they slide along, insides on new last ones.",
)


def windows(x: Node, axes: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Node:
    """The windows of `kernel` elements, `dilation` apart, at every `stride`-th place of `axes`."""
    return make(windows_op, (x,), axes=axes, kernel=kernel, stride=stride, dilation=dilation)


stored_op = view_op(
    "stored",
    infer=lambda shape: shape,
    numpy=lambda x: x,
    index=lambda node, position: (position, None),
    grad=lambda g, node: g,
    examples=((((2, 3),), {}),),
    doc="The same, computed before it is read: for what many read.",
)


def stored(x: Node) -> Node:
    """`x`, of which every element is computed once and kept in memory."""
    return make(stored_op, (x,))
