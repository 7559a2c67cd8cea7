"""TFRecord files: records with their lengths and checksums."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zlib
from collections.abc import Iterator
from typing import Any, Self

from ..errors import DataLossError, NotFoundError

CHECKED = 1 << 12  # records up to this size have their content checked: Python is slow at it


def _table() -> list[int]:
    rows = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        rows.append(byte)
    return rows


_TABLE = _table()


def masked_crc(data: bytes) -> int:
    """CRC-32C (Castagnoli), turned and shifted as TFRecord files keep it.

    >>> hex(masked_crc(b"123456789"))
    '0xc78ab0e5'
    """
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 255] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


class TFRecordCompressionType:
    NONE, ZLIB, GZIP = 0, 1, 2


class TFRecordOptions:
    def __init__(self, compression_type: Any = None, **settings: Any):
        self.compression_type = compression_type


def _compression(options: Any) -> str:
    kind = getattr(options, "compression_type", options)
    return {None: "", 0: "", 1: "ZLIB", 2: "GZIP"}.get(kind, str(kind))


def records(path: Any, options: Any = None) -> Iterator[bytes]:
    """The records of a file.

    Raises NotFoundError where there is none, DataLossError where it is damaged.
    """
    name = os.fsdecode(path)
    if not os.path.exists(name):
        raise NotFoundError(message=f"{name}; No such file or directory")
    kind = _compression(options)
    if kind == "ZLIB":
        with open(name, "rb") as file:
            yield from _split(zlib.decompress(file.read()), name)
        return
    with gzip.open(name) if kind == "GZIP" else open(name, "rb") as file:
        yield from _read(file, name)


def _split(data: bytes, name: str) -> Iterator[bytes]:

    yield from _read(io.BytesIO(data), name)


def _read(file: Any, name: str) -> Iterator[bytes]:
    at = 0
    while head := file.read(12):
        if len(head) < 12 or masked_crc(head[:8]) != struct.unpack("<I", head[8:])[0]:
            raise DataLossError(message=f"corrupted record at {at} in {name}")
        (size,) = struct.unpack("<Q", head[:8])
        data, tail = file.read(size), file.read(4)
        if len(data) < size or len(tail) < 4:
            raise DataLossError(message=f"truncated record at {at} in {name}")
        if size <= CHECKED and masked_crc(data) != struct.unpack("<I", tail)[0]:
            raise DataLossError(message=f"corrupted record at {at} in {name}")
        at += 16 + size
        yield data


class TFRecordWriter:
    """Writes records to a file."""

    def __init__(self, path: Any, options: Any = None):
        self._kind = _compression(options)
        name = os.fsdecode(path)
        self._parts: list[bytes] = []
        opened = gzip.open if self._kind == "GZIP" else open
        self._file: Any = opened(name, "wb")

    def write(self, record: Any) -> None:
        data = record.encode() if isinstance(record, str) else bytes(record)
        head = struct.pack("<Q", len(data))
        framed = head + struct.pack("<I", masked_crc(head)) + data + struct.pack("<I", masked_crc(data))
        if self._kind == "ZLIB":
            self._parts.append(framed)
        else:
            self._file.write(framed)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        if self._parts:
            self._file.write(zlib.compress(b"".join(self._parts)))
            self._parts = []
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()


def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """The records of a file."""
    return records(path, options)


__all__ = [
    "TFRecordCompressionType",
    "TFRecordOptions",
    "TFRecordWriter",
    "masked_crc",
    "tf_record_iterator",
]
