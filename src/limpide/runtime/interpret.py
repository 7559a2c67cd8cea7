"""The NumPy device: every node by its reference. Always works; the oracle of every test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import LimpideError, Where
from ..graph import Array, Node
from ..ops import loop
from ..ops.define import Op


def evaluate(roots: Sequence[Node], known: dict[Node, Array]) -> list[Array]:
    """The values of the roots, given the values of some nodes.

    Raises what the references raise, with the line that built the node.
    """
    values = dict(known)
    with np.errstate(all="ignore"):
        for node in _needed(roots, values):
            values[node] = apply(node, [values[i] for i in node.inputs])
    return [values[root] for root in roots]


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
    array = np.asarray(value)
    return array if array.dtype == node.dtype else array.astype(node.dtype)


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


def locate_nan(roots: Sequence[Node], known: dict[Node, Array]) -> tuple[Node, Where | None] | None:
    """The first node with a NaN or Inf that none of its inputs has."""
    values = dict(known)
    with np.errstate(all="ignore"):
        for node in _needed(roots, values):
            inputs = [values[i] for i in node.inputs]
            values[node] = apply(node, inputs)
            if not _finite(values[node]) and all(map(_finite, inputs)) and node.inputs:
                return node, node.where
    return None


def _finite(value: Array | tuple[Array, ...]) -> bool:
    if isinstance(value, tuple):
        return all(map(_finite, value))
    return value.dtype.kind != "f" or bool(np.isfinite(value).all())


loop.evaluate.append(evaluate)
