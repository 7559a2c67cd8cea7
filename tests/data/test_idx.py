from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from limpide.data.idx import CODES, read_idx, write_idx
from limpide.errors import DataError, DTypeError, ShapeError

BYTES = np.arange(6, dtype="uint8").reshape(2, 3)


def idx_bytes(code: int = 8, sizes: tuple[int, ...] = (2, 3), payload: bytes = bytes(range(6))) -> bytes:
    return bytes([0, 0, code, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + payload


def read(folder: Path, content: bytes, name: str = "digits") -> np.ndarray:
    path = folder / name
    path.write_bytes(content)
    return read_idx(path)


def refused(folder: Path, content: bytes) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, content)
    assert str(folder / "digits") in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("compress", [False, True])
def test_reads_what_the_format_says(tmp_path: Path, compress: bool) -> None:
    content = idx_bytes()
    array = read(tmp_path, gzip.compress(content) if compress else content)
    np.testing.assert_array_equal(array, BYTES)
    assert array.dtype == np.uint8
    array[0, 0] = 9  # the caller owns it


def test_values_are_big_endian(tmp_path: Path) -> None:
    array = read(tmp_path, idx_bytes(0x0B, (2,), b"\x01\x00\xff\xfe"))
    assert array.dtype == np.dtype("=i2")
    assert array.tolist() == [256, -2]


ARRAYS = st.sampled_from(list(CODES)).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5))
)


@given(array=ARRAYS, name=st.sampled_from(["a", "a.gz"]))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray, name: str
) -> None:
    path = tmp_path_factory.mktemp("idx") / name
    write_idx(path, array)
    back = read_idx(path)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)
    assert (path.read_bytes()[:2] == b"\x1f\x8b") == name.endswith(".gz")
    assert [each.name for each in path.parent.iterdir()] == [name]


def test_writing_takes_foreign_byte_order_and_strides(tmp_path: Path) -> None:
    array = np.arange(12, dtype=">i4").reshape(3, 4)[:, ::-2]
    write_idx(tmp_path / "a", array)
    np.testing.assert_array_equal(read_idx(tmp_path / "a"), array)


MAGIC = b"\0\0\x08\x01\0\0\0\x02"
DAMAGED = {
    "empty": (b"", "has 0 bytes, fewer than the 4"),
    "png": (b"\x89PNG\r\n\x1a\n", "89 50 4e 47 (a PNG picture), expected 00 00"),
    "html": (b"<!DOCTYPE html>", "(a web page or XML)"),
    "text": (b"hello, world", "not an IDX file: it starts with the bytes 68 65 6c 6c, expected"),
    "type": (idx_bytes(0x0A), "type code 0a, expected one of 08 uint8, 09 int8"),
    "no axes": (b"\0\0\x08\0", "has 0 axes, expected 1 to 64"),
    "axes": (b"\0\0\x08\xff" + b"\0" * 2000, "has 255 axes, expected 1 to 64"),
    "header": (b"\0\0\x08\x03\0\0\0\x02", "ends inside its header: 8 bytes, expected 16"),
    "short": (MAGIC + b"a", "shape is (2,) of uint8, 2 bytes; it can hold at most 1"),
    "long": (MAGIC + b"abc", "goes on after the 2 bytes of values that the shape (2,) takes"),
    "absurd": (idx_bytes(0x0E, (2**32 - 1,) * 3), "it can hold at most 6"),
    "absurd but empty": (idx_bytes(0x0E, (2**32 - 1, 2**32 - 1, 0), b""), "it can hold at most 0"),
    "gzip, short": (
        gzip.compress(MAGIC + b"a"),
        "1 bytes of values, expected 2 for the shape (2,)",
    ),
    "gzip, long": (gzip.compress(MAGIC + b"abc"), "goes on after the 2 bytes"),
    "gzip, absurd": (gzip.compress(idx_bytes(sizes=(2**20,))), "1,048,576 bytes; it can hold at most"),
    "gzip, cut": (gzip.compress(MAGIC + b"ab")[:-9], "gzip stream has no end"),
    "gzip, no checksum": (gzip.compress(MAGIC + b"ab")[:-8], "gzip stream has no end"),
    "gzip, checksum": (
        gzip.compress(MAGIC + b"ab")[:-8] + b"12345678",
        "(CRC check failed",
    ),
    "gzip, garbage behind": (gzip.compress(MAGIC + b"ab") + b"more", "does not decompress"),
    "gzip, header only": (b"\x1f\x8b", "gzip stream has no end"),
    "gzip, stream": (gzip.compress(b"")[:10] + b"\xff" * 20, "does not decompress"),
    "gzip of html": (gzip.compress(b"<html></html>"), "not an IDX file"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_is_named(tmp_path: Path, kind: str) -> None:
    content, message = DAMAGED[kind]
    assert message in refused(tmp_path, content)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing cannot be read: No such file or directory"):
        read_idx(tmp_path / "nothing")
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        read_idx(tmp_path)


def headers() -> st.SearchStrategy[bytes]:
    sizes = st.lists(st.one_of(st.integers(0, 4), st.integers(0, 2**32 - 1)), max_size=5)
    codes = st.sampled_from([8, 9, 11, 12, 13, 14, 10, 0])
    return st.builds(idx_bytes, codes, sizes.map(tuple), st.binary(max_size=64))


def mutated(content: bytes, edits: list[tuple[int, int]]) -> bytes:
    data = bytearray(content)
    for place, value in edits:
        data[place % len(data)] = value
    return bytes(data)


EDITS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=3)
CONTENTS = st.one_of(
    st.binary(max_size=200),
    headers(),
    st.builds(mutated, headers().map(lambda content: gzip.compress(content, mtime=0)), EDITS),
)


@settings(max_examples=400)
@given(content=CONTENTS)
@example(gzip.compress(idx_bytes(8, (2**16,), bytes(2**16))))
def test_any_bytes_give_an_array_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "file"
    path.write_bytes(content)
    try:
        array = read_idx(path)
    except DataError as error:
        assert str(path) in str(error)
    else:
        plain = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        assert len(plain) == 4 + 4 * array.ndim + array.nbytes


def test_memory_follows_the_data_and_not_the_header(tmp_path: Path) -> None:
    # One MiB of zeros deflates to 1 KiB; a header that promises 1000 times that is within deflate's reach
    # only for a file that is 1000 times longer.
    lies = [
        idx_bytes(sizes=(2**30,)),
        gzip.compress(idx_bytes(sizes=(2**30,), payload=bytes(2**20))),
        gzip.compress(idx_bytes(sizes=(10,), payload=bytes(2**26))),
    ]
    for content in lies:
        path = tmp_path / "digits"
        path.write_bytes(content)
        tracemalloc.start()
        with pytest.raises(DataError):
            read_idx(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 * 2**20


def test_writing_refuses_what_idx_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(DTypeError, match="IDX holds no complex128, only uint8, int8, int16"):
        write_idx(tmp_path / "a", np.zeros(2, complex))
    with pytest.raises(ShapeError, match=r"the shape is \(\)"):
        write_idx(tmp_path / "a", np.array(1.0))
    assert list(tmp_path.iterdir()) == []


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_idx(tmp_path / "a", BYTES)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(DataError, match="a cannot be written: No space left on device"):
        write_idx(tmp_path / "a", BYTES + 1)
    np.testing.assert_array_equal(read_idx(tmp_path / "a"), BYTES)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    with pytest.raises(DataError, match="cannot be written: No such file or directory"):
        write_idx(tmp_path / "nowhere" / "a", BYTES)
