"""Views: another way to index what is there. No code, an index rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..dtypes import STORAGE, DType, computing, converted
from ..errors import IndexingError, ShapeError
from ..graph import Array, Node, make, operators
from ..shapes import (
    Dim,
    Shape,
    Size,
    axes_of,
    axis_of,
    broadcast,
    is_static,
    outside_slice,
    product,
    same,
    show,
)
from .define import Op, ViewOp, as_node, cast, no_grad

Position = Sequence[Any]
Index = Callable[..., tuple[Position, Any]]
Examples = tuple[tuple[tuple[Any, ...], dict[str, Any]], ...]


def view_op(
    name: str,
    *,
    infer: Callable[..., Shape],
    numpy: Callable[..., Any],
    index: Index,
    grad: Callable[[Node, Node], Node],
    examples: Examples,
    doc: str,
) -> ViewOp:
    """Declare a view; grad(g, node) is the gradient of the first input, indices have none."""

    def shape_and_dtype(x: Node, *starts: Node, **attrs: Any) -> tuple[Shape, DType]:
        return infer(x.shape, **attrs), x.dtype

    def vjp(g: Node, node: Node) -> Sequence[Node | None]:
        return [grad(g, node), *[None] * (len(node.inputs) - 1)]

    return ViewOp(name, "view", shape_and_dtype, numpy, vjp, doc, index=index, examples=examples)


# --------------------------------------------------------------------------------------------- reshape
def _reshape_shape(old: Shape, shape: Shape) -> Shape:
    if is_static(old) and is_static(shape) and product(old) != product(shape):
        raise ShapeError(
            "reshape",
            f"{product(old)} elements of shape {show(old)} do not fill the shape {show(shape)}",
            hint="-1 as a size means: whatever is left",
        )
    return shape


def _reshape_index(node: Node, position: Position) -> tuple[Position, Any]:
    flat: Any = 0
    for i, size in zip(position, node.shape, strict=True):
        flat = flat * size + i
    result = []
    for size in reversed(node.inputs[0].shape):
        result.append(flat % size)
        flat = flat // size
    return result[::-1], None


reshape_op = view_op(
    "reshape",
    infer=_reshape_shape,
    numpy=lambda x, shape: np.reshape(x, shape),
    index=_reshape_index,
    grad=lambda g, node: reshape(g, node.inputs[0].shape),
    examples=((((2, 6),), {"shape": (3, 4)}), (((4,),), {"shape": (2, 1, 2)}), (((),), {"shape": (1, 1)})),
    doc="The same elements, in order, in another shape.",
)


def reshape(x: Any, *shape: Any) -> Node:
    """The same elements in another shape; one size may be -1."""
    t = as_node(x)
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    new = fill_size(t.shape, tuple(sizes))
    if new == t.shape:
        return t
    while t.op is reshape_op:
        t = t.inputs[0]
    return t if new == t.shape else make(reshape_op, (t,), shape=new)


def fill_size(old: Shape, sizes: tuple[Any, ...]) -> Shape:
    """The shape with -1 worked out."""
    new = tuple(s if isinstance(s, Dim) else int(s.__index__()) for s in sizes)
    unknown = [i for i, s in enumerate(new) if s == -1]
    if not unknown:
        return new
    known = product(s for i, s in enumerate(new) if i not in unknown)
    total = product(old)
    if len(unknown) > 1:
        raise ShapeError("reshape", f"only one size of {show(new)} may be -1")
    if isinstance(total, int) and (known == 0 or total % known):
        raise ShapeError(
            "reshape", f"{total} elements of shape {show(old)} do not fill the shape {show(new)}"
        )
    return tuple(total // known if s == -1 else s for s in new)


def expand_dims(x: Any, axis: Any) -> Node:
    """A new axis of size 1 at each position of `axis` in the result."""
    x = as_node(x)
    count = len(axis) if isinstance(axis, (tuple, list)) else 1
    axes = axes_of("expand_dims", axis, x.ndim + count)
    sizes = iter(x.shape)
    return reshape(x, tuple(1 if i in axes else next(sizes) for i in range(x.ndim + count)))


def squeeze(x: Any, axis: Any = None) -> Node:
    """Without the axes of size 1 (or those of them that are named)."""
    x = as_node(x)
    if axis is None:
        return reshape(x, tuple(s for s in x.shape if s != 1))
    axes = axes_of("squeeze", axis, x.ndim)
    for a in axes:
        if not same(x.shape[a], 1):
            raise ShapeError("squeeze", f"axis {a} of {show(x.shape)} has size {x.shape[a]}, not 1")
    return reshape(x, tuple(s for i, s in enumerate(x.shape) if i not in axes))


def ravel(x: Any) -> Node:
    """All elements in one axis."""
    x = as_node(x)
    return reshape(x, (product(x.shape),))


def flatten(x: Any) -> Node:
    """All elements in one axis."""
    return ravel(x)


# ------------------------------------------------------------------------------------------- transpose
def _transpose_index(node: Node, position: Position) -> tuple[Position, Any]:
    axes = node.attr("axes")
    return [position[axes.index(a)] for a in range(len(axes))], None


transpose_op = view_op(
    "transpose",
    infer=lambda shape, axes: tuple(shape[a] for a in axes),
    numpy=lambda x, axes: np.transpose(x, axes),
    index=_transpose_index,
    grad=lambda g, node: transpose(g, tuple(int(a) for a in np.argsort(node.attr("axes")))),
    examples=((((2, 3),), {"axes": (1, 0)}), (((2, 3, 4),), {"axes": (2, 0, 1)})),
    doc="Axes in another order.",
)


def transpose(x: Any, axes: Any = None) -> Node:
    """Axes in the given order; without one, reversed."""
    x = as_node(x)
    order = (
        tuple(reversed(range(x.ndim)))
        if axes is None
        else tuple(axis_of("transpose", a, x.ndim) for a in axes)
    )
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError("transpose", f"axes {axes} are not an order of the {x.ndim} axes of {show(x.shape)}")
    if x.op is transpose_op:
        inner = x.attr("axes")
        x, order = x.inputs[0], tuple(inner[a] for a in order)
    return x if order == tuple(range(x.ndim)) else make(transpose_op, (x,), axes=order)


def swapaxes(x: Any, axis1: int, axis2: int) -> Node:
    """Two axes exchanged."""
    x = as_node(x)
    order = list(range(x.ndim))
    a, b = axis_of("swapaxes", axis1, x.ndim), axis_of("swapaxes", axis2, x.ndim)
    order[a], order[b] = order[b], order[a]
    return transpose(x, order)


def moveaxis(x: Any, source: Any, destination: Any) -> Node:
    """Axes moved to new positions, the others in their order."""
    x = as_node(x)
    sources = [axis_of("moveaxis", a, x.ndim) for a in np.atleast_1d(source).tolist()]
    targets = [axis_of("moveaxis", a, x.ndim) for a in np.atleast_1d(destination).tolist()]
    order = [a for a in range(x.ndim) if a not in sources]
    for target, a in sorted(zip(targets, sources, strict=True)):
        order.insert(target, a)
    return transpose(x, order)


# ------------------------------------------------------------------------------------------- broadcast
def _broadcast_shape(old: Shape, shape: Shape) -> Shape:
    result = broadcast("broadcast_to", old, shape)
    if is_static(old) and is_static(shape) and result != shape:
        raise ShapeError("broadcast_to", f"the shape {show(old)} does not broadcast to {show(shape)}")
    return shape


def _broadcast_index(node: Node, position: Position) -> tuple[Position, Any]:
    old = node.inputs[0].shape
    new = position[len(position) - len(old) :] if old else []
    return [0 if size == 1 else i for i, size in zip(new, old, strict=True)], None


def _broadcast_grad(g: Node, node: Node) -> Node:
    old, new = node.inputs[0].shape, node.shape
    extra = len(new) - len(old)
    stretched = tuple(i for i in range(extra, len(new)) if old[i - extra] == 1 and new[i] != 1)
    return reshape(operators["sum"](g, tuple(range(extra)) + stretched), old)


broadcast_op = view_op(
    "broadcast_to",
    infer=_broadcast_shape,
    numpy=lambda x, shape: np.broadcast_to(x, shape),
    index=_broadcast_index,
    grad=_broadcast_grad,
    examples=((((3, 1),), {"shape": (2, 3, 4)}), (((),), {"shape": (3,)}), (((1, 4),), {"shape": (3, 4)})),
    doc="The same elements repeated along new or stretched axes.",
)


def broadcast_to(x: Any, shape: Sequence[Size]) -> Node:
    """Repeated to `shape` by NumPy's broadcasting rules."""
    x = as_node(x)
    new = tuple(s if isinstance(s, Dim) else int(s) for s in shape)
    return x if new == x.shape else make(broadcast_op, (x,), shape=new)


