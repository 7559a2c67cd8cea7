"""Initial values of weights, by name or as functions of a shape.

All draw from one NumPy generator, which `seed` restarts; `seed=` of a call uses one of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..dtypes import as_dtype, converted, floatx
from ..errors import ArgumentError, ShapeError
from ..graph import Array
from .words import choose

Seed = int | np.random.Generator | None
Initialiser = Callable[..., Any]  # of a shape


class _Default:
    generator = np.random.default_rng()


def seed(value: int | None = None) -> None:
    """Restart the generator that initial values are drawn from.

    >>> seed(7); a = normal((3,)); seed(7); b = normal((3,))
    >>> bool((a == b).all())
    True
    """
    _Default.generator = np.random.default_rng(value)


def generator(given: Seed) -> np.random.Generator:
    return _Default.generator if given is None else np.random.default_rng(given)


def _finish(values: Any, dtype: Any) -> Array:
    return converted(np.asarray(values), floatx() if dtype is None else as_dtype(dtype))


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """How many inputs an output has, and how many outputs an input reaches.

    Weights of dense layers are (inputs, outputs); those of convolutions (outputs, inputs, *window).

    >>> fans((784, 100)), fans((16, 3, 5, 5))
    ((784, 100), (75, 400))
    """
    if len(shape) < 2:
        raise ShapeError(
            "init", f"the fans of shape {tuple(shape)} are not defined", hint="use zeros or normal"
        )
    if len(shape) == 2:
        return shape[0], shape[1]
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def zeros(shape: Sequence[int], seed: Seed = None, dtype: Any = None) -> Array:
    """Zeros: right for biases; neurons of one layer that start so stay equal."""
    return _finish(np.zeros(shape), dtype)


def ones(shape: Sequence[int], seed: Seed = None, dtype: Any = None) -> Array:
    """Ones."""
    return _finish(np.ones(shape), dtype)


def constant(shape: Sequence[int], value: float = 0.0, seed: Seed = None, dtype: Any = None) -> Array:
    """`value` everywhere."""
    return _finish(np.full(shape, value), dtype)


def normal(
    shape: Sequence[int], mean: float = 0.0, std: float = 0.05, seed: Seed = None, dtype: Any = None
) -> Array:
    """Normal with this mean and standard deviation."""
    return _finish(generator(seed).normal(mean, std, shape), dtype)


def standard_normal(shape: Sequence[int], seed: Seed = None, dtype: Any = None) -> Array:
    """Normal with mean 0 and standard deviation 1."""
    return normal(shape, 0.0, 1.0, seed, dtype)


def uniform(
    shape: Sequence[int], low: float = -0.05, high: float = 0.05, seed: Seed = None, dtype: Any = None
) -> Array:
    """Uniform on [low, high)."""
    return _finish(generator(seed).uniform(low, high, shape), dtype)


def truncated_normal(
    shape: Sequence[int],
    mean: float = 0.0,
    std: float = 0.05,
    low: float | None = None,
    high: float | None = None,
    seed: Seed = None,
    dtype: Any = None,
) -> Array:
    """Normal, drawn again outside of [low, high]: two standard deviations on both sides by default.

    `std` is that before the cut.
    """
    rng = generator(seed)
    first, last = (mean - 2 * std if low is None else low), (mean + 2 * std if high is None else high)
    values = rng.normal(mean, std, shape)
    while (outside := (values < first) | (values > last)).any():
        values[outside] = rng.normal(mean, std, int(outside.sum()))
    return _finish(values, dtype)


# ----------------------------------------------------------------------------- scaled by the fans
SQUARED_GAINS: dict[str, Callable[[float | None], float]] = {
    "linear": lambda a: 1.0,
    "sigmoid": lambda a: 1.0,
    "tanh": lambda a: (5 / 3) ** 2,
    "relu": lambda a: 2.0,
    "leaky_relu": lambda a: 2 / (1 + (0.01 if a is None else a) ** 2),
    "selu": lambda a: 0.75**2,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much larger weights before this activation should be, in PyTorch's numbers.

    param: the negative slope of leaky_relu.

    >>> round(calculate_gain("relu") ** 2, 6), calculate_gain("tanh")
    (2.0, 1.6666666666666667)
    """
    return math.sqrt(_squared_gain(nonlinearity, param))


