"""get_variable and variable_scope: variables found again by their names."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from typing import Any

import numpy as np

from ...errors import LimpideError
from .dtypes import as_dtype, float32
from .graph import Graph, GraphKeys, Mode, Tensor, get_default_graph
from .initializers import Initializer, glorot_uniform
from .inputs import constant, convert_to_tensor
from .shapes import as_shape
from .variables import Variable


class _Reuse(Enum):
    AUTO_REUSE = 1


AUTO_REUSE = _Reuse.AUTO_REUSE


class VariableSynchronization(Enum):
    AUTO, NONE, ON_WRITE, ON_READ = range(4)


class VariableAggregation(Enum):
    NONE, SUM, MEAN, ONLY_FIRST_REPLICA = range(4)


class VariableScope:
    """A prefix of variables' names, and what is set for those made in it."""

    def __init__(
        self,
        reuse: Any = False,
        name: str = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        name_scope: str = "",
        dtype: Any = float32,
        use_resource: Any = None,
        constraint: Any = None,
    ):
        self.reuse, self.name, self.initializer, self.regularizer = reuse, name, initializer, regularizer
        self.caching_device, self.partitioner, self.custom_getter = caching_device, partitioner, custom_getter
        self.dtype, self.use_resource, self.constraint = dtype, use_resource, constraint
        self.original_name_scope = name_scope

    def reuse_variables(self) -> None:
        """From here on variables are only found, not made."""
        self.reuse = True

    def set_initializer(self, initializer: Any) -> None:
        self.initializer = initializer

    def set_regularizer(self, regularizer: Any) -> None:
        self.regularizer = regularizer

    def set_custom_getter(self, custom_getter: Any) -> None:
        self.custom_getter = custom_getter

    def set_dtype(self, dtype: Any) -> None:
        self.dtype = dtype

    def _collected(self, key: str) -> list[Any]:
        return get_default_graph().get_collection(key, f"{self.name}/" if self.name else None)

    def global_variables(self) -> list[Any]:
        return self._collected(GraphKeys.GLOBAL_VARIABLES)

    def trainable_variables(self) -> list[Any]:
        return self._collected(GraphKeys.TRAINABLE_VARIABLES)

    def local_variables(self) -> list[Any]:
        return self._collected(GraphKeys.LOCAL_VARIABLES)

    def get_collection(self, name: str) -> list[Any]:
        return self._collected(name)

    def get_variable(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return _get(self, name, *args, **kwargs)

    def _copy(self, **changes: Any) -> VariableScope:
        new = VariableScope.__new__(VariableScope)
        new.__dict__.update(vars(self) | {k: v for k, v in changes.items() if v is not None})
        return new


def get_variable_scope() -> VariableScope:
    """The scope in which variables are made now."""
    graph = get_default_graph()
    if graph.variable_scope is None:
        graph.variable_scope = VariableScope()
    return graph.variable_scope  # type: ignore[no-any-return]


def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: Any = None,
    custom_getter: Any = None,
    constraint: Any = None,
    synchronization: Any = None,
    aggregation: Any = None,
) -> Any:
    """The variable of this name in the present scope: found where the scope says reuse, else made.

    Raises ValueError where it exists and is not to be reused, or does not exist and is to be.
    """
    settings = {
        "shape": shape, "dtype": dtype, "initializer": initializer, "regularizer": regularizer,
        "trainable": True if trainable is None else trainable, "collections": collections,
        "validate_shape": validate_shape, "constraint": constraint,
    }  # fmt: skip
    return _get(get_variable_scope(), name, custom_getter=custom_getter, **settings)


def _get(scope: VariableScope, name: str, custom_getter: Any = None, **settings: Any) -> Any:
    getters = [g for g in (custom_getter, scope.custom_getter) if g is not None]
    whole = f"{scope.name}/{name}" if scope.name else name
    settings["dtype"] = settings.get("dtype") or scope.dtype
    for key in ("initializer", "regularizer", "constraint"):
        if settings.get(key) is None:
            settings[key] = getattr(scope, key)
    getter: Callable[..., Any] = functools.partial(_found_or_made, scope)
    for custom in reversed(getters):
        getter = functools.partial(custom, getter)
    return getter(whole, **settings)


