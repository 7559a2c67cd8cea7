"""A small algebra for reading: formulas as trees, brought into the shape in which one writes them.

Every rule holds for real numbers: ones and zeros are dropped, numbers multiplied out, like terms and equal
factors collected, a common denominator taken out. Nothing is ever cancelled against a denominator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

ONE = Fraction(1)
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Expr:
    """scalar: whether it is one number, so that a product with it needs no sign."""

    scalar: bool = True


@dataclass(frozen=True)
class Number(Expr):
    value: Fraction = Fraction(0)


@dataclass(frozen=True)
class Symbol(Expr):
    """A name: of an input, a parameter, a variable or a part that has its own line."""

    name: str = ""


@dataclass(frozen=True)
class Derivative(Expr):
    """The name of a gradient: that of `of` by `by`."""

    of: str = ""
    by: str = ""


@dataclass(frozen=True)
class Add(Expr):
    """Sum of terms, each with a coefficient."""

    terms: tuple[tuple[Fraction, Expr], ...] = ()


@dataclass(frozen=True)
class Mul(Expr):
    """Elementwise product: a ratio of integers, a decimal number, and factors with integer exponents.

    Numbers from counts and from derivatives go into the ratio (1/100, 1/2), others stay as written (0.01).
    """

    ratio: Fraction = ONE
    decimal: Fraction = ONE
    factors: tuple[tuple[Expr, int], ...] = ()


@dataclass(frozen=True)
class Power(Expr):
    """A base with an exponent that is no integer."""

    base: Expr = Expr()
    exponent: Expr = Expr()


@dataclass(frozen=True)
class Call(Expr):
    """A function by name; keywords are shown as they are."""

    name: str = ""
    args: tuple[Expr, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class MatMul(Expr):
    parts: tuple[Expr, ...] = ()


@dataclass(frozen=True)
class Transpose(Expr):
    of: Expr = Expr()


@dataclass(frozen=True)
class Element(Expr):
    """One element: `of` with index letters."""

    of: Expr = Expr()
    letters: tuple[str, ...] = ()


@dataclass(frozen=True)
class BigSum(Expr):
    """A sum over letters, each from 1 to a size."""

    over: tuple[tuple[str, Expr], ...] = ()
    body: Expr = Expr()


@dataclass(frozen=True)
class Item(Expr):
    """`of[...]`: the entries are start, or start and stop; empty ones are whole axes."""

    of: Expr = Expr()
    entries: tuple[tuple[Expr, ...], ...] = ()


@dataclass(frozen=True)
class Compare(Expr):
    sign: str = ""
    left: Expr = Expr()
    right: Expr = Expr()


@dataclass(frozen=True)
class Choice(Expr):
    """`then` where the condition holds, else `otherwise`."""

    condition: Expr = Expr()
    then: Expr = Expr()
    otherwise: Expr = Expr()


# ------------------------------------------------------------------------------------------- building
def number(value: int | Fraction) -> Number:
    return Number(True, Fraction(value))


def multiply(parts: Iterable[Expr]) -> Expr:
    """The product, as one writes it."""
    whole = decimal = ONE
    powers: dict[tuple[Expr, bool], int] = {}
    for part in parts:
        more = as_product(part)
        whole, decimal = whole * more.ratio, decimal * more.decimal
        for base, exponent in more.factors:
            key = base, exponent > 0
            powers[key] = powers.get(key, 0) + exponent
    return product(whole, decimal, [(base, exponent) for (base, _), exponent in powers.items()])


def as_product(e: Expr) -> Mul:
    if isinstance(e, Mul):
        return e
    if isinstance(e, Number):
        return ratio(e.value) if e.value.denominator == 1 or abs(e.value) == HALF else Mul(True, ONE, e.value)
    return Mul(e.scalar, ONE, ONE, ((e, 1),))


def ratio(value: Fraction) -> Mul:
    return Mul(True, value)


def product(whole: Fraction, decimal: Fraction, factors: Sequence[tuple[Expr, int]]) -> Expr:
    if not whole or not decimal:
        return number(0)
    if decimal != 1:  # 2 * 0.1 is 0.2, and 0.1 / 100 stays
        whole, decimal = Fraction(1, whole.denominator), decimal * whole.numerator
    if decimal < 0:
        whole, decimal = -whole, -decimal
    if not factors and whole.denominator == 1:
        return number(whole * decimal)
    if whole == decimal == 1 and len(factors) == 1 and factors[0][1] == 1:
        return factors[0][0]
    if len(factors) == 1 and factors[0][1] == 1 and isinstance(factors[0][0], Mul):
        return multiply([Mul(True, whole, decimal), factors[0][0]])
    ordered = sorted(factors, key=lambda f: not f[0].scalar)
    return Mul(all(base.scalar for base, _ in factors), whole, decimal, tuple(ordered))


def power(base: Expr, exponent: Expr) -> Expr:
    """`base` to the `exponent`; halves are roots."""
    if not isinstance(exponent, Number):
        return Power(base.scalar and exponent.scalar, base, exponent)
    value = exponent.value
    if value.denominator == 1:
        return raised(base, int(value))
    if abs(value) == HALF:
        return raised(Call(base.scalar, "sqrt", (base,)), value.numerator)
    return Power(base.scalar, base, exponent)


def raised(base: Expr, exponent: int) -> Expr:
    """An integer power; of a product factor by factor where that stays short."""
    if exponent == 0:
        return number(1)
    p = as_product(base)
    lone = not p.factors or (len(p.factors) == 1 and p.ratio == p.decimal == 1)
    if not p.ratio or (not lone and exponent not in (1, -1)):
        return product(ONE, ONE, [(base, exponent)])
    factors = [(b, e * exponent) for b, e in p.factors]
    if exponent < 0 and p.decimal != 1:
        factors.insert(0, (number(p.decimal), exponent))  # 1 / 0.9 stays
        return product(p.ratio**exponent, ONE, factors)
    return product(p.ratio**exponent, p.decimal**exponent, factors)


def add(parts: Iterable[Expr]) -> Expr:
    """The sum, as one writes it."""
    terms: dict[Expr, Fraction] = {}
    for part in parts:
        for coefficient, rest in _terms(part):
            terms[rest] = terms.get(rest, Fraction(0)) + coefficient
    kept = [(c, rest) for rest, c in terms.items() if c]
    if not kept:
        return number(0)
    if len(kept) == 1:
        return multiply([ratio(kept[0][0]), kept[0][1]])
    return _with_common_denominator(kept)


def _terms(e: Expr) -> list[tuple[Fraction, Expr]]:
    if isinstance(e, Add):
        return list(e.terms)
    if isinstance(e, Number):
        return [(e.value, number(1))]
    if not isinstance(e, Mul):
        return [(ONE, e)]
    if not e.factors:
        return [(e.ratio * e.decimal, number(1))]
    inner, exponent = e.factors[0]
    alone = len(e.factors) == 1 and exponent == 1 and e.decimal == 1
    if alone and isinstance(inner, Add) and abs(e.ratio) == 1:
        return [(c * e.ratio, rest) for c, rest in inner.terms]
    return [(e.ratio, product(ONE, e.decimal, e.factors))]


def _with_common_denominator(terms: list[tuple[Fraction, Expr]]) -> Expr:
    products = [as_product(rest) for _, rest in terms]
    below = [{base: e for base, e in p.factors if e < 0} for p in products]
    common = {base: max(b[base] for b in below) for base in below[0] if all(base in b for b in below)}
    denominators = {c.denominator for c, _ in terms}
    shared = denominators.pop() if len(denominators) == 1 else 1
    if shared == 1 and not common:
        return Add(all(rest.scalar for _, rest in terms), tuple(_positive_first(terms)))
    inside = [_over(c * shared, p, common) for (c, _), p in zip(terms, products, strict=True)]
    return multiply([add(inside), product(Fraction(1, shared), ONE, list(common.items()))])


def _over(coefficient: Fraction, p: Mul, common: dict[Expr, int]) -> Expr:
    factors = [(base, e - common.get(base, 0) if e < 0 else e) for base, e in p.factors]
    return multiply([ratio(coefficient), product(p.ratio, p.decimal, [f for f in factors if f[1]])])


def _positive_first(terms: list[tuple[Fraction, Expr]]) -> list[tuple[Fraction, Expr]]:
    first = next((t for t in terms if t[0] > 0), terms[0])
    return terms if terms[0][0] > 0 else [first, *(t for t in terms if t is not first)]


def matmul(a: Expr, b: Expr, scalar: bool = False) -> Expr:
    """A matrix product; numbers and scalars are taken out of it."""
    outside: list[Expr] = []
    parts: list[Expr] = []
    for operand in (a, b):
        factor, rest = _split_scalars(operand)
        outside.append(factor)
        parts.extend(rest.parts if isinstance(rest, MatMul) and not rest.scalar else [rest])
    return multiply([*outside, MatMul(scalar, tuple(parts))])


def _split_scalars(e: Expr) -> tuple[Expr, Expr]:
    """(what is a number, the rest) of a product."""
    p = as_product(e)
    arrays = [f for f in p.factors if not f[0].scalar]
    if not arrays:
        return number(1), e
    scalars = [f for f in p.factors if f[0].scalar]
    return product(p.ratio, p.decimal, scalars), product(ONE, ONE, arrays)


def transpose(e: Expr) -> Expr:
    return e.of if isinstance(e, Transpose) else Transpose(e.scalar, e)


def total(over: tuple[tuple[str, Expr], ...], body: Expr) -> Expr:
    """The sum of `body` over letters; factors that do not depend on them are taken out."""
    letters = {letter for letter, _ in over}
    p = as_product(body)
    outside = [f for f in p.factors if not mentions(f[0], letters)]
    inside = [f for f in p.factors if mentions(f[0], letters)]
    if not inside:
        return multiply([body, *(size for _, size in over)])
    rest = product(ONE, ONE, inside)
    if isinstance(rest, BigSum):
        over, rest = over + rest.over, rest.body
    factor = product(p.ratio, p.decimal, outside)
    return multiply([factor, BigSum(True, over, rest)])


def call_over(name: str, x: Expr, keywords: tuple[tuple[str, str], ...], scalar: bool) -> Expr:
    """A linear function such as a sum: numbers and scalars stand before it."""
    factor, rest = _split_scalars(x)
    return multiply([factor, Call(scalar, name, (rest,), keywords)])


def children(e: Expr) -> list[Expr]:
    """The expressions right below."""
    match e:
        case Add():
            return [rest for _, rest in e.terms]
        case Mul():
            return [base for base, _ in e.factors]
        case Power():
            return [e.base, e.exponent]
        case Call():
            return list(e.args)
        case MatMul():
            return list(e.parts)
        case Transpose() | Element():
            return [e.of]
        case BigSum():
            return [e.body, *(size for _, size in e.over)]
        case Item():
            return [e.of, *(x for entry in e.entries for x in entry)]
        case Compare():
            return [e.left, e.right]
        case Choice():
            return [e.condition, e.then, e.otherwise]
    return []


def elementwise(e: Expr) -> Iterator[Expr]:
    """The parts of an array's formula whose elements stand at the same positions as its own, and itself."""
    yield e
    folds = isinstance(e, Call) and e.name in ("sum", "mean", "max", "min", "prod")
    if isinstance(e, (Add, Mul, Power, Compare, Choice, Call)) and not folds:
        for part in children(e):
            if not part.scalar:
                yield from elementwise(part)


def mentions(e: Expr, letters: set[str]) -> bool:
    """Whether an element with one of these letters is in it."""
    if isinstance(e, Element) and letters & set(e.letters):
        return True
    if isinstance(e, Symbol) and e.name in letters:
        return True
    return any(mentions(c, letters) for c in children(e))


def measure(e: Expr) -> int:
    """How many parts it has."""
    return 1 + sum(map(measure, children(e)))
