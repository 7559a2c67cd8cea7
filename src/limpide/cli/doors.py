"""What the command line hands on to other parts of limpide, each imported only when it is asked for."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from limpide.errors import ArgumentError, LimpideError
from limpide.labs import LABS, load

from .lab import check


def explanation(f: Any) -> str:
    """All that stands between a formula and its C, as text."""
    explain = getattr(f, "explain", None)
    if explain is None:
        raise ArgumentError(
            "explain",
            f"a {type(f).__name__} cannot be explained",
            hint="name what lp.function or @lp.compile gave",
        )
    return str(explain())


def benchmark(args: list[str]) -> int:
    """Run the benchmarks; their exit code."""
    if importlib.util.find_spec("limpide.bench") is None:
        raise LimpideError("bench", "this installation of limpide has no benchmarks")
    return int(importlib.import_module("limpide.bench").main(args) or 0)


def target(text: str) -> Any:
    """What a TARGET names: the example of a lab, FILE.py:NAME or MODULE:NAME.

    Raises ArgumentError where there is no such thing, and what the file itself raises.
    """
    place, colon, name = text.rpartition(":")
    if not colon:
        check(text)
        return load(text).explained()
    module = _from_file(Path(place)) if place.endswith(".py") else _from_path(place)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            near = get_close_matches(part, vars(found) if hasattr(found, "__dict__") else (), n=1)
            hint = f"did you mean '{near[0]}'?" if near else None
            raise ArgumentError("explain", f"{place} has no '{part}'", hint=hint)
        found = getattr(found, part)
    return found


def _from_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise ArgumentError("explain", f"there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent.absolute()))  # as when Python runs the file itself
    spec.loader.exec_module(module)
    return module


def _from_path(name: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        hint = f"a lab is one of {', '.join(LABS)}" if error.name == name else None
        raise ArgumentError("explain", f"there is no module '{error.name}'", hint=hint) from error
