"""Shapes, slices, joins, indices: the names of tf.* that move elements."""

from __future__ import annotations

import builtins
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...nn.words import lp
from ...ops.loop import placeholder as formula_of_input
from ...shapes import Dim, is_static
from ...tensor import Tensor as EngineTensor
from .. import missing
from ..record import Unknown, concrete, is_guess, shape_of, size, sizes
from .dtypes import as_dtype, bool_, engine_type, float32, int32
from .graph import Tensor
from .inputs import convert_to_tensor, fixed
from .math import hosted, scattered
from .recording import alike, array_of, numpy_of, op, plain, tensor
from .shapes import TensorShape, as_shape

Function = Callable[..., Any]


def unknown(shape: Any, dtype: Any) -> EngineTensor:
    """What is known of a result before a run: a formula of this shape."""
    return EngineTensor(formula_of_input("x", builtins.tuple(shape), dtype))


# -------------------------------------------------------------------------------------------- new tensors
def _filled(value: float) -> Function:
    def make(shape: Any, dtype: Any = float32, name: Any = None) -> Any:
        kind = as_dtype(dtype).base_dtype
        if _numbers(shape):
            wanted = [int(s) for s in as_shape(shape)]
            fill = b"" if kind.name == "string" else value
            return fixed(
                np.full(wanted, fill, kind.as_numpy_dtype), kind, name or ("ones" if value else "zeros")
            )
        return _full(shape, value, kind, name=name or ("ones" if value else "zeros"))

    return make


def _numbers(shape: Any) -> bool:
    """Whether a shape is known without a run."""
    if isinstance(shape, (Tensor, EngineTensor)):
        return False
    if isinstance(shape, (list, tuple)):
        return not any(isinstance(s, (Tensor, EngineTensor)) for s in shape)
    return True


@op("Fill", dtype=lambda shape, value, dtype: dtype)
def _full(shape: Any, value: Any, dtype: Any, name: Any = None) -> Any:
    return lp.full(sizes(shape), value, dtype=engine_type(dtype))


zeros, ones = _filled(0), _filled(1)


@op("Fill", host=lambda dims, value: np.full(tuple(int(d) for d in np.atleast_1d(dims)), value, object))
def fill(dims: Any, value: Any, name: Any = None) -> Any:
    """A tensor of this shape with one value everywhere."""
    value = tensor(value)
    return lp.broadcast_to(value, sizes(dims))


def _full_text(x: Any, value: int) -> Any:
    return np.full(x.shape, b"" if x.dtype.kind in "OSU" else value, x.dtype)


def _filled_like(value: int) -> Function:
    kind = "OnesLike" if value else "ZerosLike"

    @op(kind, gradient=False, host=lambda x, dtype: _full_text(numpy_of(x), value))
    def like(x: Any, dtype: Any, name: Any = None) -> Any:
        x = tensor(x)
        return lp.full_like(x, value, dtype=engine_type(dtype, x.dtype))

    def make(tensor: Any, dtype: Any = None, name: Any = None, optimize: bool = True) -> Any:
        return like(tensor, dtype, name=name or kind.lower().replace("like", "_like"))

    return make


zeros_like, ones_like = _filled_like(0), _filled_like(1)


@op("Eye", dtype=lambda rows, columns, batch, dtype: dtype)
def _eye(rows: Any, columns: Any, batch: Any, dtype: Any, name: Any = None) -> Any:
    n = size(rows)
    made = lp.eye(n, n if columns is None else size(columns), dtype=engine_type(dtype))
    return made if batch is None else lp.broadcast_to(made, (*sizes(batch), *made.shape))


def eye(
    num_rows: Any, num_columns: Any = None, batch_shape: Any = None, dtype: Any = float32, name: Any = None
) -> Any:
    """The identity matrix, or a batch of them."""
    return _eye(num_rows, num_columns, batch_shape, dtype, name=name or "eye")


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: Any = "range") -> Any:
    """Numbers from start up to limit, which is not among them."""
    if limit is None:
        start, limit = 0, start
    given = (start, limit, delta)
    if dtype is None:
        kinds = [getattr(v, "dtype", None) or array_of(v).dtype for v in given]
        ranks = [_RANGE_TYPES.index(as_dtype(k).base_dtype.name) for k in kinds]
        dtype = _RANGE_TYPES[max(ranks)]
    if not any(isinstance(v, (Tensor, EngineTensor)) for v in given):
        return fixed(np.arange(*given, dtype=engine_type(dtype)), as_dtype(dtype), name or "range")
    return _range(start, limit, delta, as_dtype(dtype), name=name)


_RANGE_TYPES = ["int32", "int64", "float32", "float64"]


@op("Range", dtype=lambda start, limit, delta, dtype: dtype)
def _range(start: Any, limit: Any, delta: Any, dtype: Any, name: Any = None) -> Any:
    wanted = engine_type(dtype)
    try:
        values: list[Any] = [concrete(v) for v in (start, limit, delta)]
    except Unknown:
        return unknown([size(limit) if _is_zero(start) and _is_one(delta) else Dim.named()], wanted)
    return EngineTensor(None, np.arange(*values, dtype=wanted))


