"""Which loop of a block op threads may share, and what each touches then."""

from __future__ import annotations

from ..graph import Node
from ..shapes import product
from .expression import shape_of
from .index import Index, Var, linear, var
from .kernels import BlockKernel

LINE = 64  # bytes that move together
# Instructions for one element: a pass over it for every byte that is sorted by.
WORK = {"argsort": 60, "cumsum": 4, "scatter_add": 4}


def block_kernel(name: str, node: Node, after: tuple[Node, ...]) -> BlockKernel:
    """The kernel of a block op: arrays before its axis are shared by threads, or places behind it."""
    loop: Var | None = None
    addresses: dict[Node, Index] = {}
    grain = 1
    before, size, behind = around(node)
    line = LINE // node.dtype.itemsize
    if node.op.name == "concatenate" and before == 1:
        loop = Var("e_", size * behind)
        addresses, grain = {node: Index(((loop, 1),))}, line
    elif before > 1:
        loop = Var("b_", before)
        addresses = {n: _of_arrays(n, loop) for n in _along(node)}
    elif behind >= 2 * line and node.op.name in WORK:
        loop, grain = Var("j_", behind), line
        addresses = {n: _of_places(n, loop) for n in _along(node)}
    work = WORK.get(node.op.name, 0) * product(shape_of(_along(node)[0]))
    return BlockKernel(
        name, node, node.inputs, after=after, loop=loop, addresses=addresses, step=grain, work=work
    )


def around(node: Node) -> tuple[int, int, int]:
    """(how many arrays lie before the axis of a block op, the axis, how many elements behind it)."""
    axis, shape = node.attr("axis"), shape_of(node)
    return product(shape[:axis]), shape[axis], product(shape[axis + 1 :])


def _along(node: Node) -> tuple[Node, ...]:
    """The arrays that have the axes around that of the op; positions of a scatter have not."""
    operands = node.inputs[:1] if node.op.name == "scatter_add" else node.inputs
    return (*(n for n in dict.fromkeys(operands) if 0 not in n.shape), node)


def _of_arrays(node: Node, loop: Var) -> Index:
    """The elements of one of the arrays before the axis."""
    size = product(shape_of(node)) // loop.extent
    return linear((var(loop.name, loop.extent), var("x_", size)), (loop.extent, size))


def _of_places(node: Node, loop: Var) -> Index:
    """The elements at one place behind the axis."""
    size = product(shape_of(node)) // loop.extent
    return linear((var("x_", size), var(loop.name, loop.extent)), (size, loop.extent))
