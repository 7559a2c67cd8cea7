"""`keras.backend`: elementwise functions, reductions, shapes, products, random numbers.

Every function is written with the engine's words; `op` records it where it is given symbols.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .... import random as streams
from ....dtypes import as_dtype
from ....nn.words import lp
from ....tensor import Tensor, astensor
from ... import record
from .. import settings as common
from ..symbols import apply, as_floatx, int_shape, op, recorded

Axis = Any


def _axes(axis: Axis) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


# ------------------------------------------------------------------------------------------ elementwise
exp = op(lp.exp)
sin = op(lp.sin)
cos = op(lp.cos)
sign = op(lp.sign)
abs = op(lp.absolute)
round = op(lp.rint)
log = op(lp.log)
sigmoid = op(lp.sigmoid)
tanh = op(lp.tanh)
softplus = op(lp.softplus)
softsign = op(lp.softsign)
stop_gradient = op(lp.stop_gradient)
maximum = op(lp.maximum)
minimum = op(lp.minimum)
equal = op(lp.equal)
not_equal = op(lp.not_equal)
greater = op(lp.greater)
greater_equal = op(lp.greater_equal)
less = op(lp.less)
less_equal = op(lp.less_equal)


@op
def square(x: Any) -> Any:
    """x * x."""
    return lp.square(x)


@op
def sqrt(x: Any) -> Any:
    """The square root; of what is negative that of 0."""
    return lp.sqrt(lp.maximum(x, 0.0))


@op
def pow(x: Any, a: Any) -> Any:
    """x to the power of a."""
    return lp.power(x, a)


@op
def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """x kept in [min_value, max_value]."""
    if max_value is not None and np.ndim(max_value) == 0 and min_value is not None:
        low = float(record.concrete(min_value)) if isinstance(min_value, Tensor) else min_value
        max_value = np.maximum(max_value, low) if not isinstance(max_value, Tensor) else max_value
        max_value = max_value if isinstance(max_value, Tensor) else float(max_value)
    return lp.clip(x, min_value, max_value)


@op
def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along an axis."""
    return lp.softmax(x, axis=axis)


@op
def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: float = 0.0) -> Any:
    """max(x, 0), with the slope `alpha` below the threshold and a largest value."""
    x = as_floatx(x)
    if threshold:
        y = lp.where(lp.greater(x, threshold), x, 0.0)
        y = y if _is_zero(alpha) else y + alpha * lp.minimum(x - threshold, 0.0)
    else:
        y = lp.relu(x) if _is_zero(alpha) else lp.where(lp.greater(x, 0), x, x * alpha)
    return y if max_value is None else lp.minimum(y, max_value)


def _is_zero(alpha: Any) -> bool:
    return isinstance(alpha, (int, float)) and alpha == 0


@op
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where it is positive, else alpha (exp(x) - 1)."""
    return lp.elu(x, alpha)


@op
def hard_sigmoid(x: Any) -> Any:
    """0.2 x + 0.5 kept in [0, 1]."""
    return lp.clip(as_floatx(x) * 0.2 + 0.5, 0.0, 1.0)


@op
def identity(x: Any) -> Any:
    """The same values."""
    return astensor(x) + 0 if isinstance(x, Tensor) and x.dtype.kind in "biuf" else x


@op
def cast(x: Any, dtype: Any) -> Any:
    """x in another dtype."""
    name = str(getattr(dtype, "name", dtype)).removesuffix("_ref")  # TensorFlow's dtypes have names
    return astensor(x).astype(as_dtype("float32" if name == "float16" else name))


# -------------------------------------------------------------------------------------------- reductions
@op
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum along axes."""
    return lp.sum(x, axis=_axes(axis), keepdims=keepdims)


@op
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product along axes."""
    return lp.prod(x, axis=_axes(axis), keepdims=keepdims)


@op
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean along axes; of booleans and integers as floats."""
    return lp.mean(as_floatx(x), axis=_axes(axis), keepdims=keepdims)


