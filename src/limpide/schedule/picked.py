"""Gradients of convolutions from what max pooling picked: when they pay, and as kernels.

Where every window of results has one gradient, a sum over windows with the address read from memory does a
part of the work of the sum over all results, and no array of zeros is made. Vectors run along the channels,
or along the outputs: then every vector of gradients is met once for each place in the window, the others
masked.
"""

from __future__ import annotations

from math import prod
from typing import Any

from ..dtypes import FLOAT32, FLOATS
from ..graph import Node, make
from ..ops.conv import conv_input_op, conv_weight_op, window_counts
from ..ops.define import cast
from ..ops.picked import GEOMETRY, picked_input_op, picked_weight_op
from ..ops.pool import max_pool_input_op
from ..ops.reduce import sum
from ..ops.view import reshape, slice_axes, transpose
from .expression import shape_of
from .index import Var
from .kernels import BatchKernel
from .windows import copied, padded, whole

PICKED = (picked_input_op.name, picked_weight_op.name)
LINE = 64  # bytes of the widest vectors: of what is a multiple, no vector is part full
MOST_MASKED = 50  # sums of one vector in the masked form


def picked_gradient(node: Node, done: dict[Node, Node], threads: int) -> Node | None:
    """The gradient of a convolution as a sum over what max pooling picked, where that is less to do."""
    places = {"conv_input": 0, "conv_weight": 1}
    if node.op.name not in places or node.attr("groups") != 1 or node.dtype not in FLOATS:
        return None
    back = node.inputs[places[node.op.name]]
    if back.op.name != "max_pool_input" or any(map(any, back.attr("padding"))):
        return None
    g, at = back.inputs
    if at.op.name != "max_pool_position" or any(a < 0 or b < 0 for a, b in node.attr("padding")):
        return None
    given = {name: node.attr(name) for name in GEOMETRY}
    given |= {f"pool{end}": back.attr(name) for name, end in POOL_NAMES.items()}
    if node.op.name == "conv_input":
        return _input(node, back, (done[g], done[at], done[node.inputs[1]]), given)
    return _weight(node, back, (done[node.inputs[0]], done[g], done[at]), given, threads)


POOL_NAMES = {"kernel": "", "stride": "_stride", "dilation": "_dilation"}


def plain(node: Node) -> Node:
    """The gradient of a convolution that a node of this module's ops is."""
    back = node.op is picked_input_op
    g, at = node.inputs[:2] if back else node.inputs[1:]
    if back:
        others: Node = node.inputs[2]
        kernel, size = shape_of(others)[1:-1], node.attr("size")
    else:
        kernel, size = node.attr("kernel"), shape_of(node.inputs[0])[1:-1]
    nothing = ((0, 0),) * len(kernel)
    given = {name: node.attr(name) for name in GEOMETRY} | {"padding": nothing, "groups": 1}
    pool = {name: node.attr(f"pool{end}") for name, end in POOL_NAMES.items()} | {"padding": nothing}
    counts = window_counts(size, kernel, given["stride"], nothing, given["dilation"])
    results = make(max_pool_input_op, (g, at), size=counts, **pool)
    if back:
        w = transpose(others, (*range(1, others.ndim), 0))
        return make(conv_input_op, (results, w), size=size, **given)
    w = make(conv_weight_op, (node.inputs[0], results), kernel=kernel, **given)
    order = (w.ndim - 1, *range(w.ndim - 1)) if node.attr("across") else tuple(range(w.ndim))
    return reshape(transpose(w, order), node.shape)


def _results(back: Node) -> int:
    """Results of the convolution for every window of the pooling."""
    return prod(map(min, back.attr("kernel"), back.attr("stride")))


def _input(node: Node, back: Node, inputs: tuple[Node, Node, Node], given: dict[str, Any]) -> Node | None:
    g, at, w = inputs
    padding, channels = node.attr("padding"), int(node.shape[-1])
    if channels * node.dtype.itemsize % LINE or _results(back) / 2 < 1.2:
        return None
    size = tuple(s + a + b for s, (a, b) in zip(shape_of(node)[1:-1], padding, strict=True))
    x = make(picked_input_op, (g, at, _across(w)), size=size, **given)
    inner = [(a, a + s, 1) for (a, _), s in zip(padding, shape_of(node)[1:-1], strict=True)]
    return slice_axes(x, (*whole(x.shape[:1]), *inner, *whole(x.shape[-1:])))


def _weight(
    node: Node, back: Node, inputs: tuple[Node, Node, Node], given: dict[str, Any], threads: int
) -> Node | None:
    x, g, at = inputs
    *kernel, channels, outputs = shape_of(node)
    line = LINE // node.dtype.itemsize
    taps = prod(kernel)
    costs: dict[bool | None, float] = {None: _results(back) * taps * channels * -(-outputs // line) / 2 * 1.2}
    if channels % line == 0:
        costs[True] = outputs * taps * (channels // line) / 2 * 1.2
    if node.dtype == FLOAT32 and outputs % line == 0 and taps * channels <= MOST_MASKED:
        costs[False] = prod(back.attr("kernel")) * taps * channels * (outputs // line) / 2
    across = min(costs, key=lambda way: costs[way])
    if across is None:
        return None
    parts = min(threads, int(x.shape[0]))
    if any(map(any, node.attr("padding"))):
        x = padded(x, node.attr("padding")).inputs[0]  # an operand lies in memory as it is
    w = make(picked_weight_op, (x, g, at), kernel=tuple(kernel), parts=parts, across=across, **given)
    if across:
        w = transpose(w, (0, *range(2, w.ndim), 1))
    return reshape(w, node.shape) if parts == 1 else cast(sum(w, 0), node.dtype)


def _across(w: Node) -> Node:
    """Weights (*kernel, channels, outputs) with the outputs first, in memory."""
    return copied(transpose(w, (w.ndim - 1, *range(w.ndim - 1))))


def batch_kernel(name: str, node: Node) -> BatchKernel:
    """The kernel of such a sum; of threads that share its batch each sums up weights for itself."""
    back = node.op is picked_input_op
    g, at = node.inputs[:2] if back else node.inputs[1:]
    weights = prod(shape_of(node.inputs[2])[1:]) if back else prod(shape_of(node)[1:]) // int(g.shape[-1])
    masked = not back and not node.attr("across")
    work = 2 * prod(shape_of(g)) * weights * (prod(node.attr("pool")) if masked else 1)
    along = (g, at, node) if back else node.inputs
    return BatchKernel(name, node, node.inputs, batch=Var("n_", shape_of(g)[0]), along=along, work=work)
