"""A recorded graph built again on the engine's tensors, with the sizes of a call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...dtypes import INT64, as_dtype
from ...errors import ArgumentError, LimpideError
from ...graph import Array, Cell, Node, standing_at, walk
from ...ops.define import cell_op, constant, input_op
from ...runtime.interpret import evaluate
from ...shapes import Dim, Size, is_static
from ...tensor import Parameter, Tensor, TensorFunction, functions
from .symbol import Key, Source, Symbol, Unknown

stack: TensorFunction = functions["stack"]

Effect = tuple[Callable[..., None], list[Tensor]]


class NeedsValue(Exception):
    """Something that steers the graph, such as a size, depends on these inputs and cells."""

    def __init__(self, nodes: Sequence[Node]):
        super().__init__(nodes)
        self.nodes = nodes


class Missing(Exception):
    """A source whose value was not handed to the replay."""

    def __init__(self, source: Source):
        super().__init__(source.name)
        self.source = source


class Replay:
    """The values of symbols in one run, each computed once, in the order in which they are needed.

    given: what symbols are in this run. effects: Python functions that the run is to call afterwards, with
    tensors of which they get the values.
    """

    def __init__(
        self,
        given: Mapping[Key, Any] | None = None,
        effects: list[Effect] | None = None,
        cells: Mapping[Cell, Array] | None = None,
    ):
        self.values: dict[Key, Any] = dict(given or {})
        self.effects: list[Effect] = [] if effects is None else effects
        self.cells = cells or {}

    def value(self, symbol: Symbol) -> Any:
        """The tensor that the symbol is in this run."""
        found = self.values.get(symbol.key, self)
        if found is not self:
            return found
        stack = [symbol]
        while stack:
            top = stack[-1]
            missing = [i for i in top.source.inputs if i.key not in self.values and not i.source.live]
            if top.key in self.values:
                stack.pop()
            elif missing:
                stack += reversed(missing)
            else:
                stack.pop()
                results = self._results(top.source)
                if top.source.live:
                    return results[top.index]
        return self.values[symbol.key]

    def _results(self, source: Source) -> tuple[Any, ...]:
        try:
            with standing_at(source.where), _running(self):
                results = tuple(map(_as_it_is, source.results(self)))
        except LimpideError as error:
            if error.where in (None, error.at):  # the line that runs now says less than the one that recorded
                error.where = source.where
            raise
        if not source.live:
            for index, result in enumerate(results):
                self.values.setdefault((source, index), result)
        return results

    def effect(self, function: Callable[..., None], *values: Tensor) -> None:
        """Have a Python function called after the run, with the values of the tensors."""
        self.effects.append((function, list(values)))

    def concrete(self, node: Node) -> Array:
        """The value of a formula that depends on no input.

        Raises NeedsValue with the inputs and cells that it does depend on.
        """
        known: dict[Node, Array] = {}
        free = []
        for n in walk([node]):
            if n.op is cell_op and n.attr("cell") in self.cells:
                known[n] = self.cells[n.attr("cell")]
            elif n.op is input_op or n.op is cell_op:
                free.append(n)
        if free:
            raise NeedsValue(free)
        return evaluate([node], known)[0]


def _as_it_is(result: Any) -> Any:
    """A parameter as it is now: what is assigned later does not change it."""
    return Tensor(result.node) if isinstance(result, Parameter) else result


class _Guess(Replay):
    """Shapes and dtypes are asked for before there is a run."""

    def effect(self, function: Callable[..., None], *values: Tensor) -> None:
        pass

    def concrete(self, node: Node) -> Array:
        nodes = walk([node])
        if any(n.op is input_op or n.op is cell_op or n.op.name == "size" for n in nodes):
            raise Unknown("a value")
        return evaluate([node], {})[0]


class _Stack(threading.local):
    def __init__(self) -> None:
        self.replays: list[Replay] = []


_stack = _Stack()


@contextmanager
def _running(replay: Replay) -> Iterator[None]:
    _stack.replays.append(replay)
    try:
        yield
    finally:
        _stack.replays.pop()


@contextmanager
def guessing() -> Iterator[None]:
    """Code in this block asks for shapes and dtypes alone."""
    with _running(_Guess()):
        yield


def is_guess() -> bool:
    """Whether the code that runs only asks for shapes and dtypes."""
    return bool(_stack.replays) and isinstance(_stack.replays[-1], _Guess)


def effect(function: Callable[..., None], *values: Tensor) -> None:
    """Have a Python function called after the present run, with the values of the tensors."""
    _stack.replays[-1].effect(function, *values)


def concrete(value: Any) -> Array:
    """The value of what steers the graph: a number, an array, or a tensor that depends on no input.

    In a run, an input that it depends on becomes a constant of the compiled function. Raises Unknown where
    only shapes are asked for.
    """
    if isinstance(value, Dim):
        raise Unknown("a size")
    if not isinstance(value, Tensor):
        return np.asarray(value)
    if value.value is not None:
        return value.value
    if not _stack.replays:
        return value._known("value")
    return _stack.replays[-1].concrete(value.node)


def shape_of(t: Tensor, dtype: Any = INT64) -> Tensor:
    """The shape of a tensor as a vector: a constant in a run."""
    if is_static(t.shape):
        return Tensor(constant(np.array(t.shape, dtype)))
    return stack([Tensor(constant(s, as_dtype(dtype))) for s in t.shape])


def size(value: Any) -> Size:
    """One size of a shape: an integer, or an unknown one where only shapes are asked for."""
    if isinstance(value, Dim):
        return value
    if isinstance(value, Tensor) and value.value is None and value.node.op.name == "size":
        dim: Dim = value.node.attr("dim")
        return dim
    try:
        return int(concrete(value))
    except Unknown:
        return Dim.named()


def sizes(value: Any) -> tuple[Size, ...]:
    """A shape: integers, scalar tensors or one vector; unknown sizes where only shapes are asked for.

    Raises Unknown where not even their number can be told.
    """
    if isinstance(value, (tuple, list)):
        return tuple(size(v) for v in value)
    if isinstance(value, Tensor) and value.value is None:
        try:
            return tuple(int(s) for s in np.atleast_1d(concrete(value)))
        except Unknown:
            return _elements(value.node)
    return tuple(int(s) for s in np.atleast_1d(np.asarray(value)))


def _elements(node: Node) -> tuple[Size, ...]:
    """The elements of a vector of sizes, as far as they can be told without a run."""
    if node.op.name in ("concatenate", "stack"):
        return tuple(s for part in node.inputs for s in _elements(part))
    if node.op.name in ("cast", "reshape", "broadcast_to") and node.shape in ((), (1,)):
        return _elements(node.inputs[0])
    if node.shape in ((), (1,)):
        return (size(Tensor(node)),)
    if len(node.shape) == 1 and isinstance(node.shape[0], int):
        return tuple(Dim.named() for _ in range(node.shape[0]))
    raise Unknown("a shape")


def missing_input(source: Source) -> ArgumentError:
    """The error for an input that a run needs and that was not given."""
    if source.inputs:
        what = f"'{source.name}' is computed in Python between native calls: it cannot be inside of a loop"
        return ArgumentError("call", what, where=source.where)
    return ArgumentError("call", f"the input '{source.name}' is not given", where=source.where)


__all__ = [
    "Effect", "Missing", "NeedsValue", "Replay", "concrete", "effect",
    "guessing", "is_guess", "missing_input", "shape_of", "size", "sizes",
]  # fmt: skip
