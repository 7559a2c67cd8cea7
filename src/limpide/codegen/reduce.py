"""C for reductions: what is folded so far, in lanes, in rows, in parts of threads."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..dtypes import C_TYPES, FLOAT32, FLOAT64, DType
from ..memory import Memory
from ..ops.define import ReduceOp
from ..schedule import LoopKernel, Stage
from ..schedule.index import Var, linear, var
from ..schedule.loops import row_of
from .sharing import Function
from .writer import SIMD, Messages, Writer, c_type, loop_head, nest_of, number_text

CHUNK = 4096  # float32 sums longer than this are collected in float64, chunk by chunk
RUN = 1024  # neighbours of which the best is found at a time
LINE = 128  # bytes: what threads write is so far apart that they share no cache line


def reduce_op(stage: Stage) -> ReduceOp:
    op = stage.node.op
    assert isinstance(op, ReduceOp)
    return op


def own_dtype(stage: Stage) -> DType:
    """The dtype in which a reduction adds up a short run."""
    return reduce_op(stage).accumulator(stage.value.dtype)


def total_dtype(stage: Stage, row: bool) -> DType:
    """The dtype in which it adds up all; rows have no lanes, so each of their sums is as long as it looks."""
    count = 4 if row else 1
    for v in stage.folded:
        count *= v.extent
    dtype = own_dtype(stage)
    return FLOAT64 if dtype == FLOAT32 and reduce_op(stage).name == "sum" and count > CHUNK else dtype


def identity_text(op: ReduceOp, dtype: DType) -> str:
    return number_text(op.identity(dtype), dtype)


def combined(op: ReduceOp, dtype: DType, acc: str, x: str) -> str:
    return op.combine[dtype.kind].format(acc=acc, x=x, t=C_TYPES[dtype][1])


def folding(name: str, dtype: DType) -> str:
    """How OpenMP folds a smallest or largest one; floats as support.h says: lanes begin at infinity."""
    return f"LP_{name.upper()}_{C_TYPES[dtype][1].upper()}" if dtype.kind == "f" else name


def widened(text: str, source: DType, target: DType) -> str:
    return text if source == target else f"({c_type(target)}){text}"


@dataclass(eq=False)
class Accumulator:
    """What a reduction has folded so far: a number, or a row of them where kept loops are inside of it.

    row: those loops; part: where this thread's part goes, if threads share a folded loop.
    """

    writer: Writer
    stage: Stage
    row: list[Var]
    part: str = ""
    tile: str = ""  # where the tile of a long row begins
    local: str = ""  # the variable that holds the result, if it can be the total, too
    name: str = ""
    at: str = ""
    dtype: DType = field(init=False)
    lane: str = ""  # what the innermost loop folds into, where that is not the total itself
    nan: str = ""

    def __post_init__(self) -> None:
        self.dtype = total_dtype(self.stage, bool(self.row))

    @property
    def op(self) -> ReduceOp:
        return reduce_op(self.stage)

    @property
    def place(self) -> str:
        """The total of the present element."""
        return f"{self.name}[{self.index}]" if self.row else self.name

    @property
    def index(self) -> str:
        if self.tile:
            return f"{self.row[0].name} - {self.tile}"
        return self.writer.index(
            linear(tuple(var(v.name, v.extent) for v in self.row), tuple(v.extent for v in self.row))
        )

    def begin(self, length: int) -> None:
        """Declare it and set it to the identity. length: of the row."""
        writer, kind = self.writer, c_type(self.dtype)
        start = identity_text(self.op, self.dtype)
        if self.op.located:
            kind, start = c_type(self.stage.value.dtype), identity_text(self.op, self.stage.value.dtype)
            self.at = writer.fresh("at")
            writer.line(f"int64_t {self.at} = 0;")
        if not self.row:
            self.name = self.local or writer.fresh(self.stage.node.name or self.op.name, self.stage.node)
            writer.line(f"{'' if self.local else kind + ' '}{self.name} = {start};")
            return
        self.name = writer.fresh("acc", self.stage.node)
        writer.line(f"{kind} {self.name}[{length}] LP_ALIGN(64);")
        with nest_of(writer, self.row):
            writer.line(f"{self.place} = {start};")

    def end(self) -> None:
        """Write the total, or this thread's part of it, to memory."""
        stage = self.stage
        if self.local:
            return
        with nest_of(self.writer, self.row):
            if self.part:
                shape = tuple(v.extent for v in stage.kept)
                self.writer.line(
                    f"{self.part}[{self.writer.index(linear(stage.position, shape))}] = {self.place};"
                )
                return
            found = self.at or widened(self.place, self.dtype, stage.node.dtype)
            self.writer.line(f"{self.writer.place(stage.node, stage.position)} = {found};")

    # ------------------------------------------------------------------------- in the innermost loop
    def lanes_begin(self, direct: bool) -> str:
        """What the innermost loop folds into; gives the clauses that let the compiler run it in lanes.

        direct: into the total itself.
        """
        dtype = self.dtype if direct else own_dtype(self.stage)
        self.lane = self.name
        if not direct:
            self.lane = self.writer.fresh("part", self.stage.node)
            self.writer.line(f"{c_type(dtype)} {self.lane} = {identity_text(self.op, dtype)};")
        if self.op.name in SIMD:
            return f" reduction({SIMD[self.op.name]}:{self.lane})"
        clause = f" reduction({folding(self.op.name, dtype)}:{self.lane})"
        if dtype.kind != "f":
            return clause
        self.nan = self.writer.fresh("nan")  # a comparison loses NaN, so it is looked for apart
        self.writer.line(f"int {self.nan} = 0;")
        return clause + f" reduction(|:{self.nan})"

    def fold(self, x: str) -> None:
        """Take one more element in."""
        writer, op = self.writer, self.op
        if self.at:
            with writer.block(f"if ({combined(op, self.stage.value.dtype, self.name, x)})"):
                writer.line(f"{self.name} = {x};")
                v = self.stage.folded[0]
                writer.line(f"{self.at} = {writer.index(var(v.name, v.extent))};")
        elif not self.lane:
            x = widened(x, self.stage.value.dtype, self.dtype)
            writer.line(f"{self.place} = {combined(op, self.dtype, self.place, x)};")
        elif op.name in SIMD:
            writer.line(f"{self.lane} = {self.lane} {SIMD[op.name]} {x};")
        else:
            sign = ">" if op.name == "max" else "<"
            writer.line(f"{self.lane} = {x} {sign} {self.lane} ? {x} : {self.lane};")
            if self.nan:
                writer.line(f"{self.nan} |= {x} != {x};")

    def fold_all(self, values: list[str]) -> None:
        """Take several elements in at once: they are folded among themselves first."""
        own, source = own_dtype(self.stage), self.stage.value.dtype
        values = [widened(x, source, own) for x in values]
        while len(values) > 1:
            pairs = []
            for first, second in zip(values[::2], values[1::2], strict=True):
                pairs.append(self.writer.fresh("pair"))
                both = combined(self.op, own, first, second)
                self.writer.line(f"const {c_type(own)} {pairs[-1]} = {both};")
            values = pairs
        x = widened(values[0], own, self.dtype)
        self.writer.line(f"{self.place} = {combined(self.op, self.dtype, self.place, x)};")

    def locate(self, v: Var, low: str, high: str) -> None:
        """The best of a run of neighbours in lanes; where it beats those before, its position is found."""
        writer, value = self.writer, self.stage.value
        kind, floats = c_type(value.dtype), value.dtype.kind == "f"
        name, sign = ("max", ">") if self.op.name == "argmax" else ("min", "<")
        run, end, best = writer.fresh("run"), writer.fresh("end"), writer.fresh("best")
        with writer.block(f"for (int64_t {run} = {low}; {run} < {high}; {run} += {RUN})"):
            writer.line(f"const int64_t {end} = {run} + {RUN} < {high} ? {run} + {RUN} : {high};")
            writer.line(f"{kind} {best} = {identity_text(self.op, value.dtype)};")
            beats, clause = f"{best} {sign} {self.name}", ""
            if floats:
                nan = writer.fresh("nan")
                writer.line(f"int {nan} = 0;")
                beats, clause = f"{nan} ? {self.name} == {self.name} : {beats}", f" reduction(|:{nan})"
            writer.line(f"#pragma omp simd reduction({folding(name, value.dtype)}:{best}){clause}")
            with writer.block(loop_head(v, run, end)):
                x = writer.value(value)
                writer.line(f"{best} = {x} {sign} {best} ? {x} : {best};")
                if floats:
                    writer.line(f"{nan} |= {x} != {x};")
            with writer.block(f"if ({beats})"):
                first = writer.fresh("first")
                if floats:
                    writer.line(f"if ({nan}) {best} = LP_NAN_{C_TYPES[value.dtype][1].upper()};")
                writer.line(f"int32_t {first} = {RUN};")
                writer.line(f"#pragma omp simd reduction(min:{first})")
                with writer.block(loop_head(v, run, end)):
                    x = writer.value(value)
                    hit = f"({x} == {best}) | ({nan} & ({x} != {x}))" if floats else f"{x} == {best}"
                    here = f"(int32_t)({v.name} - {run})"
                    writer.line(f"const int32_t here_ = {hit} ? {here} : {RUN};")
                    writer.line(f"{first} = here_ < {first} ? here_ : {first};")
                writer.line(f"{self.name} = {best};")
                writer.line(f"{self.at} = {run} + {first};")

    def lanes_end(self) -> None:
        """Behind the innermost loop."""
        if self.nan:
            self.writer.line(
                f"if ({self.nan}) {self.lane} = LP_NAN_{C_TYPES[own_dtype(self.stage)][1].upper()};"
            )
        if self.lane != self.name:
            total = combined(self.op, self.dtype, self.place, self.lane)
            self.writer.line(f"{self.place} = {total};")
        self.lane = self.nan = ""


