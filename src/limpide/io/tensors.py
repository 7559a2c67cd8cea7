"""Arrays by name in one file. The one door to safetensors: nothing in such a file is ever executed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..dtypes import BFLOAT16
from ..errors import DataError, MissingExtraError
from .files import write_atomically

Array = np.ndarray[Any, np.dtype[Any]]


def _door() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise MissingExtraError("safetensors", "safetensors", "a file of weights") from None
    return safetensors


def save_tensors(
    path: str | os.PathLike[str], arrays: Mapping[str, Any], metadata: Mapping[str, str] | None = None
) -> None:
    """Write arrays by name, and texts about them, as a safetensors file; atomically.

    arrays: of any shapes; floats, integers or bools. Raises MissingExtraError without safetensors.

    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/two.safetensors"
    >>> save_tensors(path, {"a": np.arange(3), "b": np.float32(1)}, {"made": "by hand"})
    >>> arrays, metadata = load_tensors(path)
    >>> arrays["a"].tolist(), metadata
    ([0, 1, 2], {'made': 'by hand'})
    """
    library = _door()
    given = {name: np.array(array, order="C", ndmin=0, copy=None) for name, array in arrays.items()}
    texts = dict(metadata) if metadata else None
    write_atomically(path, lambda beside: library.numpy.save_file(given, beside, texts))


def load_tensors(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and the texts of a safetensors file, from whatever library it is.

    Raises DataError that names the file where it is missing, cut, damaged, or holds what NumPy has no
    dtype for. The arrays are the caller's own.
    """
    library = _door()
    name = os.fspath(path)
    if not Path(name).is_file():
        raise DataError("load", f"there is no file {name}")
    try:
        with library.safe_open(name, framework="numpy") as file:
            stored = {key: file.get_slice(key).get_dtype() for key in file.keys()}  # noqa: SIM118
            arrays = {key: np.array(file.get_tensor(key)) for key in stored if stored[key] != "BF16"}
            texts = dict(file.metadata() or {})
        if "BF16" in stored.values():
            arrays |= _of_bfloat16(library, name)
        return {key: arrays[key] for key in stored}, texts
    except (library.SafetensorError, *_DAMAGE) as error:
        raise DataError(
            "load",
            f"{name} is no whole safetensors file: {error}",
            hint="it was cut or changed after it was written, or it is of another format",
        ) from None


def _of_bfloat16(library: Any, name: str) -> dict[str, Array]:
    """The arrays that safetensors gives to NumPy as bytes alone."""
    found = library.deserialize(Path(name).read_bytes())
    return {
        key: np.frombuffer(array["data"], BFLOAT16).reshape(array["shape"]).copy()
        for key, array in found
        if array["dtype"] == "BF16"
    }


# What reading can raise besides the library's own error, for what a file claims.
_DAMAGE = (OSError, ValueError, TypeError, KeyError, AttributeError, MemoryError, OverflowError)
