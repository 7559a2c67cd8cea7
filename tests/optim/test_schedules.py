"""Schedules against their closed forms and PyTorch's numbers, as functions, in the step and per epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim
from limpide.optim import lr_scheduler, schedules


def restarts(t: float, first: int, factor: int) -> float:
    """Where t stands in its cycle, from 0 to 1, found by counting."""
    length = first
    while t >= length:
        t, length = t - length, length * factor
    return t / length


Expected = Callable[[int], float]
CASES: dict[str, tuple[schedules.Schedule, Expected]] = {
    "constant": (schedules.constant(0.3), lambda t: 0.3),
    "step": (schedules.step(0.5, 7, 0.3), lambda t: 0.5 * 0.3 ** (t // 7)),
    "multi_step": (
        schedules.multi_step(2.0, [30, 4, 11], 0.2),
        lambda t: 2.0 * 0.2 ** sum(t >= m for m in (4, 11, 30)),
    ),
    "exponential": (schedules.exponential(0.7, 0.95), lambda t: 0.7 * 0.95**t),
    "polynomial": (
        schedules.polynomial(0.8, 20, 1.7, 0.1),
        lambda t: 0.1 + 0.7 * (1 - min(t, 20) / 20) ** 1.7,
    ),
    "linear": (schedules.linear(0.8, 20, 0.2), lambda t: 0.8 - 0.6 * min(t, 20) / 20),
    "linear up": (schedules.linear(0.1, 8, 0.9), lambda t: 0.1 + 0.8 * min(t, 8) / 8),
    "cosine": (
        schedules.cosine(0.8, 25, 0.05),
        lambda t: 0.05 + 0.375 * (1 + math.cos(math.pi * min(t, 25) / 25)),
    ),
    "restarts": (
        schedules.cosine_restarts(0.8, 6, end=0.1),
        lambda t: 0.1 + 0.35 * (1 + math.cos(math.pi * (t % 6) / 6)),
    ),
    "longer restarts": (
        schedules.cosine_restarts(0.8, 3, 3, 0.1),
        lambda t: 0.1 + 0.35 * (1 + math.cos(math.pi * restarts(t, 3, 3))),
    ),
    "inverse_sqrt": (
        schedules.inverse_sqrt(0.8, 9),
        lambda t: 0.8 * min((t + 1) / 9, math.sqrt(9 / (t + 1))),
    ),
    "warmup": (
        schedules.warmup(schedules.exponential(0.6, 0.9), 5, start=0.1),
        lambda t: 0.1 + 0.5 * t / 5 if t < 5 else 0.6 * 0.9 ** (t - 5),
    ),
    "warmup to a number": (schedules.warmup(0.6, 4), lambda t: 0.6 * min(t, 4) / 4),
    "sequence": (
        schedules.sequence(
            [schedules.constant(0.3), schedules.linear(0.9, 9), schedules.constant(0.05)], [4, 20]
        ),
        lambda t: 0.3 if t < 4 else 0.9 * (1 - min(t - 4, 9) / 9) if t < 20 else 0.05,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_closed_forms(case: str) -> None:
    schedule, expected = CASES[case]
    found = [schedule(t) for t in range(50)]
    assert all(type(value) is float for value in found)
    np.testing.assert_allclose(found, [expected(t) for t in range(50)], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("factor", [2, 3, 5, 7])
def test_restarts_are_exact_far_out(factor: int) -> None:
    schedule, start, length = schedules.cosine_restarts(1.0, 10, factor), 0, 10
    for _ in range(7):
        assert schedule(start) == 1.0 and schedule(start + length - 1) < 0.1
        start, length = start + length, length * factor


@pytest.mark.parametrize("case", CASES)
def test_a_schedule_inside_a_compiled_step(case: str) -> None:
    """SGD on a gradient of -1 adds up the rates."""
    schedule, expected = CASES[case]
    w, optimizer = lp.parameter(0.0, dtype="float64"), optim.SGD(lr=schedule)
    assert optimizer.lr == pytest.approx(expected(0), abs=1e-15)

    @lp.compile
    def steps(n: Any) -> Any:
        def step(carry: Any, _: Any) -> Any:
            optimizer.minimize(-w)
            return carry, None

        return lp.scan(step, 0.0, length=n)[0]

    steps(13)
    steps(17)
    np.testing.assert_allclose(float(w), sum(expected(t) for t in range(30)), rtol=1e-12)
    assert optimizer.lr == pytest.approx(expected(29), abs=1e-15)
    assert len(steps.programs()) == 1 and optimizer.state_dict()["step"] == 30


def test_fit_follows_a_schedule() -> None:
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    net = nn.Linear(3, 2, seed=0)
    net.compile(optimizer=optim.Adam(lr=schedules.linear(0.5, 10)), loss="mse")
    net.fit(x, x[:, :2], batch_size=8, epochs=2, verbose=0)
    assert net._trainer.optimizer.lr == pytest.approx(0.05)


def test_groups_with_schedules_of_their_own() -> None:
    a, b = lp.parameter(0.0), lp.parameter(0.0)
    groups = [{"params": a}, {"params": b, "lr": schedules.constant(3.0)}]
    optimizer = optim.SGD(groups, lr=lambda t: t + 1)
    for _ in range(3):
        optimizer.minimize(-(a + b))
    assert (float(a), float(b)) == (6.0, 9.0)


def test_a_followed_rate_cannot_be_set() -> None:
    optimizer = optim.SGD(lr=schedules.cosine(0.1, 10))
    with pytest.raises(lp.LimpideError, match=r"follows cosine\(0.1, 10\) and cannot be set"):
        optimizer.lr = 1.0


def test_a_resumed_schedule_goes_on() -> None:
    w, optimizer = lp.parameter(0.0, name="w"), optim.SGD(lr=schedules.exponential(1.0, 0.5))
    optimizer.minimize(-w)
    other = optim.SGD(lr=schedules.exponential(1.0, 0.5))
    other.load_state_dict(optimizer.state_dict())
    other.minimize(-w)
    assert float(w) == 1.5


# One cycle and what PyTorch calls schedulers: what PyTorch 2.13.0 gives, from lr=1.0, over 12 epochs.
PYTORCH: dict[str, tuple[Callable[[optim.Optimizer], lr_scheduler.LRScheduler], list[float]]] = {
    "StepLR": (
        lambda o: lr_scheduler.StepLR(o, 3, 0.5),
        [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125],
    ),
    "MultiStepLR": (
        lambda o: lr_scheduler.MultiStepLR(o, [2, 5], 0.5),
        [1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25],
    ),
    "ExponentialLR": (
        lambda o: lr_scheduler.ExponentialLR(o, 0.9),
        [1.0, 0.9, 0.81, 0.729, 0.6561, 0.59049, 0.531441, 0.4782969, 0.43046721, 0.387420489]
        + [0.3486784401, 0.31381059609],
    ),
    "PolynomialLR": (
        lambda o: lr_scheduler.PolynomialLR(o, 8, 2.0),
        [1.0, 0.765625, 0.5625, 0.390625, 0.25, 0.140625, 0.0625, 0.015625, 0.0, 0.0, 0.0, 0.0],
    ),
    "LinearLR": (
        lambda o: lr_scheduler.LinearLR(o, 0.25, 1.0, 4),
        [0.25, 0.4375, 0.625, 0.8125, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    ),
    "CosineAnnealingLR": (
        lambda o: lr_scheduler.CosineAnnealingLR(o, 5, 0.1),
        [1.0, 0.914057647469, 0.689057647469, 0.410942352531, 0.185942352531, 0.1, 0.185942352531]
        + [0.410942352531, 0.689057647469, 0.914057647469, 1.0, 0.914057647469],
    ),
    "CosineAnnealingWarmRestarts": (
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3, 2, 0.1),
        [1.0, 0.775, 0.325, 1.0, 0.939711431703, 0.775, 0.55, 0.325, 0.160288568297, 1.0]
        + [0.98466662183, 0.939711431703],
    ),
    "OneCycleLR": (
        lambda o: lr_scheduler.OneCycleLR(o, 1.0, 13),
        [0.04, 0.295163948464, 0.789369791374, 0.999702071467, 0.96437826255, 0.874255877064]
        + [0.739969779105, 0.577366357936, 0.405633579749, 0.24503671767, 0.114526954509, 0.029505054314],
    ),
    "LambdaLR": (lambda o: lr_scheduler.LambdaLR(o, lambda e: 1 / (e + 1)), [1 / n for n in range(1, 13)]),
    "SequentialLR": (
        lambda o: lr_scheduler.SequentialLR(
            o, [lambda lr: schedules.linear(0.0, 4, lr), lambda lr: schedules.exponential(lr, 0.5)], [4]
        ),
        [0.0, 0.25, 0.5, 0.75, *(0.5**n for n in range(8))],
    ),
}


@pytest.mark.parametrize("case", PYTORCH)
def test_schedulers_per_epoch(case: str) -> None:
    make, expected = PYTORCH[case]
    a, b = lp.parameter(0.0), lp.parameter(0.0)
    optimizer = optim.SGD([{"params": a, "lr": 1.0}, {"params": b, "lr": 1.0}])
    scheduler = make(optimizer)
    found = []
    for _ in range(12):
        found.append(optimizer.lr)
        scheduler.step()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert scheduler.get_last_lr() == [g["lr"] for g in optimizer.param_groups]
    again = make(optim.SGD(lr=1.0))
    again.load_state_dict(scheduler.state_dict())
    assert again.get_last_lr()[0] == optimizer.lr


# What PyTorch 2.13.0 gives for these losses with the settings below.
LOSSES = [5, 4, 3.9, 3.8, 3.7, 3.7, 3.7, 3.7, 3.6, 3.7, 3.8, 3.8, 3.8, 3.8, 1, 1, 1]
RATES = [1.0] * 4 + [0.5] * 4 + [0.25] * 4 + [0.2] * 5


@pytest.mark.parametrize("mode", ["min", "max"])
def test_plateau(mode: str) -> None:
    optimizer = optim.SGD(lr=1.0)
    settings: dict[str, Any] = {
        "mode": mode,
        "factor": 0.5,
        "patience": 2,
        "cooldown": 1,
        "threshold": 0.1,
        "min_lr": 0.2,
    }
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, **settings)
    found = []
    for loss in LOSSES:
        state = plateau.state_dict()
        plateau = lr_scheduler.ReduceLROnPlateau(optimizer, **settings)
        plateau.load_state_dict(state)
        plateau.step(loss if mode == "min" else -loss)
        found.append(*plateau.get_last_lr())
    assert found == RATES


def test_plateau_by_differences() -> None:
    optimizer = optim.SGD(lr=1.0)
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, threshold=0.5, threshold_mode="abs")
    for loss, rate in [(10.0, 1.0), (9.4, 1.0), (9.0, 0.1), (float("nan"), 0.01)]:
        plateau.step(loss)
        assert optimizer.lr == pytest.approx(rate)


def test_errors() -> None:
    with pytest.raises(lp.LimpideError, match="steps is 0, not positive"):
        schedules.cosine(0.1, 0)
    with pytest.raises(lp.LimpideError, match="warmup=0.3 of 3 steps leaves none to go up or down"):
        schedules.one_cycle(0.1, 3)
    with pytest.raises(lp.LimpideError, match="2 schedules need 1 sorted milestones, not"):
        schedules.sequence([schedules.constant(1), schedules.constant(2)], [])
    with pytest.raises(lp.LimpideError, match="mode is 'best', threshold_mode is 'rel'"):
        lr_scheduler.ReduceLROnPlateau(optim.SGD(), mode="best")
    with pytest.raises(lp.LimpideError, match="factor is 2, not between 0 and 1"):
        lr_scheduler.ReduceLROnPlateau(optim.SGD(), factor=2)
