"""Functions of tensors that are neither elementwise nor indexing: shapes, products, reductions, joining."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....tensor import Tensor
from ... import record
from ...record import Symbol, Unknown, concrete, sizes
from ...record import size as one_size
from .. import scalar
from ..configparser import config
from ..engine import lp, several
from ..gof import recipes
from ..gof.graph import apply
from ..gof.op import Named
from .elementwise import elementwise, reductions
from .elemwise import Elemwise, any_dtype, as_dtype, axes_of, check_patterns, dimshuffle
from .subtensor import nonzero
from .type import formula
from .var import as_tensor_variable, dtype_of, functions, pattern_of

mul, true_div, sqrt, switch, eq, lt, second, round_half = (
    elementwise[n] for n in ("mul", "true_div", "sqrt", "switch", "eq", "lt", "second", "round_half_to_even")
)
_sum, _max, _min, prod = (reductions[n] for n in ("sum", "max", "min", "prod"))


class NotScalarConstantError(Exception):
    """A variable is not a scalar whose value is known."""


class EmptyConstantError(NotScalarConstantError):
    """A constant is empty."""


def record_op(name: str, build: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Record `build` under a name."""
    return apply(Named(name), build, args, **options)


def dtype_named(dtype: Any) -> str:
    return config.floatX if dtype in ("floatX", None) else str(np.dtype(dtype))


# ------------------------------------------------------------------------------------------------ dtypes
_casts: dict[str, Elemwise] = {}


def cast(x: Any, dtype: Any) -> Any:
    """`x` in another dtype."""
    x = as_tensor_variable(x)
    wanted = dtype_named(dtype)
    if dtype_of(x) == wanted:
        return x
    op = _casts.setdefault(wanted, Elemwise(f"Cast{{{wanted}}}", lambda t: t, any_dtype))
    return op(x, dtype=wanted)


def round(a: Any, mode: str | None = None) -> Any:
    """Rounded to integers: half_to_even or half_away_from_zero."""
    mode = mode or "half_to_even"
    if mode not in ("half_to_even", "half_away_from_zero"):
        raise Exception(f"round mode {mode} is not implemented.")
    return elementwise[f"round_{mode}"](a)


def iround(a: Any, mode: str | None = None) -> Any:
    return cast(round(a, mode), "int64")


