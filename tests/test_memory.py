"""The memory plan: arrays that are in use at the same time never share a place; names are valid C."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import limpide as lp
from codegen.programs import case
from limpide.build import optimise
from limpide.codegen.c import Lowered, lower
from limpide.function import specialise
from limpide.graph import Node, Program
from limpide.memory import ALIGNMENT, STACK, Planner, Slot
from limpide.runtime.toolchain import find
from limpide.schedule import LoopKernel
from limpide.schedule.machine import Machine
from limpide.schedule.names import RESERVED, c_name

MACHINE = Machine(32, 16)


def lowered(program: Program, threads: int = 1) -> Lowered:
    """The C of a program; nothing is compiled."""
    known = specialise(program, [tuple(map(int, node.shape)) for node in program.inputs])
    return lower(optimise(known)[0], replace(MACHINE, threads=threads))


@settings(max_examples=40, phases=[Phase.generate])
@given(st.integers(0, 2**32))
def test_what_is_in_use_at_once_lies_apart(seed: int) -> None:
    found = case(seed, empty=0.1)
    memory = lowered(found.function.program(*found.arrays)).memory
    slots = memory.arena_slots()
    for i, a in enumerate(slots):
        assert a.offset % ALIGNMENT == 0
        assert a.offset + a.size <= memory.arena
        for b in slots[:i]:
            together = a.first <= b.last and b.first <= a.last
            assert not (together and a.overlaps(b)), f"{a.name} and {b.name}"
    assert len({s.name for s in memory.slots.values()}) == len({id(s) for s in memory.slots.values()})


def test_the_text_of_a_function_depends_on_it_alone() -> None:
    """What was built before in the process leaves no trace, so that the cache finds it."""

    def source() -> str:
        x, W = lp.input("x", (6, 5)), lp.parameter(np.ones((5, 4)), name="W")
        last, rows = lp.scan(lambda c, row: (c + row, lp.tanh(c)), lp.zeros((4,), "float64"), x @ W)
        return lowered(
            lp.function([x], [last, rows.sum(0)], [(W, W - lp.grad(rows.sum(), W))]).program
        ).source

    first = source()
    for seed in range(5):
        lowered(case(seed).function.program(*case(seed).arrays))
    assert source() == first


def test_a_chain_of_products_needs_two_places() -> None:
    x = lp.input("x", (64, 64))
    y = x
    for _ in range(6):
        y = lp.tanh(y @ x)
    memory = lowered(lp.function([x], y).program).memory
    assert memory.unshared_bytes >= 5 * 64 * 64 * 4
    assert max(slot.end for slot in memory.arena_slots()) <= 2 * (64 * 64 * 4 + 64)
    assert memory.describe()[-1].startswith(f"arena: {memory.arena:,} bytes")


def test_state_and_results_need_no_memory_of_their_own() -> None:
    W = lp.parameter(np.zeros((32, 32), np.float32), name="W")
    x = lp.input("x", (32, 32))
    memory = lowered(lp.function([x], x * 2, [(W, W * 0.9 + x)]).program).memory
    assert memory.arena == 0


def test_rows_on_the_stack_are_few() -> None:
    x = lp.input("x", (3, 4096), "float64")
    y = x
    for _ in range(20):
        y = lp.exp(y - lp.max(y, 1, keepdims=True))
    found = lowered(lp.function([x], y.sum(1)).program)
    slots = found.memory.slots
    for kernel in found.kernels:
        if isinstance(kernel, LoopKernel):
            rows = 0
            for stage in kernel.stages:
                if slots[stage.node].kind == "local":
                    inside = [v.extent for v in stage.kept[kernel.depth :]]
                    rows += int(np.prod(inside)) * stage.node.dtype.itemsize
            assert rows <= STACK


def slot(kind: str, offset: int = 0, size: int = 8, parent: Slot | None = None) -> Slot:
    node: Any = None
    return Slot("s", node, kind, size, offset=offset, parent=parent)


def test_which_places_overlap() -> None:
    a, b = slot("arena", 0, 64), slot("arena", 64, 64)
    assert a.overlaps(a) and not a.overlaps(b)
    assert a.overlaps(slot("arena", 60, 8))
    step = slot("step", parent=a)
    assert step.overlaps(a) and step.overlaps(slot("step", parent=a)) and not step.overlaps(b)
    assert not slot("argument").overlaps(a)
    assert not slot("argument").overlaps(slot("argument"))


@given(st.text(max_size=12))
def test_any_name_becomes_a_valid_one(label: str) -> None:
    name = c_name(label)
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
    assert name not in RESERVED


OWN = [
    *sorted(RESERVED),
    "i0",
    "r12",
    "lp_barrier",
    "LP_ALIGN",
    "int8_t",
    "uint64_t",
    "parts_0",
    "INT64_MAX",
    "v_",
]


@pytest.mark.parametrize("label", OWN)
def test_names_of_the_generated_code_are_not_given(label: str) -> None:
    assert c_name(label) != label


@pytest.mark.parametrize("label", ["x", "W", "A", "total", "loss_2", "hidden_layer"])
def test_ordinary_names_stay(label: str) -> None:
    assert c_name(label) == label


def test_equal_names_are_counted() -> None:
    planner = Planner()
    nodes: list[Node] = [lp.input("x", (n + 1,)).node for n in range(3)]
    assert [planner.name(node) for node in nodes] == ["x", "x_2", "x_3"]


def test_peak_bytes_are_named_by_their_parts() -> None:
    W = lp.parameter(np.zeros((64, 64), np.float32), name="W")
    x = lp.input("x", (1 << 18, 1))
    y = lp.cumsum(lp.cumsum(x, axis=0), axis=0)
    found = lowered(lp.function([x], y, [(W, W + 1)]).program)
    peak, large = found.peak, 1 << 20
    assert (peak.outputs, peak.spares, peak.state, peak.constants) == (large, large, 4 * 64 * 64, 0)
    assert found.peak_bytes == peak.bytes == found.memory.arena + 2 * large + 4 * 64 * 64
    parts = f"arena {peak.arena:,}, outputs 1,048,576, spares 1,048,576, state 16,384"
    assert peak.describe() == f"peak: {peak.bytes:,} bytes ({parts})"


MEASURED = """
import os
import numpy as np
import limpide as lp
from limpide import build

def used():
    pages = open("/proc/self/statm").read().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")

def compiled(n):
    x = lp.input("x", (n,))
    return lp.function([x], lp.cumsum(lp.cumsum(lp.cumsum(x)) + lp.cumsum(lp.exp(x))))

compiled(3)(np.zeros(3, np.float32))
peaks, lower = [], build.lower
def noted(*given):
    found = lower(*given)
    peaks.append(found.peak_bytes)
    return found
build.lower = noted
x, f = np.zeros(8 << 20, np.float32), compiled(8 << 20)
x += 1
before = used()
kept = [f(x), f(x)]
print(peaks[0], used() - before)
"""


@pytest.mark.skipif(find() is None or sys.platform != "linux", reason="no C compiler, or other units")
def test_peak_bytes_are_what_the_process_takes() -> None:
    environment = {**os.environ, "LIMPIDE_REUSE": "0", "LIMPIDE_THREADS": "1"}
    command = [sys.executable, "-c", MEASURED]
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    predicted, measured = map(int, out.split())
    assert predicted > 100 << 20
    assert 0.75 * predicted < measured < 1.25 * predicted
