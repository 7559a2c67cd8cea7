"""Arithmetic, comparisons, reductions and products: the names of tf.* and tf.math."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from ...nn.words import lp
from ...ops.loop import placeholder as formula_of_input
from ...shapes import Dim
from ...tensor import Tensor as EngineTensor
from ...tensor import grad
from .. import missing
from ..record import Host, concrete, is_guess, size, symbols_in
from .dtypes import DType, as_dtype, bool_, complex64, complex128, engine_type, float32, float64, int32, int64
from .graph import Mode, Tensor
from .recording import alike, apply, array_of, numpy_of, op, tensor

Function = Callable[..., Any]


def _host(f: Function) -> Function:
    return lambda *args: f(*map(numpy_of, args))


def _host_binary(f: Function) -> Function:
    def on_arrays(x: Any, y: Any) -> Any:
        x, y = numpy_of(x), numpy_of(y)
        kinds = [a.dtype for a in (x, y) if a.dtype.kind == "c"]
        return f(*(a.astype(kinds[0]) for a in (x, y))) if kinds else f(x, y)

    return on_arrays


def _numpy(engine: Function) -> Function:
    """NumPy's function of the same name."""
    found: Function = getattr(np, engine.__name__, engine)
    return found


def _binary(kind: str, engine: Function, numpy: Function | None = None, gradient: bool = True) -> Function:
    """An operation on two operands of one dtype."""

    def build(x: Any, y: Any, name: Any = None) -> Any:
        return engine(*alike(x, y))

    build.__name__, build.__doc__ = kind, engine.__doc__
    dtype = None if gradient else bool_
    return op(kind, host=_host_binary(numpy or _numpy(engine)), gradient=gradient, dtype=dtype)(build)


def _real(x: Any) -> Any:
    """The data type of a size: that of the parts of complex numbers."""
    return x.dtype.real_dtype if isinstance(x, Tensor) else None


def _unary(
    kind: str, engine: Function, numpy: Function | None = None, gradient: bool = True, dtype: Any = None
) -> Function:
    """An operation on one operand."""

    def build(x: Any, name: Any = None) -> Any:
        return engine(tensor(x))

    build.__name__, build.__doc__ = kind, engine.__doc__
    return op(kind, host=_host(numpy or _numpy(engine)), gradient=gradient, dtype=dtype)(build)


def _divided(x: Any, y: Any) -> Any:
    """x / y, of integers the floor."""
    return lp.floor_divide(x, y) if x.dtype.kind in "iu" else lp.divide(x, y)


def _true(x: Any, y: Any) -> Any:
    if x.dtype.kind in "iu":
        wider = "float32" if x.dtype.itemsize < 4 else "float64"
        x, y = x.astype(wider), y.astype(wider)
    return lp.divide(x, y)


def _squared(x: Any, y: Any) -> Any:
    return lp.square(x - y)


def _no_nan(x: Any, y: Any) -> Any:
    zero = y == 0
    return lp.where(zero, 0, x / lp.where(zero, 1, y)).astype(x.dtype)


def _truncated_division(x: Any, y: Any) -> Any:
    q = lp.floor_divide(lp.abs(x), lp.abs(y))
    return (lp.sign(x) * lp.sign(y)).astype(x.dtype) * q


