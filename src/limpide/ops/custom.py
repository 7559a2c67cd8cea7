"""A value whose derivative is said by a rule of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..graph import Node, make
from .define import Op

Slope = Callable[[Node], Sequence[Node | None]]

custom_gradient_op = Op(
    "custom_gradient", "source", lambda y, *inputs, slope: (y.shape, y.dtype), lambda y, *inputs, slope: y,
    lambda g, node: [None, *node.attr("slope")(g)],
    "Its first input; the derivatives by the others are what `slope` makes of that by the result.",
)  # fmt: skip


def custom_gradient(y: Node, inputs: Sequence[Node], slope: Slope) -> Node:
    """`y`, to be differentiated by `inputs` by a rule: slope(g) gives one node, or None, for each of them."""
    return make(custom_gradient_op, (y, *inputs), slope=slope)
