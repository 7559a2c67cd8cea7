"""Linear, Flatten, Sequential, activations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn
from limpide.nn.activations import NAMES

X = np.random.default_rng(0).normal(size=(6, 4)) * 3


def test_linear() -> None:
    layer = nn.Linear(4, 3, bias_init=lambda shape: np.arange(3.0), seed=0, dtype="float64")
    np.testing.assert_allclose(layer(X).numpy(), X @ layer.weight.numpy() + np.arange(3), rtol=1e-14)
    assert layer(X[0]).shape == (3,) and layer(X.reshape(2, 3, 4)).shape == (2, 3, 3)


def test_linear_takes_bytes_and_does_not_rescale_them() -> None:
    layer = nn.Linear(4, 3, seed=0)
    x = np.array([[0, 1, 255, 3]], np.uint8)
    assert layer(x).dtype == np.float32
    np.testing.assert_allclose(layer(x).numpy(), x.astype(np.float32) @ layer.weight.numpy(), rtol=1e-6)
    assert layer(x.astype(np.int64)).dtype == np.float32


def test_linear_with_another_size() -> None:
    with pytest.raises(lp.LimpideError) as caught:
        nn.Linear(784, 10)(np.zeros((5, 28, 28)))
    text = str(caught.value)
    assert "the input has shape (5, 28, 28), but its last axis should have size 784" in text
    assert "nn.Flatten() makes (n, 28, 28) into (n, 784)" in text
    with pytest.raises(lp.LimpideError, match="outputs is 0, not a positive number"):
        nn.Linear(3, 0)


def test_flatten() -> None:
    assert nn.Flatten()(np.zeros((5, 2, 3))).shape == (5, 6)
    assert nn.Flatten()(np.zeros(5)).shape == (5, 1)
    symbol = lp.input("x", (None, 2, 3))
    assert lp.function([symbol], nn.Flatten()(symbol))(np.zeros((4, 2, 3))).shape == (4, 6)
    with pytest.raises(lp.LimpideError, match="the input is a scalar"):
        nn.Flatten()(1.0)


def test_sequential() -> None:
    net = nn.Sequential(nn.Linear(4, 4), lp.relu)
    net.append(nn.Linear(4, 2))
    assert len(net) == 3 and net[-1] is list(net)[2] and net(X).shape == (6, 2)
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert len(nn.Sequential([nn.ReLU(), nn.ReLU()])) == 2
    with pytest.raises(lp.LimpideError, match="layer 1 is 7, not a module or a function"):
        nn.Sequential(nn.ReLU(), 7)


def erf(x: Any) -> Any:
    return np.vectorize(math.erf)(x)


ACTIVATIONS: dict[str, tuple[nn.Module, Any]] = {
    "identity": (nn.Identity(), lambda x: x),
    "linear": (nn.Identity(), lambda x: x),
    "sigmoid": (nn.Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
    "tanh": (nn.Tanh(), np.tanh),
    "relu": (nn.ReLU(), lambda x: np.maximum(x, 0)),
    "leaky_relu": (nn.LeakyReLU(), lambda x: np.where(x > 0, x, 0.01 * x)),
    "elu": (nn.ELU(), lambda x: np.where(x > 0, x, np.exp(x) - 1)),
    "gelu": (nn.GELU(), lambda x: x * (1 + erf(x / np.sqrt(2))) / 2),
    "silu": (nn.SiLU(), lambda x: x / (1 + np.exp(-x))),
    "softplus": (nn.Softplus(), lambda x: np.log(1 + np.exp(x))),
    "softmax": (nn.Softmax(), lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
    "log_softmax": (nn.LogSoftmax(), lambda x: x - np.log(np.exp(x).sum(-1, keepdims=True))),
}


@pytest.mark.parametrize("name", NAMES)
def test_activation(name: str) -> None:
    module, expected = ACTIVATIONS[name]
    np.testing.assert_allclose(module(X).numpy(), expected(X), rtol=1e-12, atol=1e-14)
    assert type(nn.activation(name)) is type(module)


@pytest.mark.parametrize("name", NAMES)
def test_activation_far_out(name: str) -> None:
    x = lp.tensor(np.array([-1e3, 0.0, 1e3]), requires_grad=True)
    y = nn.activation(name)(x)
    assert np.isfinite(y.numpy()).all()
    assert np.isfinite(lp.grad((y * np.array([1.0, 2.0, 3.0])).sum(), x).numpy()).all()


def test_settings_of_activations() -> None:
    np.testing.assert_allclose(nn.LeakyReLU(0.5)(X).numpy(), np.where(X > 0, X, X / 2))
    np.testing.assert_allclose(nn.ELU(2.0)(X).numpy(), np.where(X > 0, X, 2 * np.expm1(X)))
    np.testing.assert_allclose(nn.Softmax(axis=0)(X).numpy().sum(0), np.ones(4))
    np.testing.assert_allclose(nn.GELU(approximate=True)(X).numpy(), nn.GELU()(X).numpy(), atol=1e-3)
    with pytest.raises(lp.LimpideError, match="no activation 'rleu'; there are identity") as caught:
        nn.activation("rleu")
    assert "did you mean 'relu'" in str(caught.value)
