"""What fit is given, as checked arrays: samples along axis 0, in any nesting of tuples and dicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import nest
from ..errors import ArgumentError, ShapeError, user_frame


def is_mapped(value: Any) -> bool:
    """Whether it is an array whose elements lie in a file."""
    return isinstance(value, np.memmap)


def as_arrays(op: str, name: str, value: Any, dtype: Any) -> Any:
    """Contiguous arrays in the nesting of `value`: floats in `dtype`, integers and bools as they are.

    What lies in a file stays there, see `loaded`.

    Raises ArgumentError for what is not numbers, ShapeError for a scalar.

    >>> as_arrays("fit", "x", [[1.0, 2.0]], np.float32)
    array([[1., 2.]], dtype=float32)
    """
    if isinstance(value, tuple):
        return tuple(as_arrays(op, f"{name}[{i}]", v, dtype) for i, v in enumerate(value))
    if isinstance(value, dict):
        return {k: as_arrays(op, f"{name}['{k}']", v, dtype) for k, v in value.items()}
    if value is None:
        return None
    if is_mapped(value) and value.ndim and value.dtype.kind in "biuf":
        return value
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ArgumentError(op, f"{name} is not a regular array: {error}", where=user_frame()) from None
    if array.dtype.kind not in "biuf":
        raise ArgumentError(
            op, f"{name} is {type(value).__name__} of dtype {array.dtype}, not numbers", where=user_frame()
        )
    if not array.ndim:
        raise ShapeError(op, f"{name} is a single number; samples stand along axis 0", where=user_frame())
    return np.ascontiguousarray(array, dtype if array.dtype.kind == "f" else None)


def length(op: str, x: Any, y: Any = None, weights: Any = None) -> int:
    """How many samples there are; ShapeError where the arrays do not agree, or where there is none."""
    labels = [*nest.names(x, "x"), *nest.names(y, "y"), *nest.names(weights, "sample_weight")]
    arrays = nest.flatten((x, y, weights))[0]
    sizes = [len(a) for a in arrays]
    if len(set(sizes)) != 1:
        listed = ", ".join(f"{label} has {size}" for label, size in zip(labels, sizes, strict=True))
        raise ShapeError(op, f"the numbers of samples differ: {listed}", where=user_frame())
    if not sizes[0]:
        raise ShapeError(op, "there are no samples", where=user_frame())
    return sizes[0]


def loaded(data: Any, index: Any, dtype: Any) -> Any:
    """The samples at an index, read into memory where they lie in a file; floats in `dtype`."""

    def read(array: Any) -> Any:
        found = array[index] if isinstance(index, slice) else _gathered(array, index)
        return np.ascontiguousarray(found, dtype if found.dtype.kind == "f" else None).view(np.ndarray)

    return each(data, read)


def _gathered(array: Any, index: Any) -> Any:
    """array[index], read in the order of the file."""
    if not is_mapped(array):
        return array[index]
    order = np.argsort(index, kind="stable")
    found = np.empty((len(index), *array.shape[1:]), array.dtype)
    found[order] = array[index[order]]
    return found


def rows(data: Any, index: Any) -> Any:
    """The samples at an index (a slice or positions) of every array."""
    return each(data, lambda array: np.ascontiguousarray(array[index]))


def each(data: Any, f: Callable[[Any], Any]) -> Any:
    """`f` of every array or tensor, in the same nesting."""
    leaves, spec = nest.flatten(data)
    return nest.unflatten(spec, [f(leaf) for leaf in leaves])


def split(op: str, data: Any, size: int, fraction: float) -> tuple[Any, Any]:
    """The samples but the last `fraction`, and these: views, as they stand."""
    kept = size - int(size * fraction)
    if not 0 < fraction < 1 or kept in (0, size):
        raise ArgumentError(
            op,
            f"validation_split={fraction} of {size} samples leaves nothing on one side",
            where=user_frame(),
            hint="a number between 0 and 1, as 0.1",
        )
    return each(data, lambda a: a[:kept]), each(data, lambda a: a[kept:])


def concatenate(parts: list[Any]) -> Any:
    """The results of batches as one, in their nesting; ShapeError where there is none."""
    if not parts:
        raise ShapeError("predict", "there are no samples", where=user_frame())
    spec = nest.flatten(parts[0])[1]
    columns = zip(*(nest.flatten(part)[0] for part in parts), strict=True)
    return nest.unflatten(spec, [np.concatenate(column) for column in columns])
