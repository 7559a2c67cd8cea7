"""Reductions and contractions: merged, freed of views and of repeated values.

Sums keep their values up to the order of additions (a sum that is zero may change its sign).
"""

from __future__ import annotations

from ..graph import Node
from ..ops.block import contract
from ..ops.define import cast, constant
from ..ops.map import multiply, negative
from ..ops.reduce import kept_shape, sum
from ..ops.view import broadcast_to, reshape, transpose
from ..rewrite import Table
from ..shapes import is_static, product
from .match import (
    again,
    elements,
    is_float_node,
    is_moderate,
    number,
    operand,
    smaller,
    stretched,
    unit_axes_moved,
)

reductions = Table("reductions")

VALUES = ("sum", "prod", "max", "min", "any", "all")  # the reductions that give a value, not a position


# -------------------------------------------------------------------------------------------- reductions
@reductions.rule(*VALUES)
def reduction_of_reduction(node: Node) -> Node | None:
    """Two folds by one operation are one fold over both sets of axes."""
    inner = node.inputs[0]
    if inner.op is not node.op or inner.dtype != node.dtype:
        return None
    folded = inner.attr("axes")
    left = [a for a in range(inner.inputs[0].ndim) if a not in folded]
    axes = (*folded, *(left[a] for a in node.attr("axes")))
    return again(node, inner.inputs[0], axes=tuple(sorted(axes)))


@reductions.rule(*VALUES)
def reduction_of_transpose(node: Node) -> Node | None:
    """Folding does not mind the order of axes; those that stay are transposed afterwards."""
    source = node.inputs[0]
    if source.op.name != "transpose":
        return None
    order, folded = source.attr("axes"), node.attr("axes")
    stay = [order[a] for a in range(node.inputs[0].ndim) if a not in folded]
    rank = {a: i for i, a in enumerate(sorted(stay))}
    result = again(node, source.inputs[0], axes=tuple(sorted(order[a] for a in folded)))
    return transpose(result, tuple(rank[a] for a in stay))


@reductions.rule(*VALUES)
def reduction_of_unit_axes(node: Node) -> Node | None:
    """One element is its own fold."""
    x, axes = node.inputs[0], node.attr("axes")
    unit = tuple(a for a in axes if x.shape[a] == 1)
    if not unit:
        return None
    rest = [a for a in range(x.ndim) if a not in unit]
    x = reshape(x, kept_shape(x.shape, unit))
    left = tuple(rest.index(a) for a in axes if a not in unit)
    return again(node, x, axes=left) if left else cast(x, node.dtype)


@reductions.rule(*VALUES)
def reduction_of_unit_reshape(node: Node) -> Node | None:
    """Axes of size 1 are added after folding."""
    source = node.inputs[0]
    if source.op.name != "reshape":
        return None
    inner = source.inputs[0]
    moved = unit_axes_moved(inner.shape, source.shape)
    if moved is None or 1 in inner.shape:
        return None
    axes = tuple(sorted(place for a in node.attr("axes") if (place := moved[a]) is not None))
    return reshape(again(node, inner, axes=axes), node.shape) if len(axes) == len(node.attr("axes")) else None


@reductions.rule(*VALUES)
def reduction_of_repeated(node: Node) -> Node | None:
    """n equal values add up to n times one of them; the largest of them is any of them."""
    source = node.inputs[0]
    if source.op.name != "broadcast_to" or not is_static(source.shape) or product(source.shape) == 0:
        return None
    repeats = [a for a in stretched(source) if a in node.attr("axes")]
    if not repeats or node.op.name == "prod":
        return None
    inner = source.inputs[0]
    extra = source.ndim - inner.ndim
    over = tuple(a - extra for a in node.attr("axes") if a - extra >= 0)
    result = again(node, inner, axes=over) if over else cast(inner, node.dtype)
    if node.op.name == "sum":
        result = multiply(result, constant(product(source.shape[a] for a in repeats), node.dtype))
    return broadcast_to(result, node.shape)


@reductions.rule("sum", lone=(0,))
def sum_of_negative(node: Node) -> Node | None:
    """sum(-x) is -sum(x)."""
    x = operand(node.inputs[0], "negative")
    return negative(again(node, x)) if x is not None else None


@reductions.rule("sum", lone=(0,))
def sum_of_scaled(node: Node) -> Node | None:
    """sum(x * c) is sum(x) * c: one product instead of many."""
    source = node.inputs[0]
    if source.op.name not in ("multiply", "divide") or not is_float_node(source):
        return None
    x, scale = source.inputs
    c = number(scale)
    if c is None or not is_moderate(c):
        return None
    return again(source, again(node, x), broadcast_to(constant(c), node.shape))


