"""How a reader sees a node: casts and broadcasts looked through, well-known patterns by their names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from ..dtypes import is_float
from ..graph import Node
from ..ops.define import MapOp, constant_value
from ..shapes import same

NOISE = frozenset(("broadcast_to", "stop_gradient", "reshape", "cast", "checkpoint", "again"))


@dataclass(frozen=True)
class Reading:
    """A node by the name of what it does, and what it is done to.

    via: for every operand the views between it and the node, outermost first.
    """

    kind: str
    node: Node
    operands: tuple[Node, ...]
    via: tuple[tuple[Node, ...], ...]
    exponents: tuple[int, ...] = ()


def is_noise(node: Node) -> bool:
    """Whether a formula looks the same without it."""
    if node.op.name == "cast":
        return is_float(node.dtype) or not is_float(node.inputs[0].dtype)
    return node.op.name in NOISE


def peel(node: Node, stops: Collection[Node] = ()) -> Node:
    """What is behind views, casts and broadcasts."""
    return peeled(node, stops)[0]


def peeled(node: Node, stops: Collection[Node] = ()) -> tuple[Node, tuple[Node, ...]]:
    """What is behind them, and they, outermost first."""
    way = []
    while is_noise(node) and node not in stops and one_hot_of(node) is None:
        way.append(node)
        node = node.inputs[0]
    return node, tuple(way)


def walk_to(nodes: Sequence[Node], ends: Callable[[Node], bool]) -> list[Node]:
    """What is behind nodes, inputs before users, as far as the walk does not end."""
    seen: set[Node] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if not ends(node):
                stack.extend(node.inputs)
    return sorted(seen, key=lambda n: n.serial)


def present(nodes: Sequence[Node], shown: Mapping[Node, bool]) -> dict[Node, tuple[bool, ...]]:
    """For every node behind `nodes` which of its axes its formula has when broadcasts are left out.

    shown: of some nodes whether the formula has elements of them; x in x - (x + y) is gone.
    """
    found: dict[Node, tuple[bool, ...]] = {}
    for node in walk_to(nodes, lambda n: n in shown or not keeps_axes(n)):
        if node in shown or not keeps_axes(node):
            found[node] = (shown.get(node, True),) * node.ndim
            continue
        flags = [found[i] for i in node.inputs]
        if node.op.name == "broadcast_to":
            old = node.inputs[0].shape
            extra = node.ndim - len(old)
            sizes = zip(old, node.shape[extra:], flags[0], strict=True)
            found[node] = (False,) * extra + tuple(f and (o != 1 or n == 1) for o, n, f in sizes)
        elif node.op.name == "reshape":
            kept = iter([f for f, size in zip(flags[0], node.inputs[0].shape, strict=True) if size != 1])
            found[node] = tuple(size == 1 or next(kept) for size in node.shape)
        else:
            found[node] = tuple(map(any, zip(*flags, strict=True)))
    return found


def keeps_axes(node: Node) -> bool:
    """Whether its elements are those of its inputs at the same places, but for axes that are stretched."""
    if node.op.name == "reshape":
        return only_ones_differ(node.inputs[0].shape, node.shape)
    return isinstance(node.op, MapOp) or node.op.name == "broadcast_to"


# ------------------------------------------------------------------------------------------- patterns
def shift_of(node: Node) -> Node | None:
    """x, where the node is x - max(x) and so only moves what softmax and logsumexp do not see."""
    if node.op.name != "subtract":
        return None
    x, top = node.inputs[0], peel(node.inputs[1])
    if top.op.name == "where":  # an infinite maximum is not subtracted
        top = peel(top.inputs[1])
    return x if top.op.name == "max" and peel(top.inputs[0]) is peel(x) else None


def exponent_sum(total: Node) -> tuple[Node, Node] | None:
    """(x, exp node), where the node is sum(exp(x)) but for a shift by the maximum."""
    if total.op.name != "sum" or total.inputs[0].op.name != "exp":
        return None
    e = total.inputs[0]
    return shift_of(e.inputs[0]) or e.inputs[0], e


def softmax_of(node: Node) -> Node | None:
    """x, where the node is exp(x) / sum(exp(x))."""
    if node.op.name != "divide":
        return None
    found = exponent_sum(peel(node.inputs[1]))
    return found[0] if found and peel(node.inputs[0]) is found[1] else None


def log_softmax_of(node: Node) -> Node | None:
    """x, where the node is x - log(sum(exp(x))), both shifted."""
    if node.op.name != "subtract":
        return None
    log = peel(node.inputs[1])
    if log.op.name != "log":
        return None
    found = exponent_sum(peel(log.inputs[0]))
    if found is None:
        return None
    return found[0] if found[1].inputs[0] is peel(node.inputs[0]) else None


def logsumexp_of(node: Node) -> Node | None:
    """x, where the node is log(sum(exp(x - m))) + m."""
    if node.op.name != "add":
        return None
    log, shift = peel(node.inputs[0]), peel(node.inputs[1])
    found = exponent_sum(peel(log.inputs[0])) if log.op.name == "log" else None
    if found is None or found[1].inputs[0].op.name != "subtract":
        return None
    return found[0] if peel(found[1].inputs[0].inputs[1]) is shift else None


def sigmoid_of(node: Node) -> Node | None:
    """x, where the node is 1 / (1 + exp(-x)) in the textbook's words."""
    if node.op.name == "divide" and is_number(node.inputs[0], 1):
        below = peel(node.inputs[1])
    elif node.op.name == "reciprocal":
        below = peel(node.inputs[0])
    else:
        return None
    if below.op.name != "add":
        return None
    one, e = sorted((peel(i) for i in below.inputs), key=lambda n: n.op.name == "exp")
    if not is_number(one, 1) or e.op.name != "exp" or peel(e.inputs[0]).op.name != "negative":
        return None
    return peel(e.inputs[0]).inputs[0]


