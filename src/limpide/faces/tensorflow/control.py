"""Branches, loops, Python functions, checks: what steers a run."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...compile import scan as engine_scan
from ...graph import walk
from ...nn.words import lp
from ...ops.define import cell_op, input_op
from ...ops.loop import placeholder as formula_of_input
from ...shapes import Dim, is_static
from ...tensor import Tensor as EngineTensor
from ...tracing import tracing
from ..record import (
    Deep,
    Fixed,
    Given,
    Host,
    Replay,
    Runner,
    Subgraph,
    Symbol,
    Unknown,
    begun,
    concrete,
    is_guess,
    sources_behind,
)
from .dtypes import as_dtype
from .errors import InvalidArgumentError
from .graph import Graph, Mode, Operation, Tensor, get_default_graph
from .inputs import convert_to_tensor
from .recording import Assign, apply, array_of, numpy_of, op, tensor
from .variables import Variable, group, no_op

Function = Callable[..., Any]


# ------------------------------------------------------------------------------------------ nested values
def flat(structure: Any) -> list[Any]:
    """The leaves of lists, tuples and dicts."""
    if isinstance(structure, dict):
        return [leaf for key in structure for leaf in flat(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for part in structure for leaf in flat(part)]
    return [structure]


def like(structure: Any, leaves: Any) -> Any:
    """The same nesting with other leaves, taken in order."""
    remaining = iter(leaves)
    return _like(structure, remaining)


def _like(structure: Any, leaves: Any) -> Any:
    if isinstance(structure, dict):
        return type(structure)((key, _like(value, leaves)) for key, value in structure.items())
    if isinstance(structure, (list, tuple)):
        parts = [_like(part, leaves) for part in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else type(structure)(parts)
    return next(leaves)


def _assigned(sub: Subgraph) -> list[Any]:
    return [v for s in sub.sources for v in getattr(s, "assigns", ())]


def _has_python(*subs: Subgraph) -> bool:
    return any(isinstance(s, Host) for sub in subs for s in sub.sources)


def _record(
    kind: str, build: Function, reads: Sequence[Symbol], subs: Sequence[Subgraph], count: int, **settings: Any
) -> list[Any]:
    """An operation over parts of the graph, which assigns what they assign."""
    assigns = list(dict.fromkeys(v for sub in subs for v in _assigned(sub)))
    captured = list({s.key: s for sub in subs for s in sub.captured}.values())
    inputs = list({s.key: s for s in [*reads, *captured]}.values())

    def source(build: Any, args: Any, kwargs: Any, **given: Any) -> Deep:
        given["after"] = [*inputs, *given["after"]]
        if assigns:
            return Assign(assigns, build, args, kwargs, **given)
        return Deep(build, args, kwargs, **given)

    once = any(getattr(s, "once", False) for sub in subs for s in sub.sources)
    results: list[Any] = apply(kind, build, [], count=count, source=source, once=once, **settings)
    return results


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
        results = _record(
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
        if not any(map(_assigned, self.subs)):
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


# ------------------------------------------------------------------------------------------------- loops
def _holes(graph: Graph, values: Sequence[Any], kind: str) -> list[Tensor]:
    """Symbols that stand for values in the body of a loop."""
    made = []
    for v in values:
        whole = graph.full_name(kind)
        dtype = v.dtype.base_dtype
        shape = None if v.shape.ndims is None else [d.value for d in v.shape]
        source = Given(shape, dtype.engine, whole)
        made.append(graph.add(kind, whole, source, 1, [dtype]).outputs[0])
    return made


class TensorArray:
    """An array of tensors of one shape, written element by element: every write gives a new one.

    In a loop it is carried: one write in every round, at the counter's place.
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ):
        self.dtype, self._size, self._element_shape = as_dtype(dtype), size, element_shape
        self._whole: Any = None  # all elements in one tensor, where they came so
        self._written: dict[Any, Any] = {}
        self._pending: list[tuple[Any, Any]] = []  # writes of one round of a loop

    def _with(self, **changes: Any) -> TensorArray:
        new = TensorArray(self.dtype, self._size, element_shape=self._element_shape)
        new.__dict__.update(
            vars(self) | {"_written": dict(self._written), "_pending": list(self._pending)} | changes
        )
        return new

    @property
    def flow(self) -> Any:
        return self._stacked()

    def size(self, name: str | None = None) -> Any:
        if self._whole is not None:
            return _length(self._whole)
        return convert_to_tensor(self._size if self._size is not None else len(self._written))

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """With another element."""
        value = convert_to_tensor(value, self.dtype)
        place = _static_number(index)
        if place is None:
            return self._with(_pending=[*self._pending, (index, value)])
        if self._whole is not None:
            return self._with(_whole=_put(self._whole, place, value))
        new = self._with()
        new._written[place] = value
        return new

    def read(self, index: Any, name: str | None = None) -> Any:
        """One element."""
        place = _static_number(index)
        if place is not None and place in self._written:
            return self._written[place]
        return _take(self._stacked(), index, name=name or "TensorArrayReadV3")

    def stack(self, name: str | None = None) -> Any:
        """All elements in one tensor."""
        return self._stacked()

    pack = stack

    def gather(self, indices: Any, name: str | None = None) -> Any:
        return _take(self._stacked(), indices, name=name or "TensorArrayGatherV3")

    def concat(self, name: str | None = None) -> Any:
        """All elements behind each other."""
        return _joined(self._stacked(), name=name or "TensorArrayConcatV3")

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """Filled with the slices of a tensor."""
        return self._with(_whole=convert_to_tensor(value), _written={}, _pending=[])

    unpack = unstack

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        return self._with(_whole=_scattered(indices, value), _written={}, _pending=[])

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        new = self._with(_whole=None, _written={}, _pending=[])
        at = 0
        for i, n in enumerate(np.asarray(lengths)):
            new._written[i] = convert_to_tensor(value)[at : at + int(n)]
            at += int(n)
        return new

    def grad(self, source: Any, flow: Any = None, name: Any = None) -> TensorArray:
        return self

    def close(self, name: str | None = None) -> Any:
        return no_op()

    def identity(self) -> TensorArray:
        return self._with()

    def _stacked(self) -> Any:
        if self._whole is not None:
            return self._whole
        if self._pending:
            raise ValueError("a TensorArray that is written at a computed place is read only behind its loop")
        count = _static_number(self._size) if self._size is not None else len(self._written)
        parts = [self._written[i] for i in builtins.range(count or len(self._written)) if i in self._written]
        if not parts:
            raise ValueError("Tried to read from an empty TensorArray")
        return apply(
            "TensorArrayGatherV3",
            lambda parts: lp.stack([tensor(p) for p in parts]),
            [parts],
            dtype=self.dtype,
        )


