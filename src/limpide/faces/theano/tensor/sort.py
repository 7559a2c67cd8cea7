"""Sorting."""

from __future__ import annotations

from typing import Any

from ....tensor import Tensor
from ... import missing
from ..engine import lp, several
from ..gof import recipes
from .basic import flatten, record_op
from .elemwise import as_dtype
from .type import formula
from .var import as_tensor_variable, dtype_of


def sort(a: Any, axis: int | None = -1, kind: str = "quicksort", order: Any = None) -> Any:
    """The elements along an axis in order; of the flattened array with axis=None."""
    a = as_tensor_variable(a)
    if axis is None:
        a, axis = flatten(a), 0
    return record_op("SortOp", lambda t: lp["sort"](t, axis=axis), a, known=lambda: a.formula)


def argsort(a: Any, axis: int | None = -1, kind: str = "quicksort", order: Any = None) -> Any:
    """The positions that put the elements along an axis in order."""
    a = as_tensor_variable(a)
    if axis is None:
        a, axis = flatten(a), 0

    def build(t: Tensor) -> Tensor:
        return as_dtype(lp["argsort"](t, axis=axis), "int64")

    return record_op("ArgSortOp", build, a, known=lambda: formula("int64", a.broadcastable))


def topk(x: Any, kth: int, axis: int = -1, sorted: bool = True, idx_dtype: str = "int64") -> Any:
    """The `kth` largest elements along an axis (the smallest for a negative number)."""
    return topk_and_argtopk(x, kth, axis, sorted, idx_dtype)[0]


def argtopk(x: Any, kth: int, axis: int = -1, sorted: bool = True, idx_dtype: str = "int64") -> Any:
    return topk_and_argtopk(x, kth, axis, sorted, idx_dtype)[1]


def topk_and_argtopk(x: Any, kth: int, axis: int = -1, sorted: bool = True, idx_dtype: str = "int64") -> Any:
    x = as_tensor_variable(x)

    def build(t: Tensor) -> tuple[Tensor, Tensor]:
        values, places = several["top_k"](t if kth > 0 else -t, abs(kth), axis)
        return values if kth > 0 else -values, as_dtype(places, idx_dtype)

    return record_op(
        "TopKOp", build, x, count=2, known=lambda: [formula(d, x.ndim) for d in (dtype_of(x), idx_dtype)]
    )


recipes.keep("sort", globals(), ["sort", "argsort", "topk", "argtopk", "topk_and_argtopk"])

__getattr__ = missing.attributes("theano.tensor.sort", globals())
