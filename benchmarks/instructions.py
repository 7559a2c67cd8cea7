"""Compare the generated machine code of a fixed set of graphs between commits.

    python benchmarks/instructions.py --json new.json
    python benchmarks/instructions.py --compare benchmarks/instructions.json

For each graph: hash and size of its C; from `objdump` the instructions of each kernel, those with vectors by
width, and accesses of the stack in innermost loops; from `valgrind` the instructions that a call executes on
one thread, by kernel. What is not installed is left out, with a line that says so. Kernels are compiled for
fixed processors, not for this one, and not inlined into one another, so figures of two machines with the same
compiler agree. With --compare, exits with 1 where a graph got worse by more than --threshold.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from disassembly import functions
from graphs import GRAPHS, Graph

from limpide import codegen
from limpide.build import optimise
from limpide.codegen.c import Lowered, lower
from limpide.function import specialise
from limpide.graph import Array, Program
from limpide.runtime.native import pool_header
from limpide.runtime.toolchain import IS_ARM, IS_X86, Toolchain, require
from limpide.schedule.expression import shape_of
from limpide.schedule.machine import Machine

SUPPORT = Path(codegen.__file__).with_name("support.h")
THRESHOLD = 0.02


@dataclass(frozen=True)
class Target:
    """A processor that code is made for. counted: whether valgrind knows its instructions."""

    name: str
    cpu: str  # as compilers call it; "" for the compiler's own choice
    machine: Machine
    counted: bool

    def flags(self, kind: str) -> tuple[str, ...]:
        option = "-mcpu=" if kind == "zig" or IS_ARM else "-march="
        return (option + self.cpu,) if self.cpu else ()


if IS_X86:
    TARGETS = [
        Target("avx2", "haswell", Machine(32, 16), True),
        Target("avx512", "icelake-server", Machine(64, 32), False),
    ]
elif IS_ARM:
    TARGETS = [Target("neon", "", Machine(16, 32), True)]
else:
    TARGETS = [Target("plain", "", Machine(16, 16), True)]

DRIVER = """#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* driver LIBRARY ARGUMENTS: calls lp_call with the blocks of a file, each after its size. */
int main(int count, char **words) {
  void *args[1024] = {0};
  int64_t size;
  FILE *file = fopen(words[2], "rb");
  for (int i = 0; fread(&size, 8, 1, file) == 1; i++) {
    args[i] = aligned_alloc(64, (size + 127) / 64 * 64); /* vectors may read past the end */
    if (fread(args[i], 1, size, file) != (size_t)size) return 2;
  }
  void *library = dlopen(words[1], RTLD_NOW);
  if (!library) { puts(dlerror()); return 2; }
  int64_t (*call)(void **) = (int64_t (*)(void **))dlsym(library, "lp_call");
  return call(args) ? 3 : 0;
}
"""


class Counter:
    """Compiles graphs in a folder and counts their instructions."""

    def __init__(self, place: Path, compiler: Toolchain):
        self.place, self.compiler = place, compiler
        (place / "support.h").write_text(SUPPORT.read_text("utf-8"))
        (place / "pool.h").write_text(pool_header())
        self.driver = self._driver() if shutil.which("valgrind") else None

    def _driver(self) -> Path:
        (self.place / "driver.c").write_text(DRIVER)
        command = [*self.compiler.command, "-O1", "driver.c", "-o", "driver", "-ldl"]
        subprocess.run(command, cwd=self.place, check=True)
        return self.place / "driver"

    def count(self, graph: Graph, target: Target) -> dict[str, Any]:
        """Everything that is known of a graph's code for a target."""
        program, arrays = graph
        lowered = as_c(program, arrays, target)
        library = self.compiled(lowered.source, target)
        found: dict[str, Any] = {
            "source": {
                "sha256": hashlib.sha256(lowered.source.encode()).hexdigest()[:16],
                "bytes": len(lowered.source),
            }
        }
        if shutil.which("objdump"):
            found["code"] = {plain(f.name): f.counts() for f in functions(library)}
        if self.driver is not None and target.counted:
            found["executed"] = self.executed(library, lowered, arrays)
        return found

    def compiled(self, source: str, target: Target) -> Path:
        compiler = replace(self.compiler, target=target.flags(self.compiler.kind))
        (self.place / "graph.c").write_text(source)
        command = compiler.command_line(["graph.c"], "graph.so")
        done = subprocess.run([*command, "-fno-inline"], cwd=self.place, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        return self.place / "graph.so"

    def executed(self, library: Path, lowered: Lowered, arrays: list[Array]) -> dict[str, int]:
        """Instructions of one call by function, those of callees apart."""
        write_arguments(self.place / "arguments", lowered, arrays)
        command = [
            "valgrind", "--tool=callgrind", "--toggle-collect=lp_call", "--compress-strings=no",
            "--compress-pos=no", "--callgrind-out-file=calls", str(self.driver), str(library), "arguments",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=self.place, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"the call failed: {done.stdout}\n{done.stderr}")
        return by_function((self.place / "calls").read_text().splitlines())


def as_c(program: Program, arrays: list[Array], target: Target) -> Lowered:
    """For one thread; its arguments are plain addresses."""
    known, _ = optimise(specialise(program, [a.shape for a in arrays]))
    return lower(known, target.machine, data_offset=-1)


def plain(name: str) -> str:
    """A function's name without what compilers put behind it."""
    return re.sub(r"\.(constprop|isra|part|cold).*$", "", name)


def by_function(lines: Sequence[str]) -> dict[str, int]:
    """The cost of each function itself, from callgrind's file."""
    found: dict[str, int] = {}
    name, of_callee = "", False
    for line in lines:
        if line.startswith("fn="):
            name = plain(line[3:])
        elif line.startswith("calls="):
            of_callee = True
        elif re.match(r"^[+*-]?\d*\s+\d+$", line):
            if not of_callee:
                found[name] = found.get(name, 0) + int(line.split()[-1])
            of_callee = False
    return {name: cost for name, cost in found.items() if cost}


def write_arguments(file: Path, lowered: Lowered, arrays: list[Array]) -> None:
    """What lp_call takes, block by block: inputs, cells, constants, outputs, arena, errors."""
    blocks = [*arrays, *(cell.value for cell in lowered.cells)]
    blocks += [np.asarray(node.attr("value").array) for node in lowered.constants]
    blocks += [np.zeros(shape_of(node), node.dtype) for node in lowered.plan.outputs]
    blocks += [np.zeros(lowered.memory.arena, np.uint8), np.zeros(2, np.int64)]
    with open(file, "wb") as out:
        for block in blocks:
            content = np.ascontiguousarray(block).tobytes()
            out.write(len(content).to_bytes(8, sys.byteorder) + content)


def tell(what: str) -> None:
    """One line for somebody who waits."""
    if sys.stderr.isatty():
        print(f"\r{what:70}\r", end="", file=sys.stderr, flush=True)


def measure(names: list[str], targets: list[Target]) -> dict[str, Any]:
    """The figures of all graphs for all targets."""
    compiler = require()
    graphs: dict[str, Any] = {name: {} for name in names}
    with tempfile.TemporaryDirectory() as place:
        counter = Counter(Path(place), compiler)
        for name in names:
            for target in targets:
                tell(f"{name}, {target.name}")
                graphs[name][target.name] = counter.count(GRAPHS[name](), target)
    tell("")
    machine = platform.machine()
    return {"compiler": f"{compiler.kind} {compiler.version}", "machine": machine, "graphs": graphs}


# ---------------------------------------------------------------------------------------------- comparing


FIGURES = ("executed", "instructions", "inner", "stack", "calls", "source bytes")
# What is judged, and how much more is no matter. Longer code may well be quicker.
JUDGED = {"executed": 0, "stack": 8, "calls": 0}


def totals(found: dict[str, Any]) -> dict[str, int]:
    """The figures of a graph that are compared."""
    result = {"source bytes": found["source"]["bytes"]}
    for counts in found.get("code", {}).values():
        for name, count in counts.items():
            result[name] = result.get(name, 0) + count
    if "executed" in found:
        result["executed"] = sum(found["executed"].values())
    return result


@dataclass(frozen=True)
class Change:
    """One figure of a graph that is not what it was."""

    graph: str
    figure: str
    before: int
    after: int

    @property
    def ratio(self) -> float:
        return self.after / self.before if self.before else float("inf")

    def matters(self, threshold: float) -> bool:
        return self.figure in JUDGED and abs(self.after - self.before) > threshold * self.before

    def worse(self, threshold: float) -> bool:
        return self.matters(threshold) and self.after > self.before + JUDGED[self.figure]

    def __str__(self) -> str:
        share = f"{(self.ratio - 1) * 100:+.1f}%" if self.before else "new"
        return f"{self.graph:40} {self.figure:14} {self.before:>12,} {self.after:>12,} {share:>9}"


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """All figures that differ, of graphs and targets that both have; kernels below their graph."""
    found = []
    for name, targets in new["graphs"].items():
        for target, now in targets.items():
            then = old["graphs"].get(name, {}).get(target)
            if then is None:
                continue
            label = f"{name} [{target}]"
            found += differences(label, totals(then), totals(now), FIGURES)
            kernels = set(then.get("executed", ())) & set(now.get("executed", ()))
            found += differences(
                label + " ", then.get("executed", {}), now.get("executed", {}), sorted(kernels)
            )
    return found


def differences(
    label: str, before: dict[str, int], after: dict[str, int], names: Sequence[str]
) -> list[Change]:
    both = [name for name in names if name in before and name in after]
    return [Change(label, n, before[n], after[n]) for n in both if before[n] != after[n]]


def compare(old: dict[str, Any], new: dict[str, Any], threshold: float, everything: bool) -> bool:
    """Print what changed; whether nothing got worse by more than the threshold."""
    for key in ("compiler", "machine"):
        if old[key] != new[key]:
            print(f"the {key} was {old[key]}, now it is {new[key]}: figures differ for that alone")
    found = changes(old, new)
    whole = [change for change in found if change.figure in FIGURES]
    for change in found:
        if everything or (change in whole and change.matters(threshold)):
            print(f"{'!' if change.worse(threshold) else ' '} {change}")
    missing = sorted(set(new["graphs"]) ^ set(old["graphs"]))
    if missing:
        print(f"in one of the two only: {', '.join(missing)}")
    worse = [change for change in whole if change.worse(threshold)]
    executed = [change.ratio for change in whole if change.figure == "executed"]
    if executed:
        mean = float(np.exp(np.mean(np.log(executed))))
        print(f"{len(executed)} graphs execute {mean:.3f} times as many instructions on average")
    print(f"{len(whole)} figures differ, {len(worse)} are worse by more than {threshold:.0%}")
    return not worse


COLUMNS = ("executed", "instructions", "inner", "vector512", "vector256", "scalar", "stack", "calls")


def show(found: dict[str, Any]) -> None:
    """A line for each graph and target."""
    print(" " * 40, *(f"{name:>12}" for name in COLUMNS))
    for name, targets in found["graphs"].items():
        for target, one in targets.items():
            total = totals(one)
            print(f"{f'{name} [{target}]':40}", *(f"{total.get(column, 0):>12,}" for column in COLUMNS))


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--graphs", default="", help="only those with this text in their name")
    parser.add_argument("--target", choices=[t.name for t in TARGETS], help="only this processor")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--compare", type=Path, help="figures of another commit")
    parser.add_argument("--threshold", type=float, default=THRESHOLD, help="how much worse a graph may get")
    parser.add_argument("--all", action="store_true", help="show small changes too, and kernels, by name")
    options = parser.parse_args(words)
    for tool, what in (
        ("objdump", "code is not examined"),
        ("valgrind", "executed instructions are not counted"),
    ):
        if shutil.which(tool) is None:
            print(f"{tool} is not installed: {what}")
    names = [name for name in GRAPHS if options.graphs in name]
    found = measure(names, [t for t in TARGETS if options.target in (None, t.name)])
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    if options.compare is None:
        show(found)
        return 0
    return 0 if compare(json.loads(options.compare.read_text()), found, options.threshold, options.all) else 1


if __name__ == "__main__":
    sys.exit(main())
