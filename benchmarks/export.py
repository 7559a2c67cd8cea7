"""How fast exported code is next to the compiled function: C and WebAssembly, one thread.

    python benchmarks/export.py [W4 W5]

Every figure is the median of runs that take turns. C may take 1.05 times as long as the function.
"""

from __future__ import annotations

import ctypes
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("LIMPIDE_THREADS", "1")

import numpy as np

import limpide as lp
from limpide.bench import ours
from limpide.bench.workloads import WORKLOADS, problem

TURNS, LEAST = 15, 0.02  # of each; seconds of one


def main(names: list[str]) -> None:
    lp.config.threads = 1
    for name in names or ["W4", "W5"]:
        given = problem(WORKLOADS[name], quick=True)
        kind = ours.Frames if given.workload.kind == "frames" else ours.Training
        training = kind(given)
        training.start()
        f, arguments = called(training, given)
        runs = {"compiled": lambda f=f, a=arguments: f(*a)}
        with tempfile.TemporaryDirectory() as folder:
            runs["library"] = library(Path(folder), f, arguments)
            times = measured(runs)
        for word, seconds in times.items():
            print(f"{name} {word}: {seconds * 1e3:.4f} ms, {seconds / times['compiled']:.3f} of compiled")


def called(training: Any, given: Any) -> tuple[Any, list[Any]]:
    """The compiled function of a workload and its arguments."""
    if isinstance(training, ours.Frames):
        return training.one_pass, [given.arrays[0]]
    return training.epoch, [*given.arrays, given.order(0)]


def library(folder: Path, f: Any, arguments: list[Any]) -> Callable[[], Any]:
    lp.export.export({"run": (f, *arguments)}, folder, name="work", format="library")
    loaded = ctypes.CDLL(str(folder / "work.so"))
    result = np.zeros(1, np.float32)
    given = [a.ctypes.data_as(ctypes.c_void_p) for a in [*arguments, result]]
    return lambda: loaded.work_run(*given)


def measured(runs: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median seconds of one call of each; they take turns."""
    counts, found = {}, {name: [] for name in runs}
    for name, run in runs.items():
        run()
        started = time.perf_counter()
        run()
        counts[name] = max(1, round(LEAST / (time.perf_counter() - started)))
    for _ in range(TURNS):
        for name, run in runs.items():
            started = time.perf_counter()
            for _ in range(counts[name]):
                run()
            found[name].append((time.perf_counter() - started) / counts[name])
    return {name: statistics.median(times) for name, times in found.items()}


if __name__ == "__main__":
    main(sys.argv[1:])
