"""Batches as compiled code: many steps in one native call, cut so that Python stays in control."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from .. import nest
from ..compile import Compiled, compile, scan
from ..graph import Array
from ..nn.words import lp
from .arrays import each, rows

Step = Callable[[Any, Any], Any]  # (inputs, labels) of a batch -> what it adds to the totals

PIECE = 0.05  # seconds of work in one native call


def many(step: Step, batch_size: int, name: str) -> Compiled:
    """One function that runs `steps` batches from number `start` on.

    order: the positions of the samples, gathered batch by batch; None takes them as they stand.
    The number of steps is an argument, so that another one needs no compilation.
    """

    def run(inputs: Any, labels: Any, order: Any, start: Any, steps: Any, totals: Any) -> Any:
        def body(carry: Any, _: None) -> tuple[Any, None]:
            i, sums = carry
            here = slice(i * batch_size, (i + 1) * batch_size)
            index = here if order is None else order[here]
            x, y = each((inputs, labels), lambda array: array[index])
            return (i + 1, add(sums, step(x, y))), None

        (_, sums), _ = scan(body, (start, totals), length=steps)
        return sums

    run.__name__ = name
    return compile(run)


def single(step: Step, name: str) -> Compiled:
    """The same for one batch of any size."""

    def run(inputs: Any, labels: Any, totals: Any) -> Any:
        return add(totals, step(inputs, labels))

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


def sweep(
    run_many: Compiled,
    run_single: Compiled,
    data: tuple[Any, Any],
    size: int,
    batch_size: int,
    order: Array | None,
    totals: Any,
    pace: Pace,
) -> Iterator[tuple[int, int, Any]]:
    """All samples once: whole batches in pieces, then the rest as a smaller batch.

    After every piece: (steps, samples so far, totals so far).
    """
    whole, rest = divmod(size, batch_size)
    start = 0
    if whole:  # zero steps: compiles, so that the first piece is measured alone
        run_many(*data, order, 0, 0, totals)
    while start < whole:
        steps = min(pace.steps, whole - start)
        began = time.perf_counter()
        totals = _values(run_many(*data, order, start, steps, totals))
        pace.saw(steps, time.perf_counter() - began)
        start += steps
        yield steps, start * batch_size, totals
    if rest:
        index = slice(whole * batch_size, None) if order is None else order[whole * batch_size :]
        totals = _values(run_single(*rows(data, index), totals))
        yield 1, size, totals


def _values(totals: Any) -> Any:
    return each(totals, lambda t: t.value)