add = _binary("Add", lp.add)
subtract = _binary("Sub", lp.subtract)
multiply = _binary("Mul", lp.multiply)
divide = truediv = _binary("RealDiv", _true, np.true_divide)
realdiv = truediv
div = _binary("Div", _divided, np.divide)
floordiv = floor_div = _binary("FloorDiv", lp.floor_divide)
truncatediv = _binary("TruncateDiv", _truncated_division)
mod = floormod = _binary("FloorMod", lp.remainder)
truncatemod = _binary("TruncateMod", lp.fmod)
div_no_nan = _binary("DivNoNan", _no_nan)
pow = _binary("Pow", lp.power)
maximum = _binary("Maximum", lp.maximum)
minimum = _binary("Minimum", lp.minimum)
squared_difference = _binary("SquaredDifference", _squared)
atan2 = _binary("Atan2", lp.atan2)
equal = _binary("Equal", lp.equal, gradient=False)
not_equal = _binary("NotEqual", lp.not_equal, gradient=False)
less = _binary("Less", lp.less, gradient=False)
less_equal = _binary("LessEqual", lp.less_equal, gradient=False)
greater = _binary("Greater", lp.greater, gradient=False)
greater_equal = _binary("GreaterEqual", lp.greater_equal, gradient=False)
logical_and = _binary("LogicalAnd", lp.logical_and, gradient=False)
logical_or = _binary("LogicalOr", lp.logical_or, gradient=False)
logical_xor = _binary("LogicalXor", lp.logical_xor, gradient=False)
negative = _unary("Neg", lp.negative)


def _rsqrt(x: Any) -> Any:
    return 1 / lp.sqrt(x)


def _erfc(x: Any) -> Any:
    return 1 - lp.erf(x)


def _lgamma(x: Any) -> Any:
    """log |gamma(x)|: Stirling's series behind 8, the reflection formula below 1/2."""
    low = x < 0.5
    z = lp.where(low, 1 - x, x)
    shift = lp.zeros_like(z)
    for k in builtins.range(8):
        shift = shift + lp.log(z + k)
    t = z + 8
    series = (t - 0.5) * lp.log(t) - t + 0.5 * float(np.log(2 * np.pi)) + 1 / (12 * t) - 1 / (360 * t**3)
    above = series + 1 / (1260 * t**5) - 1 / (1680 * t**7) - shift
    return lp.where(low, float(np.log(np.pi)) - lp.log(lp.abs(lp.sin(np.pi * x))) - above, above)


def _digamma(x: Any) -> Any:
    return grad(lp.sum(_lgamma(x)), x)


abs = _unary("Abs", lp.abs, dtype=_real)
sign = _unary("Sign", lp.sign)
square = _unary("Square", lp.square)
sqrt = _unary("Sqrt", lp.sqrt)
rsqrt = _unary("Rsqrt", _rsqrt, lambda x: 1 / np.sqrt(x))
reciprocal = _unary("Reciprocal", lp.reciprocal)
exp = _unary("Exp", lp.exp)
expm1 = _unary("Expm1", lp.expm1)
log = _unary("Log", lp.log)
log1p = _unary("Log1p", lp.log1p)
sin = _unary("Sin", lp.sin)
cos = _unary("Cos", lp.cos)
tan = _unary("Tan", lp.tan)
asin = _unary("Asin", lp.asin)
acos = _unary("Acos", lp.acos)
atan = _unary("Atan", lp.atan)
sinh = _unary("Sinh", lp.sinh)
cosh = _unary("Cosh", lp.cosh)
tanh = _unary("Tanh", lp.tanh)
asinh = _unary("Asinh", lp.asinh)
acosh = _unary("Acosh", lp.acosh)
atanh = _unary("Atanh", lp.atanh)
sigmoid = _unary("Sigmoid", lp.sigmoid)
log_sigmoid = _unary("LogSigmoid", lp.log_sigmoid)
floor = _unary("Floor", lp.floor, gradient=False)
ceil = _unary("Ceil", lp.ceil, gradient=False)
round = _unary("Round", lp.round, gradient=False)
rint = _unary("Rint", lp.rint, gradient=False)
erf = _unary("Erf", lp.erf)
erfc = _unary("Erfc", _erfc)
erfinv = _unary("Erfinv", lp.erfinv)
lgamma = _unary("Lgamma", lambda x: _lgamma(x.astype("float64")).astype(x.dtype))
digamma = _unary("Digamma", lambda x: _digamma(x.astype("float64")).astype(x.dtype))
is_nan = _unary("IsNan", lp.isnan, gradient=False, dtype=bool_)
is_inf = _unary("IsInf", lp.isinf, gradient=False, dtype=bool_)
is_finite = _unary("IsFinite", lp.isfinite, gradient=False, dtype=bool_)
logical_not = _unary("LogicalNot", lp.logical_not, gradient=False)
real = _unary("Real", lambda x: x, np.real, dtype=_real)
imag = _unary("Imag", lp.zeros_like, np.imag, dtype=_real)
angle = _unary("Angle", lambda x: lp.where(x < 0, np.pi, 0.0).astype(x.dtype), np.angle, dtype=_real)
conj = _unary("Conj", lambda x: x, np.conj)


