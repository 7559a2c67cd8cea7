"""NumPy's indexing, x[...], and its counterpart that puts values in."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import BOOL, INT64
from ..errors import IndexingError, ShapeError, SymbolicError
from ..graph import Array, Node
from ..shapes import Dim, Size, broadcast, outside_axis, product, same, show
from .block import argsort, scatter_add, take_along
from .define import Op, as_node, cast, constant, unify
from .loop import placeholder
from .map import greater_equal, less, logical_or, not_equal, where
from .view import (
    broadcast_to,
    dynamic_slice,
    flip,
    iota,
    pad_between,
    reshape,
    slice_axes,
    transpose,
)


def getitem(x: Node, index: Any) -> Node:
    """`x[index]`: integers, slices, ..., None, integer arrays and constant masks, as in NumPy."""
    entries = _expand(x, index)
    together = _adjacent(entries)
    x, rest = _basic(x, entries)
    return _advanced(x, rest, together) if any(map(_is_array, entries)) else x


def _adjacent(entries: list[Any]) -> bool:
    """Whether arrays and integers stand side by side: else NumPy puts the arrays' axes first."""
    at = [i for i, e in enumerate(entries) if e is not None and not isinstance(e, slice)]
    return at == list(range(at[0], at[0] + len(at))) if at else True


def _expand(x: Node, index: Any) -> list[Any]:
    """One entry per axis of `x`, with None for new axes; masks become positions."""
    given = list(index) if isinstance(index, tuple) else [index]
    given = [np.asarray(e) if isinstance(e, (list, np.ndarray)) else e for e in given]
    if len(given) == 1 and isinstance(given[0], np.ndarray) and given[0].dtype == np.bool_:
        _check_mask(given[0], x)
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


def _check_mask(mask: Array, x: Node) -> None:
    if mask.ndim > x.ndim or not all(map(same, mask.shape, x.shape)):
        raise IndexingError("index", f"a mask of shape {show(mask.shape)} for {show(x.shape)}")


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
        raise outside_axis("index", i, axis, size)
    return i + size if i < 0 else i


def _position(entry: Node, size: Size) -> Node:
    """A computed integer index, counted from the end where it is negative."""
    if entry.dtype.kind not in "iu":
        raise IndexingError(
            "index", f"indices are integers, not {entry.dtype.name}", hint="use .astype('int64')"
        )
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
def _advanced(x: Node, entries: list[Any], together: bool) -> Node:
    """NumPy's integer-array indexing: the indexed axes become one, which is gathered from."""
    axes, shape = _array_axes(entries)
    position = axes[0] if together else 0
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


def _array_axes(entries: list[Any]) -> tuple[list[int], tuple[Size, ...]]:
    """The indexed axes and the arrays' common shape."""
    axes = [i for i, e in enumerate(entries) if isinstance(e, (np.ndarray, Node))]
    return axes, broadcast("index", *(as_node(entries[a]).shape for a in axes))


def _linear(x: Node, entries: list[Any], axes: list[int]) -> Node:
    """The position in the merged axis; where one of the indices is outside of its axis, beyond its end."""
    if len(axes) == 1:
        index = _integers(as_node(entries[axes[0]]))
        _check_constant(index, x.shape[axes[0]], axes[0])
        return index
    arrays = unify("index", [cast(_integers(as_node(entries[a])), INT64) for a in axes])
    linear: Node | None = None
    wrong: Node | None = None
    for a, index in zip(axes, arrays, strict=True):
        size = constant(x.shape[a], INT64)
        _check_constant(index, x.shape[a], a)
        inside = where(less(index, 0), index + size, index)
        linear = inside if linear is None else linear * size + inside
        if index.op.name != "constant":
            outside = logical_or(less(inside, 0), greater_equal(inside, size))
            wrong = outside if wrong is None else logical_or(wrong, outside)
    assert linear is not None
    beyond = constant(product(x.shape[a] for a in axes), INT64)
    return linear if wrong is None else where(wrong, beyond, linear)


def _check_constant(index: Node, size: Size, axis: int) -> None:
    if index.op.name == "constant" and isinstance(size, int):
        values = index.attr("value").array
        wrong = (values < -size) | (values >= size)
        if wrong.any():
            raise outside_axis("index", values[wrong].flat[0], axis, size)


def _integers(index: Node) -> Node:
    if index.dtype.kind not in "iu":
        raise IndexingError(
            "index", f"indices are integers, not {index.dtype.name}", hint="use .astype('int64')"
        )
    return index


