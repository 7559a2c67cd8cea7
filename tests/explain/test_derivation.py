"""How gradients came about: the steps, their rules, and what they gave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.explain.derivation import Derivation, derivation
from limpide.explain.lines import as_text
from limpide.graph import Program, walk


def derived(loss: Any, *inputs: Any) -> Derivation:
    found = derivation(lp.function(list(inputs), loss).program)
    assert found is not None
    return found


def texts(found: Derivation) -> list[tuple[str, str, list[str]]]:
    """(node, rule, parts) of every step."""
    return [
        (
            as_text(s.forward),
            "" if s.rule is None else as_text(found.rules[s.rule].backward),
            [as_text(p.lines) for p in s.parts],
        )
        for s in found.steps
    ]


def test_a_chain() -> None:
    x = lp.input("x")
    assert texts(derived(lp.exp(lp.sin(x)) * 2, x)) == [
        ("loss = 2 v2", "dloss/da = g b\ndloss/db = g a", ["dloss/dv2 = 2"]),
        ("v2 = exp(v1)", "dloss/dx = g y", ["dloss/dv1 = dloss/dv2 v2"]),
        ("v1 = sin(x)", "dloss/dx = g cos(x)", ["dloss/dx = dloss/dv1 cos(x)"]),
    ]


def test_what_is_read_twice_gets_a_sum() -> None:
    x = lp.input("x")
    found = derived(lp.sin(x) + lp.cos(x), x)
    parts = [as_text(p.lines) for s in found.steps for p in s.parts if p.source.name == "x"]
    assert sorted(parts) == ["dloss/dx += -dloss/dv2 sin(x)", "dloss/dx += dloss/dv1 cos(x)"]
    assert found.contributions[walk([x.node])[0]] == 2


def test_numbers_get_no_gradient() -> None:
    w = lp.parameter(np.ones((3, 2), np.float32), name="w")
    x = lp.input("x", (4, 3))
    found = derived(((x @ w) ** 2).sum() / 4, x)
    sources = {p.source for s in found.steps for p in s.parts}
    assert all(n.op.name != "constant" and n.name != "x" for n in sources)
    parts = [t for _, _, parts in texts(found) for t in parts]
    assert parts == [
        "dloss/dv3 = 1/4",
        "dloss/dv2 = dloss/dv3",
        "dloss/dv1 = 2 dloss/dv2 * v1",
        "dloss/dw = x^T @ dloss/dv1",
    ]


def test_made_nodes_are_those_of_the_program() -> None:
    w = lp.parameter(np.ones(3, np.float32), name="w")
    x = lp.input("x", (3,))
    loss = (lp.tanh(w * x)).sum()
    program = lp.function([x], loss, updates=[(w, w - lp.grad(loss, w))]).program
    found = derivation(program)
    assert found is not None
    nodes = set(walk(program.roots))
    assert all(p.made in nodes for s in found.steps for p in s.parts)


def test_a_loop_is_one_step() -> None:
    w = lp.parameter(np.float32(0.5), name="w")
    xs = lp.input("xs", (5,))
    total, _ = lp.scan(lambda c, x: (lp.tanh(w * c) + x, None), 0.0, xs)
    found = derived(total, xs)
    assert [s.node.op.name for s in found.steps if s.rule is None] == ["scan"]


@pytest.mark.parametrize("output", ["integer", "array"])
def test_nothing_to_differentiate(output: str) -> None:
    x = lp.input("x", (3,))
    y = lp.argmax(x) if output == "integer" else x * 2
    assert derivation(Program("f", (x.node,), (y.node,))) is None
