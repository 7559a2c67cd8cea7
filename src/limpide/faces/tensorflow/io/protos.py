"""tf.train.Example and its parts: the messages of TFRecord files, in Protocol Buffers' encoding."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Self

import numpy as np

from ..errors import DataLossError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


# ------------------------------------------------------------------------------------------------ encoding
def varint(value: int) -> bytes:
    """An integer as bytes of seven bits each."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, data: bytes) -> bytes:
    """A field of bytes or a message."""
    return varint(number << 3 | BYTES) + varint(len(data)) + data


def _read_varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise DataLossError(message="a message ends within a number")
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data: Any) -> Iterator[tuple[int, int, Any]]:
    """Number, kind and content of every field of a message.

    Raises DataLossError where it is damaged.
    """
    view, at = memoryview(data), 0
    while at < len(view):
        tag, at = _read_varint(view, at)
        kind = tag & 7
        if kind == VARINT:
            value, at = _read_varint(view, at)
            yield tag >> 3, kind, value
            continue
        if kind == BYTES:
            size, at = _read_varint(view, at)
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
        else:
            raise DataLossError(message=f"a message has a field of the unknown kind {kind}")
        if at + size > len(view):
            raise DataLossError(message="a message ends within a field")
        yield tag >> 3, kind, view[at : at + size]
        at += size


def messages(data: Any) -> Iterator[tuple[int, Any]]:
    """Number and content of every field of bytes."""
    return ((number, content) for number, kind, content in fields(data) if kind == BYTES)


class Message:
    """What all messages have: bytes, and back."""

    def SerializeToString(self) -> bytes:
        raise NotImplementedError

    def _read(self, data: Any) -> None:
        raise NotImplementedError

    def ParseFromString(self, serialized: bytes) -> int:
        self._read(serialized)
        return len(serialized)

    MergeFromString = ParseFromString

    @classmethod
    def FromString(cls, serialized: bytes) -> Self:
        made = cls()
        made._read(serialized)
        return made

    def CopyFrom(self, other: Any) -> None:
        self.__init__()  # type: ignore[misc]
        self._read(other.SerializeToString())

    def ByteSize(self) -> int:
        return len(self.SerializeToString())

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.SerializeToString() == self.SerializeToString()

    __hash__ = None  # type: ignore[assignment]


class _List(Message):
    value: list[Any]

    def __init__(self, value: Iterable[Any] = ()):
        self.value = [self._checked(v) for v in value]

    def _checked(self, value: Any) -> Any:
        return value

    def __repr__(self) -> str:
        return "".join(f"value: {v!r}\n" for v in self.value)


class BytesList(_List):
    def _checked(self, value: Any) -> Any:
        if not isinstance(value, (bytes, np.bytes_)):
            raise TypeError(f"{value!r} has type {type(value).__name__}, but expected one of: bytes")
        return bytes(value)

    def SerializeToString(self) -> bytes:
        return b"".join(field(1, v) for v in self.value)

    def _read(self, data: Any) -> None:
        self.value += [bytes(content) for number, content in messages(data) if number == 1]


class FloatList(_List):
    def _checked(self, value: Any) -> Any:
        return float(value)

    def SerializeToString(self) -> bytes:
        return field(1, np.asarray(self.value, "<f4").tobytes()) if self.value else b""

    def _read(self, data: Any) -> None:
        for number, kind, content in fields(data):
            if number == 1 and kind in (BYTES, FIXED32) and len(content) % 4 == 0:
                self.value += [v for (v,) in struct.iter_unpack("<f", content)]


class Int64List(_List):
    def _checked(self, value: Any) -> Any:
        if isinstance(value, (float, np.floating)):
            raise TypeError(f"{value!r} has type float, but expected one of: int")
        return int(value)

    def SerializeToString(self) -> bytes:
        return field(1, b"".join(map(varint, self.value))) if self.value else b""

    def _read(self, data: Any) -> None:
        for number, kind, content in fields(data):
            if number != 1:
                continue
            if kind == VARINT:
                self.value.append(_signed(content))
                continue
            at = 0
            while at < len(content):
                value, at = _read_varint(content, at)
                self.value.append(_signed(value))


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