def _found_or_made(
    scope: VariableScope,
    name: str,
    shape: Any = None,
    dtype: Any = float32,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    validate_shape: bool = True,
    constraint: Any = None,
    reuse: Any = None,
    **_: Any,
) -> Any:
    graph = get_default_graph()
    reuse = scope.reuse if reuse is None else reuse
    found = graph.store.get(name)
    if found is not None:
        if not reuse and not Mode.eager:
            where = getattr(found.source, "where", None)
            raise ValueError(
                f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or "
                f"reuse=tf.AUTO_REUSE in VarScope?"
                + (f" Originally defined at line {where[1]}" if where else "")
            )
        if shape is not None and not as_shape(shape).is_compatible_with(found.get_shape()):
            raise ValueError(
                f"Trying to share variable {name}, but specified shape {as_shape(shape)} and found shape "
                f"{found.get_shape()}."
            )
        return found
    if reuse is True:
        raise ValueError(
            f"Variable {name} does not exist, or was not created with tf.get_variable(). Did you mean to set "
            "reuse=tf.AUTO_REUSE in VarScope?"
        )
    kind = as_dtype(dtype).base_dtype
    with graph.name_scope(None), graph.control_dependencies(None):
        made = _make(initializer, shape, kind, name, trainable, collections, validate_shape, constraint)
    graph.store[name] = made
    regularizer = regularizer if callable(regularizer) else None
    if regularizer is not None:
        with graph.name_scope(f"{name}/Regularizer/"):
            loss = regularizer(made)
        if loss is not None:
            graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
    return made


def _make(
    initializer: Any, shape: Any, dtype: Any, name: str, trainable: bool, collections: Any, validate: bool,
    constraint: Any,
) -> Any:  # fmt: skip
    if initializer is None:
        initializer = glorot_uniform() if dtype.is_floating else _zeros
    if isinstance(initializer, type):
        initializer = initializer()
    if callable(initializer) and not isinstance(initializer, Tensor):
        if shape is None and not isinstance(initializer, Initializer):
            value: Any = initializer
        else:
            sizes = as_shape(shape)
            if shape is None or not sizes.is_fully_defined():
                raise ValueError(
                    f"Shape of a new variable ({name}) must be fully defined, but instead was {sizes}."
                )
            value = functools.partial(_called, initializer, sizes.as_list(), dtype)
    else:
        if shape is not None:
            raise ValueError("If initializer is a constant, do not specify shape.")
        value, dtype = initializer, (dtype if not isinstance(initializer, (Tensor, np.ndarray)) else None)
    settings = {"trainable": trainable, "collections": collections, "validate_shape": validate, "name": name}
    return Variable(value, dtype=dtype, constraint=constraint, **settings)


def _zeros(shape: Any, dtype: Any) -> Any:
    return constant(np.zeros(shape, dtype.as_numpy_dtype))


def _called(initializer: Any, shape: list[Any], dtype: Any) -> Any:
    """What an initializer gives, with and without the argument dtype."""
    try:
        return convert_to_tensor(initializer(shape, dtype=dtype))
    except TypeError as error:
        if isinstance(error, LimpideError) or "dtype" not in str(error):
            raise
        return convert_to_tensor(initializer(shape))


def get_local_variable(name: str, shape: Any = None, **settings: Any) -> Any:
    """As get_variable, in the collection of local variables, and not trained."""
    collections = [*(settings.pop("collections", None) or ()), GraphKeys.LOCAL_VARIABLES]
    settings.pop("trainable", None)
    return get_variable(name, shape, trainable=False, collections=collections, **settings)


