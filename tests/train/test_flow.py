"""Gradient flow: the gradients of layers, against finite differences, and what vanishes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from limpide import nn, optim, train

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 6))
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)


def deep(activation: Any, layers: int = 8, **options: Any) -> Any:
    modules: list[nn.Module] = []
    for i in range(layers):
        modules += [nn.Linear(6, 6, seed=i, dtype="float64", **options), activation()]
    net = nn.Sequential(*modules, nn.Linear(6, 2, seed=99, dtype="float64"))
    net.compile(optimizer=optim.SGD(lr=0.1), loss="cross_entropy")
    return net


def test_the_norms_are_those_of_finite_differences() -> None:
    net = deep(nn.Tanh, layers=2)
    before = net.state_dict()
    flow = train.gradient_flow(net, X, Y)
    assert list(flow.norms) == [name for name, _ in net.named_parameters()]
    for name, parameter in net.named_parameters():
        start, gradient = parameter.numpy(), np.zeros(parameter.shape)
        for place in np.ndindex(*start.shape):
            moved = [start.copy(), start.copy()]
            moved[0][place] += 1e-5
            moved[1][place] -= 1e-5
            values = []
            for value in moved:
                parameter.assign(value)
                values.append(net.test_on_batch(X, Y))
            gradient[place] = (values[0] - values[1]) / 2e-5
        parameter.assign(start)
        assert flow.norms[name] == pytest.approx(np.linalg.norm(gradient), rel=1e-6)
        assert flow.sizes[name] == pytest.approx(np.sqrt((gradient**2).mean()), rel=1e-6)
    assert all((before[name] == value).all() for name, value in net.state_dict().items())


def test_gradients_vanish_behind_sigmoids_and_not_behind_relu() -> None:
    flows = {}
    for name, kind in {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}.items():
        flows[name] = train.gradient_flow(deep(kind, init="he_normal"), X, Y)
        sizes = list(flows[name].weights().values())
        assert len(sizes) == 9
        assert sizes[0] < 1e-3 * sizes[-1] if name == "sigmoid" else sizes[0] > 0.1 * sizes[-1]
    pytest.importorskip("matplotlib")
    axes = train.plot_flows(flows, "two networks").axes[0]
    assert axes.get_yscale() == "log" and len(axes.patches) == 18
    assert axes.patches[0].get_height() == flows["sigmoid"].sizes["0.weight"]
    assert [t.get_text() for t in flows["relu"].plot().axes[0].get_xticklabels()][:2] == [
        "0.weight",
        "2.weight",
    ]


def test_running_means_stay_as_they_are() -> None:
    net = nn.Sequential(nn.Linear(6, 4, seed=0), nn.BatchNorm1d(4), nn.Linear(4, 2, seed=1))
    net.compile(loss="cross_entropy")
    before = net.state_dict()
    train.gradient_flow(net, X, Y)
    assert all((before[name] == value).all() for name, value in net.state_dict().items())
