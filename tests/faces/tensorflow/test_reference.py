"""The cases give what TensorFlow gives."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limpide.config import config
from limpide.faces import tensorflow as tf

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("tensorflow_cases", HERE / "cases.py")
assert _spec is not None and _spec.loader is not None
cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cases)
REFERENCE = json.loads((HERE / "reference.json").read_text("utf-8"))


def compare(ours: Any, theirs: Any, where: str) -> None:
    if isinstance(theirs, dict):
        assert sorted(ours) == sorted(theirs), where
        for key in theirs:
            compare(ours[key], theirs[key], f"{where}.{key}")
    elif theirs and isinstance(theirs[0], str):
        assert ours[0] == theirs[0], f"{where}: {ours[0]} for {theirs[0]}"
        if theirs[0] == "text":
            assert ours[1] == theirs[1], where
        else:
            assert np.shape(ours[1]) == np.shape(theirs[1]), where
            assert np.allclose(ours[1], theirs[1], rtol=2e-5, atol=2e-6, equal_nan=True), (
                f"{where}: {ours} {theirs}"
            )
    else:
        assert len(ours) == len(theirs), where
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            compare(a, b, f"{where}[{i}]")


@pytest.mark.parametrize("name", REFERENCE)
def test_case(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "device", "numpy")
    tf.reset_default_graph()
    compare(cases.listed(cases.CASES[name](tf)), REFERENCE[name], name)
