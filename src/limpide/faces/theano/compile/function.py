"""`theano.function`: recorded variables as one native function."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ....errors import IndexingError, LimpideError
from ... import pickles, record
from ...record import Symbol, mapped
from ..configparser import config
from ..gof.graph import Node, Variable, node_of, outputs_of
from ..gof.utils import MissingInputError, UnusedInputError
from ..tensor.type import TensorType
from ..tensor.var import as_tensor_variable, functions
from .io import In, Out, as_input
from .mode import DebugMode, Mode, get_mode
from .profiling import ProfileStats, now
from .sharedvalue import GenericSharedVariable, SharedVariable, TensorSharedVariable

Pairs = list[tuple[Any, Any]]
INDEX = (np.dtype(np.int64), 0)  # the kind of input that a loop over batches has


def function(
    inputs: Any,
    outputs: Any = None,
    mode: Any = None,
    updates: Any = None,
    givens: Any = None,
    no_default_updates: Any = False,
    accept_inplace: bool = False,
    name: str | None = None,
    rebuild_strict: bool = True,
    allow_input_downcast: bool | None = None,
    profile: Any = None,
    on_unused_input: str | None = None,
) -> Function:
    """A function of the inputs that gives the outputs and then updates shared variables.

    outputs: one variable, a list, a dict, or None. updates: pairs (shared variable, new value).
    givens: pairs (variable, what stands in its place).
    Raises UnusedInputError, MissingInputError, TypeError for types that do not fit.
    """
    if not isinstance(inputs, (list, tuple)):
        raise Exception(
            "Input variables of a Theano function should be contained in "
            f"a list, even when there is a single input. Got {type(inputs)}"
        )
    return Function(
        [as_input(i) for i in inputs],
        outputs,
        mode=mode,
        updates=_pairs(updates, "updates"),
        givens=_pairs(givens, "givens"),
        no_default_updates=no_default_updates,
        name=name,
        allow_downcast=allow_input_downcast,
        profile=profile,
        on_unused_input=on_unused_input,
    )


def _pairs(given: Any, what: str) -> Pairs:
    if given is None:
        return []
    pairs = list(given.items()) if isinstance(given, Mapping) else list(given)
    if not all(isinstance(p, (tuple, list)) and len(p) == 2 for p in pairs):
        raise TypeError(f"{what} is a dict or a list of pairs, not {given!r}")
    return [(p[0], p[1]) for p in pairs]


class Function:
    """A compiled function: call it with values; made by `theano.function`."""

    def __init__(
        self,
        inputs: list[In],
        outputs: Any,
        *,
        mode: Any = None,
        updates: Pairs,
        givens: Pairs,
        no_default_updates: Any = False,
        name: str | None = None,
        allow_downcast: bool | None = None,
        profile: Any = None,
        on_unused_input: str | None = None,
    ):
        self.name = name
        self.trust_input = False
        self.mode: Mode = get_mode(mode)
        self._ins = inputs
        self._asked = outputs
        self._options: dict[str, Any] = {
            "allow_downcast": allow_downcast,
            "on_unused_input": on_unused_input,
            "mode": mode,
        }
        self.profile = _profile(profile, name)
        for i in inputs:
            if isinstance(i.variable, SharedVariable):
                raise TypeError(
                    f"Cannot use a shared variable ({i.variable}) as explicit input. Consider substituting a "
                    "non-shared variable via the `givens` parameter"
                )
            if i.allow_downcast is None:
                i.allow_downcast = allow_downcast
        variables = [i.variable for i in inputs]
        if len({v.key for v in variables}) != len(variables):
            twice = next(v for i, v in enumerate(variables) if v.key in {w.key for w in variables[:i]})
            raise UnusedInputError(f"Variable {twice} is used twice in inputs to theano.function")
        self._outputs = [_output(o) for o in _flat_outputs(outputs)]
        self._givens = {v.key: _given(v, w) for v, w in givens}
        own = [(i.variable, _typed(i.update, i.variable, "In")) for i in inputs if i.update is not None]
        self._own = [variables.index(v) for v, _ in own]  # inputs that keep a value between calls
        self._updates = _updates_of(
            updates, [*self._outputs, *(u for _, u in own)], self._givens, variables, no_default_updates
        )
        roots = [*self._outputs, *(u for _, u in own), *(u for _, u in self._updates)]
        sources, used = _needed(roots, self._givens, variables)
        self._check_inputs(variables, sources, used, on_unused_input or config.on_unused_input)
        self._sources = sources
        self._runner = record.Runner(
            [v for v in variables],
            [*self._outputs, *(u for _, u in own)],
            finish=self._finish if self._updates else None,
            replaced={k: w for k, w in self._givens.items() if k in used},
            reads=[u for _, u in self._updates],
        )
        self._exact: record.Runner | None = None
        self._values: list[Any] = [i.value if i.value is None else self._default(i) for i in inputs]
        self._filters = [i.variable.type.filter for i in inputs]
        self._plain = [
            (i.variable.type.numpy_dtype, i.variable.type.ndim)
            if type(i.variable.type) is TensorType and not any(i.variable.type.broadcastable)
            else (None, 0)
            for i in inputs
        ]
        self._simple = (
            not self._own and self.profile is None and not self.mode.lookers and not self._special(variables)
        )
        self._shape_of_result = _arranged(outputs)

    # ------------------------------------------------------------------------------------------ building
    def _special(self, variables: Sequence[Any]) -> bool:
        """Whether values cross the border otherwise than as arrays: sparse ones, objects."""
        return any(
            not isinstance(v.type, TensorType) or hasattr(v.type, "format")
            for v in [*variables, *self._outputs]
        )

    def _check_inputs(
        self, variables: Sequence[Any], sources: Sequence[Any], used: set[Any], action: str
    ) -> None:
        given = {v.key for v in variables}
        for index, v in enumerate(variables):
            if v.key in used or self._ins[index].update is not None or action == "ignore":
                continue
            if v.key in self._givens:
                continue
            message = (
                "theano.function was asked to create a function "
                "computing outputs given certain inputs, but the "
                f"provided input variable at index {index} is not part of the computational graph needed to "
                f"compute the outputs: {v}.\nTo make this error into a warning, you can pass the parameter "
                "on_unused_input='warn' to theano.function. To disable it completely, use "
                "on_unused_input='ignore'."
            )
            if action == "raise":
                raise UnusedInputError(message)
            warnings.warn(message, stacklevel=4)
        for source in sources:
            if isinstance(source, record.Given) and not any((source, i) in given for i in range(1)):
                variable = outputs_of(source)[0] if not source.name else source.name
                if (source, 0) in self._givens or source in _objects:
                    continue
                raise MissingInputError(
                    f"Input {variable} of the graph is used to compute the outputs, but it was not provided "
                    "and not given a value. Use the Theano flag "
                    "exception_verbosity='high', for more information "
                    "on this error."
                    + (
                        f"\n\nIt was made at line {source.where[1]} of {source.where[0]}"
                        if source.where
                        else ""
                    ),
                    variable,
                )

    def _default(self, i: In) -> Any:
        if isinstance(i.value, SharedVariable):
            return i.value
        return i.variable.type.filter(i.value, allow_downcast=True)

    def _finish(self, replay: record.Replay) -> None:
        """Assign the updates when everything is computed from the old values."""
        new = [(target, replay.value(value)) for target, value in self._updates]
        for target, value in new:
            if tuple(value.shape) == tuple(target.source.parameter.shape):
                target.source.parameter.assign(value)
            else:
                replay.effect(target.source.put, value)

    # ------------------------------------------------------------------------------------------- calling
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != len(self._ins):
            args = self._arranged_arguments(args, kwargs)
        if self._simple:
            arrays = []
            for i, value in enumerate(args):
                dtype, ndim = self._plain[i]
                if (
                    type(value) is np.ndarray
                    and value.dtype is dtype
                    and value.ndim == ndim
                    or self.trust_input
                ):
                    arrays.append(value)
                else:
                    arrays.append(self._converted(i, value))
            return self._shape_of_result(self._run(arrays))
        start = now()
        values = [self._converted(i, v) for i, v in enumerate(args)]
        results = self._run([_inside(v) for v in values])
        count = len(self._outputs)
        for at, value in zip(self._own, results[count:], strict=True):
            self._values[at] = value
        if self.mode.lookers:
            self._look(values)
        found = [_outside(r, o) for r, o in zip(results[:count], self._outputs, strict=True)]
        if self.profile is not None:
            self.profile.add(now() - start)
        return self._shape_of_result(found)

    def _run(self, arrays: list[Any]) -> list[Any]:
        try:
            return self._runner(*arrays)
        except IndexingError as error:
            if "slice" not in error.what:
                raise
            return self._exactly(arrays, error)

    def _exactly(self, arrays: list[Any], error: LimpideError) -> list[Any]:
        """A slice at a computed place reaches past the end: compile for the integers of this call."""
        whole = {i for i, a in enumerate(arrays) if a.ndim == 0 and a.dtype.kind in "iu"}
        if not whole:
            raise error
        if self._exact is None:
            self._exact = self._runner.steered_by(whole)
        return self._exact(*arrays)

    def _converted(self, i: int, value: Any) -> Any:
        if type(value) is int and self._plain[i] == INDEX:
            return np.array(value)
        given = self._ins[i]
        if isinstance(value, SharedVariable):
            value = value.get_value(borrow=True)
        try:
            return self._filters[i](value, strict=given.strict, allow_downcast=given.allow_downcast)
        except (TypeError, ValueError) as error:
            function = f' with name "{self.name}"' if self.name else ""
            error.args = (
                "Bad input "
                f"argument{f' with name {chr(34)}{given.name}{chr(34)}' if given.name else ''} to theano "
                f"function{function} at index {i} (0-based).",
                *error.args,
            )
            raise

    def _arranged_arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Positional, named and default values, in the order of the inputs."""
        if len(args) > len(self._ins):
            raise TypeError(
                f"Too many parameter passed to theano function: {len(args)} for {len(self._ins)} inputs"
            )
        values = list(args) + [self] * (len(self._ins) - len(args))
        names = {i.name: at for at, i in enumerate(self._ins) if i.name is not None}
        for key, value in kwargs.items():
            at = names.get(key) if isinstance(key, str) else None
            if at is None:
                raise TypeError(f"Unknown input or state: {key}")
            if values[at] is not self:
                raise TypeError(
                    f"Tried to provide value for implicit input: {key}" if at < len(args) else key
                )
            values[at] = value
        for at, value in enumerate(values):
            if value is self:
                if self._values[at] is None:
                    raise TypeError(f"Missing required input: {self._ins[at].variable}")
                values[at] = self._values[at]
        return tuple(values)

    def _look(self, values: Sequence[Any]) -> None:
        """Call the mode's functions with the values of every node."""
        nodes = self.maker.fgraph.toposort()
        wanted = list(
            {
                v.key: v for n in nodes for v in [*n.inputs, *n.outputs] if isinstance(v.type, TensorType)
            }.values()
        )
        look = record.Runner(
            [i.variable for i in self._ins], wanted, replaced={k: w for k, w in self._givens.items()}
        )
        found = dict(zip((v.key for v in wanted), look(*values), strict=True))
        for i, node in enumerate(nodes):
            seen = _Seen(
                [[found.get(v.key)] for v in node.inputs], [[found.get(v.key)] for v in node.outputs]
            )
            for looker in self.mode.lookers:
                looker(i, node, seen)

    # -------------------------------------------------------------------------------------- looking at it
    @property
    def maker(self) -> Any:
        return _Maker(self)

    @property
    def input_storage(self) -> list[_Container]:
        return [_Container(self, at) for at in range(len(self._ins))]

    @property
    def container(self) -> Any:
        return {i.name: c for i, c in zip(self._ins, self.input_storage, strict=True)}

    def __getitem__(self, item: Any) -> Any:
        """The value that an input has when none is given."""
        return self._values[self._place(item)]

    def __setitem__(self, item: Any, value: Any) -> None:
        self._values[self._place(item)] = value

    def _place(self, item: Any) -> int:
        for at, i in enumerate(self._ins):
            if item is i.variable or item == i.name:
                return at
        raise KeyError(item)

    def copy(
        self,
        share_memory: bool = False,
        swap: Any = None,
        delete_updates: bool = False,
        name: str | None = None,
        profile: Any = None,
    ) -> Function:
        """The function again; swap: other shared variables in the place of some."""
        known = {a.key: b for a, b in (swap or {}).items()}

        def swapped(v: Any) -> Any:
            return known.get(v.key, v)

        givens = [(_key_symbol(k), w) for k, w in self._givens.items()]
        givens += list((swap or {}).items())
        updates = [] if delete_updates else [(swapped(t), u) for t, u in self._updates]
        return Function(
            [copy.copy(i) for i in self._ins],
            self._asked,
            updates=updates,
            givens=givens,
            no_default_updates=True,
            name=name or self.name,
            profile=profile,
            **self._options,
        )

    def __copy__(self) -> Function:
        return self.copy()

    def get_shared(self) -> list[Any]:
        """The shared variables that it reads or updates."""
        found = {v.key: v for s in self._sources if isinstance(s, record.State) for v in _shared_of(s)}
        return list(found.values())

    def free(self) -> None:
        return None

    def __repr__(self) -> str:
        return f"<theano.compile.function_module.Function object{f' {self.name!r}' if self.name else ''}>"

    def __reduce__(self) -> Any:
        words = ("variable", "name", "value", "update", "mutable", "strict", "allow_downcast")
        ins = [tuple(getattr(i, word) for word in words) for i in self._ins]
        givens = [(_key_symbol(k), w) for k, w in self._givens.items()]
        options = {k: v for k, v in self._options.items() if not isinstance(v, Mode)}
        return function_again, (ins, self._asked, self._updates, givens, self.name, options)


