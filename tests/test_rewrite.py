from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limpide.errors import user_frame
from limpide.grad import grad_nodes
from limpide.graph import Node, walk
from limpide.ops.define import constant
from limpide.ops.loop import scan_nodes
from limpide.ops.map import (
    absolute,
    cos,
    exp,
    greater,
    log,
    maximum,
    multiply,
    negative,
    sigmoid,
    sin,
    square,
    tanh,
    where,
)
from limpide.ops.products import matmul
from limpide.ops.reduce import max, sum
from limpide.ops.view import broadcast_to, expand_dims, flip, reshape, transpose
from limpide.rewrite import BUDGET, Fired, Table, apply_rules, rewriting
from limpide.rules import algebra, fold, fuse, passes, reductions, stable, views
from limpide.runtime.interpret import evaluate
from rules.agree import compiled, inputs, optimised, rows


def table_of(*rules, lone=()):  # type: ignore[no-untyped-def]
    table = Table("test")
    for op, rule in rules:
        table.rule(op, lone=lone)(rule)
    return table


def apply(roots: list[Node], table: Table) -> tuple[list[Node], Fired]:
    fired: Fired = {}
    return apply_rules(roots, table.rules, fired), fired


def sine_is_cosine(node: Node) -> Node:
    """A rule for tests."""
    return cos(node.inputs[0])


def cosine_is_sine(node: Node) -> Node:
    """And the other way."""
    return sin(node.inputs[0])


# ----------------------------------------------------------------------------------------------- engine
def test_a_rule_fires_everywhere_and_is_counted() -> None:
    x, y = inputs([rows(3), rows(3)])
    (root,), fired = apply([sin(sin(x) + sin(y)) * sin(x)], table_of(("sin", sine_is_cosine)))
    assert root is multiply(cos(cos(x) + cos(y)), cos(x)) and fired == {"sine_is_cosine": 3}


def test_rules_that_undo_each_other_end() -> None:
    (x,) = inputs([rows(3)])
    table = table_of(("sin", sine_is_cosine), ("cos", cosine_is_sine))
    (root,), fired = apply([sin(x)], table)
    assert root in (sin(x), cos(x)) and builtins_sum(fired) <= 2


def builtins_sum(fired: Fired) -> int:
    return int(np.sum(list(fired.values())))


def test_a_rule_that_grows_forever_is_stopped() -> None:
    (x,) = inputs([rows(3)])
    (root,), fired = apply([sin(x)], table_of(("sin", lambda node: sin(sin(node)))))
    assert builtins_sum(fired) <= 2 * BUDGET and len(walk([root])) < 500


def test_what_a_rule_made_is_rewritten_too() -> None:
    (x,) = inputs([rows(3)])

    def shift(node: Node) -> Node:
        return sin(negative(negative(node.inputs[0])))

    def double_negative(node: Node) -> Node | None:
        inner = node.inputs[0]
        return inner.inputs[0] if inner.op.name == "negative" else None

    (root,), fired = apply([exp(x)], table_of(("exp", shift), ("negative", double_negative)))
    assert root is sin(x) and fired == {"shift": 1, "double_negative": 1}


def test_lone_inputs_only() -> None:
    (x,) = inputs([rows(3)])
    table = table_of(("cos", lambda node: node.inputs[0].inputs[0]), lone=(0,))
    inner = sin(x)
    assert apply([cos(inner)], table)[0] == [x]
    assert apply([cos(inner), exp(inner)], table)[0][0] is cos(inner)
    assert apply([cos(inner), inner], table)[0][0] is cos(inner)


def test_names_and_lines_of_the_user_stay() -> None:
    (x,) = inputs([rows(3)])
    root, line = sin(x), user_frame()
    root.name = "height"
    (after,), _ = apply([root], table_of(("sin", lambda node: exp(cos(node.inputs[0])))))
    assert line is not None
    assert after.name == "height" and after.where == root.where and after.inputs[0].where == root.where
    assert x.name is None


def test_bodies_of_loops_are_rewritten() -> None:
    x, c = inputs([rows(4, 3), rows(3)])
    last, _ = scan_nodes(lambda s, e: ([sin(s[0] + e[0])], []), [c], [x])
    (root,), fired = apply(last, table_of(("sin", sine_is_cosine)))
    (scan,) = [node for node in walk([root]) if node.op.name == "scan"]
    assert scan.attr("body").outputs[0].op.name == "cos" and fired == {"sine_is_cosine": 1}
    assert apply([root], table_of(("sin", sine_is_cosine))) == ([root], {})


def test_no_roots() -> None:
    assert rewriting(Table("empty"))([], {}) == []


def test_every_rule_says_why() -> None:
    for table in (fold, views, algebra, reductions, stable, fuse):
        for rules in table.rules.values():
            assert all(rule.why and rule.name for rule in rules)


def test_passes_are_listed_in_order() -> None:
    assert [name for name, _ in passes] == ["fold", "algebra", "loops", "stable", "fuse"]


# ------------------------------------------------------------------------------------- whole optimisation
def test_a_second_time_changes_nothing() -> None:
    x, w = inputs([rows(6, 4), rows(4, 3)])
    logits = matmul(x, w)
    e = exp(logits)
    loss = -sum(log(e / expand_dims(sum(e, 1), 1)) * 0.5) / 6.0
    once, _ = optimised([loss, *grad_nodes(loss, [w])])
    twice, fired = optimised(once)
    assert twice == once, fired