def _squared_gain(nonlinearity: str, param: float | None) -> float:
    return choose("nonlinearity", nonlinearity, SQUARED_GAINS)(param)


def glorot_uniform(shape: Sequence[int], gain: float = 1.0, seed: Seed = None, dtype: Any = None) -> Array:
    """Uniform on +-gain sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010, eq. 16)."""
    return variance_scaling(shape, gain**2, "fan_avg", "uniform", seed, dtype)


def glorot_normal(shape: Sequence[int], gain: float = 1.0, seed: Seed = None, dtype: Any = None) -> Array:
    """Normal with variance gain^2 2 / (inputs + outputs) (Glorot and Bengio 2010, eq. 12)."""
    return variance_scaling(shape, gain**2, "fan_avg", "normal", seed, dtype)


def he_uniform(
    shape: Sequence[int],
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    seed: Seed = None,
    dtype: Any = None,
) -> Array:
    """Uniform with variance 2 / inputs, for ReLU (He et al. 2015, eq. 10).

    a: the slope of a leaky ReLU below 0. mode: "fan_out" keeps the variance of gradients instead.
    """
    return variance_scaling(shape, _squared_gain(nonlinearity, a), mode, "uniform", seed, dtype)


def he_normal(
    shape: Sequence[int],
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    seed: Seed = None,
    dtype: Any = None,
) -> Array:
    """Normal with variance 2 / inputs, for ReLU (He et al. 2015, eq. 10); words as of he_uniform."""
    return variance_scaling(shape, _squared_gain(nonlinearity, a), mode, "normal", seed, dtype)


def lecun_uniform(shape: Sequence[int], seed: Seed = None, dtype: Any = None) -> Array:
    """Uniform with variance 1 / inputs (LeCun et al. 1998, Efficient BackProp, eq. 16)."""
    return variance_scaling(shape, 1.0, "fan_in", "uniform", seed, dtype)


def lecun_normal(shape: Sequence[int], seed: Seed = None, dtype: Any = None) -> Array:
    """Normal with variance 1 / inputs (LeCun et al. 1998, Efficient BackProp, eq. 16)."""
    return variance_scaling(shape, 1.0, "fan_in", "normal", seed, dtype)


xavier_uniform, xavier_normal = glorot_uniform, glorot_normal
kaiming_uniform, kaiming_normal = he_uniform, he_normal

FANS: dict[str, Callable[[int, int], float]] = {
    "fan_in": lambda inputs, outputs: inputs,
    "fan_out": lambda inputs, outputs: outputs,
    "fan_avg": lambda inputs, outputs: (inputs + outputs) / 2,
}
CUT = 0.87962566103423978  # standard deviation of a normal that is cut at two standard deviations


def variance_scaling(
    shape: Sequence[int],
    scale: float = 1.0,
    mode: str = "fan_in",
    distribution: str = "truncated_normal",
    seed: Seed = None,
    dtype: Any = None,
) -> Array:
    """Variance scale / n, where n are the inputs, the outputs or their mean: "fan_in", "fan_out", "fan_avg".

    distribution: "normal", "truncated_normal" or "uniform".

    >>> float(np.abs(variance_scaling((300, 5), mode="fan_in", distribution="uniform")).max()) <= 0.1
    True
    """
    n = choose("mode", mode, FANS)(*fans(shape))
    std, edge = math.sqrt(scale / n), math.sqrt(3 * scale / n)
    kinds: dict[str, Callable[[], Array]] = {
        "normal": lambda: normal(shape, 0.0, std, seed, dtype),
        "truncated_normal": lambda: truncated_normal(shape, 0.0, std / CUT, seed=seed, dtype=dtype),
        "uniform": lambda: uniform(shape, -edge, edge, seed, dtype),
    }
    return choose("distribution", distribution, kinds)()


