"""The one door to the packages that limpide is compared with."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from ...errors import MissingExtraError


def load(name: str) -> Any:
    """A package, imported only now. Raises MissingExtraError where it is not installed."""
    require(name)
    return importlib.import_module(name)


def require(name: str) -> None:
    """Raises MissingExtraError where a package is not installed; imports nothing."""
    if not installed(name):
        raise MissingExtraError(name, "bench", "being compared with it")


def installed(name: str) -> bool:
    """Whether a package is there, found without importing it."""
    return importlib.util.find_spec(name) is not None