def _is_zero(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and value == 0


def _is_one(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and value == 1


# ------------------------------------------------------------------------------------------------- shapes
@op(
    "Shape",
    gradient=False,
    dtype=lambda x, dtype: dtype,
    host=lambda x, dtype: np.array(np.shape(x), engine_type(dtype)),
)
def _shape(x: Any, dtype: Any, name: Any = None) -> Any:
    return shape_of(tensor(x), engine_type(dtype))


def shape(input: Any, name: Any = None, out_type: Any = int32) -> Any:
    """The shape as a vector."""
    return _shape(_dense(input), out_type, name=name or "Shape")


def shape_n(input: Any, out_type: Any = int32, name: Any = None) -> list[Any]:
    return [shape(i, out_type=out_type) for i in input]


@op(
    "Size",
    gradient=False,
    dtype=lambda x, dtype: dtype,
    host=lambda x, dtype: np.asarray(np.size(x), engine_type(dtype)),
)
def _size(x: Any, dtype: Any, name: Any = None) -> Any:
    return lp.prod(shape_of(tensor(x), engine_type(dtype))).astype(engine_type(dtype))


def size_(input: Any, name: Any = None, out_type: Any = int32) -> Any:
    """The number of elements."""
    return _size(_dense(input), out_type, name=name or "Size")


@op("Rank", gradient=False, host=lambda x: np.int32(np.ndim(x)), dtype=int32)
def _rank(x: Any, name: Any = None) -> Any:
    return EngineTensor(None, np.array(tensor(x).ndim, np.int32))


def rank(input: Any, name: Any = None) -> Any:
    """The number of axes."""
    return _rank(_dense(input), name=name)


def _dense(value: Any) -> Any:
    """What stands for a sparse tensor or gathered rows where only its shape is asked for."""
    return (
        getattr(value, "_dense", lambda: value)() if not isinstance(value, (Tensor, EngineTensor)) else value
    )


def _of_text(f: Function) -> Function:
    """The same on arrays of text and complex numbers."""
    return lambda x, *args, **kwargs: f(numpy_of(x), *args, **kwargs)


def _integers(shape: Any) -> tuple[int, ...]:
    return tuple(int(s) for s in np.atleast_1d(np.asarray(shape)).ravel())


@op("Reshape", host=lambda x, shape: numpy_of(x).reshape(_integers(shape)))
def _reshape(x: Any, shape: Any, name: Any = None) -> Any:
    return lp.reshape(tensor(x), sizes(shape))


def reshape(tensor: Any, shape: Any, name: Any = None) -> Any:
    """The same elements in another shape; -1 for what is left."""
    result = _reshape(tensor, shape, name=name)
    if isinstance(result, Tensor) and result.known is None and _numbers(shape):
        result.set_shape([None if s is None or int(s) < 0 else int(s) for s in np.atleast_1d(plain(shape))])
    return result


_tensor = tensor


def as_scalar(value: Any) -> Any:
    """A flag or a number as a scalar, also where its placeholder was given no shape."""
    unknown_rank = isinstance(value, Tensor) and value.shape.ndims is None
    return reshape(value, []) if unknown_rank else value


@op(
    "ExpandDims",
    host=_of_text(lambda x, axis=None, dim=None: np.expand_dims(x, int(axis if dim is None else dim))),
)
def expand_dims(input: Any, axis: Any = None, name: Any = None, dim: Any = None) -> Any:
    """One more axis of size 1."""
    where = dim if axis is None else axis
    return lp.expand_dims(_tensor(input), int(concrete(0 if where is None else where)))


@op(
    "Squeeze",
    host=_of_text(
        lambda x, axis=None, squeeze_dims=None: np.squeeze(
            x, None if axis is None else tuple(np.atleast_1d(axis))
        )
    ),
)
def squeeze(input: Any, axis: Any = None, name: Any = None, squeeze_dims: Any = None) -> Any:
    """Without axes of size 1, all or the named ones."""
    x, where = _tensor(input), squeeze_dims if axis is None else axis
    axes = [] if where is None else [int(a) for a in (where if isinstance(where, (list, tuple)) else [where])]
    if not axes:
        if not is_static(x.shape):
            raise Unknown("squeeze")
        return lp.squeeze(x)
    axes = sorted((a + x.ndim if a < 0 else a for a in axes), reverse=True)
    shape = list(x.shape)
    for a in axes:
        if isinstance(shape[a], int) and shape[a] != 1:
            raise ValueError(f"Can not squeeze dim[{a}], expected a dimension of 1, got {shape[a]}")
        del shape[a]
    return lp.reshape(x, tuple(shape))


@op("Transpose", host=lambda x, perm=None, conjugate=False: np.transpose(numpy_of(x), perm))
def transpose(a: Any, perm: Any = None, name: Any = None, conjugate: bool = False) -> Any:
    """Axes in another order, by default reversed."""
    return lp.transpose(_tensor(a), None if perm is None else sizes(perm))


@op("MatrixTranspose")
def matrix_transpose(a: Any, name: Any = None, conjugate: bool = False) -> Any:
    """The last two axes exchanged."""
    return lp.swapaxes(_tensor(a), -1, -2)


@op("BroadcastTo")
def broadcast_to(input: Any, shape: Any, name: Any = None) -> Any:
    """Repeated to a shape by NumPy's rule."""
    return lp.broadcast_to(_tensor(input), sizes(shape))


def _broadcast(x: Any, y: Any) -> Any:
    return np.broadcast_shapes(tuple(x), tuple(y))


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape that two shapes together broadcast to."""
    return TensorShape(_broadcast(as_shape(shape_x).as_list(), as_shape(shape_y).as_list()))


@op("BroadcastArgs", gradient=False)
def broadcast_dynamic_shape(shape_x: Any, shape_y: Any, name: Any = None) -> Any:
    shape = _broadcast(sizes(shape_x), sizes(shape_y))
    return _tensor(np.array(shape, np.int32))


@op("Identity", host=lambda x: numpy_of(x))
def _identity(x: Any, name: Any = None) -> Any:
    return tensor(x)


def identity(input: Any, name: Any = None) -> Any:
    """The same tensor under another name, after the present control dependencies."""
    convert = getattr(type(input), "_map", None)
    return _identity(input, name=name) if convert is None else convert(input, _identity)


def identity_n(input: Any, name: Any = None) -> list[Any]:
    return [identity(i) for i in input]


def guarantee_const(input: Any, name: Any = None) -> Any:
    return identity(input, name)


@op("StopGradient", gradient=False)
def stop_gradient(input: Any, name: Any = None) -> Any:
    """The same value, constant to derivatives."""
    return lp.stop_gradient(_tensor(input))


def prevent_gradient(input: Any, message: str = "", name: Any = None) -> Any:
    return stop_gradient(input, name=name)


# -------------------------------------------------------------------------------------------------- joins
def concat(values: Any, axis: Any = None, name: Any = "concat", concat_dim: Any = None) -> Any:
    """Tensors behind each other along an axis; the axis came first before 1.0."""
    if axis is None:
        axis = concat_dim
    if isinstance(values, (int, np.integer)) or isinstance(axis, (list, tuple)):
        values, axis = axis, values
    if not isinstance(values, (list, tuple)):
        values = [values]
    return _concat(list(values), 0 if axis is None else axis, name=name or "concat")


concat_v2 = concat


@op(
    "ConcatV2",
    host=lambda values, axis: np.concatenate([np.atleast_1d(numpy_of(v)) for v in values], int(axis)),
)
def _concat(values: Any, axis: Any, name: Any = None) -> Any:
    return lp.concatenate(alike(*values), axis=int(concrete(axis)))


@op("Pack", host=lambda values, axis=0: np.stack([numpy_of(v) for v in values], axis))
def _pack(values: Any, axis: int = 0, name: Any = None) -> Any:
    return lp.stack(alike(*values), axis=axis)


def stack(values: Any, axis: int = 0, name: Any = "stack") -> Any:
    """Tensors side by side along a new axis."""
    if isinstance(values, (list, tuple)) and not values:
        raise ValueError("Must specify at least one tensor to stack")
    parts = list(values) if isinstance(values, (list, tuple)) else unstack(values)
    return _pack(
        [convert_to_tensor(p) if isinstance(p, (list, tuple)) else p for p in parts], axis, name=name
    )


pack = parallel_stack = stack


def unstack(value: Any, num: int | None = None, axis: int = 0, name: Any = "unstack") -> list[Any]:
    """The slices along an axis, without it."""
    if num is None:
        found = getattr(convert_to_tensor(value), "shape", None)
        sizes_known = found.as_list() if isinstance(found, TensorShape) and found.ndims is not None else found
        count = None if not sizes_known else sizes_known[axis]
        if not isinstance(count, int):
            raise ValueError(f"Cannot infer num from shape {found}")
        num = count
    return list(_unstack(value, num, axis, name=name))


unpack = unstack


@op(
    "Unpack",
    count=lambda value, num, axis: num,
    host=lambda v, num, axis: [np.take(numpy_of(v), i, axis) for i in builtins.range(num)],
)
def _unstack(value: Any, num: int, axis: int, name: Any = None) -> Any:
    x = tensor(value)
    where = axis % x.ndim
    before = (slice(None),) * where
    return tuple(x[(*before, i)] for i in builtins.range(num))


def split(
    value: Any, num_or_size_splits: Any = None, axis: Any = 0, num: Any = None, name: Any = "split",
    split_dim: Any = None, num_split: Any = None,
) -> list[Any]:  # fmt: skip
    """Equal parts, or parts of the given sizes; before 1.0 the axis and the number came first."""
    if num_split is not None:
        num_or_size_splits = num_split
    if split_dim is not None:
        axis = split_dim
    if isinstance(value, (int, np.integer)) and isinstance(axis, (Tensor, EngineTensor, np.ndarray, list)):
        value, axis = axis, value
    parts = num_or_size_splits
    if isinstance(parts, (list, tuple)):
        given = [int(p) if isinstance(p, (int, np.integer)) else p for p in parts]
        return list(_split(value, given, axis, len(given), name=name))
    if (
        isinstance(parts, (Tensor, EngineTensor, np.ndarray))
        and np.ndim(parts if isinstance(parts, np.ndarray) else 0) == 0
        and num is None
    ):
        shape = getattr(parts, "shape", None)
        number = int(shape[0]) if shape is not None and len(shape) else int(np.asarray(parts))
        return list(_split(value, parts, axis, number, name=name))
    if isinstance(parts, np.ndarray):
        return list(_split(value, parts.tolist(), axis, len(parts), name=name))
    if num is not None:
        return list(_split(value, parts, axis, num, name=name))
    return list(_split(value, int(parts), axis, int(parts), name=name))


@op("Split", count=lambda value, parts, axis, number: number)
def _split(value: Any, parts: Any, axis: Any, number: int, name: Any = None) -> Any:
    x = tensor(value)
    where = int(concrete(axis)) % x.ndim
    whole = x.shape[where]
    if isinstance(parts, int):
        if isinstance(whole, int) and whole % parts:
            raise ValueError(f"Dimension size must be evenly divisible by {parts} but is {whole} for 'split'")
        widths: list[Any] = [whole // parts] * parts
    else:
        widths = list(sizes(parts))
        if -1 in widths:
            rest = whole - sum(w for w in widths if w != -1)
            widths = [rest if w == -1 else w for w in widths]
    if any(isinstance(w, Dim) for w in widths):
        return tuple(unknown([*x.shape[:where], w, *x.shape[where + 1 :]], x.dtype) for w in widths)
    before, results, at = (slice(None),) * where, [], 0
    for w in widths:
        results.append(x[(*before, slice(at, at + w))])
        at += w
    return tuple(results)


@op("Tile", host=lambda x, multiples: np.tile(numpy_of(x), _integers(multiples)))
def tile(input: Any, multiples: Any, name: Any = None) -> Any:
    """Repeated along every axis."""
    return lp.tile(_tensor(input), sizes(multiples))


@op("Repeat")
def repeat(input: Any, repeats: Any, axis: Any = None, name: Any = None) -> Any:
    """Every element repeated."""
    counts = concrete(repeats)
    x = _tensor(input)
    if counts.ndim == 0:
        return lp.repeat(x, int(counts), axis=axis)
    places = np.repeat(np.arange(len(counts)), counts)
    return lp.take(x if axis is not None else x.reshape((-1,)), places, axis=axis or 0)


@op("Pad")
def _pad(x: Any, paddings: Any, mode: str, value: Any, name: Any = None) -> Any:
    x = tensor(x)
    widths = [tuple(sizes(p)) for p in paddings] if isinstance(paddings, (list, tuple)) else _pairs(paddings)
    if mode.upper() == "CONSTANT":
        return lp.pad(x, widths, constant_values=value)
    for axis, (before, after) in enumerate(widths):
        x = _mirrored(x, axis, before, after, 1 if mode.upper() == "REFLECT" else 0)
    return x


def _pairs(paddings: Any) -> list[tuple[int, int]]:
    return [(int(a), int(b)) for a, b in concrete(paddings)]


def _mirrored(x: Any, axis: int, before: Any, after: Any, skip: int) -> Any:
    if not before and not after:
        return x
    n = x.shape[axis]
    if isinstance(n, Dim):
        return unknown([*x.shape[:axis], n + before + after, *x.shape[axis + 1 :]], x.dtype)
    places = np.pad(np.arange(n), (before, after), mode="reflect" if skip else "symmetric")
    return lp.take(x, places, axis=axis)


def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", name: Any = None, constant_values: Any = 0
) -> Any:
    """More elements around: a constant, or mirrored (REFLECT, SYMMETRIC)."""
    return _pad(tensor, paddings, mode, constant_values, name=name or "Pad")


@op("ReverseV2", host=lambda x, axes: np.flip(numpy_of(x), _integers(axes)))
def _reverse(x: Any, axes: Any, name: Any = None) -> Any:
    x, where = tensor(x), np.atleast_1d(concrete(axes))
    if where.dtype == np.bool_:
        where = np.flatnonzero(where)
    return lp.flip(x, axis=tuple(int(a) for a in where)) if where.size else x


def reverse(tensor: Any, axis: Any, name: Any = None) -> Any:
    """The other way round along some axes (before 1.0: a flag for every axis)."""
    return _reverse(tensor, axis, name=name or "ReverseV2")


reverse_v2 = reverse


@op("ReverseSequence")
def _reverse_sequence(x: Any, lengths: Any, axis: int, batch: int, name: Any = None) -> Any:
    x, lengths = tensor(x), tensor(lengths)
    moved = lp.moveaxis(x, (batch, axis), (0, 1)) if (batch, axis) != (0, 1) else x
    t = lp.arange(moved.shape[1])[None, :]
    n = lengths.astype("int64")[:, None]
    places = lp.where(t < n, n - 1 - t, t)
    places = places.reshape((*places.shape, *(1,) * (moved.ndim - 2)))
    turned = lp.take_along_axis(moved, lp.broadcast_to(places, moved.shape), axis=1)
    return lp.moveaxis(turned, (0, 1), (batch, axis)) if (batch, axis) != (0, 1) else turned


def reverse_sequence(
    input: Any, seq_lengths: Any, seq_axis: Any = None, batch_axis: Any = None, name: Any = None,
    seq_dim: Any = None, batch_dim: Any = None,
) -> Any:  # fmt: skip
    """The first `seq_lengths` steps of every sequence the other way round."""
    axis = seq_dim if seq_axis is None else seq_axis
    batch = (batch_dim or 0) if batch_axis is None else batch_axis
    return _reverse_sequence(input, seq_lengths, axis, batch, name=name or "ReverseSequence")


@op("Roll")
def roll(input: Any, shift: Any, axis: Any, name: Any = None) -> Any:
    """Shifted around."""
    moves, axes = np.atleast_1d(concrete(shift)), np.atleast_1d(concrete(axis))
    return lp.roll(_tensor(input), tuple(int(m) for m in moves), axis=tuple(int(a) for a in axes))


# ------------------------------------------------------------------------------------------------- slices
def _numpy_slice(x: Any, begin: Any, size: Any) -> Any:
    pairs = zip(_integers(begin), _integers(size), strict=True)
    return numpy_of(x)[tuple(slice(b, None if s == -1 else b + s) for b, s in pairs)]


def slice_(input_: Any, begin: Any, size: Any, name: Any = None) -> Any:
    """The part of this size from a place on; -1 for all that is left."""
    return _slice(input_, begin, size, name=name or "Slice")


@op("Slice", host=_numpy_slice)
def _slice(x: Any, begin: Any, length: Any, name: Any = None) -> Any:
    x = tensor(x)
    starts, lengths = _places(begin), sizes(length)
    index = []
    shape = []
    for start, want, have in zip(starts, lengths, x.shape, strict=False):
        if want == -1:
            shape.append(have - start if isinstance(start, int) else Dim.named())
            index.append(slice(start, None))
        else:
            shape.append(want)
            index.append(
                slice(start, start + want) if not (_is_zero(start) and want is have) else slice(None)
            )
    if not (is_static(x.shape) and all(isinstance(s, int) for s in [*starts, *lengths])) and is_guess():
        return unknown(shape, x.dtype)
    return x[tuple(index)]


def _places(begin: Any) -> list[Any]:
    """Where slices begin: integers, or scalars that a run computes."""
    if isinstance(begin, (list, tuple)):
        return [_place(b) for b in begin]
    if isinstance(begin, EngineTensor) and begin.value is None:
        return [_place(begin[i]) for i in builtins.range(len(begin))]
    return [int(b) for b in np.atleast_1d(np.asarray(begin))]


def _place(value: Any) -> Any:
    return (
        int(concrete(value))
        if not isinstance(value, EngineTensor) or value.value is not None
        else size(value)
    )


def strided_slice(
    input_: Any, begin: Any, end: Any, strides: Any = None, begin_mask: int = 0, end_mask: int = 0,
    ellipsis_mask: int = 0, new_axis_mask: int = 0, shrink_axis_mask: int = 0, var: Any = None,
    name: Any = None,
) -> Any:  # fmt: skip
    """Python's slices as vectors."""
    starts, ends = list(_listed(begin)), list(_listed(end))
    steps = [1] * len(starts) if strides is None else list(_listed(strides))
    index: list[Any] = []
    for i, (a, b, s) in enumerate(zip(starts, ends, steps, strict=True)):
        bit = 1 << i
        if ellipsis_mask & bit:
            index.append(Ellipsis)
        elif new_axis_mask & bit:
            index.append(None)
        elif shrink_axis_mask & bit:
            index.append(a)
        else:
            index.append(slice(None if begin_mask & bit else a, None if end_mask & bit else b, s))
    return getitem(convert_to_tensor(input_), tuple(index), name=name)


def _listed(value: Any) -> Any:
    return (
        unstack(value)
        if isinstance(value, (Tensor, EngineTensor))
        else np.atleast_1d(np.asarray(value)).tolist()
    )


def getitem(x: Any, index: Any, name: Any = None) -> Any:
    """x[index]: integers, slices, None, Ellipsis, each of which may be a tensor; a mask."""
    if isinstance(index, (Tensor, np.ndarray)) and as_dtype(index.dtype).base_dtype is bool_:
        return boolean_mask(x, index)
    return _getitem(x, index, name=name or "strided_slice")


@op("StridedSlice", host=lambda x, index: numpy_of(x)[_numpy_index(index)])
def _getitem(x: Any, index: Any, name: Any = None) -> Any:
    x = tensor(x)
    parts = list(index) if isinstance(index, tuple) else [index]
    if not any(p is Ellipsis for p in parts):
        parts.append(Ellipsis)
    at = next(i for i, p in enumerate(parts) if p is Ellipsis)
    used = sum(p is not None and p is not Ellipsis for p in parts)
    if used > x.ndim:
        raise ValueError(f"Index out of range using input dim {used - 1}; input has only {x.ndim} dims")
    parts[at : at + 1] = [slice(None)] * (x.ndim - used)
    plain: list[Any] = []
    shape: list[Any] = []
    axis = 0
    exact = True
    for p in parts:
        if p is None:
            plain.append(None)
            shape.append(1)
            continue
        have = x.shape[axis]
        axis += 1
        if isinstance(p, slice):
            bounds = [None if b is None else _place(b) for b in (p.start, p.stop, p.step)]
            length = _length(bounds, have)
            exact = exact and isinstance(length, int) or bounds == [None, None, None]
            shape.append(length)
            plain.append(slice(*bounds) if bounds != [0, None, None] else slice(None))
        else:
            plain.append(_integer(p, have))
    if not exact and is_guess():
        return unknown(shape, x.dtype)
    return x[tuple(plain)]


def _integer(value: Any, have: Any) -> Any:
    if isinstance(value, EngineTensor):
        return value if value.value is None else int(value)
    number = int(np.asarray(value))
    if isinstance(have, int) and not -have <= number < have:
        raise ValueError(f"slice index {number} of dimension 0 out of bounds.")
    return number


def _length(bounds: list[Any], have: Any) -> Any:
    if bounds[0] in (None, 0) and bounds[1:] == [None, None]:
        return have
    if isinstance(have, int) and not any(isinstance(b, Dim) for b in bounds):
        return len(builtins.range(*slice(*bounds).indices(have)))
    return Dim.named()


def _numpy_index(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(map(_numpy_index, index))
    if isinstance(index, slice):
        return slice(*(None if b is None else int(b) for b in (index.start, index.stop, index.step)))
    return index if index is None or index is Ellipsis else int(index)


# ------------------------------------------------------------------------------------------------ indices
@op(
    "GatherV2", host=lambda params, indices, axis=0, **_: np.take(numpy_of(params), np.asarray(indices), axis)
)
def _gather(params: Any, indices: Any, axis: Any, batch_dims: int = 0, name: Any = None) -> Any:
    x, places = tensor(params), tensor(indices)
    where = int(concrete(axis))
    if batch_dims:
        return _gather_batches(x, places, where, batch_dims)
    return lp.take(x, places, axis=where)


def _gather_batches(x: Any, places: Any, axis: int, batch_dims: int) -> Any:
    if batch_dims != 1 or axis not in (1, 0):
        raise ValueError("gather: batch_dims other than 1 are not there")
    rows = lp.arange(x.shape[0]).reshape((-1,) + (1,) * (places.ndim - 1)) * x.shape[1]
    return lp.take(x.reshape((-1, *x.shape[2:])), places + rows.astype(places.dtype), axis=0)


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    name: Any = None,
    axis: Any = 0,
    batch_dims: int = 0,
) -> Any:
    """The slices of `params` at these indices of an axis."""
    return _gather(params, indices, axis, batch_dims, name=name or "Gather")


@op("GatherNd")
def gather_nd(params: Any, indices: Any, name: Any = None, batch_dims: int = 0) -> Any:
    """The elements or slices at index tuples, which are along the last axis of `indices`."""
    x, places = tensor(params), tensor(indices)
    depth = places.shape[-1]
    flat, scale = _flat_places(places, x.shape[:depth])
    rows = x.reshape((scale, *x.shape[depth:]))
    return lp.take(rows, flat, axis=0)


def _flat_places(places: Any, sizes_: Sequence[Any]) -> tuple[Any, Any]:
    """Index tuples as indices of the axes put together, and the size of that axis."""
    flat: Any = 0
    scale: Any = 1
    for k in reversed(builtins.range(len(sizes_))):
        flat = (
            places[..., k] * scale + flat
            if not (isinstance(scale, int) and scale == 1)
            else places[..., k] + flat
        )
        scale = scale * sizes_[k]
    return flat, scale


@op("ScatterNd", dtype=lambda indices, updates, shape: getattr(updates, "dtype", None))
def scatter_nd(indices: Any, updates: Any, shape: Any, name: Any = None) -> Any:
    """Zeros of a shape to which updates are added at index tuples."""
    places, new, whole = tensor(indices), tensor(updates), sizes(shape)
    depth = places.shape[-1]
    flat, scale = _flat_places(places, whole[:depth])
    wide = new if new.dtype.kind == "f" else new.astype("float64")
    return scattered(wide, flat, scale).reshape(whole).astype(new.dtype)


@op("TensorScatterUpdate")
def tensor_scatter_update(tensor: Any, indices: Any, updates: Any, name: Any = None) -> Any:
    """A tensor with other elements at index tuples."""
    x, places, new = _tensor(tensor), _tensor(indices), _tensor(updates)
    flat, scale = _flat_places(places, x.shape[: places.shape[-1]])
    rows = x.reshape((scale, *x.shape[places.shape[-1] :]))
    put = scattered(new, flat, scale)
    count = scattered(lp.ones_like(new), flat, scale)
    return lp.where(count > 0, put / lp.maximum(count, 1), rows).reshape(x.shape)


def _type_of_second(condition: Any, x: Any, y: Any) -> Any:
    """The data type of what is chosen from."""
    return next((v.dtype.base_dtype for v in (x, y) if isinstance(v, Tensor) and v.dtype is not None), None)


@op(
    "Select",
    like="x",
    dtype=_type_of_second,
    host=lambda c, x, y: np.where(np.asarray(c), numpy_of(x), numpy_of(y)),
)
def _select(condition: Any, x: Any, y: Any, name: Any = None) -> Any:
    c = tensor(condition)
    x, y = alike(x, y)
    if c.ndim == 1 and x.ndim > 1:
        c = c.reshape((-1,) + (1,) * (x.ndim - 1))
    return lp.where(c, x, y)


def where(condition: Any, x: Any = None, y: Any = None, name: Any = None) -> Any:
    """x where the condition holds and y elsewhere; without them, the places where it holds."""
    if x is None and y is None:
        return _whole_rows(
            hosted("Where", lambda c: np.argwhere(c).astype(np.int64), [condition], name=name, dtype="int64"),
            condition,
        )
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return _select(condition, x, y, name=name or "Select")


def _whole_rows(result: Any, condition: Any) -> Any:
    ndims = condition.shape.ndims if isinstance(condition, Tensor) else np.ndim(condition)
    if isinstance(result, Tensor) and ndims is not None:
        result.set_shape([None, ndims])
    return result


def select(condition: Any, t: Any, e: Any, name: Any = None) -> Any:
    """where's name before 1.0."""
    return where(condition, t, e, name)


def boolean_mask(tensor: Any, mask: Any, name: Any = "boolean_mask", axis: Any = None) -> Any:
    """The elements or slices where the mask holds."""
    x, mask = convert_to_tensor(tensor), convert_to_tensor(mask)
    rank = mask.shape.ndims if isinstance(mask, Tensor) else mask.ndim
    if rank is None:
        raise ValueError("Number of mask dimensions must be specified, even if some dimensions are None.")
    if rank == 0:
        raise ValueError("mask cannot be scalar.")
    first = axis or 0
    places = hosted(
        "Where", lambda m: np.flatnonzero(m).astype(np.int64), [mask], name=f"{name}/Where", dtype="int64"
    )
    if isinstance(places, Tensor):
        places.set_shape([None])
    return _masked(x, places, first, rank, name=f"{name}/Gather")


@op(
    "GatherV2",
    host=lambda x, places, axis, rank: np.take(
        numpy_of(x).reshape((*x.shape[:axis], -1, *x.shape[axis + rank :])), places, axis
    ),
)
def _masked(x: Any, places: Any, axis: int, rank: int, name: Any = None) -> Any:
    x = tensor(x)
    if rank > 1:
        merged: Any = 1
        for s in x.shape[axis : axis + rank]:
            merged = merged * s
        x = x.reshape((*x.shape[:axis], merged, *x.shape[axis + rank :]))
    return lp.take(x, tensor(places), axis=axis)


def _listed_vector(result: Any, *rest: Any) -> Any:
    for r in (result, *rest):
        if isinstance(r, Tensor):
            r.set_shape([None])
    return result


def unique(x: Any, out_idx: Any = int32, name: Any = None) -> Any:
    """The different elements in the order of their first place, and every element's number among them."""
    found = hosted("Unique", _unique(out_idx), [x], name=name, count=2, dtype=[_type_of(x), out_idx])
    return _Unique(*[_listed_vector(r) for r in found])


def unique_with_counts(x: Any, out_idx: Any = int32, name: Any = None) -> Any:
    """As unique, and how often each is there."""
    kinds = [_type_of(x), out_idx, out_idx]
    found = hosted("UniqueWithCounts", _unique(out_idx, True), [x], name=name, count=3, dtype=kinds)
    return _UniqueWithCounts(*[_listed_vector(r) for r in found])


def _type_of(x: Any) -> Any:
    return x.dtype if isinstance(x, Tensor) else as_dtype(array_of(x).dtype)


def _unique(dtype: Any, counts: bool = False) -> Function:
    def find(x: Any) -> Any:
        x = numpy_of(x)
        values, first, inverse, count = np.unique(
            x, return_index=True, return_inverse=True, return_counts=True
        )
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        kind = engine_type(dtype)
        found = [values[order], rank[inverse].astype(kind)]
        return [*found, count[order].astype(kind)] if counts else found

    return find


class _Unique(NamedTuple):
    y: Any
    idx: Any


_UniqueWithCounts = namedtuple("_UniqueWithCounts", ["y", "idx", "count"])


def setdiff1d(x: Any, y: Any, index_dtype: Any = int32, name: Any = None) -> Any:
    """What is in x and not in y, and where in x."""

    def find(x: Any, y: Any) -> Any:
        kept = np.flatnonzero(~np.isin(x, y))
        return [np.asarray(x)[kept], kept.astype(engine_type(index_dtype))]

    found = hosted("ListDiff", find, [x, y], name=name, count=2, dtype=[_type_of(x), index_dtype])
    return [_listed_vector(r) for r in found]


listdiff = setdiff1d


@op("InvertPermutation", gradient=False)
def invert_permutation(x: Any, name: Any = None) -> Any:
    """The permutation that undoes this one."""
    return lp.argsort(tensor(x)).astype(tensor(x).dtype)


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: Any = None,
    dtype: Any = None,
    name: Any = None,
) -> Any:
    """Rows with a 1 at an index and 0 elsewhere; of an index outside, all 0."""
    return _one_hot(indices, depth, on_value, off_value, axis, dtype, name=name or "one_hot")


@op("OneHot", gradient=False)
def _one_hot(indices: Any, depth: Any, on: Any, off: Any, axis: Any, dtype: Any, name: Any = None) -> Any:
    places = tensor(indices)
    if dtype is None:
        given = next((v for v in (on, off) if v is not None), None)
        wanted = engine_type(float32) if given is None else tensor(given).dtype
    else:
        wanted = engine_type(dtype)
    n = size(depth)
    hot = places[..., None] == lp.arange(n).astype(places.dtype)
    result = lp.where(hot, tensor(1 if on is None else on, wanted), tensor(0 if off is None else off, wanted))
    return result if axis in (None, -1) else lp.moveaxis(result, -1, axis)


def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = bool_, name: Any = None) -> Any:
    """True for the first `lengths` places of every row."""
    return _sequence_mask(lengths, maxlen, dtype, name=name or "SequenceMask")


