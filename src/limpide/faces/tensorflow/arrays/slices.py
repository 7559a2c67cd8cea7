"""Parts of tensors."""

import builtins
from typing import Any

import numpy as np

from ....shapes import Dim, is_static
from ....tensor import Tensor as EngineTensor
from ...record import concrete, is_guess, size, sizes
from ..dtypes import as_dtype, bool_
from ..graph import Tensor
from ..inputs import convert_to_tensor
from ..recording import numpy_of, op, tensor
from .common import integers, is_zero, unknown
from .indices import boolean_mask
from .joins import unstack


def _numpy_slice(x: Any, begin: Any, size: Any) -> Any:
    pairs = zip(integers(begin), integers(size), strict=True)
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
            index.append(slice(start, start + want) if not (is_zero(start) and want is have) else slice(None))
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


__all__ = [
    "slice_",
    "getitem",
    "strided_slice",
]
