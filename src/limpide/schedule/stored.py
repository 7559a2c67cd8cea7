"""Which results get memory; everything else is computed where it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..graph import Node, consumers, walk
from ..ops.define import MapOp, ReduceOp, ViewOp
from ..shapes import product
from .expression import shape_of, view_position
from .index import Index, linear, var
from .kernels import COSTLY
from .picked import PICKED
from .windows import is_regular

SOURCES = frozenset({"input", "cell", "pick"})
SAME_AXES = frozenset({"slice", "flip", "dynamic_slice"})
DEPTH = 64  # of maps and views on one another that one kernel computes


def in_memory(node: Node) -> bool:
    return node.op.name in SOURCES or (node.op.name == "constant" and node.ndim > 0)


def choose_stored(roots: Sequence[Node]) -> set[Node]:
    """The nodes that get memory: results of reductions and blocks, their operands, roots, shared maps."""
    nodes = walk(roots)
    stored = {n for n in nodes if isinstance(n.op, ReduceOp) or has_kernel(n)}
    stored |= {r for r in roots if not in_memory(r)}
    for node in nodes:
        for operand in _operands_in_memory(node, stored):
            if not in_memory(operand):
                stored.add(operand)
    stored |= _checked(nodes, stored)
    stored |= _costly_shared(nodes, stored)
    return stored | _deep(nodes, stored)


def has_kernel(node: Node) -> bool:
    return node.op.name in ("contract", "concatenate", "cumsum", "argsort", "scatter_add", "scan", *PICKED)


def _operands_in_memory(node: Node, stored: set[Node]) -> list[Node]:
    """What must lie in memory for `node` to be computed."""
    name = node.op.name
    if name == "contract":
        return [_base(i, stored) for i in node.inputs]
    if name == "scan":
        return [i for i in node.inputs[1:]] + (
            [node.inputs[0]] if node.inputs[0].op.name != "constant" else []
        )
    if name in ("concatenate", "cumsum", "argsort", "scatter_add", *PICKED):
        return list(node.inputs)
    if name == "take":
        return [node.inputs[1]]
    if name in ("dynamic_slice", "dynamic_pad"):
        starts = [i for i in node.inputs[1:] if i.op.name != "constant"]
        return starts + (_guarded(node, stored) if name == "dynamic_pad" else [])
    return _guarded(node, stored) if name in ("pad", "stored") else []


def _base(node: Node, stored: set[Node]) -> Node:
    """The node to store so that `node` is a regular view of memory.

    What is reshaped is stored in the shape that it had: its loops need no division.
    """
    position = tuple(var(f"x{i}", s) for i, s in enumerate(shape_of(node)))
    start, walked = node, position
    while not (in_memory(node) or node in stored):
        if not isinstance(node.op, ViewOp):
            break
        walked, condition = view_position(node, node.op, walked)
        if condition not in (None, True):
            return start
        node = node.inputs[0]
    if _regular(node, walked):
        return node
    while start.op.name == "reshape" and not (in_memory(start.inputs[0]) or start.inputs[0] in stored):
        start = start.inputs[0]
    return start


def _regular(node: Node, position: tuple[Index, ...]) -> bool:
    return is_regular(linear(position, shape_of(node)))


def _guarded(node: Node, stored: set[Node]) -> list[Node]:
    """The input of a view with a condition is read in place where it is a view of memory, else stored."""
    base = _base(node.inputs[0], stored)
    return [] if base.op.name == "constant" else [base]


def _checked(nodes: list[Node], stored: set[Node]) -> set[Node]:
    """Gathered elements of which a part is shown: all are computed, since all their indices are checked."""
    axes: dict[Node, frozenset[int]] = {}  # those along which elements have indices of their own
    chosen: set[Node] = set()
    for node in nodes:
        for source in node.inputs[:1]:
            if _left_out(node, source) & axes[source]:
                chosen.add(source)
                axes[source] = frozenset()
        kept = node in stored or in_memory(node)
        axes[node] = frozenset() if kept else _indexed_axes(node, axes)
    return chosen


def _left_out(node: Node, source: Node) -> frozenset[int]:
    """The axes of which a node shows only a part of its input."""
    if node.op.name == "take":
        return frozenset((node.attr("axis"),))
    if not isinstance(node.op, ViewOp) or product(shape_of(node)) >= product(shape_of(source)):
        return frozenset()
    if node.op.name in SAME_AXES:
        pairs = zip(shape_of(node), shape_of(source), strict=True)
        return frozenset(axis for axis, (own, whole) in enumerate(pairs) if own < whole)
    return frozenset(range(source.ndim))


def _indexed_axes(node: Node, axes: dict[Node, frozenset[int]]) -> frozenset[int]:
    if node.op.name == "take":
        source, indices = node.inputs
        axis, more = node.attr("axis"), indices.ndim - 1
        own = range(axis, axis + indices.ndim) if indices.op.name != "constant" else ()
        return frozenset(own) | {a + more if a > axis else a for a in axes[source] if a != axis}
    if node.op.name == "transpose":
        return frozenset(at for at, a in enumerate(node.attr("axes")) if a in axes[node.inputs[0]])
    if isinstance(node.op, MapOp) or node.op.name in SAME_AXES:
        return frozenset().union(*(axes[i] for i in node.inputs))
    return frozenset(range(node.ndim)) if any(axes[i] for i in node.inputs) else frozenset()


def _costly_shared(nodes: list[Node], stored: set[Node]) -> set[Node]:
    """Maps that several kernels would compute again, or that would be repeated along a broadcast."""
    weight: dict[Node, int] = {}
    for node in nodes:
        if node in stored or in_memory(node):
            weight[node] = 0
        else:
            own = (10 if node.op.name in COSTLY else 1) if isinstance(node.op, MapOp) else 0
            weight[node] = own + sum(weight[i] for i in node.inputs)
    users = consumers(nodes)
    sinks: dict[Node, set[Node]] = {}
    chosen: set[Node] = set()
    for node in reversed(nodes):
        own_sinks: set[Node] = set()
        repeated = False
        for user in users.get(node, []):
            own_sinks |= {user} if user in stored or user in chosen else sinks[user]
            repeated = repeated or (user.op.name == "broadcast_to" and shape_of(user) != shape_of(node))
        sinks[node] = own_sinks
        heavy = weight[node] >= 8
        if node not in stored and isinstance(node.op, MapOp) and heavy and (len(own_sinks) > 1 or repeated):
            chosen.add(node)
    return chosen


def _deep(nodes: list[Node], stored: set[Node]) -> set[Node]:
    """Where long chains of maps and views are cut into several kernels."""
    depth: dict[Node, int] = {}
    chosen: set[Node] = set()
    for node in nodes:
        depth[node] = 1 + max((depth[i] for i in node.inputs), default=0)
        if node in stored or in_memory(node):
            depth[node] = 0
        elif depth[node] > DEPTH:
            chosen.add(node)
            depth[node] = 0
    return chosen


def awaited(nodes: Sequence[Node], holds: Callable[[Node], bool]) -> dict[Node, tuple[Node, ...]]:
    """For every node the stored ones that have to be there before it is computed again."""
    near: dict[Node, tuple[Node, ...]] = {}  # the nearest stored nodes behind
    found: dict[Node, tuple[Node, ...]] = {}
    for node in nodes:
        near[node] = (node,) if holds(node) else tuple(dict.fromkeys(n for i in node.inputs for n in near[i]))
        own = dict.fromkeys(n for i in node.inputs if not holds(i) for n in found[i])
        if node.op.name == "again":
            own |= dict.fromkeys(n for n in near[node.inputs[1]] if not in_memory(n))
        found[node] = tuple(own)
    return found
