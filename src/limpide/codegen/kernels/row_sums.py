"""A few rows times a large matrix: its rows are read once, first to last, and added to results."""

from __future__ import annotations

from dataclasses import dataclass

from ...dtypes import C_TYPES
from ...schedule import MatmulKernel
from ...schedule.expression import shape_of
from ...schedule.index import Index, Var, linear
from ...schedule.machine import Machine
from ...schedule.tiles import Roles
from ..writer import Writer, c_type, element, nest_of, nested, sum_of_products, vector_load
from .epilogue import apply

LARGE = 1 << 19  # bytes of the matrix; smaller ones are quicker in panels
LARGE_FOR_MANY = 1 << 21  # the same for several rows: it does not stay near a core
MOST = 8  # rows of the result
TOGETHER = 8  # rows of the matrix that are added at once
BLOCK_BYTES = 1 << 17  # of results, that stay near while all rows are added to them
AHEAD_BYTES = 1024  # of each row of the matrix, that are fetched before they are needed


def sums_rows(kernel: MatmulKernel, roles: Roles, axis: Var | None) -> bool:
    """Whether a result is a few rows along memory, of a matrix too large for panels."""
    rows = roles.row.extent if roles.row is not None else 1
    if rows > MOST or roles.chunks or len(roles.depth) != 1 or (roles.row is not None and roles.row == axis):
        return False
    size = roles.depth[0].extent * roles.column.extent * roles.b.node.dtype.itemsize
    along = roles.b.stride(roles.column) == place(kernel).factor(roles.column) == 1
    return along and size >= (LARGE if rows == 1 else LARGE_FOR_MANY) and roles.b.stride(roles.depth[0]) > 0


def place(kernel: MatmulKernel) -> Index:
    """Where a result goes in its array."""
    return linear(kernel.position, shape_of(kernel.node))


def row_sums(writer: Writer, kernel: MatmulKernel, roles: Roles, machine: Machine) -> None:
    """The loops, behind A_ and B_ where the operands begin."""
    row, column = roles.row, roles.column
    rows, apart = (row.extent, place(kernel).factor(row)) if row is not None else (1, 0)
    apart = begin(writer, kernel, roles, rows, apart)
    lanes = machine.lanes(roles.dtype.itemsize)
    block = BLOCK_BYTES // (rows * roles.dtype.itemsize)
    low, high = writer.bounds(column)
    step = roles.depth[0]
    with writer.block(f"for (int64_t from_ = {low}; from_ < {high}; from_ += {block})"):
        writer.line(f"const int64_t to_ = from_ + {block} < {high} ? from_ + {block} : {high};")
        for i in range(rows):
            head = f"for (int64_t {column.name} = from_; {column.name} < to_; {column.name}++)"
            writer.line(f"{head} C_[{i * apart} + {column.name}] = 0;")
        whole = step.extent // TOGETHER * TOGETHER
        for count, first, last in ((TOGETHER, 0, whole), (1, whole, step.extent)):
            if first != last:
                k = f"{step.name}_"
                with writer.block(f"for (int64_t {k} = {first}; {k} < {last}; {k} += {count})"):
                    Step(writer, roles, rows, apart, count, lanes).write(machine.registers)
    if kernel.epilogue:
        finish(writer, kernel, roles, apart)


