"""Formulas of several lines: long ones are cut into named parts, loops get their steps below them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import FrameType
from typing import Any

from ..compile import name_variables
from ..dtypes import is_float
from ..errors import GradientError
from ..grad import grad_nodes
from ..graph import Node, Program, consumers, replace, standing_for, walk
from ..ops.define import cell_node, cell_op
from ..ops.loop import Body
from ..tensor import Tensor
from .expression import Call, Derivative, Expr, Item, Symbol, number
from .formula import LEAVES, Builder, loop_label
from .latex import LATEX
from .mathml import MATHML
from .names import Names
from .printer import TEXT, Printer
from .reading import FACTORS, is_noise, peel, read, softmax_pair

WIDTH = 72  # a formula that fits into so many characters stays in one piece
LIMIT = 14  # parts of a formula, numbers aside, beyond which it is cut


@dataclass(frozen=True)
class Root:
    """What to write a formula of: `left arrow node`, or the bare formula without a left side."""

    node: Node
    left: Expr | None = None
    arrow: str = "="


@dataclass(frozen=True)
class Line:
    """`left arrow right`, or a remark, indented."""

    right: Expr | str
    left: Expr | None = None
    arrow: str = "="
    depth: int = 0


# -------------------------------------------------------------------------------------------- writing
def as_text(lines: Sequence[Line]) -> str:
    """Plain text, one line each."""
    return "\n".join("    " * line.depth + _row(line, TEXT) for line in lines)


def as_latex(lines: Sequence[Line]) -> str:
    """LaTeX for a display, without dollar signs."""
    if len(lines) == 1:
        return _row(lines[0], LATEX)
    rows = []
    for line in lines:
        space = r"\quad " * line.depth
        if isinstance(line.right, str):
            rows.append(rf"& {space}\text{{{line.right}}}")
        else:
            left = LATEX.show(line.left) if line.left is not None else ""
            rows.append(rf"{space}{left} &{_arrow(line, LATEX)} {LATEX.show(line.right)}")
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def as_mathml(lines: Sequence[Line]) -> str:
    """MathML in an HTML table, one row per line, aligned at the equals signs."""
    rows = "".join(f"<tr>{_cells(line)}</tr>" for line in lines)
    return f'<table class="formulas">{rows}</table>'


def _cells(line: Line) -> str:
    indent = f' style="padding-left:{2 * line.depth}em"' if line.depth else ""
    if isinstance(line.right, str):
        return f'<td colspan="2"{indent}>{escape(line.right)}</td>'
    right = MATHML.show(line.right)
    if line.left is None:
        return f'<td colspan="2"{indent}>{_math(right)}</td>'
    left = f'<td class="left"{indent}>{_math(MATHML.show(line.left))}</td>'
    return f"{left}<td>{_math(MATHML.row([_arrow(line, MATHML), right]))}</td>"


def _math(inside: str) -> str:
    return f'<math displaystyle="true">{inside}</math>'


def _arrow(line: Line, printer: Printer) -> str:
    if line.arrow != "<-":
        return printer.sign(line.arrow)
    return {"Latex": r"\leftarrow", "MathML": "<mo>←</mo>"}.get(type(printer).__name__, "<-")


def _row(line: Line, printer: Printer) -> str:
    if isinstance(line.right, str):
        return line.right
    right = printer.show(line.right)
    if line.left is None:
        return right
    return printer.row([printer.show(line.left), _arrow(line, printer), right])


# -------------------------------------------------------------------------------------------- cutting
def lines_of(roots: Sequence[Root], labels: Mapping[Node, Expr] | None = None) -> list[Line]:
    """The formulas of the roots, in as few lines as stay readable.

    labels: names of nodes that always get a line of their own, such as gradients.
    """
    names = Names(labels)
    return _lines(roots, names, 0)


def _lines(roots: Sequence[Root], names: Names, depth: int) -> list[Line]:
    nodes = [peel(root.node) for root in roots]
    _name_leaves(nodes, names)
    inside = {n for n in names.known if n.op.name not in LEAVES}
    whole = _in_one_piece(roots, nodes, names, inside, depth)
    if whole is not None:
        return whole
    users = consumers(walk(nodes))
    stops = {n for n in walk(nodes) if n in inside or _stops(n, users)}
    cuts = _cuts(roots, nodes, stops, inside)
    return _cut_lines(roots, nodes, names, cuts, stops | cuts, depth)


def _name_leaves(nodes: Sequence[Node], names: Names) -> None:
    """Names first, so that letters and parts stay clear of them."""
    for node in walk(nodes):
        if node.op.name in ("input", "cell"):
            names.of(node)
        elif node.name and not is_noise(node):
            names.reserve(node.name)


def _stops(node: Node, users: Mapping[Node, list[Node]]) -> bool:
    named = node.name is not None and node.op.name not in LEAVES and not is_noise(node)
    return named or (node.op.name in FACTORS and len(users.get(node, ())) > 1)


def _in_one_piece(
    roots: Sequence[Root], nodes: Sequence[Node], names: Names, inside: set[Node], depth: int
) -> list[Line] | None:
    """Every root in one short line, if that goes."""
    if _tree_size(nodes) > 4 * LIMIT:
        return None
    trial = names.copy()
    builder = Builder(trial, inside, inside)
    lines = [
        Line(builder.line(node), root.left, root.arrow, depth)
        for root, node in zip(roots, nodes, strict=True)
    ]
    if builder.asked or any(len(as_text([line])) > WIDTH for line in lines):
        return None
    names.take(trial)
    return lines


def _tree_size(nodes: Sequence[Node]) -> int:
    """How large the formulas are without any cut; stops counting when it is large."""
    size: dict[Node, int] = {}
    for node in walk(nodes):
        own = 0 if is_noise(node) else 1
        size[node] = min(10**6, own + sum(size[i] for i in node.inputs))
    return sum(size[n] for n in nodes)


def _shown_inputs(node: Node, stops: set[Node]) -> list[Node]:
    """The nodes whose formulas stand in that of `node`."""
    if node.op.name in LEAVES:
        return []
    reading = read(node, stops)
    pair = softmax_pair(reading) if reading.exponents else None
    if pair is None:
        return list(reading.operands)
    return [peel(pair[2], stops), *(n for i, n in enumerate(reading.operands) if i not in pair[:2])]


def _cuts(roots: Sequence[Root], nodes: Sequence[Node], stops: set[Node], inside: set[Node]) -> set[Node]:
    """Nodes that get a line: named ones, those used several times, and where a formula grows too long."""
    shown: dict[Node, list[Node]] = {}
    stack = list(nodes)
    uses: dict[Node, int] = {}
    while stack:
        node = stack.pop()
        if node not in shown:
            shown[node] = _shown_inputs(node, stops)
            stack.extend(shown[node])
    for operands in shown.values():
        for operand in operands:
            uses[operand] = uses.get(operand, 0) + 1
    cuts: set[Node] = set()
    size: dict[Node, int] = {}
    for node in sorted(shown, key=lambda n: n.serial):
        own = 1 + sum(1 if i in cuts else size[i] for i in shown[node] if i.op.name != "constant")
        size[node] = own
        again = uses.get(node, 0) >= 2 and own >= 4
        named = node.name is not None and own >= 2 and not (node in nodes and not uses.get(node))
        if node.op.name not in LEAVES and (named or again or own > LIMIT or node in inside):
            cuts.add(node)
    outputs = {n for r, n in zip(roots, nodes, strict=True) if r.arrow == "=" and n.op.name not in LEAVES}
    return cuts | {n for n in outputs if uses.get(n)}


def _cut_lines(
    roots: Sequence[Root], nodes: Sequence[Node], names: Names, cuts: set[Node], stops: set[Node], depth: int
) -> list[Line]:
    """Written twice: only then is it known which parts are needed, and in which order they are numbered."""
    _, needed = _write(roots, nodes, names.copy(), cuts, stops, depth)
    for node in sorted(needed, key=lambda n: n.serial):
        if node.op.name not in LEAVES and node.op.name != "scan" and node not in nodes:
            names.of(node)
    return _write(roots, nodes, names, cuts, stops, depth)[0]


def _write(
    roots: Sequence[Root], nodes: Sequence[Node], names: Names, cuts: set[Node], stops: set[Node], depth: int
) -> tuple[list[Line], list[Node]]:
    """The lines, and the nodes that are referred to by name."""
    builder = Builder(names, cuts, stops)
    written: dict[Node, list[Line]] = {}
    last: list[Line] = []
    for root, node in zip(roots, nodes, strict=True):
        if root.arrow == "=" and root.left is not None and node.op.name not in LEAVES and node not in written:
            names.known.setdefault(node, root.left)
            written[node] = [Line(builder.line(node), root.left, root.arrow, depth)]
        else:
            by_name = node in cuts or node in written or node.op.name in LEAVES
            shown = builder.of(node, None) if by_name else builder.line(node)
            last.append(Line(shown, root.left, root.arrow, depth))
    while waiting := [n for n in builder.asked if n not in written]:
        for node in waiting:
            if node.op.name == "scan":
                written[node] = _loop_lines(node, builder, depth)
            else:
                written[node] = [Line(builder.line(node), names.of(node), "=", depth)]
    ordered = [line for node in sorted(written, key=lambda n: n.serial) for line in written[node]]
    return ordered + last, list(builder.asked)


# ---------------------------------------------------------------------------------------------- loops
def _loop_lines(scan: Node, builder: Builder, depth: int) -> list[Line]:
    """A remark that says what the loop runs over, and the formulas of one step."""
    body: Body = scan.attr("body")
    names = builder.names
    given = scan.inputs[1:]
    fixed = {h: n for h, n in zip(body.inputs, given, strict=True) if h in body.parts()[2] and _is_fixed(n)}
    outputs = replace(body.outputs, fixed)
    step = Symbol(True, names.letters(1, ["i", "j", *builder.bound])[0])
    names.used.add(step.name)
    outer = [builder.of(node, None) for node in given]
    heads = []
    for i, (hole, value) in enumerate(zip(body.inputs, outer, strict=True)):
        if i < body.carries:
            names.known[hole] = Symbol(hole.shape == (), loop_label(scan, i))
        elif i >= body.carries + body.elements:
            names.known[hole] = value
        else:
            names.known[hole] = Item(hole.shape == (), value, ((step,),))
            if hole.name:
                own = Symbol(hole.shape == (), names.unused(hole.name))
                heads.append(Line(names.known[hole], own, "=", depth + 1))
                names.known[hole] = own
    names.known |= {n: d for n, d in _loop_gradients(outputs, body).items() if n not in names.known}
    roots = []
    for i, node in enumerate(outputs):
        left = Symbol(node.shape == (), loop_label(scan, i))
        roots.append(Root(node, left if i < body.carries else Item(left.scalar, left, ((step,),)), "<-"))
    remark = _loop_remark(scan, names, step, TEXT.show(builder.of(scan.inputs[0], None)), outer)
    return [Line(remark, depth=depth), *heads, *_lines(roots, names, depth + 1)]


def _loop_remark(scan: Node, names: Names, step: Symbol, count: str, outer: Sequence[Expr]) -> str:
    """`loop: for k in 3 steps, total from 0`; state that starts as what it is called is left out."""
    labels = [loop_label(scan, i) for i in range(scan.attr("body").carries)]
    values = map(TEXT.show, outer[: len(labels)])
    starts = [f", {name} from {value}" for name, value in zip(labels, values, strict=True) if value != name]
    order = "down " if scan.attr("reverse") else ""
    return f"{TEXT.show(names.known[scan])}: {order}for {step.name} in {count} steps{''.join(starts)}"


# ------------------------------------------------------------------------------------------ programs
def roots_of(program: Program) -> list[Root]:
    """The outputs by their names, or as values of the function, and the updates."""
    inputs = tuple(Symbol(n.shape == (), n.name or str(n.attr("label"))) for n in program.inputs)
    roots = []
    for i, node in enumerate(program.outputs):
        name = peel(node).name
        value: Expr = Call(node.shape == (), program.name, inputs)
        if len(program.outputs) > 1:
            value = Item(node.shape == (), value, ((number(i),),))
        roots.append(Root(node, Symbol(node.shape == (), name) if name else value))
    for cell, node in program.updates:
        roots.append(Root(node, Symbol(node.shape == (), cell.name), "<-"))
    return roots


def gradients(program: Program) -> dict[Node, Expr]:
    """The gradient of the first scalar output by each trainable state or float input behind it, named.

    A gradient that the program itself computes is the same node, so that it is found there by this name.
    """
    loss, variables = differentiated(program)
    return {} if loss is None else named_gradients(loss, variables)


def differentiated(program: Program) -> tuple[Node | None, list[Node]]:
    """The first scalar output, if there is one, and the trainable state or float inputs behind it."""
    loss = next((n for n in program.outputs if n.shape == () and is_float(n.dtype)), None)
    if loss is None:
        return None, []
    behind = walk([loss])
    cells = [n.attr("cell") for n in behind if n.op is cell_op]
    variables = [cell_node(c) for c in cells if c.trainable] or [n for n in behind if n in program.inputs]
    return loss, [v for v in variables if is_float(v.dtype)]


def named_gradients(loss: Node, variables: Sequence[Node]) -> dict[Node, Expr]:
    """The gradients of `loss` that exist, each with its name."""
    found: dict[Node, Expr] = {}
    for variable in variables:
        if is_float(variable.dtype):
            try:
                (g,) = as_of(loss, grad_nodes, loss, [variable])
            except GradientError:
                continue
            by = variable.name or str(variable.attr("label"))
            found[peel(g)] = Derivative(g.shape == (), peel(loss).name or "loss", by)
    return {n: d for n, d in found.items() if n.op.name not in LEAVES}


def as_of(node: Node, make: Callable[..., Any], *args: Any) -> Any:
    """What `make` makes, as if it came from where the node does, and not from who asks for a report."""
    return [make(*args) for _ in standing_for([node])][0]


def _is_fixed(node: Node) -> bool:
    """Whether it depends on numbers alone."""
    return all(n.op.name not in ("input", "cell", "scan") for n in walk([node]))


def _loop_gradients(outputs: Sequence[Node], body: Body) -> dict[Node, Expr]:
    """The same for one step of a loop: of what is named loss, or is a scalar of every step."""
    scalars = [n for n in outputs[body.carries :] if n.shape == () and is_float(n.dtype)]
    named = [n for n in walk(outputs) if n.name == "loss" and n.shape == ()]
    losses = [*named, *scalars]
    return named_gradients(losses[0], body.inputs[: body.carries]) if losses else {}


# ------------------------------------------------------------------------------------------- for users
def formula(t: Tensor | Node) -> str:
    """What a tensor computes, in plain text; long formulas take several lines.

    >>> import limpide as lp
    >>> x, n, k = lp.input("x"), lp.input("n"), lp.input("k")
    >>> formula(lp.grad(k * x**n, x))
    'k n x^(n - 1)'
    """
    return as_text(tensor_lines(t, sys._getframe(1)))


def latex(t: Tensor | Node) -> str:
    r"""The same in LaTeX, without dollar signs.

    >>> import limpide as lp
    >>> a, b = lp.input("a"), lp.input("b")
    >>> print(latex(lp.sqrt(a**2 + b**2)))
    \sqrt{a^{2} + b^{2}}
    """
    return as_latex(tensor_lines(t, sys._getframe(1)))


def tensor_latex(t: Tensor) -> str:
    """The formula of a tensor for a notebook."""
    return f"$\\displaystyle {as_latex(tensor_lines(t))}$"


def tensor_lines(t: Tensor | Node, frame: FrameType | None = None) -> list[Line]:
    """The formula of one tensor; variables of `frame` name the parts that they hold."""
    name_variables(frame)
    node = t.node if isinstance(t, Tensor) else t
    name = peel(node).name if node.op.name not in LEAVES else None
    return lines_of([Root(node, Symbol(node.shape == (), name) if name else None)])
