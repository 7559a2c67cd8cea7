"""What a face builds while a script describes its graph: symbols, and the sources that they come from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...errors import user_frame
from ...tensor import Tensor

Key = tuple["Source", int]
_serial = itertools.count()


class Unknown(Exception):
    """A shape or a dtype that cannot be told before the graph runs."""


class Source:
    """Where symbols come from; its results are those of a replay.

    inputs: the symbols that it reads. known: its results as formulas of inputs with unknown sizes, which tell
    shapes and dtypes; None for a result of which nothing is known. where: the user's line.
    live: its value may change during a run, and is read anew by everything that uses it.
    once: it changes state, or is random: a run that is cut into several parts computes it in one of them.
    """

    live = False
    once = False

    def __init__(self, inputs: Sequence[Symbol] = (), name: str | None = None):
        self.inputs = tuple(inputs)
        self.name = name
        self.where = user_frame()
        self.serial = next(_serial)
        self.known: tuple[Tensor | None, ...] = (None,)

    def results(self, replay: Any) -> tuple[Any, ...]:
        """Its tensors in a run."""
        raise NotImplementedError


class Symbol:
    """A value to be: one result of a source. Faces derive their tensors from it."""

    def __init__(self, source: Source, index: int = 0, name: str | None = None):
        self.source = source
        self.index = index
        self.name = name

    @property
    def key(self) -> Key:
        return self.source, self.index

    @property
    def known(self) -> Tensor | None:
        """A formula of its shape and dtype, or None where nothing is known before it runs."""
        return self.source.known[self.index]

    @property
    def formula(self) -> Tensor:
        """As `known`; raises Unknown where there is none."""
        if self.known is None:
            raise Unknown(self.name or self.source.name)
        return self.known

    def __iter__(self) -> Iterator[Any]:
        raise TypeError(f"'{self.name or self.source.name}' is symbolic and cannot be iterated over")


# -------------------------------------------------------------------------------------- nested arguments
def mapped(value: Any, f: Callable[[Symbol], Any]) -> Any:
    """The same nesting with `f` of every symbol in it."""
    if isinstance(value, Symbol):
        return f(value)
    if type(value) is dict:
        return {k: mapped(v, f) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        parts = [mapped(v, f) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if isinstance(value, slice):
        return slice(mapped(value.start, f), mapped(value.stop, f), mapped(value.step, f))
    return value


def symbols_in(value: Any) -> list[Symbol]:
    """The symbols in a nesting, in order."""
    found: list[Symbol] = []
    mapped(value, found.append)
    return found


# ------------------------------------------------------------------------------------------- whole graphs
def sources_behind(
    symbols: Sequence[Symbol], stop: Callable[[Symbol], bool] = lambda _: False
) -> list[Source]:
    """Every source that the symbols need, those it reads before it; `stop` says where not to go on."""
    order: dict[Source, None] = {}
    stack: list[Symbol | Source] = [s for s in reversed(symbols) if not stop(s)]
    while stack:
        item = stack.pop()
        if isinstance(item, Source):
            order[item] = None
        elif item.source not in order:
            stack.append(item.source)
            stack += [i for i in reversed(item.source.inputs) if i.source not in order and not stop(i)]
    return list(order)


def begun() -> int:
    """The serial number that the next source gets: the beginning of a `Subgraph`."""
    return next(_serial)


__all__ = ["Key", "Source", "Symbol", "Unknown", "begun", "mapped", "sources_behind", "symbols_in"]
