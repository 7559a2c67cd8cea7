"""Layouts of images: what convolutions make has its channels last, and what follows keeps it so.

Convolutions compute with the channels last. Where a program has them second, transposes stand around each
one; these rules move them on until they meet those of the next, and past the step from images to rows.
Every rule is exact, but that contractions may add up in another order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_letters

from ..graph import Node
from ..ops.block import contract
from ..ops.view import reshape, transpose
from ..rewrite import Table
from ..shapes import Shape, Size, is_static, product
from .fold import MAPS
from .match import again, is_map, smaller
from .views import backwards

images = Table("images")

MADE_CHANNELS_LAST = frozenset(
    {"conv", "conv_input", "max_pool", "max_pool_input", "max_pool_pick", "sum_pool", "sum_pool_input"}
)


@images.rule(*MAPS)
def channels_last_in_map(node: Node) -> Node | None:
    """A map of images in both layouts has the channels last, as the convolutions before and after it."""
    moved = next((i for i in node.inputs if _channels_second(i)), None)
    if moved is None:
        return None
    axes = moved.attr("axes")
    sources = [
        i.inputs[0] if i.op.name == "transpose" and i.attr("axes") == axes else transpose(i, backwards(axes))
        for i in node.inputs
    ]
    return transpose(again(node, *sources), axes)


def _channels_second(node: Node) -> bool:
    """Whether it is a computed image whose channels were moved from the end to the second place."""
    rank = node.ndim
    if node.op.name != "transpose" or node.attr("axes") != (0, rank - 1, *range(1, rank - 1)) or rank < 3:
        return False
    return _computed(node.inputs[0])


def _computed(node: Node) -> bool:
    """Whether it is an image that convolutions or functions of them made, and not a parameter."""
    return is_map(node) or node.op.name in MADE_CHANNELS_LAST


# ------------------------------------------------------------------------------------- images as rows
@dataclass(frozen=True)
class Flattened:
    """Rows that are images, transposed and flattened.

    image: in the order of memory; axis: of the rows; sizes: of the axes that it has become, in the order of
    the rows; order: where memory has each of its own axes among these.
    """

    image: Node
    axis: int
    sizes: Sequence[Size]
    order: tuple[int, ...]

    @staticmethod
    def of(rows: Node) -> Flattened | None:
        moved = rows.inputs[0] if rows.op.name == "reshape" else rows
        if moved.op.name != "transpose" or not _computed(moved.inputs[0]):
            return None
        run = _run(moved.shape, rows.shape)
        if run is None or not _within(moved.attr("axes"), run):
            return None
        order = backwards(tuple(a - run.start for a in moved.attr("axes")[run.start : run.stop]))
        return Flattened(moved.inputs[0], run.start, moved.shape[run.start : run.stop], order)


@images.rule("contract")
def contract_of_flattened(node: Node) -> Node | None:
    """Images are contracted as they lie in memory: weights are read, or written, in the order of theirs.

    Where weights are less than the images, they are copied into that order.
    """
    for i in (0, 1):
        flat = Flattened.of(node.inputs[i])
        if flat is not None:
            copied = _in_order_of_images(node, i, flat)
            return copied if copied is not None else _axis_by_axis(node, i, flat)
    return None


def _in_order_of_images(node: Node, i: int, flat: Flattened) -> Node | None:
    spec, other = node.attr("spec"), node.inputs[1 - i]
    rows, letter = reshape(flat.image, node.inputs[i].shape), spec[i][flat.axis]
    if letter in spec[2]:
        if not smaller(node, flat.image):
            return None
        sizes = [flat.sizes[a] for a in flat.order]
        return reordered(
            again(node, *_pair(i, rows, other)), spec[2].index(letter), sizes, backwards(flat.order)
        )
    if not smaller(other, flat.image):
        return None
    other = reordered(other, spec[1 - i].index(letter), flat.sizes, flat.order)
    return again(node, *_pair(i, rows, other))


def _axis_by_axis(node: Node, i: int, flat: Flattened) -> Node:
    spec, other = list(node.attr("spec")), node.inputs[1 - i]
    letter = spec[i][flat.axis]
    finer = _unused("".join(spec), len(flat.sizes))
    spec[i] = spec[i].replace(letter, "".join(finer[a] for a in flat.order))
    if letter in spec[1 - i]:
        other = split(other, spec[1 - i].index(letter), flat.sizes)
    spec[1 - i], spec[2] = (s.replace(letter, finer) for s in (spec[1 - i], spec[2]))
    left, right, out = spec
    return reshape(contract(*_pair(i, flat.image, other), (left, right, out)), node.shape)


@images.rule("transpose", lone=(0,))
def transpose_of_unflattened(node: Node) -> Node | None:
    """Rows that become images are computed in the order in which the images lie in memory."""
    images, axes = node.inputs[0], node.attr("axes")
    if images.op.name != "reshape" or images.inputs[0].op.name != "contract":
        return None
    rows = images.inputs[0]
    run = _run(images.shape, rows.shape)
    if run is None or not _within(axes, run):
        return None
    spec, sizes = list(rows.attr("spec")), images.shape[run.start : run.stop]
    letter = spec[2][run.start]
    owners = [i for i in (0, 1) if letter in spec[i]]
    if len(owners) != 1:
        return None
    owner, other = rows.inputs[owners[0]], rows.inputs[1 - owners[0]]
    axis = spec[owners[0]].index(letter)
    if smaller(owner, rows):
        weights = reordered(owner, axis, sizes, tuple(a - run.start for a in axes[run.start : run.stop]))
        return reshape(again(rows, *_pair(owners[0], weights, other)), node.shape)
    finer = _unused("".join(spec), len(sizes))
    left, right, out = (s.replace(letter, finer) for s in spec)
    pair = _pair(owners[0], split(owner, axis, sizes), other)
    return contract(*pair, (left, right, "".join(out[a] for a in axes)))


def _unused(letters: str, count: int) -> str:
    """So many letters that are not among these."""
    return "".join(c for c in ascii_letters if c not in letters)[:count]


def _pair(i: int, first: Node, other: Node) -> tuple[Node, Node]:
    """The operands of a contraction, of which `first` is number `i`."""
    return (first, other) if i == 0 else (other, first)


def _run(long: Shape, short: Shape) -> range | None:
    """The axes of a long shape that one of a short shape, the first of them, is; the others are equal."""
    extra = len(long) - len(short)
    if extra < 1 or not is_static(long) or not is_static(short):
        return None
    axis = next((a for a, (s, t) in enumerate(zip(short, long, strict=False)) if s != t), len(short) - 1)
    run = range(axis, axis + extra + 1)
    same = short[axis + 1 :] == long[run.stop :] and product(long[run.start : run.stop]) == short[axis]
    return run if same else None


def _within(axes: Sequence[int], run: range) -> bool:
    """Whether an order of axes moves those of a run alone."""
    return all(a == i or i in run for i, a in enumerate(axes))


def split(x: Node, axis: int, sizes: Sequence[Size]) -> Node:
    """One axis as several."""
    return reshape(x, (*x.shape[:axis], *sizes, *x.shape[axis + 1 :]))


def reordered(x: Node, axis: int, sizes: Sequence[Size], order: Sequence[int]) -> Node:
    """An axis that is several axes of `sizes`, with these in another order."""
    apart = split(x, axis, sizes)
    behind = range(axis + len(sizes), apart.ndim)
    return reshape(transpose(apart, (*range(axis), *(axis + a for a in order), *behind)), x.shape)
