"""What is behind a tensor, and derivatives by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import grad as gradients
from ..errors import ArgumentError, GradientError
from ..graph import Array, Node
from ..ops.define import cell_op
from ..runtime.interpret import checked_values
from .base import Tensor, astensor, lifted
from .parameter import Parameter

_WRT_HINT = "make it with lp.parameter(value), lp.tensor(value, requires_grad=True) or lp.input"


def history(*roots: Tensor) -> list[Tensor]:
    """Every tensor behind the roots that can be differentiated by, the roots included."""
    seen: dict[int, Tensor] = {}
    stack = list(roots)
    while stack:
        t = stack.pop()
        if id(t) not in seen:
            seen[id(t)] = t
            stack.extend(t.parents)
    return list(seen.values())


def remembered(*roots: Tensor) -> dict[Node, Array]:
    """The values that the nodes behind the roots had when they were computed.

    Raises GradientError where a parameter had several.
    """
    known: dict[Node, Array] = {}
    found = history(*roots)
    for t in sorted(found, key=lambda t: isinstance(t, Parameter)):  # what was used counts before what is now
        value, node = t.value, t.node
        if value is None:
            continue
        before = known.setdefault(node, value)
        if (
            before is not value
            and node.op is cell_op
            and not isinstance(t, Parameter)
            and not np.array_equal(before, value, equal_nan=True)
        ):
            raise GradientError(
                "grad", f"'{node.name}' was assigned between two uses in this expression", where=node.where
            )
    return known


def grad(output: Any, wrt: Any, grad_outputs: Any = None) -> Any:
    """The derivative of a scalar by one tensor, or by each of a list; the result is ordinary graph.

    output: a float scalar; several (a list) are added up; one of another shape needs `grad_outputs`,
    the weight of each of its elements.
    Raises GradientError where the output is no scalar, or does not depend on a tensor of `wrt`.

    >>> from limpide.tensor import parameter
    >>> x = parameter(3.0, name="x")
    >>> float(grad(x ** 2, x))
    6.0
    """
    outputs = [astensor(o) for o in output] if isinstance(output, (list, tuple)) else [astensor(output)]
    targets = list(wrt) if isinstance(wrt, (list, tuple)) else [wrt]
    for target in targets:
        if not isinstance(target, Tensor):
            raise ArgumentError(
                "grad", f"the derivative by a {type(target).__name__} is not defined", hint=_WRT_HINT
            )
    seeds = None
    if grad_outputs is not None:
        given = grad_outputs if isinstance(grad_outputs, (list, tuple)) else [grad_outputs]
        seeds = [astensor(s) for s in given]
    sources = [*outputs, *targets, *(seeds or [])]
    nodes = _grad_nodes([o.node for o in outputs], [t.node for t in targets], seeds)
    results = evaluated(nodes, sources)
    return results if isinstance(wrt, (list, tuple)) else results[0]


def evaluated(nodes: Sequence[Node], sources: Sequence[Tensor]) -> list[Tensor]:
    """Tensors of nodes made from the history of the sources, with values where these have values."""
    if any(t.value is None for t in sources):
        return [Tensor(node) for node in nodes]
    values = checked_values(nodes, remembered(*sources))
    behind = tuple(t._used() for t in sources if t.tracked)
    return [Tensor(n, v, behind) for n, v in zip(nodes, values, strict=True)]


def _grad_nodes(outputs: list[Node], targets: list[Node], seeds: list[Tensor] | None) -> list[Node]:
    if len(outputs) == 1:
        return gradients.grad_nodes(outputs[0], targets, seeds[0].node if seeds else None)
    heads: list[Tensor | None] = [*seeds] if seeds else [None] * len(outputs)
    total: dict[int, Node] = {}
    for output, seed in zip(outputs, heads, strict=True):
        gradients.check_floats(output, targets)
        start = seed.node if seed is not None else gradients.ones_like(output)
        for i, g in enumerate(gradients.vjp_nodes([output], [start], targets)):
            if g is not None:
                total[i] = total[i] + g if i in total else g
    return [total[i] if i in total else gradients.unrelated(outputs[0], t) for i, t in enumerate(targets)]


def backward(output: Tensor) -> None:
    """Add the gradient of a scalar to `.grad` of every parameter behind it."""
    leaves = [t for t in history(output) if isinstance(t, Parameter) and t.trainable]
    if not leaves:
        raise GradientError("backward", "there is no parameter behind this tensor", hint=_WRT_HINT)
    for leaf, g in zip(leaves, grad(output, leaves), strict=True):
        leaf.grad = g if leaf.grad is None else leaf.grad + g


lifted["backward"] = backward
