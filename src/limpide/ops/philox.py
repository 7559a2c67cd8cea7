"""Counter-based random bits: Philox-4x32-10 in NumPy, bit for bit what `lp_philox` in support.h gives."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_ROUNDS = 10


def philox(seed: ArrayLike, stream: ArrayLike, index: ArrayLike) -> NDArray[np.uint64]:
    """64 random bits for each (seed, stream, index): words 0 and 1 of Philox-4x32-10.

    The key is the 64-bit seed, the counter (index, stream), both low word first. The arguments are integers
    below 2**64, broadcast together; the result has their shape and dtype uint64. No state is kept:
    equal arguments give equal bits.

    Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

    >>> [hex(bits) for bits in philox(0, 0, [0, 1]).tolist()]
    ['0xe169c58d6627e8d5', '0x5cb200dbf8e4cca4']
    """
    key, high, low = np.broadcast_arrays(*(np.asarray(word, np.uint64) for word in (seed, stream, index)))
    k0, k1 = key & _LOW, key >> _HALF
    c0, c1, c2, c3 = low & _LOW, low >> _HALF, high & _LOW, high >> _HALF
    for _ in range(_ROUNDS):
        p, q = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (q >> _HALF) ^ c1 ^ k0, q & _LOW, (p >> _HALF) ^ c3 ^ k1, p & _LOW
        k0, k1 = (k0 + _WEYL[0]) & _LOW, (k1 + _WEYL[1]) & _LOW
    return np.asarray(c1 << _HALF | c0, np.uint64)