# ------------------------------------------------------------------------------------------ contractions
@reductions.rule("contract")
def contract_of_transpose(node: Node) -> Node | None:
    """A contraction reads its operands in any order of axes."""
    a, b = node.inputs
    left, right, out = node.attr("spec")
    moved = False
    if a.op.name == "transpose":
        a, left, moved = a.inputs[0], _source_letters(a, left), True
    if b.op.name == "transpose":
        b, right, moved = b.inputs[0], _source_letters(b, right), True
    return contract(a, b, (left, right, out)) if moved else None


def _source_letters(view: Node, letters: str) -> str:
    order = view.attr("axes")
    return "".join(letters[order.index(a)] for a in range(len(order)))


@reductions.rule("contract")
def contract_of_unit_axes(node: Node) -> Node | None:
    """Axes of size 1 are not contracted: they are dropped, and put back into the result."""
    a, b = node.inputs
    left, right, out = node.attr("spec")
    sizes = dict(zip(left + right, a.shape + b.shape, strict=True))
    unit = {letter for letter, size in sizes.items() if size == 1}
    if not unit:
        return None
    spec = [_without(letters, unit) for letters in (left, right, out)]
    a, b = (reshape(x, tuple(s for s in x.shape if s != 1)) for x in (a, b))
    return reshape(contract(a, b, (spec[0], spec[1], spec[2])), node.shape)


def _without(letters: str, dropped: set[str]) -> str:
    return "".join(c for c in letters if c not in dropped)


@reductions.rule("contract")
def contract_of_repeated(node: Node) -> Node | None:
    """Values repeated along an axis need not be multiplied along it: the other operand is summed instead."""
    if node.dtype.kind == "b":
        return None
    for first in (0, 1):
        source, other = node.inputs[first], node.inputs[1 - first]
        if source.op.name != "broadcast_to" or not is_static(node.shape) or elements(source) == 0:
            continue
        spec = node.attr("spec")
        letters, others, out = spec[first], spec[1 - first], spec[2]
        repeats = {letters[a] for a in stretched(source)}
        kept = [a for a in range(source.ndim) if letters[a] not in repeats]
        source = reshape(source.inputs[0], tuple(source.shape[a] for a in kept))
        folded = tuple(i for i, c in enumerate(others) if c in repeats and c not in out)
        other = sum(other, folded)
        others = "".join(c for i, c in enumerate(others) if i not in folded)
        here = "".join(c for c in out if c not in repeats or c in others)
        letters = "".join(letters[a] for a in kept)
        result = contract(source, cast(other, node.dtype), (letters, others, here))
        new = tuple(i for i, c in enumerate(out) if c not in here)
        shape = tuple(1 if i in new else size for i, size in enumerate(node.shape))
        return broadcast_to(reshape(result, shape), node.shape)
    return None


@reductions.rule("contract")
def contract_without_sum(node: Node) -> Node | None:
    """Where nothing is summed a contraction is a product of elements, which others can join."""
    left, right, out = node.attr("spec")
    if not set(left + right) <= set(out) or not is_static(node.shape):
        return None
    return multiply(*(_laid_out(x, c, out, node) for x, c in zip(node.inputs, (left, right), strict=True)))


def _laid_out(x: Node, letters: str, out: str, node: Node) -> Node:
    """An operand with its axes in the order of `out`, repeated along those that it lacks."""
    order = sorted(range(len(letters)), key=lambda a: out.index(letters[a]))
    sizes = tuple(node.shape[i] if c in letters else 1 for i, c in enumerate(out))
    return broadcast_to(reshape(transpose(x, tuple(order)), sizes), node.shape)


@reductions.rule("contract", lone=(0,))
def contract_of_scaled_first(node: Node) -> Node | None:
    """A scale or a sign of an operand that is larger than the result is applied to the result."""
    return _scale_after(node, 0)


@reductions.rule("contract", lone=(1,))
def contract_of_scaled_second(node: Node) -> Node | None:
    """A scale or a sign of an operand that is larger than the result is applied to the result."""
    return _scale_after(node, 1)


def _scale_after(node: Node, which: int) -> Node | None:
    source = node.inputs[which]
    if source.op.name not in ("negative", "multiply", "divide") or not smaller(node, source):
        return None
    operands = list(node.inputs)
    operands[which] = source.inputs[0]
    if source.op.name == "negative":
        return negative(again(node, *operands))
    c = number(source.inputs[1])
    if c is None or not is_moderate(c) or not is_float_node(node):
        return None
    return again(source, again(node, *operands), broadcast_to(constant(c), node.shape))
