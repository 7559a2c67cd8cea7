"""Products and sums of products: matmul, tensordot, einsum and the vector products."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import promote
from ..errors import ArgumentError, ShapeError
from ..graph import Node
from ..shapes import Shape, Size, axis_of, broadcast, is_static, same, show
from . import reduce as r
from .arithmetic import pair
from .arrange import diagonal
from .block import contract
from .define import as_node, cast
from .map import multiply
from .view import broadcast_to, moveaxis, reshape, squeeze, swapaxes, transpose

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def matmul(a: Any, b: Any) -> Node:
    """Matrix product of the last two axes, the others broadcast (NumPy's @).

    Raises ShapeError where the inner sizes differ or an operand is a scalar.
    """
    a, b = pair(a, b)
    if not a.ndim or not b.ndim:
        raise ShapeError("matmul", "an operand is a scalar", hint="use * to multiply by a number")
    inner_a, inner_b = a.shape[-1], b.shape[_inner_axis(b)]
    if not same(inner_a, inner_b):
        raise ShapeError(
            "matmul",
            f"shapes {show(a.shape)} and {show(b.shape)}: axis {a.ndim - 1} of the first has size {inner_a}, "
            f"axis {_inner_axis(b)} of the second {inner_b}",
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
    missing = [c for c, wa, wb in zip(batch, wide_a, wide_b, strict=True) if not wa and not wb]
    y = contract(a, b, (left, right, "".join(c for c in batch + "XY" if c not in missing)))
    return reshape(y, (*lead, a.shape[-2], b.shape[-1])) if missing else y  # both have size 1 there


def _inner_axis(b: Node) -> int:
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
    a, b = pair(a, b)
    if isinstance(axes, (int, np.integer)):
        over_a, over_b = tuple(range(a.ndim - int(axes), a.ndim)), tuple(range(int(axes)))
    else:
        first, second = (x if isinstance(x, (tuple, list)) else (x,) for x in axes)
        over_a = tuple(axis_of("tensordot", x, a.ndim) for x in first)
        over_b = tuple(axis_of("tensordot", x, b.ndim) for x in second)
    if len(over_a) != len(over_b) or min(over_a, default=0) < 0 or max(over_b, default=-1) >= b.ndim:
        raise ShapeError("tensordot", f"axes {axes} do not pair axes of {show(a.shape)} and {show(b.shape)}")
    for i, j in zip(over_a, over_b, strict=True):
        if not same(a.shape[i], b.shape[j]):
            raise ShapeError(
                "tensordot",
                f"axis {i} of {show(a.shape)} has size {a.shape[i]}, "
                f"axis {j} of {show(b.shape)} has {b.shape[j]}",
            )
    left = list(LETTERS[: a.ndim])
    right = list(LETTERS[a.ndim : a.ndim + b.ndim])
    for i, j in zip(over_a, over_b, strict=True):
        right[j] = left[i]
    out = [c for i, c in enumerate(left) if i not in over_a] + [
        c for j, c in enumerate(right) if j not in over_b
    ]
    return contract(a, b, ("".join(left), "".join(right), "".join(out)))


def dot(a: Any, b: Any) -> Node:
    """np.dot: product with scalars, inner product of vectors, matrix product of the rest."""
    a, b = pair(a, b)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    return tensordot(a, b, ((a.ndim - 1,), (_inner_axis(b),)))


def inner(a: Any, b: Any) -> Node:
    """Sum of products over the last axes."""
    a, b = pair(a, b)
    return tensordot(a, b, ((a.ndim - 1,), (b.ndim - 1,))) if a.ndim and b.ndim else multiply(a, b)


def vdot(a: Any, b: Any) -> Node:
    """Inner product of the flattened arrays."""
    a, b = pair(a, b)
    return dot(reshape(a, (-1,)), reshape(b, (-1,)))


def vecdot(a: Any, b: Any, axis: int = -1) -> Node:
    """Inner products along one axis, the others broadcast."""
    a, b = pair(a, b)
    a = moveaxis(a, axis_of("vecdot", axis, a.ndim), -1)
    b = moveaxis(b, axis_of("vecdot", axis, b.ndim), -1)
    return einsum("...k,...k->...", a, b)


def outer(a: Any, b: Any) -> Node:
    """Every element of the flattened `a` times every one of the flattened `b`."""
    a, b = pair(a, b)
    return contract(reshape(a, (-1,)), reshape(b, (-1,)), ("i", "j", "ij"))


def kron(a: Any, b: Any) -> Node:
    """Kronecker product: blocks of `b` scaled by the elements of `a`."""
    a, b = pair(a, b)
    rank = max(a.ndim, b.ndim)
    a = reshape(a, (*[1] * (rank - a.ndim), *a.shape))
    b = reshape(b, (*[1] * (rank - b.ndim), *b.shape))
    left, right = LETTERS[:rank], LETTERS[rank : 2 * rank]
    mixed = "".join(i + j for i, j in zip(left, right, strict=True))
    blocks = contract(a, b, (left, right, mixed))
    return reshape(blocks, tuple(m * n for m, n in zip(a.shape, b.shape, strict=True)))


def matrix_transpose(x: Any) -> Node:
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Node:
    """Sum of the diagonal of two axes."""
    return r.sum(diagonal(x, offset, axis1, axis2), -1, dtype=dtype)


def cross(a: Any, b: Any, axis: int = -1) -> Node:
    """Vector product of 3-vectors along an axis."""
    a, b = pair(a, b)
    a, b = moveaxis(a, axis, -1), moveaxis(b, axis, -1)
    if not same(a.shape[-1], 3) or not same(b.shape[-1], 3):
        raise ShapeError("cross", f"vectors have 3 elements, not {a.shape[-1]} and {b.shape[-1]}")
    signs = np.zeros((3, 3, 3), a.dtype)
    for i in range(3):
        signs[i, (i + 1) % 3, (i + 2) % 3] = 1
        signs[i, (i + 2) % 3, (i + 1) % 3] = -1
    return moveaxis(einsum("ijk,...j,...k->...i", signs, a, b), -1, axis)


def matrix_power(a: Any, n: int) -> Node:
    """A square matrix multiplied by itself; n >= 0."""
    x = as_node(a)
    if n < 0:
        raise ArgumentError("matrix_power", f"the power is {n}; it must not be negative")
    if n == 0:
        i = np.eye(int(x.shape[-1]), dtype=x.dtype)
        return broadcast_to(as_node(i), x.shape)
    half = matrix_power(x, n // 2) if n > 1 else None
    if half is None:
        return x
    square = matmul(half, half)
    return matmul(square, x) if n % 2 else square


# ---------------------------------------------------------------------------------------------- einsum
def einsum(subscripts: str, *operands: Any, optimize: Any = None) -> Node:
    """Sums of products in Einstein's notation, as np.einsum.

    subscripts: "ij,jk->ik", with "..." for axes that broadcast; without "->" the result has the letters
    that appear once, in alphabetical order. Repeated letters of one operand take its diagonal.
    Raises ShapeError where sizes or letters do not agree.

    >>> import numpy as np
    >>> einsum("ij,jk->ik", np.ones((2, 3)), np.ones((3, 4))).shape
    (2, 4)
    """
    if not isinstance(subscripts, str):
        raise ArgumentError("einsum", "the first argument is the subscripts, such as 'ij,jk->ik'")
    nodes = [as_node(x) for x in operands]
    terms, out = _parse(subscripts, nodes)
    dtype = promote([n.dtype for n in nodes])
    sizes = _letter_sizes(subscripts, terms, nodes)
    work = [_single(cast(n, dtype), t, sizes) for n, t in zip(nodes, terms, strict=True)]
    for i, j in _pairs(work, out, sizes):
        b, right = work.pop(max(i, j))
        a, left = work.pop(min(i, j))
        kept = set(out).union(*(letters for _, letters in work))
        work.append(_product(a, b, left, right, kept, out if not work else None))
    node, letters = work[0]
    node, letters = _sum_out(node, letters, set(out))
    present = [c for c in out if c in letters]
    node = transpose(node, tuple(letters.index(c) for c in present))
    shape = tuple(sizes[c] for c in out)
    if len(present) < len(out):  # letters of size 1 that were left out of every operand
        node = reshape(node, tuple(sizes[c] if c in present else 1 for c in out))
    return broadcast_to(node, shape)


def _parse(subscripts: str, nodes: list[Node]) -> tuple[list[str], str]:
    """One string of letters per operand, and the result's; "..." replaced by letters of its own."""
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(nodes):
        raise ShapeError(
            "einsum", f"'{subscripts}' describes {len(terms)} operands, but {len(nodes)} are given"
        )
    free = [c for c in reversed(LETTERS) if c not in text]
    extra = [
        n.ndim - len(t.replace("...", "")) if "..." in t else 0 for t, n in zip(terms, nodes, strict=True)
    ]
    for t, n, e in zip(terms, nodes, extra, strict=True):
        letters = t.replace("...", "")
        if e < 0 or len(letters) + e != n.ndim or not all(c in LETTERS for c in letters):
            raise ShapeError(
                "einsum", f"'{t}' of '{subscripts}' does not describe an operand of shape {show(n.shape)}"
            )
    wide = "".join(free[: max(extra, default=0)])
    terms = [t.replace("...", wide[len(wide) - e :]) for t, e in zip(terms, extra, strict=True)]
    if not arrow:
        joined = "".join(terms)
        right = "".join(sorted(c for c in set(joined) if joined.count(c) == 1 and c not in wide))
        return terms, wide + right
    out = right.replace("...", wide)
    unknown = [c for c in out if not any(c in t for t in terms)]
    if unknown or len(set(out)) != len(out):
        what = (
            f"'{unknown[0]}' of the result is in no operand" if unknown else "a letter is twice in the result"
        )
        raise ShapeError("einsum", f"in '{subscripts}' {what}")
    return terms, out


def _letter_sizes(subscripts: str, terms: list[str], nodes: list[Node]) -> dict[str, Size]:
    sizes: dict[str, Size] = {}
    for letters, node in zip(terms, nodes, strict=True):
        for c, size in zip(letters, node.shape, strict=True):
            known = sizes.get(c, 1)
            if known == 1 or (isinstance(size, int) and size != 1 and same(known, size)):
                sizes[c] = size
            elif size != 1 and not same(known, size):
                raise ShapeError("einsum", f"in '{subscripts}' the letter {c} has sizes {known} and {size}")
    return sizes


def _single(node: Node, letters: str, sizes: dict[str, Size]) -> tuple[Node, str]:
    """One operand with each letter once, without axes of size 1 that broadcast."""
    for c in dict.fromkeys(letters):
        while letters.count(c) > 1:
            i = letters.index(c)
            j = letters.index(c, i + 1)
            node = diagonal(node, 0, i, j)
            letters = letters[:i] + letters[i + 1 : j] + letters[j + 1 :] + c
    thin = tuple(i for i, c in enumerate(letters) if node.shape[i] == 1 and sizes[c] != 1)
    return squeeze(node, thin) if thin else node, "".join(c for i, c in enumerate(letters) if i not in thin)


def _sum_out(node: Node, letters: str, kept: set[str]) -> tuple[Node, str]:
    axes = tuple(i for i, c in enumerate(letters) if c not in kept)
    if axes:
        node = cast(r.sum(node, axes), node.dtype)
    return node, "".join(c for c in letters if c in kept)


def _product(a: Node, b: Node, left: str, right: str, kept: set[str], out: str | None) -> tuple[Node, str]:
    """Two operands made one; letters that nothing else needs are summed."""
    a, left = _sum_out(a, left, kept | set(right))
    b, right = _sum_out(b, right, kept | set(left))
    both = dict.fromkeys(left + right)
    letters = (
        "".join(c for c in out if c in both) if out is not None else "".join(c for c in both if c in kept)
    )
    return contract(a, b, (left, right, letters)), letters


def _pairs(work: list[tuple[Node, str]], out: str, sizes: dict[str, Size]) -> list[tuple[int, int]]:
    """Which two of the list are joined next; both leave it, and their product is put at its end."""
    count = len(work)
    if count > 2 and is_static(sizes.values()):
        shapes = [np.broadcast_to(np.zeros(()), tuple(int(sizes[c]) for c in t)) for _, t in work]
        spec = ",".join(t for _, t in work) + "->" + "".join(c for c in out if any(c in t for _, t in work))
        path: list[Any] = np.einsum_path(spec, *shapes, optimize="greedy")[0][1:]
        if all(len(p) == 2 for p in path):
            return [(p[0], p[1]) for p in path]
    return [(0, 1)] + [(0, left - 1) for left in range(count - 1, 1, -1)] if count > 1 else []


__all__ = [
    "cross", "dot", "einsum", "inner", "kron", "matmul", "matrix_power", "matrix_transpose", "outer",
    "tensordot", "trace", "vdot", "vecdot",
]  # fmt: skip
