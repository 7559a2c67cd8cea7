"""Named state as dictionaries of arrays; loading is all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..dtypes import converted
from ..errors import ArgumentError, user_frame
from ..graph import Array
from ..tensor import Parameter, to_array

Axes = tuple[int, ...]  # an order of axes, as np.transpose takes it


def load(
    op: str,
    own: Mapping[str, Parameter],
    given: Mapping[str, Any],
    strict: bool = True,
    axes: Mapping[str, Axes] | None = None,
) -> None:
    """Give every parameter the value of its name.

    axes: by name, the order of axes in which a given array is taken.
    Raises ArgumentError that lists what is missing, what is unexpected and what has another shape;
    then nothing was changed.
    """
    arrays = {
        name: turned(to_array(from_torch(value)), (axes or {}).get(name)) for name, value in given.items()
    }
    missing = [name for name in own if name not in arrays]
    unexpected = [name for name in arrays if name not in own]
    wrong = {
        name: f"{name}: {arrays[name].shape} given, {p.shape} expected"
        for name, p in own.items()
        if name in arrays and arrays[name].shape != p.shape
    }
    lines = [f"  wrong shape {line}" for line in wrong.values()]
    if strict:
        lines += [f"  missing {name}" for name in missing] + [f"  unexpected {name}" for name in unexpected]
    if lines:
        transposed = axes == {} and any(arrays[name].shape[::-1] == own[name].shape for name in wrong)
        hint = 'layout="torch" takes the arrays of a PyTorch network' if transposed else None
        if not wrong:
            hint = "strict=False passes over missing and unexpected names"
        raise ArgumentError(
            op,
            "\n".join(["the state does not fit, nothing was loaded:", *lines]),
            where=user_frame(),
            hint=hint,
        )
    for name, parameter in own.items():
        if name in arrays:
            parameter.cell.replace(np.array(converted(arrays[name], parameter.dtype), order="C"))


def turned(array: Array, axes: Axes | None, back: bool = False) -> Array:
    """The array with its axes in this order, or brought back from it; always a copy of its own.

    >>> turned(np.zeros((2, 3)), (1, 0)).shape
    (3, 2)
    """
    if axes is None or len(axes) != array.ndim:
        return array.copy()
    return np.array(array.transpose(np.argsort(axes) if back else axes), order="C")


def is_torch(value: Any) -> bool:
    """Whether it is a tensor of PyTorch, which is not imported for that."""
    return type(value).__module__.partition(".")[0] == "torch"


def from_torch(value: Any) -> Any:
    """A tensor of PyTorch as an array; anything else as it is."""
    return value.detach().cpu().numpy() if is_torch(value) else value
