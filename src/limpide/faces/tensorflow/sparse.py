"""Sparse tensors: indices, values and a shape; what is done with them is done densely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...nn.words import lp
from .. import missing
from ..record import Host, is_guess, sizes
from . import inputs
from .dtypes import int64, string
from .inputs import convert_to_tensor
from .recording import apply, op, tensor
from .shapes import TensorShape


class SparseTensorValue(NamedTuple):
    """The value of a sparse tensor."""

    indices: Any
    values: Any
    dense_shape: Any


class SparseTensor:
    """indices: (n, rank) in order. values: (n,). dense_shape: (rank,)."""

    def __init__(self, indices: Any, values: Any, dense_shape: Any = None, shape: Any = None):
        self.indices = convert_to_tensor(indices, dtype=None if hasattr(indices, "dtype") else int64)
        self.values = convert_to_tensor(values)
        given = shape if dense_shape is None else dense_shape
        self.dense_shape = convert_to_tensor(given, dtype=None if hasattr(given, "dtype") else int64)

    @property
    def dtype(self) -> Any:
        return self.values.dtype

    @property
    def op(self) -> Any:
        return self.values.op

    @property
    def graph(self) -> Any:
        return self.values.graph

    @property
    def shape(self) -> TensorShape:
        source = getattr(self.dense_shape, "source", None)
        known = getattr(source, "array", None)
        return TensorShape(None) if known is None else TensorShape([int(s) for s in known])

    def get_shape(self) -> TensorShape:
        return self.shape

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Its value in the session."""
        parts = [t.eval(feed_dict, session) for t in (self.indices, self.values, self.dense_shape)]
        return SparseTensorValue(*parts)

    @classmethod
    def from_value(cls, value: Any) -> SparseTensor:
        return cls(*value) if not isinstance(value, SparseTensor) else value

    def _as_fetch(self) -> Any:
        return [self.indices, self.values, self.dense_shape], lambda parts: SparseTensorValue(*parts)

    def _as_feed(self, value: Any) -> Any:
        return [self.indices, self.values, self.dense_shape], list(value)

    def __repr__(self) -> str:
        return f"SparseTensor(indices={self.indices}, values={self.values}, dense_shape={self.dense_shape})"

    __str__ = __repr__


def _dense_array(indices: Any, values: Any, shape: Any, default: Any) -> Any:
    whole = np.full([int(s) for s in np.atleast_1d(shape)], default, np.asarray(values).dtype)
    index = np.asarray(indices).reshape(-1, whole.ndim)
    whole[tuple(index.T)] = values
    return whole


def sparse_to_dense(
    sparse_indices: Any, output_shape: Any, sparse_values: Any, default_value: Any = 0,
    validate_indices: bool = True, name: str | None = None,
) -> Any:  # fmt: skip
    """A tensor with values at indices, and default_value elsewhere."""
    values = convert_to_tensor(sparse_values)
    if values.dtype.base_dtype is string:
        default = default_value.encode() if isinstance(default_value, str) else default_value or b""
        given = [convert_to_tensor(v) for v in (sparse_indices, values, output_shape)]
        return apply(
            "SparseToDense",
            lambda i, v, s: _dense_array(i, v, s, default),
            given,
            source=Host,
            dtype=string,
            name=name,
        )
    return _dense(sparse_indices, output_shape, values, default_value, name=name)


@op("SparseToDense")
def _dense(indices: Any, shape: Any, values: Any, default: Any, name: Any = None) -> Any:
    index, v = tensor(indices).astype("int64"), tensor(values)
    whole: Any = sizes(shape)
    base = lp.full(whole, default, v.dtype)
    if is_guess():
        return base
    strides = np.cumprod([1, *whole[:0:-1]])[::-1].astype(np.int64)
    index = lp.reshape(index, (-1, len(whole))) if index.ndim < 2 else index
    flat = lp.sum(index * strides, axis=1)
    mine = lp.equal(lp.arange(int(np.prod(whole)))[:, None], flat)
    spread = mine.astype(v.dtype) @ lp.broadcast_to(v, (index.shape[0],)) if v.dtype.kind == "f" else None
    if spread is None:
        spread = lp.sum(mine.astype(v.dtype) * v, axis=1).astype(v.dtype)
    there = lp.any(mine, axis=1)
    return lp.where(lp.reshape(there, whole), lp.reshape(spread, whole), base)


