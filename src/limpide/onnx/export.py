"""`lp.onnx.export`: a model as an ONNX file, checked before it is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..build import optimise
from ..errors import ArgumentError, user_frame
from ..io import write_atomically
from .door import library
from .write import model_of, program_of

LIMIT = 2**31 - 1  # bytes of one protobuf message


def export(
    model: Any, path: str | os.PathLike[str] | None = None, inputs: Any = None, name: str | None = None
) -> Any:
    """A model in evaluation mode, or a compiled function, as an ONNX model for inference (opset 21).

    model: a `nn.Module`, or what `lp.function` or `@lp.compile` gives. path: the file to write, or None.
    inputs: for a module one shape, as (None, 1, 28, 28) where None may vary, an example array whose shape and
    dtype are taken, or an `lp.input`; several in a list, or in a dict by the names of forward's arguments.
    Not needed where the first layer knows its shape. For `@lp.compile` the example arguments of a call.
    Parameters become initialisers of their names. Gives the `onnx.ModelProto`, which has passed
    `onnx.checker` with its full check. Large weights: `onnx.save_model` writes them to a file beside it.
    Raises MissingExtraError without the package onnx; ArgumentError for what ONNX cannot express.

    >>> import limpide as lp
    >>> made = export(lp.nn.Sequential(lp.nn.Linear(4, 3), lp.nn.Softmax()))
    >>> [node.op_type for node in made.graph.node]
    ['Gemm', 'Softmax']
    """
    onnx = library()
    program, names = program_of(model, inputs, name)
    program, _ = optimise(program)
    made = model_of(program, names)
    if made.ByteSize() <= LIMIT:
        onnx.checker.check_model(made, full_check=True)
    if path is not None:
        _save(made, Path(path))
    return made


def _save(made: Any, path: Path) -> None:
    try:
        if made.ByteSize() > LIMIT:
            library().save_model(made, path, save_as_external_data=True, location=f"{path.name}.data")
        else:
            write_atomically(path, lambda beside: _write(beside, made.SerializeToString()))
    except OSError as error:
        raise ArgumentError(
            "onnx", f"{path} cannot be written: {error.strerror or error}", where=user_frame()
        ) from error


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
