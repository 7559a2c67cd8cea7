"""Maps that read an array across: squares of it are turned in registers, blocks stay in the first cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..schedule import LoopKernel
from ..schedule.expression import Value, shape_of
from ..schedule.index import Index, Var, linear, var
from ..schedule.loops import in_step
from ..schedule.machine import Machine
from .kernels.pack import side, square
from .writer import Writer, c_type, loop_head, nested

BLOCK = 128  # rows and columns whose lines stay in the first caches


@dataclass
class Crossing:
    """The loops of a kernel whose columns lie side by side in what it writes, and its rows in what it reads.

    rows, columns: loops that are as good as one; outer: the others; loads: what is read across.
    """

    outer: tuple[Var, ...]
    rows: tuple[Var, ...]
    columns: tuple[Var, ...]
    loads: list[Value]


def crossing(kernel: LoopKernel, machine: Machine) -> Crossing | None:
    """How a kernel is walked through in squares, or None where it reads nothing across."""
    loops = tuple(v for v in kernel.outer if v.extent != 1)
    values = [v for s in kernel.stages for v in s.value.walk()]
    if len(loops) < 2 or not kernel.nested or any(s.folded for s in kernel.stages):
        return None
    if any(v.kind == "guard" for v in values):
        return None
    column, loads = loops[-1], [v for v in values if v.kind == "load"]
    found = [(v, _row(v.address, loops)) for v in dict.fromkeys(loads)]
    row = next((row for _, row in found if row is not None), None)
    if row is None:
        return None
    columns = _run(kernel, loops, column, {row})
    rows = _run(kernel, loops, row, set(columns))
    dtype = next(v.dtype for v, own in found if own == row)
    across = [v for v, own in found if own == row and v.dtype == dtype]
    if min(_extent(rows), _extent(columns)) < side(dtype, machine.lanes(dtype.itemsize)):
        return None
    return Crossing(tuple(v for v in loops if v not in (*rows, *columns)), rows, columns, across)


def _row(address: Index, loops: Sequence[Var]) -> Var | None:
    """The loop along memory of what is read across."""
    if any(not isinstance(a, Var) for a in address.atoms()) or address.factor(loops[-1]) < 2:
        return None
    return next((v for v in loops[:-1] if address.factor(v) == 1), None)


def _run(kernel: LoopKernel, loops: Sequence[Var], last: Var, without: set[Var]) -> tuple[Var, ...]:
    """The loops up to `last` that are as good as one; threads may share the first of them."""
    end = loops.index(last) + 1
    start = end - 1
    while start > 0 and loops[start] != kernel.axis and loops[start - 1] not in without:
        if not in_step(kernel.stages, loops[start - 1 : end]):
            break
        start -= 1
    return tuple(loops[start:end])


def _extent(loops: Sequence[Var]) -> int:
    total = 1
    for v in loops:
        total *= v.extent
    return total


@dataclass
class CrossingWriter:
    """Writes the loops over blocks and squares. statements: writes what is done for one element."""

    writer: Writer
    kernel: LoopKernel
    way: Crossing
    machine: Machine
    statements: Callable[[], None]

    def write(self) -> list[tuple[str, str]]:
        """The loops; gives the functions that they call, (name, C) each."""
        writer, way = self.writer, self.way
        before = writer.substitution
        with nested(writer, [writer.head(v) for v in way.outer]):
            row, column = self.as_one("i_", way.rows), self.as_one("j_", way.columns)
            heads = []
            for v in (row, column):
                low, high = writer.bounds(v)
                step = f"{v.name}block < {high}; {v.name}block += {BLOCK}"
                heads.append((v, f"for (int64_t {v.name}block = {low}; {step})", high))
            with nested(writer, [head for _, head, _ in heads]):
                for v, _, high in heads:
                    end = f"{v.name}block + {BLOCK}"
                    writer.line(f"const int64_t {v.name}end = {end} < {high} ? {end} : {high};")
                functions = self.block(row, column)
        writer.substitution = before
        return functions

    def as_one(self, name: str, loops: tuple[Var, ...]) -> Var:
        """One variable for several loops."""
        writer, total = self.writer, _extent(loops)
        v = Var(name, total)
        rest = var(name, total)
        writer.substitution = dict(writer.substitution)
        for loop in reversed(loops):
            writer.substitution[loop] = rest % loop.extent
            rest = rest // loop.extent
        if loops[0] == self.kernel.axis:
            inner = total // loops[0].extent
            writer.ranges[v] = f"lo_ * {inner}", f"hi_ * {inner}"
        return v

    def block(self, row: Var, column: Var) -> list[tuple[str, str]]:
        """Whole squares of a block, then what is left of its columns, then of its rows."""
        writer, dtype = self.writer, self.way.loads[0].dtype
        lanes = side(dtype, self.machine.lanes(dtype.itemsize))
        functions: list[tuple[str, str]] = []
        writer.line("int64_t i0_ = i_block;")
        with writer.block(f"for (; i0_ + {lanes} <= i_end; i0_ += {lanes})"):
            writer.line("int64_t j0_ = j_block;")
            with writer.block(f"for (; j0_ + {lanes} <= j_end; j0_ += {lanes})"):
                functions = self.square(row, column, lanes)
            self.elements(row, ("i0_", f"i0_ + {lanes}"), column, ("j0_", "j_end"))
        self.elements(row, ("i0_", "i_end"), column, ("j_block", "j_end"))
        return functions

    def elements(self, row: Var, rows: tuple[str, str], column: Var, columns: tuple[str, str]) -> None:
        """A part of a block, element by element."""
        with nested(self.writer, [loop_head(row, *rows), loop_head(column, *columns)]):
            self.statements()

    def square(self, row: Var, column: Var, lanes: int) -> list[tuple[str, str]]:
        """One square: copied to the result as it is, or turned first, then read."""
        writer = self.writer
        functions: list[tuple[str, str]] = []
        dtype = self.way.loads[0].dtype
        kind, direct = c_type(dtype), self.copied()
        for n, load in enumerate(self.way.loads):
            source = load.address.mapped(writer.substitution)
            apart = source.factor(column)
            to, step = f"t{n}_", lanes
            if direct is not None:
                target = direct.mapped(writer.substitution)
                step = target.factor(row)
                to = f"{writer.pointer(self.kernel.stages[0].node)} + {self.start(target, row, column)}"
            else:
                writer.line(f"{kind} {to}[{lanes * lanes}] LP_ALIGN(64);")
            name = f"{self.kernel.name}_turn_{n}"
            writer.line(f"{name}({writer.pointer(load.node)} + {self.start(source, row, column)}, {to});")
            functions.append((name, square(name, dtype, lanes, apart, step, dtype)))
        if direct is None:
            with nested(writer, [loop_head(row, "i0_", f"i0_ + {lanes}")]):
                writer.line("#pragma omp simd")
                with writer.block(loop_head(column, "j0_", f"j0_ + {lanes}")):
                    for n, load in enumerate(self.way.loads):
                        writer.remember(id(load), f"t{n}_[(i_ - i0_) * {lanes} + j_ - j0_]")
                    self.statements()
        return functions

    def start(self, address: Index, row: Var, column: Var) -> str:
        """Where a square begins."""
        known = {row: var("i0_", row.extent), column: var("j0_", column.extent)}
        return self.writer.index(address.mapped(known))  # type: ignore[arg-type]

    def copied(self) -> Index | None:
        """Where the result lies if it is nothing but a copy."""
        stage = self.kernel.stages[0]
        if len(self.kernel.stages) > 1 or stage.copied is not self.way.loads[0]:
            return None
        if self.writer.memory.slots[stage.node].kind == "local":
            return None
        return linear(stage.position, shape_of(stage.node))
