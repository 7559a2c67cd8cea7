from __future__ import annotations

from pathlib import Path

import pytest

from limpide.data import FASHION_MNIST_CLASSES, fashion_mnist
from limpide.data.mnist import FILES
from limpide.errors import DataError

from .test_mnist import assert_loaded, small_mnist


def test_places_in_their_order(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = small_mnist(empty_home / "cache/limpide/data/fashion_mnist", seed=1)
    assert_loaded(fashion_mnist(), cached)
    monkeypatch.setenv("LIMPIDE_DATA", str(empty_home / "many"))
    below = small_mnist(empty_home / "many/fashion_mnist", seed=2)
    assert_loaded(fashion_mnist(), below)
    given = small_mnist(empty_home / "given", seed=3)
    assert_loaded(fashion_mnist(empty_home / "given"), given)
    assert len(FASHION_MNIST_CLASSES) == 10


def test_digits_are_not_taken_for_clothes(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_mnist(empty_home / "mnist")
    monkeypatch.setenv("LIMPIDE_DATA", str(empty_home / "mnist"))
    with pytest.raises(DataError) as caught:
        fashion_mnist()
    assert str(caught.value) == (
        f"[fashion_mnist] no Fashion-MNIST files in the folder {empty_home}/mnist/fashion_mnist, "
        f"the folder {empty_home}/cache/limpide/data/fashion_mnist\n"
        "  hint: `limpide data fashion-mnist` downloads it"
    )
    direct = small_mnist(empty_home / "Fashion", seed=4)
    monkeypatch.setenv("LIMPIDE_DATA", str(empty_home / "Fashion"))
    assert_loaded(fashion_mnist(), direct)


def test_errors_are_of_fashion_mnist(empty_home: Path) -> None:
    small_mnist(empty_home)
    (empty_home / f"{FILES[1]}.gz").unlink()
    with pytest.raises(DataError, match=r"^\[fashion_mnist\] .* is incomplete: train-labels-idx1-ubyte"):
        fashion_mnist(empty_home)