def complex(real: Any, imag: Any, name: Any = None) -> Any:
    """Complex numbers of two parts; NumPy computes with them."""
    parts = [convert(real), convert(imag)]
    wide = any(getattr(p, "dtype", None) == float64 for p in parts)
    wanted = complex128 if wide else complex64

    def build(a: Any, b: Any) -> Any:
        return (np.asarray(a) + 1j * np.asarray(b)).astype(wanted.as_numpy_dtype)

    return hosted("Complex", build, parts, name=name, dtype=wanted)


# --------------------------------------------------------------------------------- sums of several, types
@op("AddN")
def add_n(inputs: Any, name: Any = None) -> Any:
    """The sum of tensors of one shape."""
    total, *rest = alike(*inputs) if isinstance(inputs, (list, tuple)) else [tensor(inputs)]
    for each in rest:
        total = total + each
    return total


def accumulate_n(inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: Any = None) -> Any:
    return add_n(inputs, name=name or "AccumulateNV2")


def scalar_mul(scalar: Any, x: Any, name: Any = None) -> Any:
    """A number times a tensor."""
    return multiply(scalar, x, name=name or "mul")


def cast(x: Any, dtype: Any, name: Any = None) -> Any:
    """The elements in another data type; floats lose their fractions on the way to integers."""
    wanted = as_dtype(dtype).base_dtype
    found = getattr(x, "dtype", None)
    if isinstance(x, Tensor) and found is not None and found.base_dtype is wanted:
        return x
    if wanted.engine is None or isinstance(found, DType) and found.engine is None:
        build: Function = lambda v: np.asarray(v).astype(wanted.as_numpy_dtype)  # noqa: E731
        return hosted("Cast", build, [x], name=name, dtype=wanted)
    return _cast(x, wanted, name=name)


@op("Cast", dtype=lambda x, dtype: dtype)
def _cast(x: Any, dtype: Any, name: Any = None) -> Any:
    return tensor(x).astype(dtype.engine)


def _to(dtype: DType) -> Function:
    def convert(x: Any, name: Any = None) -> Any:
        return cast(x, dtype, name=name)

    return convert


to_float, to_double, to_int32, to_int64 = _to(float32), _to(float64), _to(int32), _to(int64)
to_bfloat16, to_complex64, to_complex128 = _to(as_dtype("bfloat16")), _to(complex64), _to(complex128)


def saturate_cast(value: Any, dtype: Any, name: Any = None) -> Any:
    """As cast; what is beyond the new type becomes its limit."""
    wanted = as_dtype(dtype)
    low, high = wanted.min, wanted.max
    if wanted.is_integer and isinstance(value, Tensor) and value.dtype.is_integer:
        found = value.dtype
        low, high = builtins.max(low, found.min), builtins.min(high, found.max)
    return cast(maximum(minimum(value, high), low), wanted, name=name)


# ----------------------------------------------------------------------------------------------- reductions
def _axis(axis: Any) -> Any:
    """Axes as integers: they may be a tensor."""
    if axis is None or isinstance(axis, (int, np.integer)):
        return axis
    if isinstance(axis, (list, tuple)):
        return tuple(int(concrete(a)) for a in axis)
    found = concrete(axis)
    return int(found) if found.ndim == 0 else tuple(int(a) for a in found)


