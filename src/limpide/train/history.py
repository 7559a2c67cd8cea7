"""History: what fit measured, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .pictures import curves


@dataclass
class History:
    """The measurements of a fit.

    history: for "loss", the metrics and their "val_" counterparts one number per finished epoch.
    epoch: the numbers of the finished epochs, from 0. seed: of the shuffling.
    interrupted: whether Ctrl-C ended it.

    >>> h = History(seed=0)
    >>> h.add(0, {"loss": 0.5, "accuracy": 0.75})
    >>> h.history["loss"], h.epoch
    ([0.5], [0])
    """

    seed: int
    history: dict[str, list[float]] = field(default_factory=dict)
    epoch: list[int] = field(default_factory=list)
    interrupted: bool = False

    def add(self, epoch: int, logs: Mapping[str, float]) -> None:
        """One more finished epoch."""
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)

    def plot(self, names: Sequence[str] | None = None, title: str = "") -> Any:
        """The measurements as a matplotlib figure: one picture for each, with its "val_" counterpart.

        names: which ones, as ["loss", "accuracy"]; all of them by default.
        Raises MissingExtraError without matplotlib.
        """
        plain = [n for n in self.history if not (n.startswith("val_") and n[4:] in self.history)]
        pictures = {
            name: {n: self.history[n] for n in (name, f"val_{name}") if n in self.history}
            for name in (plain if names is None else names)
        }
        return curves(pictures, title, "epoch")
