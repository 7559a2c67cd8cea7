"""Meaning is tested on the NumPy device; modules that say COMPILED, in compiled code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from limpide import config


@pytest.fixture(autouse=True)
def device(request: pytest.FixtureRequest) -> Iterator[None]:
    before = config.device
    if not getattr(request.module, "COMPILED", False):
        config.device = "numpy"
    yield
    config.device = before
