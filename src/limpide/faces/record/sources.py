"""Where symbols come from: inputs, constants, state, functions of other symbols, parts of graphs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from ...dtypes import DType, as_dtype
from ...errors import LimpideError
from ...graph import Array, duplicate
from ...ops.loop import placeholder
from ...shapes import Dim, Shape
from ...tensor import Parameter, Tensor, astensor
from .replay import Missing, Replay, guessing
from .symbol import Key, Source, Symbol, Unknown, begun, mapped, sources_behind, symbols_in


class Given(Source):
    """An input: its value is handed to every replay.

    shape: sizes, None for one that varies; None altogether where not even the rank is known.
    """

    def __init__(self, shape: Sequence[Any] | None, dtype: Any, name: str | None = None):
        super().__init__((), name)
        self.dtype: DType = as_dtype(dtype)
        if shape is not None:
            self.known = (_formula(tuple(Dim.named() if s is None else s for s in shape), self.dtype, name),)

    def results(self, replay: Replay) -> tuple[Any, ...]:
        raise Missing(self)


class Fixed(Source):
    """A constant. As something to differentiate by it is made `distinct`: equal to no other constant."""

    def __init__(self, value: Any, name: str | None = None):
        super().__init__((), name)
        self.node = astensor(value).node
        self.known = (Tensor(self.node),)

    @property
    def array(self) -> Array:
        array: Array = self.node.attr("value").array
        return array

    def make_distinct(self) -> None:
        self.node = duplicate(self.node, ())
        self.known = (Tensor(self.node),)

    def results(self, replay: Replay) -> tuple[Any, ...]:
        return (Tensor(self.node),)


class State(Source):
    """A parameter: read as it is where it is used."""

    live = True

    def __init__(self, parameter: Parameter):
        super().__init__((), parameter.name)
        self.parameter = parameter
        self.known = (_formula(parameter.shape, parameter.dtype, parameter.name),)

    def results(self, replay: Replay) -> tuple[Any, ...]:
        return (self.parameter,)


class Apply(Source):
    """A function of tensors applied to symbols, in any nesting of lists, tuples, dicts and slices.

    count: how many results it gives (a tuple or list), or None for one. known: a function that tells them
    instead of trying `build` on what is known of the arguments. after: symbols that come before it.
    """

    def __init__(
        self,
        build: Callable[..., Any],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
        *,
        name: str | None = None,
        count: int | None = None,
        known: Callable[[], Any] | None = None,
        after: Sequence[Symbol] = (),
    ):
        self.build, self.args, self.kwargs, self.count = build, tuple(args), kwargs or {}, count
        super().__init__(
            tuple(dict.fromkeys([*after, *symbols_in([self.args, self.kwargs])])),
            name or getattr(build, "__name__", "apply"),
        )
        self._tell = known or self._try
        self.known = self._told()

    def _told(self) -> tuple[Tensor | None, ...]:
        try:
            return self._as_results(self._tell())
        except Unknown:
            return (None,) * (self.count or 1)
        except LimpideError as error:
            error.where = error.where or self.where
            raise

    def _try(self) -> Any:
        with guessing():
            return self._on(lambda symbol: symbol.formula)

    def _on(self, value: Callable[[Symbol], Any]) -> Any:
        return self.build(*mapped(self.args, value), **mapped(self.kwargs, value))

    def _as_results(self, built: Any) -> tuple[Any, ...]:
        results = (built,) if self.count is None else tuple(built)
        return tuple(r if r is None or isinstance(r, Tensor) else astensor(r) for r in results)

    def over(self, f: Callable[[Symbol], Symbol]) -> Apply:
        """The same application to other symbols: `f` of every one in its arguments."""
        new = copy.copy(self)
        new.args, new.kwargs = mapped(self.args, f), mapped(self.kwargs, f)
        new.inputs = tuple(dict.fromkeys(map(f, self.inputs)))
        new.serial = begun()
        if self._tell == self._try:
            new._tell = new._try
        new.known = new._told()
        return new

    def results(self, replay: Replay) -> tuple[Any, ...]:
        return self._as_results(self._on(replay.value))


class Deep(Apply):
    """An application whose `build` gets the replay first: gradients, loops, branches.

    inputs: what it reads for certain; the rest it asks the replay for.
    """

    def _try(self) -> Any:
        raise Unknown(self.name)

    def results(self, replay: Replay) -> tuple[Any, ...]:
        built = self.build(replay, *mapped(self.args, replay.value), **mapped(self.kwargs, replay.value))
        return self._as_results(built)


class Host(Apply):
    """A Python function of arrays, called between native calls; what it gives may be anything.

    Its results can be fetched, and be read by other applications where they are arrays.
    hands_over: what it reads, such as random numbers, is the same for others after it; else they compute it
    again, and derivatives go through.
    """

    hands_over = True

    def _try(self) -> Any:
        raise Unknown(self.name)

    def results(self, replay: Replay) -> tuple[Any, ...]:
        raise Missing(self)

    def call(self, value: Callable[[Symbol], Any]) -> tuple[Any, ...]:
        built = self._on(value)
        return (built,) if self.count is None else tuple(built)


def _formula(shape: Shape, dtype: DType, name: str | None) -> Tensor:
    return Tensor(placeholder(name or "x", shape, dtype))


def constant_of(symbol: Symbol) -> Array | None:
    """The value of a symbol that is a constant."""
    return symbol.source.array if isinstance(symbol.source, Fixed) else None


def differentiable(symbol: Symbol) -> None:
    """Prepare a symbol to be differentiated by: equal constants are not the same variable."""
    if isinstance(symbol.source, Fixed):
        symbol.source.make_distinct()


class Subgraph:
    """A part of a graph that is run many times or not at all: the body of a loop, a branch.

    inputs: symbols that get values in it. captured: those around it that it reads. What belongs to it are
    sources that depend on its inputs, or are younger than `since`, the serial number when it was begun, but
    for state.
    """

    def __init__(self, inputs: Sequence[Symbol], outputs: Sequence[Symbol], since: int):
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        own = {i.source for i in inputs}
        for source in sources_behind(outputs):
            inside = source.serial >= since and not isinstance(source, State)
            if inside or any(i.source in own for i in source.inputs):
                own.add(source)
        self.sources = own
        reading = [*outputs, *(i for source in own for i in source.inputs)]
        self.captured = tuple({s.key: s for s in reading if s.source not in own}.values())

    def run(self, replay: Replay, values: Sequence[Any], around: dict[Key, Any]) -> list[Any]:
        """The outputs for these values of the inputs; `around` holds the values of what is captured."""
        given = dict(zip((i.key for i in self.inputs), values, strict=True))
        inner = Replay(around | given, cells=replay.cells)
        return [inner.value(o) for o in self.outputs]

    def surroundings(self, replay: Replay) -> dict[Key, Any]:
        """The values of what is captured, to be computed before the loop or the branch."""
        return {s.key: replay.value(s) for s in self.captured}


__all__ = [
    "Apply", "Deep", "Fixed", "Given", "Host", "State", "Subgraph", "constant_of", "differentiable",
]  # fmt: skip