@op("Shape", gradient=False, dtype="int32")
def _length(x: Any, name: Any = None) -> Any:
    n = tensor(x).shape[0]
    return EngineTensor(None, np.array(n, np.int32)) if isinstance(n, int) else lp.asarray(n)


@op("GatherV2")
def _take(x: Any, index: Any, name: Any = None) -> Any:
    return lp.take(tensor(x), tensor(index), axis=0)


@op("ConcatV2")
def _joined(x: Any, name: Any = None) -> Any:
    x = tensor(x)
    return x.reshape((-1, *x.shape[2:]))


@op("TensorArrayWriteV3")
def _put(x: Any, index: int, value: Any, name: Any = None) -> Any:
    x = tensor(x)
    return lp.concatenate([x[:index], tensor(value, x.dtype)[None], x[index + 1 :]], axis=0)


@op("TensorArrayScatterV3")
def _scattered(indices: Any, value: Any, name: Any = None) -> Any:
    return lp.take(tensor(value), lp.argsort(tensor(indices)), axis=0)


def _static_number(value: Any) -> int | None:
    """A number that is known while recording."""
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, EngineTensor):
        return None if value.value is None else int(value)
    if isinstance(value, Symbol) and isinstance(value.source, Fixed):
        return int(value.source.array)
    return None