def function_again(ins: Any, outputs: Any, updates: Any, givens: Any, name: Any, options: Any) -> Function:
    """A function made again from its parts."""
    options = {"updates": updates, "givens": givens, "no_default_updates": True, "name": name, **options}
    return Function([In(*i) for i in ins], outputs, **options)


pickles.allow(function_again)
_objects: set[Any] = set()  # sources of shared Python objects: not numbers, never inputs


def _key_symbol(key: Any) -> Any:
    return outputs_of(key[0])[key[1]]


def _shared_of(source: Any) -> list[Any]:
    found = getattr(source, "shared", None)
    return [] if found is None else [found]


class _Seen:
    """The values around a node, as a thunk has them."""

    def __init__(self, inputs: list[Any], outputs: list[Any]):
        self.inputs, self.outputs = inputs, outputs

    def __call__(self) -> None:
        return None


class _Container:
    """The place of one input's value."""

    def __init__(self, function_: Function, at: int):
        self._function, self._at = function_, at

    @property
    def value(self) -> Any:
        return self._function._values[self._at]

    @value.setter
    def value(self, new: Any) -> None:
        self._function._values[self._at] = new

    data = value

    @property
    def storage(self) -> list[Any]:
        return [self.value]


class FunctionGraph:
    """What is between the inputs and the outputs of a function."""

    def __init__(self, inputs: Sequence[Any], outputs: Sequence[Any], sources: Sequence[record.Source]):
        self.inputs, self.outputs = list(inputs), list(outputs)
        self._sources = [s for s in sources if isinstance(s, record.Apply)]

    def toposort(self) -> list[Node]:
        """The nodes in an order in which they can be computed."""
        return [node_of(s) for s in self._sources]

    @property
    def apply_nodes(self) -> set[Node]:
        return set(self.toposort())

    @property
    def variables(self) -> set[Any]:
        return {v for s in self._sources for v in [*outputs_of(s), *s.inputs]}


