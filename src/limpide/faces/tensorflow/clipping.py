"""Gradients and other tensors cut by value or by norm."""

from __future__ import annotations

from typing import Any

from ...nn.words import lp
from .arrays import IndexedSlices
from .recording import alike, op, tensor


@op("clip_by_value")
def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: Any = None) -> Any:
    """Elements no smaller and no larger than the bounds."""
    t, low, high = alike(t, clip_value_min, clip_value_max)
    return lp.maximum(lp.minimum(t, high), low)


@op("clip_by_norm")
def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: Any = None) -> Any:
    """Scaled down to a norm of at most clip_norm."""
    t, limit = alike(t, clip_norm)
    where = tuple(axes) if isinstance(axes, list) else axes
    norm = lp.sqrt(lp.sum(lp.square(t), axis=where, keepdims=True))
    return t * limit / lp.maximum(norm, limit)


@op("clip_by_average_norm")
def clip_by_average_norm(t: Any, clip_norm: Any, name: Any = None) -> Any:
    """As clip_by_norm, of the norm divided by the number of elements."""
    t, limit = alike(t, clip_norm)
    return t * limit / lp.maximum(lp.sqrt(lp.sum(lp.square(t))) / t.size, limit)


@op("global_norm")
def _global_norm(t_list: Any, name: Any = None) -> Any:
    parts = [lp.sum(lp.square(tensor(t))) for t in t_list]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return lp.sqrt(total)


def global_norm(t_list: Any, name: Any = None) -> Any:
    """The norm of all elements of several tensors together; None is left out."""
    present = [_values(t) for t in t_list if t is not None]
    return _global_norm(present, name=name or "global_norm/global_norm")


def _values(t: Any) -> Any:
    return t.values if isinstance(t, IndexedSlices) else t


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: Any = None
) -> tuple[list[Any], Any]:
    """Tensors scaled down together to a norm of at most clip_norm, and the norm before."""
    norm = global_norm(t_list) if use_norm is None else use_norm
    return [None if t is None else _scaled(_values(t), norm, clip_norm, name=name) for t in t_list], norm


@op("clip_by_global_norm")
def _scaled(t: Any, norm: Any, limit: Any, name: Any = None) -> Any:
    t, norm, limit = alike(t, norm, limit)
    return t * (limit * lp.minimum(1 / norm, 1 / limit))


__all__ = ["clip_by_average_norm", "clip_by_global_norm", "clip_by_norm", "clip_by_value", "global_norm"]
