"""Elementwise ops, reductions and dimshuffle: one class each, with Theano's dtypes and broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....errors import ShapeError
from ....tensor import Tensor, TensorFunction, functions
from ..configparser import config
from ..gof import recipes
from ..gof.graph import apply
from ..gof.op import Named
from ..scalar import DISCRETE, ScalarOp, upcast, upgrade_to_float
from .var import as_tensor_variable, dtype_of, pattern_of

Rule = Callable[..., tuple[str, str]]  # dtypes of the inputs -> dtype to compute in, dtype of the result

broadcast_to: TensorFunction = functions["broadcast_to"]
reshape: TensorFunction = functions["reshape"]
transpose: TensorFunction = functions["transpose"]


def same(*dtypes: str) -> tuple[str, str]:
    """The dtype in which the inputs meet; numbers of bool are int8."""
    found = upcast(*dtypes)
    return ("int8", "int8") if found == "bool" else (found, found)


def any_dtype(*dtypes: str) -> tuple[str, str]:
    """As `same`, bool stays bool."""
    found = upcast(*dtypes)
    return found, found


def floating(*dtypes: str) -> tuple[str, str]:
    """A float, float32 where it holds the integers."""
    found = upgrade_to_float(*dtypes)
    return found, found


def comparing(*dtypes: str) -> tuple[str, str]:
    return upcast(*dtypes), "bool"


def testing(*dtypes: str) -> tuple[str, str]:
    """Questions about floats: integers are asked as floats."""
    return upgrade_to_float(*dtypes), "bool"


def dividing(*dtypes: str) -> tuple[str, str]:
    """True division: integers give floatX."""
    found = config.floatX if all(d in DISCRETE for d in dtypes) else upcast(*dtypes)
    return found, found


def choosing(_: str, *dtypes: str) -> tuple[str, str]:
    found = upcast(*dtypes)
    return found, found


known_scalar_ops: dict[str, tuple[str, Callable[..., Tensor], Rule]] = {}  # `elementwise` fills it in


class Elemwise(Named):
    """A function of every element; inputs are repeated along axes that are known to have size 1."""

    def __init__(self, name: Any, function: Callable[..., Tensor] | None = None, rule: Rule = same, **_: Any):
        """From a name and a function; or, as scripts do, from a scalar op of theano.scalar."""
        if function is None:
            name, function, rule = known_scalar_ops[str(name)]
        super().__init__(name)
        self.function = function
        self.rule = rule
        self.scalar_op = ScalarOp(name)
        self.nfunc_spec = (name, 1, 1)
        recipes.KEPT[f"elementwise.{name}"] = self._recorded

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        return recipes.called(f"elementwise.{self.name}", self._recorded, inputs, kwargs)

    def _recorded(self, *inputs: Any, **kwargs: Any) -> Any:
        dtype = kwargs.pop("dtype", None)
        name = kwargs.pop("name", None)
        variables = [as_tensor_variable(i) for i in inputs]
        work, out = self.rule(*map(dtype_of, variables))
        patterns = [pattern_of(v) for v in variables]
        result = apply(
            self, self._build, (*variables,), {"work": work, "out": dtype or out, "patterns": patterns}
        )
        result.name = name
        return result

    make_node = __call__

    def _build(self, *tensors: Tensor, work: str, out: str, patterns: Sequence[tuple[bool, ...]]) -> Tensor:
        if len(tensors) > 1:
            check_patterns([t.shape for t in tensors], patterns)
        first = self.rule is choosing
        cast = [t if i == 0 and first else as_dtype(t, work) for i, t in enumerate(tensors)]
        return as_dtype(self.function(*cast), out)

    def __str__(self) -> str:
        return f"Elemwise{{{self.name},no_inplace}}"

    __repr__ = __str__


def as_dtype(t: Tensor, dtype: str) -> Tensor:
    return t if t.dtype.name == dtype else t.astype(dtype)


BROADCAST_HINT = (
    "only an axis that is known to be broadcastable is repeated: T.addbroadcast(x, axis), "
    "or shared(value, broadcastable=(...))"
)


def check_patterns(shapes: Sequence[Any], patterns: Sequence[tuple[bool, ...]]) -> None:
    """Theano's rule: an axis that happens to have size 1 is not repeated.

    Raises ShapeError, a ValueError.
    """
    rank = max(map(len, shapes))
    for axis in range(-rank, 0):
        sizes = [
            (i, shape[axis])
            for i, (shape, pattern) in enumerate(zip(shapes, patterns, strict=True))
            if len(shape) >= -axis and not (len(pattern) >= -axis and pattern[axis])
        ]
        numbers = [(i, s) for i, s in sizes if isinstance(s, int)]
        for i, size in numbers[1:]:
            first, other = numbers[0]
            if size != other:
                raise ShapeError(
                    "elemwise",
                    f"Input dimension mis-match. (input[{first}].shape[{axis + rank}] = {other}, "
                    f"input[{i}].shape[{axis + rank}] = {size})",
                    hint=BROADCAST_HINT if 1 in (size, other) else None,
                )


# -------------------------------------------------------------------------------------------- reductions
def widened(dtype: str) -> str:
    """Sums and products of integers are int64 (uint64)."""
    if dtype not in DISCRETE:
        return dtype
    return "uint64" if dtype.startswith("uint") else "int64"


class CAReduce(Named):
    """A reduction over axes."""

    def __init__(self, name: str, function: Callable[..., Tensor], dtype: Callable[[str], str] = str):
        super().__init__(name)
        self.function = function
        self.rule = dtype
        self.scalar_op = ScalarOp(name)
        recipes.KEPT[f"reductions.{name}"] = self._recorded

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return recipes.called(f"reductions.{self.name}", self._recorded, args, kwargs)

    def _recorded(
        self, input: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
    ) -> Any:
        x = as_tensor_variable(input)
        axes = axes_of(axis, len(pattern_of(x)))
        out = (
            str(np.dtype(config.floatX if dtype == "floatX" else dtype))
            if dtype is not None
            else self.rule(dtype_of(x))
        )
        shown = self if axis is None else Named(f"{self.name.capitalize()}{{axis={list(axes)}}}")
        return apply(shown, self._build, (x,), {"axes": axes, "out": out, "keepdims": keepdims})

    def _build(self, x: Tensor, axes: tuple[int, ...], out: str, keepdims: bool) -> Tensor:
        t = as_dtype(x, out) if out != "bool" else x
        return as_dtype(self.function(t, axis=axes, keepdims=keepdims), out)

    def __str__(self) -> str:
        return f"{self.name.capitalize()}{{acc_dtype=float64}}"


def axes_of(axis: Any, rank: int) -> tuple[int, ...]:
    """Checked axes; None means all. Raises ValueError for one that is not there."""
    if axis is None:
        return tuple(range(rank))
    if hasattr(axis, "source"):
        axis = axis.data
    given = [
        int(a) for a in (axis if isinstance(axis, (list, tuple, np.ndarray)) and np.ndim(axis) else [axis])
    ]
    for a in given:
        if not -rank <= a < rank:
            raise ValueError(f"Not enough dimensions on the input to reduce on axis {a}: it has {rank}")
    return tuple(sorted({a % rank for a in given}))


# -------------------------------------------------------------------------------------------- dimshuffle
class DimShuffle(Named):
    """Axes in another order, without some of size 1, and with new ones where the order says 'x'."""

    def __init__(self, input_broadcastable: Sequence[bool], new_order: Sequence[Any], inplace: bool = True):
        super().__init__("DimShuffle")
        self.input_broadcastable = tuple(input_broadcastable)
        self.new_order = tuple(o if o == "x" else int(o) for o in new_order)
        rank = len(self.input_broadcastable)
        kept = [o for o in self.new_order if o != "x"]
        for o in kept:
            if not -rank <= o < rank:
                raise ValueError(
                    f"new_order[{self.new_order.index(o)}] is {o}, but the input only has {rank} axes."
                )
        self.new_order = tuple(o if o == "x" else o % rank for o in self.new_order)
        kept = [o for o in self.new_order if o != "x"]
        if len(set(kept)) != len(kept):
            raise ValueError(
                "The same input dimension may not appear twice in the list of output dimensions",
                self.new_order,
            )
        for axis, alone in enumerate(self.input_broadcastable):
            if axis not in kept and not alone:
                raise ValueError(
                    "You cannot drop a non-broadcastable dimension.", self.input_broadcastable, self.new_order
                )

    def __call__(self, x: Any) -> Any:
        return apply(self, self._build, (as_tensor_variable(x),))

    def _build(self, x: Tensor) -> Tensor:
        kept = [o for o in self.new_order if o != "x"]
        dropped = [a for a in range(x.ndim) if a not in kept]
        moved = transpose(x, (*dropped, *kept)) if [*dropped, *kept] != list(range(x.ndim)) else x
        sizes = iter(moved.shape[len(dropped) :])
        return reshape(moved, tuple(1 if o == "x" else next(sizes) for o in self.new_order))

    def __str__(self) -> str:
        return f"InplaceDimShuffle{{{','.join(map(str, self.new_order))}}}"


def dimshuffle(x: Any, *pattern: Any) -> Any:
    """`x` with its axes in the order of the pattern; 'x' stands for a new axis of size 1."""
    order = pattern[0] if len(pattern) == 1 and isinstance(pattern[0], (list, tuple)) else pattern
    return DimShuffle(pattern_of(x), order)(x)


recipes.keep("elemwise", globals(), ["dimshuffle"])
Sum = Prod = CAReduce

__all__ = [
    "CAReduce", "DimShuffle", "Elemwise", "Prod", "Sum", "any_dtype", "as_dtype", "axes_of",
    "check_patterns", "choosing", "comparing", "dimshuffle", "dividing", "floating", "same", "testing",
    "widened",
]  # fmt: skip
