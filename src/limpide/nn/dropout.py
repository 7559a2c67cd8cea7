"""Dropout: what is switched off at random while training, and left alone in evaluation mode."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..errors import ArgumentError, ShapeError, user_frame
from ..random import Generator, default_generator
from ..shapes import Shape, show
from .layers import as_floats
from .module import Module
from .norms import LAST
from .words import lp


class _Dropout(Module):
    """What all kinds share: a probability, and the stream that the choice is drawn from."""

    def __init__(self, p: float = 0.5, seed: int | None = None):
        if not isinstance(p, (int, float)) or not 0 <= p <= 1:
            raise ArgumentError(
                type(self).__name__, f"p is {p!r}, not a probability between 0 and 1", where=user_frame()
            )
        self.p = p
        self._own = None if seed is None else Generator(seed)

    @property
    def generator(self) -> Generator:
        """The stream that is drawn from: its own, or that of `lp.random`, which copies of the layer share."""
        return self._own or default_generator()

    def _kept(self, x: Any, shape: Shape) -> Any:
        """True with probability 1 - p."""
        self._needs_trace(x)
        return lp.greater_equal(self.generator.random(shape, dtype="float32"), self.p)

    def _describe(self) -> str:
        return f"p={self.p:g}"


class Dropout(_Dropout):
    """Every element 0 with probability p, and else divided by 1 - p (Srivastava et al. 2014).

    seed: of a stream of its own; without one the numbers are those of `lp.random`, the same on every device.
    In evaluation mode the input is given back as it is.

    >>> import numpy as np
    >>> drop = Dropout(0.5, seed=1)
    >>> sorted(set(drop(np.ones(100)).numpy())), drop.eval()(np.ones(2)).numpy().tolist()
    ([np.float64(0.0), np.float64(2.0)], [1.0, 1.0])
    """

    def forward(self, x: Any) -> Any:
        x = as_floats(x)
        return self._dropped(x, x.shape) if self.training and self.p else x

    def _dropped(self, x: Any, shape: Shape) -> Any:
        if self.p == 1:
            return lp.zeros_like(x)
        return lp.where(self._kept(x, shape), x * (1 / (1 - self.p)), 0.0)


class _SpatialDropout(Dropout):
    rank: ClassVar[int]

    def __init__(self, p: float = 0.5, seed: int | None = None, layout: str | None = None):
        super().__init__(p, seed)
        self.layout = layout

    def forward(self, x: Any) -> Any:
        x = as_floats(x)
        if x.ndim != self.rank + 2:
            raise ShapeError(
                type(self).__name__,
                f"the input has shape {show(x.shape)}, but {self.rank + 2} axes are expected",
                where=user_frame(),
            )
        if not self.training or not self.p:
            return x
        ones = (1,) * self.rank
        last = self.layout in LAST
        return self._dropped(x, (x.shape[0], *ones, x.shape[-1]) if last else (*x.shape[:2], *ones))


class Dropout1d(_SpatialDropout):
    """Whole channels of (n, channels, w) dropped (Tompson et al. 2015); channels last with layout="NWC"."""

    rank = 1


class Dropout2d(_SpatialDropout):
    """Whole channels of (n, channels, h, w) dropped (Tompson et al. 2015); channels last with "NHWC".

    >>> import numpy as np
    >>> y = Dropout2d(0.5, seed=0)(np.ones((4, 8, 3, 3))).numpy()
    >>> bool((y == y[:, :, :1, :1]).all())
    True
    """

    rank = 2


class Dropout3d(_SpatialDropout):
    """Whole channels of (n, channels, d, h, w) dropped (Tompson et al. 2015); channels last with "NDHWC"."""

    rank = 3


class AlphaDropout(_Dropout):
    """Dropout for SELU: dropped is -1.758, and mean and variance stay (Klambauer et al. 2017)."""

    LOWEST = -1.6732632423543772 * 1.0507009873554805  # of SELU

    def forward(self, x: Any) -> Any:
        x = as_floats(x)
        if not self.training or not self.p:
            return x
        if self.p == 1:
            return lp.zeros_like(x)
        q = 1 - self.p
        scale = 1 / math.sqrt(q + self.LOWEST**2 * q * self.p)
        return lp.where(self._kept(x, x.shape), x, self.LOWEST) * scale - scale * self.p * self.LOWEST
