"""Functions of arrays: a program, specialised and built for every tuple of shapes that it meets."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from .config import config
from .errors import ArgumentError, ShapeError
from .graph import Array, Cell, Node, Program, walk
from .ops.define import input_op
from .ops.loop import respecialise
from .shapes import Dim, Size, same, show

Run = Callable[[list[Array]], list[Array]]


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
    known = Program(program.name, inputs, program.outputs, program.updates).with_roots(roots)
    check_updates(known.updates)
    return known


def check_updates(updates: Sequence[tuple[Cell, Node]]) -> None:
    """State keeps its shape, and gets one new value."""
    seen: set[Cell] = set()
    for cell, node in updates:
        shape = cell.value.shape
        if len(shape) != node.ndim or not all(map(same, shape, node.shape)):
            what = f"'{cell.name}' has shape {show(shape)}, the new value {show(node.shape)}"
            raise ShapeError("assign", what, where=node.where)
        if cell in seen:
            raise ArgumentError("assign", f"'{cell.name}' gets two new values", where=node.where)
        seen.add(cell)


def bind(node: Node, shape: tuple[int, ...], sizes: dict[str, Size]) -> None:
    """Read the unknown sizes of an input off the shape of what was given for it."""
    if len(shape) != len(node.shape):
        raise _misfit(node, shape, f"number of axes {len(shape)}, not {len(node.shape)}", None)
    for axis, (known, given) in enumerate(zip(node.shape, shape, strict=True)):
        if not isinstance(known, Dim):
            if known != given:
                raise _misfit(node, shape, f"axis {axis} has size {given}, not {known}", _VARYING)
        elif sizes.setdefault(str(known), given) != given:
            raise _misfit(
                node, shape, f"{known} is {given} here, but {sizes[str(known)]} in another argument", None
            )


_VARYING = "a size that may vary is written None in lp.input, or a name that equal sizes share"


def _misfit(node: Node, shape: tuple[int, ...], why: str, hint: str | None) -> ShapeError:
    given, wanted = show(shape), show(node.shape)
    what = f"the argument '{node.attr('label')}' has shape {given}, but {wanted} is expected: {why}"
    return ShapeError("call", what, where=node.where, hint=hint)


def build(program: Program) -> Run:
    """Something to call for a program whose sizes are all known.

    The one door to the devices: they are imported when the first function is built, so that `import limpide`
    stays light.
    """
    with collector_paused():
        run: Run = importlib.import_module(".ready", __package__).build(program)
    return run


@contextmanager
def collector_paused() -> Iterator[None]:
    """Building makes many objects that stay, and next to no garbage to look for among them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


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


def free_inputs(roots: Sequence[Node], given: Sequence[Node]) -> list[Node]:
    """Inputs that the roots need and that are not given."""
    return [node for node in walk(roots) if node.op is input_op and node not in set(given)]
