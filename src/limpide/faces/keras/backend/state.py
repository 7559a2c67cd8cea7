"""`keras.backend`: variables, placeholders, functions, gradients, phases, loops, sessions."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from ....compile import scan
from ....dtypes import as_dtype, converted
from ....nn.words import lp
from ....ops.loop import placeholder as placeholder_of
from ....tensor import Parameter, Tensor, astensor, grad
from ... import record
from ...record import Given, Replay, Runner, State, Subgraph, Symbol
from ...tensorflow import graph as tf
from ...tensorflow.session import Session
from .. import settings as common
from ..symbols import (
    LearningPhase,
    Weight,
    apply,
    fixed,
    int_shape,
    is_symbol,
    parameter_of,
    recorded,
    value_of,
    wrap,
)
from .ops import ndim

_uids: dict[Any, defaultdict[str, int]] = {}
_phase: dict[str, Any] = {"phase": None, "symbol": None, "graph": None}


# ------------------------------------------------------------------------------------------------- names
def get_uid(prefix: str = "") -> int:
    """1, 2, ...: how often a prefix was asked for in the default graph."""
    counts = _uids.setdefault(tf.get_default_graph(), defaultdict(int))
    counts[prefix] += 1
    return counts[prefix]


def reset_uids() -> None:
    """Count from 1 again."""
    _uids.clear()


def name_scope(name: str) -> AbstractContextManager[Any]:
    """Names in this block get a prefix."""
    scope: AbstractContextManager[Any] = tf.name_scope(name)
    return scope


# --------------------------------------------------------------------------------------------- variables
def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """State with this value."""
    array = value_of(value) if isinstance(value, (Symbol, Tensor)) else np.asarray(value)
    wanted = common.floatx() if dtype is None else getattr(dtype, "name", dtype)
    made = Weight(np.array(converted(array, as_dtype(wanted)), order="C"), name or "Variable")
    made.constraint = constraint
    return made


def variable_of(parameter: Parameter, name: str) -> Any:
    """A variable over state that exists."""
    return wrap("VariableV2", _named(State(parameter), name))


def _named(source: Any, name: str) -> Any:
    source.name = name
    return source


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """A tensor that never changes."""
    array = np.asarray(value, as_dtype(common.floatx() if dtype is None else getattr(dtype, "name", dtype)))
    return fixed(array if shape is None else np.broadcast_to(array, tuple(shape)), name=name)


def placeholder(
    shape: Any = None,
    ndim: int | None = None,
    dtype: Any = None,
    sparse: bool = False,
    name: str | None = None,
) -> Any:
    """An input; sizes that vary are None."""
    if shape is None and ndim is not None:
        shape = (None,) * ndim
    source = Given(shape, as_dtype(common.floatx() if dtype is None else getattr(dtype, "name", dtype)), name)
    made = wrap("Placeholder", source)
    made._keras_shape = None if shape is None else tuple(None if s is None else int(s) for s in shape)
    made._uses_learning_phase = False
    return made


def is_placeholder(x: Any) -> bool:
    """Whether it is an input."""
    return isinstance(getattr(x, "source", None), Given)


def is_variable(x: Any) -> bool:
    """Whether it is state."""
    return isinstance(getattr(x, "source", None), State)


def is_tensor(x: Any) -> bool:
    """Whether it is a tensor."""
    return isinstance(x, (Symbol, Tensor))


def is_keras_tensor(x: Any) -> bool:
    """Whether a layer or Input gave it; ValueError for what is no tensor."""
    if not is_tensor(x):
        raise ValueError(
            f"Unexpectedly found an instance of type `{type(x)}`. Expected a symbolic tensor instance."
        )
    return hasattr(x, "_keras_history")


def is_sparse(tensor: Any) -> bool:
    """Tensors are dense here."""
    return False


def to_dense(tensor: Any) -> Any:
    """The tensor, which is dense."""
    return tensor


def _filled(number: int) -> Callable[..., Any]:
    def filled(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
        """A variable of equal numbers; a tensor where a size is symbolic."""
        wanted = common.floatx() if dtype is None else getattr(dtype, "name", dtype)
        if any(is_symbol(s) for s in (shape if isinstance(shape, (tuple, list)) else [shape])):
            return recorded(lambda s: lp.full(record.sizes(s), number, wanted), [shape])
        return variable(np.full(shape, number), wanted, name)

    return filled


zeros = _filled(0)
ones = _filled(1)
zeros.__name__, ones.__name__ = "zeros", "ones"


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Zeros of the shape of x."""
    return apply(lambda t: lp.zeros_like(t, dtype=dtype), x)


