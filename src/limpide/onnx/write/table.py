"""How nodes become operators of ONNX: one translation per op, and patterns of several ops."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...graph import Node
from ...ops.view import broadcast_op
from .graph import Graph

Emit = Callable[[Graph, Node], None]
Sources = Callable[[Node], tuple[Node, ...]]


class Match(NamedTuple):
    """What writes a node, and the nodes whose values it needs."""

    emit: Emit
    sources: tuple[Node, ...]


Pattern = Callable[[Node], Match | None]

translations: dict[str, tuple[Emit, Sources]] = {}
patterns: dict[str, list[Pattern]] = {}


def translation(*ops: str, sources: Sources = lambda node: node.inputs) -> Callable[[Emit], Emit]:
    """Register what writes nodes of these ops."""

    def register(emit: Emit) -> Emit:
        translations.update(dict.fromkeys(ops, (emit, sources)))
        return emit

    return register


def pattern(*ops: str) -> Callable[[Pattern], Pattern]:
    """Register a pattern that ends in a node of these ops; the first one that matches is taken."""

    def register(found: Pattern) -> Pattern:
        for op in ops:
            patterns.setdefault(op, []).append(found)
        return found

    return register


def choose(node: Node) -> Match | None:
    """What writes this node; None where ONNX has nothing for its op."""
    for each in patterns.get(node.op.name, ()):
        match = each(node)
        if match is not None:
            return match
    if node.op.name not in translations:
        return None
    emit, sources = translations[node.op.name]
    return Match(emit, sources(node))


def stripped(node: Node) -> Node:
    """The node before it was stretched: ONNX's operators broadcast by themselves."""
    while node.op is broadcast_op:
        node = node.inputs[0]
    return node
