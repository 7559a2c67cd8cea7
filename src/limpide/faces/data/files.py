"""Data files by their usual names, for scripts that open them where they are not.

`content(path)` gives the bytes of such a file: a file of that name in the data folders as it is, else one
made of a data set in the layout that courses know. `mnist.pkl.gz` is three pairs of float32 rows in 0..1 and
integer labels: 50,000 to train, 10,000 to validate, 10,000 to test.
"""

from __future__ import annotations

import gzip
import io
import pickle
import struct
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import numpy as np

from ...data import CIFAR10_CLASSES
from ...data.mnist import FILES
from . import sets
from .sets import Array, Split

# Files that scripts are known to ask for, which are looked for in the data folders.
FOUND_BY_NAME = {
    "imdb.pkl", "imdb.pkl.gz", "imdb.npz", "imdb_full.pkl", "imdb_word_index.json", "imdb.dict.pkl.gz",
    "reuters.npz", "reuters.pkl", "reuters_word_index.json", "reuters_word_index.pkl", "boston_housing.npz",
    "cifar-10-python.tar.gz", "cifar-100-python.tar.gz", "cifar-10-binary.tar.gz", "text8.zip",
    "nottingham.zip", "atis.fold0.pkl.gz", "shakespeare.txt", "nietzsche.txt", "train.csv", "test.csv",
}  # fmt: skip

UBYTE = 8  # the code of unsigned bytes in IDX files
PIXEL = 1 / 256  # what a grey level counts in mnist.pkl.gz


def _pickled_mnist() -> bytes:
    (x, y), (x_test, y_test) = sets.mnist()
    cut = len(x) - sets.validation_rows(len(x))
    parts = tuple(
        (images.reshape(len(images), 784).astype(np.float32) * np.float32(PIXEL), labels.astype(np.int64))
        for images, labels in ((x[:cut], y[:cut]), (x[cut:], y[cut:]), (x_test, y_test))
    )
    return pickle.dumps(parts, 2)


def _mnist_npz() -> bytes:
    (x, y), (x_test, y_test) = sets.mnist()
    stream = io.BytesIO()
    np.savez(stream, x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    return stream.getvalue()


def _idx(load: Callable[[], Split], part: int, kind: int) -> bytes:
    array = load()[part][kind]
    return struct.pack(f">HBB{array.ndim}I", 0, UBYTE, array.ndim, *array.shape) + array.tobytes()


def _cifar10_batch(name: str) -> bytes:
    (x, y), (x_test, y_test) = sets.cifar10()
    if name == "test_batch":
        return _batch(x_test, y_test, name)
    rows = np.array_split(np.arange(len(x)), 5)[int(name[-1]) - 1]
    return _batch(x[rows], y[rows], name)


def _batch(images: Array, labels: Array, name: str) -> bytes:
    """A batch of CIFAR-10 as its python version has it, with text keys."""
    planes = np.moveaxis(images, -1, 1).reshape(len(images), -1)
    content: dict[str, Any] = {
        "data": planes,
        "labels": labels.tolist(),
        "batch_label": name,
        "filenames": [f"{row}.png" for row in range(len(labels))],
    }
    return pickle.dumps(content, 2)


def _cifar10_names() -> bytes:
    return pickle.dumps(
        {"label_names": list(CIFAR10_CLASSES), "num_cases_per_batch": 10_000, "num_vis": 3072}, 2
    )


def _made() -> dict[str, Callable[[], bytes]]:
    made: dict[str, Callable[[], bytes]] = {
        "mnist.pkl": _pickled_mnist,
        "mnist_py3k.pkl": _pickled_mnist,
        "mnist.npz": _mnist_npz,
        "test_batch": lambda: _cifar10_batch("test_batch"),
        "batches.meta": _cifar10_names,
    }
    for number, name in enumerate(FILES):
        for spelt in (name, name.replace("-idx", ".idx")):
            made[spelt] = lambda part=number // 2, kind=number % 2: _idx(sets.mnist, part, kind)  # type: ignore[misc]
    for number in range(1, 6):
        made[f"data_batch_{number}"] = lambda name=f"data_batch_{number}": _cifar10_batch(name)  # type: ignore[misc]
    return made


MADE = _made()


def known(path: str) -> bool:
    """Whether a file of this name is in the data folders or can be made."""
    name = PurePath(path).name
    return name.removesuffix(".gz") in MADE or (name in FOUND_BY_NAME and sets.find(name) is not None)


def content(path: str) -> bytes:
    """The bytes of a file that is `known`; raises DataError where its data set is not on this machine."""
    name = PurePath(path).name
    place = sets.find(name)
    if place is not None:
        sets.use(f"{name}: {place}")
        return place.read_bytes()
    return gzip.compress(unpacked(path), 1) if name.endswith(".gz") else MADE[name]()


def unpacked(path: str) -> bytes:
    """`content` without the compression of a `.gz`."""
    name = PurePath(path).name
    place = sets.find(name) if name.endswith(".gz") else None
    if place is None:
        return MADE[name.removesuffix(".gz")]()
    sets.use(f"{name}: {place}")
    with gzip.open(place) as file:
        return file.read()
