"""The engine's functions by name, as the face's ops are written with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...tensor import TensorFunction, functions

lp: dict[str, TensorFunction] = functions
several: dict[str, Callable[..., Any]] = functions  # those that give more than one tensor

__all__ = ["lp", "several"]
