"""model.save and model.load: what the file holds, and what is said where it does not fit."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn
from limpide.io import load_tensors, save_tensors


def net(hidden: int = 4, activation: Any = nn.ReLU, seed: int = 0) -> Any:
    return nn.Sequential(nn.Linear(3, hidden, seed=seed), activation(), nn.Linear(hidden, 2, seed=seed + 1))


def test_weights_come_back(tmp_path: Path) -> None:
    first, second = net(), net(seed=5)
    first.save(tmp_path / "net.safetensors")
    assert second.load(tmp_path / "net.safetensors") is second
    for name, value in first.state_dict().items():
        np.testing.assert_array_equal(second.state_dict()[name], value)
    first.save_weights(str(tmp_path / "other.safetensors"))
    assert net(seed=9).load_weights(str(tmp_path / "other.safetensors")) is not None
    arrays, texts = load_tensors(tmp_path / "net.safetensors")
    assert set(arrays) == {"0.weight", "0.bias", "2.weight", "2.bias"}
    assert texts["architecture"] == repr(first) and texts["limpide"] == lp.__version__


def test_a_file_of_another_architecture_lists_everything(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    net().save(path)
    other = nn.Sequential(
        nn.Linear(3, 5, seed=0), nn.ReLU(), nn.Linear(5, 2, seed=1), nn.Linear(2, 2, seed=2)
    )
    before = other.state_dict()
    arrays, texts = load_tensors(path)
    save_tensors(path, arrays | {"extra": np.zeros(1)}, texts)
    with pytest.raises(lp.LimpideError) as caught:
        other.load(path)
    text = str(caught.value)
    for part in (
        "nothing was loaded",
        "wrong shape 0.weight: (3, 4) given, (3, 5) expected",
        "wrong shape 0.bias: (4,) given, (5,) expected",
        "missing 3.weight",
        "missing 3.bias",
        "unexpected extra",
        f"in {path}, which was written for another architecture: '(0): Linear(",
        "test_weights.py",
    ):
        assert part in text, part
    assert all((before[name] == value).all() for name, value in other.state_dict().items())


def test_strict_false_passes_over_names(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    net().save(path)
    longer = nn.Sequential(*net(seed=7).children(), nn.Linear(2, 2, seed=3))
    with pytest.warns(UserWarning, match="was written for another architecture"):
        longer.load(path, strict=False)
    np.testing.assert_array_equal(longer.state_dict()["0.weight"], net().state_dict()["0.weight"])


def test_arrays_that_fit_another_architecture_are_told(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    net().save(path)
    with pytest.warns(
        UserWarning, match=r"fit, but it was .*: '\(1\): ReLU\(\)' there, '\(1\): Tanh\(\)' here"
    ):
        net(activation=nn.Tanh).load(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net(seed=3).load(path)


def test_files_without_a_text_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_tensors(path, net().state_dict())
    np.testing.assert_array_equal(
        net(seed=4).load(path).state_dict()["0.weight"], net().state_dict()["0.weight"]
    )
