"""Python's operators on tensors of a graph: one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import math
from .arrays import slices
from .graph import Tensor

# operator -> function, name of the operation that it records
BINARY: dict[str, tuple[Callable[..., Any], str]] = {
    "add": (math.add, "add"),
    "sub": (math.subtract, "sub"),
    "mul": (math.multiply, "mul"),
    "truediv": (math.truediv, "truediv"),
    "div": (math.div, "div"),
    "floordiv": (math.floordiv, "floordiv"),
    "mod": (math.mod, "mod"),
    "pow": (math.pow, "pow"),
    "and": (math.logical_and, "and"),
    "or": (math.logical_or, "or"),
    "xor": (math.logical_xor, "xor"),
}
COMPARE = {
    "lt": (math.less, "Less"),
    "le": (math.less_equal, "LessEqual"),
    "gt": (math.greater, "Greater"),
    "ge": (math.greater_equal, "GreaterEqual"),
}


def _binary(function: Callable[..., Any], name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def method(self: Tensor, other: Any) -> Any:
        return NotImplemented if _unfit(other) else function(self, other, name=name)

    def swapped(self: Tensor, other: Any) -> Any:
        return NotImplemented if _unfit(other) else function(other, self, name=name)

    return method, swapped


def _unfit(other: Any) -> bool:
    return other is None or isinstance(other, (dict, set))


for _short, (_function, _name) in BINARY.items():
    _method, _swapped = _binary(_function, _name)
    setattr(Tensor, f"__{_short}__", _method)
    setattr(Tensor, f"__r{_short}__", _swapped)
for _short, (_function, _name) in COMPARE.items():
    setattr(Tensor, f"__{_short}__", _binary(_function, _name)[0])

OTHERS: dict[str, Callable[..., Any]] = {
    "getitem": slices.getitem,
    "matmul": math.matmul,
    "neg": math.negative,
    "abs": math.abs,
    "invert": math.logical_not,
}
for _name, _function in OTHERS.items():
    setattr(Tensor, f"__{_name}__", _function)
