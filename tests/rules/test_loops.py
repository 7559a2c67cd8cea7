from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from limpide.grad import grad_nodes
from limpide.graph import Array, Node, walk
from limpide.ops.define import constant
from limpide.ops.loop import Body, scan_nodes
from limpide.ops.map import tanh
from limpide.ops.products import matmul
from limpide.ops.reduce import sum
from limpide.ops.view import broadcast_to
from limpide.rewrite import Fired
from limpide.rules.loops import loops
from limpide.runtime.interpret import evaluate
from rules.agree import inputs, optimised, rows

XS = rows(4, 3)
START = rows(3, seed=1)


def scans(roots: list[Node]) -> list[Node]:
    return [node for node in walk(roots) if node.op.name == "scan"]


def check(roots: list[Node], known: dict[Node, Array], rtol: float = 1e-13) -> tuple[list[Node], Fired]:
    """The pass keeps the values; what it made of the roots, and what fired."""
    fired: Fired = {}
    after = loops(roots, fired)
    for root, old, new in zip(roots, evaluate(roots, dict(known)), evaluate(after, dict(known)), strict=True):
        assert root.dtype == new.dtype
        np.testing.assert_allclose(new, old, rtol=rtol)
    return after, fired


def body_of(scan: Node) -> Body:
    body: Body = scan.attr("body")
    return body


def test_no_loops_no_work() -> None:
    (x,) = inputs([XS])
    fired: Fired = {}
    assert loops([tanh(x)], fired) == [tanh(x)] and not fired


def test_unused_results_and_what_only_they_need_go() -> None:
    x, c, d = inputs([XS, START, START])

    def step(carries: list[Node], parts: list[Node]) -> Any:
        a, b = carries
        return [a + parts[0], tanh(b) * parts[1]], [a, b]

    last, _ = scan_nodes(step, [c, d], [x, x * 2])
    after, fired = check([last[0]], {x: XS, c: START, d: START})
    (scan,) = scans(after)
    body = body_of(scan)
    assert (body.carries, body.elements, len(body.outputs)) == (1, 1, 1) and fired == {"unused_results": 1}
    assert c in scan.inputs and d not in scan.inputs


def test_a_carry_that_another_one_needs_stays() -> None:
    x, c, d = inputs([XS, START, START])
    last, _ = scan_nodes(lambda s, e: ([s[0] + s[1], s[1] * 0.5 + e[0]], []), [c, d], [x])
    after, fired = check([last[0]], {x: XS, c: START, d: START})
    assert body_of(scans(after)[0]).carries == 2 and not fired


def test_a_carry_that_never_changes_is_a_constant() -> None:
    x, c, d = inputs([XS, START, START])
    last, _ = scan_nodes(lambda s, e: ([s[0] + s[1] * e[0], s[1]], []), [c, d], [x])
    after, fired = check(last, {x: XS, c: START, d: START})
    body = body_of(scans(after)[0])
    assert body.carries == 1 and len(body.parts()[2]) == 1
    assert fired["loop_invariant_carry"] == 1 and after[1] is d


def test_adding_zero_to_zero_in_every_step_is_no_step() -> None:
    (x,) = inputs([XS])
    zeros = broadcast_to(constant(0.0, x.dtype), (3,))
    last, _ = scan_nodes(lambda s, e: ([s[0] + zeros, s[1] + e[0]], []), [zeros, zeros], [x])
    after, fired = check(last, {x: XS})
    assert after[0] is zeros and fired["loop_invariant_carry"] == 1


def test_a_sequence_of_one_value_is_a_constant() -> None:
    x, c = inputs([XS, START])
    same = broadcast_to(c, (4, 3))
    last, _ = scan_nodes(lambda s, e: ([s[0] * e[0] + e[1]], []), [c], [same, x])
    after, fired = check(last, {x: XS, c: START})
    assert body_of(scans(after)[0]).elements == 1 and fired["repeated_element"] == 1


def test_a_loop_of_constants_alone_still_counts_its_steps() -> None:
    (c,) = inputs([START])
    same = broadcast_to(c, (4, 3))
    last, ys = scan_nodes(lambda s, e: ([s[0] + e[0]], [s[0]]), [c], [same])
    after, _ = check([*last, *ys], {c: START})
    assert body_of(scans(after)[0]).elements == 0 and after[1].shape == (4, 3)


def test_two_loops_that_carry_the_same_are_one() -> None:
    x, c = inputs([XS, START])
    first, _ = scan_nodes(lambda s, e: ([tanh(s[0] + e[0])], []), [c], [x])
    _, second = scan_nodes(lambda s, e: ([tanh(s[0] + e[0])], [s[0] * 2]), [c], [x])
    after, fired = check([*first, *second], {x: XS, c: START})
    assert len(scans(after)) == 1 and fired == {"merged_loops": 1}


