"""Learning rates changed between epochs, with PyTorch's names: `scheduler.step()` after each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import ArgumentError, user_frame
from . import schedules
from .optimizer import Optimizer
from .schedules import Schedule


class LRScheduler:
    """Sets an optimizer's learning rate by a schedule whose steps are calls of `step()`.

    make: the schedule for a rate to start from; every group starts from its own.

    >>> from limpide.optim import SGD
    >>> optimizer = SGD(lr=1.0)
    >>> scheduler = LRScheduler(optimizer, lambda lr: schedules.exponential(lr, 0.5))
    >>> scheduler.step()
    >>> optimizer.lr
    0.5
    """

    def __init__(self, optimizer: Optimizer, make: Callable[[float], Callable[[Any], Any]]):
        self.optimizer, self.last_epoch = optimizer, 0
        self._schedules = [make(group["lr"]) for group in optimizer.param_groups]
        self._set()

    def step(self) -> None:
        """The next epoch's rates."""
        self.last_epoch += 1
        self._set()

    def _set(self) -> None:
        for group, schedule in zip(self.optimizer.param_groups, self._schedules, strict=True):
            group["lr"] = schedule(self.last_epoch)

    def get_last_lr(self) -> list[float]:
        """The present rate of every group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        return {"last_epoch": self.last_epoch}

    def load_state_dict(self, given: dict[str, Any]) -> None:
        self.last_epoch = int(given["last_epoch"])
        self._set()


def LambdaLR(optimizer: Optimizer, lr_lambda: Callable[[int], float]) -> LRScheduler:
    """The rate times a function of the epoch."""
    return LRScheduler(optimizer, lambda lr: lambda epoch: lr * lr_lambda(epoch))


def StepLR(optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> LRScheduler:
    """See `schedules.step`."""
    return LRScheduler(optimizer, lambda lr: schedules.step(lr, step_size, gamma))


def MultiStepLR(optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> LRScheduler:
    """See `schedules.multi_step`."""
    return LRScheduler(optimizer, lambda lr: schedules.multi_step(lr, milestones, gamma))


def ExponentialLR(optimizer: Optimizer, gamma: float) -> LRScheduler:
    """See `schedules.exponential`."""
    return LRScheduler(optimizer, lambda lr: schedules.exponential(lr, gamma))


def PolynomialLR(optimizer: Optimizer, total_iters: int = 5, power: float = 1.0) -> LRScheduler:
    """See `schedules.polynomial`."""
    return LRScheduler(optimizer, lambda lr: schedules.polynomial(lr, total_iters, power))


def LinearLR(
    optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
) -> LRScheduler:
    """See `schedules.linear`; the factors are of the rate."""
    return LRScheduler(
        optimizer, lambda lr: schedules.linear(lr * start_factor, total_iters, lr * end_factor)
    )


def CosineAnnealingLR(optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> LRScheduler:
    """See `schedules.cosine`; as in PyTorch it goes up again after T_max epochs."""

    def wave(lr: float) -> Callable[[int], float]:
        return lambda epoch: eta_min + (lr - eta_min) * (1 + math.cos(math.pi * epoch / T_max)) / 2

    return LRScheduler(optimizer, wave)


def CosineAnnealingWarmRestarts(
    optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0
) -> LRScheduler:
    """See `schedules.cosine_restarts`."""
    return LRScheduler(optimizer, lambda lr: schedules.cosine_restarts(lr, T_0, T_mult, eta_min))


def OneCycleLR(
    optimizer: Optimizer,
    max_lr: float,
    total_steps: int,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> LRScheduler:
    """See `schedules.one_cycle`; `step()` is called after every batch."""
    cycle = schedules.one_cycle(
        max_lr, total_steps, pct_start, 1 / div_factor, 1 / (div_factor * final_div_factor)
    )
    return LRScheduler(optimizer, lambda lr: cycle)


def SequentialLR(
    optimizer: Optimizer, makers: Sequence[Callable[[float], Schedule]], milestones: Sequence[int]
) -> LRScheduler:
    """See `schedules.sequence`; makers: for each part the schedule for a rate to start from."""
    return LRScheduler(optimizer, lambda lr: schedules.sequence([make(lr) for make in makers], milestones))


class ReduceLROnPlateau:
    """Times `factor` once a measurement has not got better for more than `patience` calls of `step`.

    mode: "min" where less is better, "max" where more is. threshold: what counts as better, as a share of
    the best so far ("rel") or as a difference ("abs"). cooldown: calls after a cut that do not count.
    Rates never fall below min_lr; changes smaller than eps are not made.

    >>> from limpide.optim import SGD
    >>> optimizer = SGD(lr=1.0)
    >>> plateau = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     plateau.step(loss)
    >>> optimizer.lr
    0.5
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float = 0.0,
        eps: float = 1e-8,
    ):
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ArgumentError(
                "ReduceLROnPlateau",
                f"mode is {mode!r}, threshold_mode is {threshold_mode!r}",
                where=user_frame(),
                hint="mode is 'min' or 'max', threshold_mode 'rel' or 'abs'",
            )
        if not 0 < factor < 1:
            raise ArgumentError(
                "ReduceLROnPlateau", f"factor is {factor}, not between 0 and 1", where=user_frame()
            )
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.cooldown, self.min_lr, self.eps = cooldown, min_lr, eps
        self.best = np.inf if mode == "min" else -np.inf
        self.num_bad_epochs = self.cooldown_counter = 0

    def step(self, metrics: float) -> None:
        """Look at one more measurement."""
        value = float(metrics)
        if self._better(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
            for group in self.optimizer.param_groups:
                new = max(group["lr"] * self.factor, self.min_lr)
                if group["lr"] - new > self.eps:
                    group["lr"] = new

    def _better(self, value: float) -> bool:
        sign = 1 if self.mode == "min" else -1
        margin = self.threshold * (abs(self.best) if self.threshold_mode == "rel" else 1)
        if not np.isfinite(self.best):
            return sign * value < sign * self.best
        return sign * value < sign * self.best - margin

    def get_last_lr(self) -> list[float]:
        """The present rate of every group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("best", "num_bad_epochs", "cooldown_counter")}

    def load_state_dict(self, given: dict[str, Any]) -> None:
        for name in ("best", "num_bad_epochs", "cooldown_counter"):
            setattr(self, name, given[name])