def one_hot_of(node: Node) -> Node | None:
    """The labels, where the node is labels[..., None] == arange(classes) as numbers."""
    if node.op.name != "cast" or node.inputs[0].op.name != "equal":
        return None
    labels, columns = (peel_views(i) for i in node.inputs[0].inputs)
    along = columns.op.name == "iota" and columns.attr("axis") == columns.ndim - 1
    return labels if along and labels.ndim == node.ndim - 1 else None


def peel_views(node: Node) -> Node:
    while node.op.name in NOISE:
        node = node.inputs[0]
    return node


def one_less_of(node: Node) -> Node | None:
    """b, where the node is b - 1 but for b = 0: the exponent in the derivative of a power, b a^(b - 1)."""
    if node.op.name != "where":
        return None
    condition, then, other = (peel(i) for i in node.inputs)
    if condition.op.name != "equal" or not is_number(then, 1) or other.op.name != "subtract":
        return None
    b, zero = (peel(i) for i in condition.inputs)
    known = is_number(zero, 0) and is_number(other.inputs[1], 1) and peel(other.inputs[0]) is b
    return b if known else None


def log_factor_of(node: Node) -> tuple[Node, Node] | None:
    """(a^b, a), where the node is a^b log(a) but for a = 0: the derivative of a power by its exponent."""
    if node.op.name != "where" or peel(node.inputs[2]).op.name != "multiply":
        return None
    condition, zero, product = (peel(i) for i in node.inputs)
    y, log = (peel(i) for i in product.inputs)
    if condition.op.name != "equal" or not is_number(zero, 0) or y.op.name != "power" or log.op.name != "log":
        return None
    a, guarded = peel(condition.inputs[0]), peel(log.inputs[0])
    known = peel(y.inputs[0]) is a and guarded.op.name == "where" and peel(guarded.inputs[1]) is a
    return (y, a) if known else None


def is_number(node: Node, wanted: float) -> bool:
    value = constant_value(peel(node))
    return value is not None and value.ndim == 0 and value == wanted


