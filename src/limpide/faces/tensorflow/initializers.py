"""Initial values of variables: tf.initializers, and tf.*_initializer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import missing
from .dtypes import as_dtype, float32
from .inputs import constant
from .random import random_normal, random_uniform, truncated_normal
from .shapes import as_shape


class Initializer:
    """A function of shape and dtype that records an initial value."""

    dtype: Any = float32

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return self._make([int(s) for s in as_shape(shape)], as_dtype(dtype or self.dtype).base_dtype)

    def _make(self, shape: list[int], dtype: Any) -> Any:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {k: getattr(v, "name", v) for k, v in vars(self).items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        return cls(**config)


class Zeros(Initializer):
    """Zeros."""

    def __init__(self, dtype: Any = float32):
        self.dtype = as_dtype(dtype)

    def _make(self, shape: list[int], dtype: Any) -> Any:
        return constant(np.zeros(shape, dtype.as_numpy_dtype), dtype, name="zeros")


class Ones(Initializer):
    """Ones."""

    def __init__(self, dtype: Any = float32):
        self.dtype = as_dtype(dtype)

    def _make(self, shape: list[int], dtype: Any) -> Any:
        return constant(np.ones(shape, dtype.as_numpy_dtype), dtype, name="ones")


class Constant(Initializer):
    """A value, a list or an array, of which the last element fills what is left."""

    def __init__(self, value: Any = 0, dtype: Any = float32, verify_shape: bool = False):
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(f"Invalid type for initial value: {type(value)}")
        self.value, self.dtype, self.verify_shape = value, as_dtype(dtype), verify_shape

    def _make(self, shape: list[int], dtype: Any) -> Any:
        return constant(self.value, dtype, shape, verify_shape=self.verify_shape)


class RandomUniform(Initializer):
    """Uniform on [minval, maxval)."""

    def __init__(self, minval: Any = 0, maxval: Any = None, seed: Any = None, dtype: Any = float32):
        self.minval, self.maxval, self.seed, self.dtype = minval, maxval, seed, as_dtype(dtype)

    def _make(self, shape: list[int], dtype: Any) -> Any:
        return random_uniform(shape, self.minval, self.maxval, dtype, self.seed)


class RandomNormal(Initializer):
    """Normal."""

    def __init__(self, mean: Any = 0.0, stddev: Any = 1.0, seed: Any = None, dtype: Any = float32):
        self.mean, self.stddev, self.seed, self.dtype = mean, stddev, seed, as_dtype(dtype)

    def _make(self, shape: list[int], dtype: Any) -> Any:
        return random_normal(shape, self.mean, self.stddev, dtype, self.seed)


class TruncatedNormal(RandomNormal):
    """Normal within two standard deviations."""

    def _make(self, shape: list[int], dtype: Any) -> Any:
        return truncated_normal(shape, self.mean, self.stddev, dtype, self.seed)


class UniformUnitScaling(Initializer):
    """Uniform, so that the variance stays that of what comes in: factor * sqrt(3 / inputs)."""

    def __init__(self, factor: float = 1.0, seed: Any = None, dtype: Any = float32):
        self.factor, self.seed, self.dtype = factor, seed, as_dtype(dtype)

    def _make(self, shape: list[int], dtype: Any) -> Any:
        inputs = max(1, math.prod(shape[:-1]))
        limit = math.sqrt(3 / inputs) * self.factor
        return random_uniform(shape, -limit, limit, dtype, self.seed)


class VarianceScaling(Initializer):
    """Variance scale / n, n of `mode` fan_in, fan_out or fan_avg.

    distribution: normal or truncated_normal (cut at two deviations, with the variance after the cut),
    untruncated_normal, uniform.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        dtype: Any = float32,
    ):
        if scale <= 0:
            raise ValueError("`scale` must be positive float.")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(f"Invalid `mode` argument: {mode}")
        if distribution.lower() not in ("normal", "uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(f"Invalid `distribution` argument: {distribution}")
        self.scale, self.mode, self.distribution = scale, mode, distribution.lower()
        self.seed, self.dtype = seed, as_dtype(dtype)

    def _make(self, shape: list[int], dtype: Any) -> Any:
        fan_in, fan_out = fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return random_uniform(shape, -limit, limit, dtype, self.seed)
        if self.distribution == "untruncated_normal":
            return random_normal(shape, 0.0, math.sqrt(variance), dtype, self.seed)
        kept = 0.87962566103423978  # standard deviation of a normal cut at 2
        return truncated_normal(shape, 0.0, math.sqrt(variance) / kept, dtype, self.seed)


def fans(shape: list[int]) -> tuple[float, float]:
    """How many inputs and outputs a weight of this shape connects."""
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class Orthogonal(Initializer):
    """Rows or columns of length `gain` that are at right angles to each other (Saxe et al. 2013)."""

    def __init__(self, gain: float = 1.0, seed: Any = None, dtype: Any = float32):
        self.gain, self.seed, self.dtype = gain, seed, as_dtype(dtype)

    def _make(self, shape: list[int], dtype: Any) -> Any:
        if len(shape) < 2:
            raise ValueError("The tensor to initialize must be at least two-dimensional")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        drawn = np.random.default_rng(self.seed).normal(size=(max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(drawn)
        q = q * np.sign(np.diag(r))
        matrix = (q if rows >= columns else q.T).reshape(shape) * self.gain
        return constant(matrix.astype(dtype.as_numpy_dtype))


class Identity(Initializer):
    """The identity matrix times `gain`."""

    def __init__(self, gain: float = 1.0, dtype: Any = float32):
        self.gain, self.dtype = gain, as_dtype(dtype)

    def _make(self, shape: list[int], dtype: Any) -> Any:
        if len(shape) != 2:
            raise ValueError("Identity matrix initializer can only be used for 2D matrices.")
        return constant((np.eye(shape[0], shape[1]) * self.gain).astype(dtype.as_numpy_dtype))


def glorot_uniform(seed: Any = None, dtype: Any = float32) -> Initializer:
    """Uniform on +-sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""
    return VarianceScaling(1.0, "fan_avg", "uniform", seed, dtype)


def glorot_normal(seed: Any = None, dtype: Any = float32) -> Initializer:
    return VarianceScaling(1.0, "fan_avg", "truncated_normal", seed, dtype)


def he_normal(seed: Any = None) -> Initializer:
    return VarianceScaling(2.0, "fan_in", "truncated_normal", seed)


def he_uniform(seed: Any = None) -> Initializer:
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


def lecun_normal(seed: Any = None) -> Initializer:
    return VarianceScaling(1.0, "fan_in", "truncated_normal", seed)


def lecun_uniform(seed: Any = None) -> Initializer:
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


zeros, ones = Zeros, Ones
uniform_unit_scaling, variance_scaling = UniformUnitScaling, VarianceScaling
orthogonal, identity = Orthogonal, Identity
zeros_initializer, ones_initializer, constant_initializer = Zeros, Ones, Constant
random_uniform_initializer, random_normal_initializer = RandomUniform, RandomNormal
truncated_normal_initializer, uniform_unit_scaling_initializer = TruncatedNormal, UniformUnitScaling
variance_scaling_initializer, orthogonal_initializer = VarianceScaling, Orthogonal
glorot_uniform_initializer, glorot_normal_initializer = glorot_uniform, glorot_normal

__getattr__ = missing.attributes("tensorflow.initializers", globals())