@dataclass
class Step:
    """Some rows of the matrix, times their factors, added to all results of a block of columns."""

    writer: Writer
    roles: Roles
    rows: int
    apart: int
    count: int
    lanes: int

    def write(self, registers: int) -> None:
        writer, roles, j = self.writer, self.roles, self.roles.column.name
        kind, (add, times) = c_type(roles.dtype), sum_of_products(roles.dtype)
        k, a = f"{roles.depth[0].name}_", roles.a.stride(roles.depth[0])
        down = roles.a.stride(roles.row) if roles.row is not None else 0
        for i in range(self.rows):
            for n in range(self.count):
                read = element(f"A_[{i * down} + ({k} + {n}) * {a}]", roles.a.node.dtype, roles.dtype)
                writer.line(f"const {kind} a{i}_{n} = {read};")
        across = next(n for n in (4, 2, 1) if n == 1 or n * self.rows <= registers // 2)
        writer.line(f"int64_t {j} = from_;")
        for vectors in dict.fromkeys((across, 1)):
            width = vectors * self.lanes
            with writer.block(f"for (; {j} + {width} <= to_; {j} += {width})"):
                self.vectors(vectors, fetch=vectors == across)
        with writer.block(f"for (; {j} < to_; {j}++)"):
            for n in range(self.count):
                writer.line(f"const {kind} b{n} = {element(self.at(n), roles.b.node.dtype, roles.dtype)};")
            for i in range(self.rows):
                products = f" {add} ".join(f"(a{i}_{n} {times} b{n})" for n in range(self.count))
                writer.line(f"C_[{i * self.apart} + {j}] {add}= {products};")

    def at(self, n: int) -> str:
        """An element of the row number `n`."""
        depth = self.roles.depth[0]
        return f"B_[({depth.name}_ + {n}) * {self.roles.b.stride(depth)} + {self.roles.column.name}]"

    def vectors(self, across: int, fetch: bool) -> None:
        """Some vectors of every result; what is needed later, and behind the end of the block, is fetched."""
        writer, roles, j = self.writer, self.roles, self.roles.column.name
        suffix, stored = C_TYPES[roles.dtype][1], roles.b.node.dtype
        add, times = sum_of_products(roles.dtype)
        if fetch and self.count == TOGETHER:
            stride, line = roles.b.stride(roles.depth[0]), 64 // stored.itemsize
            later = f"{j} + {AHEAD_BYTES // stored.itemsize}"
            writer.line(
                f"const {c_type(stored)} *const later_ = &{self.at(0)} + {AHEAD_BYTES // stored.itemsize} + "
                f"({later} < to_ ? 0 : {self.count * stride} - (to_ - from_));"
            )
            for n in range(self.count):
                places = range(n * stride, n * stride + across * self.lanes, line)
                writer.line(" ".join(f"LP_PREFETCH(later_ + {place});" for place in places))
        sums = [(i, v) for i in range(self.rows) for v in range(across)]
        for n in range(self.count):
            for v in range(across):
                source = f"&{self.at(n)} + {v * self.lanes}"
                writer.line(f"const lp_v{suffix} b{n}_{v} = {vector_load(stored, source)};")
                start, sign = (f"lp_v{suffix} ", "=") if n == 0 else ("", f"{add}=")
                writer.line(
                    " ".join(f"{start}c{i}_{v} {sign} a{i}_{n} {times} b{n}_{v};" for i in range(self.rows))
                )
        for i, v in sums:
            to = f"C_ + {i * self.apart + v * self.lanes} + {j}"
            total = f"{vector_load(roles.dtype, to)} {add} c{i}_{v}"
            writer.line(f"LP_STORE_{suffix.upper()}({to}, {total});")


def begin(writer: Writer, kernel: MatmulKernel, roles: Roles, rows: int, apart: int) -> int:
    """Where sums are collected: in the result, or beside it where only the stages need them.

    Gives how far apart its rows lie.
    """
    kind, node = c_type(kernel.node.dtype), kernel.node
    if writer.memory.slots[node].kind == "local":
        writer.uses.add("scratch")
        writer.scratch = max(writer.scratch, rows * roles.column.extent * node.dtype.itemsize)
        writer.line(f"{kind} *restrict C_ = ({kind} *)scratch;")
        return roles.column.extent
    terms = tuple((v, f) for v, f in place(kernel).terms if v not in (roles.column, roles.row))
    start = Index(terms, place(kernel).offset)
    writer.line(f"{kind} *restrict C_ = {writer.pointer(node)} + {writer.index(start)};")
    return apart


def finish(writer: Writer, kernel: MatmulKernel, roles: Roles, apart: int) -> None:
    """The stages on every result, row after row."""
    row, j = roles.row, roles.column.name
    before = dict(writer.places)
    with nest_of(writer, [row] if row is not None else []), nested(writer, [writer.head(roles.column)]):
        at = f"{row.name} * {apart} + {j}" if row is not None else j
        writer.places[kernel.node] = lambda _: f"C_[{at}]"
        for stage in kernel.epilogue:
            apply(writer, stage)
    writer.places.clear()
    writer.places.update(before)
