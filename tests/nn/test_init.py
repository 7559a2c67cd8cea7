"""Initial values: their moments, their seeds, their errors."""

from __future__ import annotations

import numpy as np
import pytest

import limpide as lp
from limpide import nn

SHAPE = (300, 200)
# name -> (mean, standard deviation, largest absolute value or None)
MOMENTS = {
    "zeros": (0, 0, 0),
    "ones": (1, 0, 1),
    "constant": (0, 0, 0),
    "normal": (0, 0.05, None),
    "standard_normal": (0, 1, None),
    "uniform": (0, 0.05 / 3**0.5, 0.05),
    "glorot_uniform": (0, (2 / 500) ** 0.5, (6 / 500) ** 0.5),
    "glorot_normal": (0, (2 / 500) ** 0.5, None),
    "he_uniform": (0, (2 / 300) ** 0.5, (6 / 300) ** 0.5),
    "he_normal": (0, (2 / 300) ** 0.5, None),
    "truncated_normal": (0, 0.05 * 0.8796, 0.1),
    "variance_scaling": (0, (1 / 300) ** 0.5, 2 * (1 / 300) ** 0.5 / 0.8796),
    "orthogonal": (0, 300**-0.5, None),
    "identity": (1 / 300, (1 / 300 * (1 - 1 / 300)) ** 0.5, 1),
    "sparse": (0, 0.01 * 0.1**0.5, None),
    "lecun_uniform": (0, (1 / 300) ** 0.5, (3 / 300) ** 0.5),
    "lecun_normal": (0, (1 / 300) ** 0.5, None),
}
SYNONYMS = {"xavier": "glorot", "kaiming": "he", "eye": "identity"}


@pytest.mark.parametrize("name", [name for name in nn.init.NAMES if name != "dirac"])
def test_moments(name: str) -> None:
    for other, ours in SYNONYMS.items():
        name = name.replace(other, ours)
    mean, std, edge = MOMENTS[name]
    values = nn.init.make(name, SHAPE, seed=5, dtype="float64")
    assert values.shape == SHAPE and values.dtype == np.float64
    assert abs(values.mean() - mean) <= 0.02 * std  # 5 standard errors of 60,000 values
    assert abs(values.std() - std) <= 0.02 * std
    assert edge is None or np.abs(values).max() <= edge


@pytest.mark.parametrize("other", ["xavier", "kaiming"])
def test_synonyms(other: str) -> None:
    for kind in ("uniform", "normal"):
        first = nn.init.make(f"{other}_{kind}", SHAPE, seed=1)
        assert (first == nn.init.make(f"{SYNONYMS[other]}_{kind}", SHAPE, seed=1)).all()


def test_fans_of_convolutions() -> None:
    assert nn.init.fans((16, 3, 5, 5)) == (75, 400)
    values = nn.init.he_normal((64, 32, 3, 3), seed=0)
    assert abs(values.std() - (2 / 288) ** 0.5) < 0.02 * (2 / 288) ** 0.5
    with pytest.raises(lp.LimpideError, match=r"the fans of shape \(3,\) are not defined"):
        nn.init.glorot_uniform((3,))


def test_seeds() -> None:
    nn.init.seed(1)
    first = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)).state_dict()
    nn.init.seed(1)
    again = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)).state_dict()
    assert all((first[name] == again[name]).all() for name in first)
    assert (nn.init.normal((9,), seed=3) == nn.init.normal((9,), seed=3)).all()
    assert (nn.init.normal((9,)) != nn.init.normal((9,))).any()


def test_functions_of_a_shape() -> None:
    layer = nn.Linear(2, 3, init=lambda shape: np.full(shape, 2.0), bias_init="ones")
    assert layer.weight.numpy().tolist() == [[2, 2, 2]] * 2 and layer.bias.numpy().tolist() == [1, 1, 1]
    assert layer.weight.dtype == np.float32
    with pytest.raises(lp.LimpideError, match=r"initial values of shape \(3, 2\) were given for \(2, 3\)"):
        nn.Linear(2, 3, init=lambda shape: np.zeros(shape[::-1]))
    with pytest.raises(lp.LimpideError, match="neither a name nor a function"):
        nn.Linear(2, 3, init=0)  # type: ignore[arg-type]


def test_unknown_name() -> None:
    with pytest.raises(
        lp.LimpideError, match="no initialiser 'xavier_unifrom'; there are zeros, ones"
    ) as caught:
        nn.Linear(2, 3, init="xavier_unifrom")
    assert "did you mean 'xavier_uniform'?" in str(caught.value)
    assert "test_init.py" in str(caught.value)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (6, 2, 2, 1)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    w = nn.init.orthogonal(shape, gain=2.0, seed=0, dtype="float64").reshape(shape[0], -1)
    small = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-12)
    with pytest.raises(lp.LimpideError, match=r"orthogonal needs two axes or more, not shape \(3,\)"):
        nn.init.orthogonal((3,))


def test_structures() -> None:
    assert (nn.init.identity((2, 3), gain=3.0) == 3 * np.eye(2, 3)).all()
    with pytest.raises(lp.LimpideError, match="identity goes with two axes"):
        nn.init.identity((2, 3, 4))
    layer = nn.Conv2d(4, 4, 3, padding=1, groups=2, init=lambda shape: nn.init.dirac(shape, groups=2))
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 5))
    np.testing.assert_array_equal(layer(x).numpy(), x)
    with pytest.raises(lp.LimpideError, match="dirac goes with weights of convolutions"):
        nn.init.dirac((2, 3))
    sparse = nn.init.sparse((100, 7), sparsity=0.25, seed=1)
    assert ((sparse == 0).sum(0) == 25).all()


def test_cuts_of_a_truncated_normal() -> None:
    values = nn.init.truncated_normal((10_000,), mean=1.0, std=2.0, low=0.5, high=1.25, seed=0)
    assert values.min() >= 0.5 and values.max() <= 1.25


def test_gains_and_fans() -> None:
    gains = {"linear": 1, "sigmoid": 1, "tanh": 5 / 3, "relu": 2**0.5, "selu": 0.75}
    for name, gain in gains.items():
        assert abs(nn.init.calculate_gain(name) - gain) < 1e-15
    assert abs(nn.init.calculate_gain("leaky_relu", 0.2) - (2 / 1.04) ** 0.5) < 1e-15
    out = nn.init.he_normal((300, 50), mode="fan_out", a=1.0, seed=0, dtype="float64")
    assert abs(out.std() - 50**-0.5) < 0.02 * 50**-0.5
    plain = nn.init.variance_scaling(SHAPE, 3.0, "fan_out", "normal", seed=0, dtype="float64")
    assert abs(plain.std() - (3 / 200) ** 0.5) < 0.02 * (3 / 200) ** 0.5
    for wrong in ({"mode": "fan_up"}, {"distribution": "cauchy"}):
        with pytest.raises(lp.LimpideError, match="there is no"):
            nn.init.variance_scaling(SHAPE, **wrong)  # type: ignore[arg-type]
    with pytest.raises(lp.LimpideError, match="there is no nonlinearity 'relo'"):
        nn.init.calculate_gain("relo")
