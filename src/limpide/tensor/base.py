"""The public Tensor: a value, a formula, or both; NumPy's syntax works on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..display import ask
from ..dtypes import DType, as_dtype, converted, in_native_order, list_dtype, readable
from ..errors import ArgumentError, LimpideError, SymbolicError, user_frame
from ..graph import Array, Node
from ..ops.define import constant
from ..shapes import Dim, Shape, show

# What methods and NumPy's functions call on tensors; lifting.py and history.py fill these in.
lifted: dict[str, Callable[..., Any]] = {}
numpy_functions: dict[str, Callable[..., Any]] = {}

# DLPack knows of read-only memory since its version 1, which NumPy speaks from 2.1 on.
READ_ONLY_DLPACK = np.lib.NumpyVersion(np.__version__) >= "2.1.0"


class Tensor:
    """An array with a value, a formula of inputs, or both.

    A tensor made from numbers has its value at once; one that depends on an `lp.input` or on a traced
    argument is a formula. History is kept only behind what can be differentiated.

    >>> import limpide as lp
    >>> lp.tensor([1.0, 2.0]) * 3
    tensor([3., 6.], dtype=float32)
    """

    __slots__ = ("__weakref__", "_node", "_value", "parents")
    __array_priority__ = 1000

    def __init__(self, node: Node | None, value: Array | None = None, parents: tuple[Tensor, ...] = ()):
        if value is not None:
            value.flags.writeable = False
        self._node = node
        self._value = value
        self.parents = parents

    if TYPE_CHECKING:  # the tables of lifting.py put these in

        def _unary(self) -> Tensor: ...

        def _binary(self, other: Any, /) -> Tensor: ...

        def _function(self, *args: Any, **kwargs: Any) -> Tensor: ...

        def _pair(self, other: Any, /) -> tuple[Tensor, Tensor]: ...

        __neg__ = __pos__ = __abs__ = __invert__ = _unary
        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _binary
        __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _binary
        __matmul__ = __rmatmul__ = __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _binary
        __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _binary
        __lt__ = __le__ = __gt__ = __ge__ = _binary
        __divmod__ = __rdivmod__ = _pair
        __eq__ = __ne__ = _binary  # type: ignore[assignment]
        sum = prod = mean = var = std = max = min = argmax = argmin = any = all = _function
        cumsum = cumprod = reshape = transpose = squeeze = ravel = flatten = swapaxes = _function
        astype = clip = round = dot = take = repeat = diagonal = trace = _function
        argsort = copy = searchsorted = __round__ = _function

    # ------------------------------------------------------------------------------- what it is
    @property
    def node(self) -> Node:
        """The graph behind it."""
        if self._node is None:
            self._node = constant(self._value)
        return self._node

    @property
    def value(self) -> Array | None:
        """The array, or None for a formula."""
        return self._value

    @property
    def tracked(self) -> bool:
        """Whether there is something behind it to differentiate by."""
        return bool(self.parents)

    @property
    def shape(self) -> Shape:
        value = self.value
        return self.node.shape if value is None else value.shape

    @property
    def dtype(self) -> DType:
        value = self.value
        return self.node.dtype if value is None else value.dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> Any:
        size: Any = 1
        for s in self.shape:
            size = size * s
        return size

    @property
    def name(self) -> str | None:
        return self.node.name

    @property
    def T(self) -> Tensor:
        """Axes reversed."""
        return self._call("transpose")

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged."""
        return self._call("swapaxes", -1, -2)

    def numpy(self) -> Array:
        """The value as a NumPy array of its own; that of a bfloat16 tensor is float32.

        Raises SymbolicError for a formula.
        """
        return readable(self._known("numpy()")).copy()

    def item(self) -> Any:
        """The only element as a Python number."""
        return readable(self._known("item()")).item()

    def tolist(self) -> Any:
        return readable(self._known("tolist()")).tolist()

    def _call(self, name: str, *args: Any) -> Tensor:
        result: Tensor = lifted[name](self, *args)
        return result

    def _known(self, what: str) -> Array:
        value = self.value
        if value is None:
            label = f" '{self.name}'" if self.name else ""
            raise SymbolicError(
                what,
                f"the tensor{label} of shape {show(self.shape)} is a formula: it has no value yet",
                where=self.node.where,
                hint=_FORMULA_HINTS.get(what, "build lp.function([inputs], y) and call it with numbers"),
            )
        return value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        value = readable(self._known("numpy()"))
        return np.array(value, dtype=dtype, copy=copy)

    def __dlpack__(
        self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
    ) -> Any:
        """The value for other libraries: shared and read-only, copied for those that cannot be told so.

        torch.from_dlpack(t), jax.dlpack.from_dlpack(t), np.from_dlpack(t) call it.
        bfloat16 goes out as float32. Raises SymbolicError for a formula.
        """
        value = readable(self._known("__dlpack__"))
        if not READ_ONLY_DLPACK or max_version is None or max_version[0] < 1:
            return value.copy().__dlpack__(stream=stream)
        return value.__dlpack__(stream=stream, max_version=max_version, dl_device=dl_device, copy=copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Where the value is: (1, 0), the CPU."""
        return readable(self._known("__dlpack_device__")).__dlpack_device__()

    def __float__(self) -> float:
        return float(readable(self._known("float()")).item())

    def __int__(self) -> int:
        return int(readable(self._known("int()")).item())

    def __index__(self) -> int:
        return int(self._known("index").__index__())

    def __bool__(self) -> bool:
        return bool(readable(self._known("if")))

    def __len__(self) -> int:
        if not self.ndim:
            raise ArgumentError("len", "a scalar has no length")
        size = self.shape[0]
        return size if isinstance(size, int) else size.__index__()

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        value = self.value
        if value is None:
            label = f" {self.name}" if self.name else ""
            return f"<formula{label}: {self.dtype.name}{show(self.shape)}>"
        body = np.array2string(readable(value), separator=", ", prefix="tensor(")
        return f"tensor({body}, dtype={self.dtype.name})"

    def _repr_latex_(self) -> str | None:
        """How a notebook shows a formula; values are shown as text."""
        return None if self.value is not None else str(ask("latex", self))

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec and self.value is not None else str(self)

    __hash__ = object.__hash__

    # --------------------------------------------------------------------------------- indexing
    def __getitem__(self, index: Any) -> Tensor:
        return self._call("getitem", known_index(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        """Rebind this tensor to a new one that differs at `index`; what was made from it before stays."""
        self._become(self._before()._call("index_update", known_index(index), value))

    def _before(self) -> Tensor:
        """A handle that keeps what this one stands for when it is rebound."""
        return Tensor(self._node, self._value, self.parents)

    def _used(self) -> Tensor:
        """What the history of a result keeps."""
        return self

    def _become(self, new: Tensor) -> None:
        self._node, self._value, self.parents = new._node, new._value, new.parents

    # ------------------------------------------------------------------------- NumPy's protocols
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        build = numpy_function(name, kwargs)
        if method in ("reduce", "accumulate"):
            kwargs.setdefault("axis", 0)
        elif "dtype" in kwargs:
            dtype = kwargs.pop("dtype")
            inputs = tuple(astensor(i).astype(dtype) for i in inputs)
        return build(*inputs, **kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        module = (func.__module__ or "").removeprefix("numpy").removeprefix(".")
        name = f"{module}.{func.__name__}" if module else func.__name__
        build = numpy_function(name, kwargs)
        try:
            return build(*args, **kwargs)
        except TypeError as error:
            if isinstance(error, LimpideError) or "argument" not in str(error):
                raise
            raise ArgumentError(f"numpy.{name}", f"on tensors: {error}", where=user_frame()) from None

    # ------------------------------------------------------------------------------ derivatives
    def backward(self) -> None:
        """Add the gradient of this scalar to `.grad` of every parameter behind it."""
        lifted["backward"](self)

    def detach(self) -> Tensor:
        """The same value without its history."""
        return self._call("stop_gradient")


_FORMULA_HINTS = {
    "if": "a formula cannot steer Python: use lp.where(condition, a, b), or lp.scan for loops",
    "index": "a formula can be a slice's bounds, x[i*b:(i+1)*b], or an index array, x[i]",
    "numpy()": "NumPy functions on a formula must be ones that limpide knows; "
    "or build lp.function([inputs], y) and call it with numbers",
}


def known_index(index: Any) -> Any:
    """An index in which tensors with values are arrays: positions and masks have no derivative."""
    if isinstance(index, tuple):
        return tuple(map(known_index, index))
    if isinstance(index, slice):
        return slice(known_index(index.start), known_index(index.stop), index.step)
    if not isinstance(index, Tensor) or index.value is None:
        return index
    return index.value if index.ndim or index.dtype == np.bool_ else index.value[()]


def numpy_function(name: str, kwargs: dict[str, Any]) -> Callable[..., Any]:
    """What a NumPy function is on tensors; arguments that say nothing are taken out."""
    if kwargs.pop("out", None) is not None:
        raise ArgumentError(
            f"numpy.{name}",
            "out= cannot be a tensor, nor an array when an operand is a tensor",
            where=user_frame(),
            hint="assign the result: y = np.add(a, b); for arrays, a = a + t instead of a += t",
        )
    for key, default in _NUMPY_DEFAULTS.items():
        if kwargs.get(key, kwargs) is default:
            del kwargs[key]
    build = numpy_functions.get(name)
    if build is None:
        raise ArgumentError(
            f"numpy.{name}",
            "this NumPy function does not work on tensors",
            where=user_frame(),
            hint="use t.numpy() where t has a value, or write it with other operations",
        )
    return build


_NUMPY_DEFAULTS: dict[str, Any] = {"dtype": None, "where": True, "order": None, "casting": "same_kind"}


# ------------------------------------------------------------------------------------- making tensors
def to_array(value: Any, dtype: Any = None) -> Array:
    """`value` as an array of its own: Python numbers, also in lists, in their default dtypes."""
    wanted = None if dtype is None else as_dtype(dtype)
    if isinstance(value, Tensor):
        value = value._known("numpy()")
    if isinstance(value, (np.ndarray, np.generic)):
        array = in_native_order(np.asarray(value))
        return np.array(array if wanted is None else converted(array, wanted))
    try:
        array = np.array(value)
    except ValueError as error:
        raise ArgumentError("tensor", f"this is not an array: {irregular(error)}") from None
    if wanted is None:
        wanted = list_dtype(value, array.dtype)
    if array.dtype.kind not in "biuf":
        raise ArgumentError(
            "tensor", f"a {type(value).__name__} of {kind_of(array)} is not an array of numbers"
        )
    return converted(array, wanted)


def irregular(error: ValueError) -> str:
    """Why NumPy made no array of it, in few words."""
    return "its rows differ in length" if "inhomogeneous" in str(error) else str(error)


def kind_of(array: Array) -> str:
    """What an array holds that holds no numbers."""
    kinds = {"U": "text", "S": "bytes", "O": "objects", "c": "complex numbers"}
    return kinds.get(array.dtype.kind, str(array.dtype))


def astensor(value: Any) -> Tensor:
    """A tensor as it is; anything else made into one."""
    return value if isinstance(value, Tensor) else Tensor(None, to_array(value))


Dim.as_formula = staticmethod(lambda dim: Tensor(constant(dim)))
