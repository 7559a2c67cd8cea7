"""An ONNX graph that is being written: names, nodes, initialisers, and in which order axes are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import ArgumentError
from ...graph import Array, Node
from ...shapes import Dim, FloorDiv, Shape, Size
from ..door import library
from ..types import number_of

Order = tuple[int, ...]


@dataclass(frozen=True)
class Value:
    """Where a node's value is: under a name of the ONNX graph, or an array that is known.

    order: axis i of the node is axis order[i] of what has the name. Transpositions are written only where
    an operator needs its operand in another order.
    """

    name: str
    order: Order
    array: Array | None = None


@dataclass
class Shared:
    """What a graph shares with the graphs of the loops in it."""

    taken: set[str] = field(default_factory=set)
    initialisers: dict[str, Any] = field(default_factory=dict)
    arrays: dict[tuple[int, Order, Shape], str] = field(default_factory=dict)  # by identity, order and shape
    kept: list[Array] = field(default_factory=list)  # so that identities stay theirs
    axes: dict[str, tuple[str, int]] = field(default_factory=dict)  # of a size: an input, and its axis
    named: dict[str, str] = field(default_factory=dict)  # our name of a size -> ONNX's
    constants: dict[Any, str] = field(default_factory=dict)

    def fresh(self, base: str) -> str:
        """A name that nothing has yet."""
        base = re.sub(r"[^\w.:/\-]", "_", base) or "value"
        name, count = base, 1
        while name in self.taken:
            count += 1
            name = f"{base}_{count}"
        self.taken.add(name)
        return name


def inverse(order: Order) -> Order:
    return tuple(int(i) for i in np.argsort(order))


class Graph:
    """Nodes of one graph, in order. `values` says where the value of every node is that has one."""

    def __init__(self, shared: Shared):
        self.shared = shared
        self.nodes: list[Any] = []
        self.values: dict[Node, Value] = {}
        self.loops: dict[Node, list[str]] = {}  # the results of every loop
        self._made: dict[Any, str] = {}  # what was emitted, so that equal things are written once

    # ------------------------------------------------------------------------------------------ writing
    def emit(self, op: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """One operator with one result; its name. Equal ones are written once. name: a wish."""
        key = (op, inputs, tuple(sorted((k, str(v)) for k, v in attributes.items())))
        if "body" not in attributes and key in self._made:
            return self._made[key]
        (result,) = self.emit_many(op, inputs, [name or op.lower()], **attributes)
        self._made[key] = result
        return result

    def emit_many(
        self, op: str, inputs: Sequence[str], wishes: Sequence[str], **attributes: Any
    ) -> list[str]:
        """One operator with several results; their names."""
        names = [self.shared.fresh(wish) if wish else "" for wish in wishes]
        given = {k: v for k, v in attributes.items() if v is not None}
        made = library().helper.make_node(op, list(inputs), names, name=f"{op}:{names[0]}", **given)
        self.nodes.append(made)
        return names

    def put(self, node: Node, name: str, order: Order | None = None) -> None:
        """The node's value has this name, its axes in this order."""
        self.values[node] = Value(name, tuple(range(node.ndim)) if order is None else order)

    # ---------------------------------------------------------------------------------------- operands
    def natural(self, node: Node) -> str:
        """The name of the node's value with its axes as they are."""
        return self.arranged(node, tuple(range(node.ndim)))

    def arranged(self, node: Node, axes: Order, shape: Shape | None = None) -> str:
        """The name of transpose(node, axes), where it is known in this shape."""
        value = self.values[node]
        order = tuple(value.order[a] for a in axes)
        if value.array is not None:
            return self.array(value.name, value.array, order, shape)
        if order == tuple(range(len(order))):
            return value.name
        return self.emit("Transpose", value.name, name=f"{value.name}_transposed", perm=list(order))

    def order_of(self, node: Node) -> Order:
        """The order in which the node's value is at hand; a known array has any."""
        return self.values[node].order

    def is_known(self, node: Node) -> bool:
        return self.values[node].array is not None

    # ---------------------------------------------------------------------------------------- constants
    def array(self, wish: str, array: Array, order: Order = (), shape: Shape | None = None) -> str:
        """An initialiser with this array, its axes in this order, in this shape."""
        key = (id(array), order, shape or ())
        if key not in self.shared.arrays:
            turned = np.transpose(array, order) if order else array
            turned = turned if shape is None else turned.reshape(shape)
            name = self.shared.fresh(wish)
            self.shared.initialisers[name] = tensor(name, turned)
            self.shared.arrays[key] = name
            self.shared.kept.append(array)
        return self.shared.arrays[key]

    def constant(self, value: Any, dtype: Any = np.int64, wish: str = "") -> str:
        """A small constant; equal ones are one initialiser."""
        array = np.asarray(value, dtype)
        key = (array.tobytes(), array.shape, array.dtype.str)
        if key not in self.shared.constants:
            self.shared.constants[key] = self.array(wish or _label(array), array)
        return self.shared.constants[key]

    # -------------------------------------------------------------------------------------------- sizes
    def sizes(self, shape: Sequence[Size]) -> str:
        """A shape as a vector of int64; unknown sizes are read off the inputs."""
        if all(isinstance(size, int) for size in shape):
            return self.constant(np.array(shape, np.int64).reshape(-1))
        return self.emit("Concat", *(self.size(s) for s in shape), name="shape", axis=0)

    def size(self, size: Size) -> str:
        """One size as a vector of one element."""
        if isinstance(size, int):
            return self.constant([size])
        terms = []
        for monomial, coefficient in size.terms:
            factors = [self._atom(atom) for atom in monomial]
            if coefficient != 1 or not factors:
                factors.append(self.constant([coefficient]))
            product = factors[0]
            for factor in factors[1:]:
                product = self.emit("Mul", product, factor, name="size")
            terms.append(product)
        total = terms[0]
        for term in terms[1:]:
            total = self.emit("Add", total, term, name="size")
        return total

    def _atom(self, atom: Any) -> str:
        if isinstance(atom, FloorDiv):
            return self.emit("Div", self.size(atom[0]), self.constant([atom[1]]), name="size")
        if atom not in self.shared.axes:
            raise ArgumentError("onnx", f"the size {atom} is not one of an input")
        name, axis = self.shared.axes[atom]
        return self.emit("Shape", name, name=f"{name}_size_{axis}", start=axis, end=axis + 1)

    def reshape_sizes(self, old: Shape, new: Shape) -> str:
        """The second operand of Reshape: -1 stands for the one size that is unknown, 0 for one that stays."""
        known = [size if isinstance(size, int) else -1 for size in new]
        if known.count(-1) > 1:
            same = [isinstance(n, Dim) and i < len(old) and old[i] == n for i, n in enumerate(new)]
            known = [0 if s else k for s, k in zip(same, known, strict=True)]
        if known.count(-1) > 1 or (0 in new and -1 in known):
            return self.sizes(new)
        return self.constant(np.array(known, np.int64).reshape(-1))

    def reshaped(self, name: str, old: Shape, new: Shape, wish: str = "") -> str:
        if new == old:
            return name
        zero = 1 if 0 in new else None
        sizes = self.reshape_sizes(old, new)
        return self.emit("Reshape", name, sizes, name=wish or "reshape", allowzero=zero)


def _label(array: Array) -> str:
    return f"const_{array.item()}" if array.size == 1 else "const"


def tensor(name: str, array: Array) -> Any:
    """A TensorProto of an array in one of our dtypes."""
    array = np.asarray(array, order="C")
    made = library().TensorProto(name=name, data_type=number_of(array.dtype), dims=array.shape)
    made.raw_data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return made


def dimension(shared: Shared, size: Size) -> int | str | None:
    """How an axis is described: a number, the name of a size, or nothing for a computed one."""
    return size if isinstance(size, int) else shared.named.get(str(size))


def described(shared: Shared, name: str, node: Node, order: Order | None = None) -> Any:
    """The type and the shape of a node's value as a ValueInfoProto."""
    shape = [dimension(shared, size) for size in node.shape]
    return library().helper.make_tensor_value_info(name, number_of(node.dtype), shape)
