"""Penalties on weights: values, gradients, and every way of training with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim
from limpide.nn import regularizers

W = np.array([[1.0, -2.0], [0.5, 0.0]])


@pytest.mark.parametrize(
    ("penalty", "value", "gradient"),
    [
        (regularizers.L1(0.1), 0.35, 0.1 * np.sign(W)),
        (regularizers.L2(0.1), 0.525, 0.2 * W),
        (regularizers.L1L2(0.1, 0.2), 0.35 + 1.05, 0.1 * np.sign(W) + 0.4 * W),
        (regularizers.L1L2(), 0, 0 * W),
    ],
)
def test_values_and_gradients(penalty: Any, value: float, gradient: Any) -> None:
    w = lp.parameter(W, name="w")
    np.testing.assert_allclose(penalty(w).numpy(), value, rtol=1e-12)
    np.testing.assert_allclose(lp.grad(penalty(w), w).numpy(), gradient, rtol=1e-12)


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(3, 4, seed=0, regularizer=regularizers.L2(0.1)), nn.Tanh(), nn.Linear(4, 2, seed=1)
    )


X = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
Y = np.arange(8) % 2


@pytest.mark.parametrize("way", ["fit", "minimize", "compiled", "backward"])
def test_every_way_of_training(way: str) -> None:
    """One step of SGD moves the chosen weights by lr 2 l2 w more, and nothing else."""
    plain, net = network(), network()
    plain[0].regularizer = None
    before = net[0].weight.numpy()
    for model in (plain, net):
        loss = lambda m=model: nn.cross_entropy(m(X), Y) + m.penalty()  # noqa: E731
        if way == "fit":
            model.compile(optimizer=optim.SGD(lr=0.5), loss="cross_entropy")
            model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
        elif way == "minimize":
            optim.SGD(lr=0.5).minimize(loss())
        elif way == "compiled":
            lp.compile(lambda m=model, f=loss: optim.SGD(lr=0.5).minimize(f()))()
        else:
            optimizer = optim.SGD(model.parameters(), lr=0.5)
            loss().backward()
            optimizer.step()
    moved = plain[0].weight.numpy() - net[0].weight.numpy()
    np.testing.assert_allclose(moved, 0.5 * 2 * 0.1 * before, rtol=1e-4, atol=1e-7)
    for name in ("0.bias", "2.weight", "2.bias"):
        np.testing.assert_allclose(net.state_dict()[name], plain.state_dict()[name], rtol=1e-4, atol=1e-7)


def test_a_regularizer_of_a_container() -> None:
    net = network()
    net.regularizer = regularizers.get("l1")
    first, last = net[0].weight.numpy(), net[2].weight.numpy()
    expected = 0.01 * (np.abs(first).sum() + np.abs(last).sum()) + 0.1 * (first**2).sum()
    np.testing.assert_allclose(float(net.penalty()), expected, rtol=1e-5)
    assert float(nn.Linear(3, 2).penalty()) == 0


def test_names_and_errors() -> None:
    layer = nn.Conv2d(1, 2, 3, regularizer="l2")
    np.testing.assert_allclose(float(layer.penalty()), 0.01 * (layer.weight.numpy() ** 2).sum(), rtol=1e-5)
    assert repr(regularizers.L1(0.5)) == "L1(l1=0.5, l2=0)"
    with pytest.raises(lp.LimpideError, match="there is no regularizer 'l3'"):
        nn.Linear(3, 2, regularizer="l3")
    with pytest.raises(lp.LimpideError, match="7 is neither a name nor a function"):
        nn.Embedding(3, 2, regularizer=7)  # type: ignore[arg-type]
    with pytest.raises(lp.LimpideError, match="l2 is -1, not a number from 0 on"):
        regularizers.L2(-1)
