"""Reverse-mode differentiation: a walk back over the graph; the result is ordinary graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .dtypes import is_float
from .errors import GradientError, ShapeError
from .graph import Node, depends_on, replace, walk
from .ops.checkpoint import again, checkpoint_op
from .ops.define import Op, constant
from .ops.loop import Body, apply_body, scan_length, scan_nodes
from .ops.view import broadcast_to
from .shapes import show


def zeros_like(x: Node) -> Node:
    return broadcast_to(constant(0, x.dtype), x.shape)


def ones_like(x: Node) -> Node:
    return broadcast_to(constant(1, x.dtype), x.shape)


def vjp_nodes(outputs: Sequence[Node], seeds: Sequence[Node], wrt: Sequence[Node]) -> list[Node | None]:
    """The gradients of sum(output * seed) by each of `wrt`; None where nothing depends on it."""
    relevant = depends_on(outputs, wrt)
    gradient: dict[Node, Node] = {}
    picked: dict[Node, dict[int, Node]] = {}

    def accumulate(node: Node, g: Node | None) -> None:
        if g is not None and node in relevant and is_float(node.dtype):
            gradient[node] = gradient[node] + g if node in gradient else g

    for output, seed in zip(outputs, seeds, strict=True):
        accumulate(output, seed)
    for node in reversed([n for n in walk(outputs) if n in relevant]):
        if node in picked:
            for source, g in _scan_vjp(node, picked.pop(node), relevant).items():
                accumulate(source, g)
        elif node in gradient and node.inputs:
            _step_back(node, gradient[node], picked, accumulate)
    return [gradient.get(node) for node in wrt]


def _step_back(
    node: Node,
    g: Node,
    picked: dict[Node, dict[int, Node]],
    accumulate: Callable[[Node, Node | None], None],
) -> None:
    if node.op.name == "pick":
        picked.setdefault(node.inputs[0], {})[node.attr("index")] = g
        return
    if node.op is checkpoint_op:
        y, held = again(node, g)
        for source, part in zip(node.inputs[1:], vjp_nodes([y], [g], held), strict=True):
            accumulate(source, part)
        return
    assert isinstance(node.op, Op)
    for source, part in zip(node.inputs, node.op.grad(g, node), strict=True):
        accumulate(source, part)


def _scan_vjp(scan: Node, seeds: Mapping[int, Node], relevant: set[Node]) -> dict[Node, Node]:
    """The gradient of a scan is a scan in the other direction over the carries that the first one saw."""
    body: Body = scan.attr("body")
    reverse: bool = scan.attr("reverse")
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
    history = _history(scan, body)
    moving = [i for i, c in enumerate(carries) if is_float(c.dtype)]
    varying = [i for i, e in enumerate(elements) if is_float(e.dtype) and e in relevant]
    fixed = [i for i, c in enumerate(constants) if is_float(c.dtype) and c in relevant]
    stacked = [i for i in range(body.carries, len(body.outputs)) if i in seeds]

    def back(state: list[Node], parts: list[Node]) -> tuple[list[Node], list[Node]]:
        before, parts = parts[: body.carries], parts[body.carries :]
        now, outer = parts[: body.elements], parts[body.elements :]
        heads = [body.outputs[i] for i in moving] + [body.outputs[i] for i in stacked]
        own_carries, own_elements, own_constants = body.parts()  # what goes in there may depend on each other
        leaves = [own_carries[i] for i in moving] + [own_elements[i] for i in varying]
        leaves += [own_constants[i] for i in fixed]
        found = vjp_nodes(heads, [*state[: len(moving)], *outer], leaves)
        known = [g if g is not None else zeros_like(leaf) for g, leaf in zip(found, leaves, strict=True)]
        known = replace(known, dict(zip(body.inputs, [*before, *now, *constants], strict=True)))
        into_carry, into_elements = known[: len(moving)], known[len(moving) : len(moving) + len(varying)]
        into_constants = known[len(moving) + len(varying) :]
        totals = [t + g for t, g in zip(state[len(moving) :], into_constants, strict=True)]
        return [*into_carry, *totals], into_elements

    start = [seeds.get(i) or zeros_like(carries[i]) for i in moving]
    start += [zeros_like(constants[i]) for i in fixed]
    sequences = [*history, *elements, *(seeds[i] for i in stacked)]
    final, per_step = scan_nodes(back, start, sequences, reverse=not reverse)
    result: dict[Node, Node] = {}
    sources = [carries[i] for i in moving] + [constants[i] for i in fixed] + [elements[i] for i in varying]
    for source, g in zip(sources, [*final, *per_step], strict=True):
        result[source] = result[source] + g if source in result else g
    return result


def _history(scan: Node, body: Body) -> list[Node]:
    """The carries as every step found them, stacked."""
    holes, parts, inner = body.parts()
    outer = scan.inputs[1 + body.carries + body.elements :]
    back = dict(zip(inner, outer, strict=True))
    outputs = replace(body.outputs, back)
    _, stacked = apply_body(
        list(holes),
        list(parts),
        outputs[: body.carries],
        [*outputs[body.carries :], *holes],
        scan.inputs[1 : 1 + body.carries],
        scan.inputs[1 + body.carries : 1 + body.carries + body.elements],
        scan.inputs[0],
        scan.attr("reverse"),
    )
    return stacked[len(stacked) - body.carries :]


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
