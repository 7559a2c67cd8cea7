"""NumPy's indexing, x[...], and its counterpart that puts values in."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import BOOL, INT64
from ..errors import IndexingError, SymbolicError
from ..graph import Node
from ..shapes import Dim, Size, broadcast, product, show
from .block import scatter_add, take_along
from .define import as_node, cast, constant, unify
from .map import equal, less, where
from .reduce import max as reduce_max
from .view import (
    broadcast_to,
    dynamic_slice,
    expand_dims,
    flip,
    iota,
    reshape,
    slice_axes,
    transpose,
)


def getitem(x: Node, index: Any) -> Node:
    """`x[index]`: integers, slices, ..., None, integer arrays and constant masks, as in NumPy."""
    entries = _expand(x, index)
    arrays = [i for i, e in enumerate(entries) if _is_array(e)]
    x, entries = _basic(x, entries)
    return _advanced(x, entries) if arrays else x


def _expand(x: Node, index: Any) -> list[Any]:
    """One entry per axis of `x`, with None for new axes; masks become positions."""
    given = list(index) if isinstance(index, tuple) else [index]
    given = [np.asarray(e) if isinstance(e, (list, np.ndarray)) else e for e in given]
    flat: list[Any] = []
    for e in given:
        if isinstance(e, np.ndarray) and e.dtype == np.bool_:
            flat.extend(np.nonzero(e))
        elif isinstance(e, Node) and e.dtype == BOOL:
            flat.extend(_known_mask(e))
        else:
            flat.append(e)
    used = sum(e is not None and e is not Ellipsis for e in flat)
    if used > x.ndim:
        raise IndexingError("index", f"{used} indices for the {x.ndim} axes of {show(x.shape)}")
    if not any(e is Ellipsis for e in flat):
        flat.append(Ellipsis)
    at = next(i for i, e in enumerate(flat) if e is Ellipsis)
    if any(e is Ellipsis for e in flat[at + 1 :]):
        raise IndexingError("index", "an index has at most one ...")
    return [*flat[:at], *[slice(None)] * (x.ndim - used), *flat[at + 1 :]]


def _known_mask(mask: Node) -> tuple[Any, ...]:
    if mask.op.name != "constant":
        raise SymbolicError(
            "index",
            "the shape of x[mask] depends on the mask's values",
            where=mask.where,
            hint="use lp.where(mask, x, 0), or multiply by the mask",
        )
    return np.nonzero(mask.attr("value").array)


def _is_array(entry: Any) -> bool:
    return isinstance(entry, np.ndarray) or (isinstance(entry, Node) and entry.ndim > 0)


def _basic(x: Node, entries: list[Any]) -> tuple[Node, list[Any]]:
    """Apply integers, slices and new axes; leaves arrays, each at its axis of the result."""
    bounds: list[tuple[Size, Size, int]] = []
    backwards: list[int] = []
    dynamic: list[tuple[int, Node, Size]] = []
    shape: list[Size] = []
    rest: list[Any] = []
    axis = 0
    with_arrays = any(map(_is_array, entries))
    for entry in entries:
        if entry is None:
            shape.append(1)
            rest.append(slice(None))
            continue
        size = x.shape[axis]
        if _is_array(entry):
            bounds.append((0, size, 1))
            shape.append(size)
            rest.append(entry)
        elif isinstance(entry, slice):
            start, stop, step, moving = _slice_bounds(entry, size, axis)
            if moving is not None:
                dynamic.append((axis, moving, stop))
                bounds.append((0, stop, 1))
                shape.append(stop)
            else:
                bounds.append((start, stop, abs(step)))
                shape.append((stop - start + abs(step) - 1) // abs(step))
                if step < 0:
                    backwards.append(axis)
            rest.append(slice(None))
        elif isinstance(entry, Node):
            if with_arrays:  # NumPy broadcasts it with the other arrays
                bounds.append((0, size, 1))
                shape.append(size)
                rest.append(entry)
            else:
                dynamic.append((axis, _position(entry, size), 1))
                bounds.append((0, 1, 1))
        else:
            start = _integer(entry, size, axis)
            bounds.append((start, start + 1, 1))
        axis += 1
    for at, start_node, length in dynamic:
        x = dynamic_slice(x, start_node, at, length)
    x = slice_axes(x, tuple(bounds))
    if backwards:
        x = flip(x, tuple(backwards))
    return reshape(x, tuple(shape)), rest


def _integer(entry: Any, size: Size, axis: int) -> Any:
    if isinstance(entry, Dim):
        return entry
    try:
        i = int(entry.__index__())
    except (AttributeError, TypeError):
        raise IndexingError(
            "index",
            f"{entry!r} is not an index",
            hint="integers, slices, ..., None, integer or bool arrays are",
        ) from None
    if isinstance(size, int) and not -size <= i < size:
        raise IndexingError("index", f"index {i} is outside of axis {axis} of size {size}")
    return i + size if i < 0 else i


def _position(entry: Node, size: Size) -> Node:
    """A computed integer index, counted from the end where it is negative."""
    if entry.dtype.kind not in "iu":
        raise IndexingError("index", f"indices are integers, not {entry.dtype}", hint="use .astype('int64')")
    entry = cast(entry, INT64)
    return where(less(entry, 0), entry + constant(size, INT64), entry)


def _slice_bounds(entry: slice, size: Size, axis: int) -> tuple[Any, Any, int, Node | None]:
    """(start, stop, step, None), or (0, length, 1, start node) where the start is computed."""
    if isinstance(entry.start, Node) or isinstance(entry.stop, Node):
        return _moving(entry, size, axis)
    step = 1 if entry.step is None else int(entry.step)
    if isinstance(size, int) and not any(isinstance(e, Dim) for e in (entry.start, entry.stop)):
        start, stop, step = entry.indices(size)
        if step > 0:
            return start, max(start, stop), step, None
        count = max(0, (start - stop + (-step) - 1) // -step)
        last = start + (count - 1) * step
        return (last, start + 1, step, None) if count else (0, 0, step, None)
    if step < 0 and (entry.start is not None or entry.stop is not None):
        raise SymbolicError(
            "index", f"a backward slice with bounds needs the size of axis {axis}, which is unknown"
        )
    return _end(entry.start, 0, size), _end(entry.stop, size, size), step, None


def _end(bound: Any, default: Size, size: Size) -> Any:
    if bound is None:
        return default
    return bound + size if isinstance(bound, int) and bound < 0 else bound


def _moving(entry: slice, size: Size, axis: int) -> tuple[Any, Any, int, Node | None]:
    if entry.step not in (None, 1):
        raise IndexingError("index", "a slice with computed bounds has step 1")
    start = as_node(0 if entry.start is None else entry.start)
    stop = as_node(size if entry.stop is None else entry.stop)
    terms = _difference(stop, start)
    if any(n is not None and c for n, c in terms.items()):
        raise SymbolicError(
            "index",
            "the length of this slice depends on values",
            where=stop.where,
            hint="write it as x[i*b:(i+1)*b] or x[i:i+b], with a number b",
        )
    return 0, terms.get(None, 0), 1, cast(start, INT64)


def _difference(a: Node, b: Node) -> dict[Node | None, Any]:
    """a - b as a sum of multiples of nodes; None stands for 1."""
    terms: dict[Node | None, Any] = {}
    _collect(a, 1, terms)
    _collect(b, -1, terms)
    return terms


def _collect(node: Node, factor: Any, terms: dict[Node | None, Any]) -> None:
    name = node.op.name
    if name == "constant" and node.shape == ():
        terms[None] = terms.get(None, 0) + factor * int(node.attr("value").array)
    elif name == "size":
        terms[None] = terms.get(None, 0) + factor * node.attr("dim")
    elif name in ("add", "subtract"):
        _collect(node.inputs[0], factor, terms)
        _collect(node.inputs[1], factor if name == "add" else -factor, terms)
    elif name == "negative":
        _collect(node.inputs[0], -factor, terms)
    elif name == "multiply" and any(i.op.name in ("constant", "size") for i in node.inputs):
        known, other = sorted(node.inputs, key=lambda i: i.op.name not in ("constant", "size"))
        value = known.attr("dim") if known.op.name == "size" else int(known.attr("value").array)
        _collect(other, factor * value, terms)
    elif name == "cast" and node.inputs[0].dtype.kind in "iu" and node.dtype.kind in "iu":
        _collect(node.inputs[0], factor, terms)
    else:
        terms[node] = terms.get(node, 0) + factor


# ------------------------------------------------------------------------------------- integer arrays
def _advanced(x: Node, entries: list[Any]) -> Node:
    """NumPy's integer-array indexing: the indexed axes become one, which is gathered from."""
    axes, position, shape = _array_axes(x, entries)
    linear = _linear(x, entries, axes)
    others = [a for a in range(x.ndim) if a not in axes]
    front = transpose(x, (*axes, *others))
    kept = tuple(x.shape[a] for a in others)
    flat = reshape(front, (product(x.shape[a] for a in axes), *kept))
    result = take_along(flat, linear, 0)
    if position == 0:
        return result
    rank = len(shape)
    order = [*range(rank, rank + position), *range(rank), *range(rank + position, result.ndim)]
    return transpose(result, order)


