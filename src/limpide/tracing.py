"""What is being traced: a stack of traces, each with the new values that cells get in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .graph import Cell, Node
from .ops.define import cell_node


class Trace:
    """Assignments seen while a function is traced; a cell that was assigned reads as its new value.

    used: the tensors with a history that the traced code takes from around it.
    """

    def __init__(self) -> None:
        self.updates: dict[Cell, Node] = {}
        self.used: list[Any] = []

    def read(self, cell: Cell) -> Node:
        return self.updates.get(cell) or cell_node(cell)


class _Stack(threading.local):
    def __init__(self) -> None:
        self.traces: list[Trace] = []


_stack = _Stack()


def current() -> Trace | None:
    """The innermost trace of this thread, or None: code runs on values."""
    return _stack.traces[-1] if _stack.traces else None


@contextmanager
def tracing() -> Iterator[Trace]:
    """Code in this block builds graph: parameters are formulas, assignments are updates."""
    trace = Trace()
    _stack.traces.append(trace)
    try:
        yield trace
    finally:
        _stack.traces.pop()
