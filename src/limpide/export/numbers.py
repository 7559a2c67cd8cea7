"""Arrays as C, and as bytes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import numpy as np

from ..codegen.writer import number_text
from ..dtypes import FLOAT32, Array

WIDTH = 110


def initial(array: Array) -> str:
    """The initial value of a C array with these elements.

    >>> initial(np.array([0.5, -1.0, 3.0], np.float32))
    '{\\n  .5f, -1.f, 3.f\\n}'
    """
    if not array.view(np.uint8 if array.ndim else array.dtype).any():
        return "{0}"
    if array.dtype == FLOAT32 and np.isfinite(array).all():
        texts = [_short(text) for text in map(str, array.ravel())]
    else:
        texts = [number_text(value, array.dtype) for value in array.ravel()]
    return "{\n" + "\n".join(_lines(texts)) + "\n}"


def _short(text: str) -> str:
    """A float32 as NumPy writes it, without the zeros that say nothing."""
    if "e" not in text and "." in text:
        text = text.removesuffix("0") if text.endswith(".0") else text
    text = text.replace("-0.", "-.", 1) if text.startswith("-0.") and len(text) > 3 else text
    text = text[1:] if text.startswith("0.") and len(text) > 2 else text
    return f"{text}f"


def _lines(texts: Iterable[str]) -> list[str]:
    return textwrap.wrap(
        ", ".join(texts), WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )


def raw(array: Array) -> bytes:
    """The elements as bytes, the lowest first."""
    whole = np.ascontiguousarray(array)
    if whole.dtype.names is None:
        whole = whole.astype(whole.dtype.newbyteorder("<"), copy=False)
    return whole.tobytes()
