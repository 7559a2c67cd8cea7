"""State in the order that its kernels like, for as long as a loop runs; it is put right at both ends.

A narrow matrix, as the weights of ten classes, fills vectors badly: it is carried transposed.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..dtypes import FLOATS
from ..graph import Node, make, rebuild, walk
from ..ops.define import MapOp
from ..ops.loop import pick, placeholder
from ..ops.map import stop_gradient
from ..ops.view import transpose
from ..rules.loops import Loop
from .machine import Machine

NARROW = 2  # vectors that columns may fill; whole vectors are never narrow
ACROSS = (1, 0)


def carry_across(roots: Sequence[Node], machine: Machine) -> list[Node]:
    """The roots with the narrow matrices that loops carry turned on their side."""
    done: dict[Node, Node] = {}
    turned: dict[Node, tuple[Node, set[int]]] = {}
    for node in walk(roots):
        inputs = tuple(done[i] for i in node.inputs)
        new = rebuild(node, inputs)
        if node.op.name == "scan":
            chosen = narrow_carries(new, machine)
            if chosen:
                turned[node] = turn(new, chosen), chosen
        elif node.op.name == "pick" and node.inputs[0] in turned:
            scan, chosen = turned[node.inputs[0]]
            index = node.attr("index")
            new = pick(scan, index)
            if index in chosen:
                new = transpose(new, ACROSS)
                new.name = new.name or node.name
        done[node] = new
    return [done[root] for root in roots]


def narrow_carries(scan: Node, machine: Machine) -> set[int]:
    """The carries that are narrow matrices, where one of their shape is multiplied in the loop."""
    body = scan.attr("body")
    holes = body.inputs[: body.carries]
    multiplied = {
        tuple(map(int, source.shape))
        for node in walk(body.outputs)
        if node.op.name == "contract"
        for source in map(_behind_turns, node.inputs)
        if source in holes
    }
    return {
        i
        for i, hole in enumerate(holes)
        if _is_narrow(hole, machine) and tuple(map(int, hole.shape)) in multiplied
    }


def _is_narrow(node: Node, machine: Machine) -> bool:
    if node.ndim != 2 or node.dtype not in FLOATS:
        return False
    rows, columns = map(int, node.shape)
    lanes = machine.lanes(node.dtype.itemsize)
    return 1 < columns < NARROW * lanes and columns % lanes != 0 and columns < rows


def _behind_turns(node: Node) -> Node:
    while node.op.name == "transpose":
        node = node.inputs[0]
    return node


def turn(scan: Node, chosen: set[int]) -> Node:
    """The scan that carries some matrices transposed."""
    loop = Loop.of(scan, scan.inputs)
    changes = {}
    for i in chosen:
        hole, outer = loop.carries[i]
        new = placeholder(hole.attr("label"), hole.shape[::-1], hole.dtype)
        new.name = f"{hole.name}_across" if hole.name else None
        changes[hole] = transpose(new, ACROSS)
        start = stop_gradient(transpose(outer, ACROSS))
        start.name = start.name or f"{outer.name or outer.op.name}_across"
        loop.carries[i] = new, start
    loop.substitute(changes)
    known: dict[Node, Node] = {}
    for i in chosen:
        loop.new[i] = across(loop.new[i], known)
    return loop.build()


def across(node: Node, known: dict[Node, Node]) -> Node:
    """A matrix transposed, by computing it that way: maps on transposed arguments, products turned."""
    if node not in known:
        known[node] = _across(node, known)
        known[node].name = known[node].name or node.name
    return known[node]


def _across(node: Node, known: dict[Node, Node]) -> Node:
    if isinstance(node.op, MapOp):
        return rebuild(node, tuple(across(i, known) for i in node.inputs))
    if node.op.name == "contract":
        left, right, out = node.attr("spec")
        return make(node.op, node.inputs, node.where, spec=(left, right, out[::-1]))
    return transpose(node, ACROSS)