PATTERNS: tuple[tuple[str, Callable[[Node], Node | None]], ...] = (
    ("softmax", softmax_of),
    ("log_softmax", log_softmax_of),
    ("logsumexp", logsumexp_of),
    ("sigmoid", sigmoid_of),
    ("one_hot", one_hot_of),
    ("one_less", one_less_of),
)


# -------------------------------------------------------------------------------------------- reading
def read(node: Node, stops: Collection[Node] = ()) -> Reading:
    """The node as a reader sees it; products are read whole, up to nodes in `stops`."""
    for name, match in PATTERNS:
        x = match(node)
        if x is not None:
            return _reading(name, node, [x], stops)
    pair = log_factor_of(node)
    if pair is not None:
        return _reading("log_factor", node, pair, stops)
    if node.op.name in FACTORS:
        return _read_product(node, stops)
    return _reading(node.op.name, node, node.inputs, stops)


def _reading(kind: str, node: Node, inputs: Collection[Node], stops: Collection[Node]) -> Reading:
    found = [peeled(i, stops) for i in inputs]
    return Reading(kind, node, tuple(n for n, _ in found), tuple(way for _, way in found))


# op -> the exponents with which its inputs enter a product
FACTORS: dict[str, tuple[int, ...]] = {
    "multiply": (1, 1),
    "divide": (1, -1),
    "reciprocal": (-1,),
    "square": (2,),
    "negative": (1,),
}


@dataclass(frozen=True)
class Factor:
    node: Node
    via: tuple[Node, ...]
    exponent: int


def _read_product(node: Node, stops: Collection[Node]) -> Reading:
    """A tree of products and quotients as one product; exp(x) over its sum is softmax(x)."""
    factors: list[Factor] = []
    sign = [1]

    def collect(at: Node, via: tuple[Node, ...], exponent: int) -> None:
        at, way = peeled(at, stops)
        via = via + way
        known = at is not node and (at in stops or any(match(at) is not None for _, match in PATTERNS))
        odd = at.op.name == "negative" and exponent not in (1, -1)
        if known or odd or at.op.name not in FACTORS or at.dtype.kind == "b":
            factors.append(Factor(at, via, exponent))
            return
        if at.op.name == "negative":
            sign[0] = -sign[0]
        for source, power in zip(at.inputs, FACTORS[at.op.name], strict=True):
            collect(source, via, exponent * power)

    collect(node, (), 1)
    exponents = tuple(f.exponent for f in factors)
    kind = "product" if sign[0] > 0 else "negative product"
    return Reading(kind, node, tuple(f.node for f in factors), tuple(f.via for f in factors), exponents)


def softmax_pair(reading: Reading) -> tuple[int, int, Node] | None:
    """The positions of exp(x) and of the sum below it in a product, and x."""
    for i, below in enumerate(reading.operands):
        found = exponent_sum(below) if reading.exponents[i] == -1 else None
        if found is not None:
            for j, e in enumerate(reading.operands):
                if e is found[1] and reading.exponents[j] == 1:
                    return j, i, found[0]
    return None


def mean_pair(reading: Reading) -> tuple[int, int] | None:
    """The positions of a sum and of the number of its terms below it in a product."""
    for i, total in enumerate(reading.operands):
        if total.op.name == "sum" and reading.exponents[i] == 1:
            axes = total.attr("axes")
            count = [total.inputs[0].shape[a] for a in axes]
            for j, below in enumerate(reading.operands):
                if reading.exponents[j] == -1 and _is_size(below, count):
                    return i, j
    return None


def _is_size(node: Node, count: list[object]) -> bool:
    if node.op.name == "size":
        return len(count) == 1 and bool(node.attr("dim") == count[0])
    value = constant_value(node)
    if value is None or value.ndim or not all(isinstance(c, int) for c in count):
        return False
    expected = 1
    for c in count:
        expected *= c  # type: ignore[operator]
    return bool(value == expected)


def only_ones_differ(old: tuple[object, ...], new: tuple[object, ...]) -> bool:
    """Whether a reshape only adds or removes axes of size 1."""
    a, b = [s for s in old if s != 1], [s for s in new if s != 1]
    return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))  # type: ignore[arg-type]
