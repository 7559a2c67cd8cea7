"""What follows a contraction, on a tile of its results while it is in the first cache."""

from __future__ import annotations

from ...graph import Node
from ...schedule import MatmulKernel, Stage, nbytes
from ...schedule.expression import shape_of
from ...schedule.index import Atom, Index, Var, linear, var
from ...schedule.tiles import Roles
from ..writer import Writer, c_type, loop_head, nest_of

FETCH_BYTES = 1 << 15  # arrays from here on do not stay in the first cache


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


def fetch_targets(
    writer: Writer, kernel: MatmulKernel, roles: Roles, height: int, width: int, ahead: int
) -> None:
    """What the stages read and write, `ahead` columns from a tile, is fetched while the tile is computed."""
    row, column = roles.row, roles.column
    if row is None:
        return
    places = {writer.memory.slots[n].name: (n, at) for n, at in _touched(kernel)}
    for name, (node, address) in places.items():
        slot = writer.memory.slots[node]
        if slot.kind == "local" or nbytes(node) < FETCH_BYTES or address.factor(column) != 1:
            continue
        writer.pointer(node)
        known: dict[Atom, Index] = {
            column: var(f"{column.name}_", column.extent),
            row: var(f"{row.name}_", row.extent),
        }
        start = writer.index(address.mapped(known))
        step = 64 // node.dtype.itemsize
        lines = sorted({*range(ahead, ahead + width, step), ahead + width - 1})
        with writer.block(f"for (int64_t ti_ = 0; ti_ < {height}; ti_++)"):
            at = f"{name} + {start} + ti_ * {address.factor(row)}"
            writer.line(" ".join(f"LP_PREFETCH_WRITE({at} + {n});" for n in lines))


def _touched(kernel: MatmulKernel) -> list[tuple[Node, Index]]:
    """The arrays that the stages read or write, and where."""
    found = [(kernel.node, linear(kernel.position, shape_of(kernel.node)))]
    for stage in kernel.epilogue:
        found += [(load.node, load.address) for load in stage.loads if load.node is not kernel.node]
        found.append((stage.node, linear(stage.position, shape_of(stage.node))))
    return found


def apply(writer: Writer, stage: Stage) -> None:
    """One stage on one element."""
    text = writer.value(stage.value)
    if writer.memory.slots[stage.node].kind == "local" and stage.node not in writer.places:
        name = writer.fresh(stage.node.name or stage.node.op.name, stage.node)
        writer.line(f"const {c_type(stage.node.dtype)} {name} = {text};")
        writer.places[stage.node] = lambda position: name
    else:
        writer.line(f"{writer.place(stage.node, stage.position)} = {text};")
