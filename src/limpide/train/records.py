"""Callbacks that write down what happens: CSV files, and the loss over learning rates."""

from __future__ import annotations

import csv
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, user_frame
from .callbacks import Callback
from .pictures import over


class CSVLogger(Callback):
    """A line for every epoch in a CSV file: "epoch" (from 0) and the measurements.

    append: keep what is there. A resumed training goes on after its own epochs in either case.
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False):
        self.path, self.separator, self.append = Path(filename), separator, append
        self._names: list[str] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        self._names = None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        resumed = bool(self.run.history.epoch) or self.run.position.step > 0
        kept: list[list[str]] = []
        if (resumed or self.append) and self.path.exists():
            with self.path.open(newline="", encoding="utf-8") as file:
                kept = list(csv.reader(file, delimiter=self.separator))
        if resumed:
            kept = [row for i, row in enumerate(kept) if not i or _before(row, self.run.position.epoch)]
        with self.path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=self.separator).writerows(kept)
        self._names = kept[0][1:] if kept else None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=self.separator)
            if self._names is None:
                self._names = list(logs)
                writer.writerow(["epoch", *self._names])
            writer.writerow([epoch, *(logs.get(name, "") for name in self._names)])


def _before(row: list[str], epoch: int) -> bool:
    return bool(row) and row[0].isdigit() and int(row[0]) < epoch


class LearningRateFinder(Callback):
    """The learning rate range test (Smith 2017): the rate grows from step to step, and the loss is noted.

    The rate goes from `start` to `end`, by the same factor in each of `steps` steps; it ends early where the
    smoothed loss is `worse` times the best. At the end the model and the optimizer are as they were.

    lrs, losses: of the steps, the losses smoothed (a moving average of weight `smoothing`).
    """

    def __init__(
        self,
        start: float = 1e-6,
        end: float = 10.0,
        steps: int = 100,
        smoothing: float = 0.9,
        worse: float = 4.0,
    ):
        if not 0 < start < end or steps < 2:
            raise ArgumentError(
                "LearningRateFinder",
                f"from {start} to {end} in {steps} steps is no range",
                where=user_frame(),
                hint="0 < start < end, and at least 2 steps",
            )
        self.start, self.end, self.steps, self.smoothing, self.worse = start, end, steps, smoothing, worse
        self.lrs: list[float] = []
        self.losses: list[float] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.lrs, self.losses, self._mean, self._seen = [], [], 0.0, (0, 0.0)
        optimizer = self.run.optimizer
        self._before = self.model.state_dict(), optimizer.state_dict()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._seen = (0, 0.0)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        part = len(self.lrs) / (self.steps - 1)
        self.run.optimizer.lr = self.start * (self.end / self.start) ** part

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        rows, total = self.run.position.rows, self.run.position.rows * logs["loss"]
        loss = (total - self._seen[1]) / (rows - self._seen[0])
        self._seen = rows, total
        self._mean = self.smoothing * self._mean + (1 - self.smoothing) * loss
        self.lrs.append(self.run.optimizer.lr)
        self.losses.append(self._mean / (1 - self.smoothing ** len(self.lrs)))
        lost = not math.isfinite(loss) or self.losses[-1] > self.worse * min(self.losses)
        if lost or len(self.lrs) >= self.steps:
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        model, optimizer = self._before
        self.model.load_state_dict(model)
        self.run.optimizer.load_state_dict(optimizer)

    @property
    def suggestion(self) -> float:
        """A tenth of the rate at which the smoothed loss was lowest.

        There the loss still falls, and there is room before it grows. Raises ArgumentError where no loss is
        known.
        """
        losses = np.array(self.losses)
        if not np.isfinite(losses).any():
            raise ArgumentError(
                "LearningRateFinder", "no step had a finite loss", hint="a smaller start, or other data?"
            )
        return self.lrs[int(np.argmin(np.where(np.isfinite(losses), losses, np.inf)))] / 10

    def plot(self) -> Any:
        """The loss over the learning rate, as a matplotlib figure."""
        return over(
            self.lrs,
            {"loss": self.losses},
            "Learning rate range test",
            "learning rate",
            "loss",
            self.suggestion,
        )


def find_lr(
    model: Any, x: Any, y: Any = None, batch_size: int = 32, seed: int | None = None, **options: Any
) -> Any:
    """The range test on these data: a `LearningRateFinder` with `suggestion` and `plot()`.

    options: of the finder. The model has to be compiled; it, its optimizer and its history stay as they are.
    """
    finder = LearningRateFinder(**options)
    history = model.history
    epochs = finder.steps  # it stops itself, after at most one step in each
    model.fit(x, y, batch_size=batch_size, epochs=epochs, seed=seed, verbose=0, callbacks=[finder])
    model.history = history
    return finder