def _reduction(kind: str, engine: Function, numpy: Function | None = None, gradient: bool = True) -> Function:
    @op(
        kind,
        gradient=gradient,
        host=lambda x, axis, keep: (numpy or _numpy(engine))(numpy_of(x), axis=axis, keepdims=keep),
    )
    def _reduce(x: Any, axis: Any, keep: Any, name: Any = None) -> Any:
        return engine(tensor(x), axis=_axis(axis), keepdims=keep)

    def reduce(
        input_tensor: Any,
        axis: Any = None,
        keepdims: Any = None,
        name: Any = None,
        reduction_indices: Any = None,
        keep_dims: Any = None,
    ) -> Any:
        where = reduction_indices if axis is None else axis
        return _reduce(input_tensor, where, bool(keep_dims if keepdims is None else keepdims), name=name)

    reduce.__name__, reduce.__doc__ = kind, engine.__doc__
    return reduce


def _mean(x: Any, axis: Any, keepdims: bool) -> Any:
    if x.dtype.kind not in "iu":
        return lp.mean(x, axis=axis, keepdims=keepdims)
    count = lp.sum(lp.ones_like(x), axis=axis, keepdims=keepdims)
    return lp.floor_divide(lp.sum(x, axis=axis, keepdims=keepdims).astype(x.dtype), count.astype(x.dtype))


def _sum(x: Any, axis: Any, keepdims: bool) -> Any:
    return lp.sum(x, axis=axis, keepdims=keepdims).astype(x.dtype)


def _prod(x: Any, axis: Any, keepdims: bool) -> Any:
    return lp.prod(x, axis=axis, keepdims=keepdims).astype(x.dtype)


def _euclidean(x: Any, axis: Any, keepdims: bool) -> Any:
    return lp.sqrt(lp.sum(lp.square(x), axis=axis, keepdims=keepdims))


reduce_sum = _reduction("Sum", _sum, np.sum)
reduce_mean = _reduction("Mean", _mean, np.mean)
reduce_prod = _reduction("Prod", _prod, np.prod)
reduce_max = _reduction("Max", lp.max)
reduce_min = _reduction("Min", lp.min)
reduce_all = _reduction("All", lp.all, gradient=False)
reduce_any = _reduction("Any", lp.any, gradient=False)
reduce_logsumexp = _reduction("LogSumExp", lp.logsumexp)
reduce_euclidean_norm = _reduction("EuclideanNorm", _euclidean)
reduce_variance = _reduction("Variance", lp.var)
reduce_std = _reduction("Std", lp.std)


def count_nonzero(
    input_tensor: Any,
    axis: Any = None,
    keepdims: Any = None,
    dtype: Any = int64,
    name: Any = None,
    reduction_indices: Any = None,
    keep_dims: Any = None,
) -> Any:
    """How many elements are not zero."""
    nonzero = cast(not_equal(input_tensor, 0), dtype)
    return reduce_sum(nonzero, axis, keepdims, name, reduction_indices, keep_dims)


def argmax(
    input: Any, axis: Any = None, name: Any = None, dimension: Any = None, output_type: Any = int64
) -> Any:
    """Where the largest element along an axis is, by default along the first one."""
    where = dimension if axis is None else axis
    return _argmax(input, 0 if where is None else where, output_type, name=name or "ArgMax")


def argmin(
    input: Any, axis: Any = None, name: Any = None, dimension: Any = None, output_type: Any = int64
) -> Any:
    """Where the smallest element along an axis is, by default along the first one."""
    where = dimension if axis is None else axis
    return _argmin(input, 0 if where is None else where, output_type, name=name or "ArgMin")


def _place(kind: str, engine: Function) -> Function:
    @op(kind, gradient=False, dtype=lambda x, axis, dtype: dtype)
    def place(x: Any, axis: Any, dtype: Any, name: Any = None) -> Any:
        return engine(tensor(x), axis=_axis(axis)).astype(engine_type(dtype))

    return place


