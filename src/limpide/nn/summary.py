"""The table that `model.summary()` prints."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from ..shapes import Shape


class Row(NamedTuple):
    """One module: its path, its title, its output, (number, trained, bytes) of its parameters, its work."""

    path: str
    layer: str
    output: Shape | None
    sizes: list[tuple[int, bool, int]]
    flops: int = 0


def table(title: str, rows: Sequence[Row]) -> str:
    """The rows in aligned columns, and the totals.

    >>> print(table("Net", [Row("0", "Linear(2, 3)", (8, 3), [(6, True, 24), (3, True, 12)], 144)]))
    Net
    name    layer          output   parameters   trained   FLOPs
    ------------------------------------------------------------
    0       Linear(2, 3)   (8, 3)            9         9     144
    ------------------------------------------------------------
    total                                    9         9     144
    parameters 36 B, outputs 96 B
    """
    cells = [("name", "layer", "output", "parameters", "trained", "FLOPs")]
    cells += [(r.path, r.layer, show(r.output), *_numbers([r])) for r in rows]
    total = ("total", "", "", *_numbers(rows))
    widths = [max(len(line[i]) for line in [*cells, total]) for i in range(6)]
    lines = [_line(line, widths) for line in [*cells, total]]
    rule = "-" * (sum(widths) + 15)
    held = memory(sum(b for r in rows for _, _, b in r.sizes))
    outputs = memory(4 * sum(_elements(r.output) for r in rows))
    foot = f"parameters {held}, outputs {outputs}"
    foot += " per sample" if any(r.output and not isinstance(r.output[0], int) for r in rows) else ""
    return "\n".join([title, lines[0], rule, *lines[1:-1], rule, lines[-1], foot])


def _numbers(rows: Sequence[Row]) -> tuple[str, str, str]:
    sizes = [size for r in rows for size in r.sizes]
    trained = sum(n for n, is_trained, _ in sizes if is_trained)
    return f"{sum(n for n, _, _ in sizes):,}", f"{trained:,}", f"{sum(r.flops for r in rows):,}"


def _elements(shape: Shape | None) -> int:
    """How many numbers an output has; a size that is not known counts as 1."""
    return 0 if shape is None else prod(s if isinstance(s, int) else 1 for s in shape)


def _line(cells: tuple[str, ...], widths: Sequence[int]) -> str:
    pairs = list(zip(cells, widths, strict=True))
    return "   ".join([*(c.ljust(w) for c, w in pairs[:3]), *(c.rjust(w) for c, w in pairs[3:])])


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
