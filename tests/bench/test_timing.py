"""Who does other work is not timed; times are taken in turns; processes answer, fail and end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from limpide.bench import timing
from limpide.bench.agreement import agrees, reference
from limpide.bench.report import workload_row
from limpide.bench.team import Member, on_cores, team
from limpide.bench.timing import Result, Times, compare
from limpide.bench.work import fraction, work
from limpide.bench.workloads import WORKLOADS, problem
from limpide.runtime.limits import current

from .small import small

EXPECTED = 2.0


class Scripted:
    """A worker that answers what it was told to, and notes when it is timed."""

    def __init__(self, name: str, noted: list[str], run: float = 0.01, **forms: Any):
        self.name, self.noted, self.run, self.forms = name, noted, run, forms

    def ask(self, do: str, **what: Any) -> Any:
        if do == "open":
            return {
                f: {"value": v, "first": 1.0, "run": self.run} if isinstance(v, float) else v
                for f, v in self.forms.items()
            }
        if do == "time":
            self.noted.append(self.name)
            return {"run": self.run * what["turn"], "own": self.run}
        return None


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "SETTLE", 0.0)


def compared(members: list[Any], rounds: int | None = 3) -> Result:
    return compare(small("W3"), EXPECTED, members, rounds, True, lambda _: None)


@pytest.mark.usefixtures("no_pauses")
def test_rounds_are_in_turns() -> None:
    noted: list[str] = []
    found = compared([Scripted(name, noted, form=EXPECTED) for name in ("a", "b")])
    assert noted == ["a", "b"] * 3
    assert found.times["a"].seconds == pytest.approx([0.01, 0.02, 0.03])
    assert found.times["b"].median == pytest.approx(0.02) and found.times["b"].compiled == 0.99


@pytest.mark.usefixtures("no_pauses")
def test_who_is_far_behind_is_timed_less_often() -> None:
    noted: list[str] = []
    runs = {"a": 0.1, "b": 1.0, "c": 5.0, "d": 20.0}
    compared([Scripted(name, noted, run, form=EXPECTED) for name, run in runs.items()], 4)
    assert [noted.count(name) for name in runs] == [4, 4, 2, 1]


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(("run", "rounds"), [(0.01, 9), (2.0, 4), (30.0, 3)])
def test_long_work_is_timed_less_often(run: float, rounds: int) -> None:
    noted: list[str] = []
    compared([Scripted("a", noted, run, form=EXPECTED)], None)
    assert len(noted) == rounds


@pytest.mark.usefixtures("no_pauses")
def test_who_gets_something_else_is_not_timed() -> None:
    noted: list[str] = []
    wrong = Scripted("wrong", noted, form=2.001)
    broken = Scripted("broken", noted, form={"error": "ValueError: no"})
    half = Scripted("half", noted, bad=float("nan"), good=EXPECTED)
    found = compared([wrong, broken, half, Scripted("none", noted)])
    assert set(noted) == {"half"} and found.times["half"].form == "good"
    assert found.left_out == {
        "wrong": "form: gets 2.001 instead of 2",
        "broken": "form: ValueError: no",
        "none": "has no form of it",
    }


@pytest.mark.parametrize("value", [2.001, np.nan, np.inf])
def test_disagreement(value: float) -> None:
    assert not agrees(small("W1"), value, 2.0)


def test_agreement_within_rounding() -> None:
    assert agrees(small("W1"), 2.0001, 2.0) and not agrees(small("W1"), np.inf, np.inf)


@pytest.mark.parametrize("name", ["W3", "W6"])
def test_a_batch_less_is_seen(name: str) -> None:
    given = small(name)
    less = small(name)
    less.arrays = [a[: 2 * given.workload.batch] for a in less.arrays]
    assert not agrees(given, reference(less), reference(given))


def test_the_ratio_is_against_the_best_of_all_peers() -> None:
    times = {
        "limpide": Times("", 0, [1.0, 2.0, 9.0]),
        "slow": Times("", 0, [8.0, 8.0, 8.0]),
        "fast": Times("", 0, [3.0, 99.0, 3.0]),
    }
    row = workload_row(Result(small("W1"), 0.0, times, {}, 0.0), None, 1)
    assert row["best_peer"] == "fast" and row["ratio"] == 1.5 and row["of_limit"] is None
    alone = workload_row(Result(small("W1"), 0.0, {"limpide": times["limpide"]}, {}, 0.0), None, 1)
    assert alone["best_peer"] is None and alone["ratio"] is None


def test_work() -> None:
    """By hand: a logistic step is two products, the second for the gradient; a sum does not write."""
    given = small("W1")
    assert work(given).flops == 3 * 100 * 2 * 2 * 784 * 10
    assert work(small("W5")).flops == 20 * 2 * (1600 * 3 * 2 - 1600)
    assert work(small("W7a")).bytes == 3 * 4 * 99_999 and work(small("W7b")).bytes == 2 * 4 * 99_999
    limits = current()
    least = 3 * 100 * 2 * 2 * 784 * 10 / limits.flops_f32
    assert fraction(given, 10 * least, limits, 1) == pytest.approx(0.1)
    assert fraction(given, 1.0, limits, limits.threads + 1) is None


def test_orders() -> None:
    shuffled, plain = small("W2s"), small("W2")
    assert sorted(shuffled.order(1).ravel()) == list(range(300))
    assert shuffled.order(1).shape == (3, 100)
    assert (shuffled.order(1) != shuffled.order(2)).any()
    np.testing.assert_array_equal(plain.order(1).ravel(), np.arange(300))


def test_data_is_the_same_every_time() -> None:
    for name in ("W3", "W4", "W5", "W7a"):
        first, second = (problem(WORKLOADS[name], quick=True) for _ in range(2))
        for a, b in zip(first.arrays + first.start, second.arrays + second.start, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_process_answers() -> None:
    with team(["numpy"], 1) as (member,):
        assert member.version == np.__version__
        found = member.ask("open", workload="W5", quick=True)["in place"]
        given = problem(WORKLOADS["W5"], quick=True)
        assert agrees(given, found["value"], reference(given)) and 0 < found["run"] < found["first"]
        timed = member.ask("time", form="in place", turn=1, warm=1, repeats=2)
        assert timed["run"] > 0 and timed["own"] > 0
        assert "KeyError" in member.ask("time", form="other", turn=1, warm=0, repeats=1)["error"]
    assert member.process.poll() is not None


def test_a_process_that_ends_says_so() -> None:
    with team(["numpy"], 1) as (member,):
        member.process.kill()
        member.process.wait()
        assert "its process ended" in member.ask("close")["error"]
        assert "its process ended" in member.ask("close")["error"]


def test_a_library_that_cannot_be_loaded() -> None:
    member = Member("no_such_peer", 1)
    try:
        member.greet()
        assert "KeyError" in member.failed and member.ask("close") == {"error": member.failed}
    finally:
        member.stop()


def test_cores() -> None:
    os = pytest.importorskip("os")
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("this system does not tell cores")
    before = os.sched_getaffinity(0)
    with on_cores(1):
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before
