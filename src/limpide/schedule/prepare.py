"""Before anything is planned: operands that kernels like, numbers for what has no elements."""

from __future__ import annotations

from collections.abc import Sequence

from ..dtypes import computing
from ..graph import Node, make, rebuild, standing_for, walk
from ..ops.define import ReduceOp, ViewOp, cast, constant
from ..ops.map import multiply, stop_gradient
from ..ops.view import broadcast_to, reshape, transpose
from ..shapes import product
from .expression import plain_access, shape_of
from .index import Var, var
from .layout import carry_across, scores_across
from .machine import Machine
from .pooling import lowered
from .stored import in_memory
from .tiles import panels_fit

COPY_ROWS = 4  # from so many rows on, an operand that is stored across is copied
LONG_DOTS = 128  # from so many products on, sums run along memory as quickly as across it
SMALLER = 4  # times: so much smaller the other operand is where that one is copied instead


def prepare(roots: Sequence[Node], machine: Machine) -> list[Node]:
    """Contractions get operands that their kernels like; roots that nothing computes become copies.

    What has no elements, or folds none, becomes a number, so that no loop that may contain a check is empty.
    """
    done: dict[Node, Node] = {}
    roots = lowered(scores_across(carry_across(roots, machine), machine), machine.threads)
    for node in standing_for(walk(roots)):
        new = rebuild(node, tuple(done[i] for i in node.inputs))
        if not in_memory(node) and (0 in node.shape or _folds_nothing(node)):
            number = node.op.identity(node.dtype) if isinstance(node.op, ReduceOp) else 0
            new = broadcast_to(constant(number, node.dtype), node.shape)
        elif new.op.name == "contract":
            new = _along_memory(new) if _folded(new) else _product(new)
        done[node] = new
    return [_copied(done[root]) for root in roots]


def _folds_nothing(node: Node) -> bool:
    folds = isinstance(node.op, ReduceOp) or node.op.name == "contract"
    return folds and any(0 in source.shape for source in node.inputs)


def _along_memory(node: Node) -> Node:
    """A contraction of some rows, whose columns run along memory in the operand that has them.

    An operand that is stored the other way is copied first: that costs less than reading it across.
    Where rows are many, the kernel itself copies it, a panel at a time.
    """
    spec = list(node.attr("spec"))
    sizes = dict(zip(spec[0] + spec[1], shape_of(node.inputs[0]) + shape_of(node.inputs[1]), strict=True))
    wide = [c for c in spec[2] if sizes[c] != 1]
    if not wide:
        return node
    column = wide[-1]
    owners = [i for i in (0, 1) if column in spec[i]]
    rows = [sizes[c] for c in wide if c not in spec[owners[0]]]
    steps = product(sizes[c] for c in _folded(node))
    if (
        len(owners) != 1
        or product(rows) < COPY_ROWS
        or panels_fit(max(rows), steps * node.dtype.itemsize)
        or _memory_stride(node.inputs[owners[0]], spec[owners[0]].index(column)) == 1
        or _depth_along_memory(node)
    ):
        return node
    owner, last = owners[0], column
    if steps >= LONG_DOTS and (depth := _depth_of_dots(node, owner)):
        owner, last = 1 - owner, depth
    source, letters = node.inputs[owner], spec[owner]
    order = [i for i, c in enumerate(letters) if c != last] + [letters.index(last)]
    copy = stop_gradient(transpose(source, order))
    copy.name = copy.name or f"{source.name or source.op.name}_across"
    inputs = list(node.inputs)
    inputs[owner], spec[owner] = copy, "".join(letters[i] for i in order)
    return make(node.op, inputs, node, spec=tuple(spec))


def _depth_of_dots(node: Node, owner: int) -> str | None:
    """The folded axis that lies along memory in an operand, where the other is small and lacks only that."""
    folded = _folded(node)
    large, small = node.inputs[owner], node.inputs[1 - owner]
    if len(folded) != 1 or SMALLER * product(shape_of(small)) > product(shape_of(large)):
        return None
    along = _memory_stride(large, node.attr("spec")[owner].index(folded[0])) == 1
    return folded[0] if along else None


def _depth_along_memory(node: Node) -> bool:
    """Whether both operands lie along one folded axis: then results are dot products of their rows."""
    return any(
        all(
            letter in spec and _memory_stride(source, spec.index(letter)) == 1
            for source, spec in zip(node.inputs, node.attr("spec"), strict=False)
        )
        for letter in _folded(node)
    )


def _memory_stride(node: Node, axis: int) -> int:
    """How far apart neighbours along an axis lie; 0 where the node is not a regular view of memory."""
    position = tuple(var(f"x{i}", s) for i, s in enumerate(shape_of(node)))
    access = plain_access(node, position, lambda n: not isinstance(n.op, ViewOp))
    return access[1].factor(Var(f"x{axis}", shape_of(node)[axis])) if access else 0


def _folded(node: Node) -> list[str]:
    left, right, out = node.attr("spec")
    return [c for c in dict.fromkeys(left + right) if c not in out]


def _product(node: Node) -> Node:
    out = node.attr("spec")[2]
    wide = [cast(x, computing(x.dtype)) for x in node.inputs]
    a, b = (_aligned(x, s, out) for x, s in zip(wide, node.attr("spec"), strict=False))
    new = multiply(broadcast_to(a, node.shape), broadcast_to(b, node.shape))
    new.name = new.name or node.name
    return new


def _aligned(x: Node, letters: str, out: str) -> Node:
    """`x` with its axes in the order of `out`, and axes of size 1 where it has none."""
    order = sorted(range(x.ndim), key=lambda i: out.index(letters[i]))
    sizes = dict(zip(letters, x.shape, strict=True))
    return reshape(transpose(x, order), tuple(sizes.get(c, 1) for c in out))


def _copied(root: Node) -> Node:
    computed = root.op.name not in ("input", "cell", "constant") and not isinstance(root.op, ViewOp)
    return root if computed else stop_gradient(root)
