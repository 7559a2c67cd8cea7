"""What a tree of products and quotients multiplies and divides, and the same tree with other factors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..graph import Node
from ..ops.map import reciprocal
from .match import again, filled, repeated

DEEP = 5  # how deep products are looked into


def is_sum_of(node: Node, e: Node) -> bool:
    """Whether the node is the sum of `e` over some axes, repeated along them."""
    found = repeated(node)
    return found is not None and found[0].op.name == "sum" and found[0].inputs[0] is e and (
        found[0].attr("axes") == found[1]
    )  # fmt: skip


def is_softmax(node: Node) -> bool:
    """Whether the node is exp(x) over the sum of exp(x)."""
    return (
        node.op.name == "divide"
        and node.inputs[0].op.name == "exp"
        and is_sum_of(node.inputs[1], node.inputs[0])
    )


Path = tuple[int, ...]


@dataclass(frozen=True)
class Factor:
    """A factor of a product, or a divisor, and the way to it."""

    node: Node
    path: Path
    divides: bool


def factors(node: Node, path: Path = (), divides: bool = False) -> list[Factor]:
    """What a tree of products and quotients multiplies and divides; a softmax is one factor."""
    if len(path) < DEEP:
        if node.op.name == "multiply":
            a, b = node.inputs
            return [*factors(a, (*path, 0), divides), *factors(b, (*path, 1), divides)]
        if node.op.name == "divide" and not is_softmax(node):
            a, b = node.inputs
            return [*factors(a, (*path, 0), divides), *factors(b, (*path, 1), not divides)]
        if node.op.name == "reciprocal":
            return factors(node.inputs[0], (*path, 0), not divides)
    return [Factor(node, path, divides)]


def with_factors(node: Node, changes: Mapping[Path, Node | None]) -> Node:
    """The product with some factors replaced, or left out where None; the rest multiplied as before."""
    found = _changed(node, changes, ())
    return filled(1, node) if found is None else found


def _changed(node: Node, changes: Mapping[Path, Node | None], path: Path) -> Node | None:
    if path in changes:
        return changes[path]
    if not any(each[: len(path)] == path for each in changes):
        return node
    parts = [_changed(i, changes, (*path, k)) for k, i in enumerate(node.inputs)]
    left = [part for part in parts if part is not None]
    if len(left) == len(parts):
        return again(node, *left)
    if node.op.name == "divide" and parts[0] is None and parts[1] is not None:
        return reciprocal(parts[1])
    return left[0] if left else None


def pairs(node: Node) -> Iterator[tuple[Factor, Factor]]:
    """Every factor with every divisor."""
    found = factors(node)
    divisors = [f for f in found if f.divides]
    return ((f, d) for d in divisors for f in found if not f.divides)
