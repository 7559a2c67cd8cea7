from __future__ import annotations

import numpy as np
import pytest

from limpide.graph import make
from limpide.ops.define import constant, ops
from limpide.ops.map import (
    absolute,
    exp,
    logical_and,
    logical_not,
    maximum,
    negative,
    power,
    relu,
    square,
    where,
)
from limpide.ops.reduce import sum
from limpide.rules.algebra import algebra, never_negative
from limpide.rules.fold import fold
from rules.agree import FLOATS, Case, check, inputs, pairs, rewritten, rows

BOOLS = [np.array([True, False, True, False]), np.array([True, True, False, False])]
WHOLE = np.arange(-5, 6)
PLAIN = rows(50)

CASES = {
    "number_last": Case(lambda x: 2.5 + x * x),
    "times_one": Case(lambda x: x * 1.0),
    "times_minus_one": Case(lambda x: x / -1.0),
    "times_zero": Case(lambda x: x * 0, [WHOLE]),
    "plus_zero": Case(lambda x: x + -0.0),
    "minus_zero": Case(lambda x: x - 0.0),
    "same_twice": Case(lambda x: maximum(x, x)),
    "logic_with_known": Case(lambda a: logical_and(a, True), BOOLS[:1]),
    "not_not": Case(lambda a: logical_not(logical_not(a)), BOOLS[:1]),
    "where_same": Case(lambda a, b: where(a, b, b), BOOLS),
    "where_not": Case(lambda a, b: where(logical_not(a), b, a), BOOLS),
    "applied_twice": Case(lambda x: relu(relu(x))),
    "absolute_of_negative": Case(lambda x: absolute(-x)),
    "absolute_of_positive": Case(lambda x: absolute(square(x) + 2.0)),
    "double_negative": Case(lambda x: negative(negative(x))),
    "sign_of_product": Case(lambda x, y: (-x) / y * (-y), pairs()),
    "negative_of_scaled": Case(lambda x: -(x * 2.5) + -(2.5 / x)),
    "plus_negative": Case(lambda x, y: (-x) + y, pairs()),
    "minus_negative": Case(lambda x, y: x - (-y), pairs()),
    "scale_of_scaled": Case(lambda x: x * 3.0 / 7.0 / 1.5 * 0.1, [PLAIN], rtol=4e-16 * 3),
    "integer_scale_of_scaled": Case(lambda x: x * 3 * 2**62, [WHOLE]),
    "divide_by_power_of_two": Case(lambda x: x / 8.0),
    "one_over": Case(lambda x: 1.0 / x),
    "times_itself": Case(lambda x: x * x),
    "square_of_absolute": Case(lambda x: square(absolute(x)) + square(-x)),
    "known_power": Case(lambda x: power(x, 2.0)),
}


@pytest.mark.parametrize("rule", CASES)
def test_fires_and_agrees(rule: str) -> None:
    check(rule, CASES[rule], fold, algebra)


def test_every_rule_has_a_case() -> None:
    assert {r.name for rules in algebra.rules.values() for r in rules} == set(CASES)


@pytest.mark.parametrize("exponent", [-1.0, 0.0, 1.0, 2.0, 3.0])
def test_powers_of_every_float(exponent: float) -> None:
    check("known_power", Case(lambda x: power(x, exponent), rtol=4e-16), fold, algebra)


def test_the_power_one_half_is_a_root_where_nothing_is_negative() -> None:
    check("known_power", Case(lambda x: power(absolute(x), 0.5)), fold, algebra)
    (x,) = inputs([FLOATS])
    (root,), _ = rewritten([power(x, 0.5)], fold, algebra)
    assert root.op.name == "power"  # (-inf) ** 0.5 is inf, its root is NaN


@pytest.mark.parametrize("exponent", [0, 1, 2, 3])
def test_powers_of_integers(exponent: int) -> None:
    check("known_power", Case(lambda x: power(x, exponent), [WHOLE]), fold, algebra)


@pytest.mark.parametrize(
    "build",
    [
        lambda x: x * 0.0,  # NaN and Inf
        lambda x: x + 0.0,  # -0.0
        lambda x: x - -0.0,
        lambda x: x - x,
        lambda x: x / x,
        lambda x: x * 1e-300 * 1e-300,  # the numbers underflow together, a large x times them does not
        lambda x: x * 1e200 * 1e200,
        lambda x: x / 3.0,
        lambda x: x * np.nan * 2.0,
    ],
)
def test_what_would_change_values_stays(build) -> None:  # type: ignore[no-untyped-def]
    (x,) = inputs([FLOATS])
    root = build(x)
    (after,), fired = rewritten([root], fold, algebra)
    assert not fired and after is root


def test_signs_meet_and_cancel() -> None:
    x, y = inputs([PLAIN, PLAIN])
    (root,), _ = rewritten([-((-x) * y) * -1.0], fold, algebra)
    assert root is negative(x * y)


def test_never_negative() -> None:
    (x,) = inputs([FLOATS])
    assert never_negative(square(x) + exp(x)) and never_negative(sum(absolute(x)))
    assert not never_negative(x) and not never_negative(square(x) - 1.0) and not never_negative(-square(x))
    assert not never_negative(constant(-0.0)) and never_negative(constant(0.0))


def test_rules_name_ops_that_exist() -> None:
    assert set(algebra.rules) <= set(ops)


def test_unsigned_integers_wrap_as_before() -> None:
    small = np.arange(5, dtype=np.uint8)
    (x,) = inputs([small])
    (root,), _ = rewritten([make(ops["negative"], (x,)) * 3], fold, algebra)
    assert root.op.name == "multiply"
