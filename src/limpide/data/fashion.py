"""Fashion-MNIST: 60,000 + 10,000 pictures of clothes in the form of MNIST.

Source: H. Xiao, K. Rasul, R. Vollgraf 2017, "Fashion-MNIST: a novel image dataset for benchmarking machine
learning algorithms".
"""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import DataError
from .folders import search_folders
from .mnist import Digits, find_files, from_files

FASHION_MNIST_CLASSES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
HINT = "`limpide data fashion-mnist` downloads it"


def fashion_mnist(path: str | os.PathLike[str] | None = None) -> tuple[Digits, Digits]:
    """Clothes: `(x_train, y_train), (x_test, y_test)`, all uint8, of the shapes of `mnist()`.

    Labels 0 to 9 are those of `FASHION_MNIST_CLASSES`. path: the folder with the four IDX files, each plain
    or `.gz`. Without it they are looked for in `$LIMPIDE_DATA/fashion_mnist`, in `$LIMPIDE_DATA` itself if
    "fashion" is part of that folder's name (its files are named as those of MNIST are), and in the user's
    data folder.

    Never uses the network. Raises DataError if nothing is found, or if what is found is damaged, incomplete
    or not of this form.
    """
    places = search_folders("fashion_mnist") if path is None else [Path(path)]
    if path is None and len(places) > 1 and "fashion" not in places[0].name.lower():
        places = places[1:]
    for folder in places:
        found = find_files(folder)
        if found:
            return from_files("fashion_mnist", folder, found, HINT)
    looked = ", ".join(f"the folder {place}" for place in places)
    raise DataError("fashion_mnist", f"no Fashion-MNIST files in {looked}", hint=HINT)