@op
def var(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The variance along axes."""
    return lp.var(as_floatx(x), axis=_axes(axis), keepdims=keepdims)


@op
def std(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The standard deviation along axes."""
    return lp.std(as_floatx(x), axis=_axes(axis), keepdims=keepdims)


@op
def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest along axes."""
    return lp.max(x, axis=_axes(axis), keepdims=keepdims)


@op
def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest along axes."""
    return lp.min(x, axis=_axes(axis), keepdims=keepdims)


@op
def any(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether one is true, along axes."""
    return lp.any(x, axis=_axes(axis), keepdims=keepdims)


@op
def all(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether all are true, along axes."""
    return lp.all(x, axis=_axes(axis), keepdims=keepdims)


@op
def argmax(x: Any, axis: int = -1) -> Any:
    """The position of the largest along an axis."""
    return lp.argmax(x, axis=axis)


@op
def argmin(x: Any, axis: int = -1) -> Any:
    """The position of the smallest along an axis."""
    return lp.argmin(x, axis=axis)


@op
def cumsum(x: Any, axis: int = 0) -> Any:
    """Sums so far."""
    return lp.cumsum(x, axis=axis)


@op
def cumprod(x: Any, axis: int = 0) -> Any:
    """Products so far."""
    return lp.cumprod(x, axis=axis)


@op
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) without overflow."""
    return lp.logsumexp(x, axis=_axes(axis), keepdims=keepdims)


@op
def l2_normalize(x: Any, axis: Axis = None) -> Any:
    """x divided by its norm along an axis."""
    x = as_floatx(x)
    squares = lp.sum(lp.square(x), axis=_axes(axis), keepdims=True)
    return x * (1 / lp.sqrt(lp.maximum(squares, 1e-12)))


# ------------------------------------------------------------------------------------------------ shapes
def shape(x: Any) -> Any:
    """The shape as a vector of integers."""
    return recorded(lambda t: record.shape_of(astensor(t), np.int32), [x])


def ndim(x: Any) -> int | None:
    """The number of axes."""
    found = int_shape(x)
    return None if found is None else len(found)


def dtype(x: Any) -> str:
    """The dtype by its name."""
    formula = getattr(x, "known", None)
    found = x.dtype if formula is None else formula.dtype
    return str(getattr(found, "name", found)).removesuffix("_ref")


def count_params(x: Any) -> int:
    """How many numbers it has."""
    return int(np.prod(int_shape(x), dtype=np.int64))


@op
def reshape(x: Any, shape: Any) -> Any:
    """x in another shape; one size may be -1."""
    return lp.reshape(x, record.sizes(shape))


@op
def flatten(x: Any) -> Any:
    """All elements in one axis."""
    return lp.reshape(x, (-1,))


@op
def batch_flatten(x: Any) -> Any:
    """All axes but the first in one."""
    x = astensor(x)
    rest: Any = 1
    for s in x.shape[1:]:
        rest = rest * s
    return lp.reshape(x, (x.shape[0], rest))


@op
def permute_dimensions(x: Any, pattern: Sequence[int]) -> Any:
    """Axes in another order."""
    return lp.transpose(x, tuple(pattern))


@op
def transpose(x: Any) -> Any:
    """Axes in the reverse order."""
    return lp.transpose(x)


@op
def expand_dims(x: Any, axis: int = -1) -> Any:
    """One more axis of size 1."""
    return lp.expand_dims(x, axis)


@op
def squeeze(x: Any, axis: Any) -> Any:
    """Without an axis of size 1."""
    return lp.squeeze(x, axis)


@op
def concatenate(tensors: Sequence[Any], axis: int = -1) -> Any:
    """Side by side along an axis."""
    return lp.concatenate(list(tensors), axis=axis)


@op
def stack(x: Sequence[Any], axis: int = 0) -> Any:
    """Side by side along a new axis."""
    return lp.stack(list(x), axis=axis)


pack = stack


@op
def repeat(x: Any, n: int) -> Any:
    """(samples, size) n times along a new axis: (samples, n, size)."""
    x = lp.expand_dims(x, 1)
    return lp.broadcast_to(x, (x.shape[0], n, *x.shape[2:]))


@op
def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Every element `rep` times along an axis, as np.repeat."""
    return lp.repeat(x, rep, axis=axis)


@op
def tile(x: Any, n: Any) -> Any:
    """x n times along every axis."""
    return lp.tile(
        x,
        (
            tuple(int(i) for i in np.atleast_1d(record.concrete(n)))
            if not isinstance(n, (list, tuple))
            else record.sizes(n)
        ),
    )


@op
def reverse(x: Any, axes: Any) -> Any:
    """Backwards along axes."""
    return lp.flip(x, tuple(axes) if isinstance(axes, (list, tuple)) else axes)


@op
def slice(x: Any, start: Any, size: Any) -> Any:
    """`size` elements from `start` on, along every axis; -1: all that follow."""
    starts, counts = record.sizes(start), record.sizes(size)
    return x[tuple(_range(a, n) for a, n in zip(starts, counts, strict=True))]


def _range(start: Any, count: Any) -> Any:
    return builtins.slice(start, None if isinstance(count, int) and count == -1 else start + count)


@op
def item(x: Any, index: Any) -> Any:
    """x[index], as NumPy has it."""
    return astensor(x)[index]


@op
def gather(reference: Any, indices: Any) -> Any:
    """Rows of a tensor by their positions."""
    return lp.take(reference, astensor(indices).astype("int64"), axis=0)


@op
def one_hot(indices: Any, num_classes: int) -> Any:
    """Rows of zeros with a one at the index."""
    return lp.one_hot(astensor(indices).astype("int64"), int(num_classes), dtype=common.floatx())


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: str = "int32") -> Any:
    """Numbers in order."""
    return recorded(lambda a, b, c: lp.arange(a, b, c, dtype=dtype), [start, stop, step])


