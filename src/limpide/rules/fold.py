"""Folding: what is known is computed now, and views of views become one view. Every rule is exact."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import STORAGE, DType, converted
from ..errors import LimpideError
from ..graph import Array, Node
from ..ops.define import Op, cast, constant, ops
from ..ops.view import broadcast_to, flip, reshape, slice_axes, transpose
from ..rewrite import Table
from ..shapes import is_static
from .match import again, elements, filled, is_map, known, number, unit_axes_moved

fold = Table("fold")

SMALL = 64  # constants of at most this many elements are computed with
COMPUTED = tuple(
    name
    for name, op in ops.items()
    if op.kind != "source" and name not in ("scan", "broadcast_to", "stop_gradient", "again")
)
MAPS = tuple(name for name in COMPUTED if ops[name].kind == "map")


def computed(node: Node, inputs: list[Array]) -> Array | None:
    """The node on arrays by its NumPy reference; None where that is an error: the call raises it."""
    assert isinstance(node.op, Op)
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(node.op.numpy(*inputs, **dict(node.attrs)))
            return converted(value, node.dtype)
    except LimpideError:
        return None


# ------------------------------------------------------------------------------------------- constants
@fold.rule("constant")
def uniform_constant(node: Node) -> Node | None:
    """A small array of one number is that number, repeated: other rules see through it."""
    value = known(node)
    assert value is not None
    if not value.ndim or not 0 < value.size <= SMALL:
        return None
    first = value.flat[0]
    if any(bits != first.tobytes() for bits in (v.tobytes() for v in value.flat)):
        return None
    return filled(first, node)


@fold.rule(*MAPS)
def map_of_numbers(node: Node) -> Node | None:
    """A function of numbers is a number."""
    values = []
    for source in node.inputs:
        value = number(source)
        if value is None:
            return None
        values.append(np.asarray(value))
    result = computed(node, values)
    return None if result is None else filled(result[()], node)


@fold.rule("reshape", "transpose", "slice", "flip", "dynamic_slice")
def view_of_number(node: Node) -> Node | None:
    """Any part of one repeated number is that number."""
    value = number(node.inputs[0])
    return None if value is None else filled(value, node)


@fold.rule("pad")
def pad_of_number(node: Node) -> Node | None:
    """One number padded with itself is that number."""
    value = number(node.inputs[0])
    if value is None or value.tobytes() != converted(np.asarray(node.attr("fill")), node.dtype).tobytes():
        return None
    return filled(value, node)


@fold.rule(*COMPUTED)
def constants(node: Node) -> Node | None:
    """What depends on small constants alone is computed now."""
    if not node.inputs or not _is_small(node):
        return None
    arrays = []
    for source in node.inputs:
        array = known(source)
        value = number(source) if array is None else None
        if value is not None and _is_small(source):
            array = np.full(source.shape, value)
        if array is None or array.size > SMALL:
            return None
        arrays.append(array)
    result = computed(node, arrays)
    return None if result is None else constant(result)


def _is_small(node: Node) -> bool:
    return is_static(node.shape) and bool(elements(node) <= SMALL)


@fold.rule("where")
def known_condition(node: Node) -> Node | None:
    """A condition that is known everywhere chooses now."""
    condition = number(node.inputs[0])
    return None if condition is None else node.inputs[1 if condition else 2]


# --------------------------------------------------------------------------------------- identities
@fold.rule("stop_gradient")
def stop_gradient(node: Node) -> Node:
    """Gradients are built by now."""
    return node.inputs[0]


@fold.rule("custom_gradient")
def custom_gradient(node: Node) -> Node:
    """What the derivatives asked for has been made."""
    return node.inputs[0]


@fold.rule("checkpoint")
def checkpoint(node: Node) -> Node:
    """What has to be computed again stands in the gradient by now."""
    return node.inputs[0]


@fold.rule("reshape")
def reshape_of_reshape(node: Node) -> Node | None:
    """The last shape counts; a reshape to the shape that is there is nothing."""
    source = node.inputs[0]
    if source.shape == node.shape:
        return source
    return reshape(source, node.shape) if source.op.name == "reshape" else None


@fold.rule("transpose")
def transpose_of_transpose(node: Node) -> Node | None:
    """Two orders of axes are one; none at all where they cancel."""
    source = node.inputs[0]
    axes = node.attr("axes")
    return (
        transpose(source, axes) if source.op.name == "transpose" or axes == tuple(range(node.ndim)) else None
    )


@fold.rule("transpose")
def transpose_of_unit_axes(node: Node) -> Node | None:
    """Moving axes of size 1 past others keeps the order of the elements: a reshape."""
    source = node.inputs[0]
    wide = [a for a in node.attr("axes") if source.shape[a] != 1]
    return reshape(source, node.shape) if wide == sorted(wide) else None


@fold.rule("broadcast_to")
def broadcast_of_broadcast(node: Node) -> Node | None:
    """The last shape counts; a broadcast to the shape that is there is nothing."""
    source = node.inputs[0]
    if source.shape == node.shape:
        return source
    return broadcast_to(source.inputs[0], node.shape) if source.op.name == "broadcast_to" else None


@fold.rule("broadcast_to")
def broadcast_of_leading_axes(node: Node) -> Node | None:
    """Leading axes of size 1 need not be there to be stretched."""
    source = node.inputs[0]
    if source.op.name != "reshape":
        return None
    inner = source.inputs[0]
    extra = source.ndim - inner.ndim
    return (
        broadcast_to(inner, node.shape) if extra > 0 and source.shape == (1,) * extra + inner.shape else None
    )


@fold.rule("slice")
def slice_of_slice(node: Node) -> Node | None:
    """A part of a part is a part; the whole is nothing."""
    source = node.inputs[0]
    outer = node.attr("bounds")
    if all(b == (0, size, 1) for b, size in zip(outer, source.shape, strict=True)):
        return source
    if source.op.name != "slice" or not is_static(source.inputs[0].shape):
        return None
    bounds: list[tuple[Any, Any, int]] = []
    for (start, stop, step), (first, _, stride) in zip(outer, source.attr("bounds"), strict=True):
        count = (stop - start + step - 1) // step
        begin = first + start * stride
        bounds.append((begin, begin + (count - 1) * step * stride + 1 if count else begin, step * stride))
    return slice_axes(source.inputs[0], tuple(bounds))


@fold.rule("flip")
def flip_of_flip(node: Node) -> Node | None:
    """Axes read backwards twice are read forwards; axes of size 1 have no direction."""
    source = node.inputs[0]
    axes = {a for a in node.attr("axes") if node.shape[a] != 1}
    if source.op.name == "flip":
        return flip(source.inputs[0], tuple(axes ^ set(source.attr("axes"))))
    return flip(source, tuple(axes)) if len(axes) < len(node.attr("axes")) else None


@fold.rule("reshape")
def reshape_of_broadcast(node: Node) -> Node | None:
    """Axes of size 1 are added or dropped before repeating, so that repeated values are seen as such."""
    source = node.inputs[0]
    if source.op.name != "broadcast_to":
        return None
    moved = unit_axes_moved(source.shape, node.shape)
    if moved is None:
        return None
    inner = source.inputs[0]
    shape = (1,) * (source.ndim - inner.ndim) + inner.shape
    return broadcast_to(reshape(inner, tuple(1 if a is None else shape[a] for a in moved)), node.shape)


@fold.rule("concatenate")
def concatenate_of_empty(node: Node) -> Node | None:
    """Parts without elements are left out."""
    axis = node.attr("axis")
    parts = [part for part in node.inputs if part.shape[axis] != 0]
    if not parts or len(parts) == len(node.inputs):
        return None
    return parts[0] if len(parts) == 1 else again(node, *parts)


# -------------------------------------------------------------------------------------------------- cast
@fold.rule("cast")
def cast_of_cast(node: Node) -> Node | None:
    """A conversion that keeps every value is left out before another one."""
    source = node.inputs[0]
    if source.dtype == node.dtype:
        return source
    if source.op.name != "cast":
        return None
    old = source.inputs[0].dtype
    if any(
        d in STORAGE for d in (old, source.dtype, node.dtype)
    ):  # there is one way to and from these, by float32
        return source.inputs[0] if old in STORAGE and old == node.dtype else None
    return cast(source.inputs[0], node.dtype) if keeps_values(old, source.dtype) else None


def keeps_values(old: DType, new: DType) -> bool:
    """Whether every value of one dtype is one of the other."""
    if old.kind in "iu" and new.kind == "f":
        return old.itemsize < new.itemsize
    return bool(np.can_cast(old, new, "safe"))


@fold.rule(*MAPS)
def map_of_repeated(node: Node) -> Node | None:
    """A function of repeated values is computed once for each and then repeated."""
    if not node.inputs or not is_map(node) or any(i.op.name != "broadcast_to" for i in node.inputs):
        return None
    rank = max(i.inputs[0].ndim for i in node.inputs)
    sources = [i.inputs[0] for i in node.inputs]
    padded = [(1,) * (rank - s.ndim) + s.shape for s in sources]
    common = tuple(next((size for size in sizes if size != 1), 1) for sizes in zip(*padded, strict=True))
    if not is_static(node.shape) or common == node.shape[node.ndim - rank :] and rank == node.ndim:
        return None
    return broadcast_to(again(node, *(broadcast_to(s, common) for s in sources)), node.shape)