class _Maker:
    """`f.maker`: the graph and what it was made of."""

    def __init__(self, function_: Function):
        self.inputs = function_._ins
        self.outputs = [Out(o) for o in function_._outputs]
        self.mode = function_.mode
        self.profile = function_.profile
        roots = [*function_._outputs, *(u for _, u in function_._updates)]
        self.fgraph = FunctionGraph([i.variable for i in function_._ins], roots, function_._sources)
        self.linker = function_.mode.linker


def _profile(asked: Any, name: str | None) -> ProfileStats | None:
    if isinstance(asked, ProfileStats):
        return asked
    if asked is None:
        asked = config.profile
    return ProfileStats(message=name) if asked else None


# --------------------------------------------------------------------------------------------- outputs
def _flat_outputs(outputs: Any) -> list[Any]:
    if outputs is None:
        return []
    if isinstance(outputs, Mapping):
        return [outputs[k] for k in sorted(outputs, key=str)]
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


def _output(given: Any) -> Any:
    value = given.variable if isinstance(given, Out) else given
    if isinstance(value, Symbol):
        return value
    try:
        return as_tensor_variable(value)
    except TypeError:
        raise TypeError(
            f"Outputs must be theano Variable or Out instances. Received {value!r} of type {type(value)}"
        ) from None


