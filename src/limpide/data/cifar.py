"""CIFAR-10: 50,000 + 10,000 colour pictures of 32 x 32 pixels, from the binary version of the data set.

Six files of records, each one byte for the label, then 1,024 bytes of red, of green and of blue.
Source: A. Krizhevsky 2009, "Learning multiple layers of features from tiny images",
https://www.cs.toronto.edu/~kriz/cifar.html

The python version of the data set is a pickle, and a pickle can run any program when it is read: it is
never opened.
"""

from __future__ import annotations

import gzip
import os
import tarfile
import zlib
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .folders import search_folders

Pictures = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # images (n, 32, 32, 3) and labels (n,)

CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
TRAIN = tuple(f"data_batch_{k}.bin" for k in range(1, 6))
TEST = "test_batch.bin"
FILES = (*TRAIN, TEST)
ARCHIVE = "cifar-10-binary.tar.gz"
INSIDE = "cifar-10-batches-bin"
PICKLED = ("cifar-10-batches-py", "cifar-10-python.tar.gz", "data_batch_1")

SIZE = 32
RECORD = 1 + 3 * SIZE * SIZE
MAX_FILE = 10_000 * RECORD
MAX_ARCHIVE = 8 * MAX_FILE  # uncompressed; the real one has six such files
HINT = "`limpide data cifar10` downloads the binary version"


def cifar10(path: str | os.PathLike[str] | None = None) -> tuple[Pictures, Pictures]:
    """Colour pictures: `(x_train, y_train), (x_test, y_test)`, all uint8.

    Images have the shape (n, 32, 32, 3): red, green, blue; labels the shape (n,) with 0 to 9, the names of
    which are `CIFAR10_CLASSES`.

    path: the folder with the six `.bin` files, or with cifar-10-binary.tar.gz, which is read as it is.
    Without it they are looked for in `$LIMPIDE_DATA`, `$LIMPIDE_DATA/cifar10` and the user's data folder.

    Never uses the network, and never opens a pickle. Raises DataError if nothing is found, or if what is
    found is damaged, incomplete or not of this form.
    """
    places = search_folders("cifar10") if path is None else [Path(path)]
    for place in places:
        for folder in (place, place / INSIDE):
            found = [name for name in FILES if (folder / name).is_file()]
            if found:
                return _joined(folder, {name: _from_file(folder / name) for name in found})
        if (place / ARCHIVE).is_file():
            return _joined(place / ARCHIVE, _from_archive(place / ARCHIVE))
    looked = ", ".join(f"the folder {place}" for place in places)
    pickled = next((p / name for p in places for name in PICKLED if (p / name).exists()), None)
    if pickled is None:
        raise DataError("cifar10", f"no CIFAR-10 files in {looked}", hint=HINT)
    why = "a pickle, which can run any program when it is read: it is not opened"
    raise DataError("cifar10", f"{pickled} is the python version, {why}", hint=HINT)


def _joined(place: Path, parts: dict[str, Pictures]) -> tuple[Pictures, Pictures]:
    missing = [name for name in FILES if name not in parts]
    if missing:
        raise DataError("cifar10", f"{place} is incomplete: {', '.join(missing)} is not there", hint=HINT)
    images, labels = (np.concatenate([parts[name][k] for name in TRAIN]) for k in (0, 1))
    return (images, labels), parts[TEST]


def _from_file(path: Path) -> Pictures:
    try:
        with open(path, "rb") as file:
            return _records(path, file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise DataError("cifar10", f"{path} cannot be read: {error.strerror or error}") from error


def _records(place: object, stream: IO[bytes], size: int) -> Pictures:
    """Images and labels of a stream of `size` bytes."""
    if not 0 < size <= MAX_FILE or size % RECORD:
        raise _damaged(place, f"has {size:,} bytes, expected 1 to 10,000 records of {RECORD:,}")
    content = stream.read(size)
    if len(content) < size:
        raise _damaged(place, f"is cut short: {len(content):,} bytes, expected {size:,}")
    rows = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    labels = rows[:, 0].copy()
    if labels.max() > 9:
        raise _damaged(place, f"has the label {labels.max()}, expected 0 to 9")
    planes = rows[:, 1:].reshape(-1, 3, SIZE, SIZE)
    return np.ascontiguousarray(np.moveaxis(planes, 1, -1)), labels


def _from_archive(path: Path) -> dict[str, Pictures]:
    """The files of the archive, read one after the other; nothing is unpacked to the disk."""
    parts: dict[str, Pictures] = {}
    try:
        with (
            gzip.open(path) as plain,
            tarfile.open(mode="r|", fileobj=cast(IO[bytes], _Limited(plain))) as archive,
        ):
            for member in archive:
                name = member.name.rpartition("/")[2]
                if name not in FILES:
                    continue
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is None or name in parts:
                    raise _damaged(path, f"has a {name} that is no file, or has it twice")
                parts[name] = _records(f"{name} in {path}", stream, member.size)
    except DataError:
        raise
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, OverflowError) as error:
        raise _damaged(path, f"cannot be read: {error}") from error
    return parts


class _Limited:
    """A stream that ends with an error where more comes than a CIFAR-10 archive holds."""

    def __init__(self, stream: gzip.GzipFile):
        self.stream, self.left = stream, MAX_ARCHIVE

    def read(self, size: int) -> bytes:
        content = self.stream.read(min(size, self.left))
        self.left -= len(content)
        if not self.left:
            raise OSError(f"it has more than {MAX_ARCHIVE:,} bytes")
        return content


def _damaged(place: object, what: str) -> DataError:
    return DataError("cifar10", f"{place} {what}", hint=f"the file may be damaged: {HINT}")