class Feature(Message):
    """One list: of bytes, of floats or of integers."""

    KINDS: ClassVar[dict[str, tuple[int, type[_List]]]] = {
        "bytes_list": (1, BytesList), "float_list": (2, FloatList), "int64_list": (3, Int64List),
    }  # fmt: skip

    def __init__(self, bytes_list: Any = None, float_list: Any = None, int64_list: Any = None):
        self._lists: dict[str, _List] = {}
        for name, given in [
            ("bytes_list", bytes_list),
            ("float_list", float_list),
            ("int64_list", int64_list),
        ]:
            if given is not None:
                self._lists = {name: given}

    def __getattr__(self, name: str) -> Any:
        if name not in Feature.KINDS:
            raise AttributeError(name)
        return self._lists.setdefault(name, Feature.KINDS[name][1]())

    def WhichOneof(self, _: str = "kind") -> str | None:
        return next((name for name, found in self._lists.items() if found.value), None)

    def SerializeToString(self) -> bytes:
        return b"".join(
            field(Feature.KINDS[n][0], found.SerializeToString()) for n, found in self._lists.items()
        )

    def _read(self, data: Any) -> None:
        for number, content in messages(data):
            for name, (own, _kind) in Feature.KINDS.items():
                if number == own:
                    getattr(self, name)._read(content)

    def __repr__(self) -> str:
        return "".join(f"{name} {{\n{found!r}}}\n" for name, found in self._lists.items())


class _Map(dict[str, Any]):
    """A map whose entries are made when they are asked for."""

    def __init__(self, make: type[Message], given: Any = ()):
        super().__init__(given)
        self._make = make

    def __missing__(self, key: str) -> Any:
        self[key] = made = self._make()
        return made


class _OfMap(Message):
    """A message that is one map."""

    part: ClassVar[type[Message]]
    attribute: ClassVar[str]

    def _map(self) -> _Map:
        found: _Map = getattr(self, self.attribute)
        return found

    def SerializeToString(self) -> bytes:
        entries = (
            field(1, k.encode()) + field(2, v.SerializeToString()) for k, v in sorted(self._map().items())
        )
        return b"".join(field(1, entry) for entry in entries)

    def _read(self, data: Any) -> None:
        for number, content in messages(data):
            if number == 1:
                parts = dict(messages(content))
                try:
                    key = bytes(parts.get(1, b"")).decode()
                except UnicodeDecodeError:
                    raise DataLossError(message="a name in a message is no text") from None
                self._map()[key] = self.part.FromString(parts.get(2, b""))

    def __repr__(self) -> str:
        return "".join(
            f'{self.attribute} {{\n  key: "{k}"\n  value {v!r}}}\n' for k, v in self._map().items()
        )


class Features(_OfMap):
    """Features by name."""

    part, attribute = Feature, "feature"

    def __init__(self, feature: Any = ()):
        self.feature = _Map(Feature, feature)


class FeatureList(Message):
    """Features in order."""

    def __init__(self, feature: Iterable[Feature] = ()):
        self.feature = list(feature)

    def SerializeToString(self) -> bytes:
        return b"".join(field(1, f.SerializeToString()) for f in self.feature)

    def _read(self, data: Any) -> None:
        self.feature += [Feature.FromString(content) for number, content in messages(data) if number == 1]


class FeatureLists(_OfMap):
    """Lists of features by name."""

    part, attribute = FeatureList, "feature_list"

    def __init__(self, feature_list: Any = ()):
        self.feature_list = _Map(FeatureList, feature_list)


class Example(Message):
    """Features of one example."""

    def __init__(self, features: Features | None = None):
        self.features = features or Features()

    def SerializeToString(self) -> bytes:
        return field(1, self.features.SerializeToString())

    def _read(self, data: Any) -> None:
        for number, content in messages(data):
            if number == 1:
                self.features._read(content)

    def __repr__(self) -> str:
        return f"features {{\n{self.features!r}}}\n"


class SequenceExample(Message):
    """Features of one example, and features of every step of it."""

    def __init__(self, context: Features | None = None, feature_lists: FeatureLists | None = None):
        self.context, self.feature_lists = context or Features(), feature_lists or FeatureLists()

    def SerializeToString(self) -> bytes:
        return field(1, self.context.SerializeToString()) + field(2, self.feature_lists.SerializeToString())

    def _read(self, data: Any) -> None:
        for number, content in messages(data):
            if number == 1:
                self.context._read(content)
            elif number == 2:
                self.feature_lists._read(content)


__all__ = [
    "BytesList", "Example", "Feature", "FeatureList", "FeatureLists", "Features", "FloatList", "Int64List",
    "SequenceExample",
]  # fmt: skip
