"""Reductions, views and what is built from positions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...dtypes import BOOL, INT32, INT64, DType, computing
from ...graph import Node
from ...ops.reduce import wide
from ...shapes import Shape, Size
from .graph import Graph, Order, tensor
from .maps import cast
from .table import translation

REDUCTIONS = {
    "sum": "ReduceSum", "prod": "ReduceProd", "max": "ReduceMax", "min": "ReduceMin", "any": "ReduceMax",
    "all": "ReduceMin",
}  # fmt: skip


def reduced_order(order: Order, axes: Sequence[int]) -> Order:
    """How the axes that are left are kept."""
    left = sorted(order[a] for a in range(len(order)) if a not in axes)
    return tuple(left.index(order[a]) for a in range(len(order)) if a not in axes)


def reduce(graph: Graph, node: Node, op: str, x: Node, axes: Sequence[int], keepdims: bool = False) -> None:
    """The node's value as a reduction of `x`, with the axes kept in the order of `x`."""
    value = graph.values[x]
    order = tuple(range(x.ndim)) if graph.is_known(x) else value.order
    name = graph.natural(x) if graph.is_known(x) else value.name
    if x.dtype == BOOL or wide(x.dtype) != x.dtype and op in ("ReduceSum", "ReduceProd"):
        name = cast(graph, name, INT32 if x.dtype == BOOL and node.dtype == BOOL else wide(x.dtype))
    places = graph.constant(sorted(order[a] for a in axes))
    name = graph.emit(op, name, places, name=node.name or op, keepdims=int(keepdims))
    if node.dtype == BOOL:
        name = cast(graph, name, BOOL)
    graph.put(node, name, order if keepdims else reduced_order(order, axes))


@translation(*REDUCTIONS)
def _reduce(graph: Graph, node: Node) -> None:
    reduce(graph, node, REDUCTIONS[node.op.name], node.inputs[0], node.attr("axes"))


@translation("argmax", "argmin")
def _locate(graph: Graph, node: Node) -> None:
    (x,), (axis,) = node.inputs, node.attr("axes")
    name = graph.natural(x)
    name = cast(graph, name, INT32) if x.dtype == BOOL else name
    op = {"argmax": "ArgMax", "argmin": "ArgMin"}[node.op.name]
    graph.put(node, graph.emit(op, name, name=node.name or op, axis=axis, keepdims=0))


# ------------------------------------------------------------------------------------------------ views
@translation("reshape")
def _reshape(graph: Graph, node: Node) -> None:
    x = node.inputs[0]
    graph.put(node, graph.reshaped(graph.natural(x), x.shape, node.shape, node.name or ""))


@translation("transpose")
def _transpose(graph: Graph, node: Node) -> None:
    value = graph.values[node.inputs[0]]
    name = graph.natural(node.inputs[0]) if value.array is not None else value.name
    order = tuple(range(node.ndim)) if value.array is not None else value.order
    graph.put(node, name, tuple(order[a] for a in node.attr("axes")))


@translation("broadcast_to")
def _broadcast_to(graph: Graph, node: Node) -> None:
    name = graph.natural(node.inputs[0])
    graph.put(node, graph.emit("Expand", name, graph.sizes(node.shape), name=node.name or "expand"))


@translation("stored", "again", "checkpoint", "custom_gradient", sources=lambda node: node.inputs[:1])
def _same(graph: Graph, node: Node) -> None:
    graph.values[node] = graph.values[node.inputs[0]]


def slice_(
    graph: Graph,
    name: str,
    starts: Sequence[Size],
    stops: Sequence[Size],
    axes: Sequence[int],
    steps: Sequence[int],
) -> str:
    """A part of a value along some axes."""
    return graph.emit("Slice", name, graph.sizes(starts), graph.sizes(stops), graph.constant(list(axes)),
                      graph.constant(list(steps)))  # fmt: skip


@translation("slice")
def _slice(graph: Graph, node: Node) -> None:
    x, order = node.inputs[0], graph.order_of(node.inputs[0])
    name = graph.natural(x) if graph.is_known(x) else graph.values[x].name
    order = tuple(range(x.ndim)) if graph.is_known(x) else order
    cut = [(order[a], b) for a, b in enumerate(node.attr("bounds")) if b != (0, x.shape[a], 1)]
    starts, stops, steps = zip(*(b for _, b in cut), strict=True)
    graph.put(node, slice_(graph, name, starts, stops, [a for a, _ in cut], steps), order)


@translation("flip")
def _flip(graph: Graph, node: Node) -> None:
    axes = node.attr("axes")
    whole = [-1] * len(axes)
    ends = [np.iinfo(np.int64).min + 1] * len(axes)
    graph.put(node, slice_(graph, graph.natural(node.inputs[0]), whole, ends, axes, whole))


