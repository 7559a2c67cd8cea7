"""A program as an ONNX model: which operators write which nodes, then the operators in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...errors import ArgumentError
from ...graph import Node, Program, walk
from ...ops.define import cell_op, constant_op, input_op
from ...ops.view import broadcast_op
from ...runtime.interpret import evaluate
from ...shapes import UNNAMED, Dim, is_static
from ...version import VERSION
from ..door import library
from .graph import Graph, Shared, Value, described
from .table import Match, choose

OPSET, IR = 21, 10
ONLY_IN_GRADIENTS = {"max_pool_position", "max_pool_pick", "max_pool_input", "sum_pool_input"}


def model_of(program: Program, outputs: Sequence[str]) -> Any:
    """The ModelProto of a program without updates."""
    shared = Shared()
    graph = Graph(shared)
    shared.taken.update(outputs)
    inputs = [_input(graph, node) for node in program.inputs]
    write_nodes(graph, program.outputs)
    _name_outputs(graph, [graph.natural(node) for node in program.outputs], outputs)
    results = [described(shared, name, node) for name, node in zip(outputs, program.outputs, strict=True)]
    helper = library().helper
    made = helper.make_graph(graph.nodes, program.name, inputs, results, list(shared.initialisers.values()))
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(
        made, opset_imports=[opset], ir_version=IR, producer_name="limpide", producer_version=VERSION
    )


def _input(graph: Graph, node: Node) -> Any:
    shared = graph.shared
    name = shared.fresh(node.attr("label"))
    for axis, size in enumerate(node.shape):
        if isinstance(size, Dim) and len(size.terms) == 1 and isinstance(size.terms[0][0][0], str):
            known = str(size)
            shared.axes.setdefault(known, (name, axis))
            plain = "batch" if axis == 0 else f"{name}_{axis}"
            taken = set(shared.named.values())
            wish = plain if UNNAMED.fullmatch(known) else known
            shared.named.setdefault(known, wish if wish not in taken else f"{name}_{axis}")
    graph.put(node, name)
    return described(shared, name, node)


def _name_outputs(graph: Graph, found: Sequence[str], wanted: Sequence[str]) -> None:
    """Give values the names of outputs; where one is something else as well, a copy."""
    read = set(_read(graph.nodes))
    for name, wish in zip(found, wanted, strict=True):
        made = next((n for n in reversed(graph.nodes) if name in n.output), None)
        if made is None or name in read or found.count(name) > 1:
            copy = library().helper.make_node("Identity", [name], [wish], name=f"Identity:{wish}")
            graph.nodes.append(copy)
        else:
            made.output[list(made.output).index(name)] = wish


def _read(nodes: Iterable[Any]) -> Iterator[str]:
    """The names that nodes read, those in their loops too."""
    for node in nodes:
        yield from node.input
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _read(attribute.g.node)
                yield from (output.name for output in attribute.g.output)


def write_nodes(graph: Graph, roots: Sequence[Node]) -> None:
    """Write all that the roots need and that has no value yet."""
    known = known_nodes(roots, graph.values)
    matches: dict[Node, Match] = {}
    leaves: list[Node] = []
    needed = {root for root in roots if root not in graph.values}
    for node in reversed(walk(roots)):
        if node not in needed:
            continue
        if node in known and node.op is not broadcast_op:
            leaves.append(node)
            continue
        match = choose(node)
        if match is None:
            raise _unknown(node)
        matches[node] = match
        needed.update(source for source in match.sources if source not in graph.values)
    _write_known(graph, leaves)
    for node in reversed(matches):
        matches[node].emit(graph, node)


def known_nodes(roots: Sequence[Node], given: Mapping[Node, Value]) -> set[Node]:
    """The nodes that depend on no input: they are computed now."""
    known: set[Node] = set()
    for node in walk(roots):
        sources = all(i in known or (i in given and given[i].array is not None) for i in node.inputs)
        open_ = node.op is input_op or node.op.name in ("size", "scan", "pick") or node in given
        if sources and not open_ and is_static(node.shape):
            known.add(node)
    return known


def _write_known(graph: Graph, leaves: Sequence[Node]) -> None:
    values = {n: v.array for n, v in graph.values.items() if v.array is not None}
    computed = [node for node in leaves if node.op not in (cell_op, constant_op)]
    arrays = dict(zip(computed, evaluate(computed, values), strict=True))
    for node in leaves:
        if node.op is cell_op:
            array, name = node.attr("cell").value, node.attr("cell").name
        elif node.op is constant_op:
            array, name = node.attr("value").array, node.name or "constant"
        else:
            array, name = arrays[node], node.name or _source(node)
        graph.values[node] = Value(name, tuple(range(node.ndim)), array)


def _source(node: Node) -> str:
    """The name of the one state that is behind a computed array."""
    cells = {n.attr("cell").name for n in walk([node]) if n.op is cell_op}
    return cells.pop() if len(cells) == 1 else "constant"


def _unknown(node: Node) -> ArgumentError:
    name = node.op.name
    why = "it is part of a gradient" if name in ONLY_IN_GRADIENTS else "ONNX has no operator for it"
    hint = "model.eval() switches off what is random" if name == "philox" else "export what a model predicts"
    return ArgumentError("onnx", f"'{name}' cannot be exported: {why}", where=node.where, hint=hint)
