"""TensorType: the dtype of a variable, and which of its axes are known to have size 1."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ....ops.loop import placeholder
from ....shapes import Dim
from ....tensor import Tensor
from ... import pickles, record
from .. import scalar
from ..configparser import config
from ..gof.graph import type_of_formula
from ..gof.type import Type

NAMES = {
    (): "scalar", (False,): "vector", (True, False): "row", (False, True): "col", (False, False): "matrix",
    (False,) * 3: "3D", (False,) * 4: "4D", (False,) * 5: "5D", (False,) * 6: "6D", (False,) * 7: "7D",
}  # fmt: skip

Pattern = tuple[bool, ...]


class TensorType(Type):
    """Arrays of one dtype and number of axes.

    broadcastable: for every axis whether its size is always 1; only such an axis is repeated to fit others.

    >>> TensorType("float64", (False, True))
    TensorType(float64, col)
    """

    variable: type[Any]  # the class of its variables: theano.tensor.var puts it in

    def __init__(self, dtype: Any, broadcastable: Any, name: str | None = None, sparse_grad: bool = False):
        dtype = config.floatX if dtype == "floatX" else str(np.dtype(dtype))
        if dtype == "float64" and config.warn_float64 != "ignore":
            message = (
                "You are creating a TensorVariable with float64 dtype. You requested an action via the "
                "Theano flag warn_float64={ignore,warn,raise,pdb}."
            )
            if config.warn_float64 == "raise":
                raise Exception(message)
            warnings.warn(message, stacklevel=3)
        self.dtype = dtype
        self.broadcastable: Pattern = tuple(bool(b) for b in broadcastable)
        self.name = name
        self.sparse_grad = sparse_grad
        self.numpy_dtype = np.dtype(dtype)

    @property
    def ndim(self) -> int:
        return len(self.broadcastable)

    @property
    def shape(self) -> tuple[int | None, ...]:
        return tuple(1 if b else None for b in self.broadcastable)

    def clone(self, dtype: Any = None, broadcastable: Any = None) -> TensorType:
        pattern = self.broadcastable if broadcastable is None else broadcastable
        return type(self)(dtype or self.dtype, pattern, self.name, self.sparse_grad)

    def make_variable(self, name: str | None = None) -> Any:
        source = record.Given(tuple(1 if b else None for b in self.broadcastable), self.dtype, name)
        return self.variable(self, source, 0, name)

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """`data` as an array of this type, converted where nothing is lost.

        allow_downcast: True converts anything, None only Python floats to floatX, False nothing.
        Raises TypeError where precision would be lost, or the number of axes is another.
        """
        if type(data) is np.ndarray and data.dtype == self.numpy_dtype:
            array = data
        else:
            if isinstance(data, record.Symbol):
                raise TypeError(
                    "Expected an array-like object, but found a Variable: maybe you are trying to call a "
                    "function on a (possibly shared) variable instead of a numeric array?"
                )
            if strict:
                raise TypeError(
                    f"{self} expected a ndarray object of dtype {self.dtype} (got {_kind(data)})."
                )
            array = self._converted(data, allow_downcast)
        if array.ndim != len(self.broadcastable):
            raise TypeError(
                f"Wrong number of dimensions: expected {self.ndim}, got {array.ndim} "
                f"with shape {array.shape}."
            )
        for size, alone in zip(array.shape, self.broadcastable, strict=True):
            if alone and size != 1:
                raise TypeError(
                    "Non-unit value on shape on a broadcastable dimension.", array.shape, self.broadcastable
                )
        return array

    def _converted(self, data: Any, allow_downcast: bool | None) -> Any:
        if not isinstance(data, (np.ndarray, np.generic)):
            try:
                array = np.asarray(data)
            except ValueError as error:
                raise TypeError(f"{self} cannot hold {_kind(data)}: {error}") from None
        else:
            array = np.asarray(data)
        if array.dtype.kind not in "biufc":
            raise TypeError(f"{self} cannot hold {_kind(data)} of dtype {array.dtype}")
        if array.dtype == self.numpy_dtype or scalar.upcast(self.dtype, str(array.dtype)) == self.dtype:
            return array.astype(self.numpy_dtype, copy=False)
        if allow_downcast:
            return array.astype(self.numpy_dtype)
        if allow_downcast is None and type(data) is float and self.dtype == config.floatX:
            return array.astype(self.numpy_dtype)
        if not isinstance(data, (np.ndarray, np.generic)):
            with np.errstate(all="ignore"):
                converted = array.astype(self.numpy_dtype)
            if np.array_equal(array, converted):
                return converted
        elif array.dtype.kind in "iu" and self.numpy_dtype.kind in "iu":
            converted = array.astype(self.numpy_dtype)
            if array.ndim == 0 and not isinstance(data, np.ndarray) and converted == array:
                return converted
        if isinstance(data, np.ndarray):
            raise TypeError(
                f"{self} cannot store a value of dtype {array.dtype} without risking loss of precision. "
                f"You can: 1) explicitly cast your data to {self.dtype}, or 2) set "
                f'"allow_input_downcast=True" when calling "function".',
                data,
            )
        raise TypeError(
            f"{self} cannot store accurately value {data}, it would be represented as "
            f"{array.astype(self.numpy_dtype)}. If you do not mind this precision loss, you can: 1) "
            f"explicitly convert your data to a numpy array of dtype {self.dtype}, or 2) set "
            f'"allow_input_downcast=True" when calling "function".'
        )

    def filter_variable(self, other: Any, allow_convert: bool = True) -> Any:
        if other.type == self or self.is_super(other.type):
            return other
        return super().filter_variable(other, allow_convert)

    convert_variable = filter_variable

    def is_super(self, other: Any) -> bool:
        """Whether values of the other type are values of this: it only knows more of sizes 1."""
        return (
            isinstance(other, TensorType)
            and (self.dtype, self.ndim) == (other.dtype, other.ndim)
            and all(mine <= its for mine, its in zip(self.broadcastable, other.broadcastable, strict=True))
        )

    def in_same_class(self, other: Any) -> bool:
        return isinstance(other, TensorType) and self.broadcastable == other.broadcastable

    @staticmethod
    def values_eq(a: Any, b: Any, force_same_dtype: bool = True) -> bool:
        a, b = np.asarray(a), np.asarray(b)
        same = a.shape == b.shape and (a.dtype == b.dtype or not force_same_dtype)
        return same and bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))

    @staticmethod
    def values_eq_approx(
        a: Any,
        b: Any,
        allow_remove_inf: bool = False,
        allow_remove_nan: bool = False,
        rtol: float | None = None,
        atol: float | None = None,
    ) -> bool:
        a, b = np.asarray(a), np.asarray(b)
        loose = "float32" in (str(a.dtype), str(b.dtype))
        return a.shape == b.shape and bool(
            np.allclose(
                a, b, rtol or (1e-4 if loose else 1e-5), atol or (1e-5 if loose else 1e-8), equal_nan=True
            )
        )

    def value_zeros(self, shape: Any) -> Any:
        return np.zeros(shape, self.dtype)

    def dtype_specs(self) -> tuple[Any, str, str]:
        return self.numpy_dtype.type, f"npy_{self.dtype}", f"NPY_{self.dtype.upper()}"

    def __reduce__(self) -> Any:
        return type(self), (self.dtype, self.broadcastable, self.name, self.sparse_grad)

    def __eq__(self, other: object) -> bool:
        return (
            type(self) is type(other)
            and isinstance(other, TensorType)
            and (self.dtype, self.broadcastable) == (other.dtype, other.broadcastable)
        )

    def __hash__(self) -> int:
        return hash((self.dtype, self.broadcastable))

    def __str__(self) -> str:
        if self.name:
            return self.name
        pattern = self.broadcastable
        kind = NAMES.get(pattern) or str(pattern if any(pattern) else f"{len(pattern)}D")
        return f"TensorType({self.dtype}, {kind})"

    __repr__ = __str__


def _kind(data: Any) -> str:
    return f"a {type(data).__name__}"


def values_eq_approx_always_true(a: Any, b: Any) -> bool:
    return True


def _type_of(formula: Tensor) -> Type:
    return TensorType(formula.dtype.name, [isinstance(s, int) and s == 1 for s in formula.shape])


type_of_formula.append(_type_of)
pickles.allow(TensorType)


def formula(dtype: Any, pattern: Any) -> Tensor:
    """What is known of a tensor by its dtype and broadcast pattern (a number of axes, or one bool each)."""
    bools = (False,) * pattern if isinstance(pattern, int) else tuple(pattern)
    return Tensor(placeholder("x", tuple(1 if b else Dim.named() for b in bools), np.dtype(dtype)))


__all__ = ["NAMES", "Pattern", "TensorType", "formula", "values_eq_approx_always_true"]
