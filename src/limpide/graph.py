"""The node: immutable, interned, the same from expression to schedule."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from . import aligned
from .dtypes import DType, as_dtype, readable
from .errors import LimpideError, Where, user_frame
from .shapes import Dim, Shape, Size, show, substitute

Array = np.ndarray[Any, np.dtype[Any]]
Attrs = tuple[tuple[str, Any], ...]


class Operation(Protocol):
    """What the graph needs to know of an op; `ops.define.Op` is the whole of it."""

    @property
    def name(self) -> str: ...

    def infer(self, inputs: tuple[Node, ...], attrs: Mapping[str, Any]) -> tuple[Shape, DType]: ...


# The arithmetic of nodes; the ops fill it in, so that gradient rules read like formulas.
operators: dict[str, Callable[..., Node]] = {}


class Scope(NamedTuple):
    """Where a node comes from, beside its line: a module of a network, a derivative.

    path, kind: of the module; empty outside of modules. built: the user's line that made the module.
    derived: of a node that is part of a derivative of one that this module made, the line that asked for it.
    """

    path: str = ""
    kind: str = ""
    built: Where | None = None
    derived: Where | None = None

    @property
    def backward(self) -> bool:
        return self.derived is not None


class _Building(threading.local):
    """What new nodes are said to come from: a scope, and a line if it is not the one that runs."""

    def __init__(self) -> None:
        self.scope = Scope()
        self.where: Where | None = None


_building = _Building()


@contextmanager
def scope(new: Scope) -> Iterator[None]:
    """Nodes made in this block come from there."""
    before, _building.scope = _building.scope, new
    try:
        yield
    finally:
        _building.scope = before


@contextmanager
def standing_at(where: Where | None) -> Iterator[None]:
    """Nodes made in this block are made for a line that was executed before."""
    before, _building.where = _building.where, where
    try:
        yield
    finally:
        _building.where = before


def standing_for(nodes: Iterable[Node], derivative: bool = False) -> Iterator[Node]:
    """The nodes in turn; what is made meanwhile stands for the present one, or is of its derivative."""
    before = _building.scope, _building.where
    asked = (_building.where or user_frame() or ("", 0)) if derivative else None
    try:
        for node in nodes:
            _building.scope = node.scope._replace(derived=asked) if derivative else node.scope
            _building.where = node.where
            yield node
    finally:
        _building.scope, _building.where = before


class Node:
    """One application of an op. Equal expressions are one node: compare with `is`."""

    __slots__ = ("__weakref__", "attrs", "dtype", "inputs", "name", "op", "scope", "serial", "shape", "where")

    def __init__(
        self,
        op: Operation,
        inputs: tuple[Node, ...],
        attrs: Attrs,
        shape: Shape,
        dtype: DType,
        where: Where | None,
        serial: int,
        scope: Scope,
    ):
        self.op = op
        self.inputs = inputs
        self.attrs = attrs
        self.shape = shape
        self.dtype = dtype
        self.where = where
        self.scope = scope
        self.serial = serial  # inputs have smaller ones, so sorting by it is a topological order
        self.name: str | None = None

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def attr(self, name: str) -> Any:
        for key, value in self.attrs:
            if key == name:
                return value
        raise KeyError(f"{self.op.name} has no attribute {name}")

    def __repr__(self) -> str:
        label = f" {self.name}" if self.name else ""
        return f"<{self.op.name}{label} {self.dtype.name}{show(self.shape)} #{self.serial}>"

    def __add__(self, other: Any) -> Node:
        return operators["add"](self, other)

    def __radd__(self, other: Any) -> Node:
        return operators["add"](other, self)

    def __sub__(self, other: Any) -> Node:
        return operators["subtract"](self, other)

    def __rsub__(self, other: Any) -> Node:
        return operators["subtract"](other, self)

    def __mul__(self, other: Any) -> Node:
        return operators["multiply"](self, other)

    def __rmul__(self, other: Any) -> Node:
        return operators["multiply"](other, self)

    def __truediv__(self, other: Any) -> Node:
        return operators["divide"](self, other)

    def __rtruediv__(self, other: Any) -> Node:
        return operators["divide"](other, self)

    def __pow__(self, other: Any) -> Node:
        return operators["power"](self, other)

    def __neg__(self) -> Node:
        return operators["negative"](self)


class Literal:
    """A constant array as an attribute: small ones are equal by content, large ones by identity."""

    __slots__ = ("_key", "array", "shared")

    def __init__(self, array: Array):
        self.array = array
        self.shared = array.size <= 16
        self._key: Any = (
            (array.dtype.name, array.shape, array.tobytes()) if self.shared else (id(array), "array")
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"{self.array.dtype.name}{self.array.shape}"


class Cell:
    """Named, mutable state: a parameter, an optimiser's slot, the random generator.

    `value` is replaced by `assign`, or written in place by compiled functions; `lent` says that
    somebody holds the array as a value, so that it must be copied before it is written to.
    """

    __slots__ = ("__weakref__", "lent", "name", "trainable", "value")

    # Another number whenever some cell got another array or lent its own: compiled functions look again.
    changes: ClassVar[int] = 0

    def __init__(self, value: Array, name: str, trainable: bool = True):
        as_dtype(value.dtype)
        self.value = aligned.copy(value)
        self.name = name
        self.trainable = trainable
        self.lent = False

    def lend(self) -> Array:
        """The present value, safe to keep: nothing writes to it any more."""
        if not self.lent:
            self.lent = True
            Cell.changes = next(_changes)
        return self.value

    def own(self) -> Array:
        """The array to write in place to."""
        if self.lent or not aligned.is_aligned(self.value):
            self.replace(aligned.copy(self.value))
        return self.value

    def settle(self) -> Array:
        """The array to read, which begins where vectors do."""
        if not aligned.is_aligned(self.value):
            self.replace(aligned.copy(self.value))
        return self.value

    def replace(self, value: Array) -> None:
        self.value = value
        self.lent = False
        Cell.changes = next(_changes)


_table: weakref.WeakValueDictionary[Any, Node] = weakref.WeakValueDictionary()
_serial = itertools.count()
_changes = itertools.count(1)


def make(op: Operation, inputs: Sequence[Node] = (), at: Node | None = None, **attrs: Any) -> Node:
    """The node that applies `op` to `inputs`; an equal one that exists is returned.

    at: the node that it stands for, which comes from the same line of the user.
    Raises what the op's shape rule raises, with the user's line.
    """
    return make_node(op, tuple(inputs), tuple(sorted(attrs.items())), at)


def make_node(op: Operation, inputs: tuple[Node, ...], attrs: Attrs, at: Node | None = None) -> Node:
    key = (op, inputs, attrs)
    node = _table.get(key)
    if node is not None:
        return node
    where = at.where if at is not None and at.where else _building.where or user_frame()
    try:
        shape, dtype = op.infer(inputs, dict(attrs))
    except LimpideError as error:
        error.where = error.where or where
        raise
    node = Node(op, inputs, attrs, shape, dtype, where, next(_serial), at.scope if at else _building.scope)
    _table[key] = node
    return node


def walk(roots: Iterable[Node]) -> list[Node]:
    """Every node that the roots need, inputs before users."""
    seen: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(node.inputs)
    return sorted(seen, key=_by_serial)


def _by_serial(node: Node) -> int:
    return node.serial


def rebuild(node: Node, inputs: tuple[Node, ...], attrs: Attrs | None = None) -> Node:
    """The same op on other inputs; keeps the name and the user's line."""
    if inputs == node.inputs and (attrs is None or attrs == node.attrs):
        return node
    new = make_node(node.op, inputs, node.attrs if attrs is None else attrs, node)
    if new.name is None:
        new.name = node.name
    return new


