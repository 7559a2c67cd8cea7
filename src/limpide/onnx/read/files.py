"""ONNX files as messages, and the arrays in them: nothing is believed that a file claims."""

from __future__ import annotations

import os
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from ...dtypes import FLOAT32, STORAGE, in_native_order
from ...errors import DataError
from ...graph import Array
from ..door import library
from ..types import NAMES, NUMBERS, STRING

# What parsing and converting can raise for what a file claims.
DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, MemoryError, OSError,
          ArithmeticError, RecursionError, NotImplementedError)  # fmt: skip
WIDENED = {  # ONNX's numbers of small types -> in which dtype their values are kept
    **dict.fromkeys((10, 17, 18, 19, 20, 23), FLOAT32),
    **dict.fromkeys((21, 25), np.dtype(np.uint8)),
    **dict.fromkeys((22, 26), np.dtype(np.int8)),
}
LARGEST = 2**40  # bytes


def damaged(what: str, hint: str | None = None) -> DataError:
    return DataError("onnx", what, hint=hint)


def read(source: Any) -> tuple[Any, Path | None]:
    """The ModelProto of a path, of bytes, or as it is; and the folder beside which other files may be.

    Raises DataError where it is none.
    """
    onnx = library()
    if isinstance(source, onnx.ModelProto):
        return source, None
    if isinstance(source, (bytes, bytearray)):
        return _parsed(bytes(source), "the bytes"), None
    path = Path(os.fspath(source))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise damaged(f"{path} cannot be read: {error.strerror or error}") from None
    return _parsed(content, str(path)), path.absolute().parent


def _parsed(content: bytes, name: str) -> Any:
    model = library().ModelProto()
    try:
        model.ParseFromString(content)
    except Exception as error:  # DecodeError of protobuf, which is not ours to import
        raise damaged(
            f"{name} is no whole ONNX model: {error}", "it was cut, or is of another format"
        ) from None
    if not model.HasField("graph"):
        raise damaged(f"{name} is no ONNX model: it has no graph")
    return model


def text(value: Any) -> str:
    """A text of a message."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


# ---------------------------------------------------------------------------------------------- arrays
def array_of(tensor: Any, folder: Path | None) -> Array:
    """The array of a TensorProto in one of our dtypes; floats of fewer bits become float32.

    Raises DataError where its contents do not fill its shape, or are in a file outside of the folder.
    """
    name, kind, shape = tensor.name or "a constant", tensor.data_type, tuple(tensor.dims)
    if kind not in NUMBERS and kind not in WIDENED:
        what = "strings" if kind == STRING else NAMES.get(kind, f"element type {kind}")
        raise damaged(f"'{name}' holds {what}, which limpide does not compute with")
    if any(size < 0 for size in shape) or prod(shape) * 8 > LARGEST:
        raise damaged(f"'{name}' has the shape {shape}")
    if tensor.data_location == 1:
        _inline(tensor, name, folder)
    try:
        array = np.asarray(library().numpy_helper.to_array(tensor))
    except DAMAGE as error:
        raise damaged(f"'{name}' of shape {shape} is damaged: {error}") from None
    array = in_native_order(array)
    wanted = NUMBERS[kind] if kind in NUMBERS else WIDENED[kind]
    if array.dtype != wanted and wanted not in STORAGE:
        array = array.astype(wanted)
    if array.shape != shape:
        raise damaged(f"'{name}' is told to have shape {shape}, but has {array.shape}")
    return np.array(array, order="C")


def _inline(tensor: Any, name: str, folder: Path | None) -> None:
    """Read what a tensor keeps in another file."""
    told = {entry.key: entry.value for entry in tensor.external_data}
    location = told.get("location", "")
    if folder is None:
        raise damaged(f"'{name}' is in the file '{location}', but the model is not read from a folder")
    place = _inside(folder, location, name)
    try:
        offset, length = int(told.get("offset", 0)), told.get("length")
        total = place.stat().st_size
        count = total - offset if length is None else int(length)
        if offset < 0 or count < 0 or offset + count > total:
            raise damaged(f"'{name}' is {count} bytes from {offset} on, but {location} has {total}")
        with place.open("rb") as file:
            file.seek(offset)
            tensor.raw_data = file.read(count)
    except (OSError, ValueError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        raise damaged(f"'{name}' cannot be read from {location}: {error}") from None
    tensor.data_location = 0
    del tensor.external_data[:]


def _inside(folder: Path, location: str, name: str) -> Path:
    """A file in the model's own folder. Raises DataError for any other place, behind links too."""
    try:
        root, place = folder.resolve(), (folder / location).resolve()
        regular = place.is_file()
    except (OSError, ValueError, RuntimeError):
        root, place, regular = folder, folder, False
    if not location or Path(location).is_absolute() or root not in place.parents:
        raise damaged(f"'{name}' is told to be in '{location}', which is outside of the model's folder")
    if not regular:
        raise damaged(f"'{name}' is told to be in '{location}', which is not there")
    return place
