"""Gradients of a convolution whose results went through max pooling: sums over what was picked.

Of every window of results one is the largest, and it alone has a gradient. So these sums have one term where
the gradient of a convolution has one for every result. The compiler puts them in the place of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dtypes import DType
from ..graph import Array, Node, make
from ..shapes import Shape
from .conv import Pads, conv_input_numpy, conv_input_op, conv_op, conv_weight_numpy, window_counts
from .define import BlockOp
from .pool import max_input_numpy, max_pool_input_op, max_pool_pick_op
from .reduce import sum
from .view import transpose
from .windows import Sizes

GEOMETRY = ("stride", "dilation")
POOL = ("pool", "pool_stride", "pool_dilation")


def _unpadded(rank: int) -> Pads:
    return ((0, 0),) * rank


def _expanded(g: Array, at: Array, size: Sizes, given: dict[str, Any]) -> Array:
    """The gradient of all results of the convolution."""
    pool, stride, dilation = (given[name] for name in POOL)
    return max_input_numpy(
        g, at, size, kernel=pool, stride=stride, padding=_unpadded(len(size)), dilation=dilation
    )


def _results(size: Sizes, kernel: Sizes, given: dict[str, Any]) -> Any:
    return window_counts(size, kernel, given["stride"], _unpadded(len(size)), given["dilation"])


def _input_numpy(g: Array, at: Array, w: Array, size: Sizes, **given: Any) -> Array:
    y = _expanded(g, at, _results(size, w.shape[1:-1], given), given)
    plain = _unpadded(len(size))
    return conv_input_numpy(y, np.moveaxis(w, 0, -1), size, given["stride"], plain, given["dilation"], 1)


def _weight_numpy(
    x: Array, g: Array, at: Array, kernel: Sizes, parts: int, across: bool, **given: Any
) -> Array:
    size = x.shape[1:-1]
    y = _expanded(g, at, _results(size, kernel, given), given)
    plain = _unpadded(len(size))
    w = np.zeros((parts, *kernel, x.shape[-1], g.shape[-1]), x.dtype)
    for part in range(parts):
        own = slice(len(x) * part // parts, len(x) * (part + 1) // parts)
        w[part] = conv_weight_numpy(x[own], y[own], kernel, given["stride"], plain, given["dilation"], 1)
    return np.ascontiguousarray(np.moveaxis(w, -1, 1)) if across else w


def _input_infer(g: Node, at: Node, w: Node, size: Sizes, **given: Any) -> tuple[Shape, DType]:
    return (g.shape[0], *size, w.shape[-1]), g.dtype


def _weight_infer(
    x: Node, g: Node, at: Node, kernel: Sizes, parts: int, across: bool, **given: Any
) -> tuple[Shape, DType]:
    outputs = (g.shape[-1],)
    return (parts, *outputs * across, *kernel, x.shape[-1], *outputs * (not across)), x.dtype


def _geometry(node: Node, rank: int) -> dict[str, Any]:
    given = {name: node.attr(name) for name in GEOMETRY}
    return {**given, "padding": _unpadded(rank), "groups": 1}


def _pool(node: Node, rank: int) -> dict[str, Any]:
    kernel, stride, dilation = (node.attr(name) for name in POOL)
    return {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": _unpadded(rank)}


def _results_grad(g: Node, at: Node, node: Node, size: Shape, kernel: Sizes) -> Node:
    """What was picked, as the gradient of all results."""
    rank = len(kernel)
    counts = window_counts(size, kernel, node.attr("stride"), _unpadded(rank), node.attr("dilation"))
    return make(max_pool_input_op, (g, at), size=counts, **_pool(node, rank))


def _input_grad(grad: Node, node: Node) -> Sequence[Node | None]:
    g, at, w = node.inputs
    kernel, rank = tuple(int(k) for k in w.shape[1:-1]), w.ndim - 2
    y = make(conv_op, (grad, transpose(w, (*range(1, w.ndim), 0))), **_geometry(node, rank))
    kept = {name: node.attr(name) for name in (*GEOMETRY, *POOL)}
    weight = make(picked_weight_op, (grad, g, at), kernel=kernel, parts=1, across=True, **kept)
    return [make(max_pool_pick_op, (y, at), **_pool(node, rank)), None, sum(weight, 0)]


def _weight_grad(grad: Node, node: Node) -> Sequence[Node | None]:
    assert node.attr("parts") == 1, "sums in parts are made after all gradients"
    x, g, at = node.inputs
    rank = x.ndim - 2
    w = sum(grad, 0)
    if node.attr("across"):
        w = transpose(w, (*range(1, w.ndim), 0))
    results = _results_grad(g, at, node, x.shape[1:-1], node.attr("kernel"))
    y = make(conv_op, (x, w), **_geometry(node, rank))
    back = make(conv_input_op, (results, w), size=x.shape[1:-1], **_geometry(node, rank))
    return [back, make(max_pool_pick_op, (y, at), **_pool(node, rank)), None]


_AT = np.array([0, 3, 1, 2, 2, 0, 1, 3], np.int32)
_TWO = {"stride": (1, 1), "dilation": (1, 1), "pool": (2, 2), "pool_stride": (2, 2), "pool_dilation": (1, 1)}
_ONE = {"stride": (2,), "dilation": (2,), "pool": (4,), "pool_stride": (3,), "pool_dilation": (2,)}

picked_input_op: BlockOp = BlockOp(
    "picked_input", "block", _input_infer, _input_numpy, _input_grad,
    "The gradient of a convolution with respect to its input, from what max pooling picked of its results; "
    "the weights with the outputs first.",
    kernel="picked",
    examples=(
        (((2, 1, 2, 2), _AT.reshape(2, 1, 2, 2), (2, 3, 2, 16)), {**_TWO, "size": (4, 5)}),
        (((1, 4, 2), _AT.reshape(1, 4, 2), (2, 2, 16)), {**_ONE, "size": (33,)}),
    ),
)  # fmt: skip
picked_weight_op: BlockOp = BlockOp(
    "picked_weight", "block", _weight_infer, _weight_numpy, _weight_grad,
    "The gradient of a convolution with respect to its weights, from what max pooling picked of its results; "
    "in sums over parts of the batch, with the outputs first (across) or last.",
    kernel="picked",
    examples=(
        (
            ((2, 4, 5, 16), (2, 1, 2, 2), _AT.reshape(2, 1, 2, 2)),
            {**_TWO, "kernel": (3, 2), "parts": 1, "across": True},
        ),
        (
            ((1, 33, 2), (1, 1, 16), np.resize(_AT, (1, 1, 16))),
            {**_ONE, "kernel": (2,), "pool_stride": (30,), "parts": 1, "across": False},
        ),
    ),
)  # fmt: skip
