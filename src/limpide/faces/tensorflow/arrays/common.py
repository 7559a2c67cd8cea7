"""What the other files share."""

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from ....ops.loop import placeholder as formula_of_input
from ....tensor import Tensor as EngineTensor
from ..graph import Tensor
from ..recording import tensor

Function = Callable[..., Any]


def unknown(shape: Any, dtype: Any) -> EngineTensor:
    """What is known of a result before a run: a formula of this shape."""
    return EngineTensor(formula_of_input("x", builtins.tuple(shape), dtype))


def numbers_of(shape: Any) -> bool:
    """Whether a shape is known without a run."""
    if isinstance(shape, (Tensor, EngineTensor)):
        return False
    if isinstance(shape, (list, tuple)):
        return not any(isinstance(s, (Tensor, EngineTensor)) for s in shape)
    return True


def is_zero(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and value == 0


def integers(shape: Any) -> tuple[int, ...]:
    return tuple(int(s) for s in np.atleast_1d(np.asarray(shape)).ravel())


engine_tensor = tensor


__all__ = [
    "Function",
    "engine_tensor",
    "integers",
    "is_zero",
    "numbers_of",
    "unknown",
]