# ------------------------------------------------------------------------------------------ slice, flip
def _slice_shape(old: Shape, bounds: tuple[tuple[Size, Size, int], ...]) -> Shape:
    """Bounds are (start, stop, step) per axis, with 0 <= start <= stop <= size and step > 0."""
    return tuple((stop - start + step - 1) // step for start, stop, step in bounds)


def _slice_index(node: Node, position: Position) -> tuple[Position, Any]:
    bounds = node.attr("bounds")
    return [start + i * step for i, (start, _, step) in zip(position, bounds, strict=True)], None


def _slice_grad(g: Node, node: Node) -> Node:
    """Zeros with the gradient at the places that were read."""
    padding = []
    for (start, _, step), size, count in zip(
        node.attr("bounds"), node.inputs[0].shape, node.shape, strict=True
    ):
        reach = start + (count - 1) * step + 1 if count != 0 else start
        padding.append((start, size - reach, step - 1))
    return pad_between(g, tuple(padding))


slice_op = view_op(
    "slice",
    infer=_slice_shape,
    numpy=lambda x, bounds: x[tuple(slice(*b) for b in bounds)],
    index=_slice_index,
    grad=_slice_grad,
    examples=(
        (((5, 4),), {"bounds": ((1, 4, 1), (0, 4, 2))}),
        (((6,),), {"bounds": ((0, 0, 1),)}),
        (((7,),), {"bounds": ((1, 7, 3),)}),
    ),
    doc="A regular part along every axis.",
)


def slice_axes(x: Node, bounds: tuple[tuple[Size, Size, int], ...]) -> Node:
    if all(b == (0, size, 1) for b, size in zip(bounds, x.shape, strict=True)):
        return x
    return make(slice_op, (x,), bounds=bounds)


flip_op = view_op(
    "flip",
    infer=lambda shape, axes: shape,
    numpy=lambda x, axes: np.flip(x, axes),
    index=lambda node, position: (
        [node.shape[a] - 1 - i if a in node.attr("axes") else i for a, i in enumerate(position)],
        None,
    ),
    grad=lambda g, node: flip(g, node.attr("axes")),
    examples=((((3, 4),), {"axes": (0,)}), (((3, 4),), {"axes": (0, 1)})),
    doc="Axes read backwards.",
)


def flip(x: Any, axis: Any = None) -> Node:
    """Read backwards along axes (all without `axis`)."""
    x = as_node(x)
    axes = axes_of("flip", axis, x.ndim)
    return make(flip_op, (x,), axes=axes) if axes else x


# ------------------------------------------------------------------------------------------------- pad
Padding = tuple[tuple[Size, Size, int], ...]  # before, after, between, for every axis


def _pad_shape(old: Shape, padding: Padding, fill: Any) -> Shape:
    if len(padding) != len(old):
        raise ShapeError("pad", f"{len(padding)} widths for the {len(old)} axes of {show(old)}")
    return tuple(
        before + after + (size + (size - 1) * between if size != 0 else 0)
        for size, (before, after, between) in zip(old, padding, strict=True)
    )


def _pad_numpy(x: Array, padding: Padding, fill: Any) -> Array:
    result = np.full(_pad_shape(x.shape, padding, fill), converted(np.asarray(fill), x.dtype))
    spots = tuple(
        slice(before, before + size * (between + 1) - between if size else before, between + 1)
        for size, (before, _, between) in zip(x.shape, padding, strict=True)
    )
    result[spots] = x
    return result


def _pad_index(node: Node, position: Position) -> tuple[Position, Any]:
    condition: Any = None
    result = []
    for i, size, (before, after, between) in zip(
        position, node.inputs[0].shape, node.attr("padding"), strict=True
    ):
        place = i - before
        if (before, after, between) != (0, 0, 0):
            inside = (place >= 0) & (place < size + (size - 1) * between)
            if between:
                inside = inside & (place % (between + 1) < 1)
            condition = inside if condition is None else condition & inside
        result.append(place // (between + 1) if between else place)
    return result, condition


def _pad_grad(g: Node, node: Node) -> Node:
    sizes = node.inputs[0].shape
    return slice_axes(
        g,
        tuple(
            (before, before + size + (size - 1) * between if size != 0 else before, between + 1)
            for size, (before, _, between) in zip(sizes, node.attr("padding"), strict=True)
        ),
    )


pad_op = view_op(
    "pad",
    infer=_pad_shape,
    numpy=_pad_numpy,
    index=_pad_index,
    grad=_pad_grad,
    examples=(
        (((2, 3),), {"padding": ((1, 2, 0), (0, 1, 1)), "fill": 0}),
        (((3,),), {"padding": ((1, 0, 2),), "fill": 0}),
    ),
    doc="A constant before, after and between the elements of every axis.",
)


def pad_between(x: Node, padding: Padding, fill: float = 0) -> Node:
    if all(p == (0, 0, 0) for p in padding):
        return x
    return make(pad_op, (x,), padding=padding, fill=fill)


# --------------------------------------------------------------------------- slices at a computed place
def _dynamic_slice_numpy(x: Array, start: Array, axis: int, size: int) -> Array:
    first = int(start)
    if not 0 <= first <= x.shape[axis] - size:
        raise outside_slice("slice", first, size, axis, x.shape[axis])
    return x[(slice(None),) * axis + (slice(first, first + size),)]


def _dynamic_slice_shape(old: Shape, axis: int, size: Size) -> Shape:
    if isinstance(size, int) and isinstance(old[axis], int) and not 0 <= size <= old[axis]:
        raise IndexingError(
            "dynamic_slice", f"a slice of {size} does not fit axis {axis} of size {old[axis]}"
        )
    return (*old[:axis], size, *old[axis + 1 :])


def _shifted(position: Position, axis: int, start: Any) -> list[Any]:
    return [i + start if a == axis else i for a, i in enumerate(position)]


dynamic_slice_op: ViewOp = view_op(
    "dynamic_slice",
    infer=_dynamic_slice_shape,
    numpy=_dynamic_slice_numpy,
    index=lambda node, position, start: (_shifted(position, node.attr("axis"), start), None),
    grad=lambda g, node: make(
        dynamic_pad_op,
        (g, node.inputs[1]),
        axis=node.attr("axis"),
        size=node.inputs[0].shape[node.attr("axis")],
    ),
    examples=(
        (((5, 3), np.array(2)), {"axis": 0, "size": 3}),
        (((4, 6), np.array(0)), {"axis": 1, "size": 2}),
    ),
    doc="`size` elements along one axis from a computed start, which must fit.",
)


def dynamic_slice(x: Any, start: Any, axis: int, size: Size) -> Node:
    """`size` elements of `x` along `axis`, from the integer node `start`."""
    x = as_node(x)
    return make(dynamic_slice_op, (x, as_node(start)), axis=axis_of("dynamic_slice", axis, x.ndim), size=size)


def _dynamic_pad_numpy(x: Array, start: Array, axis: int, size: int) -> Array:
    result = np.zeros((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)
    result[(slice(None),) * axis + (slice(int(start), int(start) + x.shape[axis]),)] = x
    return result


def _dynamic_pad_index(node: Node, position: Position, start: Any) -> tuple[Position, Any]:
    axis = node.attr("axis")
    place = position[axis] - start
    inside = (place >= 0) & (place < node.inputs[0].shape[axis])
    return [place if a == axis else i for a, i in enumerate(position)], inside


dynamic_pad_op: ViewOp = view_op(
    "dynamic_pad",
    infer=lambda old, axis, size: (*old[:axis], size, *old[axis + 1 :]),
    numpy=_dynamic_pad_numpy,
    index=_dynamic_pad_index,
    grad=lambda g, node: dynamic_slice(
        g, node.inputs[1], node.attr("axis"), node.inputs[0].shape[node.attr("axis")]
    ),
    examples=((((2, 3), np.array(1)), {"axis": 0, "size": 5}),),
    doc="Zeros, with the input at a computed place along one axis.",
)


# ------------------------------------------------------------------------------------------------ iota
def _iota_numpy(shape: tuple[int, ...], axis: int, dtype: DType) -> Array:
    along = [1] * len(shape)
    along[axis] = -1
    return np.broadcast_to(np.arange(shape[axis]).astype(dtype).reshape(along), shape)


iota_op = Op(
    "iota",
    "source",
    lambda shape, axis, dtype: (shape, dtype),
    _iota_numpy,
    no_grad,
    "The position along one axis.",
)


def iota(shape: Shape, axis: int, dtype: DType) -> Node:
    """An array of `shape` whose elements are their position along `axis`."""
    if dtype in STORAGE:
        return cast(iota(shape, axis, computing(dtype)), dtype)
    return make(iota_op, shape=shape, axis=axis, dtype=dtype)


operators |= {"broadcast_to": broadcast_to}

__all__ = [
    "broadcast_to", "expand_dims", "flatten", "flip", "moveaxis", "ravel", "reshape", "squeeze", "swapaxes",
    "transpose",
]  # fmt: skip
