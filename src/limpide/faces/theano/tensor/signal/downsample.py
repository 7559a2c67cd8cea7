"""The old name of `theano.tensor.signal.pool`."""

from __future__ import annotations

from .... import missing
from .pool import max_pool_2d, max_pool_2d_same_size, pool_2d

__all__ = ["max_pool_2d", "max_pool_2d_same_size", "pool_2d"]

__getattr__ = missing.attributes("theano.tensor.signal.downsample", globals())
