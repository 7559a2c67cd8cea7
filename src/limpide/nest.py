"""Nested arguments: tuples, lists and dicts as flat lists and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Spec = Any  # the same nesting with None for every leaf


def flatten(value: Any) -> tuple[list[Any], Spec]:
    """The leaves in order, and the nesting.

    >>> flatten({"a": 1, "b": (2, [3])})[0]
    [1, 2, 3]
    """
    leaves: list[Any] = []
    return leaves, _strip(value, leaves)


def _strip(value: Any, leaves: list[Any]) -> Spec:
    if isinstance(value, dict):
        return (dict, tuple((k, _strip(v, leaves)) for k, v in value.items()))
    if isinstance(value, (tuple, list)):
        parts = tuple(_strip(v, leaves) for v in value)
        return (type(value), parts)
    if value is None:
        return (None, ())
    leaves.append(value)
    return ()


def unflatten(spec: Spec, leaves: Iterable[Any]) -> Any:
    """The nesting with these leaves.

    >>> unflatten(flatten((1, {"x": 2}))[1], [10, 20])
    (10, {'x': 20})
    """
    return _fill(spec, iter(leaves))


def _fill(spec: Spec, leaves: Iterator[Any]) -> Any:
    if spec == ():
        return next(leaves)
    kind, parts = spec
    if kind is None:
        return None
    if kind is dict:
        return {k: _fill(v, leaves) for k, v in parts}
    values = [_fill(p, leaves) for p in parts]
    return kind(*values) if hasattr(kind, "_fields") else kind(values)


def names(value: Any, name: str) -> list[str]:
    """A name for every leaf, as one would index it.

    >>> names({"w": (1, 2)}, "p")
    ['p_w_0', 'p_w_1']
    """
    if isinstance(value, dict):
        return [n for k, v in value.items() for n in names(v, f"{name}_{k}")]
    if isinstance(value, (tuple, list)):
        return [n for i, v in enumerate(value) for n in names(v, f"{name}_{i}")]
    return [] if value is None else [name]
