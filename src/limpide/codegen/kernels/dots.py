"""Contractions one result at a time: the folded axis in lanes. For any strides and dtype."""

from __future__ import annotations

from collections.abc import Sequence

from ...schedule import MatmulKernel, Stage
from ...schedule.index import var
from ..writer import Writer, c_type, element, loop_head, nest_of, nested, sum_of_products
from .epilogue import apply


def dots(writer: Writer, kernel: MatmulKernel) -> None:
    """The loops over results, the sum over the folded axes in each."""
    node = kernel.node
    kind = c_type(node.dtype)
    sign, times = sum_of_products(node.dtype)
    heads = [writer.head(v) for v in kernel.out if v.extent != 1]
    folded = sorted(kernel.folded, key=lambda v: -kernel.a.stride(v) - kernel.b.stride(v))
    with nested(writer, heads):
        writer.line(f"{kind} acc_ = 0;")
        with nest_of(writer, folded[:-1]):
            last = folded[-1]
            writer.line(f"{kind} part_ = 0;")
            a, b = (
                element(f"{writer.pointer(o.node)}[{writer.index(o.address)}]", o.node.dtype, node.dtype)
                for o in (kernel.a, kernel.b)
            )
            writer.line(f"#pragma omp simd reduction({sign}:part_)")
            writer.line(f"{loop_head(last)} part_ = part_ {sign} {a} {times} {b};")
            writer.line(f"acc_ = acc_ {sign} part_;")
        write_result(writer, kernel, kernel.epilogue)


def write_result(writer: Writer, kernel: MatmulKernel, epilogue: Sequence[Stage]) -> None:
    """Store one result, or what the epilogue makes of it."""
    node = kernel.node
    position = tuple(var(v.name, v.extent) for v in kernel.out)
    if writer.memory.slots[node].kind != "local":
        writer.line(f"{writer.place(node, position)} = acc_;")
    before = dict(writer.places)
    writer.places[node] = lambda _: "acc_"
    for stage in epilogue:
        apply(writer, stage)
    writer.places.clear()
    writer.places.update(before)
