"""Elements at indices: gathered, scattered, chosen, sorted."""

import builtins
from collections import namedtuple
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ....nn.words import lp
from ....shapes import Dim
from ...record import concrete, is_guess, size, sizes
from ..dtypes import as_dtype, bool_, engine_type, float32, int32
from ..graph import Tensor
from ..inputs import convert_to_tensor
from ..math import hosted, scattered
from ..recording import alike, array_of, numpy_of, op, tensor
from .common import Function, engine_tensor, unknown


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
    x, places, new = engine_tensor(tensor), engine_tensor(indices), engine_tensor(updates)
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


__all__ = [
    "argsort",
    "boolean_mask",
    "dynamic_partition",
    "dynamic_stitch",
    "gather",
    "gather_nd",
    "invert_permutation",
    "listdiff",
    "one_hot",
    "parallel_dynamic_stitch",
    "scatter_nd",
    "searchsorted",
    "select",
    "sequence_mask",
    "setdiff1d",
    "sort",
    "tensor_scatter_update",
    "unique",
    "unique_with_counts",
    "where",
]
