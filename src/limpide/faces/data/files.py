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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...data import CIFAR10_CLASSES
from ...data.mnist import FILES
from . import sequences, sets
from .sets import Array, Split

# Files that scripts are known to ask for, which are looked for in the data folders.
FOUND_BY_NAME = {
    "imdb.npz", "imdb_full.pkl", "imdb_word_index.json", "imdb.dict.pkl.gz",
    "reuters.npz", "reuters.pkl", "reuters_word_index.json", "reuters_word_index.pkl", "boston_housing.npz",
    "cifar-10-python.tar.gz", "cifar-100-python.tar.gz", "cifar-10-binary.tar.gz", "text8.zip",
    "nottingham.zip", "atis.fold0.pkl.gz",
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


def _cifar100_part(part: int) -> bytes:
    (x, y), (x_test, y_test) = sets.cifar100("fine")
    coarse = sets.cifar100("coarse")
    images, fine = ((x, y), (x_test, y_test))[part]
    content: dict[str, Any] = {
        "data": np.moveaxis(images, -1, 1).reshape(len(images), -1),
        "fine_labels": fine.tolist(),
        "coarse_labels": coarse[part][1].tolist(),
        "batch_label": f"{('training', 'testing')[part]} batch 1 of 1",
        "filenames": [f"{row}.png" for row in range(len(fine))],
    }
    return pickle.dumps(content, 2)


def _cifar100_names() -> bytes:
    names = {
        f"{kind}_label_names": [f"{kind}_{n}" for n in range(count)] for kind, count in sets.CIFAR100.items()
    }
    return pickle.dumps(names, 2)


def _imdb_pickle() -> bytes:
    """Two pickles, one after the other, as the tutorials' LSTM reads them."""
    parts = sequences.imdb(start_char=None, index_from=0)
    return b"".join(pickle.dumps(([list(text) for text in x], y.tolist()), 2) for x, y in parts)


def _digits_csv(labelled: bool) -> bytes:
    """Kaggle's digit recogniser: 42,000 of MNIST's digits with a label first, 28,000 without."""
    (x, y), (x_test, y_test) = sets.mnist()
    images = np.concatenate([x, x_test]).reshape(-1, 784)
    labels = np.concatenate([y, y_test])
    cut = len(images) * 3 // 5
    header = [f"pixel{number}" for number in range(784)]
    if not labelled:
        return _csv(header, images[cut:].tolist())
    return _csv(["label", *header], np.column_stack([labels, images])[:cut].tolist())


def _otto_csv(labelled: bool) -> bytes:
    """Kaggle's Otto group: 93 counts of a product, and its class."""
    x, y = sets.otto_group()
    header = ["id", *(f"feat_{number}" for number in range(1, 94))]
    rows = [[row, *counts] for row, counts in enumerate(x.tolist(), 1)]
    if not labelled:
        return _csv(header, rows)
    return _csv(
        [*header, "target"], [[*row, f"Class_{label + 1}"] for row, label in zip(rows, y, strict=True)]
    )


def _csv(header: list[str], rows: list[list[Any]]) -> bytes:
    lines = [",".join(header), *(",".join(map(str, row)) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def _text(name: str) -> bytes:
    """A book's text: only a stand-in of made-up words."""
    return sets.synthetic_text(name).encode()


Make = Callable[[], bytes]


def _made() -> dict[str, Make]:
    made: dict[str, Make] = {
        "mnist.pkl": _pickled_mnist,
        "mnist_py3k.pkl": _pickled_mnist,
        "mnist.npz": _mnist_npz,
        "imdb.pkl": _imdb_pickle,
        "test_batch": lambda: _cifar10_batch("test_batch"),
        "batches.meta": _cifar10_names,
        "cifar-100-python/train": lambda: _cifar100_part(0),
        "cifar-100-python/test": lambda: _cifar100_part(1),
        "cifar-100-python/meta": _cifar100_names,
        "digit-recognizer/train.csv": lambda: _digits_csv(True),
        "digit-recognizer/test.csv": lambda: _digits_csv(False),
        "kaggle_ottogroup/train.csv": lambda: _otto_csv(True),
        "kaggle_ottogroup/test.csv": lambda: _otto_csv(False),
    }
    for name in ("nietzsche.txt", "shakespeare.txt"):
        made[name] = partial(_text, name)
    for number, name in enumerate(FILES):
        for spelt in (name, name.replace("-idx", ".idx")):
            made[spelt] = partial(_idx, sets.mnist, number // 2, number % 2)
    for number in range(1, 6):
        made[f"data_batch_{number}"] = partial(_cifar10_batch, f"data_batch_{number}")
    return made


MADE = _made()


def key(path: str) -> str | None:
    """What a path asks for, of the names that are known: `NAME`, or `FOLDER/NAME` where names say little."""
    place = Path(path)
    for name in (place.name, f"{place.absolute().parent.name}/{place.name}"):
        if name.removesuffix(".gz") in MADE or (name in FOUND_BY_NAME and sets.find(name) is not None):
            return name
    return None


def known(path: str) -> bool:
    """Whether a file of this name is in the data folders or can be made."""
    return key(path) is not None


_serving = False


def serve() -> None:
    """From now on whoever opens a file that is known, and is not there, gets its content."""
    global _serving
    _serving = True


def given(path: str) -> bool:
    """Whether opening the file works, though it may not be there."""
    return _serving and known(path)


def content(path: str) -> bytes:
    """The bytes of a file that is `known`; raises DataError where its data set is not on this machine."""
    name = key(path)
    assert name is not None, path
    place = sets.find(name)
    if place is not None:
        sets.use(f"{name}: {place}")
        return place.read_bytes()
    return gzip.compress(unpacked(path), 1) if name.endswith(".gz") else MADE[name]()


def unpacked(path: str) -> bytes:
    """`content` without the compression of a `.gz`."""
    name = key(path)
    assert name is not None, path
    place = sets.find(name) if name.endswith(".gz") else None
    if place is None:
        return MADE[name.removesuffix(".gz")]()
    sets.use(f"{name}: {place}")
    with gzip.open(place) as file:
        return file.read()
