"""Pooling as a convolution makes its rows: maps of windows of them follow at once, and no row is stored."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph import Node
from ..shapes import product
from .expression import shape_of
from .index import Index
from .kernels import Kernel, LoopKernel, MatmulKernel, Stage, Windows
from .tiles import panel_roles

MOST_BYTES = 1 << 15  # of rows that are kept: they stay in the first cache


def with_windows(kernels: Sequence[Kernel], roots: Sequence[Node]) -> list[Kernel]:
    """The kernels; loops that alone read a contraction's rows, some at a time, have become a part of it."""
    found = list(kernels)
    for kernel in kernels:
        if not isinstance(kernel, MatmulKernel):
            continue
        readers = [k for k in found if set(kernel.writes).intersection(k.reads)]
        if len(readers) != 1 or not set(roots).isdisjoint(kernel.writes):
            continue
        loops = readers[0]
        if isinstance(loops, LoopKernel) and _is_made_before(kernel, loops, found):
            kernel.windows = windows_of(kernel, loops)
            if kernel.windows is not None:
                found.remove(loops)
    return found


def _is_made_before(kernel: MatmulKernel, loops: LoopKernel, kernels: list[Kernel]) -> bool:
    """Whether all that the loops read beside the contraction's results is made before it."""
    later = kernels[kernels.index(kernel) + 1 : kernels.index(loops)]
    return not any(set(k.writes).intersection(loops.reads) for k in later)


def windows_of(kernel: MatmulKernel, loops: LoopKernel) -> Windows | None:
    """How loops go over windows of a contraction's rows; None where they do not."""
    made = [n for n in loops.reads if n in kernel.writes]
    if len(made) != 1 or any(not _is_plain(s) or s.loops != loops.outer for s in loops.stages):
        return None
    node = made[0]
    positions = [load.position for s in loops.stages for load in s.loads if load.node is node]
    own = loops.stages[0].position
    axis = 0
    while axis < len(own) and axis < node.ndim and all(p[axis] == own[axis] for p in positions):
        axis += 1
    if axis >= min(len(own), node.ndim) or loops.outer[:axis] != kernel.out[:axis]:
        return None
    step = _step(positions, axis, loops)
    if not step or kernel.out[axis].extent < step * loops.outer[axis].extent:
        return None
    roles = panel_roles(kernel)
    if roles is None or roles.b.stride(roles.column) != 1:
        return None
    if {roles.row, roles.column}.intersection(kernel.out[: axis + 1]):
        return None
    inner = product(shape_of(node)[axis + 1 :]) * node.dtype.itemsize
    return Windows(node, axis, step, loops.stages) if step * inner <= MOST_BYTES else None


def _is_plain(stage: Stage) -> bool:
    return not stage.folded and not stage.positions and all(v.kind != "guard" for v in stage.value.walk())


def _step(positions: Sequence[tuple[Index, ...]], axis: int, loops: LoopKernel) -> int:
    """How many rows a window has along the axis, if all are in one group; else 0."""
    loop = loops.outer[axis]
    steps = {p[axis].factor(loop) for p in positions}
    if len(steps) != 1:
        return 0
    step = steps.pop()
    rows = [p[axis] + Index(((loop, -step),)) for p in positions]
    inside = all(not row.terms and 0 <= row.offset < step for row in rows)
    return step if inside else 0
