"""Matrices in the order that their kernels like. A narrow one, as ten classes wide, fills vectors badly.

State that a loop carries lies across for as long as the loop runs, and is put right at both ends. Scores that
are folded row by row, as in a softmax, lie across, too: each vector holds the same class of many rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..dtypes import FLOATS
from ..graph import Node, consumers, make, rebuild, standing_for, walk
from ..ops.define import MapOp, ReduceOp, ViewOp
from ..ops.loop import pick, placeholder
from ..ops.map import stop_gradient
from ..ops.view import transpose
from ..ops.windows import stored
from ..rules.loops import Loop
from .kernels import COSTLY
from .machine import Machine
from .stored import in_memory

NARROW = 2  # vectors that columns may fill; whole vectors are never narrow
ACROSS = (1, 0)


def carry_across(roots: Sequence[Node], machine: Machine) -> list[Node]:
    """The roots with the narrow matrices that loops carry turned on their side."""
    done: dict[Node, Node] = {}
    turned: dict[Node, tuple[Node, set[int]]] = {}
    for node in standing_for(walk(roots)):
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
        return make(node.op, node.inputs, node, spec=(left, right, out[::-1]))
    return transpose(node, ACROSS)


# ------------------------------------------------------------------------------------------- rows of scores
def scores_across(roots: Sequence[Node], machine: Machine) -> list[Node]:
    """The roots with narrow products that are folded row by row, and what is made of them, on their side."""
    nodes = walk(roots)
    users = consumers(nodes)
    chosen: set[Node] = set()
    for node in nodes:
        if node.op.name == "contract" and node not in chosen and _is_narrow(node, machine):
            group = _made_of(node, users)
            if _folded_by_rows(group, users) and not group.intersection(roots) and not _reads_whole(group):
                chosen |= group
    return _turned(roots, nodes, chosen) if chosen else list(roots)


def _made_of(product: Node, users: dict[Node, list[Node]]) -> set[Node]:
    """A product, and the maps of its shape that are made of it."""
    found, waiting = {product}, [product]
    while waiting:
        for user in users.get(waiting.pop(), ()):
            if isinstance(user.op, MapOp) and user.shape == product.shape and user not in found:
                found.add(user)
                waiting.append(user)
    return found


def _folded_by_rows(group: set[Node], users: dict[Node, list[Node]]) -> bool:
    return any(
        isinstance(user.op, ReduceOp) and user.attr("axes") == (1,)
        for node in group
        for user in users.get(node, ())
    )


def _reads_whole(group: set[Node]) -> bool:
    """Whether maps read a matrix of their own size that lies in memory as it is."""
    return any(
        in_memory(_stretched_from(source)) and _stretched_from(source).shape == node.shape
        for node in group
        if isinstance(node.op, MapOp)
        for source in node.inputs
    )


def _stretched_from(node: Node) -> Node:
    while isinstance(node.op, ViewOp) and node.inputs:
        node = node.inputs[0]
    return node


def _turned(roots: Sequence[Node], nodes: Sequence[Node], chosen: set[Node]) -> list[Node]:
    """The roots with the chosen matrices computed transposed."""
    done: dict[Node, Node] = {}
    lying: dict[Node, Node] = {}  # the transposed matrices
    for node in standing_for(nodes):
        inputs = tuple(done[i] for i in node.inputs)
        if node in chosen:
            lying[node] = _lying(node, inputs, lying)
            lying[node].name = lying[node].name or node.name
            done[node] = transpose(lying[node], ACROSS)
        elif isinstance(node.op, ReduceOp) and node.inputs[0] in lying:
            axes = tuple(sorted(1 - axis for axis in node.attr("axes")))
            done[node] = make(node.op, (lying[node.inputs[0]],), node, axes=axes)
            done[node].name = done[node].name or node.name
        else:
            done[node] = rebuild(node, inputs)
    return [done[root] for root in roots]


def _lying(node: Node, inputs: Sequence[Node], lying: dict[Node, Node]) -> Node:
    if node.op.name == "contract":
        left, right, out = node.attr("spec")
        return make(node.op, inputs, node, spec=(left, right, out[::-1]))
    sources = zip(node.inputs, inputs, strict=True)
    return rebuild(node, tuple(lying.get(old) or transpose(_once(new), ACROSS) for old, new in sources))


def _once(node: Node) -> Node:
    """What is repeated along rows; what is costly is computed once, not again for every column."""
    if not isinstance(node.op, ViewOp) or not node.inputs:
        return node
    inside = _computed if node.op.name == "broadcast_to" else _once
    return rebuild(node, (inside(node.inputs[0]), *node.inputs[1:]))


def _computed(node: Node) -> Node:
    if isinstance(node.op, ViewOp) and node.inputs:
        return rebuild(node, (_computed(node.inputs[0]), *node.inputs[1:]))
    return stored(node) if node.ndim and _is_costly(node) else node


def _is_costly(node: Node) -> bool:
    """Whether what maps compute of results that lie in memory takes long."""
    seen, waiting = {node}, [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found.op, MapOp):
            if found.op.name in COSTLY:
                return True
            new = set(found.inputs) - seen
            seen |= new
            waiting += new
    return False
