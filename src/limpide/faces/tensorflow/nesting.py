"""Nested values in parts of graphs, and operations over such parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..record import (
    Deep,
    Host,
    Subgraph,
    Symbol,
)
from .recording import Assign, apply

Function = Callable[..., Any]


# ------------------------------------------------------------------------------------------ nested values
def flat(structure: Any) -> list[Any]:
    """The leaves of lists, tuples and dicts."""
    if isinstance(structure, dict):
        return [leaf for key in structure for leaf in flat(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for part in structure for leaf in flat(part)]
    return [structure]


def like(structure: Any, leaves: Any) -> Any:
    """The same nesting with other leaves, taken in order."""
    remaining = iter(leaves)
    return _like(structure, remaining)


def _like(structure: Any, leaves: Any) -> Any:
    if isinstance(structure, dict):
        return type(structure)((key, _like(value, leaves)) for key, value in structure.items())
    if isinstance(structure, (list, tuple)):
        parts = [_like(part, leaves) for part in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else type(structure)(parts)
    return next(leaves)


def assigned_in(sub: Subgraph) -> list[Any]:
    return [v for s in sub.sources for v in getattr(s, "assigns", ())]


def has_python(*subs: Subgraph) -> bool:
    return any(isinstance(s, Host) for sub in subs for s in sub.sources)


def over_parts(
    kind: str, build: Function, reads: Sequence[Symbol], subs: Sequence[Subgraph], count: int, **settings: Any
) -> list[Any]:
    """An operation over parts of the graph, which assigns what they assign."""
    assigns = list(dict.fromkeys(v for sub in subs for v in assigned_in(sub)))
    captured = list({s.key: s for sub in subs for s in sub.captured}.values())
    inputs = list({s.key: s for s in [*reads, *captured]}.values())

    def source(build: Any, args: Any, kwargs: Any, **given: Any) -> Deep:
        given["after"] = [*inputs, *given["after"]]
        if assigns:
            return Assign(assigns, build, args, kwargs, **given)
        return Deep(build, args, kwargs, **given)

    once = any(getattr(s, "once", False) for sub in subs for s in sub.sources)
    results: list[Any] = apply(kind, build, [], count=count, source=source, once=once, **settings)
    return results


__all__ = []
