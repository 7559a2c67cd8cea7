"""Random numbers as a function of (seed, stream, position): the same on every device, in any order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import UINT64, DType
from ..graph import Node
from ..shapes import Shape, product
from .block import argsort
from .define import Build, as_node, cast, constant, map_op
from .map import bitwise_and, cos, erfinv, less, log, right_shift, sqrt
from .philox import philox as philox_numpy
from .view import iota, reshape, slice_axes

philox: Build = map_op(
    "philox",
    numpy=philox_numpy,
    c="lp_philox({0}, {1}, {2})",
    grad=(None, None, None),
    takes="integer",
    domain=((0, 9), (0, 9), (0, 9)),
    doc="64 random bits of (seed, stream, position): Philox-4x32-10 (Salmon et al. 2011).",
)


def bits(state: Node, stream: int, shape: Shape) -> Node:
    """64 random bits per element. state: uint64 (seed, stream); `stream` is added to its second number."""
    position = reshape(iota((product(shape),), 0, UINT64), shape)
    pair = reshape(state, (2,))
    from_seed = _element(pair, 0)
    from_stream = _element(pair, 1) + constant(stream, UINT64)
    return philox(from_seed, from_stream, position)


def _element(pair: Node, i: int) -> Node:
    return reshape(slice_axes(pair, ((i, i + 1, 1),)), ())


def uniform(state: Node, stream: int, shape: Shape, dtype: DType) -> Node:
    """Uniform on [0, 1), a multiple of 2**-24 (float32) or 2**-53 (float64)."""
    digits = 24 if dtype.itemsize == 4 else 53
    whole = right_shift(bits(state, stream, shape), constant(64 - digits, UINT64))
    return cast(whole, dtype) * constant(2.0**-digits, dtype)


def normal(state: Node, stream: int, shape: Shape, dtype: DType) -> Node:
    """Standard normal by Box and Muller (1958) from the two halves of 64 random bits."""
    both = bits(state, stream, shape)
    low = cast(bitwise_and(both, constant(0xFFFFFFFF, UINT64)), dtype)
    high = cast(right_shift(both, constant(32, UINT64)), dtype)
    radius = sqrt(log((high + 1) * constant(2.0**-32, dtype)) * -2)
    return radius * cos(low * constant(2.0**-32 * 2 * math.pi, dtype))


def truncated_normal(state: Node, stream: int, shape: Shape, dtype: DType) -> Node:
    """Standard normal within two standard deviations, by the inverse of its distribution function."""
    edge = math.erf(2 / math.sqrt(2))
    u = uniform(state, stream, shape, dtype) * (2 * edge) - edge
    return erfinv(u) * math.sqrt(2)


def bernoulli(state: Node, stream: int, shape: Shape, p: Any) -> Node:
    """True with probability `p`."""
    return less(uniform(state, stream, shape, np.dtype(np.float32)), as_node(p))


def permutation(state: Node, stream: int, n: Any) -> Node:
    """0..n-1 in random order."""
    return argsort(bits(state, stream, (n,)))


def randint(state: Node, stream: int, shape: Shape, low: int, high: int, dtype: DType) -> Node:
    """Integers in [low, high), from the upper bits of a product (bias below (high-low) / 2**32)."""
    upper = right_shift(bits(state, stream, shape), constant(32, UINT64))
    scaled = right_shift(upper * constant(high - low, UINT64), constant(32, UINT64))
    return cast(scaled, dtype) + constant(low, dtype)