@op("SequenceMask", gradient=False, dtype=lambda lengths, maxlen, dtype: dtype)
def _sequence_mask(lengths: Any, maxlen: Any, dtype: Any, name: Any = None) -> Any:
    n = tensor(lengths)
    if maxlen is None:
        longest: Any = Dim.named() if is_guess() else int(np.max(concrete(n), initial=0))
    else:
        longest = size(maxlen)
    return (lp.arange(longest).astype(n.dtype) < n[..., None]).astype(engine_type(dtype))


def dynamic_partition(data: Any, partitions: Any, num_partitions: int, name: Any = None) -> list[Any]:
    """The rows of `data` in as many lists as there are numbers."""
    return [boolean_mask(data, _equal(partitions, i)) for i in builtins.range(num_partitions)]


@op("Equal", gradient=False)
def _equal(x: Any, y: Any, name: Any = None) -> Any:
    return lp.equal(*alike(x, y))


@op("DynamicStitch")
def _stitch(indices: Any, data: Any, name: Any = None) -> Any:
    places = [tensor(i) for i in indices]
    rows = alike(*data)
    flat = lp.concatenate([p.reshape((-1,)) for p in places], axis=0)
    inner = rows[0].shape[places[0].ndim :]
    values = lp.concatenate([r.reshape((-1, *inner)) for r in rows], axis=0)
    if is_guess():
        return unknown([Dim.named(), *inner], values.dtype)
    order = concrete(flat)
    last = np.zeros(int(order.max(initial=-1)) + 1, np.int64)
    last[order] = np.arange(len(order))
    return lp.take(values, last, axis=0)


