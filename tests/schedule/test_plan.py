"""What becomes kernels, what is fused, what is written in place, and in which order."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import limpide as lp
from codegen.programs import case
from limpide.build import optimise
from limpide.function import specialise
from limpide.graph import Program, walk
from limpide.ops.define import cell_node
from limpide.schedule import Kernel, LoopKernel, MatmulKernel, Plan, ScanKernel, build_plan, in_memory
from limpide.schedule.expression import shape_of
from limpide.schedule.plan import every_kernel
from limpide.shapes import product


def planned(program: Program) -> Plan:
    known = specialise(program, [tuple(map(int, node.shape)) for node in program.inputs])
    found = optimise(known)[0]
    return build_plan(found.outputs, [(cell_node(c), n) for c, n in found.updates])


def plan_of(inputs: Any, outputs: Any, updates: Any = ()) -> Plan:
    return planned(lp.function(inputs, outputs, updates).program)


def check_order(plan: Plan) -> None:
    """Everything is made before it is read, and old state is not read after it was overwritten."""
    overwritten = {value: target for value, target in plan.in_place.items()}
    made: set[Any] = set()
    gone: set[Any] = set()
    for kernel in plan.kernels:
        assert not gone.intersection(kernel.reads), kernel.name
        for node in kernel.reads:
            assert in_memory(node) and node.op.name != "pick" or node in made, f"{kernel.name} reads {node}"
        made.update(kernel.writes)
        gone.update(overwritten[n] for n in kernel.writes if n in overwritten)
        if isinstance(kernel, ScanKernel):
            check_order(kernel.plan)
    assert made.issuperset(plan.outputs)
    assert made.issuperset(value for _, value in plan.updates)


@settings(max_examples=60, phases=[Phase.generate])
@given(st.integers(0, 2**32))
def test_kernels_stand_in_order(seed: int) -> None:
    found = case(seed, empty=0.1)
    plan = planned(found.function.program(*found.arrays))
    check_order(plan)
    names = [k.name for k in every_kernel(plan)]
    assert len(set(names)) == len(names)


def kinds(plan: Plan) -> list[type[Kernel]]:
    return [type(k) for k in plan.kernels]


def test_elementwise_work_is_one_kernel() -> None:
    x, y = lp.input("x", (8, 8)), lp.input("y", (8,))
    plan = plan_of([x, y], [lp.tanh(x * y) + 1, x - y])
    assert kinds(plan) == [LoopKernel]


def test_what_follows_a_product_is_its_epilogue() -> None:
    x, W, b = lp.input("x", (8, 5)), lp.input("W", (5, 6)), lp.input("b", (6,))
    plan = plan_of([x, W, b], lp.relu(x @ W + b))
    assert kinds(plan) == [MatmulKernel]
    assert plan.kernels[0].writes[-1] is plan.outputs[0]


def test_gathers_of_which_a_part_is_shown_are_checked_whole() -> None:
    x, i = lp.input("x", (8, 5)), lp.input("i", (4,), dtype="int64")
    for shown in (x[i][0], x[i].T[:, :2], (x[i] * 2)[1:], x[i][lp.arange(2)], x[i].reshape(20)[:5]):
        gathered, _ = (n for k in plan_of([x, i], shown + 1).kernels for n in k.writes)
        assert product(shape_of(gathered)) == 20
    for whole in (x[i], x[i][:, 0], x[i][::-1], (x[i] * 2).T[:3]):
        assert [len(k.writes) for k in plan_of([x, i], whole + 1).kernels] == [1]


def test_a_softmax_is_one_kernel() -> None:
    x = lp.input("x", (8, 5))
    assert kinds(plan_of([x], lp.softmax(x))) == [LoopKernel]


def test_a_loss_and_its_gradients_are_one_pass_over_rows() -> None:
    """Sums over rows and along them, and what is computed for each element, share the loop over rows."""
    x, b = lp.input("x", (8, 5)), lp.parameter(np.zeros(5, np.float32), name="b")
    loss = -(lp.log_softmax(x + b) * lp.one_hot(np.arange(8) % 5, 5)).sum()
    first, *rest = plan_of([x], [loss, *lp.grad(loss, [x, b])]).kernels
    assert isinstance(first, LoopKernel) and first.outer[0].extent == 8
    assert all(s.size <= 1 for k in rest if isinstance(k, LoopKernel) for s in k.stages)


def test_sums_of_what_is_read_together_are_one_kernel() -> None:
    x, y = lp.input("x", (80, 5)), lp.input("y", (80, 5))
    assert kinds(plan_of([x, y], [x.sum(0), y.sum(0), (x * y).sum(0), x.max(1)])) == [LoopKernel]
    assert kinds(plan_of([x], [x.sum(), x.max(), (x * x).sum()])) == [LoopKernel]


def test_state_stays_in_place_where_sums_read_it() -> None:
    a = state(4, 6, name="a")
    assert not plan_of([], [(a * a).sum(), a.sum(0)], [(a, a * 2)]).commits


def test_long_rows_of_totals_are_not_shared_with_other_loops() -> None:
    x = lp.input("x", (4, 9000))
    for kernel in plan_of([x], [x.sum(0), lp.softmax(x)]).kernels:
        assert isinstance(kernel, LoopKernel)
        assert kernel.nested or all(s.ready >= kernel.depth for s in kernel.stages)


def test_views_are_no_kernels() -> None:
    x = lp.input("x", (6, 8))
    plan = plan_of([x], x.T.reshape((3, 16))[:, ::-2] * 2)
    assert kinds(plan) == [LoopKernel]
    assert plan.kernels[0].reads == [n for n in walk(plan.outputs) if n.op.name == "input"]


def updated(*updates: Any) -> Plan:
    return plan_of([], [], updates)


def state(*shape: int, name: str = "W") -> Any:
    return lp.parameter(np.zeros(shape), name=name)


def test_state_is_written_in_place_where_that_is_safe() -> None:
    a, b = state(4, 4, name="a"), state(4, 4, name="b")
    plan = updated((a, a * 2 + b), (b, b + 1))
    assert not plan.commits
    assert set(plan.in_place.values()) == {cell_node(a.cell), cell_node(b.cell)}


def test_and_copied_where_it_is_not() -> None:
    a, b = state(4, 4, name="a"), state(4, 4, name="b")
    assert len(updated((a, a.T)).commits) == 1
    assert len(updated((a, a[::-1])).commits) == 1
    assert len(updated((a, b * 1), (b, a * 1)).commits) >= 1
    assert len(updated((a, a @ a)).commits) == 1
    assert len(updated((a, a + b), (b, a + b)).commits) == 1
    assert not updated((a, a - a.mean(0))).commits  # the means are ready before


def test_loops_carry_state_in_place() -> None:
    a = state(4, 4, name="a")

    @lp.compile
    def epoch(xs: Any) -> Any:
        def step(c: Any, x: Any) -> Any:
            a.assign(a * 0.5 + x)
            return c + 1, None

        return lp.scan(step, 0.0, xs)[0]

    plan = planned(epoch.program(np.zeros((3, 4, 4))))
    assert not plan.commits
    (scan,) = (k for k in plan.kernels if isinstance(k, ScanKernel))
    assert not scan.plan.commits


def test_long_chains_are_cut() -> None:
    x = lp.input("x", (5,))
    y = x
    for n in range(300):
        y = lp.absolute(y) - n
    assert len(plan_of([x], y).kernels[0].writes) > 1


def test_what_nobody_reads_is_not_computed() -> None:
    x = lp.input("x", (5,))
    plan = plan_of([x], lp.pad(lp.reshape(x.sum(), (1,)), [(2, 0)])[:2] + x[:2])
    assert not any(n.op.name == "sum" for k in plan.kernels for n in k.writes)


def test_equal_bodies_have_places_of_their_own() -> None:
    x, y = lp.input("x", (3, 2)), lp.input("y", (3, 2))

    def step(c: Any, row: Any) -> Any:
        return lp.zeros((2,)), c + row

    first, ys = lp.scan(step, x[0], x)
    second, zs = lp.scan(step, first, y)
    scans = [k for k in plan_of([x, y], [ys, zs, second]).kernels if isinstance(k, ScanKernel)]
    inside = [{n for k in scan.plan.kernels for n in k.writes} | set(scan.body.inputs) for scan in scans]
    assert len(scans) == 2
    assert not inside[0] & inside[1]


def test_kernels_describe_themselves() -> None:
    x, W = lp.input("x", (8, 5)), lp.parameter(np.zeros((5, 6), np.float32), name="W")
    lines = [line for k in plan_of([x], lp.softmax(x @ W)).kernels for line in k.describe()]
    assert any("= sum over r0<5 of x * W for i0<8, i1<6" in line for line in lines), lines
