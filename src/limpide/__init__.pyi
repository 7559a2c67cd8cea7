# ruff: noqa: E501, I001
"""What `import limpide as lp` gives. Written by tests/stub.py from the functions themselves."""

from collections.abc import Sequence
from typing import Any

from .shapes import Size
from . import data as data
from . import debug as debug
from . import explain as explain
from . import export as export
from . import io as io
from . import nn as nn
from . import optim as optim
from . import random as random
from . import sklearn as sklearn
from . import train as train
from .compile import compile as compile, function as function, input as input, scan as scan
from .config import config as config
from .derivatives import (
    checkpoint as checkpoint,
    grad as grad,
    hessian as hessian,
    jacobian as jacobian,
    jvp as jvp,
    value_and_grad as value_and_grad,
    vjp as vjp,
)
from .dtypes import bfloat16 as bfloat16
from .errors import (
    LimpideError as LimpideError,
    UnknownNameError as UnknownNameError,
    install_excepthook as install_excepthook,
)
from .tensor import (
    Parameter as Parameter,
    Tensor as Tensor,
    astensor as astensor,
    from_dlpack as from_dlpack,
    parameter as parameter,
    tensor as tensor,
)
from .version import VERSION as VERSION

__version__: str

def abs(x: Any, /) -> Tensor:
    """Absolute value."""

def absolute(x: Any, /) -> Tensor:
    """Absolute value."""

def acos(x: Any, /) -> Tensor:
    """Inverse cosine, in radians."""

def acosh(x: Any, /) -> Tensor:
    """Inverse hyperbolic cosine."""

def adaptive_avg_pool1d(x: Any, output_size: Any, layout: str | None = ...) -> Tensor:
    """The mean of parts of nearly equal size over one axis."""

def adaptive_avg_pool2d(x: Any, output_size: Any, layout: str | None = ...) -> Tensor:
    """The mean of parts of nearly equal size over two axes."""

def adaptive_avg_pool3d(x: Any, output_size: Any, layout: str | None = ...) -> Tensor:
    """The mean of parts of nearly equal size over three axes."""

def adaptive_max_pool1d(x: Any, output_size: Any, layout: str | None = ...) -> Tensor:
    """The largest element of parts of nearly equal size over one axis."""

def adaptive_max_pool2d(x: Any, output_size: Any, layout: str | None = ...) -> Tensor:
    """The largest element of parts of nearly equal size over two axes."""

def adaptive_max_pool3d(x: Any, output_size: Any, layout: str | None = ...) -> Tensor:
    """The largest element of parts of nearly equal size over three axes."""

def add(a: Any, b: Any, /) -> Tensor:
    """Sum, elementwise."""

def all(x: Any, axis: Any = ..., keepdims: bool = ..., *, dtype: Any = ...) -> Tensor:
    """Whether every element over axes is true."""

def allclose(a: Any, b: Any, rtol: float = ..., atol: float = ..., equal_nan: bool = ...) -> Tensor:
    """Whether all elements are close, as in `isclose`."""

def amax(x: Any, axis: Any = ..., keepdims: bool = ..., *, dtype: Any = ...) -> Tensor:
    """Largest element over axes, NaN where there is one; equal ones share the gradient."""

def amin(x: Any, axis: Any = ..., keepdims: bool = ..., *, dtype: Any = ...) -> Tensor:
    """Smallest element over axes, NaN where there is one; equal ones share the gradient."""

def any(x: Any, axis: Any = ..., keepdims: bool = ..., *, dtype: Any = ...) -> Tensor:
    """Whether one element over axes is true."""

def append(x: Any, values: Any, axis: int | None = ...) -> Tensor:
    """`values` after `x` along an axis; both flattened without one."""

def arange(start: Any, stop: Any = ..., step: Any = ..., dtype: Any = ...) -> Tensor:
    """start, start + step, ... before `stop`; arange(n) counts from 0. Floats are floatx by default."""

def arccos(x: Any, /) -> Tensor:
    """Inverse cosine, in radians."""

def arccosh(x: Any, /) -> Tensor:
    """Inverse hyperbolic cosine."""

def arcsin(x: Any, /) -> Tensor:
    """Inverse sine, in radians."""

def arcsinh(x: Any, /) -> Tensor:
    """Inverse hyperbolic sine."""

