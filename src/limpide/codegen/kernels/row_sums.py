"""A few rows times a large matrix: its rows are read once, first to last, and added to results."""

from __future__ import annotations

from ...schedule import MatmulKernel
from ...schedule.expression import shape_of
from ...schedule.index import Index, Var, linear
from ...schedule.tiles import Roles
from ..writer import Writer, c_type, element, nest_of, nested, sum_of_products
from .epilogue import apply

LARGE = 1 << 19  # bytes of the matrix; smaller ones are quicker in panels
LARGE_FOR_MANY = 1 << 25  # the same for several rows: it comes from beyond all caches
MOST = 4  # rows of the result, that stay in the first cache
TOGETHER = 8  # rows of the matrix that are added at once


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


def row_sums(writer: Writer, kernel: MatmulKernel, roles: Roles) -> None:
    """The loops, behind A_ and B_ where the operands begin."""
    step, row, column = roles.depth[0], roles.row, roles.column
    rows, apart = (row.extent, place(kernel).factor(row)) if row is not None else (1, 0)
    apart = begin(writer, kernel, roles, rows, apart)
    add, times = sum_of_products(kernel.node.dtype)
    head, kind, j = writer.head(column), c_type(kernel.node.dtype), column.name
    for i in range(rows):
        writer.line(f"{head} C_[{i * apart} + {j}] = 0;")
    k, b = f"{step.name}_", roles.b.stride(step)
    a, down = roles.a.stride(step), roles.a.stride(row) if row is not None else 0
    whole = step.extent // TOGETHER * TOGETHER
    for count, first, last in ((TOGETHER, 0, whole), (1, whole, step.extent)):
        if first == last:
            continue
        with writer.block(f"for (int64_t {k} = {first}; {k} < {last}; {k} += {count})"):
            for i in range(rows):
                for n in range(count):
                    read = element(f"A_[{i * down} + ({k} + {n}) * {a}]", roles.a.node.dtype, roles.dtype)
                    writer.line(f"const {kind} a{i}_{n} = {read};")
            writer.line("#pragma omp simd")
            with writer.block(head):
                for n in range(count):
                    read = element(f"B_[({k} + {n}) * {b} + {j}]", roles.b.node.dtype, roles.dtype)
                    writer.line(f"const {kind} b{n} = {read};")
                    sign = f"{add}=" if n else "="
                    declared = "" if n else f"{kind} "
                    writer.line(
                        " ".join(f"{declared}c{i} {sign} a{i}_{n} {times} b{n};" for i in range(rows))
                    )
                for i in range(rows):
                    writer.line(f"C_[{i * apart} + {j}] {add}= c{i};")
    if kernel.epilogue:
        finish(writer, kernel, roles, apart)


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
