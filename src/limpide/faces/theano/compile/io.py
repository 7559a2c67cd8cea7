"""What `function` takes as inputs and outputs."""

from __future__ import annotations

from typing import Any

from ..gof.graph import Variable


class In:
    """An input with options: a default value, a name, an update after every call."""

    def __init__(
        self,
        variable: Any,
        name: str | None = None,
        value: Any = None,
        update: Any = None,
        mutable: bool | None = None,
        strict: bool = False,
        allow_downcast: bool | None = None,
        autoname: bool = True,
        implicit: bool | None = None,
        borrow: bool | None = None,
        shared: bool = False,
    ):
        self.variable = variable
        self.name = name or (variable.name if autoname else None)
        self.value, self.update, self.mutable = value, update, mutable
        self.strict, self.allow_downcast, self.implicit, self.borrow = (
            strict,
            allow_downcast,
            implicit,
            borrow,
        )

    def __str__(self) -> str:
        return f"In({self.variable})" if self.update is None else f"In({self.variable} -> {self.update})"

    __repr__ = __str__


SymbolicInput = In


class Param(In):
    """`In` under its old name and with its old words."""

    def __init__(
        self,
        variable: Any,
        default: Any = None,
        name: str | None = None,
        mutable: bool = False,
        strict: bool = False,
        allow_downcast: bool | None = None,
        implicit: bool | None = None,
        borrow: bool | None = None,
    ):
        super().__init__(
            variable, name, default, None, mutable, strict, allow_downcast, True, implicit, borrow
        )


class Out:
    """An output; `borrow` has no meaning here."""

    def __init__(self, variable: Any, borrow: bool = False):
        self.variable, self.borrow = variable, borrow


SymbolicOutput = Out


def as_input(given: Any) -> In:
    """An input as scripts give it: a variable, In, or (variable, default).

    Raises TypeError for anything else.
    """
    if isinstance(given, In):
        return given
    if isinstance(given, Variable):
        return In(given)
    if isinstance(given, (tuple, list)):
        parts = list(given)
        name = parts.pop(0) if isinstance(parts[0], str) else None
        variable = parts.pop(0)
        if not isinstance(variable, Variable):
            raise TypeError(f"an input is a variable, not {variable!r}")
        value = parts.pop(0) if parts else None
        return In(variable, name, value, update=parts.pop(0) if parts else None)
    raise TypeError(f"Unknown parameter type: {type(given)}: an input is a variable or In(variable, ...)")


__all__ = ["In", "Out", "Param", "SymbolicInput", "SymbolicOutput", "as_input"]
