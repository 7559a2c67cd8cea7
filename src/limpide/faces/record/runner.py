"""Symbols computed from arrays: a replay as one native function, compiled anew where sizes are new."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ...compile import compile
from ...config import config
from ...graph import Array, Cell
from ...ops.define import cell_op, constant, input_op
from ...tensor import Parameter, Tensor
from .. import quick
from .replay import Missing, NeedsValue, Replay, missing_input
from .sources import Deep, Host, State
from .symbol import Key, Symbol, sources_behind

Finish = Callable[[Replay], None]
_alone = threading.RLock()  # native code is for one thread at a time; Python functions are not
VERSIONS = 8  # so many values of what steers the graph are compiled for; NumPy runs the others


class _Value:
    """An array that a compiled version holds for: equal by its content."""

    __slots__ = ("array", "key")

    def __init__(self, array: Array):
        self.array = np.array(array)
        self.key = (self.array.dtype.str, self.array.shape, self.array.tobytes())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Value) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


class Runner:
    """A function from the values of some symbols to those of others.

    inputs: symbols whose values are given, leaves or not. outputs: symbols that are asked for. replaced: what
    stands in the place of a symbol, by its key. finish: called with the replay when the outputs are built,
    for updates of state. order: symbols behind the outputs that are computed first, in this order.
    device: "numpy" for what is not worth a compiler's time, as initial values.
    All of it is one native call; Python functions in the graph cut it into several.

    >>> from limpide.faces.record import Apply, Given, Symbol
    >>> x = Symbol(Given((None,), "float32", "x"))
    >>> double = Symbol(Apply(lambda t: t * 2, [x]))
    >>> Runner([x], [double])(np.float32([1, 2]))
    [array([2., 4.], dtype=float32)]
    """

    def __init__(
        self,
        inputs: Sequence[Symbol],
        outputs: Sequence[Symbol],
        *,
        finish: Finish | None = None,
        replaced: Mapping[Key, Symbol] | None = None,
        reads: Sequence[Symbol] = (),
        order: Sequence[Symbol] = (),
        device: str | None = None,
    ):
        self.inputs, self.outputs = list(inputs), list(outputs)
        self._order, self._device = list(order), device
        self._finish, self._replaced, self._reads = finish, dict(replaced or {}), list(reads)
        given = {i.key for i in self.inputs}
        sources = sources_behind([*outputs, *reads, *self._replaced.values()], lambda s: s.key in given)
        hosts = [s for s in sources if isinstance(s, Host)]
        early, self._late = _cut(hosts, sources)
        self._stages: list[_Stage] = []
        for host in early:
            self._stages.append(_Stage(host, self.inputs, self._replaced))
            self.inputs += self._stages[-1].gives
        late = set(self._late)
        read = [i for host in self._late for i in host.inputs if i.source not in late]
        known = {i.key for i in self.inputs}
        asked = [s for s in [*outputs, *read] if s.source not in late and s.key not in known]
        self._native = list({s.key: s for s in asked}.values())
        self._whole = len(self._native) == len(self.outputs) and not late  # the outputs are all native
        taken = {i.key for s in sources if not isinstance(s, Host) for i in s.inputs}
        taken |= {s.key for s in [*order, *self._replaced.values(), *reads]}
        everything = finish is not None or any(isinstance(s, Deep) for s in sources)
        self._taken = [i for i, s in enumerate(self.inputs) if everything or s.key in taken]
        self._all = len(self._taken) == len(self.inputs)
        self._effects: list[tuple[Callable[..., None], int]] = []
        self._steering: set[int] = set()  # inputs that become constants of a version
        self._cells: list[Cell] = []
        self._seen: set[Any] = set()
        self._text: set[Key] = set()  # inputs that native code only waits for
        self._sizes: set[Any] = set()  # that are compiled for
        self._met: set[Any] = set()  # that were met once
        self._compiled = compile(self._body)

    def __call__(self, *values: Array) -> list[Any]:
        quick.tick()
        arrays = list(values)
        for stage in self._stages:
            arrays += stage(arrays)
        if self._stages:
            self._leave_out_text(arrays)
        with _alone:
            native = self._run(arrays if self._all else [arrays[i] for i in self._taken])
        if self._whole and not self._effects:
            return native
        return self._after(arrays, native)

    def steered_by(self, inputs: Iterable[int]) -> Runner:
        """The same function, compiled for the values of these inputs from the start."""
        new = copy.copy(self)
        new._steering, new._cells, new._seen = set(inputs), list(self._cells), set()
        new._compiled = compile(new._body)
        return new

    # ------------------------------------------------------------------------------------ the native part
    def _run(self, arrays: list[Array]) -> list[Array]:
        while True:
            try:
                if self._device is not None:
                    results = self._on(self._device, self._steered(arrays))
                elif self._steering or self._cells:
                    results = self._call(self._steered(arrays))
                elif self._is_worth_compiling(arrays):
                    results = self._compiled(*arrays)
                else:
                    results = self._on("numpy", arrays)
            except _Steered:
                continue
            return [_owned(r) for r in results]

    def _leave_out_text(self, arrays: Sequence[Any]) -> None:
        """What Python functions hand to each other may be anything; native code gets numbers."""
        numbers = [i for i in self._taken if np.asarray(arrays[i]).dtype.kind not in "OSUc"]
        if len(numbers) < len(self._taken):
            self._text |= {self.inputs[i].key for i in set(self._taken).difference(numbers)}
            self._taken, self._all = numbers, False

    def _is_worth_compiling(self, arrays: Sequence[Array]) -> bool:
        """Sizes that come once, after many others, as those of sentences do, are not."""
        sizes = tuple([a.shape for a in arrays])
        if sizes in self._sizes:
            return True
        if len(self._sizes) >= VERSIONS and sizes not in self._met:
            self._met.add(sizes)
            return False
        self._sizes.add(sizes)
        return True

    def _steered(self, arrays: list[Array]) -> list[Any]:
        """The arguments, those that steer the graph as values to compile for, the cells' after them."""
        given = (_Value(a) if i in self._steering else a for i, a in enumerate(arrays))
        return [*given, *(_Value(c.value) for c in self._cells)]

    def _call(self, args: list[Any]) -> Sequence[Tensor]:
        self._seen.add(tuple(a for a in args if isinstance(a, _Value)))
        if len(self._seen) <= VERSIONS:
            results: Sequence[Tensor] = self._compiled(*args)
            return results
        return self._on("numpy", args)  # not worth a compiler's time

    def _on(self, device: str, args: list[Any]) -> Sequence[Tensor]:
        before, config.device = config.device, device
        try:
            results: Sequence[Tensor] = compile(self._body)(*args)
        finally:
            config.device = before
        return results

    def _body(self, *values: Any) -> tuple[Any, ...]:
        """What is traced: every output, and what effects look at."""
        tensors = [Tensor(constant(v.array)) if isinstance(v, _Value) else v for v in values]
        count = len(self._taken)
        given = dict(zip((self.inputs[i].key for i in self._taken), tensors[:count], strict=True))
        given |= dict.fromkeys(self._text)
        replay = Replay(given, cells={c: v.array for c, v in zip(self._cells, values[count:], strict=True)})
        try:
            for key, symbol in self._replaced.items():
                replay.values[key] = replay.value(symbol)
            for symbol in self._order:
                replay.value(symbol)
            outputs = [replay.value(s) for s in self._native]
            if self._finish is not None:
                self._finish(replay)
        except NeedsValue as needed:
            self._steer(needed, tensors)
            raise _Steered from None
        except Missing as missing:
            raise missing_input(missing.source) from None
        self._effects = [(function, len(seen)) for function, seen in replay.effects]
        return (*outputs, *(t for _, seen in replay.effects for t in seen))

    def _steer(self, needed: NeedsValue, tensors: Sequence[Any]) -> None:
        """Make what was needed constants of the version that is traced next."""
        for node in needed.nodes:
            if node.op is cell_op:
                self._cells.append(node.attr("cell"))
            elif node.op is input_op:
                self._steering |= {
                    i for i, t in enumerate(tensors) if isinstance(t, Tensor) and t.node is node
                }

    # ---------------------------------------------------------------------------------- the part in Python
    def _after(self, arrays: list[Array], native: list[Array]) -> list[Any]:
        values: dict[Key, Any] = dict(zip((i.key for i in self.inputs), arrays, strict=True))
        values |= dict(zip((s.key for s in self._native), native, strict=False))
        at = len(self._native)
        for function, count in self._effects:
            function(*native[at : at + count])
            at += count
        for host in self._late:
            for index, result in enumerate(host.call(lambda s: values[s.key])):
                values[host, index] = result
        return [values[s.key] for s in self.outputs]


