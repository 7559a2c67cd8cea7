"""C for loop kernels: the loops that stages share, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..graph import Node
from ..ops.define import ReduceOp
from ..schedule import LoopKernel, Stage
from ..schedule.expression import Value
from ..schedule.index import Atom, Index, Var, linear, var
from ..schedule.kernels import COSTLY
from ..schedule.loops import in_step, row_of, wide
from ..schedule.machine import Machine
from ..schedule.picks import PickedRow, picked_rows
from .crossing import CrossingWriter, crossing
from .reduce import CHUNK, Accumulator, own_dtype, part_dtype, parts, total_dtype
from .writer import Writer, c_type, loop_head

Inside = Callable[[], None]  # writes what stands in loops
LINE = 64  # bytes of a cache line
TILE = 4096  # elements of long rows that are folded at a time
TOGETHER = 4  # rows that are folded at once, of values of at most so many operations
CHEAP = 8
SHORT = 32  # elements of rows that clang would unroll before it looks for lanes
IN_LANES = "#pragma clang loop vectorize(enable) interleave_count(2) unroll(disable)"
SEARCHED = 32  # from so many on, the best of a run is found first, then where it is


def loop_kernel(writer: Writer, kernel: LoopKernel, machine: Machine) -> list[tuple[str, str]]:
    """The body of the C function of a loop kernel; gives the functions that it calls, (name, C) each."""
    writer.axis = kernel.axis
    loops = LoopWriter(writer, kernel, machine)
    way = crossing(kernel, machine)
    if way is not None:
        return CrossingWriter(writer, kernel, way, machine, lambda: loops.statements(kernel.stages)).write()
    loops.write()
    return []


@dataclass
class LoopWriter:
    """Writes one loop kernel."""

    writer: Writer
    kernel: LoopKernel
    machine: Machine
    accumulators: dict[Node, Accumulator] = field(default_factory=dict)
    part_names: dict[Node, str] = field(default_factory=dict)
    runs: dict[Var, tuple[Var, ...]] = field(default_factory=dict)  # a loop that stands for several
    tile: str = ""  # where the tile of long rows begins
    along: Var | None = None  # the loop that is tiled
    scalars: dict[Node, str] = field(default_factory=dict)  # the variables of results that are one element
    read: set[str] = field(default_factory=set)  # those that something reads by name

    def write(self) -> None:
        self.declare_parts()
        self.loops()
        unread = set(self.scalars.values()) - self.read
        self.writer.lines = [line for line in self.writer.lines if not _sets(line, unread)]

    def loops(self) -> None:
        """All loops of the kernel."""
        kernel = self.kernel
        outer = long(kernel.outer)
        if not kernel.nested:
            self.nest(outer, [s for s in kernel.stages if s.ready < kernel.depth], 0, self.groups)
            return
        with self.flattened(outer, kernel.stages) as loops, self.tiled(loops):
            if kernel.streamed is not None and len(loops) == 1:
                self.lines(loops[0], kernel.streamed)
                return
            self.nest(loops, kernel.stages, 0, lambda: self.statements(kernel.stages))

    def lines(self, v: Var, node: Node) -> None:
        """Writes a result a cache line at a time; then what lies before and behind whole lines."""
        writer, stages = self.writer, self.kernel.stages
        low, high = writer.bounds(v)
        target, size = writer.pointer(node), node.dtype.itemsize
        count = LINE // size
        writer.line(f"const int64_t first_ = {low}, last_ = {high};")
        writer.line(f"const int64_t skip_ = lp_before_line({target} + first_, {size}, last_ - first_);")
        writer.line(f"const int64_t rest_ = (last_ - first_ - skip_) % {count};")
        step = f"line_ < last_ - rest_; line_ += {count}"
        with writer.block(f"for (int64_t line_ = first_ + skip_; {step})"):
            whole = self.line_of(v, stages)
            if not whole:
                whole = "whole_"
                writer.line(f"{c_type(node.dtype)} whole_[{count}] LP_ALIGN({LINE});")
                writer.places[node] = lambda position: f"whole_[{v.name} - line_]"
                with writer.block(loop_head(v, "line_", f"line_ + {count}")):
                    self.statements(stages)
                del writer.places[node]
            writer.line(f"lp_stream_line({target} + line_, {whole});")
        writer.line("lp_stream_end();")
        with writer.block("for (int64_t edge_ = 0; edge_ < skip_ + rest_; edge_++)"):
            writer.declare(v.name, "(edge_ < skip_ ? first_ : last_ - rest_ - skip_) + edge_")
            self.statements(stages)

    def line_of(self, v: Var, stages: Sequence[Stage]) -> str:
        """Where the line lies that is copied as it is, if that is all that is done."""
        load = stages[0].copied
        if load is None or len(stages) > 1:
            return ""
        address = load.address.mapped(self.writer.substitution)
        if any(not isinstance(a, Var) for a in address.atoms()) or address.factor(v) != 1:
            return ""
        start = address.mapped({v: var("line_", v.extent)})
        return f"{self.writer.pointer(load.node)} + {self.writer.index(start)}"

    def declare_parts(self) -> None:
        """Where this thread's parts of reductions go."""
        starts, size = parts(self.kernel)
        for stage, start in zip(self.kernel.partial, starts, strict=True):
            kind, name = c_type(part_dtype(self.kernel, stage)), self.writer.fresh("part", stage.node)
            self.writer.line(
                f"{kind} *restrict {name} = ({kind} *)(parts + (int64_t)tid * {size} + {start});"
            )
            self.writer.uses.update(("tid", "parts"))
            self.part_names[stage.node] = name

    # -------------------------------------------------------------------------------------- groups
    def groups(self) -> None:
        """Inside of the shared loops: neighbours over the same inner loops share those."""
        kernel = self.kernel
        self.declare_locals()
        waiting = list(kernel.stages)
        while waiting:
            group = [waiting.pop(0)]
            while waiting and joins(group, waiting[0], kernel.depth):
                group.append(waiting.pop(0))
            inner = long(group[0].loops[kernel.depth :])
            with self.flattened(inner, group) as loops:
                whole = (*long(kernel.outer), *loops)
                start = len(whole) - len(loops)
                self.nest(whole, group, start, lambda group=group: self.statements(group))  # type: ignore[misc]

    def declare_locals(self) -> None:
        """Results that only this kernel reads: scalars, or rows on the stack."""
        writer, depth = self.writer, self.kernel.depth
        for stage in self.kernel.stages:
            slot = writer.memory.slots[stage.node]
            if slot.kind != "local":
                continue
            inner = self.kernel.inner(stage)
            count = 1
            for v in inner:
                count *= v.extent
            kind, sizes = c_type(stage.node.dtype), tuple(v.extent for v in inner)
            if count == 1:
                writer.line(f"{kind} {slot.name};")
                if not isinstance(stage.node.op, ReduceOp):
                    self.scalars[stage.node] = slot.name
            else:
                writer.line(f"{kind} {slot.name}[{count}] LP_ALIGN(64);")

            def element(
                position: tuple[Index, ...], name: str = slot.name, sizes: tuple[int, ...] = sizes
            ) -> str:
                self.read.add(name)
                scalar = all(size == 1 for size in sizes)
                return name if scalar else f"{name}[{writer.index(linear(position[depth:], sizes))}]"

            writer.places[stage.node] = element

    def statements(self, group: Sequence[Stage]) -> None:
        """What is done for one element."""
        writer = self.writer
        if self.kernel.nested:
            self.declare_locals()
        for stage in group:
            text = writer.value(stage.value)
            if isinstance(stage.node.op, ReduceOp):
                self.accumulators[stage.node].fold(text)
                continue
            place = self.scalars.get(stage.node) or writer.place(stage.node, stage.position)
            writer.line(f"{place} = {text};")
            for load in (v for later in group for v in later.loads):
                if load.node is stage.node and load.position == stage.position:
                    writer.remember(id(load), text)

    # --------------------------------------------------------------------------------------- loops
    def nest(
        self, loops: Sequence[Var], stages: Sequence[Stage], at: int, inside: Callable[[], None]
    ) -> None:
        """The loops from number `at` on. A reduction begins before the first one that it folds."""
        new = [s for s in stages if s.folded and s.node not in self.accumulators]
        begun = [self.begin(s) for s in new if self.place_of(s, loops) == at]
        if at == len(loops):
            inside()
        elif at == len(loops) - 1 and inside != self.groups:
            self.innermost(loops[at], stages, begun, lambda: self.nest(loops, stages, at + 1, inside))
        elif at == len(loops) - 2 and inside != self.groups and self.folds_rows(loops[at:], stages):
            self.rows_together(loops[at], loops[at + 1], stages[0])
        else:
            with self.writer.block(self.writer.head(loops[at])):
                self.nest(loops, stages, at + 1, inside)
        for accumulator in begun:
            with self.plain(accumulator.row):
                accumulator.end()

    def folds_rows(self, loops: Sequence[Var], stages: Sequence[Stage]) -> bool:
        """Whether all that is done in two loops is to fold rows into a row of totals, of cheap values."""
        stage, (row, column) = stages[0], loops
        op, values = stage.node.op, list(stage.value.walk())
        return (
            len(stages) == 1
            and isinstance(op, ReduceOp)
            and not op.located
            and self.folds(stage, row)
            and not self.folds(stage, column)
            and row.extent >= 2 * TOGETHER
            and row not in self.runs
            and len(values) <= CHEAP
            and not stage.positions
            and all(v.kind in ("load", "number", "map") for v in values)
            and not any(v.node.op.name in COSTLY for v in values)
        )

    def rows_together(self, row: Var, column: Var, stage: Stage) -> None:
        """Some rows are folded at once, so that totals are read and written less often; then the rest."""
        writer, accumulator = self.writer, self.accumulators[stage.node]
        low, high = writer.bounds(row)
        v = row.name
        with writer.block(""):  # another such fold may stand behind it, with the same variable
            writer.line(f"int64_t {v} = {low};")
            for count in (TOGETHER, 1):
                head = f"for (; {v} + {count} <= {high}; {v} += {count})"
                with writer.block(head), writer.block(writer.head(column)):
                    accumulator.fold_all([self.moved(stage.value, row, n) for n in range(count)])

    def moved(self, value: Value, row: Var, by: int) -> str:
        """The name of a value some rows further."""
        writer, before = self.writer, self.writer.substitution
        writer.substitution = before | {row: var(row.name, row.extent) + by}
        writer.known.append({})
        text = writer.value(value)
        writer.known.pop()
        writer.substitution = before
        return text

    def place_of(self, stage: Stage, loops: Sequence[Var]) -> int:
        """How many of these loops are around the whole reduction."""
        around = set(stage.loops[: stage.ready])
        return sum(1 for v in loops if self.first(v) in around)

    def begin(self, stage: Stage) -> Accumulator:
        row, length = list(row_of(stage)), 1
        for v in row:
            length *= v.extent
        tile = self.tile if row else ""
        if tile and self.along is not None:
            row, length = [self.along], TILE
        part = self.part_names.get(stage.node, "")
        local = "" if row or part else self.local(stage)
        found = Accumulator(self.writer, stage, row, part, tile, local)
        with self.plain(row):
            found.begin(length)
        self.accumulators[stage.node] = found
        return found

    def local(self, stage: Stage) -> str:
        """The variable on the stack that is a reduction's whole result, and has the dtype of its total."""
        slot, op = self.writer.memory.slots[stage.node], stage.node.op
        alone = all(v.extent == 1 for v in self.kernel.inner(stage)) and slot.kind == "local"
        located = isinstance(op, ReduceOp) and op.located
        return slot.name if alone and not located and total_dtype(stage, False) == slot.dtype else ""

    @contextmanager
    def plain(self, loops: Sequence[Var]) -> Iterator[None]:
        """Without what is put for these loops elsewhere: they are walked over as they are."""
        before = self.writer.substitution
        self.writer.substitution = {v: i for v, i in before.items() if v not in loops}
        yield
        self.writer.substitution = before

    def first(self, v: Var) -> Var:
        """The first loop that a loop stands for."""
        return self.runs.get(v, (v,))[0]

    def folds(self, stage: Stage, v: Var) -> bool:
        return self.first(v) in stage.folded

    def innermost(
        self, v: Var, stages: Sequence[Stage], begun: Sequence[Accumulator], inside: Inside
    ) -> None:
        """The innermost loop: what it folds is folded in lanes, and in chunks where totals are wider."""
        writer = self.writer
        folding = [self.accumulators[s.node] for s in stages if self.folds(s, v)]
        if len(stages) == 1 and self.located_along(v, stages[0]):
            self.accumulators[stages[0].node].locate(v, *writer.bounds(v))
            return
        folding = [a for a in folding if not a.op.located]
        self.settle(v, stages)
        low, high = writer.bounds(v)
        if not folding and (rows := picked_rows(v, stages)):
            self.fetching(v, rows, inside)
            return
        chunked = v.extent > CHUNK and any(a.dtype != own_dtype(a.stage) for a in folding)
        if self.machine.short_rows and not folding and 1 < v.extent <= SHORT and v != self.kernel.axis:
            self.short_row(v, stages, inside)
            return
        if not chunked:
            self.lanes(loop_head(v, low, high), folding, begun, inside)
            return
        chunk, end = writer.fresh("c"), writer.fresh("end")
        with writer.block(f"for (int64_t {chunk} = {low}; {chunk} < {high}; {chunk} += {CHUNK})"):
            writer.line(f"const int64_t {end} = {chunk} + {CHUNK} < {high} ? {chunk} + {CHUNK} : {high};")
            self.lanes(loop_head(v, chunk, end), folding, (), inside)

    def short_row(self, v: Var, stages: Sequence[Stage], inside: Inside) -> None:
        """A few elements: whole vectors of them as a loop in lanes, then the others one by one."""
        lanes = self.machine.lanes(max(s.value.dtype.itemsize for s in stages))
        whole = v.extent // lanes * lanes
        if whole:
            self.writer.line(IN_LANES)
            with self.writer.block(loop_head(v, "0", str(whole))):
                inside()
        if whole < v.extent:
            with self.writer.block(loop_head(v, str(whole))):
                inside()

    def fetching(self, v: Var, rows: Sequence[PickedRow], inside: Inside) -> None:
        """The innermost loop a cache line at a time; with each, one of a row that comes later is fetched."""
        writer = self.writer
        low, high = writer.bounds(v)
        count = LINE // max(row.load.dtype.itemsize for row in rows)
        lines = []
        for row in rows:
            if row.atom.node in writer.places:
                continue
            later, at = writer.fresh("later"), writer.fresh("at")
            last = writer.bounds(row.loop)[1]
            step, name = row.ahead, row.loop.name
            writer.line(f"const int64_t {later} = {name} + {step} < {last} ? {name} + {step} : {name};")
            moved: dict[Atom, Index] = {row.loop: var(later, row.loop.extent + 1)}
            found = writer.place(row.atom.node, tuple(i.mapped(moved) for i in row.atom.position))
            writer.line(f"const int64_t {at} = lp_likely((int64_t){found}, {row.atom.size});")
            place = row.load.address.mapped({row.atom: var(at, row.atom.size), v: var("line_", v.extent)})
            lines.append(f"LP_PREFETCH({writer.pointer(row.load.node)} + {writer.index(place)});")
        writer.line(f"int64_t line_ = {low};")
        with writer.block(f"for (; line_ + {count} <= {high}; line_ += {count})"):
            for line in lines:
                writer.line(line)
            with writer.block(loop_head(v, "line_", f"line_ + {count}")):
                inside()
        if v.extent % count or (v == self.kernel.axis and self.kernel.grain % count):
            with writer.block(loop_head(v, "line_", high)):
                inside()

    def located_along(self, v: Var, stage: Stage) -> bool:
        """Whether the position of the best of many neighbours in memory is looked for."""
        op, value = stage.node.op, stage.value
        if not (isinstance(op, ReduceOp) and op.located) or v not in stage.folded or v.extent < SEARCHED:
            return False
        address = value.address.mapped(self.writer.substitution) if value.kind == "load" else Index(())
        return all(isinstance(a, Var) for a in address.atoms()) and address.factor(v) == 1

    def settle(self, v: Var, stages: Sequence[Stage]) -> None:
        """Compute before the innermost loop what does not depend on it."""
        moving = set(self.runs.get(v, (v,)))
        for stage in stages:
            for value in settled(stage.value, moving):
                self.writer.value(value)

    def lanes(
        self,
        head: str,
        folding: Sequence[Accumulator],
        begun: Sequence[Accumulator],
        inside: Callable[[], None],
    ) -> None:
        """A loop that the compiler may run in lanes (the order of a sum is its own)."""
        clauses = ""
        for a in folding:
            direct = a in begun and not a.row and a.dtype == own_dtype(a.stage)
            clauses += a.lanes_begin(direct)
        if clauses:
            self.writer.line(f"#pragma omp simd{clauses}")
        with self.writer.block(head):
            inside()
        for a in folding:
            a.lanes_end()

    # ------------------------------------------------------------------------- several loops as one
    @contextmanager
    def flattened(self, loops: Sequence[Var], stages: Sequence[Stage]) -> Iterator[tuple[Var, ...]]:
        """The last loops as one, as far as every access runs through memory in step with them."""
        writer, first = self.writer, len(loops) - 1
        while first > 0 and loops[first] != self.kernel.axis and in_step(stages, loops[first - 1 :]):
            first -= 1
        run = loops[max(first, 0) :]
        if len(run) < 2 or any(s.folded and not long(s.folded) for s in stages):
            yield tuple(loops)
            return
        total = 1
        for v in run:
            total *= v.extent
        flat = Var("i", total)
        rest, before = var("i", total), writer.substitution
        writer.substitution = dict(before)
        for v in reversed(run):
            writer.substitution[v] = rest % v.extent
            rest = rest // v.extent
        self.runs[flat] = tuple(run)
        if run[0] == self.kernel.axis:
            inner = total // run[0].extent
            writer.ranges[flat] = f"lo_ * {inner}", f"hi_ * {inner}"
        yield (*loops[:first], flat)
        writer.substitution = before
        writer.ranges.pop(flat, None)
        del self.runs[flat]

    @contextmanager
    def tiled(self, loops: Sequence[Var]) -> Iterator[None]:
        """Long rows are folded tile by tile, so that what is folded so far stays in the cache."""
        writer = self.writer
        if not any(wide(s, self.kernel.depth) for s in self.kernel.stages):
            yield
            return
        v = loops[-1]
        low, high = writer.bounds(v)
        tile, end = writer.fresh("c"), writer.fresh("end")
        with writer.block(f"for (int64_t {tile} = {low}; {tile} < {high}; {tile} += {TILE})"):
            writer.line(f"const int64_t {end} = {tile} + {TILE} < {high} ? {tile} + {TILE} : {high};")
            before = dict(writer.ranges)
            writer.ranges[v] = tile, end
            self.tile, self.along = tile, v
            yield
            writer.ranges = before


