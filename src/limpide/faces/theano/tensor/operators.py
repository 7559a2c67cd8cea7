"""The tables of operators and methods of tensor variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...record import Symbol
from . import basic, extra_ops, sort, subtensor
from .elementwise import elementwise, reductions
from .elemwise import dimshuffle
from .var import _tensor_py_operators, as_tensor_variable, functions

BINARY = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "true_div", "div": "true_div", "floordiv": "int_div",
    "mod": "mod", "pow": "pow", "and": "and_", "or": "or_", "xor": "xor",
}  # fmt: skip
COMPARISONS = {"lt": "lt", "le": "le", "gt": "gt", "ge": "ge"}
UNARY = {"neg": "neg", "abs": "abs_", "invert": "invert", "ceil": "ceil", "floor": "floor", "trunc": "trunc"}

# method -> the function that it calls with the variable first
METHODS: dict[str, Callable[..., Any]] = {
    "flatten": basic.flatten, "ravel": lambda x: basic.flatten(x), "dot": basic.dot, "mean": basic.mean,
    "var": basic.var, "std": basic.std, "argmax": basic.argmax, "argmin": basic.argmin, "max": basic.max,
    "min": basic.min, "ptp": basic.ptp, "swapaxes": basic.swapaxes, "astype": basic.cast,
    "round": basic.round,
    "take": basic.take, "choose": lambda a, choices, out=None, mode="raise": basic.choose(a, choices),
    "squeeze": basic.squeeze, "trace": basic.trace, "diagonal": basic.diagonal, "nonzero": subtensor.nonzero,
    "nonzero_values": basic.nonzero_values, "argsort": sort.argsort, "sort": sort.sort,
    "cumsum": extra_ops.cumsum, "cumprod": extra_ops.cumprod, "repeat": extra_ops.repeat,
    "searchsorted": extra_ops.searchsorted, "compress": extra_ops.compress_method, "norm": extra_ops.norm,
    "get_scalar_constant_value": basic.get_scalar_constant_value,
}  # fmt: skip
ELEMENTWISE_METHODS = ["clip", "conj", "copy"]
REDUCTIONS = ["sum", "prod", "all", "any"]
PLAIN = [
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "sin", "cos", "tan", "arcsin",
    "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "deg2rad", "rad2deg",
]  # fmt: skip


def _binary(name: str, swapped: bool) -> Callable[..., Any]:
    op = elementwise[name]

    def method(self: Any, other: Any) -> Any:
        try:
            value = as_tensor_variable(other)
        except TypeError:
            if isinstance(other, Symbol):
                raise
            return NotImplemented
        return op(value, self) if swapped else op(self, value)

    return method


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__doc__ = function.__doc__
    return method


def _reshape(self: Any, *shape: Any, ndim: int | None = None) -> Any:
    """x.reshape((2, 3)), x.reshape(2, 3), or a vector with ndim=."""
    return basic.reshape(self, shape[0] if len(shape) == 1 else shape, ndim)


def _transpose(self: Any, *axes: Any) -> Any:
    if not axes:
        return basic.transpose(self)
    return basic.transpose(self, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes)


def _getitem(self: Any, index: Any) -> Any:
    return subtensor.getitem(self, index)


def _comparison(name: str) -> Callable[..., Any]:
    compare = _binary(name, False)

    def method(self: Any, other: Any) -> Any:
        result = compare(self, other)
        if result is not NotImplemented:
            result.is_comparison = True
        return result

    return method


for _short, _name in BINARY.items():
    setattr(_tensor_py_operators, f"__{_short}__", _binary(_name, False))
    setattr(_tensor_py_operators, f"__r{_short}__", _binary(_name, True))
for _short, _name in COMPARISONS.items():
    setattr(_tensor_py_operators, f"__{_short}__", _comparison(_name))
for _short, _name in UNARY.items():
    setattr(_tensor_py_operators, f"__{_short}__", _method(elementwise[_name]))
for _name, _function in METHODS.items():
    setattr(_tensor_py_operators, _name, _method(_function))
for _name in [*ELEMENTWISE_METHODS, *PLAIN]:
    setattr(_tensor_py_operators, _name, _method(elementwise[_name]))
for _name in REDUCTIONS:
    setattr(_tensor_py_operators, _name, _method(reductions[_name]))
_operators: dict[str, Callable[..., Any]] = {
    "reshape": _reshape, "transpose": _transpose, "__getitem__": _getitem, "dimshuffle": dimshuffle,
    "__dot__": basic.dot, "__matmul__": basic.dot, "__rmatmul__": lambda self, other: basic.dot(other, self),
    "__divmod__": basic.divmod, "fill": lambda self, value: elementwise["second"](self, value),
    "zeros_like": basic.zeros_like, "ones_like": basic.ones_like,
    "__round__": lambda self: basic.round(self),
}  # fmt: skip
for _name, _function in _operators.items():
    setattr(_tensor_py_operators, _name, _function)
functions["getitem"] = subtensor.getitem
