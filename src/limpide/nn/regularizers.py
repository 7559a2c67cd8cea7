"""Penalties on weights, given to layers as `regularizer=`: small weights make smoother functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import ArgumentError, user_frame
from .words import choose, lp

Regularizer = Callable[[Any], Any]  # of a parameter: a scalar


class L1L2:
    """l1 sum|w| + l2 sum w^2 (Zou and Hastie 2005).

    >>> L1L2(l1=0.5, l2=2.0)([1.0, -2.0])
    tensor(11.5, dtype=float32)
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        for name, factor in [("l1", l1), ("l2", l2)]:
            if not isinstance(factor, (int, float)) or factor < 0:
                raise ArgumentError(
                    type(self).__name__, f"{name} is {factor!r}, not a number from 0 on", where=user_frame()
                )
        self.l1, self.l2 = l1, l2

    def __call__(self, w: Any) -> Any:
        parts = []
        if self.l1:
            parts.append(lp.sum(lp.absolute(w)) * self.l1)
        if self.l2:
            parts.append(lp.sum(lp.square(w)) * self.l2)
        return sum(parts[1:], parts[0]) if parts else lp.sum(w) * 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}(l1={self.l1:g}, l2={self.l2:g})"


class L1(L1L2):
    """l1 sum|w|: many weights become 0 (Tibshirani 1996)."""

    def __init__(self, l1: float = 0.01):
        super().__init__(l1=l1)


class L2(L1L2):
    """l2 sum w^2: weights stay small (Krogh and Hertz 1991). Its gradient is 2 l2 w."""

    def __init__(self, l2: float = 0.01):
        super().__init__(l2=l2)


NAMES: dict[str, Callable[[], L1L2]] = {"l1": L1, "l2": L2, "l1_l2": lambda: L1L2(0.01, 0.01)}


def get(regularizer: str | Regularizer | None) -> Regularizer | None:
    """A regularizer by its name; None and functions of a parameter as they are.

    >>> get("l2")
    L2(l1=0, l2=0.01)
    """
    if isinstance(regularizer, str):
        return choose("regularizer", regularizer, NAMES)()
    if regularizer is not None and not callable(regularizer):
        raise ArgumentError(
            "regularizer", f"{regularizer!r} is neither a name nor a function", where=user_frame(),
            hint="nn.regularizers.L2(1e-4)",
        )  # fmt: skip
    return regularizer
