"""Functions of tensors from functions of nodes, and the methods and operators that call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..dtypes import is_weak
from ..graph import Array, Node
from ..ops import indexing, names
from ..ops.define import cell_op, input_op
from ..ops.loop import placeholder
from ..runtime.interpret import checked_values
from ..shapes import Dim, Shape
from ..tracing import current
from .base import Tensor, astensor, lifted, numpy_functions

TensorFunction = Callable[..., Tensor]


# ----------------------------------------------------------------------- lifting functions of nodes
def lift(build: Callable[..., Any], name: str | None = None) -> Callable[..., Any]:
    """A function of tensors from one of nodes: it computes at once where every tensor has a value."""

    def call(*args: Any, **kwargs: Any) -> Any:
        tensors: list[Tensor] = []
        lowered = [_lower(a, tensors) for a in args]
        named = {k: _lower(v, tensors) for k, v in kwargs.items()} if kwargs else kwargs
        trace = current()
        if trace is not None:
            trace.used += [t for t in tensors if t.tracked]
        built = build(*lowered, **named)
        nodes = [built] if isinstance(built, Node) else list(built)
        results = _raise(nodes, tensors, lambda known: build(*_swap(lowered, known), **_swap(named, known)))
        return results[0] if isinstance(built, Node) else type(built)(results)

    call.__name__ = call.__qualname__ = name or build.__name__
    call.__doc__ = build.__doc__
    call.__module__ = "limpide"
    call.__wrapped__ = build  # type: ignore[attr-defined]
    return call


def _lower(value: Any, tensors: list[Tensor]) -> Any:
    if isinstance(value, Tensor):
        tensors.append(value)
        return value.node
    if type(value) in (list, tuple) and value:
        return type(value)(_lower(v, tensors) for v in value)
    if type(value) is slice:
        return slice(_lower(value.start, tensors), _lower(value.stop, tensors), _lower(value.step, tensors))
    return value


def _swap(lowered: Any, known: Mapping[Node, Node]) -> Any:
    """Lowered arguments with other nodes in the place of some."""
    if isinstance(lowered, Node):
        return known.get(lowered, lowered)
    if type(lowered) in (list, tuple):
        return type(lowered)(_swap(v, known) for v in lowered)
    if type(lowered) is dict:
        return {k: _swap(v, known) for k, v in lowered.items()}
    if type(lowered) is slice:
        return slice(_swap(lowered.start, known), _swap(lowered.stop, known), lowered.step)
    return lowered


def _raise(
    nodes: list[Node], tensors: Sequence[Tensor], build: Callable[[Mapping[Node, Node]], Any]
) -> list[Tensor]:
    """Tensors from nodes, with values where all that they were made from has values.

    What was made from no tensor keeps its node: zeros are known to be zeros.
    """
    if any(t.value is None for t in tensors) or any(map(_has_unknown_size, nodes)):
        return [Tensor(node) for node in nodes]
    known: dict[Node, Array] = {t.node: t._known("value") for t in tensors}
    if _follow(nodes, known):
        values = checked_values(nodes, known)
    else:  # a view of a view was made one, past the tensor in between
        stand_ins = {t.node: placeholder("x", t.shape, t.dtype) for t in tensors if t.tracked}
        apart = build(stand_ins)
        known |= {stand_in: known[node] for node, stand_in in stand_ins.items()}
        values = checked_values([apart] if isinstance(apart, Node) else list(apart), known)
    behind = tuple(t._used() for t in tensors if t.tracked)
    keep = bool(behind) or not tensors
    return [Tensor(node if keep else None, value, behind) for node, value in zip(nodes, values, strict=True)]


def _follow(nodes: Sequence[Node], known: Mapping[Node, Array]) -> bool:
    """Whether the nodes are made from known ones and constants alone."""
    seen: set[Node] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node not in known and node not in seen:
            if node.op is input_op or node.op is cell_op:
                return False
            seen.add(node)
            stack.extend(node.inputs)
    return True


def _has_unknown_size(node: Node) -> bool:
    return any(isinstance(s, Dim) for s in node.shape) or node.op.name == "size"


# ----------------------------------------------------------------------------------- public functions
def shape(x: Any) -> Shape:
    """The sizes of the axes."""
    return astensor(x).shape


def ndim(x: Any) -> int:
    """The number of axes."""
    return astensor(x).ndim


def size(x: Any, axis: Any = None) -> Any:
    """The number of elements, or the size of one axis."""
    t = astensor(x)
    return t.size if axis is None else t.shape[axis]


functions: dict[str, Callable[..., Any]] = {name: lift(f, name) for name, f in names.public().items()}
functions |= {"shape": shape, "ndim": ndim, "size": size}
numpy_functions.update({name: functions[ours] for name, ours in names.numpy_table().items()})
numpy_functions.update({"shape": shape, "ndim": ndim, "size": size})
lifted.update(functions)
lifted.update({"getitem": lift(indexing.getitem), "index_update": lift(indexing.index_update)})


def _method(name: str) -> Callable[..., Any]:
    build = functions[name]

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        return build(self, *args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = build.__doc__
    method.__wrapped__ = build.__wrapped__  # type: ignore[attr-defined]
    return method


def _operator(name: str, swapped: bool = False) -> Callable[..., Any]:
    build = functions[name]

    def method(self: Tensor, other: Any) -> Any:
        if not isinstance(other, (Tensor, np.ndarray, np.generic, Dim, list, tuple)) and not is_weak(other):
            return NotImplemented
        return build(other, self) if swapped else build(self, other)

    return method


BINARY = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "power",
    "matmul": "matmul",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "left_shift",
    "rshift": "right_shift",
    "divmod": "divmod",
}
UNARY = {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "bitwise_not", "round": "round"}
COMPARE = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
for _short, _name in BINARY.items():
    setattr(Tensor, f"__{_short}__", _operator(_name))
    setattr(Tensor, f"__r{_short}__", _operator(_name, swapped=True))
for _short, _name in COMPARE.items():
    setattr(Tensor, f"__{_short}__", _operator(_name))
for _short, _name in UNARY.items():
    setattr(Tensor, f"__{_short}__", _method(_name))
for _name in names.METHODS:
    setattr(Tensor, _name, _method(_name))
