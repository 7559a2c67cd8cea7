"""TensorShape and Dimension: static shapes as TensorFlow 1 shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...shapes import Dim


class Dimension:
    """One size, or None where it is not known.

    >>> Dimension(3) * 2, int(Dimension(5)), Dimension(None) + 1
    (Dimension(6), 5, Dimension(None))
    """

    def __init__(self, value: Any):
        if isinstance(value, Dimension):
            value = value.value
        if isinstance(value, Dim):
            value = None
        self._value = None if value is None else int(value)
        if self._value is not None and self._value < 0:
            raise ValueError(f"Dimension {self._value} must be >= 0")

    @property
    def value(self) -> int | None:
        return self._value

    def is_compatible_with(self, other: Any) -> bool:
        wanted = as_dimension(other).value
        return None in (self.value, wanted) or self.value == wanted

    def assert_is_compatible_with(self, other: Any) -> None:
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {other} are not compatible")

    def merge_with(self, other: Any) -> Dimension:
        self.assert_is_compatible_with(other)
        return as_dimension(other) if self.value is None else self

    def _with(self, other: Any, f: Any) -> Any:
        try:
            wanted = as_dimension(other).value
        except (TypeError, ValueError):
            return NotImplemented
        return None if self.value is None or wanted is None else f(self.value, wanted)

    def _arithmetic(self, other: Any, f: Any) -> Any:
        result = self._with(other, f)
        return result if result is NotImplemented else Dimension(result)

    def __add__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: a + b)

    def __sub__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: a * b)

    def __floordiv__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: a // b)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: b // a)

    def __truediv__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: a // b)

    def __rtruediv__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: b // a)

    def __mod__(self, other: Any) -> Any:
        return self._arithmetic(other, lambda a, b: a % b)

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a == b)

    def __ne__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a != b)

    def __lt__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a < b)

    def __le__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a <= b)

    def __gt__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a > b)

    def __ge__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a >= b)

    def __hash__(self) -> int:
        return hash(self._value)

    def __int__(self) -> int:
        if self._value is None:
            raise TypeError("this dimension is not known before the graph runs: its value is None")
        return self._value

    __index__ = __int__

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def __repr__(self) -> str:
        return f"Dimension({self._value})"


def as_dimension(value: Any) -> Dimension:
    return value if isinstance(value, Dimension) else Dimension(value)


class TensorShape:
    """The sizes of the axes as far as they are known; `TensorShape(None)` where not even their number is.

    >>> shape = TensorShape([None, 784])
    >>> shape, str(shape), shape.as_list(), shape[1]
    (TensorShape([Dimension(None), Dimension(784)]), '(?, 784)', [None, 784], Dimension(784))
    """

    def __init__(self, dims: Any):
        self._dims: tuple[Dimension, ...] | None
        if dims is None:
            self._dims = None
        elif isinstance(dims, TensorShape):
            self._dims = dims._dims
        elif hasattr(dims, "__iter__"):
            self._dims = tuple(map(as_dimension, dims))
        else:
            self._dims = (as_dimension(dims),)

    @property
    def dims(self) -> list[Dimension] | None:
        return None if self._dims is None else list(self._dims)

    @property
    def ndims(self) -> int | None:
        return None if self._dims is None else len(self._dims)

    rank = ndims

    def _known(self, what: str) -> tuple[Dimension, ...]:
        if self._dims is None:
            raise ValueError(f"{what} of an unknown TensorShape")
        return self._dims

    def as_list(self) -> list[int | None]:
        return [d.value for d in self._known("as_list()")]

    def is_fully_defined(self) -> bool:
        return self._dims is not None and all(d.value is not None for d in self._dims)

    def assert_is_fully_defined(self) -> None:
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def num_elements(self) -> int | None:
        if not self.is_fully_defined():
            return None
        total = 1
        for d in self._dims or ():
            total *= int(d)
        return total

    def is_compatible_with(self, other: Any) -> bool:
        wanted = as_shape(other)
        if self._dims is None or wanted._dims is None:
            return True
        return len(self._dims) == len(wanted._dims) and all(
            a.is_compatible_with(b) for a, b in zip(self._dims, wanted._dims, strict=True)
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {as_shape(other)} are incompatible")

    def assert_has_rank(self, rank: int) -> None:
        self.with_rank(rank)

    def assert_same_rank(self, other: Any) -> None:
        wanted = as_shape(other)
        if None not in (self.ndims, wanted.ndims) and self.ndims != wanted.ndims:
            raise ValueError(f"Shapes {self} and {wanted} must have the same rank")

    def merge_with(self, other: Any) -> TensorShape:
        wanted = as_shape(other)
        if self._dims is None:
            return wanted
        if wanted._dims is None:
            return self
        self.assert_is_compatible_with(wanted)
        return TensorShape([a.merge_with(b) for a, b in zip(self._dims, wanted._dims, strict=True)])

    def with_rank(self, rank: int) -> TensorShape:
        if self.ndims not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")
        return TensorShape([None] * rank) if self._dims is None else self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        if self.ndims is not None and self.ndims < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        if self.ndims is not None and self.ndims > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def concatenate(self, other: Any) -> TensorShape:
        wanted = as_shape(other)
        if self._dims is None or wanted._dims is None:
            return TensorShape(None)
        return TensorShape([*self._dims, *wanted._dims])

    def __len__(self) -> int:
        return len(self._known("len()"))

    def __bool__(self) -> bool:
        return self._dims is not None

    def __iter__(self) -> Iterator[Dimension]:
        return iter(self._known("iterating"))

    def __getitem__(self, key: Any) -> Any:
        if self._dims is None:
            return TensorShape(None) if isinstance(key, slice) else Dimension(None)
        return TensorShape(self._dims[key]) if isinstance(key, slice) else self._dims[key]

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __eq__(self, other: Any) -> bool:
        try:
            wanted = as_shape(other)
        except (TypeError, ValueError):
            return False
        mine, theirs = ([d.value for d in s._dims] if s._dims is not None else None for s in (self, wanted))
        return mine == theirs

    def __hash__(self) -> int:
        return hash(self._dims)

    def __str__(self) -> str:
        if self._dims is None:
            return "<unknown>"
        return f"({', '.join(map(str, self._dims))}{',' if len(self._dims) == 1 else ''})"

    def __repr__(self) -> str:
        return f"TensorShape({None if self._dims is None else list(self._dims)})"


def as_shape(value: Any) -> TensorShape:
    return value if isinstance(value, TensorShape) else TensorShape(value)


def unknown_shape(ndims: int | None = None) -> TensorShape:
    return TensorShape(None if ndims is None else [None] * ndims)


__all__ = [
    "Dimension", "TensorShape",
]  # fmt: skip
