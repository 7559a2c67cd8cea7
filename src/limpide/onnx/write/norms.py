"""Normalisations: over a layer's features, over a batch with running statistics, in groups of channels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...graph import Node
from ...rules.match import is_number, number, operand
from ...shapes import is_static
from .graph import Graph, inverse
from .patterns import either, mean_of
from .table import Match, pattern, stripped


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
