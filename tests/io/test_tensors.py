"""Files of arrays: what comes back, and what files from outside may do (nothing but a DataError)."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import limpide as lp
from limpide.errors import DataError
from limpide.io import load_tensors, save_tensors, write_atomically

ARRAYS = {
    "scalar": np.float64(1.5),
    "empty": np.zeros((0, 3), np.float32),
    "bits": np.array([True, False]),
    "numbers": np.arange(6, dtype=np.uint64).reshape(2, 3),
    "turned": np.arange(6.0, dtype=np.float32).reshape(2, 3).T,
}


def test_arrays_come_back(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "a.safetensors"
    save_tensors(path, ARRAYS, {"made": "here", "line": "é\n"})
    arrays, texts = load_tensors(path)
    assert texts == {"made": "here", "line": "é\n"} and set(arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype and arrays[name].flags.writeable
    assert os.listdir(path.parent) == ["a.safetensors"]


def test_bfloat16(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    W = lp.parameter([[1.5, -2.25], [0.0, 3e38]], dtype=lp.bfloat16)
    save_tensors(path, {"W": W.cell.value, "b": np.ones(2), "none": np.zeros((0, 2), lp.bfloat16)})
    assert b'"BF16"' in path.read_bytes()
    arrays, _ = load_tensors(path)
    assert (
        arrays["W"].dtype == lp.bfloat16
        and arrays["none"].shape == (0, 2)
        and list(arrays) == ["W", "b", "none"]
    )
    np.testing.assert_array_equal(arrays["W"]["bits"], W.cell.value["bits"])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file .*nothing"):
        load_tensors(tmp_path / "nothing")


def test_other_formats_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    for content in (b"", b"\x80\x04\x95", b"PK\x03\x04" + bytes(100), b'{"a": 1}'):
        path.write_bytes(content)
        with pytest.raises(DataError, match="is no whole safetensors file"):
            load_tensors(path)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(lp.LimpideError, match=r"needs the package 'safetensors'.*\n.*limpide\[safetensors\]"):
        save_tensors(tmp_path / "a", {})


# ------------------------------------------------------------------------------------------ hostile files
def whole(tmp_path: Path) -> bytes:
    path = tmp_path / "whole.safetensors"
    if not path.exists():
        save_tensors(path, {"a": np.arange(10.0), "b": np.ones((2, 3), np.int32)}, {"k": "v"})
    return path.read_bytes()


def read(tmp_path: Path, content: bytes) -> Any:
    """What a file with this content gives: its arrays, or None with a DataError; nothing else may happen."""
    path = tmp_path / "given.safetensors"
    path.write_bytes(content)
    try:
        return load_tensors(path)
    except DataError as error:
        assert "given.safetensors" in str(error)
        return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@given(st.data())
@settings(max_examples=150)
def test_cut_files(folder: Path, data: st.DataObject) -> None:
    content = whole(folder)
    assert read(folder, content[: data.draw(st.integers(0, len(content) - 1))]) is None


@given(st.data())
@settings(max_examples=300)
def test_flipped_bits(folder: Path, data: st.DataObject) -> None:
    content = bytearray(whole(folder))
    for place in data.draw(st.lists(st.integers(0, len(content) * 8 - 1), min_size=1, max_size=8)):
        content[place // 8] ^= 1 << place % 8
    read(folder, bytes(content))


SIZES = st.one_of(st.integers(0, 20), st.sampled_from([2**31, 2**32, 2**62, 2**63, 2**64, -1, 10**30]))
ENTRIES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "F64", "I64", "BOOL", "BF16", "F8_E4M3", "C64", "X", "", "f32"]),
        "shape": st.lists(SIZES, max_size=4),
        "data_offsets": st.lists(SIZES, min_size=0, max_size=3),
    }
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.one_of(JSON, st.dictionaries(st.text(max_size=4), ENTRIES | JSON, max_size=4)),
    st.binary(max_size=64),
    st.one_of(st.none(), SIZES.filter(lambda n: 0 <= n < 2**64)),
)
@settings(max_examples=300)
def test_made_up_headers(folder: Path, header: Any, body: bytes, claimed: int | None) -> None:
    text = json.dumps(header).encode()
    read(folder, struct.pack("<Q", len(text) if claimed is None else claimed) + text + body)


def test_deep_headers(folder: Path) -> None:
    text = b"[" * 200_000
    assert read(folder, struct.pack("<Q", len(text)) + text) is None


# --------------------------------------------------------------------------------------------- whole files
def test_a_failed_write_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_atomically(path, lambda p: p.write_bytes(b"old") and None)

    def fail(beside: Path) -> None:
        beside.write_bytes(b"half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_atomically(path, fail)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a.bin"]


KILLED = """
import os, sys
from pathlib import Path
from limpide.io import write_atomically

def half(beside):
    beside.write_bytes(b"half")
    os.kill(os.getpid(), 9)

write_atomically(sys.argv[1], half)
"""


def test_a_killed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)])
    assert done.returncode == -9
    assert path.read_bytes() == b"old" and len(os.listdir(tmp_path)) == 2
    write_atomically(path, lambda p: p.write_bytes(b"new") and None)
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["a.bin"]
