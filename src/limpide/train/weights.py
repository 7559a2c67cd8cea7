"""A model's state in a file, and what the file says about the model."""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, DataError, user_frame
from ..io import load_tensors, save_tensors
from ..nn import Module
from ..version import VERSION

ARCHITECTURE, WRITER = "architecture", "limpide"


def about(model: Module) -> dict[str, str]:
    """What a file says of the model that it belongs to."""
    return {ARCHITECTURE: repr(model), WRITER: VERSION, "format": "pt"}


def save(model: Module, path: str | os.PathLike[str]) -> None:
    """Write the state; see `nn.Module.save`."""
    save_tensors(path, {name: p.cell.value for name, p in model.named_state()}, about(model))


def load(model: Module, path: str | os.PathLike[str], strict: bool) -> None:
    """Read the state; see `nn.Module.load`."""
    arrays, metadata = load_tensors(path)
    put(model, arrays, metadata, os.fspath(path), strict)


def put(
    model: Module, arrays: Mapping[str, Any], metadata: Mapping[str, str], name: str, strict: bool = True
) -> None:
    """Give the model these arrays; all of them, or none where they do not fit."""
    other = difference(metadata.get(ARCHITECTURE), repr(model))
    try:
        model.load_state_dict(arrays, strict)
    except ArgumentError as error:
        error.what += f"\n  in {name}" + (f", which {other}" if other else "")
        raise
    if other:
        warn("load", f"the arrays of {name} fit, but it {other}")


def warn(op: str, what: str) -> None:
    """A warning at the user's line."""
    warnings.warn_explicit(f"[{op}] {what}", UserWarning, *(user_frame() or ("limpide", 1)))


def difference(written: str | None, own: str) -> str:
    """The first line in which two architectures differ, as text; nothing where they do not."""
    if written is None or written == own:
        return ""
    pairs = itertools.zip_longest(written.splitlines(), own.splitlines(), fillvalue="nothing")
    theirs, ours = next((a, b) for a, b in pairs if a != b)
    return f"was written for another architecture: '{theirs.strip()}' there, '{ours.strip()}' here"


def as_error(name: str, what: str) -> DataError:
    """A file that is whole, but not what it should be."""
    return DataError("load", f"{name}: {what}")
