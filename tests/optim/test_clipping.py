"""Gradients cut and scaled, inside an optimizer's step and eagerly; steps from several gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(24, 5)), RNG.normal(size=(24, 2))


def network(dtype: str = "float64") -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(5, 4, seed=0, dtype=dtype), nn.Tanh(), nn.Linear(4, 2, seed=1, dtype=dtype)
    )


def gradients(net: nn.Module, x: Any = X, y: Any = Y) -> list[Any]:
    return [g.numpy() for g in lp.grad(nn.mse(net(x), y), net.parameters())]


def moved(net: nn.Module, optimizer: optim.Optimizer, compiled: bool) -> list[Any]:
    """What one step subtracts from the parameters."""
    before = [p.numpy() for p in net.parameters()]

    def step(x: Any, y: Any) -> None:
        optimizer.minimize(nn.mse(net(x), y))

    dtype = before[0].dtype
    (lp.compile(step) if compiled else step)(X.astype(dtype), Y.astype(dtype))
    return [a - p.numpy() for a, p in zip(before, net.parameters(), strict=True)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("compiled", [False, True])
def test_clip_value(compiled: bool, dtype: str) -> None:
    net = network(dtype)
    expected = [np.clip(g, -0.1, 0.1) for g in gradients(net)]
    assert any((np.abs(g) == 0.1).any() for g in expected)
    found = moved(net, optim.SGD(lr=1.0, clip_value=0.1), compiled)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5 if dtype == "float32" else 1e-12, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("limit", [0.05, 100.0])
def test_clip_norm(limit: float, compiled: bool, dtype: str) -> None:
    net = network(dtype)
    given = gradients(net)
    norm = np.sqrt(sum((g * g).sum() for g in given))
    scale = min(1, limit / (norm + 1e-6))
    assert (scale == 1) == (limit == 100)
    found = moved(net, optim.SGD(lr=1.0, clip_norm=limit), compiled)
    for a, b in zip(found, given, strict=True):
        np.testing.assert_allclose(a, b * scale, rtol=1e-4 if dtype == "float32" else 1e-10, atol=1e-6)


def test_a_norm_that_is_no_number_stays_one() -> None:
    w = lp.parameter([1.0, 2.0])
    optim.SGD(lr=0.1, clip_norm=1.0).apply([(w, lp.tensor([np.nan, 1.0]))])
    assert np.isnan(w.numpy()).all()


def test_clip_grad_norm_() -> None:
    net = network()
    nn.mse(net(X), Y).backward()
    given = [p.grad.numpy() for p in net.parameters() if p.grad is not None]
    norm = optim.clip_grad_norm_(net.parameters(), 0.05)
    assert float(norm) == pytest.approx(np.sqrt(sum((g * g).sum() for g in given)))
    for p, g in zip(net.parameters(), given, strict=True):
        assert p.grad is not None
        np.testing.assert_allclose(p.grad.numpy(), g * 0.05 / (float(norm) + 1e-6))
    flat = np.concatenate([p.grad.numpy().ravel() for p in net.parameters() if p.grad is not None])
    for order in (1.0, 3.0, np.inf):
        found = optim.clip_grad_norm_(net.parameters(), 100.0, order)
        assert float(found) == pytest.approx(np.linalg.norm(flat, order))
    assert float(optim.clip_grad_norm_(network().parameters(), 1.0)) == 0


def test_clip_grad_value_() -> None:
    w = lp.parameter([3.0, -0.5])
    lp.sum(w * w).backward()
    optim.clip_grad_value_(w, 2.0)
    assert w.grad is not None and w.grad.tolist() == [2.0, -1.0]


Run = Callable[[nn.Module, optim.Optimizer], None]


def by_step(net: nn.Module, optimizer: optim.Optimizer) -> None:
    for i in range(0, 24, 8):
        nn.mse(net(X[i : i + 8]), Y[i : i + 8]).backward()
        optimizer.step()
        optimizer.zero_grad()


def by_compiled(net: nn.Module, optimizer: optim.Optimizer) -> None:
    @lp.compile
    def step(x: Any, y: Any) -> None:
        optimizer.minimize(nn.mse(net(x), y))

    for i in range(0, 24, 8):
        step(X[i : i + 8], Y[i : i + 8])


def by_fit(net: nn.Module, optimizer: optim.Optimizer) -> None:
    net.compile(optimizer=optimizer, loss="mse")
    net.fit(X, Y, batch_size=8, shuffle=False, verbose=0)


@pytest.mark.parametrize("run", [by_step, by_compiled, by_fit])
@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam, optim.NAdam])
def test_three_small_batches_are_one_large_one(run: Run, kind: Any) -> None:
    small, large = network(), network()
    settings = {"lr": optim.schedules.exponential(0.1, 0.5), "clip_norm": 0.3}
    piecewise = kind(small.parameters(), accumulate=3, **settings)
    whole = kind(large.parameters(), **settings)
    for _ in range(2):
        run(small, piecewise)
        whole.minimize(nn.mse(large(X), Y))
    assert piecewise.state_dict()["calls"] == 0
    for (name, a), b in zip(small.state_dict().items(), large.state_dict().values(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=name)
    for name, value in whole.state_dict().items():
        np.testing.assert_allclose(piecewise.state_dict()[name], value, rtol=1e-9, atol=1e-12, err_msg=name)


def test_between_two_steps_nothing_but_the_sum_moves() -> None:
    net = network()
    optimizer = optim.Adam(net.parameters(), lr=0.1, accumulate=3)
    weights, state = net.state_dict(), optimizer.state_dict()
    optimizer.minimize(nn.mse(net(X), Y))
    assert all((net.state_dict()[name] == value).all() for name, value in weights.items())
    now = optimizer.state_dict()
    changed = {name for name, value in state.items() if (now[name] != value).any()}
    assert changed == {"calls"} | {name for name in state if name.endswith(".accumulated")}


def test_half_a_step_is_saved() -> None:
    first, optimizer = network(), optim.Adam(lr=0.1, accumulate=2)
    for _ in range(3):
        optimizer.minimize(nn.mse(first(X), Y))
    second, other = network(), optim.Adam(accumulate=2)
    second.load_state_dict(first.state_dict())
    other.load_state_dict(optimizer.state_dict())
    for net, its in [(first, optimizer), (second, other)]:
        its.minimize(nn.mse(net(X), Y))
    for name, value in first.state_dict().items():
        assert (second.state_dict()[name] == value).all()
