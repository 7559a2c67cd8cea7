"""What follows a contraction, on a tile of its results while it is in the first cache."""

from __future__ import annotations

from ...schedule import MatmulKernel, Stage
from ...schedule.expression import shape_of
from ...schedule.index import Var, linear, var
from ...schedule.tiles import Roles
from ..writer import Writer, c_type, loop_head, nest_of


def tile_epilogue(
    writer: Writer, kernel: MatmulKernel, roles: Roles, height: int, width: int, columns: int
) -> None:
    """The stages on every element of the tile `t_`: `height` rows of `width`, of which `columns` exist."""
    row, column, own = roles.row, roles.column, kernel.node
    loops = [Var("ti_", height)] if row is not None else []
    position = tuple(var(v.name, v.extent) for v in kernel.out)
    with nest_of(writer, [v for v in loops if v.extent > 1]):
        if row is not None:
            add = " + ti_" if height > 1 else ""
            writer.declare(row.name, f"{row.name}_{add}")
        with writer.block(loop_head(Var("tj_", columns))):
            writer.declare(column.name, f"{column.name}_ + tj_")
            at = f"ti_ * {width} + tj_" if height > 1 else "tj_"
            slots = writer.memory.slots
            places = dict(writer.places)
            writer.places[own] = lambda position: f"t_[{at}]"
            if slots[own].kind != "local":
                target = f"{writer.pointer(own)}[{writer.index(linear(position, shape_of(own)))}]"
                writer.line(f"{target} = t_[{at}];")
            for stage in kernel.epilogue:
                apply(writer, stage)
            writer.places.clear()
            writer.places.update(places)


def apply(writer: Writer, stage: Stage) -> None:
    """One stage on one element."""
    text = writer.value(stage.value)
    if writer.memory.slots[stage.node].kind == "local":
        name = writer.fresh(stage.node.name or stage.node.op.name)
        writer.line(f"const {c_type(stage.node.dtype)} {name} = {text};")
        writer.places[stage.node] = lambda position: name
    else:
        writer.line(f"{writer.place(stage.node, stage.position)} = {text};")
