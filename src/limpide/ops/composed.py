"""Ops made of other ops: plain Python, no rule of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dtypes import BOOL, INT64, DType, as_dtype, floatx, is_float, promote, to_float
from ..errors import ShapeError
from ..graph import Node
from ..shapes import Shape, Size, axes_of, axis_of, broadcast, product, same, show
from . import reduce as r
from .block import argsort, concatenate, contract, take_along
from .define import as_node, cast, constant, operand_dtype
from .map import (
    equal,
    erf,
    exp,
    log,
    logaddexp,
    maximum,
    multiply,
    sigmoid,
    sqrt,
    square,
    stop_gradient,
    subtract,
    tanh,
    where,
)
from .view import broadcast_to, expand_dims, iota, moveaxis, reshape, transpose


# ------------------------------------------------------------------------------------------ creation
def full(shape: Any, value: Any, dtype: Any = None) -> Node:
    """An array of `shape` filled with a value."""
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    return broadcast_to(as_node(value) if dtype is None else constant(value, as_dtype(dtype)), sizes)


def zeros(shape: Any, dtype: Any = None) -> Node:
    """Zeros, floatx by default."""
    return full(shape, 0, floatx() if dtype is None else dtype)


def ones(shape: Any, dtype: Any = None) -> Node:
    """Ones, floatx by default."""
    return full(shape, 1, floatx() if dtype is None else dtype)


def zeros_like(x: Any, dtype: Any = None) -> Node:
    """Zeros of the shape and dtype of `x`."""
    x = as_node(x)
    return zeros(x.shape, dtype or x.dtype)


def ones_like(x: Any, dtype: Any = None) -> Node:
    """Ones of the shape and dtype of `x`."""
    x = as_node(x)
    return ones(x.shape, dtype or x.dtype)


# ----------------------------------------------------------------------------------------- statistics
def count(x: Node, axes: tuple[int, ...]) -> Node:
    """The number of elements that a reduction over `axes` folds, in the float dtype of `x`."""
    return constant(product(x.shape[a] for a in axes), to_float(x.dtype))


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Node:
    """Arithmetic mean over axes; integers become floatx."""
    x = as_node(x)
    x = cast(x, to_float(x.dtype))
    axes = axes_of("mean", axis, x.ndim)
    return r.sum(x, axes, keepdims) / count(x, axes)


def var(x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Node:
    """Variance over axes, divided by the count less `ddof`."""
    x = as_node(x)
    x = cast(x, to_float(x.dtype))
    axes = axes_of("var", axis, x.ndim)
    centred = x - mean(x, axes, keepdims=True)
    return r.sum(square(centred), axes, keepdims) / (count(x, axes) - ddof)


def std(x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Node:
    """Standard deviation over axes."""
    return sqrt(var(x, axis, ddof, keepdims))


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Node:
    """log(sum(exp(x))) over axes, shifted by the maximum so that it does not overflow."""
    x = as_node(x)
    x = cast(x, to_float(x.dtype))
    top = r.max(x, axis, keepdims=True)
    shift = stop_gradient(where(equal(top - top, 0), top, 0))  # an infinite maximum is not subtracted
    y = log(r.sum(exp(x - shift), axis, keepdims=True)) + shift
    return y if keepdims else reshape(y, r.kept_shape(x.shape, axes_of("logsumexp", axis, x.ndim)))


def softmax(x: Any, axis: Any = -1) -> Node:
    """exp(x) / sum(exp(x)) along an axis, shifted by the maximum."""
    x = as_node(x)
    x = cast(x, to_float(x.dtype))
    e = exp(x - stop_gradient(r.max(x, axis, keepdims=True)))
    return e / r.sum(e, axis, keepdims=True)


def log_softmax(x: Any, axis: Any = -1) -> Node:
    """log(softmax(x)) without overflow or cancellation."""
    x = as_node(x)
    x = cast(x, to_float(x.dtype))
    shifted = x - stop_gradient(r.max(x, axis, keepdims=True))
    return shifted - log(r.sum(exp(shifted), axis, keepdims=True))


# -------------------------------------------------------------------------------------------- products
def _operands(op: str, a: Any, b: Any) -> tuple[Node, Node]:
    a, b = as_node(a), as_node(b)
    dtype = promote([a.dtype, b.dtype])
    return cast(a, dtype), cast(b, dtype)


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def matmul(a: Any, b: Any) -> Node:
    """Matrix product of the last two axes, the others broadcast (NumPy's @).

    Raises ShapeError where the inner sizes differ or an operand is a scalar.
    """
    a, b = _operands("matmul", a, b)
    if not a.ndim or not b.ndim:
        raise ShapeError("matmul", "an operand is a scalar", hint="use * to multiply by a number")
    inner_a, inner_b = a.shape[-1], b.shape[-2] if b.ndim > 1 else b.shape[0]
    if not same(inner_a, inner_b):
        raise ShapeError(
            "matmul",
            f"shapes {show(a.shape)} and {show(b.shape)}: axis {a.ndim - 1} of the first has size {inner_a}, "
            f"axis {max_axis(b)} of the second {inner_b}",
            hint=_matmul_hint(a.shape, b.shape),
        )
    if a.ndim == 1 or b.ndim == 1:
        return _matvec(a, b)
    lead = broadcast("matmul", a.shape[:-2], b.shape[:-2])
    a, wide_a = _leading(a, lead)
    b, wide_b = _leading(b, lead)
    batch = LETTERS[: len(lead)]
    left = "".join(c for c, kept in zip(batch, wide_a, strict=True) if kept) + "XZ"
    right = "".join(c for c, kept in zip(batch, wide_b, strict=True) if kept) + "ZY"
    out = batch + "XY"
    missing = [c for c, wa, wb in zip(batch, wide_a, wide_b, strict=True) if not wa and not wb]
    if missing:  # both have size 1 there
        product_ = contract(a, b, (left, right, "".join(c for c in out if c not in missing)))
        return reshape(product_, (*lead, a.shape[-2], b.shape[-1]))
    return contract(a, b, (left, right, out))


def max_axis(b: Node) -> int:
    return b.ndim - 2 if b.ndim > 1 else 0


def _matmul_hint(a: Shape, b: Shape) -> str:
    if len(a) == len(b) == 2 and same(a[1], b[1]):
        return "the second operand looks transposed: try .T"
    if len(a) == len(b) == 2 and same(a[0], b[0]):
        return "the first operand looks transposed: try .T"
    return "the last axis of the first operand must have the size of the second's axis before the last"


def _leading(x: Node, lead: Shape) -> tuple[Node, list[bool]]:
    """`x` without its leading axes that are broadcast, and which of `lead` it keeps."""
    extra = len(lead) - (x.ndim - 2)
    own = x.shape[:-2]
    wide = [i >= extra and own[i - extra] != 1 for i in range(len(lead))]
    kept = tuple(s for s in own if s != 1)
    return reshape(x, (*kept, *x.shape[-2:])), wide


def _matvec(a: Node, b: Node) -> Node:
    if a.ndim == 1 and b.ndim == 1:
        return contract(a, b, ("k", "k", ""))
    if a.ndim == 1:
        batch = LETTERS[: b.ndim - 2]
        return contract(a, b, ("Z", batch + "ZY", batch + "Y"))
    batch = LETTERS[: a.ndim - 1]
    return contract(a, b, (batch + "Z", "Z", batch))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Node:
    """Sum of products over paired axes, as np.tensordot."""
    a, b = _operands("tensordot", a, b)
    if isinstance(axes, (int, np.integer)):
        over_a, over_b = tuple(range(a.ndim - int(axes), a.ndim)), tuple(range(int(axes)))
    else:
        first, second = (x if isinstance(x, (tuple, list)) else (x,) for x in axes)
        over_a = tuple(axis_of("tensordot", x, a.ndim) for x in first)
        over_b = tuple(axis_of("tensordot", x, b.ndim) for x in second)
    for i, j in zip(over_a, over_b, strict=True):
        if not same(a.shape[i], b.shape[j]):
            raise ShapeError(
                "tensordot",
                f"axis {i} of {show(a.shape)} has size {a.shape[i]}, axis {j} of {show(b.shape)} has {b.shape[j]}",
            )
    left = list(LETTERS[: a.ndim])
    right = list(LETTERS[a.ndim : a.ndim + b.ndim])
    for i, j in zip(over_a, over_b, strict=True):
        right[j] = left[i]
    out = [c for i, c in enumerate(left) if i not in over_a] + [c for j, c in enumerate(right) if j not in over_b]
    return contract(a, b, ("".join(left), "".join(right), "".join(out)))


def dot(a: Any, b: Any) -> Node:
    """np.dot: product with scalars, inner product of vectors, matrix product of the rest."""
    a, b = as_node(a), as_node(b)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    return tensordot(a, b, ((a.ndim - 1,), (max_axis(b),)))


def outer(a: Any, b: Any) -> Node:
    """Every element of the flattened `a` times every one of the flattened `b`."""
    a, b = _operands("outer", a, b)
    return contract(reshape(a, (-1,)), reshape(b, (-1,)), ("i", "j", "ij"))


# ------------------------------------------------------------------------------------ gather and one-hot
def one_hot(labels: Any, classes: int, dtype: Any = None) -> Node:
    """A 1 at the position of each label along a new last axis, 0 elsewhere (floatx by default)."""
    labels = as_node(labels)
    columns = iota((*labels.shape, classes), labels.ndim, INT64)
    hits = equal(expand_dims(cast(labels, INT64), labels.ndim), columns)
    return cast(hits, floatx() if dtype is None else as_dtype(dtype))


def take(x: Any, indices: Any, axis: int | None = None) -> Node:
    """Elements at integer positions along an axis (of the flattened array without one)."""
    x = as_node(x)
    if axis is None:
        return take(reshape(x, (-1,)), indices, 0)
    return take_along(x, as_node(indices), axis_of("take", axis, x.ndim))


# -------------------------------------------------------------------------------------------- activations
def gelu(x: Any, approximate: bool = False) -> Node:
    """x times the normal distribution function (Hendrycks and Gimpel 2016); or its tanh approximation."""
    x = as_node(x)
    if approximate:
        return x * 0.5 * (1 + tanh((x + x * x * x * 0.044715) * float(np.sqrt(2 / np.pi))))
    return x * 0.5 * (1 + erf(x * float(np.sqrt(0.5))))


def silu(x: Any) -> Node:
    """x * sigmoid(x) (Elfwing et al. 2017)."""
    x = as_node(x)
    return x * sigmoid(x)


# ------------------------------------------------------------------------------------------- conversion
def astype(x: Any, dtype: Any) -> Node:
    """`x` in another dtype."""
    return cast(as_node(x), as_dtype(dtype))
