"""`limpide export`: code for places without Python."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from limpide.dtypes import as_dtype
from limpide.errors import ArgumentError, LimpideError

from .doors import target

SIZES = re.compile(r"(\d+(?:x\d+)*)?(?::(\w+))?")


class Format(StrEnum):
    c = "c"
    library = "library"
    wasm = "wasm"


class Weights(StrEnum):
    inside = "inside"
    beside = "beside"


def export(
    text: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="FILE.py:NAME or MODULE:NAME of a model, FILE.onnx, lab:NAME."),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder for the files (default: the name).")] = None,
    name: Annotated[str | None, typer.Option(help="What the code is called (default: NAME).")] = None,
    train: Annotated[bool, typer.Option("--train", help="And the step of training, as compiled.")] = False,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="SIZES[:DTYPE]", help="A batch of inputs: 1x28x28:uint8."),
    ] = None,
    labels: Annotated[
        str | None, typer.Option(metavar="SIZES[:DTYPE]", help="Its labels, for --train: 20:uint8.")
    ] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="Samples that predict takes at a time.")] = None,
    format: Annotated[Format, typer.Option(help="C, a shared library, or WebAssembly.")] = Format.c,
    weights: Annotated[Weights, typer.Option(help="Inside the code, or in a file beside it.")] = (
        Weights.inside
    ),
    machine: Annotated[
        str | None, typer.Option(help="Vectors to write for: portable, sse, avx2, avx512, neon, native.")
    ] = None,
    load: Annotated[Path | None, typer.Option(help="Weights of the model: a .safetensors file.")] = None,
    onnx: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write an ONNX model, for any size of the batch, instead."),
    ] = None,
    web: Annotated[Path | None, typer.Option(help="Folder for the page of a lab.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of digits, for lab:digits.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Of the training, for lab:digits.")] = None,
) -> None:
    """Write code that runs without Python: inference, and with --train the step of training.

    One freestanding C99 file with its header, an example and a CMakeLists.txt; or a shared library; or
    WebAssembly and JavaScript. MODEL may also be a function of lp.function, or a dict of functions.

    lab:audio and lab:digits with --web DIR are pages that train in a browser: `limpide serve DIR` shows them.
    """
    if text.startswith("lab:"):
        print(lab_page(text.removeprefix("lab:"), web, {"load": load, "data": data, "epochs": epochs}))
        return
    found = target(text, "export")
    a_model = isinstance(found, importlib.import_module("limpide.nn").Module)
    word = name or re.sub(r"\W+", "_", text.removesuffix(".onnx").rpartition(":")[2].rpartition("/")[2])
    given: Any = [array_of(sizes) for sizes in inputs or []]
    if load is not None:
        if not a_model:
            raise ArgumentError("export", f"--load goes with a model, and {text} is none")
        found.load(load)
    if onnx is not None:
        print(as_onnx(found, onnx, given, word))
        return
    options: dict[str, Any] = {"name": word, "format": str(format), "weights": str(weights)}
    if a_model:
        y = None if labels is None else array_of(labels)
        options |= {"x": given[0] if given else None, "y": y, "train": train, "rows": rows}
    elif not isinstance(found, Mapping):
        found = {word: (found, *given)}
    write = importlib.import_module("limpide.export").export
    with folders_that_can_be_written():
        print(write(found, out or Path(word), machine=machine, **options))


def lab_page(name: str, web: Path | None, options: Mapping[str, Any]) -> Any:
    """Write the page of a lab; gives what was written."""
    if web is None:
        raise ArgumentError("export", f"lab:{name} is a page", hint="--web DIR says where to")
    write = importlib.import_module("limpide.labs.pages").write
    with folders_that_can_be_written():
        return write(name, web, **{word: value for word, value in options.items() if value is not None})


@contextmanager
def folders_that_can_be_written() -> Iterator[None]:
    """An error of limpide where a folder or a file cannot be."""
    try:
        yield
    except OSError as error:
        if isinstance(error, LimpideError):
            raise
        raise ArgumentError("export", f"{error.filename} cannot be written: {error.strerror}") from error


def as_onnx(found: Any, path: Path, given: list[Any], word: str) -> str:
    """Write an ONNX model; gives what to say about it. The first axis of a model's inputs may vary."""
    door = importlib.import_module("limpide.onnx")
    inputs: Any = given or None
    if isinstance(found, importlib.import_module("limpide.nn").Module):
        inputs = door.batches(found, given) if given else None
    made = door.export(found, path, inputs, word)
    return f"written: {path}, {len(made.graph.node)} operators, {path.stat().st_size:,} bytes"


def array_of(text: str) -> Any:
    """An array of zeros of these sizes.

    >>> array_of("2x3:uint8").shape
    (2, 3)
    """
    found = SIZES.fullmatch(text)
    if not found:
        raise ArgumentError("export", f"'{text}' is no SIZES[:DTYPE]", hint="as in 20x28x28:uint8")
    sizes = tuple(map(int, found[1].split("x"))) if found[1] else ()
    return np.zeros(sizes, as_dtype(found[2] or "float32"))
