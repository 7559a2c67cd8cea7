"""tf.gradients: derivatives as operations of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...grad import ones_like, vjp_nodes, zeros_like
from ...graph import Node, replace
from ...nn.words import lp
from ...ops.loop import placeholder as formula_of_input
from ...tensor import Tensor as EngineTensor
from ..record import Deep, Symbol, differentiable
from .arrays import gather, stack
from .graph import Mode, get_default_graph
from .inputs import convert_to_tensor
from .recording import alike, apply


class AggregationMethod:
    """How gradients are added up: always in one way here."""

    ADD_N = 0
    DEFAULT = 0
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class UnconnectedGradients:
    """What is given where nothing depends on a tensor."""

    NONE = "none"
    ZERO = "zero"


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: Any = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: str = "none",
) -> list[Any]:
    """The derivatives of the sum of all elements of `ys` by each of `xs`; None where nothing connects them.

    grad_ys: weights of the elements of ys. stop_gradients: tensors behind which nothing is differentiated.
    """
    if Mode.eager:
        raise RuntimeError(
            "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape."
        )
    outputs, targets = _listed(ys), _listed(xs)
    outputs = [convert_to_tensor(y) for y in outputs]
    seeds = [None] * len(outputs) if grad_ys is None else _listed(grad_ys)
    if len(seeds) != len(outputs):
        raise ValueError(f"Passed {len(seeds)} grad_ys for {len(outputs)} ys")
    stops = [] if stop_gradients is None else _listed(stop_gradients)
    wanted = [x for x in targets if _is_connected(outputs, x, stops)]
    for x in wanted:
        differentiable(x)
    found: dict[Any, Any] = {}
    if wanted:
        graph = get_default_graph()
        with graph.name_scope(name), graph.control_dependencies(None):
            results = apply(
                "Gradients", _build, [outputs, wanted, seeds, stops], count=len(wanted), name="grad",
                known=lambda: [x.known for x in wanted], source=Deep,
                dtype=[x.dtype.base_dtype for x in wanted],
            )  # fmt: skip
        found = dict(zip((x.key for x in wanted), results, strict=True))
        for x, g in zip(wanted, results, strict=True):
            g._set_shape = x.shape
    missing = [x for x in targets if x.key not in found]
    if unconnected_gradients == "zero":
        found |= {x.key: apply("ZerosLike", lp.zeros_like, [x], name="zeros_like") for x in missing}
    return [found.get(x.key) for x in targets]


def _listed(value: Any) -> list[Any]:
    return (
        [value]
        if isinstance(value, (Symbol, EngineTensor)) or not hasattr(value, "__iter__")
        else list(value)
    )


def _is_connected(outputs: Sequence[Symbol], x: Any, stops: Sequence[Symbol]) -> bool:
    """Whether derivatives pass from one of the outputs to x."""
    if not isinstance(x, Symbol):
        raise TypeError(f"tf.gradients takes tensors of the graph, not {x!r}")
    stopped = {s.key for s in stops} - {x.key}
    seen: set[Any] = set()
    stack_ = list(outputs)
    while stack_:
        symbol = stack_.pop()
        if symbol.key == x.key:
            return True
        source = symbol.source
        if source in seen or symbol.key in stopped or not getattr(source, "gradient", True):
            continue
        seen.add(source)
        stack_ += source.inputs
    return False


def _build(replay: Any, ys: Any, xs: Any, seeds: Any, stops: Any) -> list[Any]:
    heads = [y.node for y in ys]
    wrt = [x.node for x in xs]
    weights = [None if s is None else alike(y, s)[1].node for y, s in zip(ys, seeds, strict=True)]
    known: dict[Node, Node] = {}
    if stops:
        holes = {s.node: formula_of_input("stopped", s.shape, s.dtype) for s in stops}
        heads = replace(heads, holes)
        wrt = [holes.get(x, x) for x in wrt]
        known = {hole: node for node, hole in holes.items()}
    given = [w if w is not None else ones_like(h) for h, w in zip(heads, weights, strict=True)]
    given = [lp.broadcast_to(EngineTensor(w), h.shape).node for h, w in zip(heads, given, strict=True)]
    found = vjp_nodes(heads, given, wrt)
    results = [zeros_like(x) if g is None else g for g, x in zip(found, wrt, strict=True)]
    return [EngineTensor(r) for r in (replace(results, known) if known else results)]


def hessians(ys: Any, xs: Any, name: str = "hessians", **_: Any) -> list[Any]:
    """The second derivatives of a sum by the elements of vectors: matrices."""
    results = []
    for x in _listed(xs):
        if x.shape.ndims != 1:
            raise ValueError("Computing hessians is currently only supported for one-dimensional tensors")
        (slope,) = gradients(ys, x)
        count = x.shape[0].value
        if count is None:
            raise ValueError("the size of x has to be known")
        results.append(stack([gradients(gather(slope, i), x)[0] for i in range(count)]))
    return results


__all__ = ["AggregationMethod", "UnconnectedGradients", "gradients", "hessians"]
