"""Fusion: one kernel where there were two. Sums and products may be rounded in another order."""

from __future__ import annotations

from ..graph import Node
from ..ops.block import contract
from ..rewrite import Table
from ..shapes import is_static
from .match import again, filled, is_float_node, is_moderate, number, repeat, repeated, smaller, stretched
from .products import factors, with_factors
from .views import before_map

fuse = Table("fuse")


@fuse.rule("add", "subtract", lone=(0, 1))
def sum_of_sums(node: Node) -> Node | None:
    """sum(a) + sum(b) is sum(a + b): one pass over memory."""
    a, b = node.inputs
    if a.op.name != "sum" or b.op.name != "sum" or a.attr("axes") != b.attr("axes"):
        return None
    x, y = a.inputs[0], b.inputs[0]
    return again(a, again(node, x, y)) if x.shape == y.shape and x.dtype == y.dtype == a.dtype else None


@fuse.rule("add", "subtract", lone=(0, 1))
def contractions_of_one(node: Node) -> Node | None:
    """a @ c + b @ c is (a + b) @ c: one product of matrices instead of two."""
    a, b = node.inputs
    if a.op.name != "contract" or b.op.name != "contract" or a.attr("spec") != b.attr("spec"):
        return None
    for common in (0, 1):
        x, y = a.inputs[1 - common], b.inputs[1 - common]
        if a.inputs[common] is b.inputs[common] and x.shape == y.shape:
            both = again(node, x, y)
            return again(a, *((a.inputs[0], both) if common == 0 else (both, a.inputs[1])))
    return None


@fuse.rule("add", "subtract")
def common_scale(node: Node) -> Node | None:
    """a * c + b * c is (a + b) * c, for a number c: one product instead of two."""
    if not is_float_node(node):
        return None
    for first in node.inputs:
        c = number(first.inputs[1]) if first.op.name == "multiply" else None
        if c is None or not is_moderate(c):
            continue
        left, right = (_unscaled(term, abs(c)) for term in node.inputs)
        if left is None or right is None:
            continue
        x, y = left[0], right[0]
        signs = (left[1], right[1] if node.op.name == "add" else -right[1])
        total = x + y if signs[0] == signs[1] else x - y if signs[0] > 0 else y - x
        return total * filled(-abs(c) if signs == (-1, -1) else abs(c), node)
    return None


def _unscaled(node: Node, c: float) -> tuple[Node, int] | None:
    """The node without its factor c, and 1; or without its factor -c, and -1."""
    if node.op.name == "sum":
        inner = _unscaled(node.inputs[0], c)
        return None if inner is None else (again(node, inner[0]), inner[1])
    for factor in factors(node):
        if factor.divides:
            continue
        value = number(factor.node)
        if value is not None and abs(value) == abs(c):
            return with_factors(node, {factor.path: None}), 1 if value == c else -1
        found = repeated(factor.node)
        if found is None or value is not None or found[0].op.name not in ("multiply", "divide", "sum"):
            continue
        inner = _unscaled(found[0], c)
        if inner is not None:
            spread = repeat(inner[0], found[1], factor.node.shape)
            return with_factors(node, {factor.path: spread}), inner[1]
    return None


@fuse.rule("reshape")
def unit_axes_back(node: Node) -> Node | None:
    """Axes of size 1 are added before a function rather than dropped before and added after it."""
    return before_map(node)


@fuse.rule("transpose", lone=(0,))
def transpose_of_contract(node: Node) -> Node | None:
    """A contraction writes its result in any order of axes."""
    source = node.inputs[0]
    if source.op.name != "contract":
        return None
    left, right, out = source.attr("spec")
    a, b = source.inputs
    return contract(a, b, (left, right, "".join(out[a] for a in node.attr("axes"))))


@fuse.rule("sum", lone=(0,))
def sum_of_outer_product(node: Node) -> Node | None:
    """sum(a[:, :, None] * b[None, :, :], 1) is a contraction of a and b."""
    source = node.inputs[0]
    if source.op.name != "multiply" or not is_float_node(source) or not is_static(source.shape):
        return None
    found = [repeated(i) for i in source.inputs]
    if found[0] is None or found[1] is None or not all(smaller(i.inputs[0], source) for i in source.inputs):
        return None
    letters = [chr(ord("a") + i) for i in range(source.ndim)]
    spec = ["".join(c for i, c in enumerate(letters) if i not in stretched(side)) for side in source.inputs]
    folded = {letters[a] for a in node.attr("axes")}
    out = "".join(c for c in letters if c not in folded)
    if not folded <= set(spec[0]) & set(spec[1]) or not set(out) <= set(spec[0]) | set(spec[1]):
        return None
    return contract(found[0][0], found[1][0], (spec[0], spec[1], out))
