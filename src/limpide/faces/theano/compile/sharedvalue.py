"""Shared variables: state that functions read and update."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ....tensor import Parameter
from ....tracing import change_setting, read_setting
from ... import pickles, record
from ..gof.graph import Variable
from ..gof.op import formula_of
from ..gof.type import generic
from ..tensor.type import TensorType
from ..tensor.var import TensorVariable, _tensor_py_operators


class Storage(record.State):
    """The state of a shared tensor; `version` counts how often its shape changed."""

    def __init__(self, parameter: Parameter, type_: TensorType):
        super().__init__(parameter)
        self.known = (formula_of(type_),)
        self.version = 0
        self.shared: Any = None  # the variable that it belongs to

    def results(self, replay: record.Replay) -> tuple[Any, ...]:
        read_setting(self, "version")
        return (self.parameter,)

    def put(self, value: Any) -> None:
        if value.shape == self.parameter.shape:
            self.parameter.assign(value)
            return
        self.parameter = Parameter(value, self.parameter.name, trainable=True)
        change_setting(self, "version", self.version + 1)


class SharedVariable(Variable):
    """A variable with a value that stays between calls."""

    default_update: Any = None

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        raise NotImplementedError

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        raise NotImplementedError

    @property
    def value(self) -> Any:
        raise Exception(
            "sharedvar.value does not exist anymore. Use sharedvar.get_value() or sharedvar.set_value()"
        )

    @property
    def container(self) -> Any:
        return Container(self)

    def zero(self, borrow: bool = False) -> None:
        """Set every element to 0."""
        self.set_value(0 * self.get_value())


class Container:
    """The place of a shared variable's value."""

    def __init__(self, variable: SharedVariable):
        self.variable = variable

    @property
    def value(self) -> Any:
        return self.variable.get_value(borrow=True)

    @value.setter
    def value(self, new: Any) -> None:
        self.variable.set_value(new)

    data = value

    @property
    def storage(self) -> list[Any]:
        return [self.value]


class TensorSharedVariable(_tensor_py_operators, SharedVariable):
    """A shared tensor."""

    source: Storage

    def __init__(
        self,
        value: Any,
        type_: TensorType,
        name: str | None = None,
        strict: bool = False,
        allow_downcast: bool | None = None,
    ):
        parameter = Parameter(type_.filter(value, allow_downcast=allow_downcast), name or "shared")
        super().__init__(type_, Storage(parameter, type_), 0, name)
        self.source.shared = self
        self.strict, self.allow_downcast = strict, allow_downcast

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        """The value as an array; with `borrow` it may be the one that functions write to."""
        cell = self.source.parameter.cell
        return cell.own() if borrow else np.array(cell.value)

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Give it a value of its type, also of another shape."""
        self.source.put(self.type.filter(new_value, self.strict, self.allow_downcast))

    def clone(self, name: str | None = None) -> Any:
        """A shared variable of the same value and state."""
        new = copy.copy(self)
        new.name = name or self.name
        return new

    def __copy__(self) -> Any:
        new = type(self).__new__(type(self))
        vars(new).update(vars(self))
        return new

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        new = type(self)(self.get_value(), self.type, self.name, self.strict, self.allow_downcast)
        memo[id(self)] = new
        return new

    def __reduce__(self) -> Any:
        return _restored, (type(self), self.get_value(), self.type.dtype, self.type.broadcastable, self.name)

    def __str__(self) -> str:
        return self.name if self.name is not None else f"<{self.type}>"

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(index)  # type: ignore[misc]


class ScalarSharedVariable(TensorSharedVariable):
    """A shared number."""


class GenericSharedVariable(SharedVariable):
    """A shared Python object: functions hand it on."""

    def __init__(self, value: Any, name: str | None = None):
        super().__init__(generic, record.Given(None, "float32", name), 0, name)
        self.data = value

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        return self.data if borrow else copy.deepcopy(self.data)

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        self.data = new_value if borrow else copy.deepcopy(new_value)


def _restored(cls: Any, value: Any, dtype: str, broadcastable: Any, name: Any) -> Any:
    return cls(value, TensorType(dtype, broadcastable), name)


pickles.allow(_restored, TensorSharedVariable, ScalarSharedVariable)

Constructor = Callable[..., Any]
constructors: list[Constructor] = []  # asked from the last to the first; TypeError passes to the next


def shared_constructor(constructor: Constructor, remove: bool = False) -> Constructor:
    """Ask this constructor first from now on."""
    if remove:
        constructors.remove(constructor)
    else:
        constructors.append(constructor)
    return constructor


def shared(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    **kwargs: Any,
) -> Any:
    """State with this value: an array, a number, a random state, a sparse matrix, or any object.

    borrow is accepted: the value is copied either way. broadcastable: which axes always have size 1; none
    by default.
    Raises TypeError for a variable, or options that no kind of value takes.
    """
    if isinstance(value, record.Symbol):
        raise TypeError("Shared variable constructor needs numeric values and not symbolic variables.")
    for constructor in reversed(constructors):
        try:
            return constructor(value, name=name, strict=strict, allow_downcast=allow_downcast, **kwargs)
        except TypeError as error:
            if kwargs and not constructors:
                raise error
            continue
    kwargs.pop("borrow", None)
    if kwargs:
        raise TypeError(
            f"No suitable SharedVariable constructor could be found for {type(value)} with {kwargs}"
        )
    return GenericSharedVariable(value, name)


def tensor_constructor(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
    broadcastable: Any = None,
    target: str = "cpu",
) -> Any:
    """Shared arrays and numbers."""
    if not isinstance(value, (np.ndarray, np.generic, int, float, bool)) or isinstance(value, np.void):
        raise TypeError(f"not an array: {type(value)}")
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"not numbers: {array.dtype}")
    pattern = (False,) * array.ndim if broadcastable is None else broadcastable
    type_ = TensorType(array.dtype.newbyteorder("="), pattern)
    cls = TensorSharedVariable if isinstance(value, np.ndarray) else ScalarSharedVariable
    return cls(array, type_, name, strict, allow_downcast)


shared_constructor(tensor_constructor)
shared.constructors = constructors  # type: ignore[attr-defined]

__all__ = [
    "GenericSharedVariable", "ScalarSharedVariable", "SharedVariable", "Storage", "TensorSharedVariable",
    "TensorVariable", "shared", "shared_constructor", "tensor_constructor",
]  # fmt: skip