def duplicate(node: Node, inputs: tuple[Node, ...]) -> Node:
    """The same op on other inputs as a node of its own: equal to no other, unlike all that `make` gives."""
    new = Node(node.op, inputs, node.attrs, node.shape, node.dtype, node.where, next(_serial), node.scope)
    new.name = node.name
    return new


def replace(roots: Sequence[Node], known: Mapping[Node, Node]) -> list[Node]:
    """The roots with some nodes replaced by others."""
    done = dict(known)
    for node in walk(roots):
        if node not in done:
            done[node] = rebuild(node, tuple(done[i] for i in node.inputs))
    return [done[root] for root in roots]


def specialise(
    roots: Sequence[Node], known: Mapping[Node, Node], sizes: Mapping[str, Size]
) -> tuple[list[Node], dict[Node, Node]]:
    """The roots with sizes put in for names, every shape worked out again; and what became of each node."""
    done = dict(known)
    for node in walk(roots):
        if node not in done:
            attrs = tuple((k, substitute(v, sizes)) for k, v in node.attrs)
            done[node] = rebuild(node, tuple(done[i] for i in node.inputs), attrs)
    return [done[root] for root in roots], done


def consumers(nodes: Iterable[Node]) -> dict[Node, list[Node]]:
    """For every node the nodes that read it, among `nodes`."""
    users: dict[Node, list[Node]] = {}
    for node in nodes:
        for source in dict.fromkeys(node.inputs):
            users.setdefault(source, []).append(node)
    return users


def depends_on(roots: Iterable[Node], targets: Iterable[Node]) -> set[Node]:
    """The nodes among those behind `roots` that depend on a target (targets included)."""
    found = set(targets)
    for node in walk(roots):
        if node not in found and any(i in found for i in node.inputs):
            found.add(node)
    return found


def text(roots: Iterable[Node]) -> str:
    """The graph as one line per node, in order; the body of a loop is indented below it.

    Values of constants are shown where they are scalars.
    """
    nodes = walk(roots)
    number = {node: i for i, node in enumerate(nodes)}
    lines = []
    for node in nodes:
        inputs = ", ".join(f"%{number[i]}" for i in node.inputs)
        attrs = ", ".join(f"{k}={_show_attr(v)}" for k, v in node.attrs if k not in ("identity", "body"))
        inside = ", ".join(filter(None, (inputs, attrs)))
        label = f"  # {node.name}" if node.name else ""
        lines.append(
            f"%{number[node]} = {node.op.name}({inside}) : {node.dtype.name}{show(node.shape)}{label}"
        )
        for body in (v for k, v in node.attrs if k == "body"):
            lines += [f"    {line}" for line in text(body.outputs).splitlines()]
    return "\n".join(lines)


def _show_attr(value: Any) -> str:
    if isinstance(value, Literal):
        return str(readable(value.array)) if value.array.ndim == 0 else repr(value)
    if isinstance(value, Cell):
        return value.name
    if isinstance(value, np.dtype):
        return value.name
    return str(value) if isinstance(value, Dim) else repr(value)


@dataclass(frozen=True, eq=False)
class Program:
    """What a function is, as graph: its inputs, its outputs, and the new values of cells."""

    name: str
    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    updates: tuple[tuple[Cell, Node], ...] = ()

    @property
    def roots(self) -> list[Node]:
        return [*self.outputs, *(node for _, node in self.updates)]

    def with_roots(self, roots: Sequence[Node]) -> Program:
        """The same program computing other nodes for its outputs and updates."""
        cells = [cell for cell, _ in self.updates]
        count = len(self.outputs)
        updates = tuple(zip(cells, roots[count:], strict=True))
        return Program(self.name, self.inputs, tuple(roots[:count]), updates)
