"""Rows of the next step's batch, which are fetched while tiles of this step's run."""

from __future__ import annotations

from ...schedule import Coming
from ..writer import Writer


def coming_rows(writer: Writer, coming: Coming, height: int, row: str) -> list[str]:
    """Where the next step's rows begin that take the place of `height` rows from `row` on."""
    writer.uses.add("next")
    names = [writer.fresh("coming") for _ in range(height)]
    array = writer.pointer(coming.array)
    for i, name in enumerate(names):
        place = f"lp_likely((int64_t)next_[{row} + {i}], {coming.size})"
        writer.line(f"const int64_t {name} = {place} * {coming.width};")
    return [f"{array} + {name}" for name in names]
