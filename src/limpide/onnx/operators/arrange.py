"""Operators that move, join, cut and repeat; and what shapes are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...dtypes import INT64, converted, readable
from ...errors import DataError
from ...nn.words import lp
from ...ops.block import scatter_add
from ...shapes import Size, product
from ...tensor import Tensor, astensor
from ...tensor.lifting import lift
from .table import (
    SIZES,
    Call,
    axis_in,
    dtype_of,
    integers,
    is_sizes,
    known,
    limited,
    number,
    operator,
    shape_of,
    size_vector,
)

END = 2**31  # bounds of slices from here on mean: to the end


# ----------------------------------------------------------------------------------------------- shapes
@operator("Shape")
def shape(x: Any, *, start: int = 0, end: int | None = None) -> Any:
    return size_vector(astensor(x).shape[start:end])


@operator("Size")
def size(x: Any) -> Any:
    return product(astensor(x).shape)


@operator("Reshape")
def reshape_to_attribute(x: Any, *, shape: Sequence[int], consumed_inputs: Any = None) -> Any:
    return _reshaped(x, tuple(shape), 0)


@operator("Reshape", 5, sizes=True)
def reshape(x: Any, shape: Any, *, allowzero: int = 0) -> Any:
    if is_sizes(x):
        return np.reshape(x, integers(shape, "a shape"))
    return _reshaped(x, shape_of(shape, "the shape"), allowzero)


def _reshaped(x: Any, sizes: tuple[Size, ...], allowzero: int) -> Any:
    x = astensor(x)
    if not allowzero:
        if any(s == 0 and i >= x.ndim for i, s in enumerate(sizes)):
            raise DataError("onnx", f"the shape {sizes} keeps an axis that {x.shape} does not have")
        sizes = tuple(x.shape[i] if s == 0 else s for i, s in enumerate(sizes))
    return lp.reshape(x, sizes)


@operator("Flatten")
def flatten(x: Any, *, axis: int = 1) -> Any:
    x = astensor(x)
    at = axis if axis == x.ndim else axis_in(axis, x.ndim)
    return lp.reshape(x, (product(x.shape[:at]), product(x.shape[at:])))


@operator("Transpose")
def transpose(x: Any, *, perm: Sequence[int] | None = None) -> Any:
    return lp.transpose(x, perm)


@operator("Squeeze")
def squeeze_attribute(x: Any, *, axes: Sequence[int] | None = None) -> Any:
    return lp.squeeze(x, None if axes is None else tuple(axes))


@operator("Squeeze", 13)
def squeeze(x: Any, axes: Any = None) -> Any:
    return squeeze_attribute(x, axes=None if axes is None else integers(axes, "axes"))


@operator("Unsqueeze")
def unsqueeze_attribute(x: Any, *, axes: Sequence[int]) -> Any:
    return lp.expand_dims(x, tuple(axes))


@operator("Unsqueeze", 13)
def unsqueeze(x: Any, axes: Any) -> Any:
    return lp.expand_dims(x, integers(axes, "axes"))


@operator("Expand", sizes=True)
def expand(x: Any, shape: Any) -> Any:
    x = astensor(x)
    wanted = shape_of(shape, "the shape")
    own = (*[1] * (len(wanted) - x.ndim), *x.shape)
    wanted = (*own[: len(own) - len(wanted)], *wanted)
    return lp.broadcast_to(x, limited([o if w == 1 else w for o, w in zip(own, wanted, strict=True)]))


@operator("Tile")
def tile_one_axis(x: Any, tiles: Any, axis: Any) -> Any:
    x = astensor(x)
    times = [1] * x.ndim
    times[axis_in(int(number(axis, "axis")), x.ndim)] = int(number(tiles, "tiles"))
    return lp.tile(x, times)


@operator("Tile", 6)
def tile(x: Any, repeats: Any) -> Any:
    x, times = astensor(x), list(integers(repeats, "repeats"))
    limited([t * s for t, s in zip(times, x.shape, strict=True)])
    return lp.tile(x, times)


# ---------------------------------------------------------------------------------------- join and cut
@operator("Concat")
def concat_default(*parts: Any, axis: int = 1) -> Any:
    return lp.concatenate(list(parts), axis)


@operator("Concat", 4)
def concat(*parts: Any, axis: int) -> Any:
    return lp.concatenate(list(parts), axis)


def _cut(x: Tensor, axis: int, lengths: Sequence[int]) -> tuple[Any, ...]:
    axis, total = axis_in(axis, x.ndim), x.shape[axis_in(axis, x.ndim)]
    if any(n < 0 for n in lengths) or isinstance(total, int) and sum(lengths) != total:
        raise DataError("onnx", f"parts of {tuple(lengths)} are not those of an axis of {total}")
    places = np.cumsum([0, *lengths]).tolist()
    lead = [slice(None)] * axis
    return tuple(x[(*lead, slice(a, b))] for a, b in zip(places, places[1:], strict=False))


def _equal_parts(x: Tensor, axis: int, count: int) -> list[int]:
    total = x.shape[axis_in(axis, x.ndim)]
    if not isinstance(total, int) or not 0 < count <= 10**6:
        raise DataError("onnx", f"an axis of {total} is not cut into {count} parts")
    each = -(-total // count)
    return [min(each, max(total - i * each, 0)) for i in range(count)]


@operator("Split")
def split_attribute(x: Any, *, call: Call, axis: int = 0, split: Sequence[int] | None = None) -> Any:
    x = astensor(x)
    return _cut(x, axis, split or _equal_parts(x, axis, call.outputs))


@operator("Split", 13)
def split(x: Any, split: Any = None, *, call: Call, axis: int = 0, num_outputs: int | None = None) -> Any:
    x = astensor(x)
    if split is not None:
        return _cut(x, axis, integers(split, "split"))
    return _cut(x, axis, _equal_parts(x, axis, num_outputs or call.outputs))


@operator("Slice")
def slice_attributes(
    x: Any, *, starts: Sequence[int], ends: Sequence[int], axes: Sequence[int] | None = None
) -> Any:
    return _sliced(astensor(x), starts, ends, axes or range(len(starts)), [1] * len(starts))


@operator("Slice", 10, sizes=True)
def slice_(x: Any, starts: Any, ends: Any, axes: Any = None, steps: Any = None) -> Any:
    first, last = shape_of(starts, "starts"), shape_of(ends, "ends")
    places = range(len(first)) if axes is None else integers(axes, "axes")
    by = [1] * len(first) if steps is None else integers(steps, "steps")
    return _sliced(x if is_sizes(x) else astensor(x), first, last, places, by)


def _sliced(
    x: Any, starts: Sequence[Any], ends: Sequence[Any], axes: Sequence[int], steps: Sequence[int]
) -> Any:
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise DataError("onnx", f"slices from {starts} to {ends} along {axes} by {steps} do not go together")
    index: list[Any] = [slice(None)] * x.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        index[axis_in(axis, x.ndim)] = slice(_bound(start), _bound(end), step)
    return x[tuple(index)]


def _bound(value: Any) -> Any:
    return None if isinstance(value, int) and abs(value) >= END else value


# ------------------------------------------------------------------------------------------ gather
@operator("Gather")
def gather(x: Any, indices: Any, *, axis: int = 0) -> Any:
    return lp.take(x, indices, axis)


@operator("GatherElements")
def gather_elements(x: Any, indices: Any, *, axis: int = 0) -> Any:
    x, indices = astensor(x), astensor(indices)
    axis = axis_in(axis, x.ndim)
    part = tuple(slice(None) if a == axis else slice(0, n) for a, n in enumerate(indices.shape))
    return lp.take_along_axis(x[part], indices, axis)


@operator("GatherND")
def gather_nd(x: Any, indices: Any, *, batch_dims: int = 0) -> Any:
    x, indices = astensor(x), astensor(indices)
    depth = int(indices.shape[-1])
    lead = tuple(
        np.arange(x.shape[a]).reshape([-1 if i == a else 1 for i in range(indices.ndim - 1)])
        for a in range(batch_dims)
    )
    return x[(*lead, *(indices[..., i] for i in range(depth)))]


def _updated(x: Tensor, index: tuple[Any, ...], updates: Any, reduction: str) -> Any:
    """x with updates at an index; equal places are combined as told."""
    updates = astensor(updates)
    if reduction == "none":
        return _put(x, index, updates)
    if reduction == "add":
        return _added(x, index, updates)
    data = known(x, "scattered data").copy()
    at = tuple(known(i, "indices") for i in index)
    combine = {"mul": np.multiply, "max": np.maximum, "min": np.minimum}.get(reduction)
    if combine is None:
        raise DataError("onnx", f"the reduction {reduction!r} is not one of none, add, mul, max, min")
    combine.at(data, at, known(updates, "updates"))
    return Tensor(None, data)


def _put(x: Tensor, index: tuple[Any, ...], updates: Tensor) -> Any:
    result = x.copy()
    result[index] = updates
    return result


_scatter_add = lift(scatter_add)


def _added(x: Tensor, index: tuple[Any, ...], updates: Tensor) -> Any:
    """x with updates added at an index, all of those of equal places."""
    places = lp.reshape(lp.arange(x.size), x.shape)[index]
    flat = _scatter_add(lp.reshape(updates, (-1,)), lp.reshape(places, (-1,)), 0, x.size)
    return (x + lp.reshape(flat, x.shape)).astype(x.dtype)


@operator("ScatterElements")
def scatter_elements(x: Any, indices: Any, updates: Any, *, axis: int = 0, reduction: str = "none") -> Any:
    x, indices = astensor(x), astensor(indices)
    axis = axis_in(axis, x.ndim)
    grid: list[Any] = [
        np.broadcast_to(
            np.arange(int(n)).reshape([-1 if i == a else 1 for i in range(x.ndim)]), indices.shape
        )
        for a, n in enumerate(indices.shape)
    ]
    grid[axis] = indices
    return _updated(x, tuple(map(astensor, grid)), updates, reduction)


operator("Scatter")(scatter_elements)


@operator("ScatterND")
def scatter_nd(x: Any, indices: Any, updates: Any, *, reduction: str = "none") -> Any:
    x, indices = astensor(x), astensor(indices)
    return _updated(x, tuple(indices[..., i] for i in range(int(indices.shape[-1]))), updates, reduction)


@operator("TensorScatter")
def tensor_scatter(
    past: Any, update: Any, starts: Any = None, *, axis: int = -2, mode: str = "linear"
) -> Any:
    """A cache with new rows along an axis, for every sample from its own place on."""
    past, update = astensor(past), astensor(update)
    axis = axis_in(axis, past.ndim)
    size, count = past.shape[axis], update.shape[axis]
    first = lp.zeros(past.shape[0], INT64) if starts is None else astensor(starts).astype(INT64)
    at = lp.arange(size) - lp.expand_dims(first, 1)  # (sample, row): which new row stands here
    at = lp.remainder(at, size) if mode == "circular" else at
    at = lp.reshape(at, tuple(s if a in (0, axis) else 1 for a, s in enumerate(past.shape)))
    new = lp.logical_and(lp.greater_equal(at, 0), lp.less(at, count))
    rows = lp.broadcast_to(lp.clip(at, 0, count - 1), past.shape)
    return lp.where(new, lp.take_along_axis(update, rows, axis), past)


# ------------------------------------------------------------------------------------------------- pad
def _padded(x: Any, ends: Sequence[int], axes: Sequence[int], mode: str, value: Any) -> Any:
    """Longer axes; negative widths cut."""
    x = astensor(x)
    if len(ends) != 2 * len(axes):
        raise DataError("onnx", f"{len(ends)} widths for {len(axes)} axes: there are two for each")
    widths = [(0, 0)] * x.ndim
    for i, axis in enumerate(axes):
        widths[axis_in(axis, x.ndim)] = (ends[i], ends[i + len(axes)])
    limited([s + max(a, 0) + max(b, 0) for s, (a, b) in zip(x.shape, widths, strict=True)])
    cut = tuple(slice(max(-a, 0), s - max(-b, 0)) for s, (a, b) in zip(x.shape, widths, strict=True))
    x = x[cut] if any(w < 0 for pair in widths for w in pair) else x
    wide = [(max(a, 0), max(b, 0)) for a, b in widths]
    return lp.pad(x, wide, mode, value) if mode == "constant" else lp.pad(x, wide, mode)


@operator("Pad")
def pad_attributes(
    x: Any,
    *,
    pads: Sequence[int] = (),
    paddings: Sequence[int] = (),
    mode: str = "constant",
    value: float = 0.0,
) -> Any:
    return _padded(x, pads or paddings, range(astensor(x).ndim), mode, value)


@operator("Pad", 11)
def pad(x: Any, pads: Any, value: Any = None, axes: Any = None, *, mode: str = "constant") -> Any:
    rank = astensor(x).ndim
    places = range(rank) if axes is None else integers(axes, "axes")
    fill = 0 if value is None else number(value, "the value of the padding")
    return _padded(x, integers(pads, "pads"), places, mode, fill)


@operator("CenterCropPad")
def center_crop_pad(x: Any, shape: Any, *, axes: Sequence[int] | None = None) -> Any:
    x = astensor(x)
    places = [axis_in(a, x.ndim) for a in (range(x.ndim) if axes is None else axes)]
    for axis, wanted in zip(places, integers(shape, "the shape"), strict=True):
        size = int(x.shape[axis])
        if wanted < size:
            start = (size - wanted) // 2
            x = x[(*[slice(None)] * axis, slice(start, start + wanted))]
        else:
            before = (wanted - size) // 2
            x = _padded(x, (before, wanted - size - before), (axis,), "constant", 0)
    return x


# ------------------------------------------------------------------------------------------- made of numbers
@operator("ConstantOfShape", sizes=True)
def constant_of_shape(shape: Any, *, value: Any = None) -> Any:
    array = np.zeros(1, np.float32) if value is None else value
    return lp.full(limited(shape_of(shape, "the shape")), array.reshape(())[()], array.dtype)


@operator("Constant")
def constant(
    *, value: Any = None, value_float: Any = None, value_floats: Any = None, value_int: Any = None,
    value_ints: Any = None, value_string: Any = None, value_strings: Any = None, sparse_value: Any = None,
) -> Any:  # fmt: skip
    floats = value_float if value_floats is None else value_floats
    if floats is not None:
        return Tensor(None, np.asarray(floats, np.float32))
    whole = value_int if value_ints is None else value_ints
    if whole is not None:
        return Tensor(None, np.asarray(whole, np.int64))
    if value is None:
        raise DataError("onnx", "a constant of strings or of sparse values cannot be used")
    return Tensor(None, value.copy())


@operator("Range", sizes=True)
def range_(start: Any, limit: Any, delta: Any) -> Any:
    if is_sizes(limit):
        first, step = number(start, "the start"), number(delta, "the step")
        return lp.arange(first, limit.item(), step)
    arrays = [known(v, "a range") for v in (start, limit, delta)]
    first, last, step = (readable(a).reshape(()).item() for a in arrays)
    if step == 0:
        raise DataError("onnx", "the step of a range is 0")
    limited([max(0, int(np.ceil((last - first) / step)))])
    return Tensor(None, converted(np.arange(first, last, step), arrays[0].dtype))


@operator("EyeLike")
def eye_like(x: Any, *, dtype: int | None = None, k: int = 0) -> Any:
    x = astensor(x)
    return lp.eye(x.shape[0], x.shape[1], k, x.dtype if dtype is None else dtype_of(dtype))


@operator("Trilu")
def triangle(x: Any, k: Any = None, *, upper: int = 1) -> Any:
    offset = 0 if k is None else int(number(k, "k"))
    return (lp.triu if upper else lp.tril)(x, offset)


@operator("OneHot")
def one_hot(indices: Any, depth: Any, values: Any, *, axis: int = -1) -> Any:
    indices, values = astensor(indices), astensor(values)
    count = int(number(depth, "the depth"))
    limited([*indices.shape, count])
    labels = indices.astype(INT64)
    labels = lp.where(lp.less(labels, 0), labels + count, labels)
    hits = lp.equal(lp.expand_dims(labels, -1), lp.arange(count))
    hits = lp.moveaxis(hits, -1, axis_in(axis, indices.ndim + 1))
    return lp.where(hits, values[1], values[0])


# --------------------------------------------------------------------------------- results of unknown size
@operator("NonZero")
def nonzero(x: Any) -> Any:
    return Tensor(None, np.stack(np.nonzero(np.atleast_1d(known(x, "NonZero")))).astype(np.int64))


@operator("Compress")
def compress(x: Any, condition: Any, *, axis: int | None = None) -> Any:
    places = np.flatnonzero(known(condition, "the condition"))
    return lp.take(lp.reshape(x, (-1,)), places, 0) if axis is None else lp.take(x, places, axis)


@operator("Unique")
def unique(x: Any, *, axis: int | None = None, sorted: int = 1) -> Any:
    array = known(x, "Unique")
    found = list(np.unique(array, return_index=True, return_inverse=True, return_counts=True, axis=axis))
    if not sorted:
        order = np.argsort(found[1], kind="stable")
        found[0] = np.take(found[0], order, 0 if axis is None else axis)
        found[1], found[3] = found[1][order], found[3][order]
        found[2] = np.argsort(order)[found[2]]
    whole = [np.asarray(f).reshape(-1).astype(np.int64) for f in found[1:]]
    return tuple(Tensor(None, np.array(f)) for f in (found[0], *whole))


@operator("ReverseSequence")
def reverse_sequence(x: Any, lengths: Any, *, batch_axis: int = 1, time_axis: int = 0) -> Any:
    x, lengths = astensor(x), astensor(lengths).astype(INT64)
    steps = lp.reshape(lp.arange(x.shape[time_axis]), (-1, 1))
    places = lp.where(lp.less(steps, lengths), lengths - 1 - steps, steps)  # (time, batch)
    places = places if time_axis < batch_axis else places.T
    wide = lp.reshape(places, (*places.shape, *[1] * (x.ndim - 2)))
    return lp.take_along_axis(x, lp.broadcast_to(wide, x.shape), time_axis)


# ---------------------------------------------------------------------------------- sizes that are not known
SIZES |= {
    "Gather": lambda x, i, *, axis=0: np.take(x, known(i, "indices"), axis),
    "Concat": lambda *parts, axis: np.concatenate([_sizes(p) for p in parts], axis),
    "Unsqueeze": lambda x, axes=None, **given: np.expand_dims(x, _axes(axes, given)),
    "Squeeze": lambda x, axes=None, **given: np.squeeze(x, _axes(axes, given)),
    "Add": lambda a, b: _sizes(a) + _sizes(b),
    "Sub": lambda a, b: _sizes(a) - _sizes(b),
    "Mul": lambda a, b: _sizes(a) * _sizes(b),
    "Div": lambda a, b: _sizes(a) // _sizes(b),
    "Cast": lambda x, *, to, **given: x,
    "Equal": lambda a, b: np.equal(_sizes(a), _sizes(b)).astype(bool),
    "Where": lambda c, a, b: np.where(known(c, "a condition"), _sizes(a), _sizes(b)),
    "Identity": lambda x: x,
    "ReduceProd": lambda x, axes=None, *, keepdims=1, **given: np.prod(x, keepdims=bool(keepdims)),
}


def _sizes(value: Any) -> Any:
    """An array of sizes, from one or from a known tensor."""
    return value if is_sizes(value) else known(value, "a size").astype(object)


def _axes(axes: Any, given: dict[str, Any]) -> Any:
    return tuple(given["axes"]) if "axes" in given else None if axes is None else integers(axes, "axes")
