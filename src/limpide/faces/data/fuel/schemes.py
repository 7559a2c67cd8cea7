"""`fuel.schemes`: in which order rows come, in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..sets import Array


class SequentialScheme:
    """Rows in their order."""

    def __init__(self, examples: Any, batch_size: int, **_: Any):
        self.rows = (
            np.arange(examples) if isinstance(examples, int | np.integer) else np.asarray(list(examples))
        )
        self.batch_size = batch_size

    def order(self) -> Array:
        """The rows of an epoch."""
        return self.rows

    def get_request_iterator(self) -> Iterator[Array]:
        """The rows of each batch."""
        order = self.order()
        return (order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size))


class ShuffledScheme(SequentialScheme):
    """Rows in another order every epoch."""

    def __init__(self, examples: Any, batch_size: int, rng: Any = None, **_: Any):
        super().__init__(examples, batch_size)
        self.rng = rng or np.random.RandomState(1)

    def order(self) -> Array:
        """The rows of an epoch, drawn anew."""
        return np.asarray(self.rng.permutation(self.rows))