def while_loop(
    cond: Function,
    body: Function,
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """`loop_vars = body(*loop_vars)` while `cond(*loop_vars)`.

    Where the number of rounds can be told from counters, it is one loop of the compiled function with
    derivatives; where it depends on data, a loop around compiled rounds without.
    """
    if not callable(cond) or not callable(body):
        raise TypeError("cond and body must be callable.")
    single = not isinstance(loop_vars, (list, tuple))
    given = [loop_vars] if single else list(loop_vars)
    if not given:
        raise ValueError("No loop variables provided")
    if Mode.eager:
        return _eager_while(cond, body, given, single, maximum_iterations)
    graph = get_default_graph()
    with graph.name_scope(name or "while"):
        loop = _Loop(graph, cond, body, given, maximum_iterations, shape_invariants)
        results = loop.record()
    return (
        results[0]
        if len(results) == 1 and not return_same_structure
        else type(loop_vars)(results)
        if type(loop_vars) in (list, tuple)
        else results
    )


def _eager_while(cond: Function, body: Function, values: Any, single: bool, most: Any) -> Any:
    count = 0
    while bool(cond(*values)) and (most is None or count < int(most)):
        result = body(*values)
        values = list(result) if isinstance(result, (list, tuple)) and not single else [result]
        count += 1
    return values[0] if single else values


class _Loop:
    """A traced loop: holes for its variables, the graph of its condition and that of its body."""

    def __init__(self, graph: Graph, cond: Function, body: Function, given: Any, most: Any, invariants: Any):
        self.graph, self.most = graph, most
        self.structure = given
        self.arrays = {i: v for i, v in enumerate(flat(given)) if isinstance(v, TensorArray)}
        start = [v if isinstance(v, TensorArray) else convert_to_tensor(v) for v in flat(given)]
        self.start = [v for v in start if not isinstance(v, TensorArray)]
        shapes = flat(invariants) if invariants is not None and not self.arrays else None
        since = begun()
        self.holes = _holes(graph, self.start, "Identity")
        self.loose = False
        if shapes is not None and len(shapes) == len(self.start):
            self._loosen(shapes)
        inside = iter(self.holes)
        entered = [
            self.arrays[i]._with(_pending=[]) if i in self.arrays else next(inside)
            for i in builtins.range(len(start))
        ]
        pred = convert_to_tensor(cond(*like(given, entered)))
        returned = body(*like(given, entered))
        if len(given) == 1 and not (
            isinstance(returned, (list, tuple)) and len(flat(returned)) == len(start)
        ):
            returned = [returned]
        leaves = flat(
            list(returned) if isinstance(returned, tuple) and not hasattr(returned, "_fields") else returned
        )
        if len(leaves) != len(start):
            raise ValueError(
                f"The number of inputs and outputs of body must match loop_vars: {len(start)}, {len(leaves)}"
            )
        self.after = {i: leaves[i] for i in self.arrays}
        new = [
            convert_to_tensor(leaf, s.dtype.base_dtype)
            for leaf, s in zip(
                [v for i, v in enumerate(leaves) if i not in self.arrays], self.start, strict=True
            )
        ]
        self.new = new
        self.writes = [(i, place, value) for i, a in self.after.items() for place, value in a._pending]
        outputs = [*new, *(s for _, place, value in self.writes for s in (convert_to_tensor(place), value))]
        self.cond = Subgraph(self.holes, [pred], since)
        self.body = Subgraph(self.holes, outputs, since)
        self.loose = self.loose or any(not _same_shape(s, n) for s, n in zip(self.start, new, strict=True))

    def _loosen(self, shapes: Sequence[Any]) -> None:
        from_shapes = [
            getattr(s, "as_list", lambda s=s: s)() if getattr(s, "ndims", 0) is not None else None
            for s in shapes
        ]
        for hole, start, wanted in zip(self.holes, self.start, from_shapes, strict=True):
            known = None if start.shape.ndims is None else start.shape.as_list()
            if wanted != known:
                self.loose = True
                hole.source.known = Given(wanted, start.dtype.base_dtype.engine).known

    def record(self) -> list[Any]:
        reads = list(self.start)
        known = [None if self.loose else n.known for n in self.new]
        if self._is_counted() and not _has_python(self.cond, self.body):
            count = len(self.start) + 2 * len(self.writes)
            results = _record(
                "While", self._replayed, reads, [self.cond, self.body], count, name="Exit",
                known=lambda: [*known, *[None] * (2 * len(self.writes))],
                dtype=self._kinds(),
            )  # fmt: skip
        else:
            results = self._hosted(reads)
        values = iter(results[: len(self.start)])
        written = results[len(self.start) :]
        leaves: list[Any] = []
        for i in builtins.range(len(self.start) + len(self.arrays)):
            leaves.append(self._array(i, written) if i in self.arrays else next(values))
        for leaf, start in zip([v for v in leaves if isinstance(v, Tensor)], self.start, strict=True):
            if not self.loose and start.shape.ndims is not None and leaf.known is None:
                leaf.set_shape(start.shape)
        return list(like(self.structure, leaves))

    def _kinds(self) -> list[Any]:
        """The data types of the results: variables, then places and values that are written."""
        written = [d for _, _, v in self.writes for d in ("int32", v.dtype)]
        return [*(s.dtype.base_dtype for s in self.start), *written]

    def _array(self, index: int, written: Sequence[Any]) -> TensorArray:
        """A TensorArray behind the loop: what its rounds have written, at their places."""
        mine = [k for k, (i, _, _) in enumerate(self.writes) if i == index]
        if not mine:
            return self.after[index]  # type: ignore[no-any-return]
        places = [written[2 * k] for k in mine]
        values = [written[2 * k + 1] for k in mine]
        array = self.arrays[index]
        size = array._size if array._whole is None else None
        whole = _gathered(places, values, size, list(array._written.items()))
        return array._with(_whole=whole, _written={}, _pending=[])

    # --------------------------------------------------------------------------- how often it goes round
    def _deciding(self) -> set[int]:
        """The variables on which the number of rounds depends."""
        position = {h.key: i for i, h in enumerate(self.holes)}
        wanted = _holes_behind([*self.cond.outputs], position)
        while True:
            more = set(wanted)
            for i in wanted:
                more |= _holes_behind([self.new[i]], position)
            if more == wanted:
                return wanted
            wanted = more

    def _is_counted(self) -> bool:
        """Whether the deciding variables begin with what is known when a run is compiled."""
        deciding = self._deciding()
        inside = {h.key for h in self.holes}
        reading = [*(self.start[i] for i in deciding), *self.cond.outputs, *(self.new[i] for i in deciding)]
        stack = list(reading)
        seen: set[Any] = set()
        while stack:
            symbol = stack.pop()
            if symbol.key in inside or symbol.key in seen:
                continue
            seen.add(symbol.key)
            source = symbol.source
            if getattr(source, "once", False) or isinstance(source, (Variable, Host)):
                return False
            if isinstance(source, Given):
                known = source.known[0]
                if known is None or known.shape != () or known.dtype.kind not in "iub":
                    return False
            if type(source).__name__ == "Stored":
                return False
            if not _is_shape(source):
                stack += source.inputs
        return True

    def _replayed(self, replay: Replay) -> list[Any]:
        around = self.cond.surroundings(replay) | self.body.surroundings(replay)
        start = [replay.value(s) for s in self.start]
        rounds = self._rounds(replay, start, around)
        if self.loose:
            return self._unrolled(replay, start, around, rounds)
        width = len(self.start)

        def step(carry: Any, _: Any) -> tuple[Any, Any]:
            values = self.body.run(replay, carry, around)
            return [v.astype(c.dtype) for v, c in zip(values[:width], carry, strict=True)], list(
                values[width:]
            )

        if rounds == 0:
            with tracing():
                shown = self.body.run(replay, start, around)[width:]
            return [*start, *(lp.zeros((0, *s.shape), dtype=s.dtype) for s in shown)]
        last, stacked = engine_scan(step, start, length=rounds)
        return [*last, *stacked]

    def _unrolled(self, replay: Replay, start: list[Any], around: Any, rounds: int) -> list[Any]:
        """Round by round: variables change their shapes."""
        width = len(self.start)
        values, written = start, [[] for _ in builtins.range(2 * len(self.writes))]  # type: ignore[var-annotated]
        for _ in builtins.range(rounds):
            results = self.body.run(replay, values, around)
            values = results[:width]
            for store, r in zip(written, results[width:], strict=True):
                store.append(r)
        return [*values, *(lp.stack(w) for w in written)]

    def _rounds(self, replay: Replay, start: list[Any], around: Any) -> int:
        """How often the condition holds, by counting."""
        deciding = sorted(self._deciding())
        values: list[Any] = list(start)
        for i in deciding:
            values[i] = EngineTensor(None, np.array(concrete(start[i])))
        limit = (
            None
            if self.most is None
            else int(concrete(replay.value(self.most) if isinstance(self.most, Symbol) else self.most))
        )
        count = 0
        while limit is None or count < limit:
            (go,) = self.cond.run(replay, values, around)
            if not bool(concrete(go)):
                break
            if not deciding and limit is None:
                raise ValueError("the condition of this loop never changes")
            fresh = Subgraph(self.holes, [self.new[i] for i in deciding], 0)
            fresh.sources, fresh.captured = self.body.sources, self.body.captured
            found = fresh.run(replay, values, around)
            for i, v in zip(deciding, found, strict=True):
                values[i] = EngineTensor(None, np.array(concrete(v)))
            count += 1
        return count

    # ---------------------------------------------------------------------- where data decides: in Python
    def _hosted(self, reads: list[Any]) -> list[Any]:
        captured = list({s.key: s for sub in (self.cond, self.body) for s in sub.captured}.values())
        inputs = list({s.key: s for s in captured}.values())
        test = Runner([*self.holes, *inputs], self.cond.outputs)
        outputs = list({s.key: s for s in self.body.outputs}.values())
        step = Runner([*self.holes, *inputs], outputs)
        position = {s.key: i for i, s in enumerate(outputs)}
        places = [position[s.key] for s in self.body.outputs]
        width = len(self.start)
        limit = None if self.most is None else _static_number(self.most)

        def run(start: Any, around: Any) -> list[Any]:
            values = [np.array(v) for v in start]
            held = [np.asarray(v) for v in around]
            written: list[list[Any]] = [[] for _ in builtins.range(2 * len(self.writes))]
            count = 0
            while bool(test(*values, *held)[0]) and (limit is None or count < limit):
                found = step(*values, *held)
                results = [found[p] for p in places]
                values = [np.asarray(r, v.dtype) for r, v in zip(results[:width], values, strict=True)]
                for store, r in zip(written, results[width:], strict=True):
                    store.append(r)
                count += 1
            return [*values, *(np.stack(w) for w in written)]

        results: list[Any] = apply(
            "While",
            run,
            [reads, inputs],
            count=width + 2 * len(self.writes),
            name="Exit",
            source=Host,
            dtype=self._kinds(),
        )
        for r, n in zip(results, self.new, strict=False):
            if not self.loose and n.shape.ndims is not None:
                r.set_shape(n.shape)
        return results


@op("TensorArrayGatherV3")
def _gathered(places: Any, values: Any, size: Any, before: Any, name: Any = None) -> Any:
    """The elements that the rounds of a loop wrote, in the order of their places."""
    rows = lp.concatenate([tensor(v) for v in values], axis=0)
    where = lp.concatenate([tensor(p).reshape((-1,)) for p in places], axis=0)
    if before:
        rows = lp.concatenate([lp.stack([tensor(v, rows.dtype) for _, v in before]), rows], axis=0)
        first = EngineTensor(None, np.array([p for p, _ in before], where.dtype))
        where = lp.concatenate([first, where], axis=0)
    if is_guess() or not is_static(rows.shape):
        raise Unknown("TensorArray")
    try:
        found = concrete(where)
    except Exception:
        return lp.take(rows, lp.argsort(where), axis=0)
    count = int(found.max(initial=-1)) + 1
    last = np.zeros(count, np.int64)
    last[found] = np.arange(len(found))
    return rows if np.array_equal(last, np.arange(len(found))) else lp.take(rows, last, axis=0)


def _same_shape(a: Any, b: Any) -> bool:
    return a.shape.is_compatible_with(b.shape)  # type: ignore[no-any-return]


def _is_shape(source: Any) -> bool:
    name = getattr(getattr(source, "build", None), "__name__", "")
    return name in ("_shape", "_size", "_rank", "_length", "shape_of")


def _holes_behind(symbols: Sequence[Symbol], position: dict[Any, int]) -> set[int]:
    found = {position[s.key] for s in symbols if s.key in position}
    sources = sources_behind(list(symbols), lambda s: s.key in position)
    return found | {
        position[i.key] for s in sources if not _is_shape(s) for i in s.inputs if i.key in position
    }


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
        parts = _holes(graph, [_row(r) for r in rows], "TensorArrayReadV3")
        element = like(elems, parts)
        carried = [] if start is None else [convert_to_tensor(s) for s in flat(start)]
        holes = _holes(graph, carried, "Identity")
        result = fn(element) if start is None else fn(like(start, holes), element)
        leaves = [convert_to_tensor(r) for r in flat(result)]
        sub = Subgraph([*holes, *parts], leaves, since)
        if _has_python(sub):
            results = _rows_in_python(kind, sub, rows, carried, reverse, each, leaves)
        else:
            build = _RowsBuild(sub, rows, carried, reverse, each)
            results = _record(
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


# ------------------------------------------------------------------------------------- Python functions
def py_func(func: Function, inp: Any, Tout: Any, stateful: bool = True, name: str | None = None) -> Any:
    """A Python function of arrays as an operation; nothing is differentiated through it."""
    several = isinstance(Tout, (list, tuple))
    kinds = [as_dtype(t) for t in (Tout if several else [Tout])]

    def call(values: Any) -> list[Any]:
        found = func(*(np.asarray(v) if not isinstance(v, (bytes, str)) else v for v in values))
        listed = list(found) if several and isinstance(found, (list, tuple)) else [found]
        if not kinds:
            return []
        return [
            array_of(f, k) if k.name == "string" else np.asarray(f, k.as_numpy_dtype)
            for f, k in zip(listed, kinds, strict=True)
        ]

    given = [i if isinstance(i, Tensor) else numpy_of(i) for i in inp]
    if Mode.eager:
        results = call([numpy_of(i.numpy() if isinstance(i, EngineTensor) else i) for i in inp])
        made = [convert_to_tensor(r) for r in results]
        return made if several else made[0]
    if not kinds:
        return apply("PyFunc", call, [given], name=name, outputs=0, source=Host)
    found = apply(
        "PyFunc", call, [given], name=name, count=len(kinds), dtype=kinds, source=Host, gradient=False
    )
    return found if several else found[0]


py_function = py_func


def numpy_function(func: Function, inp: Any, Tout: Any, name: str | None = None) -> Any:
    return py_func(func, inp, Tout, name=name)


# ------------------------------------------------------------------------------------ printing and checks
def Print(
    input_: Any,
    data: Any,
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Any:
    """The same tensor; every run prints the data to standard error."""
    shown = [convert_to_tensor(d) for d in data]
    left = [first_n]

    def report(*values: Any) -> None:
        if left[0] is not None and left[0] >= 0:
            if left[0] == 0:
                return
            left[0] -= 1
        print((message or "") + "".join(f"[{_shown(v, summarize or 3)}]" for v in values), file=sys.stderr)

    return _watched("Print", input_, shown, report, name)


def _watched(kind: str, input_: Any, shown: Any, report: Function, name: str | None) -> Any:
    """The same tensor, with a function that sees values after every run."""
    given = convert_to_tensor(input_)
    if Mode.eager:
        report(*(s.numpy() for s in shown))
        return given
    if any(s.dtype.engine is None for s in [given, *shown]):

        def call(value: Any, *values: Any) -> Any:
            report(*values)
            return value

        return apply(kind, call, [given, *shown], name=name, dtype=given.dtype, source=Host)

    def build(replay: Replay, value: Any, *values: Any) -> Any:
        replay.effect(report, *values)
        return value

    return apply(
        kind,
        build,
        [given, *shown],
        name=name,
        known=lambda: given.known,
        dtype=given.dtype.base_dtype,
        source=Deep,
    )


def _shown(value: Any, most: int) -> str:
    flat_ = np.asarray(value).ravel()
    text = " ".join(_number(v) for v in (flat_ if most < 0 else flat_[:most]))
    return text + ("..." if 0 <= most < flat_.size else "")


def _number(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return f"{value:.9g}" if isinstance(value, (float, np.floating)) else str(value)


def print_(*inputs: Any, **kwargs: Any) -> Any:
    """Print values in every run: to standard error, a stream, or "file://PATH"."""
    stream, end = kwargs.get("output_stream", sys.stderr), kwargs.get("end", "\n")
    leaves = [leaf for leaf in inputs if isinstance(leaf, (Tensor, EngineTensor))]

    def report(*values: Any) -> None:
        remaining = iter(values)
        words = [str(next(remaining)) if isinstance(i, (Tensor, EngineTensor)) else str(i) for i in inputs]
        target = sys.stdout if stream is sys.stdout else sys.stderr
        print(*words, file=target, end=end)

    if Mode.eager:
        report(*(v.numpy() for v in leaves))
        return None

    def build(replay: Replay, *values: Any) -> Any:
        replay.effect(report, *values)
        return np.bool_(True)

    return apply(
        "PrintV2",
        build,
        leaves,
        name=kwargs.get("name"),
        outputs=0,
        known=lambda: np.bool_(True),
        source=Deep,
    )


def _checked(
    kind: str, condition: Any, data: Any, message: str, name: str | None, summarize: int | None = 3
) -> Any:
    """An operation that fails where the condition does not hold for all elements."""
    shown = [convert_to_tensor(d) for d in data]

    def report(ok: Any, *values: Any) -> None:
        if not np.all(ok):
            told = " ".join(f"[{_shown(v, summarize or 3)}]" for v in values)
            raise InvalidArgumentError(None, None, f"{message} {told}".strip())

    holds = convert_to_tensor(condition)
    if Mode.eager:
        report(holds.numpy(), *(s.numpy() if isinstance(s, EngineTensor) else s for s in shown))
        return None

    def check(ok: Any, *values: Any) -> list[Any]:
        report(ok, *values)
        return [np.bool_(True)]

    if any(s.dtype.engine is None for s in shown):
        return apply(
            "Assert",
            check,
            [holds, *shown],
            name=name,
            source=Host,
            outputs=0,
            count=1,
        )

    def build(replay: Replay, ok: Any, *values: Any) -> Any:
        replay.effect(report, ok, *values)
        return np.bool_(True)

    return apply(
        kind, build, [holds, *shown], name=name, outputs=0, known=lambda: np.bool_(True), source=Deep
    )


def Assert(condition: Any, data: Any, summarize: int | None = None, name: str | None = None) -> Any:
    """An operation that fails where the condition does not hold, and tells the data."""
    texts = [d.decode() if isinstance(d, bytes) else d for d in data if isinstance(d, (str, bytes))]
    values = [d for d in data if not isinstance(d, (str, bytes))]
    message = " ".join(["assertion failed:", *(f"[{t}]" for t in texts)])
    return _checked("Assert", condition, values, message, name or "Assert", summarize)


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Any:
    """The same tensor; a run fails where it holds a NaN or an infinity."""

    def report(value: Any) -> None:
        if np.isnan(value).any():
            raise InvalidArgumentError(None, None, f"{message} : Tensor had NaN values")
        if np.isinf(value).any():
            raise InvalidArgumentError(None, None, f"{message} : Tensor had Inf values")

    given = convert_to_tensor(tensor)
    return _watched("CheckNumerics", given, [given], report, name)


def verify_tensor_all_finite(
    t: Any = None, msg: Any = None, name: Any = None, x: Any = None, message: Any = None
) -> Any:
    """The same tensor; a run fails where it holds a NaN or an infinity."""
    return check_numerics(t if x is None else x, msg or message or "", name)


def add_check_numerics_ops() -> Any:
    """An operation that checks every float tensor of the graph."""
    graph = get_default_graph()
    checks = []
    for operation in graph.get_operations():
        for output in operation.outputs:
            kind = output.dtype
            if kind is not None and kind.is_floating and not isinstance(output.source, (Given, Host)):
                checks.append(check_numerics(output, f"{operation.name}:{output.value_index}"))
    return group(*checks)


def tuple_(tensors: Any, name: str | None = None, control_inputs: Any = None) -> list[Any]:
    """The same tensors, each after all of them."""
    graph = get_default_graph()
    given = [t for t in tensors if t is not None]
    with graph.control_dependencies([*given, *(control_inputs or [])]):
        kept = [_same(t) if isinstance(t, Tensor) else t for t in given]
    remaining = iter(kept)
    return [None if t is None else next(remaining) for t in tensors]


@op("Identity")
def _same(x: Any, name: Any = None) -> Any:
    return tensor(x)


def with_dependencies(dependencies: Any, output_tensor: Any, name: str | None = None) -> Any:
    """The same tensor after other operations."""
    with get_default_graph().control_dependencies(dependencies):
        return _same(output_tensor, name=name)


__all__ = [
    "Assert", "Print", "TensorArray", "add_check_numerics_ops", "case", "check_numerics", "cond", "foldl",
    "foldr", "map_fn", "numpy_function", "py_func", "py_function", "scan", "verify_tensor_all_finite",
    "while_loop",
]  # fmt: skip