def sparse_tensor_to_dense(
    sp_input: SparseTensor, default_value: Any = 0, validate_indices: bool = True, name: str | None = None
) -> Any:
    """A dense tensor."""
    return sparse_to_dense(sp_input.indices, sp_input.dense_shape, sp_input.values, default_value, name=name)


to_dense = sparse_tensor_to_dense


def _on_host(kind: str, function: Callable[..., Any], args: list[Any], dtypes: list[Any]) -> Any:
    return apply(kind, function, args, count=len(dtypes), source=Host, dtype=dtypes)


def dense_to_sparse(tensor: Any, name: str | None = None) -> SparseTensor:
    """Its elements that are not 0."""
    dense = convert_to_tensor(tensor)

    def split(array: Any) -> Any:
        array = np.asarray(array)
        index = np.argwhere(array)
        return index, array[tuple(index.T)], np.array(array.shape, np.int64)

    parts = _on_host("DenseToSparse", split, [dense], [int64, dense.dtype.base_dtype, int64])
    return SparseTensor(*parts)


from_dense = dense_to_sparse


def sparse_reorder(sp_input: SparseTensor, name: str | None = None) -> SparseTensor:
    """The same, its indices in order."""

    def order(indices: Any, values: Any) -> Any:
        places = np.lexsort(np.asarray(indices).T[::-1])
        return np.asarray(indices)[places], np.asarray(values)[places]

    parts = _on_host(
        "SparseReorder", order, [sp_input.indices, sp_input.values], [int64, sp_input.dtype.base_dtype]
    )
    return SparseTensor(parts[0], parts[1], sp_input.dense_shape)


def sparse_tensor_dense_matmul(
    sp_a: SparseTensor, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None
) -> Any:
    """sp_a @ b."""
    return _product(sp_a.indices, sp_a.values, sp_a.dense_shape, b, adjoint_a, adjoint_b, name=name)


@op("SparseTensorDenseMatMul")
def _product(indices: Any, values: Any, shape: Any, b: Any, left: bool, right: bool, name: Any = None) -> Any:
    index, v, dense = tensor(indices).astype("int64"), tensor(values), tensor(b)
    rows, columns = sizes(shape)
    dense = dense.T if right else dense
    to, of, count = (index[:, 1], index[:, 0], columns) if left else (index[:, 0], index[:, 1], rows)
    picked = lp.take(dense, of, axis=0) * v[:, None]
    return lp.equal(lp.arange(count)[:, None], to).astype(v.dtype) @ picked


def sparse_reduce_sum(
    sp_input: SparseTensor, axis: Any = None, keep_dims: bool = False, name: Any = None, **_: Any
) -> Any:
    """The sum over axes, dense."""
    return _summed(sparse_tensor_to_dense(sp_input), axis, keep_dims, name=name)


@op("SparseReduceSum")
def _summed(x: Any, axis: Any, keep: bool, name: Any = None) -> Any:
    return lp.sum(tensor(x), axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keep)


def sparse_retain(sp_input: SparseTensor, to_retain: Any) -> SparseTensor:
    """Some of its values."""

    def keep(indices: Any, values: Any, kept: Any) -> Any:
        return np.asarray(indices)[kept], np.asarray(values)[kept]

    given = [sp_input.indices, sp_input.values, convert_to_tensor(to_retain)]
    parts = _on_host("SparseRetain", keep, given, [int64, sp_input.dtype.base_dtype])
    return SparseTensor(parts[0], parts[1], sp_input.dense_shape)


inputs.sparse_tensor[:] = [SparseTensor]

__all__ = [
    "SparseTensor", "SparseTensorValue", "sparse_reduce_sum", "sparse_reorder", "sparse_retain",
    "sparse_tensor_dense_matmul", "sparse_tensor_to_dense", "sparse_to_dense",
]  # fmt: skip

__getattr__ = missing.attributes("tensorflow.sparse", globals())
