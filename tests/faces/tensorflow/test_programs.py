"""Programs in the dialect, as scripts import it."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limpide.config import config
from limpide.faces import finder, missing
from limpide.faces import tensorflow as tf

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(config, "device", "numpy")
    tf.reset_default_graph()
    missing.forget()
    finder.install()
    try:
        yield lambda name: runpy.run_path(str(PROGRAMS / name))
    finally:
        finder.uninstall()
        tf.reset_default_graph()


def test_perceptrons(run: Any) -> None:
    found = run("perceptrons.py")
    assert found["root"] == pytest.approx(2.0)
    assert found["binary"][-1] < found["binary"][0]
    assert found["deep"][-1] < found["deep"][0]
    assert found["names"][2:4] == ["hidden_1/weights:0", "hidden_1/bias:0"]
    assert missing.recorded() == {}


def test_names_from_before_1(run: Any) -> None:
    found = run("before_1.py")
    joined, packed, chosen, products, total, means = found["results"]
    assert joined.tolist() == [[1], [3], [2], [4]] and packed.tolist() == [[3, 4], [1, 2]]
    assert chosen.tolist() == [[-1, -2], [3, 4]] and products.tolist() == [[[7, 10], [15, 22]]]
    assert total.tolist() == [2, 18] and np.allclose(means, [[2, 3]])
    assert found["last"] < 0.1 and found["counted"] == 1
    assert [v.tag for v in found["summary"].values] == ["cost", "w_1"]