# ----------------------------------------------------------------------------------------- putting in
def index_update(x: Any, index: Any, value: Any) -> Node:
    """`x` with `value` at `index` (x[index] = value); the last write to a position wins.

    The index is what `getitem` takes, or a computed mask over the first axes of `x`.
    Raises ShapeError where the value does not broadcast to the part.
    """
    x = as_node(x)
    value = cast(as_node(value, x.dtype), x.dtype)
    if isinstance(index, Node) and index.dtype == BOOL and index.op.name != "constant":
        return _put_where(x, index, value)
    entries = _expand(x, index)
    if not any(map(_is_array, entries)):
        return _put_part(x, entries, value)
    return _put_at(x, entries, value)


def _fit(value: Node, shape: tuple[Size, ...]) -> Node:
    """The value broadcast to the part that it replaces, as NumPy's assignment does."""
    while value.ndim > len(shape) and value.shape[0] == 1:
        value = reshape(value, value.shape[1:])
    try:
        return broadcast_to(value, shape)
    except ShapeError:
        raise ShapeError(
            "index_update",
            f"a value of shape {show(value.shape)} does not fit the part of shape {show(shape)}",
        ) from None


def _put_where(x: Node, mask: Node, value: Node) -> Node:
    rest = x.shape[mask.ndim :]
    if mask.ndim > x.ndim or not all(map(same, mask.shape, x.shape)):
        raise IndexingError("index_update", f"a mask of shape {show(mask.shape)} for {show(x.shape)}")
    if value.ndim > len(rest) and any(s != 1 for s in value.shape[: value.ndim - len(rest)]):
        raise SymbolicError(
            "index_update",
            "how many values go where the mask is true depends on its values",
            where=mask.where,
            hint="use lp.where(mask, values, x) with values of the shape of x",
        )
    wide = reshape(mask, (*mask.shape, *[1] * len(rest)))
    return where(broadcast_to(wide, x.shape), broadcast_to(_fit(value, rest), x.shape), x)


def _put_part(x: Node, entries: list[Any], value: Node) -> Node:
    """Without index arrays the part is a view: what is put in goes the way of its gradient."""
    base = placeholder("x", x.shape, x.dtype)
    part, _ = _basic(base, entries)
    value = _fit(value, part.shape)
    if part is base:
        return value
    return where(_back(constant(True), part, base), _back(value, part, base), x)


def _back(value: Node, part: Node, base: Node) -> Node:
    """`value` at the places of `base` that `part` shows, zeros elsewhere."""
    value = broadcast_to(value, part.shape)
    while part is not base:
        assert isinstance(part.op, Op)
        source = part.op.grad(value, part)[0]
        assert source is not None
        value, part = source, part.inputs[0]
    return value


def _put_at(x: Node, entries: list[Any], value: Node) -> Node:
    """Every element, or row, of the result is looked up in the values by the number of its last write."""
    if _picks_rows(entries):
        total, row = x.shape[0], x.shape[1:]
        index = as_node(entries[0])
        _check_constant(_integers(index), total, 0)
        positions = _position(index, total)
    else:
        total, row = product(x.shape), ()
        positions = getitem(reshape(iota((total,), 0, INT64), x.shape), tuple(entries))
    value = _fit(value, (*positions.shape, *row))
    count = product(positions.shape)
    if isinstance(count, int) and count == 0:
        return x
    winner = _last_writer(reshape(positions, (count,)), count, total)
    written = less(0, winner)
    chosen = take_along(reshape(value, (count, *row)), where(written, winner - 1, 0), 0)
    mask = broadcast_to(reshape(written, (total, *[1] * len(row))), (total, *row))
    return reshape(where(mask, chosen, reshape(x, (total, *row))), x.shape)


def _picks_rows(entries: list[Any]) -> bool:
    return bool(entries) and _is_array(entries[0]) and all(map(_is_whole, entries[1:]))


def _is_whole(entry: Any) -> bool:
    return isinstance(entry, slice) and entry == slice(None)


def _last_writer(positions: Node, count: Size, total: Size) -> Node:
    """For every element the number, from 1, of the last write to it; 0 where there is none."""
    order = argsort(positions)  # stable: equal positions stay in the order of writing
    ranked = take_along(positions, order, 0)
    ends = not_equal(slice_axes(ranked, ((1, count, 1),)), slice_axes(ranked, ((0, count - 1, 1),)))
    last = pad_between(ends, ((0, 1, 0),), True)
    return scatter_add(where(last, order + 1, 0), ranked, 0, total)
