from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn

X = np.random.default_rng(0).normal(size=(2, 4, 6, 6)).astype(np.float32)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_layers_compute_what_the_functions_do(rank: int) -> None:
    x = np.ones((2, 4, *(5,) * rank), np.float32)
    layer: Any = getattr(nn, f"Conv{rank}d")(4, 6, 3, padding=1, stride=2, groups=2, bias_init="normal")
    own = getattr(lp, f"conv{rank}d")(x, layer.weight, layer.bias, padding=1, stride=2, groups=2)
    assert layer.weight.shape == (6, 2, *(3,) * rank) and np.array_equal(layer(x).numpy(), own.numpy())
    back: Any = getattr(nn, f"ConvTranspose{rank}d")(6, 4, 3, stride=2, padding=1, groups=2)
    assert back.weight.shape == (6, 2, *(3,) * rank) and back(own).shape == x.shape
    assert getattr(nn, f"MaxPool{rank}d")(2)(x).shape == (2, 4, *(2,) * rank)
    assert getattr(nn, f"AvgPool{rank}d")(2, stride=1)(x).shape == (2, 4, *(4,) * rank)


def test_channels_last_has_weights_as_in_keras() -> None:
    layer = nn.Conv2d(4, 3, (2, 5), layout="NHWC", padding="same", seed=1)
    same = nn.Conv2d(4, 3, (2, 5), padding="same", seed=1)
    assert layer.weight.shape == (2, 5, 4, 3)
    first, last = same(X).numpy(), layer(X.transpose(0, 2, 3, 1)).numpy()
    np.testing.assert_allclose(last, first.transpose(0, 2, 3, 1), rtol=1e-5, atol=1e-5)


def test_integers_become_floats_and_gradients_arrive() -> None:
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3, 2))
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "4.weight", "4.bias"]
    y = net(np.ones((5, 1, 4, 4), np.uint8))
    assert y.shape == (5, 2) and y.dtype == np.float32
    gradients = lp.grad(y.sum(), net.parameters())
    assert [g.shape for g in gradients] == [p.shape for p in net.parameters()]


def test_what_is_no_layer() -> None:
    with pytest.raises(lp.LimpideError, match="outputs is 0, not a positive number"):
        nn.Conv2d(3, 0, 3)
    with pytest.raises(lp.LimpideError, match="inputs is 3, not a positive multiple of 2 groups"):
        nn.Conv2d(3, 4, 3, groups=2)
