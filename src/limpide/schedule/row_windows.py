"""Pooling as a convolution makes its rows: maps of windows of them follow at once, and no row is stored."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph import Node
from ..shapes import product
from .expression import shape_of
from .index import Index, Var
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
            own, others = _apart(kernel, loops)
            kernel.windows = windows_of(kernel, own) if own else None
            if kernel.windows is not None:
                loops.stages = others
                if not others:
                    found.remove(loops)
    return found


def _apart(kernel: MatmulKernel, loops: LoopKernel) -> tuple[list[Stage], list[Stage]]:
    """The stages that read a contraction, in the loops of the first one, and those that do not; or none."""
    made = {*kernel.writes, *loops.writes}
    own = [s for s in loops.stages if not set(s.reads).isdisjoint(kernel.writes)]
    mine = {*kernel.writes, *(s.node for s in own)}
    alike = all(_is_plain(s) and s.loops == own[0].loops and made & {*s.reads} <= mine for s in own)
    return (own, [s for s in loops.stages if s not in own]) if alike else ([], [])


def _is_made_before(kernel: MatmulKernel, loops: LoopKernel, kernels: list[Kernel]) -> bool:
    """Whether all that the loops read beside the contraction's results is made before it."""
    later = kernels[kernels.index(kernel) + 1 : kernels.index(loops)]
    return not any(set(k.writes).intersection(loops.reads) for k in later)


def windows_of(kernel: MatmulKernel, stages: list[Stage]) -> Windows | None:
    """How stages go over windows of a contraction's rows; None where they do not."""
    made = list(dict.fromkeys(n for s in stages for n in s.reads if n in kernel.writes))
    if len(made) != 1:
        return None
    node = made[0]
    positions = [load.position for s in stages for load in s.loads if load.node is node]
    loops, own = stages[0].loops, stages[0].position
    axis = 0
    while axis < len(own) and axis < node.ndim and all(p[axis] == own[axis] for p in positions):
        axis += 1
    if axis >= min(len(own), node.ndim) or loops[:axis] != kernel.out[:axis]:
        return None
    step = _step(positions, loops[axis], axis)
    if not step or kernel.out[axis].extent < step * loops[axis].extent:
        return None
    roles = panel_roles(kernel)
    if roles is None or roles.b.stride(roles.column) != 1:
        return None
    if {roles.row, roles.column}.intersection(kernel.out[: axis + 1]):
        return None
    inner = product(shape_of(node)[axis + 1 :]) * node.dtype.itemsize
    return Windows(node, axis, step, stages) if step * inner <= MOST_BYTES else None


def _is_plain(stage: Stage) -> bool:
    return not stage.folded and not stage.positions and all(v.kind != "guard" for v in stage.value.walk())


def _step(positions: Sequence[tuple[Index, ...]], loop: Var, axis: int) -> int:
    """How many rows a window has along the axis, if all are in one group; else 0."""
    steps = {p[axis].factor(loop) for p in positions}
    if len(steps) != 1:
        return 0
    step = steps.pop()
    rows = [p[axis] + Index(((loop, -step),)) for p in positions]
    inside = all(not row.terms and 0 <= row.offset < step for row in rows)
    return step if inside else 0
