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
    "lecun_uniform": (0, (1 / 300) ** 0.5, (3 / 300) ** 0.5),
    "lecun_normal": (0, (1 / 300) ** 0.5, None),
}
SYNONYMS = {"xavier": "glorot", "kaiming": "he"}


@pytest.mark.parametrize("name", nn.init.NAMES)
def test_moments(name: str) -> None:
    for other, ours in SYNONYMS.items():
        name = name.replace(other, ours)
    mean, std, edge = MOMENTS[name]
    values = nn.init.make(name, SHAPE, seed=5, dtype="float64")
    assert values.shape == SHAPE and values.dtype == np.float64
    assert abs(values.mean() - mean) <= 0.02 * std  # 5 standard errors of 60,000 values
    assert abs(values.std() - std) <= 0.02 * std
    assert edge is None or np.abs(values).max() <= edge


@pytest.mark.parametrize("other", SYNONYMS)
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
