"""Algebra of elements.

Values, NaN, Inf and the sign of zero stay as they are; merged scales may differ in the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Node
from ..ops.map import absolute, multiply, negative, reciprocal, sqrt, square, where
from ..rewrite import Table
from .match import again, filled, is_float_node, is_normal, is_number, number, operand

algebra = Table("algebra")


# ------------------------------------------------------------------------------------ order of operands
@algebra.rule("add", "multiply")
def number_last(node: Node) -> Node | None:
    """Numbers stand on the right, so that rules look for them in one place."""
    a, b = node.inputs
    return again(node, b, a) if number(a) is not None and number(b) is None else None


# ------------------------------------------------------------------------------------- neutral elements
@algebra.rule("multiply", "divide")
def times_one(node: Node) -> Node | None:
    """x * 1 and x / 1 are x."""
    return node.inputs[0] if is_number(node.inputs[1], 1) else None


@algebra.rule("multiply", "divide")
def times_minus_one(node: Node) -> Node | None:
    """x * -1 and x / -1 are -x."""
    if node.dtype.kind in "fi" and is_number(node.inputs[1], -1):
        return negative(node.inputs[0])
    return None


@algebra.rule("multiply")
def times_zero(node: Node) -> Node | None:
    """An integer times 0 is 0; a float may be NaN or Inf."""
    return node.inputs[1] if node.dtype.kind in "iub" and is_number(node.inputs[1], 0) else None


@algebra.rule("add")
def plus_zero(node: Node) -> Node | None:
    """x + 0 is x for integers, x + -0.0 is x for floats; -0.0 + 0.0 would change its sign."""
    value = number(node.inputs[1])
    if value is None or value != 0:
        return None
    return node.inputs[0] if node.dtype.kind in "iub" or np.signbit(value) else None


@algebra.rule("subtract")
def minus_zero(node: Node) -> Node | None:
    """x - 0 is x."""
    return node.inputs[0] if is_number(node.inputs[1], 0) else None


@algebra.rule("logical_and", "logical_or", "bitwise_and", "bitwise_or", "maximum", "minimum")
def same_twice(node: Node) -> Node | None:
    """The larger of x and x is x; so it is with smaller, and, or."""
    a, b = node.inputs
    return a if a is b else None


@algebra.rule("logical_and", "logical_or")
def logic_with_known(node: Node) -> Node | None:
    """true & x and false | x are x; false & x is false, true | x is true."""
    for x, other in (node.inputs, node.inputs[::-1]):
        value = number(other)
        if value is not None:
            return x if bool(value) == (node.op.name == "logical_and") else other
    return None


@algebra.rule("logical_not")
def not_not(node: Node) -> Node | None:
    """Not of not x is x."""
    return operand(node.inputs[0], "logical_not")


@algebra.rule("where")
def where_same(node: Node) -> Node | None:
    """Both choices are one."""
    _, a, b = node.inputs
    return a if a is b else None


@algebra.rule("where")
def where_not(node: Node) -> Node | None:
    """Not of a condition exchanges the choices."""
    condition = operand(node.inputs[0], "logical_not")
    return where(condition, node.inputs[2], node.inputs[1]) if condition is not None else None


@algebra.rule("relu", "absolute", "floor", "ceil", "trunc", "rint", "sign")
def applied_twice(node: Node) -> Node | None:
    """Once is enough."""
    source = node.inputs[0]
    return source if source.op is node.op else None


@algebra.rule("absolute")
def absolute_of_negative(node: Node) -> Node | None:
    """|-x| is |x|."""
    x = operand(node.inputs[0], "negative")
    return absolute(x) if x is not None and is_float_node(x) else None


@algebra.rule("absolute")
def absolute_of_positive(node: Node) -> Node | None:
    """|x| is x where x is never negative."""
    return node.inputs[0] if never_negative(node.inputs[0]) else None


NEVER_NEGATIVE = ("exp", "exp2", "square", "absolute", "sigmoid", "softplus", "hypot", "cosh")


KEEPS_SIGN = (
    "add",
    "multiply",
    "divide",
    "sqrt",
    "sum",
    "max",
    "min",
    "broadcast_to",
    "reshape",
    "transpose",
    "slice",
)


def never_negative(node: Node, depth: int = 5) -> bool:
    """Whether a float node is known to be NaN, +0 or positive."""
    if depth == 0 or not is_float_node(node):
        return False
    if node.op.name in KEEPS_SIGN:
        return all(never_negative(i, depth - 1) for i in node.inputs)
    value = number(node)
    return node.op.name in NEVER_NEGATIVE or (value is not None and not np.signbit(value))


# ----------------------------------------------------------------------------------------------- signs
@algebra.rule("negative")
def double_negative(node: Node) -> Node | None:
    """-(-x) is x."""
    return operand(node.inputs[0], "negative")


@algebra.rule("multiply", "divide")
def sign_of_product(node: Node) -> Node | None:
    """Signs move out of products, where they meet others: (-a) * b is -(a * b)."""
    if node.dtype.kind not in "fi":
        return None
    a, b = node.inputs
    positive_a, positive_b = operand(a, "negative"), operand(b, "negative")
    if positive_a is not None and positive_b is not None:
        return again(node, positive_a, positive_b)
    if positive_a is not None:
        return negative(again(node, positive_a, b))
    return negative(again(node, a, positive_b)) if positive_b is not None else None


@algebra.rule("negative")
def negative_of_scaled(node: Node) -> Node | None:
    """-(x * c) is x * -c, and so with divisions by and of numbers."""
    source = node.inputs[0]
    if source.op.name not in ("multiply", "divide") or not is_float_node(source):
        return None
    a, b = source.inputs
    if number(b) is not None:
        return again(source, a, filled(-number(b), b))
    return again(source, filled(-number(a), a), b) if number(a) is not None else None


@algebra.rule("add")
def plus_negative(node: Node) -> Node | None:
    """a + -b is a - b."""
    if node.dtype.kind not in "fi":
        return None
    a, b = node.inputs
    minus = opposite(b)
    if minus is not None:
        return a - minus
    minus = opposite(a)
    return b - minus if minus is not None else None


@algebra.rule("subtract")
def minus_negative(node: Node) -> Node | None:
    """a - -b is a + b."""
    minus = opposite(node.inputs[1])
    return node.inputs[0] + minus if minus is not None and node.dtype.kind in "fi" else None


def opposite(node: Node) -> Node | None:
    """x where the node is -x, also where it is repeated."""
    if node.op.name in ("broadcast_to", "reshape"):
        x = opposite(node.inputs[0])
        return again(node, x) if x is not None else None
    return operand(node, "negative")


# ---------------------------------------------------------------------------------------------- scales
@algebra.rule("multiply", "divide")
def scale_of_scaled(node: Node) -> Node | None:
    """(x * a) * b is x * (a * b) where the product of the numbers is a normal number; so with divisions."""
    x, outer = node.inputs
    b = number(outer)
    if b is None or x.op.name not in ("multiply", "divide") or not is_float_node(x):
        return None
    inner, a = x.inputs[0], number(x.inputs[1])
    if a is None:
        return None
    ups = [v for v, n in ((a, x), (b, node)) if n.op.name == "multiply"]
    downs = [v for v, n in ((a, x), (b, node)) if n.op.name == "divide"]
    with np.errstate(all="ignore"):
        if not ups:
            return inner / filled(a * b, outer) if is_normal(a * b) else None
        scale: Any = ups[0] * ups[1] if not downs else ups[0] / downs[0]
    return inner * filled(scale, outer) if is_normal(scale) and all(map(is_normal, (a, b))) else None


@algebra.rule("multiply")
def integer_scale_of_scaled(node: Node) -> Node | None:
    """(x * a) * b is x * (a * b): integers wrap around in any order."""
    x, outer = node.inputs
    b = number(outer)
    if b is None or x.op.name != "multiply" or node.dtype.kind not in "iu" or number(x.inputs[1]) is None:
        return None
    return x.inputs[0] * multiply(x.inputs[1], outer)


@algebra.rule("divide")
def divide_by_power_of_two(node: Node) -> Node | None:
    """x / c is x * (1 / c), exactly, where c is a power of two: products are faster."""
    c = number(node.inputs[1])
    if c is None or not is_normal(c) or abs(np.frexp(c)[0]) != 0.5 or not is_normal(1 / c):
        return None
    return node.inputs[0] * filled(1 / c, node.inputs[1])


@algebra.rule("divide")
def one_over(node: Node) -> Node | None:
    """1 / x has its own op."""
    return reciprocal(node.inputs[1]) if is_number(node.inputs[0], 1) else None


# ---------------------------------------------------------------------------------------------- powers
@algebra.rule("multiply")
def times_itself(node: Node) -> Node | None:
    """x * x is the square of x."""
    a, b = node.inputs
    return square(a) if a is b and node.dtype.kind != "b" else None


@algebra.rule("square")
def square_of_absolute(node: Node) -> Node | None:
    """The square has no sign to lose."""
    x = node.inputs[0]
    return square(x.inputs[0]) if x.op.name in ("absolute", "negative") and is_float_node(x) else None


@algebra.rule("power")
def known_power(node: Node) -> Node | None:
    """Small exponents are products, roots and quotients: exact, or within two units of the last place."""
    x, exponent = node.inputs
    p = number(exponent)
    if p is None:
        return None
    if p == 0:
        return filled(1, node)
    if p == 1:
        return x
    if p == 2:
        return square(x)
    if p == 3:
        return square(x) * x
    if not is_float_node(node):
        return None
    if p == -1:
        return reciprocal(x)
    return sqrt(x) if p == 0.5 and never_negative(x) else None
