"""Callbacks that follow one measurement: stop, keep the best, lower the learning rate."""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, user_frame
from .callbacks import Callback
from .weights import warn


class Monitor(Callback):
    """Follows a measurement of the logs. mode: "min" or "max" is better; "auto" tells it by the name."""

    def __init__(self, monitor: str, mode: str, least: float = 0.0):
        if mode not in ("auto", "min", "max"):
            raise ArgumentError(
                type(self).__name__,
                f'mode is {mode!r}; there are "auto", "min" and "max"',
                where=user_frame(),
            )
        falling = not any(word in monitor for word in RISING)
        self.monitor, self.least = monitor, abs(least)
        self.mode = mode if mode != "auto" else "min" if falling else "max"
        self._told = False
        self.restart()

    def restart(self) -> None:
        """Forget what other trainings measured."""
        self.best = math.inf if self.mode == "min" else -math.inf

    def value(self, logs: Any) -> float | None:
        """The measurement; None, told once, where there is none of that name."""
        if self.monitor in (logs or {}):
            return float(logs[self.monitor])
        if not self._told:
            self._told = True
            known = ", ".join(logs or {})
            warn(type(self).__name__, f"there is no measurement '{self.monitor}'; there are {known}")
        return None

    def improved(self, value: float) -> bool:
        """Whether this is the best so far, by more than `least`; then it is the best from now on.

        NaN never is.
        """
        better = value < self.best - self.least if self.mode == "min" else value > self.best + self.least
        if better:
            self.best = value
        return better

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.best = number(state, "best", self.best)


RISING = (
    "acc",
    "auc",
    "precision",
    "recall",
    "f1",
    "top_k",
    "topk",
    "r2",
    "iou",
    "fbeta",
    "similarity",
    "confusion",
)


class EarlyStopping(Monitor):
    """Stop when a measurement has not got better for `patience` epochs.

    min_delta: what counts as better. baseline: what it has to beat. start_from_epoch: the first epoch that
    counts. restore_best_weights: at the end the model has the weights of its best epoch.
    stopped_epoch: the epoch after which it stopped, from 0.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ):
        self.patience, self.baseline = patience, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        super().__init__(monitor, mode, min_delta)

    def restart(self) -> None:
        super().restart()
        if self.baseline is not None:
            self.best = self.baseline
        self.wait, self.best_epoch, self.stopped_epoch = 0, -1, -1
        self.best_weights: dict[str, Any] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        if not self.run.history.epoch:
            self.restart()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        value = self.value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.improved(value):
            self.wait, self.best_epoch = 0, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.state_dict()
            return
        self.wait += 1
        if self.wait >= max(1, self.patience):
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        if self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)

    def state_dict(self) -> dict[str, Any]:
        weights = {f"weights/{name}": array for name, array in (self.best_weights or {}).items()}
        places = {"wait": self.wait, "best_epoch": self.best_epoch, "stopped_epoch": self.stopped_epoch}
        return super().state_dict() | places | weights

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        super().load_state_dict(state)
        self.wait = int(number(state, "wait", 0))
        self.best_epoch = int(number(state, "best_epoch", -1))
        self.stopped_epoch = int(number(state, "stopped_epoch", -1))
        found = {n[len("weights/") :]: a for n, a in state.items() if n.startswith("weights/")}
        self.best_weights = found or None


class ModelCheckpoint(Monitor):
    """Save the model's weights: every so many epochs, or when a measurement is the best so far.

    filepath: of a safetensors file; "{epoch}" (from 1) and measurements can be in it, as
    "best-{epoch:03d}-{val_loss:.3f}.safetensors". save_best_only: only better ones. period: epochs apart.
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        save_best_only: bool = False,
        mode: str = "auto",
        period: int = 1,
    ):
        super().__init__(monitor, mode)
        self.filepath, self.save_best_only, self.period = os.fspath(filepath), save_best_only, period

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.save_best_only:
            value = self.value(logs)
            wanted = value is not None and self.improved(value)
        else:
            wanted = (epoch + 1) % self.period == 0
        if wanted:
            self.model.save(self.path(epoch, logs or {}))

    def path(self, epoch: int, logs: Mapping[str, Any]) -> Path:
        """The file for an epoch."""
        try:
            return Path(self.filepath.format(epoch=epoch + 1, **logs))
        except (KeyError, ValueError, IndexError) as error:
            raise ArgumentError(
                "ModelCheckpoint",
                f"'{self.filepath}' cannot be filled in: {error}",
                hint=f"there are epoch, {', '.join(logs)}",
            ) from None


class ReduceLROnPlateau(Monitor):
    """Multiply the learning rate by `factor` when a measurement has not got better for `patience` epochs.

    After that `cooldown` epochs do not count; the rate stays at least `min_lr`.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ):
        super().__init__(monitor, mode, min_delta)
        if not 0 < factor < 1:
            raise ArgumentError(
                "ReduceLROnPlateau", f"factor is {factor}, not between 0 and 1", where=user_frame()
            )
        self.factor, self.patience, self.cooldown, self.min_lr = factor, patience, cooldown, min_lr

    def restart(self) -> None:
        super().restart()
        self.wait = self.resting = 0

    def on_train_begin(self, logs: Any = None) -> None:
        if not self.run.history.epoch:
            self.restart()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        value = self.value(logs)
        if value is None:
            return
        if self.resting:
            self.resting -= 1
            self.wait = 0
        if self.improved(value):
            self.wait = 0
        elif not self.resting:
            self.wait += 1
            optimizer = self.run.optimizer
            if self.wait >= self.patience and optimizer.lr > self.min_lr:
                optimizer.lr = max(optimizer.lr * self.factor, self.min_lr)
                self.wait, self.resting = 0, self.cooldown

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"wait": self.wait, "resting": self.resting}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        super().load_state_dict(state)
        self.wait, self.resting = int(number(state, "wait", 0)), int(number(state, "resting", 0))


class LearningRateScheduler(Callback):
    """Set the learning rate before every epoch: schedule(epoch) or schedule(epoch, lr) -> lr.

    For rates that change with every step, give the optimizer a schedule.
    """

    def __init__(self, schedule: Callable[..., float]):
        self.schedule = schedule

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        optimizer = self.run.optimizer
        optimizer.lr = float(_scheduled(self.schedule, epoch, optimizer.lr))


def _scheduled(schedule: Callable[..., float], epoch: int, lr: float) -> float:

    takes = [p for p in inspect.signature(schedule).parameters.values() if p.default is p.empty]
    return schedule(epoch, lr) if len(takes) > 1 else schedule(epoch)


class TerminateOnNaN(Callback):
    """Stop at once when the loss is NaN or infinite. every: steps apart that it looks.

    The steps between two looks run in one native call.
    """

    def __init__(self, every: int = 1):
        self.every = every

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            warn(
                "TerminateOnNaN",
                f"the loss is {loss} at batch {batch} of epoch {self.run.position.epoch + 1}",
            )
            self.model.stop_training = True


def number(state: Mapping[str, Any], name: str, default: float) -> float:
    """A number that was remembered; the default where it is no number."""
    value = state.get(name, default)
    return value if type(value) in (int, float) else default
