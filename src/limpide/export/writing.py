"""Exporting: a model or functions to a folder, as C, as a shared library or as WebAssembly."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, user_frame
from ..io.files import write_atomically
from ..nn import Module
from ..nn.words import choose
from .c import File, written
from .entries import Bundle, of_functions, of_model
from .example import cmake, main_c
from .library import library
from .numbers import raw
from .targets import TARGETS, machine_of, target_of

FORMATS = ("c", "library")
WEIGHTS = ("inside", "beside")


@dataclass(frozen=True)
class Exported:
    """What an export wrote: the files, and bytes of static memory that the code needs."""

    files: tuple[Path, ...]
    memory: int

    def __str__(self) -> str:
        lines = [f"{path}: {path.stat().st_size:,} bytes" for path in self.files]
        return "\n".join([*lines, f"static memory: {self.memory:,} bytes"])


def export(
    target: Any,
    folder: str | os.PathLike[str],
    x: Any = None,
    y: Any = None,
    *,
    name: str | None = None,
    train: bool = False,
    rows: int | None = None,
    format: str = "c",
    weights: str = "inside",
    machine: str | None = None,
    state: Mapping[str, Any] | None = None,
) -> Exported:
    """Write code that runs without Python: inference, and with `train` the step of training.

    target: a module, or functions by name: {"step": f} or {"step": (f, *example arguments)}.
    folder: for the files, which are called after `name`. x, y: for a module, a batch of inputs and labels
    as `predict` and `fit` take them, of which only shapes and dtypes count; rows: of what `predict` takes
    at a time (all of x). state: names for the parameters of functions.
    format: "c", one freestanding C99 file with a header, an example and a CMakeLists.txt; "library", a
    shared library and its header.
    weights: "inside" the code, or "beside" it in a file. machine: whose vectors are written for:
    "portable", "sse", "avx2", "avx512", "neon", or "native", which is what a library is for by default.
    Raises ArgumentError where sizes are unknown, names are no C names, or training was not compiled.
    """
    choose("format", format, dict.fromkeys(FORMATS))
    choose("weights", weights, dict.fromkeys(WEIGHTS))
    wanted = machine or ("native" if format == "library" else "portable")
    bundle = bundle_of(target, x, y, name, train, rows, state)
    file = written(bundle, machine_of(wanted), weights)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    texts = {f"{file.name}.h": file.header}
    if format == "c":
        texts |= {
            f"{file.name}.c": file.source,
            "main.c": main_c(file),
            "CMakeLists.txt": cmake(file, target_of(wanted)),
        }
    files = [_written(place / path, text.encode()) for path, text in texts.items()]
    if format == "library":
        files.append(library(file, target_of(wanted), place))
    if weights == "beside" and file.state:
        files.append(_written(place / f"{file.name}.weights", b"".join(map(raw, file.values))))
    return Exported(tuple(files), file.memory)


def bundle_of(
    target: Any,
    x: Any = None,
    y: Any = None,
    name: str | None = None,
    train: bool = False,
    rows: int | None = None,
    state: Mapping[str, Any] | None = None,
) -> Bundle:
    """What `export` writes for these arguments."""
    if isinstance(target, Module):
        if x is None:
            hint = 'give a batch: x=np.zeros((1, 28, 28), "uint8")'
            raise ArgumentError(
                "export", "the size of the inputs is not known", where=user_frame(), hint=hint
            )
        return of_model(target, x, y, name or _plain(type(target).__name__), train, rows)
    if not isinstance(target, Mapping):
        raise ArgumentError(
            "export", f"{type(target).__name__} is no model", where=user_frame(),
            hint="give a module, or functions by name: {'step': (f, *arguments)}",
        )  # fmt: skip
    return of_functions(target, name or "model", state or {})


def _plain(name: str) -> str:
    """The name of a class as that of a file."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _written(path: Path, data: bytes) -> Path:
    write_atomically(path, lambda beside: _put(beside, data))
    return path


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


__all__ = ["TARGETS", "Exported", "File", "bundle_of", "export"]
