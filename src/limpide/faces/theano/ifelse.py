"""`ifelse`: one of two values by a condition."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import missing
from ..record import NeedsValue, Unknown, concrete
from . import scalar
from .engine import lp
from .gof import recipes
from .tensor.basic import record_op
from .tensor.elemwise import as_dtype
from .tensor.type import formula
from .tensor.var import as_tensor_variable, dtype_of, pattern_of


def ifelse(condition: Any, then_branch: Any, else_branch: Any, name: str | None = None) -> Any:
    """`then_branch` where the scalar condition is true, else `else_branch`; or lists of them.

    One branch alone is computed where the condition depends on no input; else both are, and one is taken.
    Branches of different shapes are compiled for the condition's value.
    Raises TypeError where the branches differ in number of axes.
    """
    many = isinstance(then_branch, (list, tuple))
    thens = list(then_branch) if many else [then_branch]
    elses = list(else_branch) if isinstance(else_branch, (list, tuple)) else [else_branch]
    if len(thens) != len(elses):
        raise ValueError(
            "The number of values on the `then` branch should "
            "have the same number of variables as the `else` branch"
        )
    found = [_one(condition, a, b) for a, b in zip(thens, elses, strict=True)]
    for f in found:
        f.name = name
    return type(then_branch)(found) if many else found[0]


def _one(condition: Any, then: Any, other: Any) -> Any:
    test, a, b = as_tensor_variable(condition), as_tensor_variable(then), as_tensor_variable(other)
    if len(pattern_of(a)) != len(pattern_of(b)):
        raise TypeError(f"IfElse requires same types for true and false return values: {a.type} and {b.type}")
    out = scalar.upcast(dtype_of(a), dtype_of(b))

    def build(test: Tensor, a: Tensor, b: Tensor) -> Tensor:
        a, b = as_dtype(a, out), as_dtype(b, out)
        try:
            return a if concrete(test) else b
        except (NeedsValue, Unknown):
            if tuple(a.shape) != tuple(b.shape):
                raise
        return lp["where"](lp["reshape"](test, ()) != 0, a, b)

    pattern = [x and y for x, y in zip(pattern_of(a), pattern_of(b), strict=True)]
    return record_op("if{}", build, test, a, b, known=lambda: formula(out, pattern))


recipes.keep("ifelse", globals(), ["ifelse"])

__getattr__ = missing.attributes("theano.ifelse", globals())