def arctan(x: Any, /) -> Tensor:
    """Inverse tangent, in radians."""

def arctan2(a: Any, b: Any, /) -> Tensor:
    """Angle of the point (b, a), in radians."""

def arctanh(x: Any, /) -> Tensor:
    """Inverse hyperbolic tangent."""

def argmax(x: Any, axis: Any = ..., keepdims: bool = ..., *, dtype: Any = ...) -> Tensor:
    """Position of the first largest element along one axis, or in the flattened array."""

def argmin(x: Any, axis: Any = ..., keepdims: bool = ..., *, dtype: Any = ...) -> Tensor:
    """Position of the first smallest element along one axis, or in the flattened array."""

def argsort(
    x: Any, axis: int | None = ..., descending: bool = ..., kind: Any = ..., stable: Any = ...
) -> Tensor:
    """Positions that sort `x` along `axis` (flattened with None): stable, NaN last (first with `descending`)."""

def around(x: Any, decimals: int = ...) -> Tensor:
    """Rounded to `decimals` digits after the point, halves to even."""

def array_equal(a: Any, b: Any, equal_nan: bool = ...) -> Tensor:
    """Whether shapes and all elements are equal."""

def array_split(x: Any, indices_or_sections: Any, axis: int = ...) -> list[Tensor]:
    """Parts along an axis: a number of them, nearly equal, or the positions where to cut."""

def asin(x: Any, /) -> Tensor:
    """Inverse sine, in radians."""

def asinh(x: Any, /) -> Tensor:
    """Inverse hyperbolic sine."""

def astype(x: Any, dtype: Any, copy: bool = ...) -> Tensor:
    """`x` in another dtype."""

def atan(x: Any, /) -> Tensor:
    """Inverse tangent, in radians."""

def atan2(a: Any, b: Any, /) -> Tensor:
    """Angle of the point (b, a), in radians."""

def atanh(x: Any, /) -> Tensor:
    """Inverse hyperbolic tangent."""

def atleast_1d(x: Any) -> Tensor:
    """Scalars as arrays of one element."""

def atleast_2d(x: Any) -> Tensor:
    """Vectors as one row."""

def average(x: Any, axis: Any = ..., weights: Any = ..., keepdims: bool = ...) -> Tensor:
    """Mean over axes, weighted where weights are given: of the shape of `x`, or along the one axis."""

def avg_pool1d(
    x: Any,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    ceil_mode: bool = ...,
    count_include_pad: bool = ...,
    layout: str | None = ...,
) -> Tensor:
    """The mean of every window over one axis."""

def avg_pool2d(
    x: Any,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    ceil_mode: bool = ...,
    count_include_pad: bool = ...,
    layout: str | None = ...,
) -> Tensor:
    """The mean of every window over two axes."""

def avg_pool3d(
    x: Any,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    ceil_mode: bool = ...,
    count_include_pad: bool = ...,
    layout: str | None = ...,
) -> Tensor:
    """The mean of every window over three axes."""

def bitwise_and(a: Any, b: Any, /) -> Tensor:
    """Bits set in both."""

def bitwise_invert(x: Any, /) -> Tensor:
    """Every bit flipped."""

def bitwise_left_shift(a: Any, b: Any, /) -> Tensor:
    """Bits moved up; the shift must be below the width."""

def bitwise_not(x: Any, /) -> Tensor:
    """Every bit flipped."""

def bitwise_or(a: Any, b: Any, /) -> Tensor:
    """Bits set in one."""

def bitwise_right_shift(a: Any, b: Any, /) -> Tensor:
    """Bits moved down; the shift must be below the width."""

def bitwise_xor(a: Any, b: Any, /) -> Tensor:
    """Bits set in exactly one."""

def broadcast_to(x: Any, shape: Sequence[Size]) -> Tensor:
    """Repeated to `shape` by NumPy's broadcasting rules."""

def cbrt(x: Any, /) -> Tensor:
    """Cube root."""

def ceil(x: Any, /) -> Tensor:
    """Rounded up."""

def celu(x: Any, alpha: float = ...) -> Tensor:
    """x above 0, alpha * (exp(x / alpha) - 1) below (Barron 2017)."""

