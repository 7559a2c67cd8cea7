"""Templates of the other block ops: joining, running sums, scattering. Operands are whole arrays."""

from __future__ import annotations

from collections.abc import Callable

from ...graph import Node
from ...schedule import BlockKernel
from ...schedule.blocks import around
from ...schedule.expression import shape_of
from ...schedule.index import Var
from ...shapes import product
from ..writer import Writer, c_type, nested
from .sort import sort

TOGETHER = 4  # running sums side by side, as each addition waits for the one before it


def named(writer: Writer, node: Node, name: str) -> str:
    """A pointer of the template's own name to an array, which keeps the user's name among the parameters."""
    kind = c_type(node.dtype)
    writer.line(f"{kind} *const restrict {name} = ({kind} *){writer.pointer(node)};")
    return name


def concatenate(writer: Writer, kernel: BlockKernel) -> None:
    node = kernel.node
    before, size, after = around(node)
    row = size * after
    target, kind = named(writer, node, "to_"), c_type(node.dtype)
    shared = kernel.axis is not None and before == 1
    start = 0
    for part in node.inputs:
        length = shape_of(part)[node.attr("axis")] * after
        if length and before:
            source = writer.pointer(part)
            if shared:
                part_of_run(writer, source, target, start, length, kind)
            else:
                with writer.block(writer.head(Var("b_", before))):
                    to = f"{target} + b_ * {row} + {start}"
                    writer.line(f"memcpy({to}, {source} + b_ * {length}, {length} * sizeof({kind}));")
        start += length


def part_of_run(writer: Writer, source: str, target: str, start: int, length: int, kind: str) -> None:
    """What lies in this thread's part of a joined array."""
    with writer.block(f"if (lo_ < {start + length} && hi_ > {start})"):
        writer.line(f"const int64_t low = lo_ > {start} ? lo_ : {start};")
        writer.line(f"const int64_t high = hi_ < {start + length} ? hi_ : {start + length};")
        writer.line(f"memcpy({target} + low, {source} + (low - {start}), (high - low) * sizeof({kind}));")


def cumulate(writer: Writer, kernel: BlockKernel) -> None:
    node = kernel.node
    before, size, after = around(node)
    source, target = named(writer, node.inputs[0], "from_"), named(writer, node, "to_")
    kind = c_type(node.dtype)
    if not size:
        return
    if after == 1:
        runs(writer, Var("b_", before), size, kind)
        return
    row = writer.head(Var("j_", after))
    with writer.block(writer.head(Var("b_", before))):
        writer.line(f"const {kind} *restrict x = {source} + b_ * {size * after};")
        writer.line(f"{kind} *restrict y = {target} + b_ * {size * after};")
        writer.line(f"{row} y[j_] = x[j_];")
        with writer.block(f"for (int64_t i = {after}; i < {size * after}; i += {after})"):
            writer.line("#pragma omp simd")
            writer.line(f"{row} y[i + j_] = y[i + j_ - {after}] + x[i + j_];")


def runs(writer: Writer, before: Var, size: int, kind: str) -> None:
    """Running sums along memory, of several arrays at a time."""
    low, high = writer.bounds(before)
    b = before.name
    writer.line(f"int64_t {b} = {low};")
    for count in (TOGETHER, 1) if before.extent >= TOGETHER else (1,):
        with writer.block(f"for (; {b} + {count} <= {high}; {b} += {count})"):
            writer.line(f"const {kind} *restrict x = from_ + {b} * {size};")
            writer.line(f"{kind} *restrict y = to_ + {b} * {size};")
            writer.line(" ".join(f"{kind} s{n} = 0;" for n in range(count)))
            with writer.block(f"for (int64_t i = 0; i < {size}; i++)"):
                for n in range(count):
                    writer.line(f"s{n} += x[i + {n * size}]; y[i + {n * size}] = s{n};")


def scatter(writer: Writer, kernel: BlockKernel) -> None:
    node = kernel.node
    before, size, after = around(node)
    g, indices = node.inputs
    count = product(shape_of(indices))
    kind, target = c_type(node.dtype), named(writer, node, "to_")
    source, at = named(writer, g, "from_"), named(writer, indices, "at_")
    writer.uses.add("err")
    code = writer.messages.code(node, "index", size)
    b, j = Var("b_", before), Var("j_", after)
    with writer.block(writer.head(b)):
        zeros = [f"for (int64_t row = 0; row < {size}; row++)", writer.head(j)]
        with nested(writer, zeros):
            writer.line(f"{target}[(b_ * {size} + row) * {after} + j_] = 0;")
        with writer.block(f"for (int64_t n = 0; n < {count}; n++)"):
            writer.line(f"const int64_t row = lp_index((int64_t){at}[n], {size}, err, {code});")
            writer.line(f"const {kind} *restrict x = {source} + (b_ * {count} + n) * {after};")
            writer.line(f"{kind} *restrict y = {target} + (b_ * {size} + row) * {after};")
            sign = "|=" if node.dtype.kind == "b" else "+="
            writer.line(f"{writer.head(j)} y[j_] {sign} x[j_];")


TEMPLATES: dict[str, Callable[[Writer, BlockKernel], None]] = {
    "concatenate": concatenate,
    "cumulate": cumulate,
    "scatter": scatter,
}


def block_kernel(writer: Writer, kernel: BlockKernel) -> list[tuple[str, str]]:
    """The body of the C function of a block op; gives the functions that it calls, (name, C) each."""
    writer.axis = kernel.axis
    if kernel.node.op.name == "argsort":
        return sort(writer, kernel)
    TEMPLATES[kernel.node.op.kernel](writer, kernel)  # type: ignore[attr-defined]
    return []
