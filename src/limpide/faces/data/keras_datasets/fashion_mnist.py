"""`keras.datasets.fashion_mnist`."""

from __future__ import annotations

from .. import sets


def load_data() -> sets.Split:
    """Clothes: uint8 images (n, 28, 28) and labels (n,)."""
    return sets.fashion_mnist()
