from __future__ import annotations

from typing import Any

import pytest

from limpide.graph import Node, make, walk
from limpide.ops.block import contract
from limpide.ops.conv import conv_op
from limpide.ops.map import exp
from limpide.ops.view import reshape, transpose
from limpide.rules.fold import fold
from limpide.rules.images import images
from limpide.rules.views import views
from rules.agree import Case, check, inputs, rewritten, rows

IMAGE, SECOND, WEIGHTS = rows(3, 4, 5, 2), rows(3, 2, 4, 5, seed=1), rows(40, 6, seed=2)
MANY = rows(40, 50, seed=3)
FIRST = (0, 3, 1, 2)  # channels from the end to the second place


def flat(x: Node) -> Node:
    """Images with the channels last as rows in the order of those with channels second."""
    return reshape(transpose(exp(x), FIRST), (3, 40))


def product(a: Any, b: Any, spec: tuple[str, str, str] = ("nk", "ko", "no")) -> Node:
    return contract(a, b, spec)


CASES = {
    "channels_last_in_map": Case(lambda x, y: transpose(exp(x), FIRST) * y, [IMAGE, SECOND]),
    "contract_of_flattened": Case(lambda x, w: product(flat(x), w), [IMAGE, MANY], rtol=1e-12),
    "transpose_of_unflattened": Case(
        lambda g, w: transpose(reshape(product(g, w), (3, 2, 4, 5)), (0, 2, 3, 1)),
        [rows(3, 6), rows(6, 40, seed=1)],
        rtol=1e-12,
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_fires_and_keeps_the_values(rule: str) -> None:
    check(rule, CASES[rule], fold, views, images)


def test_every_rule_has_a_case() -> None:
    assert {r.name for rules in images.rules.values() for r in rules} == set(CASES)


@pytest.mark.parametrize(
    "build",
    [
        lambda x, w: product(flat(x), w),  # fewer weights than elements of images: these are copied
        lambda x, w: product(w, flat(x), ("ko", "nk", "on")),
    ],
)
def test_rows_meet_fewer_weights(build: Any) -> None:
    check("contract_of_flattened", Case(build, [IMAGE, rows(40, 2)], rtol=1e-12), fold, images)


@pytest.mark.parametrize("outputs", [2, 50])
def test_weights_get_their_gradient_in_their_own_order(outputs: int) -> None:
    case = Case(lambda x, g: product(flat(x), g, ("nk", "no", "ko")), [IMAGE, rows(3, outputs)], rtol=1e-12)
    check("contract_of_flattened", case, fold, images)


def test_few_weights_are_copied_where_rows_become_images() -> None:
    case = Case(
        lambda g, w: transpose(reshape(product(g, w), (70, 2, 4, 5)), (0, 2, 3, 1)),
        [rows(70, 6), rows(6, 40, seed=1)],
        rtol=1e-12,
    )
    check("transpose_of_unflattened", case, fold, images)


def test_other_orders_of_axes_are_left_alone() -> None:
    x, w = inputs([rows(3, 4, 5), rows(20, 6)])
    root = product(reshape(transpose(exp(x), (2, 1, 0)), (5, 12)), reshape(w, (12, 10)))
    (after,), fired = rewritten([root], fold, images)
    assert after is root and not fired


def test_parameters_keep_their_layout() -> None:
    (x,) = inputs([IMAGE])
    root = transpose(x, FIRST) * transpose(x, FIRST)
    assert not rewritten([root], fold, images)[1]


def test_a_sum_with_the_input_stays_between_convolutions() -> None:
    """conv(conv(x) + x): of the transposes around the convolutions only those of the input are left."""
    x, w = inputs([rows(2, 3, 6, 6), rows(1, 1, 3, 3)])
    geometry: dict[str, Any] = {
        "stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1,
    }  # fmt: skip

    def conv(y: Node) -> Node:
        return transpose(make(conv_op, (transpose(y, (0, 2, 3, 1)), w), **geometry), FIRST)

    (root,), _ = rewritten([transpose(conv(conv(x) + x), (0, 2, 3, 1))], fold, views, images)
    assert [n.inputs[0] for n in walk([root]) if n.op.name == "transpose"] == [x]