def _arranged(outputs: Any) -> Callable[[list[Any]], Any]:
    """What a call returns for the list of values: as the outputs were given."""
    if isinstance(outputs, Mapping):
        keys = sorted(outputs, key=str)
        return lambda values: dict(zip(keys, values, strict=False))
    if outputs is None:
        return lambda values: []
    if isinstance(outputs, (list, tuple)):
        return lambda values: values
    return lambda values: values[0]


def _inside(value: Any) -> Any:
    """A value as the engine takes it."""
    return value.toarray() if hasattr(value, "toarray") else value


def _outside(value: Any, variable: Any) -> Any:
    to_value = getattr(getattr(variable, "type", None), "to_value", None)
    return value if to_value is None else to_value(value)


# ------------------------------------------------------------------------------------- givens and updates
def _given(variable: Any, value: Any) -> Any:
    """What stands in the place of a variable. Raises TypeError for another type."""
    if not isinstance(value, Symbol):
        array = np.asarray(value)
        value = as_tensor_variable(variable.type.filter(array if array.ndim else value, allow_downcast=True))
    return _fitting(value, variable)


def _fitting(value: Any, variable: Any) -> Any:
    type_ = getattr(variable, "type", None)
    if type_ is None or getattr(value, "type", None) is None:
        return value
    if isinstance(type_, TensorType) and isinstance(value.type, TensorType):
        if (type_.dtype, type_.ndim) == (value.type.dtype, value.type.ndim):
            return value
        raise TypeError(
            f"Cannot convert Type {value.type} (of Variable "
            f"{value}) into Type {type_}. You can try to manually "
            f"convert {value} into a {type_}."
        )
    return type_.filter_variable(value)


