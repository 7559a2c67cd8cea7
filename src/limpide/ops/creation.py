"""Arrays from nothing: constants, ranges, identities, triangles."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import INT64, DType, as_dtype, computing, floatx, is_float, is_weak
from ..errors import ArgumentError, SymbolicError
from ..graph import Node
from ..shapes import Dim, Shape, Size
from .define import as_node, cast, constant
from .map import equal, greater_equal, less_equal, where
from .view import broadcast_to, expand_dims, iota, reshape


def _shape_of(shape: Any) -> Shape:
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    return tuple(s if isinstance(s, Dim) else int(s.__index__()) for s in sizes)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Node:
    """An array of `shape` filled with a value."""
    value = as_node(fill_value)
    return broadcast_to(value if dtype is None else cast(value, as_dtype(dtype)), _shape_of(shape))


def zeros(shape: Any, dtype: Any = None) -> Node:
    """Zeros, floatx by default."""
    return full(shape, 0, floatx() if dtype is None else dtype)


def ones(shape: Any, dtype: Any = None) -> Node:
    """Ones, floatx by default."""
    return full(shape, 1, floatx() if dtype is None else dtype)


def empty(shape: Any, dtype: Any = None) -> Node:
    """Zeros: nothing here is uninitialised."""
    return zeros(shape, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None, shape: Any = None) -> Node:
    """An array of the shape and dtype of `x` filled with a value."""
    x = as_node(x)
    return full(x.shape if shape is None else shape, fill_value, dtype or x.dtype)


def zeros_like(x: Any, dtype: Any = None, shape: Any = None) -> Node:
    """Zeros of the shape and dtype of `x`."""
    return full_like(x, 0, dtype, shape)


def ones_like(x: Any, dtype: Any = None, shape: Any = None) -> Node:
    """Ones of the shape and dtype of `x`."""
    return full_like(x, 1, dtype, shape)


def empty_like(x: Any, dtype: Any = None, shape: Any = None) -> Node:
    """Zeros of the shape and dtype of `x`: nothing here is uninitialised."""
    return full_like(x, 0, dtype, shape)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Node:
    """start, start + step, ... before `stop`; arange(n) counts from 0. Floats are floatx by default."""
    if stop is None:
        start, stop = 0, start
    if isinstance(stop, Dim) or isinstance(start, Dim):
        return _unknown_range(start, stop, step, dtype)
    first, end, by = (_number("arange", n) for n in (start, stop, step))
    if by == 0:
        raise ArgumentError("arange", "the step is 0")
    integers = isinstance(first, int) and isinstance(end, int) and isinstance(by, int)
    wanted = (INT64 if integers else floatx()) if dtype is None else as_dtype(dtype)
    if is_float(wanted) or not integers:
        return constant(np.arange(first, end, by, dtype=computing(wanted)), wanted)
    return _counted(first, by, max(0, -int((first - end) // by)), wanted)


def _number(op: str, value: Any) -> int | float:
    if isinstance(value, Node):
        if value.op.name == "constant":
            value = value.attr("value").array.item()
        else:
            raise SymbolicError(
                op,
                "the length of the result would depend on a formula",
                where=value.where,
                hint="use numbers or sizes of shapes here; scale and shift lp.arange(n) by formulas",
            )
    return float(value) if isinstance(value, (float, np.floating)) else int(value)


def _unknown_range(start: Any, stop: Any, step: Any, dtype: Any) -> Node:
    if step != 1:
        raise SymbolicError(
            "arange", "a range over an unknown size has step 1", hint="multiply lp.arange(n) by it"
        )
    return _counted(start, 1, stop - start, INT64 if dtype is None else as_dtype(dtype))


def _counted(start: Any, step: Any, count: Size, dtype: DType) -> Node:
    work = computing(dtype)
    steps = iota((count,), 0, work)
    scaled = steps if step == 1 else steps * constant(step, work)
    return cast(scaled if isinstance(start, int) and start == 0 else scaled + constant(start, work), dtype)


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None) -> Node:
    """`num` numbers evenly from `start` to `stop`, which is included with `endpoint`. Floatx by default."""
    if is_weak(start) and is_weak(stop):
        values = np.linspace(start, stop, num, endpoint=endpoint)
        return constant(values, floatx() if dtype is None else as_dtype(dtype))
    start, stop = as_node(start), as_node(stop)
    fractions = constant(np.linspace(0.0, 1.0, num, endpoint=endpoint).astype(floatx()))
    fractions = reshape(fractions, (num, *[1] * max(start.ndim, stop.ndim)))
    values_ = start + (stop - start) * fractions
    return values_ if dtype is None else cast(values_, as_dtype(dtype))


def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: float = 10.0) -> Node:
    """`num` numbers from base**start to base**stop, evenly on a logarithmic scale."""
    return constant(np.logspace(start, stop, num, endpoint=endpoint, base=base).astype(floatx()))


def tri_mask(rows: Size, columns: Size, k: int) -> Node:
    """True on and below the diagonal `k`."""
    i, j = (iota((rows, columns), axis, INT64) for axis in (0, 1))
    return less_equal(j, i + k) if k else less_equal(j, i)


def eye(N: Any, M: Any = None, k: int = 0, dtype: Any = None) -> Node:
    """Ones on the diagonal `k` of an N by M matrix, zeros elsewhere."""
    columns = N if M is None else M
    i, j = (iota((N, columns), axis, INT64) for axis in (0, 1))
    return cast(equal(j, i + k if k else i), floatx() if dtype is None else as_dtype(dtype))


def identity(n: Any, dtype: Any = None) -> Node:
    """The identity matrix."""
    return eye(n, dtype=dtype)


def tri(N: Any, M: Any = None, k: int = 0, dtype: Any = None) -> Node:
    """Ones on and below the diagonal `k`, zeros above."""
    return cast(tri_mask(N, N if M is None else M, k), floatx() if dtype is None else as_dtype(dtype))


def _triangle(op: str, m: Any) -> Node:
    x = as_node(m)
    if x.ndim == 1:  # as NumPy does
        return broadcast_to(x, (x.shape[0], x.shape[0]))
    if not x.ndim:
        raise ArgumentError(op, "a scalar has no triangles")
    return x


def tril(m: Any, k: int = 0) -> Node:
    """The last two axes with zeros above the diagonal `k`."""
    x = _triangle("tril", m)
    return where(tri_mask(x.shape[-2], x.shape[-1], k), x, constant(0, x.dtype))


def triu(m: Any, k: int = 0) -> Node:
    """The last two axes with zeros below the diagonal `k`."""
    x = _triangle("triu", m)
    i, j = (iota(x.shape[-2:], axis, INT64) for axis in (0, 1))
    return where(greater_equal(j, i + k if k else i), x, constant(0, x.dtype))


def meshgrid(*xi: Any, indexing: str = "xy") -> list[Node]:
    """Coordinates of the grid over vectors: rows follow the second vector ("xy") or the first ("ij")."""
    if indexing not in ("xy", "ij"):
        raise ArgumentError("meshgrid", f"indexing is 'xy' or 'ij', not {indexing!r}")
    vectors = [reshape(as_node(x), (-1,)) for x in xi]
    order = list(range(len(vectors)))
    if indexing == "xy" and len(order) > 1:
        order[0], order[1] = 1, 0
    shape = tuple(vectors[v].shape[0] for v in order)
    grids = []
    for v, vector in enumerate(vectors):
        others = [a for a in range(len(order)) if order[a] != v]
        grids.append(broadcast_to(expand_dims(vector, tuple(others)), shape))
    return grids


def one_hot(labels: Any, classes: int, dtype: Any = None) -> Node:
    """A 1 at the position of each label along a new last axis, 0 elsewhere (floatx by default)."""
    labels = as_node(labels)
    columns = iota((*labels.shape, classes), labels.ndim, INT64)
    hits = equal(expand_dims(cast(labels, INT64), labels.ndim), columns)
    return cast(hits, floatx() if dtype is None else as_dtype(dtype))


__all__ = [
    "arange", "empty", "empty_like", "eye", "full", "full_like", "identity", "linspace", "logspace",
    "meshgrid", "one_hot", "ones", "ones_like", "tri", "tril", "triu", "zeros", "zeros_like",
]  # fmt: skip
