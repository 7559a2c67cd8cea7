"""`theano.scan`: a step described once, run along sequences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....compile import scan as loop
from ....tensor import Tensor
from ... import record
from ...record import Symbol, concrete, mapped
from ..compile.sharedvalue import SharedVariable
from ..configparser import config
from ..engine import lp
from ..gof import recipes
from ..gof.graph import Between, apply
from ..gof.op import Named
from ..gof.utils import MissingInputError, TestValueError
from ..tensor.elemwise import as_dtype
from ..tensor.type import TensorType, formula
from ..tensor.var import as_tensor_variable, dtype_of, pattern_of
from ..updates import OrderedUpdates


class Scan(Named):
    """A loop."""


class until:
    """The condition after which a loop ends: returned by the step."""

    def __init__(self, condition: Any):
        self.condition = as_tensor_variable(condition)


@dataclass
class Sequence_:
    """A sequence and the places, relative to the present one, that the step reads."""

    variable: Any
    taps: list[int]
    symbols: list[Any]

    @property
    def low(self) -> int:
        return min(*self.taps, 0)

    @property
    def high(self) -> int:
        return max(*self.taps, 0)


@dataclass
class Output:
    """An output: with an initial state and taps where the step reads its own past."""

    initial: Any
    taps: list[int]
    symbols: list[Any]

    @property
    def depth(self) -> int:
        return -min(self.taps) if self.taps else 0


def scan(
    fn: Callable[..., Any],
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    n_steps: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
    profile: bool = False,
    allow_gc: Any = None,
    strict: bool = False,
    return_list: bool = False,
    info: Any = None,
) -> tuple[Any, OrderedUpdates]:
    """The outputs of every step, stacked, and the updates of shared variables.

    fn: called once, with a slice of every sequence (in the order of taps), then with the past of every output
    that has an initial state, then with the non-sequences; it returns outputs, updates, `until(condition)`.
    sequences: variables, or dict(input=, taps=). outputs_info: initial states, None for an output without
    one, or dict(initial=, taps=). n_steps: a number, also symbolic; negative ones go backwards.
    Raises ValueError where outputs and outputs_info do not go together, TypeError for a state that changes
    its dtype.
    """
    since = record.begun()
    given = [_sequence(s) for s in _listed(sequences)]
    infos = [_output(o) for o in _listed_infos(outputs_info)]
    others = [
        as_tensor_variable(o) if not isinstance(o, SharedVariable) else o for o in _listed(non_sequences)
    ]
    if n_steps is not None and isinstance(n_steps, (int, float, np.number)):
        if n_steps < 0:
            go_backwards, n_steps = not go_backwards, -n_steps
        n_steps = int(n_steps)
    if not given and n_steps is None:
        raise ValueError("scan: give sequences, or the number of steps, n_steps")
    arguments = [s for seq in given for s in seq.symbols] + [s for o in infos for s in o.symbols]
    outputs, updates, condition = _parts(recipes.outside(fn, *arguments, *others))
    if not infos:
        infos = [Output(None, [], []) for _ in outputs]
    if len(infos) != len(outputs):
        raise ValueError(
            f"Please provide None as outputs_info for any output that does not feed back into scan (i.e. it "
            f"behaves like a map): there are {len(outputs)} outputs and {len(infos)} entries"
        )
    outputs = [as_tensor_variable(o) for o in outputs]
    for o, i in zip(outputs, infos, strict=True):
        _check_state(o, i)
    body = _Body(arguments, outputs, updates, condition, since, others, strict)
    options = (go_backwards, truncate_gradient, name or "scan_fn")
    results, new = body.applied(given, infos, n_steps, _Options(*options), len(outputs))
    if not new:  # without state that moves on, the parts say how to make it again
        states = [(x.initial, x.taps, x.symbols) for x in infos]
        plain = [[(x.variable, x.taps, x.symbols) for x in given], states]
        for position, r in enumerate(results):
            r.recipe = ("scan.again", (*plain, outputs, condition, n_steps, options), {}, position)
    if not outputs:
        return None, new
    return (results if return_list or len(results) > 1 else results[0]), new


def scan_again(
    sequences: Any, infos: Any, outputs: list[Any], condition: Any, n_steps: Any, options: Any
) -> list[Any]:
    """A loop made again from its parts."""
    given, states = [Sequence_(*s) for s in sequences], [Output(*o) for o in infos]
    arguments = [s for seq in given for s in seq.symbols] + [s for o in states for s in o.symbols]
    body = _Body(arguments, outputs, [], condition, record.begun(), [], False)
    return body.applied(given, states, n_steps, _Options(*options), len(outputs))[0]


recipes.KEPT["scan.again"] = scan_again


@dataclass
class _Options:
    backwards: bool
    truncate: int
    name: str


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _listed_infos(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


def _sequence(given: Any) -> Sequence_:
    taps = [0]
    if isinstance(given, Mapping):
        found = given.get("taps", [0])
        taps = (
            [0]
            if found is None
            else [int(t) for t in (found if isinstance(found, (list, tuple)) else [found])]
        )
        given = given["input"]
    variable = as_tensor_variable(given)
    if not pattern_of(variable):
        raise ValueError(f"a sequence has at least one axis: {variable}")
    type_ = TensorType(dtype_of(variable), pattern_of(variable)[1:])
    symbols = [
        _inside(type_, variable, t, f"{variable.name}[t{t:+d}]" if t else f"{variable.name}[t]") for t in taps
    ]
    return Sequence_(variable, taps, symbols)


def _output(given: Any) -> Output:
    taps = [-1]
    if isinstance(given, Mapping):
        found = given.get("taps", [-1])
        if given.get("initial") is None:
            if found and "taps" in given and found is not None:
                raise ValueError("a past of an output needs an initial state: dict(initial=..., taps=[...])")
            return Output(None, [], [])
        taps = (
            [int(t) for t in (found if isinstance(found, (list, tuple)) else [found])]
            if found is not None
            else []
        )
        given = given["initial"]
    if given is None:
        return Output(None, [], [])
    initial = as_tensor_variable(given)
    if not taps:
        return Output(None, [], [])
    if any(t >= 0 for t in taps):
        raise ValueError("All the tap values must be smaller than 0.")
    pattern = pattern_of(initial) if taps == [-1] else pattern_of(initial)[1:]
    if taps != [-1] and not pattern_of(initial):
        raise ValueError(
            "with several taps the initial state holds one value for each: it needs a first axis"
        )
    type_ = TensorType(dtype_of(initial), pattern)
    symbols = [
        _inside(type_, initial, None if taps == [-1] else i, f"{initial.name or 'state'}[t{t}]")
        for i, t in enumerate(taps)
    ]
    return Output(initial, taps, symbols)


def _inside(type_: TensorType, variable: Any, place: int | None, name: str) -> Any:
    """What the step gets for a part of a variable."""
    symbol = type_.make_variable(name)
    if config.compute_test_value != "off":
        try:
            value = np.asarray(variable.get_test_value())
            symbol.tag.test_value = value if place is None else value[0]
        except (AttributeError, TestValueError, IndexError):
            pass
    return symbol


def _parts(returned: Any) -> tuple[list[Any], list[tuple[Any, Any]], Any]:
    """Outputs, updates and condition, in whatever order the step returned them."""
    outputs: list[Any] = []
    updates: list[tuple[Any, Any]] = []
    condition = None
    parts = returned if isinstance(returned, tuple) else (returned,)
    if isinstance(returned, list) and returned and all(_is_pair(p) for p in returned):
        return [], list(map(tuple, returned)), None
    for p in parts:
        if isinstance(p, until):
            condition = p.condition
        elif isinstance(p, Mapping):
            updates += list(p.items())
        elif isinstance(p, (list, tuple)) and p and all(_is_pair(q) for q in p):
            updates += [(q[0], q[1]) for q in p]
        elif isinstance(p, (list, tuple)):
            for q in p:
                if isinstance(q, until):
                    condition = q.condition
                elif isinstance(q, Mapping):
                    updates += list(q.items())
                else:
                    outputs.append(q)
        elif p is not None:
            outputs.append(p)
    return outputs, updates, condition


def _is_pair(p: Any) -> bool:
    return isinstance(p, (list, tuple)) and len(p) == 2 and isinstance(p[0], SharedVariable)


def _check_state(output: Any, info: Output) -> None:
    if info.initial is None:
        return
    before, after = dtype_of(info.initial), dtype_of(output)
    if before != after and np.promote_types(before, after) != np.dtype(before):
        raise TypeError(
            "When compiling the inner function of scan the "
            "following error has been encountered: The initial state "
            "(`outputs_info` in scan nomenclature) of variable "
            f"{info.initial} has dtype {before}, while the result "
            f"of the inner function (`fn`) has dtype {after}. This "
            f"can happen if the inner function of scan results "
            "in an upcast or downcast."
        )
    rank = len(pattern_of(info.symbols[0]))
    if rank != len(pattern_of(output)):
        raise TypeError(
            "When compiling the inner function of scan the "
            "following error has been encountered: The initial state "
            "(`outputs_info` in scan nomenclature) of variable "
            f"{info.initial} has {rank} dimension(s), while the "
            "corresponding result of the inner function (`fn`) "
            f"has {len(pattern_of(output))} dimension(s) (it "
            "should be one less than the initial state)."
        )


class _Body:
    """The recorded step: its inputs, its outputs, and the state that moves on in it."""

    def __init__(
        self,
        arguments: Sequence[Any],
        outputs: Sequence[Any],
        updates: Sequence[tuple[Any, Any]],
        condition: Any,
        since: int,
        others: Sequence[Any],
        strict: bool,
    ):
        changes = {target.key: (target, as_tensor_variable(value)) for target, value in updates}
        ends = [] if condition is None else [condition]
        first = record.Subgraph(arguments, [*outputs, *ends, *(v for _, v in changes.values())], since)
        for state in _states(first):
            if state.default_update is not None and state.key not in changes:
                changes[state.key] = (state, state.default_update)
        self.targets = [t for t, _ in changes.values()]
        results = [*outputs, *ends, *(v for _, v in changes.values())]
        self.graph = record.Subgraph([*arguments, *self.targets], results, since)
        self.ends = condition is not None
        self.outputs = list(outputs)
        if strict:
            passed = {o.key for o in others} | {t.key for t in self.targets}
            for s in self.graph.captured:
                if isinstance(s.source, record.State) and s.key not in passed:
                    raise MissingInputError(
                        f"scan(strict=True): {s} is used in fn and is not among the non_sequences", s
                    )

    def applied(
        self, given: list[Sequence_], infos: list[Output], n_steps: Any, options: _Options, count: int
    ) -> tuple[list[Any], OrderedUpdates]:
        """The loop's results and updates."""
        keys = [s.key for s in self.graph.captured]
        steps = as_tensor_variable(n_steps) if isinstance(n_steps, Symbol) else n_steps

        def build(
            replay: record.Replay, seqs: Any, initials: Any, captured: Any, states: Any, steps: Any
        ) -> list[Tensor]:
            run = _Run(self, replay, dict(zip(keys, captured, strict=True)), infos)
            return run.all(given, seqs, initials, states, steps, options)

        args = (
            [s.variable for s in given],
            [o.initial for o in infos],
            list(self.graph.captured),
            self.targets,
            steps,
        )
        total = count + len(self.targets) + self.ends
        found = apply(
            Scan(f"for{{cpu,{options.name}}}"),
            build,
            args,
            count=total,
            kind=record.Deep,
            known=lambda: self._known(),
        )
        updates = OrderedUpdates(zip(self.targets, found[count : count + len(self.targets)], strict=True))
        results = found[:count]
        if self.ends:
            results = [_until(r, found[-1]) for r in results]
        return results, updates

    def _known(self) -> list[Tensor]:
        stacked = [formula(dtype_of(o), (False, *pattern_of(o))) for o in self.outputs]
        states = [t.formula for t in self.targets]
        return stacked + states + ([formula("int64", 0)] if self.ends else [])


