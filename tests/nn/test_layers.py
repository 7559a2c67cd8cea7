"""Linear, Flatten, Sequential, activations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn
from limpide.nn.activations import NAMES
from nn.check import check_layer
from ops.check import configured, devices

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


def test_flatten_some_axes() -> None:
    assert nn.Flatten(2)(np.zeros((5, 2, 3, 4))).shape == (5, 2, 12)
    assert nn.Flatten(0, 1)(np.zeros((5, 2, 3, 4))).shape == (10, 3, 4)
    with pytest.raises(lp.LimpideError, match="axis 1 stands before axis 2"):
        nn.Flatten(2, 1)(np.zeros((5, 2, 3, 4)))


def test_unflatten() -> None:
    x = np.arange(24.0).reshape(2, 12)
    np.testing.assert_array_equal(nn.Unflatten(1, (3, -1))(x).numpy(), x.reshape(2, 3, 4))
    assert nn.Unflatten(-1, (4, 3))(np.zeros((5, 2, 12))).shape == (5, 2, 4, 3)
    with pytest.raises(lp.LimpideError):
        nn.Unflatten(1, (5, 2))(x)


@pytest.mark.parametrize("padding_idx", [None, 2, -1])
def test_embedding(padding_idx: int | None) -> None:
    layer = nn.Embedding(5, 3, padding_idx=padding_idx, seed=0).to("float64")
    indices = np.array([[0, 2, 2], [4, 1, 0]])
    table = layer.weight.numpy()
    np.testing.assert_array_equal(layer(indices).numpy(), table[indices])
    weights = np.random.default_rng(0).normal(size=(2, 3, 3))
    expected = np.zeros((5, 3))
    np.add.at(expected, indices, weights)
    if padding_idx is not None:
        assert (table[padding_idx] == 0).all()
        expected[padding_idx] = 0
    for device in devices():
        with configured(device=device):
            got = lp.compile(lambda i: lp.grad((layer(i) * weights).sum(), layer.weight))(indices)
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-12)


def test_wrong_indices_of_an_embedding() -> None:
    with pytest.raises(lp.LimpideError, match="indices are integers, not float64"):
        nn.Embedding(5, 3)(np.ones(2))
    with pytest.raises(lp.LimpideError, match=r"indices go from 0 to 5, but the table has 5 rows, 0 to 4"):
        nn.Embedding(5, 3)(np.array([0, 5]))
    with pytest.raises(lp.LimpideError, match="padding_idx is 7, outside of 5 rows"):
        nn.Embedding(5, 3, padding_idx=7)


POOLS: dict[str, tuple[nn.Module, Any]] = {
    "global avg 1": (nn.GlobalAvgPool1d(), lambda x: x.mean((2,))),
    "global avg 2": (nn.GlobalAvgPool2d(keepdims=True), lambda x: x.mean((2, 3), keepdims=True)),
    "global avg 3": (nn.GlobalAvgPool3d(layout="NDHWC"), lambda x: x.mean((1, 2, 3))),
    "global max 1": (nn.GlobalMaxPool1d(), lambda x: x.max((2,))),
    "global max 2": (nn.GlobalMaxPool2d(layout="NHWC"), lambda x: x.max((1, 2))),
    "global max 3": (nn.GlobalMaxPool3d(), lambda x: x.max((2, 3, 4))),
    "adaptive avg 1": (nn.AdaptiveAvgPool1d(2), lambda x: parts(x, np.mean, 2)),
    "adaptive max 1": (nn.AdaptiveMaxPool1d(2), lambda x: parts(x, np.max, 2)),
    "adaptive avg 2": (nn.AdaptiveAvgPool2d((1, None)), lambda x: x.mean(2, keepdims=True)),
    "adaptive max 2": (nn.AdaptiveMaxPool2d(1), lambda x: x.max((2, 3), keepdims=True)),
    "adaptive avg 3": (nn.AdaptiveAvgPool3d(1), lambda x: x.mean((2, 3, 4), keepdims=True)),
    "adaptive max 3": (nn.AdaptiveMaxPool3d((1, 1, 4)), lambda x: x.max((2, 3), keepdims=True)),
}


def parts(x: Any, fold: Any, count: int) -> Any:
    """Parts of the last axis that overlap where the size is no multiple of their number."""
    size = x.shape[-1]
    edges = [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]
    return np.stack([fold(x[..., a:b], axis=-1) for a, b in edges], -1)


@pytest.mark.parametrize("case", POOLS)
def test_pooling_of_the_whole(case: str) -> None:
    layer, reference = POOLS[case]
    shape = (2, 3, 5, 3, 4)[: 2 + int(case[-1])]
    check_layer(layer, reference, np.random.default_rng(1).permutation(np.prod(shape)).reshape(shape) * 0.1)


def test_global_pooling_of_another_rank() -> None:
    with pytest.raises(lp.LimpideError, match=r"the input has shape \(2, 3\), but 4 axes are expected"):
        nn.GlobalAvgPool2d()(np.ones((2, 3)))


def test_depthwise_and_dilated_convolutions() -> None:
    x = np.random.default_rng(0).normal(size=(2, 4, 7, 7))
    layer = nn.Conv2d(4, 8, 3, groups=4, dilation=2, padding="same", seed=0)
    y = layer(x).numpy()
    assert y.shape == (2, 8, 7, 7) and layer.weight.shape == (8, 1, 3, 3)
    padded, w = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2))), layer.weight.numpy()
    expected = sum(
        padded[:, [o // 2 for o in range(8)], 2 * i : 2 * i + 7, 2 * j : 2 * j + 7]
        * w[None, :, 0, i, j, None, None]
        for i in range(3) for j in range(3)
    )  # fmt: skip
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
    assert repr(layer) == "Conv2d(4, 8, kernel_size=(3, 3), padding=same, dilation=2, groups=4)"


def test_sequential() -> None:
    net = nn.Sequential(nn.Linear(4, 4), lp.relu)
    net.append(nn.Linear(4, 2))
    assert len(net) == 3 and net[-1] is list(net)[2] and net(X).shape == (6, 2)
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert len(nn.Sequential([nn.ReLU(), nn.ReLU()])) == 2
    with pytest.raises(lp.LimpideError, match="layer 1 is 7, not a module or a function"):
        nn.Sequential(nn.ReLU(), 7)


ALPHA = 1.6732632423543772


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
    "swish": (nn.SiLU(), lambda x: x / (1 + np.exp(-x))),
    "softmin": (nn.Softmin(), lambda x: np.exp(-x) / np.exp(-x).sum(-1, keepdims=True)),
    "log_sigmoid": (nn.LogSigmoid(), lambda x: -np.log(1 + np.exp(-x))),
    "relu6": (nn.ReLU6(), lambda x: np.clip(x, 0, 6)),
    "selu": (nn.SELU(), lambda x: 1.0507009873554805 * np.where(x > 0, x, ALPHA * np.expm1(x))),
    "celu": (nn.CELU(), lambda x: np.where(x > 0, x, np.expm1(x))),
    "mish": (nn.Mish(), lambda x: x * np.tanh(np.log(1 + np.exp(x)))),
    "softsign": (nn.Softsign(), lambda x: x / (1 + np.abs(x))),
    "tanh_shrink": (nn.Tanhshrink(), lambda x: x - np.tanh(x)),
    "exponential": (nn.Exponential(), np.exp),
    "hard_tanh": (nn.Hardtanh(), lambda x: np.clip(x, -1, 1)),
    "hard_sigmoid": (nn.Hardsigmoid(), lambda x: np.clip(x / 6 + 0.5, 0, 1)),
    "hard_swish": (nn.Hardswish(), lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    "hard_silu": (nn.Hardswish(), lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    "hard_shrink": (nn.Hardshrink(), lambda x: np.where(np.abs(x) > 0.5, x, 0)),
    "soft_shrink": (nn.Softshrink(), lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0)),
    "glu": (nn.GLU(), lambda x: x[..., :2] / (1 + np.exp(-x[..., 2:]))),
    "prelu": (nn.PReLU(), lambda x: np.where(x > 0, x, x / 4)),
}


@pytest.mark.parametrize("name", NAMES)
def test_activation(name: str) -> None:
    module, expected = ACTIVATIONS[name]
    np.testing.assert_allclose(module(X).numpy(), expected(X), rtol=1e-12, atol=1e-14)
    assert type(nn.activation(name)) is type(module)
    check_layer(module, expected, X)


@pytest.mark.parametrize("name", NAMES)
def test_activation_far_out(name: str) -> None:
    large = 700.0 if name == "exponential" else 1e3
    x = lp.tensor(np.array([-large, 0.0, 0.0, large]), requires_grad=True)
    y = nn.activation(name)(x)
    assert np.isfinite(y.numpy()).all()
    assert np.isfinite(lp.grad((y * np.arange(y.size)).sum(), x).numpy()).all()


def test_settings_of_activations() -> None:
    np.testing.assert_allclose(nn.LeakyReLU(0.5)(X).numpy(), np.where(X > 0, X, X / 2))
    np.testing.assert_allclose(nn.ELU(2.0)(X).numpy(), np.where(X > 0, X, 2 * np.expm1(X)))
    np.testing.assert_allclose(nn.Softmax(axis=0)(X).numpy().sum(0), np.ones(4))
    np.testing.assert_allclose(nn.GELU(approximate=True)(X).numpy(), nn.GELU()(X).numpy(), atol=1e-3)
    with pytest.raises(lp.LimpideError, match="no activation 'rleu'; there are identity") as caught:
        nn.activation("rleu")
    assert "did you mean 'relu'" in str(caught.value)


def test_more_settings_of_activations() -> None:
    np.testing.assert_allclose(nn.GELU("tanh")(X).numpy(), nn.GELU(approximate=True)(X).numpy())
    np.testing.assert_allclose(nn.Softplus(beta=2.0)(X).numpy(), np.log(1 + np.exp(2 * X)) / 2)
    np.testing.assert_allclose(nn.CELU(2.0)(X).numpy(), np.where(X > 0, X, 2 * np.expm1(X / 2)))
    np.testing.assert_allclose(nn.Hardtanh(-2, 0.5)(X).numpy(), np.clip(X, -2, 0.5))
    np.testing.assert_allclose(nn.Threshold(0.1, 20)(X).numpy(), np.where(X > 0.1, X, 20))
    np.testing.assert_allclose(nn.Hardshrink(2.0)(X).numpy(), np.where(np.abs(X) > 2, X, 0))
    np.testing.assert_allclose(nn.GLU(axis=0)(X).numpy(), X[:3] / (1 + np.exp(-X[3:])))
    with pytest.raises(lp.LimpideError, match="there is no approximation 'erf'"):
        nn.GELU("erf")
    assert nn.activation(np.tanh) is np.tanh


def test_a_slope_per_channel() -> None:
    layer = nn.PReLU(4).to("float64")
    layer.weight.assign(np.array([0.1, 0.2, 0.3, 0.4]))
    slopes = layer.weight.numpy()
    check_layer(layer, lambda x: np.where(x > 0, x, x * slopes), X)
    x = np.random.default_rng(0).normal(size=(2, 4, 3, 3))
    check_layer(layer, lambda x: np.where(x > 0, x, x * slopes[:, None, None]), x)
    with pytest.raises(lp.LimpideError, match="4 channels on the second axis are expected"):
        layer(np.ones((2, 3)))