def _array_axes(x: Node, entries: list[Any]) -> tuple[list[int], int, tuple[Size, ...]]:
    """The indexed axes, where the result has the arrays' axes, and the arrays' common shape."""
    axes = [i for i, e in enumerate(entries) if isinstance(e, (np.ndarray, Node))]
    shape = broadcast("index", *(as_node(entries[a]).shape for a in axes))
    adjacent = axes == list(range(axes[0], axes[0] + len(axes)))
    return axes, axes[0] if adjacent else 0, shape


def _linear(x: Node, entries: list[Any], axes: list[int]) -> Node:
    """The position in the merged axis."""
    if len(axes) == 1:
        return _integers(as_node(entries[axes[0]]))
    arrays = unify("index", [cast(_integers(as_node(entries[a])), INT64) for a in axes])
    linear = None
    for a, index in zip(axes, arrays, strict=True):
        size = constant(x.shape[a], INT64)
        _check_constant(index, x.shape[a], a)
        inside = where(less(index, 0), index + size, index)
        linear = inside if linear is None else linear * size + inside
    assert linear is not None
    return linear


def _check_constant(index: Node, size: Size, axis: int) -> None:
    if index.op.name == "constant" and isinstance(size, int):
        values = index.attr("value").array
        wrong = (values < -size) | (values >= size)
        if wrong.any():
            raise IndexingError(
                "index", f"index {values[wrong].flat[0]} is outside of axis {axis} of size {size}"
            )


