"""What a graph begins with: constants and placeholders, and values made into tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Tensor as EngineTensor
from ..record import Fixed, Given, Host, Symbol
from .dtypes import DType, as_dtype
from .graph import Mode, Operation, Tensor, get_default_graph
from .recording import apply, array_of, holds_tensors, plain, returned, tensor
from .shapes import as_shape


def constant(
    value: Any, dtype: Any = None, shape: Any = None, name: Any = "Const", verify_shape: bool = False
) -> Any:
    """A tensor with this value; with a shape, its last element fills what is left."""
    if isinstance(value, EngineTensor):
        value = value.numpy()
    array = array_of(plain(value), dtype)
    if shape is not None:
        array = _filled(array, [int(s) for s in as_shape(shape)], verify_shape)
    return fixed(array, as_dtype(array.dtype) if dtype is None else as_dtype(dtype), name or "Const")


def _filled(array: Any, sizes: list[int], verify: bool) -> Any:
    count = int(np.prod(sizes))
    flat = array.reshape(-1)
    if verify and list(array.shape) != sizes:
        raise TypeError(f"Expected Tensor's shape: {tuple(sizes)}, got {array.shape}.")
    if flat.size > count:
        raise ValueError(f"Too many elements provided. Needed at most {count}, but received {flat.size}")
    if flat.size < count:
        fill = flat[-1:] if flat.size else np.zeros(1, array.dtype)
        flat = np.concatenate([flat, np.repeat(fill, count - flat.size)])
    return flat.reshape(sizes)


def fixed(array: Any, dtype: DType, name: str) -> Any:
    """A constant operation; in eager mode the tensor itself."""
    engine = dtype.engine
    if engine is None:
        if Mode.eager:
            return returned((), np.asarray(array))
        text = apply("Const", lambda: array, name=name, dtype=dtype, source=Host)
        text.set_shape(np.shape(array))
        return text
    made = EngineTensor(None, np.array(array, engine))
    if Mode.eager:
        return returned((), made)
    graph = get_default_graph()
    whole = graph.full_name(name)
    return graph.add("Const", whole, Fixed(made, whole), 1, [dtype]).outputs[0]


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """A tensor whose value is fed to every run; None for sizes that vary, or for the whole shape."""
    if Mode.eager:
        raise RuntimeError("tf.placeholder() is not compatible with eager execution.")
    graph, kind = get_default_graph(), as_dtype(dtype).base_dtype
    whole = graph.full_name(name or "Placeholder")
    sizes = as_shape(shape)
    known = None if sizes.dims is None else [d.value for d in sizes]
    source = Given(known, kind.engine or np.int8, whole)
    if kind.engine is None:
        source.known = (None,)
    operation = graph.add("Placeholder", whole, source, 1, [kind], {"shape": sizes, "dtype": kind})
    operation.outputs[0]._set_shape = sizes
    return operation.outputs[0]


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Any:
    """What `input` gives, unless something else is fed."""
    if Mode.eager:
        return convert_to_tensor(input)
    default = convert_to_tensor(input)
    sizes = as_shape(shape)
    like = Given(None if sizes.dims is None else [d.value for d in sizes], default.dtype.engine).known[0]
    result = apply(
        "PlaceholderWithDefault", _same, [default], name=name or "PlaceholderWithDefault",
        known=lambda: like, dtype=default.dtype.base_dtype,
    )  # fmt: skip
    result._set_shape = sizes
    return result


def _same(value: Any) -> Any:
    return value


def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Any:
    """Placeholders for the parts of a sparse tensor."""
    return sparse_tensor[0](
        placeholder("int64", [None, None if shape is None else len(shape)], f"{name or 'sparse'}/indices"),
        placeholder(dtype, [None], f"{name or 'sparse'}/values"),
        placeholder("int64", [None], f"{name or 'sparse'}/shape") if shape is None else shape,
    )


sparse_tensor: list[Any] = []  # the class SparseTensor; sparse.py puts itself here


def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
    dtype_hint: Any = None,
) -> Any:
    """The value as a tensor: of the graph, or in eager mode one with its value.

    Raises ValueError where a tensor is of another dtype than is asked for.
    """
    given, value = value, plain(value)
    if isinstance(value, Operation):
        raise TypeError(f"Can't convert Operation '{value.name}' to Tensor")
    if isinstance(value, (Symbol, EngineTensor)):
        _check_dtype(value, dtype)
        return given if hasattr(type(given), "_as_tensor") and Mode.eager else value
    if isinstance(value, (list, tuple)) and _holds_symbols(value):
        return apply("Pack", lambda v: tensor(v, dtype), [list(value)], name=name or "packed", dtype=dtype)
    if isinstance(value, (list, tuple)) and holds_tensors(value):
        return returned(given, tensor(value, dtype))
    wanted = dtype if dtype is not None else preferred_dtype if dtype is None else None
    if value is None:
        raise ValueError("None values not supported.")
    return constant(value, wanted, name=name or "Const")


def _holds_symbols(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_holds_symbols, value))
    return isinstance(value, Symbol)


def _check_dtype(value: Any, dtype: Any) -> None:
    if dtype is None or value.dtype is None:
        return
    wanted, found = as_dtype(dtype).base_dtype, as_dtype(value.dtype).base_dtype
    if wanted is not found and wanted.engine != found.engine:
        raise ValueError(
            f"Tensor conversion requested dtype {wanted.name} for Tensor with dtype {found.name}: {value}"
        )


def convert_n_to_tensor(
    values: Any, dtype: Any = None, name: Any = None, preferred_dtype: Any = None
) -> list[Any]:
    return [convert_to_tensor(v, dtype) for v in values]


__all__ = [
    "constant", "convert_n_to_tensor", "convert_to_tensor", "placeholder", "placeholder_with_default",
    "sparse_placeholder",
]  # fmt: skip
