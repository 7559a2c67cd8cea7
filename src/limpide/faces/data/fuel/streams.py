"""`fuel.streams`: batches of a data set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .schemes import SequentialScheme


class DataStream:
    """A data set in the order of a scheme."""

    def __init__(self, dataset: Any, iteration_scheme: SequentialScheme, **_: Any):
        self.dataset, self.iteration_scheme = dataset, iteration_scheme
        self.sources = dataset.sources

    @classmethod
    def default_stream(cls, dataset: Any, iteration_scheme: SequentialScheme, **_: Any) -> DataStream:
        """The stream whose images are of 0..1."""
        return _Scaled(dataset, iteration_scheme)

    def get_epoch_iterator(self, as_dict: bool = False) -> Iterator[Any]:
        """The batches of an epoch, as tuples in the order of `sources` or as dicts."""
        for rows in self.iteration_scheme.get_request_iterator():
            batch = self.batch(rows)
            if len(batch[0]):
                yield dict(zip(self.sources, batch, strict=True)) if as_dict else batch

    def batch(self, rows: Any) -> tuple[Any, ...]:
        """The arrays of some rows."""
        inside = rows[rows < self.dataset.num_examples]
        return tuple(self.dataset.get_data(request=inside))

    def close(self) -> None:
        """Nothing to close."""


class _Scaled(DataStream):
    def batch(self, rows: Any) -> tuple[Any, ...]:
        return tuple(
            (array / np.float32(255)).astype(np.float32) if name == "features" else array
            for name, array in zip(self.sources, super().batch(rows), strict=True)
        )
