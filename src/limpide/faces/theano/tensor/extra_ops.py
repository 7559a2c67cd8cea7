"""NumPy's functions beyond the basic ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ....tensor import Tensor
from ... import missing, record
from ...record import concrete
from ...record import size as one_size
from ..engine import lp, several
from ..gof import recipes
from ..gof.graph import Between
from .basic import as_size, dtype_named, flatten, nonzero, record_op, shape_of_arguments, squeeze
from .elementwise import elementwise, reductions
from .elemwise import as_dtype
from .type import formula
from .var import as_tensor_variable, dtype_of


def cumsum(x: Any, axis: int | None = None) -> Any:
    """Running sums along an axis, of the flattened array without one."""
    return _cumulative(x, axis, "cumsum")


def cumprod(x: Any, axis: int | None = None) -> Any:
    """Running products along an axis, of the flattened array without one."""
    return _cumulative(x, axis, "cumprod")


def _cumulative(x: Any, axis: int | None, name: str) -> Any:
    x = as_tensor_variable(x)
    known = (lambda: formula(dtype_of(x), 1)) if axis is None else (lambda: x.formula)
    return record_op(f"CumOp{{{axis}, {name[3:]}}}", lambda t: lp[name](t, axis), x, known=known)


def diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    """Differences of neighbours along an axis, n times."""
    x = as_tensor_variable(x)
    for _ in range(n):
        at = axis % x.ndim
        before = [slice(None)] * at
        x = x[(*before, slice(1, None))] - x[(*before, slice(None, -1))]
    return x


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Every element several times along an axis."""
    x = as_tensor_variable(x)
    if axis is None:
        x, axis = flatten(x), 0
    counts = as_tensor_variable(repeats)

    def build(t: Tensor, repeats: Tensor) -> Tensor:
        found = concrete(repeats)
        return lp["repeat"](t, int(found) if found.ndim == 0 else np.array(found), axis)

    pattern = [b and a != axis % x.ndim for a, b in enumerate(x.broadcastable)]
    return record_op("Repeat", build, x, counts, known=lambda: formula(dtype_of(x), pattern))


def bincount(x: Any, weights: Any = None, minlength: int | None = None, assert_nonneg: bool = False) -> Any:
    """How often each number occurs, or the sum of its weights."""
    x = as_tensor_variable(x)
    given = [x] if weights is None else [x, as_tensor_variable(weights)]
    out = "int64" if weights is None else dtype_of(given[1])

    def count(array: Any, *weights: Any) -> Any:
        return np.bincount(array, weights[0] if weights else None, minlength or 0).astype(out)

    return record_op("BinCountOp", count, *given, known=lambda: formula(out, 1), kind=Between)


def compress(condition: Any, x: Any, axis: int | None = None) -> Any:
    """The parts of x along an axis where the condition holds."""
    x = as_tensor_variable(x)
    if axis is None:
        x, axis = flatten(x), 0
    places = nonzero(as_tensor_variable(condition))[0]
    return x[(*[slice(None)] * (axis % x.ndim), places)]


def compress_method(x: Any, condition: Any, axis: int | None = None) -> Any:
    return compress(condition, x, axis)