_argmax, _argmin = _place("ArgMax", lp.argmax), _place("ArgMin", lp.argmin)
arg_max, arg_min = argmax, argmin


def _cumulated(engine: Function, neutral: float) -> Function:
    def build(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: Any = None) -> Any:
        x, where = tensor(x), int(concrete(axis))
        x = lp.flip(x, axis=where) if reverse else x
        if exclusive:
            first = [slice(None)] * x.ndim
            first[where] = slice(0, 1)
            rest = list(first)
            rest[where] = slice(0, -1)
            start = lp.full_like(x[tuple(first)], neutral)
            result = lp.concatenate([start, engine(x, axis=where)[tuple(rest)]], axis=where)
        else:
            result = engine(x, axis=where)
        result = result.astype(x.dtype)
        return lp.flip(result, axis=where) if reverse else result

    return build


cumsum = op("Cumsum")(_cumulated(lp.cumsum, 0))
cumprod = op("Cumprod")(_cumulated(lp.cumprod, 1))


# ------------------------------------------------------------------------------------------------- products
@op("MatMul", host=lambda a, b, *flags, **named: _complex_matmul(a, b, *flags, **named))
def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: Any = None,
) -> Any:
    """The product of matrices, or of batches of them."""
    a, b = alike(a, b)
    for side in (a, b):
        if side.ndim < 2:
            raise ValueError(f"Shape must be rank 2 but is rank {side.ndim} for 'MatMul'")
    if transpose_a or adjoint_a:
        a = lp.swapaxes(a, -1, -2)
    if transpose_b or adjoint_b:
        b = lp.swapaxes(b, -1, -2)
    return lp.matmul(a, b)


def _complex_matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, **_: Any) -> Any:
    a, b = numpy_of(a), numpy_of(b)
    return (np.swapaxes(a, -1, -2) if transpose_a else a) @ (np.swapaxes(b, -1, -2) if transpose_b else b)


def batch_matmul(x: Any, y: Any, adj_x: bool = False, adj_y: bool = False, name: Any = None) -> Any:
    """matmul's name before 1.0."""
    return matmul(x, y, adj_x, adj_y, name=name or "BatchMatMul")


sparse_matmul = matmul


def matvec(a: Any, b: Any, transpose_a: bool = False, name: Any = None) -> Any:
    """The product of a matrix and a vector."""
    return _matvec(a, b, transpose_a, name=name)


@op("MatVec")
def _matvec(a: Any, b: Any, transpose_a: bool, name: Any = None) -> Any:
    a, b = alike(a, b)
    return lp.matmul(lp.swapaxes(a, -1, -2) if transpose_a else a, b[..., None])[..., 0]


@op("Tensordot")
def tensordot(a: Any, b: Any, axes: Any, name: Any = None) -> Any:
    """Sums of products over the named axes, as NumPy's."""
    a, b = alike(a, b)
    axes = axes if isinstance(axes, (int, list, tuple)) else np.asarray(concrete(axes)).tolist()
    return lp.tensordot(a, b, axes)


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Any:
    """Sums of products by a formula of letters."""
    return _einsum(equation, list(inputs), name=kwargs.get("name") or "einsum")


@op("Einsum")
def _einsum(equation: str, inputs: Any, name: Any = None) -> Any:
    return lp.einsum(equation, *alike(*inputs))


@op("Cross")
def cross(a: Any, b: Any, name: Any = None) -> Any:
    """The cross product of vectors of 3."""
    return lp.cross(*alike(a, b))


@op("Trace")
def trace(x: Any, name: Any = None) -> Any:
    """The sum of the diagonal of matrices."""
    x = tensor(x)
    return lp.trace(x) if x.ndim == 2 else lp.sum(lp.diagonal(x, axis1=-2, axis2=-1), axis=-1)


