"""The functions of tensors under one short name, and the choice of a thing by its name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TypeVar

from ..errors import ArgumentError, user_frame
from ..tensor import functions

lp = SimpleNamespace(**functions)

T = TypeVar("T")


def choose(kind: str, name: str, table: Mapping[str, T], hint: str | None = None) -> T:
    """The entry of a table; ArgumentError with all names, and the nearest one, where there is none.

    >>> choose("colour", "red", {"red": 1})
    1
    """
    if name in table:
        return table[name]
    near = difflib.get_close_matches(name, table, n=1)
    suggestion = f"did you mean '{near[0]}'?" if near else hint
    raise ArgumentError(
        kind,
        f"there is no {kind} '{name}'; there are {', '.join(table)}",
        where=user_frame(),
        hint=suggestion,
    )
