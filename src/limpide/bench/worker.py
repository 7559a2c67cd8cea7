"""A process that runs one library: `python -m limpide.bench.worker NAME THREADS`.

It is asked by lines of JSON on its standard input and answers each with a line on its standard output.
What the library itself prints goes to standard error.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from ..errors import LimpideError
from . import ours, peers
from .agreement import measure
from .runner import Runner
from .workloads import WORKLOADS, Problem, problem

LIMPIDE = "limpide"
ENOUGH = 0.3  # seconds that finding the time of one run may take after the first
MOST_TRIES = 10


class Worker:
    """The library, and what it has open: a workload and its forms."""

    def __init__(self, name: str, threads: int):
        self.library = ours.LIBRARY if name == LIMPIDE else peers.library(name)
        self.version = self.library.prepare(threads)
        self.problem: Problem | None = None
        self.runners: dict[str, Runner] = {}

    def open(self, workload: str, quick: bool) -> dict[str, Any]:
        """Make the forms of a workload, and run each; tells what came out and how long it took."""
        given = WORKLOADS[workload]
        forms = self.library.forms.get(given.kind, {})
        self.problem = problem(given, quick) if forms else None
        found: dict[str, Any] = {}
        for name, make in forms.items():
            try:
                found[name] = self.tried(name, lambda make=make: make(self.problem))  # type: ignore[misc]
            except Exception as error:
                traceback.print_exc()
                found[name] = {"error": one_line(error)}
        return found

    def tried(self, name: str, make: Callable[[], Runner]) -> dict[str, float]:
        """value: what all have to agree on. first, run: seconds of making and one run, of a later run."""
        assert self.problem is not None
        begin = time.perf_counter()
        runner = make()
        runner.start()
        runner.run(self.problem.order(0))
        first = time.perf_counter() - begin
        value = measure(self.problem, runner.result())
        self.runners[name] = runner
        tries: list[float] = []
        while sum(tries) < ENOUGH and len(tries) < MOST_TRIES:
            tries.append(self.seconds(name, len(tries), 1))
        return {"value": value, "first": first, "run": min(tries)}

    def keep(self, form: str) -> None:
        """Let go of the other forms."""
        self.runners = {form: self.runners[form]}
        gc.collect()

    def seconds(self, form: str, turn: int, repeats: int) -> float:
        """Of one run."""
        assert self.problem is not None
        runner, order = self.runners[form], self.problem.order(turn)
        begin = time.perf_counter()
        for _ in range(repeats):
            runner.run(order)
        return (time.perf_counter() - begin) / repeats

    def time(self, form: str, turn: int, warm: int, repeats: int) -> dict[str, float]:
        """run: seconds of one, after `warm` that do not count. own: seconds of all cores in this process."""
        own = time.process_time()
        gc.collect()
        gc.disable()
        if warm:
            self.seconds(form, turn, warm)
        run = self.seconds(form, turn, repeats)
        gc.enable()
        return {"run": run, "own": time.process_time() - own}

    def close(self) -> None:
        """Let go of everything."""
        self.runners, self.problem = {}, None
        gc.collect()


def one_line(error: Exception) -> str:
    """What went wrong, short."""
    text = error.what if isinstance(error, LimpideError) else str(error)
    first = text.strip().split("\n")[0][:200]
    return f"{type(error).__name__}: {first}"


def serve(name: str, threads: int) -> None:
    """Answer until nothing more is asked."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def tell(answer: object) -> None:
        print(json.dumps(answer), file=answers)

    try:
        worker = Worker(name, threads)
    except Exception as error:
        traceback.print_exc()
        tell({"error": one_line(error)})
        return
    tell({"version": worker.version})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            tell(getattr(worker, asked.pop("do"))(**asked))
        except Exception as error:
            traceback.print_exc()
            tell({"error": one_line(error)})


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
