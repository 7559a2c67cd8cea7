"""The face gives what TensorFlow gave for the cases of cases_*.py: values, derivatives, variables' names."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faces.tensorflow.make_reference import run
from limpide.config import config
from limpide.faces import tensorflow as tf

HERE = Path(__file__).parent


def cases() -> Iterator[Any]:
    for file in sorted(HERE.glob("cases_*.py")):
        stored = json.loads((HERE / f"reference_{file.stem.removeprefix('cases_')}.json").read_text())
        found = importlib.import_module(f"faces.tensorflow.{file.stem}").CASES
        for name, (arrays, function) in found.items():
            yield pytest.param(name, arrays, function, stored[name], id=name)


def agree(name: str, found: list[Any], wanted: list[Any]) -> None:
    assert len(found) == len(wanted), name
    for (shape, dtype, values), (own_shape, own_dtype, own) in zip(wanted, found, strict=True):
        assert (own_shape, own_dtype) == (shape, dtype), name
        assert np.allclose(own, values, rtol=2e-4, atol=2e-4), (name, own, values)


@pytest.mark.parametrize(("name", "arrays", "function", "wanted"), list(cases()))
def test_as_tensorflow(
    name: str, arrays: list[Any], function: Any, wanted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "device", "numpy")
    found = run(tf, name, arrays, function)
    tf.reset_default_graph()
    agree(name, found["results"], wanted["results"])
    agree(f"gradients of {name}", found["gradients"], wanted["gradients"])
    assert found["variables"] == wanted["variables"]
