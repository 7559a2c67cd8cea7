"""How threads share kernels: what stays on its core, and what is not worth sharing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import limpide as lp
from limpide.build import optimise
from limpide.codegen.c import Lowered, lower
from limpide.function import Function, specialise
from limpide.schedule import MatmulKernel
from limpide.schedule.index import Index, Var
from limpide.schedule.machine import Machine
from limpide.schedule.partition import Choice, region

MACHINE = Machine(64, 32, threads=2)


def lowered(function: Function, shapes: list[tuple[int, ...]], machine: Machine = MACHINE) -> Lowered:
    return lower(optimise(specialise(function.program, shapes))[0], machine)


def test_small_work_stays_on_one_thread() -> None:
    x = lp.input("x", (4, 4))
    found = lowered(lp.function([x], x @ x), [(4, 4)])
    assert found.threads == 1 and "lp_barrier" not in found.source


def test_large_work_is_shared() -> None:
    x = lp.input("x", (256, 256))
    found = lowered(lp.function([x], x @ x), [(256, 256)])
    assert found.threads == 2 and all(k.axis is not None for k in found.kernels)


def test_a_reader_of_its_own_rows_waits_for_nobody() -> None:
    x = lp.input("x", (4096, 64))
    w = lp.parameter(np.ones((64, 64), np.float32), name="w")
    v = lp.parameter(np.ones((64, 32), np.float32), name="v")
    found = lowered(lp.function([x], (lp.relu(x @ w)) @ v), [(4096, 64)])
    first, second = found.kernels
    assert isinstance(first, MatmulKernel) and isinstance(second, MatmulKernel)
    assert first.axis == second.axis == Var("i0", 4096)
    waits = found.source.count("lp_barrier(pool, nt);")
    assert waits == (first.grain != second.grain)


def test_every_thread_has_scratch_of_its_own_for_all_kernels() -> None:
    """Without a barrier one thread may be in a later kernel than another, which needs more room."""
    x = lp.input("x", (64, 2048))
    w = lp.parameter(np.ones((2048, 2048), np.float32), name="w")
    v = lp.parameter(np.ones((512, 2048), np.float32), name="v")
    source = lowered(lp.function([x], lp.relu(x @ w.T) @ v.T), [(64, 2048)]).source
    assert "scratch" in source
    assert "+ tid * " in next(line for line in source.splitlines() if "lp_scratch = " in line)
    assert "lp_scratch + tid" not in source


def test_regions_are_exact_only_where_nothing_crosses_over() -> None:
    i, j = Var("i", 8), Var("j", 16)
    rows = region(Index(((i, 16), (j, 1))), Choice(i))
    assert rows is not None and rows.exact and (rows.stride, rows.extent) == (16, 8)
    columns = region(Index(((i, 16), (j, 1))), Choice(j))
    assert columns is not None and columns.exact and columns.stride == 1
    neighbours = region(Index(((i, 1), (j, 1))), Choice(i))
    assert neighbours is not None and not neighbours.exact
    assert region(Index(((j, 1),)), Choice(i)) is None


def test_waiting_costs_are_weighed() -> None:
    """Where waiting is free and moving costs nothing, even small kernels are shared."""
    free = replace(MACHINE, barrier=0.0, remote=float("inf"), team=0.0)
    x = lp.input("x", (64, 64))
    found = lowered(lp.function([x], (x @ x).sum(axis=0)), [(64, 64)], free)
    assert found.threads == 2
