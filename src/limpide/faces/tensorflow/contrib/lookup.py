"""tf.contrib.lookup: tables from texts or numbers to numbers and back."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....tensor import Tensor as EngineTensor
from ... import missing
from ...record import Host, constant_of
from ..dtypes import as_dtype, int64, string
from ..graph import GraphKeys, add_to_collection
from ..inputs import convert_to_tensor
from ..recording import apply, array_of
from ..variables import no_op


def _rows(values: Any) -> list[Any]:
    """A constant, a list or an array as a list of texts (bytes) or numbers."""
    if isinstance(values, EngineTensor):
        return list(values.numpy().tolist())
    source = getattr(values, "source", None)
    if source is not None:
        known = constant_of(values)
        values = source.build() if known is None and isinstance(source, Host) else known
    return list(array_of(values).reshape(-1).tolist())


class _Table:
    """Finds a value for every key."""

    def __init__(self, find: Callable[[Any], Any], key_dtype: Any, value_dtype: Any, size: int, name: str):
        self._find, self.key_dtype, self.value_dtype = find, as_dtype(key_dtype), as_dtype(value_dtype)
        self._size, self.name = size, name
        self.init = no_op(f"{name}/init")
        self.initializer = self.init
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, self.init)

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """A value for every key."""
        given = convert_to_tensor(keys)
        kind = object if self.value_dtype is string else self.value_dtype.as_numpy_dtype

        def look(array: Any) -> Any:
            array = np.asarray(array)
            found = np.empty(array.size, kind)
            found[:] = [self._find(k) for k in array.reshape(-1).tolist()]
            return found.reshape(array.shape)

        made = apply("LookupTableFind", look, [given], source=Host, dtype=self.value_dtype, name=name)
        made.set_shape(given.get_shape())
        return made

    def size(self, name: str | None = None) -> Any:
        return convert_to_tensor(np.int64(self._size))


class KeyValueTensorInitializer:
    """Keys and their values."""

    def __init__(
        self, keys: Any, values: Any, key_dtype: Any = None, value_dtype: Any = None, name: Any = None
    ):
        self.keys, self.values = _rows(keys), _rows(values)
        self.key_dtype, self.value_dtype = key_dtype or _kind(self.keys), value_dtype or _kind(self.values)


def _kind(rows: list[Any]) -> Any:
    return string if rows and isinstance(rows[0], bytes) else as_dtype(np.asarray(rows).dtype)


class HashTable(_Table):
    """Values by keys, default_value for others."""

    def __init__(
        self, initializer: Any, default_value: Any, shared_name: Any = None, name: str | None = None
    ):
        places = dict(zip(initializer.keys, initializer.values, strict=True))
        default = default_value.encode() if isinstance(default_value, str) else default_value
        super().__init__(
            lambda k: places.get(k, default), initializer.key_dtype, initializer.value_dtype, len(places),
            name or "hash_table",
        )  # fmt: skip


StaticHashTable = HashTable


def index_table_from_tensor(
    mapping: Any = None, num_oov_buckets: int = 0, default_value: int = -1, hasher_spec: Any = None,
    dtype: Any = string, name: str | None = None,
) -> _Table:  # fmt: skip
    """The place of every word in a list; others by hashing, or default_value."""
    if mapping is None:
        raise ValueError("mapping must be specified.")
    return _indices(_rows(mapping), num_oov_buckets, default_value, dtype, name)


def _indices(words: Sequence[Any], buckets: int, default: int, dtype: Any, name: str | None) -> _Table:
    places = {w: k for k, w in enumerate(words)}

    def find(key: Any) -> int:
        found = places.get(key)
        if found is None and buckets:
            text = key if isinstance(key, bytes) else str(key).encode()
            return len(places) + zlib.crc32(text) % buckets
        return default if found is None else found

    return _Table(find, dtype, int64, len(places) + buckets, name or "string_to_index")


def _lines(vocabulary_file: str, size: int | None) -> list[bytes]:
    with open(vocabulary_file, "rb") as file:
        return [line.rstrip(b"\r\n") for line in file][:size]


def index_table_from_file(
    vocabulary_file: str, num_oov_buckets: int = 0, vocab_size: int | None = None, default_value: int = -1,
    hasher_spec: Any = None, key_dtype: Any = string, name: str | None = None, **_: Any,
) -> _Table:  # fmt: skip
    """The line of every word in a file."""
    return _indices(_lines(vocabulary_file, vocab_size), num_oov_buckets, default_value, key_dtype, name)


def index_to_string_table_from_tensor(
    mapping: Any, default_value: Any = "UNK", name: str | None = None
) -> _Table:
    """The word at every place of a list."""
    return _words(_rows(mapping), default_value, name)


def index_to_string_table_from_file(
    vocabulary_file: str,
    vocab_size: int | None = None,
    default_value: Any = "UNK",
    name: str | None = None,
    **_: Any,
) -> _Table:
    """The word of every line of a file."""
    return _words(_lines(vocabulary_file, vocab_size), default_value, name)


def _words(words: Sequence[Any], default: Any, name: str | None) -> _Table:
    unknown = default.encode() if isinstance(default, str) else default
    return _Table(
        lambda k: words[k] if 0 <= k < len(words) else unknown,
        int64,
        string,
        len(words),
        name or "index_to_string",
    )


__getattr__ = missing.attributes("tensorflow.contrib.lookup", globals())