def clip(
    x: Any,
    low: Any = ...,
    high: Any = ...,
    *,
    min: Any = ...,
    max: Any = ...,
    a_min: Any = ...,
    a_max: Any = ...,
) -> Tensor:
    """`x` kept between `low` and `high` (NumPy's `min` and `max`); None leaves a side open."""

def column_stack(arrays: Sequence[Any]) -> Tensor:
    """Vectors as the columns of a matrix."""

def concat(arrays: Sequence[Any], axis: int = ...) -> Tensor:
    """Arrays joined along an existing axis, in a common dtype."""

def concatenate(arrays: Sequence[Any], axis: int = ...) -> Tensor:
    """Arrays joined along an existing axis, in a common dtype."""

def conv1d(
    x: Any,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    groups: int = ...,
    layout: str | None = ...,
) -> Tensor:
    """Convolution over one axis (torch.nn.functional.conv1d): sums of products with every window."""

def conv2d(
    x: Any,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    groups: int = ...,
    layout: str | None = ...,
) -> Tensor:
    """Convolution over two axes (torch.nn.functional.conv2d): sums of products with every window."""

def conv3d(
    x: Any,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    groups: int = ...,
    layout: str | None = ...,
) -> Tensor:
    """Convolution over three axes (torch.nn.functional.conv3d): sums of products with every window."""

def conv_transpose1d(
    x: Any,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    output_padding: Any = ...,
    groups: int = ...,
    dilation: Any = ...,
    layout: str | None = ...,
) -> Tensor:
    """Transposed convolution over one axis (torch.nn.functional.conv_transpose1d): the gradient of conv1d."""

def conv_transpose2d(
    x: Any,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    output_padding: Any = ...,
    groups: int = ...,
    dilation: Any = ...,
    layout: str | None = ...,
) -> Tensor:
    """Transposed convolution over two axes (torch.nn.functional.conv_transpose2d): the gradient of conv2d."""

def conv_transpose3d(
    x: Any,
    weight: Any,
    bias: Any = ...,
    stride: Any = ...,
    padding: Any = ...,
    output_padding: Any = ...,
    groups: int = ...,
    dilation: Any = ...,
    layout: str | None = ...,
) -> Tensor:
    """Transposed convolution over three axes (torch.nn.functional.conv_transpose3d): the gradient of conv3d."""

def copy(x: Any) -> Tensor:
    """The same tensor: values never change in place."""

def cos(x: Any, /) -> Tensor:
    """Cosine of radians."""

def cosh(x: Any, /) -> Tensor:
    """Hyperbolic cosine."""

def count_nonzero(x: Any, axis: Any = ..., keepdims: bool = ...) -> Tensor:
    """How many elements over axes are not zero."""

def cross(a: Any, b: Any, axis: int = ...) -> Tensor:
    """Vector product of 3-vectors along an axis."""

def cumprod(x: Any, axis: int | None = ...) -> Tensor:
    """Running product along `axis`; of the flattened array without one."""

def cumsum(x: Any, axis: int | None = ..., *, dtype: Any = ...) -> Tensor:
    """Running sum along `axis`; of the flattened array without one."""

def cumulative_prod(x: Any, axis: int | None = ...) -> Tensor:
    """Running product along `axis`; of the flattened array without one."""

def cumulative_sum(x: Any, axis: int | None = ..., *, dtype: Any = ...) -> Tensor:
    """Running sum along `axis`; of the flattened array without one."""

def deg2rad(x: Any) -> Tensor:
    """Degrees to radians."""

def degrees(x: Any) -> Tensor:
    """Radians to degrees."""

def diag(v: Any, k: int = ...) -> Tensor:
    """A matrix with the vector `v` on its diagonal `k`, or the diagonal `k` of a matrix."""

def diagflat(v: Any, k: int = ...) -> Tensor:
    """A matrix with the flattened `v` on its diagonal `k`."""

def diagonal(x: Any, offset: int = ..., axis1: int = ..., axis2: int = ...) -> Tensor:
    """The diagonal of two axes as a new last axis; `offset` moves it right (below: left)."""

def diff(x: Any, n: int = ..., axis: int = ...) -> Tensor:
    """Differences of neighbours along an axis, `n` times."""

def divide(a: Any, b: Any, /) -> Tensor:
    """True division, elementwise; integers become floatx."""

