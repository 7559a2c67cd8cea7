"""What is being traced: a stack of traces, each with the new values that cells get in it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from .graph import Cell, Node
from .ops.define import cell_node

Setting = tuple[Any, str, Any]  # an object, its attribute, the value that traced code found there


class Trace:
    """Assignments seen while a function is traced; a cell that was assigned reads as its new value.

    used: the tensors with a history that the traced code takes from around it.
    taps: what is looked at after a call, as `taps.Tap`s.
    settings: what steered the traced code without being an argument; None where the code itself has set it.
    loop: the number of the loop whose body is traced, if it is one.
    """

    def __init__(self, loop: int | None = None) -> None:
        self.loop = loop
        self.updates: dict[Cell, Node] = {}
        self.used: list[Any] = []
        self.taps: list[Any] = []
        self.settings: dict[tuple[int, str], Setting | None] = {}

    def read(self, cell: Cell) -> Node:
        return self.updates.get(cell) or cell_node(cell, self.loop)


class _Stack(threading.local):
    def __init__(self) -> None:
        self.traces: list[Trace] = []


_stack = _Stack()
_loops = itertools.count(1)


def current() -> Trace | None:
    """The innermost trace of this thread, or None: code runs on values."""
    return _stack.traces[-1] if _stack.traces else None


@contextmanager
def tracing(loop: bool = False) -> Iterator[Trace]:
    """Code in this block builds graph: parameters are formulas, assignments are updates.

    loop: it is the body of a loop, in which state is not what it is around it.
    """
    trace = Trace(next(_loops) if loop else None)
    _stack.traces.append(trace)
    try:
        yield trace
    finally:
        _stack.traces.pop()


# -------------------------------------------------------------------------------------------- settings
class Settings:
    """How often a setting got another value: compiled functions look again when it moves."""

    changes = 0


def read_setting(owner: Any, name: str) -> Any:
    """An attribute that steers code, as a module's mode does: a trace holds while it has this value."""
    value = getattr(owner, name)
    for trace in _stack.traces:
        trace.settings.setdefault((id(owner), name), (owner, name, value))
    return value


def change_setting(owner: Any, name: str, value: Any) -> None:
    """Give such an attribute a value; traced code that does it depends on no value from before."""
    for trace in _stack.traces:
        trace.settings.setdefault((id(owner), name), None)
    if getattr(owner, name) != value:
        setattr(owner, name, value)
        Settings.changes += 1


def hold(settings: Iterable[Setting]) -> bool:
    """Whether everything still has the value that it was traced with."""
    return all(getattr(owner, name) == value for owner, name, value in settings)
