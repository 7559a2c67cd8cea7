"""Shapes: told, changed, stretched."""

from typing import Any

import numpy as np

from ....nn.words import lp
from ....shapes import is_static
from ....tensor import Tensor as EngineTensor
from ...record import Unknown, concrete, shape_of, sizes
from ..dtypes import engine_type, int32
from ..graph import Tensor
from ..recording import numpy_of, op, plain, tensor
from ..shapes import TensorShape, as_shape
from .common import Function, engine_tensor, integers, numbers_of


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


@op("Reshape", host=lambda x, shape: numpy_of(x).reshape(integers(shape)))
def _reshape(x: Any, shape: Any, name: Any = None) -> Any:
    return lp.reshape(tensor(x), sizes(shape))


def reshape(tensor: Any, shape: Any, name: Any = None) -> Any:
    """The same elements in another shape; -1 for what is left."""
    result = _reshape(tensor, shape, name=name)
    if isinstance(result, Tensor) and result.known is None and numbers_of(shape):
        result.set_shape([None if s is None or int(s) < 0 else int(s) for s in np.atleast_1d(plain(shape))])
    return result


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
    return lp.expand_dims(engine_tensor(input), int(concrete(0 if where is None else where)))


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
    x, where = engine_tensor(input), squeeze_dims if axis is None else axis
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
    return lp.transpose(engine_tensor(a), None if perm is None else sizes(perm))


@op("MatrixTranspose")
def matrix_transpose(a: Any, name: Any = None, conjugate: bool = False) -> Any:
    """The last two axes exchanged."""
    return lp.swapaxes(engine_tensor(a), -1, -2)


@op("BroadcastTo")
def broadcast_to(input: Any, shape: Any, name: Any = None) -> Any:
    """Repeated to a shape by NumPy's rule."""
    return lp.broadcast_to(engine_tensor(input), sizes(shape))


def _broadcast(x: Any, y: Any) -> Any:
    return np.broadcast_shapes(tuple(x), tuple(y))


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape that two shapes together broadcast to."""
    return TensorShape(_broadcast(as_shape(shape_x).as_list(), as_shape(shape_y).as_list()))


@op("BroadcastArgs", gradient=False)
def broadcast_dynamic_shape(shape_x: Any, shape_y: Any, name: Any = None) -> Any:
    shape = _broadcast(sizes(shape_x), sizes(shape_y))
    return engine_tensor(np.array(shape, np.int32))


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
    return lp.stop_gradient(engine_tensor(input))


def prevent_gradient(input: Any, message: str = "", name: Any = None) -> Any:
    return stop_gradient(input, name=name)


__all__ = [
    "size_",
    "as_scalar",
    "broadcast_dynamic_shape",
    "broadcast_static_shape",
    "broadcast_to",
    "expand_dims",
    "guarantee_const",
    "identity",
    "identity_n",
    "matrix_transpose",
    "prevent_gradient",
    "rank",
    "reshape",
    "shape",
    "shape_n",
    "squeeze",
    "stop_gradient",
    "transpose",
]
