"""tf.compat: text as bytes and back; `tf.compat.v1` is the face itself."""

from __future__ import annotations

import sys
from typing import Any

from ... import missing

bytes_or_text_types = (bytes, str)


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    return bytes_or_text.encode(encoding) if isinstance(bytes_or_text, str) else bytes(bytes_or_text)


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    return bytes_or_text.decode(encoding) if isinstance(bytes_or_text, bytes) else str(bytes_or_text)


as_str = as_text


def as_str_any(value: Any) -> str:
    return as_text(value) if isinstance(value, bytes) else str(value)


def path_to_str(path: Any) -> str:
    return str(path)


v1 = sys.modules[__name__.rpartition(".")[0]]

__getattr__ = missing.attributes("tensorflow.compat", globals())
