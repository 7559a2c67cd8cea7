"""A fit that is under way: where it stands, and the loop over its epochs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .callbacks import Callbacks, Watch
from .feeds import Feed
from .history import History
from .interrupt import Interruption
from .loops import Steps
from .objective import Objective
from .progress import Silent


@dataclass
class Position:
    """How far a fit is. step: batches of this epoch that are done, with their rows and totals."""

    epoch: int = 0
    step: int = 0
    rows: int = 0
    totals: Any = None


@dataclass
class Run:
    """One call of fit.

    settings: what has to be the same for a resumed training to continue with the same bits.
    """

    model: Any
    objective: Objective
    steps: dict[str, Steps]  # "train" and "evaluate"
    feed: Feed
    held_out: Feed | None
    epochs: int
    history: History
    callbacks: Callbacks
    shown: Silent
    validate: Callable[[int], bool] = lambda epoch: True
    settings: dict[str, Any] = field(default_factory=dict)
    position: Position = field(default_factory=Position)
    optimizer: Any = None
    last_steps: int = 0  # batches of the last epoch

    def go(self, interruption: Interruption) -> None:
        """Train until the last epoch, or until a callback stops it."""
        self.callbacks.on_train_begin({})
        logs: dict[str, float] = {}
        while self.position.epoch < self.epochs and not self.model.stop_training:
            logs = self._epoch(interruption)
        self.callbacks.on_train_end(logs)

    def _epoch(self, interruption: Interruption) -> dict[str, float]:
        at = self.position
        epoch = at.epoch
        self.shown.epoch_begin(epoch)
        if not at.step:
            at.totals = self.objective.start()
        self.callbacks.on_epoch_begin(epoch, {})
        logs = self._train(interruption)
        if self.held_out is not None and self.validate(epoch):
            found = evaluate(self, self.held_out, self.callbacks, interruption)
            logs |= {f"val_{name}": value for name, value in found.items()}
        self.history.add(epoch, logs)
        self.position, self.last_steps = Position(epoch + 1), at.step
        self.shown.epoch_end(epoch, logs)
        self.callbacks.on_epoch_end(epoch, logs)
        interruption.check()
        return logs

    def _train(self, interruption: Interruption) -> dict[str, float]:
        at, watch = self.position, Watch(self.callbacks, "train")
        logs: dict[str, float] = self.objective.logs(at.totals, at.rows) if at.step else {}
        if at.step:
            self.shown.advance(at.step, logs)
        pieces = self.feed.sweep(self.steps["train"], at.epoch, at.step, at.rows, at.totals, watch.cut)
        for count, at.rows, at.totals in pieces:
            at.step += count
            logs = self.objective.logs(at.totals, at.rows)
            self.shown.advance(count, logs)
            watch.done(at.step, logs)
            interruption.check()
            if self.model.stop_training:
                break
        return logs


def evaluate(run: Any, feed: Feed, callbacks: Callbacks, interruption: Interruption) -> dict[str, float]:
    """The measurements over all batches of a feed. run: has an objective and steps."""
    callbacks.on_test_begin({})
    watch, step = Watch(callbacks, "test"), 0
    logs: dict[str, float] = {}
    for count, rows, totals in feed.sweep(run.steps["evaluate"], 0, 0, 0, run.objective.start(), watch.cut):
        step += count
        logs = run.objective.logs(totals, rows)
        watch.done(step, logs)
        interruption.check()
    callbacks.on_test_end(logs)
    return logs


def frequency(given: int | Sequence[int]) -> Callable[[int], bool]:
    """Which epochs, counted from 0, are validated: every n-th, or those listed, from 1 as in Keras."""
    if isinstance(given, int):
        return lambda epoch: (epoch + 1) % given == 0
    return lambda epoch: epoch + 1 in given