def divmod(a: Any, b: Any) -> tuple[Tensor, Tensor]:
    """(a // b, a % b)."""

def dot(a: Any, b: Any) -> Tensor:
    """np.dot: product with scalars, inner product of vectors, matrix product of the rest."""

def einsum(subscripts: str, *operands: Any, optimize: Any = ...) -> Tensor:
    """Sums of products in Einstein's notation, as np.einsum."""

def elu(x: Any, alpha: float = ...) -> Tensor:
    """x above 0, alpha * (exp(x) - 1) below (Clevert et al. 2015)."""

def empty(shape: Any, dtype: Any = ...) -> Tensor:
    """Zeros: nothing here is uninitialised."""

def empty_like(x: Any, dtype: Any = ..., shape: Any = ...) -> Tensor:
    """Zeros of the shape and dtype of `x`: nothing here is uninitialised."""

def equal(a: Any, b: Any, /) -> Tensor:
    """Where equal."""

def erf(x: Any, /) -> Tensor:
    """Error function (Abramowitz and Stegun 7.1.1)."""

def erfinv(x: Any, /) -> Tensor:
    """Inverse of erf."""

def exp(x: Any, /) -> Tensor:
    """e to the x."""

def exp2(x: Any, /) -> Tensor:
    """2 to the x."""

def expand_dims(x: Any, axis: Any) -> Tensor:
    """A new axis of size 1 at each position of `axis` in the result."""

def expm1(x: Any, /) -> Tensor:
    """exp(x) - 1, exact near zero."""

def eye(N: Any, M: Any = ..., k: int = ..., dtype: Any = ...) -> Tensor:
    """Ones on the diagonal `k` of an N by M matrix, zeros elsewhere."""

def fabs(x: Any) -> Tensor:
    """Absolute value as a float."""

def flatten(x: Any) -> Tensor:
    """All elements in one axis."""

def flip(x: Any, axis: Any = ...) -> Tensor:
    """Read backwards along axes (all without `axis`)."""

def fliplr(x: Any) -> Tensor:
    """The second axis read backwards."""

def flipud(x: Any) -> Tensor:
    """The first axis read backwards."""

def floor(x: Any, /) -> Tensor:
    """Rounded down."""

def floor_divide(a: Any, b: Any, /) -> Tensor:
    """Quotient rounded down, as Python's //."""

def fmax(a: Any, b: Any) -> Tensor:
    """The larger one; a number wins over NaN."""

def fmin(a: Any, b: Any) -> Tensor:
    """The smaller one; a number wins over NaN."""

def fmod(a: Any, b: Any) -> Tensor:
    """Remainder with the sign of the dividend, as C's fmod."""

def full(shape: Any, fill_value: Any, dtype: Any = ...) -> Tensor:
    """An array of `shape` filled with a value."""

def full_like(x: Any, fill_value: Any, dtype: Any = ..., shape: Any = ...) -> Tensor:
    """An array of the shape and dtype of `x` filled with a value."""

def gelu(x: Any, approximate: bool = ...) -> Tensor:
    """x times the normal distribution function (Hendrycks and Gimpel 2016); or its tanh approximation."""

def glu(x: Any, axis: int = ...) -> Tensor:
    """The first half along an axis times the sigmoid of the second (Dauphin et al. 2016)."""

def greater(a: Any, b: Any, /) -> Tensor:
    """Where larger."""

def greater_equal(a: Any, b: Any, /) -> Tensor:
    """Where larger or equal."""

def hard_sigmoid(x: Any) -> Tensor:
    """Straight lines instead of a sigmoid: x / 6 + 1 / 2, kept in [0, 1]."""

def hard_swish(x: Any) -> Tensor:
    """x * hard_sigmoid(x) (Howard et al. 2019)."""

def hard_tanh(x: Any, low: float = ..., high: float = ...) -> Tensor:
    """x kept in [low, high]."""

def heaviside(x1: Any, x2: Any) -> Tensor:
    """0 below 0, `x2` at 0, 1 above; NaN stays NaN."""

def hsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """`split` along the second axis (of vectors along the first)."""

def hstack(arrays: Sequence[Any]) -> Tensor:
    """Arrays joined along the second axis (vectors along the first)."""

