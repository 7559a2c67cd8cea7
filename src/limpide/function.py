"""From a program to something to call: the ordered list of passes, in one place."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from . import debug
from .config import config
from .errors import ArgumentError, NumericsError, ShapeError
from .graph import Array, Cell, Node, Program, walk
from .ops.define import cell_op, input_op
from .ops.loop import respecialise
from .rewrite import Fired
from .rules import passes
from .runtime.execute import NativeFunction, native
from .runtime.interpret import evaluate, locate_nan
from .runtime.native import stats
from .runtime.toolchain import find, notice_no_compiler
from .shapes import Dim, Size, show

Run = Callable[[list[Array]], list[Array]]


@dataclass
class Stage:
    """One pass as it went: its name, the program after it, and the rules that fired."""

    name: str
    program: Program
    before: int
    after: int
    fired: Fired = field(default_factory=dict)


def specialise(program: Program, shapes: Sequence[tuple[int, ...]]) -> Program:
    """The program for inputs of these shapes: every size known."""
    sizes: dict[str, Size] = {}
    for node, shape in zip(program.inputs, shapes, strict=True):
        bind(node, shape, sizes)
    done: dict[Node, Node] = {}
    for node in walk([*program.inputs, *program.roots]):
        done[node] = respecialise(node, tuple(done[i] for i in node.inputs), sizes)
    roots = [done[root] for root in program.roots]
    inputs = tuple(done[i] for i in program.inputs)
    return Program(program.name, inputs, program.outputs, program.updates).with_roots(roots)


def bind(node: Node, shape: tuple[int, ...], sizes: dict[str, Size]) -> None:
    """Read the unknown sizes of an input off the shape of what was given for it."""
    label = node.attr("label")
    fits = len(shape) == len(node.shape)
    for known, given in zip(node.shape, shape, strict=False):
        if isinstance(known, Dim):
            name = str(known)
            fits = fits and sizes.setdefault(name, given) == given
        else:
            fits = fits and known == given
    if not fits:
        raise ShapeError(
            "call",
            f"the argument '{label}' has shape {show(shape)}, but {show(node.shape)} is expected",
            where=node.where,
            hint="a size of the lp.input that may vary is written None, or a name that equal sizes share",
        )


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
    if find() is not None:
        return "c"
    if config.device == "c":
        raise ArgumentError("device", "no C compiler was found", hint="pip install 'limpide[cc]'")
    notice_no_compiler()
    return "numpy"


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
        return values[:count]

    return run


def checked(program: Program, run: Run) -> Run:
    """The run, with an error at the line that made the first NaN or Inf of a result."""
    cells = [node for node in walk(program.roots) if node.op is cell_op]

    def run_checked(arrays: list[Array]) -> list[Array]:
        known = dict(zip(program.inputs, arrays, strict=True))
        known |= {node: node.attr("cell").value.copy() for node in cells}
        results = run(arrays)
        after: list[Array] = [*results, *(cell.value for cell, _ in program.updates)]
        if all(a.dtype.kind != "f" or np.isfinite(a).all() for a in after):
            return results
        for cell, _ in program.updates:  # the state of the last good step
            cell.replace(next(v for n, v in known.items() if n.op is cell_op and n.attr("cell") is cell))
        raise numerics_error(program.roots, known)

    return run_checked


def numerics_error(roots: Sequence[Node], known: dict[Node, Array]) -> NumericsError:
    """The error that names the line where the first NaN or Inf appeared."""
    found = locate_nan(roots, known)
    if found is None:
        return NumericsError("check_numerics", "a result is NaN or Inf; an input already is")
    node, where = found
    label = f" of '{node.name}'" if node.name else ""
    return NumericsError(
        node.op.name,
        f"a NaN or Inf appears here{label}, {node.dtype}{show(node.shape)}; its inputs are finite",
        where=where,
        hint="a logarithm or a division of zero, or a learning rate that is too large?",
    )


class Function:
    """A program, specialised and built for every tuple of shapes that it meets."""

    def __init__(self, program: Program):
        self.program = program
        self.versions: dict[tuple[tuple[int, ...], ...], Run] = {}
        self._settings = config.changes

    def __call__(self, arrays: list[Array]) -> list[Array]:
        if self._settings != config.changes:
            self.versions.clear()
            self._settings = config.changes
        shapes = tuple([a.shape for a in arrays])
        run = self.versions.get(shapes)
        if run is None:
            run = self.versions[shapes] = build(specialise(self.program, shapes))
        return run(arrays)


def cells_read(roots: Sequence[Node]) -> list[Cell]:
    """The cells behind the roots, in order."""
    return [node.attr("cell") for node in walk(roots) if node.op is cell_op]


def free_inputs(roots: Sequence[Node], given: Sequence[Node]) -> list[Node]:
    """Inputs that the roots need and that are not given."""
    return [node for node in walk(roots) if node.op is input_op and node not in set(given)]
