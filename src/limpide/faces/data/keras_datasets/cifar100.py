"""`keras.datasets.cifar100`."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from ....errors import ArgumentError, DataError
from ... import pickles
from .. import sets
from .cifar import in_order_of_the_backend

ARCHIVE = "cifar-100-python.tar.gz"
CLASSES = {"fine": 100, "coarse": 20}


def load_data(label_mode: str = "fine") -> sets.Split:
    """Pictures: uint8 images as `cifar10` gives them, labels (n, 1) of 100 fine or 20 coarse classes."""
    if label_mode not in CLASSES:
        raise ArgumentError("cifar100", f"label_mode is {label_mode!r}, expected 'fine' or 'coarse'")
    if sets.find(ARCHIVE) is None and sets.synthetic_allowed():
        (x, y), (x_test, y_test) = sets.synthetic_images("CIFAR-100", (32, 32, 3), CLASSES[label_mode])
    else:
        (x, y), (x_test, y_test) = _archived(sets.need("cifar100", ARCHIVE), label_mode)
    return (in_order_of_the_backend(x), y[:, None]), (in_order_of_the_backend(x_test), y_test[:, None])


def _archived(path: Path, label_mode: str) -> Any:
    sets.use(f"CIFAR-100: {path}")
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
