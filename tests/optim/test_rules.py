"""Every optimiser over 100 steps against NumPy written from the papers' formulas, in three ways of use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim

RNG = np.random.default_rng(0)
A = RNG.normal(size=(12, 5))
B = RNG.normal(size=(12, 3))
START = RNG.normal(size=(5, 3))
STEPS = 100


def gradient(w: Any) -> Any:
    """Of mean((A w - B)^2)."""
    return 2 * A.T @ (A @ w - B) / B.size


def sgd(w: Any, lr: float, momentum: float = 0, nesterov: bool = False, decay: float = 0) -> Any:
    v = np.zeros_like(w)
    for _ in range(STEPS):
        g = gradient(w) + decay * w
        v = momentum * v + g
        w = w - lr * (g + momentum * v if nesterov else v)
    return w


def rmsprop(w: Any, lr: float, alpha: float = 0.99, momentum: float = 0, decay: float = 0) -> Any:
    s, v = np.zeros_like(w), np.zeros_like(w)
    for _ in range(STEPS):
        g = gradient(w) + decay * w
        s = alpha * s + (1 - alpha) * g * g
        v = momentum * v + g / (np.sqrt(s) + 1e-8)
        w = w - lr * v
    return w


def adagrad(w: Any, lr: float, decay: float = 0) -> Any:
    s = np.zeros_like(w)
    for _ in range(STEPS):
        g = gradient(w) + decay * w
        s = s + g * g
        w = w - lr * g / (np.sqrt(s) + 1e-10)
    return w


def adam(w: Any, lr: float, b1: float = 0.9, b2: float = 0.999, decay: float = 0) -> Any:
    m, s = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, STEPS + 1):
        g = gradient(w) + decay * w
        m = b1 * m + (1 - b1) * g
        s = b2 * s + (1 - b2) * g * g
        w = w - lr * (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + 1e-8)
    return w


def adamw(w: Any, lr: float, decay: float) -> Any:
    """The decay is taken from the weights that the gradient was computed at."""
    m, s = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, STEPS + 1):
        g = gradient(w)
        w = w - lr * decay * w
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        w = w - lr * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
    return w


Make = Callable[..., optim.Optimizer]
CASES: dict[str, tuple[Make, dict[str, Any], Any]] = {
    "sgd": (optim.SGD, {"lr": 0.1}, sgd(START, 0.1)),
    "sgd decay": (optim.SGD, {"lr": 0.1, "weight_decay": 0.3}, sgd(START, 0.1, decay=0.3)),
    "momentum": (optim.SGD, {"lr": 0.1, "momentum": 0.9}, sgd(START, 0.1, 0.9)),
    "nesterov": (optim.SGD, {"lr": 0.1, "momentum": 0.8, "nesterov": True}, sgd(START, 0.1, 0.8, True)),
    "rmsprop": (optim.RMSProp, {}, rmsprop(START, 0.01)),
    "rmsprop momentum": (
        optim.RMSProp,
        {"lr": 0.002, "alpha": 0.9, "momentum": 0.5, "weight_decay": 0.1},
        rmsprop(START, 0.002, 0.9, 0.5, 0.1),
    ),
    "adagrad": (optim.Adagrad, {}, adagrad(START, 0.01)),
    "adagrad decay": (optim.Adagrad, {"lr": 0.1, "weight_decay": 0.2}, adagrad(START, 0.1, 0.2)),
    "adam": (optim.Adam, {}, adam(START, 0.001)),
    "adam betas": (
        optim.Adam,
        {"lr": 0.005, "betas": (0.7, 0.9), "weight_decay": 0.1},
        adam(START, 0.005, 0.7, 0.9, 0.1),
    ),
    "adamw": (optim.AdamW, {"lr": 0.01}, adamw(START, 0.01, 0.01)),
    "adamw decay": (optim.AdamW, {"lr": 0.01, "weight_decay": 0.5}, adamw(START, 0.01, 0.5)),
}


def eagerly(make: Make, settings: dict[str, Any], w: lp.Parameter) -> None:
    optimizer = make(**settings)
    for _ in range(STEPS):
        optimizer.minimize(nn.mse(A @ w, B))


def by_backward(make: Make, settings: dict[str, Any], w: lp.Parameter) -> None:
    optimizer = make([w], **settings)
    for _ in range(STEPS):
        nn.mse(A @ w, B).backward()
        optimizer.step()
        optimizer.zero_grad()


def compiled(make: Make, settings: dict[str, Any], w: lp.Parameter) -> None:
    optimizer = make(**settings)

    @lp.compile
    def step(a: Any, b: Any) -> Any:
        loss = nn.mse(a @ w, b)
        optimizer.minimize(loss)
        return loss

    for _ in range(STEPS):
        step(A, B)


def scanned(make: Make, settings: dict[str, Any], w: lp.Parameter) -> None:
    optimizer = make(**settings)

    @lp.compile
    def epoch(a: Any, b: Any, steps: Any) -> Any:
        def step(total: Any, _: Any) -> Any:
            loss = nn.mse(a @ w, b)
            optimizer.minimize(loss)
            return total + loss, None

        return lp.scan(step, np.float64(0), length=steps)[0]

    epoch(A, B, 1)
    epoch(A, B, STEPS - 1)


@pytest.mark.parametrize("way", [eagerly, by_backward, compiled, scanned])
@pytest.mark.parametrize("case", CASES)
def test_hundred_steps(case: str, way: Callable[..., None]) -> None:
    make, settings, expected = CASES[case]
    w = lp.parameter(START, name="w")
    way(make, settings, w)
    np.testing.assert_allclose(w.numpy(), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_float32_stays_float32(case: str) -> None:
    make, settings, expected = CASES[case]
    w = lp.parameter(START, name="w", dtype="float32")
    optimizer = make(**settings)

    @lp.compile
    def step(a: Any, b: Any) -> Any:
        loss = nn.mse(a @ w, b)
        optimizer.minimize(loss)
        return loss

    for _ in range(STEPS):
        step(A.astype(np.float32), B.astype(np.float32))
    assert {p.dtype for name, p in optimizer.named_state() if name.startswith("w.")} <= {np.dtype(np.float32)}
    np.testing.assert_allclose(w.numpy(), expected, rtol=1e-3, atol=1e-4)
