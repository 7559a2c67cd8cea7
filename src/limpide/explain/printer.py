"""Formulas as text: the walk over a formula that every script shares, and plain text for terminals."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction

from .expression import (
    ONE,
    Add,
    BigSum,
    Call,
    Choice,
    Compare,
    Derivative,
    Element,
    Expr,
    Item,
    MatMul,
    Mul,
    Number,
    Power,
    Symbol,
    Transpose,
    number,
    product,
)

# How tightly a form holds together: what stands where a tighter one is needed gets parentheses.
COMPARE, ADD, MUL, POWER, ATOM = range(5)


def binding(e: Expr) -> int:
    """How tightly the outermost form of `e` holds."""
    match e:
        case Compare() | Choice():
            return COMPARE
        case Add():
            return ADD
        case Mul(factors=[(_, exponent)]) if e.ratio == e.decimal == 1 and exponent > 1:
            return POWER
        case Mul() | MatMul() | BigSum():
            return MUL
        case Power() | Transpose():
            return POWER
        case Number(value=value):
            return ATOM if value >= 0 and "/" not in show_number(value) else MUL
    return ATOM


def show_number(value: Fraction) -> str:
    """Integers, decimals where they end soon, else a ratio.

    >>> show_number(Fraction(1, 10)), show_number(Fraction(1, 3))
    ('0.1', '1/3')
    """
    if value.denominator == 1:
        return str(value) if abs(value) < 10**16 else f"{float(value):.6g}"
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return re.sub("e-0*", "e-", f"{float(value):.9g}") if rest == 1 else str(value)


class Printer(ABC):
    """Walks a formula; the scripts say how each form is written."""

    plus, minus = " + ", " - "
    array_last = False  # whether a scalar fraction stands before an array product instead of around it

    # ------------------------------------------------------------------------------- how forms look
    @abstractmethod
    def row(self, parts: Sequence[str]) -> str: ...
    @abstractmethod
    def number(self, text: str) -> str: ...
    @abstractmethod
    def symbol(self, name: str) -> str: ...
    @abstractmethod
    def sign(self, text: str) -> str: ...
    @abstractmethod
    def parentheses(self, inside: str) -> str: ...
    @abstractmethod
    def brackets(self, inside: str) -> str: ...
    @abstractmethod
    def fraction(self, above: Expr, below: Expr) -> str: ...
    @abstractmethod
    def raised(self, base: str, exponent: str, plain: bool) -> str: ...
    @abstractmethod
    def lowered(self, base: str, letters: Sequence[str]) -> str: ...
    @abstractmethod
    def call(self, e: Call) -> str: ...
    @abstractmethod
    def sums(self, e: BigSum) -> str: ...
    @abstractmethod
    def derivative(self, e: Derivative) -> str: ...
    @abstractmethod
    def transposed(self, base: str) -> str: ...
    @abstractmethod
    def times(self, parts: Sequence[str], scalar: Sequence[bool]) -> str: ...
    @abstractmethod
    def matmul(self, parts: Sequence[str]) -> str: ...
    @abstractmethod
    def negative(self, shown: str) -> str: ...
    @abstractmethod
    def item(self, base: str, entries: Sequence[str]) -> str: ...
    @abstractmethod
    def choice(self, e: Choice) -> str: ...

    # ----------------------------------------------------------------------------------- the walk
    def at(self, e: Expr, level: int) -> str:
        """`e` where something at least as tight as `level` is needed."""
        bare = isinstance(e, Derivative) and level == ATOM
        if binding(e) >= level and not bare:
            return self.show(e)
        inside = self.show(e)
        return self.brackets(inside) if isinstance(e, Compare) else self.parentheses(inside)

    def show(self, e: Expr) -> str:
        match e:
            case Number(value=value):
                return self.number(show_number(value))
            case Symbol(name=name):
                return self.symbol(name)
            case Derivative():
                return self.derivative(e)
            case Add():
                return self.sum_of_terms(e)
            case Mul():
                return self.product(e)
            case Power():
                exponent = self.exponent(e.base, self.show(e.exponent))
                return self.raised(self.at(e.base, ATOM), exponent, _plain(e.exponent))
            case Call():
                return self.call(e)
            case MatMul():
                return self.matmul([self.at(p, POWER) for p in e.parts])
            case Transpose():
                return self.transposed(self.at(e.of, ATOM))
            case Element():
                return self.lowered(self.at(e.of, ATOM), e.letters)
            case BigSum():
                return self.sums(e)
            case Item():
                entries = [self.entry([self.show(x) for x in entry]) for entry in e.entries]
                return self.item(self.at(e.of, ATOM), entries)
            case Compare():
                return self.row([self.at(e.left, ADD), self.sign(e.sign), self.at(e.right, ADD)])
            case Choice():
                return self.choice(e)
        raise TypeError(f"{e!r} is not a formula")

    def sum_of_terms(self, e: Add) -> str:
        parts: list[str] = []
        for coefficient, rest in e.terms:
            size = abs(coefficient)
            term = number(size) if rest == number(1) else product(size, ONE, [(rest, 1)])
            shown = self.at(term, MUL)
            if parts:
                parts.append(self.sign("-" if coefficient < 0 else "+"))
            elif coefficient < 0:
                shown = self.negative(shown)
            parts.append(shown)
        return self.row(parts)

    def exponent(self, base: Expr, shown: str) -> str:
        """The exponent of `base`; scripts in which that of a matrix means another thing mark it."""
        return shown

    def entry(self, bounds: Sequence[str]) -> str:
        """One entry of an index; without bounds the whole axis."""
        colon = self.sign(":")
        return colon.join(bounds) if bounds else colon

    def product(self, e: Mul) -> str:
        above = [(b, x) for b, x in e.factors if x > 0]
        below = [(b, -x) for b, x in e.factors if x < 0]
        whole = abs(e.ratio)
        denominator = product(Fraction(whole.denominator), ONE, below)
        if denominator == number(1):
            shown = self.line(whole, e.decimal, above)
        elif self.in_front(above) and all(b.scalar for b, _ in below):
            front = self.fraction(product(Fraction(whole.numerator), e.decimal, []), denominator)
            shown = self.times([front, *self.parts(above)], [True, *(b.scalar for b, _ in above)])
        else:
            shown = self.fraction(product(Fraction(whole.numerator), e.decimal, above), denominator)
        return self.negative(shown) if e.ratio < 0 else shown

    def in_front(self, above: Sequence[tuple[Expr, int]]) -> bool:
        """Whether a fraction of numbers stands before these factors."""
        arrays = not all(b.scalar for b, _ in above)
        return any(isinstance(b, BigSum) for b, _ in above) or (self.array_last and arrays)

    def line(self, whole: Fraction, decimal: Fraction, above: Sequence[tuple[Expr, int]]) -> str:
        factor = whole * decimal
        numbers = [self.number(show_number(factor))] if factor != 1 or not above else []
        scalars = [*(True for _ in numbers), *(b.scalar for b, _ in above)]
        return self.times([*numbers, *self.parts(above)], scalars)

    def parts(self, above: Sequence[tuple[Expr, int]]) -> list[str]:
        """The factors; a sum, or the only matrix product, may stand last without parentheses."""
        lone = sum(not b.scalar for b, _ in above) == 1
        shown = []
        for i, (base, exponent) in enumerate(above):
            last = exponent == 1 and i == len(above) - 1
            free = last and (isinstance(base, BigSum) or (lone and isinstance(base, MatMul)))
            if exponent > 1:
                number_ = self.exponent(base, self.number(str(exponent)))
                shown.append(self.raised(self.at(base, ATOM), number_, True))
            else:
                shown.append(self.show(base) if free else self.at(base, POWER))
        return shown


def _plain(exponent: Expr) -> bool:
    return binding(exponent) == ATOM


# ------------------------------------------------------------------------------------------ plain text
class Text(Printer):
    """ASCII, close to NumPy: `@` is the matrix product, `*` the elementwise one, scalars side by side."""

    def at(self, e: Expr, level: int) -> str:
        return self.show(e) if isinstance(e, Choice) else super().at(e, level)

    def row(self, parts: Sequence[str]) -> str:
        return " ".join(parts)

    def number(self, text: str) -> str:
        return text

    def symbol(self, name: str) -> str:
        return name

    def sign(self, text: str) -> str:
        return text

    def parentheses(self, inside: str) -> str:
        return f"({inside})"

    def brackets(self, inside: str) -> str:
        return f"[{inside}]"

    def negative(self, shown: str) -> str:
        return f"-{shown}"

    def fraction(self, above: Expr, below: Expr) -> str:
        under = self.show(below) if binding(below) >= POWER else f"({self.show(below)})"
        over = self.show(above) if isinstance(above, Mul | MatMul) else self.at(above, POWER)
        close = isinstance(above, Number) and binding(below) == ATOM
        return f"{over}/{under}" if close else f"{over} / {under}"

    def raised(self, base: str, exponent: str, plain: bool) -> str:
        return f"{base}^{exponent}" if plain else f"{base}^({exponent})"

    def lowered(self, base: str, letters: Sequence[str]) -> str:
        return f"{base}_{''.join(letters)}"

    def transposed(self, base: str) -> str:
        return f"{base}^T"

    def derivative(self, e: Derivative) -> str:
        return f"d{e.of}/d{e.by}"

    def call(self, e: Call) -> str:
        return f"{e.name}({', '.join([*map(self.show, e.args), *(f'{k}={v}' for k, v in e.keywords)])})"

    def sums(self, e: BigSum) -> str:
        return f"sum_{''.join(letter for letter, _ in e.over)} {self.at(e.body, MUL)}"

    def times(self, parts: Sequence[str], scalar: Sequence[bool]) -> str:
        shown = parts[0]
        for part, before in zip(parts[1:], scalar, strict=False):
            shown += f" {part}" if before else f" * {part}"
        return shown

    def matmul(self, parts: Sequence[str]) -> str:
        return " @ ".join(parts)

    def entry(self, bounds: Sequence[str]) -> str:
        return (" : " if any(" " in b for b in bounds) else ":").join(bounds) if bounds else ":"

    def item(self, base: str, entries: Sequence[str]) -> str:
        return f"{base}[{', '.join(entries)}]"

    def choice(self, e: Choice) -> str:
        return f"where({self.show(e.condition)}, {self.show(e.then)}, {self.show(e.otherwise)})"


def split_name(name: str) -> list[str]:
    """`W1` and `W_1` have the index 1; names with dots are one word."""
    if "." in name:
        return [name]
    base, *rest = [part for part in name.split("_") if part] or [name]
    found = re.fullmatch(r"([A-Za-z]+)(\d+)", base)
    return [found[1], found[2], *rest] if found else [base, *rest]


TEXT = Text()