def test_carries_that_start_alike_but_step_differently_are_not_the_same() -> None:
    x, c = inputs([XS, START])
    first, _ = scan_nodes(lambda s, e: ([tanh(s[0] + e[0])], []), [c], [x])
    second, _ = scan_nodes(lambda s, e: ([s[0] + e[0]], []), [c], [x])
    after, fired = check([*first, *second], {x: XS, c: START})
    assert len(scans(after)) == 2 and not fired


def test_equal_steps_over_different_constants_stay_apart_when_merged() -> None:
    x, c, d = inputs([XS, START, START + 1])
    _, first = scan_nodes(lambda s, e: ([], [e[0] * c]), [], [x])
    _, second = scan_nodes(lambda s, e: ([], [e[0] * d]), [], [x])
    after, _ = check([*first, *second], {x: XS, c: START, d: START + 1})
    assert len(scans(after)) == 1


def test_a_loop_over_the_results_of_another_is_not_merged() -> None:
    x, c = inputs([XS, START])
    last, ys = scan_nodes(lambda s, e: ([tanh(s[0] + e[0])], [s[0]]), [c], [x])
    again, _ = scan_nodes(lambda s, e: ([tanh(s[0] + e[0])], []), [c], [ys[0]])
    after, fired = check([*last, *again], {x: XS, c: START})
    assert len(scans(after)) == 2 and not fired


def test_a_loop_that_starts_from_the_end_of_another_is_not_merged() -> None:
    x, c = inputs([XS, START])
    last, _ = scan_nodes(lambda s, e: ([tanh(s[0] + e[0])], []), [c], [x])
    again, _ = scan_nodes(lambda s, e: ([tanh(s[0] + e[0]), s[1] * 0.5 + s[0]], []), [c, last[0] * 2], [x])
    after, fired = check([*last, *again], {x: XS, c: START})
    assert len(scans(after)) == 2 and not fired


def test_directions_are_kept_apart() -> None:
    x, c = inputs([XS, START])
    last, _ = scan_nodes(lambda s, e: ([tanh(s[0] + e[0])], []), [c], [x])
    back, _ = scan_nodes(lambda s, e: ([tanh(s[0] + e[0])], []), [c], [x], reverse=True)
    after, _ = check([*last, *back], {x: XS, c: START})
    assert len(scans(after)) == 2


def recurrent(x: Node, w: Node, start: Node) -> Node:
    def step(s: list[Node], e: list[Node]) -> Any:
        h = tanh(matmul(s[0], w) + e[0])
        return [h], [h * h]

    last, ys = scan_nodes(step, [start], [x])
    return sum(last[0]) + sum(ys[0]) / 12.0


def test_the_gradient_of_a_loop_runs_it_once() -> None:
    """Backward through time reads what the forward loop carried; it does not run the loop again."""
    x, w, c = inputs([XS, rows(3, 3, seed=2), START])
    loss = recurrent(x, w, c)
    roots = [loss, *grad_nodes(loss, [w, c, x])]
    known = {x: XS, w: rows(3, 3, seed=2), c: START}
    assert len(scans(roots)) == 3
    after, fired = check(roots, known)
    assert len(scans(after)) == 2 and fired["merged_loops"] == 1
    everything, _ = optimised(roots)
    assert len(scans(everything)) == 2
    for old, new in zip(evaluate(roots, dict(known)), evaluate(everything, dict(known)), strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-12)


def test_loops_in_loops() -> None:
    """The loops inside of two equal steps are one, too, so that the outer ones can be."""
    (w,) = inputs([rows(3, 3, seed=2)])
    xs = rows(2, 4, 3)
    (x,) = inputs([xs])

    def step(s: list[Node], e: list[Node]) -> Any:
        inner, ys = scan_nodes(lambda t, u: ([tanh(matmul(t[0], w) + u[0])], [t[0]]), [s[0]], [e[0]])
        return [inner[0] + sum(ys[0], 0)], []

    start = constant(START)
    last, _ = scan_nodes(step, [start], [x])
    loss = sum(last[0])
    roots = [loss, *grad_nodes(loss, [w])]
    after, fired = check(roots, {w: rows(3, 3, seed=2), x: xs}, 1e-11)
    assert len(scans(after)) == 2 and fired["merged_loops"] >= 1


@pytest.mark.parametrize("order", [1, 2])
def test_higher_derivatives_agree(order: int) -> None:
    x, w, c = inputs([XS, rows(3, 3, seed=2), START])
    root = recurrent(x, w, c)
    for _ in range(order):
        root = sum(grad_nodes(root, [w])[0] * rows_like(w))
    known = {x: XS, w: rows(3, 3, seed=2), c: START}
    new = evaluate(optimised([root])[0], dict(known))[0]
    np.testing.assert_allclose(new, evaluate([root], dict(known))[0], rtol=1e-10)


def rows_like(w: Node) -> Node:
    return constant(rows(3, 3, seed=7))
