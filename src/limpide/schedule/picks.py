"""Rows of large arrays that data pick: no processor foresees where the next one is, so it is fetched ahead.

Inside of one copy the rows that come later are fetched. While a step of a loop multiplies the rows of its
batch, those of the next step are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..graph import Node
from .expression import Value
from .index import Index, Loaded, Var
from .kernels import Coming, Kernel, LoopKernel, MatmulKernel, Stage, nbytes

SHORT = 128  # bytes: shorter rows are not worth fetching
LARGE = 1 << 20  # bytes: smaller arrays stay in the second cache
FETCHED = 16 << 10  # bytes that are on their way
MOST_AHEAD = 16  # rows


@dataclass(frozen=True)
class PickedRow:
    """Rows that are read along one loop: `ahead` steps of `loop` later, the next is fetched."""

    load: Value
    atom: Loaded
    loop: Var
    ahead: int


def picked_rows(v: Var, stages: Sequence[Stage]) -> list[PickedRow]:
    """What is read along `v` in rows that data pick."""
    found: dict[tuple[Node, Index], PickedRow] = {}
    for load in (load for stage in stages for load in stage.loads):
        size = v.extent * load.dtype.itemsize
        picks = [a for a in load.address.atoms() if isinstance(a, Loaded) and a.wraps]
        if load.address.factor(v) != 1 or len(picks) != 1 or size < SHORT or nbytes(load.node) < LARGE:
            continue
        around = [u for u in stages[0].loops if u != v and u in load.address.variables()]
        if around and Index(((picks[0], 1),)).variables() == {around[-1]}:
            ahead = max(1, min(MOST_AHEAD, FETCHED // size))
            found.setdefault((load.node, load.address), PickedRow(load, picks[0], around[-1], ahead))
    return list(found.values())


def announce(kernels: Sequence[Kernel], elements: Iterable[Node]) -> None:
    """The first product of each batch of picked rows fetches the rows of the next step.

    elements: what every step of the loop has another one of.
    """
    known = set(elements)
    batches = {c.batch: c for kernel in kernels for c in _batches(kernel) if c.rows in known}
    for kernel in kernels:
        if isinstance(kernel, MatmulKernel) and (coming := batches.pop(kernel.a.node, None)):
            kernel.coming = coming


def _batches(kernel: Kernel) -> list[Coming]:
    """The copies of picked rows that a kernel makes."""
    if not isinstance(kernel, LoopKernel) or not kernel.nested or len(kernel.outer) != 2:
        return []
    row, column = kernel.outer
    found = []
    for stage in kernel.stages:
        picked = picked_rows(column, [stage]) if stage.value.kind == "load" else []
        for p in picked:
            width = p.load.address.factor(p.atom)
            plain = p.atom.position == (Index(((row, 1),)),) and width == column.extent
            if plain and p.load.address == Index(((p.atom, width), (column, 1))):
                found.append(Coming(stage.node, p.load.node, p.atom.node, p.atom.size, width))
    return found
