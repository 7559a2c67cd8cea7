"""Exporting: a model or functions to a folder, as C, as a shared library or as WebAssembly."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ArgumentError, user_frame
from ..io.files import write_atomically
from ..nn import Module
from ..nn.words import choose
from .c import File, written
from .entries import Bundle, of_functions, of_model
from .example import cmake, main_c
from .javascript import module_js, types
from .library import library
from .numbers import raw
from .targets import Target, machine_of, target_of
from .wasm import modules

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
    shared library and its header; "wasm", WebAssembly with vectors and without, and JavaScript with types.
    weights: "inside" the code, or "beside" it in a file. machine: whose vectors are written for:
    "portable", "sse", "avx2", "avx512", "neon", or "native", which is what a library is for by default.
    Raises ArgumentError where sizes are unknown, names are no C names, or training was not compiled.
    """
    form = choose("format", format, FORMATS)
    choose("weights", weights, dict.fromkeys(WEIGHTS))
    wanted = machine or form.machine
    bundle = bundle_of(target, x, y, name, train, rows, state)
    file = written(bundle, machine_of(wanted), weights)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    files = form.write(file, target_of(wanted), place) + beside(file, place, weights)
    return Exported(tuple(files), file.memory)


def c_files(file: File, target: Target, folder: Path) -> list[Path]:
    """The C with its header, an example and the lines for CMake."""
    texts = {"h": file.header, "c": file.source}
    named = {f"{file.name}.{ending}": text for ending, text in texts.items()}
    return put(folder, named | {"main.c": main_c(file), "CMakeLists.txt": cmake(file, target)})


def library_files(file: File, target: Target, folder: Path) -> list[Path]:
    """A shared library and its header."""
    return [*put(folder, {f"{file.name}.h": file.header}), library(file, target, folder)]


def wasm_files(file: File, target: Target, folder: Path) -> list[Path]:
    """WebAssembly, and JavaScript with its types."""
    texts = {f"{file.name}.js": module_js(file), f"{file.name}.d.ts": types(file)}
    return [*modules(file, folder), *put(folder, texts)]


class Format(NamedTuple):
    """machine: what is written for, where none is named."""

    machine: str
    write: Callable[[File, Target, Path], list[Path]]


FORMATS = {
    "c": Format("portable", c_files),
    "library": Format("native", library_files),
    "wasm": Format("wasm", wasm_files),
}


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


def beside(file: File, folder: Path, weights: str) -> list[Path]:
    """The file of the state, where it does not stand in the code."""
    if weights == "inside" or not file.state:
        return []
    return put(folder, {f"{file.name}.weights": b"".join(map(raw, file.values))})


def put(folder: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    """Write files whole; gives their paths."""
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        write_atomically(folder / name, functools.partial(_put, data))
    return [folder / name for name in files]


def _put(data: bytes, path: Path) -> None:
    path.write_bytes(data)
