"""Batches for fit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from limpide.data.augment import Compose, MixUp, RandomAffine, RandomHorizontalFlip, augmented

N = 23
X = np.random.default_rng(0).integers(0, 256, (N, 8, 8)).astype(np.uint8)
Y = np.arange(N)
CHANGES = Compose([RandomAffine(30), RandomHorizontalFlip()], seed=3)


def one_epoch(number: int, batch_size: int, **options: object) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels, put back into their order."""
    data = augmented(X, Y, CHANGES, batch_size, **options)  # type: ignore[arg-type]
    parts = list(data.epoch(number))
    images, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(labels)
    return images[order], labels[order]


@pytest.mark.parametrize("workers", [0, 3])
@pytest.mark.parametrize("seed", [None, 0, 9])
@pytest.mark.parametrize("batch_size", [1, 5, 100])
def test_an_image_of_an_epoch_is_always_the_same(workers: int, seed: int | None, batch_size: int) -> None:
    images, labels = one_epoch(2, batch_size, seed=seed, workers=workers, prefetch=workers)
    assert_array_equal(labels, Y)
    assert_array_equal(images, CHANGES(X, index=Y, epoch=2))
    assert not np.array_equal(images, one_epoch(3, batch_size)[0])


def test_an_epoch_can_start_anywhere() -> None:
    data = augmented(X, Y, CHANGES, 4, workers=2)
    whole, rest = list(data.epoch(1)), list(data.epoch(1, 3))
    assert len(data) == len(whole) == 6 and len(rest) == 3
    for (a, b), (c, d) in zip(whole[3:], rest, strict=True):
        assert_array_equal(a, c)
        assert_array_equal(b, d)


def test_iterating_again_is_the_next_epoch() -> None:
    data = augmented(X, Y, CHANGES, N, seed=None)
    first, second = (next(iter(data))[0] for _ in range(2))
    assert_array_equal(first, CHANGES(X, index=Y, epoch=0))
    assert_array_equal(second, CHANGES(X, index=Y, epoch=1))


def test_labels_become_rows_where_they_are_mixed() -> None:
    (_, rows), *_ = augmented(X, Y % 3, MixUp(num_classes=3), 5)
    assert rows.shape == (5, 3) and rows.dtype == np.float32
