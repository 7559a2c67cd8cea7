"""Philox against the known answers that the Random123 library publishes for philox4x32-10."""

from __future__ import annotations

import numpy as np
import pytest

from limpide.ops.philox import philox

# counter words 0 to 3, key words 0 and 1, result words 0 and 1
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0), (0xD16CFE09, 0x94FDCCEB)),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_known_answers(counter: tuple[int, ...], key: tuple[int, ...], words: tuple[int, ...]) -> None:
    bits = philox(key[1] << 32 | key[0], counter[3] << 32 | counter[2], counter[1] << 32 | counter[0])
    assert int(bits) == words[1] << 32 | words[0]


def test_broadcasts_and_depends_on_every_argument() -> None:
    bits = philox(np.arange(3).reshape(3, 1, 1), np.arange(4).reshape(4, 1), np.arange(5))
    assert bits.shape == (3, 4, 5)
    assert bits.dtype == np.uint64
    assert np.unique(bits).size == 60
    assert bits[1, 2, 3] == philox(1, 2, 3)


def test_bits_are_balanced() -> None:
    bits = philox(7, 1, np.arange(4096))
    ones = [(bits >> np.uint64(k) & np.uint64(1)).mean() for k in range(64)]
    assert np.abs(np.array(ones) - 0.5).max() < 4 * 0.5 / 64  # four standard deviations of 4096 throws
