"""Exceptions and small things that Theano's scripts know by name."""

from __future__ import annotations

from typing import Any


class MethodNotDefined(Exception):
    """An op does not define what it is asked for."""


class MissingInputError(Exception):
    """A graph needs a variable that is neither given nor has a value."""


class UnusedInputError(Exception):
    """A function was given an input that none of its outputs needs."""


class TestValueError(Exception):
    """A variable that a test value is computed from has none."""

    __test__ = False


class Scratchpad:
    """`variable.tag`: whatever scripts put there."""

    test_value: Any

    def __repr__(self) -> str:
        return f"scratchpad{vars(self)}"

    def info(self) -> None:
        print(f"<theano.gof.utils.scratchpad instance>\n{vars(self)}")


scratchpad = Scratchpad
object2 = object


def flatten(a: Any) -> list[Any]:
    """The elements of lists in lists."""
    if isinstance(a, (list, tuple)):
        return [leaf for part in a for leaf in flatten(part)]
    return [a]
