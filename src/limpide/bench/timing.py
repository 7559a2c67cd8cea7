"""Checks that runners do the same work, then times them in turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

from ..errors import LimpideError
from .runner import Library, Runner
from .workloads import Problem

TOLERANCE = 1e-4  # of what runners have to agree on, relative
SETTLE = 0.05  # seconds between two runners, in which the threads of the last one go to sleep
LONG_ENOUGH = 0.02  # seconds that one time is taken over, at least
MOST_REPEATS = 100


@dataclass(frozen=True)
class Times:
    """Seconds per unit of work of one library, and the form that was timed."""

    form: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.seconds)


@dataclass(frozen=True)
class Result:
    """A workload as it went: what all agree on, and the times by library, limpide first."""

    problem: Problem
    measure: float
    times: dict[str, Times]

    @property
    def best_peer(self) -> str | None:
        """The fastest of the others."""
        _, *peers = self.times
        return min(peers, key=lambda name: self.times[name].median, default=None)

    @property
    def ratio(self) -> float | None:
        """How many times faster the first is than the best of the others."""
        if self.best_peer is None:
            return None
        first, *_ = self.times.values()
        return self.times[self.best_peer].median / first.median


def compare(problem: Problem, libraries: list[Library], rounds: int, tell: Callable[[str], None]) -> Result:
    """Time a workload, the first library against the others, `rounds` times each and in turns.

    Raises LimpideError where they do not get the same result from the same start.
    """
    chosen: dict[str, tuple[str, Runner]] = {}
    measures: dict[str, float] = {}
    for library in libraries:
        runners = {name: make(problem) for name, make in library.forms[problem.workload.kind].items()}
        for name, runner in runners.items():
            tell(f"{library.name}: {name}")
            measures[f"{library.name} ({name})"] = first_unit(problem, runner)
        chosen[library.name] = fastest(problem, runners)
    agree(problem.workload.name, measures)
    repeats = {name: repeats_of(problem, runner) for name, (_, runner) in chosen.items()}
    seconds: dict[str, list[float]] = {name: [] for name in chosen}
    for turn in range(rounds):
        tell(f"round {turn + 1} of {rounds}")
        for name, (_, runner) in chosen.items():
            seconds[name].append(timed(problem, runner, turn + 1, repeats[name]))
    times = {name: Times(form, tuple(seconds[name])) for name, (form, _) in chosen.items()}
    return Result(problem, next(iter(measures.values())), times)


def first_unit(problem: Problem, runner: Runner) -> float:
    """What a runner has after one unit of work from the common start; this also warms it up."""
    runner.start()
    runner.run(problem.order(0))
    return problem.measure(runner.result())


def agree(workload: str, measures: dict[str, float]) -> None:
    """Raise where two runners differ by more than the tolerance, or one has no number."""
    values = np.array(list(measures.values()))
    if not np.isfinite(values).all() or np.ptp(values) > TOLERANCE * np.abs(values).max():
        found = "\n".join(f"    {name}: {value:.8g}" for name, value in measures.items())
        raise LimpideError(
            "bench",
            f"{workload}: the results differ, so their times cannot be compared\n{found}",
            hint="one of them does other work; nothing was timed",
        )


def fastest(problem: Problem, runners: dict[str, Runner]) -> tuple[str, Runner]:
    """The form of a library that is to be timed: the fastest of two tries each."""
    if len(runners) == 1:
        return next(iter(runners.items()))
    tries = {name: min(timed(problem, r, turn, 1) for turn in (0, 1)) for name, r in runners.items()}
    name = min(tries, key=tries.__getitem__)
    return name, runners[name]


def timed(problem: Problem, runner: Runner, turn: int, repeats: int) -> float:
    """Seconds for one unit of work, taken over some of them, after the machine has settled."""
    order = problem.order(turn)
    time.sleep(SETTLE)
    start = time.perf_counter()
    for _ in range(repeats):
        runner.run(order)
    return (time.perf_counter() - start) / repeats


def repeats_of(problem: Problem, runner: Runner) -> int:
    """How many units make a time that is long enough to read."""
    seconds = timed(problem, runner, 0, 1)
    return min(MOST_REPEATS, max(1, round(LONG_ENOUGH / seconds)))
