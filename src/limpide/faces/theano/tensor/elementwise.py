"""The table of elementwise ops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....tensor import Tensor
from .. import scalar
from ..engine import lp
from ..scalar import ScalarOp
from .elemwise import (
    CAReduce,
    Elemwise,
    any_dtype,
    choosing,
    comparing,
    dividing,
    floating,
    known_scalar_ops,
    same,
    testing,
    widened,
)


def _round_away(x: Tensor) -> Tensor:
    return lp["sign"](x) * lp["floor"](lp["abs"](x) + 0.5)


def _sign(x: Tensor) -> Tensor:
    return lp["sign"](x)


def _bits(name: str, logical: str) -> Callable[..., Tensor]:
    """Bits of integers, truth of bools."""
    return lambda *x: lp[logical if x[0].dtype.kind == "b" else name](*x)


# name -> what computes it, how dtypes meet
TABLE: dict[str, tuple[Callable[..., Any], Any]] = {
    "add": (lambda *x: _folded(lp["add"], x), same),
    "sub": (lp["subtract"], same),
    "mul": (lambda *x: _folded(lp["multiply"], x), same),
    "true_div": (lp["divide"], dividing),
    "int_div": (lp["floor_divide"], same),
    "mod": (lp["remainder"], same),
    "pow": (lp["power"], same),
    "maximum": (lp["maximum"], same),
    "minimum": (lp["minimum"], same),
    "neg": (lp["negative"], same),
    "abs_": (lp["abs"], same),
    "sgn": (_sign, same),
    "sqr": (lp["square"], same),
    "ceil": (lp["ceil"], floating),
    "floor": (lp["floor"], floating),
    "trunc": (lp["trunc"], floating),
    "round_half_to_even": (lp["rint"], floating),
    "round_half_away_from_zero": (_round_away, floating),
    "inv": (lp["reciprocal"], floating),
    "exp": (lp["exp"], floating),
    "exp2": (lp["exp2"], floating),
    "expm1": (lp["expm1"], floating),
    "log": (lp["log"], floating),
    "log2": (lp["log2"], floating),
    "log10": (lp["log10"], floating),
    "log1p": (lp["log1p"], floating),
    "sqrt": (lp["sqrt"], floating),
    "deg2rad": (lp["deg2rad"], floating),
    "rad2deg": (lp["rad2deg"], floating),
    "cos": (lp["cos"], floating),
    "sin": (lp["sin"], floating),
    "tan": (lp["tan"], floating),
    "arccos": (lp["arccos"], floating),
    "arcsin": (lp["arcsin"], floating),
    "arctan": (lp["arctan"], floating),
    "arctan2": (lp["arctan2"], floating),
    "cosh": (lp["cosh"], floating),
    "sinh": (lp["sinh"], floating),
    "tanh": (lp["tanh"], floating),
    "arccosh": (lp["arccosh"], floating),
    "arcsinh": (lp["arcsinh"], floating),
    "arctanh": (lp["arctanh"], floating),
    "erf": (lp["erf"], floating),
    "erfc": (lambda x: 1 - lp["erf"](x), floating),
    "erfinv": (lp["erfinv"], floating),
    "erfcinv": (lambda x: lp["erfinv"](1 - x), floating),
    "sigmoid": (lp["sigmoid"], floating),
    "softplus": (lp["softplus"], floating),
    "lt": (lp["less"], comparing),
    "gt": (lp["greater"], comparing),
    "le": (lp["less_equal"], comparing),
    "ge": (lp["greater_equal"], comparing),
    "eq": (lp["equal"], comparing),
    "neq": (lp["not_equal"], comparing),
    "isnan": (lp["isnan"], testing),
    "isinf": (lp["isinf"], testing),
    "and_": (_bits("bitwise_and", "logical_and"), any_dtype),
    "or_": (_bits("bitwise_or", "logical_or"), any_dtype),
    "xor": (_bits("bitwise_xor", "logical_xor"), any_dtype),
    "invert": (_bits("bitwise_not", "logical_not"), any_dtype),
    "switch": (lambda c, a, b: lp["where"](c != 0 if c.dtype.kind != "b" else c, a, b), choosing),
    "clip": (lp["clip"], same),
    "second": (lambda a, b: lp["broadcast_to"](b, a.shape), lambda a, b: (b, b)),
    "tensor_copy": (lp["copy"], any_dtype),
    "conj": (lp["copy"], any_dtype),
    "real": (lp["copy"], any_dtype),
    "imag": (lp["zeros_like"], any_dtype),
}


def _folded(function: Callable[..., Tensor], values: tuple[Tensor, ...]) -> Tensor:
    """A sum or product of several."""
    result = values[0]
    for value in values[1:]:
        result = function(result, value)
    return result


elementwise: dict[str, Elemwise] = {name: Elemwise(name, *entry) for name, entry in TABLE.items()}

OTHER_NAMES = {
    "square": "sqr", "where": "switch", "fill": "second", "bitwise_and": "and_", "bitwise_or": "or_",
    "bitwise_xor": "xor", "bitwise_not": "invert", "floor_div": "int_div", "power": "pow",
    "logical_not": "invert", "copy": "tensor_copy", "reciprocal": "inv", "sign": "sgn",
    "identity": "tensor_copy",
}  # fmt: skip
elementwise |= {other: elementwise[name] for other, name in OTHER_NAMES.items()}

known_scalar_ops |= {name: (name, *entry) for name, entry in TABLE.items()}
known_scalar_ops |= {other: known_scalar_ops[name] for other, name in OTHER_NAMES.items()}
for _name in known_scalar_ops:
    vars(scalar).setdefault(_name, ScalarOp(_name))

reductions: dict[str, CAReduce] = {
    "sum": CAReduce("sum", lp["sum"], widened),
    "prod": CAReduce("prod", lp["prod"], widened),
    "max": CAReduce("max", lp["max"]),
    "min": CAReduce("min", lp["min"]),
    "all": CAReduce("all", lp["all"], lambda _: "bool"),
    "any": CAReduce("any", lp["any"], lambda _: "bool"),
}

__all__ = ["elementwise", "reductions"]
