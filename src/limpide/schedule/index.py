"""Integer arithmetic on loop variables, with their ranges: how views are composed and simplified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..graph import Node


@dataclass(frozen=True)
class Var:
    """A loop variable: 0 <= name < extent."""

    name: str
    extent: int

    def bounds(self) -> tuple[int, int]:
        return 0, self.extent - 1


@dataclass(frozen=True)
class Quotient:
    """value // by or value % by, where neither could be simplified away."""

    value: Index
    by: int
    remainder: bool

    def bounds(self) -> tuple[int, int]:
        low, high = self.value.bounds()
        return (0, self.by - 1) if self.remainder else (low // self.by, high // self.by)


@dataclass(frozen=True)
class Loaded:
    """An integer read from a node at a position: the row that a gather takes, the start of a slice."""

    node: Node
    position: tuple[Index, ...]
    size: int  # it is checked to be in 0..size-1, and counted from the end where negative
    wraps: bool
    reader: Node = field(compare=False)  # who uses it as a position: errors name its line

    def bounds(self) -> tuple[int, int]:
        return 0, max(0, self.size - 1)


Atom = Var | Quotient | Loaded


@dataclass(frozen=True)
class Index:
    """A sum of multiples of atoms, plus a number."""

    terms: tuple[tuple[Atom, int], ...]
    offset: int = 0

    def bounds(self) -> tuple[int, int]:
        low = high = self.offset
        for atom, factor in self.terms:
            a, b = atom.bounds()
            low += min(a * factor, b * factor)
            high += max(a * factor, b * factor)
        return low, high

    def factor(self, atom: Atom) -> int:
        return next((f for a, f in self.terms if a == atom), 0)

    def atoms(self) -> list[Atom]:
        return [a for a, _ in self.terms]

    def variables(self) -> set[Var]:
        """Every loop variable that it depends on."""
        found: set[Var] = set()
        for atom in self.atoms():
            if isinstance(atom, Var):
                found.add(atom)
            else:
                inner = [atom.value] if isinstance(atom, Quotient) else list(atom.position)
                found.update(*(index.variables() for index in inner))
        return found

    def __add__(self, other: Index | int) -> Index:
        if isinstance(other, int):
            return Index(self.terms, self.offset + other)
        terms = dict(self.terms)
        for atom, factor in other.terms:
            terms[atom] = terms.get(atom, 0) + factor
        return _joined(terms, self.offset + other.offset)

    __radd__ = __add__

    def __neg__(self) -> Index:
        return self * -1

    def __sub__(self, other: Index | int) -> Index:
        return self + (-other)

    def __rsub__(self, other: int) -> Index:
        return (-self) + other

    def __mul__(self, by: int) -> Index:
        if by == 0:
            return Index(())
        return Index(tuple((a, f * by) for a, f in self.terms), self.offset * by)

    __rmul__ = __mul__

    def _split(self, by: int) -> tuple[Index, Index]:
        """(quotient, rest) with self == quotient * by + rest, taking out what divides.

        The rest is never negative: C rounds towards zero.
        """
        whole = Index(tuple((a, f // by) for a, f in self.terms if f % by == 0), self.offset // by)
        rest = Index(tuple((a, f) for a, f in self.terms if f % by), self.offset % by)
        below = -min(0, rest.bounds()[0] // by)
        return whole - below, rest + below * by

    def __floordiv__(self, by: int) -> Index:
        if by <= 1:  # an axis of size 0 has no elements: any place will do
            return self if by else ZERO
        whole, rest = self._split(by)
        low, high = rest.bounds()
        if low // by == high // by:
            return whole + low // by
        return whole + Index(((Quotient(rest, by, False), 1),))

    def __mod__(self, by: int) -> Index:
        if by <= 1:
            return ZERO
        _, rest = self._split(by)
        low, high = rest.bounds()
        if low // by == high // by:
            return rest - low // by * by
        return Index(((Quotient(rest, by, True), 1),))

    def __lt__(self, limit: int) -> Condition | bool:
        low, high = self.bounds()
        return True if high < limit else False if low >= limit else Condition(((self, "<", limit),))

    def __ge__(self, limit: int) -> Condition | bool:
        low, high = self.bounds()
        return True if low >= limit else False if high < limit else Condition(((self, ">=", limit),))

    def equals(self, value: int) -> Condition | bool:
        low, high = self.bounds()
        if low == high:
            return low == value
        return Condition(((self, "==", value),)) if low <= value <= high else False

    def mapped(self, known: Mapping[Atom, Index]) -> Index:
        """With atoms replaced."""
        total = Index((), self.offset)
        for atom, factor in self.terms:
            total = total + _mapped(atom, known) * factor
        return total


def _mapped(atom: Atom, known: Mapping[Atom, Index]) -> Index:
    if atom in known:
        return known[atom]
    if isinstance(atom, Quotient):
        value = atom.value.mapped(known)
        return value % atom.by if atom.remainder else value // atom.by
    if isinstance(atom, Loaded):
        position = tuple(p.mapped(known) for p in atom.position)
        return Index(((Loaded(atom.node, position, atom.size, atom.wraps, atom.reader), 1),))
    return Index(((atom, 1),))


def _joined(terms: dict[Atom, int], offset: int) -> Index:
    """A normal form; by * (v // by) + v % by is v again."""
    for atom in list(terms):
        if isinstance(atom, Quotient) and atom.remainder and terms.get(atom):
            other = Quotient(atom.value, atom.by, False)
            if terms.get(other, 0) == terms[atom] * atom.by:
                factor = terms.pop(atom)
                del terms[other]
                return Index(tuple((a, f) for a, f in terms.items() if f), offset) + atom.value * factor
    kept = [(a, f) for a, f in terms.items() if f]
    kept.sort(key=_term_order)
    return Index(tuple(kept), offset)


def _term_order(term: tuple[Atom, int]) -> tuple[int, int, str, int]:
    """Large factors first; the order of equal indices is the same wherever they were built."""
    atom, factor = term
    if isinstance(atom, Var):
        return -abs(factor), 0, atom.name, 0
    if isinstance(atom, Loaded):
        return -abs(factor), 1, "", atom.node.serial
    return -abs(factor), 2, "%" if atom.remainder else "/", atom.by


@dataclass(frozen=True)
class Condition:
    """A conjunction of comparisons."""

    parts: tuple[tuple[Index, str, int], ...]

    def __and__(self, other: Condition | bool) -> Condition | bool:
        if isinstance(other, bool):
            return self if other else False
        return Condition(tuple(dict.fromkeys(self.parts + other.parts)))

    __rand__ = __and__


def var(name: str, extent: int) -> Index:
    """A loop variable as an index; one of extent 1 is just 0."""
    return Index(()) if extent == 1 else Index(((Var(name, extent), 1),))


ZERO = Index(())


def as_index(value: Any) -> Index:
    return value if isinstance(value, Index) else Index((), int(value))


def linear(position: tuple[Index, ...], shape: tuple[int, ...]) -> Index:
    """The place in row-major order."""
    total = ZERO
    for i, size in zip(position, shape, strict=True):
        total = total * size + i
    return total


def c_text(index: Index, load: Callable[[Loaded], str]) -> str:
    """The index in C."""

    def atom_text(atom: Atom) -> str:
        if isinstance(atom, Var):
            return atom.name
        if isinstance(atom, Loaded):
            return load(atom)
        sign = "%" if atom.remainder else "/"
        return f"({c_text(atom.value, load)}) {sign} {atom.by}"

    parts = []
    for atom, factor in index.terms:
        text = atom_text(atom)
        if factor != 1:
            text = f"{text}*{factor}" if isinstance(atom, (Var, Loaded)) else f"({text})*{factor}"
        elif isinstance(atom, Quotient):
            text = f"({text})"
        parts.append(text)
    if index.offset or not parts:
        parts.append(str(index.offset))
    return " + ".join(parts).replace("+ -", "- ")
