"""Averages, spreads, norms and running products."""

from __future__ import annotations

import math
from typing import Any

from ..dtypes import as_dtype, is_float
from ..errors import ArgumentError
from ..graph import Node
from ..shapes import axes_of, axis_of, product, show
from . import reduce as r
from .arithmetic import as_float
from .arrange import part, sort
from .define import as_node, cast, constant
from .loop import scan_nodes
from .map import (
    absolute,
    equal,
    exp,
    isnan,
    log,
    logical_not,
    not_equal,
    power,
    sqrt,
    square,
    stop_gradient,
    where,
)
from .view import broadcast_to, moveaxis, pad_between, reshape, transpose


def _float_input(x: Any, dtype: Any) -> Node:
    x = as_node(x)
    return as_float(x) if dtype is None else cast(x, as_dtype(dtype))


def count(x: Node, axes: tuple[int, ...]) -> Node:
    """The number of elements that a reduction over `axes` folds, in the dtype of `x`."""
    return constant(product(x.shape[a] for a in axes), x.dtype)


def mean(x: Any, axis: Any = None, keepdims: bool = False, *, dtype: Any = None) -> Node:
    """Arithmetic mean over axes; integers become floatx."""
    x = _float_input(x, dtype)
    axes = axes_of("mean", axis, x.ndim)
    return r.sum(x, axes, keepdims) / count(x, axes)


