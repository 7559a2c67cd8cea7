"""Nodes: equal expressions are one, order, names, lines; cells and who holds their values."""

from __future__ import annotations

import gc
import linecache
import threading

import numpy as np
import pytest

import limpide as lp
from limpide import graph
from limpide.errors import ShapeError
from limpide.graph import (
    Cell,
    Literal,
    Program,
    consumers,
    depends_on,
    duplicate,
    rebuild,
    replace,
    standing_at,
    text,
    walk,
)
from limpide.ops.define import cell_node, constant
from limpide.ops.loop import placeholder

F64 = np.dtype(np.float64)


def hole(name: str, *shape: int) -> graph.Node:
    return placeholder(name, shape, F64)


def test_equal_expressions_are_one_node() -> None:
    x, y = hole("x", 3), hole("y", 3)
    assert x + y * 2.0 is x + y * 2.0
    assert x + y is not y + x
    assert hole("x", 3) is not x
    assert constant(2.0) is constant(2.0)
    assert constant(2.0) is not constant(2)
    assert constant(np.zeros(3)) is constant(np.zeros(3))


def test_large_constants_are_equal_by_identity_alone() -> None:
    assert Literal(np.zeros(17)) != Literal(np.zeros(17))
    assert Literal(np.zeros(16)) == Literal(np.zeros(16))
    assert Literal(np.zeros(2)) != Literal(np.zeros(2, np.int64))
    assert Literal(np.zeros((1, 2))) != Literal(np.zeros((2, 1)))


def test_what_nobody_holds_is_forgotten() -> None:
    gc.collect()
    before = len(graph._table)
    kept = hole("x", 2)
    y = kept
    for _ in range(50):
        y = y * 2.0 + 1.0
    assert len(graph._table) > before
    del y
    gc.collect()
    assert len(graph._table) <= before + 3


def test_walk_puts_inputs_first_and_each_node_once() -> None:
    x = hole("x", 3)
    y = x
    for _ in range(60):
        y = y * y  # 2^60 paths
    nodes = walk([y, x])
    assert len(nodes) == 61
    place = {node: i for i, node in enumerate(nodes)}
    assert all(place[i] < place[node] for node in nodes for i in node.inputs)


def test_replace_and_rebuild() -> None:
    x, y = hole("x", 3), hole("y", 3)
    z = (x + 1.0) * x
    assert replace([z], {x: y}) == [(y + 1.0) * y]
    assert replace([z], {}) == [z]
    assert replace([x], {x: y}) == [y]
    total = x + y
    total.name = "total"
    moved = rebuild(total, (y, y))
    assert (moved.name, moved.where) == ("total", total.where)
    assert rebuild(total, total.inputs) is total


def test_a_duplicate_equals_no_other() -> None:
    x = hole("x", 3)
    y = -x
    again = duplicate(y, y.inputs)
    assert again is not y
    assert -x is y
    assert (again.op, again.shape, again.dtype, again.inputs) == (y.op, y.shape, y.dtype, y.inputs)
    assert -again is not -y


def test_who_reads_and_who_depends() -> None:
    x, y = hole("x", 3), hole("y", 3)
    a = x + y
    b = a * a
    users = consumers(walk([b, x]))
    assert users[x] == [a]
    assert users[a] == [b]
    assert depends_on([b, y], [x]) == {x, a, b}


def test_a_node_knows_the_line_that_built_it() -> None:
    y = lp.input("x", (3,)) + 1  # this line
    where = y.node.where
    assert where is not None
    assert where[0] == __file__
    assert "# this line" in linecache.getline(*where)


def test_errors_of_shapes_name_the_line() -> None:
    x, y = lp.input("x", (2, 3)), lp.input("y", (4,))
    with pytest.raises(ShapeError) as caught:
        x + y  # that line
    assert "# that line" in str(caught.value)


def test_text_shows_one_line_per_node() -> None:
    x = lp.input("x", (None, 3))
    last, _ = lp.scan(lambda c, row: (c + row, None), lp.zeros((3,)), x)
    lines = text([(last * 2).node]).splitlines()
    assert any("input(dtype=float32" in line and line.endswith("# x") for line in lines)
    assert any(line.startswith("    %") and "add(" in line for line in lines)
    assert lines[-1].startswith("%") and "multiply(" in lines[-1]


def test_a_lent_value_is_copied_before_it_is_written_to() -> None:
    cell = Cell(np.zeros(3), "W")
    first = cell.own()
    assert cell.own() is first
    kept = cell.lend()
    before = Cell.changes
    second = cell.own()
    assert second is not kept and before != Cell.changes and not cell.lent
    second[:] = 1
    assert kept.max() == 0
    assert cell_node(cell) is cell_node(cell)


def test_a_cell_holds_an_array_of_its_own() -> None:
    given = np.asfortranarray(np.ones((2, 3)))
    cell = Cell(given, "W")
    given[:] = 5
    assert cell.value.max() == 1
    assert cell.value.flags.c_contiguous


def test_a_program_with_other_roots() -> None:
    x = hole("x", 3)
    cell = Cell(np.zeros(3), "W")
    program = Program("f", (x,), (x + 1.0,), ((cell, x * 2.0),))
    other = program.with_roots([x, -x])
    assert other.outputs == (x,)
    assert other.updates == ((cell, -x),)
    assert other.roots == [x, -x]


def test_another_thread_builds_for_its_own_line() -> None:
    found: list[object] = []
    with standing_at(("script.py", 7)):
        thread = threading.Thread(target=lambda: found.append(lp.exp(lp.input("x", (3,))).node.where))
        thread.start()
        thread.join()
        own = lp.exp(lp.input("y", (2,))).node.where
    assert own == ("script.py", 7) and found[0] not in (own, None)