def test_the_budget_is_never_reached_and_time_is_linear() -> None:
    """Rules that fire per node do not grow with the depth of the graph."""
    (x,) = inputs([rows(4, 4)])
    per_node = []
    for depth in (10, 40, 160):
        h = x
        for i in range(depth):
            h = transpose(tanh(transpose(h) * 2.0 + float(i)))
        roots = grad_nodes(sum(h), [x])
        _, fired = optimised(roots)
        per_node.append(sum_of(fired) / len(walk(roots)))
    assert per_node[2] < 1.5 * per_node[0] < 8


def sum_of(fired: dict[str, Fired]) -> int:
    return builtins_sum({name: builtins_sum(counts) for name, counts in fired.items()})


SHAPES = [(3, 4), (4, 3), (1, 4), (3, 1), (4,), ()]


@st.composite
def expressions(draw: st.DrawFn) -> tuple[list[Node], list[Node]]:
    """Random graphs of smooth functions, views and reductions of three inputs; everything may be shared."""
    holes = inputs([np.zeros(s) for s in ((3, 4), (4,), (3, 1))])
    nodes = list(holes)
    for _ in range(draw(st.integers(1, 14))):
        nodes.append(draw(st.sampled_from(STEPS))(draw, nodes))
    return holes, nodes[-draw(st.integers(1, 3)) :]


def pick_one(draw: st.DrawFn, nodes: list[Node]) -> Node:
    return draw(st.sampled_from(nodes))


def unary(draw: st.DrawFn, nodes: list[Node]) -> Node:
    f = draw(st.sampled_from([tanh, sin, sigmoid, negative, square, absolute, lambda x: exp(tanh(x))]))
    return f(pick_one(draw, nodes))


def number(draw: st.DrawFn, nodes: list[Node]) -> Node:
    x, c = pick_one(draw, nodes), draw(st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.3, -0.3]))
    kind = draw(st.integers(0, 4))
    return [lambda: x * c, lambda: c - x, lambda: x + c, lambda: x / (c or 4.0), lambda: c * x][kind]()


def binary(draw: st.DrawFn, nodes: list[Node]) -> Node:
    a = pick_one(draw, nodes)
    alike = [b for b in nodes if meets(a, b)]
    b = draw(st.sampled_from(alike))
    kind = draw(st.integers(0, 5))
    return [
        lambda: a + b, lambda: a - b, lambda: a * b, lambda: a / (square(b) + 1.0),
        lambda: where(greater(a, b), a, b), lambda: maximum(a, b),
    ][kind]()  # fmt: skip


def meets(a: Node, b: Node) -> bool:
    try:
        np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        return False
    return True


def view(draw: st.DrawFn, nodes: list[Node]) -> Node:
    x = pick_one(draw, nodes)
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return transpose(x)
    if kind == 1:
        return expand_dims(x, draw(st.integers(0, x.ndim))) if x.ndim < 3 else reshape(x, (-1,))
    if kind == 2:
        return broadcast_to(x, (2, *x.shape)) if x.ndim < 3 else x
    if kind == 3:
        return flip(x)
    return reshape(x, (-1,))


def reduction(draw: st.DrawFn, nodes: list[Node]) -> Node:
    x = pick_one(draw, nodes)
    if not x.ndim:
        return x
    f = draw(st.sampled_from([sum, max]))
    return f(x, draw(st.integers(0, x.ndim - 1)), draw(st.booleans()))


def softmax_by_hand(draw: st.DrawFn, nodes: list[Node]) -> Node:
    x = pick_one(draw, nodes)
    e = exp(tanh(x))
    if not x.ndim:
        return log(1 + e)
    axis = draw(st.integers(0, x.ndim - 1))
    p = e / sum(e, axis, True)
    return log(p) if draw(st.booleans()) else p


def product(draw: st.DrawFn, nodes: list[Node]) -> Node:
    a = pick_one(draw, nodes)
    fitting = [b for b in nodes if a.ndim and b.ndim == 2 and b.shape[0] == a.shape[-1]]
    return matmul(a, draw(st.sampled_from(fitting))) if fitting else a * 2.0


STEPS = [unary, number, binary, view, reduction, softmax_by_hand, product]


def known_values(holes: list[Node]) -> dict[Node, np.ndarray]:  # type: ignore[type-arg]
    return {hole: rows(*hole.shape, seed=i) for i, hole in enumerate(holes)}  # type: ignore[arg-type]


@given(expressions())
def test_random_expressions_keep_their_values(drawn: tuple[list[Node], list[Node]]) -> None:
    holes, roots = drawn
    known = known_values(holes)
    after, _ = optimised(roots)
    assert len(walk(after)) <= 3 * len(walk(roots)) + 10
    for old, new in zip(evaluate(roots, dict(known)), evaluate(after, dict(known)), strict=True):
        assert (old.shape, old.dtype) == (new.shape, new.dtype)
        np.testing.assert_allclose(new, old, rtol=1e-8, atol=1e-9)


@given(expressions())
def test_gradients_of_random_expressions_keep_their_values(drawn: tuple[list[Node], list[Node]]) -> None:
    holes, roots = drawn
    loss = sum(tanh(roots[-1]))
    behind = set(walk([loss]))
    wrt = [hole for hole in holes if hole in behind]
    if not wrt:
        return
    grads = grad_nodes(loss, wrt)
    known = known_values(holes)
    after, _ = optimised(grads)
    assert len(walk(after)) <= 2 * len(walk(grads)) + 20
    for old, new in zip(evaluate(grads, dict(known)), evaluate(after, dict(known)), strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtypes_stay(dtype: str) -> None:
    x = rows(3, 4).astype(dtype)
    (hole,) = inputs([x])
    e = exp(hole)
    root = log(e / sum(e, 1, True)) * 0.1 / 3.0 + constant(1.0, np.dtype(dtype))
    (value,) = compiled([root], {hole: x})
    assert value.dtype == dtype
