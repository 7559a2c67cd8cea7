"""Averages of weights against NumPy, beside an optimizer and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(32, 3)), RNG.normal(size=(32, 2))


def network() -> nn.Linear:
    return nn.Linear(3, 2, seed=0, dtype="float64")


def test_ema_in_a_compiled_step() -> None:
    net = network()
    optimizer = optim.SGD(lr=0.1)
    ema = optim.EMA(net, decay=0.9, optimizer=optimizer)

    @lp.compile
    def step() -> None:
        optimizer.minimize(nn.mse(net(X), Y))

    expected = net.state_dict()
    for _ in range(5):
        step()
        expected = {name: 0.9 * expected[name] + 0.1 * value for name, value in net.state_dict().items()}
    for name, value in expected.items():
        np.testing.assert_allclose(ema.state_dict()[name], value, rtol=1e-12)
    assert ema.state_dict()["updates"] == 5


def test_fit_keeps_the_average_and_evaluates_with_it() -> None:
    net, twin = network(), network()
    optimizer = optim.SGD(lr=0.1)
    ema = optim.EMA(net, decay=0.8, optimizer=optimizer)
    net.compile(optimizer=optimizer, loss="mse")
    net.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    other, average = optim.SGD(lr=0.1), twin.state_dict()
    for i in [0, 8, 16, 24] * 2:
        other.minimize(nn.mse(twin(X[i : i + 8]), Y[i : i + 8]))
        average = {name: 0.8 * average[name] + 0.2 * value for name, value in twin.state_dict().items()}
    own = net.state_dict()
    with ema.applied():
        for name, value in net.state_dict().items():
            np.testing.assert_allclose(value, average[name], rtol=1e-10)
        swapped = net.evaluate(X, Y)
    np.testing.assert_allclose(swapped, ((X @ average["weight"] + average["bias"] - Y) ** 2).mean())
    assert all((net.state_dict()[name] == value).all() for name, value in own.items())
    assert net.evaluate(X, Y) != swapped


def test_swa_is_the_mean() -> None:
    net, optimizer = network(), optim.SGD(lr=0.5)
    swa = optim.SWA(net)
    seen = []
    for _ in range(4):
        optimizer.minimize(nn.mse(net(X), Y))
        swa.update()
        seen.append(net.state_dict()["weight"])
    np.testing.assert_allclose(swa.state_dict()["weight"], np.mean(seen, axis=0), rtol=1e-12)


def test_only_steps_count_where_gradients_are_accumulated() -> None:
    net, optimizer = network(), optim.SGD(lr=0.1, accumulate=2)
    ema = optim.EMA(net, decay=0.5, optimizer=optimizer)
    start = net.state_dict()["weight"]
    for _ in range(2):
        optimizer.minimize(nn.mse(net(X), Y))
    assert ema.state_dict()["updates"] == 1
    np.testing.assert_allclose(ema.state_dict()["weight"], (start + net.state_dict()["weight"]) / 2)


def test_the_optimizer_saves_the_average() -> None:
    def trained(steps: int, loaded: Any = None, weights: Any = None) -> tuple[nn.Module, optim.Optimizer]:
        net, optimizer = network(), optim.Adam(lr=0.1)
        optim.EMA(net, decay=0.5, optimizer=optimizer)
        optimizer.prepare(net.parameters())
        if loaded is not None:
            net.load_state_dict(weights)
            optimizer.load_state_dict(loaded)
        for _ in range(steps):
            optimizer.minimize(nn.mse(net(X), Y))
        return net, optimizer

    net, half = trained(3)
    _, resumed = trained(3, half.state_dict(), net.state_dict())
    _, whole = trained(6)
    assert "average.weight" in whole.state_dict() and "average.updates" in whole.state_dict()
    for name, value in whole.state_dict().items():
        assert (resumed.state_dict()[name] == value).all(), name


def test_its_own_state_goes_out_and_in() -> None:
    net = network()
    ema, other = optim.EMA(net, decay=0.5), optim.EMA(net)
    net.weight.assign(net.weight * 2)
    ema.update()
    other.load_state_dict(ema.state_dict())
    assert (other.state_dict()["weight"] == ema.state_dict()["weight"]).all()


def test_errors() -> None:
    with pytest.raises(lp.LimpideError, match="decay is 2, not between 0 and 1"):
        optim.EMA(network(), decay=2)
    with pytest.raises(lp.LimpideError, match="two parameters have the same name"):
        optim.EMA([lp.parameter(1.0), lp.parameter(2.0)])
