"""Branches: cond and case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...compile import scan as engine_scan
from ...graph import walk
from ...nn.words import lp
from ...ops.define import cell_op, input_op
from ...ops.loop import placeholder as formula_of_input
from ...shapes import Dim
from ...tensor import Tensor as EngineTensor
from ...tracing import tracing
from ..record import (
    Replay,
    Subgraph,
    begun,
    concrete,
)
from .graph import Graph, Mode, Operation, get_default_graph
from .inputs import convert_to_tensor
from .nesting import assigned_in, flat, like, over_parts
from .variables import no_op

Function = Callable[..., Any]


# ---------------------------------------------------------------------------------------------- branches
def cond(
    pred: Any,
    true_fn: Any = None,
    false_fn: Any = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Any = None,
    fn2: Any = None,
) -> Any:
    """What one of two functions gives; only the chosen one changes state."""
    chosen, other = true_fn or fn1, false_fn or fn2
    if not callable(chosen) or not callable(other):
        raise TypeError("true_fn and false_fn must be callable.")
    if isinstance(pred, (bool, np.bool_)) and not Mode.eager:
        raise TypeError("pred must not be a Python bool")
    if isinstance(pred, EngineTensor) or Mode.eager:
        return chosen() if bool(pred) else other()
    pred = convert_to_tensor(pred)
    graph = get_default_graph()
    with graph.name_scope(name or "cond"):
        branches = [_branch(graph, f) for f in (chosen, other)]
        (first, _), (second, _) = branches
        if len(flat(first)) != len(flat(second)):
            raise ValueError(f"Incompatible return values of true_fn and false_fn: {first} and {second}")
        leaves = [flat(b) for b, _ in branches]
        outputs = [[_value_of(leaf) for leaf in side] for side in leaves]
        subs = [Subgraph([], side, since) for side, (_, since) in zip(outputs, branches, strict=True)]
        results = over_parts(
            "If", _Branches(pred, subs), [pred], subs, len(outputs[0]), name="Merge",
            known=lambda: [_common(a, b) for a, b in zip(*outputs, strict=True)],
            dtype=[a.dtype.base_dtype if a.dtype is not None else None for a in outputs[0]],
        )  # fmt: skip
        given = [
            r.op if isinstance(a, Operation) else None if a is None else r
            for r, a in zip(results, leaves[0], strict=True)
        ]
    made = like(first, given)
    return made[0] if not strict and type(made) in (list, tuple) and len(made) == 1 else made


def _branch(graph: Graph, f: Function) -> tuple[Any, int]:
    since = begun()
    result = f()
    return result, since


def _value_of(leaf: Any) -> Any:
    if isinstance(leaf, Operation):
        return leaf.done
    return no_op().done if leaf is None else convert_to_tensor(leaf)


def _common(a: Any, b: Any) -> Any:
    """What is known of a result that is one of two."""
    if a.known is None or b.known is None or a.known.ndim != b.known.ndim:
        return None
    if a.known.dtype != b.known.dtype:
        raise TypeError(f"the branches give {a.known.dtype} and {b.known.dtype}")
    pairs = zip(a.known.shape, b.known.shape, strict=True)
    return EngineTensor(
        formula_of_input("x", tuple(p if p == q else Dim.named() for p, q in pairs), a.known.dtype)
    )


class _Branches:
    """The build of `cond`: a predicate that only flags decide picks a branch when the run is compiled."""

    def __init__(self, pred: Any, subs: Sequence[Subgraph]):
        self.pred, self.subs = pred, subs

    def __call__(self, replay: Replay) -> list[Any]:
        pred = replay.value(self.pred)
        around = [sub.surroundings(replay) for sub in self.subs]
        if _is_steered(pred):
            side = 0 if bool(concrete(pred)) else 1
            return self.subs[side].run(replay, [], around[side])
        if not any(map(assigned_in, self.subs)):
            yes, no = (sub.run(replay, [], known) for sub, known in zip(self.subs, around, strict=True))
            if any(a.shape != b.shape for a, b in zip(yes, no, strict=True)):
                side = 0 if bool(concrete(pred)) else 1
                return [yes, no][side]
            return [lp.where(pred, a, b) for a, b in zip(yes, no, strict=True)]
        counts = [pred.astype("int64"), lp.logical_not(pred).astype("int64")]
        yes, no = (
            _once_or_never(sub, replay, known, count)
            for sub, known, count in zip(self.subs, around, counts, strict=True)
        )
        return [lp.where(pred, a, b) for a, b in zip(yes, no, strict=True)]


def _is_steered(pred: Any) -> bool:
    """Whether the value depends on flags alone: fed booleans, and no state."""
    for node in walk([pred.node]):
        if node.op is cell_op or node.op is input_op and (node.shape != () or node.dtype != np.bool_):
            return False
    return True


def _once_or_never(sub: Subgraph, replay: Replay, around: Any, count: Any) -> list[Any]:
    """A branch that changes state, as a loop of one round or of none."""
    with tracing():
        shown = sub.run(replay, [], around)
    start = [lp.zeros(s.shape, dtype=s.dtype) for s in shown]
    last, _ = engine_scan(lambda _, __: (sub.run(replay, [], around), None), start, length=count)
    return list(last)


def case(
    pred_fn_pairs: Any, default: Any = None, exclusive: bool = False, strict: bool = False, name: str = "case"
) -> Any:
    """What the function of the first predicate that holds gives, or the default's."""
    pairs = list(pred_fn_pairs.items()) if isinstance(pred_fn_pairs, dict) else list(pred_fn_pairs)
    if default is None:
        *pairs, (_, default) = pairs
    function = default
    for pred, f in reversed(pairs):
        function = _either(pred, f, function, name)
    return function()


def _either(pred: Any, yes: Function, no: Function, name: str) -> Function:
    return lambda: cond(pred, yes, no, name=name)


def smart_cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: Any = None) -> Any:
    """cond; a Python bool picks at once."""
    if isinstance(pred, (bool, int, np.bool_)):
        return true_fn() if pred else false_fn()
    return cond(pred, true_fn, false_fn, name=name)


__all__ = ["case", "cond"]
