"""Learning rates as functions of the step: given to an optimizer as its lr, they are computed inside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..errors import ArgumentError, user_frame
from ..nn.words import lp
from ..tensor import Tensor, astensor


class Schedule:
    """A function of the number of steps taken so far (0 in the first step) that gives a learning rate.

    rule: the same on a float64 scalar, as a formula. Called with a number it gives a float.

    >>> halved = Schedule(lambda t: 0.5**t, "halved")
    >>> halved(2), halved
    (0.25, halved)
    """

    def __init__(self, rule: Callable[[Any], Any], text: str):
        self._rule, self._text = rule, text

    def __call__(self, step: Any) -> Any:
        if isinstance(step, Tensor):
            return self._rule(step.astype("float64"))
        return float(self._rule(np.float64(step)))

    def __repr__(self) -> str:
        return self._text


def constant(lr: float) -> Schedule:
    """lr at every step; a piece for `sequence` and `warmup`.

    >>> constant(0.1)(7)
    0.1
    """
    return Schedule(lambda t: t * 0 + lr, f"constant({lr:g})")


def step(lr: float, size: int, gamma: float = 0.1) -> Schedule:
    """lr gamma^floor(t / size): times gamma after every `size` steps.

    >>> step(1.0, 10, gamma=0.5)(20)
    0.25
    """
    _positive("step", "size", size)
    return Schedule(lambda t: lr * lp.power(gamma, lp.floor(t / size)), f"step({lr:g}, {size})")


def multi_step(lr: float, milestones: Sequence[int], gamma: float = 0.1) -> Schedule:
    """Times gamma at each of the milestones.

    >>> [multi_step(1.0, [2, 4], gamma=0.5)(t) for t in (1, 2, 4)]
    [1.0, 0.5, 0.25]
    """
    given = sorted(milestones)

    def rule(t: Any) -> Any:
        return lr * lp.power(gamma, sum(((t >= m).astype("float64") for m in given), start=t * 0))

    return Schedule(lambda t: rule(astensor(t)), f"multi_step({lr:g}, {given})")


def exponential(lr: float, gamma: float) -> Schedule:
    """lr gamma^t.

    >>> exponential(1.0, 0.5)(3)
    0.125
    """
    return Schedule(lambda t: lr * lp.power(gamma, t), f"exponential({lr:g}, {gamma:g})")


def polynomial(lr: float, steps: int, power: float = 1.0, end: float = 0.0) -> Schedule:
    """end + (lr - end) (1 - t / steps)^power, from lr to end in `steps` steps; then end.

    >>> polynomial(1.0, 10, power=2.0)(5)
    0.25
    """
    _positive("polynomial", "steps", steps)
    return Schedule(
        lambda t: end + (lr - end) * lp.power(1 - _part(t, steps), power),
        f"polynomial({lr:g}, {steps}, {power:g})",
    )


def linear(lr: float, steps: int, end: float = 0.0) -> Schedule:
    """A straight line from lr to end in `steps` steps; then end.

    >>> linear(1.0, 10)(5)
    0.5
    """
    _positive("linear", "steps", steps)
    return Schedule(lambda t: lr + (end - lr) * _part(t, steps), f"linear({lr:g}, {steps})")


def cosine(lr: float, steps: int, end: float = 0.0) -> Schedule:
    """end + (lr - end) (1 + cos(pi t / steps)) / 2; after `steps` steps end (Loshchilov and Hutter 2016).

    >>> cosine(1.0, 10)(10)
    0.0
    """
    _positive("cosine", "steps", steps)
    return Schedule(lambda t: _half_wave(lr, end, _part(t, steps)), f"cosine({lr:g}, {steps})")


def cosine_restarts(lr: float, steps: int, factor: int = 1, end: float = 0.0) -> Schedule:
    """`cosine` that starts again after `steps` steps, each time `factor` times longer (same paper: SGDR).

    >>> [cosine_restarts(1.0, 10, factor=2)(t) for t in (0, 10, 20, 30)]
    [1.0, 1.0, 0.5, 1.0]
    """
    _positive("cosine_restarts", "steps", steps)
    _positive("cosine_restarts", "factor", factor)

    def part(t: Any) -> Any:
        if factor == 1:
            return lp.remainder(t, steps) / steps
        # The logarithm may be off by a rounding at a restart: half a step later it is on the right side.
        cycle = lp.floor(lp.log((t + 0.5) / steps * (factor - 1) + 1) / math.log(factor))
        length = steps * lp.power(float(factor), cycle)
        return (t - (length - steps) / (factor - 1)) / length

    return Schedule(lambda t: _half_wave(lr, end, part(t)), f"cosine_restarts({lr:g}, {steps}, {factor})")


def inverse_sqrt(lr: float, warmup: int) -> Schedule:
    """lr min(t / warmup, sqrt(warmup / t)) with t counted from 1 (Vaswani et al. 2017).

    >>> [inverse_sqrt(1.0, 4)(t) for t in (1, 3, 15)]
    [0.5, 1.0, 0.5]
    """
    _positive("inverse_sqrt", "warmup", warmup)

    def rule(t: Any) -> Any:
        return lr * lp.minimum((t + 1) / warmup, lp.sqrt(warmup / (t + 1)))

    return Schedule(rule, f"inverse_sqrt({lr:g}, {warmup})")


def one_cycle(
    lr: float, steps: int, warmup: float = 0.3, initial: float = 1 / 25, final: float = 1 / 250_000
) -> Schedule:
    """Up from lr initial to lr and down to lr final, each half a cosine (Smith and Topin 2017).

    warmup: the share of the steps that goes up. The defaults are PyTorch's.

    >>> cycle = one_cycle(1.0, 11, warmup=3 / 11, initial=0.5, final=0.25)
    >>> [round(cycle(t), 6) for t in (0, 1, 2, 6, 10)]
    [0.5, 0.75, 1.0, 0.625, 0.25]
    """
    _positive("one_cycle", "steps", steps)
    top = warmup * steps - 1
    if not 0 < top < steps - 1:
        raise ArgumentError(
            "one_cycle",
            f"warmup={warmup} of {steps} steps leaves none to go up or down",
            where=user_frame(),
        )

    def rule(t: Any) -> Any:
        up = _half_wave(lr * initial, lr, _part(t, top))
        down = _half_wave(lr, lr * final, lp.clip((t - top) / (steps - 1 - top), 0.0, 1.0))
        return lp.where(t < top, up, down)

    return Schedule(rule, f"one_cycle({lr:g}, {steps})")


def warmup(schedule: Schedule | float, steps: int, start: float = 0.0) -> Schedule:
    """A straight line from start to the schedule's first rate in `steps` steps, then the schedule.

    >>> warm = warmup(cosine(1.0, 10), 4)
    >>> [warm(t) for t in (0, 2, 4, 14)]
    [0.0, 0.5, 1.0, 0.0]
    """
    _positive("warmup", "steps", steps)
    after = schedule if callable(schedule) else constant(schedule)
    joined = sequence([linear(start, steps, end=after(0)), after], [steps])
    return Schedule(joined, f"warmup({after!r}, {steps})")


def sequence(schedules: Sequence[Schedule], milestones: Sequence[int]) -> Schedule:
    """One schedule after the other; each counts its steps from its milestone on.

    milestones: where the second begins, the third, and so on.

    >>> [sequence([constant(1.0), linear(1.0, 10)], [5])(t) for t in (4, 5, 10)]
    [1.0, 1.0, 0.5]
    """
    if len(milestones) != len(schedules) - 1 or list(milestones) != sorted(milestones):
        raise ArgumentError(
            "sequence",
            f"{len(schedules)} schedules need {len(schedules) - 1} sorted milestones, not {list(milestones)}",
            where=user_frame(),
        )
    starts = [0, *milestones]

    def rule(t: Any) -> Any:
        t = astensor(t)
        rates = [s(lp.maximum(t - start, 0.0)) for s, start in zip(schedules, starts, strict=True)]
        later = zip(rates[1:], milestones, strict=True)
        return reduce(lambda rate, then: lp.where(t >= then[1], then[0], rate), later, rates[0])

    return Schedule(rule, f"sequence({list(schedules)}, {list(milestones)})")


def _part(t: Any, steps: float) -> Any:
    """How much of the steps is over, from 0 to 1."""
    return lp.minimum(t / steps, 1.0)


def _half_wave(begin: float, end: float, part: Any) -> Any:
    return end + (begin - end) * (1 + lp.cos(math.pi * part)) / 2


def _positive(op: str, name: str, value: float) -> None:
    if not value > 0:
        raise ArgumentError(op, f"{name} is {value}, not positive", where=user_frame())
