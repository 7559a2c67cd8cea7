"""Variables: state of a graph whose value belongs to a session; scopes in which variables are shared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...nn.words import lp
from ...ops.loop import placeholder as formula_of_input
from ...tensor import Parameter, grad
from ...tensor import Tensor as EngineTensor
from ..record import Given, Host, Runner, Source, State, Symbol, sources_behind
from .errors import OutOfRangeError
from .graph import GraphKeys, Mode, Operation, Tensor, get_default_graph, get_default_session
from .inputs import convert_to_tensor as as_tensor
from .recording import Assign, apply


class Stored(State):
    """The parameter behind a variable: an ordinary read sees it as it was when the run began."""

    live = False


class Kept:
    """What a variable of text or complex numbers holds: an array that NumPy computes with."""

    def __init__(self) -> None:
        self.cell = self
        self.value: Any = np.zeros((), object)

    def replace(self, value: Any) -> None:
        self.value = value

    assign = replace

    @property
    def shape(self) -> Any:
        return np.shape(self.value)


class AssignKept(Host):
    """An assignment to such a variable, between native calls."""

    once = True
    initial = False

    def __init__(self, variable: Any, *args: Any, **settings: Any):
        self.assigns = (variable,)
        super().__init__(*args, **settings)


class Variable(Tensor):
    """State that a session keeps between its runs.

    initial_value: a tensor, what can be made one, or a function that gives it.
    Reads see the value from the beginning of a run, unless control dependencies put them after an assignment.
    """

    has_value = False  # before it is initialised

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if Mode.eager:
            return eager_variable[0](*args, **kwargs)
        return super().__new__(cls)

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool = True,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: Any = None,
        constraint: Any = None,
        use_resource: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
    ):
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        graph = get_default_graph()
        self.trainable, self.constraint = trainable, constraint
        with graph.control_dependencies(None), graph.name_scope(name or "Variable") as scope:
            initial = initial_value() if callable(initial_value) else initial_value
            self.initial_value = as_tensor(initial, dtype, "initial_value")
            wanted = self.initial_value.dtype.base_dtype
            engine = wanted.engine
            label = scope[:-1]
            self.parameter: Any
            source: Source
            if engine is None:
                self.parameter = Kept()
                source = Host(lambda: self.parameter.cell.value, name=label)
            else:
                sizes = _static(self.initial_value, validate_shape)
                self.parameter = Parameter(np.zeros(sizes, engine), name=label)
                source = Stored(self.parameter)
            operation = graph.add("VariableV2", label, source, 1, [wanted._ref])
            super().__init__(operation, 0, wanted._ref)
            operation.outputs[:] = [self]
            operation.done = self
            graph.variables.append(self)
            self.initializer: Operation = assign(self, self.initial_value, validate_shape, name="Assign").op
            self.initializer.source.initial = True
        for key in [GraphKeys.GLOBAL_VARIABLES] if collections is None else collections:
            graph.add_to_collection(key, self)
        if trainable and GraphKeys.TRAINABLE_VARIABLES not in (collections or ()):
            graph.add_to_collection(GraphKeys.TRAINABLE_VARIABLES, self)

    # ------------------------------------------------------------------------------------------ reading
    def value(self) -> Any:
        return self.read_value() if self.graph.controls else self

    def read_value(self) -> Any:
        """Its value after the present control dependencies."""
        name = f"{self.op.name.rpartition('/')[2]}/read"
        if self not in self.graph.assigned_before:
            return apply("Identity", _same, [self], name=name, dtype=self.dtype.base_dtype)
        return apply("Identity", self._read, name=name, known=lambda: self.known)

    def _read(self) -> EngineTensor:
        return EngineTensor(self.parameter.node)

    def _snapshot(self) -> Tensor:
        return self

    _ref = as_variable_ref = _snapshot

    def initialized_value(self) -> Any:
        """Its value, or what it will be initialised with."""
        return self.initial_value

    def load(self, value: Any, session: Any = None) -> None:
        """Give it a value in the session."""
        (session or get_default_session()).load(self, value)

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        return super().eval(feed_dict, session)

    # ---------------------------------------------------------------------------------------- assigning
    def assign(self, value: Any, use_locking: bool = False, name: Any = None, read_value: bool = True) -> Any:
        return assign(self, value, use_locking=use_locking, name=name)

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Any:
        return assign_add(self, delta, use_locking, name)

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Any:
        return assign_sub(self, delta, use_locking, name)

    def scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Any:
        return scatter_update(self, sparse_delta.indices, sparse_delta.values, use_locking, name)

    def scatter_add(self, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Any:
        return scatter_add(self, sparse_delta.indices, sparse_delta.values, use_locking, name)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Any:
        return scatter_sub(self, sparse_delta.indices, sparse_delta.values, use_locking, name)

    def count_up_to(self, limit: int) -> Any:
        return count_up_to(self, limit)

    def is_initialized(self, name: Any = None) -> Any:
        return is_variable_initialized(self, name)

    def to_proto(self, export_scope: Any = None) -> Any:
        return self.name

    @property
    def _shared_name(self) -> str:
        return self.op.name

    def __repr__(self) -> str:
        return f"<tf.Variable {self._described()}>"

    __str__ = __repr__


RefVariable = Variable
eager_variable: list[Callable[..., Any]] = []  # what makes variables in eager mode; eager.py puts itself here


def _static(initial: Tensor, validate: bool) -> tuple[int, ...]:
    """The sizes of an initial value; it is computed once where they cannot be told otherwise."""
    if initial.shape.is_fully_defined():
        return tuple(int(d) for d in initial.shape)
    if any(isinstance(s, Given) for s in sources_behind([initial])):
        if not validate and initial.shape.ndims is not None:
            return tuple(d.value or 0 for d in initial.shape)
        raise ValueError(f"initial_value must have a shape specified: {initial}")
    return np.shape(Runner([], [initial], device="numpy")()[0])


def _same(value: Any) -> Any:
    return value


# ------------------------------------------------------------------------------------------- assignments
def _variable(ref: Any) -> Variable:
    if not isinstance(ref, Variable):
        raise TypeError(f"only a variable can be assigned to, not {ref!r}")
    return ref


def _update(
    kind: str,
    ref: Any,
    change: Callable[..., Any],
    args: Sequence[Any],
    name: str | None,
    reads: bool = True,
) -> Any:
    """An operation that gives a variable the value `change(present value, *args)`, and gives that value."""
    variable = _variable(ref)

    def build(replay: Any, *values: Any) -> Any:
        present = EngineTensor(variable.parameter.node) if reads else None
        variable.parameter.assign(change(present, *values))
        return variable.parameter

    given = [a if isinstance(a, Symbol) else as_tensor(a, variable.dtype.base_dtype) for a in args]
    if isinstance(variable.parameter, Kept):
        return _update_kept(kind, variable, change, given, name)

    def source(build: Any, args: Any, kwargs: Any, **settings: Any) -> Assign:
        if reads:
            settings["after"] = [variable, *settings["after"]]
        return Assign([variable], build, args, kwargs, **settings)

    return apply(
        kind,
        build,
        given,
        name=name or kind,
        known=lambda: variable.known,
        dtype=variable.dtype,
        source=source,
    )


def _update_kept(kind: str, variable: Any, change: Callable[..., Any], given: Any, name: str | None) -> Any:
    def build(*values: Any) -> Any:
        variable.parameter.assign(np.asarray(change(variable.parameter.cell.value, *values)))
        return variable.parameter.cell.value

    def source(build: Any, args: Any, kwargs: Any, **settings: Any) -> AssignKept:
        return AssignKept(variable, build, args, kwargs, **settings)

    return apply(kind, build, given, name=name or kind, dtype=variable.dtype, source=source)


def assign(
    ref: Any, value: Any, validate_shape: bool = True, use_locking: bool = True, name: str | None = None
) -> Any:
    """Give a variable a new value; the result is that value.

    Raises ValueError where the shapes differ.
    """
    if not isinstance(ref, Variable):
        return ref.assign(value)
    new = as_tensor(value, ref.dtype.base_dtype)
    if validate_shape and not new.shape.is_compatible_with(ref.shape):
        raise ValueError(
            f"Dimension mismatch: the variable '{ref.name}' has shape {ref.shape}, the new value {new.shape}"
        )
    return _update("Assign", ref, lambda _, new: new, [new], name, reads=False)


def assign_add(ref: Any, value: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Add to a variable."""
    return _update("AssignAdd", ref, lambda old, delta: old + delta, [value], name)


