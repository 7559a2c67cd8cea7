"""Sums over windows as regular views of memory, forwards and back to the elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..graph import Node
from ..ops.define import ViewOp
from ..ops.map import stop_gradient
from ..ops.view import pad_between, reshape, slice_axes
from ..ops.windows import Sizes, stored
from ..shapes import Shape
from .expression import plain_access, shape_of
from .index import Index, Loaded, Var, var

Pads = tuple[tuple[int, int], ...]
Bounds = list[tuple[int, int, int]]
NONE = (0, 0, 0)


def whole(sizes: Shape) -> Bounds:
    """Bounds of a slice that takes everything."""
    return [(0, int(s), 1) for s in sizes]


def copied(x: Node) -> Node:
    """`x` as a contiguous array, where it is the operand of a contraction."""
    copy = stop_gradient(x)
    copy.name = copy.name or (f"{x.name}_copy" if x.name else None)
    return copy


def is_regular(index: Index) -> bool:
    """Whether an address is a sum of multiples of loop variables, from a start that may be read."""
    return all(isinstance(a, Var) or (isinstance(a, Loaded) and not a.position) for a in index.atoms())


def is_regular_view(x: Node) -> bool:
    """Whether the elements of the array that `x` views lie at such addresses; what is padded is one."""
    position = tuple(var(f"x{i}", s) for i, s in enumerate(shape_of(x)))
    access = plain_access(x, position, lambda n: not isinstance(n.op, ViewOp) or n.op.name.endswith("pad"))
    return access is not None and is_regular(access[1])


def strides(x: Node) -> Sizes | None:
    """How far apart neighbours along each axis lie in memory; None where `x` is no regular view of it."""
    position = tuple(var(f"x{i}", s) for i, s in enumerate(shape_of(x)))
    access = plain_access(x, position, lambda n: not isinstance(n.op, ViewOp))
    if access is None or not is_regular(access[1]):
        return None
    return tuple(access[1].factor(Var(f"x{i}", s)) for i, s in enumerate(shape_of(x)))


def padded(x: Node, padding: Pads, fill: Any = 0, between: Sizes | None = None) -> Node:
    """Spatial axes of (n, *size, channels) with `fill` around (and between), stored; negative widths crop."""
    rank = len(padding)
    x = pad_between(x, (NONE, *((0, 0, b) for b in between or (0,) * rank), NONE), fill)
    sizes = shape_of(x)
    crops = [(max(-a, 0), s - max(-b, 0), 1) for (a, b), s in zip(padding, sizes[1:-1], strict=True)]
    x = slice_axes(x, ((0, sizes[0], 1), *crops, (0, sizes[-1], 1)))
    around = tuple((max(a, 0), max(b, 0), 0) for a, b in padding)
    return stored(pad_between(x, (NONE, *around, NONE), fill))


def part_at(x: Node, at: Sizes, counts: Sizes, stride: Sizes, dilation: Sizes) -> Node:
    """What all windows of (n, *size, channels) hold at one position."""
    bounds = [
        (k * d, k * d + (t - 1) * s + 1, s) for k, t, s, d in zip(at, counts, stride, dilation, strict=True)
    ]
    return slice_axes(x, (*whole(x.shape[:1]), *bounds, *whole(x.shape[len(at) + 1 :])))


@dataclass(frozen=True)
class Phases:
    """One axis of windows, as seen from an element of the input.

    Element p of the padded input is (first + q) * stride + r. It is part of window first + q - j * dilation,
    at position r + j * stride, for every j below `taps`. From r = `count` on it is in no window.
    """

    kernel: int
    stride: int
    count: int
    taps: int
    dilation: int
    places: int  # of q
    before: int  # windows that are missing at both ends
    after: int
    crop: int  # elements of the first q that are padding
    size: int  # elements of the input

    @staticmethod
    def of(size: int, results: int, kernel: int, stride: int, low: int, dilation: int) -> Phases:
        taps = -(-kernel // stride)
        first = low // stride
        places = -(-(low + size) // stride) - first
        before = (taps - 1) * dilation - first
        after = places + (taps - 1) * dilation - results - before
        crop = low - first * stride
        return Phases(kernel, stride, min(kernel, stride), taps, dilation, places, before, after, crop, size)


@dataclass(frozen=True)
class Back:
    """The way from the windows back to the elements.

    between: zeros that go between windows, where a stride meets a dilation and is made 1.
    """

    axes: tuple[Phases, ...]
    between: Sizes

    @staticmethod
    def of(size: Sizes, results: Sizes, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes) -> Back:
        axes, between = [], []
        for n, t, k, s, (low, _), d in zip(size, results, kernel, stride, padding, dilation, strict=True):
            d = d if k > 1 else 1
            apart = s - 1 if d > 1 else 0
            axes.append(Phases.of(n, t + (t - 1) * apart, k, 1 if apart else s, low, d))
            between.append(apart)
        return Back(tuple(axes), tuple(between))

    @property
    def taps(self) -> Sizes:
        return tuple(p.taps for p in self.axes)

    @property
    def counts(self) -> Sizes:
        return tuple(p.count for p in self.axes)

    @property
    def places(self) -> Sizes:
        return tuple(p.places for p in self.axes)

    @property
    def dilation(self) -> Sizes:
        return tuple(p.dilation for p in self.axes)

    def arriving(self, g: Node, fill: Any = 0) -> Node:
        """The results of windows, with `fill` for those that are missing."""
        return padded(g, tuple((p.before, p.after) for p in self.axes), fill, self.between)

    def at_tap(self, g: Node, taps: Sizes) -> Node:
        """For every place what arrives from one tap, with axes of size 1 for r: (n, q, 1, ..., channels)."""
        at = tuple(p.taps - 1 - j for p, j in zip(self.axes, taps, strict=True))
        part = part_at(g, at, self.places, (1,) * len(at), self.dilation)
        return reshape(part, (g.shape[0], *(s for q in self.places for s in (q, 1)), *g.shape[len(at) + 1 :]))

    def elements(self, x: Node) -> Node:
        """From (n, q, r, ..., channels) to the elements of the input: (n, *size, channels)."""
        missing = [w for p in self.axes for w in (NONE, (0, p.stride - p.count, 0))]
        x = pad_between(x, (NONE, *missing, NONE))
        x = reshape(x, (x.shape[0], *(p.places * p.stride for p in self.axes), x.shape[-1]))
        crops = [(p.crop, p.crop + p.size, 1) for p in self.axes]
        return slice_axes(x, (*whole(x.shape[:1]), *crops, *whole(x.shape[-1:])))
