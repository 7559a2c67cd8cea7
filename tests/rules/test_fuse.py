from __future__ import annotations

import numpy as np
import pytest

from limpide.grad import grad_nodes
from limpide.graph import walk
from limpide.ops.block import contract
from limpide.ops.map import softplus, tanh
from limpide.ops.reduce import sum
from limpide.ops.view import broadcast_to, expand_dims, reshape, transpose
from limpide.rules.algebra import algebra
from limpide.rules.fold import fold
from limpide.rules.fuse import fuse
from limpide.rules.reductions import reductions
from limpide.rules.views import views
from rules.agree import Case, check, inputs, rewritten, rows

ALL = (fold, views, algebra, reductions, fuse)
A, B = rows(5, 3), rows(5, 3, seed=1)
MATRIX = ("ik", "kj", "ij")
CLOSE = 1e-12

CASES = {
    "sum_of_sums": Case(lambda a, b: sum(a, 0) - sum(tanh(b), 0), [A, B], CLOSE),
    "contractions_of_one": Case(
        lambda a, b, c: contract(a, c, MATRIX) + contract(b, c, MATRIX), [A, B, rows(3, 4)], CLOSE
    ),
    "common_scale": Case(lambda a, b: a * 0.3 - tanh(b) * expand_dims(sum(b * 0.3, 1), 1), [A, B], CLOSE),
    "unit_axes_back": Case(lambda a, b: reshape(tanh(reshape(a, (5, 3))) * b, (5, 1, 3)), [rows(5, 1, 3), B]),
    "transpose_of_contract": Case(lambda a, b: transpose(contract(a, b, ("ki", "kj", "ij"))), [A, B], CLOSE),
    "sum_of_outer_product": Case(
        lambda a, b: sum(broadcast_to(expand_dims(a, 2), (5, 3, 4)) * broadcast_to(b, (5, 3, 4)), 1),
        [A, rows(3, 4)],
        CLOSE,
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_fires_and_agrees(rule: str) -> None:
    check(rule, CASES[rule], *ALL)


def test_every_rule_has_a_case() -> None:
    assert {r.name for rules in fuse.rules.values() for r in rules} == set(CASES)


def test_a_chain_of_sums_is_one_sum() -> None:
    a, b = inputs([A, B])
    (root,), fired = rewritten([sum(a) + sum(b) + sum(a * b) + sum(tanh(a))], *ALL)
    assert fired == {"sum_of_sums": 3} and [n.op.name for n in walk([root])].count("sum") == 1


def test_the_derivative_by_a_shared_variable_is_one_sum() -> None:
    """d/dw of f(x * w + w) adds the sums of two products."""
    x, w = inputs([A, np.array(0.5)])
    wide = broadcast_to(w, A.shape)
    loss = sum(softplus(x * wide + wide))
    (root,), _ = rewritten(grad_nodes(loss, [w]), *ALL)
    assert [n.op.name for n in walk([root])].count("sum") == 1


def test_sums_that_others_read_stay() -> None:
    a, b = inputs([A, B])
    roots = [sum(a) + sum(b), sum(a)]
    after, fired = rewritten(roots, *ALL)
    assert after == roots and not fired


def test_a_contraction_that_others_read_is_not_done_twice() -> None:
    a, b = inputs([A, B])
    product = contract(a, b, ("ki", "kj", "ij"))
    after, fired = rewritten([transpose(product), product], *ALL)
    assert not fired and after[1] is product


@pytest.mark.parametrize("signs", [(1, 1), (1, -1), (-1, 1), (-1, -1)])
@pytest.mark.parametrize("minus", [False, True])
def test_scales_of_every_sign(signs: tuple[int, int], minus: bool) -> None:
    def build(a, b):  # type: ignore[no-untyped-def]
        left, right = a * (0.3 * signs[0]), b * (0.3 * signs[1])
        return left - right if minus else left + right

    check("common_scale", Case(build, [A, B], CLOSE), *ALL)


def test_integers_are_not_scaled_by_floats() -> None:
    a, b = inputs([np.arange(4), np.arange(4)])
    _, fired = rewritten([a * 3 + b * 3], *ALL)
    assert not fired


def test_an_outer_product_that_is_wider_than_its_sum_only() -> None:
    """A plain sum of products of full arrays stays a loop over elements."""
    a, b = inputs([A, B])
    _, fired = rewritten([sum(a * b, 1)], *ALL)
    assert not fired