def assign_sub(ref: Any, value: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Subtract from a variable."""
    return _update("AssignSub", ref, lambda old, delta: old - delta, [value], name)


def _scatter(kind: str, change: Callable[..., Any]) -> Callable[..., Any]:
    """An operation that changes rows of a variable: `change(rows, updates, how often each index comes)`."""

    def scatter(
        ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        where = as_tensor(indices)
        return _update(kind, ref, lambda old, i, new: change(old, i, new), [where, updates], name)

    scatter.__name__ = kind
    return scatter


def _summed(old: Any, indices: Any, updates: Any) -> Any:
    """What rows of zeros get when updates are added at indices, repeated ones too."""
    whole = EngineTensor(formula_of_input("rows", old.shape, old.dtype))
    picked = lp.take(whole, indices, axis=0)
    return grad(lp.sum(picked * lp.broadcast_to(updates, picked.shape)), whole)


def _replaced(old: Any, indices: Any, updates: Any) -> Any:
    count = _summed(old, indices, lp.ones_like(updates))
    if indices.shape == ():
        return lp.where(count > 0, _summed(old, indices, updates), old)
    order = lp.arange(indices.size).reshape(indices.shape)
    last = lp.max(
        lp.where(indices[..., None] == lp.arange(old.shape[0]), order[..., None], -1).reshape(
            (-1, old.shape[0])
        ),
        axis=0,
    )
    rows = lp.take(updates.reshape((-1, *old.shape[1:])), lp.maximum(last, 0), axis=0)
    return lp.where((last >= 0).reshape((-1,) + (1,) * (old.ndim - 1)), rows, old)


scatter_update = _scatter("ScatterUpdate", _replaced)
scatter_add = _scatter("ScatterAdd", lambda old, i, new: old + _summed(old, i, new))
scatter_sub = _scatter("ScatterSub", lambda old, i, new: old - _summed(old, i, new))


def count_up_to(ref: Any, limit: int, name: str | None = None) -> Any:
    """Add 1; the result is the value before. Raises OutOfRangeError at the limit."""

    def count(replay: Any) -> Any:
        present = EngineTensor(ref.parameter.node)
        replay.effect(_below, present)
        ref.parameter.assign(present + 1)
        return present

    def _below(value: Any) -> None:
        if value >= limit:
            ref.parameter.assign(value)
            raise OutOfRangeError(ref.op.node_def, ref.op, f"Reached limit of {limit}")

    return apply(
        "CountUpTo", count, name=name, known=lambda: ref.known, dtype=ref.dtype.base_dtype,
        source=lambda build, args, kwargs, **settings: Assign(
            [ref], build, args, kwargs, **settings | {"after": [ref, *settings["after"]]}
        ),
    )  # fmt: skip


def is_variable_initialized(ref: Any, name: str | None = None) -> Any:
    """Whether a variable has a value in the session that runs."""
    return apply(
        "IsVariableInitialized", lambda: np.array(_initialised(ref)), name=name, dtype="bool", source=Host
    )


def _initialised(variable: Any) -> bool:
    session = variable.graph.active
    return session is not None and variable in session.initialised


def report_uninitialized_variables(var_list: Any = None, name: str = "report_uninitialized_variables") -> Any:
    """The names of variables that have no value yet."""
    wanted = [*global_variables(), *local_variables()] if var_list is None else list(var_list)

    def names() -> Any:
        return np.array([v.op.name.encode() for v in wanted if not _initialised(v)], object)

    return apply("ReportUninitialized", names, name=name, dtype="string", source=Host)


# ------------------------------------------------------------------------------------ groups of variables
def variables_initializer(var_list: Any, name: str = "init") -> Operation:
    """An operation that initialises these variables."""
    return group(*(v.initializer for v in var_list), name=name)


def global_variables_initializer() -> Operation:
    """An operation that initialises the global variables there are now."""
    return variables_initializer(global_variables())


def local_variables_initializer() -> Operation:
    return variables_initializer(local_variables(), "init_local")


initialize_variables = variables_initializer
initialize_all_variables = global_variables_initializer
initialize_local_variables = local_variables_initializer


def group(*inputs: Any, **kwargs: Any) -> Operation:
    """An operation that is done when all of these are."""
    name = kwargs.get("name") or "group_deps"
    graph = get_default_graph()
    with graph.control_dependencies(_flat(inputs)):
        done: Operation = apply("NoOp", _nothing, name=name, outputs=0)
    return done


def no_op(name: str | None = None) -> Operation:
    """An operation that does nothing, after its control dependencies."""
    done: Operation = apply("NoOp", _nothing, name=name or "NoOp", outputs=0)
    return done


def _nothing() -> Any:
    return EngineTensor(None, np.zeros((), np.bool_))


def _flat(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [each for v in value for each in _flat(v)]
    return [] if value is None else [value]


def _in(key: str) -> Callable[..., list[Variable]]:
    def collection(scope: str | None = None) -> list[Variable]:
        return get_default_graph().get_collection(key, scope)

    return collection


global_variables = all_variables = _in(GraphKeys.GLOBAL_VARIABLES)
local_variables = _in(GraphKeys.LOCAL_VARIABLES)
trainable_variables = _in(GraphKeys.TRAINABLE_VARIABLES)
model_variables = _in(GraphKeys.MODEL_VARIABLES)
moving_average_variables = _in(GraphKeys.MOVING_AVERAGE_VARIABLES)

__all__ = [
    "RefVariable", "Variable", "all_variables", "assign", "assign_add", "assign_sub", "count_up_to",
    "global_variables", "global_variables_initializer", "group", "initialize_all_variables",
    "initialize_local_variables", "initialize_variables", "is_variable_initialized", "local_variables",
    "local_variables_initializer", "model_variables", "moving_average_variables", "no_op",
    "report_uninitialized_variables", "scatter_add", "scatter_sub", "scatter_update",
    "trainable_variables", "variables_initializer",
]  # fmt: skip