def average(x: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Node:
    """Mean over axes, weighted where weights are given: of the shape of `x`, or along the one axis."""
    if weights is None:
        return mean(x, axis, keepdims)
    x, w = as_float(x), as_float(weights)
    if w.ndim == 1 and x.ndim != 1:
        if axis is None:
            raise ArgumentError(
                "average", f"weights of shape {show(w.shape)} for {show(x.shape)} need an axis"
            )
        w = reshape(w, tuple(-1 if a == axis_of("average", axis, x.ndim) else 1 for a in range(x.ndim)))
    w = broadcast_to(w, x.shape)
    return r.sum(x * w, axis, keepdims) / r.sum(w, axis, keepdims)


def var(
    x: Any,
    axis: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    correction: float = 0,
    dtype: Any = None,
) -> Node:
    """Variance over axes, divided by the count less `ddof` (or `correction`)."""
    x = _float_input(x, dtype)
    axes = axes_of("var", axis, x.ndim)
    centred = x - mean(x, axes, keepdims=True)
    return r.sum(square(centred), axes, keepdims) / (count(x, axes) - (ddof or correction))


def std(
    x: Any,
    axis: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    correction: float = 0,
    dtype: Any = None,
) -> Node:
    """Standard deviation over axes, divided by the count less `ddof`; the derivative at 0 is 0."""
    return root(var(x, axis, ddof, keepdims, correction=correction, dtype=dtype))


def root(x: Node) -> Node:
    """Square root whose derivatives at 0 are 0 instead of infinite."""
    zero = equal(x, 0)
    return where(zero, 0, sqrt(where(zero, 1, x)))


def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Node:
    """Largest less smallest element over axes."""
    return r.max(x, axis, keepdims) - r.min(x, axis, keepdims)


def median(x: Any, axis: Any = None, keepdims: bool = False) -> Node:
    """Middle element over axes, the mean of the middle two of an even number; NaN where there is one."""
    x = as_float(x)
    axes = axes_of("median", axis, x.ndim)
    others = tuple(a for a in range(x.ndim) if a not in axes)
    lead = tuple(x.shape[a] for a in others)
    size = product(x.shape[a] for a in axes)
    if isinstance(size, int) and size == 0:
        raise ArgumentError("median", f"there is nothing to take the median of in {show(x.shape)}")
    rows = reshape(transpose(x, (*others, *axes)), (*lead, size))
    ordered = sort(rows, -1)
    last = ordered.ndim - 1
    middle = part(ordered, last, (size - 1) // 2, (size - 1) // 2 + 1)
    if not (isinstance(size, int) and size % 2):
        middle = (middle + part(ordered, last, size // 2, size // 2 + 1)) / 2
    top = part(ordered, last, size - 1, size)  # NaN is sorted last
    found = reshape(where(isnan(top), top, middle), lead)
    return reshape(found, tuple(1 if a in axes else s for a, s in enumerate(x.shape))) if keepdims else found


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Node:
    """log(sum(exp(x))) over axes, shifted by the maximum so that it does not overflow."""
    x = as_float(x)
    top = r.max(x, axis, keepdims=True)
    shift = stop_gradient(where(equal(top - top, 0), top, 0))  # an infinite maximum is not subtracted
    y = log(r.sum(exp(x - shift), axis, keepdims=True)) + shift
    return y if keepdims else reshape(y, r.kept_shape(x.shape, axes_of("logsumexp", axis, x.ndim)))


# --------------------------------------------------------------------------------------------- norms
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Node:
    """Norm of vectors or matrices, as np.linalg.norm; its derivative at 0 is 0.

    ord: None (root of the sum of squares); a number or inf for vectors; "fro", 1, -1, inf, -inf for matrices.
    axis: one for vectors, two for matrices; without it the array has one or two axes, or `ord` is None.
    """
    x = as_float(x)
    if axis is None:
        if ord is None:
            return root(r.sum(square(x), None, keepdims))
        if x.ndim not in (1, 2):
            raise ArgumentError("norm", f"ord={ord!r} of shape {show(x.shape)} needs an axis")
    axes = tuple(range(x.ndim)) if axis is None else _ordered_axes(axis, x.ndim)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes, keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    raise ArgumentError("norm", f"{len(axes)} axes: vectors have one, matrices two")


def _ordered_axes(axis: Any, rank: int) -> tuple[int, ...]:
    return tuple(axis_of("norm", a, rank) for a in (axis if isinstance(axis, (tuple, list)) else (axis,)))


def vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Node:
    """Norm over axes (all of them by default) as if they were one."""
    x = as_float(x)
    return _vector_norm(x, ord, axes_of("vector_norm", axis, x.ndim), keepdims)


def _vector_norm(x: Node, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Node:
    if ord is None or ord == 2:
        return root(r.sum(square(x), axes, keepdims))
    if isinstance(ord, str):
        raise ArgumentError("norm", f"ord={ord!r} is not a norm of vectors")
    if ord == math.inf:
        return r.max(absolute(x), axes, keepdims)
    if ord == -math.inf:
        return r.min(absolute(x), axes, keepdims)
    if ord == 0:
        return cast(r.sum(not_equal(x, 0), axes, keepdims), x.dtype)
    if ord == 1:
        return r.sum(absolute(x), axes, keepdims)
    total = r.sum(power(absolute(x), float(ord)), axes, keepdims)
    zero = equal(total, 0)
    return where(zero, 0, power(where(zero, 1, total), 1 / ord))


def _matrix_norm(x: Node, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Node:
    rows, columns = axes
    if ord is None or ord == "fro":
        return root(r.sum(square(x), axes, keepdims))
    if ord in (1, -1, math.inf, -math.inf):
        summed, kept = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = r.sum(absolute(x), summed, keepdims=True)
        y = (r.max if ord > 0 else r.min)(sums, kept, keepdims=True)
        return y if keepdims else reshape(y, r.kept_shape(x.shape, tuple(sorted(axes))))
    raise ArgumentError("norm", f"ord={ord!r} is not one of None, 'fro', 1, -1, inf, -inf for matrices")


# ------------------------------------------------------------------------------------ along an axis
def cumprod(x: Any, axis: int | None = None) -> Node:
    """Running product along `axis`; of the flattened array without one."""
    x = as_node(x)
    if axis is None:
        return cumprod(reshape(x, (-1,)), 0)
    if not is_float(x.dtype):
        x = cast(x, r.wide(x.dtype))
    axis = axis_of("cumprod", axis, x.ndim)
    rows = moveaxis(x, axis, 0)
    if isinstance(rows.shape[0], int):
        return moveaxis(_doubled(rows), 0, axis)
    start = broadcast_to(constant(1, x.dtype), rows.shape[1:])

    def step(carry: list[Node], row: list[Node]) -> tuple[list[Node], list[Node]]:
        total = carry[0] * row[0]
        return [total], [total]

    _, (products,) = scan_nodes(step, [start], [rows])
    return moveaxis(products, 0, axis)


def _doubled(x: Node) -> Node:
    """Running products along axis 0 by doubling (Hillis and Steele 1986): a few whole-array products."""
    size = int(x.shape[0])
    reach = 1
    while reach < size:
        shift = ((reach, 0, 0), *[(0, 0, 0)] * (x.ndim - 1))
        x = x * pad_between(part(x, 0, 0, size - reach), shift, 1)
        reach *= 2
    return x


def diff(x: Any, n: int = 1, axis: int = -1) -> Node:
    """Differences of neighbours along an axis, `n` times."""
    t = as_node(x)
    axis = axis_of("diff", axis, t.ndim)
    for _ in range(n):
        size = t.shape[axis]
        if isinstance(size, int) and size == 0:
            return t
        later, earlier = part(t, axis, 1, size), part(t, axis, 0, size - 1)
        t = not_equal(later, earlier) if t.dtype.kind == "b" else later - earlier
    return t


# -------------------------------------------------------------------------------------- without NaN
def _numbers(x: Any, fill: float) -> tuple[Node, Node]:
    x = as_float(x)
    missing = isnan(x)
    return where(missing, fill, x), logical_not(missing)


def nansum(x: Any, axis: Any = None, keepdims: bool = False) -> Node:
    """Sum over axes of what is not NaN."""
    return r.sum(_numbers(x, 0)[0], axis, keepdims)


def nanmean(x: Any, axis: Any = None, keepdims: bool = False) -> Node:
    """Mean over axes of what is not NaN."""
    known, present = _numbers(x, 0)
    return r.sum(known, axis, keepdims) / cast(r.sum(present, axis, keepdims), known.dtype)


def nanmax(x: Any, axis: Any = None, keepdims: bool = False) -> Node:
    """Largest element over axes that is not NaN; NaN where there is none."""
    known, present = _numbers(x, -math.inf)
    return where(r.any(present, axis, keepdims), r.max(known, axis, keepdims), math.nan)


def nanmin(x: Any, axis: Any = None, keepdims: bool = False) -> Node:
    """Smallest element over axes that is not NaN; NaN where there is none."""
    known, present = _numbers(x, math.inf)
    return where(r.any(present, axis, keepdims), r.min(known, axis, keepdims), math.nan)


__all__ = [
    "average", "cumprod", "diff", "logsumexp", "mean", "median", "nanmax", "nanmean", "nanmin", "nansum",
    "norm", "ptp", "std", "var", "vector_norm",
]  # fmt: skip