def ceil_intdiv(a: Any, b: Any) -> Any:
    """The quotient of integers, rounded up."""
    return -((-as_tensor_variable(a)) // b)


# ------------------------------------------------------------------------------------------------ shapes
class Shape(Named):
    """The vector of sizes."""


def shape(x: Any) -> Any:
    """The vector of sizes; a constant in every run."""
    return apply(Shape("Shape"), record.shape_of, (as_tensor_variable(x),))


def shape_i(x: Any, i: int) -> Any:
    return shape(x)[i]


def size(x: Any) -> Any:
    """The number of elements."""
    return prod(shape(x))


class Reshape(Named):
    """Other sizes for the same elements."""


def reshape(x: Any, newshape: Any, ndim: int | None = None) -> Any:
    """The elements of `x` under other sizes: numbers, scalars or one vector; -1 for what is left over."""
    x = as_tensor_variable(x)
    wanted = shape_of_arguments(newshape)
    rank = ndim if ndim is not None else rank_of(wanted)

    def known() -> Tensor:
        try:
            with record.guessing():
                return lp["reshape"](x.formula, sizes(record.mapped(wanted, lambda s: s.formula)))
        except Unknown:
            return formula(dtype_of(x), rank)

    def build(t: Tensor, shape: Any) -> Tensor:
        return lp["reshape"](t, sizes(shape))

    return apply(Reshape(f"Reshape{{{rank}}}"), build, (x, wanted), known=known)


def shape_of_arguments(given: Any) -> Any:
    """A shape as scripts give it: a vector, or a tuple of numbers and scalars."""
    if isinstance(given, Symbol):
        return given if len(pattern_of(given)) else (given,)
    if isinstance(given, (int, np.integer)):
        return (int(given),)
    return tuple(s if isinstance(s, Symbol) else int(s) for s in given)


def rank_of(shape: Any) -> int:
    """How many sizes a shape has. Raises ValueError where that is not known."""
    if isinstance(shape, tuple):
        return len(shape)
    known = shape.formula.shape[0]
    if not isinstance(known, int):
        raise ValueError("the length of the shape cannot be told: give ndim=, the number of axes", str(shape))
    return known


def get_vector_length(v: Any) -> int:
    """The length of a vector of known length."""
    return rank_of(shape_of_arguments(v))


def flatten(x: Any, ndim: int | None = None, outdim: int | None = None) -> Any:
    """The first ndim - 1 axes, and one axis for all the others."""
    x = as_tensor_variable(x)
    kept = outdim or ndim or 1
    rank = len(pattern_of(x))
    if kept < 1 or (kept > 1 and kept > rank):
        raise ValueError(f"ndim {kept} out of bound [1, {rank + 1})")

    def build(t: Tensor) -> Tensor:
        return lp["reshape"](t, (*t.shape[: kept - 1], -1))

    def known() -> Tensor:
        pattern = pattern_of(x)
        return formula(dtype_of(x), (*pattern[: kept - 1], builtins.all(pattern[kept - 1 :])))

    return apply(Named(f"Flatten{{{kept}}}"), build, (x,), known=known)


def transpose(x: Any, axes: Any = None) -> Any:
    """Axes in another order; reversed without one."""
    x = as_tensor_variable(x)
    rank = len(pattern_of(x))
    result = dimshuffle(x, *(reversed(range(rank)) if axes is None else axes))
    if x.name and axes is None:
        result.name = f"{x.name}.T"
    return result


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    x = as_tensor_variable(x)
    order = list(range(x.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return dimshuffle(x, *order)


def moveaxis(x: Any, source: int, destination: int) -> Any:
    x = as_tensor_variable(x)
    order = [a for a in range(x.ndim) if a != source % x.ndim]
    order.insert(destination % x.ndim, source % x.ndim)
    return dimshuffle(x, *order)


def shape_padleft(t: Any, n_ones: int = 1) -> Any:
    """`n_ones` axes of size 1 in front."""
    t = as_tensor_variable(t)
    return dimshuffle(t, *["x"] * n_ones, *range(t.ndim))


def shape_padright(t: Any, n_ones: int = 1) -> Any:
    """`n_ones` axes of size 1 behind."""
    t = as_tensor_variable(t)
    return dimshuffle(t, *range(t.ndim), *["x"] * n_ones)


def shape_padaxis(t: Any, axis: int) -> Any:
    """An axis of size 1 at a place."""
    t = as_tensor_variable(t)
    order: list[Any] = list(range(t.ndim))
    order.insert(axis % (t.ndim + 1), "x")
    return dimshuffle(t, *order)


expand_dims = shape_padaxis


def to_ndim(x: Any, ndim: int) -> Any:
    """Axes of size 1 in front until there are `ndim`."""
    if x.ndim > ndim:
        for alone in x.broadcastable[: x.ndim - ndim]:
            if not alone:
                raise ValueError(f"a tensor of {x.ndim} axes cannot have {ndim}")
        return dimshuffle(x, *range(x.ndim - ndim, x.ndim))
    return shape_padleft(x, ndim - x.ndim)


def _with_pattern(x: Any, pattern: Sequence[bool], name: str) -> Any:
    x = as_tensor_variable(x)
    if tuple(pattern) == pattern_of(x):
        return x

    def build(t: Tensor) -> Tensor:
        for axis, alone in enumerate(pattern):
            if alone and isinstance(t.shape[axis], int) and t.shape[axis] != 1:
                raise ValueError(
                    f"Dimension {axis} in Rebroadcast's input was "
                    f"supposed to be 1 (got {t.shape[axis]} instead)"
                )
        return t

    return apply(Named(name), build, (x,), known=lambda: formula(dtype_of(x), pattern))


def addbroadcast(x: Any, *axes: int) -> Any:
    """`x` with axes known to have size 1."""
    x = as_tensor_variable(x)
    wanted = axes_of(list(axes), x.ndim)
    return _with_pattern(x, [b or a in wanted for a, b in enumerate(pattern_of(x))], "Rebroadcast")


def unbroadcast(x: Any, *axes: int) -> Any:
    """`x` with axes whose sizes may be any."""
    x = as_tensor_variable(x)
    wanted = axes_of(list(axes), x.ndim)
    return _with_pattern(x, [b and a not in wanted for a, b in enumerate(pattern_of(x))], "Rebroadcast")


def patternbroadcast(x: Any, broadcastable: Sequence[bool]) -> Any:
    """`x` with this broadcast pattern."""
    return _with_pattern(x, [bool(b) for b in broadcastable], "Rebroadcast")


def specify_shape(x: Any, shape: Any) -> Any:
    """`x`, checked in every run to have this shape."""
    x, wanted = as_tensor_variable(x), shape_of_arguments(shape)

    def build(t: Tensor, shape: Any) -> Tensor:
        given = sizes(shape)
        if not record.is_guess() and tuple(given) != tuple(t.shape):
            raise AssertionError(f"SpecifyShape: Got shape {tuple(t.shape)}, expected {tuple(given)}.")
        return t

    return record_op("SpecifyShape", build, x, wanted, known=lambda: x.formula)


def squeeze(x: Any, axis: Any = None) -> Any:
    """`x` without the axes that are known to have size 1."""
    x = as_tensor_variable(x)
    drop = [a for a, b in enumerate(pattern_of(x)) if b] if axis is None else axes_of(axis, x.ndim)
    return dimshuffle(x, *(a for a in range(x.ndim) if a not in drop))


# ------------------------------------------------------------------------------------ arrays from nothing
class Alloc(Named):
    """A value repeated to a shape."""


def alloc(value: Any, *shape: Any) -> Any:
    """`value` repeated to a shape of numbers and scalars."""
    value = as_tensor_variable(value)
    wanted = shape_of_arguments(shape[0] if len(shape) == 1 and _is_shape(shape[0]) else shape)

    def known() -> Tensor:
        try:
            with record.guessing():
                return lp["zeros"](sizes(record.mapped(wanted, lambda s: s.formula)), dtype_of(value))
        except Unknown:
            return formula(dtype_of(value), rank_of(wanted))

    def build(t: Tensor, shape: Any) -> Tensor:
        return lp["broadcast_to"](t, sizes(shape))

    return apply(Alloc("Alloc"), build, (value, wanted), known=known)


def _is_shape(given: Any) -> bool:
    if isinstance(given, Symbol):
        return len(pattern_of(given)) > 0
    return isinstance(given, (tuple, list, np.ndarray))


def zeros(shape: Any, dtype: Any = None) -> Any:
    """Zeros, of floatX without a dtype."""
    return alloc(np.zeros((), dtype_named(dtype)), *_listed(shape))


def ones(shape: Any, dtype: Any = None) -> Any:
    """Ones, of floatX without a dtype."""
    return alloc(np.ones((), dtype_named(dtype)), *_listed(shape))


def _listed(shape: Any) -> Sequence[Any]:
    given = shape_of_arguments(shape)
    return given if isinstance(given, tuple) else [given]


def fill_like(name: str, value: int) -> Callable[..., Any]:
    def like(model: Any, dtype: Any = None, opt: bool = False) -> Any:
        model = as_tensor_variable(model)
        wanted = dtype_of(model) if dtype is None else dtype_named(dtype)
        return record_op("Elemwise{second}", lambda t: lp["full_like"](t, value, wanted), model)

    like.__name__ = name
    like.__doc__ = f"An array of {name.split('_')[0]} of the shape and dtype of `model`."
    return like


zeros_like = fill_like("zeros_like", 0)
ones_like = fill_like("ones_like", 1)


def eye(n: Any, m: Any = None, k: int = 0, dtype: Any = None) -> Any:
    """Ones on a diagonal."""
    wanted = dtype_named(dtype)
    rows, columns = as_size(n), as_size(n if m is None else m)
    return record_op("Eye", lambda n, m: lp["eye"](one_size(n), one_size(m), int(k), wanted), rows, columns)


def as_size(value: Any) -> Any:
    return value if isinstance(value, Symbol) else int(value)


def identity_like(x: Any) -> Any:
    """The identity matrix of the shape of `x`."""
    return eye(x.shape[0], x.shape[1], k=0, dtype=x.dtype)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """start, start + step, ... before stop; T.arange(n) counts from 0."""
    if stop is None:
        start, stop = 0, start
    parts = [as_tensor_variable(p) for p in (start, stop, step)]
    wanted = scalar.upcast(*map(dtype_of, parts)) if dtype is None else dtype_named(dtype)
    if dtype is None and wanted in scalar.DISCRETE:
        wanted = "int64"

    def build(start: Tensor, stop: Tensor, step: Tensor) -> Tensor:
        if record.is_guess():
            return formula(wanted, 1)
        first, end, by = (concrete(t).item() for t in (start, stop, step))
        return lp["arange"](first, end, by, wanted)

    return apply(Named(f"ARange{{dtype='{wanted}'}}"), build, parts)


def tri(N: Any, M: Any = None, k: int = 0, dtype: Any = None) -> Any:
    """Ones on and below a diagonal."""
    wanted = dtype_named(dtype)
    rows, columns = as_size(N), as_size(N if M is None else M)
    return record_op("Tri", lambda n, m: lp["tri"](one_size(n), one_size(m), int(k), wanted), rows, columns)


def tril(m: Any, k: int = 0) -> Any:
    return record_op("Tril", lambda t: lp["tril"](t, k), as_tensor_variable(m))


def triu(m: Any, k: int = 0) -> Any:
    return record_op("Triu", lambda t: lp["triu"](t, k), as_tensor_variable(m))


# --------------------------------------------------------------------------------------------- reductions
def mean(
    input: Any,
    axis: Any = None,
    dtype: Any = None,
    op: bool = False,
    keepdims: bool = False,
    acc_dtype: Any = None,
) -> Any:
    """The mean over axes; of integers it is float64."""
    x = as_tensor_variable(input)
    axes = axes_of(axis, len(pattern_of(x)))
    own = dtype_of(x)
    wanted = dtype_named(dtype) if dtype is not None else "float64" if own in scalar.DISCRETE else own

    def build(t: Tensor) -> Tensor:
        return as_dtype(lp["mean"](as_dtype(t, wanted), axis=axes, keepdims=keepdims), wanted)

    shown = "mean" if axis is None else f"mean{{axis={list(axes)}}}"
    return record_op(shown, build, x)


def var(input: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False) -> Any:
    """The variance over axes."""
    x = as_tensor_variable(input)
    axes = axes_of(axis, len(pattern_of(x)))
    x = cast(x, config.floatX) if dtype_of(x) in scalar.DISCRETE else x
    return record_op("var", lambda t: lp["var"](t, axis=axes, ddof=ddof, keepdims=keepdims), x)


def std(input: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False) -> Any:
    """The standard deviation over axes."""
    return sqrt(var(input, axis, ddof, keepdims))


def argmax(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The position of the first largest element along an axis, or in the flattened array."""
    return _position(x, axis, keepdims, "argmax")


def argmin(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The position of the first smallest element along an axis, or in the flattened array."""
    return _position(x, axis, keepdims, "argmin")


def _position(x: Any, axis: Any, keepdims: bool, name: str) -> Any:
    x = as_tensor_variable(x)
    rank = len(pattern_of(x))
    axes = axes_of(axis, rank)

    def build(t: Tensor) -> Tensor:
        if len(axes) == 1:
            found = lp[name](t, axis=axes[0])
        else:
            others = [a for a in range(rank) if a not in axes]
            moved = lp["transpose"](t, (*others, *axes)) if others else t
            found = lp[name](lp["reshape"](moved, (*(t.shape[a] for a in others), -1)), axis=len(others))
        if keepdims:
            found = lp["reshape"](found, tuple(1 if a in axes else s for a, s in enumerate(t.shape)))
        return as_dtype(found, "int64")

    pattern = [b for a, b in enumerate(pattern_of(x)) if keepdims or a not in axes]
    return record_op(name.capitalize(), build, x, known=lambda: formula("int64", pattern))


def max_and_argmax(a: Any, axis: Any = None, keepdims: bool = False) -> list[Any]:
    return [_max(a, axis, keepdims=keepdims), argmax(a, axis, keepdims)]


def ptp(a: Any, axis: Any = None) -> Any:
    return _max(a, axis) - _min(a, axis)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest element over axes."""
    return _max(x, axis, keepdims=keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest element over axes."""
    return _min(x, axis, keepdims=keepdims)


# ---------------------------------------------------------------------------------------------- products
class Dot(Named):
    """The product of matrices and vectors."""


def dot(l: Any, r: Any) -> Any:  # noqa: E741
    """The product of matrices and vectors, as np.dot."""
    a, b = as_tensor_variable(l), as_tensor_variable(r)
    sparse = [getattr(v, "is_sparse", False) for v in (a, b)]
    left, right = len(pattern_of(a)), len(pattern_of(b))
    if left == 0 or right == 0:
        return mul(a, b)
    out = scalar.upcast(dtype_of(a), dtype_of(b))

    def build(x: Tensor, y: Tensor) -> Tensor:
        if not builtins.any(sparse) and isinstance(x.shape[-1], int):
            inner = y.shape[0] if y.ndim == 1 else y.shape[-2]
            if isinstance(inner, int) and inner != x.shape[-1]:
                raise ValueError(
                    f"Shape mismatch: x has {x.shape[-1]} cols (and {x.shape[0] if x.ndim > 1 else 1} rows) "
                    f"but y has {inner} rows (and {y.shape[-1] if y.ndim > 1 else 1} cols)"
                )
        return as_dtype(lp["dot"](as_dtype(x, out), as_dtype(y, out)), out)

    return apply(Dot("dot"), build, (a, b))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of products over axes."""
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    out = scalar.upcast(dtype_of(a), dtype_of(b))
    wanted = axes if isinstance(axes, int) else [list(np.atleast_1d(x)) for x in axes]

    def build(x: Tensor, y: Tensor) -> Tensor:
        return lp["tensordot"](as_dtype(x, out), as_dtype(y, out), axes=wanted)

    return record_op("tensordot", build, a, b)


def outer(x: Any, y: Any) -> Any:
    """Every product of an element of x and one of y."""
    x, y = as_tensor_variable(x), as_tensor_variable(y)
    x, y = (flatten(v) if v.ndim != 1 else v for v in (x, y))
    return dot(dimshuffle(x, 0, "x"), dimshuffle(y, "x", 0))


def batched_dot(a: Any, b: Any) -> Any:
    """The products of the elements of two batches, along the first axis of both."""
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    if a.ndim == 0 or b.ndim == 0:
        raise TypeError("batched_dot: both need a first axis")
    out = scalar.upcast(dtype_of(a), dtype_of(b))

    def build(x: Tensor, y: Tensor) -> Tensor:
        x, y = as_dtype(x, out), as_dtype(y, out)
        if x.ndim == 1 or y.ndim == 1:
            rank = builtins.max(x.ndim, y.ndim)
            x, y = (lp["reshape"](v, (*v.shape, *[1] * (rank - v.ndim))) for v in (x, y))
            return x * y
        left = lp["expand_dims"](x, 1) if x.ndim == 2 else x
        right = lp["expand_dims"](y, 2) if y.ndim == 2 else y
        found = lp["matmul"](left, right)
        if x.ndim == 2:
            found = lp["squeeze"](found, 1)
        return lp["squeeze"](found, found.ndim - 1) if y.ndim == 2 else found

    return record_op("BatchedDot", build, a, b)


def batched_tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """`tensordot` of the elements of two batches; axes count the batch's too."""
    x, y = as_tensor_variable(x), as_tensor_variable(y)
    if isinstance(axes, int):
        left, right = list(range(x.ndim - axes, x.ndim)), list(range(1, 1 + axes))
    else:
        left, right = ([int(a) for a in np.atleast_1d(p)] for p in axes)
    out = scalar.upcast(dtype_of(x), dtype_of(y))
    kept = [a for a in range(1, x.ndim) if a not in left], [a for a in range(1, y.ndim) if a not in right]

    def build(a: Tensor, b: Tensor) -> Tensor:
        a = lp["transpose"](as_dtype(a, out), (0, *kept[0], *left))
        b = lp["transpose"](as_dtype(b, out), (0, *right, *kept[1]))
        first, last = a.shape[1 : 1 + len(kept[0])], b.shape[1 + len(right) :]
        inner = 1
        for s in a.shape[1 + len(kept[0]) :]:
            inner = inner * s
        n = a.shape[0]
        product = lp["matmul"](lp["reshape"](a, (n, -1, inner)), lp["reshape"](b, (n, inner, -1)))
        return lp["reshape"](product, (n, *first, *last))

    return record_op(
        "BatchedTensordot", build, x, y, known=lambda: formula(out, 1 + len(kept[0]) + len(kept[1]))
    )


# ----------------------------------------------------------------------------------- joining and splitting
class Join(Named):
    """Tensors along an existing axis."""


def join(axis: Any, *tensors_list: Any) -> Any:
    """Tensors one after the other along an axis."""
    parts = [as_tensor_variable(t) for t in tensors_list]
    if not parts:
        raise ValueError("Cannot join an empty list of tensors")
    at = axis if isinstance(axis, int) else int(get_scalar_constant_value(axis))
    rank = len(pattern_of(parts[0]))
    if rank == 0:
        raise TypeError("Join cannot handle arguments of dimension 0. For joining scalar values, see @stack")
    if builtins.any(len(pattern_of(p)) != rank for p in parts):
        raise TypeError("Join() can only join tensors with the same number of dimensions.")
    if not -rank <= at < rank:
        raise IndexError(f"Join axis {at} out of bounds [0, {rank})")
    out = scalar.upcast(*map(dtype_of, parts))
    return apply(Join("Join"), lambda ts: lp["concatenate"]([as_dtype(t, out) for t in ts], at), (parts,))


def concatenate(tensor_list: Any, axis: Any = 0) -> Any:
    """A list of tensors one after the other along an axis."""
    if not isinstance(tensor_list, (tuple, list)):
        raise TypeError("The 'tensors' argument must be either a tuple or a list", tensor_list)
    return join(axis, *tensor_list)


def stack(*args: Any, **kwargs: Any) -> Any:
    """A list of tensors along a new axis; also T.stack(a, b, c)."""
    axis = kwargs.get("axis", 0)
    tensors = [kwargs["tensors"]] if "tensors" in kwargs else list(args)
    if len(tensors) == 2 and isinstance(tensors[0], (list, tuple)) and isinstance(tensors[1], int):
        axis = tensors.pop()
    listed = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    if not listed:
        raise Exception("theano.tensor.stack(tensors, axis) must have at least one parameter")
    parts = [as_tensor_variable(t) for t in listed]
    rank = len(pattern_of(parts[0]))
    if not -rank - 1 <= axis <= rank:
        raise IndexError(f"axis {axis} is out of bounds [{-rank - 1}, {rank}]")
    out = scalar.upcast(*map(dtype_of, parts))
    name = "MakeVector" if rank == 0 else "Join"
    return record_op(name, lambda ts: lp["stack"]([as_dtype(t, out) for t in ts], axis), parts)


def stacklists(arg: Any) -> Any:
    """Lists of lists of tensors, stacked from the inside."""
    if isinstance(arg, (tuple, list)):
        return stack([stacklists(a) for a in arg])
    return as_tensor_variable(arg)


def horizontal_stack(*args: Any) -> Any:
    return concatenate(args, axis=1)


def vertical_stack(*args: Any) -> Any:
    return concatenate(args, axis=0)


def split(x: Any, splits_size: Any, n_splits: int, axis: int = 0) -> Any:
    """Parts of these sizes along an axis."""
    x = as_tensor_variable(x)
    wanted = as_tensor_variable(splits_size)
    at = axis % x.ndim

    def build(t: Tensor, lengths: Tensor) -> Any:
        counts = [int(n) for n in concrete(lengths)]
        if len(counts) != n_splits or builtins.sum(counts) != t.shape[at]:
            raise ValueError(f"The splits sum to {builtins.sum(counts)}, expected {t.shape[at]}")
        return several["split"](t, [int(n) for n in np.cumsum(counts)[:-1]], at)

    found = record_op(
        "Split",
        build,
        x,
        wanted,
        count=n_splits,
        known=lambda: (
            [formula(dtype_of(x), [b and a != at for a, b in enumerate(x.broadcastable)])] * n_splits
        ),
    )
    return found if n_splits > 1 else found[0]


def tile(x: Any, reps: Any, ndim: int | None = None) -> Any:
    """`x` repeated along every axis."""
    x = as_tensor_variable(x)
    wanted = shape_of_arguments(reps)
    rank = ndim or builtins.max(len(pattern_of(x)), rank_of(wanted))

    def build(t: Tensor, reps: Any) -> Tensor:
        if record.is_guess():
            return formula(t.dtype, rank)
        counts = sizes(reps)
        return lp["tile"](t, (*[1] * (rank - len(counts)), *counts))

    return record_op("Tile", build, x, wanted)


def roll(x: Any, shift: Any, axis: int | None = None) -> Any:
    """Elements moved along an axis, those that leave it coming in at the other end."""
    x = as_tensor_variable(x)

    def build(t: Tensor, shift: Any) -> Tensor:
        return t if record.is_guess() else lp["roll"](t, int(concrete(shift)), axis)

    return record_op("Roll", build, x, shift if isinstance(shift, Symbol) else int(shift))


def diag(v: Any, k: int = 0) -> Any:
    """A diagonal matrix of a vector, the diagonal of a matrix."""
    v = as_tensor_variable(v)
    rank = len(pattern_of(v))
    if rank not in (1, 2):
        raise ValueError("Input must be 1- or 2-d.")
    return record_op("Diag", lambda t: lp["diag"](t, k), v, known=lambda: formula(dtype_of(v), 3 - rank))


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    a = as_tensor_variable(a)
    known = lambda: formula(dtype_of(a), a.ndim - 1)  # noqa: E731
    return record_op("ExtractDiag", lambda t: lp["diagonal"](t, offset, axis1, axis2), a, known=known)


def trace(a: Any) -> Any:
    return _sum(diagonal(a))


def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """Elements at positions along an axis, or in the flattened array."""
    a, indices = as_tensor_variable(a), as_tensor_variable(indices)
    if axis is None:
        a, axis = flatten(a), 0
    if mode == "clip":
        indices = elementwise["clip"](indices, 0, a.shape[axis] - 1)
    elif mode == "wrap":
        indices = indices % a.shape[axis]
    return a[(*[slice(None)] * (axis % a.ndim), indices)]


def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """For every element of `a` that of the choice that it numbers."""
    options = stack(list(choices)) if isinstance(choices, (list, tuple)) else as_tensor_variable(choices)
    return record_op(
        "Choose",
        lambda i, c: lp["squeeze"](
            lp["take_along_axis"](c, lp["expand_dims"](lp["broadcast_to"](i, c.shape[1:]), 0), 0), 0
        ),
        as_tensor_variable(a),
        options,
        known=lambda: formula(dtype_of(options), options.ndim - 1),
    )


def nonzero_values(a: Any) -> Any:
    """The elements that are not zero."""
    a = as_tensor_variable(a)
    return flatten(a)[flatnonzero(a)]


def flatnonzero(a: Any) -> Any:
    """The positions of elements that are not zero in the flattened array."""
    a = as_tensor_variable(a)
    return nonzero(flatten(a) if a.ndim != 1 else a)[0]


def inverse_permutation(perm: Any) -> Any:
    """The permutation that undoes another."""
    return record_op("InversePermutation", lambda t: lp["argsort"](t, axis=-1), as_tensor_variable(perm))


def permute_row_elements(x: Any, y: Any, inverse: int = 0) -> Any:
    """The elements of every row of x in the order of y."""
    x, y = as_tensor_variable(x), as_tensor_variable(y)
    order = inverse_permutation(y) if inverse else y

    def build(t: Tensor, order: Tensor) -> Tensor:
        return lp["take_along_axis"](t, lp["broadcast_to"](order, t.shape), -1)

    return record_op("PermuteRowElements", build, x, order, known=lambda: x.formula)


# ------------------------------------------------------------------------------------------------ others
def default(x: Any, default: Any) -> Any:
    """`x`, or the default where it is None."""
    return as_tensor_variable(default if x is None else x)


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Where two arrays are nearly equal."""
    a, b = as_tensor_variable(a), as_tensor_variable(b)

    def build(x: Tensor, y: Tensor) -> Tensor:
        check_patterns([x.shape, y.shape], [pattern_of(a), pattern_of(b)])
        return lp["isclose"](x, y, rtol, atol, equal_nan)

    return record_op("IsClose", build, a, b)


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    return reductions["all"](isclose(a, b, rtol, atol, equal_nan))


def divmod(x: Any, y: Any) -> tuple[Any, Any]:
    return elementwise["int_div"](x, y), elementwise["mod"](x, y)


def get_scalar_constant_value(v: Any, *_: Any, **__: Any) -> Any:
    """The value of a scalar that depends on no input. Raises NotScalarConstantError for others."""
    if not isinstance(v, Symbol):
        return np.asarray(v)
    if len(pattern_of(v)):
        raise NotScalarConstantError(f"{v} is no scalar")
    try:
        return record.Replay().value(v).numpy()
    except Exception:
        raise NotScalarConstantError(f"the value of {v} is not known") from None


def tensor_from_scalar(x: Any) -> Any:
    return as_tensor_variable(x)


def scalar_from_tensor(x: Any) -> Any:
    return as_tensor_variable(x)


def extract_constant(x: Any, *_: Any, **__: Any) -> Any:
    """The value of a scalar where it is known, else the variable."""
    try:
        return get_scalar_constant_value(x)
    except NotScalarConstantError:
        return x


def transfer(x: Any, target: str) -> Any:
    return x


def makeKeepDims(x: Any, y: Any, axis: Any) -> Any:
    """A reduction `y` of `x` with axes of size 1 where it was reduced."""
    x, y = as_tensor_variable(x), as_tensor_variable(y)
    axes = axes_of(axis, x.ndim)
    rest = iter(range(y.ndim))
    return dimshuffle(y, *("x" if a in axes else next(rest) for a in range(x.ndim)))


def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, **_: Any
) -> Any:
    """The covariance of the rows (or columns)."""
    x = as_tensor_variable(m)
    x = x if rowvar else x.T
    if y is not None:
        other = as_tensor_variable(y)
        x = concatenate([x, other if rowvar else other.T], axis=0)
    lost = ddof if ddof is not None else 0 if bias else 1
    centred = x - mean(x, axis=1, keepdims=True)
    return dot(centred, centred.T) / (x.shape[1] - lost)


def bartlett(M: Any) -> Any:
    """The triangular window of M points."""
    n = as_tensor_variable(M)
    place = arange(n)
    half = (n - 1) / 2.0
    return switch(place <= half, place / half, 2 - place / half)


def is_flat(var: Any, ndim: int | None = None, outdim: int | None = None) -> bool:
    return len(pattern_of(var)) == (outdim or ndim or 1)


class _Grids:
    """np.mgrid and np.ogrid of constants and scalars."""

    def __init__(self, dense: bool):
        self.dense = dense

    def __getitem__(self, given: Any) -> list[Any]:
        slices = given if isinstance(given, tuple) else (given,)
        ranges = [arange(s.start or 0, s.stop, s.step or 1) for s in slices]
        shaped = [dimshuffle(r, *["x"] * i, 0, *["x"] * (len(ranges) - i - 1)) for i, r in enumerate(ranges)]
        if not self.dense:
            return shaped
        zero = builtins.sum(shaped[1:], shaped[0]) * 0
        return [s + zero for s in shaped]


mgrid, ogrid = _Grids(True), _Grids(False)

__all__ = [
    "Alloc", "Dot", "EmptyConstantError", "Join", "NotScalarConstantError", "Reshape", "Shape",
    "addbroadcast", "allclose", "alloc", "arange", "argmax", "argmin", "bartlett", "batched_dot",
    "batched_tensordot", "cast", "ceil_intdiv", "choose", "concatenate", "cov", "default", "diag",
    "diagonal", "divmod", "dot", "expand_dims", "extract_constant", "eye", "flatnonzero", "flatten",
    "get_scalar_constant_value", "get_vector_length", "horizontal_stack", "identity_like",
    "inverse_permutation", "iround", "is_flat", "isclose", "join", "makeKeepDims", "max", "max_and_argmax",
    "mean", "mgrid", "min", "moveaxis", "nonzero", "nonzero_values", "ogrid", "ones", "ones_like", "outer",
    "patternbroadcast", "permute_row_elements", "ptp", "reshape", "roll", "round", "scalar_from_tensor",
    "shape", "shape_i", "shape_padaxis", "shape_padleft", "shape_padright", "size", "specify_shape",
    "split", "squeeze", "stack", "stacklists", "std", "swapaxes", "take", "tensor_from_scalar", "tensordot",
    "tile", "to_ndim", "trace", "transfer", "transpose", "tri", "tril", "triu", "unbroadcast", "var",
    "vertical_stack", "zeros", "zeros_like",
]  # fmt: skip

recipes.keep("basic", globals(), __all__)
functions |= {
    "transpose": transpose, "shape": shape, "size": size, "stack": stack, "to_ndim": to_ndim,
    "real": elementwise["real"], "imag": elementwise["imag"],
}  # fmt: skip