def dynamic_stitch(indices: Any, data: Any, name: Any = None) -> Any:
    """Rows put at their indices; of several for one index the last one."""
    return _stitch(list(indices), list(data), name=name)


parallel_dynamic_stitch = dynamic_stitch


@op("SearchSorted", gradient=False)
def _search(sorted_sequence: Any, values: Any, side: str, dtype: Any, name: Any = None) -> Any:
    rows, wanted = alike(sorted_sequence, values)
    if rows.ndim == 1:
        return lp.searchsorted(rows, wanted, side=side).astype(engine_type(dtype))
    below = (
        rows[..., None, :] < wanted[..., :, None]
        if side == "left"
        else rows[..., None, :] <= wanted[..., :, None]
    )
    return lp.sum(below.astype("int64"), axis=-1).astype(engine_type(dtype))


def searchsorted(
    sorted_sequence: Any, values: Any, side: str = "left", out_type: Any = int32, name: Any = None
) -> Any:
    """Where values would go in a sorted row."""
    return _search(sorted_sequence, values, side, out_type, name=name)


@op("Sort")
def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: Any = None) -> Any:
    """In order along an axis."""
    result = lp.sort(tensor(values), axis=axis)
    return lp.flip(result, axis=axis) if direction == "DESCENDING" else result


