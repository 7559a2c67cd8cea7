"""The page of the face says what is there."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[3]


def test_the_page_is_that_of_the_face(monkeypatch: Any) -> None:
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    spec = importlib.util.spec_from_file_location("keras_page", REPOSITORY / "benchmarks" / "keras_page.py")
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.page() == (REPOSITORY / "docs" / "faces" / "keras.md").read_text("utf-8")
