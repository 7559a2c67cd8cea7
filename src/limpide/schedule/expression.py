"""What one element of a node is: loads, numbers and map ops, with every view folded into positions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..dtypes import DType
from ..graph import Node
from ..ops.define import MapOp, ViewOp
from .index import Condition, Index, Loaded, as_index, linear

Position = tuple[Index, ...]


@dataclass(eq=False)
class Value:
    """One element. kind: "load" of a stored node, "number", "index" (a position), "map" op of arguments,
    or "guard": the argument where the condition holds, else the fill."""

    kind: str
    node: Node
    dtype: DType
    args: tuple[Value, ...] = ()
    position: Position = ()
    number: Any = None
    condition: Condition | None = None

    @property
    def address(self) -> Index:
        """Of a load: the place in the node's row-major array."""
        return linear(self.position, shape_of(self.node))

    def walk(self) -> Iterator[Value]:
        """This and everything behind it, each once, arguments first."""
        seen: set[int] = set()

        def visit(value: Value) -> Iterator[Value]:
            if id(value) not in seen:
                seen.add(id(value))
                for arg in value.args:
                    yield from visit(arg)
                yield value

        return visit(self)


def shape_of(node: Node) -> tuple[int, ...]:
    return tuple(int(s) for s in node.shape)


@dataclass
class Elements:
    """Builds values; equal elements of one node are one value.

    stored says which nodes lie in memory: their elements are loads.
    """

    stored: Callable[[Node], bool]
    memo: dict[tuple[Node, Position], Value] = field(default_factory=dict)

    def of(self, node: Node, position: Position, top: bool = False) -> Value:
        """The element of `node` at `position`; with `top` it is computed even if it is stored."""
        key = (node, position)
        if not top and key in self.memo:
            return self.memo[key]
        value = self._build(node, position, top)
        if not top:
            self.memo[key] = value
        return value

    def _build(self, node: Node, position: Position, top: bool) -> Value:
        op = node.op
        if not top and self.stored(node):
            return Value("load", node, node.dtype, position=position)
        if op.name == "constant":
            array = node.attr("value").array
            if array.ndim == 0:
                return Value("number", node, node.dtype, number=array)
            return Value("load", node, node.dtype, position=position)
        if op.name == "iota":
            return Value("index", node, node.dtype, position=(position[node.attr("axis")],))
        if isinstance(op, MapOp):
            return Value("map", node, node.dtype, tuple(self.of(i, position) for i in node.inputs))
        if isinstance(op, ViewOp):
            return self._view(node, op, position)
        if op.name == "take":
            return self.of(node.inputs[0], self.taken(node, position))
        return Value("load", node, node.dtype, position=position)

    def _view(self, node: Node, op: ViewOp, position: Position) -> Value:
        source, condition = view_position(node, op, position)
        if condition is None or condition is True:
            return self.of(node.inputs[0], source)
        fill = node.attr("fill") if op.name == "pad" else 0
        if condition is False:
            return Value("number", node, node.dtype, number=fill)
        inner = self.of(node.inputs[0], source)
        return Value("guard", node, node.dtype, (inner,), number=fill, condition=condition)

    def taken(self, node: Node, position: Position) -> Position:
        """Where a take reads its first input."""
        source, indices = node.inputs
        axis = node.attr("axis")
        at = position[axis : axis + indices.ndim]
        size = int(source.shape[axis])
        row = Index(((Loaded(indices, at, size, True, node), 1),))
        return (*position[:axis], row, *position[axis + indices.ndim :])


def view_position(node: Node, op: ViewOp, position: Position) -> tuple[Position, Condition | bool | None]:
    """The position in a view's input, and the condition under which there is one."""
    if node.op.name == "again":
        return position, None
    starts = [_start(node, start) for start in node.inputs[1:]]
    source, condition = op.index(node, position, *starts)
    return tuple(map(as_index, source)), condition


def _start(node: Node, start: Node) -> Index:
    """The computed start of a slice: a number from 0 to what still fits."""
    axis = node.attr("axis")
    inner, outer = shape_of(node)[axis], shape_of(node.inputs[0])[axis]
    if start.op.name == "constant":
        return as_index(int(start.attr("value").array))
    return Index(((Loaded(start, (), abs(outer - inner) + 1, False, node), 1),))


def plain_access(node: Node, position: Position, stored: Callable[[Node], bool]) -> tuple[Node, Index] | None:
    """(stored node, address) where `node` is only a regular view of something in memory, else None."""
    while not stored(node):
        if not isinstance(node.op, ViewOp):
            return None
        position, condition = view_position(node, node.op, position)
        if condition not in (None, True):
            return None
        node = node.inputs[0]
    return node, linear(position, shape_of(node))
