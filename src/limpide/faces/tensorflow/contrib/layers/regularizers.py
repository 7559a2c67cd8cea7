"""Penalties on weights, and initial values, under the names of contrib.layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .....nn.words import lp
from ...dtypes import float32
from ...graph import GraphKeys, add_to_collection, get_collection
from ...initializers import VarianceScaling
from ...recording import op, tensor

Regularizer = Callable[..., Any]


@op("l1_l2")
def _penalty(weights: Any, l1: float, l2: float, name: str | None = None) -> Any:
    w = tensor(weights)
    total = lp.zeros((), w.dtype)
    if l1:
        total = total + l1 * lp.sum(lp.abs(w))
    return total + l2 * (lp.sum(lp.square(w)) / 2) if l2 else total


def _regularizer(l1: Any, l2: Any, scope: str | None) -> Regularizer:
    for scale in (l1, l2):
        if isinstance(scale, int) and not isinstance(scale, bool) and scale != 0:
            raise ValueError(f"scale cannot be an integer: {scale}")
        if isinstance(scale, float) and scale < 0:
            raise ValueError(f"Setting a scale less than 0 on a regularizer: {scale:g}")
    if not l1 and not l2:
        return lambda _: None
    return lambda weights, name=None: _penalty(weights, l1, l2, name=name or scope)


def l1_regularizer(scale: float, scope: str | None = None) -> Regularizer:
    """scale sum(|w|)."""
    return _regularizer(scale, 0.0, scope or "l1_regularizer")


def l2_regularizer(scale: float, scope: str | None = None) -> Regularizer:
    """scale sum(w^2) / 2."""
    return _regularizer(0.0, scale, scope or "l2_regularizer")


def l1_l2_regularizer(scale_l1: float = 1.0, scale_l2: float = 1.0, scope: str | None = None) -> Regularizer:
    return _regularizer(scale_l1, scale_l2, scope or "l1_l2_regularizer")


def sum_regularizer(regularizer_list: Sequence[Any], scope: str | None = None) -> Regularizer | None:
    """The sum of several."""
    found = [r for r in regularizer_list if r is not None]
    return (lambda weights: _sum([r(weights) for r in found], name=scope)) if found else None


@op("AddN")
def _sum(values: Any, name: str | None = None) -> Any:
    total = tensor(values[0])
    for value in values[1:]:
        total = total + tensor(value)
    return total


def apply_regularization(regularizer: Regularizer, weights_list: Any = None) -> Any:
    """The sum of penalties on weights, by default of the collection WEIGHTS."""
    weights = get_collection(GraphKeys.WEIGHTS) if weights_list is None else weights_list
    if not weights:
        raise ValueError("No weights to regularize.")
    penalties = [p for p in map(regularizer, weights) if p is not None]
    total = _sum(penalties) if penalties else tensor(0.0)
    add_to_collection(GraphKeys.REGULARIZATION_LOSSES, total)
    return total


def xavier_initializer(uniform: bool = True, seed: Any = None, dtype: Any = float32) -> VarianceScaling:
    """Glorot and Bengio 2010; the normal one is cut at two standard deviations."""
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


xavier_initializer_conv2d = xavier_initializer


def variance_scaling_initializer(
    factor: float = 2.0, mode: str = "FAN_IN", uniform: bool = False, seed: Any = None, dtype: Any = float32
) -> VarianceScaling:
    """Of variance factor / n (He et al. 2015); n: the inputs, outputs or their mean."""
    kind = "uniform" if uniform else "truncated_normal"
    return VarianceScaling(float(factor), mode.lower(), kind, seed, dtype)
