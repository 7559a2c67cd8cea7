"""Callback: what is called between epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Callback:
    """A base for what should happen while fit runs; a subclass overrides what it needs.

    `self.model` is the model. `self.model.stop_training = True` ends the training after the epoch.
    Epochs are counted from 0; logs holds the epoch's measurements by name.
    """

    model: Any = None

    def on_train_begin(self) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, epoch: int) -> None:
        """Before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        """After an epoch and its validation."""

    def on_train_end(self) -> None:
        """After the last epoch; not after Ctrl-C."""
