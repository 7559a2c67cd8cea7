"""Which loops a stage walks over, in which order, and which of them it shares with other stages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..graph import Node
from ..ops.define import ReduceOp
from ..shapes import product
from .index import Index, Var
from .kernels import Kernel, LoopKernel, MatmulKernel, Stage

ROW = 4096  # totals of one sum over rows that are kept at a time


def orders(node: Node) -> list[list[int]]:
    """The orders in which loops may walk over what a node is computed from; the usual one first.

    Rows that are folded are folded one after the other; where columns are, loops follow memory.
    """
    if not isinstance(node.op, ReduceOp):
        return [list(range(node.ndim))]
    axes = node.attr("axes")
    memory = list(range(node.inputs[0].ndim))
    kept = [a for a in memory if a not in axes]
    if memory[-1] in axes or located(node):
        rows = kept + list(axes)
        return [rows] if rows == memory or located(node) else [rows, memory]
    columns = [*kept[:-1], *axes, kept[-1]]
    return [memory] if columns == memory else [memory, columns]


def located(node: Node) -> bool:
    return isinstance(node.op, ReduceOp) and node.op.located


def own_depth(stage: Stage) -> int:
    """All loops of a stage; the position of a winner is looked for in a loop of its own."""
    return stage.ready if located(stage.node) else len(stage.loops)


def common_depth(kernel: LoopKernel, stage: Stage) -> int:
    """How many outer loops a stage can share with a kernel; 0: it has no reason to, or cannot."""
    depth = fitting_depth(kernel, [stage], own_depth(stage))
    made = kernel.writes
    return depth if any(n in made for n in stage.reads) or _reads_along(kernel, stage, depth) else 0


def fitting_depth(kernel: LoopKernel, stages: Sequence[Stage], depth: int) -> int:
    """How many of their `depth` outer loops stages can share with a kernel."""
    depth = min(kernel.depth, depth)
    while depth and kernel.outer[:depth] != stages[0].loops[:depth]:
        depth -= 1
    made = {s.node: s for s in kernel.stages}
    for stage in stages:
        if any(n in made for n in stage.positions):
            return 0
        for load in stage.loads:
            if load.node in made:
                depth = min(depth, _matching(made[load.node], load.position, depth))
    return 0 if _few(kernel, depth) or too_wide([*kernel.stages, *stages], depth) else depth


def _matching(source: Stage, position: tuple[Index, ...], depth: int) -> int:
    """In how many outer loops the element at a position is complete when it is read."""
    matching, depth = 0, min(depth, source.ready)
    while matching < depth and position[matching] == source.position[matching]:
        matching += 1
    return matching


def merged(kernels: Sequence[Kernel], allowed: Callable[[list[Stage], list[Stage]], bool]) -> list[Kernel]:
    """Kernels that can share loops become one, where one reads what the other makes or reads."""
    found: list[Kernel] = []
    for kernel in kernels:
        if not (isinstance(kernel, LoopKernel) and _merge(kernel, found, allowed)):
            found.append(kernel)
    return found


def _merge(
    kernel: LoopKernel, found: list[Kernel], allowed: Callable[[list[Stage], list[Stage]], bool]
) -> bool:
    """Put a kernel into the latest one before it that has room for it, if there is one."""
    reads = set(kernel.reads)
    for at in range(len(found) - 1, -1, -1):
        other = found[at]
        if isinstance(other, LoopKernel) and _related(other, kernel):
            depth = fitting_depth(other, kernel.stages, kernel.depth)
            if depth and allowed(other.stages, kernel.stages):
                other.stages += kernel.stages
                other.depth = depth
                return True
        if reads.intersection(other.writes):
            return False
    return False


def _related(kernel: LoopKernel, later: LoopKernel) -> bool:
    return not set(kernel.writes).isdisjoint(later.reads) or any(
        _reads_along(kernel, s, later.depth) for s in later.stages
    )


def _reads_along(kernel: LoopKernel, stage: Stage, depth: int) -> bool:
    """Whether a stage walks over all that a kernel walks over, and reads some of the same elements."""
    along = [s for s in kernel.stages if s.loops == stage.loops]
    mine = {id(load) for s in along for load in s.loads}
    return depth == kernel.depth and any(id(load) in mine for load in stage.loads)


def row_of(stage: Stage) -> tuple[Var, ...]:
    """The axes of a result inside of a folded loop: there is a total for each of their elements."""
    return tuple(v for v in stage.loops[stage.ready :] if v not in stage.folded and v.extent != 1)


def wide(stage: Stage, depth: int) -> bool:
    """Whether a sum over one of the outer loops needs a long row of totals."""
    return stage.ready < depth and product(v.extent for v in row_of(stage)) > ROW


def too_wide(stages: Sequence[Stage], depth: int) -> bool:
    """Long rows of totals are made tile by tile: then all have to walk along them in the same loops."""
    loops = tuple(v for v in stages[0].loops if v.extent != 1)
    rows = [row_of(s) for s in stages if wide(s, depth)]
    if not rows:
        return False
    apart = any(s.loops != stages[0].loops or loops[-1] in s.folded for s in stages)
    row = max(rows, key=len)
    tiled = row == loops[-len(row) :] and (len(row) == 1 or in_step(stages, row))
    return apart or depth < len(stages[0].loops) or not tiled


def in_step(stages: Sequence[Stage], loops: Sequence[Var]) -> bool:
    """Whether every access runs through memory in step with these loops, or does not move at all."""
    run = set(loops)
    for stage in stages:
        if len(run.intersection(stage.folded)) not in (0, len(run)):
            return False
        for value in stage.value.walk():
            indices = [value.address] if value.kind == "load" else list(value.position)
            if value.condition is not None:
                indices += [part[0] for part in value.condition.parts]
            if not all(_steps(index, loops) for index in indices):
                return False
    return True


def _steps(index: Index, loops: Sequence[Var]) -> bool:
    if any(not isinstance(atom, Var) for atom in index.atoms()):
        return False
    step = index.factor(loops[-1])
    for v in reversed(loops):
        if index.factor(v) != step:
            return False
        step *= v.extent
    return True


def _few(kernel: LoopKernel, depth: int) -> bool:
    """Sharing few outer iterations would leave long inner arrays in memory anyway."""
    iterations = 1
    for v in kernel.outer[:depth]:
        iterations *= v.extent
    return iterations < 2


def fits_epilogue(kernel: MatmulKernel, stage: Stage) -> bool:
    own = {kernel.node, *(s.node for s in kernel.epilogue)}
    if tuple(v.extent for v in stage.kept) != tuple(v.extent for v in kernel.out):
        return False
    return all(load.position == stage.position for load in stage.loads if load.node in own) and not any(
        n in own for n in stage.positions
    )


def reads_in_step(stages: Sequence[Stage], value: Node, target: Node, written: bool = False) -> bool:
    """Whether the target is read only at the element that is written, and not after it is."""
    place = next((s.position for s in stages if s.node is value), None)
    for stage in stages:
        for load in stage.loads:
            if load.node is target and (written or load.position != place):
                return False
        if target in stage.positions:
            return False
        written = written or stage.node is value
    return True
