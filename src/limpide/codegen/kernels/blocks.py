"""Templates of the other block ops: joining, running sums, sorting, scattering. Operands are whole arrays."""

from __future__ import annotations

from collections.abc import Callable

from ...graph import Node
from ...schedule import BlockKernel
from ...schedule.expression import shape_of
from ..writer import Writer, c_type


def around(shape: tuple[int, ...], axis: int) -> tuple[int, int]:
    """(how many arrays lie before an axis, how many elements behind it)."""
    before = after = 1
    for size in shape[:axis]:
        before *= size
    for size in shape[axis + 1 :]:
        after *= size
    return before, after


def named(writer: Writer, node: Node, name: str) -> str:
    """A pointer of the template's own name to an array, which keeps the user's name among the parameters."""
    writer.line(f"{c_type(node.dtype)} *const {name} = ({c_type(node.dtype)} *){writer.pointer(node)};")
    return name


def concatenate(writer: Writer, node: Node) -> None:
    axis = node.attr("axis")
    before, after = around(shape_of(node), axis)
    row = shape_of(node)[axis] * after
    target, kind = named(writer, node, "to_"), c_type(node.dtype)
    start = 0
    for part in node.inputs:
        length = shape_of(part)[axis] * after
        if length and before:
            source = writer.pointer(part)
            with writer.block(f"for (int64_t b_ = 0; b_ < {before}; b_++)"):
                to = f"{target} + b_ * {row} + {start}"
                writer.line(f"memcpy({to}, {source} + b_ * {length}, {length} * sizeof({kind}));")
        start += length


def cumulate(writer: Writer, node: Node) -> None:
    axis = node.attr("axis")
    size = shape_of(node)[axis]
    before, after = around(shape_of(node), axis)
    source, target = named(writer, node.inputs[0], "from_"), named(writer, node, "to_")
    kind = c_type(node.dtype)
    with writer.block(f"for (int64_t b_ = 0; b_ < {before}; b_++)"):
        writer.line(f"const {kind} *x = {source} + b_ * {size * after};")
        writer.line(f"{kind} *y = {target} + b_ * {size * after};")
        if size:
            writer.line(f"for (int64_t j = 0; j < {after}; j++) y[j] = x[j];")
        with writer.block(f"for (int64_t i = {after}; i < {size * after}; i++)"):
            writer.line(f"y[i] = y[i - {after}] + x[i];")


def scatter(writer: Writer, node: Node) -> None:
    axis, size = node.attr("axis"), node.attr("size")
    g, indices = node.inputs
    before, after = around(shape_of(node), axis)
    count = 1
    for s in shape_of(indices):
        count *= s
    kind, target = c_type(node.dtype), named(writer, node, "to_")
    source, at = named(writer, g, "from_"), named(writer, indices, "at_")
    writer.uses.add("err")
    code = writer.messages.code(node, "index", size)
    writer.line(f"memset({target}, 0, {before * size * after} * sizeof({kind}));")
    with (
        writer.block(f"for (int64_t b_ = 0; b_ < {before}; b_++)"),
        writer.block(f"for (int64_t n = 0; n < {count}; n++)"),
    ):
        writer.line(f"const int64_t row = lp_index((int64_t){at}[n], {size}, err, {code});")
        writer.line(f"const {kind} *x = {source} + (b_ * {count} + n) * {after};")
        writer.line(f"{kind} *y = {target} + (b_ * {size} + row) * {after};")
        sign = "|=" if node.dtype.kind == "b" else "+="
        writer.line(f"for (int64_t j = 0; j < {after}; j++) y[j] {sign} x[j];")


def sort(writer: Writer, node: Node) -> None:
    """Merge sort of positions, bottom up: stable; a NaN comes after every number."""
    axis = node.attr("axis")
    source = node.inputs[0]
    size = shape_of(node)[axis]
    before, after = around(shape_of(node), axis)
    x, y, kind = named(writer, source, "from_"), named(writer, node, "to_"), c_type(source.dtype)
    if not size:
        return
    later = "v[q] < v[p] || (v[p] != v[p] && v[q] == v[q])" if source.dtype.kind == "f" else "v[q] < v[p]"
    writer.uses.add("scratch")
    with (
        writer.block(f"for (int64_t b_ = 0; b_ < {before}; b_++)"),
        writer.block(f"for (int64_t j = 0; j < {after}; j++)"),
    ):
        writer.line(f"{kind} *v = ({kind} *)scratch;")
        writer.line(f"int64_t *from = (int64_t *)(scratch + {size * 8}), *to = from + {size};")
        writer.line(f"const int64_t base = b_ * {size * after} + j;")
        writer.line(f"for (int64_t i = 0; i < {size}; i++) v[i] = {x}[base + i * {after}], from[i] = i;")
        with writer.block(f"for (int64_t run = 1; run < {size}; run *= 2)"):
            with writer.block(f"for (int64_t lo = 0; lo < {size}; lo += 2 * run)"):
                writer.line(f"const int64_t mid = lo + run < {size} ? lo + run : {size};")
                writer.line(f"const int64_t hi = lo + 2 * run < {size} ? lo + 2 * run : {size};")
                writer.line("int64_t a = lo, c = mid, k = lo;")
                with writer.block("while (a < mid && c < hi)"):
                    writer.line("const int64_t p = from[a], q = from[c];")
                    writer.line(f"if ({later}) to[k++] = q, c++; else to[k++] = p, a++;")
                writer.line("while (a < mid) to[k++] = from[a++];")
                writer.line("while (c < hi) to[k++] = from[c++];")
            writer.line("int64_t *swap = from; from = to; to = swap;")
        writer.line(f"for (int64_t i = 0; i < {size}; i++) {y}[base + i * {after}] = from[i];")


TEMPLATES: dict[str, Callable[[Writer, Node], None]] = {
    "concatenate": concatenate,
    "cumulate": cumulate,
    "scatter": scatter,
    "sort": sort,
}


def scratch_bytes(kernel: BlockKernel) -> int:
    """What a template needs beside its operands."""
    node = kernel.node
    return 24 * shape_of(node)[node.attr("axis")] if node.op.name == "argsort" else 0


def block_kernel(writer: Writer, kernel: BlockKernel) -> None:
    """The body of the C function of a block op."""
    TEMPLATES[kernel.node.op.kernel](writer, kernel.node)  # type: ignore[attr-defined]
