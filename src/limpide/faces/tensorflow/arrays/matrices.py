"""Diagonals and bands of matrices; blocks of images; rows of gradients."""

import builtins
from typing import Any

import numpy as np

from ....nn.words import lp
from ....tensor import Tensor as EngineTensor
from ...record import concrete, sizes
from ..dtypes import engine_type
from ..math import hosted
from ..recording import alike, array_of, op, tensor
from .forms import identity


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


__all__ = [
    "IndexedSlices",
    "batch_to_space",
    "batch_to_space_nd",
    "bitcast",
    "depth_to_space",
    "diag",
    "diag_part",
    "ensure_shape",
    "make_ndarray",
    "make_tensor_proto",
    "matrix_band_part",
    "matrix_diag",
    "matrix_diag_part",
    "matrix_set_diag",
    "meshgrid",
    "space_to_batch",
    "space_to_batch_nd",
    "space_to_depth",
]