@translation("pad")
def _pad(graph: Graph, node: Node) -> None:
    x = node.inputs[0]
    order = tuple(range(x.ndim)) if graph.is_known(x) else graph.order_of(x)
    name = graph.natural(x) if graph.is_known(x) else graph.values[x].name
    widths: list[Any] = [None] * x.ndim
    sizes: list[Any] = [None] * x.ndim
    for axis, (width, size) in enumerate(zip(node.attr("padding"), x.shape, strict=True)):
        widths[order[axis]], sizes[order[axis]] = width, size
    fill = graph.constant(node.attr("fill"), computing(node.dtype))
    for axis, (_, _, between) in enumerate(widths):
        if between:
            name = _spread(graph, name, sizes, axis, between, fill)
    if any(before != 0 or after != 0 for before, after, _ in widths):
        ends = [before for before, _, _ in widths] + [after for _, after, _ in widths]
        name = graph.emit("Pad", name, graph.sizes(ends), fill, mode="constant", name=node.name or "pad")
    graph.put(node, name, order)


def _spread(graph: Graph, name: str, sizes: list[Size], axis: int, between: int, fill: str) -> str:
    """`between` fills after every element of an axis but the last: an axis behind it is padded and merged."""
    rank = len(sizes)
    name = graph.emit("Unsqueeze", name, graph.constant([axis + 1]))
    ends = [0] * (2 * rank + 2)
    ends[rank + 1 + axis + 1] = between
    name = graph.emit("Pad", name, graph.constant(ends), fill, mode="constant")
    whole = sizes[axis] * (between + 1)
    wide_shape = (*sizes[: axis + 1], between + 1, *sizes[axis + 1 :])
    name = graph.reshaped(name, wide_shape, (*sizes[:axis], whole, *sizes[axis + 1 :]))
    sizes[axis] = whole - between
    return slice_(graph, name, [0], [sizes[axis]], [axis], [1])


@translation("dynamic_slice")
def _dynamic_slice(graph: Graph, node: Node) -> None:
    x, start = node.inputs
    first = graph.reshaped(cast(graph, graph.natural(start), INT64), (), (1,))
    last = graph.emit("Add", first, graph.size(node.attr("size")))
    axes = graph.constant([node.attr("axis")])
    graph.put(node, graph.emit("Slice", graph.natural(x), first, last, axes, name=node.name or "slice"))


@translation("dynamic_pad")
def _dynamic_pad(graph: Graph, node: Node) -> None:
    x, start = node.inputs
    axis = node.attr("axis")
    before = graph.reshaped(cast(graph, graph.natural(start), INT64), (), (1,))
    rest = graph.size(node.attr("size") - x.shape[axis])
    after = graph.emit("Sub", rest, before)
    ends = graph.emit("Concat", before, after, axis=0)
    fill = graph.constant(0, computing(node.dtype))
    graph.put(node, graph.emit("Pad", graph.natural(x), ends, fill, graph.constant([axis]), mode="constant"))


@translation("windows")
def _windows(graph: Graph, node: Node) -> None:
    x, axes = node.inputs[0], node.attr("axes")
    name, order = graph.natural(x), list(range(x.ndim))
    for count, axis in enumerate(axes):
        kernel, stride, apart = (node.attr(key)[count] for key in ("kernel", "stride", "dilation"))
        windows = int(node.shape[axis].__index__())
        places = np.arange(windows)[:, None] * stride + np.arange(kernel) * apart
        at = order.index(axis)
        name = graph.emit("Gather", name, graph.constant(places), axis=at)
        order.insert(at + 1, x.ndim + count)
    graph.put(node, name, tuple(order.index(a) for a in range(node.ndim)))


# ---------------------------------------------------------------------------------------------- sources
@translation("size")
def _size(graph: Graph, node: Node) -> None:
    graph.put(node, graph.reshaped(graph.size(node.attr("dim")), (1,), ()))


@translation("iota")
def _iota(graph: Graph, node: Node) -> None:
    axis = node.attr("axis")
    size = graph.reshaped(graph.size(node.shape[axis]), (1,), ())
    name = graph.emit("Range", graph.constant(0), size, graph.constant(1), name="positions")
    along = [1] * node.ndim
    along[axis] = -1
    name = graph.emit("Reshape", name, graph.constant(along)) if node.ndim > 1 else name
    name = cast(graph, name, node.dtype) if node.dtype != INT64 else name
    if node.ndim > 1:
        name = graph.emit("Expand", name, graph.sizes(node.shape))
    graph.put(node, name)


def zeros(graph: Graph, shape: Shape, dtype: DType) -> str:
    """An array of zeros."""
    value = tensor("value", np.zeros(1, dtype))
    return graph.emit("ConstantOfShape", graph.sizes(shape), value=value)
