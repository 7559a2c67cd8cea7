"""How fast exported code is next to the compiled function: C and WebAssembly, one thread.

    python benchmarks/export.py [W4 W5]

Every figure is the median of runs that take turns. C may take 1.05 times as long as the function.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import statistics
import subprocess
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
            times = measured(runs) | in_node(Path(folder), f, arguments)
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


NODE = """
import { readFileSync } from "node:fs";
import { load } from "./work.js";
const given = JSON.parse(readFileSync("given.json"));
for (const simd of [true, false]) {
  const work = await load({ simd });
  const names = Object.keys(work.buffers.run);
  for (const name of names) {
    const array = work.buffers.run[name];
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(readFileSync(`${name}.bin`));
  }
  const again = () => work.run(work.buffers.run);
  again();
  let started = performance.now();
  again();
  const count = Math.max(1, Math.round(given.least / (performance.now() - started)));
  const times = [];
  for (let turn = 0; turn < given.turns; turn++) {
    started = performance.now();
    for (let i = 0; i < count; i++) again();
    times.push((performance.now() - started) / count);
  }
  console.log(times.sort((a, b) => a - b)[times.length >> 1]);
}
"""


def in_node(folder: Path, f: Any, arguments: list[Any]) -> dict[str, float]:
    """The same as WebAssembly, with vectors and without; nothing where there is no node."""
    if shutil.which("node") is None:
        return {}
    lp.export.export({"run": (f, *arguments)}, folder, name="work", format="wasm")
    for node, array in zip(f.program(*arguments).inputs, arguments, strict=True):
        array.tofile(folder / f"{node.attr('label')}.bin")
    (folder / "given.json").write_text(json.dumps({"least": LEAST * 1e3, "turns": TURNS}))
    (folder / "time.mjs").write_text(NODE)
    said = subprocess.run(["node", "time.mjs"], cwd=folder, capture_output=True, text=True, check=True).stdout
    words = ("wasm", "wasm without vectors")
    return {word: float(line) / 1e3 for word, line in zip(words, said.split(), strict=True)}


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
