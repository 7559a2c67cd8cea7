"""`keras.utils.io_utils`: HDF5 files; the doors to h5py and PyYAML."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from ....errors import MissingExtraError
from ... import missing


def h5py_door() -> Any:
    """h5py; MissingExtraError without it."""
    try:
        import h5py
    except ImportError:
        raise MissingExtraError("h5py", "faces", "reading and writing HDF5 files") from None
    return h5py


def yaml_door() -> Any:
    """PyYAML; MissingExtraError without it."""
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtraError("yaml", "faces", "models as YAML") from None
    return yaml


class HDF5Matrix:
    """A data set of an HDF5 file as an array, read in pieces."""

    refs: defaultdict[str, Any] = defaultdict(int)

    def __init__(
        self, datapath: str, dataset: str, start: int = 0, end: int | None = None, normalizer: Any = None
    ):
        if datapath not in self.refs:
            self.refs[datapath] = h5py_door().File(datapath, "r")
        self.data = self.refs[datapath][dataset]
        self.start = start
        self.end = self.data.shape[0] if end is None else end
        self.normalizer = normalizer

    def __len__(self) -> int:
        return int(self.end - self.start)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            first, last = key.start or 0, len(self) if key.stop is None else key.stop
            if last + self.start > self.end:
                raise IndexError
            found = self.data[slice(first + self.start, last + self.start)]
        elif isinstance(key, (int, np.integer)):
            if key + self.start >= self.end:
                raise IndexError
            found = self.data[int(key) + self.start]
        else:
            rows = np.asarray(key)
            if rows.max() + self.start >= self.end:
                raise IndexError
            order = np.unique(rows + self.start)
            found = self.data[order.tolist()][np.searchsorted(order, rows + self.start)]
        return found if self.normalizer is None else self.normalizer(found)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self[0 : len(self)], dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self.data.shape[1:])

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    @property
    def ndim(self) -> int:
        return int(self.data.ndim)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))


def save_array(array: Any, name: str) -> None:
    """An array in an HDF5 file (Keras 0.3)."""
    with h5py_door().File(name, "w") as file:
        file.create_dataset("data", data=np.asarray(array))


def load_array(name: str) -> Any:
    """The array of such a file."""
    with h5py_door().File(name, "r") as file:
        return np.array(file["data"])


def ask_to_proceed_with_overwrite(filepath: str) -> bool:
    """Files are replaced where `overwrite=False` was not said."""
    return False


__getattr__ = missing.attributes("keras.utils.io_utils", globals())