def hypot(a: Any, b: Any, /) -> Tensor:
    """sqrt(a**2 + b**2) without overflow."""

def identity(n: Any, dtype: Any = ...) -> Tensor:
    """The identity matrix."""

def inner(a: Any, b: Any) -> Tensor:
    """Sum of products over the last axes."""

def invert(x: Any, /) -> Tensor:
    """Every bit flipped."""

def isclose(a: Any, b: Any, rtol: float = ..., atol: float = ..., equal_nan: bool = ...) -> Tensor:
    """Where |a - b| <= atol + rtol * |b|; infinities are close to themselves."""

def isfinite(x: Any, /) -> Tensor:
    """Where neither NaN nor infinite."""

def isinf(x: Any, /) -> Tensor:
    """Where infinite."""

def isnan(x: Any, /) -> Tensor:
    """Where NaN."""

def isneginf(x: Any) -> Tensor:
    """Where negative infinity."""

def isposinf(x: Any) -> Tensor:
    """Where positive infinity."""

def kron(a: Any, b: Any) -> Tensor:
    """Kronecker product: blocks of `b` scaled by the elements of `a`."""

def leaky_relu(x: Any, negative_slope: float = ...) -> Tensor:
    """x above 0, negative_slope * x below."""

def left_shift(a: Any, b: Any, /) -> Tensor:
    """Bits moved up; the shift must be below the width."""

def less(a: Any, b: Any, /) -> Tensor:
    """Where smaller."""

def less_equal(a: Any, b: Any, /) -> Tensor:
    """Where smaller or equal."""

def linspace(start: Any, stop: Any, num: int = ..., endpoint: bool = ..., dtype: Any = ...) -> Tensor:
    """`num` numbers evenly from `start` to `stop`, which is included with `endpoint`. Floatx by default."""

def log(x: Any, /) -> Tensor:
    """Natural logarithm."""

def log10(x: Any, /) -> Tensor:
    """Logarithm in base 10."""

def log1p(x: Any, /) -> Tensor:
    """log(1 + x), exact near zero."""

def log2(x: Any, /) -> Tensor:
    """Logarithm in base 2."""

def log_sigmoid(x: Any, /) -> Tensor:
    """log(sigmoid(x)), without overflow."""

def log_softmax(x: Any, axis: Any = ...) -> Tensor:
    """log(softmax(x)) without overflow or cancellation."""

def logaddexp(a: Any, b: Any, /) -> Tensor:
    """log(exp(a) + exp(b)) without overflow."""

def logical_and(a: Any, b: Any, /) -> Tensor:
    """Where both are true."""

def logical_not(x: Any, /) -> Tensor:
    """Where false."""

def logical_or(a: Any, b: Any, /) -> Tensor:
    """Where one is true."""

def logical_xor(a: Any, b: Any, /) -> Tensor:
    """Where exactly one is true."""

def logspace(start: Any, stop: Any, num: int = ..., endpoint: bool = ..., base: float = ...) -> Tensor:
    """`num` numbers from base**start to base**stop, evenly on a logarithmic scale."""

def logsumexp(x: Any, axis: Any = ..., keepdims: bool = ...) -> Tensor:
    """log(sum(exp(x))) over axes, shifted by the maximum so that it does not overflow."""

def matmul(a: Any, b: Any) -> Tensor:
    """Matrix product of the last two axes, the others broadcast (NumPy's @)."""

def matrix_power(a: Any, n: int) -> Tensor:
    """A square matrix multiplied by itself; n >= 0."""

def matrix_transpose(x: Any) -> Tensor:
    """The last two axes exchanged."""

def max(x: Any, axis: Any = ..., keepdims: bool = ..., *, dtype: Any = ...) -> Tensor:
    """Largest element over axes, NaN where there is one; equal ones share the gradient."""

def max_pool1d(
    x: Any,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    ceil_mode: bool = ...,
    layout: str | None = ...,
    return_indices: bool = ...,
) -> Any:
    """The largest element of every window over one axis; NaN where there is one."""

def max_pool2d(
    x: Any,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    ceil_mode: bool = ...,
    layout: str | None = ...,
    return_indices: bool = ...,
) -> Any:
    """The largest element of every window over two axes; NaN where there is one."""

