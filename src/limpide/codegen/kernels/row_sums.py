"""A vector times a large matrix: rows are read once, from the first to the last, and added to the result."""

from __future__ import annotations

from ...schedule import MatmulKernel
from ...schedule.expression import shape_of
from ...schedule.index import Index, linear
from ...schedule.tiles import Roles
from ..writer import Writer, c_type, sum_of_products

LARGE = 1 << 19  # bytes of the matrix; smaller ones are quicker in panels
TOGETHER = 8  # rows that are added at once


def sums_rows(kernel: MatmulKernel, roles: Roles) -> bool:
    """Whether a result is one row, stored as it is, of a matrix too large for panels."""
    if roles.row is not None or len(roles.depth) != 1 or kernel.epilogue:
        return False
    size = roles.depth[0].extent * roles.column.extent * roles.b.node.dtype.itemsize
    place = linear(kernel.position, shape_of(kernel.node))
    along = roles.b.stride(roles.column) == place.factor(roles.column) == 1
    return along and size >= LARGE and roles.b.stride(roles.depth[0]) > 0


def row_sums(writer: Writer, kernel: MatmulKernel, roles: Roles) -> None:
    """The loops, behind A_ and B_ where the operands begin."""
    step, column, kind = roles.depth[0], roles.column, c_type(kernel.node.dtype)
    add, times = sum_of_products(kernel.node.dtype)
    place = linear(kernel.position, shape_of(kernel.node))
    start = Index(tuple((v, f) for v, f in place.terms if v != column), place.offset)
    writer.line(f"{kind} *restrict C_ = {writer.pointer(kernel.node)} + {writer.index(start)};")
    head = writer.head(column)
    writer.line(f"{head} C_[{column.name}] = 0;")
    k, a, b = f"{step.name}_", roles.a.stride(step), roles.b.stride(step)
    whole = step.extent // TOGETHER * TOGETHER
    for count, first, last in ((TOGETHER, 0, whole), (1, whole, step.extent)):
        if first == last:
            continue
        with writer.block(f"for (int64_t {k} = {first}; {k} < {last}; {k} += {count})"):
            for n in range(count):
                writer.line(f"const {kind} a{n} = A_[({k} + {n}) * {a}];")
            rows = [f"(a{n} {times} B_[({k} + {n}) * {b} + {column.name}])" for n in range(count)]
            writer.line("#pragma omp simd")
            writer.line(f"{head} C_[{column.name}] {add}= {f' {add} '.join(rows)};")
