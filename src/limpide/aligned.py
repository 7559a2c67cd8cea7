"""Arrays that begin where vectors do: a vector of compiled code never lies across two cache lines."""

from __future__ import annotations

import math

import numpy as np

from .dtypes import ALIGNMENT, PADDING, Array, DType


def address(array: Array) -> int:
    """Where an array's elements begin."""
    place: int = array.__array_interface__["data"][0]
    return place


def is_aligned(array: Array) -> bool:
    return address(array) % ALIGNMENT == 0


def empty(shape: tuple[int, ...], dtype: DType) -> Array:
    """An array of any contents, at a multiple of the alignment.

    >>> address(empty((3, 5), np.dtype("float32"))) % ALIGNMENT
    0
    """
    size = math.prod(shape) * dtype.itemsize
    return _from_alignment(np.empty(size + ALIGNMENT + PADDING, np.uint8))[:size].view(dtype).reshape(shape)


def zeros(size: int) -> Array:
    """`size` zero bytes, and some behind them, at a multiple of the alignment."""
    return _from_alignment(np.zeros(size + ALIGNMENT + PADDING, np.uint8))


def copy(array: Array) -> Array:
    """The elements in an array of their own, row by row."""
    new = empty(array.shape, array.dtype)
    new[...] = array
    return new


def _from_alignment(block: Array) -> Array:
    return block[-address(block) % ALIGNMENT :]
