from __future__ import annotations

import numpy as np
import pytest

from limpide.dtypes import BFLOAT16, FLOAT32, converted
from limpide.graph import walk
from limpide.ops.block import contract
from limpide.ops.define import cast
from limpide.ops.map import exp, log
from limpide.ops.view import broadcast_to, flip, reshape, slice_axes, transpose
from limpide.rules.fold import fold
from limpide.rules.views import backwards, views
from rules.agree import FLOATS, Case, check, inputs, rewritten, rows

SQUARE = FLOATS.reshape(4, 4)
SPACE = rows(2, 3, 4)

CASES = {
    "transpose_after_map": Case(lambda x: exp(transpose(x)) * transpose(x), [SQUARE]),
    "reshape_after_map": Case(lambda x: exp(reshape(x, (4, 4))) + 1.5),
    "reshape_back": Case(lambda x, y: reshape(y / exp(reshape(x, (24,))), (2, 3, 4)), [SPACE, rows(24)]),
    "transpose_of_broadcast": Case(lambda x: transpose(broadcast_to(x, (5, 2, 3, 4)), (2, 0, 3, 1)), [SPACE]),
    "transpose_of_unit_reshape": Case(lambda x: transpose(reshape(x, (2, 1, 3, 4)), (3, 1, 0, 2)), [SPACE]),
    "slice_of_broadcast": Case(
        lambda x: slice_axes(broadcast_to(x, (5, 3, 4)), ((1, 4, 2), (1, 3, 1), (0, 4, 1))), [rows(3, 1)]
    ),
    "contract_of_widened": Case(
        lambda x, w: contract(x, transpose(cast(w, FLOAT32)), ("ik", "kj", "ij")),
        [rows(3, 4).astype(np.float32), converted(rows(5, 4), BFLOAT16)],
    ),
    "flip_of_broadcast": Case(lambda x: flip(broadcast_to(x, (5, 3, 4)), (0, 1, 2)), [rows(3, 1)]),
}


@pytest.mark.parametrize("rule", CASES)
def test_fires_and_keeps_every_bit(rule: str) -> None:
    check(rule, CASES[rule], fold, views)


def test_every_rule_has_a_case() -> None:
    assert {r.name for rules in views.rules.values() for r in rules} == set(CASES)


def test_backwards_undoes_an_order() -> None:
    x = rows(2, 3, 4)
    for axes in ((2, 0, 1), (1, 2, 0), (0, 2, 1)):
        np.testing.assert_array_equal(x.transpose(axes).transpose(backwards(axes)), x)


def test_transposes_of_a_textbook_meet() -> None:
    """(E.T / s).T is E / s, with s repeated along the other axis."""
    e, s = inputs([rows(5, 3), rows(5)])
    (root,), _ = rewritten([transpose(transpose(e) / broadcast_to(s, (3, 5)))], fold, views)
    assert not any(node.op.name == "transpose" for node in walk([root]))
    assert root.op.name == "divide" and root.inputs[0] is e


def test_repeated_values_follow_the_order_of_three_axes() -> None:
    case = Case(
        lambda x, y: transpose(x, (1, 2, 0)) * broadcast_to(y, (3, 4, 2)), [SPACE, rows(4, 2, seed=1)]
    )
    check("transpose_after_map", case, fold, views)


def test_mixed_layouts_stay() -> None:
    x, y = inputs([rows(3, 3), rows(3, 3)])
    root = log(transpose(x) + y)
    (after,), fired = rewritten([root], fold, views)
    assert after is root and not fired
