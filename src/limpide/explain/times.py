"""What every kernel of a function takes: a build of its C with a clock around each, beside the plain one."""

from __future__ import annotations

import ctypes
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..aligned import address
from ..build import LONG_FUNCTION, SUPPORT, compiled, machine, recipe_of
from ..codegen.c import Lowered, lower
from ..dtypes import converted
from ..graph import Array, Cell, Node, Program
from ..runtime import limits, native, units
from ..runtime.execute import DATA_OFFSET, NativeFunction
from ..runtime.limits import Limits
from ..runtime.recipe import Recipe
from ..schedule import Kernel, Plan, ScanKernel
from ..schedule.expression import shape_of
from ..schedule.plan import every_kernel

SECONDS = 0.4  # that the timed build runs
MOST, LEAST = 500, 5  # calls

CLOCK = """\
#include <time.h>
#define LP_SLOTS {slots}
typedef struct {{ double seconds, count; }} lp_time;
lp_time *lp_times;
static inline double lp_now(void) {{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}}
static inline double lp_mark(lp_time *slot, double before) {{
  const double now = lp_now();
  slot->seconds += now - before;
  slot->count += 1;
  return now;
}}
double lp_clock(int64_t count) {{
  lp_time slot = {{0, 0}};
  double t = lp_now();
  const double begin = t;
  for (int64_t i = 0; i < count; i++) t = lp_mark(&slot, t);
  return (t - begin) / (double)count;
}}
"""


@dataclass(frozen=True)
class Times:
    """Medians over calls, in seconds. kernels: of the busiest thread, by name; waits: of the longest wait
    after it; plain: of a call of the plain build; clock: one reading, which has been taken off.

    given: whether the inputs were the caller's.
    """

    runs: int
    kernels: dict[str, float]
    waits: dict[str, float]
    plain: float
    clock: float
    given: bool


