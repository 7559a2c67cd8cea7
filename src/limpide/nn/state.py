"""Named state as dictionaries of arrays; loading is all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import ArgumentError, user_frame
from ..tensor import Parameter, to_array


def load(op: str, own: Mapping[str, Parameter], given: Mapping[str, Any], strict: bool = True) -> None:
    """Give every parameter the value of its name.

    Raises ArgumentError that lists what is missing, what is unexpected and what has another shape;
    then nothing was changed.
    """
    arrays = {name: to_array(value) for name, value in given.items()}
    missing = [name for name in own if name not in arrays]
    unexpected = [name for name in arrays if name not in own]
    wrong = [
        f"{name}: {arrays[name].shape} given, {p.shape} expected"
        for name, p in own.items()
        if name in arrays and arrays[name].shape != p.shape
    ]
    lines = [f"  wrong shape {line}" for line in wrong]
    if strict:
        lines += [f"  missing {name}" for name in missing] + [f"  unexpected {name}" for name in unexpected]
    if lines:
        raise ArgumentError(
            op,
            "\n".join(["the state does not fit, nothing was loaded:", *lines]),
            where=user_frame(),
            hint="strict=False passes over missing and unexpected names" if not wrong else None,
        )
    for name, parameter in own.items():
        if name in arrays:
            parameter.cell.replace(np.array(arrays[name], dtype=parameter.dtype, order="C"))
