"""Pooling as blocks: the largest and the sum of every window, and what goes back to the elements of windows.

Layout: (n, *size, channels). The gradient of the largest goes to the first one of its window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..dtypes import INT32, DType
from ..errors import ShapeError
from ..graph import Array, Node, make
from ..shapes import Shape, same, show
from .conv import Pads, at_offset, offsets, padded_array, window_counts
from .define import BlockOp
from .reduce import lowest
from .windows import Sizes


# ------------------------------------------------------------------------------------- on NumPy's arrays
def _parts(x: Array, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, fill: Any) -> list[Array]:
    """What all windows hold at their first position, at their second, and so on."""
    counts: Any = window_counts(x.shape[1:-1], kernel, stride, padding, dilation)
    x = padded_array(x, padding, fill)
    return [x[at_offset(at, counts, stride, dilation)] for at in offsets(kernel)]


def _max_pool_numpy(x: Array, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes) -> Array:
    first, *others = _parts(x, kernel, stride, padding, dilation, lowest(x.dtype))
    y = first.copy()
    for part in others:
        np.maximum(y, part, out=y)
    return y


def _position_numpy(x: Array, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes) -> Array:
    parts = _parts(x, kernel, stride, padding, dilation, lowest(x.dtype))
    return np.asarray(np.argmax(np.stack(parts), 0).astype(INT32))


def _pick_numpy(x: Array, at: Array, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes) -> Array:
    parts = _parts(x, kernel, stride, padding, dilation, 0)
    return np.asarray(np.take_along_axis(np.stack(parts), at[None], 0)[0])


def _collected(
    size: Sizes,
    g: Array,
    part: Callable[[int], Array],
    kernel: Sizes,
    stride: Sizes,
    padding: Pads,
    dilation: Sizes,
) -> Array:
    """Zeros to which what each position of the windows gives back is added."""
    whole = [s + a + b for s, (a, b) in zip(size, padding, strict=True)]
    x = np.zeros((g.shape[0], *whole, g.shape[-1]), g.dtype)
    for k, at in enumerate(offsets(kernel)):
        x[at_offset(at, g.shape[1:-1], stride, dilation)] += part(k)
    return padded_array(x, tuple((-a, -b) for a, b in padding))


def max_input_numpy(g: Array, at: Array, size: Sizes, **window: Any) -> Array:
    return _collected(size, g, lambda k: np.where(at == k, g, np.zeros((), g.dtype)), **window)


def _sum_numpy(x: Array, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes) -> Array:
    first, *others = _parts(x, kernel, stride, padding, dilation, 0)
    y = first.copy()
    for part in others:
        y += part
    return y


def _sum_input_numpy(g: Array, size: Sizes, **window: Any) -> Array:
    return _collected(size, g, lambda k: g, **window)


# ------------------------------------------------------------------------------------------------ shapes
def _counts(x: Node, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes) -> Shape:
    return (x.shape[0], *window_counts(x.shape[1:-1], kernel, stride, padding, dilation), x.shape[-1])


def _infer(x: Node, **window: Any) -> tuple[Shape, DType]:
    return _counts(x, **window), x.dtype


def _infer_position(x: Node, **window: Any) -> tuple[Shape, DType]:
    return _counts(x, **window), INT32


def _infer_pick(x: Node, at: Node, **window: Any) -> tuple[Shape, DType]:
    return _infer(x, **window)


def _infer_input(g: Node, *at: Node, size: Shape, **window: Any) -> tuple[Shape, DType]:
    counts = window_counts(size, **window)
    if not all(map(same, counts, g.shape[1:-1])):
        raise ShapeError(
            "pool", f"results of shape {show(g.shape)} do not come from inputs of size {show(size)}"
        )
    return (g.shape[0], *size, g.shape[-1]), g.dtype


def _window(node: Node) -> dict[str, Any]:
    return {name: node.attr(name) for name in ("kernel", "stride", "padding", "dilation")}


# ----------------------------------------------------------------------------------------------- gradients
def _max_pool_grad(g: Node, node: Node) -> Sequence[Node | None]:
    (x,) = node.inputs
    at = make(max_pool_position_op, (x,), **_window(node))
    return [make(max_pool_input_op, (g, at), size=x.shape[1:-1], **_window(node))]


def _pick_grad(g: Node, node: Node) -> Sequence[Node | None]:
    x, at = node.inputs
    return [make(max_pool_input_op, (g, at), size=x.shape[1:-1], **_window(node)), None]


def _max_input_grad(g: Node, node: Node) -> Sequence[Node | None]:
    return [make(max_pool_pick_op, (g, node.inputs[1]), **_window(node)), None]


def _sum_pool_grad(g: Node, node: Node) -> Sequence[Node | None]:
    return [make(sum_pool_input_op, (g,), size=node.inputs[0].shape[1:-1], **_window(node))]


def _sum_input_grad(g: Node, node: Node) -> Sequence[Node | None]:
    return [make(sum_pool_op, (g,), **_window(node))]


# ------------------------------------------------------------------------------------------------ blocks
def _attrs(kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, **more: Any) -> dict[str, Any]:
    return {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation, **more}


_PLAIN, _ONE = ((0, 0), (0, 0)), (1, 1)
_AT = np.array([0, 3, 1, 2, 2, 0, 1, 3], np.int32)
_WINDOWS = (
    (((2, 4, 6, 3),), _attrs((2, 2), (2, 2), _PLAIN, _ONE)),
    (((1, 5, 7, 2),), _attrs((3, 2), (2, 1), ((1, 0), (0, 1)), _ONE)),
    (((1, 6, 5, 2),), _attrs((2, 2), (3, 2), ((0, 1), (1, 0)), (2, 1))),
    (((2, 9, 3),), _attrs((2,), (2,), ((0, 0),), (3,))),
    (((1, 7, 7, 1),), _attrs((6, 6), (1, 1), _PLAIN, _ONE)),
)  # fmt: skip
_BACK = (
    _attrs((2, 2), (2, 2), _PLAIN, _ONE, size=(4, 4)),
    _attrs((2, 2), (1, 1), ((1, 0), (0, 0)), _ONE, size=(2, 3)),
    _attrs((2, 2), (1, 1), _PLAIN, (2, 1), size=(4, 3)),
    _attrs((2, 2), (3, 2), ((0, 1), (1, 0)), (2, 1), size=(6, 3)),
    _attrs((3, 3), (2, 2), _PLAIN, _ONE, size=(5, 6)),
)

max_pool_op: BlockOp = BlockOp(
    "max_pool", "block", _infer, _max_pool_numpy, _max_pool_grad,
    "The largest element of every window, NaN where there is one; the first of equal ones gets the gradient.",
    kernel="loops",
    examples=_WINDOWS,
)  # fmt: skip
max_pool_position_op: BlockOp = BlockOp(
    "max_pool_position", "block", _infer_position, _position_numpy, lambda g, node: [None],
    "Where in its window the largest element is: the first NaN, or the first of equal ones.",
    kernel="loops",
    examples=_WINDOWS,
)  # fmt: skip
max_pool_pick_op: BlockOp = BlockOp(
    "max_pool_pick", "block", _infer_pick, _pick_numpy, _pick_grad,
    "The element at a given position of every window.",
    kernel="loops",
    examples=tuple(
        (((2, *attrs["size"], 1), _AT.reshape(2, 2, 2, 1)), {k: v for k, v in attrs.items() if k != "size"})
        for attrs in _BACK
    ),
)  # fmt: skip
max_pool_input_op: BlockOp = BlockOp(
    "max_pool_input", "block", _infer_input, max_input_numpy, _max_input_grad,
    "Zeros to which every window's element is added at its position: the gradient of max_pool.",
    kernel="loops",
    examples=tuple((((2, 2, 2, 1), _AT.reshape(2, 2, 2, 1)), attrs) for attrs in _BACK),
)  # fmt: skip
sum_pool_op: BlockOp = BlockOp(
    "sum_pool", "block", _infer, _sum_numpy, _sum_pool_grad,
    "The sum over every window.",
    kernel="loops",
    examples=_WINDOWS,
)  # fmt: skip
sum_pool_input_op: BlockOp = BlockOp(
    "sum_pool_input", "block", _infer_input, _sum_input_numpy, _sum_input_grad,
    "For every element the sum of the results of the windows that it is in: the gradient of sum_pool.",
    kernel="loops",
    examples=tuple((((2, 2, 2, 3),), attrs) for attrs in _BACK),
)  # fmt: skip