def polyval(coeffs: Any, x: Any, name: Any = None) -> Any:
    """A polynomial, its highest coefficient first, by Horner's rule."""
    result, *rest = list(coeffs)
    for c in rest:
        result = add(c, multiply(result, x))
    return result


# ------------------------------------------------------------------------------------------------- segments
def scattered(data: Any, indices: Any, count: Any) -> Any:
    """Sums of the rows of `data` that have the same index: the transpose of taking rows."""
    inner = data.shape[indices.ndim :]
    whole = EngineTensor(formula_of_input("rows", (count, *inner), data.dtype))
    return grad(lp.sum(lp.take(whole, indices, axis=0) * data), whole)


def _wide(data: Any) -> Any:
    return data if data.dtype.kind == "f" else data.astype("float64")


def _segments(data: Any, ids: Any, count: Any, how: str) -> Any:
    """Rows of `data` with the same index put together; a negative index drops its row."""
    data, ids = tensor(data), tensor(ids)
    number = size(count) if count is not None else _count(ids)
    if how in ("max", "min", "prod"):
        return _segments_one_by_one(data, ids, number, how)
    wide = _wide(data)
    kept = (ids >= 0).reshape(ids.shape + (1,) * (data.ndim - ids.ndim))
    total = scattered(lp.where(kept, wide, 0).astype(wide.dtype), lp.maximum(ids, 0), number)
    if how == "sum":
        return total.astype(data.dtype)
    members = scattered((ids >= 0).astype(wide.dtype), lp.maximum(ids, 0), number)
    members = lp.maximum(members, 1).reshape(members.shape + (1,) * (total.ndim - 1))
    return (total / (members if how == "mean" else lp.sqrt(members))).astype(data.dtype)


def _count(ids: Any) -> Any:
    return Dim.named() if is_guess() else int(np.max(concrete(ids), initial=-1)) + 1


def _segments_one_by_one(data: Any, ids: Any, number: Any, how: str) -> Any:
    """Largest, smallest, products: over all rows, with what does not belong made neutral."""
    lowest = np.finfo(data.dtype).min if data.dtype.kind == "f" else np.iinfo(data.dtype).min
    highest = np.finfo(data.dtype).max if data.dtype.kind == "f" else np.iinfo(data.dtype).max
    neutral = {"max": lowest, "min": highest, "prod": 1}[how]
    flat = data.reshape((-1, *data.shape[ids.ndim :]))
    own = ids.reshape((-1, 1)) == lp.arange(number).astype(ids.dtype)
    own = own.reshape((*own.shape, *(1,) * (flat.ndim - 1)))
    reduce: Function = getattr(lp, how)
    return reduce(lp.where(own, flat[:, None], neutral).astype(data.dtype), axis=0).astype(data.dtype)


def _segment(how: str) -> tuple[Function, Function]:
    @op(f"Segment{how.title()}")
    def segment(data: Any, segment_ids: Any, name: Any = None) -> Any:
        return _segments(data, segment_ids, None, how)

    @op(f"UnsortedSegment{how.title()}")
    def unsorted(data: Any, segment_ids: Any, num_segments: Any, name: Any = None) -> Any:
        return _segments(data, segment_ids, num_segments, how)

    return segment, unsorted


segment_sum, unsorted_segment_sum = _segment("sum")
segment_mean, unsorted_segment_mean = _segment("mean")
segment_max, unsorted_segment_max = _segment("max")
segment_min, unsorted_segment_min = _segment("min")
segment_prod, unsorted_segment_prod = _segment("prod")
_, unsorted_segment_sqrt_n = _segment("sqrt_n")


def _sparse_segment(how: str) -> Function:
    @op(f"SparseSegment{how.title()}")
    def segment(data: Any, indices: Any, segment_ids: Any, name: Any = None, num_segments: Any = None) -> Any:
        return _segments(lp.take(tensor(data), tensor(indices), axis=0), segment_ids, num_segments, how)

    return segment


