"""What rules ask about nodes, and the few ways in which they build them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dtypes import is_float
from ..graph import Array, Node, make_node
from ..ops.define import MapOp, constant, constant_op
from ..ops.reduce import kept_shape
from ..ops.view import broadcast_op, broadcast_to, reshape, reshape_op
from ..shapes import Shape, Size, is_static, product


# ------------------------------------------------------------------------------------------- constants
def known(node: Node) -> Array | None:
    """The array of a constant."""
    if node.op is constant_op:
        array: Array = node.attrs[0][1].array
        return array
    return None


def number(node: Node) -> Any:
    """The one number that every element of a node is, as a NumPy scalar; or None."""
    source = node.inputs[0] if node.op is broadcast_op else node
    if source.op is constant_op and source.shape == ():
        return source.attrs[0][1].array[()]
    return None


def is_number(node: Node, value: float) -> bool:
    """Whether every element is this number; 0 means +0.0."""
    found = number(node)
    return found is not None and bool(found == value) and not (found == 0 and np.signbit(found))


def filled(value: Any, like: Node) -> Node:
    """An array of one number with the shape and dtype of a node."""
    return broadcast_to(constant(value, like.dtype), like.shape)


def is_normal(value: Any) -> bool:
    """Whether a float is finite and neither zero nor denormal."""
    return bool(math.isfinite(value) and abs(value) >= np.finfo(np.asarray(value).dtype).tiny)


def is_moderate(value: Any) -> bool:
    """Whether products and sums with a factor of this size are as safe from overflow as without it."""
    return bool(2.0**-40 <= abs(value) <= 2.0**40)


# ---------------------------------------------------------------------------------------------- shapes
def elements(node: Node) -> Size:
    size: Size = product(node.shape)
    return size


def smaller(a: Node, b: Node) -> bool:
    """Whether `a` is known to have fewer elements than `b`."""
    return is_static(a.shape) and is_static(b.shape) and bool(elements(a) < elements(b))


def stretched(node: Node) -> tuple[int, ...]:
    """The axes of a broadcast_to along which its input is repeated."""
    source = node.inputs[0].shape
    extra = node.ndim - len(source)
    return tuple(
        i for i, size in enumerate(node.shape) if i < extra or (source[i - extra] == 1 and size != 1)
    )


def repeated(node: Node) -> tuple[Node, tuple[int, ...]] | None:
    """(x, axes) where the node is `x` repeated along new axes at the positions `axes`."""
    if node.op is not broadcast_op:
        return None
    axes = stretched(node)
    source = node.inputs[0]
    shape = kept_shape(node.shape, axes)
    if source.shape != shape:
        source = source.inputs[0] if source.op is reshape_op and source.inputs[0].shape == shape else source
        source = source if source.shape == shape else reshape(source, shape)
    return source, axes


def repeat(x: Node, axes: Sequence[int], shape: Shape) -> Node:
    """`x` repeated along new axes at the positions `axes` of `shape`."""
    kept = iter(x.shape)
    return broadcast_to(reshape(x, tuple(1 if i in axes else next(kept) for i in range(len(shape)))), shape)


def squeezed(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)


def unit_axes_moved(old: Shape, new: Shape) -> list[int | None] | None:
    """For every axis of `new` the axis of `old` that it is, None for a new axis of size 1.

    None where the shapes differ in more than axes of size 1.
    """
    positions = [i for i, size in enumerate(old) if size != 1]
    if [old[i] for i in positions] != [size for size in new if size != 1]:
        return None
    wide = iter(positions)
    return [None if size == 1 else next(wide) for size in new]


# --------------------------------------------------------------------------------------------- building
def again(node: Node, *inputs: Node, **attrs: Any) -> Node:
    """The same op on other inputs (and with other attributes), with the user's line of the old node."""
    if not attrs:
        return make_node(node.op, inputs, node.attrs, node)
    return make_node(node.op, inputs, tuple(sorted((dict(node.attrs) | attrs).items())), node)


def is_map(node: Node) -> bool:
    return isinstance(node.op, MapOp)


def is_float_node(node: Node) -> bool:
    return is_float(node.dtype)


# ---------------------------------------------------------------------------------------------- matching
def operand(node: Node, op: str) -> Node | None:
    """The input of a node of this op, or None."""
    return node.inputs[0] if node.op.name == op else None


def plus_number(node: Node, value: float) -> Node | None:
    """x where the node is x + value."""
    if node.op.name == "add":
        a, b = node.inputs
        if is_number(b, value):
            return a
        if is_number(a, value):
            return b
    return None


def one_minus(node: Node) -> Node | None:
    """x where the node is 1 - x."""
    return node.inputs[1] if node.op.name == "subtract" and is_number(node.inputs[0], 1) else None
