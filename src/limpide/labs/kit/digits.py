"""Handwritten digits as the labs want them: rows of 784 numbers between 0 and 1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from limpide.data import mnist, one_hot
from limpide.errors import DataError

PIXELS = 28 * 28
CLASSES = 10


class Digits(NamedTuple):
    """Some digits: uint8 images (n, 28, 28), as x (n, 784) in 0..1; labels (n,), as y one-hot (n, 10)."""

    images: NDArray[np.uint8]
    x: NDArray[Any]
    labels: NDArray[np.uint8]
    y: NDArray[Any]


def load(folder: Path | None, batch: int) -> tuple[Digits, Digits]:
    """The digits to train on and those to test on; raises DataError if not even one batch is there."""
    train, test = (prepare(images, labels) for images, labels in mnist(folder))
    if len(train.x) < batch:
        raise DataError("digits", f"{len(train.x)} images are less than one batch of {batch}")
    return train, test


def prepare(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Digits:
    """The numbers that a network sees of images and labels."""
    x = images.reshape(len(images), PIXELS).astype(np.float32) / 255
    return Digits(images, x, labels, one_hot(labels, CLASSES))


def by_digit(found: NDArray[Any], labels: NDArray[Any]) -> Iterator[list[str]]:
    """A row per digit: how many images it has, how many are recognised, what it is most often taken for."""
    for digit in np.unique(labels):
        answers = np.bincount(found[labels == digit], minlength=CLASSES)
        images, right = answers.sum(), answers[digit]
        answers[digit] = 0
        other = str(answers.argmax()) if answers.any() else "-"
        yield [str(digit), str(images), f"{100 * right / images:.2f} %", other]
