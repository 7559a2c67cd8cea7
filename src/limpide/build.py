"""From a program whose sizes are known to something to call: the ordered list of passes, then a device."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from . import debug
from .config import config
from .graph import Array, Program, walk
from .ops.define import cell_op
from .rewrite import Fired
from .rules import passes
from .runtime.execute import NativeFunction, native
from .runtime.interpret import evaluate, finite, numerics_error
from .runtime.native import stats
from .runtime.toolchain import find, notice_no_compiler, require

Run = Callable[[list[Array]], list[Array]]


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


def device() -> str:
    """Where functions run now: "c", or "numpy" where no compiler is found or it is asked for."""
    if config.device == "numpy":
        return "numpy"
    if config.device == "c":
        require()
    elif find() is None:
        notice_no_compiler()
        return "numpy"
    return "c"


def build(program: Program) -> Run:
    """Something to call for a program whose sizes are all known."""
    start, hits = time.perf_counter(), stats.hits
    optimised, stages = optimise(program)
    run: Run = native(optimised) if device() == "c" else interpreted(optimised)
    if config.debug:
        lowered = run.lowered if isinstance(run, NativeFunction) else None
        debug.compiled(stages, lowered, time.perf_counter() - start, stats.hits > hits)
    return checked(program, run) if config.check_numerics else run


def interpreted(program: Program) -> Run:
    """The program on the NumPy device."""
    cells = [node for node in walk(program.roots) if node.op is cell_op]
    count = len(program.outputs)

    def run(arrays: list[Array]) -> list[Array]:
        known = dict(zip(program.inputs, arrays, strict=True))
        known |= {node: node.attr("cell").value for node in cells}
        values = evaluate(program.roots, known)
        for (cell, _), value in zip(program.updates, values[count:], strict=True):
            cell.replace(np.array(value, order="C"))
        return [np.array(value, order="C") for value in values[:count]]  # never an input or a state itself

    return run


def checked(program: Program, run: Run) -> Run:
    """The run, with an error at the line that made the first NaN or Inf of a result."""
    cells = [node for node in walk(program.roots) if node.op is cell_op]

    def run_checked(arrays: list[Array]) -> list[Array]:
        known = dict(zip(program.inputs, arrays, strict=True))
        known |= {node: node.attr("cell").value.copy() for node in cells}
        results = run(arrays)
        after: list[Array] = [*results, *(cell.value for cell, _ in program.updates)]
        if all(map(finite, after)):
            return results
        for cell, _ in program.updates:  # the state of the last good step
            cell.replace(next(v for n, v in known.items() if n.op is cell_op and n.attr("cell") is cell))
        raise numerics_error(program.roots, known)

    return run_checked
