"""Where functions run, and the short way there: what was compiled before is called without any pass."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import numpy as np

from .config import config
from .graph import Array, Program, walk
from .ops.define import cell_op
from .runtime import native
from .runtime.execute import NativeFunction
from .runtime.interpret import evaluate, finite, numerics_error
from .runtime.recipe import Identity, Unkeyed
from .runtime.toolchain import find, notice_no_compiler, require

Run = Callable[[list[Array]], list[Array]]


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
    """Something to call for a program whose sizes are all known.

    The passes are imported when the first program comes that was never compiled.
    """
    identity = identify(program)
    run = restore(program, identity)
    if run is None:
        run = importlib.import_module(".build", __package__).build(program, identity)
    return checked(program, run) if config.check_numerics else run


def identify(program: Program) -> Identity | None:
    """What the program is found again by; None where it has to go through the passes."""
    if not config.reuse or config.debug or device() != "c":
        return None
    try:
        return Identity(program)
    except Unkeyed:
        return None


def restore(program: Program, identity: Identity | None) -> NativeFunction | None:
    """The program as it was compiled before, also by another process."""
    recipe = identity.find() if identity else None
    library = native.load_known(recipe.library) if recipe else None
    return NativeFunction(program, recipe, library) if recipe and library else None


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
