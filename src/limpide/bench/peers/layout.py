"""Parameters of the convolution net for libraries that want their channels first."""

from __future__ import annotations

import numpy as np

from ...graph import Array
from ..workloads import FILTERS

SIDE = 4  # of the images that go into the first dense layer


def channels_first(parameters: list[Array]) -> list[Array]:
    """Filters as (out, in, height, width), rows of the first dense weight as (channel, height, width)."""
    first, a, second, b, dense, *rest = parameters
    grid = dense.reshape(SIDE, SIDE, FILTERS[-1], -1).transpose(2, 0, 1, 3)
    filters = (np.ascontiguousarray(f.transpose(3, 2, 0, 1)) for f in (first, second))
    return [next(filters), a, next(filters), b, np.ascontiguousarray(grid).reshape(dense.shape), *rest]


def channels_last(parameters: list[Array]) -> list[Array]:
    """What `channels_first` was given."""
    first, a, second, b, dense, *rest = parameters
    grid = dense.reshape(FILTERS[-1], SIDE, SIDE, -1).transpose(1, 2, 0, 3)
    filters = (np.ascontiguousarray(f.transpose(2, 3, 1, 0)) for f in (first, second))
    return [next(filters), a, next(filters), b, np.ascontiguousarray(grid).reshape(dense.shape), *rest]
