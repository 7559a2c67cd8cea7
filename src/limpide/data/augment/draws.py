"""Random numbers of a batch: each is a function of the seed, the epoch, its own number and the sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...ops.philox import philox

Floats = NDArray[np.float64]

DRAWS = 1 << 32  # the draws that one epoch has room for
TRIES = 16  # of which each is accepted with a probability above 0.95


class Draws:
    """The random numbers of some samples in some epoch, each draw with a number for every sample.

    Nothing depends on which other samples are in the batch. The bits are those of Philox-4x32-10.

    >>> one, two = Draws(7, epoch=0, index=[0, 1, 2]), Draws(7, epoch=0, index=[2])
    >>> bool(one.uniform()[0, 2] == two.uniform()[0, 0])
    True
    """

    def __init__(self, seed: int, epoch: int, index: ArrayLike):
        self.seed = int(seed) % 2**64
        self.index = np.asarray(index).astype(np.uint64)
        self.next = epoch * DRAWS

    def __len__(self) -> int:
        return len(self.index)

    def uniform(self, count: int = 1) -> Floats:
        """Numbers (count, n) on [0, 1)."""
        streams = np.arange(self.next, self.next + count, dtype=np.uint64)[:, None]
        self.next += count
        bits = philox(self.seed, streams, self.index)
        return np.ldexp((bits >> np.uint64(11)).astype(np.float64), -53)

    def between(self, low: Any, high: Any) -> Floats:
        """Numbers (n,) on [low, high)."""
        drawn: Floats = low + (high - low) * self.uniform()[0]
        return drawn

    def integers(self, count: int) -> NDArray[np.intp]:
        """Whole numbers (n,) from 0 to count - 1."""
        return np.asarray(self.uniform()[0] * count, np.intp)

    def chance(self, p: float) -> NDArray[np.bool_]:
        """Booleans (n,), each true with probability p."""
        return np.asarray(self.uniform()[0] < p)

    def beta(self, a: float) -> Floats:
        """Numbers (n,) of the distribution Beta(a, a): shares of the one in the sum of two gamma numbers."""
        log_x, log_y = self._log_gamma(a), self._log_gamma(a)
        return np.asarray(1 / (1 + np.exp(np.minimum(log_y - log_x, 700))))

    def _log_gamma(self, a: float) -> Floats:
        """Logarithms (n,) of gamma numbers of shape a (Marsaglia and Tsang 2000, "A simple method for ...").

        The first accepted of a fixed number of tries; a shape below 1 goes through a + 1, as the paper says.
        """
        d = (a + 1 if a < 1 else a) - 1 / 3
        u, radius, angle = (self.uniform(TRIES) for _ in range(3))
        z = np.sqrt(-2 * np.log1p(-radius)) * np.cos(2 * np.pi * angle)
        log_v = 3 * np.log(np.maximum(1 + z / np.sqrt(9 * d), 1e-300))  # refused below 0, as v is 0 there
        accepted = np.log1p(-u) < 0.5 * z * z + d - d * np.exp(log_v) + d * log_v
        chosen = np.take_along_axis(log_v, accepted.argmax(axis=0)[None], axis=0)[0]
        small = np.log1p(-self.uniform()[0]) / a if a < 1 else 0.0
        return np.asarray(np.log(d) + chosen + small)