@op("ArgSort", gradient=False)
def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: Any = None
) -> Any:
    """The places of the elements in order."""
    x = tensor(values)
    return lp.argsort(-x if direction == "DESCENDING" else x, axis=axis).astype("int32")


# ----------------------------------------------------------------------------------------------- matrices
@op("Diag")
def diag(diagonal: Any, name: Any = None) -> Any:
    """A tensor with this diagonal, and zeros."""
    d = tensor(diagonal)
    if d.ndim == 1:
        return lp.diag(d)
    flat = d.reshape((-1,))
    return lp.diag(flat).reshape((*d.shape, *d.shape))


@op("DiagPart")
def diag_part(input: Any, name: Any = None) -> Any:
    """The diagonal."""
    x = tensor(input)
    half = x.ndim // 2
    count: Any = 1
    for s in x.shape[:half]:
        count = count * s
    return lp.diagonal(x.reshape((count, count))).reshape(x.shape[:half])


@op("MatrixDiag")
def matrix_diag(diagonal: Any, name: Any = None) -> Any:
    """Matrices with these diagonals."""
    d = tensor(diagonal)
    return d[..., None] * lp.eye(d.shape[-1], dtype=d.dtype)


@op("MatrixDiagPart")
def matrix_diag_part(input: Any, name: Any = None) -> Any:
    """The diagonals of matrices."""
    return lp.diagonal(tensor(input), axis1=-2, axis2=-1)


