"""New tensors, filled or in a row."""

from typing import Any

import numpy as np

from ....nn.words import lp
from ....shapes import Dim
from ....tensor import Tensor as EngineTensor
from ...record import Unknown, concrete, size, sizes
from ..dtypes import as_dtype, engine_type, float32
from ..graph import Tensor
from ..inputs import fixed
from ..recording import array_of, numpy_of, op, tensor
from ..shapes import as_shape
from .common import Function, is_zero, numbers_of, unknown


def _filled(value: float) -> Function:
    def make(shape: Any, dtype: Any = float32, name: Any = None) -> Any:
        kind = as_dtype(dtype).base_dtype
        if numbers_of(shape):
            wanted = [int(s) for s in as_shape(shape)]
            fill = b"" if kind.name == "string" else value
            return fixed(
                np.full(wanted, fill, kind.as_numpy_dtype), kind, name or ("ones" if value else "zeros")
            )
        return _full(shape, value, kind, name=name or ("ones" if value else "zeros"))

    return make


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
        return unknown([size(limit) if is_zero(start) and _is_one(delta) else Dim.named()], wanted)
    return EngineTensor(None, np.arange(*values, dtype=wanted))


def _is_one(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and value == 1


__all__ = ["eye", "fill", "ones", "ones_like", "range", "zeros", "zeros_like"]
