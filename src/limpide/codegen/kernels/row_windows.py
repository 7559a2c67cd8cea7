"""What follows some rows of a contraction's results, while they are in the first cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...schedule import MatmulKernel
from ...schedule.expression import shape_of
from ...schedule.index import Index, Var, linear
from ...schedule.tiles import Roles
from ..writer import Writer, c_type, loop_head, nested
from .epilogue import apply


def write_windows(
    writer: Writer, kernel: MatmulKernel, roles: Roles, rows: Callable[[Sequence[Var]], None]
) -> None:
    """Loops over groups of rows: all of one are made, in a buffer, and then the stages that read them.

    rows: writes what makes the rows of one place, inside of given loops.
    """
    windows = kernel.windows
    assert windows is not None
    node, step, axis, loop = windows.node, windows.step, windows.axis, windows.loop
    around, row, inside = kernel.out[:axis], kernel.out[axis], kernel.out[axis + 1 :]
    sizes = (step, *shape_of(node)[axis + 1 :])
    elements = linear(tuple(Index((), s - 1) for s in sizes), sizes).offset + 1

    def place(at: Index, position: tuple[Index, ...]) -> str:
        return f"rows_[{writer.index(linear((at, *position[axis + 1 :]), sizes))}]"

    low, high = ("lo_", "hi_") if writer.axis == loop else ("0", str(loop.extent))
    heads = [writer.head(v) for v in around if v.extent != 1]
    with nested(writer, [*heads, loop_head(Var("w_", loop.extent), low, high)]):
        writer.line(f"{c_type(node.dtype)} rows_[{elements}] LP_ALIGN(64);")
        before = dict(writer.places)
        with writer.block(loop_head(Var("s_", step))):
            writer.declare(row.name, f"w_ * {step} + s_")
            writer.places[node] = lambda position: place(Index(((Var("s_", step), 1),)), position)
            rows([v for v in roles.outer if v in inside])
        writer.places[node] = lambda position: place(position[axis] + Index(((loop, -step),)), position)
        with nested(writer, [""]):
            writer.declare(loop.name, "w_")
            with nested(writer, [writer.head(v) for v in windows.stages[0].loops[axis + 1 :]]):
                for stage in windows.stages:
                    apply(writer, stage)
        writer.places.clear()
        writer.places.update(before)
