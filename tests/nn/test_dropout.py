"""Dropout: how much falls out, the same numbers on every device, evaluation mode, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn
from ops.check import configured, devices

KINDS: dict[str, tuple[Any, tuple[int, ...], tuple[int, ...]]] = {  # kind, input, shape of the choice
    "Dropout": (nn.Dropout, (40, 50), (40, 50)),
    "Dropout1d": (nn.Dropout1d, (40, 50, 3), (40, 50, 1)),
    "Dropout2d": (nn.Dropout2d, (40, 50, 2, 3), (40, 50, 1, 1)),
    "Dropout3d": (nn.Dropout3d, (40, 50, 2, 1, 2), (40, 50, 1, 1, 1)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("p", [0.2, 0.5])
def test_dropout_is_a_draw_of_the_stream(kind: str, p: float) -> None:
    """The same elements are dropped eagerly and on every device: those where a uniform number is below p."""
    make, shape, choice = KINDS[kind]
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    kept = lp.random.Generator(3).random(choice, dtype="float32").numpy() >= p
    expected = np.where(kept, x / np.float32(1 - p), 0)
    assert abs(kept.mean() - (1 - p)) < 0.05
    np.testing.assert_allclose(make(p, seed=3)(x).numpy(), expected, rtol=1e-6)
    for device in devices():
        with configured(device=device):
            layer = make(p, seed=3)
            np.testing.assert_allclose(lp.compile(layer.forward)(x).numpy(), expected, rtol=1e-6)
    assert layer.eval()(x).numpy() is not x and (layer(x).numpy() == x).all()


def test_every_call_drops_others_and_seeds_repeat() -> None:
    x = np.ones(200, np.float32)
    layer = nn.Dropout(0.5)
    lp.random.seed(4)
    first, second = layer(x).numpy(), layer(x).numpy()
    assert (first != second).any()
    f = lp.compile(layer.forward)
    lp.random.seed(4)
    assert (f(x).numpy() == first).all() and (f(x).numpy() == second).all()


def test_gradient_of_dropout() -> None:
    layer = nn.Dropout(0.25, seed=1)
    x = lp.tensor(np.ones(50), requires_grad=True)
    y = layer(x)
    np.testing.assert_allclose(lp.grad(y.sum(), x).numpy(), y.numpy())


def test_edges() -> None:
    x = np.ones((3, 4))
    assert (nn.Dropout(0)(x).numpy() == 1).all() and (nn.Dropout(1)(x).numpy() == 0).all()
    assert (nn.AlphaDropout(1)(x).numpy() == 0).all() and (nn.AlphaDropout(0)(x).numpy() == 1).all()
    with pytest.raises(lp.LimpideError, match="p is 1.5, not a probability"):
        nn.Dropout(1.5)
    with pytest.raises(lp.LimpideError, match=r"the input has shape \(3, 4\), but 4 axes are expected"):
        nn.Dropout2d(0.5)(x)
    last = nn.Dropout2d(0.5, seed=0, layout="NHWC")(np.ones((4, 3, 3, 8))).numpy()
    assert (last == last[:, :1, :1]).all() and 0 < last.mean() < 2
    with pytest.raises(lp.LimpideError, match="net.eval"):
        nn.Dropout()(lp.input("x", (3,)))


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    x = np.random.default_rng(0).normal(size=200_000)
    y = nn.AlphaDropout(0.3, seed=0)(x).numpy()
    assert abs(y.mean()) < 0.01 and abs(y.std() - 1) < 0.01
    q, low = 0.7, -1.6732632423543772 * 1.0507009873554805
    scale = (q + low**2 * q * 0.3) ** -0.5
    kept = lp.random.Generator(0).random(x.shape, dtype="float32").numpy() >= 0.3
    np.testing.assert_allclose(y, scale * np.where(kept, x, low) - scale * low * 0.3, rtol=1e-6, atol=1e-9)
