from __future__ import annotations

import numpy as np
import pytest

from limpide.graph import make
from limpide.ops.block import contract
from limpide.ops.define import ops
from limpide.ops.reduce import argmax, max, prod, sum
from limpide.ops.view import broadcast_to, reshape, transpose
from limpide.rules.algebra import algebra
from limpide.rules.fold import fold
from limpide.rules.reductions import reductions
from limpide.rules.views import views
from rules.agree import Case, check, inputs, rewritten, rows

ALL = (fold, views, algebra, reductions)
SPACE = rows(2, 3, 4)
MATRICES = [rows(3, 4), rows(4, 5, seed=1)]
CLOSE = 1e-12

CASES = {
    "reduction_of_reduction": Case(lambda x: sum(sum(x, 1), 0), [SPACE], CLOSE),
    "reduction_of_transpose": Case(lambda x: max(transpose(x, (2, 0, 1)), 1), [SPACE]),
    "reduction_of_unit_axes": Case(lambda x: sum(x, (0, 1)), [rows(1, 3, 4)], CLOSE),
    "reduction_of_unit_reshape": Case(lambda x: sum(reshape(x, (2, 1, 3, 1, 4)), (0, 4)), [SPACE], CLOSE),
    "reduction_of_repeated": Case(lambda x: sum(broadcast_to(x, (5, 2, 3, 4)), (0, 2)), [rows(3, 1)], CLOSE),
    "sum_of_negative": Case(lambda x: sum(-x, 0), [SPACE], CLOSE),
    "sum_of_scaled": Case(lambda x: sum(x * 0.1, 0), [SPACE], CLOSE),
    "contract_of_transpose": Case(
        lambda a, b: contract(transpose(a), transpose(b), ("ki", "jk", "ij")), MATRICES, CLOSE
    ),
    "contract_of_unit_axes": Case(
        lambda a, b: contract(a, b, ("ik", "kj", "ij")), [rows(1, 4), rows(4, 5)], CLOSE
    ),
    "contract_of_repeated": Case(
        lambda a, b: contract(broadcast_to(a, (3, 4)), b, ("ik", "kj", "ij")), [rows(3, 1), rows(4, 5)], CLOSE
    ),
    "contract_without_sum": Case(lambda a, b: contract(a, b, ("i", "j", "ji")), [rows(3), rows(4)]),
    "contract_of_scaled_first": Case(
        lambda a, b: contract(a * 0.1, b, ("ki", "kj", "ij")), [rows(50, 3), rows(50, 4)], CLOSE
    ),
    "contract_of_scaled_second": Case(
        lambda a, b: contract(a, -b, ("ki", "kj", "ij")), [rows(50, 3), rows(50, 4)], CLOSE
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_fires_and_agrees(rule: str) -> None:
    check(rule, CASES[rule], *ALL)


def test_every_rule_has_a_case() -> None:
    assert {r.name for rules in reductions.rules.values() for r in rules} == set(CASES)


@pytest.mark.parametrize("name", ["sum", "max", "min", "prod"])
@pytest.mark.parametrize("axes", [(0,), (3,), (0, 2), (0, 1, 2)])
def test_reductions_of_views(name: str, axes: tuple[int, ...]) -> None:
    def build(x):  # type: ignore[no-untyped-def]
        return make(ops[name], (transpose(reshape(x, (2, 1, 3, 4)), (3, 1, 0, 2)),), axes=axes)

    check("reduction_of_transpose", Case(build, [SPACE], CLOSE), *ALL)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.float32])
def test_sums_of_repeated_values_of_every_kind(dtype: type) -> None:
    x = np.array([[1], [0], [1]], dtype)
    check("reduction_of_repeated", Case(lambda x: sum(broadcast_to(x, (3, 7)), 1), [x]), *ALL)


@pytest.mark.parametrize(
    "spec",
    [
        ("bik", "bkj", "bij"),
        ("bik", "kj", "bij"),
        ("bik", "bkj", "ij"),
        ("ki", "kj", "ij"),
        ("bi", "bi", "b"),
    ],
)
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("narrow", range(7))
def test_contractions_of_repeated_values(spec: tuple[str, str, str], first: int, narrow: int) -> None:
    """Every set of axes of either operand may be the repeated ones."""
    sizes = {"b": 2, "i": 3, "j": 4, "k": 5}
    letters = spec[first]
    thin = tuple(1 if narrow >> n & 1 else sizes[c] for n, c in enumerate(letters))
    full = tuple(sizes[c] for c in letters)
    other = rows(*(sizes[c] for c in spec[1 - first]), seed=1)

    def build(x, y):  # type: ignore[no-untyped-def]
        wide = broadcast_to(x, full)
        return contract(*((wide, y) if first == 0 else (y, wide)), spec) * 1.5

    if thin != full:
        check("contract_of_repeated", Case(build, [rows(*thin), other], CLOSE), *ALL)


@pytest.mark.parametrize("empty", [(0, 4), (3, 0)])
def test_sums_over_nothing(empty: tuple[int, int]) -> None:
    (x,) = inputs([np.zeros((empty[0] and 1, 1))])
    (root,), _ = rewritten([sum(broadcast_to(x, empty), 1)], *ALL)
    assert root.shape == empty[:1]


def test_products_and_positions_are_left_alone() -> None:
    (x,) = inputs([rows(3, 1)])
    for root in (prod(broadcast_to(x, (3, 4)), 1), argmax(broadcast_to(x, (3, 4)), 1)):
        (after,), fired = rewritten([root], *ALL)
        assert after is root and not fired


def test_a_scale_that_others_need_stays_inside() -> None:
    """Otherwise both the scaled and the plain array would have to be kept."""
    (x,) = inputs([rows(4)])
    scaled = x * 0.1
    roots, fired = rewritten([sum(scaled), scaled], *ALL)
    assert "sum_of_scaled" not in fired and roots[0].inputs[0] is roots[1]


def test_a_scale_moves_to_the_smaller_side() -> None:
    a, b = inputs([rows(3, 2), rows(2, 50)])
    root = contract(a * 0.1, b, ("ik", "kj", "ij"))
    (after,), _ = rewritten([root], *ALL)
    assert after is root
