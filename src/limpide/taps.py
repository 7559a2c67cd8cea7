"""Taps: values inside of compiled functions that are looked at after every call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from .dtypes import BOOL, is_float
from .errors import LimpideError, NumericsError, Where
from .function import Function
from .graph import Array, Node, Program
from .ops import names
from .ops.define import cast, constant
from .ops.loop import placeholder

Kind = Literal["watch", "check_numerics", "stop_when"]


class Tap(NamedTuple):
    """A node to look at. where: the user's line that asked for it."""

    kind: Kind
    name: str
    node: Node
    where: Where | None

    @property
    def label(self) -> str:
        return f"'{self.name}'" if self.name else "a value"


class Stopped(LimpideError):
    """`debug.stop_when` saw its condition hold. values: what was watched, by name."""

    values: dict[str, Array]


watched: dict[str, Array] = {}  # the last values by name
formulas: list[Tap] = []  # of formulas outside of traced code, for `lp.function`


def report(taps: Sequence[Tap], values: Sequence[Array]) -> None:
    """Look at the values: keep those that are watched, then raise what the others ask for.

    Raises NumericsError for NaN or Inf, Stopped where a condition holds; both with the user's line.
    """
    for tap, value in zip(taps, values, strict=True):
        if tap.kind == "watch":
            watched[tap.name] = value
    for tap, value in zip(taps, values, strict=True):
        if tap.kind == "check_numerics" and not np.isfinite(value).all():
            raise NumericsError("check_numerics", _what_is_wrong(tap, value), where=tap.where)
        if tap.kind == "stop_when" and np.any(value):
            error = Stopped(
                "stop_when",
                f"{tap.label} holds",
                where=tap.where,
                hint="lp.debug.values() has what was watched",
            )
            error.values = dict(watched)
            raise error


def _what_is_wrong(tap: Tap, value: Array) -> str:
    bad = ~np.isfinite(value)
    nans = int(np.isnan(value).sum())
    infinite = int(bad.sum()) - nans
    parts = [f"{count} {kind}" for count, kind in ((nans, "NaN"), (infinite, "Inf")) if count]
    if not value.ndim:
        return f"{tap.label} is {'NaN' if nans else 'Inf'}"
    first = ", ".join(map(str, np.argwhere(bad)[0]))
    return f"{tap.label} has {' and '.join(parts)} among {value.size} numbers, the first at [{first}]"


class TappedFunction(Function):
    """A function whose last outputs are taps, looked at after every call and not given to the caller."""

    def __init__(self, program: Program, taps: Sequence[Tap]):
        super().__init__(
            Program(
                program.name, program.inputs, (*program.outputs, *(t.node for t in taps)), program.updates
            )
        )
        self.taps = list(taps)

    def __call__(self, arrays: list[Array]) -> list[Array]:
        results = super().__call__(arrays)
        outputs = len(results) - len(self.taps)
        report(self.taps, results[outputs:])
        return results[:outputs]


class Carried(NamedTuple):
    """A tap inside of a loop: the loop carries a value, from `first` on, that is there at its end."""

    hole: Node
    first: Node
    next: Node


def carried(tap: Tap) -> Carried:
    """The last value that is watched; the first one that is not finite; whether a condition has held."""
    node = tap.node
    hole = placeholder(tap.name or tap.kind, node.shape, node.dtype)
    first = cast(ops["broadcast_to"](constant(0), node.shape), node.dtype)
    after = node
    if tap.kind == "check_numerics" and is_float(node.dtype):
        after = ops["where"](ops["all"](ops["isfinite"](hole)), node, hole)
    elif tap.kind == "stop_when":
        after = ops["logical_or"](hole, cast(node, BOOL))
    return Carried(hole, first, cast(after, node.dtype))


ops = names.public()


def function_of(program: Program, taps: Sequence[Tap]) -> Function:
    """The program as a function, with or without taps."""
    return TappedFunction(program, taps) if taps else Function(program)


def taps_of(function: Function) -> list[Tap]:
    """What a function looks at."""
    return function.taps if isinstance(function, TappedFunction) else []
