"""Rows of the next step's batch, which are fetched while tiles of this step's run."""

from __future__ import annotations

from ...schedule import Coming, MatmulKernel
from ...schedule.dots import DotRoles
from ...schedule.tiles import Roles
from ..writer import Writer


def coming_batch(kernel: MatmulKernel, roles: Roles | DotRoles) -> Coming | None:
    """What tiles fetch of the next step, if they go along whole rows of this step's batch."""
    coming = kernel.coming
    if coming is None or roles.row is None or len(roles.depth) != 1 or roles.a.node is not coming.batch:
        return None
    strides = roles.a.stride(roles.row), roles.a.stride(roles.depth[0]), roles.depth[0].extent
    return coming if strides == (coming.width, 1, coming.width) else None


def coming_rows(writer: Writer, coming: Coming, height: int, row: str) -> list[str]:
    """Where the next step's rows begin that take the place of `height` rows from `row` on."""
    writer.uses.add("next")
    names = [writer.fresh("coming") for _ in range(height)]
    array = writer.pointer(coming.array)
    for i, name in enumerate(names):
        place = f"lp_likely((int64_t)next_[{row} + {i}], {coming.size})"
        writer.line(f"const int64_t {name} = {place} * {coming.width};")
    return [f"{array} + {name}" for name in names]