def _states(graph: record.Subgraph) -> list[Any]:
    """The shared variables that a body reads itself."""
    reading = [i for source in graph.sources for i in source.inputs]
    found = {s.source: None for s in reading if isinstance(s.source, record.State)}
    return [shared for source in found if (shared := getattr(source, "shared", None)) is not None]


def _until(stacked: Any, count: Any) -> Any:
    """The steps that were taken; those after the end repeat the last one: [-1] is also that of `stacked`."""
    found = apply(
        Named("Steps"),
        lambda values, n: np.array(values[: int(n)]),
        (stacked, count),
        kind=Between,
        known=lambda: stacked.formula,
    )
    found.repeated = stacked
    return found


class _Run:
    """One run of a loop on tensors."""

    def __init__(self, body: _Body, replay: record.Replay, around: dict[Any, Any], infos: list[Output]):
        self.body, self.replay, self.around, self.infos = body, replay, around, infos

    def all(
        self,
        given: list[Sequence_],
        seqs: Sequence[Tensor],
        initials: Sequence[Any],
        states: Sequence[Tensor],
        steps: Any,
        options: _Options,
    ) -> list[Tensor]:
        count, backwards = self._count(given, seqs, steps, options.backwards)
        elements = [
            part for s, t in zip(given, seqs, strict=True) for part in _slices(s, t, count, backwards)
        ]
        windows = [_window(o, t) for o, t in zip(self.infos, initials, strict=True)]
        if 0 <= options.truncate < count:
            return self._truncated(elements, windows, list(states), count, options.truncate)
        stacked, _, last, ends = self._loop(elements, windows, list(states), count)
        return [*stacked, *last, *ends]

    def _count(
        self, given: list[Sequence_], seqs: Sequence[Tensor], steps: Any, backwards: bool
    ) -> tuple[int, bool]:
        lengths = [int(t.shape[0]) - (s.high - s.low) for s, t in zip(given, seqs, strict=True)]
        if steps is None:
            return max(0, min(lengths)), backwards
        count = steps if isinstance(steps, int) else int(concrete(steps))
        if count < 0:
            count, backwards = -count, not backwards
        if lengths and count > min(lengths):
            raise ValueError(
                f"Scan was asked to make {count} steps, but a sequence is only long enough for {min(lengths)}"
            )
        return count, backwards

    def _truncated(
        self, elements: list[Tensor], windows: list[list[Tensor]], states: list[Tensor], count: int, kept: int
    ) -> list[Tensor]:
        """Only the last `kept` steps are differentiated."""
        first = count - kept
        still = [lp["stop_gradient"](e[:first]) for e in elements]
        around = self.around
        self.around = {k: _stopped(v) for k, v in around.items()}
        before, windows, states, _ = self._loop(
            still, [[_stopped(w) for w in ws] for ws in windows], states, first
        )
        self.around = around
        stopped = [[_stopped(w) for w in ws] for ws in windows]
        after, _, last, ends = self._loop([e[first:] for e in elements], stopped, states, kept)
        joined = [lp["concatenate"]([_stopped(a), b], 0) for a, b in zip(before, after, strict=True)]
        return [*joined, *last, *ends]

    def _loop(
        self, elements: list[Tensor], windows: list[list[Tensor]], states: list[Tensor], count: int
    ) -> tuple[list[Tensor], list[list[Tensor]], list[Tensor], list[Tensor]]:
        """Stacked outputs, the last windows and states, and with a condition the number of steps."""
        if self.body.ends:
            return self._loop_until(elements, windows, states, count)

        def step(carry: Any, parts: Any) -> tuple[Any, Any]:
            outs, _, new_windows, new_states = self._step(carry[0], carry[1], list(parts or []))
            return (new_windows, new_states), outs

        (last, final), stacked = loop(
            step, (windows, states), elements or None, length=None if elements else count
        )
        return list(stacked), [list(w) for w in last], list(final), []

    def _step(
        self, windows: Any, states: Any, parts: Sequence[Tensor]
    ) -> tuple[list[Tensor], list[Tensor], list[list[Tensor]], list[Tensor]]:
        past = [
            window[o.depth + tap] for o, window in zip(self.infos, windows, strict=True) for tap in o.taps
        ]
        results = self.body.graph.run(self.replay, [*parts, *past, *states], self.around)
        count = len(self.body.outputs)
        outs, ends, new = (
            results[:count],
            results[count : count + self.body.ends],
            results[count + self.body.ends :],
        )
        moved = [
            [*window[1:], _like(out, window[-1])] if o.depth else []
            for o, window, out in zip(self.infos, windows, outs, strict=True)
        ]
        return outs, ends, moved, [_like(n, s) for n, s in zip(new, states, strict=True)]

    def _loop_until(
        self, elements: list[Tensor], windows: list[list[Tensor]], states: list[Tensor], count: int
    ) -> tuple[list[Tensor], list[list[Tensor]], list[Tensor], list[Tensor]]:
        """As `_loop`; steps after the end change nothing and repeat the last outputs."""
        probe, _, _, _ = self._step(windows, states, [e[0] for e in elements])
        latest = [lp["zeros"](p.shape, p.dtype) for p in probe]
        done, taken = lp["zeros"]((), "bool"), lp["zeros"]((), "int64")

        def step(carry: Any, parts: Any) -> tuple[Any, Any]:
            windows, states, latest, done, taken = carry
            outs, ends, moved, new = self._step(windows, states, list(parts or []))

            def kept(old: Any, new: Any) -> Any:
                return [lp["where"](done, o, n) for o, n in zip(old, new, strict=True)]

            outs = kept(latest, outs)
            moved = [kept(old, now) for old, now in zip(windows, moved, strict=True)]
            taken = taken + as_dtype(lp["logical_not"](done), "int64")
            ended = lp["logical_or"](done, ends[0] != 0)
            return (moved, kept(states, new), outs, ended, taken), outs

        start = (windows, states, latest, done, taken)
        (last, final, _, _, taken), stacked = loop(
            step, start, elements or None, length=None if elements else count
        )
        return list(stacked), [list(w) for w in last], list(final), [taken]


