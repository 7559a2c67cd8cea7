"""Elementwise ops."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ...dtypes import BOOL, INT32, DType, is_float
from ...graph import Node
from ...shapes import Shape, broadcast
from ..types import number_of
from .graph import Graph, Order, inverse
from .table import stripped, translation

Write = Callable[[Graph, Node, list[str]], str]  # from the names of the operands to that of the result


def operands(node: Node) -> tuple[Node, ...]:
    """The inputs before they were stretched, as far as the result keeps its shape."""
    bare = tuple(map(stripped, node.inputs))
    if broadcast(node.op.name, *(b.shape for b in bare)) == node.shape:
        return bare
    return (node.inputs[0], *bare[1:])


def common_order(graph: Graph, sources: Sequence[Node], rank: int) -> Order:
    """In which order the axes of a result are kept: as those of the first operand that has them all."""
    for source in sources:
        if source.ndim == rank and not graph.is_known(source) and any(s != 1 for s in source.shape):
            return graph.order_of(source)
    return tuple(range(rank))


def along(graph: Graph, source: Node, order: Order) -> str:
    """The name of an operand that broadcasts to a result whose axes are kept in this order."""
    rank = len(order)
    plain = order == tuple(range(rank))
    if plain or all(s == 1 for s in source.shape):
        return graph.natural(source)
    axes = inverse(order)
    if source.ndim == rank:
        return graph.arranged(source, axes)
    wide: Shape = (*(1,) * (rank - source.ndim), *source.shape)
    turned = [wide[a] for a in axes]
    while turned and turned[0] == 1:
        turned.pop(0)
    kept = [a - (rank - source.ndim) for a in axes if a >= rank - source.ndim]
    name = graph.arranged(source, tuple(kept), tuple(turned) if graph.is_known(source) else None)
    if graph.is_known(source):
        return name
    return graph.reshaped(name, tuple(source.shape[a] for a in kept), tuple(turned))


def _map(write: Write) -> Callable[[Graph, Node], None]:
    def emit(graph: Graph, node: Node) -> None:
        sources = operands(node)
        order = common_order(graph, sources, node.ndim)
        graph.put(node, write(graph, node, [along(graph, s, order) for s in sources]), order)

    return emit


def _operator(op: str) -> Write:
    return lambda graph, node, given: graph.emit(op, *given, name=node.name or op.lower())


def number(graph: Graph, value: Any, dtype: DType) -> str:
    return graph.constant(value, dtype)


def cast(graph: Graph, name: str, dtype: DType) -> str:
    return graph.emit("Cast", name, to=number_of(dtype))


# ------------------------------------------------------------------------------------ one operator each
OPERATORS = {
    "subtract": "Sub", "divide": "Div", "power": "Pow", "negative": "Neg", "absolute": "Abs", "sign": "Sign",
    "reciprocal": "Reciprocal", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "sin": "Sin", "cos": "Cos",
    "tan": "Tan", "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan", "sinh": "Sinh", "cosh": "Cosh",
    "tanh": "Tanh", "arcsinh": "Asinh", "arccosh": "Acosh", "arctanh": "Atanh", "erf": "Erf",
    "sigmoid": "Sigmoid", "softplus": "Softplus", "relu": "Relu", "floor": "Floor", "ceil": "Ceil",
    "rint": "Round", "equal": "Equal", "logical_and": "And", "logical_or": "Or", "logical_xor": "Xor",
    "logical_not": "Not", "isnan": "IsNaN", "isinf": "IsInf", "where": "Where",
}  # fmt: skip
for _ours, _theirs in OPERATORS.items():
    translation(_ours, sources=operands)(_map(_operator(_theirs)))

BOOLEAN = {  # ours -> the operator of numbers, and that of truth values
    "add": ("Add", "Or"), "multiply": ("Mul", "And"), "maximum": ("Max", "Or"), "minimum": ("Min", "And"),
    "bitwise_and": ("BitwiseAnd", "And"), "bitwise_or": ("BitwiseOr", "Or"),
    "bitwise_xor": ("BitwiseXor", "Xor"), "bitwise_not": ("BitwiseNot", "Not"),
}  # fmt: skip
for _ours, (_numbers, _truths) in BOOLEAN.items():

    def _either(
        graph: Graph, node: Node, given: list[str], ops: tuple[str, str] = (_numbers, _truths)
    ) -> str:
        return _operator(ops[node.dtype == BOOL])(graph, node, given)

    translation(_ours, sources=operands)(_map(_either))

COMPARISONS = {
    "less": "Less", "less_equal": "LessOrEqual", "greater": "Greater", "greater_equal": "GreaterOrEqual",
}  # fmt: skip
for _ours, _theirs in COMPARISONS.items():

    def _compared(graph: Graph, node: Node, given: list[str], op: str = _theirs) -> str:
        if node.inputs[0].dtype == BOOL:
            given = [cast(graph, name, INT32) for name in given]
        return _operator(op)(graph, node, given)

    translation(_ours, sources=operands)(_map(_compared))


def composed(*names: str) -> Callable[[Write], Write]:
    """Register what writes a map that ONNX has no operator for."""

    def register(write: Write) -> Write:
        translation(*names, sources=operands)(_map(write))
        return write

    return register


# ----------------------------------------------------------------------------------- several operators
@composed("stop_gradient")
def _same(graph: Graph, node: Node, given: list[str]) -> str:
    return given[0]


@composed("cast")
def _cast(graph: Graph, node: Node, given: list[str]) -> str:
    return cast(graph, given[0], node.dtype)


@composed("square")
def _square(graph: Graph, node: Node, given: list[str]) -> str:
    return graph.emit("Mul", given[0], given[0], name="square")


@composed("not_equal")
def _not_equal(graph: Graph, node: Node, given: list[str]) -> str:
    return graph.emit("Not", graph.emit("Equal", *given))


@composed("isfinite")
def _isfinite(graph: Graph, node: Node, given: list[str]) -> str:
    wrong = graph.emit("Or", graph.emit("IsNaN", *given), graph.emit("IsInf", *given))
    return graph.emit("Not", wrong, name="isfinite")


@composed("trunc")
def _trunc(graph: Graph, node: Node, given: list[str]) -> str:
    if not is_float(node.dtype):
        return given[0]
    whole = graph.emit("Floor", graph.emit("Abs", *given))
    return graph.emit("Mul", graph.emit("Sign", *given), whole, name="trunc")


@composed("exp2")
def _exp2(graph: Graph, node: Node, given: list[str]) -> str:
    return graph.emit("Pow", number(graph, 2, node.dtype), given[0], name="exp2")


@composed("expm1")
def _expm1(graph: Graph, node: Node, given: list[str]) -> str:
    """2 exp(x / 2) sinh(x / 2): without cancellation near 0."""
    half = graph.emit("Mul", given[0], number(graph, 0.5, node.dtype))
    product = graph.emit("Mul", graph.emit("Exp", half), graph.emit("Sinh", half))
    return graph.emit("Mul", product, number(graph, 2, node.dtype), name="expm1")


@composed("log1p")
def _log1p(graph: Graph, node: Node, given: list[str]) -> str:
    """log(u) x / (u - 1) for u = 1 + x: without the digits that u loses (Kahan)."""
    one = number(graph, 1, node.dtype)
    u = graph.emit("Add", given[0], one)
    lost = graph.emit("Equal", u, one)
    endless = graph.emit("Or", lost, graph.emit("IsInf", u))
    rest = graph.emit("Where", endless, one, graph.emit("Sub", u, one))
    exact = graph.emit("Mul", graph.emit("Log", u), graph.emit("Div", given[0], rest))
    plain = graph.emit("Where", lost, given[0], graph.emit("Log", u))
    return graph.emit("Where", endless, plain, exact, name="log1p")


for _ours, _base in {"log2": 2.0, "log10": 10.0}.items():

    def _log_of_base(graph: Graph, node: Node, given: list[str], base: float = _base) -> str:
        return graph.emit("Mul", graph.emit("Log", *given), number(graph, 1 / math.log(base), node.dtype))

    composed(_ours)(_log_of_base)


@composed("log_sigmoid")
def _log_sigmoid(graph: Graph, node: Node, given: list[str]) -> str:
    return graph.emit("Neg", graph.emit("Softplus", graph.emit("Neg", *given)), name="log_sigmoid")


@composed("cbrt")
def _cbrt(graph: Graph, node: Node, given: list[str]) -> str:
    size = graph.emit("Pow", graph.emit("Abs", *given), number(graph, 1 / 3, node.dtype))
    return graph.emit("Mul", graph.emit("Sign", *given), size, name="cbrt")


@composed("logaddexp")
def _logaddexp(graph: Graph, node: Node, given: list[str]) -> str:
    a, b = given
    same = graph.emit("Equal", a, b)  # also where both are infinite
    apart = graph.emit("Neg", graph.emit("Abs", graph.emit("Sub", a, b)))
    apart = graph.emit("Where", same, number(graph, 0, node.dtype), apart)
    return graph.emit("Add", graph.emit("Max", a, b), graph.emit("Softplus", apart), name="logaddexp")


@composed("hypot")
def _hypot(graph: Graph, node: Node, given: list[str]) -> str:
    a, b = (graph.emit("Abs", name) for name in given)
    large, small = graph.emit("Max", a, b), graph.emit("Min", a, b)
    one, zero = number(graph, 1, node.dtype), number(graph, 0, node.dtype)
    safe = graph.emit("Where", graph.emit("Equal", large, zero), one, large)
    ratio = graph.emit("Div", small, safe)
    root = graph.emit("Sqrt", graph.emit("Add", graph.emit("Mul", ratio, ratio), one))
    return graph.emit("Mul", large, root, name="hypot")


@composed("arctan2")
def _arctan2(graph: Graph, node: Node, given: list[str]) -> str:
    y, x = given
    zero, pi = number(graph, 0, node.dtype), number(graph, math.pi, node.dtype)
    no_x = graph.emit("Equal", x, zero)
    ratio = graph.emit("Div", y, graph.emit("Where", no_x, number(graph, 1, node.dtype), x))
    half = graph.emit("Mul", graph.emit("Sign", y), number(graph, math.pi / 2, node.dtype))
    angle = graph.emit("Where", no_x, half, graph.emit("Atan", ratio))
    turn = graph.emit("Where", graph.emit("Less", y, zero), graph.emit("Neg", pi), pi)
    left = graph.emit("Less", x, zero)
    return graph.emit("Where", left, graph.emit("Add", angle, turn), angle, name="arctan2")


@composed("erfinv")
def _erfinv(graph: Graph, node: Node, given: list[str]) -> str:
    """Winitzki's (2008) approximation, then Newton's method."""
    (y,), dtype = given, node.dtype
    one = number(graph, 1, dtype)
    product = graph.emit("Mul", graph.emit("Sub", one, y), graph.emit("Add", one, y))
    term = graph.emit("Log", product)
    half = graph.emit("Add", graph.emit("Mul", term, number(graph, 0.5, dtype)),
                      number(graph, 2 / (math.pi * 0.147), dtype))  # fmt: skip
    inner = graph.emit(
        "Sub", graph.emit("Mul", half, half), graph.emit("Div", term, number(graph, 0.147, dtype))
    )
    x = graph.emit(
        "Mul", graph.emit("Sign", y), graph.emit("Sqrt", graph.emit("Sub", graph.emit("Sqrt", inner), half))
    )
    for _ in range(3):
        slope = graph.emit("Exp", graph.emit("Neg", graph.emit("Mul", x, x)))
        slope = graph.emit("Mul", slope, number(graph, 2 / math.sqrt(math.pi), dtype))
        x = graph.emit("Sub", x, graph.emit("Div", graph.emit("Sub", graph.emit("Erf", x), y), slope))
    return x


@composed("remainder")
def _remainder(graph: Graph, node: Node, given: list[str]) -> str:
    if not is_float(node.dtype):
        return graph.emit("Mod", *given)
    return _float_remainder(graph, node, given)


def _float_remainder(graph: Graph, node: Node, given: list[str]) -> str:
    """C's remainder, moved to the sign of the divisor."""
    rest, zero = graph.emit("Mod", *given, fmod=1), number(graph, 0, node.dtype)
    below = [graph.emit("Less", name, zero) for name in (rest, given[1])]
    other = graph.emit("And", graph.emit("Xor", *below), graph.emit("Not", graph.emit("Equal", rest, zero)))
    return graph.emit("Where", other, graph.emit("Add", rest, given[1]), rest, name="remainder")


@composed("floor_divide")
def _floor_divide(graph: Graph, node: Node, given: list[str]) -> str:
    a, b = given
    whole = is_float(node.dtype)
    rest = _float_remainder(graph, node, given) if whole else graph.emit("Mod", a, b)
    quotient = graph.emit("Div", graph.emit("Sub", a, rest), b)
    return graph.emit("Round", quotient, name="floor_divide") if whole else quotient


@composed("left_shift")
def _left_shift(graph: Graph, node: Node, given: list[str]) -> str:
    if node.dtype.kind == "u":
        return graph.emit("BitShift", *given, direction="LEFT")
    return graph.emit("Mul", given[0], graph.emit("Pow", number(graph, 2, node.dtype), given[1]))


@composed("right_shift")
def _right_shift(graph: Graph, node: Node, given: list[str]) -> str:
    if node.dtype.kind == "u":
        return graph.emit("BitShift", *given, direction="RIGHT")
    power = graph.emit("Pow", number(graph, 2, node.dtype), given[1])
    return _floor_divide(graph, node, [given[0], power])
