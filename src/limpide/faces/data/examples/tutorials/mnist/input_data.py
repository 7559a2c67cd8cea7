"""`input_data.read_data_sets`, as TensorFlow 1's tutorials have it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ......data import fashion_mnist, mnist, read_idx
from ......data.mnist import FILES, find_files
from ......errors import ArgumentError, DataError
from .....data import sets

Array = NDArray[Any]

SOURCE_URL = "limpide's data folders"
VALIDATION = 5000


class DataSet:
    """Images and labels, given out in batches; a new epoch begins in a new order."""

    def __init__(
        self,
        images: Any,
        labels: Any,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: Any = "float32",
        reshape: bool = True,
        seed: int | None = None,
    ):
        """images (n, rows, columns, depth) of bytes, labels (n, ...); float32 images are of 0..1."""
        name = np.dtype(getattr(dtype, "as_numpy_dtype", dtype)).name
        if name not in ("uint8", "float32"):
            raise ArgumentError("DataSet", f"dtype is {name}, expected uint8 or float32")
        if seed is not None:
            np.random.seed(seed)
        self.one_hot = one_hot
        self._fake = fake_data
        if fake_data:
            self._num_examples = 10000
            images, labels = np.zeros((0, 784), np.float32), np.zeros((0,), np.uint8)
        else:
            if len(images) != len(labels):
                raise ArgumentError("DataSet", f"{len(images)} images, but {len(labels)} labels")
            self._num_examples = len(images)
            if reshape:
                images = images.reshape(len(images), -1)
            if name == "float32":
                images = np.multiply(images.astype(np.float32), np.float32(1.0 / 255.0))
        self._images, self._labels = images, labels
        self._epochs_completed = 0
        self._index_in_epoch = 0

    @property
    def images(self) -> Any:
        """All images, in the order of the present epoch."""
        return self._images

    @property
    def labels(self) -> Any:
        """All labels, in the order of the present epoch."""
        return self._labels

    @property
    def num_examples(self) -> int:
        """How many images there are."""
        return self._num_examples

    @property
    def epochs_completed(self) -> int:
        """How many times all images were given out."""
        return self._epochs_completed

    def next_batch(self, batch_size: int, fake_data: bool = False, shuffle: bool = True) -> tuple[Any, Any]:
        """The next images and labels; a batch over the end of an epoch goes on with the next one's first."""
        if fake_data or self._fake:
            image = [1] * 784
            label: Any = [1] + [0] * 9 if self.one_hot else 0
            return [image for _ in range(batch_size)], [label for _ in range(batch_size)]
        start = self._index_in_epoch
        if self._epochs_completed == 0 and start == 0 and shuffle:
            self._reorder()
        if start + batch_size <= self._num_examples:
            self._index_in_epoch = start + batch_size
            return self._images[start : self._index_in_epoch], self._labels[start : self._index_in_epoch]
        self._epochs_completed += 1
        rest = self._images[start:], self._labels[start:]
        if shuffle:
            self._reorder()
        self._index_in_epoch = batch_size - (self._num_examples - start)
        new = self._images[: self._index_in_epoch], self._labels[: self._index_in_epoch]
        return np.concatenate([rest[0], new[0]], axis=0), np.concatenate([rest[1], new[1]], axis=0)

    def _reorder(self) -> None:
        order = np.arange(self._num_examples)
        np.random.shuffle(order)
        self._images, self._labels = self._images[order], self._labels[order]


class Datasets(NamedTuple):
    """The three parts that `read_data_sets` gives."""

    train: DataSet
    validation: DataSet
    test: DataSet


def read_data_sets(
    train_dir: str | os.PathLike[str] = "",
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = "float32",
    reshape: bool = True,
    validation_size: int | None = None,
    seed: int | None = None,
    source_url: str | None = None,
) -> Datasets:
    """MNIST to train, validate (the first 5,000) and test on; nothing is downloaded.

    train_dir: a folder with the four IDX files, if it has them; else the data folders are used. A folder
    named after fashion asks for Fashion-MNIST. Raises DataError where nothing is found, ArgumentError for a
    validation_size outside of the rows to train on.
    """
    if fake_data:
        fake = (DataSet([], [], True, one_hot, dtype, seed=seed) for _ in range(3))
        return Datasets(*fake)
    (x, y), (x_test, y_test) = _load(Path(train_dir))
    if validation_size is None:
        # Of fewer digits than the full set's, the same share.
        validation_size = VALIDATION if len(x) > 2 * VALIDATION else len(x) // 12
    if not 0 <= validation_size <= len(x):
        raise ArgumentError("read_data_sets", f"validation_size is {validation_size}, expected 0 to {len(x)}")
    parts = (
        (x[validation_size:], y[validation_size:]),
        (x[:validation_size], y[:validation_size]),
        (x_test, y_test),
    )
    made = (
        DataSet(
            images[..., None], dense_to_one_hot(labels, 10) if one_hot else labels,
            one_hot=one_hot, dtype=dtype, reshape=reshape, seed=seed,
        )
        for images, labels in parts
    )  # fmt: skip
    return Datasets(*made)


def _load(folder: Path) -> sets.Split:
    fashion = "fashion" in str(folder).lower()
    if len(find_files(folder)) == len(FILES):
        sets.use(f"{'Fashion-MNIST' if fashion else 'MNIST'}: {folder}")
        try:
            return (fashion_mnist if fashion else mnist)(folder)
        except DataError as error:
            if "expected" not in error.what:
                raise
    return sets.fashion_mnist() if fashion else sets.mnist()


def dense_to_one_hot(labels_dense: Array, num_classes: int = 10) -> Any:
    """Labels (n,) as rows (n, classes) of float64 with a single one."""
    return np.eye(num_classes)[np.asarray(labels_dense).ravel()]


def _path(f: Any) -> Any:
    return f if isinstance(f, str | os.PathLike) else f.name


def extract_images(f: Any) -> Any:
    """The images (n, rows, columns, 1) of an IDX file, given by name or as an open one."""
    return read_idx(_path(f))[..., None]


def extract_labels(f: Any, one_hot: bool = False, num_classes: int = 10) -> Array:
    """The labels (n,) of an IDX file, or their one-hot rows."""
    labels = read_idx(_path(f))
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


def maybe_download(filename: str, work_directory: str, source_url: str | None = None) -> str:
    """Where the file is: in the folder that was named, or in limpide's data folders. Never downloads."""
    place = Path(work_directory) / filename
    return str(place if place.exists() else sets.find(filename) or place)