def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Ones of the shape of x."""
    return apply(lambda t: lp.ones_like(t, dtype=dtype), x)


def eye(size: int, dtype: Any = None, name: str | None = None) -> Any:
    """The identity matrix as a variable."""
    return variable(np.eye(size), dtype, name)


def _generator(seed: Any) -> Any:
    return np.random.RandomState(np.random.randint(10**9) if seed is None else seed)


def random_normal_variable(
    shape: Any,
    mean: float = 0.0,
    scale: float = 1.0,
    dtype: Any = None,
    name: str | None = None,
    seed: Any = None,
) -> Any:
    """A variable of normal numbers."""
    return variable(_generator(seed).normal(mean, scale, shape), dtype, name)


def random_uniform_variable(
    shape: Any, low: float, high: float, dtype: Any = None, name: str | None = None, seed: Any = None
) -> Any:
    """A variable of uniform numbers."""
    return variable(_generator(seed).uniform(low, high, shape), dtype, name)


def get_value(x: Any) -> Any:
    """The value of a variable."""
    return value_of(x) if is_tensor(x) else np.asarray(x)


def eval(x: Any) -> Any:
    """The value of a tensor that depends on no input."""
    return get_value(x)


def set_value(x: Any, value: Any) -> None:
    """Give a variable a value."""
    parameter = parameter_of(x)
    array = np.asarray(value_of(value) if is_tensor(value) else value)
    parameter.assign(array.astype(parameter.dtype, copy=False).reshape(parameter.shape))


def batch_get_value(ops: Sequence[Any]) -> list[Any]:
    """The values of several variables."""
    return [get_value(x) for x in ops]


def batch_set_value(tuples: Sequence[tuple[Any, Any]]) -> None:
    """Give several variables values."""
    for x, value in tuples:
        set_value(x, value)


def get_variable_shape(x: Any) -> Any:
    """The shape of a variable."""
    return int_shape(x)


def _assignment(x: Any, new: Callable[[Any, Any], Any], value: Any) -> Any:
    parameter = parameter_of(x)

    def assign(replay: Replay, given: Any) -> Any:
        parameter.assign(lp.broadcast_to(astensor(new(parameter, given)), parameter.shape))
        return Tensor(parameter.node)

    return recorded(assign, [value], deep=True, known=lambda: x.known, once=True)


def update(x: Any, new_x: Any) -> Any:
    """An operation that gives x the value new_x."""
    made = _assignment(x, lambda old, given: given, new_x)
    made.pair = (x, new_x)
    return made


def update_add(x: Any, increment: Any) -> Any:
    """An operation that adds to x."""
    return _assignment(x, lp.add, increment)


def update_sub(x: Any, decrement: Any) -> Any:
    """An operation that subtracts from x."""
    return _assignment(x, lp.subtract, decrement)


def moving_average_update(x: Any, value: Any, momentum: Any) -> Any:
    """An operation that moves x towards the value: x momentum + value (1 - momentum)."""
    return _assignment(x, lambda old, given: old * momentum + given * (1.0 - momentum), value)


# ------------------------------------------------------------------------------------------------ phases
def learning_phase() -> Any:
    """1 in training, 0 in evaluation: a symbol, or a number where it was set."""
    if _phase["phase"] is not None:
        return _phase["phase"]
    return symbolic_learning_phase()


def symbolic_learning_phase() -> Any:
    """The learning phase as a symbol, whether or not it was set."""
    if _phase["symbol"] is None or _phase["graph"] is not tf.get_default_graph():
        _phase["graph"] = tf.get_default_graph()
        _phase["symbol"] = wrap("PlaceholderWithDefault", LearningPhase())
    return _phase["symbol"]


def set_learning_phase(value: Any) -> None:
    """Fix the learning phase to 0 or 1."""
    if int(value) not in (0, 1):
        raise ValueError("Expected learning phase to be 0 or 1.")
    _phase["phase"] = int(value)


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """x in training, alt in evaluation; functions without arguments are called for theirs."""
    phase = learning_phase() if training is None else training
    if isinstance(phase, (int, bool, np.integer)):
        chosen = x if phase else alt
        return chosen() if callable(chosen) and not is_symbol(chosen) else chosen
    first, second = (f() if callable(f) and not is_symbol(f) else f for f in (x, alt))
    made = _chosen(phase, first, second)
    made._uses_learning_phase = training is None
    return made


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """x in evaluation, alt in training."""
    return in_train_phase(alt, x, training)


def _chosen(phase: Any, x: Any, alt: Any) -> Any:
    """One of two, by a phase that is a constant of every run."""

    def in_train_phase(replay: Replay, phase: Any) -> Any:
        found = x if bool(record.concrete(phase)) else alt
        return astensor(replay.value(found) if is_symbol(found) else found)

    shown = x if is_symbol(x) else alt
    return recorded(in_train_phase, [phase], deep=True, known=lambda: getattr(shown, "known", None))


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """One of two by a condition: elementwise where it has several elements."""
    first, second = (
        f() if callable(f) and not is_symbol(f) else f for f in (then_expression, else_expression)
    )

    def switch(c: Any, a: Any, b: Any) -> Any:
        c, a, b = astensor(c), astensor(a), astensor(b)
        if c.dtype.kind != "b":
            c = lp.not_equal(c, 0)
        while c.ndim and c.ndim < a.ndim:
            c = lp.expand_dims(c, -1)
        return lp.where(c, a, b)

    return apply(switch, condition, first, second)


# --------------------------------------------------------------------------------- functions and gradients
def gradients(loss: Any, variables: Any) -> Any:
    """The derivatives of a loss (added up, where it has several elements) by tensors."""
    wanted = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    losses = list(loss) if isinstance(loss, (list, tuple)) else [loss]
    for v in wanted:
        record.differentiable(v)

    def gradients(replay: Replay, *values: Any) -> Any:
        total: Any = lp.sum(values[0])
        for other in values[1 : len(losses)]:
            total = total + lp.sum(other)
        return grad(total, [replay.value(v) for v in wanted])

    known: Any = lambda: [v.known for v in wanted]  # noqa: E731
    return recorded(gradients, losses, count=len(wanted), deep=True, known=known)


class Function:
    """Inputs to outputs: arrays in, arrays out; state is updated after every call."""

    def __init__(self, inputs: Any, outputs: Any, updates: Any = (), name: str | None = None, **session: Any):
        self.inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        self.single = not isinstance(outputs, (list, tuple))
        self.outputs = [outputs] if self.single else list(outputs)
        self.updates = list(updates or ())
        self.name = name
        self.places = [i for i, s in enumerate(self.inputs) if is_symbol(s)]
        symbols = [o if is_symbol(o) else fixed(o) for o in self.outputs]
        self.runner = Runner([self.inputs[i] for i in self.places], symbols, finish=self._finish)

    def _finish(self, replay: Replay) -> None:
        """New values of state: all are computed before the first is assigned."""
        pairs = [u for u in self.updates if isinstance(u, tuple)]
        new = [astensor(replay.value(v) if is_symbol(v) else v) for _, v in pairs]
        for u in self.updates:
            if is_symbol(u):
                replay.value(u)
        for (x, _), value in zip(pairs, new, strict=True):
            parameter = parameter_of(x)
            parameter.assign(lp.broadcast_to(value, parameter.shape))

    def __call__(self, inputs: Any = ()) -> Any:
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        if len(given) != len(self.inputs):
            raise TypeError(f"`inputs` should be a list of {len(self.inputs)} arrays, {len(given)} are given")
        arrays = [fed(self.inputs[i], given[i]) for i in self.places]
        found = self.runner(*arrays)
        return found[0] if self.single else found


def fed(symbol: Any, value: Any) -> Any:
    """An array in the dtype of the input that it is for."""
    array = value_of(value) if is_tensor(value) else np.asarray(value)
    wanted = getattr(symbol.source, "dtype", None)
    return array if wanted is None else np.ascontiguousarray(array, wanted).reshape(array.shape)


def function(inputs: Any, outputs: Any, updates: Any = None, **kwargs: Any) -> Function:
    """A function that gives the outputs for arrays in the place of the inputs."""
    return Function(inputs, outputs, updates, **kwargs)


def print_tensor(x: Any, message: str = "") -> Any:
    """The tensor; its value is printed when it is computed."""

    def shown(value: Any) -> None:
        print(message, np.asarray(value), file=sys.stderr)

    def print_tensor(t: Any) -> Any:
        t = astensor(t)
        if t.value is not None:
            shown(t.value)
        elif not record.is_guess():
            record.effect(shown, t)
        return t

    return apply(print_tensor, x)


# ----------------------------------------------------------------------------------------------- sessions
def get_session() -> Any:
    """The TensorFlow session of this process."""
    given = _phase.get("session")
    found = tf.get_default_session() or given
    if found is None:
        found = _phase["session"] = Session()
    return found


def set_session(session: Any) -> None:
    """Use this TensorFlow session."""
    _phase["session"] = session


def clear_session() -> None:
    """Forget the graph and all names."""
    tf.reset_default_graph()
    reset_uids()
    _phase.update(phase=None, symbol=None, session=None)


def manual_variable_initialization(value: bool) -> None:
    """Variables have their values at once here."""


# -------------------------------------------------------------------------------------------------- loops
def _steps(shape: Any) -> int | None:
    return None if shape is None else shape[0]


def rnn(
    step_function: Callable[[Any, Any], Any],
    inputs: Any,
    initial_states: Sequence[Any],
    go_backwards: bool = False,
    mask: Any = None,
    constants: Sequence[Any] | None = None,
    unroll: bool = False,
    input_length: int | None = None,
) -> tuple[Any, Any, list[Any]]:
    """A step over (samples, steps, ...): the last output, all outputs, the last states.

    step_function: (input of one step, states + constants) -> (output, new states). mask: (samples, steps);
    where it is 0 the states and the output stay.
    """
    initial = list(initial_states)
    shape = int_shape(inputs)
    since = record.begun()
    x = _hole((shape[0], *shape[2:]), inputs)
    states = [_hole(int_shape(s), s) for s in initial]
    output, new = step_function(x, states + list(constants or []))
    for state, after in zip(states, new, strict=False):
        _same_rank(state, after)
    body = Subgraph([x, *states], [output, *new], since)
    first = [s for s in (mask,) if s is not None]

    def rnn(replay: Replay, sequence: Any, *given: Any) -> list[Any]:
        around = body.surroundings(replay)
        start = [astensor(s) for s in given[: len(initial)]]
        masked = given[len(initial) :]
        xs = (lp.swapaxes(sequence, 0, 1), *(_mask_first(m, replay) for m in masked))

        def results(step: Any, carried: Any) -> list[Any]:
            return body.run(replay, [step, *carried], around)

        shown = _shape_of(results, replay, xs[0], start)
        carry = (
            [_as(s, t) for s, t in zip(start, shown[1:], strict=True)],
            lp.zeros(shown[0].shape, shown[0].dtype),
        )

        def one(carry: Any, parts: Any) -> Any:
            held, last = carry
            y, *after = results(parts[0], held)
            if masked:
                y = _where(parts[1], y, last)
                after = [_where(parts[1], n, o) for n, o in zip(after, held, strict=True)]
            return ([_as(n, o) for n, o in zip(after, held, strict=True)], _as(y, last)), y

        (held, last), outputs = scan(one, carry, xs, reverse=go_backwards)
        outputs = lp.flip(outputs, 0) if go_backwards else outputs
        return [last, lp.swapaxes(outputs, 0, 1), *held]

    def known() -> list[Any]:
        y = output.known
        rows = inputs.known
        whole = None
        if y is not None and rows is not None:
            with record.guessing():
                whole = lp.zeros((y.shape[0], rows.shape[1], *y.shape[1:]), y.dtype)
                whole = Tensor(_formula(whole.shape, y.dtype))
        return [y, whole, *(s.known for s in new)]

    found = recorded(rnn, [inputs, *initial, *first], count=2 + len(initial), deep=True, known=known)
    return found[0], found[1], list(found[2:])


def _formula(shape: Any, dtype: Any) -> Any:
    return placeholder_of("x", shape, dtype)


def _hole(shape: Any, like: Any) -> Any:
    """A symbol of this shape, for the body of a loop."""
    known = getattr(like, "known", None)
    dtype = known.dtype if known is not None else as_dtype(common.floatx())
    return wrap("Hole", Given(shape, dtype, "hole"))


def _same_rank(state: Any, after: Any) -> None:
    if ndim(state) is not None and ndim(after) is not None and ndim(state) != ndim(after):
        raise ValueError(f"a state has shape {int_shape(state)} and becomes {int_shape(after)}")


def _mask_first(mask: Any, replay: Replay) -> Any:
    m = astensor(mask)
    m = lp.squeeze(m, -1) if m.ndim == 3 else m
    return lp.swapaxes(lp.not_equal(m, 0) if m.dtype.kind != "b" else m, 0, 1)


def _where(mask: Any, a: Any, b: Any) -> Any:
    a = astensor(a)
    while mask.ndim < a.ndim:
        mask = lp.expand_dims(mask, -1)
    return lp.where(mask, a, b)


def _as(value: Any, like: Any) -> Any:
    """A carry in the shape and dtype in which it goes around."""
    value = astensor(value)
    if tuple(value.shape) != tuple(like.shape):
        value = lp.broadcast_to(value, like.shape)
    return value if value.dtype == like.dtype else value.astype(like.dtype)


def _shape_of(
    results: Callable[..., list[Any]], replay: Replay, sequence: Any, start: list[Any]
) -> list[Any]:
    """The results of the first step, for their shapes and dtypes: nothing of it is computed."""
    return [astensor(r) for r in results(sequence[0], start)]


def map_fn(fn: Callable[[Any], Any], elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """fn of every element along the first axis, stacked."""
    several = isinstance(elems, (list, tuple))
    sequences = list(elems) if several else [elems]
    since = record.begun()
    holes = [_hole(int_shape(e)[1:], e) for e in sequences]
    result = fn(type(elems)(holes) if several else holes[0])
    outputs = list(result) if isinstance(result, (list, tuple)) else [result]
    body = Subgraph(holes, outputs, since)

    def map_fn(replay: Replay, *xs: Any) -> Any:
        around = body.surroundings(replay)
        _, ys = scan(lambda c, x: (c, tuple(body.run(replay, list(x), around))), (), tuple(xs))
        return list(ys)

    found = recorded(map_fn, sequences, count=len(outputs), deep=True)
    return found[0] if len(found) == 1 else found


def foldl(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """fn(so far, element) along the first axis."""
    return _fold(fn, elems, initializer, reverse=False)


def foldr(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """The same from the last element on."""
    return _fold(fn, elems, initializer, reverse=True)


def _fold(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any, reverse: bool) -> Any:
    since = record.begun()
    element = _hole(int_shape(elems)[1:], elems)
    so_far = _hole(int_shape(elems)[1:] if initializer is None else int_shape(initializer), elems)
    body = Subgraph([so_far, element], [fn(so_far, element)], since)

    def fold(replay: Replay, xs: Any, *start: Any) -> Any:
        around = body.surroundings(replay)
        first = astensor(start[0]) if start else xs[-1 if reverse else 0]
        rest = xs if start else (xs[:-1] if reverse else xs[1:])

        def step(carry: Any, x: Any) -> Any:
            return _as(body.run(replay, [carry, x], around)[0], carry), None

        return scan(step, first, rest, reverse=reverse)[0]

    return recorded(fold, [elems] + ([] if initializer is None else [initializer]), deep=True)


__all__ = [
    "Function", "batch_get_value", "batch_set_value", "clear_session", "constant", "eval", "eye", "foldl",
    "foldr", "function", "get_session", "get_uid", "get_value", "get_variable_shape", "gradients",
    "in_test_phase", "in_train_phase", "is_keras_tensor", "is_placeholder", "is_sparse", "is_tensor",
    "is_variable", "learning_phase", "manual_variable_initialization", "map_fn", "moving_average_update",
    "name_scope", "ones", "ones_like", "placeholder", "print_tensor", "random_normal_variable",
    "random_uniform_variable", "reset_uids", "rnn", "set_learning_phase", "set_session", "set_value",
    "switch", "symbolic_learning_phase", "to_dense", "update", "update_add", "update_sub", "variable",
    "variable_of", "zeros", "zeros_like",
]  # fmt: skip