class _Steered(Exception):
    """The trace has to begin again."""


class _Stage:
    """A Python function whose results native code reads: what it reads is computed before it."""

    def __init__(self, host: Host, inputs: Sequence[Symbol], replaced: Mapping[Key, Symbol]):
        self._host = host
        known = {i.key for i in inputs}
        behind = sources_behind(host.inputs, lambda s: s.key in known)
        once = [Symbol(s, i) for s in behind if s.once and s is not host for i in range(len(s.known))]
        self._read = list({s.key: s for s in [*host.inputs, *once]}.values())
        self._before = Runner(inputs, self._read, replaced=replaced)
        read = self._read if host.hands_over else []
        self._fresh = [i for i in read if i.key not in known and not isinstance(i.source, State)]
        self._results = [Symbol(host, index) for index in range(host.count or 1)]
        self.gives = [*self._fresh, *self._results]

    def __call__(self, arrays: Sequence[Array]) -> list[Any]:
        values = dict(zip((s.key for s in self._read), self._before(*arrays), strict=True))
        results = self._host.call(lambda s: values[s.key])
        return [*(values[s.key] for s in self._fresh), *results]


def _cut(hosts: Sequence[Host], sources: Sequence[Any]) -> tuple[list[Host], list[Host]]:
    """Python functions that native code reads, and those that only others of them or the caller read."""
    early: set[Any] = set()
    for source in reversed(sources):
        if not isinstance(source, Host) or source in early:
            early |= {i.source for i in source.inputs if isinstance(i.source, Host)}
    return [h for h in hosts if h in early], [h for h in hosts if h not in early]


def _owned(result: Any) -> Array:
    """The array of a result, which belongs to the caller."""
    array: Array = result.value
    try:
        array.flags.writeable = True
    except ValueError:
        array = np.array(array)
    return array


def parameters_of(symbols: Sequence[Symbol]) -> list[Parameter]:
    """The state behind symbols."""
    return [s.parameter for s in sources_behind(symbols) if isinstance(s, State)]


__all__ = ["Runner", "parameters_of"]
