"""Tensors put together and taken apart."""

import builtins
from typing import Any

import numpy as np

from ....nn.words import lp
from ....shapes import Dim
from ....tensor import Tensor as EngineTensor
from ...record import concrete, sizes
from ..graph import Tensor
from ..inputs import convert_to_tensor
from ..recording import alike, numpy_of, op, tensor
from ..shapes import TensorShape
from .common import engine_tensor, integers, unknown


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


@op("Tile", host=lambda x, multiples: np.tile(numpy_of(x), integers(multiples)))
def tile(input: Any, multiples: Any, name: Any = None) -> Any:
    """Repeated along every axis."""
    return lp.tile(engine_tensor(input), sizes(multiples))


@op("Repeat")
def repeat(input: Any, repeats: Any, axis: Any = None, name: Any = None) -> Any:
    """Every element repeated."""
    counts = concrete(repeats)
    x = engine_tensor(input)
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


@op("ReverseV2", host=lambda x, axes: np.flip(numpy_of(x), integers(axes)))
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
    return lp.roll(engine_tensor(input), tuple(int(m) for m in moves), axis=tuple(int(a) for a in axes))


__all__ = [
    "concat",
    "concat_v2",
    "pack",
    "pad",
    "parallel_stack",
    "repeat",
    "reverse",
    "reverse_sequence",
    "reverse_v2",
    "roll",
    "split",
    "stack",
    "tile",
    "unpack",
    "unstack",
]