class variable_scope:
    """A block whose variables have the prefix `name_or_scope`, and whose operations have it too.

    default_name: used with a number where name_or_scope is None. reuse: True, False, None or AUTO_REUSE.
    """

    def __init__(
        self,
        name_or_scope: Any = None,
        default_name: str | None = None,
        values: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        reuse: Any = None,
        dtype: Any = None,
        use_resource: Any = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ):
        if name_or_scope is None and default_name is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        self._name, self._default, self._reuse = name_or_scope, default_name, reuse
        self._values, self._auxiliary = values, auxiliary_name_scope
        self._settings = {
            "initializer": initializer, "regularizer": regularizer, "caching_device": caching_device,
            "partitioner": partitioner, "custom_getter": custom_getter, "dtype": dtype,
            "use_resource": use_resource, "constraint": constraint,
        }  # fmt: skip
        self._stacks: list[ExitStack] = []

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return inside

    def __enter__(self) -> VariableScope:
        stack = ExitStack()
        self._stacks.append(stack)
        return stack.enter_context(self._entered())

    def __exit__(self, *error: Any) -> None:
        self._stacks.pop().__exit__(*error)

    @contextmanager
    def _entered(self) -> Iterator[VariableScope]:
        graph = get_default_graph()
        outer = get_variable_scope()
        given = self._name
        if isinstance(given, VariableScope):
            name, base = given.name, given
            scope = name.rpartition("/")[2]
        elif given is not None:
            name, base, scope = _joined(outer.name, given), outer, given
        else:
            scope = _unused(graph, outer.name, str(self._default))
            name, base = _joined(outer.name, scope), outer
        reuse = self._reuse if self._reuse is not None else (base.reuse or outer.reuse)
        if outer.reuse is True and self._reuse is False:
            reuse = True
        new = base._copy(name=name, **self._settings)
        new.reuse = reuse
        if self._settings["custom_getter"] is not None and base.custom_getter is not None:
            new.custom_getter = _nested_getters(base.custom_getter, self._settings["custom_getter"])
        with ExitStack() as stack:
            if self._auxiliary and scope:
                new.original_name_scope = stack.enter_context(graph.name_scope(scope))
            graph.variable_scope = new
            _open(graph, name)
            try:
                yield new
            finally:
                graph.variable_scope = outer


def _nested_getters(outer: Any, inner: Any) -> Callable[..., Any]:
    return lambda getter, *args, **kwargs: inner(functools.partial(outer, getter), *args, **kwargs)


def _joined(outer: str, name: str) -> str:
    return f"{outer}/{name}" if outer and name else outer or name


def _opened(graph: Graph) -> dict[str, int]:
    counts: dict[str, int] = graph.opened
    return counts


def _open(graph: Graph, name: str) -> None:
    """Note that a scope was opened, so that default names do not meet it; counts inside it begin anew."""
    counts = _opened(graph)
    counts[name] = counts.get(name, 0) + 1
    for inner in [k for k in counts if k.startswith(f"{name}/")]:
        del counts[inner]


def _unused(graph: Graph, outer: str, prefix: str) -> str:
    counts = _opened(graph)
    if _joined(outer, prefix) not in counts:
        return prefix
    number = 1
    while _joined(outer, f"{prefix}_{number}") in counts:
        number += 1
    return f"{prefix}_{number}"


@contextmanager
def variable_op_scope(
    values: Any, name_or_scope: Any, default_name: Any = None, **settings: Any
) -> Iterator[Any]:
    """variable_scope in its argument order of 0.x."""
    with variable_scope(name_or_scope, default_name, values, **settings) as scope:
        yield scope


@contextmanager
def op_scope(values: Any, name: Any, default_name: Any = None) -> Iterator[str]:
    """name_scope in its argument order of 0.x."""
    graph = get_default_graph()
    with graph.name_scope(name if name is not None else default_name) as scope:
        yield scope


def no_regularizer(_: Any) -> None:
    return None


def make_template(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: Any = None,
    **kwargs: Any,
) -> Callable[..., Any]:
    """A function whose variables are made at the first call and reused at every later one."""
    made: list[VariableScope] = []

    @functools.wraps(func_)
    def template(*args: Any, **given: Any) -> Any:
        if made:
            with variable_scope(made[0], reuse=True):
                return func_(*args, **kwargs, **given)
        with variable_scope(unique_name_, default_name=name_) as scope:
            made.append(scope)
            return func_(*args, **kwargs, **given)

    template.variable_scope = made  # type: ignore[attr-defined]
    return template


def fixed_size_partitioner(num_shards: int, axis: int = 0) -> None:
    """Variables are never cut here."""


def variable_axis_size_partitioner(*args: Any, **kwargs: Any) -> None:
    """Variables are never cut here."""


def min_max_variable_partitioner(*args: Any, **kwargs: Any) -> None:
    """Variables are never cut here."""


def enable_resource_variables() -> None:
    """All variables are read in the order of their dependencies already."""


disable_resource_variables = enable_resource_variables
__all__ = [
    "AUTO_REUSE", "VariableAggregation", "VariableScope", "VariableSynchronization",
    "disable_resource_variables", "enable_resource_variables", "fixed_size_partitioner", "get_local_variable",
    "get_variable", "get_variable_scope", "make_template", "min_max_variable_partitioner", "no_regularizer",
    "op_scope", "variable_axis_size_partitioner", "variable_op_scope", "variable_scope",
]  # fmt: skip
