"""Elementwise ops. One block is one op: reference, C, gradient, domain."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import BOOL
from ..errors import SymbolicError
from ..graph import Array, Node, make, operators
from .define import Build, MapOp, as_node, cast, constant, constant_value, map_op, stored, together, unify

F = (-3.0, 3.0)  # anywhere smooth
POSITIVE = (0.2, 3.0)
APART = (0.3, 3.0)  # away from a kink at zero
UNIT = (-0.9, 0.9)


# ------------------------------------------------------------------------------------------ arithmetic
add: Build = map_op(
    "add",
    numpy=np.add,
    c={"f": "{0} + {1}", "i": "{0} + {1}", "u": "{0} + {1}", "b": "{0} | {1}"},
    grad=(lambda g, y, a, b: g, lambda g, y, a, b: g),
    takes="any",
    domain=(F, F),
    doc="Sum, elementwise.",
)
subtract: Build = map_op(
    "subtract",
    numpy=np.subtract,
    c="{0} - {1}",
    grad=(lambda g, y, a, b: g, lambda g, y, a, b: -g),
    takes="number",
    domain=(F, F),
    doc="Difference, elementwise.",
)
multiply: Build = map_op(
    "multiply",
    numpy=np.multiply,
    c={"f": "{0} * {1}", "i": "{0} * {1}", "u": "{0} * {1}", "b": "{0} & {1}"},
    grad=(lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    takes="any",
    domain=(F, F),
    doc="Product, elementwise.",
)
divide: Build = map_op(
    "divide",
    numpy=np.divide,
    c="{0} / {1}",
    grad=(lambda g, y, a, b: g / b, lambda g, y, a, b: -(g * y) / b),
    takes="float",
    domain=(F, APART),
    doc="True division, elementwise; integers become floatx.",
)
floor_divide: Build = map_op(
    "floor_divide",
    numpy=np.floor_divide,
    c="lp_floor_divide_{t}({0}, {1})",
    grad=(None, None),
    takes="number",
    domain=((-20.0, 20.0), (0.7, 3.0)),
    doc="Quotient rounded down, as Python's //.",
)
remainder: Build = map_op(
    "remainder",
    numpy=np.remainder,
    c="lp_mod_{t}({0}, {1})",
    grad=(lambda g, y, a, b: g, lambda g, y, a, b: -g * floor_divide(a, b)),
    takes="number",
    domain=((0.1, 0.9), (1.0, 3.0)),
    doc="Remainder with the sign of the divisor, as Python's %.",
)


def _power_numpy(a: Array, b: Array) -> Array:
    if b.dtype.kind != "i" or not (b < 0).any():
        return np.asarray(np.power(a, b))
    units = np.where(a == 1, 1, np.where(a == -1, 1 - 2 * (b & 1), 0)).astype(a.dtype)
    return np.where(b < 0, units, np.power(a, np.maximum(b, 0)))


power: Build = map_op(
    "power",
    numpy=_power_numpy,
    c="lp_pow_{t}({0}, {1})",
    grad=(
        lambda g, y, a, b: g * b * power(a, _one_less(b)),
        lambda g, y, a, b: g * where(equal(a, 0), 0, y * log(where(greater(a, 0), a, 1))),
    ),
    takes="number",
    domain=(POSITIVE, (-2.0, 2.0)),
    doc="First operand raised to the second; integers to a negative power are rounded to zero.",
)


def _one_less(b: Node) -> Node:
    """b - 1 as the exponent of a derivative: 1 where b is 0, so that 0 * 0**-1 does not become NaN."""
    value = constant_value(b.inputs[0] if b.op.name == "broadcast_to" else b)
    if value is None or value.ndim:
        return where(equal(b, 0), 1, b - 1)
    return constant(1 if value == 0 else value - 1, b.dtype)


negative: Build = map_op(
    "negative",
    numpy=np.negative,
    c="-{0}",
    grad=(lambda g, y, x: -g,),
    takes="number",
    domain=(F,),
    doc="Numerical negative.",
)
absolute: Build = map_op(
    "absolute",
    numpy=np.absolute,
    c={"f": "lp_fabs_{t}({0})", "i": "({0} < 0 ? -{0} : {0})", "u": "{0}", "b": "{0}"},
    grad=(lambda g, y, x: g * sign(x),),
    takes="any",
    domain=(APART,),
    doc="Absolute value.",
)
sign: Build = map_op(
    "sign",
    numpy=np.sign,
    c={"f": "lp_sign_{t}({0})", "i": "({0} > 0) - ({0} < 0)", "u": "({0} > 0)"},
    grad=(None,),
    takes="number",
    domain=(APART,),
    doc="-1, 0 or 1; NaN for NaN.",
)
reciprocal: Build = map_op(
    "reciprocal",
    numpy=np.reciprocal,
    c="1 / {0}",
    grad=(lambda g, y, x: -g * y * y,),
    takes="float",
    domain=(POSITIVE,),
    doc="1 / x.",
)
square: Build = map_op(
    "square",
    numpy=np.square,
    c={"f": "{0} * {0}", "i": "{0} * {0}", "u": "{0} * {0}", "b": "{0}"},
    grad=(lambda g, y, x: g * (x * 2),),
    takes="number",
    domain=(F,),
    doc="x * x.",
)
maximum: Build = map_op(
    "maximum",
    numpy=np.maximum,
    c={"f": "lp_maximum_{t}({0}, {1})"} | dict.fromkeys("iub", "({0} > {1} ? {0} : {1})"),
    grad=(
        lambda g, y, a, b: g * _share(greater(a, b), equal(a, b), g),
        lambda g, y, a, b: g * _share(less(a, b), equal(a, b), g),
    ),
    takes="any",
    domain=(F, F),
    doc="The larger, NaN where one is NaN; the gradient of equal operands is shared.",
)
minimum: Build = map_op(
    "minimum",
    numpy=np.minimum,
    c={"f": "lp_minimum_{t}({0}, {1})"} | dict.fromkeys("iub", "({0} < {1} ? {0} : {1})"),
    grad=(
        lambda g, y, a, b: g * _share(less(a, b), equal(a, b), g),
        lambda g, y, a, b: g * _share(greater(a, b), equal(a, b), g),
    ),
    takes="any",
    domain=(F, F),
    doc="The smaller, NaN where one is NaN; the gradient of equal operands is shared.",
)


def _share(wins: Node, ties: Node, g: Node) -> Node:
    return cast(wins, g.dtype) + cast(ties, g.dtype) * 0.5


# ---------------------------------------------------------------------------- exponentials, logarithms
exp: Build = map_op(
    "exp",
    numpy=np.exp,
    c="lp_exp_{t}({0})",
    grad=(lambda g, y, x: g * y,),
    takes="float",
    domain=(F,),
    doc="e to the x.",
)
exp2: Build = map_op(
    "exp2",
    numpy=np.exp2,
    c="lp_exp2_{t}({0})",
    grad=(lambda g, y, x: g * y * float(np.log(2.0)),),
    takes="float",
    domain=(F,),
    doc="2 to the x.",
)
expm1: Build = map_op(
    "expm1",
    numpy=np.expm1,
    c="lp_expm1_{t}({0})",
    grad=(lambda g, y, x: g * (y + 1),),
    takes="float",
    domain=(F,),
    doc="exp(x) - 1, exact near zero.",
)
log: Build = map_op(
    "log",
    numpy=np.log,
    c="lp_log_{t}({0})",
    grad=(lambda g, y, x: g / x,),
    takes="float",
    domain=(POSITIVE,),
    doc="Natural logarithm.",
)
log2: Build = map_op(
    "log2",
    numpy=np.log2,
    c="lp_log2_{t}({0})",
    grad=(lambda g, y, x: g / (x * float(np.log(2.0))),),
    takes="float",
    domain=(POSITIVE,),
    doc="Logarithm in base 2.",
)
log10: Build = map_op(
    "log10",
    numpy=np.log10,
    c="lp_log10_{t}({0})",
    grad=(lambda g, y, x: g / (x * float(np.log(10.0))),),
    takes="float",
    domain=(POSITIVE,),
    doc="Logarithm in base 10.",
)
log1p: Build = map_op(
    "log1p",
    numpy=np.log1p,
    c="lp_log1p_{t}({0})",
    grad=(lambda g, y, x: g / (x + 1),),
    takes="float",
    domain=(POSITIVE,),
    doc="log(1 + x), exact near zero.",
)
sqrt: Build = map_op(
    "sqrt",
    numpy=np.sqrt,
    c="lp_sqrt_{t}({0})",
    grad=(lambda g, y, x: g * 0.5 / y,),
    takes="float",
    domain=(POSITIVE,),
    doc="Square root.",
)
cbrt: Build = map_op(
    "cbrt",
    numpy=np.cbrt,
    c="lp_cbrt_{t}({0})",
    grad=(lambda g, y, x: g / (y * y * 3),),
    takes="float",
    domain=(POSITIVE,),
    doc="Cube root.",
)
logaddexp: Build = map_op(
    "logaddexp",
    numpy=np.logaddexp,
    c="lp_logaddexp_{t}({0}, {1})",
    grad=(lambda g, y, a, b: g * sigmoid(a - b), lambda g, y, a, b: g * sigmoid(b - a)),
    takes="float",
    domain=(F, F),
    doc="log(exp(a) + exp(b)) without overflow.",
)
hypot: Build = map_op(
    "hypot",
    numpy=np.hypot,
    c="lp_hypot_{t}({0}, {1})",
    grad=(
        lambda g, y, a, b: g * a / where(equal(y, 0), 1, y),  # 0 at the origin
        lambda g, y, a, b: g * b / where(equal(y, 0), 1, y),
    ),
    takes="float",
    domain=(POSITIVE, POSITIVE),
    doc="sqrt(a**2 + b**2) without overflow.",
)

# -------------------------------------------------------------------------- trigonometry and hyperbolic
sin: Build = map_op(
    "sin",
    numpy=np.sin,
    c="lp_sin_{t}({0})",
    grad=(lambda g, y, x: g * cos(x),),
    takes="float",
    domain=(F,),
    doc="Sine of radians.",
)
cos: Build = map_op(
    "cos",
    numpy=np.cos,
    c="lp_cos_{t}({0})",
    grad=(lambda g, y, x: -g * sin(x),),
    takes="float",
    domain=(F,),
    doc="Cosine of radians.",
)
tan: Build = map_op(
    "tan",
    numpy=np.tan,
    c="lp_tan_{t}({0})",
    grad=(lambda g, y, x: g * (y * y + 1),),
    takes="float",
    domain=((-1.2, 1.2),),
    doc="Tangent of radians.",
)
arcsin: Build = map_op(
    "arcsin",
    numpy=np.arcsin,
    c="lp_asin_{t}({0})",
    grad=(lambda g, y, x: g / sqrt(1 - x * x),),
    takes="float",
    domain=(UNIT,),
    doc="Inverse sine, in radians.",
)
arccos: Build = map_op(
    "arccos",
    numpy=np.arccos,
    c="lp_acos_{t}({0})",
    grad=(lambda g, y, x: -g / sqrt(1 - x * x),),
    takes="float",
    domain=(UNIT,),
    doc="Inverse cosine, in radians.",
)
arctan: Build = map_op(
    "arctan",
    numpy=np.arctan,
    c="lp_atan_{t}({0})",
    grad=(lambda g, y, x: g / (x * x + 1),),
    takes="float",
    domain=(F,),
    doc="Inverse tangent, in radians.",
)
arctan2: Build = map_op(
    "arctan2",
    numpy=np.arctan2,
    c="lp_atan2_{t}({0}, {1})",
    grad=(
        lambda g, y, a, b: g * b / (a * a + b * b),
        lambda g, y, a, b: -g * a / (a * a + b * b),
    ),
    takes="float",
    domain=(POSITIVE, POSITIVE),
    doc="Angle of the point (b, a), in radians.",
)
sinh: Build = map_op(
    "sinh",
    numpy=np.sinh,
    c="lp_sinh_{t}({0})",
    grad=(lambda g, y, x: g * cosh(x),),
    takes="float",
    domain=(F,),
    doc="Hyperbolic sine.",
)
cosh: Build = map_op(
    "cosh",
    numpy=np.cosh,
    c="lp_cosh_{t}({0})",
    grad=(lambda g, y, x: g * sinh(x),),
    takes="float",
    domain=(F,),
    doc="Hyperbolic cosine.",
)
tanh: Build = map_op(
    "tanh",
    numpy=np.tanh,
    c="lp_tanh_{t}({0})",
    grad=(lambda g, y, x: g * (1 - y * y),),
    takes="float",
    domain=(F,),
    doc="Hyperbolic tangent.",
)
arcsinh: Build = map_op(
    "arcsinh",
    numpy=np.arcsinh,
    c="lp_asinh_{t}({0})",
    grad=(lambda g, y, x: g / sqrt(x * x + 1),),
    takes="float",
    domain=(F,),
    doc="Inverse hyperbolic sine.",
)
arccosh: Build = map_op(
    "arccosh",
    numpy=np.arccosh,
    c="lp_acosh_{t}({0})",
    grad=(lambda g, y, x: g / sqrt(x * x - 1),),
    takes="float",
    domain=((1.2, 4.0),),
    doc="Inverse hyperbolic cosine.",
)
arctanh: Build = map_op(
    "arctanh",
    numpy=np.arctanh,
    c="lp_atanh_{t}({0})",
    grad=(lambda g, y, x: g / (1 - x * x),),
    takes="float",
    domain=(UNIT,),
    doc="Inverse hyperbolic tangent.",
)

# ------------------------------------------------------------------------------ probability, activations


def _erf_numpy(x: Array) -> Array:
    return np.asarray(np.vectorize(math.erf, otypes=[np.float64])(x.astype(np.float64)))


def _erfinv_numpy(y: Array) -> Array:
    """Winitzki's (2008) approximation, then Newton's method in float64."""
    y = y.astype(np.float64)
    log_term = np.log((1 - y) * (1 + y))
    half = 2 / (np.pi * 0.147) + log_term / 2
    x = np.copysign(np.sqrt(np.sqrt(half * half - log_term / 0.147) - half), y)
    for _ in range(4):
        slope = 2 / np.sqrt(np.pi) * np.exp(-x * x)
        x = x - np.where(slope > 0, (_erf_numpy(x) - y) / np.where(slope > 0, slope, 1), 0)
    inside = np.where(np.abs(y) == 1, np.copysign(np.inf, y), x)
    return np.where(np.abs(y) > 1, np.nan, inside)


def _sigmoid_numpy(x: Array) -> Array:
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + z), z / (1 + z))


def _softplus_numpy(x: Array) -> Array:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


erf: Build = map_op(
    "erf",
    numpy=_erf_numpy,
    c="lp_erf_{t}({0})",
    grad=(lambda g, y, x: g * exp(-(x * x)) * float(2 / np.sqrt(np.pi)),),
    takes="float",
    domain=(F,),
    doc="Error function (Abramowitz and Stegun 7.1.1).",
)
erfinv: Build = map_op(
    "erfinv",
    numpy=_erfinv_numpy,
    c="lp_erfinv_{t}({0})",
    grad=(lambda g, y, x: g * exp(y * y) * float(np.sqrt(np.pi) / 2),),
    takes="float",
    domain=(UNIT,),
    doc="Inverse of erf.",
)
sigmoid: Build = map_op(
    "sigmoid",
    numpy=_sigmoid_numpy,
    c="lp_sigmoid_{t}({0})",
    grad=(lambda g, y, x: g * (y * (1 - y)),),
    takes="float",
    domain=(F,),
    doc="1 / (1 + exp(-x)), without overflow.",
)
softplus: Build = map_op(
    "softplus",
    numpy=_softplus_numpy,
    c="lp_softplus_{t}({0})",
    grad=(lambda g, y, x: g * sigmoid(x),),
    takes="float",
    domain=(F,),
    doc="log(1 + exp(x)), without overflow.",
)
log_sigmoid: Build = map_op(
    "log_sigmoid",
    numpy=lambda x: -_softplus_numpy(-x),
    c="lp_log_sigmoid_{t}({0})",
    grad=(lambda g, y, x: g * sigmoid(-x),),
    takes="float",
    domain=(F,),
    doc="log(sigmoid(x)), without overflow.",
)
relu: Build = map_op(
    "relu",
    numpy=lambda x: np.where(x < 0, np.zeros_like(x), x),
    c={"f": "({0} < 0 ? 0 : {0})", "i": "({0} < 0 ? 0 : {0})", "u": "{0}"},
    grad=(lambda g, y, x: where(less_equal(x, 0), 0, g),),
    takes="number",
    domain=(APART,),
    doc="max(x, 0); NaN stays NaN and lets gradients through, the derivative at 0 is 0.",
)

# -------------------------------------------------------------------------------------------- rounding
floor: Build = map_op(
    "floor",
    numpy=np.floor,
    c={"f": "lp_floor_{t}({0})"} | dict.fromkeys("iub", "{0}"),
    grad=(None,),
    takes="any",
    domain=((0.1, 0.9),),
    doc="Rounded down.",
)
ceil: Build = map_op(
    "ceil",
    numpy=np.ceil,
    c={"f": "lp_ceil_{t}({0})"} | dict.fromkeys("iub", "{0}"),
    grad=(None,),
    takes="any",
    domain=((0.1, 0.9),),
    doc="Rounded up.",
)
trunc: Build = map_op(
    "trunc",
    numpy=np.trunc,
    c={"f": "lp_trunc_{t}({0})"} | dict.fromkeys("iub", "{0}"),
    grad=(None,),
    takes="any",
    domain=((0.1, 0.9),),
    doc="Rounded towards zero.",
)
rint: Build = map_op(
    "rint",
    numpy=np.rint,
    c="lp_rint_{t}({0})",
    grad=(None,),
    takes="float",
    domain=((0.1, 0.4),),
    doc="Rounded to the nearest integer, halves to even.",
)


# --------------------------------------------------------------------------------- comparison and logic
def _comparison(name: str, numpy: Any, sign: str, doc: str) -> Build:
    return map_op(
        name,
        numpy=numpy,
        c=f"{{0}} {sign} {{1}}",
        grad=(None, None),
        takes="any",
        domain=(F, F),
        doc=doc,
        result=BOOL,
    )


equal: Build = _comparison("equal", np.equal, "==", "Where equal.")
not_equal: Build = _comparison("not_equal", np.not_equal, "!=", "Where not equal.")
less: Build = _comparison("less", np.less, "<", "Where smaller.")
less_equal: Build = _comparison("less_equal", np.less_equal, "<=", "Where smaller or equal.")
greater: Build = _comparison("greater", np.greater, ">", "Where larger.")
greater_equal: Build = _comparison("greater_equal", np.greater_equal, ">=", "Where larger or equal.")

logical_and: Build = map_op(
    "logical_and", numpy=np.logical_and, c="{0} & {1}", grad=(None, None), takes="bool",
    domain=(F, F), doc="Where both are true.", result=BOOL,
)  # fmt: skip
logical_or: Build = map_op(
    "logical_or", numpy=np.logical_or, c="{0} | {1}", grad=(None, None), takes="bool",
    domain=(F, F), doc="Where one is true.", result=BOOL,
)  # fmt: skip
logical_xor: Build = map_op(
    "logical_xor", numpy=np.logical_xor, c="{0} ^ {1}", grad=(None, None), takes="bool",
    domain=(F, F), doc="Where exactly one is true.", result=BOOL,
)  # fmt: skip
logical_not: Build = map_op(
    "logical_not", numpy=np.logical_not, c="!{0}", grad=(None,), takes="bool",
    domain=(F,), doc="Where false.", result=BOOL,
)  # fmt: skip
bitwise_and: Build = map_op(
    "bitwise_and", numpy=np.bitwise_and, c="{0} & {1}", grad=(None, None), takes="integer",
    domain=((0, 9), (0, 9)), doc="Bits set in both.",
)  # fmt: skip
bitwise_or: Build = map_op(
    "bitwise_or", numpy=np.bitwise_or, c="{0} | {1}", grad=(None, None), takes="integer",
    domain=((0, 9), (0, 9)), doc="Bits set in one.",
)  # fmt: skip
bitwise_xor: Build = map_op(
    "bitwise_xor", numpy=np.bitwise_xor, c="{0} ^ {1}", grad=(None, None), takes="integer",
    domain=((0, 9), (0, 9)), doc="Bits set in exactly one.",
)  # fmt: skip
bitwise_not: Build = map_op(
    "bitwise_not", numpy=np.bitwise_not, c={"i": "~{0}", "u": "~{0}", "b": "!{0}"},
    grad=(None,), takes="integer", domain=((0, 9),), doc="Every bit flipped.",
)  # fmt: skip
left_shift: Build = map_op(
    "left_shift", numpy=np.left_shift, c="{0} << {1}", grad=(None, None), takes="integer",
    domain=((0, 9), (0, 5)), doc="Bits moved up; the shift must be below the width.",
)  # fmt: skip
right_shift: Build = map_op(
    "right_shift", numpy=np.right_shift, c="{0} >> {1}", grad=(None, None), takes="integer",
    domain=((0, 900), (0, 5)), doc="Bits moved down; the shift must be below the width.",
)  # fmt: skip
isnan: Build = map_op(
    "isnan", numpy=np.isnan, c="{0} != {0}", grad=(None,), takes="float",
    domain=(F,), doc="Where NaN.", result=BOOL,
)  # fmt: skip
isinf: Build = map_op(
    "isinf", numpy=np.isinf, c="lp_isinf_{t}({0})", grad=(None,), takes="float",
    domain=(F,), doc="Where infinite.", result=BOOL,
)  # fmt: skip
isfinite: Build = map_op(
    "isfinite", numpy=np.isfinite, c="lp_isfinite_{t}({0})", grad=(None,), takes="float",
    domain=(F,), doc="Where neither NaN nor infinite.", result=BOOL,
)  # fmt: skip


# ------------------------------------------------------------------------------------------- selection
def _where_grad(g: Node, node: Node) -> list[Node | None]:
    condition = node.inputs[0]
    zero = constant(0, g.dtype)
    return [None, where(condition, g, zero), where(condition, zero, g)]


where_op = MapOp(
    "where", "map", lambda c, a, b: (c.shape, a.dtype), np.where, _where_grad,
    "The second operand where the first is true, else the third.",
    arity=3, takes="any", c={"f": "lp_where_{t}({0}, {1}, {2})"} | dict.fromkeys("iub", "({0} ? {1} : {2})"),
    grads=(None, None, None), domain=(F, F, F),
)  # fmt: skip


def where(condition: Any, a: Any = None, b: Any = None) -> Node:
    """`a` where the condition is true, else `b`."""
    if a is None or b is None:
        raise SymbolicError(
            "where",
            "the shape of where(condition) depends on values",
            hint="give both choices, where(condition, a, b); or use np.nonzero(t.numpy())",
        )
    choices, dtype = together("where", (a, b), "any")
    return stored(make(where_op, unify("where", [cast(as_node(condition), BOOL), *choices])), dtype)


def clip(
    x: Any,
    low: Any = None,
    high: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    a_min: Any = None,
    a_max: Any = None,
) -> Node:
    """`x` kept between `low` and `high` (NumPy's `min` and `max`); None leaves a side open."""
    low = next((bound for bound in (low, min, a_min) if bound is not None), None)
    high = next((bound for bound in (high, max, a_max) if bound is not None), None)
    if low is not None:
        x = maximum(x, low)
    return as_node(x) if high is None else minimum(x, high)


stop_gradient: Build = map_op(
    "stop_gradient",
    numpy=lambda x: x,
    c="{0}",
    grad=(None,),
    takes="any",
    domain=(F,),
    doc="The same value, a constant for differentiation.",
)

operators |= {
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "divide": divide,
    "power": power,
    "negative": negative,
}

__all__ = [
    "absolute", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh",
    "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "cbrt", "ceil", "clip", "cos", "cosh",
    "divide", "equal", "erf", "erfinv", "exp", "exp2", "expm1", "floor", "floor_divide", "greater",
    "greater_equal", "hypot", "isfinite", "isinf", "isnan", "left_shift", "less", "less_equal", "log",
    "log10", "log1p", "log2", "log_sigmoid", "logaddexp", "logical_and", "logical_not", "logical_or",
    "logical_xor", "maximum", "minimum", "multiply", "negative", "not_equal", "power", "reciprocal", "relu",
    "remainder", "right_shift", "rint", "sigmoid", "sign", "sin", "sinh", "softplus", "sqrt", "square",
    "stop_gradient", "subtract", "tan", "tanh", "trunc", "where",
]  # fmt: skip
