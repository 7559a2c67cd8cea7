"""Recomputation: what is made between two marks is made again for the gradient instead of being kept."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph import Node, make, replace, walk
from .define import Op, ViewOp
from .loop import is_number

SOURCES = ("input", "cell", "constant", "pick")

checkpoint_op = Op(
    "checkpoint", "source", lambda y, *leaves: (y.shape, y.dtype), lambda y, *leaves: y,
    lambda g, node: [None] * len(node.inputs),
    "Its first input; the gradient computes it again from the others.",
)  # fmt: skip

again_op = ViewOp(
    "again", "view", lambda x, after: (x.shape, x.dtype), lambda x, after: x, lambda g, node: [g, None],
    "Its first input, for what is computed a second time, once the second input is there.",
    index=lambda node, position, *starts: (position, None), examples=((((2, 3), ()), {}),),
)  # fmt: skip


def checkpoint(y: Node, arguments: Sequence[Node], since: int) -> Node:
    """`y`, of which the gradient keeps nothing but what went in.

    What went in: `arguments`, and what else is read by nodes that depend on them or were made from the serial
    number `since` on.
    """
    inside: set[Node] = set()
    for node in walk([y]):
        new = node.serial >= since or any(i in inside or i in arguments for i in node.inputs)
        if new and node not in arguments and node.op.name not in SOURCES and not is_number(node):
            inside.add(node)
    leaves = [i for node in walk(inside) if node in inside for i in node.inputs]
    outside = [n for n in dict.fromkeys(leaves) if n not in inside and not is_number(n)]
    return make(checkpoint_op, (y, *outside)) if y in inside else y


def again(node: Node, g: Node) -> tuple[Node, list[Node]]:
    """What a checkpoint keeps, computed again once `g` is there; and the leaves that it is computed from."""
    y, *leaves = node.inputs
    held = [make(again_op, (leaf, g)) for leaf in leaves]
    return replace([y], dict(zip(leaves, held, strict=True)))[0], held