@op("MatrixSetDiag")
def matrix_set_diag(input: Any, diagonal: Any, name: Any = None) -> Any:
    """Matrices with other diagonals."""
    x, d = alike(input, diagonal)
    rows, columns = x.shape[-2:]
    on = lp.eye(rows, columns, dtype="bool")
    spread = d[..., None] if rows == d.shape[-1] else d[..., None, :]
    return lp.where(on, spread, x)


@op("MatrixBandPart")
def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: Any = None) -> Any:
    """What is near the diagonal; -1 for all below or above it."""
    x = tensor(input)
    low, high = int(concrete(num_lower)), int(concrete(num_upper))
    i, j = lp.arange(x.shape[-2])[:, None], lp.arange(x.shape[-1])[None, :]
    kept = ((i - j <= low) | (low < 0)) & ((j - i <= high) | (high < 0))
    return lp.where(kept, x, 0).astype(x.dtype)


def meshgrid(*args: Any, **kwargs: Any) -> list[Any]:
    """Coordinates of the points of a grid, as NumPy's."""
    return list(_meshgrid(list(args), kwargs.get("indexing", "xy"), name=kwargs.get("name")))


@op("Meshgrid", count=lambda args, indexing: len(args))
def _meshgrid(args: Any, indexing: str, name: Any = None) -> Any:
    return tuple(lp.meshgrid(*(tensor(a) for a in args), indexing=indexing))


