"""Linear, Flatten and Unflatten, Embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..dtypes import floatx, is_float
from ..errors import ArgumentError, DTypeError, IndexingError, ShapeError, user_frame
from ..shapes import Shape, axis_of, same, show
from ..tensor import Parameter, Tensor, astensor
from . import init as initialisers
from . import regularizers
from .init import Initialiser, Seed
from .module import Module
from .regularizers import Regularizer
from .state import Axes
from .words import lp


class Linear(Module):
    """y = x @ weight + bias.

    inputs, outputs: sizes. x: (..., inputs), floats, or integers which become floats of the weight's dtype.
    weight: (inputs, outputs); bias: (outputs,) or None.
    init, bias_init: names of `nn.init`, or functions of a shape. regularizer: of the weight, see `penalty`.

    >>> import numpy as np
    >>> layer = Linear(784, 10, init="zeros")
    >>> layer.weight.shape, layer(np.ones((5, 784), np.uint8)).shape
    ((784, 10), (5, 10))
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        bias: bool = True,
        init: str | Initialiser = "glorot_uniform",
        bias_init: str | Initialiser = "zeros",
        seed: Seed = None,
        dtype: Any = None,
        regularizer: str | Regularizer | None = None,
    ):
        self.regularizer = regularizers.get(regularizer)
        count_of("Linear", "inputs", inputs)
        count_of("Linear", "outputs", outputs)
        self.weight = Parameter(initialisers.make(init, (inputs, outputs), seed, dtype))
        self.bias = Parameter(initialisers.make(bias_init, (outputs,), seed, dtype)) if bias else None

    def forward(self, x: Any) -> Any:
        x = as_floats(x, self.weight)
        inputs, outputs = self.weight.shape
        if not x.ndim or not same(x.shape[-1], inputs):
            raise ShapeError(
                "Linear",
                f"the input has shape {show(x.shape)}, but its last axis should have size {inputs} "
                f"for weights of shape {show((inputs, outputs))}",
                where=user_frame(),
                hint="nn.Flatten() makes (n, 28, 28) into (n, 784)" if x.ndim > 2 else None,
            )
        y = x @ self.weight
        return y if self.bias is None else y + self.bias

    def input_shape(self) -> Shape | None:
        return (None, self.weight.shape[0])  # type: ignore[return-value]

    def torch_axes(self) -> Mapping[str, Axes]:
        return {"weight": (1, 0)}

    def _describe(self) -> str:
        inputs, outputs = self.weight.shape
        return f"{inputs}, {outputs}" + (", bias=False" if self.bias is None else "")


def as_floats(x: Any, like: Tensor | None = None) -> Any:
    """What a layer was given, as floats: integers take the dtype of `like`, or floatx."""
    x = astensor(x)
    return x if is_float(x.dtype) else x.astype(floatx() if like is None else like.dtype)


def count_of(op: str, name: str, value: Any) -> None:
    """ArgumentError where a size of a layer is not a positive whole number."""
    if not isinstance(value, int) or value < 1:
        raise ArgumentError(op, f"{name} is {value!r}, not a positive number", where=user_frame())


class Flatten(Module):
    """Axes made into one, from start_axis to end_axis: (n, 28, 28) becomes (n, 784)."""

    def __init__(self, start_axis: int = 1, end_axis: int = -1):
        self.start_axis, self.end_axis = start_axis, end_axis

    def forward(self, x: Any) -> Any:
        x = astensor(x)
        if not x.ndim:
            raise ShapeError("Flatten", "the input is a scalar", where=user_frame())
        if x.ndim == 1 and self.start_axis == 1:
            return x.reshape((x.shape[0], 1))
        first = axis_of("Flatten", self.start_axis, x.ndim)
        last = axis_of("Flatten", self.end_axis, x.ndim)
        if last < first:
            raise ShapeError("Flatten", f"axis {last} stands before axis {first}", where=user_frame())
        size: Any = 1
        for s in x.shape[first : last + 1]:
            size = size * s
        return x.reshape((*x.shape[:first], size, *x.shape[last + 1 :]))

    def _describe(self) -> str:
        given = (self.start_axis, self.end_axis)
        return "" if given == (1, -1) else f"start_axis={given[0]}, end_axis={given[1]}"


class Unflatten(Module):
    """One axis made into several: Unflatten(1, (4, 7)) makes (n, 28) into (n, 4, 7); one size may be -1."""

    def __init__(self, axis: int, sizes: Sequence[int]):
        self.axis, self.sizes = axis, tuple(sizes)

    def forward(self, x: Any) -> Any:
        x = astensor(x)
        axis = axis_of("Unflatten", self.axis, x.ndim)
        return x.reshape((*x.shape[:axis], *self.sizes, *x.shape[axis + 1 :]))

    def _describe(self) -> str:
        return f"{self.axis}, {self.sizes}"


class Embedding(Module):
    """Row `i` of a table for every index `i`: shape (...) becomes (..., size).

    count, size: rows of the table, and numbers in each. padding_idx: a row that starts as 0 and stays.
    weight: (count, size). init: of the table, normal with variance 1 by default.
    Raises DTypeError for indices that are no integers, IndexingError for one outside of the table;
    in compiled code, which cannot raise, such an index reads the nearest row, as `lp.take` does.

    >>> import numpy as np
    >>> Embedding(10, 3, padding_idx=0, seed=0)(np.array([[0, 1], [2, 0]])).shape
    (2, 2, 3)
    """

    def __init__(
        self,
        count: int,
        size: int,
        padding_idx: int | None = None,
        init: str | Initialiser = "standard_normal",
        seed: Seed = None,
        dtype: Any = None,
        regularizer: str | Regularizer | None = None,
    ):
        self.regularizer = regularizers.get(regularizer)
        count_of("Embedding", "count", count)
        count_of("Embedding", "size", size)
        table = initialisers.make(init, (count, size), seed, dtype)
        if padding_idx is not None:
            if not -count <= padding_idx < count:
                raise ArgumentError(
                    "Embedding", f"padding_idx is {padding_idx}, outside of {count} rows", where=user_frame()
                )
            padding_idx %= count
            table[padding_idx] = 0
        self.weight = Parameter(table)
        self.padding_idx = padding_idx

    def forward(self, indices: Any) -> Any:
        indices = astensor(indices)
        if indices.dtype.kind not in "iu":
            raise DTypeError(
                "Embedding",
                f"indices are integers, not {indices.dtype}",
                where=user_frame(),
                hint='.astype("int64")',
            )
        count = self.weight.shape[0]
        known = indices.value
        if known is not None and known.size and not (-count <= known.min() and known.max() < count):
            raise IndexingError(
                "Embedding",
                f"indices go from {known.min()} to {known.max()}, but the table has {count} rows, "
                f"0 to {count - 1}",
                where=user_frame(),
            )
        rows = lp.take(self.weight, indices, axis=0)
        if self.padding_idx is None:
            return rows
        padding = lp.expand_dims(lp.equal(indices, self.padding_idx), -1)
        return lp.where(padding, lp.stop_gradient(rows), rows)

    def _describe(self) -> str:
        count, size = self.weight.shape
        return f"{count}, {size}" + ("" if self.padding_idx is None else f", padding_idx={self.padding_idx}")
