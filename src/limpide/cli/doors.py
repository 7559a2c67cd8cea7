"""What the command line hands on to other parts of limpide, each imported only when it is asked for."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from limpide.errors import ArgumentError, LimpideError
from limpide.labs import LABS, load
from limpide.labs.kit.shell import command

from .lab import check


def explanation(text: str, level: int, shapes: list[str] | None = None) -> Any:
    """The report on a TARGET: a step of a lab, the model of FILE.onnx, or what a file or a module has."""
    if ":" not in text and not text.endswith(".onnx"):
        if text.endswith(".py"):
            raise ArgumentError("explain", f"which function of {text}?", hint=f"{text}:NAME")
        check(text)
        return load(text).explained(level)
    given = [_shape(shape) for shape in shapes] if shapes else None
    return importlib.import_module("limpide.explain").explain(target(text), level=level, shapes=given)


def _shape(text: str) -> tuple[int, ...]:
    """ "32,784" -> (32, 784); "" -> ()."""
    parts = [part.strip() for part in text.replace("x", ",").strip("()").split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise ArgumentError("explain", f"--shape {text} is not a shape", hint="as in --shape 32,784")
    return tuple(int(part) for part in parts)


def saved_page(report: Any, path: Path) -> str:
    """Write a report as a page, whatever the file is called."""
    try:
        return f"written: {report.save_page(path)}"
    except OSError as error:
        raise ArgumentError("explain", f"{path} cannot be written: {error.strerror}") from error


def saved(report: Any, path: Path) -> str:
    """Write a report to a file; gives what to say about it."""
    try:
        return f"written: {report.save(path)}"
    except OSError as error:
        raise ArgumentError("explain", f"{path} cannot be written: {error.strerror}") from error


def benchmark(args: list[str]) -> None:
    """Run the benchmarks with their own options; ends with their exit code."""
    main = importlib.import_module("limpide.bench").main
    command(main, "bench")(args=args, prog_name="limpide bench")


def target(text: str, op: str = "explain") -> Any:
    """What FILE.py:NAME or MODULE:NAME is, or the model of FILE.onnx.

    Raises ArgumentError where there is no such thing.
    """
    if text.endswith(".onnx"):
        return importlib.import_module("limpide.onnx").load(text)
    place, _, name = text.rpartition(":")
    if not place or not name:
        raise ArgumentError(op, f"'{text}' names nothing", hint="FILE.py:NAME or MODULE:NAME")
    module = _from_file(Path(place), op) if place.endswith(".py") else _from_path(place, op)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            near = get_close_matches(part, vars(found) if hasattr(found, "__dict__") else (), n=1)
            hint = f"did you mean '{near[0]}'?" if near else None
            raise ArgumentError(op, f"{place} has no '{part}'", hint=hint)
        found = getattr(found, part)
    return found


def _from_file(path: Path, op: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise ArgumentError(op, f"there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent.absolute()))  # as when Python runs the file itself
    try:
        spec.loader.exec_module(module)
    except LimpideError:
        raise
    except Exception as error:
        own = [f.lineno or 0 for f in traceback.extract_tb(error.__traceback__) if f.filename == spec.origin]
        where = (str(path.absolute()), own[-1]) if own else None
        raise ArgumentError(op, f"{type(error).__name__}: {error}", where=where) from error
    return module


def _from_path(name: str, op: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        hint = f"a lab is one of {', '.join(LABS)}" if error.name == name else None
        raise ArgumentError(op, f"there is no module '{error.name}'", hint=hint) from error
