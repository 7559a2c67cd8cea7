"""What is known of a variable's values before there are any."""

from __future__ import annotations

from typing import Any


class Type:
    """Base of the types of variables."""

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """`data` as a value of this type; raises TypeError where it is none."""
        raise NotImplementedError

    def is_valid_value(self, a: Any) -> bool:
        """Whether `a` is a value of this type as it stands."""
        try:
            self.filter(a, strict=True)
        except (TypeError, ValueError):
            return False
        return True

    def make_variable(self, name: str | None = None) -> Any:
        """An input of this type."""
        raise NotImplementedError

    def __call__(self, name: str | None = None) -> Any:
        return self.make_variable(name)

    def filter_variable(self, other: Any, allow_convert: bool = True) -> Any:
        """`other` if it is of this type; raises TypeError otherwise."""
        if other.type != self:
            raise TypeError(f"Cannot convert Type {other.type} (of Variable {other}) into Type {self}.")
        return other

    def __ne__(self, other: object) -> bool:
        return not self == other


class Generic(Type):
    """Any Python object: functions hand it on as it is."""

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        return data

    def __str__(self) -> str:
        return "<theano.gof.type.Generic>"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


generic = Generic()