# -------------------------------------------------------------------------------- with a structure
def orthogonal(shape: Sequence[int], gain: float = 1.0, seed: Seed = None, dtype: Any = None) -> Array:
    """Rows (or columns, whichever are fewer) of length `gain` that are orthogonal (Saxe et al. 2013).

    Axes behind the first are taken as one.

    >>> w = orthogonal((3, 5), seed=0, dtype="float64")
    >>> bool(np.allclose(w @ w.T, np.eye(3)))
    True
    """
    rows, columns = _matrix("orthogonal", shape)
    square, triangle = np.linalg.qr(generator(seed).normal(size=(max(rows, columns), min(rows, columns))))
    turned = square * np.sign(np.diag(triangle))
    return _finish(gain * (turned.T if rows < columns else turned).reshape(shape), dtype)


def identity(shape: Sequence[int], gain: float = 1.0, seed: Seed = None, dtype: Any = None) -> Array:
    """`gain` on the diagonal of a matrix, zeros elsewhere."""
    if len(shape) != 2:
        raise ShapeError("init", f"identity goes with two axes, not with shape {tuple(shape)}")
    return _finish(gain * np.eye(shape[0], shape[1]), dtype)


def dirac(shape: Sequence[int], groups: int = 1, seed: Seed = None, dtype: Any = None) -> Array:
    """A convolution that gives its input back: 1 in the middle of the window of channel i for channel i.

    shape: (outputs, inputs // groups, *window).

    >>> dirac((2, 2, 3))[0].tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    if len(shape) < 3 or shape[0] % groups:
        raise ShapeError("init", f"dirac goes with weights of convolutions, not with shape {tuple(shape)}")
    values, size = np.zeros(shape), shape[0] // groups
    middle = tuple(s // 2 for s in shape[2:])
    for i in range(shape[0]):
        if i % size < shape[1]:
            values[(i, i % size, *middle)] = 1
    return _finish(values, dtype)


def sparse(
    shape: Sequence[int], sparsity: float = 0.9, std: float = 0.01, seed: Seed = None, dtype: Any = None
) -> Array:
    """Normal numbers, of which a part is 0 in every column (Martens 2010).

    >>> (sparse((10, 4), sparsity=0.3, seed=0) == 0).sum(0).tolist()
    [3, 3, 3, 3]
    """
    rows, columns = _matrix("sparse", shape)
    rng = generator(seed)
    values = rng.normal(0.0, std, (rows, columns))
    for column in range(columns):
        values[rng.permutation(rows)[: math.ceil(sparsity * rows)], column] = 0
    return _finish(values.reshape(shape), dtype)


def _matrix(name: str, shape: Sequence[int]) -> tuple[int, int]:
    if len(shape) < 2:
        raise ShapeError("init", f"{name} needs two axes or more, not shape {tuple(shape)}")
    return shape[0], math.prod(shape[1:])


NAMES: dict[str, Initialiser] = {
    "zeros": zeros,
    "ones": ones,
    "constant": constant,
    "normal": normal,
    "standard_normal": standard_normal,
    "truncated_normal": truncated_normal,
    "uniform": uniform,
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "xavier_uniform": xavier_uniform,
    "xavier_normal": xavier_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
    "lecun_uniform": lecun_uniform,
    "lecun_normal": lecun_normal,
    "variance_scaling": variance_scaling,
    "orthogonal": orthogonal,
    "identity": identity,
    "eye": identity,
    "dirac": dirac,
    "sparse": sparse,
}


def make(init: str | Initialiser, shape: Sequence[int], seed: Seed = None, dtype: Any = None) -> Array:
    """Initial values: by name, or by a function of the shape.

    Raises ArgumentError for an unknown name, ShapeError where a function gives another shape.

    >>> make("zeros", (2,)), make(lambda shape: np.full(shape, 3.0), (2,))
    (array([0., 0.], dtype=float32), array([3., 3.], dtype=float32))
    """
    if isinstance(init, str):
        values = choose("initialiser", init, NAMES)(shape, seed=seed, dtype=dtype)
    elif callable(init):
        values = init(shape)
    else:
        raise ArgumentError("init", f"{init!r} is neither a name nor a function of a shape")
    array = _finish(values, dtype)
    if array.shape != tuple(shape):
        raise ShapeError("init", f"initial values of shape {array.shape} were given for {tuple(shape)}")
    return array
