"""Contractions, convolutions, pooling, gathering, joining and sorting."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ...dtypes import BOOL, INT32, INT64, STORAGE, computing
from ...graph import Node
from ...ops.conv import Pads
from ...shapes import Shape, Size, static
from .graph import Graph, Order, inverse
from .maps import along, cast, common_order
from .table import translation
from .views import slice_, zeros


# ----------------------------------------------------------------------------------------- contractions
@translation("contract")
def _contract(graph: Graph, node: Node) -> None:
    name, order = product(graph, node)
    graph.put(node, name, order)


def product(graph: Graph, node: Node, bias: Node | None = None) -> tuple[str, Order]:
    """A contraction as Gemm, MatMul or, where its letters are others, Einsum; and how its axes are kept."""
    (a, b), (left, right, out) = node.inputs, node.attr("spec")
    batch = [c for c in out if c in left and c in right]
    rows = [c for c in out if c not in right]
    columns = [c for c in out if c not in left]
    folded = [c for c in left if c not in out]
    wish = node.name or "matmul"
    as_matmul = len(folded) == 1 and len(columns) == 1 and rows and (len(rows) == 1 or not batch)
    if not as_matmul or node.inputs[0].dtype == BOOL:
        return _einsum(graph, node), tuple(range(node.ndim))
    first = _wide(graph, a, graph.arranged(a, tuple(left.index(c) for c in [*batch, *rows, *folded])))
    kept = [*batch, *rows, *columns]
    order = tuple(kept.index(c) for c in out)
    if bias is not None:
        second = graph.arranged(b, tuple(right.index(c) for c in [*folded, *columns]))
        second = _wide(graph, b, second)
        return graph.emit("Gemm", first, second, graph.natural(bias), name=wish), order
    second = graph.arranged(b, tuple(right.index(c) for c in [*batch, *folded, *columns]))
    second = _wide(graph, b, second)
    return graph.emit("MatMul", first, second, name=wish), order


def _wide(graph: Graph, node: Node, name: str) -> str:
    """An operand in the dtype in which products are taken."""
    return cast(graph, name, computing(node.dtype)) if node.dtype in STORAGE else name


def _einsum(graph: Graph, node: Node) -> str:
    left, right, out = node.attr("spec")
    given = [_wide(graph, i, graph.natural(i)) for i in node.inputs]
    if node.inputs[0].dtype != BOOL:
        return graph.emit("Einsum", *given, name=node.name or "einsum", equation=f"{left},{right}->{out}")
    given = [cast(graph, name, INT32) for name in given]
    return cast(graph, graph.emit("Einsum", *given, equation=f"{left},{right}->{out}"), BOOL)


# ------------------------------------------------------------------------------------------ convolution
def channels_second(rank: int) -> Order:
    """(n, *size, channels) -> (n, channels, *size)."""
    return (0, rank - 1, *range(1, rank - 1))


def channels_last(rank: int) -> Order:
    """How a node (n, *size, channels) is kept, of which ONNX has (n, channels, *size)."""
    return inverse(channels_second(rank))


def geometry(
    graph: Graph, node: Node, name: str, size: Shape, padding: Pads, kernel: Shape
) -> tuple[str, dict[str, Any]]:
    """The attributes of windows; padding that crops is a slice before."""
    pads = [static(p, node.op.name) for p in padding]
    cut = [(i, max(-a, 0), max(-b, 0)) for i, (a, b) in enumerate(pads) if a < 0 or b < 0]
    if cut:
        starts: list[Size] = [a for _, a, _ in cut]
        stops: list[Size] = [size[i] - b for i, _, b in cut]
        name = slice_(graph, name, starts, stops, [i + 2 for i, _, _ in cut], [1] * len(cut))
    attributes = {
        "kernel_shape": list(static(kernel, node.op.name)),
        "strides": list(node.attr("stride")),
        "dilations": list(node.attr("dilation")),
        "pads": [max(a, 0) for a, _ in pads] + [max(b, 0) for _, b in pads],
    }
    return name, attributes


@translation("conv")
def _conv(graph: Graph, node: Node) -> None:
    graph.put(node, convolution(graph, node), channels_last(node.ndim))


def convolution(graph: Graph, node: Node, bias: Node | None = None) -> str:
    x, w = node.inputs
    rank = node.ndim
    name = graph.arranged(x, channels_second(rank))
    weights = graph.arranged(w, (rank - 1, rank - 2, *range(rank - 2)))
    size = x.shape[1:-1]
    name, attributes = geometry(graph, node, name, size, node.attr("padding"), w.shape[:-2])
    given = [name, weights] if bias is None else [name, weights, graph.natural(bias)]
    return graph.emit("Conv", *given, name=node.name or "conv", group=node.attr("groups"), **attributes)


@translation("conv_input")
def _conv_input(graph: Graph, node: Node) -> None:
    graph.put(node, transposed_convolution(graph, node), channels_last(node.ndim))


def transposed_convolution(graph: Graph, node: Node, bias: Node | None = None) -> str:
    """ConvTranspose; what is missing behind its result is zeros, what is too much is padding."""
    g, w = node.inputs
    rank = node.ndim
    kernel = static(w.shape[:-2], "conv_input")
    pads = [list(static(p, "conv_input")) for p in node.attr("padding")]
    more = []
    steps = zip(
        g.shape[1:-1],
        node.attr("size"),
        kernel,
        node.attr("stride"),
        node.attr("dilation"),
        pads,
        strict=True,
    )
    for count, size, k, s, d, pad in steps:
        (missing,) = static((size - ((count - 1) * s + d * (k - 1) + 1 - pad[0] - pad[1]),), "conv_input")
        pad[1] -= min(missing, 0)
        more.append(max(missing, 0))
    given = [
        graph.arranged(g, channels_second(rank)),
        graph.arranged(w, (rank - 1, rank - 2, *range(rank - 2))),
    ]
    beyond = any(
        m >= max(s, d) for m, s, d in zip(more, node.attr("stride"), node.attr("dilation"), strict=True)
    )
    if bias is not None and not beyond:
        given.append(graph.natural(bias))
    name = graph.emit(
        "ConvTranspose", *given, name=node.name or "conv_transpose", group=node.attr("groups"),
        kernel_shape=list(kernel), strides=list(node.attr("stride")), dilations=list(node.attr("dilation")),
        pads=[a for a, _ in pads] + [b for _, b in pads],
        output_padding=None if beyond else more,
    )  # fmt: skip
    if beyond:
        ends = graph.constant([0] * rank + [0, 0, *more])
        name = graph.emit("Pad", name, ends, graph.constant(0, node.dtype), mode="constant")
        if bias is not None:
            name = graph.emit(
                "Add", name, graph.reshaped(graph.natural(bias), bias.shape, (*bias.shape, *[1] * (rank - 2)))
            )
    return name


@translation("conv_weight")
def _conv_weight(graph: Graph, node: Node) -> None:
    """The gradient of weights is a convolution over the batch: strides and dilations change places."""
    x, g = node.inputs
    rank, groups = node.ndim, node.attr("groups")
    turned = (rank - 1, 0, *range(1, rank - 1))  # (channels, n, *size)
    name, kernels = graph.arranged(x, turned), graph.arranged(g, turned)
    size = x.shape[1:-1]
    name, attributes = geometry(graph, node, name, size, node.attr("padding"), g.shape[1:-1])
    attributes["strides"], attributes["dilations"] = attributes["dilations"], attributes["strides"]
    if groups == 1:
        name = graph.emit("Conv", name, kernels, name=node.name or "conv", **attributes)
    else:
        each = [
            graph.emit("Conv", *(
                slice_(graph, part, [i * (c // groups)], [(i + 1) * (c // groups)], [0], [1])
                for part, c in zip((name, kernels), static((x.shape[-1], g.shape[-1])), strict=True)
            ), **attributes)
            for i in range(groups)
        ]  # fmt: skip
        name = graph.emit("Concat", *each, axis=1)
    kernel = static(node.attr("kernel"), "conv_weight")
    name = slice_(graph, name, [0] * len(kernel), kernel, range(2, rank), [1] * len(kernel))
    graph.put(node, name, (*range(2, rank), 0, 1))


# ---------------------------------------------------------------------------------------------- pooling
@translation("max_pool")
def _max_pool(graph: Graph, node: Node) -> None:
    x = node.inputs[0]
    name = graph.arranged(x, channels_second(node.ndim))
    name, attributes = geometry(graph, node, name, x.shape[1:-1], node.attr("padding"), node.attr("kernel"))
    name = graph.emit("MaxPool", name, name=node.name or "max_pool", **attributes)
    graph.put(node, name, channels_last(node.ndim))


def mean_pool(graph: Graph, node: Node) -> str:
    """The mean of every window of a sum_pool, its padding counted."""
    x = node.inputs[0]
    name = graph.arranged(x, channels_second(node.ndim))
    name, attributes = geometry(graph, node, name, x.shape[1:-1], node.attr("padding"), node.attr("kernel"))
    return graph.emit("AveragePool", name, name=node.name or "avg_pool", count_include_pad=1, **attributes)


@translation("sum_pool")
def _sum_pool(graph: Graph, node: Node) -> None:
    size = graph.constant(prod(node.attr("kernel")), node.dtype)
    graph.put(node, graph.emit("Mul", mean_pool(graph, node), size), channels_last(node.ndim))


# -------------------------------------------------------------------------------------- gather, scatter
@translation("take")
def _take(graph: Graph, node: Node) -> None:
    x, indices = node.inputs
    places = graph.natural(indices)
    places = places if indices.dtype in (INT32, INT64) else cast(graph, places, INT64)
    name = graph.emit("Gather", graph.natural(x), places, axis=node.attr("axis"), name=node.name or "gather")
    graph.put(node, name)


@translation("scatter_add")
def _scatter_add(graph: Graph, node: Node) -> None:
    g, indices = node.inputs
    axis, rank = node.attr("axis"), indices.ndim
    front = (*range(axis, axis + rank), *range(axis), *range(axis + rank, g.ndim))
    places = cast(graph, graph.natural(indices), INT64) if indices.dtype != INT64 else graph.natural(indices)
    places = graph.emit("Unsqueeze", places, graph.constant([rank]))
    order = (axis, *range(axis), *range(axis + 1, node.ndim))
    empty = zeros(graph, tuple(node.shape[a] for a in order), node.dtype)
    name = graph.emit("ScatterND", empty, places, graph.arranged(g, front), reduction="add")
    graph.put(node, name, inverse(order))


@translation("concatenate")
def _concatenate(graph: Graph, node: Node) -> None:
    order = common_order(graph, node.inputs, node.ndim)
    parts: Sequence[str] = [
        along(graph, part, order) if part.ndim == len(order) else "" for part in node.inputs
    ]
    name = graph.emit("Concat", *parts, axis=order[node.attr("axis")], name=node.name or "concat")
    graph.put(node, name, order)


@translation("cumsum")
def _cumsum(graph: Graph, node: Node) -> None:
    name = graph.emit("CumSum", graph.natural(node.inputs[0]), graph.constant(node.attr("axis")))
    graph.put(node, name)


@translation("argsort")
def _argsort(graph: Graph, node: Node) -> None:
    (x,), axis = node.inputs, node.attr("axis")
    names = graph.emit_many(
        "TopK", [graph.natural(x), graph.size(x.shape[axis])], ["sorted", "argsort"], axis=axis, largest=0
    )
    graph.put(node, names[1])
