"""What fit is told besides the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ArgumentError, user_frame
from .checkpoint import Checkpoint


@dataclass(frozen=True)
class Options:
    """The arguments of `nn.Module.fit`, which explains them; ArgumentError for counts that are none."""

    batch_size: int
    epochs: int
    validation_data: Any
    validation_split: float
    shuffle: bool
    seed: int | None
    verbose: int
    callbacks: Sequence[Any]
    sample_weight: Any
    class_weight: Any
    initial_epoch: int
    steps_per_epoch: int | None
    validation_steps: int | None
    validation_batch_size: int | None
    validation_freq: int | Sequence[int]
    checkpoint: Any
    resume: Any

    def __post_init__(self) -> None:
        for name in ("batch_size", "epochs"):
            positive("fit", name, getattr(self, name))
        for name in ("steps_per_epoch", "validation_steps", "validation_batch_size"):
            if getattr(self, name) is not None:
                positive("fit", name, getattr(self, name))

    def saver(self) -> Checkpoint | None:
        """What writes checkpoints: `checkpoint`, or a callback that does."""
        given = next((c for c in self.callbacks if isinstance(c, Checkpoint)), None)
        return Checkpoint.of(self.checkpoint) or given


def positive(op: str, name: str, value: Any) -> None:
    """ArgumentError where a count is not a positive whole number."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise ArgumentError(op, f"{name} is {value!r}, not a positive whole number", where=user_frame())