def max_pool3d(
    x: Any,
    kernel_size: Any,
    stride: Any = ...,
    padding: Any = ...,
    dilation: Any = ...,
    ceil_mode: bool = ...,
    layout: str | None = ...,
    return_indices: bool = ...,
) -> Any:
    """The largest element of every window over three axes; NaN where there is one."""

def maximum(a: Any, b: Any, /) -> Tensor:
    """The larger, NaN where one is NaN; the gradient of equal operands is shared."""

def mean(x: Any, axis: Any = ..., keepdims: bool = ..., *, dtype: Any = ...) -> Tensor:
    """Arithmetic mean over axes; integers become floatx."""

def median(x: Any, axis: Any = ..., keepdims: bool = ...) -> Tensor:
    """Middle element over axes, the mean of the middle two of an even number; NaN where there is one."""

def meshgrid(*xi: Any, indexing: str = ...) -> list[Tensor]:
    """Coordinates of the grid over vectors: rows follow the second vector ("xy") or the first ("ij")."""

def min(x: Any, axis: Any = ..., keepdims: bool = ..., *, dtype: Any = ...) -> Tensor:
    """Smallest element over axes, NaN where there is one; equal ones share the gradient."""

def minimum(a: Any, b: Any, /) -> Tensor:
    """The smaller, NaN where one is NaN; the gradient of equal operands is shared."""

def mish(x: Any) -> Tensor:
    """x * tanh(softplus(x)) (Misra 2019)."""

def mod(a: Any, b: Any, /) -> Tensor:
    """Remainder with the sign of the divisor, as Python's %."""

def moveaxis(x: Any, source: Any, destination: Any) -> Tensor:
    """Axes moved to new positions, the others in their order."""

def multiply(a: Any, b: Any, /) -> Tensor:
    """Product, elementwise."""

def nan_to_num(x: Any, nan: float = ..., posinf: float | None = ..., neginf: float | None = ...) -> Tensor:
    """NaN and infinities replaced by numbers: by default 0 and the largest of the dtype."""

def nanmax(x: Any, axis: Any = ..., keepdims: bool = ...) -> Tensor:
    """Largest element over axes that is not NaN; NaN where there is none."""

def nanmean(x: Any, axis: Any = ..., keepdims: bool = ...) -> Tensor:
    """Mean over axes of what is not NaN."""

def nanmin(x: Any, axis: Any = ..., keepdims: bool = ...) -> Tensor:
    """Smallest element over axes that is not NaN; NaN where there is none."""

def nansum(x: Any, axis: Any = ..., keepdims: bool = ...) -> Tensor:
    """Sum over axes of what is not NaN."""

def ndim(x: Any) -> int:
    """The number of axes."""

def negative(x: Any, /) -> Tensor:
    """Numerical negative."""

def norm(x: Any, ord: Any = ..., axis: Any = ..., keepdims: bool = ...) -> Tensor:
    """Norm of vectors or matrices, as np.linalg.norm; its derivative at 0 is 0."""

def not_equal(a: Any, b: Any, /) -> Tensor:
    """Where not equal."""

def one_hot(labels: Any, classes: int, dtype: Any = ...) -> Tensor:
    """A 1 at the position of each label along a new last axis, 0 elsewhere (floatx by default)."""

def ones(shape: Any, dtype: Any = ...) -> Tensor:
    """Ones, floatx by default."""

def ones_like(x: Any, dtype: Any = ..., shape: Any = ...) -> Tensor:
    """Ones of the shape and dtype of `x`."""

def outer(a: Any, b: Any) -> Tensor:
    """Every element of the flattened `a` times every one of the flattened `b`."""

def pad(x: Any, pad_width: Any, mode: str = ..., constant_values: Any = ...) -> Tensor:
    """Longer axes, as np.pad."""

def permute_dims(x: Any, axes: Any = ...) -> Tensor:
    """Axes in the given order; without one, reversed."""

def positive(x: Any) -> Tensor:
    """`x` as it is."""

def pow(a: Any, b: Any, /) -> Tensor:
    """First operand raised to the second; integers to a negative power are rounded to zero."""

def power(a: Any, b: Any, /) -> Tensor:
    """First operand raised to the second; integers to a negative power are rounded to zero."""

