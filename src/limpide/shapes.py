"""Sizes that may be unknown, and the shape arithmetic of NumPy on them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from .errors import IndexingError, ShapeError, SymbolicError

_unnamed = itertools.count()

Monomial = tuple["str | FloorDiv", ...]


UNNAMED = re.compile(r"\?\d+")


class FloorDiv(tuple["Dim", int]):
    """An atom `dim // k` of a size."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"({self[0]} // {self[1]})"


class Dim:
    """An unknown size: a polynomial of named sizes with integer coefficients.

    >>> n = Dim.named("n")
    >>> (n + 1) * 2 == 2 * n + 2
    True
    """

    __slots__ = ("terms",)
    # Arithmetic with anything but integers makes a formula; the tensor layer says how.
    as_formula: ClassVar[Callable[[Dim], Any]]

    def __init__(self, terms: Mapping[Monomial, int]):
        self.terms: tuple[tuple[Monomial, int], ...] = tuple(
            sorted(((m, c) for m, c in terms.items() if c), key=lambda term: tuple(map(str, term[0])))
        )

    @staticmethod
    def named(name: str | None = None) -> Dim:
        """A size with this name; without one it equals only itself."""
        return Dim({(name or f"?{next(_unnamed)}",): 1})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dim) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)

    def _combine(self, other: Any, sign: int) -> Size:
        terms = dict(self.terms)
        for monomial, c in _terms(other):
            terms[monomial] = terms.get(monomial, 0) + sign * c
        return _size(terms)

    def __add__(self, other: Any) -> Any:
        return self._combine(other, 1) if _is_size(other) else Dim.as_formula(self) + other

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._combine(other, -1) if _is_size(other) else Dim.as_formula(self) - other

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __neg__(self) -> Dim:
        return Dim({m: -c for m, c in self.terms})

    def __mul__(self, other: Any) -> Any:
        if not _is_size(other):
            return Dim.as_formula(self) * other
        terms: dict[Monomial, int] = {}
        for (m1, c1), (m2, c2) in itertools.product(self.terms, _terms(other)):
            monomial = tuple(sorted(m1 + m2, key=str))
            terms[monomial] = terms.get(monomial, 0) + c1 * c2
        return _size(terms)

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Any:
        if isinstance(other, Dim) and other == self:
            return 1
        if isinstance(other, Dim) and len(other.terms) == 1:
            return self._divide_monomial(*other.terms[0])
        if not isinstance(other, int):
            return Dim.as_formula(self) // other
        if other == 1 or all(c % other == 0 for _, c in self.terms):
            return Dim({m: c // other for m, c in self.terms})
        return Dim({(FloorDiv((self, other)),): 1})

    def _divide_monomial(self, monomial: Monomial, coefficient: int) -> Size:
        terms: dict[Monomial, int] = {}
        for m, c in self.terms:
            rest = list(m)
            for atom in monomial:
                if atom not in rest or c % coefficient:
                    raise ShapeError("shape", f"the size {self} cannot be divided by {monomial}")
                rest.remove(atom)
            terms[tuple(rest)] = c // coefficient
        return _size(terms)

    def __truediv__(self, other: Any) -> Any:
        return Dim.as_formula(self) / other

    def __rtruediv__(self, other: Any) -> Any:
        return other / Dim.as_formula(self)

    def __pow__(self, other: Any) -> Any:
        return Dim.as_formula(self) ** other

    def _unknown(self, *_: Any) -> Any:
        raise SymbolicError(
            "shape",
            f"the size {self} is not known until the function is called",
            hint="give lp.input a number for this size, or use @lp.compile, which sees the sizes of the call",
        )

    __int__ = __index__ = __bool__ = __lt__ = __le__ = __gt__ = __ge__ = _unknown

    def __str__(self) -> str:
        def term(m: Monomial, c: int) -> str:
            return "*".join([*([str(c)] if c != 1 or not m else []), *map(str, m)])

        return " + ".join(term(m, c) for m, c in self.terms)

    __repr__ = __str__


Size = int | Dim
Shape = tuple[Size, ...]


def _is_size(value: Any) -> bool:
    return isinstance(value, (int, Dim)) and not isinstance(value, bool)


def _terms(value: Size) -> tuple[tuple[Monomial, int], ...]:
    return value.terms if isinstance(value, Dim) else (((), value),)


def _size(terms: Mapping[Monomial, int]) -> Size:
    kept = {m: c for m, c in terms.items() if c}
    if not kept:
        return 0
    if set(kept) == {()}:
        return kept[()]
    return Dim(kept)


def substitute(value: Any, sizes: Mapping[str, Size]) -> Any:
    """`value` (a size, or tuples of them, or anything) with the named sizes put in."""
    if isinstance(value, Dim):
        total: Size = 0
        for monomial, coefficient in value.terms:
            product: Size = coefficient
            for atom in monomial:
                if isinstance(atom, FloorDiv):
                    product = product * (substitute(atom[0], sizes) // atom[1])
                else:
                    product = product * sizes.get(atom, Dim.named(atom))
            total = total + product
        return total
    if type(value) is tuple:
        return tuple(substitute(v, sizes) for v in value)
    return value


def is_static(shape: Iterable[Size]) -> bool:
    return all(isinstance(size, int) for size in shape)


def static(shape: Iterable[Size], op: str = "shape") -> tuple[int, ...]:
    """The shape with every size known; SymbolicError where one is not."""
    return tuple(size if isinstance(size, int) else size.__index__() for size in shape)


def product(shape: Iterable[Size]) -> Any:
    total: Any = 1
    for size in shape:
        total = total * size
    return total


def show(shape: Sequence[Size]) -> str:
    """As a tuple is printed; a size without a name is None, as it was given.

    >>> show((Dim.named(), 784)), show((Dim.named("n"),))
    ('(None, 784)', '(n,)')
    """
    sizes = ["None" if UNNAMED.fullmatch(str(size)) else str(size) for size in shape]
    return f"({', '.join(sizes)}{',' if len(shape) == 1 else ''})"


def outside_axis(op: str, index: Any, axis: int, size: Size) -> IndexingError:
    """The error of an index that an axis does not have."""
    valid = f"{-size} to {size - 1} are there" if isinstance(size, int) and size else "the axis is empty"
    return IndexingError(op, f"index {index} is outside of axis {axis} of size {size}", hint=valid)


def outside_slice(op: str, start: int, length: Size, axis: int, size: Size) -> IndexingError:
    """The error of a slice at a computed place that does not fit."""
    return IndexingError(op, f"the slice {start}:{start + length} is outside of axis {axis} of size {size}")


def same(a: Size, b: Size) -> bool:
    """Whether two sizes may be equal: unknown ones are checked when they are known."""
    return a == b if isinstance(a, int) and isinstance(b, int) else True


def broadcast(op: str, *shapes: Shape) -> Shape:
    """The common shape under NumPy's broadcasting.

    Raises ShapeError naming the axes that disagree.

    >>> broadcast("add", (3, 1), (4,))
    (3, 4)
    """
    rank = max(map(len, shapes), default=0)
    result: list[Size] = []
    for axis in range(-rank, 0):
        size: Size = 1
        for shape in shapes:
            if -axis > len(shape) or shape[axis] == 1:
                continue
            if size == 1:
                size = shape[axis]
            elif not same(size, shape[axis]):
                raise ShapeError(
                    op,
                    f"shapes {' and '.join(map(show, shapes))} do not broadcast: "
                    f"axis {axis} has sizes {size} and {shape[axis]}",
                    hint=_broadcast_hint(shapes),
                )
            elif isinstance(shape[axis], int):
                size = shape[axis]
        result.append(size)
    return tuple(result)


def _broadcast_hint(shapes: Sequence[Shape]) -> str:
    if len(shapes) == 2 and len(shapes[0]) == len(shapes[1]) == 2 and shapes[0] == shapes[1][::-1]:
        return "one of them looks transposed: try .T"
    return "sizes must be equal, or one of them 1; add an axis with x[:, None] or reshape"


def axis_of(op: str, axis: Any, rank: int) -> int:
    """A checked axis in 0..rank-1."""
    try:
        index = int(axis.__index__())
    except AttributeError:
        raise ShapeError(op, f"an axis is an integer, not {axis!r}") from None
    if not -rank <= index < rank:
        raise IndexingError(
            op,
            f"axis {index} is outside of the {rank} axes",
            hint=f"use -{rank} to {rank - 1}" if rank else None,
        )
    return index % rank


def axes_of(op: str, axis: Any, rank: int) -> tuple[int, ...]:
    """Checked, sorted axes; None means all of them."""
    if axis is None:
        return tuple(range(rank))
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    axes = sorted(axis_of(op, a, rank) for a in given)
    if len(set(axes)) != len(axes):
        raise ShapeError(op, f"axis {axis} names one axis twice")
    return tuple(axes)