@op
def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Whether the target is among the k largest predictions, per row."""
    p, t = astensor(predictions), astensor(targets).astype("int64")
    own = lp.take_along_axis(p, lp.reshape(t, (-1, 1)), axis=-1)
    return lp.less(lp.count_nonzero(lp.greater(p, own), axis=-1), k)


# ---------------------------------------------------------------------------------------------- products
@op
def dot(x: Any, y: Any) -> Any:
    """The product over the last axis of x and the last but one of y."""
    x, y = astensor(x), astensor(y)
    if x.ndim <= 2 and y.ndim <= 2 or y.ndim == 1:
        return lp.matmul(x, y)
    return lp.tensordot(x, y, axes=((x.ndim - 1,), (max_of(y.ndim - 2, 0),)))


def max_of(a: int, b: int) -> int:
    """The larger of two numbers (the module's own max is that of tensors)."""
    return a if a > b else b


@op
def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """The product of every sample of x with that of y, over an axis of each; at least (samples, 1)."""
    x, y = astensor(x), astensor(y)
    if axes is None:
        axes = (x.ndim - 1, 1 if y.ndim == 2 else y.ndim - 2)
    first: Any
    second: Any
    first, second = (axes, axes) if isinstance(axes, int) else (axes[0], axes[1])
    if isinstance(first, (list, tuple)):
        first, second = first[0], second[0]
    first, second = first % x.ndim, second % y.ndim
    if x.ndim == 2 and y.ndim == 2:
        return lp.sum(x * y, axis=1, keepdims=True)
    a, b = lp.moveaxis(x, first, -1), lp.moveaxis(y, second, 1)
    rows, columns = a.shape[1:-1], b.shape[2:]
    a = lp.reshape(a, (a.shape[0], _size(rows), a.shape[-1]))
    b = lp.reshape(b, (b.shape[0], b.shape[1], _size(columns)))
    y = lp.matmul(a, b)
    return lp.reshape(y, (y.shape[0], *rows, *columns))


def _size(sizes: Sequence[Any]) -> Any:
    total: Any = 1
    for s in sizes:
        total = total * s
    return total


@op
def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Any:
    """x + bias, along the axis of the channels."""
    x, b = astensor(x), astensor(bias)
    first = common.normalize_data_format(data_format) == "channels_first" and x.ndim > 2
    if b.ndim > 1:
        return x + (lp.expand_dims(lp.moveaxis(b, -1, 0), 0) if first else lp.expand_dims(b, 0))
    return x + (lp.reshape(b, (b.shape[0], *(1,) * (x.ndim - 2))) if first else b)


# ---------------------------------------------------------------------------------------- random numbers
def _numbers(draw: Callable[..., Any], shape: Any, dtype: str | None, seed: Any) -> Any:
    generator = streams.default_generator() if seed is None else streams.Generator(int(seed))

    def drawn(sizes: Any) -> Any:
        return draw(generator, record.sizes(sizes), dtype or common.floatx())

    return recorded(drawn, [shape], once=True)


def random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: str | None = None, seed: Any = None,
    std: float | None = None,
) -> Any:  # fmt: skip
    """Normal numbers, new in every run."""
    scale = stddev if std is None else std
    return _numbers(lambda g, s, d: g.normal(mean, scale, s, d), shape, dtype, seed)


