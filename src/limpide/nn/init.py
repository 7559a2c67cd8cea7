"""Initial values of weights, by name or as functions of a shape.

All draw from one NumPy generator, which `seed` restarts; `seed=` of a call uses one of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..dtypes import as_dtype, floatx
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


def _generator(given: Seed) -> np.random.Generator:
    return _Default.generator if given is None else np.random.default_rng(given)


def _finish(values: Any, dtype: Any) -> Array:
    return np.asarray(values, floatx() if dtype is None else as_dtype(dtype))


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
    return _finish(_generator(seed).normal(mean, std, shape), dtype)


def standard_normal(shape: Sequence[int], seed: Seed = None, dtype: Any = None) -> Array:
    """Normal with mean 0 and standard deviation 1."""
    return normal(shape, 0.0, 1.0, seed, dtype)


def uniform(
    shape: Sequence[int], low: float = -0.05, high: float = 0.05, seed: Seed = None, dtype: Any = None
) -> Array:
    """Uniform on [low, high)."""
    return _finish(_generator(seed).uniform(low, high, shape), dtype)


def glorot_uniform(shape: Sequence[int], gain: float = 1.0, seed: Seed = None, dtype: Any = None) -> Array:
    """Uniform on +-gain sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010, eq. 16)."""
    edge = gain * math.sqrt(6 / sum(fans(shape)))
    return uniform(shape, -edge, edge, seed, dtype)


def glorot_normal(shape: Sequence[int], gain: float = 1.0, seed: Seed = None, dtype: Any = None) -> Array:
    """Normal with variance gain^2 2 / (inputs + outputs) (Glorot and Bengio 2010, eq. 12)."""
    return normal(shape, 0.0, gain * math.sqrt(2 / sum(fans(shape))), seed, dtype)


def he_uniform(shape: Sequence[int], seed: Seed = None, dtype: Any = None) -> Array:
    """Uniform with variance 2 / inputs, for ReLU (He et al. 2015, eq. 10)."""
    edge = math.sqrt(6 / fans(shape)[0])
    return uniform(shape, -edge, edge, seed, dtype)


def he_normal(shape: Sequence[int], seed: Seed = None, dtype: Any = None) -> Array:
    """Normal with variance 2 / inputs, for ReLU (He et al. 2015, eq. 10)."""
    return normal(shape, 0.0, math.sqrt(2 / fans(shape)[0]), seed, dtype)


def lecun_uniform(shape: Sequence[int], seed: Seed = None, dtype: Any = None) -> Array:
    """Uniform with variance 1 / inputs (LeCun et al. 1998, Efficient BackProp, eq. 16)."""
    edge = math.sqrt(3 / fans(shape)[0])
    return uniform(shape, -edge, edge, seed, dtype)


def lecun_normal(shape: Sequence[int], seed: Seed = None, dtype: Any = None) -> Array:
    """Normal with variance 1 / inputs (LeCun et al. 1998, Efficient BackProp, eq. 16)."""
    return normal(shape, 0.0, math.sqrt(1 / fans(shape)[0]), seed, dtype)


xavier_uniform, xavier_normal = glorot_uniform, glorot_normal
kaiming_uniform, kaiming_normal = he_uniform, he_normal

NAMES: dict[str, Initialiser] = {
    "zeros": zeros,
    "ones": ones,
    "constant": constant,
    "normal": normal,
    "standard_normal": standard_normal,
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
