"""Symbols that a script asked for and that no face has: recorded, and told in the summary of a run."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from ..errors import UnknownNameError, Where, user_frame
from .names import behind

PROBES = ("__", "_repr_", "_ipython_")  # what Python and IPython ask of any object

_missing: dict[str, Where | None] = {}


def record(symbol: str) -> None:
    """Note that `symbol` (`theano.tensor.foo`, `tf.nn.conv2d(dilations=)`) was asked for in vain."""
    _missing.setdefault(symbol, user_frame())


def recorded() -> dict[str, Where | None]:
    """Every missing symbol, in the order in which they were asked for, with the user's first line."""
    return dict(_missing)


def forget() -> None:
    """Start a new record."""
    _missing.clear()


def attributes(public: str, names: dict[str, Any]) -> Callable[[str], Any]:
    """The `__getattr__` of the module that scripts know as `public`; names: the module's globals.

    A submodule is imported when it is first asked for. Anything else is recorded and raises
    UnknownNameError, an AttributeError, with the nearest name as a hint.

    >>> __getattr__ = attributes("theano.tensor", globals())
    """

    def missing(name: str) -> Any:
        found = None if name.startswith("__") else submodule(f"{public}.{name}")
        return unknown(public, name, names) if found is None else found

    return missing


def submodule(public: str) -> ModuleType | None:
    """The module behind a dotted name if limpide has one."""
    target = behind(public)
    return importlib.import_module(target) if target is not None and exists(target) else None


def exists(module: str) -> bool:
    """Whether there is a module of this dotted name, without running it (its parents are run)."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def unknown(owner: str, name: str, names: dict[str, Any]) -> Any:
    """Record `owner.name` as missing and raise UnknownNameError; names: those that are there."""
    if name.startswith(PROBES):
        raise AttributeError(f"'{owner}' has no attribute '{name}'")
    record(f"{owner}.{name}")
    near = get_close_matches(name, [each for each in names if not each.startswith("_")], n=1)
    hint = f"did you mean '{owner}.{near[0]}'?" if near else None
    raise UnknownNameError(owner, f"has no '{name}' here", hint=hint)
