"""Reverse-mode differentiation: a walk back over the graph; the result is ordinary graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_letters
from typing import NamedTuple

from .dtypes import INT64, is_float
from .errors import GradientError, ShapeError
from .graph import Node, depends_on, replace, standing_for, walk
from .ops.block import contract, contract_op
from .ops.checkpoint import again, checkpoint_op
from .ops.define import BlockOp, Op, constant
from .ops.loop import Body, apply_body, placeholder, scan_length, scan_op
from .ops.view import broadcast_to
from .shapes import show


def zeros_like(x: Node) -> Node:
    return broadcast_to(constant(0, x.dtype), x.shape)


def ones_like(x: Node) -> Node:
    return broadcast_to(constant(1, x.dtype), x.shape)


Parts = list[tuple[Node, Node | None]]  # inputs of a node, and what it adds to their gradients


class Step(NamedTuple):
    """A node on the way back, and what it handed on of the gradient that came to it."""

    node: Node
    parts: Parts


def vjp_nodes(
    outputs: Sequence[Node], seeds: Sequence[Node], wrt: Sequence[Node], steps: list[Step] | None = None
) -> list[Node | None]:
    """The gradients of sum(output * seed) by each of `wrt`; None where nothing depends on it.

    steps: where what was done is noted, if it is to be seen.
    """
    relevant = depends_on(outputs, wrt)
    gradient: dict[Node, Node] = {}
    picked: dict[Node, dict[int, Node]] = {}

    def accumulate(node: Node, g: Node | None) -> None:
        if g is not None and node in relevant and is_float(node.dtype):
            gradient[node] = gradient[node] + g if node in gradient else g

    for output, seed in zip(outputs, seeds, strict=True):
        accumulate(output, seed)
    behind = reversed([n for n in walk(outputs) if n in relevant])
    for node in standing_for(behind, derivative=True):
        if node in picked:
            step = Step(node, [*_scan_vjp(node, picked.pop(node), relevant).items()])
        elif node in gradient and node.inputs:
            step = Step(node, _step_back(node, gradient[node], picked))
        else:
            continue
        for source, g in step.parts:
            accumulate(source, g)
        if steps is not None:
            steps.append(step)
    return [gradient.get(node) for node in wrt]


def _step_back(node: Node, g: Node, picked: dict[Node, dict[int, Node]]) -> Parts:
    if node.op.name == "pick":
        picked.setdefault(node.inputs[0], {})[node.attr("index")] = g
        return []
    if node.op is checkpoint_op:
        y, held = again(node, g)
        return [*zip(node.inputs[1:], vjp_nodes([y], [g], held), strict=True)]
    assert isinstance(node.op, Op)
    return [*zip(node.inputs, node.op.grad(g, node), strict=True)]


def _scan_vjp(scan: Node, seeds: Mapping[int, Node], relevant: set[Node]) -> dict[Node, Node]:
    """The gradient of a scan is a scan in the other direction over the carries that the first one saw.

    It reads what the first one computed in blocks, such as matrix products, instead of computing it again;
    and where a constant's gradient is a sum of products over all steps, it is one product behind the loop.
    """
    body: Body = scan.attr("body")
    try:
        scan_length(scan)
    except ShapeError:
        raise GradientError(
            "grad",
            "a loop whose number of steps is computed cannot be differentiated",
            where=scan.where,
            hint="use lp.scan over sequences, or a constant number of steps",
        ) from None
    carries = scan.inputs[1 : 1 + body.carries]
    elements = scan.inputs[1 + body.carries : 1 + body.carries + body.elements]
    constants = scan.inputs[1 + body.carries + body.elements :]
    moving = [i for i, c in enumerate(carries) if is_float(c.dtype)]
    varying = [i for i, e in enumerate(elements) if is_float(e.dtype) and e in relevant]
    fixed = [i for i, c in enumerate(constants) if is_float(c.dtype) and c in relevant]
    stacked = [i for i in range(body.carries, len(body.outputs)) if i in seeds]

    heads = [body.outputs[i] for i in [*moving, *stacked]]
    weights = [placeholder(f"gradient{i}", head.shape, head.dtype) for i, head in enumerate(heads)]
    own_carries, own_elements, own_constants = body.parts()  # what goes in there may depend on each other
    leaves = [own_carries[i] for i in moving] + [own_elements[i] for i in varying]
    leaves += [own_constants[i] for i in fixed]
    found = vjp_nodes(heads, weights, leaves)
    known = [g if g is not None else zeros_like(leaf) for g, leaf in zip(found, leaves, strict=True)]

    kept = _blocks(known, body)
    sequences = [*_history(scan, body, kept), *elements, *(seeds[i] for i in stacked)]
    seen = [placeholder(n.name or "kept", n.shape, n.dtype) for n in [*own_carries, *kept, *own_elements]]
    parts = [*seen, *weights[len(moving) :]]
    known = replace(
        known,
        dict(zip([*own_carries, *kept, *own_elements, *own_constants], [*seen, *constants], strict=True)),
    )
    into_carries, into_elements = known[: len(moving)], known[len(moving) : len(moving) + len(varying)]
    into_constants = known[len(moving) + len(varying) :]

    steps = _Steps([*weights[: len(moving)], *parts], dict(zip(parts, sequences, strict=True)), into_elements)
    products = [steps.products(g) for g in into_constants]
    summed = [i for i, found_products in enumerate(products) if not found_products]
    totals = [placeholder("total", into_constants[i].shape, into_constants[i].dtype) for i in summed]
    final, per_step = apply_body(
        [*weights[: len(moving)], *totals],
        parts,
        [*into_carries, *(t + into_constants[i] for t, i in zip(totals, summed, strict=True))],
        steps.stacked,
        [seeds.get(i) or zeros_like(carries[i]) for i in moving]
        + [zeros_like(into_constants[i]) for i in summed],
        sequences,
        constant(sequences[0].shape[0], INT64),
        not scan.attr("reverse"),
    )
    sums = dict(zip(summed, final[len(moving) :], strict=True))
    of_constants = [
        sums[i] if i in sums else _added([p.build(per_step) for p in found_products])
        for i, found_products in enumerate(products)
    ]
    result: dict[Node, Node] = {}
    sources = [carries[i] for i in moving] + [constants[i] for i in fixed] + [elements[i] for i in varying]
    parts_of = [*final[: len(moving)], *of_constants, *per_step[: len(varying)]]
    for source, g in zip(sources, parts_of, strict=True):
        result[source] = result[source] + g if source in result else g
    return result


def _blocks(known: Sequence[Node], body: Body) -> list[Node]:
    """What the gradient reads of a step's results that take long: kept, they need not be computed again."""
    carries, elements, _ = body.parts()
    changing = depends_on(body.outputs, [*carries, *elements])
    return [n for n in walk(known) if n in changing and isinstance(n.op, BlockOp) and n.op is not scan_op]


