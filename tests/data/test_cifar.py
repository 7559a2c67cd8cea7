from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limpide.data import CIFAR10_CLASSES, cifar10
from limpide.data.cifar import ARCHIVE, FILES, INSIDE, MAX_FILE, RECORD, TEST
from limpide.errors import DataError

RNG = np.random.RandomState(0)
COUNTS = dict(zip(FILES, (3, 1, 2, 4, 1, 5), strict=True))


def small() -> tuple[dict[str, bytes], dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Files of a few records, and what they hold."""
    files, arrays = {}, {}
    for name, n in COUNTS.items():
        images, labels = (
            RNG.randint(0, 256, (n, 32, 32, 3)).astype("uint8"),
            RNG.randint(0, 10, n).astype("uint8"),
        )
        records = [bytes([y]) + x[:, :, 0].tobytes() + x[:, :, 1].tobytes() + x[:, :, 2].tobytes()
                   for x, y in zip(images, labels, strict=True)]  # fmt: skip
        files[name], arrays[name] = b"".join(records), (images, labels)
    return files, arrays


def archive(files: dict[str, bytes], folder: str = INSIDE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in {"batches.meta.txt": b"airplane\n", **files}.items():
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(out.getvalue(), mtime=0)


def assert_loaded(loaded: tuple, arrays: dict) -> None:
    (x, y), (x_test, y_test) = loaded
    train = [arrays[name] for name in FILES if name != TEST]
    np.testing.assert_array_equal(x, np.concatenate([images for images, _ in train]))
    np.testing.assert_array_equal(y, np.concatenate([labels for _, labels in train]))
    np.testing.assert_array_equal(x_test, arrays[TEST][0])
    np.testing.assert_array_equal(y_test, arrays[TEST][1])
    assert all(part.dtype == np.uint8 and part.flags["C_CONTIGUOUS"] for part in (x, y, x_test, y_test))


def test_reads_files_and_archives_wherever_they_are(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = ["cache/limpide/data/cifar10", "many/cifar10", "many", "given"]
    for k, place in enumerate(places):
        files, arrays = small()
        folder = empty_home / place / (INSIDE if k % 2 else "")
        folder.mkdir(parents=True, exist_ok=True)
        if k == 0:
            (folder / ARCHIVE).write_bytes(archive(files))
        else:
            for name, content in files.items():
                (folder / name).write_bytes(content)
        monkeypatch.setenv("LIMPIDE_DATA", str(empty_home / "many"))
        assert_loaded(cifar10(empty_home / "given" if place == "given" else None), arrays)
    assert len(CIFAR10_CLASSES) == 10


def test_nothing_anywhere(empty_home: Path) -> None:
    with pytest.raises(DataError) as caught:
        cifar10()
    assert str(caught.value) == (
        f"[cifar10] no CIFAR-10 files in the folder {empty_home}/cache/limpide/data/cifar10\n"
        "  hint: `limpide data cifar10` downloads the binary version"
    )


class Trap:
    """Would write a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def test_a_pickle_is_never_opened(empty_home: Path) -> None:
    (empty_home / "data_batch_1").write_bytes(pickle.dumps(Trap(empty_home / "trap")))
    with pytest.raises(
        DataError, match="data_batch_1 is the python version, a pickle, which can run any program"
    ):
        cifar10(empty_home)
    assert not (empty_home / "trap").exists()


DAMAGED = {
    "empty": (b"", "has 0 bytes, expected 1 to 10,000 records of 3,073"),
    "cut": (bytes(RECORD - 1), "has 3,072 bytes"),
    "long": (bytes(RECORD + 1), "has 3,074 bytes"),
    "label": (b"\x0a" + bytes(RECORD - 1), "has the label 10, expected 0 to 9"),
}


@pytest.mark.parametrize("kind", DAMAGED)
@pytest.mark.parametrize("packed", [False, True])
def test_damage_is_named(empty_home: Path, kind: str, packed: bool) -> None:
    content, message = DAMAGED[kind]
    files, _ = small()
    files["data_batch_3.bin"] = content
    if packed:
        (empty_home / ARCHIVE).write_bytes(archive(files))
    else:
        for name, each in files.items():
            (empty_home / name).write_bytes(each)
    with pytest.raises(DataError, match=message) as caught:
        cifar10(empty_home)
    assert "data_batch_3.bin" in str(caught.value) and str(empty_home) in str(caught.value)


def test_incomplete(empty_home: Path) -> None:
    files, _ = small()
    del files["data_batch_2.bin"]
    (empty_home / ARCHIVE).write_bytes(archive(files))
    with pytest.raises(DataError, match="is incomplete: data_batch_2.bin is not there"):
        cifar10(empty_home)


def test_a_file_that_is_too_large(empty_home: Path) -> None:
    with open(empty_home / "data_batch_1.bin", "wb") as file:
        file.truncate(MAX_FILE + RECORD)  # sparse
    with pytest.raises(DataError, match="expected 1 to 10,000 records"):
        cifar10(empty_home)


def hostile() -> dict[str, bytes]:
    """Archives that promise more than they hold, or hold more than they should."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo("data_batch_1.bin")
        entry.size = 2**40
        tar.addfile(entry)
    link = io.BytesIO()
    with tarfile.open(fileobj=link, mode="w") as tar:
        entry = tarfile.TarInfo("data_batch_1.bin")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    long_name = tarfile.TarInfo("././@LongLink")
    long_name.type, long_name.size = tarfile.GNUTYPE_LONGNAME, 2**33
    return {
        "size": gzip.compress(out.getvalue()),
        "link": gzip.compress(link.getvalue()),
        "long name": gzip.compress(long_name.tobuf(tarfile.GNU_FORMAT) + bytes(2**25)),
    }


@pytest.mark.parametrize("kind", ["size", "link", "long name"])
def test_hostile_archives(empty_home: Path, kind: str) -> None:
    (empty_home / ARCHIVE).write_bytes(hostile()[kind])
    tracemalloc.start()
    with pytest.raises(DataError, match=ARCHIVE):
        cifar10(empty_home)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**27


def test_an_archive_without_an_end(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limpide.data.cifar.MAX_ARCHIVE", 2**16)
    files, _ = small()
    (empty_home / ARCHIVE).write_bytes(archive({"readme.html": bytes(2**20), **files}))
    with pytest.raises(DataError, match="it has more than 65,536 bytes"):
        cifar10(empty_home)


PACKED = archive(small()[0])


@settings(max_examples=150, deadline=None)
@given(
    cut=st.integers(0, len(PACKED)),
    edits=st.lists(st.tuples(st.integers(0, len(PACKED) - 1), st.integers(0, 255)), max_size=3),
    plain_edits=st.lists(st.tuples(st.integers(0, 6 * 512), st.integers(0, 255)), max_size=4),
)
def test_any_bytes_give_pictures_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, cut: int, edits: list, plain_edits: list
) -> None:
    data = bytearray(PACKED)
    if plain_edits:
        plain = bytearray(gzip.decompress(PACKED))
        for place, value in plain_edits:
            plain[place] = value
        data = bytearray(gzip.compress(plain, compresslevel=1, mtime=0))
    else:
        for place, value in edits:
            data[place] = value
        data = data[:cut]
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / ARCHIVE).write_bytes(data)
    try:
        (x, y), (x_test, _) = cifar10(folder)
    except DataError as error:
        assert str(folder) in str(error)
    else:
        assert len(x) == len(y) > 0 and x_test.shape[1:] == (32, 32, 3)
