"""Times of kernels: the build with clocks, what it leaves alone, the limits it is held against."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.explain.times import least_seconds, rounds, with_clocks
from limpide.runtime import limits
from limpide.schedule import ScanKernel
from limpide.schedule.plan import every_kernel


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Typical limits: measuring takes seconds."""
    monkeypatch.setattr(limits, "kept", limits._typical_here)


def training() -> tuple[Any, Any]:
    w = lp.parameter(np.full((40, 30), 0.01, np.float32), name="w")
    x = lp.input("x", (20, 40))
    loss = (lp.tanh(x @ w) ** 2).sum()
    return lp.function([x], loss, updates=[(w, w - 0.1 * lp.grad(loss, w))], name="step"), w


@pytest.mark.parametrize("threads", [1, 2])
def test_every_kernel_is_timed_and_state_stays(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    monkeypatch.setattr(lp.config, "threads", threads)
    f, w = training()
    before = w.numpy().copy()
    report = f.explain(np.ones((20, 40), np.float32), times=True)
    times = report.times
    assert times.given and times.runs >= 5 and times.plain > 0
    assert [*times.kernels] == [k.name for k in every_kernel(report.lowered.plan)]
    assert 0 < sum(times.kernels.values()) < 1 and all(t >= 0 for t in times.kernels.values())
    np.testing.assert_array_equal(w.numpy(), before)
    assert report.section("times").splitlines()[-1].startswith("kernels ")
    assert 'class="bar"' in report.html() and "Medians of" in report.html()


def test_kernels_in_loops_and_integer_inputs() -> None:
    xs, at = lp.input("xs", (50, 300)), lp.input("at", (3,), "int64")
    total, ys = lp.scan(lambda c, x: (lp.sin(c + x), lp.exp(c)), np.zeros(300, np.float32), xs)
    f = lp.function([xs, at], [total, lp.take(ys, at, 0)])
    report = f.explain(times=True)
    assert not report.times.given
    assert max(report.times.kernels.values()) > 0
    often = rounds(report.lowered.plan)
    inside = [k for k in every_kernel(report.lowered.plan) if isinstance(k, ScanKernel)]
    assert {often[k.name] for scan in inside for k in scan.plan.kernels} == {50}
    assert "a loop of 50 steps" in report.html()


def test_the_clock_is_read_after_every_call_and_barrier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lp.config, "threads", 2)
    x = lp.input("x", (512, 512))
    w = lp.parameter(np.ones((512, 512), np.float32), name="w")
    report = lp.function([x], lp.softmax(lp.tanh(x @ w) @ w)).explain()
    text = with_clocks(report.lowered)
    run = text[text.index("static void run(") :]
    calls = re.findall(r"^  (?:if \(tid == 0\) )?(\w+)\(.*\);$", run, re.M)
    calls = [name for name in calls if name not in ("run", "lp_run")]
    assert "lp_barrier" in calls
    assert run.count("lp_mark(") == len(calls)
    plain = "".join(line + "\n" for line in text.splitlines() if "lp_mark(times_" not in line)
    assert report.lowered.source.count("\n") < plain.count("\n")


def test_without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    f, _ = training()
    with pytest.raises(lp.LimpideError, match="there are no kernels to measure"):
        f.explain(times=True, level=2)


def test_the_limit_is_arithmetic_or_memory() -> None:
    machine = replace(
        limits.typical(limits.PLAIN, (1 << 15, 1 << 20, 1 << 24), 2, 2), flops_f32=1e9, l2_read=1e10, read=1e9
    )
    x = lp.input("x", (1000,))
    report = lp.function([x], lp.sin(lp.sin(lp.sin(lp.sin(x))))).explain()
    (kernel,) = every_kernel(report.lowered.plan)
    assert least_seconds(kernel, machine, 1) == pytest.approx(4000 / 1e9)
    assert least_seconds(kernel, replace(machine, flops_f32=1e12), 1) == pytest.approx(8000 / 1e10)
    assert least_seconds(kernel, replace(machine, flops_f32=1e12, l2=10, l3=0), 1) == pytest.approx(
        8000 / 1e9
    )
