"""Keras' symbolic tensors, and how functions of the engine are recorded on them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...dtypes import as_dtype
from ...graph import Array
from ...shapes import Dim
from ...tensor import Parameter, Tensor, astensor
from ..record import Apply, Deep, Fixed, Given, Replay, Runner, Source, State, Symbol, symbols_in
from ..tensorflow import recording
from ..tensorflow.dtypes import as_dtype as tf_dtype
from ..tensorflow.graph import GraphKeys, get_default_graph
from ..tensorflow.graph import Tensor as GraphTensor
from ..tensorflow.variables import Stored, Variable, assign
from .settings import floatx

Shape = tuple[int | None, ...]


class LearningPhase(Given):
    """1 in training, 0 in evaluation; 0 where nobody says it."""

    def __init__(self) -> None:
        super().__init__((), "int32", "keras_learning_phase")

    def results(self, replay: Replay) -> tuple[Any, ...]:
        return (Tensor(astensor(np.int32(0)).node),)


def apply(build: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`build` of the arguments: recorded where one of them is a symbol, else computed.

    >>> import limpide as lp
    >>> apply(lp.sum, np.ones(3))
    tensor(3., dtype=float64)
    """
    return recorded(build, args, kwargs) if symbols_in([args, kwargs]) else build(*args, **kwargs)


def recorded(
    build: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any] | None = None,
    *,
    count: int | None = None,
    known: Callable[[], Any] | None = None,
    deep: bool = False,
    once: bool = False,
) -> Any:
    """`build` of the arguments as a symbol, whether or not one of them is one.

    count: how many results it gives, as a list. known: what is known of them; deep: `build` gets the replay
    first. once: a run computes it once, as random numbers.
    """
    kind = build.__name__.strip("_<>") or "op"
    source = Deep if deep else Apply
    return recording.apply(kind, build, args, kwargs, count=count, known=known, source=source, once=once)


def op(build: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the engine's tensors that takes symbols too."""

    @functools.wraps(build)
    def function(*args: Any, **kwargs: Any) -> Any:
        return apply(build, *args, **kwargs)

    return function


def wrap(kind: str, source: Source) -> Any:
    """What a source gives as a tensor of the default graph."""
    graph = get_default_graph()
    return graph.add(kind, graph.full_name(source.name or kind), source).outputs[0]


def fixed(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A constant."""
    array = np.asarray(value, None if dtype is None else as_dtype(dtype))
    return wrap("Const", Fixed(array, name))


class Weight(Variable):
    """A variable that has its value at once, in every session; initialising it leaves the value."""

    has_value = True

    def __init__(self, array: Array, name: str):
        graph = get_default_graph()
        dtype = tf_dtype(array.dtype)
        with graph.name_scope(None):
            label = graph.unique_name(name)
        self.trainable, self.constraint = True, None
        self.parameter = Parameter(array, name=label)
        operation = graph.add("VariableV2", label, Stored(self.parameter), 1, [dtype._ref])
        GraphTensor.__init__(self, operation, 0, dtype._ref)
        operation.outputs[:] = [self]
        operation.done = self
        graph.variables.append(self)
        graph.add_to_collections([GraphKeys.GLOBAL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES], self)
        self._keras_shape: Any = tuple(array.shape)
        self._uses_learning_phase = False

    def __getattr__(self, name: str) -> Any:
        """What initialises it is made when it is asked for."""
        if name == "initializer":
            return assign(self, self).op
        return self if name == "initial_value" else super().__getattr__(name)


def is_symbol(x: Any) -> bool:
    """Whether it is a value to be."""
    return isinstance(x, Symbol)


def parameter_of(variable: Any) -> Parameter:
    """The state behind a variable."""
    state: State = variable.source
    return state.parameter


def int_shape(x: Any) -> Any:
    """The shape as a tuple, None for a size that varies; None where nothing is known."""
    known = getattr(x, "_keras_shape", None)
    if known is not None:
        return tuple(known)
    if not isinstance(x, Symbol):
        return tuple(int(s) for s in np.shape(x))
    formula = x.known
    return None if formula is None else tuple(int(s) if is_number(s) else None for s in formula.shape)


def is_number(size: Any) -> bool:
    """Whether a size of a shape is known."""
    return not isinstance(size, Dim)


def value_of(x: Any) -> Array:
    """The value of anything that has one now: an array, a tensor, a variable, a symbol without inputs."""
    if isinstance(x, Symbol):
        if isinstance(x.source, State):
            return np.array(parameter_of(x).cell.value)
        found: Array = Runner([], [x])()[0]
        return found
    return np.array(astensor(x).value)


def as_floatx(x: Any) -> Any:
    """A tensor of the engine as floats."""
    t = astensor(x)
    return t if t.dtype.kind == "f" else t.astype(floatx())
