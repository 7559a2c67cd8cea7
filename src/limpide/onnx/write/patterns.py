"""What several ops compute together and ONNX has one operator for: these make its graphs short and quick."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...graph import Node
from ...rules.match import is_number, number, operand, repeated, unit_axes_moved
from ...rules.products import is_softmax
from ...shapes import is_static, product
from .blocks import channels_last, convolution, mean_pool, transposed_convolution
from .blocks import product as matrix_product
from .graph import Graph, inverse
from .maps import along, common_order
from .table import Match, pattern, stripped
from .views import REDUCTIONS, reduce


def unary(op: str, x: Node, **attributes: Any) -> Match:
    """One operator of `x`, with the axes in the order of `x`."""

    def emit(graph: Graph, node: Node) -> None:
        order = common_order(graph, [x], node.ndim)
        graph.put(
            node, graph.emit(op, along(graph, x, order), name=node.name or op.lower(), **attributes), order
        )

    return Match(emit, (x,))


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


# ------------------------------------------------------------------------------------------ activations
def gate_of(node: Node) -> tuple[Node, Node] | None:
    """(x, y) where the node is x above 0, else y."""
    if node.op.name != "where":
        return None
    condition, x, y = node.inputs
    if (
        condition.op.name != "greater"
        or condition.inputs[0] is not x
        or not is_number(condition.inputs[1], 0)
    ):
        return None
    return x, y


def elu_of(node: Node) -> tuple[Node, float] | None:
    """(x, alpha) where the node is elu(x, alpha)."""
    found = gate_of(node)
    if found is None:
        return None
    x, below = found
    alpha = 1.0
    if below.op.name != "expm1":
        below, alpha = scaled(below) or (below, 0.0)
    inner = operand(below, "expm1")
    if (
        inner is None
        or inner.op.name != "minimum"
        or inner.inputs[0] is not x
        or not is_number(inner.inputs[1], 0)
    ):
        return None
    return (x, alpha) if alpha else None


@pattern("where")
def elu(node: Node) -> Match | None:
    found = elu_of(node)
    return None if found is None else unary("Elu", found[0], alpha=found[1])


@pattern("multiply")
def selu(node: Node) -> Match | None:
    found = scaled(node)
    inner = None if found is None else elu_of(found[0])
    if found is None or inner is None:
        return None
    return unary("Selu", inner[0], alpha=inner[1], gamma=found[1])


@pattern("where")
def leaky_relu(node: Node) -> Match | None:
    found = gate_of(node)
    below = None if found is None else scaled(found[1])
    if found is None or below is None or below[0] is not found[0]:
        return None
    return unary("LeakyRelu", found[0], alpha=below[1])


@pattern("where")
def prelu(node: Node) -> Match | None:
    found = gate_of(node)
    if found is None:
        return None
    x = found[0]
    for first, other in either(found[1], "multiply"):
        slope = stripped(other)
        if first is x and slope is not other:

            def emit(graph: Graph, node: Node, slope: Node = slope) -> None:
                order = common_order(graph, [x], node.ndim)
                name = graph.emit("PRelu", along(graph, x, order), along(graph, slope, order))
                graph.put(node, name, order)

            return Match(emit, (x, slope))
    return None


def hard_sigmoid_of(node: Node) -> tuple[Node, float, float] | None:
    """(x, alpha, beta) where the node is alpha x + beta, kept in [0, 1]."""
    if node.op.name != "minimum" or not is_number(node.inputs[1], 1):
        return None
    above = node.inputs[0]
    if above.op.name != "maximum" or not is_number(above.inputs[1], 0) or above.inputs[0].op.name != "add":
        return None
    line, shift = above.inputs[0].inputs
    found, beta = scaled(line), number(shift)
    return None if found is None or beta is None else (found[0], found[1], float(beta))


@pattern("minimum")
def hard_sigmoid(node: Node) -> Match | None:
    found = hard_sigmoid_of(node)
    return None if found is None else unary("HardSigmoid", found[0], alpha=found[1], beta=found[2])


@pattern("multiply")
def hard_swish(node: Node) -> Match | None:
    for x, other in either(node, "multiply"):
        found = hard_sigmoid_of(other)
        if found is not None and found[0] is x and close(found[1], 1 / 6) and found[2] == 0.5:
            return unary("HardSwish", x)
    return None


@pattern("multiply")
def mish(node: Node) -> Match | None:
    for x, other in either(node, "multiply"):
        inner = operand(other, "tanh")
        if inner is not None and operand(inner, "softplus") is x:
            return unary("Mish", x)
    return None


@pattern("multiply")
def gelu(node: Node) -> Match | None:
    """x / 2 * (1 + erf(x / sqrt(2)))."""
    for half, other in either(node, "multiply"):
        found = scaled(half)
        if found is None or not close(found[1], 0.5):
            continue
        for part, one in either(other, "add"):
            inner = operand(part, "erf")
            root = None if inner is None else scaled(inner)
            if (
                is_number(one, 1)
                and root is not None
                and root[0] is found[0]
                and close(root[1], math.sqrt(0.5))
            ):
                return unary("Gelu", found[0])
    return None


@pattern("divide")
def softsign(node: Node) -> Match | None:
    x, other = node.inputs
    if any(is_number(one, 1) and operand(part, "absolute") is x for part, one in either(other, "add")):
        return unary("Softsign", x)
    return None


@pattern("minimum", "maximum")
def clip(node: Node) -> Match | None:
    """Numbers on both sides."""
    first, second = ("maximum", "minimum") if node.op.name == "minimum" else ("minimum", "maximum")
    inner = node.inputs[0]
    if inner.op.name != first or node.op.name != second:
        return None
    bounds = [number(n.inputs[1]) for n in (inner, node)]
    if any(b is None for b in bounds) or (bounds[0] > bounds[1]) == (first == "maximum"):
        return None
    low, high = bounds if first == "maximum" else bounds[::-1]
    x = inner.inputs[0]

    def emit(graph: Graph, node: Node) -> None:
        order = common_order(graph, [x], node.ndim)
        ends = [graph.constant(b, node.dtype) for b in (low, high)]
        graph.put(node, graph.emit("Clip", along(graph, x, order), *ends, name=node.name or "clip"), order)

    return Match(emit, (x,))


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


# ------------------------------------------------------------------------------------------------ norms
def affine(node: Node) -> tuple[Node, Node | None, Node | None]:
    """(y, weight, bias) where the node is y * weight + bias, both stretched."""
    bias: Node | None = None
    for y, other in either(node, "add"):
        if stripped(other) is not other and y.op.name == "multiply":
            node, bias = y, stripped(other)
            break
    for y, other in either(node, "multiply"):
        if stripped(other) is not other and y.op.name in ("multiply", "subtract", "reshape"):
            return y, stripped(other), bias
    return node, None, bias


def deviation(node: Node) -> tuple[Node, float] | None:
    """(variance, eps) where the node is 1 / sqrt(variance + eps)."""
    inner = operand(node, "reciprocal")
    if node.op.name == "divide" and is_number(node.inputs[0], 1):
        inner = node.inputs[1]
    total = None if inner is None else operand(inner, "sqrt")
    for variance, eps in either(total, "add") if total is not None else []:
        value = number(eps)
        if value is not None:
            return variance, float(value)
    return None


def bare(node: Node) -> Node:
    """Without what only stretches and reshapes."""
    while node.op.name in ("broadcast_to", "reshape"):
        node = node.inputs[0]
    return node


def standardised(node: Node) -> tuple[Node, tuple[int, ...], float] | None:
    """(x, axes, eps) where the node is (x - mean) / sqrt(variance + eps) over axes."""
    for centred, other in either(node, "multiply"):
        found = deviation(bare(other))
        if found is None or centred.op.name != "subtract":
            continue
        x = centred.inputs[0]
        middle, spread = mean_of(bare(centred.inputs[1])), mean_of(bare(found[0]))
        if middle is None or spread is None or middle[0] is not x or middle[1] != spread[1]:
            continue
        if spread[0].op.name == "square" and spread[0].inputs[0] is centred:
            return x, middle[1], found[1]
    return None


@pattern("add", "multiply")
def layer_norm(node: Node) -> Match | None:
    y, weight, bias = affine(node)
    found = standardised(y)
    if found is None:  # without a weight
        y, weight, bias = node, None, None
        found = standardised(y)
    if found is None:
        return None
    x, axes, eps = found
    first = x.ndim - len(axes)
    if axes != tuple(range(first, x.ndim)) or not is_static(x.shape[first:]):
        return None
    shape = x.shape[first:]
    if any(p is not None and p.shape != shape for p in (weight, bias)):
        return None

    def emit(graph: Graph, node: Node) -> None:
        scale = filled(graph, node, shape, 1, "ones") if weight is None else graph.natural(weight)
        given = [graph.natural(x), scale, *([graph.natural(bias)] if bias is not None else [])]
        name = graph.emit(
            "LayerNormalization", *given, name=node.name or "norm", axis=first - x.ndim, epsilon=eps
        )
        graph.put(node, name)

    return Match(emit, tuple(n for n in (x, weight, bias) if n is not None))


@pattern("add", "multiply")
def batch_norm(node: Node) -> Match | None:
    """(x - mean) * (1 / sqrt(variance + eps) * weight) + bias, of state: vectors along one axis."""
    y, factor, bias = affine(node)
    if factor is None or y.op.name != "subtract" or y.inputs[0].ndim < 2:
        return None
    x, mean = y.inputs[0], stripped(y.inputs[1])
    factor = bare(factor)
    weight: Node | None = None
    found = deviation(factor)
    for inverse_, other in either(factor, "multiply"):
        if deviation(inverse_) is not None:
            found, weight = deviation(inverse_), other
    if found is None or mean is y.inputs[1]:
        return None
    variance, eps = found
    vectors = [bare(v) for v in (mean, variance, weight, bias) if v is not None]
    if any(
        v.ndim != 1 or v.op.name not in ("cell", "constant") or v.shape != vectors[0].shape for v in vectors
    ):
        return None
    axis = channel_axis(stripped(y.inputs[1]), node.ndim)
    size = vectors[0].shape[0]
    if axis is None:
        return None

    def emit(graph: Graph, node: Node) -> None:
        axes = (
            *[a for a in range(node.ndim) if a != axis][:1],
            axis,
            *[a for a in range(node.ndim) if a != axis][1:],
        )
        given = [
            graph.arranged(x, axes),
            filled(graph, node, size, 1, "ones") if weight is None else graph.natural(bare(weight)),
            filled(graph, node, size, 0, "zeros") if bias is None else graph.natural(bare(bias)),
            graph.natural(bare(mean)),
            graph.natural(bare(variance)),
        ]
        name = graph.emit("BatchNormalization", *given, name=node.name or "norm", epsilon=eps)
        graph.put(node, name, inverse(axes))

    return Match(emit, (x, *vectors))


def filled(graph: Graph, node: Node, shape: Any, value: float, wish: str) -> str:
    """An array of one number in the dtype of a node."""
    return graph.constant(np.full(shape, value), node.dtype, wish)


def channel_axis(vector: Node, rank: int) -> int | None:
    """The one axis, of so many, along which a stretched vector goes."""
    wide = (*(1,) * (rank - vector.ndim), *vector.shape)
    axes = [a for a, s in enumerate(wide) if s != 1]
    return axes[0] if len(axes) == 1 and axes[0] > 0 else None


@pattern("add", "multiply")
def group_norm(node: Node) -> Match | None:
    """Groups of channels standardised: behind a reshape to groups and one back."""
    y, weight, bias = affine(node)
    grouped = y.inputs[0] if y.op.name == "reshape" else y
    found = standardised(grouped)
    if found is None or weight is None or bias is None:
        return None
    inner, axes, eps = found
    if axes != tuple(range(2, inner.ndim)) or y.ndim < 2 or not is_static(y.shape[1:]):
        return None
    channels, groups = y.shape[1], inner.shape[1]
    vectors = [bare(v) for v in (weight, bias)]
    if any(
        v.shape != (channels,) or channel_axis(w, y.ndim) != 1
        for v, w in zip(vectors, (weight, bias), strict=True)
    ):
        return None
    x = inner.inputs[0] if inner.op.name == "reshape" and inner.inputs[0].shape == y.shape else None
    if inner.shape == y.shape:
        x = inner
    if x is None:
        return None
    instance = groups == channels

    def emit(graph: Graph, node: Node) -> None:
        given = [graph.natural(n) for n in (x, *vectors)]
        wish = node.name or "norm"
        if instance:
            name = graph.emit("InstanceNormalization", *given, name=wish, epsilon=eps)
        else:
            name = graph.emit("GroupNormalization", *given, name=wish, num_groups=groups, epsilon=eps)
        graph.put(node, name)

    return Match(emit, (x, *vectors))
