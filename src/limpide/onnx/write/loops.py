"""Loops: Scan where there are sequences, Loop where there is only a number of steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...graph import Node, replace
from ...ops.loop import Body
from ..door import library
from .graph import Graph, described
from .program import write_nodes
from .table import translation
from .views import slice_

LAST = -(2**63) + 1


def _sources(node: Node) -> tuple[Node, ...]:
    return node.inputs[1:] if node.attr("body").elements else node.inputs


@translation("scan", sources=_sources)
def _scan(graph: Graph, node: Node) -> None:
    body: Body = node.attr("body")
    given = node.inputs[1:]
    carries, elements, constants = body.parts()
    outer = dict(zip(body.inputs, given, strict=True))
    known = {hole: outer[hole] for hole in constants if graph.is_known(outer[hole])}
    results = replace(body.outputs, known)
    inner = Graph(graph.shared)
    for hole in constants:
        if hole not in known:
            inner.values[hole] = graph.values[outer[hole]]
    for value in known.values():
        inner.values[value] = graph.values[value]
    names = []
    for hole in (*carries, *elements):
        names.append(graph.shared.fresh(hole.attr("label")))
        inner.put(hole, names[-1])
    write_nodes(inner, results)
    ends = [inner.emit("Identity", inner.natural(r), name=f"next_{i}") for i, r in enumerate(results)]
    ends = _told_apart(inner, ends)
    inputs = [described(graph.shared, n, hole) for n, hole in zip(names, (*carries, *elements), strict=True)]
    outputs = [described(graph.shared, n, result) for n, result in zip(ends, results, strict=True)]
    starts = [graph.natural(n) for n in given[: body.carries]]
    wishes = [f"last_{i}" for i in range(body.carries)] + [
        f"stacked_{i}" for i in range(len(results) - body.carries)
    ]
    if body.elements:
        sequences = [graph.natural(n) for n in given[body.carries : body.carries + body.elements]]
        found = graph.emit_many(
            "Scan", [*starts, *sequences], wishes, body=_made(inner, inputs, outputs),
            num_scan_inputs=body.elements,
            scan_input_directions=[int(node.attr("reverse"))] * body.elements,
            scan_output_directions=[int(node.attr("reverse"))] * (len(results) - body.carries),
        )  # fmt: skip
    else:
        found = _loop(graph, node, inner, inputs, outputs, starts, wishes, body.carries)
    graph.loops[node] = found


def _told_apart(inner: Graph, names: list[str]) -> list[str]:
    """The results of a step, each under a name of its own."""
    seen: set[str] = set()
    result = []
    for name in names:
        while name in seen:
            (name,) = inner.emit_many("Identity", [name], [name])
        seen.add(name)
        result.append(name)
    return result


def _loop(
    graph: Graph, node: Node, inner: Graph, inputs: list[Any], outputs: list[Any], starts: list[str],
    wishes: list[str], carries: int,
) -> list[str]:  # fmt: skip
    helper = library().helper
    step, going, on = (graph.shared.fresh(name) for name in ("step", "going", "going_on"))
    inner.nodes.append(helper.make_node("Identity", [going], [on]))
    first = [helper.make_tensor_value_info(step, 7, []), helper.make_tensor_value_info(going, 9, [])]
    last = [helper.make_tensor_value_info(on, 9, [])]
    made = _made(inner, [*first, *inputs], [*last, *outputs])
    found = graph.emit_many("Loop", [graph.natural(node.inputs[0]), "", *starts], wishes, body=made)
    if node.attr("reverse"):
        found[carries:] = [slice_(graph, name, [-1], [LAST], [0], [-1]) for name in found[carries:]]
    return found


def _made(inner: Graph, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
    return library().helper.make_graph(inner.nodes, "step", list(inputs), list(outputs))


@translation("pick")
def _pick(graph: Graph, node: Node) -> None:
    graph.put(node, graph.loops[node.inputs[0]][node.attr("index")])