sparse_segment_sum, sparse_segment_mean = _sparse_segment("sum"), _sparse_segment("mean")
sparse_segment_sqrt_n = _sparse_segment("sqrt_n")


@op("Bincount", gradient=False)
def _bincount(arr: Any, count: Any, weights: Any, dtype: Any, name: Any = None) -> Any:
    arr = tensor(arr).reshape((-1,))
    number = _count(arr) if count is None else count
    each = lp.ones_like(arr).astype("float64") if weights is None else tensor(weights).reshape((-1,))
    own = lp.one_hot(arr, number).astype(each.dtype)
    return lp.matmul(each, own).astype(engine_type(dtype) if weights is None else each.dtype)


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = int32,
    name: Any = None,
) -> Any:
    """How often 0, 1, 2, ... are in `arr`, or the sums of their weights."""
    count = maxlength if maxlength is not None and minlength == maxlength else None
    found = _bincount(arr, count, weights, dtype, name=name)
    return found if minlength is None or count is not None else _stretched(found, minlength, maxlength)


@op("Pad", gradient=False)
def _stretched(counts: Any, least: Any, most: Any, name: Any = None) -> Any:
    n = counts.shape[0]
    if isinstance(n, Dim):
        return EngineTensor(formula_of_input("counts", (Dim.named(),), counts.dtype))
    longer = builtins.max(n, int(concrete(least)))
    counts = lp.pad(counts, [(0, longer - n)])
    return counts if most is None else counts[: int(concrete(most))]


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = int32,
    name: Any = None,
    weights: Any = None,
) -> Any:
    """How often a label (row) got a prediction (column)."""
    return _confusion(labels, predictions, num_classes, dtype, weights, name=name or "confusion_matrix")


@op("ConfusionMatrix", gradient=False)
def _confusion(
    labels: Any, predictions: Any, classes: Any, dtype: Any, weights: Any, name: Any = None
) -> Any:
    labels, predictions = tensor(labels).reshape((-1,)), tensor(predictions).reshape((-1,))
    if classes is None:
        most = [_count(labels), _count(predictions)]
        number: Any = Dim.named() if is_guess() else builtins.max(most)
    else:
        number = size(classes)
    rows = lp.one_hot(labels, number).astype("float64")
    if weights is not None:
        rows = rows * tensor(weights).astype("float64").reshape((-1, 1))
    columns = lp.one_hot(predictions, number).astype("float64")
    return lp.matmul(rows.T, columns).astype(engine_type(dtype))


@op("Norm")
def _norm(x: Any, ord: Any, axis: Any, keep: bool, name: Any = None) -> Any:
    x = tensor(x)
    axes = _axis(axis)
    if ord == "euclidean" or ord == 2 and not isinstance(axes, tuple) or ord == "fro":
        return lp.sqrt(lp.sum(lp.square(x), axis=axes, keepdims=keep))
    if ord in (np.inf, "inf"):
        return lp.max(lp.abs(x), axis=axes, keepdims=keep)
    if ord == 1:
        return lp.sum(lp.abs(x), axis=axes, keepdims=keep)
    return lp.sum(lp.abs(x) ** ord, axis=axes, keepdims=keep) ** (1 / ord)


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: Any = None,
    name: Any = None,
    keep_dims: Any = None,
) -> Any:
    """The norm of vectors or matrices."""
    return _norm(tensor, ord, axis, bool(keep_dims if keepdims is None else keepdims), name=name or "norm")


def bucketize(input: Any, boundaries: Any, name: Any = None) -> Any:
    """Between which boundaries numbers are."""
    return _bucketize(input, list(boundaries), name=name)


@op("Bucketize", gradient=False)
def _bucketize(x: Any, boundaries: Any, name: Any = None) -> Any:
    x = tensor(x)
    return lp.searchsorted(tensor(boundaries, x.dtype), x, side="right").astype("int32")