def long(loops: Sequence[Var]) -> tuple[Var, ...]:
    return tuple(v for v in loops if v.extent != 1)


def joins(group: list[Stage], stage: Stage, depth: int) -> bool:
    """Whether a stage can be computed in the same inner loops, element by element."""
    if stage.loops[depth:] != group[0].loops[depth:]:
        return False
    own = {s.node: s for s in group}
    located = any(isinstance(s.node.op, ReduceOp) and s.node.op.located for s in (*group, stage))
    return not located and all(
        not own[load.node].folded and load.position == own[load.node].position
        for load in stage.loads
        if load.node in own
    )


def settled(value: Value, moving: set[Var]) -> list[Value]:
    """The largest operations in a value that do not depend on these loops."""
    fixed: dict[int, bool] = {}
    for v in value.walk():
        indices = [*v.position, *(part[0] for part in v.condition.parts)] if v.condition else v.position
        own = not any(moving.intersection(index.variables()) for index in indices)
        fixed[id(v)] = own and all(fixed[id(a)] for a in v.args)
    found: list[Value] = []
    waiting = [value]
    while waiting:
        v = waiting.pop()
        if not fixed[id(v)]:
            waiting += reversed(v.args)
        elif v.kind == "map" and v is not value:
            found.append(v)
    return list(dict.fromkeys(found))


def _sets(line: str, names: set[str]) -> bool:
    """Whether a line declares or sets one of these variables."""
    first, _, rest = line.strip().partition(" ")
    return (rest.startswith("=") and first in names) or rest.removesuffix(";") in names
