"""map_fn, scan, folds: functions along the first axis."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...compile import scan as engine_scan
from ...nn.words import lp
from ...ops.loop import placeholder as formula_of_input
from ...shapes import Dim
from ...tensor import Tensor as EngineTensor
from ..record import (
    Host,
    Replay,
    Runner,
    Subgraph,
    begun,
)
from .graph import Mode, get_default_graph
from .inputs import convert_to_tensor
from .loops import holes_for
from .nesting import flat, has_python, like, over_parts
from .recording import apply, op, tensor

Function = Callable[..., Any]


# ------------------------------------------------------------------------------------- functions of rows
def _rows(
    kind: str, fn: Function, elems: Any, start: Any, reverse: bool, name: str | None, each: bool
) -> Any:
    """fn along the first axis: map_fn without `start`, else scan (each) and fold."""
    graph = get_default_graph()
    rows = [convert_to_tensor(e) for e in flat(elems)]
    if Mode.eager:
        return _eager_rows(fn, elems, rows, start, reverse, each)
    with graph.name_scope(name or kind):
        since = begun()
        parts = holes_for(graph, [_row(r) for r in rows], "TensorArrayReadV3")
        element = like(elems, parts)
        carried = [] if start is None else [convert_to_tensor(s) for s in flat(start)]
        holes = holes_for(graph, carried, "Identity")
        result = fn(element) if start is None else fn(like(start, holes), element)
        leaves = [convert_to_tensor(r) for r in flat(result)]
        sub = Subgraph([*holes, *parts], leaves, since)
        if has_python(sub):
            results = _rows_in_python(kind, sub, rows, carried, reverse, each, leaves)
        else:
            build = _RowsBuild(sub, rows, carried, reverse, each)
            results = over_parts(
                kind, build, [*rows, *carried], [sub], len(leaves), name="Stack",
                known=lambda: [_stacked_formula(leaf, rows, each or start is None) for leaf in leaves],
                dtype=[leaf.dtype.base_dtype for leaf in leaves],
            )  # fmt: skip
    return like(result, results)


def _row(x: Any) -> Any:
    if x.shape.ndims == 0:
        raise ValueError("elems must be at least one-dimensional")
    return apply("GatherV2", lambda t: t[0], [x], name="row", dtype=x.dtype.base_dtype)


def _stacked_formula(leaf: Any, rows: Sequence[Any], stacked: bool) -> Any:
    if leaf.known is None or not stacked:
        return leaf.known
    first = rows[0].known
    count = Dim.named() if first is None else first.shape[0]
    return EngineTensor(formula_of_input("rows", (count, *leaf.known.shape), leaf.known.dtype))


class _RowsBuild:
    """The build of map_fn, scan and folds: one loop of the compiled function."""

    def __init__(self, sub: Subgraph, rows: Any, carried: Any, reverse: bool, each: bool):
        self.sub, self.rows, self.carried, self.reverse, self.each = sub, rows, carried, reverse, each

    def __call__(self, replay: Replay) -> list[Any]:
        around = self.sub.surroundings(replay)
        rows = [replay.value(r) for r in self.rows]
        start = [replay.value(c) for c in self.carried]

        def step(carry: Any, row: Any) -> tuple[Any, Any]:
            values = self.sub.run(replay, [*carry, *row], around)
            if not self.carried:
                return [], values
            kept = [v.astype(c.dtype) for v, c in zip(values, carry, strict=True)]
            return kept, list(kept) if self.each else []

        last, stacked = engine_scan(step, start, rows, reverse=self.reverse)
        return list(stacked if self.each or not self.carried else last)


def _rows_in_python(
    kind: str, sub: Subgraph, rows: Any, carried: Any, reverse: bool, each: bool, leaves: Any
) -> list[Any]:
    outputs = list({s.key: s for s in leaves}.values())
    runner = Runner([*sub.inputs, *sub.captured], outputs)
    places = [[s.key for s in outputs].index(s.key) for s in leaves]

    def run(rows: Any, start: Any, around: Any) -> list[Any]:
        carry, kept = [np.asarray(s) for s in start], []
        order = builtins.range(len(rows[0]))
        for i in reversed(order) if reverse else order:
            found = runner(*carry, *(np.asarray(r[i]) for r in rows), *(np.asarray(a) for a in around))
            values = [found[p] for p in places]
            kept.append(values)
            carry = values if carry else []
        if reverse:
            kept.reverse()
        return [np.stack(v) for v in zip(*kept, strict=True)] if each or not carry else carry

    kinds = [leaf.dtype.base_dtype for leaf in leaves]
    results: list[Any] = apply(
        kind, run, [rows, carried, list(sub.captured)], count=len(leaves), source=Host, dtype=kinds
    )
    return results


def _eager_rows(fn: Function, elems: Any, rows: Any, start: Any, reverse: bool, each: bool) -> Any:
    order = builtins.range(rows[0].shape[0])
    kept, carry = [], start
    for i in reversed(order) if reverse else order:
        row = like(elems, [r[i] for r in rows])
        carry = fn(row) if start is None else fn(carry, row)
        kept.append(flat(carry))
    if not each and start is not None:
        return carry
    if reverse:
        kept.reverse()
    return like(carry, [lp.stack([tensor(v) for v in column]) for column in zip(*kept, strict=True)])


def map_fn(
    fn: Function, elems: Any, dtype: Any = None, parallel_iterations: Any = None, back_prop: bool = True,
    swap_memory: bool = False, infer_shape: bool = True, name: str | None = None,
) -> Any:  # fmt: skip
    """fn of every row of `elems`, stacked."""
    return _rows("map", fn, elems, None, False, name, True)


def _first_and_rest(elems: Any, initializer: Any, reverse: bool) -> tuple[Any, Any]:
    """Where a fold begins: with the initializer, or with the first row."""
    if initializer is not None:
        return initializer, elems
    rows = [convert_to_tensor(e) for e in flat(elems)]
    first = [r[-1] if reverse else r[0] for r in rows]
    rest = [r[:-1] if reverse else r[1:] for r in rows]
    return like(elems, first), like(elems, rest)


def foldl(
    fn: Function, elems: Any, initializer: Any = None, *args: Any, name: str | None = None, **kwargs: Any
) -> Any:
    """fn(so far, row) along the rows: the last value."""
    start, rows = _first_and_rest(elems, initializer, False)
    return _rows("foldl", fn, rows, start, False, name, False)


def foldr(
    fn: Function, elems: Any, initializer: Any = None, *args: Any, name: str | None = None, **kwargs: Any
) -> Any:
    """As foldl, from the last row to the first."""
    start, rows = _first_and_rest(elems, initializer, True)
    return _rows("foldr", fn, rows, start, True, name, False)


def scan(
    fn: Function, elems: Any, initializer: Any = None, parallel_iterations: int = 10, back_prop: bool = True,
    swap_memory: bool = False, infer_shape: bool = True, reverse: bool = False, name: str | None = None,
) -> Any:  # fmt: skip
    """fn(so far, row) along the rows: all values, stacked."""
    start, rows = _first_and_rest(elems, initializer, reverse)
    later = _rows("scan", fn, rows, start, reverse, name, True)
    if initializer is not None:
        return later
    pairs = zip(flat(start), flat(later), strict=True)
    return like(later, [_with_first(a, b, reverse) for a, b in pairs])


@op("ConcatV2")
def _with_first(first: Any, rest: Any, last: bool, name: Any = None) -> Any:
    first, rest = tensor(first)[None], tensor(rest)
    return lp.concatenate([rest, first] if last else [first, rest], axis=0)


__all__ = ["foldl", "foldr", "map_fn", "scan"]
