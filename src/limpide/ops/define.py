"""How an op is declared: five kinds, every field required, a missing one is an error at import."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from typing import Any, TypeVar
from typing import Literal as OneOf

import numpy as np

from ..dtypes import (
    BOOL,
    C_TYPES,
    FLOAT32,
    STORAGE,
    DType,
    computing,
    converted,
    floatx,
    in_native_order,
    is_float,
    is_weak,
    list_dtype,
    promote,
    to_float,
    weak_dtype,
)
from ..errors import DTypeError, ShapeError, SymbolicError
from ..graph import Array, Cell, Literal, Node, make, operators
from ..shapes import Dim, Shape, broadcast, is_static, show

Kind = OneOf["source", "map", "reduce", "view", "block"]
Takes = OneOf["float", "number", "integer", "bool", "any"]
Grads = tuple[Callable[..., Node] | None, ...]
Build = Callable[..., Node]
Infer = Callable[..., tuple[Shape, DType]]

ops: dict[str, Op] = {}  # every op by name, in the order of declaration


@dataclass(frozen=True, eq=False)
class Op:
    """What every kind of op has: a name, a rule for shape and dtype, a NumPy reference, a gradient rule.

    numpy(*arrays, **attrs) gives the value; grad(g, node) gives one node, or None, per input.
    """

    name: str
    kind: Kind
    infer_rule: Infer
    numpy: Callable[..., Any]
    grad: Callable[[Node, Node], Sequence[Node | None]]
    doc: str

    def __post_init__(self) -> None:
        if self.name in ops:
            raise ValueError(f"op {self.name} is declared twice")
        ops[self.name] = self

    def infer(self, inputs: tuple[Node, ...], attrs: Mapping[str, Any]) -> tuple[Shape, DType]:
        return self.infer_rule(*inputs, **attrs)

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class MapOp(Op):
    """Elementwise. c: an expression of {0}, {1}...; {t} is the suffix of the operand's type.

    domain: for every input the range (low, high) in which tests draw it.
    """

    arity: int = field(kw_only=True)
    takes: Takes = field(kw_only=True)
    c: Mapping[str, str] = field(kw_only=True)  # by kind of operand: f, i, u, b
    grads: Grads = field(kw_only=True)
    domain: tuple[tuple[float, float], ...] = field(kw_only=True)


@dataclass(frozen=True, eq=False)
class ReduceOp(Op):
    """Folds axes away. identity by kind of dtype; combine: a C expression of {acc} and {x}.

    located: the result is the position of the winner instead of its value.
    """

    identity: Callable[[DType], Any] = field(kw_only=True)
    combine: Mapping[str, str] = field(kw_only=True)
    accumulator: Callable[[DType], DType] = field(kw_only=True)
    located: bool = field(kw_only=True, default=False)
    takes: Takes = field(kw_only=True)


@dataclass(frozen=True, eq=False)
class ViewOp(Op):
    """Another way to index its input: no code of its own.

    index(node, position) gives the position in the input, and the condition under which there is one
    (None: always). Positions are integers, or anything with their arithmetic. Extra inputs are
    scalar integers that the rule receives as `starts`.
    """

    index: Callable[..., tuple[Sequence[Any], Any]] = field(kw_only=True)
    examples: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = field(kw_only=True)


@dataclass(frozen=True, eq=False)
class BlockOp(Op):
    """A kernel template of its own, named in codegen/kernels.

    examples: for tests, (shapes or arrays of the inputs, attributes).
    """

    kernel: str = field(kw_only=True)
    examples: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = field(kw_only=True)


# ---------------------------------------------------------------------------------------------- sources


def no_grad(g: Node, node: Node) -> Sequence[Node | None]:
    return [None] * len(node.inputs)


def _declared(**attrs: Any) -> tuple[Shape, DType]:
    return attrs["shape"], attrs["dtype"]


def _source(name: str, infer: Infer, numpy: Callable[..., Any], doc: str) -> Op:
    return Op(name, "source", infer, numpy, no_grad, doc)


def _unbound(**attrs: Any) -> Any:
    raise SymbolicError(
        "input",
        f"the input '{attrs['label']}' has no value",
        hint="build a function with lp.function([inputs], outputs) and call it with numbers",
    )


input_op = _source("input", _declared, _unbound, "A value that the call gives.")
cell_op = _source(
    "cell",
    lambda cell, loop=None: (cell.value.shape, cell.value.dtype),
    lambda cell, loop=None: cell.value,
    "The present value of a named state.",
)
constant_op = _source(
    "constant",
    lambda value: (value.array.shape, value.array.dtype),
    lambda value: value.array,
    "A number or an array that is known.",
)
size_op = _source(
    "size", lambda dim: ((), np.dtype(np.int64)), lambda dim: np.int64(dim), "An unknown size as a number."
)


def cell_node(cell: Cell, loop: int | None = None) -> Node:
    """The node that reads a cell; in the body of a loop while it is traced, by the loop's number.

    There it is told apart from what was read before the loop, and stands until the loop is made.
    """
    node = make(cell_op, cell=cell) if loop is None else make(cell_op, cell=cell, loop=loop)
    node.name = cell.name
    return node


def constant(value: Any, dtype: DType | None = None) -> Node:
    """A constant node; Python floats are floatx, arrays keep their dtype."""
    if isinstance(value, Dim):
        node = make(size_op, dim=value)
        return node if dtype in (None, node.dtype) else cast(node, dtype)
    if dtype is None and is_weak(value):
        dtype = weak_dtype(value)
    with np.errstate(all="ignore"):
        if dtype in STORAGE or isinstance(value, np.void):
            array = in_native_order(np.asarray(value))
            array = array if dtype is None else converted(array, dtype)
        else:
            array = in_native_order(np.asarray(value, dtype=dtype))
    if dtype is None and isinstance(value, (list, tuple)):
        array = array.astype(list_dtype(value, array.dtype))
    if array.dtype not in C_TYPES:
        raise DTypeError(
            "constant", f"arrays of dtype {array.dtype} cannot be used", hint="use float or integer arrays"
        )
    if array.flags.writeable and array is value:
        array = array.copy()  # the caller may change it later
    return make(constant_op, value=Literal(np.asarray(array, order="C")))


def constant_value(node: Node) -> Array | None:
    """The array of a constant node (also through casts and broadcasts of scalars), else None."""
    if node.op is constant_op:
        array: Array = node.attr("value").array
        return array
    return None


# ------------------------------------------------------------------------------------------------- maps


def _map_infer(name: str, arity: int, takes: Takes, result: DType | None) -> Infer:
    def infer(*inputs: Node, **attrs: Any) -> tuple[Shape, DType]:
        if len(inputs) != arity:
            raise ShapeError(name, f"takes {arity} inputs, not {len(inputs)}")
        shape = broadcast(name, *(i.shape for i in inputs))
        if any(i.shape != shape for i in inputs):
            assert is_static(shape), "maps are built with inputs of one shape"
        return shape, attrs.get("dtype", result) or inputs[-1].dtype

    return infer


def map_op(
    name: str,
    *,
    numpy: Callable[..., Any],
    c: str | Mapping[str, str],
    grad: Grads,
    takes: Takes,
    domain: tuple[tuple[float, float], ...],
    doc: str,
    result: DType | None = None,
) -> Build:
    """Declare an elementwise op and get the function that builds its node.

    grad has one rule (g, y, *inputs) -> node per input; None where the derivative is zero or undefined.
    """
    arity = len(domain)
    if len(grad) != arity:
        raise ValueError(f"op {name}: {arity} domains but {len(grad)} gradient rules")
    templates = dict.fromkeys("fiub", c) if isinstance(c, str) else c

    def vjp(g: Node, node: Node) -> Sequence[Node | None]:
        return [rule(g, node, *node.inputs) if rule else None for rule in grad]

    op = MapOp(
        name, "map", _map_infer(name, arity, takes, result), numpy, vjp, doc,
        arity=arity, takes=takes, c=templates, grads=grad, domain=domain,
    )  # fmt: skip

    def build(*args: Any) -> Node:
        if len(args) != arity:
            raise ShapeError(name, f"takes {arity} operands, not {len(args)}")
        nodes, dtype = together(name, args, takes)
        return stored(make(op, nodes), dtype)

    build.__name__ = build.__qualname__ = name
    build.__doc__ = doc
    build.__signature__ = _SIGNATURES[arity]  # type: ignore[attr-defined]
    return build


_SIGNATURES = {
    len(names): Signature(
        [Parameter(n, Parameter.POSITIONAL_ONLY, annotation="Any") for n in names], return_annotation="Node"
    )
    for names in ("x", "ab", "abc")
}


def together(name: str, args: Sequence[Any], takes: Takes) -> tuple[list[Node], DType]:
    """The operands of a map op in one shape and the dtype in which it computes, and that of the result."""
    nodes: list[Any] = [a if isinstance(a, Node) or is_weak(a) else constant(a) for a in args]
    strong = [a.dtype for a in nodes if isinstance(a, Node)]
    weak = [a for a in nodes if not isinstance(a, Node)]
    dtype = operand_dtype(name, promote(strong, weak), takes)
    work = computing(dtype)
    nodes = [cast(a, work) if isinstance(a, Node) else constant(a, work) for a in nodes]
    return unify(name, nodes), dtype


Given = TypeVar("Given", bound=Callable[..., Any])


def rounded_once(build: Given) -> Given:
    """A function made of several ops, for operands in storage dtypes: in float32, and rounded at the end."""

    def wide(value: Any) -> Any:
        if type(value) in (list, tuple):
            return type(value)(map(wide, value))
        dtype = next(_dtypes([value]), None)
        return cast(as_node(value), computing(dtype)) if dtype in STORAGE else value

    @functools.wraps(build)
    def call(*args: Any, **kwargs: Any) -> Any:
        met = list(_dtypes([*args, *kwargs.values()]))
        if not any(d in STORAGE for d in met):
            return build(*args, **kwargs)
        result = build(*map(wide, args), **{k: wide(v) for k, v in kwargs.items()})
        if kwargs.get("dtype") is not None:
            return result
        dtype = promote(met)
        return (
            stored(result, dtype)
            if isinstance(result, Node)
            else type(result)(stored(r, dtype) for r in result)
        )

    return call  # type: ignore[return-value]


def _dtypes(values: Iterable[Any]) -> Iterator[DType]:
    """The dtypes of nodes and arrays among arguments."""
    for value in values:
        if isinstance(value, Node):
            yield value.dtype
        elif isinstance(value, (np.ndarray, np.generic)):
            yield in_native_order(np.asarray(value)).dtype
        elif type(value) in (list, tuple):
            yield from _dtypes(value)


def stored(result: Node, dtype: DType) -> Node:
    """A result of operands that met in `dtype`: where that is a storage dtype, floats are rounded to it."""
    return cast(result, dtype) if dtype in STORAGE and result.dtype == computing(dtype) else result


def unify(name: str, nodes: Sequence[Node]) -> list[Node]:
    """The nodes broadcast to their common shape."""
    if all(n.shape == nodes[0].shape for n in nodes[1:]):
        return list(nodes)
    shape = broadcast(name, *(n.shape for n in nodes))
    return [n if n.shape == shape else operators["broadcast_to"](n, shape) for n in nodes]


def operand_dtype(name: str, dtype: DType, takes: Takes) -> DType:
    """The dtype in which an op works on operands that met in `dtype`."""
    if takes == "float":
        return to_float(dtype)
    if takes == "bool":
        return BOOL
    if takes == "number" and dtype == BOOL:
        raise DTypeError(
            name, "does not take bool", hint="convert with .astype, or use logical_and, logical_or"
        )
    if takes == "integer" and is_float(dtype):
        raise DTypeError(
            name, f"takes integers or bool, not {dtype.name}", hint="convert with .astype('int64')"
        )
    return dtype


# Casting is declared here because building any map needs it.
def _cast_grad(g: Node, node: Node) -> Sequence[Node | None]:
    source = node.inputs[0]
    return [cast(g, source.dtype) if is_float(source.dtype) and is_float(node.dtype) else None]


def _cast_numpy(x: Array, dtype: DType) -> Array:
    if x.dtype.kind == "f" and dtype.kind in "iu":
        return _float_to_int(x, dtype)
    return converted(x, dtype)


def _float_to_int(x: Array, dtype: DType) -> Array:
    """Truncated. What does not fit is as in support.h, and mostly as NumPy has it on x86.

    NaN and values out of range become the lowest int32 or int64, 0 as uint32; small types keep the low bits.
    """
    if dtype == np.uint64:
        low, high = (_truncated(v, np.dtype(np.int64)).astype(np.uint64) for v in (x, x - 2.0**63))
        return np.where(x >= 2.0**63, high ^ np.uint64(2**63), low)
    if dtype == np.uint32:
        return np.where(np.abs(x) < 2.0**51, x, 0).astype(np.int64).astype(dtype)
    return _truncated(x, np.dtype(np.int64 if dtype == np.int64 else np.int32)).astype(dtype)


def _truncated(x: Array, dtype: DType) -> Array:
    lowest = float(np.iinfo(dtype).min)
    inside = (x >= lowest) & (x < -lowest)
    return np.where(inside, np.where(inside, x, 0).astype(dtype), np.iinfo(dtype).min)


cast_op = MapOp(
    "cast", "map", _map_infer("cast", 1, "any", None), _cast_numpy, _cast_grad, "Convert to another dtype.",
    arity=1, takes="any", c={}, grads=(None,), domain=((-3.0, 3.0),),
)  # fmt: skip


def cast(x: Node, dtype: DType) -> Node:
    """`x` in another dtype; constants are converted at once. To and from storage dtypes by way of float32."""
    if x.dtype == dtype:
        return x
    if x.dtype in STORAGE or dtype in STORAGE:
        x = x if FLOAT32 in (x.dtype, dtype) else cast(x, FLOAT32)
    value = constant_value(x)
    if value is not None and value.ndim == 0:
        with np.errstate(all="ignore"):
            return constant(_cast_numpy(value, dtype))
    return make(cast_op, (x,), dtype=dtype)


def as_node(value: Any, like: DType | None = None) -> Node:
    """A node from a node, a number or an array; numbers take the dtype `like`."""
    if isinstance(value, Node):
        return value
    if is_weak(value) and like is not None:
        return constant(value, promote([like], [value]))
    return constant(value)


def describe_shape(node: Node) -> str:
    return f"{node.dtype.name}{show(node.shape)}"


def default_float() -> DType:
    return floatx()
