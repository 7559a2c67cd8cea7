"""Gradients through max pooling: what may be done to the windows' elements instead of to the input's."""

from __future__ import annotations

from ..graph import Node, make
from ..ops.map import less_equal, where
from ..ops.pool import max_pool_op
from ..rewrite import Table
from .match import again, filled, is_number

pooling = Table("pooling")


@pooling.rule("where", lone=(2,))
def mask_of_relu_before_windows(node: Node) -> Node | None:
    """Except where z <= 0, what comes back from the windows of relu(z), is what comes from those above 0.

    It arrives at largest elements alone, so they are asked, and not all of z.
    """
    condition, other, back = node.inputs
    if condition.op.name != "less_equal" or back.op.name != "max_pool_input" or not is_number(other, 0):
        return None
    g, at = back.inputs
    z, zero = condition.inputs
    if not is_number(zero, 0) or at.op.name != "max_pool_position" or at.inputs[0].op.name != "relu":
        return None
    if at.inputs[0].inputs[0] is not z:
        return None
    largest = max_pool(at)
    return again(back, where(less_equal(largest, filled(0, largest)), filled(0, g), g), at)


def max_pool(at: Node) -> Node:
    """The largest elements whose positions a node gives."""
    (x,) = at.inputs
    return make(max_pool_op, (x,), at, **dict(at.attrs))


@pooling.rule("sum")
def sum_of_max_pool_input(node: Node) -> Node | None:
    """Every window gives back one element: all that came back is all that was given."""
    back, axes = node.inputs[0], node.attr("axes")
    if back.op.name != "max_pool_input" or any(map(any, back.attr("padding"))):
        return None
    inside = back.inputs[1].op.name == "max_pool_position" and set(range(1, back.ndim - 1)) <= set(axes)
    return again(node, back.inputs[0]) if inside else None
