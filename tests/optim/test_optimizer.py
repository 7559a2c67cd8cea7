"""Optimizer: which parameters it finds, its state, its errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim

X = np.random.default_rng(1).normal(size=(8, 3)).astype(np.float32)
Y = np.arange(8) % 2


def test_names() -> None:
    for name, kind in optim.names.NAMES.items():
        assert type(optim.get(name)) is kind and kind.__name__.lower() == name
    assert type(optim.get("Adam")) is optim.Adam
    given = optim.SGD(lr=3)
    assert optim.get(given) is given
    with pytest.raises(lp.LimpideError, match="no optimizer 'adm'; there are sgd, rmsprop, adagrad,"):
        optim.get("adm")
    with pytest.raises(lp.LimpideError, match="neither a name nor an optimizer"):
        optim.get(0.1)  # type: ignore[arg-type]


def test_only_trainable_parameters_behind_the_loss_move() -> None:
    a, b = lp.parameter(1.0, name="a"), lp.parameter(1.0, name="b")
    fixed = lp.parameter(2.0, name="fixed", trainable=False)
    optim.SGD(lr=0.5).minimize(a * fixed)
    assert [float(p) for p in (a, b, fixed)] == [0, 1, 2]
    optim.SGD(lr=0.5).minimize(a * b, parameters=[b])
    optim.SGD([a, b], lr=0.5).minimize(a.detach() * b + a)
    assert [float(a), float(b)] == [-0.5, 1.0]


def test_two_steps_in_one_trace_follow_each_other() -> None:
    w, twin = lp.parameter(3.0, dtype="float64"), lp.parameter(3.0, dtype="float64")
    traced, eager = optim.SGD(lr=0.1, momentum=0.9), optim.SGD(lr=0.1, momentum=0.9)

    @lp.compile
    def twice() -> None:
        traced.minimize(w * w)
        traced.minimize(w * w)

    twice()
    eager.minimize(twin * twin)
    eager.minimize(twin * twin)
    np.testing.assert_allclose(float(w), float(twin), rtol=1e-15)


def test_the_learning_rate_changes_without_another_trace() -> None:
    w, optimizer = lp.parameter(1.0, dtype="float64"), optim.SGD(lr=0.5)

    @lp.compile
    def step(x: Any) -> None:
        optimizer.minimize(w * x)

    step(1.0)
    optimizer.lr = 0.25
    step(1.0)
    assert float(w) == 0.25 and optimizer.lr == 0.25
    assert len(step.programs()) == 1


def train(net: nn.Module, optimizer: optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        optimizer.minimize(nn.cross_entropy(net(X), Y))


@pytest.mark.parametrize("bound", [False, True])
def test_state_goes_out_and_in(bound: bool) -> None:
    net = nn.Linear(3, 2, seed=0)
    optimizer = optim.Adam(lr=0.1)
    train(net, optimizer, 3)
    weights, state = net.state_dict(), optimizer.state_dict()
    assert list(state) == ["lr", "step", "weight.mean", "weight.square", "bias.mean", "bias.square"]
    train(net, optimizer, 3)
    again = nn.Linear(3, 2, seed=9)
    again.load_state_dict(weights)
    other = optim.Adam(again.parameters()) if bound else optim.Adam()
    other.load_state_dict(state)
    assert other.lr == 0.1
    train(again, other, 3)
    for name, value in net.state_dict().items():
        assert (again.state_dict()[name] == value).all()


def test_state_that_does_not_fit() -> None:
    net = nn.Linear(3, 2, seed=0)
    optimizer = optim.SGD(net.parameters(), momentum=0.9)
    with pytest.raises(lp.LimpideError) as caught:
        optimizer.load_state_dict({"lr": 1.0, "weight.momentum": np.zeros(2), "weight.mean": np.zeros(2)})
    text = str(caught.value)
    assert "wrong shape weight.momentum: (2,) given, (3, 2) expected" in text
    assert "missing bias.momentum" in text and "unexpected weight.mean" in text
    assert optimizer.lr == 0.01


def test_parameters_of_one_name_keep_apart() -> None:
    a, b = lp.parameter(np.zeros(2), name="w"), lp.parameter(np.zeros(3), name="w")
    optimizer = optim.SGD([a, b], momentum=0.5)
    assert list(optimizer.state_dict()) == ["lr", "w.momentum", "w_2.momentum"]


def test_a_parameter_without_gradient_stays() -> None:
    a, b = lp.parameter(1.0), lp.parameter(1.0)
    optimizer = optim.SGD([a, b], lr=0.5)
    (a * 2).backward()
    optimizer.step()
    assert (float(a), float(b)) == (0.0, 1.0)
    optimizer.zero_grad()
    assert a.grad is None


def test_a_frozen_parameter_stays() -> None:
    a, b = lp.parameter(1.0), lp.parameter(1.0)
    optimizer = optim.SGD([a, b], lr=0.5)
    (a * b).backward()
    b.cell.trainable = False
    optimizer.step()
    optimizer.minimize(a * b)
    assert (float(a), float(b)) == (0.0, 1.0)


def test_errors() -> None:
    with pytest.raises(lp.LimpideError, match="should be the parameters") as caught:
        optim.SGD(0.1)  # type: ignore[arg-type]
    assert "optim.SGD(lr=0.1)" in str(caught.value)
    with pytest.raises(lp.LimpideError, match="ndarray is not a parameter"):
        optim.Adam([np.zeros(3)])  # type: ignore[list-item]
    with pytest.raises(lp.LimpideError, match="the list of parameters is empty"):
        optim.Adam([])
    with pytest.raises(lp.LimpideError, match="not bound to parameters") as caught:
        optim.Adam().step()
    assert "optim.Adam(model.parameters(), lr=...)" in str(caught.value)
    with pytest.raises(lp.LimpideError, match="no parameter to train behind this loss"):
        optim.SGD().minimize(lp.tensor(1.0))
    with pytest.raises(lp.LimpideError, match="nesterov needs momentum"):
        optim.SGD(nesterov=True)
    with pytest.raises(lp.LimpideError, match="clip_norm is -1, not positive"):
        optim.SGD(clip_norm=-1)
    with pytest.raises(lp.LimpideError, match="accumulate is 0, not a positive whole number"):
        optim.SGD(accumulate=0)
    with pytest.raises(lp.LimpideError, match="differentiate a scalar"):
        optim.SGD().minimize(lp.parameter([1.0, 2.0]) * 2)