def prod(x: Any, axis: Any = ..., keepdims: bool = ..., *, dtype: Any = ...) -> Tensor:
    """Product over axes."""

def ptp(x: Any, axis: Any = ..., keepdims: bool = ...) -> Tensor:
    """Largest less smallest element over axes."""

def rad2deg(x: Any) -> Tensor:
    """Radians to degrees."""

def radians(x: Any) -> Tensor:
    """Degrees to radians."""

def ravel(x: Any) -> Tensor:
    """All elements in one axis."""

def reciprocal(x: Any, /) -> Tensor:
    """1 / x."""

def relu(x: Any, /) -> Tensor:
    """max(x, 0); NaN stays NaN and lets gradients through, the derivative at 0 is 0."""

def relu6(x: Any) -> Tensor:
    """min(max(x, 0), 6)."""

def remainder(a: Any, b: Any, /) -> Tensor:
    """Remainder with the sign of the divisor, as Python's %."""

def repeat(x: Any, repeats: Any, axis: int | None = ...) -> Tensor:
    """Every element `repeats` times along an axis (flattened without one); a list says how often each."""

def reshape(x: Any, *shape: Any) -> Tensor:
    """The same elements in another shape; one size may be -1."""

def right_shift(a: Any, b: Any, /) -> Tensor:
    """Bits moved down; the shift must be below the width."""

def rint(x: Any, /) -> Tensor:
    """Rounded to the nearest integer, halves to even."""

def roll(x: Any, shift: Any, axis: Any = ...) -> Tensor:
    """Elements moved along axes, around the end; the shift may be computed."""

def rot90(x: Any, k: int = ..., axes: tuple[int, int] = ...) -> Tensor:
    """Turned by `k` quarters, from the first axis towards the second."""

def round(x: Any, decimals: int = ...) -> Tensor:
    """Rounded to `decimals` digits after the point, halves to even."""

def row_stack(arrays: Sequence[Any]) -> Tensor:
    """Arrays joined as rows; vectors are one row each."""

def searchsorted(a: Any, v: Any, side: str = ...) -> Tensor:
    """Where each of `v` would go into the sorted vector `a`: before equal ones, or after them ("right")."""

def selu(x: Any) -> Tensor:
    """Scaled elu that keeps mean 0 and variance 1 (Klambauer et al. 2017)."""

def shape(x: Any) -> tuple[Any, ...]:
    """The sizes of the axes."""

def sigmoid(x: Any, /) -> Tensor:
    """1 / (1 + exp(-x)), without overflow."""

def sign(x: Any, /) -> Tensor:
    """-1, 0 or 1; NaN for NaN."""

def silu(x: Any) -> Tensor:
    """x * sigmoid(x) (Elfwing et al. 2017), also called swish."""

def sin(x: Any, /) -> Tensor:
    """Sine of radians."""

def sinc(x: Any) -> Tensor:
    """sin(pi x) / (pi x), 1 at 0; by its series near 0, so that every derivative is right there."""

def sinh(x: Any, /) -> Tensor:
    """Hyperbolic sine."""

def size(x: Any, axis: Any = ...) -> Any:
    """The number of elements, or the size of one axis."""

def softmax(x: Any, axis: Any = ...) -> Tensor:
    """exp(x) / sum(exp(x)) along an axis, shifted by the maximum."""

def softmin(x: Any, axis: Any = ...) -> Tensor:
    """softmax(-x)."""

def softplus(x: Any, /) -> Tensor:
    """log(1 + exp(x)), without overflow."""

def softsign(x: Any) -> Tensor:
    """x / (1 + |x|)."""

def sort(
    x: Any, axis: int | None = ..., descending: bool = ..., kind: Any = ..., stable: Any = ...
) -> Tensor:
    """Elements in order along an axis (flattened with None); NaN last, first with `descending`."""

def split(x: Any, indices_or_sections: Any, axis: int = ...) -> list[Tensor]:
    """Equal parts along an axis, or parts between given positions."""

def sqrt(x: Any, /) -> Tensor:
    """Square root."""

def square(x: Any, /) -> Tensor:
    """x * x."""

def squeeze(x: Any, axis: Any = ...) -> Tensor:
    """Without the axes of size 1 (or those of them that are named)."""

