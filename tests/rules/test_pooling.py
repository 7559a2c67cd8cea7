from __future__ import annotations

from typing import Any

import pytest

from limpide.graph import Node, make
from limpide.ops.map import less_equal, relu, where
from limpide.ops.pool import max_pool_input_op, max_pool_position_op
from limpide.ops.reduce import sum
from limpide.rules.fold import fold
from limpide.rules.pooling import pooling
from rules.agree import FLOATS, Case, check, rows

WINDOW: dict[str, Any] = {"kernel": (2, 3), "stride": (2, 1), "padding": ((0, 0),) * 2, "dilation": (1, 1)}


def back(x: Node, g: Node) -> Node:
    """The gradient of max_pool at x."""
    at = make(max_pool_position_op, (x,), **WINDOW)
    return make(max_pool_input_op, (g, at), size=x.shape[1:-1], **WINDOW)


CASES = {
    "mask_of_relu_before_windows": Case(
        lambda z, g: where(less_equal(z, 0), 0, back(relu(z), g)),
        [FLOATS.reshape(1, 4, 4, 1), rows(1, 2, 2, 1)],
    ),
    "sum_of_max_pool_input": Case(
        lambda x, g: sum(back(x, g), (0, 1, 2)), [rows(2, 5, 6, 3), rows(2, 2, 4, 3)], 1e-12
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_fires_and_keeps_the_value(rule: str) -> None:
    check(rule, CASES[rule], fold, pooling)


def test_every_rule_has_a_case() -> None:
    assert {r.name for rules in pooling.rules.values() for r in rules} == set(CASES)