@op("SpaceToDepth")
def space_to_depth(input: Any, block_size: int, name: Any = None, data_format: str = "NHWC") -> Any:
    """Blocks of pixels as channels."""
    x, b = tensor(input), block_size
    n, h, w, c = x.shape
    parts = x.reshape((n, h // b, b, w // b, b, c))
    return lp.transpose(parts, (0, 1, 3, 2, 4, 5)).reshape((n, h // b, w // b, b * b * c))


@op("DepthToSpace")
def depth_to_space(input: Any, block_size: int, name: Any = None, data_format: str = "NHWC") -> Any:
    """Channels as blocks of pixels."""
    x, b = tensor(input), block_size
    n, h, w, c = x.shape
    parts = x.reshape((n, h, w, b, b, c // (b * b)))
    return lp.transpose(parts, (0, 1, 3, 2, 4, 5)).reshape((n, h * b, w * b, c // (b * b)))


@op("SpaceToBatchND")
def space_to_batch_nd(input: Any, block_shape: Any, paddings: Any, name: Any = None) -> Any:
    """Blocks of places as rows of the batch."""
    x = tensor(input)
    blocks, pads = sizes(block_shape), [tuple(sizes(p)) for p in np.asarray(concrete(paddings)).tolist()]
    m = len(blocks)
    x = lp.pad(x, [(0, 0), *pads, *[(0, 0)] * (x.ndim - m - 1)])
    shape = [x.shape[0]]
    for s, b in zip(x.shape[1 : m + 1], blocks, strict=True):
        shape += [s // b, b]
    parts = x.reshape((*shape, *x.shape[m + 1 :]))
    order = [2 * i + 2 for i in builtins.range(m)] + [0] + [2 * i + 1 for i in builtins.range(m)]
    order += list(builtins.range(2 * m + 1, parts.ndim))
    moved = lp.transpose(parts, tuple(order))
    rows: Any = x.shape[0]
    for b in blocks:
        rows = rows * b
    return moved.reshape((rows, *moved.shape[m + 1 :]))


@op("BatchToSpaceND")
def batch_to_space_nd(input: Any, block_shape: Any, crops: Any, name: Any = None) -> Any:
    """Rows of the batch as blocks of places."""
    x = tensor(input)
    blocks, cuts = sizes(block_shape), np.asarray(concrete(crops)).tolist()
    m = len(blocks)
    rows: Any = x.shape[0]
    for b in blocks:
        rows = rows // b
    parts = x.reshape((*blocks, rows, *x.shape[1:]))
    order = [m]
    for i in builtins.range(m):
        order += [m + 1 + i, i]
    order += list(builtins.range(2 * m + 1, parts.ndim))
    moved = lp.transpose(parts, tuple(order))
    spatial = [s * b for s, b in zip(x.shape[1 : m + 1], blocks, strict=True)]
    whole = moved.reshape((rows, *spatial, *x.shape[m + 1 :]))
    index = [slice(None)] + [slice(a, s - b) for (a, b), s in zip(cuts, spatial, strict=True)]
    return whole[tuple(index)]


def space_to_batch(input: Any, paddings: Any, block_size: int, name: Any = None) -> Any:
    return space_to_batch_nd(input, [block_size, block_size], paddings, name=name)


def batch_to_space(input: Any, crops: Any, block_size: int, name: Any = None) -> Any:
    return batch_to_space_nd(input, [block_size, block_size], crops, name=name)


def bitcast(input: Any, type: Any, name: Any = None) -> Any:
    """The same bits as another data type of the same size."""
    return hosted("Bitcast", lambda x: np.asarray(x).view(engine_type(type)), [input], name=name, dtype=type)


def ensure_shape(x: Any, shape: Any, name: Any = None) -> Any:
    """The same tensor, of which more of the shape is known."""
    result = identity(x, name=name)
    result.set_shape(shape)
    return result


class IndexedSlices:
    """Rows of a gradient: values at indices."""

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None):
        self.values, self.indices, self.dense_shape = values, indices, dense_shape

    @property
    def dtype(self) -> Any:
        return self.values.dtype

    @property
    def name(self) -> Any:
        return self.values.name

    @property
    def op(self) -> Any:
        return self.values.op

    @property
    def graph(self) -> Any:
        return self.values.graph

    def __repr__(self) -> str:
        return f"IndexedSlices(indices={self.indices}, values={self.values})"


def constant_value(tensor: Any, partial: bool = False) -> Any:
    """The value of a constant, or None."""
    if isinstance(tensor, EngineTensor):
        return tensor.value
    source = tensor.source
    return getattr(source, "array", None)


def make_ndarray(tensor: Any) -> Any:
    return np.asarray(tensor)


def make_tensor_proto(values: Any, dtype: Any = None, shape: Any = None, verify_shape: bool = False) -> Any:
    array = array_of(values, dtype)
    return array if shape is None else array.reshape(shape)


__getattr__ = missing.attributes("tensorflow", globals())

__all__ = [
    "IndexedSlices", "argsort", "batch_to_space", "batch_to_space_nd", "bitcast", "boolean_mask",
    "broadcast_dynamic_shape", "broadcast_static_shape", "broadcast_to", "concat", "concat_v2",
    "depth_to_space", "diag", "diag_part", "dynamic_partition", "dynamic_stitch", "ensure_shape",
    "expand_dims", "eye", "fill", "gather", "gather_nd", "guarantee_const", "identity", "identity_n",
    "invert_permutation", "listdiff", "make_ndarray", "make_tensor_proto", "matrix_band_part",
    "matrix_diag", "matrix_diag_part", "matrix_set_diag", "matrix_transpose", "meshgrid", "one_hot",
    "ones", "ones_like", "pack", "pad", "parallel_dynamic_stitch", "parallel_stack", "prevent_gradient",
    "range", "rank", "repeat", "reshape", "reverse", "reverse_sequence", "reverse_v2", "roll",
    "scatter_nd", "searchsorted", "select", "sequence_mask", "setdiff1d", "shape", "shape_n", "sort",
    "space_to_batch", "space_to_batch_nd", "space_to_depth", "split", "squeeze", "stack",
    "stop_gradient", "strided_slice", "tensor_scatter_update", "tile", "transpose", "unique",
    "unique_with_counts", "unpack", "unstack", "where", "zeros", "zeros_like",
]  # fmt: skip
