"""What several ops compute together and ONNX has one operator for: these make its graphs short and quick."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...graph import Node
from ...rules.match import number, operand, repeated, unit_axes_moved
from ...rules.products import is_softmax
from ...shapes import is_static, product
from .blocks import channels_last, convolution, mean_pool, transposed_convolution
from .blocks import product as matrix_product
from .graph import Graph
from .maps import along, common_order
from .table import Match, pattern, stripped
from .views import REDUCTIONS, reduce


def scaled(node: Node) -> tuple[Node, float] | None:
    """(x, c) where the node is x times a number."""
    if node.op.name not in ("multiply", "divide"):
        return None
    a, b = node.inputs
    value = number(b)
    if value is None and node.op.name == "multiply":
        a, value = b, number(a)
    if value is None or value == 0:
        return None
    return a, float(value) if node.op.name == "multiply" else 1 / float(value)


def close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-6)


def either(node: Node, op: str) -> list[tuple[Node, Node]]:
    """Both orders of the operands of a node of this op."""
    return [node.inputs[:2], node.inputs[1::-1]] if node.op.name == op else []  # type: ignore[list-item]


# ------------------------------------------------------------------------------------------ means, sums
def mean_of(node: Node) -> tuple[Node, tuple[int, ...]] | None:
    """(x, axes) where the node is the mean of x over axes; also behind a reshape that keeps the axes."""
    found = scaled(node)
    if found is None or found[0].op.name != "sum":
        return None
    (x,), axes = found[0].inputs, found[0].attr("axes")
    folded = [x.shape[a] for a in axes]
    return (x, axes) if is_static(folded) and close(found[1] * product(folded), 1) else None


@pattern("multiply", "divide")
def mean(node: Node) -> Match | None:
    found = mean_of(node)
    if found is None:
        return None
    x, axes = found
    return Match(lambda graph, node: reduce(graph, node, "ReduceMean", x, axes), (x,))


@pattern("reshape")
def moved_unit_axes(node: Node) -> Match | None:
    """Axes of size 1 in other places: a transposition, which is written where it has to be."""
    old, new = node.inputs[0].shape, node.shape
    moved = unit_axes_moved(old, new) if len(old) == len(new) else None
    if moved is None:
        return None
    units = iter([a for a in range(len(old)) if a not in moved])
    axes = [next(units) if a is None else a for a in moved]

    def emit(graph: Graph, node: Node) -> None:
        x = node.inputs[0]
        if graph.is_known(x):
            graph.put(node, graph.natural(x), tuple(axes))
        else:
            graph.put(node, graph.values[x].name, tuple(graph.order_of(x)[a] for a in axes))

    return Match(emit, node.inputs)


@pattern("reshape")
def kept_axes(node: Node) -> Match | None:
    """A reduction whose axes stay, as 1."""
    inner = node.inputs[0]
    found = mean_of(inner)
    op = "ReduceMean"
    if found is None and inner.op.name in REDUCTIONS:
        found, op = (inner.inputs[0], inner.attr("axes")), REDUCTIONS[inner.op.name]
    if found is None:
        return None
    x, axes = found
    if node.shape != tuple(1 if a in axes else s for a, s in enumerate(x.shape)):
        return None
    return Match(lambda graph, node: reduce(graph, node, op, x, axes, keepdims=True), (x,))


@pattern("multiply", "divide")
def average_pool(node: Node) -> Match | None:
    found = scaled(node)
    if found is None or found[0].op.name != "sum_pool":
        return None
    pool, factor = found
    if not close(factor * math.prod(pool.attr("kernel")), 1):
        return None
    return Match(
        lambda graph, node: graph.put(node, mean_pool(graph, pool), channels_last(node.ndim)), pool.inputs
    )


# ---------------------------------------------------------------------------------------------- softmax
def unshifted(x: Node, axis: int) -> Node:
    """y where x is y less its maximum along the axis."""
    if x.op.name != "subtract":
        return x
    y, other = x.inputs
    found = repeated(other)
    top = found[0] if found is not None else other
    while top.op.name in ("reshape", "stop_gradient", "where"):
        top = top.inputs[1 if top.op.name == "where" else 0]
    return y if top.op.name == "max" and top.inputs[0] is y and top.attr("axes") == (axis,) else x


def along_axis(op: str, x: Node, axis: int) -> Match:
    """An operator that works along one axis."""

    def emit(graph: Graph, node: Node) -> None:
        order = common_order(graph, [x], node.ndim)
        name = graph.emit(op, along(graph, x, order), name=node.name or op.lower(), axis=order[axis])
        graph.put(node, name, order)

    return Match(emit, (x,))


@pattern("divide")
def softmax(node: Node) -> Match | None:
    if not is_softmax(node):
        return None
    _, axes = repeated(node.inputs[1]) or (None, ())
    if len(axes) != 1:
        return None
    return along_axis("Softmax", unshifted(node.inputs[0].inputs[0], axes[0]), axes[0])


@pattern("subtract")
def log_softmax(node: Node) -> Match | None:
    x, other = node.inputs
    found = repeated(other)
    if found is None or found[0].op.name != "log":
        return None
    total, axes = found[0].inputs[0], found[1]
    if total.op.name != "sum" or total.attr("axes") != axes or len(axes) != 1:
        return None
    if operand(total.inputs[0], "exp") is not x:
        return None
    return along_axis("LogSoftmax", unshifted(x, axes[0]), axes[0])


# --------------------------------------------------------------------------------- layers with a bias
def with_bias(node: Node, ops: Sequence[str]) -> tuple[Node, Node] | None:
    """(y, b) where the node is y + b, of such an op and a vector along its last axis."""
    for y, other in either(node, "add"):
        bias = stripped(other)
        if y.op.name in ops and bias is not other and bias.ndim == 1 and bias.shape[0] == node.shape[-1]:
            return y, bias
    return None


@pattern("add")
def gemm(node: Node) -> Match | None:
    found = with_bias(node, ["contract"])
    if found is None:
        return None
    y, bias = found
    left, right, out = y.attr("spec")
    rows, columns = [c for c in out if c not in right], [c for c in out if c not in left]
    folded = [c for c in left if c not in out]
    if list(out) != [*rows, *columns] or not len(rows) == len(columns) == len(folded) == 1:
        return None
    if y.dtype.kind != "f":
        return None

    def emit(graph: Graph, node: Node) -> None:
        name, order = matrix_product(graph, y, bias)
        graph.put(node, name, order)

    return Match(emit, (*y.inputs, bias))


@pattern("add")
def convolution_with_bias(node: Node) -> Match | None:
    found = with_bias(node, ["conv", "conv_input"])
    if found is None:
        return None
    y, bias = found
    write = convolution if y.op.name == "conv" else transposed_convolution

    def emit(graph: Graph, node: Node) -> None:
        graph.put(node, write(graph, y, bias), channels_last(node.ndim))

    return Match(emit, (*y.inputs, bias))