# ------------------------------------------------------------------------------------ parts of threads
def parts(kernel: LoopKernel) -> tuple[list[int], int]:
    """Where the part of each of `kernel.partial` begins, and the bytes of all parts of a thread."""
    starts, end = [], 0
    for stage in kernel.partial:
        starts.append(end)
        size = part_dtype(kernel, stage).itemsize
        for v in stage.kept:
            size *= v.extent
        end += -(-size // LINE) * LINE
    return starts, end


def part_dtype(kernel: LoopKernel, stage: Stage) -> DType:
    return total_dtype(stage, bool(row_of(stage)))


def join(kernel: LoopKernel, memory: Memory) -> Function:
    """The C function that folds the parts of all threads, in their order."""
    writer = Writer(memory, Messages())
    starts, size = parts(kernel)
    for stage, start in zip(kernel.partial, starts, strict=True):
        dtype, op = part_dtype(kernel, stage), reduce_op(stage)
        kind, count = c_type(dtype), 1
        for v in stage.kept:
            count *= v.extent
        with writer.block(loop_head(Var("i", count))):
            writer.line(f"{kind} total = ((const {kind} *)(parts + {start}))[i];")
            x = f"((const {kind} *)(parts + t * {size} + {start}))[i]"
            writer.line(f"for (int t = 1; t < nt; t++) total = {combined(op, dtype, 'total', x)};")
            total = widened("total", dtype, stage.node.dtype)
            writer.line(f"{writer.pointer(stage.node)}[i] = {total};")
    return Function(
        f"{kernel.name}_join",
        kernel.names,
        lambda names: [
            f"{kernel.name}_join: the parts of all threads",
            f"  become {', '.join(names[s.node] for s in kernel.partial)}",
        ],
        {s.name: f"{c_type(s.dtype)} *restrict {s.name}" for s in writer.parameters.values()},
        ["const char *parts", "int nt"],
        writer.values,
        set(writer.parameters),
        writer.lines,
        {s.name: s.node for s in writer.parameters.values()},
    )