def random_uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: str | None = None, seed: Any = None,
    low: float | None = None, high: float | None = None,
) -> Any:  # fmt: skip
    """Uniform numbers, new in every run."""
    a, b = minval if low is None else low, maxval if high is None else high
    return _numbers(lambda g, s, d: g.uniform(float(a), float(b), s, d), shape, dtype, seed)


def random_binomial(shape: Any, p: float = 0.0, dtype: str | None = None, seed: Any = None) -> Any:
    """1 with probability p, else 0; new in every run."""
    return _numbers(lambda g, s, d: g.bernoulli(p, s).astype(d), shape, dtype, seed)


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: str | None = None, seed: Any = None
) -> Any:
    """Normal numbers within two standard deviations, new in every run."""
    return _numbers(lambda g, s, d: g.truncated_normal(mean, stddev, s, d), shape, dtype, seed)


def dropout(x: Any, level: Any, noise_shape: Any = None, seed: Any = None) -> Any:
    """Every element 0 with probability `level`, else divided by 1 - level."""
    generator = streams.default_generator() if seed is None else streams.Generator(int(seed))

    def dropped(t: Any, rate: Any, noise: Any) -> Any:
        t = as_floatx(t)
        if noise is None:
            sizes = t.shape
        elif isinstance(noise, (tuple, list)):
            sizes = tuple(t.shape[i] if n is None else record.size(n) for i, n in enumerate(noise))
        else:
            sizes = record.sizes(noise)
        kept = lp.greater_equal(generator.random(sizes, dtype="float32"), rate)
        return lp.where(kept, t * (1 / (1 - rate)), 0.0)

    return apply(dropped, x, level, noise_shape)


__all__ = [
    "Axis", "abs", "all", "any", "arange", "argmax", "argmin", "batch_dot", "batch_flatten", "bias_add",
    "cast", "clip", "concatenate", "cos", "count_params", "cumprod", "cumsum", "dot", "dropout", "dtype",
    "elu", "equal", "exp", "expand_dims", "flatten", "gather", "greater", "greater_equal", "hard_sigmoid",
    "identity", "in_top_k", "item", "l2_normalize", "less", "less_equal", "log", "logsumexp", "max",
    "maximum", "mean", "min", "minimum", "ndim", "not_equal", "one_hot", "pack", "permute_dimensions",
    "pow", "prod", "random_binomial", "random_normal", "random_uniform", "relu", "repeat",
    "repeat_elements", "reshape", "reverse", "round", "shape", "sigmoid", "sign", "sin", "slice",
    "softmax", "softplus", "softsign", "sqrt", "square", "squeeze", "stack", "std", "stop_gradient",
    "sum", "tanh", "tile", "transpose", "truncated_normal", "var",
]  # fmt: skip
