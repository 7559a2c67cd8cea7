"""The rule engine: named passes, in order, each graph -> graph, bounded, counting what fired."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .graph import Node

Fired = dict[str, int]
Pass = Callable[[Sequence[Node], Fired], list[Node]]

passes: list[tuple[str, Pass]] = []
