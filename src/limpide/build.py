"""From a program whose sizes are known to something to call: the ordered list of passes, then a device."""

from __future__ import annotations

import time
from ctypes import CDLL
from dataclasses import dataclass, field
from pathlib import Path

from . import printing
from .codegen.c import Lowered, lower
from .config import config
from .graph import Program, walk
from .ready import Run, device, interpreted
from .rewrite import Fired
from .rules import passes
from .runtime import limits, native, units
from .runtime.background import Background
from .runtime.execute import DATA_OFFSET, NativeFunction
from .runtime.recipe import Check, Identity, Recipe
from .runtime.toolchain import require
from .schedule import ScanKernel
from .schedule.expression import shape_of
from .schedule.machine import Machine

NUMPY_WORK = 200_000_000  # FLOPs and bytes: some 0.1 s
# What kernels reach of the limits that are measured with nothing else to do.
REACHED_FLOPS, REACHED_CACHE, REACHED_REMOTE = 0.8, 0.5, 0.85
BARRIER_WAIT = 1.7  # threads do not arrive at the same time
LONG_FUNCTION = 300  # lines: compilers take much longer over what is longer
SUPPORT = Path(__file__).parent / "codegen" / "support.h"


@dataclass
class Stage:
    """One pass as it went: its name, the program after it, and the rules that fired."""

    name: str
    program: Program
    before: int
    after: int
    fired: Fired = field(default_factory=dict)


def optimise(program: Program) -> tuple[Program, list[Stage]]:
    """The program after every pass, and how each one went."""
    stages = [Stage("graph", program, len(walk(program.roots)), len(walk(program.roots)))]
    for name, run in passes:
        fired: Fired = {}
        before = len(walk(program.roots))
        program = program.with_roots(run(program.roots, fired))
        stages.append(Stage(name, program, before, len(walk(program.roots)), fired))
    return program, stages


def machine(threads: int | None = None) -> Machine:
    """What the schedule reckons with: the limits that are known, as far as kernels reach them.

    threads: `config.threads` by default. Nothing is measured here; `config.limits` names a file of figures
    to use instead.
    """
    isa, known = require().isa, limits.current()
    return Machine(
        isa.vector_bytes,
        isa.registers,
        config.threads if threads is None else threads,
        flops=known.flops_f32 * REACHED_FLOPS,
        bandwidth=known.l2_read * REACHED_CACHE,
        cache=known.l3 or known.l2,
        memory=known.read,
        memory_all=known.read_all,
        remote=known.core_to_core * REACHED_REMOTE,
        barrier=known.barrier * BARRIER_WAIT,
    )


def build(program: Program, identity: Identity | None = None) -> Run:
    """Something to call for a program whose sizes are all known; kept under its identity if it has one."""
    start, hits = time.perf_counter(), native.stats.hits
    optimised, stages = optimise(program)
    lowered = lower(optimised, machine(), DATA_OFFSET) if device() == "c" else None
    run = compiled(lowered, identity) if lowered else interpreted(optimised)
    if config.debug:
        printing.compiled(stages, lowered, time.perf_counter() - start, native.stats.hits > hits)
    return run


def compiled(lowered: Lowered, identity: Identity | None) -> Run:
    """The program as machine code, now or as soon as there is some."""
    headers = {"support.h": SUPPORT.read_text("utf-8"), "pool.h": native.pool_header()}
    level = 3 if units.longest(lowered.source) <= LONG_FUNCTION else 2
    job = native.prepare(
        lowered.source, lowered.program.name, level, headers, parts=units.count(lowered.source)
    )

    def finish(library: CDLL) -> NativeFunction:
        recipe = recipe_of(lowered, job.key)
        if identity:
            identity.store(recipe)
        return NativeFunction(lowered.program, recipe, library)

    known = native.load_known(job.key)
    if known is None and config.background and quick_in_numpy(lowered):
        return Background(job, interpreted(lowered.program), finish)
    return finish(known or native.load_job(job))


def quick_in_numpy(lowered: Lowered) -> bool:
    """Whether NumPy answers a call sooner than any compiler: no loops, and little work."""
    loops = any(isinstance(kernel, ScanKernel) for kernel in lowered.kernels)
    return not loops and sum(kernel.flops + kernel.bytes for kernel in lowered.kernels) < NUMPY_WORK


def recipe_of(lowered: Lowered, library: str) -> Recipe:
    """What calls need to know of a lowered program."""
    constants = [node.attr("value").array for node in lowered.constants]
    checks = []
    for node, kind, size in lowered.messages.checks:
        axis = node.attr("axis")
        length = min(shape_of(node)[axis], shape_of(node.inputs[0])[axis]) if kind == "start" else 1
        checks.append(Check(kind, axis, size, length, node.where))
    return Recipe(
        library, lowered.memory.arena, lowered.threads, lowered.restores, lowered.cells, constants, checks
    )
