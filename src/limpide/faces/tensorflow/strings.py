"""Text: tf.strings and the names of tf.* for it. NumPy and Python do it between native calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import missing
from .dtypes import as_dtype, float32, int32, string
from .math import hosted


def _each(f: Callable[..., Any], kind: Any = object) -> Callable[..., Any]:
    """A function of one piece of text on all of an array."""

    def on_arrays(*arrays: Any) -> Any:
        result = np.vectorize(f, otypes=[kind])(*(np.asarray(a, object) for a in arrays))
        return result if result.shape else result[()] if kind is not object else np.asarray(result, object)

    return on_arrays


def as_string(
    input: Any, precision: int = -1, scientific: bool = False, shortest: bool = False, width: int = -1,
    fill: str = "", name: Any = None,
) -> Any:  # fmt: skip
    """Numbers as text."""

    def show(value: Any) -> bytes:
        if isinstance(value, (bool, np.bool_)):
            return b"true" if value else b"false"
        if isinstance(value, (int, np.integer)):
            return f"{value:{fill}{width if width > 0 else ''}d}".encode()
        digits = 6 if precision < 0 else precision
        kind = "e" if scientific else "g" if shortest else "f"
        return f"{float(value):{fill}{width if width > 0 else ''}.{digits}{kind}}".encode()

    return hosted("AsString", _each(show), [input], name=name, dtype=string)


def string_to_number(string_tensor: Any, out_type: Any = float32, name: Any = None) -> Any:
    """Text as numbers."""
    kind = as_dtype(out_type).as_numpy_dtype
    return hosted(
        "StringToNumber",
        lambda a: np.asarray(_each(float, np.float64)(a)).astype(kind),
        [string_tensor],
        name=name,
        dtype=out_type,
    )


to_number = string_to_number


def string_join(inputs: Any, separator: str = "", name: Any = None) -> Any:
    """Pieces of text put together, element by element."""
    return hosted(
        "StringJoin",
        _each(lambda *parts: separator.encode().join(parts)),
        list(inputs),
        name=name,
        dtype=string,
    )


join = string_join


def string_strip(input: Any, name: Any = None) -> Any:
    return hosted("StringStrip", _each(lambda s: s.strip()), [input], name=name, dtype=string)


def string_length(input: Any, name: Any = None, unit: str = "BYTE") -> Any:
    return hosted(
        "StringLength",
        _each(lambda s: len(s if unit == "BYTE" else s.decode()), np.int32),
        [input],
        name=name,
        dtype=int32,
    )


def substr(input: Any, pos: Any, len: Any, name: Any = None) -> Any:
    return hosted(
        "Substr",
        _each(lambda s, p, n: s[int(p) : int(p) + int(n)]),
        [input, pos, len],
        name=name,
        dtype=string,
    )


def regex_replace(
    input: Any, pattern: str, rewrite: str, replace_global: bool = True, name: Any = None
) -> Any:
    """Text with what a pattern finds replaced."""
    found = re.compile(pattern.encode())
    return hosted(
        "RegexReplace",
        _each(lambda s: found.sub(rewrite.encode(), s, 0 if replace_global else 1)),
        [input],
        name=name,
        dtype=string,
    )


def string_to_hash_bucket_fast(input: Any, num_buckets: int, name: Any = None) -> Any:
    """Text as numbers below num_buckets."""
    return hosted(
        "StringToHashBucketFast",
        _each(lambda s: _hash(s) % num_buckets, np.int64),
        [input],
        name=name,
        dtype="int64",
    )


string_to_hash_bucket = string_to_hash_bucket_strong = to_hash_bucket = to_hash_bucket_fast = (
    string_to_hash_bucket_fast
)


def _hash(text: bytes) -> int:
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in text:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def decode_raw(bytes: Any, out_type: Any, little_endian: bool = True, name: Any = None) -> Any:
    """The bytes of text as numbers."""
    kind = np.dtype(as_dtype(out_type).as_numpy_dtype).newbyteorder("<" if little_endian else ">")

    def decode(value: Any) -> Any:
        array = np.asarray(value, object)
        rows = [np.frombuffer(v, kind) for v in array.ravel()]
        return np.stack(rows).reshape((*array.shape, -1)).astype(kind.newbyteorder("="))

    return hosted("DecodeRaw", decode, [bytes], name=name, dtype=out_type)


length, strip = string_length, string_strip
__all__ = [
    "as_string", "decode_raw", "regex_replace", "string_join", "string_length", "string_strip",
    "string_to_hash_bucket", "string_to_hash_bucket_fast", "string_to_hash_bucket_strong",
    "string_to_number", "substr",
]  # fmt: skip
__getattr__ = missing.attributes("tensorflow.strings", globals())