def _typed(value: Any, target: Any, what: str) -> Any:
    """A new value for a target, of its type."""
    if not isinstance(value, Symbol):
        value = as_tensor_variable(value)
    try:
        return _fitting(value, target)
    except TypeError:
        raise TypeError(
            "An update must have the same type as the original shared variable "
            f"(shared_var={target}, shared_var.type={target.type}, update_val={value}, "
            f"update_val.type={getattr(value, 'type', None)}). If the difference is related to the broadcast "
            "pattern, you can call the tensor.unbroadcast(var, "
            "axis_to_unbroadcast[, ...]) function to remove "
            "broadcastable dimensions."
        ) from None


def _updates_of(
    given: Pairs, outputs: Sequence[Any], givens: Mapping[Any, Any], inputs: Sequence[Any], no_default: Any
) -> Pairs:
    """The asked updates, and the default ones of what is read."""
    found: dict[Any, tuple[Any, Any]] = {}
    for target, value in given:
        if not isinstance(target, SharedVariable):
            raise TypeError("update target must be a SharedVariable", target)
        if target.key in found:
            raise ValueError(
                "this shared variable already has an update expression", (target, found[target.key][1])
            )
        if isinstance(target, GenericSharedVariable):
            raise TypeError("update target must be a shared tensor", target)
        found[target.key] = (target, _typed(value, target, "update"))
    if no_default is True:
        return list(found.values())
    without = {v.key for v in no_default} if isinstance(no_default, Iterable) else set()
    while True:
        sources, _ = _needed([*outputs, *(u for _, u in found.values())], givens, inputs)
        new = [
            shared
            for source in sources
            for shared in _shared_of(source)
            if shared.default_update is not None and shared.key not in found and shared.key not in without
        ]
        if not new:
            return list(found.values())
        for shared in new:
            found[shared.key] = (shared, _typed(shared.default_update, shared, "default update"))


def _needed(
    roots: Sequence[Symbol], givens: Mapping[Any, Symbol], inputs: Iterable[Any] = ()
) -> tuple[list[record.Source], set[Any]]:
    """The sources that a function computes, in order, and the keys of all that is read."""
    used: set[Any] = set()
    ends = {i.key for i in inputs} | set(givens)
    order: dict[record.Source, None] = {}
    waiting = list(roots)
    while waiting:
        found = record.sources_behind(waiting, lambda s: s.key in ends)
        stops: dict[Any, Symbol] = {s.key: s for s in waiting}
        for source in found:
            order.setdefault(source)
            stops |= {i.key: i for i in source.inputs}
        new = [givens[k] for k in stops if k in givens and k not in used]
        used |= set(stops)
        waiting = new
    return list(order), used


def evaluate(variable: Any, given: Mapping[Any, Any]) -> Any:
    """`variable.eval(...)`: a function is made at the first use of these inputs, and kept."""
    names: dict[str, Any] = {}
    if any(isinstance(k, str) for k in given):
        names = {v.name: v for s in record.sources_behind([variable]) for v in outputs_of(s) if v.name}
    pairs = [(names[k] if isinstance(k, str) else k, v) for k, v in given.items()]
    kept: dict[Any, Function] = vars(variable).setdefault("_functions", {})
    key = tuple(k.key for k, _ in pairs)
    if key not in kept:
        kept[key] = function([k for k, _ in pairs], variable, no_default_updates=False)
    return kept[key](*(v for _, v in pairs))


functions["eval"] = evaluate
Variable.eval = evaluate  # type: ignore[assignment,method-assign]

__all__ = ["DebugMode", "Function", "FunctionGraph", "TensorSharedVariable", "evaluate", "function", "mapped"]