def measured(program: Program, arrays: Sequence[Array] | None) -> Times:
    """Call a program, whose sizes are known and that has been through the passes, and look at the clock.

    arrays: its inputs; None: random numbers, and zeros where integers are asked for. State is a copy.
    """
    lowered = lower(program, machine(), DATA_OFFSET)
    program, recipe = _on_copies(lowered)
    inputs = [_filled(node) for node in program.inputs] if arrays is None else list(arrays)
    names = [k.name for k in every_kernel(lowered.plan)]
    library = _timed(lowered, names)
    width = 2 * len(names) + 1
    table = np.zeros((lowered.threads, -(-width // 4) * 4, 2))
    ctypes.c_void_p.in_dll(library, "lp_times").value = address(table)
    library.lp_clock.restype, library.lp_clock.argtypes = ctypes.c_double, [ctypes.c_int64]
    clock = min(float(library.lp_clock(500)) for _ in range(20))
    timed = NativeFunction(program, recipe, library)
    rows = []

    def call() -> None:
        table[:] = 0
        timed(list(inputs))
        seconds = np.maximum(table[:, :, 0] - clock * table[:, :, 1], 0)
        rows.append(seconds.max(axis=0))

    runs = len(_repeated(call))
    medians = np.median(rows[-runs:], axis=0)
    plain = compiled(replace(lowered, program=program, cells=list(recipe.cells)), None)
    count = len(names)
    return Times(
        runs,
        dict(zip(names, map(float, medians[:count]), strict=True)),
        dict(zip(names, map(float, medians[count : 2 * count]), strict=True)),
        statistics.median(_repeated(lambda: plain(list(inputs)))),
        clock,
        arrays is not None,
    )


def _repeated(call: Callable[[], object]) -> list[float]:
    """Seconds of calls, the first two left out."""
    call(), call()
    taken: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(taken) < LEAST or (len(taken) < MOST and time.perf_counter() < end):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return taken


def _on_copies(lowered: Lowered) -> tuple[Program, Recipe]:
    """The program and its recipe on copies of its state."""
    copies = {cell: Cell(cell.value, cell.name, cell.trainable) for cell in lowered.cells}
    program = lowered.program
    updates = tuple((copies.setdefault(c, Cell(c.value, c.name)), n) for c, n in program.updates)
    recipe = replace(recipe_of(lowered, ""), cells=[copies[c] for c in lowered.cells])
    return Program(program.name, program.inputs, program.outputs, updates), recipe


def _filled(node: Node) -> Array:
    shape, rng = shape_of(node), np.random.default_rng(0)
    return converted(rng.normal(size=shape) if node.dtype.kind in "fV" else np.zeros(shape), node.dtype)


# --------------------------------------------------------------------------------------- the timed build
def _timed(lowered: Lowered, names: Sequence[str]) -> ctypes.CDLL:
    headers = {"support.h": SUPPORT.read_text("utf-8"), "pool.h": native.pool_header()}
    level = 3 if units.longest(lowered.source) <= LONG_FUNCTION else 2
    return native.load(with_clocks(lowered), f"{lowered.program.name}_timed", level, headers)


def with_clocks(lowered: Lowered) -> str:
    """The C file with a reading of the clock after every call of a kernel and every barrier of `run`."""
    kernels = [*every_kernel(lowered.plan)]
    slots = {k.name: i for i, k in enumerate(kernels)}
    waiting = [k.name for k in kernels if not isinstance(k, ScanKernel)]
    functions = {f.name for f in lowered.functions.found.values() if not isinstance(f, str)}
    count, last = len(slots), 2 * len(slots)
    head, run, rest = re.split(r"(^static void run\(.*?^\}$)", lowered.source, flags=re.M | re.S)
    lines = []
    for line in run.splitlines():
        lines.append(line)
        called = re.match(r"\s*(?:if \(tid == 0\) )?(\w+)\(.*\);", line)
        if "void **args = given;" in line:
            lines.append(f"  lp_time *times_ = lp_times + tid * {-(-(2 * count + 1) // 4) * 4};")
            lines.append("  double t_ = lp_now();")
        elif called is None:
            continue
        elif called[1] == "lp_barrier":
            lines.append(f"  t_ = lp_mark(times_ + {count + last if last < count else last}, t_);")
        elif called[1] in functions:
            name = waiting.pop(0) if not called[1].endswith("_join") else called[1].removesuffix("_join")
            last = slots.get(name, last)
            lines.append(f"  t_ = lp_mark(times_ + {last}, t_);")
        else:
            lines.append(f"  t_ = lp_mark(times_ + {2 * count}, t_);")
    clock = CLOCK.format(slots=2 * count + 1)
    return head + clock + "\n".join(lines) + rest


def rounds(plan: Plan, times: int = 1) -> dict[str, int]:
    """How often a call runs each kernel: those in loops once in every step."""
    found: dict[str, int] = {}
    for kernel in plan.kernels:
        found[kernel.name] = times
        if isinstance(kernel, ScanKernel):
            found |= rounds(kernel.plan, times * kernel.steps)
    return found


# ------------------------------------------------------------------------------------------------- limits
def known_limits(measure: bool = False) -> Limits:
    """What the machine can do, measured now if it never was and this is asked for."""
    if measure and limits.kept() is None:
        limits.measure()
    return limits.current()


def times_lines(lowered: Lowered, times: Times, known: Limits) -> list[str]:
    """A line for every kernel, then the sums."""
    kernels = [*every_kernel(lowered.plan)]
    width, often = max((len(k.name) for k in kernels), default=0), rounds(lowered.plan)
    lines = []
    for kernel in kernels:
        if isinstance(kernel, ScanKernel):
            continue
        least = often[kernel.name] * least_seconds(kernel, known, lowered.threads)
        taken = times.kernels[kernel.name]
        if taken < times.clock:
            lines.append(f"{kernel.name:{width}}  less than a reading of the clock")
        else:
            share = f"{100 * least / taken:.0f} % of the limit"
            lines.append(f"{kernel.name:{width}}  {taken * 1e6:8.2f} us, {share}")
    sums = sum(times.kernels.values()), sum(times.waits.values()), times.plain
    return [
        *lines,
        "kernels {:.1f} us, waits {:.1f} us; a plain call {:.1f} us".format(*(1e6 * s for s in sums)),
    ]


def least_seconds(kernel: Kernel, known: Limits, threads: int) -> float:
    """What the machine's arithmetic or its memory needs at least for one round of a kernel."""
    team = threads if kernel.axis is not None else 1
    double = any(n.dtype.itemsize == 8 and n.dtype.kind == "f" for n in kernel.writes)
    one, all_ = (known.flops_f64, known.flops_f64_all) if double else (known.flops_f32, known.flops_f32_all)
    flops = one if team == 1 else all_
    if kernel.bytes <= known.l2 * team:
        rate = known.l2_read * team
    elif kernel.bytes <= known.l3:
        rate = known.l3_read * team
    else:
        rate = known.read if team == 1 else known.read_all
    return max(kernel.flops / flops, kernel.bytes / rate)
