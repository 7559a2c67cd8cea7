"""Activations that several ops compute together: Elu, LeakyRelu, Gelu, HardSwish, Clip, ..."""

from __future__ import annotations

import math
from typing import Any

from ...graph import Node
from ...rules.match import is_number, number, operand
from .graph import Graph
from .maps import along, common_order
from .patterns import close, either, scaled
from .table import Match, pattern, stripped


def unary(op: str, x: Node, **attributes: Any) -> Match:
    """One operator of `x`, with the axes in the order of `x`."""

    def emit(graph: Graph, node: Node) -> None:
        order = common_order(graph, [x], node.ndim)
        graph.put(
            node, graph.emit(op, along(graph, x, order), name=node.name or op.lower(), **attributes), order
        )

    return Match(emit, (x,))


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
