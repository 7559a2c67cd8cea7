from __future__ import annotations

import numpy as np
import pytest

from limpide.graph import make
from limpide.ops.block import concatenate, take_along
from limpide.ops.checkpoint import checkpoint_op
from limpide.ops.custom import custom_gradient
from limpide.ops.define import cast, cast_op, constant
from limpide.ops.map import add, exp, multiply, square, where
from limpide.ops.map import stop_gradient as stop
from limpide.ops.reduce import sum
from limpide.ops.view import (
    broadcast_op,
    broadcast_to,
    flip,
    iota,
    pad_between,
    reshape,
    reshape_op,
    slice_axes,
    transpose_op,
)
from limpide.rules.fold import fold, keeps_values
from rules.agree import FLOATS, Case, check, inputs, rewritten, rows

SPACE = np.arange(24.0).reshape(2, 3, 4)
TRUE = constant(True)

CASES = {
    "uniform_constant": Case(lambda x: x + constant(np.full(16, 2.5))),
    "map_of_numbers": Case(lambda x: x + exp(broadcast_to(constant(2.5, x.dtype), x.shape))),
    "constants": Case(lambda x: x + constant(np.arange(16.0)) * constant(np.arange(16.0))),
    "view_of_number": Case(lambda x: x + reshape(broadcast_to(constant(-0.0, x.dtype), (4, 4)), (16,))),
    "pad_of_number": Case(
        lambda x: x + pad_between(broadcast_to(constant(0.0, x.dtype), (13,)), ((1, 2, 0),))
    ),
    "known_condition": Case(lambda x: where(broadcast_to(TRUE, x.shape), x, -x)),
    "checkpoint": Case(lambda x: exp(make(checkpoint_op, (square(x), x)))),
    "custom_gradient": Case(lambda x: exp(custom_gradient(square(x), [x], lambda g: [g]))),
    "stop_gradient": Case(lambda x: exp(stop(x))),
    "reshape_of_reshape": Case(lambda x: make(reshape_op, (reshape(x, (2, 8)),), shape=(4, 4))),
    "transpose_of_transpose": Case(
        lambda x: make(transpose_op, (make(transpose_op, (x,), axes=(1, 2, 0)),), axes=(1, 2, 0)), [SPACE]
    ),
    "transpose_of_unit_axes": Case(lambda x: make(transpose_op, (x,), axes=(1, 2, 0)), [rows(1, 3, 4)]),
    "broadcast_of_broadcast": Case(
        lambda x: make(broadcast_op, (make(broadcast_op, (x,), shape=(3, 16)),), shape=(2, 3, 16))
    ),
    "broadcast_of_leading_axes": Case(lambda x: broadcast_to(reshape(x, (1, 1, 16)), (2, 3, 16))),
    "slice_of_slice": Case(
        lambda x: slice_axes(
            slice_axes(x, ((1, 2, 1), (0, 3, 2), (0, 4, 1))), ((0, 1, 1), (1, 2, 1), (1, 4, 2))
        ),
        [SPACE],
    ),
    "flip_of_flip": Case(lambda x: flip(flip(x, (0, 1)), (1, 2)), [SPACE]),
    "reshape_of_broadcast": Case(lambda x: reshape(broadcast_to(x, (3, 16)), (3, 1, 16))),
    "concatenate_of_empty": Case(lambda x: concatenate([x, slice_axes(x, ((3, 3, 1),)), x])),
    "cast_of_cast": Case(
        lambda x: cast(cast(cast(x, np.dtype("int8")), np.dtype("int64")), np.dtype("uint8"))
    ),
    "map_of_repeated": Case(lambda x: exp(broadcast_to(x, (5, 16)))),
}


@pytest.mark.parametrize("rule", CASES)
def test_fires_and_keeps_every_bit(rule: str) -> None:
    check(rule, CASES[rule], fold)


def test_every_rule_has_a_case() -> None:
    assert {r.name for rules in fold.rules.values() for r in rules} == set(CASES)


def test_a_sum_of_views_of_one_number_is_a_number() -> None:
    zeros = broadcast_to(constant(0.0), (100, 10))
    (root,), _ = rewritten([transpose_twice(zeros) + reshape(zeros, (1000,)).inputs[0]], fold)
    assert root.op is broadcast_op and root.inputs[0] is constant(0.0)


def transpose_twice(x):  # type: ignore[no-untyped-def]
    return make(transpose_op, (make(transpose_op, (x,), axes=(1, 0)),), axes=(1, 0))


def test_large_constants_are_left_alone() -> None:
    big = constant(np.ones(65))
    (root,), fired = rewritten([big * big], fold)
    assert root.inputs == (big, big) and not fired


def test_minus_zero_is_not_zero() -> None:
    """Arrays of both zeros are not one number."""
    both = constant(np.array([0.0, -0.0]))
    (root,), _ = rewritten([both], fold)
    assert root is both


def test_errors_are_left_to_the_call() -> None:
    outside = take_along(constant(np.arange(3.0)), constant(np.array([7])), 0)
    (root,), _ = rewritten([outside], fold)
    assert root.op.name == "take"


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("bool", "float32", True),
        ("int16", "float32", True),
        ("int32", "float32", False),
        ("int64", "float64", False),
        ("float32", "float64", True),
        ("float64", "float32", False),
        ("uint8", "int16", True),
        ("int8", "uint64", False),
    ],
)
def test_what_keeps_values(old: str, new: str, kept: bool) -> None:
    assert keeps_values(np.dtype(old), np.dtype(new)) is kept


def test_a_conversion_that_rounds_stays() -> None:
    (x,) = inputs([FLOATS])
    root = cast(cast(x, np.dtype("float32")), np.dtype("float64"))
    (after,), fired = rewritten([root], fold)
    assert after is root and after.inputs[0].op is cast_op and not fired


def test_repeated_values_of_two_sizes_meet_at_the_smaller() -> None:
    a, b = inputs([rows(4, 1), rows(1)])
    wide = add(broadcast_to(a, (3, 4, 5)), broadcast_to(b, (3, 4, 5)))
    (root,), _ = rewritten([multiply(wide, iota((3, 4, 5), 2, wide.dtype))], fold)
    assert root.inputs[0].op is broadcast_op and root.inputs[0].inputs[0].shape == (4, 1)


def test_reductions_of_constants() -> None:
    (root,), _ = rewritten([sum(square(constant(np.arange(5.0))))], fold)
    assert root is constant(30.0, np.dtype("float64"))
