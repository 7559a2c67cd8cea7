"""`fuel.datasets`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import sets
from ..sets import Array, Split


class _Images:
    """Parts of a data set in turn: features (n, channels, rows, columns) of bytes, targets (n, 1)."""

    def __init__(
        self, found: Split, which_sets: Sequence[str], sources: Sequence[str] | None, subset: slice | None
    ):
        parts = [found[("train", "test").index(name)] for name in which_sets]
        images = np.concatenate([images for images, _ in parts])
        images = images[:, None] if images.ndim == 3 else np.moveaxis(images, -1, 1)
        labels = np.concatenate([labels for _, labels in parts])[:, None]
        rows = subset or slice(None)
        arrays = {"features": images[rows], "targets": labels[rows]}
        self.sources = tuple(sources or arrays)
        self._arrays = [arrays[name] for name in self.sources]
        self.num_examples = len(labels[rows])

    def get_data(self, state: Any = None, request: Any = None) -> tuple[Array, ...]:
        """The rows that are asked for, of each source."""
        return tuple(array[request] for array in self._arrays)

    def open(self) -> None:
        """Nothing to open."""

    close = open


class MNIST(_Images):
    """Digits."""

    def __init__(self, which_sets: Sequence[str], sources: Any = None, subset: slice | None = None, **_: Any):
        super().__init__(sets.mnist(), which_sets, sources, subset)


class CIFAR10(_Images):
    """Colour pictures."""

    def __init__(self, which_sets: Sequence[str], sources: Any = None, subset: slice | None = None, **_: Any):
        super().__init__(sets.cifar10(), which_sets, sources, subset)
