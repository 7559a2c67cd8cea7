"""Loops as one op: scan carries values through a body graph, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..dtypes import BOOL, INT64, DType, is_float
from ..errors import ShapeError
from ..graph import Array, Node, make, replace, walk
from ..shapes import Shape, Size, same, show, substitute
from .define import BlockOp, Op, cast, constant, input_op


@dataclass(frozen=True, eq=False)
class Body:
    """The graph of one step: inputs in the order carry, elements, constants; outputs carry, stacked.

    names of sizes in it are put in by `substituted`.
    """

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    carries: int
    elements: int

    def parts(self) -> tuple[tuple[Node, ...], tuple[Node, ...], tuple[Node, ...]]:
        split = self.carries + self.elements
        return self.inputs[: self.carries], self.inputs[self.carries : split], self.inputs[split:]


Evaluate = Callable[[Sequence[Node], dict[Node, Array]], list[Array]]
evaluate: list[Evaluate] = []  # the interpreter puts itself here: a body is run by it


def _scan_infer(*inputs: Node, body: Body, reverse: bool) -> tuple[Shape, DType]:
    carries = inputs[1 : 1 + body.carries]
    for given, expected in zip(carries, body.outputs, strict=False):
        if given.dtype != expected.dtype or len(given.shape) != len(expected.shape):
            raise ShapeError(
                "scan",
                f"a carry enters as {given.dtype.name}{show(given.shape)} and leaves the step as "
                f"{expected.dtype.name}{show(expected.shape)}",
                hint="the step must return carries of the shape and dtype that it takes",
            )
    return (), BOOL


def _scan_numpy(count: Array, *values: Array, body: Body, reverse: bool) -> tuple[Array, ...]:
    carry = list(values[: body.carries])
    elements = values[body.carries : body.carries + body.elements]
    constants = values[body.carries + body.elements :]
    steps = int(count)
    stacked = [np.zeros((steps, *node.shape), node.dtype) for node in body.outputs[body.carries :]]
    for step in reversed(range(steps)) if reverse else range(steps):
        given = [*carry, *(e[step] for e in elements), *constants]
        results = evaluate[0](body.outputs, dict(zip(body.inputs, given, strict=True)))
        carry = results[: body.carries]
        for whole, part in zip(stacked, results[body.carries :], strict=True):
            whole[step] = part
    return (*carry, *stacked)


scan_op = BlockOp(
    "scan", "block", _scan_infer, _scan_numpy, lambda g, node: [None] * len(node.inputs),
    "A body graph applied `count` times; `pick` reads its results.",
    kernel="scan", examples=(),
)  # fmt: skip


def _pick_infer(scan: Node, index: int) -> tuple[Shape, DType]:
    body: Body = scan.attr("body")
    output = body.outputs[index]
    if index < body.carries:
        return scan.inputs[1 + index].shape, output.dtype
    return (scan_length(scan), *output.shape), output.dtype


def scan_length(scan: Node) -> Size:
    """The number of steps, where elements or a constant count say it."""
    body: Body = scan.attr("body")
    if body.elements:
        return scan.inputs[1 + body.carries].shape[0]
    count = scan.inputs[0]
    if count.op.name == "constant":
        return int(count.attr("value").array)
    if count.op.name == "size":
        length: Size = count.attr("dim")
        return length
    raise ShapeError("scan", "results are stacked only over a number of steps that is known")


pick_op = Op(
    "pick", "source", _pick_infer, lambda results, index: results[index],
    lambda g, node: [None], "One of the results of a scan.",
)  # fmt: skip


def pick(scan: Node, index: int) -> Node:
    return make(pick_op, (scan,), index=index)


def placeholder(label: str, shape: Shape, dtype: DType) -> Node:
    """A fresh input of a graph: equal only to itself."""
    return make(input_op, label=label, shape=shape, dtype=dtype, identity=object())


def scan_nodes(
    step: Callable[[list[Node], list[Node]], tuple[list[Node], list[Node]]],
    carries: Sequence[Node],
    elements: Sequence[Node],
    count: Node | None = None,
    reverse: bool = False,
) -> tuple[list[Node], list[Node]]:
    """Trace `step(carries, elements) -> (carries, stacked)` and apply it along axis 0 of the elements.

    Without elements `count` says how many steps there are; it may be computed when nothing is stacked.
    Whatever else the step reads is handed in as a constant of the loop.
    """
    for element in elements:
        if not element.shape or not same(element.shape[0], elements[0].shape[0]):
            raise ShapeError(
                "scan", f"sequences of shapes {', '.join(show(e.shape) for e in elements)} differ in length"
            )
    holes = [placeholder(f"carry{i}", c.shape, c.dtype) for i, c in enumerate(carries)]
    parts = [placeholder(f"element{i}", e.shape[1:], e.dtype) for i, e in enumerate(elements)]
    new, stacked = step(list(holes), list(parts))
    if len(new) != len(carries):
        raise ShapeError("scan", f"the step takes {len(carries)} carries and returns {len(new)}")
    new = [
        cast(n, c.dtype) if not n.shape and not is_float(c.dtype) else n
        for n, c in zip(new, carries, strict=True)
    ]
    for hole, result in zip(holes, new, strict=True):
        if len(hole.shape) != len(result.shape) or not all(map(same, hole.shape, result.shape)):
            raise ShapeError(
                "scan",
                f"a carry enters as {show(hole.shape)} and leaves the step as {show(result.shape)}",
                hint="the step must return carries of the shape and dtype that it takes",
            )
    count = count if count is not None else constant(elements[0].shape[0], INT64)
    return apply_body(holes, parts, new, stacked, carries, elements, count, reverse)


def apply_body(
    holes: list[Node],
    parts: list[Node],
    new: list[Node],
    stacked: list[Node],
    carries: Sequence[Node],
    elements: Sequence[Node],
    count: Node,
    reverse: bool,
) -> tuple[list[Node], list[Node]]:
    """The scan node over a traced body, and its results."""
    outer = captured([*new, *stacked], [*holes, *parts])
    inner = [placeholder(n.name or f"constant{i}", n.shape, n.dtype) for i, n in enumerate(outer)]
    outputs = replace([*new, *stacked], dict(zip(outer, inner, strict=True)))
    body = Body((*holes, *parts, *inner), tuple(outputs), len(holes), len(parts))
    node = make(scan_op, (cast(count, INT64), *carries, *elements, *outer), body=body, reverse=reverse)
    results = [pick(node, i) for i in range(len(outputs))]
    return results[: len(holes)], results[len(holes) :]


def captured(outputs: Sequence[Node], inputs: Sequence[Node]) -> list[Node]:
    """The largest nodes behind the outputs that do not depend on the body's inputs, but for plain numbers.

    What is stretched is stretched in the body: outside it would be written out, and read at every step.
    """
    own = set(inputs)
    found: dict[Node, None] = {}
    nodes = walk(outputs)
    for node in nodes:
        if any(i in own for i in node.inputs):
            own.add(node)
    users = {i for node in nodes if node in own for i in node.inputs} | set(outputs)
    for node in nodes:
        if node not in own and node in users and not is_number(node):
            found[_unstretched(node)] = None
    return list(found)


def _unstretched(node: Node) -> Node:
    while node.op.name == "broadcast_to":
        node = node.inputs[0]
    return node


def is_number(node: Node) -> bool:
    """Scalar constants, stretched or not, stay in the body."""
    if node.op.name in ("broadcast_to", "reshape", "cast"):
        return is_number(node.inputs[0])
    return node.op.name in ("constant", "iota", "size") and (node.op.name != "constant" or node.shape == ())


def substituted(node: Node, inputs: tuple[Node, ...], sizes: dict[str, Size]) -> Node:
    """The scan on other inputs, its body specialised to their shapes."""
    body: Body = node.attr("body")
    given = inputs[1:]
    known = {}
    for i, hole in enumerate(body.inputs):
        shape = given[i].shape
        if body.carries <= i < body.carries + body.elements:
            shape = shape[1:]
        known[hole] = placeholder(hole.attr("label"), shape, given[i].dtype)
        known[hole].name = hole.name
    done: dict[Node, Node] = dict(known)
    for inner in walk(body.outputs):
        if inner not in done:
            done[inner] = respecialise(inner, tuple(done[i] for i in inner.inputs), sizes)
    new = Body(
        tuple(known[h] for h in body.inputs),
        tuple(done[o] for o in body.outputs),
        body.carries,
        body.elements,
    )
    return make(scan_op, inputs, node, body=new, reverse=node.attr("reverse"))


def respecialise(node: Node, inputs: tuple[Node, ...], sizes: dict[str, Size]) -> Node:
    """`node` on other inputs with sizes put in for names."""
    if node.op is scan_op:
        return substituted(node, inputs, sizes)
    if node.op.name == "size":
        return constant(substitute(node.attr("dim"), sizes), INT64)
    attrs = {k: substitute(v, sizes) for k, v in node.attrs}
    new = make(node.op, inputs, node, **attrs)
    if new.name is None:
        new.name = node.name
    return new
