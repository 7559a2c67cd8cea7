"""Readers: parts of files whose names are in a queue; files as a whole."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import Any

import numpy as np

from ..record import Host
from .data.dataset import TFRecordDataset, _object, _opened
from .dtypes import string
from .errors import OutOfRangeError
from .graph import get_default_graph
from .inputs import convert_to_tensor
from .queues import QueueBase
from .recording import apply, operation


class ReaderBase:
    """Reads parts of files whose names are in a queue."""

    def __init__(self) -> None:
        self._graph = get_default_graph()

    def _split(self, name: str) -> Any:
        """Pairs of keys and values of one file."""
        raise NotImplementedError

    def _following(self, queue: QueueBase) -> list[Any]:
        resources = self._graph.active.resources
        while True:
            parts = resources.get(self)
            if parts is None:
                (name,) = queue._take(1)[0]
                text = np.asarray(name, object).item()
                parts = resources[self] = self._split(text.decode() if isinstance(text, bytes) else str(text))
            found = next(parts, None)
            if found is not None:
                return [_object(found[0]), _object(found[1])]
            del resources[self]

    def read(self, queue: QueueBase, name: str | None = None) -> Any:
        """The next key and value."""
        key, value = apply(
            "ReaderRead",
            lambda: self._following(queue),
            count=2,
            source=Host,
            dtype=[string, string],
            name=name,
            once=True,
        )
        for tensor in (key, value):
            tensor.set_shape([])
        return key, value

    def read_up_to(self, queue: QueueBase, num_records: int, name: str | None = None) -> Any:
        """The next keys and values, at most so many."""

        def read() -> list[Any]:
            rows = []
            try:
                rows = [self._following(queue) for _ in range(num_records)]
            except OutOfRangeError:
                if not rows:
                    raise
            return [
                np.array([k.item() for k, _ in rows], object),
                np.array([v.item() for _, v in rows], object),
            ]

        made = apply(
            "ReaderReadUpTo", read, count=2, source=Host, dtype=[string, string], name=name, once=True
        )
        return made[0], made[1]


class TextLineReader(ReaderBase):
    """The lines of text files."""

    def __init__(self, skip_header_lines: int | None = None, name: str | None = None):
        super().__init__()
        self._skipped = skip_header_lines or 0

    def _split(self, name: str) -> Any:
        with _opened(name) as file:
            for number, line in enumerate(file):
                if number >= self._skipped:
                    yield f"{name}:{number + 1}".encode(), line.rstrip(b"\r\n")


class WholeFileReader(ReaderBase):
    """Files as a whole."""

    def __init__(self, name: str | None = None):
        super().__init__()

    def _split(self, name: str) -> Any:
        with _opened(name) as file:
            yield name.encode(), file.read()


class TFRecordReader(ReaderBase):
    """The records of TFRecord files."""

    def __init__(self, name: str | None = None, options: Any = None):
        super().__init__()
        self._options = options

    def _split(self, name: str) -> Any:
        rows = TFRecordDataset(name, self._options)._iterate({})
        return ((f"{name}:{k}".encode(), text.item()) for k, (text,) in enumerate(rows))


class FixedLengthRecordReader(ReaderBase):
    """Parts of equal length of binary files."""

    def __init__(
        self, record_bytes: int, header_bytes: int | None = None, footer_bytes: int | None = None,
        hop_bytes: Any = None, name: str | None = None, encoding: Any = None,
    ):  # fmt: skip
        super().__init__()
        self._size, self._head, self._foot = record_bytes, header_bytes or 0, footer_bytes or 0

    def _split(self, name: str) -> Any:
        with _opened(name) as file:
            data = file.read()
        for k, at in enumerate(range(self._head, len(data) - self._foot - self._size + 1, self._size)):
            yield f"{name}:{k}".encode(), data[at : at + self._size]


class IdentityReader(ReaderBase):
    """The names themselves."""

    def __init__(self, name: str | None = None):
        super().__init__()

    def _split(self, name: str) -> Any:
        yield name.encode(), name.encode()


def read_file(filename: Any, name: str | None = None) -> Any:
    """The content of a file."""

    def read(text: Any) -> Any:
        with _opened(np.asarray(text, object).item().decode()) as file:
            return _object(file.read())

    made = apply("ReadFile", read, [convert_to_tensor(filename)], source=Host, dtype=string, name=name)
    made.set_shape([])
    return made


def write_file(filename: Any, contents: Any, name: str | None = None) -> Any:
    """An operation that writes a file."""

    def write(file: Any, text: Any) -> None:
        Path(np.asarray(file, object).item().decode()).write_bytes(np.asarray(text, object).item())

    return operation(
        "WriteFile", write, [convert_to_tensor(filename), convert_to_tensor(contents)], name=name, source=Host
    )


def matching_files(pattern: Any, name: str | None = None) -> Any:
    """The names of files that match a pattern."""

    def match(text: Any) -> Any:
        return np.array(
            [f.encode() for f in sorted(glob.glob(np.asarray(text, object).item().decode()))], object
        )

    return apply("MatchingFiles", match, [convert_to_tensor(pattern)], source=Host, dtype=string, name=name)


__all__ = [
    "FixedLengthRecordReader",
    "IdentityReader",
    "ReaderBase",
    "TFRecordReader",
    "TextLineReader",
    "WholeFileReader",
    "matching_files",
    "read_file",
    "write_file",
]
