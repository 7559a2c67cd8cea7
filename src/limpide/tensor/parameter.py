"""State that can be differentiated by and assigned."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import DType, as_dtype, converted, readable
from ..errors import ArgumentError, ShapeError, SymbolicError, user_frame
from ..graph import Array, Cell, Node
from ..ops.define import cast, cell_node
from ..shapes import Shape, show
from ..tracing import change_setting, current
from .base import Tensor, astensor, to_array


class Parameter(Tensor):
    """Named state that can be differentiated by and assigned.

    In traced code it is a formula and `assign` becomes an update of the compiled function.
    """

    __slots__ = ("cell", "grad")

    def __init__(self, value: Any, name: str | None = None, trainable: bool = True, dtype: Any = None):
        array = to_array(value, dtype)
        self.cell = Cell(array, name or "parameter", trainable)
        self.grad: Tensor | None = None
        super().__init__(None)

    @classmethod
    def of(cls, cell: Cell) -> Parameter:
        """A handle of state that exists."""
        parameter = cls.__new__(cls)
        parameter.cell, parameter.grad = cell, None
        Tensor.__init__(parameter, None)
        return parameter

    @property
    def node(self) -> Node:
        trace = current()
        return cell_node(self.cell) if trace is None else trace.read(self.cell)

    @property
    def value(self) -> Array | None:
        return None if current() is not None else self.cell.lend()

    @property
    def shape(self) -> Shape:
        shape: Shape = self.cell.value.shape
        return shape

    @property
    def dtype(self) -> DType:
        return self.cell.value.dtype

    @property
    def tracked(self) -> bool:
        return True

    @property
    def trainable(self) -> bool:
        """Whether training changes it; False freezes it: no gradient, no update, in compiled steps either."""
        return self.cell.trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        change_setting(self.cell, "trainable", bool(value))

    @property
    def requires_grad(self) -> bool:
        """PyTorch's word for `trainable`."""
        return self.trainable

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.trainable = value

    def requires_grad_(self, requires_grad: bool = True) -> Parameter:
        """`trainable = requires_grad`, and the parameter itself."""
        self.trainable = requires_grad
        return self

    @property
    def name(self) -> str | None:
        return self.cell.name

    def assign(self, value: Any) -> None:
        """Give the state a new value of the same shape; it is converted to the state's dtype.

        Raises ShapeError where shapes differ, SymbolicError for a formula outside of traced code.
        """
        new = astensor(value)
        if new.shape != self.shape:
            raise ShapeError(
                "assign",
                f"'{self.name}' has shape {show(self.shape)}, the new value {show(new.shape)}",
                hint="the new value looks transposed: try .T" if new.shape == self.shape[::-1] else None,
            )
        trace = current()
        if trace is not None:
            trace.updates[self.cell] = cast(new.node, self.dtype)
            return
        if new.value is None:
            raise SymbolicError(
                "assign",
                f"'{self.name}' would get a formula outside of a traced function",
                where=new.node.where,
                hint="use @lp.compile, or lp.function(inputs, outputs, updates=[(W, formula)])",
            )
        self.cell.replace(np.array(converted(new.value, self.dtype), order="C"))

    def _become(self, new: Tensor) -> None:
        self.assign(new)

    def _before(self) -> Tensor:
        return self

    def _used(self) -> Tensor:
        """The state as it is now: a later assignment does not change what was computed from it."""
        return Tensor(self.node, self.value, (self,))

    def __iadd__(self, other: Any) -> Parameter:
        self.assign(self + other)
        return self

    def __isub__(self, other: Any) -> Parameter:
        self.assign(self - other)
        return self

    def __imul__(self, other: Any) -> Parameter:
        self.assign(self * other)
        return self

    def __itruediv__(self, other: Any) -> Parameter:
        self.assign(self / other)
        return self

    def __repr__(self) -> str:
        body = np.array2string(readable(self.cell.value), separator=", ", prefix="parameter(")
        return f"parameter({body}, dtype={self.dtype.name}, name={self.name!r})"


def tensor(value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor with this value; with `requires_grad`, one to differentiate by.

    Python floats become `lp.config.floatx`; NumPy arrays keep their dtype.
    """
    if requires_grad:
        return Parameter(value, name="tensor", dtype=dtype)
    return Tensor(None, to_array(value, dtype))


def from_dlpack(x: Any, /, *, copy: bool | None = None) -> Tensor:
    """A tensor of another library's array, by `x.__dlpack__()`: PyTorch, JAX, CuPy, NumPy.

    It shares the memory of x (what changes there is seen here) where that is contiguous and aligned;
    otherwise, and with copy=True, the elements are copied. copy=False: never.
    Raises ArgumentError for what cannot be shared: not on the CPU, behind a gradient, of an unknown dtype.

    >>> import numpy as np
    >>> from_dlpack(np.arange(3))
    tensor([0, 1, 2], dtype=int64)
    """
    if not hasattr(x, "__dlpack__"):
        raise ArgumentError(
            "from_dlpack",
            f"a {type(x).__name__} has no __dlpack__",
            where=user_frame(),
            hint="lp.tensor(x) takes numbers, lists and what NumPy takes",
        )
    try:
        array = np.from_dlpack(x).view()
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise ArgumentError(
            "from_dlpack",
            f"this {type(x).__name__} cannot be shared: {error}",
            where=user_frame(),
            hint="in PyTorch x.detach().cpu() first; an array of a dtype that NumPy has",
        ) from None
    as_dtype(array.dtype)  # an error where compiled code knows no such numbers
    fits = array.flags.c_contiguous and array.flags.aligned
    if copy is False and not fits:
        raise ArgumentError(
            "from_dlpack", "the array is not contiguous and aligned, and copy=False", where=user_frame()
        )
    return Tensor(None, array if fits and not copy else np.array(array, order="C"))


def parameter(value: Any, name: str | None = None, dtype: Any = None, trainable: bool = True) -> Parameter:
    """A named state that can be differentiated by and assigned.

    >>> import numpy as np
    >>> W = parameter(np.zeros((2, 3)), name="W")
    >>> W.assign(np.ones((2, 3)))
    >>> float(W.sum())
    6.0
    """
    return Parameter(value, name, trainable, dtype)
