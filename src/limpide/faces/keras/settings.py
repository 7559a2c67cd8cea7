"""Settings of `keras.backend`: floats, epsilon, where channels stand."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ...errors import ArgumentError, user_frame

ORDERS = {"channels_first": "th", "channels_last": "tf"}  # both names of an order

_settings: dict[str, Any] = {"epsilon": 1e-7, "floatx": "float32", "image_data_format": "channels_last"}


def epsilon() -> float:
    """The small number that keeps quotients and logarithms finite."""
    return float(_settings["epsilon"])


def set_epsilon(e: float) -> None:
    """Another small number."""
    _settings["epsilon"] = float(e)


def floatx() -> str:
    """The dtype of floats, as "float32"."""
    return str(_settings["floatx"])


def set_floatx(floatx: str) -> None:
    """Another dtype of floats: "float32" or "float64" ("float16" is computed as float32)."""
    if floatx not in ("float16", "float32", "float64"):
        raise ValueError(f"Unknown floatx type: {floatx}")
    _settings["floatx"] = "float32" if floatx == "float16" else floatx


def cast_to_floatx(x: Any) -> Any:
    """A NumPy array as floats."""
    return np.asarray(x, dtype=floatx())


def image_data_format() -> str:
    """Where channels stand by default: "channels_last" or "channels_first"."""
    return str(_settings["image_data_format"])


def set_image_data_format(data_format: str) -> None:
    """Where channels stand by default."""
    if data_format not in ORDERS:
        raise ValueError(f"Unknown data_format: {data_format}")
    _settings["image_data_format"] = data_format


def image_dim_ordering() -> str:
    """The same in Keras 1's words: "tf" or "th"."""
    return ORDERS[image_data_format()]


def set_image_dim_ordering(dim_ordering: str) -> None:
    """The same in Keras 1's words: "tf" or "th"."""
    names = {short: long for long, short in ORDERS.items()}
    if dim_ordering not in names:
        raise ValueError(f"Unknown dim_ordering: {dim_ordering}")
    set_image_data_format(names[dim_ordering])


def normalize_data_format(value: str | None) -> str:
    """A data format from any of its spellings; None and "default" are the setting.

    >>> normalize_data_format("th")
    'channels_first'
    """
    if value is None or value == "default":
        return image_data_format()
    found = {**{short: long for long, short in ORDERS.items()}, **{n: n for n in ORDERS}}.get(value.lower())
    if found is None:
        raise ArgumentError(
            "data_format", f"{value!r} is neither 'channels_first' nor 'channels_last'", where=user_frame()
        )
    return found


def backend() -> str:
    """The name that scripts ask for: "tensorflow", or what KERAS_BACKEND says."""
    return os.environ.get("KERAS_BACKEND", "tensorflow")


__all__ = [
    "backend", "cast_to_floatx", "epsilon", "floatx", "image_data_format", "image_dim_ordering",
    "normalize_data_format", "set_epsilon", "set_floatx", "set_image_data_format",
    "set_image_dim_ordering",
]  # fmt: skip
