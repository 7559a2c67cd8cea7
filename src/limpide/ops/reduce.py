"""Reductions: fold axes away, from an identity, with a combination, in an accumulator's dtype."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..dtypes import BOOL, INT64, UINT64, DType, as_dtype, computing
from ..errors import ShapeError
from ..graph import Array, Node, make, operators
from ..shapes import Shape, axes_of, is_static, product, show
from .define import ReduceOp, Takes, as_node, cast, constant, operand_dtype, stored
from .map import equal, not_equal, where
from .view import broadcast_to, expand_dims, pad_between, reshape, slice_axes, transpose


def _same(dtype: DType) -> DType:
    return dtype


def wide(dtype: DType) -> DType:
    """NumPy sums and multiplies bool and small integers in 64 bits."""
    if dtype.kind in "bi":
        return INT64
    return UINT64 if dtype.kind == "u" else dtype


def lowest(dtype: DType) -> Any:
    if dtype.kind == "f":
        return -np.inf
    return False if dtype.kind == "b" else np.iinfo(dtype).min


def _highest(dtype: DType) -> Any:
    if dtype.kind == "f":
        return np.inf
    return True if dtype.kind == "b" else np.iinfo(dtype).max


def kept_shape(shape: Shape, axes: tuple[int, ...]) -> Shape:
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def spread(g: Node, x: Node, axes: tuple[int, ...]) -> Node:
    """A reduced node broadcast back to the shape of `x`."""
    return broadcast_to(expand_dims(g, axes), x.shape)


def reduce_op(
    name: str,
    *,
    numpy: Callable[..., Any],
    identity: Callable[[DType], Any],
    combine: str | Mapping[str, str],
    accumulator: Callable[[DType], DType],
    grad: Callable[[Node, Node, Node, tuple[int, ...]], Node] | None,
    takes: Takes,
    doc: str,
    result: DType | None = None,
    located: bool = False,
    nonempty: bool = False,
) -> Callable[..., Node]:
    """Declare a reduction and get the function (x, axis=None, keepdims=False) that builds its node.

    grad(g, y, x, axes) -> node; None where the derivative is zero or undefined.
    """

    def infer(x: Node, axes: tuple[int, ...]) -> tuple[Shape, DType]:
        folded = tuple(x.shape[a] for a in axes)
        if nonempty and is_static(folded) and product(folded) == 0 and 0 in folded:
            raise ShapeError(
                name, f"there is nothing to take the {name} of along axes {show(axes)} of {show(x.shape)}"
            )
        return kept_shape(x.shape, axes), result or accumulator(x.dtype)

    def vjp(g: Node, node: Node) -> Sequence[Node | None]:
        return [grad(g, node, node.inputs[0], node.attr("axes")) if grad else None]

    op = ReduceOp(
        name, "reduce", infer, numpy, vjp, doc,
        identity=identity, combine=dict.fromkeys("fiub", combine) if isinstance(combine, str) else combine,
        accumulator=accumulator, located=located, takes=takes,
    )  # fmt: skip

    def build(x: Any, axis: Any = None, keepdims: bool = False, *, dtype: Any = None) -> Node:
        x = as_node(x)
        x = x if dtype is None else cast(x, as_dtype(dtype))
        meeting = operand_dtype(name, x.dtype, takes)
        x = cast(x, computing(meeting))
        axes = axes_of(name, axis, x.ndim)
        if located and len(axes) != 1:  # positions count in the flattened array
            rank = x.ndim
            y = make(op, (reshape(x, (product(x.shape),)),), axes=(0,))
            return reshape(y, (1,) * rank) if keepdims else y
        if not axes and not located:
            return stored(cast(x, result or accumulator(x.dtype)), meeting)
        y = stored(make(op, (x,), axes=axes), meeting)
        return expand_dims(y, axes) if keepdims else y

    build.__name__ = build.__qualname__ = name
    build.__doc__ = doc
    return build


def _sum_numpy(x: Array, axes: tuple[int, ...]) -> Array:
    if x.dtype == np.float32:  # as the kernels do: long float32 sums are collected in float64
        return np.asarray(np.sum(x, axis=axes, dtype=np.float64).astype(np.float32))
    return np.asarray(np.sum(x, axis=axes))


def _prod_grad(g: Node, y: Node, x: Node, axes: tuple[int, ...]) -> Node:
    """The product of the others, by halving: exact with zeros, and differentiable again."""
    size = product(x.shape[a] for a in axes)
    if not isinstance(size, int):
        return _prod_grad_unknown(g, y, x, axes)
    kept = tuple(a for a in range(x.ndim) if a not in axes)
    rows = reshape(transpose(x, (*kept, *axes)), (*kept_shape(x.shape, axes), size))
    others = reshape(_others(rows), tuple(x.shape[a] for a in (*kept, *axes)))
    back = tuple(sorted(range(x.ndim), key=(*kept, *axes).__getitem__))
    return spread(g, x, axes) * transpose(others, back)


def _others(x: Node) -> Node:
    """For every element of the last axis the product of all others, from the products of pairs."""
    lead, size = x.shape[:-1], int(x.shape[-1].__index__())
    if size <= 1:
        return broadcast_to(constant(1, x.dtype), x.shape)
    nothing = ((0, 0, 0),) * len(lead)
    x = pad_between(x, (*nothing, (0, size % 2, 0)), 1)
    whole = tuple((0, s, 1) for s in lead)
    even = slice_axes(x, (*whole, (0, size, 2)))
    odd = slice_axes(x, (*whole, (1, size + size % 2, 2)))
    rest = _others(even * odd)
    apart = (*nothing, (0, 1, 1))
    last = (*nothing, (1, 0, 1))
    mixed = pad_between(rest * odd, apart) + pad_between(rest * even, last)
    return slice_axes(mixed, (*whole, (0, size, 1)))


def _prod_grad_unknown(g: Node, y: Node, x: Node, axes: tuple[int, ...]) -> Node:
    """The same by division, for sizes that are not known: second derivatives at zeros are not exact."""
    zero = equal(x, 0)
    zeros = sum(zero, axes)
    others = prod(where(zero, 1, x), axes)
    alone = where(equal(zeros, 1), others, 0)
    without = where(equal(zeros, 0), others, 0)
    per_element = where(zero, spread(alone, x, axes), spread(without, x, axes) / where(zero, 1, x))
    return spread(g, x, axes) * per_element


def _extremum_grad(g: Node, y: Node, x: Node, axes: tuple[int, ...]) -> Node:
    """Shared equally by the elements that reach it."""
    hits = cast(equal(x, spread(y, x, axes)), g.dtype)
    return hits * spread(g / sum(hits, axes), x, axes)


sum = reduce_op(
    "sum",
    numpy=_sum_numpy,
    identity=lambda dtype: 0,
    combine="{acc} + {x}",
    accumulator=wide,
    grad=lambda g, y, x, axes: spread(g, x, axes),
    takes="any",
    doc="Sum over axes; float32 is accumulated in lanes and collected in float64.",
)
prod = reduce_op(
    "prod",
    numpy=lambda x, axes: np.prod(x, axis=axes),
    identity=lambda dtype: 1,
    combine="{acc} * {x}",
    accumulator=wide,
    grad=_prod_grad,
    takes="any",
    doc="Product over axes.",
)
max = reduce_op(
    "max",
    numpy=lambda x, axes: np.max(x, axis=axes),
    identity=lowest,
    combine={"f": "lp_maximum_{t}({acc}, {x})"} | dict.fromkeys("iub", "({acc} > {x} ? {acc} : {x})"),
    accumulator=_same,
    grad=_extremum_grad,
    takes="any",
    nonempty=True,
    doc="Largest element over axes, NaN where there is one; equal ones share the gradient.",
)
min = reduce_op(
    "min",
    numpy=lambda x, axes: np.min(x, axis=axes),
    identity=_highest,
    combine={"f": "lp_minimum_{t}({acc}, {x})"} | dict.fromkeys("iub", "({acc} < {x} ? {acc} : {x})"),
    accumulator=_same,
    grad=_extremum_grad,
    takes="any",
    nonempty=True,
    doc="Smallest element over axes, NaN where there is one; equal ones share the gradient.",
)
any = reduce_op(
    "any",
    numpy=lambda x, axes: np.any(x, axis=axes),
    identity=lambda dtype: False,
    combine="{acc} | {x}",
    accumulator=_same,
    grad=None,
    takes="bool",
    result=BOOL,
    doc="Whether one element over axes is true.",
)
all = reduce_op(
    "all",
    numpy=lambda x, axes: np.all(x, axis=axes),
    identity=lambda dtype: True,
    combine="{acc} & {x}",
    accumulator=_same,
    grad=None,
    takes="bool",
    result=BOOL,
    doc="Whether every element over axes is true.",
)
# combine of a located op: whether x beats acc; the first NaN beats everything, as in NumPy.
argmax = reduce_op(
    "argmax",
    numpy=lambda x, axes: np.argmax(x, axis=axes[0]),
    identity=lowest,
    combine={"f": "({x} > {acc}) | (({x} != {x}) & ({acc} == {acc}))"} | dict.fromkeys("iub", "{x} > {acc}"),
    accumulator=_same,
    grad=None,
    takes="any",
    result=INT64,
    located=True,
    nonempty=True,
    doc="Position of the first largest element along one axis, or in the flattened array.",
)
argmin = reduce_op(
    "argmin",
    numpy=lambda x, axes: np.argmin(x, axis=axes[0]),
    identity=_highest,
    combine={"f": "({x} < {acc}) | (({x} != {x}) & ({acc} == {acc}))"} | dict.fromkeys("iub", "{x} < {acc}"),
    accumulator=_same,
    grad=None,
    takes="any",
    result=INT64,
    located=True,
    nonempty=True,
    doc="Position of the first smallest element along one axis, or in the flattened array.",
)


def count_nonzero(x: Any, axis: Any = None, keepdims: bool = False) -> Node:
    """How many elements over axes are not zero."""
    return sum(not_equal(x, 0), axis, keepdims)


__all__ = ["all", "any", "argmax", "argmin", "count_nonzero", "max", "min", "prod", "sum"]

operators["sum"] = sum
