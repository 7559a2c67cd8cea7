"""Ops with a kernel template of their own: contraction, gather and scatter, joining, sums along, sorting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dtypes import INT64, DType, as_dtype, computing, converted, promote
from ..errors import IndexingError, ShapeError
from ..graph import Array, Node, make
from ..shapes import Shape, Size, axis_of, outside_axis, same, show
from .define import BlockOp, as_node, cast, constant, stored
from .view import flip, ravel, slice_axes


# ----------------------------------------------------------------------------------------- contraction
def _contract_infer(a: Node, b: Node, spec: tuple[str, str, str]) -> tuple[Shape, DType]:
    sizes: dict[str, Size] = {}
    for node, letters in zip((a, b), spec, strict=False):
        for letter, size in zip(letters, node.shape, strict=True):
            known = sizes.setdefault(letter, size)
            if not same(known, size):
                raise ShapeError(
                    "matmul",
                    f"shapes {show(a.shape)} and {show(b.shape)} do not contract: "
                    f"sizes {known} and {size} must agree",
                )
            if isinstance(size, int):
                sizes[letter] = size
    return tuple(sizes[letter] for letter in spec[2]), computing(a.dtype)


def _contract_numpy(a: Array, b: Array, spec: tuple[str, str, str]) -> Array:
    left, right, out = spec
    a, b = (converted(x, computing(x.dtype)) for x in (a, b))
    if a.dtype.kind == "b":
        return np.asarray(np.einsum(f"{left},{right}->{out}", a.astype(np.int64), b.astype(np.int64)) != 0)
    return np.asarray(np.einsum(f"{left},{right}->{out}", a, b, optimize=a.dtype.kind == "f"))


def _contract_grad(g: Node, node: Node) -> Sequence[Node | None]:
    a, b = node.inputs
    left, right, out = node.attr("spec")
    back = contract(g, b, (out, right, left)), contract(a, g, (left, out, right))
    return [cast(new, source.dtype) for new, source in zip(back, (a, b), strict=True)]


contract_op = BlockOp(
    "contract", "block", _contract_infer, _contract_numpy, _contract_grad,
    "Products of two arrays summed over the letters that the result lacks, in einsum's notation.",
    kernel="matmul",
    examples=(
        (((3, 4), (4, 5)), {"spec": ("ik", "kj", "ij")}),
        (((4, 3), (4, 5)), {"spec": ("ki", "kj", "ij")}),
        (((3, 4), (5, 4)), {"spec": ("ik", "jk", "ij")}),
        (((2, 3, 4), (2, 4, 2)), {"spec": ("bik", "bkj", "bij")}),
        (((3,), (4,)), {"spec": ("i", "j", "ij")}),
        (((5,), (5,)), {"spec": ("k", "k", "")}),
        (((3, 4), (4,)), {"spec": ("ik", "k", "i")}),
        (((3, 2, 4), (4, 2, 5)), {"spec": ("ick", "kcj", "ji")}),
        (((33, 17), (17, 37)), {"spec": ("ik", "kj", "ij")}),
    ),
)  # fmt: skip


def contract(a: Node, b: Node, spec: tuple[str, str, str]) -> Node:
    """`a` and `b` contracted: every letter is in two of the three at least, and once in each.

    Operands in a storage dtype are read as float32, and so is the result.
    """
    return make(contract_op, (a, b), spec=_canonical(spec))


def _canonical(spec: tuple[str, str, str]) -> tuple[str, str, str]:
    """The same spec with letters in order of appearance, so that equal contractions are one node."""
    names = {c: chr(ord("a") + i) for i, c in enumerate(dict.fromkeys("".join(spec)))}
    left, right, out = ("".join(names[c] for c in part) for part in spec)
    return left, right, out


# ----------------------------------------------------------------------------------- gather and scatter
def _take_infer(x: Node, indices: Node, axis: int) -> tuple[Shape, DType]:
    return (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype


def _take_numpy(x: Array, indices: Array, axis: int) -> Array:
    size = x.shape[axis]
    wrong = (indices < -size) | (indices >= size)
    if wrong.any():
        raise outside_axis("take", indices[wrong].flat[0], axis, size)
    return np.take(x, indices, axis)


def _take_grad(g: Node, node: Node) -> Sequence[Node | None]:
    x, indices = node.inputs
    axis = node.attr("axis")
    return [scatter_add(g, indices, axis, x.shape[axis]), None]


take_op = BlockOp(
    "take", "block", _take_infer, _take_numpy,
    _take_grad,
    "Elements along one axis at integer positions; negative ones count from the end.",
    kernel="take",
    examples=(
        (((5, 3), np.array([0, 4, -1, 4])), {"axis": 0}),
        (((3, 5), np.array([[1, 2], [0, -5]])), {"axis": 1}),
        (((4,), np.array(2)), {"axis": 0}),
    ),
)  # fmt: skip


def take_along(x: Node, indices: Node, axis: int) -> Node:
    return make(take_op, (x, operand_index("take", indices)), axis=axis)


def operand_index(op: str, indices: Node) -> Node:
    if indices.dtype.kind not in "iu":
        raise IndexingError(
            op, f"indices are integers, not {indices.dtype.name}", hint="use .astype('int64')"
        )
    return indices


def _scatter_infer(g: Node, indices: Node, axis: int, size: Size) -> tuple[Shape, DType]:
    return (*g.shape[:axis], size, *g.shape[axis + indices.ndim :]), g.dtype


def _scatter_numpy(g: Array, indices: Array, axis: int, size: int) -> Array:
    result = np.zeros((*g.shape[:axis], size, *g.shape[axis + indices.ndim :]), g.dtype)
    at: Any = (slice(None),) * axis + (indices,)
    np.add.at(result, at, g)
    return result


scatter_add_op = BlockOp(
    "scatter_add", "block", _scatter_infer, _scatter_numpy,
    lambda g, node: [take_along(g, node.inputs[1], node.attr("axis")), None],
    "Zeros to which each element is added at its position along one axis; the gradient of take.",
    kernel="scatter",
    examples=(
        (((4, 3), np.array([0, 2, 2, -1])), {"axis": 0, "size": 5}),
        (((3, 2, 2), np.array([[1, 1], [0, 3]])), {"axis": 1, "size": 4}),
    ),
)  # fmt: skip


def scatter_add(g: Node, indices: Node, axis: int, size: Size) -> Node:
    """Zeros of `size` along `axis`, plus `g` at `indices`, equal ones accumulated."""
    operands = cast(g, computing(g.dtype)), operand_index("scatter_add", indices)
    return stored(make(scatter_add_op, operands, axis=axis, size=size), g.dtype)


# --------------------------------------------------------------------------------------------- joining
def _concatenate_infer(*parts: Node, axis: int) -> tuple[Shape, DType]:
    first = parts[0]
    total: Size = 0
    for part in parts:
        others = [
            (i, a, b) for i, (a, b) in enumerate(zip(first.shape, part.shape, strict=False)) if i != axis
        ]
        if part.ndim != first.ndim or any(not same(a, b) for _, a, b in others):
            raise ShapeError(
                "concatenate",
                f"shapes {show(first.shape)} and {show(part.shape)} differ outside of axis {axis}",
            )
        total = total + part.shape[axis]
    return (*first.shape[:axis], total, *first.shape[axis + 1 :]), first.dtype


def _concatenate_grad(g: Node, node: Node) -> Sequence[Node | None]:
    axis = node.attr("axis")
    parts: list[Node | None] = []
    start: Size = 0
    for part in node.inputs:
        stop = start + part.shape[axis]
        parts.append(
            slice_axes(g, tuple((start, stop, 1) if a == axis else (0, s, 1) for a, s in enumerate(g.shape)))
        )
        start = stop
    return parts


concatenate_op = BlockOp(
    "concatenate", "block", _concatenate_infer,
    lambda *parts, axis: np.concatenate(parts, axis), _concatenate_grad,
    "Arrays joined along an axis.",
    kernel="concatenate",
    examples=((((2, 3), (1, 3), (3, 3)), {"axis": 0}), (((2, 3), (2, 0), (2, 2)), {"axis": 1})),
)  # fmt: skip


def concatenate(arrays: Sequence[Any], axis: int = 0) -> Node:
    """Arrays joined along an existing axis, in a common dtype."""
    parts = [as_node(a) for a in arrays]
    if not parts:
        raise ShapeError("concatenate", "there is nothing to join")
    dtype = promote([p.dtype for p in parts])
    parts = [cast(p, dtype) for p in parts]
    axis = axis_of("concatenate", axis, parts[0].ndim)
    return parts[0] if len(parts) == 1 else make(concatenate_op, parts, axis=axis)


# -------------------------------------------------------------------------------------- sums along axes
def _cumsum_infer(x: Node, axis: int) -> tuple[Shape, DType]:
    return x.shape, x.dtype


cumsum_op = BlockOp(
    "cumsum", "block", _cumsum_infer, lambda x, axis: np.cumsum(x, axis, dtype=x.dtype),
    lambda g, node: [flip(cumsum(flip(g, node.attr("axis")), node.attr("axis")), node.attr("axis"))],
    "Running sum along an axis.",
    kernel="cumulate",
    examples=((((2, 5),), {"axis": 1}), (((4, 3),), {"axis": 0})),
)  # fmt: skip


def cumsum(x: Any, axis: int | None = None, *, dtype: Any = None) -> Node:
    """Running sum along `axis`; of the flattened array without one."""
    x = as_node(x)
    x = x if dtype is None else cast(x, as_dtype(dtype))
    if axis is None:
        return cumsum(ravel(x), 0)
    if x.dtype.kind in "biu":
        x = cast(x, np.dtype(np.uint64) if x.dtype.kind == "u" else INT64)
    y = make(cumsum_op, (cast(x, computing(x.dtype)),), axis=axis_of("cumsum", axis, x.ndim))
    return stored(y, x.dtype)


# --------------------------------------------------------------------------------------------- sorting
argsort_op = BlockOp(
    "argsort", "block", lambda x, axis: (x.shape, INT64),
    lambda x, axis: np.argsort(x, axis, kind="stable"), lambda g, node: [None],
    "Positions that sort along an axis; stable, NaN last.",
    kernel="sort",
    examples=((((3, 7),), {"axis": 1}), (((5, 2),), {"axis": 0}), (((100,),), {"axis": 0})),
)  # fmt: skip


def argsort(
    x: Any, axis: int | None = -1, descending: bool = False, kind: Any = None, stable: Any = None
) -> Node:
    """Positions that sort `x` along `axis` (flattened with None): stable, NaN last (first with `descending`).

    kind and stable are NumPy's; every sort here is stable.
    """
    x = as_node(x)
    if axis is None:
        return argsort(ravel(x), 0, descending)
    x = cast(x, computing(x.dtype))
    axis = axis_of("argsort", axis, x.ndim)
    if not descending:
        return make(argsort_op, (x,), axis=axis)
    last = constant(x.shape[axis] - 1, INT64)
    return flip(last - make(argsort_op, (flip(x, axis),), axis=axis), axis)


__all__ = ["argsort", "concatenate", "cumsum"]
