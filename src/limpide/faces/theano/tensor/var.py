"""Tensor variables and constants; what tables of functions put on them as methods and operators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ... import missing, pickles, record
from ...record import Symbol
from ..configparser import config
from ..gof.graph import Variable
from .type import TensorType

functions: dict[str, Callable[..., Any]] = {}  # what methods call: `tensor.operators` fills it in


class AsTensorError(TypeError):
    """Something that cannot be made into a tensor."""


class _tensor_py_operators:
    """What variables, constants and shared variables have in common; `tensor.operators` puts methods in."""

    type: Any
    source: record.Source
    name: str | None
    is_sparse = False

    @property
    def ndim(self) -> int:
        return len(self.type.broadcastable)

    @property
    def dtype(self) -> str:
        found: str = self.type.dtype
        return found

    @property
    def broadcastable(self) -> tuple[bool, ...]:
        found: tuple[bool, ...] = self.type.broadcastable
        return found

    @property
    def T(self) -> Any:
        """Axes reversed."""
        return functions["transpose"](self)

    @property
    def shape(self) -> Any:
        """The vector of its sizes."""
        return functions["shape"](self)

    @property
    def size(self) -> Any:
        """The number of elements."""
        return functions["size"](self)

    @property
    def real(self) -> Any:
        return functions["real"](self)

    @property
    def imag(self) -> Any:
        return functions["imag"](self)

    def eval(self, inputs_to_values: Mapping[Any, Any] | None = None, **kwargs: Any) -> Any:
        """Its value: x.eval(), or (x + y).eval({x: 3, y: 4})."""
        given = dict(inputs_to_values or {}) | kwargs
        return functions["eval"](self, given)

    def __bool__(self) -> bool:
        """Scripts ask whether a variable was given at all; comparisons have no truth."""
        if self.__dict__.get("is_comparison", False):
            raise TypeError("Variables do not support boolean operations.")
        return True

    def __len__(self) -> int:
        raise TypeError(
            "object of type 'TensorVariable' has no len(): use x.shape[0], or x.ndim for the number of axes"
        )

    def __iter__(self) -> Iterator[Any]:
        """The elements of a vector whose length is known, such as x.shape."""
        known: Any = self.source.known[self.index]
        if known is None or known.ndim == 0 or not isinstance(known.shape[0], int):
            raise TypeError(
                "TensorType does not support iteration. Maybe you are using builtins.sum instead of "
                "theano.tensor.sum? (Maybe .max?)"
            )
        return iter([self[i] for i in range(known.shape[0])])  # type: ignore[index]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("owner",):
            raise AttributeError(name)
        return missing.unknown("TensorVariable", name, {n: 0 for n in dir(type(self))})

    __hash__ = object.__hash__
    __array_priority__ = 1000
    __array_ufunc__ = None


class TensorVariable(_tensor_py_operators, Variable):
    """A symbolic tensor."""


class TensorConstant(_tensor_py_operators, Variable):
    """A tensor whose value is known."""

    @property
    def data(self) -> Any:
        return self.source.array  # type: ignore[attr-defined]

    value = data

    def get_value(self) -> Any:
        return self.data

    def __reduce__(self) -> Any:
        return constant_again, (np.array(self.data), self.name)

    def signature(self) -> tuple[Any, Any]:
        return self.type, self.data.tobytes()

    def __str__(self) -> str:
        if self.name is not None:
            return str(self.name)
        data = self.data
        if data.size > 1 and (data == data.flat[0]).all():
            return f"TensorConstant{{{data.shape} of {data.flat[0]}}}"
        text = np.array2string(data).replace("\n", "")
        return f"TensorConstant{{{text if len(text) < 22 else f'{text[:10]}..{text[-10:]}'}}}"


TensorType.variable = TensorVariable


def is_variable(value: Any) -> bool:
    return isinstance(value, Symbol)


def autocast(value: Any) -> Any:
    """A Python number as the array that Theano makes of it: the smallest dtype that holds it.

    A float is floatX where that is float32, else float32 where nothing is lost, else float64.
    """
    if isinstance(value, bool):
        return np.asarray(value)
    if isinstance(value, int):
        for dtype in ("int8", "int16", "int32", "int64"):
            info = np.iinfo(dtype)
            if info.min <= value <= info.max:
                return np.asarray(value, dtype)
        return np.asarray(value, "uint64")
    if config.floatX != "float64" or config.cast_policy == "numpy+floatX":
        return np.asarray(value, config.floatX)
    small = np.float32(value) if abs(value) < 3e38 else np.float64(value)
    return np.asarray(small if float(small) == value or value != value else np.float64(value))


def constant(x: Any, name: str | None = None, ndim: int | None = None, dtype: Any = None) -> TensorConstant:
    """A number or an array as a constant.

    Raises TypeError for what is no array of numbers.
    """
    if isinstance(x, (bool, int, float)) and type(x) in (bool, int, float):
        array = autocast(x)
    else:
        try:
            array = np.asarray(x)
        except ValueError as error:
            raise TypeError(f"Could not convert {x} to TensorType: {error}", type(x)) from None
        if not isinstance(x, (np.ndarray, np.generic)) and array.dtype.kind in "if" and array.size:
            array = _list(array)
    if array.dtype.kind not in "biufc":
        raise AsTensorError(f"Cannot convert {x} to TensorType", type(x))
    if dtype is not None:
        array = array.astype(config.floatX if dtype == "floatX" else dtype)
    if ndim is not None:
        if array.ndim > ndim:
            raise ValueError(f"ndarray could not be cast to constant with {ndim} dimensions")
        array = array.reshape((1,) * (ndim - array.ndim) + array.shape)
    type_ = TensorType(array.dtype, [s == 1 for s in array.shape])
    return TensorConstant(type_, record.Fixed(np.array(array, array.dtype.newbyteorder("="))), 0, name)


def constant_again(data: Any, name: str | None) -> Any:
    return constant(data, name)


pickles.allow(constant_again)


def _list(array: Any) -> Any:
    """Numbers of a list, in the smallest dtype that holds all of them."""
    if array.dtype.kind == "i":
        low, high = autocast(int(array.min())), autocast(int(array.max()))
        return array.astype(np.result_type(low.dtype, high.dtype))
    if config.floatX != "float64":
        return array.astype(config.floatX)
    with np.errstate(over="ignore"):
        small = array.astype("float32")
    return small if np.array_equal(small, array, equal_nan=True) else array


def as_tensor_variable(x: Any, name: str | None = None, ndim: int | None = None) -> Any:
    """A variable as it is, a number or array as a constant, a list of variables stacked.

    Raises AsTensorError for anything else.
    """
    if isinstance(x, Symbol):
        if not isinstance(x, _tensor_py_operators):
            if hasattr(getattr(x, "type", None), "broadcastable"):
                return x
            if isinstance(x, Variable):
                raise AsTensorError(f"Variable type field must be a TensorType: {x}", x.type)
            return x
        return functions["to_ndim"](x, ndim) if ndim is not None and x.ndim != ndim else x
    if isinstance(x, (list, tuple)) and _holds_variables(x):
        return functions["stack"](list(x))
    if isinstance(x, bool) and type(x) is bool:
        return constant(np.asarray(x), name, ndim)
    return constant(x, name, ndim)


as_tensor = as_tensor_variable


def _holds_variables(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return any(map(_holds_variables, x))
    return isinstance(x, Symbol)


def dtype_of(x: Any) -> str:
    """The dtype of any symbol by name."""
    if isinstance(x, _tensor_py_operators):
        return x.dtype
    return str(x.formula.dtype.name)


def pattern_of(x: Any) -> tuple[bool, ...]:
    """Which axes of any symbol are known to have size 1."""
    if isinstance(x, _tensor_py_operators):
        return x.broadcastable
    return tuple(isinstance(s, int) and s == 1 for s in x.formula.shape)


__all__ = [
    "AsTensorError", "TensorConstant", "TensorVariable", "as_tensor", "as_tensor_variable", "autocast",
    "constant", "dtype_of", "functions", "is_variable", "pattern_of",
]  # fmt: skip
