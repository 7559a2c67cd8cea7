"""Names of tf.* that stand alone: questions about tensors, switches, FFTs, derivatives of one's own."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...nn.words import lp
from ...tensor import Tensor as EngineTensor
from .arrays import identity
from .dtypes import as_dtype, complex64
from .graph import Mode, Tensor, get_default_graph, get_default_session
from .inputs import convert_to_tensor
from .math import _lgamma, hosted
from .recording import op, registered, tensor, with_slope
from .variables import group


def is_tensor(x: Any) -> bool:
    """Whether this is a tensor."""
    return isinstance(x, (Tensor, EngineTensor))


def executing_eagerly() -> bool:
    """Whether operations compute at once."""
    return Mode.eager


def disable_eager_execution() -> None:
    """Graphs are the rule here."""
    Mode.eager = False


def _accepted(*_: Any, **__: Any) -> None:
    """Nothing changes here."""


disable_v2_behavior = enable_control_flow_v2 = disable_control_flow_v2 = disable_v2_tensorshape = _accepted
enable_v2_tensorshape = disable_tensor_equality = enable_tensor_equality = _accepted


def init_scope() -> Any:
    """A block outside of loops and branches."""
    return get_default_graph().control_dependencies(None)


def container(container_name: str) -> Any:
    return get_default_graph().container(container_name)


def get_logger() -> Any:
    return logging.getLogger("tensorflow")


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The value of a constant, or None."""
    if isinstance(tensor, Tensor):
        return getattr(tensor.source, "array", None)
    return getattr(tensor, "value", tensor)


constant_value = get_static_value


def dimension_value(dimension: Any) -> Any:
    return getattr(dimension, "value", dimension)


def dimension_at_index(shape: Any, index: int) -> Any:
    return shape[index]


def tables_initializer(name: str = "init_all_tables") -> Any:
    """An operation that fills all tables."""
    return group(*get_default_graph().get_collection("table_initializer"), name=name)


initialize_all_tables = tables_initializer


def timestamp(name: Any = None) -> Any:
    return hosted("Timestamp", lambda: np.float64(time.time()), [], name=name, dtype="float64")


def get_session_handle(data: Any, name: Any = None) -> Any:
    return identity(data, name)


def py_session() -> Any:
    return get_default_session()


def register_tensor_conversion_function(base_type: Any, conversion_func: Any, priority: int = 100) -> None:
    """Objects of this class stand for tensors."""
    base_type._as_tensor = lambda self: conversion_func(self, None, None, False)


def import_graph_def(
    graph_def: Any, input_map: Any = None, return_elements: Any = None, name: Any = None, **_: Any
) -> Any:
    """A definition that was made in this process: its graph becomes part of the default one."""
    source = getattr(graph_def, "graph", None)
    if source is None:
        raise ValueError("this graph definition was not made in this process: build the graph by its code")
    graph = get_default_graph()
    if source is not graph:
        graph.adopt(source)
    return None if return_elements is None else [graph.as_graph_element(e) for e in return_elements]


# ------------------------------------------------------------------------------------------- derivatives
class RegisterGradient:
    """A decorator: the derivative that `gradient_override_map` may name."""

    def __init__(self, op_type: str):
        self.op_type = op_type

    def __call__(self, f: Callable[..., Any]) -> Callable[..., Any]:
        if self.op_type in registered:
            raise KeyError(f"Registering two gradient with name '{self.op_type}'!")
        registered[self.op_type] = f
        return f


def NotDifferentiable(op_type: str) -> None:
    """Nothing is differentiated through operations of this kind."""


NoGradient = no_gradient = NotDifferentiable


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives its result and the function of its derivative: `y, lambda dy: ...`."""

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        given = [convert_to_tensor(a) for a in args]
        result, slope = f(*given, **kwargs)
        if isinstance(result, (list, tuple)):
            if len(result) != 1:
                raise ValueError("custom_gradient takes functions with one result here")
            return [with_slope(result[0], given, slope)]
        return with_slope(result, given, slope)

    return decorated


@contextmanager
def variable_creator_scope(variable_creator: Any) -> Iterator[None]:
    yield


# ------------------------------------------------------------------------------------------------- FFTs
def _transform(kind: str, f: Callable[..., Any]) -> Callable[..., Any]:
    def transform(input: Any, name: Any = None) -> Any:
        return hosted(
            kind, lambda x: f(np.asarray(x)).astype(np.complex64), [input], name=name, dtype=complex64
        )

    return transform


fft, ifft = _transform("FFT", np.fft.fft), _transform("IFFT", np.fft.ifft)
fft2d, ifft2d = _transform("FFT2D", np.fft.fft2), _transform("IFFT2D", np.fft.ifft2)
fft3d = _transform("FFT3D", lambda x: np.fft.fftn(x, axes=(-3, -2, -1)))
ifft3d = _transform("IFFT3D", lambda x: np.fft.ifftn(x, axes=(-3, -2, -1)))


# ------------------------------------------------------------------------------------- special functions
@op("Polygamma")
def polygamma(a: Any, x: Any, name: Any = None) -> Any:
    """The derivatives of digamma, by their series."""
    order, x = tensor(a), tensor(x)
    total = lp.zeros_like(x)
    for k in range(200):
        total = total + 1 / (x + k) ** (order + 1)
    return total


@op("Lbeta")
def lbeta(x: Any, name: Any = None) -> Any:
    """log of the beta function of the last axis."""
    from_x = tensor(x)
    return lp.sum(_lgamma(from_x), axis=-1) - _lgamma(lp.sum(from_x, axis=-1))


@op("HistogramFixedWidth", gradient=False)
def _histogram(values: Any, low: Any, high: Any, nbins: int, dtype: Any, name: Any = None) -> Any:
    x = tensor(values).reshape((-1,))
    place = lp.floor((x - low) / (high - low) * nbins).astype("int64")
    place = lp.clip(place, 0, nbins - 1)
    return lp.sum(lp.one_hot(place, nbins).astype(as_dtype(dtype).engine), axis=0)


def histogram_fixed_width(
    values: Any, value_range: Any, nbins: int = 100, dtype: Any = "int32", name: Any = None
) -> Any:
    """How many values are in each of `nbins` equal parts of a range."""
    low, high = value_range[0], value_range[1]
    return _histogram(values, low, high, nbins, dtype, name=name)


@op("UnravelIndex", gradient=False)
def unravel_index(indices: Any, dims: Any, name: Any = None) -> Any:
    """Index tuples from indices of the elements in a row."""
    places = tensor(indices)
    parts = []
    for size in reversed([int(d) for d in np.asarray(dims)]):
        parts.append(places % size)
        places = places // size
    return lp.stack(parts[::-1])


__all__ = [
    "NoGradient", "NotDifferentiable", "RegisterGradient", "constant_value", "container",
    "custom_gradient", "dimension_at_index", "dimension_value", "disable_control_flow_v2",
    "disable_eager_execution", "disable_tensor_equality", "disable_v2_behavior", "disable_v2_tensorshape",
    "enable_control_flow_v2", "enable_tensor_equality", "enable_v2_tensorshape", "executing_eagerly", "fft",
    "fft2d", "fft3d", "get_logger", "get_session_handle", "get_static_value", "histogram_fixed_width", "ifft",
    "ifft2d", "ifft3d", "import_graph_def", "init_scope", "initialize_all_tables", "is_tensor", "lbeta",
    "no_gradient", "polygamma", "register_tensor_conversion_function", "tables_initializer", "timestamp",
    "unravel_index", "variable_creator_scope",
]  # fmt: skip
