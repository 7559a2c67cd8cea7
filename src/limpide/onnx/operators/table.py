"""How operators of ONNX are told: a function of tensors, by name and by the version that it holds from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...dtypes import DType
from ...errors import DataError, SymbolicError
from ...graph import Array
from ...nn.words import lp
from ...shapes import Dim, Shape, Size, product
from ...tensor import Tensor, astensor
from ..types import NAMES, NUMBERS

LARGEST = 2**31  # elements that an operator may make out of a few numbers


class Body(Protocol):
    """A graph that an operator runs: a loop's or a branch's."""

    inputs: Sequence[str]
    outputs: Sequence[str]

    def __call__(self, *values: Any) -> list[Any]: ...


@dataclass(frozen=True)
class Call:
    """What an operator may know of where it stands."""

    opset: int
    outputs: int  # how many of its results are wanted
    training: Callable[[], bool]  # whether the model is in training mode


@dataclass(frozen=True)
class Operator:
    """One version of an operator. It takes inputs by position, attributes and `call` by keyword."""

    since: int
    run: Callable[..., Any]
    sizes: bool  # whether it takes sizes that are not known as they are
    signature: inspect.Signature


OPERATORS: dict[str, list[Operator]] = {}
SIZES: dict[str, Callable[..., Any]] = {}  # what operators do to sizes that are not known


def operator(name: str, since: int = 1, sizes: bool = False) -> Callable[[Any], Any]:
    """Register what an operator computes from a version of ONNX's operators on."""

    def register(run: Callable[..., Any]) -> Callable[..., Any]:
        found = OPERATORS.setdefault(name, [])
        found.append(Operator(since, run, sizes, inspect.signature(run)))
        found.sort(key=lambda each: each.since)
        return run

    return register


def find(name: str, opset: int) -> Operator | None:
    """The version of an operator that holds in a version of the whole."""
    fitting = [each for each in OPERATORS.get(name, ()) if each.since <= opset]
    return fitting[-1] if fitting else None


# ------------------------------------------------------------------------------------- values that are known
def is_sizes(value: Any) -> bool:
    """Whether this is an array of sizes, some of which are not known."""
    return isinstance(value, np.ndarray) and value.dtype == object


def tidy(value: Any) -> Any:
    """Sizes that turned out to be known are a tensor, one size is an array without axes."""
    if isinstance(value, Dim):
        value, box = np.empty((), object), value
        value[()] = box
    if isinstance(value, (int, np.bool_)) or isinstance(value, np.ndarray) and value.dtype == np.bool_:
        return Tensor(None, np.asarray(value))
    if not is_sizes(value) or any(isinstance(s, Dim) for s in value.flat):
        return value
    return Tensor(None, np.array(value.tolist(), np.int64).reshape(value.shape))


def size_vector(shape: Sequence[Size]) -> Any:
    """A shape as a vector of int64."""
    vector = np.empty(len(shape), object)
    vector[:] = shape
    return tidy(vector)


def formula(value: Any) -> Any:
    """Sizes as a tensor; everything else as it is."""
    if not is_sizes(value):
        return value
    parts = [s * astensor(1) if isinstance(s, Dim) else astensor(np.int64(s)) for s in value.flat]
    return lp.reshape(lp.stack(parts), value.shape) if value.ndim else parts[0]


def known(value: Any, what: str) -> Array:
    """The array behind a value that steers the shape of a result.

    Raises SymbolicError where it is computed from what is not known until the model runs.
    """
    array = astensor(value).value
    if array is None:
        raise SymbolicError(
            "onnx", f"{what} is computed from the model's inputs, and the shape of the result depends on it",
            hint="call the model on values, outside of compiled functions",
        )  # fmt: skip
    return array


def is_known(*values: Any) -> bool:
    """Whether all these have values now."""
    return all(isinstance(v, Tensor) and v.value is not None for v in values if v is not None)


def number(value: Any, what: str) -> Any:
    """One known number as Python's."""
    array = known(value, what)
    if array.size != 1:
        raise DataError("onnx", f"{what} is one number, not an array of shape {array.shape}")
    return array.reshape(()).item()


def shape_of(value: Any, what: str) -> tuple[Size, ...]:
    """A vector of sizes."""
    if is_sizes(value):
        return tuple(value.reshape(-1).tolist())
    return integers(value, what)


def integers(value: Any, what: str) -> tuple[int, ...]:
    """A known vector of integers."""
    array = known(value, what)
    if array.dtype.kind not in "iu":
        raise DataError("onnx", f"{what} is a vector of integers, not of {array.dtype}")
    return tuple(int(i) for i in array.reshape(-1))


def limited(shape: Sequence[Size]) -> Shape:
    """The shape, if what has it can be held. Raises DataError for one that no model needs."""
    if any(isinstance(s, int) and s < 0 for s in shape):
        raise DataError("onnx", f"the sizes {tuple(shape)} must not be negative")
    total = product(shape)
    if isinstance(total, int) and total > LARGEST:
        raise DataError("onnx", f"an array of shape {tuple(shape)} has {total} elements")
    return tuple(shape)


def dtype_of(number: int) -> DType:
    """Our dtype of one of ONNX's element types; float16 is computed in float32."""
    if number == 10:
        return np.dtype(np.float32)
    if number not in NUMBERS:
        raise DataError(
            "onnx", f"the element type {NAMES.get(number, number)} is not one of those of limpide"
        )
    return NUMBERS[number]


def axis_in(axis: int, rank: int) -> int:
    """A checked axis, counted from the end where it is negative."""
    if not -rank <= axis < rank:
        raise DataError("onnx", f"axis {axis} is outside of the {rank} axes")
    return axis % rank
