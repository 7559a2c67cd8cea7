"""Views move up, past what works on elements, until they meet another view, a reduction or a contraction.

Every rule is exact.
"""

from __future__ import annotations

from ..dtypes import STORAGE
from ..graph import Node
from ..ops.view import broadcast_to, reshape, transpose
from ..rewrite import Table
from .fold import MAPS
from .match import again, number, squeezed, stretched

views = Table("views")
PLAIN = ("reshape", "transpose", "broadcast_to", "slice", "flip", "dynamic_slice")  # they only move elements


def backwards(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The order of axes that undoes another one."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


@views.rule(*MAPS)
def transpose_after_map(node: Node) -> Node | None:
    """f(a.T, b.T) is f(a, b).T; repeated values are transposed for nothing."""
    moved = [i for i in node.inputs if i.op.name == "transpose"]
    if not moved:
        return None
    axes = moved[0].attr("axes")
    sources = []
    for i in node.inputs:
        if i.op.name == "transpose" and i.attr("axes") == axes:
            sources.append(i.inputs[0])
        elif i.op.name == "broadcast_to":
            sources.append(transpose(i, backwards(axes)))
        else:
            return None
    return transpose(again(node, *sources), axes)


@views.rule(*MAPS)
def reshape_after_map(node: Node) -> Node | None:
    """f(reshape(a), reshape(b)) is reshape(f(a, b)), where a and b have one shape."""
    moved = [i for i in node.inputs if i.op.name == "reshape"]
    if not moved:
        return None
    shape = moved[0].inputs[0].shape
    sources = []
    for i in node.inputs:
        value = number(i)
        if i.op.name == "reshape" and i.inputs[0].shape == shape:
            sources.append(i.inputs[0])
        elif value is not None:
            sources.append(broadcast_to(i.inputs[0] if i.shape else i, shape))
        else:
            return None
    return reshape(again(node, *sources), node.shape)


@views.rule("reshape")
def reshape_back(node: Node) -> Node | None:
    """reshape(f(a, reshape(b))) is f(reshape(a), b) where b has the final shape."""
    return None if squeezed(node.shape) == squeezed(node.inputs[0].shape) else before_map(node)


def before_map(node: Node) -> Node | None:
    """A reshape of a map with the reshape before it, where that undoes another one."""
    source = node.inputs[0]
    if source.op.name not in MAPS or not any(
        i.op.name == "reshape" and i.inputs[0].shape == node.shape for i in source.inputs
    ):
        return None
    return again(source, *(reshape(i, node.shape) for i in source.inputs))


@views.rule("transpose")
def transpose_of_broadcast(node: Node) -> Node | None:
    """The values are transposed, and then repeated."""
    source = node.inputs[0]
    if source.op.name != "broadcast_to":
        return None
    inner = source.inputs[0]
    padded = reshape(inner, (1,) * (source.ndim - inner.ndim) + inner.shape)
    return broadcast_to(transpose(padded, node.attr("axes")), node.shape)


@views.rule("transpose")
def transpose_of_unit_reshape(node: Node) -> Node | None:
    """Where a reshape added axes of size 1, the others are transposed without them."""
    source = node.inputs[0]
    if source.op.name != "reshape":
        return None
    inner = source.inputs[0]
    wide = [a for a, size in enumerate(source.shape) if size != 1]
    if 1 in inner.shape or inner.shape != tuple(source.shape[a] for a in wide):
        return None
    order = tuple(wide.index(a) for a in node.attr("axes") if a in wide)
    return reshape(transpose(inner, order), node.shape)


@views.rule("slice")
def slice_of_broadcast(node: Node) -> Node | None:
    """A part of repeated values is a part of the values, repeated."""
    source = node.inputs[0]
    if source.op.name != "broadcast_to":
        return None
    inner, bounds, repeats = source.inputs[0], node.attr("bounds"), stretched(source)
    extra = source.ndim - inner.ndim
    kept = tuple((0, 1, 1) if a in repeats else b for a, b in enumerate(bounds))[extra:]
    if not repeats or any(size == 0 for size in node.shape):
        return None
    return broadcast_to(again(node, inner, bounds=kept), node.shape)


@views.rule("contract")
def contract_of_widened(node: Node) -> Node | None:
    """A contraction reads a storage dtype as it lies in memory, also through views."""
    inputs = tuple(narrow(i) or i for i in node.inputs)
    return None if inputs == node.inputs else again(node, *inputs)


def narrow(node: Node) -> Node | None:
    """The same view of what a cast from a storage dtype converts; None where it is not one."""
    source = node.inputs[0] if node.inputs else node
    if node.op.name == "cast":
        return source if source.dtype in STORAGE else None
    inner = narrow(source) if node.op.name in PLAIN else None
    return None if inner is None else again(node, inner, *node.inputs[1:])


@views.rule("flip")
def flip_of_broadcast(node: Node) -> Node | None:
    """Repeated values are the same read backwards."""
    source = node.inputs[0]
    if source.op.name != "broadcast_to":
        return None
    inner, repeats = source.inputs[0], stretched(source)
    extra = source.ndim - inner.ndim
    axes = tuple(a - extra for a in node.attr("axes") if a not in repeats)
    return broadcast_to(again(node, inner, axes=axes) if axes else inner, node.shape)
