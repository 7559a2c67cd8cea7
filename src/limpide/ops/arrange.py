"""Arrays put together, taken apart, repeated, shifted, gathered and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dtypes import INT64, computing, converted
from ..errors import ArgumentError, IndexingError, ShapeError
from ..graph import Node
from ..shapes import Size, axis_of, broadcast, product, same, show, static
from . import reduce as r
from .block import argsort, concatenate, operand_index, take_along
from .define import as_node, cast, constant
from .map import less, less_equal, remainder, where
from .view import (
    broadcast_to,
    expand_dims,
    flip,
    iota,
    moveaxis,
    pad_between,
    reshape,
    slice_axes,
    swapaxes,
)


# -------------------------------------------------------------------------------------------- together
def stack(arrays: Sequence[Any], axis: int = 0) -> Node:
    """Arrays of one shape joined along a new axis."""
    parts = [as_node(a) for a in arrays]
    for part in parts[1:]:
        if part.ndim != parts[0].ndim or not all(map(same, part.shape, parts[0].shape)):
            raise ShapeError("stack", f"shapes {show(parts[0].shape)} and {show(part.shape)} differ")
    return concatenate([expand_dims(p, axis) for p in parts], axis)


def atleast_1d(x: Any) -> Node:
    """Scalars as arrays of one element."""
    x = as_node(x)
    return x if x.ndim else reshape(x, (1,))


def atleast_2d(x: Any) -> Node:
    """Vectors as one row."""
    x = atleast_1d(x)
    return x if x.ndim > 1 else expand_dims(x, 0)


def vstack(arrays: Sequence[Any]) -> Node:
    """Arrays joined as rows; vectors are one row each."""
    return concatenate([atleast_2d(a) for a in arrays], 0)


def hstack(arrays: Sequence[Any]) -> Node:
    """Arrays joined along the second axis (vectors along the first)."""
    parts = [atleast_1d(a) for a in arrays]
    return concatenate(parts, 0 if parts and parts[0].ndim == 1 else 1)


def column_stack(arrays: Sequence[Any]) -> Node:
    """Vectors as the columns of a matrix."""
    parts = [atleast_1d(a) for a in arrays]
    return concatenate([p if p.ndim > 1 else expand_dims(p, 1) for p in parts], 1)


def append(x: Any, values: Any, axis: int | None = None) -> Node:
    """`values` after `x` along an axis; both flattened without one."""
    if axis is None:
        return concatenate([reshape(as_node(x), (-1,)), reshape(as_node(values), (-1,))])
    return concatenate([x, values], axis)


# ---------------------------------------------------------------------------------------------- apart
def part(x: Node, axis: int, start: Size, stop: Size, step: int = 1) -> Node:
    """A slice along one axis, with 0 <= start <= stop <= size."""
    return slice_axes(
        x, tuple((start, stop, step) if a == axis else (0, s, 1) for a, s in enumerate(x.shape))
    )


def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Node]:
    """Parts along an axis: a number of them, nearly equal, or the positions where to cut."""
    x = as_node(x)
    axis = axis_of("split", axis, x.ndim)
    (size,) = static((x.shape[axis],), "split")
    if isinstance(indices_or_sections, (int, np.integer)):
        count = int(indices_or_sections)
        if count < 1:
            raise ArgumentError("split", f"into {count} parts")
        cuts = [size // count * i + min(i, size % count) for i in range(1, count)]
    else:
        cuts = [slice(None, int(i)).indices(size)[1] for i in indices_or_sections]
    ends = [0, *cuts, size]
    return [part(x, axis, a, max(a, b)) for a, b in zip(ends, ends[1:], strict=False)]


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Node]:
    """Equal parts along an axis, or parts between given positions.

    Raises ShapeError where the size is no multiple of the number of parts.
    """
    x = as_node(x)
    axis = axis_of("split", axis, x.ndim)
    size = x.shape[axis]
    if isinstance(indices_or_sections, (int, np.integer)) and isinstance(size, int):
        count = int(indices_or_sections)
        if count > 0 and size % count:
            raise ShapeError(
                "split",
                f"axis {axis} of {show(x.shape)} has size {size}, which {count} does not divide",
                hint="lp.array_split makes parts that are nearly equal",
            )
    return array_split(x, indices_or_sections, axis)


def hsplit(x: Any, indices_or_sections: Any) -> list[Node]:
    """`split` along the second axis (of vectors along the first)."""
    return split(x, indices_or_sections, 0 if as_node(x).ndim == 1 else 1)


def vsplit(x: Any, indices_or_sections: Any) -> list[Node]:
    """`split` along the first axis."""
    return split(x, indices_or_sections, 0)


def unstack(x: Any, axis: int = 0) -> tuple[Node, ...]:
    """The sub-arrays along an axis, without it."""
    x = moveaxis(as_node(x), axis, 0)
    (size,) = static((x.shape[0],), "unstack")
    return tuple(reshape(part(x, 0, i, i + 1), x.shape[1:]) for i in range(size))


# ------------------------------------------------------------------------------------------- stretched
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Node:
    """Longer axes, as np.pad.

    pad_width: a number, (before, after), or one such pair per axis.
    mode: "constant", "edge", "reflect", "symmetric" or "wrap".
    """
    t = as_node(x)
    try:
        widths = np.broadcast_to(np.asarray(pad_width, dtype=np.int64), (t.ndim, 2)).tolist()
    except ValueError:
        raise ShapeError(
            "pad", f"the widths {pad_width} do not fit the {t.ndim} axes of {show(t.shape)}"
        ) from None
    if any(w < 0 for pair in widths for w in pair):
        raise ArgumentError(
            "pad", f"the widths {pad_width} must not be negative", hint="use slices to shorten"
        )
    if mode == "constant":
        return _pad_constant(t, widths, constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise ArgumentError(
            "pad", f"the mode {mode!r} is not one of constant, edge, reflect, symmetric, wrap"
        )
    for axis, (before, after) in enumerate(widths):
        if before or after:
            (size,) = static((t.shape[axis],), "pad")
            positions = np.pad(np.arange(size), (before, after), mode=mode)  # type: ignore[call-overload]
            t = take_along(t, constant(positions), axis)
    return t


def _pad_constant(x: Node, widths: list[list[int]], values: Any) -> Node:
    given = np.broadcast_to(np.asarray(values), (x.ndim, 2))
    fills = converted(converted(given, x.dtype), computing(x.dtype))
    if (fills == fills.flat[0]).all() if fills.size else True:
        fill = fills.flat[0].item() if fills.size else 0
        return pad_between(x, tuple((before, after, 0) for before, after in widths), fill)
    for axis, ((before, after), (low, high)) in enumerate(zip(widths, fills.tolist(), strict=True)):
        one = [(0, 0, 0)] * x.ndim
        one[axis] = (before, 0, 0)
        x = pad_between(x, tuple(one), low)
        one[axis] = (0, after, 0)
        x = pad_between(x, tuple(one), high)
    return x


def tile(x: Any, reps: Any) -> Node:
    """The array repeated as a whole, `reps` times along each axis."""
    x = as_node(x)
    times = tuple(reps) if isinstance(reps, (tuple, list)) else (reps,)
    rank = max(x.ndim, len(times))
    times = (*[1] * (rank - len(times)), *times)
    shape = (*[1] * (rank - x.ndim), *x.shape)
    spread = reshape(x, tuple(s for size in shape for s in (1, size)))
    wide = broadcast_to(spread, tuple(s for pair in zip(times, shape, strict=True) for s in pair))
    return reshape(wide, tuple(t * size for t, size in zip(times, shape, strict=True)))


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Node:
    """Every element `repeats` times along an axis (flattened without one); a list says how often each."""
    x = as_node(x)
    if axis is None:
        return repeat(reshape(x, (-1,)), repeats, 0)
    axis = axis_of("repeat", axis, x.ndim)
    if isinstance(repeats, (int, np.integer)):
        wide = broadcast_to(
            expand_dims(x, axis + 1), (*x.shape[: axis + 1], int(repeats), *x.shape[axis + 1 :])
        )
        return reshape(wide, (*x.shape[:axis], x.shape[axis] * int(repeats), *x.shape[axis + 1 :]))
    (size,) = static((x.shape[axis],), "repeat")
    counts = np.asarray(repeats)
    if counts.shape not in ((size,), (1,), ()):
        raise ShapeError("repeat", f"{counts.size} counts for axis {axis} of size {size}")
    return take_along(x, constant(np.repeat(np.arange(size), counts)), axis)


def roll(x: Any, shift: Any, axis: Any = None) -> Node:
    """Elements moved along axes, around the end; the shift may be computed."""
    t = as_node(x)
    if axis is None:
        return reshape(roll(reshape(t, (-1,)), shift, 0), t.shape)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    shifts = shift if isinstance(shift, (tuple, list)) else (shift,) * len(axes)
    for by, a in zip(shifts, axes, strict=True):
        t = _roll_axis(t, by, axis_of("roll", a, t.ndim))
    return t


def _roll_axis(x: Node, shift: Any, axis: int) -> Node:
    size = x.shape[axis]
    if isinstance(shift, Node):
        source = remainder(iota((size,), 0, INT64) - cast(shift, INT64), constant(size, INT64))
        return take_along(x, source, axis)
    by = int(shift.__index__())
    if isinstance(size, int):
        by = by % size if size else 0
    if by == 0:
        return x
    cut = size - by if by > 0 else -by
    return concatenate([part(x, axis, cut, size), part(x, axis, 0, cut)], axis)


def fliplr(x: Any) -> Node:
    """The second axis read backwards."""
    return flip(x, 1)


def flipud(x: Any) -> Node:
    """The first axis read backwards."""
    return flip(x, 0)


def rot90(x: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Node:
    """Turned by `k` quarters, from the first axis towards the second."""
    t = as_node(x)
    first, second = axes
    if k % 4 == 0:
        return t
    if k % 4 == 2:
        return flip(flip(t, first), second)
    turned = swapaxes(t, first, second)
    return flip(turned, first) if k % 4 == 1 else flip(turned, second)


# ----------------------------------------------------------------------------------------- diagonals
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
    """The diagonal of two axes as a new last axis; `offset` moves it right (below: left)."""
    x = as_node(x)
    if x.ndim < 2:
        raise ShapeError("diagonal", f"a shape with two axes is needed, not {show(x.shape)}")
    first, second = axis_of("diagonal", axis1, x.ndim), axis_of("diagonal", axis2, x.ndim)
    if first == second:
        raise ShapeError("diagonal", f"axis1 and axis2 are both {axis1}")
    x = moveaxis(x, (first, second), (-2, -1))
    rows, columns = static(x.shape[-2:], "diagonal")
    length = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    start = max(offset, 0) - min(offset, 0) * columns if length else 0
    flat = reshape(x, (*x.shape[:-2], rows * columns))
    stop = start + (length - 1) * (columns + 1) + 1 if length else start
    return part(flat, flat.ndim - 1, start, stop, columns + 1)


def diag(v: Any, k: int = 0) -> Node:
    """A matrix with the vector `v` on its diagonal `k`, or the diagonal `k` of a matrix."""
    v = as_node(v)
    if v.ndim != 1:
        if v.ndim != 2:
            raise ShapeError("diag", f"a vector or a matrix is needed, not {show(v.shape)}")
        return diagonal(v, k)
    (length,) = static(v.shape, "diag")
    size = length + abs(k)
    if not length:
        return broadcast_to(constant(0, v.dtype), (size, size))
    start = k if k >= 0 else -k * size
    reach = (length - 1) * (size + 1) + 1
    flat = pad_between(v, ((start, size * size - start - reach, size),))
    return reshape(flat, (size, size))


def diagflat(v: Any, k: int = 0) -> Node:
    """A matrix with the flattened `v` on its diagonal `k`."""
    return diag(reshape(as_node(v), (-1,)), k)


# ------------------------------------------------------------------------------------ gather and sort
def take(x: Any, indices: Any, axis: int | None = None) -> Node:
    """Elements at integer positions along an axis (of the flattened array without one)."""
    x = as_node(x)
    if axis is None:
        return take(reshape(x, (-1,)), indices, 0)
    return take_along(x, as_node(indices), axis_of("take", axis, x.ndim))


def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Node:
    """For every position of `indices` the element of `x` there along `axis`, as np.take_along_axis."""
    x, indices = as_node(x), operand_index("take_along_axis", as_node(indices))
    if axis is None:
        return take_along(reshape(x, (-1,)), indices, 0)
    if x.ndim != indices.ndim:
        raise IndexingError(
            "take_along_axis",
            f"shapes {show(x.shape)} and {show(indices.shape)} differ in their number of axes",
        )
    axis = axis_of("take_along_axis", axis, x.ndim)
    signed = cast(indices, INT64)
    size = x.shape[axis]
    return _take_rows(x, where(less(signed, 0), signed + constant(size, INT64), signed), axis)


def _take_rows(x: Node, indices: Node, axis: int) -> Node:
    """take_along_axis with positions that are not negative: one gather from the flattened array."""
    x, indices = moveaxis(x, axis, -1), moveaxis(indices, axis, -1)
    if x.ndim == 1:
        return take_along(x, indices, 0)
    lead = broadcast("take_along_axis", x.shape[:-1], indices.shape[:-1])
    size, count = x.shape[-1], indices.shape[-1]
    x, indices = broadcast_to(x, (*lead, size)), broadcast_to(indices, (*lead, count))
    rows = product(lead)
    start = iota((rows, count), 0, INT64) * constant(size, INT64)
    linear = reshape(indices, (rows, count)) + start
    found = take_along(reshape(x, (rows * size,)), linear, 0)
    return moveaxis(reshape(found, (*lead, count)), -1, axis)


def sort(
    x: Any, axis: int | None = -1, descending: bool = False, kind: Any = None, stable: Any = None
) -> Node:
    """Elements in order along an axis (flattened with None); NaN last, first with `descending`."""
    x = as_node(x)
    if axis is None:
        return sort(reshape(x, (-1,)), 0, descending)
    axis = axis_of("sort", axis, x.ndim)
    y = _take_rows(x, argsort(x, axis), axis)
    return flip(y, axis) if descending else y


def top_k(x: Any, k: int, axis: int = -1) -> tuple[Node, Node]:
    """The `k` largest elements along an axis, in falling order, and their positions."""
    x = as_node(x)
    axis = axis_of("top_k", axis, x.ndim)
    size = x.shape[axis]
    if isinstance(size, int) and not 0 <= k <= size:
        raise ShapeError("top_k", f"{k} elements of axis {axis} of {show(x.shape)}")
    positions = part(argsort(x, axis, descending=True), axis, 0, k)
    return _take_rows(x, positions, axis), positions


def searchsorted(a: Any, v: Any, side: str = "left") -> Node:
    """Where each of `v` would go into the sorted vector `a`: before equal ones, or after them ("right")."""
    a, v = as_node(a), as_node(v)
    if a.ndim != 1 or side not in ("left", "right"):
        raise ArgumentError(
            "searchsorted", f"a sorted vector and 'left' or 'right' are needed, not {show(a.shape)}, {side!r}"
        )
    compare = less if side == "left" else less_equal
    return r.sum(compare(a, expand_dims(v, v.ndim)), -1)


__all__ = [
    "append", "array_split", "atleast_1d", "atleast_2d", "column_stack", "diag", "diagflat", "diagonal",
    "fliplr", "flipud", "hsplit", "hstack", "pad", "repeat", "roll", "rot90", "searchsorted", "sort", "split",
    "stack", "take", "take_along_axis", "tile", "top_k", "unstack", "vsplit", "vstack",
]  # fmt: skip
