"""Inputs of every dtype and number of axes: T.scalar, T.fmatrix, T.lvector, T.dscalars, ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..configparser import config
from .type import TensorType

PREFIXES = {
    "b": "int8", "w": "int16", "i": "int32", "l": "int64", "f": "float32", "d": "float64",
    "c": "complex64", "z": "complex128",
}  # fmt: skip

PATTERNS: dict[str, tuple[bool, ...]] = {
    "scalar": (), "vector": (False,), "row": (True, False), "col": (False, True), "matrix": (False,) * 2,
    "tensor3": (False,) * 3, "tensor4": (False,) * 4, "tensor5": (False,) * 5,
    "tensor6": (False,) * 6, "tensor7": (False,) * 7,
}  # fmt: skip

PLURALS = {
    "scalar": "scalars", "vector": "vectors", "row": "rows", "col": "cols", "matrix": "matrices",
    "tensor3": "tensor3s", "tensor4": "tensor4s", "tensor5": "tensor5s", "tensor6": "tensor6s",
    "tensor7": "tensor7s",
}  # fmt: skip


def _of_floatx(kind: str) -> Callable[..., Any]:
    def make(name: str | None = None, dtype: Any = None) -> Any:
        return TensorType(config.floatX if dtype is None else dtype, PATTERNS[kind])(name)

    make.__name__ = kind
    make.__doc__ = f"A symbolic {kind}, of floatX without a dtype."
    return make


def _several(one: Callable[..., Any]) -> Callable[..., list[Any]]:
    def make(*args: Any, **kwargs: Any) -> list[Any]:
        """Several inputs: as many as a number says, or one for every name."""
        if len(args) == 1 and isinstance(args[0], int):
            return [one(**kwargs) for _ in range(args[0])]
        names = args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
        return [one(name, **kwargs) for name in names]

    return make


def _table() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for kind in PATTERNS:
        made[kind] = _of_floatx(kind)
        made[PLURALS[kind]] = _several(made[kind])
        for prefix, dtype in PREFIXES.items():
            if dtype.startswith("complex"):
                continue
            made[prefix + kind] = TensorType(dtype, PATTERNS[kind])
            made[prefix + PLURALS[kind]] = _several(made[prefix + kind])
    return made


constructors = _table()
globals().update(constructors)


def tensor(*args: Any, **kwargs: Any) -> Any:
    """A symbolic tensor: T.tensor(dtype, broadcastable, name)."""
    name = kwargs.pop("name", None)
    return TensorType(*args, **kwargs)(name=name)


__all__ = ["PATTERNS", "constructors", "tensor", *constructors]