@dataclass(frozen=True)
class _Product:
    """A contraction of every step, which the steps' sum makes one contraction over all of them."""

    operands: tuple[Node | int, Node | int]  # a sequence, or the number of a stacked result
    spec: tuple[str, str, str]

    def build(self, stacked: Sequence[Node]) -> Node:
        a, b = (stacked[o] if isinstance(o, int) else o for o in self.operands)
        left, right, out = self.spec
        step = next(c for c in ascii_letters if c not in left + right + out)
        return contract(a, b, (step + left, step + right, out))


class _Steps:
    """The steps of a loop: which results are stacked, and which gradients are products of them."""

    def __init__(self, changing: Sequence[Node], sequences: Mapping[Node, Node], stacked: Sequence[Node]):
        self.changing, self.sequences, self.stacked = changing, sequences, list(stacked)

    def products(self, g: Node) -> list[_Product]:
        """The contractions that `g` is the sum of; none where it is something else."""
        if g.op.name == "add" and all(i.shape == g.shape for i in g.inputs):
            parts = [self.products(i) for i in g.inputs]
            return parts[0] + parts[1] if all(parts) else []
        if g.op is not contract_op or not all(i in depends_on([i], self.changing) for i in g.inputs):
            return []
        a, b = g.inputs
        return [_Product((self._sequence(a), self._sequence(b)), g.attr("spec"))]

    def _sequence(self, node: Node) -> Node | int:
        if node in self.sequences:
            return self.sequences[node]
        if node not in self.stacked:
            self.stacked.append(node)
        return self.stacked.index(node)


def _added(nodes: Sequence[Node]) -> Node:
    total = nodes[0]
    for node in nodes[1:]:
        total = total + node
    return total


def _history(scan: Node, body: Body, kept: Sequence[Node]) -> list[Node]:
    """The carries as every step found them, and other nodes of the steps, stacked."""
    holes, parts, inner = body.parts()
    outer = scan.inputs[1 + body.carries + body.elements :]
    back = dict(zip(inner, outer, strict=True))
    outputs = replace([*body.outputs, *kept], back)
    extra = [*holes, *outputs[len(body.outputs) :]]
    _, stacked = apply_body(
        list(holes),
        list(parts),
        outputs[: body.carries],
        [*outputs[body.carries : len(body.outputs)], *extra],
        scan.inputs[1 : 1 + body.carries],
        scan.inputs[1 + body.carries : 1 + body.carries + body.elements],
        scan.inputs[0],
        scan.attr("reverse"),
    )
    return stacked[len(stacked) - len(extra) :]


def grad_nodes(output: Node, wrt: Sequence[Node], seed: Node | None = None) -> list[Node]:
    """The gradient of a scalar node by each of `wrt`.

    Raises GradientError where the output is not a float scalar, or does not depend on one of `wrt`.
    """
    if seed is None and output.shape != ():
        raise GradientError(
            "grad",
            f"the gradient of an output of shape {show(output.shape)} needs to know how its elements count",
            hint="differentiate a scalar, such as y.sum() or y.mean(), or give grad_outputs=",
        )
    check_floats(output, wrt)
    found = vjp_nodes([output], [seed if seed is not None else ones_like(output)], wrt)
    return [g if g is not None else unrelated(output, node) for g, node in zip(found, wrt, strict=True)]


def check_floats(output: Node, wrt: Sequence[Node]) -> None:
    for node, role in [(output, "the output"), *((w, "a variable") for w in wrt)]:
        if not is_float(node.dtype):
            raise GradientError(
                "grad",
                f"{role} is {node.dtype.name}; only floats have derivatives",
                hint="use .astype('float32')",
            )


def unrelated(output: Node, node: Node) -> Node:
    """Zeros where a path exists but carries no derivative; an error where there is no path at all."""
    if node in set(walk([output])):
        return zeros_like(node)
    name = node.name or node.op.name
    raise GradientError(
        "grad",
        f"the output does not depend on '{name}'",
        hint="differentiate by something that the output was computed from",
    )
