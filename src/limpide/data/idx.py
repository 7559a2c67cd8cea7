"""IDX files, the format of MNIST: read with every claim of the header checked, written atomically.

Layout, all numbers big-endian: two zero bytes, one byte for the type, one for the number of axes,
the size of each axis as uint32, then the values in C order.
Source: http://yann.lecun.com/exdb/mnist/ ("The IDX file format").
"""

from __future__ import annotations

import gzip
import math
import os
import secrets
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, DTypeError, ShapeError

TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype("uint8"),
    0x09: np.dtype("int8"),
    0x0B: np.dtype("int16"),
    0x0C: np.dtype("int32"),
    0x0D: np.dtype("float32"),
    0x0E: np.dtype("float64"),
}
CODES = {dtype: code for code, dtype in TYPES.items()}

GZIP = b"\x1f\x8b"
OTHER_KINDS = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"PK\x03\x04": "a zip archive",
    b"\x93NUM": "a NumPy .npy file",
    b"\x89HDF": "an HDF5 file",
    b"BZh": "a bzip2 file",
    b"\xfd7zX": "an xz file",
    b"<": "a web page or XML",
    b"{": "JSON text",
}

MAX_AXES = 64  # NumPy's own limit
DEFLATE_LIMIT = 1032  # deflate never shrinks by more: 258 bytes take at least 2 bits
CHUNK = 1 << 20


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read one IDX file, plain or gzip-compressed (told by its content, not by its name).

    Returns an array of the file's own type (uint8, int8, int16, int32, float32 or float64) in native
    byte order and the file's own shape. Memory stays within the data that is really in the file.

    Raises DataError if the file cannot be read, is not IDX, is shorter or longer than its header says,
    or fails gzip's checksum.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(folder + "/labels.gz", np.array([5, 0, 4], "uint8"))
    ...     read_idx(folder + "/labels.gz")
    array([5, 0, 4], dtype=uint8)
    """
    with _opened(Path(path)) as (stream, room):
        dtype, shape = _header(stream, path, room)
        return _payload(stream, path, dtype, shape)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """The file's bytes, uncompressed, and how many they are at most."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            compressed = file.read(2) == GZIP
            file.seek(0)
            if compressed:
                with gzip.open(file) as stream:
                    yield cast(BinaryIO, stream), size * DEFLATE_LIMIT
            else:
                yield file, size
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(path, f"is damaged: its gzip stream does not decompress ({error})") from error
    except EOFError as error:
        raise _damaged(path, "is cut short: its gzip stream has no end") from error
    except OSError as error:
        raise DataError("read_idx", f"{path} cannot be read: {error.strerror or error}") from error


def _header(stream: BinaryIO, path: object, room: int) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4:
        raise _damaged(path, f"has {len(magic)} bytes, fewer than the 4 that an IDX file starts with")
    zeros, code, axes = magic[:2], magic[2], magic[3]
    if zeros != b"\0\0":
        kind = next((f" ({name})" for mark, name in OTHER_KINDS.items() if magic.startswith(mark)), "")
        raise DataError(
            "read_idx",
            f"{path} is not an IDX file: it starts with the bytes {magic.hex(' ')}{kind}, "
            "expected 00 00, a type code and the number of axes",
        )
    if code not in TYPES:
        known = ", ".join(f"{code:02x} {dtype}" for code, dtype in TYPES.items())
        raise _damaged(path, f"has the type code {code:02x}, expected one of {known}")
    if not 1 <= axes <= MAX_AXES:
        raise _damaged(path, f"says that it has {axes} axes, expected 1 to {MAX_AXES}")
    sizes = stream.read(4 * axes)
    if len(sizes) < 4 * axes:
        raise _damaged(path, f"ends inside its header: {4 + len(sizes)} bytes, expected {4 + 4 * axes}")
    shape = struct.unpack(f">{axes}I", sizes)
    _check_room(path, TYPES[code], shape, room - 4 - len(sizes))
    return TYPES[code], shape


def _check_room(path: object, dtype: np.dtype[Any], shape: tuple[int, ...], room: int) -> None:
    """Refuse a shape that the file cannot hold, before anything is allocated for it."""
    # An empty array may have any other sizes as far as the payload goes, but NumPy has to count them.
    need = dtype.itemsize * math.prod(size for size in shape if size)
    if need > room and (0 not in shape or need > np.iinfo(np.intp).max):
        raise _damaged(
            path, f"says that its shape is {shape} of {dtype}, {need:,} bytes; it can hold at most {room:,}"
        )


def _payload(stream: BinaryIO, path: object, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    need = dtype.itemsize * math.prod(shape)
    data = bytearray()
    while len(data) < need:
        chunk = stream.read(min(CHUNK, need - len(data)))
        if not chunk:
            raise _damaged(
                path, f"is cut short: {len(data):,} bytes of values, expected {need:,} for the shape {shape}"
            )
        data += chunk
    # Reading on to the end also makes gzip compare its checksum.
    if stream.read(1):
        raise _damaged(path, f"goes on after the {need:,} bytes of values that the shape {shape} takes")
    values = np.frombuffer(data, dtype.newbyteorder(">")).reshape(shape)
    return values.astype(dtype, copy=False)


def _damaged(path: object, what: str) -> DataError:
    return DataError("read_idx", f"{path} {what}", hint="the file may be damaged: fetch or make it again")


def write_idx(path: str | os.PathLike[str], array: NDArray[Any]) -> None:
    """Write an array as an IDX file, gzip-compressed if the name ends in `.gz`.

    The file appears whole or not at all: it is written beside its place, then moved there.

    Raises DTypeError if IDX has no code for the dtype, ShapeError for an array without axes,
    DataError if the file cannot be written.
    """
    array = np.asarray(array)
    dtype = array.dtype.newbyteorder("=")
    if dtype not in CODES:
        known = ", ".join(str(dtype) for dtype in CODES)
        raise DTypeError("write_idx", f"IDX holds no {array.dtype}, only {known}", hint="use .astype(...)")
    if array.ndim == 0 or max(array.shape) >= 1 << 32:
        raise ShapeError("write_idx", f"IDX needs axes, each shorter than 2**32; the shape is {array.shape}")
    header = bytes([0, 0, CODES[dtype], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    content = header + array.astype(dtype.newbyteorder(">")).tobytes()
    target = Path(path)
    if target.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        beside.write_bytes(content)
        os.replace(beside, target)
    except OSError as error:
        raise DataError("write_idx", f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)
