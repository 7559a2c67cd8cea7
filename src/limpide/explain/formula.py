"""Formulas of graphs: what a node computes, as one would write it on a blackboard."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..dtypes import readable
from ..graph import Node
from ..ops.define import MapOp, constant_value
from ..shapes import Shape
from .expression import (
    Call,
    Choice,
    Compare,
    Element,
    Expr,
    Item,
    Mul,
    Number,
    Symbol,
    add,
    call_over,
    elementwise,
    matmul,
    measure,
    multiply,
    number,
    power,
    raised,
    total,
    transpose,
)
from .names import Letters, Names
from .printer import TEXT
from .reading import (
    Reading,
    keeps_axes,
    mean_pair,
    only_ones_differ,
    peel,
    peeled,
    present,
    read,
    softmax_pair,
    walk_to,
)

LEAVES = frozenset(("input", "cell", "constant", "size", "pick"))
COMPARISONS = {
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}
SHORT = {"absolute": "abs", "maximum": "max", "minimum": "min"}


class UnreadableError(Exception):
    """An element of this cannot be written with index letters."""


# ------------------------------------------------------------------------------------------- building
class Builder:
    """Formulas of nodes. Nodes in `cuts` are shown by name, and remembered as asked for."""

    def __init__(self, names: Names, cuts: Collection[Node], stops: Collection[Node]):
        self.names = names
        self.cuts = cuts
        self.stops = stops
        self.asked: dict[Node, None] = {}
        self.bound: list[str] = []

    def line(self, node: Node) -> Expr:
        """The formula of a node that has its own line."""
        if node.op.name in LEAVES:
            return self.of(node, None)
        return self._stretched(node, self._read(read(node, self.stops), None))

    def of(self, node: Node, at: Letters | None, via: Sequence[Node] = ()) -> Expr:
        """The formula of a node, or with letters of its element.

        via: the views between the node and where it stands, outermost first.
        """
        at = follow(via, at)
        node, more = peeled(node, self.stops)
        at = follow(more, at)
        if node in self.cuts or (node.op.name in LEAVES and node.op.name not in ("constant", "size")):
            if node.op.name not in LEAVES:
                self.asked[node] = None
            return element(self._leaf(node), at)
        return self._read(read(node, self.stops), at)

    def _leaf(self, node: Node) -> Expr:
        if node.op.name == "pick" and node not in self.names.known:
            return self._loop_result(node)
        return self.names.of(node)

    def _loop_result(self, node: Node) -> Expr:
        scan = node.inputs[0]
        if scan not in self.names.known:
            self.names.known[scan] = Symbol(False, self.names.unused("loop"))
        self.asked[scan] = None
        label = loop_label(scan, node.attr("index"))
        loop = self.names.known[scan]
        assert isinstance(loop, Symbol)
        name = Symbol(node.shape == (), f"{loop.name}.{label}")
        return self.names.known.setdefault(node, name)

    def _read(self, reading: Reading, at: Letters | None) -> Expr:
        kind = reading.kind
        if kind in ("product", "negative product"):
            return self._product(reading, at)
        if kind in INDEXED:
            return INDEXED[kind](self, reading, at)
        if isinstance(reading.node.op, MapOp) and kind not in WHOLE:
            return _map_call(self, reading, at)
        whole = WHOLE.get(kind, _call)(self, reading)
        return element(whole, at)

    def operands(self, reading: Reading, at: Letters | None = None) -> list[Expr]:
        return [self.of(n, at, via) for n, via in zip(reading.operands, reading.via, strict=True)]

    def whole(self, node: Node) -> Expr:
        """The formula of an array that is not read element by element: here a broadcast matters."""
        return self._stretched(node, self.of(node, None))

    def _stretched(self, node: Node, x: Expr) -> Expr:
        """`x`, the formula of `node`, with the broadcast that gives it the shape where it has another."""
        if x.scalar <= (node.ndim == 0) and all(present([node], self._shown(node, x))[node]):
            return x
        sizes = ", ".join(TEXT.show(self.names.size(size)) for size in node.shape)
        keywords = (("shape", f"({sizes},)" if node.ndim == 1 else f"({sizes})"),)
        return Call(False, "broadcast_to", (x,), keywords)

    def _shown(self, node: Node, x: Expr) -> dict[Node, bool]:
        """The named arrays that the formula of a node shows, and the leaves that it does not: they cancel."""
        parts, known = set(elementwise(x)), self.names.known

        def is_shown(n: Node) -> bool:
            return n is not node and n in known and known[n] in parts

        behind = walk_to([node], lambda n: is_shown(n) or not keeps_axes(n))
        named = [n for n in behind if n in known and n is not node]
        return {n: is_shown(n) for n in named if is_shown(n) or n.op.name in LEAVES}

    def wholes(self, reading: Reading) -> list[Expr]:
        """The operands as `whole` gives them."""
        ways = zip(reading.operands, reading.via, strict=True)
        return [self.whole(via[0] if via else n) for n, via in ways]

    # ----------------------------------------------------------------------------------- products
    def _product(self, reading: Reading, at: Letters | None) -> Expr:
        parts: list[Expr] = [number(-1)] if reading.kind == "negative product" else []
        left = set(range(len(reading.operands)))
        pair = softmax_pair(reading)
        if pair is not None:
            e, below, x = pair
            left -= {e, below}
            parts.append(element(self._softmax(reading.operands[below], x), follow(reading.via[e], at)))
        average = mean_pair(reading) if pair is None else None
        if average is not None:
            left -= set(average)
            i, j = average
            one_over_count = self._factor(reading, j, None)
            parts.append(self._mean(reading.operands[i], follow(reading.via[i], at), one_over_count))
        parts += [self._factor(reading, i, at) for i in sorted(left)]
        return multiply(parts)

    def _factor(self, reading: Reading, i: int, at: Letters | None) -> Expr:
        node = reading.operands[i]
        base = self.of(node, None if node.shape == () else at, reading.via[i] if node.shape else ())
        return raised(base, reading.exponents[i])

    def _softmax(self, total_node: Node, x: Node) -> Expr:
        axes, rank = total_node.attr("axes"), x.ndim
        keywords = () if axes == (rank - 1,) else (("axis", _axes(axes)),)
        return Call(False, "softmax", (self.whole(x),), keywords)

    def _mean(self, node: Node, at: Letters | None, one_over_count: Expr) -> Expr:
        if at is not None or node.shape == ():
            summed = self._sum(node, at)
            if not _contains_call(summed, "sum"):
                return multiply([one_over_count, summed])
        return element(_reduction(self, "mean", node), at)

    def _sum(self, node: Node, at: Letters | None) -> Expr:
        """With index letters where that reads well, else sum(...)."""
        if at is not None or node.shape == ():
            before = dict(self.asked)
            try:
                return self._indexed_sum(node, at or ())
            except UnreadableError:
                self.asked = before
        return element(_reduction(self, "sum", node), at)

    def _indexed_sum(self, node: Node, at: Letters) -> Expr:
        x = node.inputs[0]
        axes = node.attr("axes")
        fresh = self.names.letters(len(axes), [*at, *self.bound])
        new, kept = iter(fresh), iter(at)
        inside = tuple(next(new) if a in axes else next(kept) for a in range(x.ndim))
        self.bound += [*at, *fresh]
        try:
            body = self.of(x, inside)
        finally:
            del self.bound[len(self.bound) - len(at) - len(fresh) :]
        if measure(body) > 24:
            raise UnreadableError
        sizes = [self.names.size(x.shape[a]) for a in axes]
        return total(tuple(zip(fresh, sizes, strict=True)), body)


def _contains_call(e: Expr, name: str) -> bool:
    factors = [base for base, _ in e.factors] if isinstance(e, Mul) else [e]
    return any(isinstance(f, Call) and f.name == name for f in factors)


def follow(via: Sequence[Node], at: Letters | None) -> Letters | None:
    """The letters of an element behind some views; raises UnreadableError where a view mixes axes."""
    if at is None:
        return None
    for view in via:
        old = view.inputs[0].shape
        if view.op.name == "broadcast_to":
            new = len(at) - len(old)
            sizes = zip(at[new:], old, view.shape[new:], strict=True)
            at = tuple("1" if before == 1 and after != 1 else c for c, before, after in sizes)
        elif view.op.name == "reshape":
            at = _through_reshape(old, view.shape, at)
    return at


def _through_reshape(old: Shape, new: Shape, at: Letters) -> Letters:
    if not only_ones_differ(old, new):
        raise UnreadableError
    kept = iter([c for c, size in zip(at, new, strict=True) if size != 1])
    return tuple("1" if size == 1 else next(kept) for size in old)


def element(e: Expr, at: Letters | None) -> Expr:
    """One element of an array."""
    return Element(True, e, at) if at and not isinstance(e, Number) else e


# ------------------------------------------------------------------------------------- how ops are read
def _map_call(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    args = builder.operands(reading, at)
    return Call(all(a.scalar for a in args), SHORT.get(reading.kind, reading.kind), tuple(args))


def _add(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    return add(builder.operands(reading, at))


def _subtract(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    a, b = builder.operands(reading, at)
    return add([a, multiply([number(-1), b])])


def _power(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    a, b = builder.operands(reading, at)
    return power(a, b)


def _compare(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    a, b = builder.operands(reading, at)
    return Compare(a.scalar and b.scalar, COMPARISONS[reading.kind], a, b)


def _where(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    c, a, b = builder.operands(reading, at)
    return Choice(c.scalar and a.scalar and b.scalar, c, a, b)


def _one_less(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    return add([*builder.operands(reading, at), number(-1)])


def _log_factor(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    y, a = builder.operands(reading, at)
    return multiply([y, Call(a.scalar, "log", (a,))])


def _sum(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    return builder._sum(reading.node, at)


def _constant(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    value = constant_value(reading.node)
    assert value is not None
    value = readable(value)
    if value.ndim == 0:
        return plain_number(value)
    if value.size <= 4 and value.ndim == 1 and at is None:
        return Symbol(False, np.array2string(value, separator=", "))
    if reading.node.name is None and reading.node not in builder.names.known:
        builder.names.known[reading.node] = Symbol(False, builder.names.unused("c1"))
    return element(builder.names.of(reading.node), at)


def plain_number(value: Any) -> Expr:
    """A number as its shortest decimal says it."""
    if value.dtype.kind == "f" and not np.isfinite(value):
        return multiply([number(-1), Symbol(True, "inf")]) if value < 0 else Symbol(True, str(value))
    return Number(True, Fraction(str(value)) if value.dtype.kind == "f" else Fraction(int(value)))


def _size(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    return builder.names.size(reading.node.attr("dim"))


def _transpose(builder: Builder, reading: Reading, at: Letters | None) -> Expr:
    axes = reading.node.attr("axes")
    if at is not None:
        inner = tuple(at[axes.index(a)] for a in range(len(axes)))
        return builder.operands(reading, inner)[0]
    x = builder.operands(reading)[0]
    return transpose(x) if axes == (1, 0) else Call(False, "transpose", (x,), (("axes", _axes(axes)),))


# These, and all other elementwise ops, can be asked for one element by letters.
INDEXED: dict[str, Callable[[Builder, Reading, Letters | None], Expr]] = {
    "add": _add,
    "subtract": _subtract,
    "power": _power,
    "where": _where,
    "one_less": _one_less,
    "log_factor": _log_factor,
    "sum": _sum,
    "constant": _constant,
    "size": _size,
    "transpose": _transpose,
}
INDEXED |= dict.fromkeys(COMPARISONS, _compare)


def _call(builder: Builder, reading: Reading) -> Expr:
    """Whatever has no notation of its own."""
    args = builder.wholes(reading)
    return Call(reading.node.shape == (), reading.kind, tuple(args))


def _reduction(builder: Builder, name: str, node: Node) -> Expr:
    axes, rank = node.attr("axes"), node.inputs[0].ndim
    keywords = () if len(axes) == rank else (("axis", _axes(axes)),)
    x = builder.whole(node.inputs[0])
    if name in ("sum", "mean"):
        return call_over(name, x, keywords, node.shape == ())
    return Call(node.shape == (), name, (x,), keywords)


def _axes(axes: Sequence[int]) -> str:
    return str(axes[0]) if len(axes) == 1 else str(tuple(axes))


def _reduce(builder: Builder, reading: Reading) -> Expr:
    return _reduction(builder, reading.kind, reading.node)


def _softmax(builder: Builder, reading: Reading) -> Expr:
    node = reading.node
    below = peel(node.inputs[1])
    if reading.kind == "log_softmax":
        below = peel(below.inputs[0])
    elif reading.kind == "logsumexp":
        below = peel(peel(node.inputs[0]).inputs[0])
    axes, x = below.attr("axes"), reading.operands[0]
    keywords = () if axes == (below.inputs[0].ndim - 1,) else (("axis", _axes(axes)),)
    return Call(node.shape == (), reading.kind, (builder.whole(x),), keywords)


def _contract(builder: Builder, reading: Reading) -> Expr:
    node = reading.node
    a, b = builder.wholes(reading)
    left, right, out = node.attr("spec")
    scalar = node.shape == ()
    form = matrix_form(left, right, out)
    if form is None:
        return Call(scalar, "einsum", (a, b), (("spec", f"{left},{right}->{out}"),))
    flip_a, flip_b, swap = form
    x, y = (transpose(a) if flip_a else a), (transpose(b) if flip_b else b)
    return matmul(y, x, scalar) if swap else matmul(x, y, scalar)


# (left, right, out) without leading axes in common -> (transpose a, transpose b, b before a)
MATRIX_FORMS = {
    ("ab", "bc", "ac"): (False, False, False),
    ("ab", "cb", "ac"): (False, True, False),
    ("ab", "ac", "bc"): (True, False, False),
    ("ab", "ca", "bc"): (True, True, False),
    ("ab", "bc", "ca"): (True, True, True),
    ("ab", "cb", "ca"): (True, False, True),
    ("ab", "ac", "cb"): (False, True, True),
    ("ab", "ca", "cb"): (False, False, True),
    ("ab", "b", "a"): (False, False, False),
    ("ab", "a", "b"): (True, False, False),
    ("a", "ab", "b"): (False, True, True),
    ("a", "ba", "b"): (False, False, True),
    ("a", "a", ""): (True, False, False),
    ("a", "b", "ab"): (False, True, False),
    ("a", "b", "ba"): (True, False, True),
}


def matrix_form(left: str, right: str, out: str) -> tuple[bool, bool, bool] | None:
    """Which operands a contraction transposes and which is first, where it is a product of matrices."""
    while left and out and left[0] == out[0] and right[:1] in (left[0], *right[:1]) and len(left) > 2:
        if right[0] == left[0]:
            right = right[1:]
        elif left[0] in right:
            return None
        left, out = left[1:], out[1:]
    names = {c: chr(ord("a") + i) for i, c in enumerate(dict.fromkeys(left + right + out))}
    a, b, c = ("".join(names[x] for x in part) for part in (left, right, out))
    return MATRIX_FORMS.get((a, b, c))


def _slice(builder: Builder, reading: Reading) -> Expr:
    node = reading.node
    entries: list[tuple[Expr, ...]] = []
    for (start, stop, step), size in zip(node.attr("bounds"), node.inputs[0].shape, strict=True):
        if (start, stop, step) == (0, size, 1):
            entries.append(())
        elif stop == start + 1:
            entries.append((builder.names.size(start),))
        else:
            last = (builder.names.size(stop),) + ((builder.names.size(step),) if step != 1 else ())
            entries.append((builder.names.size(start), *last))
    return Item(False, builder.wholes(reading)[0], _without_tail(entries))


def _without_tail(entries: list[tuple[Expr, ...]]) -> tuple[tuple[Expr, ...], ...]:
    while len(entries) > 1 and not entries[-1]:
        entries.pop()
    return tuple(entries)


def _dynamic_slice(builder: Builder, reading: Reading) -> Expr:
    x, start = builder.wholes(reading)
    axis, size = reading.node.attr("axis"), reading.node.attr("size")
    stop = add([start, builder.names.size(size)])
    return Item(False, x, (*[()] * axis, (start,) if size == 1 else (start, stop)))


def _take(builder: Builder, reading: Reading) -> Expr:
    x, indices = builder.wholes(reading)
    return Item(reading.node.shape == (), x, (*[()] * reading.node.attr("axis"), (indices,)))


def _iota(builder: Builder, reading: Reading) -> Expr:
    node = reading.node
    return Call(False, "arange", (builder.names.size(node.shape[node.attr("axis")]),))


def _cast(builder: Builder, reading: Reading) -> Expr:
    return Call(reading.node.shape == (), reading.node.dtype.name, tuple(builder.wholes(reading)))


def _windowed(builder: Builder, reading: Reading) -> Expr:
    """Convolution and pooling: the window, and how it moves where that is not one by one."""
    node = reading.node
    given = dict(node.attrs)
    keywords = []
    if "kernel" in given and "pool" in node.op.name:
        keywords.append(("kernel", _each(given["kernel"])))
    for name, usual in (("stride", 1), ("padding", (0, 0)), ("dilation", 1)):
        if any(value != usual for value in given[name]):
            keywords.append((name, _each(given[name])))
    if given.get("groups", 1) != 1:
        keywords.append(("groups", str(given["groups"])))
    return Call(node.shape == (), reading.kind, tuple(builder.wholes(reading)), tuple(keywords))


def _each(values: Sequence[object]) -> str:
    """A value per axis, or the one that all have; equal ends of a padding are one number."""
    short = [str(v[0] if isinstance(v, tuple) and v[0] == v[1] else v) for v in values]
    return short[0] if len(set(short)) == 1 else f"({', '.join(short)})"


WINDOWED = (
    "conv", "conv_input", "conv_weight",
    "max_pool", "max_pool_position", "max_pool_pick", "max_pool_input", "sum_pool", "sum_pool_input",
)  # fmt: skip


def _one_hot(builder: Builder, reading: Reading) -> Expr:
    classes = builder.names.size(reading.node.shape[-1])
    return Call(False, "one_hot", (*builder.wholes(reading), classes))


WHOLE: dict[str, Callable[[Builder, Reading], Expr]] = {
    "contract": _contract,
    "slice": _slice,
    "dynamic_slice": _dynamic_slice,
    "take": _take,
    "iota": _iota,
    "cast": _cast,
    "one_hot": _one_hot,
    "softmax": _softmax,
    "log_softmax": _softmax,
    "logsumexp": _softmax,
    "max": _reduce,
    "min": _reduce,
    "prod": _reduce,
    "any": _reduce,
    "all": _reduce,
    "argmax": _reduce,
    "argmin": _reduce,
}
WHOLE |= dict.fromkeys(WINDOWED, _windowed)


# --------------------------------------------------------------------------------------------- loops
def loop_label(scan: Node, index: int) -> str:
    """The name of one result of a loop: that of the carry, or y0, y1, ... for what is stacked."""
    body = scan.attr("body")
    if index < body.carries:
        hole = body.inputs[index]
        return str(hole.name or hole.attr("label"))
    return f"y{index - body.carries}"
