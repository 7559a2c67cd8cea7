"""Gradients that are too large: cut element by element, or scaled together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..nn.words import lp
from ..tensor import Parameter, Tensor


def by_value(gradients: Sequence[Any], limit: float) -> list[Any]:
    """Every element cut to [-limit, limit]."""
    return [lp.clip(g, -limit, limit) for g in gradients]


def by_norm(gradients: Sequence[Any], limit: float, norm: Any) -> list[Any]:
    """All scaled by min(1, limit / (norm + 1e-6)), where norm is theirs together (Pascanu et al. 2013)."""
    scale = lp.minimum(limit / (norm + 1e-6), 1.0)
    return [g * scale.astype(g.dtype) for g in gradients]


def global_norm(gradients: Sequence[Any], order: float = 2.0) -> Any:
    """The norm of all elements of all gradients as one vector.

    order: 1, 2, any p > 0, or inf for the largest absolute value.

    >>> global_norm([np.array([3.0]), np.array([[4.0]])])
    tensor(5., dtype=float64)
    """
    if order == np.inf:
        return reduce(lp.maximum, [lp.max(lp.abs(g)) for g in gradients])
    power = lp.square if order == 2 else lambda g: lp.power(lp.abs(g), order)
    total = reduce(lp.add, [lp.sum(power(g)) for g in gradients])
    return lp.sqrt(total) if order == 2 else lp.power(total, 1 / order)


def clip_grad_norm_(
    parameters: Parameter | Iterable[Parameter], max_norm: float, norm_type: float = 2.0
) -> Tensor:
    """Scale the `.grad` of all parameters so that their norm together is at most max_norm.

    Gives the norm before. For the eager way; `clip_norm=` of an optimizer does it inside its step.

    >>> w = Parameter([3.0, 4.0])
    >>> lp.sum(w * w / 2).backward()
    >>> clip_grad_norm_([w], 2.5), w.grad.numpy().round(5)
    (tensor(5., dtype=float32), array([1.5, 2. ], dtype=float32))
    """
    moved = _with_gradients(parameters)
    if not moved:
        return Tensor(None, np.zeros((), np.float32))
    norm: Tensor = global_norm([p.grad for p in moved], norm_type)
    for p, g in zip(moved, by_norm([p.grad for p in moved], max_norm, norm), strict=True):
        p.grad = g
    return norm


def clip_grad_value_(parameters: Parameter | Iterable[Parameter], clip_value: float) -> None:
    """Cut every element of the parameters' `.grad` to [-clip_value, clip_value].

    >>> w = Parameter([3.0, 0.5])
    >>> lp.sum(w * w / 2).backward()
    >>> clip_grad_value_([w], 1.0)
    >>> w.grad
    tensor([1. , 0.5], dtype=float32)
    """
    moved = _with_gradients(parameters)
    for p, g in zip(moved, by_value([p.grad for p in moved], clip_value), strict=True):
        p.grad = g


def _with_gradients(parameters: Parameter | Iterable[Parameter]) -> list[Parameter]:
    given = [parameters] if isinstance(parameters, Parameter) else parameters
    return [p for p in given if p.grad is not None]