def norm(x: Any, L: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of order L over axes."""
    x = as_tensor_variable(x)
    if L == 0:
        return reductions["sum"](elementwise["neq"](x, 0), axis, keepdims=keepdims)
    if float("inf") == L:
        return reductions["max"](abs(x), axis, keepdims=keepdims)
    if float("-inf") == L:
        return reductions["min"](abs(x), axis, keepdims=keepdims)
    return reductions["sum"](abs(x) ** L, axis, keepdims=keepdims) ** (1.0 / L)


def searchsorted(x: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """Where elements of v go in the sorted vector x."""
    x, v = as_tensor_variable(x), as_tensor_variable(v)
    if sorter is not None:
        x = x[as_tensor_variable(sorter)]
    return record_op(
        "SearchsortedOp",
        lambda a, b: as_dtype(lp["searchsorted"](a, b, side), "int64"),
        x,
        v,
        known=lambda: formula("int64", v.broadcastable),
    )


def to_one_hot(y: Any, nb_class: Any, dtype: Any = None) -> Any:
    """Rows with a 1 at the label's place."""
    y = as_tensor_variable(y)
    return record_op(
        "OneHot", lambda t, n: lp["one_hot"](t, one_size(n), dtype_named(dtype)), y, as_size(nb_class)
    )


def fill_diagonal(a: Any, val: Any) -> Any:
    """`a` with a value on its diagonal."""
    return fill_diagonal_offset(a, val, 0)


def fill_diagonal_offset(a: Any, val: Any, offset: Any) -> Any:
    """`a` with a value on the diagonal at an offset."""
    a, val = as_tensor_variable(a), as_tensor_variable(val)

    def build(t: Tensor, value: Tensor, offset: Any) -> Tensor:
        if record.is_guess():
            return formula(t.dtype, t.ndim)
        if t.ndim == 2:
            mask = np.eye(int(t.shape[0]), int(t.shape[1]), int(concrete(offset)), dtype=bool)
        else:
            mask = np.zeros(t.shape, bool)
            np.fill_diagonal(mask, True)
        return lp["where"](mask, as_dtype(value, t.dtype.name), t)

    return record_op("FillDiagonal", build, a, val, offset)


def unique(
    x: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
) -> Any:
    """The different elements in order; found between native calls."""
    x = as_tensor_variable(x)
    count = 1 + sum((return_index, return_inverse, return_counts))

    def search(array: Any) -> Any:
        find: Callable[..., Any] = np.unique
        found = find(array, return_index, return_inverse, return_counts, axis)
        return found if count > 1 else (found,)

    dtypes = [dtype_of(x), *["int64"] * (count - 1)]
    outputs = record_op(
        "Unique", search, x, count=count, known=lambda: [formula(d, 1) for d in dtypes], kind=Between
    )
    return outputs if count > 1 else outputs[0]


def unravel_index(indices: Any, dims: Any, order: str = "C") -> tuple[Any, ...]:
    """Positions in a flattened array as positions along its axes."""
    rest = as_tensor_variable(indices)
    found = []
    for d in reversed(list(dims)):
        found.append(rest % d)
        rest = rest // d
    return tuple(reversed(found))


def ravel_multi_index(multi_index: Any, dims: Any, mode: str = "raise", order: str = "C") -> Any:
    """Positions along axes as positions in the flattened array."""
    total: Any = 0
    for i, d in zip(multi_index, list(dims), strict=True):
        total = total * d + i
    return total


def broadcast_shape(*arrays: Any) -> Any:
    return sum(arrays[1:], arrays[0]).shape


def broadcast_to(x: Any, shape: Any) -> Any:
    x, wanted = as_tensor_variable(x), shape_of_arguments(shape)
    return record_op("BroadcastTo", lambda t, s: lp["broadcast_to"](t, record.sizes(s)), x, wanted)


def cartesian_prod(*vectors: Any) -> Any:
    grids = record_op(
        "Meshgrid",
        lambda v: several["meshgrid"](*v, indexing="ij"),
        [as_tensor_variable(v) for v in vectors],
        count=len(vectors),
    )
    return as_tensor_variable([flatten(g) for g in grids]).T


__all__ = [
    "bincount", "compress", "cumprod", "cumsum", "diff", "fill_diagonal", "fill_diagonal_offset", "norm",
    "ravel_multi_index", "repeat", "searchsorted", "squeeze", "to_one_hot", "unique", "unravel_index",
]  # fmt: skip

recipes.keep("extra_ops", globals(), __all__)

__getattr__ = missing.attributes("theano.tensor.extra_ops", globals())