# ---------------------------------------------------------------------------------------- numbers in a row
def linspace(start: Any, stop: Any, num: Any, name: Any = None) -> Any:
    """`num` numbers from start to stop, both included."""
    return _linspace(start, stop, num, name=name or "LinSpace")


@op("LinSpace")
def _linspace(start: Any, stop: Any, num: Any, name: Any = None) -> Any:
    start, stop = alike(start, stop)
    count = size(num)
    if isinstance(count, Dim):
        return EngineTensor(formula_of_input("linspace", (count,), start.dtype))
    steps = lp.arange(count).astype(start.dtype)
    return start + steps * ((stop - start) / builtins.max(count - 1, 1))


lin_space = linspace


def convert(value: Any) -> Any:
    """An argument of a function in Python: symbols as they are, text and numbers as arrays."""
    return value if isinstance(value, Tensor) else array_of(value)


def hosted(
    kind: str, build: Function, args: Any, *, name: Any = None, count: Any = None, dtype: Any = None
) -> Any:
    """An operation that NumPy does between native calls."""
    from_symbols = [a for a in args if isinstance(a, (Tensor, list, tuple))]
    if Mode.eager and not any(isinstance(a, Tensor) for a in from_symbols):
        return build(*(numpy_of(a) for a in args))
    args = [a if isinstance(a, (Tensor, list, tuple)) and symbols_in(a) else numpy_of(a) for a in args]
    return apply(kind, build, args, name=name, count=count, dtype=dtype, source=Host)


# what these were called before 1.0
mul, sub, neg, inv = multiply, subtract, negative, reciprocal
complex_abs = abs

__getattr__ = missing.attributes("tensorflow.math", globals())

__all__ = [
    "abs", "accumulate_n", "acos", "acosh", "add", "add_n", "angle", "arg_max", "arg_min", "argmax",
    "argmin", "asin", "asinh", "atan", "atan2", "atanh", "batch_matmul", "bincount", "bucketize",
    "cast", "ceil", "complex", "complex_abs", "confusion_matrix", "conj", "cos", "cosh",
    "count_nonzero", "cross", "cumprod", "cumsum", "digamma", "div", "div_no_nan", "divide", "einsum",
    "equal", "erf", "erfc", "erfinv", "exp", "expm1", "floor", "floor_div", "floordiv", "floormod",
    "greater", "greater_equal", "imag", "inv", "is_finite", "is_inf", "is_nan", "less", "less_equal",
    "lgamma", "lin_space", "linspace", "log", "log1p", "log_sigmoid", "logical_and", "logical_not",
    "logical_or", "logical_xor", "matmul", "matvec", "maximum", "minimum", "mod", "mul", "multiply",
    "neg", "negative", "norm", "not_equal", "polyval", "pow", "real", "realdiv", "reciprocal",
    "reduce_all", "reduce_any", "reduce_euclidean_norm", "reduce_logsumexp", "reduce_max",
    "reduce_mean", "reduce_min", "reduce_prod", "reduce_std", "reduce_sum", "reduce_variance", "rint",
    "round", "rsqrt", "saturate_cast", "scalar_mul", "segment_max", "segment_mean", "segment_min",
    "segment_prod", "segment_sum", "sigmoid", "sign", "sin", "sinh", "sparse_matmul",
    "sparse_segment_mean", "sparse_segment_sqrt_n", "sparse_segment_sum", "sqrt", "square",
    "squared_difference", "sub", "subtract", "tan", "tanh", "tensordot", "to_bfloat16", "to_complex128",
    "to_complex64", "to_double", "to_float", "to_int32", "to_int64", "trace", "truediv", "truncatediv",
    "truncatemod", "unsorted_segment_max", "unsorted_segment_mean", "unsorted_segment_min",
    "unsorted_segment_prod", "unsorted_segment_sum",
]  # fmt: skip
