"""Pooling as maps and reductions of views: position by position of windows, along the channels in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce
from math import prod
from typing import Any

from ..dtypes import INT32
from ..graph import Node, rebuild, standing_for, walk
from ..ops.conv import offsets
from ..ops.define import cast, constant
from ..ops.map import equal, less, logical_or, maximum, not_equal, where
from ..ops.reduce import argmax, lowest, max
from ..ops.view import broadcast_to, expand_dims, iota, reshape
from ..ops.windows import Sizes, balanced, windows
from .convolution import LOWERINGS, conv_weight, total
from .expression import shape_of
from .picked import PICKED, picked_gradient, plain
from .windows import Back, padded, part_at

PARTS = 32  # windows of so many positions are written out, larger ones are loops


def parts(x: Node, node: Node) -> list[Node]:
    """What all windows of a padded input hold at their first position, at their second, and so on."""
    stride, dilation, counts = node.attr("stride"), node.attr("dilation"), shape_of(node)[1:-1]
    return [part_at(x, at, counts, stride, dilation) for at in offsets(node.attr("kernel"))]


def in_windows(x: Node, node: Node) -> Node:
    """The windows of a padded input, with one last axis for the positions inside."""
    kernel, stride, dilation = (node.attr(name) for name in ("kernel", "stride", "dilation"))
    view = windows(x, tuple(range(1, x.ndim - 1)), kernel, stride, dilation)
    return reshape(view, (*node.shape, prod(kernel)))


def is_small(node: Node) -> bool:
    return prod(int(k) for k in node.attr("kernel")) <= PARTS


def number(value: Any, node: Node) -> Node:
    """A number in the dtype and shape of a node."""
    return broadcast_to(constant(value, node.dtype), node.shape)


def max_pool(node: Node) -> Node:
    (source,) = node.inputs
    x = padded(source, node.attr("padding"), lowest(source.dtype))
    return reduce(maximum, parts(x, node)) if is_small(node) else max(in_windows(x, node), -1)


def max_pool_position(node: Node) -> Node:
    """The first position that holds a NaN or the largest element."""
    (source,) = node.inputs
    x = padded(source, node.attr("padding"), lowest(source.dtype))
    if not is_small(node):
        return cast(argmax(in_windows(x, node), -1), node.dtype)
    terms = parts(x, node)
    largest = reduce(maximum, terms)
    found = number(len(terms) - 1, node)
    for k in reversed(range(len(terms) - 1)):
        hit = equal(terms[k], largest)
        if source.dtype.kind == "f":
            hit = logical_or(hit, not_equal(terms[k], terms[k]))
        found = where(hit, number(k, node), found)
    return found


def max_pool_pick(node: Node) -> Node:
    source, at = node.inputs
    x = padded(source, node.attr("padding"))
    if is_small(node):
        found = number(0, node)
        for k, part in enumerate(parts(x, node)):
            found = where(equal(at, number(k, at)), part, found)
        return found
    view = in_windows(x, node)
    here = equal(broadcast_to(expand_dims(at, at.ndim), view.shape), iota(shape_of(view), at.ndim, at.dtype))
    return total(where(here, view, number(0, view)), (at.ndim,))


def sum_pool(node: Node) -> Node:
    x = padded(node.inputs[0], node.attr("padding"))
    return balanced(parts(x, node)) if is_small(node) else total(in_windows(x, node), (node.ndim,))


# ---------------------------------------------------------------------------------- back to the elements
def max_pool_input(node: Node) -> Node:
    """Every element takes from the windows around it what was chosen at its own position."""
    g, at = node.inputs
    back = _back(node)
    g, at = back.arriving(g), back.arriving(at, -1)
    shape = _phased(g, back)
    terms = []
    for taps in offsets(back.taps):
        here, value = (broadcast_to(back.at_tap(x, taps), shape) for x in (at, g))
        terms.append(where(equal(here, _own_position(taps, back, here)), value, number(0, value)))
    return back.elements(balanced(terms))


def sum_pool_input(node: Node) -> Node:
    back = _back(node)
    g = back.arriving(node.inputs[0])
    shape = _phased(g, back)
    terms = []
    for taps in offsets(back.taps):
        value = broadcast_to(back.at_tap(g, taps), shape)
        for axis, (j, p) in enumerate(zip(taps, back.axes, strict=True)):
            if j * p.count + p.count > p.kernel:  # the last tap reaches past the window
                inside = less(_phase(axis, shape), p.kernel - j * p.count)
                value = where(inside, value, number(0, value))
        terms.append(value)
    return back.elements(balanced(terms))


def _back(node: Node) -> Back:
    kernel, stride, padding, dilation = (
        node.attr(name) for name in ("kernel", "stride", "padding", "dilation")
    )
    return Back.of(node.attr("size"), shape_of(node.inputs[0])[1:-1], kernel, stride, padding, dilation)


def _phased(g: Node, back: Back) -> Sizes:
    """(n, q, r, ..., channels)."""
    both = (s for q, r in zip(back.places, back.counts, strict=True) for s in (q, r))
    return (int(g.shape[0]), *both, int(g.shape[-1]))


def _phase(axis: int, shape: Sizes) -> Node:
    return iota(shape, 2 + 2 * axis, INT32)


def _own_position(taps: Sizes, back: Back, like: Node) -> Node:
    """Which position of its window an element has that a tap arrives at; -2 where it has none."""
    shape = shape_of(like)
    position = number(0, like)
    for axis, (j, p) in enumerate(zip(taps, back.axes, strict=True)):
        position = position * number(p.kernel, like) + (_phase(axis, shape) + number(j * p.count, like))
    for axis, (j, p) in enumerate(zip(taps, back.axes, strict=True)):
        if j * p.count + p.count > p.kernel:
            inside = less(_phase(axis, shape), number(p.kernel - j * p.count, like))
            position = where(inside, position, number(-2, like))
    return position


# ---------------------------------------------------------------------------------------------- the pass
POOLING: dict[str, Callable[[Node], Node]] = {
    "max_pool": max_pool,
    "max_pool_position": max_pool_position,
    "max_pool_pick": max_pool_pick,
    "max_pool_input": max_pool_input,
    "sum_pool": sum_pool,
    "sum_pool_input": sum_pool_input,
}


def lowered(roots: Sequence[Node], threads: int = 1) -> list[Node]:
    """The roots with convolutions and pooling made of what there are kernels for."""
    table = LOWERINGS | POOLING | {"conv_weight": partial(conv_weight, threads=threads)}
    done: dict[Node, Node] = {}
    for node in standing_for(walk(roots)):
        new = rebuild(node, tuple(done[i] for i in node.inputs))
        if node.op.name in PICKED:
            new = lowered([plain(new)])[0]
        elif node.op.name in table and 0 not in node.shape:
            new = picked_gradient(node, done, threads) or table[node.op.name](new)
            assert (new.shape, new.dtype) == (node.shape, node.dtype), f"{node} is not {new}"
            new.name = new.name or node.name or node.op.name
        done[node] = new
    return [done[root] for root in roots]
