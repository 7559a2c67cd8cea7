"""`keras.datasets.mnist`."""

from __future__ import annotations

from .. import sets


def load_data(path: str = "mnist.npz") -> sets.Split:
    """Digits: uint8 images (n, 28, 28) and labels (n,)."""
    return sets.mnist()
