"""Batches for `fit`, changed while the step before them is computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..dataset import Dataset, Derived
from ..workers import in_order
from .transforms import Transform


class Augmented(Derived):
    """Batches (images, labels) of a dataset of batches (images, labels, index), changed by a transform.

    The epoch's number goes to the transform, too, so every epoch sees other images.
    """

    def __init__(self, inner: Dataset, transform: Transform, workers: int = 0):
        super().__init__(inner, inner.length)
        self.transform, self.workers = transform, workers

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        calls = ((batch, number) for batch in self.inner.epoch(number, start))
        return in_order(self._changed, calls, self.workers)

    def _changed(self, batch: tuple[Any, Any, Any], number: int) -> Any:
        images, labels, index = batch
        return self.transform(images, labels, index=index, epoch=number)


def augmented(
    images: Any,
    labels: Any,
    transform: Transform,
    batch_size: int = 32,
    seed: int | None = 0,
    workers: int = 0,
    prefetch: int = 2,
) -> Dataset:
    """Shuffled batches of images (n, ...) and labels (n, ...), changed by a transform: data for `fit`.

    seed: of the order, another one in each epoch; None keeps the order. The transform has its own; what it
    draws for an image depends on its seed, the epoch and the image's number alone: order, size of batches and
    workers change nothing. workers: so many threads change batches. prefetch: so many batches are made ahead.

    >>> from limpide.data.augment import RandomHorizontalFlip
    >>> x, y = np.zeros((6, 28, 28), np.uint8), np.arange(6)
    >>> [labels.tolist() for _, labels in augmented(x, y, RandomHorizontalFlip(), 4, seed=None)]
    [[0, 1, 2, 3], [4, 5]]
    """
    samples = Dataset.from_arrays(images, labels, np.arange(len(images)))
    ordered = samples if seed is None else samples.shuffle(seed)
    changed: Dataset = Augmented(ordered.batch(batch_size), transform, workers)
    return changed.prefetch(prefetch) if prefetch else changed
