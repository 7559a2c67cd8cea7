"""Where nodes come from: the user's line and the module, kept by derivatives, passes and the schedule."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn
from limpide.build import optimise
from limpide.graph import Program, Scope, scope, walk
from limpide.schedule import build_plan


def line() -> int:
    """The line of the caller."""
    return sys._getframe(1).f_lineno


def step_of_a_network() -> tuple[Program, int, int, int]:
    """A training step, and the lines of its first layer, of its loss and of its gradient."""
    first, built = nn.Linear(4, 3), line()
    net = nn.Sequential(first, nn.Tanh(), nn.Linear(3, 2))
    found = []

    @lp.compile
    def step(x: Any) -> Any:
        y = net(x)
        loss, at = (y**2).sum(), line()
        found.append(at)
        g, at = lp.grad(loss, first.weight), line()
        found.append(at)
        first.weight.assign(first.weight - g)
        return loss

    program = step.program(np.zeros((5, 4), np.float32))
    return program, built, *found


def test_derivatives_stand_at_the_lines_that_they_are_derivatives_of() -> None:
    program, built, loss_line, grad_line = step_of_a_network()
    nodes = walk(program.roots)
    backward = [n for n in nodes if n.scope.backward]
    products = [n for n in backward if n.op.name == "contract"]
    assert {n.scope.path for n in products} == {"0", "2"}
    assert {n.scope.kind for n in products} == {"Linear"}
    own = [
        n for n in backward if n.where is not None and n.where[0] == __file__
    ]  # numbers may be others', too
    assert own and all(n.where[1] < grad_line for n in own if n.where is not None)
    assert any(n.where is not None and n.where[1] == loss_line for n in backward)
    assert {n.scope.derived[1] for n in own if n.scope.derived} == {grad_line}
    assert {n.scope.built[1] for n in products if n.scope.path == "0" and n.scope.built} == {built}


@pytest.mark.parametrize("stage", ["passes", "plan"])
def test_what_stands_for_a_node_comes_from_where_it_does(stage: str) -> None:
    program, *_ = step_of_a_network()
    roots = optimise(program)[0].roots
    if stage == "plan":
        plan = build_plan(roots, [])
        roots = list(plan.outputs)
    lines = {n.where for n in walk(program.roots)}
    assert {n.where for n in walk(roots)} <= lines
    paths = {n.scope.path for n in walk(roots) if n.op.name == "contract"}
    assert paths == {"0", "2"}


def test_outside_of_modules_there_is_no_scope() -> None:
    x = lp.input("x")
    assert (lp.sin(x) * 3).node.scope == Scope()
    with scope(Scope("block", "Block")):
        inside = lp.cos(x) * 5
    assert inside.node.scope == Scope("block", "Block")
    assert (inside + 7).node.scope == Scope()