def _integers(index: Node) -> Node:
    if index.dtype.kind not in "iu":
        raise IndexingError("index", f"indices are integers, not {index.dtype}", hint="use .astype('int64')")
    return index


# ----------------------------------------------------------------------------------------- putting in
def index_update(x: Any, index: Any, value: Any) -> Node:
    """`x` with `value` at `index` (x[index] = value); the last of equal positions wins.

    A mask of the shape of `x` may be computed.
    """
    x = as_node(x)
    value = cast(as_node(value, x.dtype), x.dtype)
    if isinstance(index, Node) and index.dtype == BOOL and index.shape == x.shape:
        return where(index, broadcast_to(value, x.shape), x)
    positions = getitem(reshape(iota((product(x.shape),), 0, INT64), x.shape), index)
    flat_positions = reshape(positions, (-1,))
    values = reshape(broadcast_to(value, positions.shape), (-1,))
    total = product(x.shape)
    flat = reshape(x, (-1,))
    count = flat_positions.shape[0]
    order = iota((count,), 0, INT64) + 1
    winner = _last_writer(flat_positions, order, total)
    written = less(0, winner)
    chosen = take_along(values, where(written, winner - 1, 0), 0) if count != 0 else flat
    return reshape(where(written, chosen, flat), x.shape)


def _last_writer(positions: Node, order: Node, total: Size) -> Node:
    """For every element the number, from 1, of the last write to it; 0 where there is none."""
    if isinstance(total, int) and total * _length(positions) <= 4096:
        hits = equal(expand_dims(iota((total,), 0, INT64), 1), expand_dims(positions, 0))
        return reduce_max(where(hits, expand_dims(order, 0), 0), 1)
    return scatter_add(order, positions, 0, total)


def _length(positions: Node) -> int:
    size = positions.shape[0]
    return size if isinstance(size, int) else 4096
