"""`keras.datasets.boston_housing`."""

from __future__ import annotations

from .. import sequences, sets


def load_data(
    path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = sequences.SEED
) -> sets.Split:
    """506 rows of 13 numbers, and prices."""
    return sequences.boston_housing(path, test_split, seed)