def stack(arrays: Sequence[Any], axis: int = ...) -> Tensor:
    """Arrays of one shape joined along a new axis."""

def std(
    x: Any,
    axis: Any = ...,
    ddof: float = ...,
    keepdims: bool = ...,
    *,
    correction: float = ...,
    dtype: Any = ...,
) -> Tensor:
    """Standard deviation over axes, divided by the count less `ddof`; the derivative at 0 is 0."""

def stop_gradient(x: Any, /) -> Tensor:
    """The same value, a constant for differentiation."""

def subtract(a: Any, b: Any, /) -> Tensor:
    """Difference, elementwise."""

def sum(x: Any, axis: Any = ..., keepdims: bool = ..., *, dtype: Any = ...) -> Tensor:
    """Sum over axes; float32 is accumulated in lanes and collected in float64."""

def swapaxes(x: Any, axis1: int, axis2: int) -> Tensor:
    """Two axes exchanged."""

def swish(x: Any) -> Tensor:
    """x * sigmoid(x) (Elfwing et al. 2017), also called swish."""

def take(x: Any, indices: Any, axis: int | None = ...) -> Tensor:
    """Elements at integer positions along an axis (of the flattened array without one)."""

def take_along_axis(x: Any, indices: Any, axis: int | None = ...) -> Tensor:
    """For every position of `indices` the element of `x` there along `axis`, as np.take_along_axis."""

def tan(x: Any, /) -> Tensor:
    """Tangent of radians."""

def tanh(x: Any, /) -> Tensor:
    """Hyperbolic tangent."""

def tensordot(a: Any, b: Any, axes: Any = ...) -> Tensor:
    """Sum of products over paired axes, as np.tensordot."""

def tile(x: Any, reps: Any) -> Tensor:
    """The array repeated as a whole, `reps` times along each axis."""

def top_k(x: Any, k: int, axis: int = ...) -> tuple[Tensor, Tensor]:
    """The `k` largest elements along an axis, in falling order, and their positions."""

def trace(x: Any, offset: int = ..., axis1: int = ..., axis2: int = ..., dtype: Any = ...) -> Tensor:
    """Sum of the diagonal of two axes."""

def transpose(x: Any, axes: Any = ...) -> Tensor:
    """Axes in the given order; without one, reversed."""

def tri(N: Any, M: Any = ..., k: int = ..., dtype: Any = ...) -> Tensor:
    """Ones on and below the diagonal `k`, zeros above."""

def tril(m: Any, k: int = ...) -> Tensor:
    """The last two axes with zeros above the diagonal `k`."""

def triu(m: Any, k: int = ...) -> Tensor:
    """The last two axes with zeros below the diagonal `k`."""

def true_divide(a: Any, b: Any, /) -> Tensor:
    """True division, elementwise; integers become floatx."""

def trunc(x: Any, /) -> Tensor:
    """Rounded towards zero."""

def unstack(x: Any, axis: int = ...) -> tuple[Tensor, ...]:
    """The sub-arrays along an axis, without it."""

def var(
    x: Any,
    axis: Any = ...,
    ddof: float = ...,
    keepdims: bool = ...,
    *,
    correction: float = ...,
    dtype: Any = ...,
) -> Tensor:
    """Variance over axes, divided by the count less `ddof` (or `correction`)."""

def vdot(a: Any, b: Any) -> Tensor:
    """Inner product of the flattened arrays."""

def vecdot(a: Any, b: Any, axis: int = ...) -> Tensor:
    """Inner products along one axis, the others broadcast."""

def vector_norm(x: Any, axis: Any = ..., keepdims: bool = ..., ord: Any = ...) -> Tensor:
    """Norm over axes (all of them by default) as if they were one."""

def vsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """`split` along the first axis."""

def vstack(arrays: Sequence[Any]) -> Tensor:
    """Arrays joined as rows; vectors are one row each."""

def where(condition: Any, a: Any = ..., b: Any = ...) -> Tensor:
    """`a` where the condition is true, else `b`."""

def zeros(shape: Any, dtype: Any = ...) -> Tensor:
    """Zeros, floatx by default."""

def zeros_like(x: Any, dtype: Any = ..., shape: Any = ...) -> Tensor:
    """Zeros of the shape and dtype of `x`."""
