"""The NumPy device: every node by its reference. Always works; the oracle of every test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..config import config
from ..dtypes import converted, is_float, readable
from ..errors import LimpideError, NumericsError
from ..graph import Array, Node
from ..ops import loop
from ..ops.define import Op, describe_shape


def evaluate(roots: Sequence[Node], known: dict[Node, Array]) -> list[Array]:
    """The values of the roots, given the values of some nodes.

    Raises what the references raise, with the line that built the node.
    """
    values = dict(known)
    with np.errstate(all="ignore"):
        for node in _needed(roots, values):
            values[node] = apply(node, [values[i] for i in node.inputs])
    return [values[root] for root in roots]


def checked_values(roots: Sequence[Node], known: dict[Node, Array]) -> list[Array]:
    """The values of the roots, as `evaluate` gives them.

    Raises NumericsError where that is asked for and finite numbers became NaN or Inf.
    """
    values = evaluate(roots, known)
    if config.check_numerics and not all(map(finite, values)) and all(map(finite, known.values())):
        raise numerics_error(roots, known)
    return values


def apply(node: Node, inputs: Sequence[Array]) -> Array:
    """One node on values."""
    op = node.op
    assert isinstance(op, Op)
    try:
        value = op.numpy(*inputs, **dict(node.attrs))
    except LimpideError as error:
        error.where = error.where or node.where
        raise
    if op is loop.scan_op:
        results: Array = value  # a tuple, read by pick
        return results
    return converted(np.asarray(value), node.dtype)


def _needed(roots: Sequence[Node], values: dict[Node, Array]) -> list[Node]:
    """What has to be computed, in order: the walk stops at known values."""
    if all(root in values for root in roots):
        return []
    if len(roots) == 1 and all(i in values for i in roots[0].inputs):
        return list(roots)
    seen: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen and node not in values:
            seen.add(node)
            stack.extend(node.inputs)
    return sorted(seen, key=lambda node: node.serial)


def locate_nan(roots: Sequence[Node], known: Mapping[Node, Array]) -> tuple[Node, Array] | None:
    """The first node with a NaN or Inf that none of its inputs has, and its value; also inside of loops."""
    values = dict(known)
    with np.errstate(all="ignore"):
        for node in _needed(roots, values):
            inputs = [values[i] for i in node.inputs]
            values[node] = apply(node, inputs)
            if not finite(values[node]) and all(map(finite, inputs)) and node.inputs:
                inner = _locate_in_loop(node, inputs) if node.op is loop.scan_op else None
                return inner or (node, values[node])
    return None


def _locate_in_loop(scan: Node, inputs: Sequence[Array]) -> tuple[Node, Array] | None:
    """The node of the body that makes the first NaN or Inf, in the first step where one does."""
    body, (count, *given) = scan.attr("body"), inputs
    split = body.carries + body.elements
    carry, elements, outer = given[: body.carries], given[body.carries : split], given[split:]
    steps = range(int(count))
    for step in reversed(steps) if scan.attr("reverse") else steps:
        known = dict(zip(body.inputs, [*carry, *(e[step] for e in elements), *outer], strict=True))
        found = locate_nan(body.outputs, known)
        if found is not None:
            return found
        carry = evaluate(body.outputs[: body.carries], known)
    return None


def finite(value: Array | tuple[Array, ...]) -> bool:
    """Whether there is no NaN and no Inf in it."""
    if isinstance(value, tuple):
        return all(map(finite, value))
    return not is_float(value.dtype) or bool(np.isfinite(readable(value)).all())


def numerics_error(roots: Sequence[Node], known: Mapping[Node, Array]) -> NumericsError:
    """The error that names the line where the first NaN or Inf appeared."""
    found = locate_nan(roots, known)
    if found is None:
        return NumericsError("check_numerics", "a result is NaN or Inf, because an input already is")
    node, value = found
    kind = "NaN" if np.isnan(readable(value)).any() else "Inf"
    label = f"'{node.name}', " if node.name else ""
    return NumericsError(
        node.op.name,
        f"the first {kind} is in {label}{describe_shape(node)}; what it is computed from is finite",
        where=node.where,
        hint="a logarithm or a division of zero, or a learning rate that is too large?",
    )


loop.evaluate.append(evaluate)
