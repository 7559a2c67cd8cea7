"""Checks that all do the same work, then times them in turns."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from .agreement import agrees
from .team import Member
from .workloads import Problem

SETTLE = 0.05  # seconds before each time, in which threads that watched for work go to sleep
LONG_ENOUGH = 0.1  # seconds that one time is taken over, at least
MOST_REPEATS = 1000
PATIENCE = 8.0  # seconds that timing a workload may take, about
FEWEST_ROUNDS, MOST_ROUNDS = 3, 9
CLOCK_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100  # a second, in /proc/stat
# Who takes four times as long as the second best is timed every third round, 16 times as long only once.
FAR_BEHIND, SELDOM, HOPELESS = 4, 3, 16


@dataclass(frozen=True)
class Candidate:
    """A library that does the work, and the fastest of its forms.

    first: seconds of building, compiling and one run. run: seconds of a later run.
    """

    member: Member
    form: str
    value: float
    first: float
    run: float

    @property
    def name(self) -> str:
        return self.member.name

    @property
    def repeats(self) -> int:
        """How many runs make a time that is long enough to read."""
        return min(MOST_REPEATS, max(1, round(LONG_ENOUGH / self.run)))

    @property
    def warm(self) -> int:
        """How many runs bring short work back into the caches after the others had them."""
        return self.repeats // 4


@dataclass
class Times:
    """Seconds per unit of work of one library.

    compiled: seconds that the first run took more than a later one.
    """

    form: str
    compiled: float
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.seconds)


@dataclass(frozen=True)
class Result:
    """A workload as it went.

    expected: what all agree on. times: by library. left_out: by library, why it was not timed.
    others: the share of all cores that other processes took meanwhile.
    """

    problem: Problem
    expected: float
    times: dict[str, Times]
    left_out: dict[str, str]
    others: float


def compare(
    problem: Problem,
    expected: float,
    members: Sequence[Member],
    rounds: int | None,
    quick: bool,
    tell: Callable[[str], None],
) -> Result:
    """Time a workload by all that do it right, in turns; rounds: None for as many as patience allows."""
    left_out: dict[str, str] = {}
    candidates = []
    for member in members:
        tell(f"{member.name} gets ready")
        found = ready(member, problem, expected, quick)
        if isinstance(found, str):
            left_out[member.name] = found
        else:
            candidates.append(found)
    times = {c.name: Times(c.form, max(0, c.first - c.run)) for c in candidates}
    others = in_turns(candidates, times, problem.units, rounds, tell) if candidates else 0.0
    for member in members:
        member.ask("close")
    for name in [name for name, t in times.items() if not t.seconds]:
        del times[name]
        left_out[name] = "failed while it was timed"
    return Result(problem, expected, times, left_out, others)


def ready(member: Member, problem: Problem, expected: float, quick: bool) -> Candidate | str:
    """The fastest form that does the work; or why there is none."""
    answer = member.ask("open", workload=problem.workload.name, quick=quick)
    if not answer:
        return "has no form of it"
    if isinstance(answer.get("error"), str):
        return str(answer["error"])
    right, wrong = {}, []
    for form, found in answer.items():
        if "error" in found:
            wrong.append(f"{form}: {found['error']}")
        elif not agrees(problem, found["value"], expected):
            wrong.append(f"{form}: gets {found['value']:.8g} instead of {expected:.8g}")
        else:
            right[form] = found
    if not right:
        return "; ".join(wrong)
    form = min(right, key=lambda name: right[name]["run"])
    member.ask("keep", form=form)
    return Candidate(member, form, **right[form])


def in_turns(
    candidates: list[Candidate],
    times: dict[str, Times],
    units: int,
    rounds: int | None,
    tell: Callable[[str], None],
) -> float:
    """Fills in the seconds per unit; gives the share of all cores that other processes took."""
    second = sorted(c.run for c in candidates)[:2][-1]
    rounds = rounds or patient_rounds([c for c in candidates if c.run <= FAR_BEHIND * second])
    others = wall = 0.0
    for turn in range(rounds):
        tell(f"round {turn + 1} of {rounds}")
        for c in candidates:
            behind = c.run / second
            if (turn % SELDOM and behind > FAR_BEHIND) or (turn and behind > HOPELESS):
                continue
            time.sleep(SETTLE)
            busy, begin = busy_seconds(), time.perf_counter()
            answer = c.member.ask("time", form=c.form, turn=turn + 1, warm=c.warm, repeats=c.repeats)
            wall += time.perf_counter() - begin
            if "error" not in answer:
                others += busy_seconds() - busy - answer["own"]
                times[c.name].seconds.append(answer["run"] / units)
    return max(0.0, others / max(wall, 1e-9))


def patient_rounds(candidates: list[Candidate]) -> int:
    """How many rounds of these take as long as there is patience for."""
    whole = sum(SETTLE + c.run * (c.warm + c.repeats) for c in candidates)
    return min(MOST_ROUNDS, max(FEWEST_ROUNDS, round(PATIENCE / whole)))


def busy_seconds() -> float:
    """How long all cores together have worked since the system started; 0 where it does not tell."""
    stat = Path("/proc/stat")
    if not stat.is_file():
        return 0.0
    user, nice, system, _, _, irq, soft, steal = map(int, stat.read_text().split(None, 9)[1:9])
    return (user + nice + system + irq + soft + steal) / CLOCK_TICKS
