"""The table that `model.summary()` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..shapes import Shape


class Row(NamedTuple):
    """One module: its path, its repr, its output, and (number, trained, bytes) of its parameters."""

    path: str
    layer: str
    output: Shape | None
    sizes: list[tuple[int, bool, int]]


def table(title: str, rows: Sequence[Row]) -> str:
    """The rows in aligned columns, and the totals.

    >>> print(table("Net", [Row("0", "Linear(2, 3)", (8, 3), [(6, True, 24), (3, True, 12)])]))
    Net
    name    layer          output   parameters
    ------------------------------------------
    0       Linear(2, 3)   (8, 3)            9
    ------------------------------------------
    total                                    9   36 B
    """
    cells = [("name", "layer", "output", "parameters")]
    cells += [(r.path, r.layer, show(r.output), f"{sum(n for n, _, _ in r.sizes):,}") for r in rows]
    sizes = [size for r in rows for size in r.sizes]
    total, frozen = sum(n for n, _, _ in sizes), sum(n for n, trained, _ in sizes if not trained)
    totals = [("total", "", "", f"{total:,}")]
    if frozen:
        totals += [("trained", "", "", f"{total - frozen:,}"), ("not trained", "", "", f"{frozen:,}")]
    widths = [max(len(line[i]) for line in [*cells, *totals]) for i in range(4)]
    lines = [_line(line, widths) for line in [*cells, *totals]]
    rule = "-" * (sum(widths) + 9)
    lines[len(cells)] += f"   {memory(sum(b for _, _, b in sizes))}"
    return "\n".join([title, lines[0], rule, *lines[1 : len(cells)], rule, *lines[len(cells) :]])


def _line(cells: tuple[str, ...], widths: Sequence[int]) -> str:
    left = [cell.ljust(width) for cell, width in zip(cells[:-1], widths, strict=False)]
    return "   ".join([*left, cells[-1].rjust(widths[-1])])


def show(shape: Shape | None) -> str:
    """A shape with None for sizes that may vary.

    >>> show(None), show((8, 3))
    ('', '(8, 3)')
    """
    return "" if shape is None else str(tuple(size if isinstance(size, int) else None for size in shape))


def memory(size: int) -> str:
    """Bytes in a unit that people read.

    >>> memory(36), memory(318040)
    ('36 B', '310.6 KiB')
    """
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.1f} KiB" if size < 1024**2 else f"{size / 1024**2:.1f} MiB"
