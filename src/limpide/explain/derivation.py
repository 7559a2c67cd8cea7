"""How a gradient came about: the walk back, node by node, with the rule of each op and what it gave here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..dtypes import is_float
from ..errors import LimpideError
from ..grad import Step, ones_like, vjp_nodes
from ..graph import Node, Program, depends_on, rebuild
from ..ops.define import Op
from ..ops.loop import placeholder
from .expression import Derivative, Expr, Symbol, number
from .lines import Line, Root, as_of, as_text, differentiated, lines_of
from .names import Names
from .reading import peel

LETTERS = {1: ("x",), 2: ("a", "b")}


@dataclass(frozen=True)
class Rule:
    """The gradient rule of an op as formulas of g, what comes in, y, its result, and its inputs."""

    op: str
    about: str
    forward: list[Line]
    backward: list[Line]


@dataclass(frozen=True)
class Part:
    """What a node adds to the gradient of one of its inputs."""

    source: Node
    made: Node
    lines: list[Line]


@dataclass(frozen=True)
class Applied:
    """One step back. coming: the gradient of the node, by name; rule: its number, or None for loops."""

    node: Node
    coming: Expr
    rule: int | None
    forward: list[Line]
    parts: list[Part]


@dataclass
class Derivation:
    """The gradients of a loss: the rules that were used, and each of their uses, from the loss backwards."""

    loss: Node
    rules: list[Rule] = field(default_factory=list)
    steps: list[Applied] = field(default_factory=list)
    contributions: dict[Node, int] = field(default_factory=dict)  # how many parts each gradient is the sum of


def derivation(program: Program) -> Derivation | None:
    """The walk back from the first scalar output; None where there is nothing to differentiate."""
    loss, variables = differentiated(program)
    if loss is None:
        return None
    steps: list[Step] = []
    try:
        as_of(loss, vjp_nodes, [loss], [ones_like(loss)], variables, steps)
    except LimpideError:
        return None
    found, relevant = Derivation(loss), depends_on([loss], variables)
    steps = [s._replace(parts=[(n, g if n in relevant else None) for n, g in s.parts]) for s in steps]
    for step in steps:
        for source, _ in _handed_on(step):
            found.contributions[source] = found.contributions.get(source, 0) + 1
    names, rules = _names(loss, steps), _Rules(found.rules)
    found.steps = [_applied(step, found, names, rules) for step in steps if _handed_on(step)]
    return found


def _handed_on(step: Step) -> list[tuple[Node, Node]]:
    return [(source, g) for source, g in step.parts if g is not None and is_float(source.dtype)]


def _names(loss: Node, steps: Sequence[Step]) -> Mapping[Node, str]:
    """What is on the way, but for numbers, by its own name or as v1, v2, ... in the order of computing."""
    behind = {n for s in steps for n in s.node.inputs if peel(n).op.name != "constant"}
    nodes = {loss, *(s.node for s in steps), *behind}
    names, found, count = Names(), dict[Node, str](), 0
    for node in sorted(nodes, key=lambda n: n.serial):
        own = node.name or (node.attr("label") if node.op.name == "input" else None)
        if own is None and node is loss:
            own = "loss"
        if own is None:
            count += 1
            own = f"v{count}"
        found[node] = names.unused(own)
    return found


def _applied(step: Step, found: Derivation, names: Mapping[Node, str], rules: _Rules) -> Applied:
    node, parts = step.node, _handed_on(step)
    g = _derivative(names[found.loss], names[node], node)
    if node.op.name in ("scan", "checkpoint", "pick"):
        return Applied(node, g, None, [], [Part(s, made, []) for s, made in parts])
    holes = {i: _hole(names[i], i) if i in names else i for i in node.inputs}
    forward, shown = _formulas(node, [holes[i] for i in node.inputs], names[node], g)
    result = []
    for (source, made), part in zip(step.parts, shown, strict=True):
        if made is not None and part is not None and is_float(source.dtype):
            sign = "=" if found.contributions[source] == 1 else "+="
            left = _derivative(names[found.loss], names[source], source)
            result.append(Part(source, made, part(left, sign)))
    return Applied(node, g, rules.number(node), forward, result)


def _derivative(of: str, by: str, node: Node) -> Expr:
    return number(1) if of == by else Derivative(node.shape == (), of, by)


def _hole(name: str, like: Node) -> Node:
    """An input that stands for a node, so that formulas end there."""
    hole = placeholder(name, like.shape, like.dtype)
    hole.name = name
    return hole


Write = Callable[[Expr, str], list[Line]]


def _formulas(
    node: Node, inputs: Sequence[Node], name: str, incoming: Expr
) -> tuple[list[Line], list[Write | None]]:
    """What the op computes of these inputs, and what its rule makes of a gradient, for each of them."""
    own = rebuild(node, tuple(inputs))
    assert isinstance(own.op, Op)
    result = Symbol(own.shape == (), name)
    g = _hole("g", own)
    known: dict[Node, Expr] = {own: result, g: incoming}
    known |= {i: Symbol(i.shape == (), i.name) for i in inputs if i.name and i.op.name == "input"}

    def writer(part: Node) -> Write:
        def write(left: Expr, sign: str) -> list[Line]:
            if peel(part) in known:
                return [Line(known[peel(part)], left, sign)]
            return [line for line in lines_of([Root(part, left, sign)], known) if line.left != result]

        return write

    forward = lines_of([Root(own, result)], {n: e for n, e in known.items() if n is not own})
    return forward, [None if p is None else writer(p) for p in own.op.grad(g, own)]


class _Rules:
    """The rules that were used, each once."""

    def __init__(self, rules: list[Rule]):
        self.rules = rules
        self.numbers: dict[str, int | None] = {}

    def number(self, node: Node) -> int | None:
        key = f"{node.op.name} {[i.shape for i in node.inputs]} {node.attrs}"
        if key not in self.numbers:
            rule = _generic(node)
            self.numbers[key] = None if rule is None else len(self.rules)
            if rule is not None:
                self.rules.append(rule)
        return self.numbers[key]


def _generic(node: Node) -> Rule | None:
    """The rule of the node's op, in letters; None where it needs to know numbers."""
    count = len(node.inputs)
    letters = LETTERS.get(count) or tuple(f"x{i + 1}" for i in range(count))
    inputs = [_hole(letter, i) for letter, i in zip(letters, node.inputs, strict=True)]
    scalar = node.shape == ()
    try:
        forward, parts = _formulas(node, inputs, "y", Symbol(scalar, "g"))
    except LimpideError:
        return None
    backward = []
    for letter, source, part in zip(letters, inputs, parts, strict=True):
        if part is not None and is_float(source.dtype):
            backward += part(Derivative(source.shape == (), "loss", letter), "=")
    assert isinstance(node.op, Op)
    return Rule(node.op.name, node.op.doc, forward, backward) if backward else None


def step_text(step: Applied) -> str:
    """A step in plain text."""
    return "\n".join([as_text(step.forward), *(as_text(p.lines) for p in step.parts)])