def _like(new: Tensor, old: Tensor) -> Tensor:
    return as_dtype(new, old.dtype.name)


def _stopped(value: Any) -> Any:
    return lp["stop_gradient"](value) if isinstance(value, Tensor) and value.dtype.kind == "f" else value


def _slices(s: Sequence_, t: Tensor, count: int, backwards: bool) -> list[Tensor]:
    """The sequence as each of its taps reads it."""
    length = int(t.shape[0]) - (s.high - s.low)
    found = []
    for tap in s.taps:
        part = t[tap - s.low : tap - s.low + length] if (s.low, s.high) != (0, 0) else t
        if backwards:
            part = lp["flip"](part, axis=0)
        found.append(part[:count] if count < length else part)
    return found


def _window(o: Output, initial: Any) -> list[Tensor]:
    """The values before the first step, the oldest first."""
    if not o.taps:
        return []
    if o.taps == [-1]:
        return [initial]
    if initial.shape[0] < o.depth:
        raise ValueError(
            f"the initial state holds {initial.shape[0]} values, the taps {o.taps} need {o.depth}"
        )
    return [initial[i] for i in range(o.depth)]


# ------------------------------------------------------------------------------------------ simpler loops
def map(
    fn: Any,
    sequences: Any,
    non_sequences: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
) -> Any:
    """`fn` of every element."""
    return scan(fn, sequences, [], non_sequences, None, truncate_gradient, go_backwards, mode, name)


def reduce(
    fn: Any,
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
) -> Any:
    """The last result of `fn` along the sequences."""
    found, updates = scan(fn, sequences, outputs_info, non_sequences, None, -1, go_backwards, mode, name)
    return ([f[-1] for f in found] if isinstance(found, (list, tuple)) else found[-1]), updates


def foldl(
    fn: Any,
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: Any = None,
    name: str | None = None,
) -> Any:
    """`reduce` from the first element on."""
    return reduce(fn, sequences, outputs_info, non_sequences, False, mode, name)


def foldr(
    fn: Any,
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: Any = None,
    name: str | None = None,
) -> Any:
    """`reduce` from the last element on."""
    return reduce(fn, sequences, outputs_info, non_sequences, True, mode, name)


__all__ = ["Scan", "foldl", "foldr", "map", "mapped", "reduce", "scan", "until"]
