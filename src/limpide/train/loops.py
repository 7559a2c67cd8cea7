"""Batches as compiled code: many steps in one native call, cut so that Python stays in control."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import nest
from ..compile import Compiled, compile, scan
from ..graph import Array
from ..nn.words import lp
from .arrays import each, length, rows

Step = Callable[[Any, Any, Any], Any]  # (inputs, labels, weights) of a batch -> what it adds to the totals
Batch = tuple[Any, Any, Any]  # inputs, labels, weights; None where there are none
Done = tuple[int, int, Any]  # steps just done, rows so far, totals so far
Cut = Callable[[int], int]  # number of the next step -> how many may be done before Python looks again

PIECE = 0.05  # seconds of work in one native call
BUFFER = 2**22  # bytes of batches gathered for one native call


def many(step: Step, batch_size: int, name: str) -> Compiled:
    """One function that runs `steps` batches from number `start` on.

    order: the positions of the samples, gathered batch by batch; None takes them as they stand.
    The number of steps is an argument, so that another one needs no compilation.
    """

    def run(inputs: Any, labels: Any, weights: Any, order: Any, start: Any, steps: Any, totals: Any) -> Any:
        def body(carry: Any, _: None) -> tuple[Any, None]:
            i, sums = carry
            here = slice(i * batch_size, (i + 1) * batch_size)
            index = here if order is None else order[here]
            x, y, w = each((inputs, labels, weights), lambda array: array[index])
            return (i + 1, add(sums, step(x, y, w))), None

        (_, sums), _ = scan(body, (start, totals), length=steps)
        return sums

    run.__name__ = name
    return compile(run)


def single(step: Step, name: str) -> Compiled:
    """The same for one batch of any size."""

    def run(inputs: Any, labels: Any, weights: Any, totals: Any) -> Any:
        return add(totals, step(inputs, labels, weights))

    run.__name__ = name
    return compile(run)


def add(totals: Any, sums: Any) -> Any:
    """Two nestings of tensors, added leaf by leaf."""
    (left, spec), (right, _) = nest.flatten(totals), nest.flatten(sums)
    return nest.unflatten(spec, [lp.add(a, b) for a, b in zip(left, right, strict=True)])


class Pace:
    """How many steps fit into a piece: one at first, then by what the last piece took."""

    def __init__(self) -> None:
        self.steps = 1

    def saw(self, steps: int, seconds: float) -> None:
        fitting = int(steps * PIECE / max(seconds, 1e-9))
        self.steps = max(1, min(fitting, 10 * self.steps))


@dataclass
class Steps:
    """One kind of step, compiled: for one batch, and for many of one size."""

    step: Step
    name: str
    pace: Pace = field(default_factory=Pace)
    _many: dict[int, Compiled] = field(default_factory=dict)
    _single: Compiled | None = None
    _run: set[Any] = field(default_factory=set)  # the kinds of data that were met
    _stops: bool = False  # whether something in a step may stop it

    def many(self, batch_size: int) -> Compiled:
        if batch_size not in self._many:
            self._many[batch_size] = many(self.step, batch_size, f"{self.name}_batches")
        return self._many[batch_size]

    @property
    def single(self) -> Compiled:
        if self._single is None:
            self._single = single(self.step, f"{self.name}_batch")
        return self._single

    def functions(self) -> list[Compiled]:
        return [*self._many.values(), *([self._single] if self._single else [])]

    @property
    def most(self) -> int:
        """How many steps one native call may do: one, where something in a step may stop it."""
        return 1 if self._stops else self.pace.steps

    def one(self, batch: Batch, totals: Any) -> Any:
        """One batch; the new totals."""
        return _values(self.single(*batch, totals))

    def piece(self, data: Batch, batch_size: int, order: Any, start: int, steps: int, totals: Any) -> Any:
        """So many batches in one native call; the new totals. What it takes sets the pace."""
        run = self.many(batch_size)
        if (known := (batch_size, order is None, kind(data))) not in self._run:
            self._run.add(known)
            run(*data, order, start, 0, totals)  # zero steps: compiles, so that the piece is measured alone
            self._stops = self._stops or any(tap.kind != "watch" for tap in run.taps())
        began = time.perf_counter()
        totals = _values(run(*data, order, start, steps, totals))
        self.pace.saw(steps, time.perf_counter() - began)
        return totals


def sweep(
    steps: Steps,
    data: Batch,
    batch_size: int,
    order: Array | None,
    totals: Any,
    cut: Cut,
    start: int = 0,
    stop: int | None = None,
) -> Iterator[Done]:
    """The samples of whole arrays once: whole batches in pieces, then the rest as a smaller batch.

    start, stop: the first batch, and the one before which it ends.
    """
    size = length("fit", *data)
    whole, rest = divmod(size, batch_size)
    last = whole + bool(rest) if stop is None else stop
    whole, rest = min(whole, last), rest if last > whole else 0
    while start < whole:
        count = min(steps.most, whole - start, cut(start))
        totals = steps.piece(data, batch_size, order, start, count, totals)
        start += count
        yield count, start * batch_size, totals
    if rest and start == whole:
        cut(start)
        index = slice(whole * batch_size, None) if order is None else order[whole * batch_size :]
        yield 1, size, steps.one(rows(data, index), totals)


def stream(
    steps: Steps, batches: Iterable[Batch], seen: int, totals: Any, cut: Cut, start: int
) -> Iterator[Done]:
    """Batches as they come, those of one shape gathered in a buffer and done in one native call.

    A batch waits in the buffer for as long as others come quicker than a piece takes.
    seen, totals, start: the rows, the totals and the steps before the first of these batches.
    """
    buffer: Buffer | None = None
    began = time.perf_counter()
    for batch in batches:
        if buffer is not None and buffer.count and not buffer.fits(batch):
            count, seen, totals = buffer.run(steps, seen, totals)
            start += count
            yield count, seen, totals
        if buffer is None or buffer.kind != kind(batch):
            buffer = Buffer(batch)
        buffer.put(batch)
        enough = buffer.count >= min(buffer.room, steps.most, cut(start))
        if enough or time.perf_counter() - began > PIECE:
            count, seen, totals = buffer.run(steps, seen, totals)
            start += count
            yield count, seen, totals
            began = time.perf_counter()
    if buffer is not None and buffer.count:
        yield buffer.run(steps, seen, totals)


class Buffer:
    """Room for a few batches of one kind, side by side, so that one function runs any number of them.

    Even one alone goes through that function, so that no bit depends on how many came in time.
    """

    def __init__(self, batch: Batch):
        self.kind = kind(batch)
        self.size = length("fit", *batch)
        self.room = max(1, min(64, BUFFER // max(1, sum(a.nbytes for a in nest.flatten(batch)[0]))))
        self.count = 0
        self.data = batch
        if self.room > 1:
            self.data = each(batch, lambda a: np.empty((self.room * len(a), *a.shape[1:]), a.dtype))

    def fits(self, batch: Batch) -> bool:
        return self.count < self.room and bool(self.kind == kind(batch))

    def put(self, batch: Batch) -> None:
        if self.room == 1:
            self.data = batch
        else:
            here = slice(self.count * self.size, (self.count + 1) * self.size)
            for room, array in zip(nest.flatten(self.data)[0], nest.flatten(batch)[0], strict=True):
                room[here] = array
        self.count += 1

    def run(self, steps: Steps, seen: int, totals: Any) -> Done:
        """All that is in it; then it is empty."""
        count, self.count = self.count, 0
        totals = steps.piece(self.data, self.size, None, 0, count, totals)
        return count, seen + count * self.size, totals


def kind(batch: Batch) -> Any:
    """What decides which compiled function a batch needs."""
    leaves, spec = nest.flatten(batch)
    return spec, tuple((a.shape, a.dtype) for a in leaves)


def _values(totals: Any) -> Any:
    return each(totals, lambda t: t.value)
