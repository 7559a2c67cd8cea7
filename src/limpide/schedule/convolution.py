"""Convolutions as contractions: windows of the padded input, weights in the order in which they are read.

Where every group is one channel, they are sums of products of elements instead.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from ..graph import Node
from ..ops.block import concatenate, contract
from ..ops.conv import offsets, window_counts
from ..ops.define import cast
from ..ops.map import multiply
from ..ops.reduce import sum
from ..ops.view import broadcast_to, expand_dims, flip, pad_between, reshape, slice_axes, transpose
from ..ops.windows import Sizes, balanced, stored, windows
from .expression import shape_of
from .tiles import chunk
from .windows import NONE, Back, Pads, copied, is_regular_view, padded, part_at, strides, whole

OWN_PLACES = 512  # of which a thread makes a sum of weights for itself
TERMS = 64  # so many products of elements are written out, more are summed in loops


@dataclass(frozen=True)
class Shape:
    """The kernel of a convolution, and how it moves."""

    kernel: Sizes
    stride: Sizes
    padding: Pads
    dilation: Sizes
    groups: int

    @staticmethod
    def of(node: Node, kernel: Sizes) -> Shape:
        stride, padding, dilation = (node.attr(name) for name in ("stride", "padding", "dilation"))
        return Shape(kernel, stride, padding, dilation, node.attr("groups"))

    @property
    def rank(self) -> int:
        return len(self.kernel)

    @property
    def pointwise(self) -> bool:
        """Whether it is a product of matrices."""
        return self.groups == 1 and set(self.kernel) == {1} and set(self.stride) == {1}

    @property
    def joined(self) -> bool:
        """Whether the last axis of a window and its channels are one run of memory."""
        return self.groups == 1 and (self.dilation[-1] == 1 or self.kernel[-1] == 1)

    def counts(self, x: Node) -> Sizes:
        nothing = ((0, 0),) * self.rank
        return window_counts(shape_of(x)[1:-1], self.kernel, self.stride, nothing, self.dilation)  # type: ignore[return-value]


def letters(first: str, count: int) -> str:
    """`count` letters from this one on."""
    return "".join(chr(ord(first) + i) for i in range(count))


def flat(x: Node) -> Node:
    """All axes but the last as one."""
    return reshape(x, (prod(shape_of(x)[:-1]), x.shape[-1]))


def split_groups(x: Node, groups: int) -> Node:
    """The last axis as (groups, channels of a group), where there are groups."""
    return x if groups == 1 else reshape(x, (*x.shape[:-1], groups, int(x.shape[-1]) // groups))


def in_windows(x: Node, shape: Shape) -> tuple[Node, str]:
    """The windows of a padded input, and their letters.

    n is the batch, p q r the places, i j k inside of a window, g the group, c its channels; where
    the last of i j k and the channels are one run of memory, c is both.
    """
    view = _windows(x, shape)
    if not is_regular_view(view):
        view = _windows(copied(x), shape)
    inside = letters("i", shape.rank)
    group = "g" if shape.groups > 1 else ""
    return view, f"n{letters('p', shape.rank)}" + (f"{inside[:-1]}c" if shape.joined else f"{group}c{inside}")


def _windows(x: Node, shape: Shape) -> Node:
    axes = tuple(range(1, shape.rank + 1))
    if not shape.joined:
        return windows(split_groups(x, shape.groups), axes, shape.kernel, shape.stride, shape.dilation)
    *lead, last, channels = shape_of(x)
    x = reshape(x, (*lead, last * channels))
    kernel = (*shape.kernel[:-1], shape.kernel[-1] * channels)
    return windows(
        x, axes, kernel, (*shape.stride[:-1], shape.stride[-1] * channels), (*shape.dilation[:-1], 1)
    )


def weight_letters(shape: Shape, channels: str, outputs: str) -> str:
    """Letters of weights (*kernel, channels, outputs) that meet such windows."""
    return letters("i", shape.rank - shape.joined) + channels + outputs


# ---------------------------------------------------------------------------------------------- contractions
def last_along(x: Node) -> Node:
    """An array whose last axis runs along memory: a copy of weights, or images, in another layout."""
    found = strides(x)
    return x if x.shape[-1] == 1 or (found is not None and found[-1] == 1) else copied(x)


def conv(node: Node) -> Node:
    x, w = node.inputs
    shape = Shape.of(node, shape_of(w)[:-2])
    w = last_along(w)
    x = padded(x, shape.padding)
    if w.shape[-2] == 1 and shape.groups > 1:
        return _conv_channels(x, w, shape)
    if shape.pointwise:
        return reshape(contract(flat(x), reshape(w, w.shape[-2:]), ("nc", "co", "no")), node.shape)
    view, left = in_windows(x, shape)
    w = split_groups(_joined_weights(w, shape), shape.groups)
    outputs = "go" if shape.groups > 1 else "o"
    right = weight_letters(shape, "c", outputs)
    return reshape(contract(view, w, (left, right, f"n{letters('p', shape.rank)}{outputs}")), node.shape)


def _joined_weights(w: Node, shape: Shape) -> Node:
    if not shape.joined:
        return w
    *lead, last, channels, outputs = shape_of(w)
    return reshape(w, (*lead, last * channels, outputs))


def conv_weight(node: Node, threads: int = 1) -> Node:
    x, g = node.inputs
    shape = Shape.of(node, node.attr("kernel"))
    if node.shape[-2] == 1 and shape.groups > 1:
        return _conv_channels_weight(padded(last_along(x), shape.padding), g, shape)
    x = padded(x, shape.padding)
    if shape.pointwise:
        return reshape(_deep_sum(flat(x), flat(g), ("nc", "no", "co"), 1, threads), node.shape)
    view, left = in_windows(x, shape)
    outputs = "go" if shape.groups > 1 else "o"
    around = f"n{letters('p', shape.rank)}"
    spec = (left, around + outputs, weight_letters(shape, "c", outputs))
    result = _deep_sum(view, split_groups(g, shape.groups), spec, len(around), threads)
    return reshape(result, node.shape)


def _deep_sum(a: Node, b: Node, spec: tuple[str, str, str], axes: int, threads: int) -> Node:
    """A contraction over the first axes of both operands, which are many places.

    Where they are very many, each thread sums up a part of the first axis, and all go through memory in
    chunks.
    """
    left, right, out = spec
    sizes = list(shape_of(a)[:axes])
    cut = chunk(sizes)
    if cut is None:
        return contract(a, b, spec)
    parts = threads if sizes[0] % threads == 0 and prod(sizes) >= OWN_PLACES * threads else 1
    axis, size = cut
    count = sizes[axis]
    if axis == 0 and count // parts % size:
        size = next(d for d in range(size, 0, -1) if count // parts % d == 0)
    finer = [(c, n) for c, n in zip(left[:axes], sizes, strict=True)]
    finer[axis : axis + 1] = [("u", count // size), ("v", size)]
    finer[:1] = [("t", parts), (finer[0][0], finer[0][1] // parts)]
    names = "".join(c for c, _ in finer)
    a, b = (reshape(x, (*(n for _, n in finer), *x.shape[axes:])) for x in (a, b))
    sums = contract(a, b, (names + left[axes:], names + right[axes:], "t" + out))
    return total(sums, (0,))


def conv_input(node: Node) -> Node:
    """Transposed convolution: every stride-th element is a convolution of its own, all with the same windows.

    So they are one contraction, in which the phases of the stride are further columns.
    """
    g, w = node.inputs
    shape = Shape.of(node, shape_of(w)[:-2])
    if shape.pointwise and not any(map(any, shape.padding)):
        return reshape(contract(flat(g), reshape(w, w.shape[-2:]), ("no", "co", "nc")), node.shape)
    size, results = node.attr("size"), shape_of(g)[1:-1]
    back = Back.of(size, results, shape.kernel, shape.stride, shape.padding, shape.dilation)
    g = back.arriving(g)
    if w.shape[-2] == 1 and shape.groups > 1:
        return _conv_channels_input(g, w, back, shape.groups)
    inner = Shape(back.taps, (1,) * shape.rank, (), back.dilation, shape.groups)
    view, left = in_windows(g, inner)
    places, counts = letters("p", shape.rank), letters("s", shape.rank)
    if shape.groups == 1:
        counts = counts[:-1]  # the last one and the channels are one run
    group = "g" if shape.groups > 1 else ""
    pairs = "".join(p + s for p, s in itertools.zip_longest(places, counts, fillvalue=""))
    right = weight_letters(inner, "c", f"{group}{counts}x")
    y = contract(view, _backwards(w, back, inner), (left, right, f"n{pairs}{group}x"))
    both = (s for q, r in zip(back.places, back.counts, strict=True) for s in (q, r))
    return back.elements(reshape(y, (g.shape[0], *both, node.shape[-1])))


def _backwards(w: Node, back: Back, inner: Shape) -> Node:
    """Weights (*kernel, c, o) as (*taps, o, [groups,] *counts, c) with the taps in falling order, in memory.

    The last tap and o are one axis where windows have them so, and without groups the last count and c.
    """
    rank, groups = inner.rank, inner.groups
    taps = flip(_phases(w, back), tuple(range(0, 2 * rank, 2)))
    taps = split_groups(taps, groups)
    end = 2 * rank
    group = [end + 1] if groups > 1 else []
    copy = copied(transpose(taps, (*range(0, end, 2), taps.ndim - 1, *group, *range(1, end, 2), end)))
    sizes = list(shape_of(copy))
    if groups == 1:
        sizes[-2:] = [sizes[-2] * sizes[-1]]
    if inner.joined:
        sizes[rank - 1 : rank + 1] = [sizes[rank - 1] * sizes[rank]]
    return reshape(copy, tuple(sizes))


def _phases(w: Node, back: Back) -> Node:
    """Weights (*kernel, c, o) as (tap, count, ..., c, o): [j, r] is position r + j * stride of a kernel."""
    missing = [(0, p.taps * p.count - p.kernel, 0) for p in back.axes]
    w = pad_between(w, (*missing, NONE, NONE))
    both = (s for p in back.axes for s in (p.taps, p.count))
    return reshape(w, (*both, *w.shape[-2:]))


# ------------------------------------------------------------------------------------ channel by channel
def _conv_channels(x: Node, w: Node, shape: Shape) -> Node:
    """Each channel with kernels of its own: (n, *size, channels) by (*kernel, 1, channels * many)."""
    channels, outputs = int(x.shape[-1]), int(w.shape[-1])
    w = reshape(w, (*shape.kernel, channels, outputs // channels))
    counts = shape.counts(x)
    x = reshape(x, (*x.shape, 1))
    wide = (int(x.shape[0]), *counts, *shape_of(w)[-2:])
    if prod(shape.kernel) <= TERMS:
        terms = [
            _product(part_at(x, at, counts, shape.stride, shape.dilation), one(w, at), wide)
            for at in offsets(shape.kernel)
        ]
        return reshape(balanced(terms), (*wide[:-2], outputs))
    axes = tuple(range(1, shape.rank + 1))
    view = windows(x, axes, shape.kernel, shape.stride, shape.dilation)
    view = transpose(view, (0, *axes, *range(shape.rank + 3, view.ndim), shape.rank + 1, shape.rank + 2))
    inside = tuple(range(shape.rank + 1, 2 * shape.rank + 1))
    product = _product(view, w, (*wide[:-2], *shape.kernel, *wide[-2:]))
    return reshape(total(product, inside), (*wide[:-2], outputs))


def one(w: Node, at: Sizes) -> Node:
    """The part of an array at one position of its first axes."""
    bounds = [*((k, k + 1, 1) for k in at), *whole(w.shape[len(at) :])]
    return reshape(slice_axes(w, tuple(bounds)), w.shape[len(at) :])


def total(x: Node, axes: Sizes) -> Node:
    """The sum over axes in the dtype of the elements; there is nothing to add up along axes of size 1."""
    wide = tuple(a for a in axes if x.shape[a] != 1)
    shape = tuple(s for a, s in enumerate(x.shape) if a not in axes)
    return reshape(cast(sum(x, wide), x.dtype) if wide else x, shape)


def _product(a: Node, b: Node, wide: Sizes) -> Node:
    return multiply(broadcast_to(a, wide), broadcast_to(b, wide))


def _conv_channels_weight(x: Node, g: Node, shape: Shape) -> Node:
    rank, channels, outputs = shape.rank, int(x.shape[-1]), int(g.shape[-1])
    axes, counts = tuple(range(1, rank + 1)), shape_of(g)[1:-1]
    g = stored(g)
    if outputs == channels and prod(shape.kernel) <= TERMS:  # all in one pass: a sum for each position
        parts = (part_at(x, at, counts, shape.stride, shape.dilation) for at in offsets(shape.kernel))
        sums = concatenate([expand_dims(total(multiply(part, g), axes), 0) for part in parts])
        return reshape(total(sums, (1,)), (*shape.kernel, 1, outputs))
    view = windows(reshape(x, (*x.shape, 1)), axes, shape.kernel, shape.stride, shape.dilation)
    view = transpose(view, (*range(rank + 3, view.ndim), *range(rank + 3)))
    g = reshape(g, (*g.shape[:-1], channels, outputs // channels))
    product = _product(view, g, (*shape.kernel, *shape_of(g)))
    return reshape(total(product, tuple(range(rank, 2 * rank + 1))), (*shape.kernel, 1, outputs))


def _conv_channels_input(g: Node, w: Node, back: Back, channels: int) -> Node:
    many = int(w.shape[-1]) // channels
    w = _phases(last_along(w), back)
    w = stored(reshape(w, (*w.shape[:-2], channels, many)))
    order = (*range(0, 2 * len(back.axes), 2), *range(1, 2 * len(back.axes), 2), w.ndim - 2, w.ndim - 1)
    w = transpose(w, order)  # (*taps, *counts, channels, many)
    g = reshape(g, (*g.shape[:-1], channels, many))
    both = tuple(s for q, r in zip(back.places, back.counts, strict=True) for s in (q, r))
    apart = (*(s for r in back.counts for s in (1, r)), channels, many)
    wide = (int(g.shape[0]), *both, channels, many)
    terms = [_product(back.at_tap(g, at), reshape(one(w, at), apart), wide) for at in offsets(back.taps)]
    result = balanced(terms)
    return back.elements(reshape(result, wide[:-1]) if many == 1 else total(result, (len(wide) - 1,)))


LOWERINGS: dict[str, Callable[[Node], Node]] = {
    "conv": conv,
    "conv_input": conv_input,
}
