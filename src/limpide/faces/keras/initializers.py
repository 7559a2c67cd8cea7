"""`keras.initializers`: a shape to an array; of the engine's initialisers, drawn after NumPy's seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...nn import init
from .. import missing
from . import backend as K
from .utils.generic_utils import deserialize_keras_object, serialize_keras_object


def _seeded(seed: Any) -> Any:
    """The seed that was given, or one that follows from np.random.seed."""
    return int(np.random.randint(2**31 - 1)) if seed is None else int(seed)


class Initializer:
    """A shape to an array."""

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**{k: v for k, v in config.items() if k != "dtype"})


def _dtype(dtype: Any) -> str:
    return K.floatx() if dtype is None else getattr(dtype, "name", dtype)


class Zeros(Initializer):
    """Zeros."""

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return np.zeros(shape, _dtype(dtype))


class Ones(Initializer):
    """Ones."""

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return np.ones(shape, _dtype(dtype))


class Constant(Initializer):
    """One number everywhere, or an array."""

    def __init__(self, value: Any = 0, dtype: Any = None):
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        value = np.asarray(self.value, _dtype(dtype))
        return np.full(shape, value) if value.ndim == 0 else value.reshape(shape)

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


class RandomNormal(Initializer):
    """Normal."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None, dtype: Any = None):
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return init.normal(tuple(shape), self.mean, self.stddev, _seeded(self.seed), _dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


class TruncatedNormal(RandomNormal):
    """Normal within two standard deviations."""

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return init.truncated_normal(
            tuple(shape), self.mean, self.stddev, seed=_seeded(self.seed), dtype=_dtype(dtype)
        )


class RandomUniform(Initializer):
    """Uniform."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None, dtype: Any = None):
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return init.uniform(tuple(shape), self.minval, self.maxval, _seeded(self.seed), _dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


class VarianceScaling(Initializer):
    """Numbers whose variance is scale / fan.

    mode: "fan_in", "fan_out" or "fan_avg". distribution: "normal" (within two deviations) or "uniform".
    """

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "normal", seed: Any = None,
        dtype: Any = None,
    ):  # fmt: skip
        if scale <= 0.0:
            raise ValueError("`scale` must be a positive float. Got:", scale)
        if mode.lower() not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(
                'Invalid `mode` argument: expected on of {"fan_in", "fan_out", "fan_avg"} but got', mode
            )
        if distribution.lower() not in ("normal", "uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(
                'Invalid `distribution` argument: expected one of {"normal", "uniform"} but got', distribution
            )
        self.scale, self.mode, self.distribution, self.seed = scale, mode.lower(), distribution.lower(), seed

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        fan_in, fan_out = _compute_fans(tuple(shape))
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        seed = _seeded(self.seed)
        if self.distribution == "uniform":
            edge = np.sqrt(3.0 * variance)
            return init.uniform(tuple(shape), -edge, edge, seed, _dtype(dtype))
        if self.distribution == "untruncated_normal":
            return init.normal(tuple(shape), 0.0, np.sqrt(variance), seed, _dtype(dtype))
        deviation = np.sqrt(variance) / 0.87962566103423978
        return init.truncated_normal(tuple(shape), 0.0, deviation, seed=seed, dtype=_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"scale": self.scale, "mode": self.mode, "distribution": self.distribution, "seed": self.seed}


class Orthogonal(Initializer):
    """A matrix with orthogonal rows or columns, times gain."""

    def __init__(self, gain: float = 1.0, seed: Any = None, dtype: Any = None):
        self.gain, self.seed = gain, seed

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        rows = int(np.prod(shape[:-1]))
        generator = np.random.RandomState(_seeded(self.seed) % 2**32)
        u, _, v = np.linalg.svd(generator.normal(0.0, 1.0, (rows, shape[-1])), full_matrices=False)
        q = u if u.shape == (rows, shape[-1]) else v
        return (self.gain * q.reshape(shape)).astype(_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, "seed": self.seed}


class Identity(Initializer):
    """The identity matrix times gain; ValueError for what is no square matrix."""

    def __init__(self, gain: float = 1.0, dtype: Any = None):
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        if len(shape) != 2 or shape[0] != shape[1]:
            raise ValueError("Identity matrix initializer can only be used for 2D square matrices.")
        return (self.gain * np.identity(shape[0])).astype(_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


def _compute_fans(shape: Any, data_format: str = "channels_last") -> tuple[float, float]:
    """How many inputs and outputs a weight connects."""
    if len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) in (3, 4, 5):
        field = np.prod(shape[2:] if data_format == "channels_first" else shape[:-2])
        ends = (shape[1], shape[0]) if data_format == "channels_first" else (shape[-2], shape[-1])
        return float(ends[0] * field), float(ends[1] * field)
    root = float(np.sqrt(np.prod(shape)))
    return root, root


_SCALED = {
    "lecun_uniform": (1.0, "fan_in", "uniform"),
    "lecun_normal": (1.0, "fan_in", "normal"),
    "glorot_normal": (1.0, "fan_avg", "normal"),
    "glorot_uniform": (1.0, "fan_avg", "uniform"),
    "he_normal": (2.0, "fan_in", "normal"),
    "he_uniform": (2.0, "fan_in", "uniform"),
}


def lecun_uniform(seed: Any = None) -> VarianceScaling:
    """LeCun's uniform initialiser."""
    return VarianceScaling(*_SCALED["lecun_uniform"], seed=seed)


def lecun_normal(seed: Any = None) -> VarianceScaling:
    """LeCun's normal initialiser."""
    return VarianceScaling(*_SCALED["lecun_normal"], seed=seed)


def glorot_normal(seed: Any = None) -> VarianceScaling:
    """Glorot's normal initialiser."""
    return VarianceScaling(*_SCALED["glorot_normal"], seed=seed)


def glorot_uniform(seed: Any = None) -> VarianceScaling:
    """Glorot's uniform initialiser."""
    return VarianceScaling(*_SCALED["glorot_uniform"], seed=seed)


def he_normal(seed: Any = None) -> VarianceScaling:
    """He's normal initialiser."""
    return VarianceScaling(*_SCALED["he_normal"], seed=seed)


def he_uniform(seed: Any = None) -> VarianceScaling:
    """He's uniform initialiser."""
    return VarianceScaling(*_SCALED["he_uniform"], seed=seed)


GlorotUniform, GlorotNormal, HeNormal, HeUniform = glorot_uniform, glorot_normal, he_normal, he_uniform
LecunUniform, LecunNormal = lecun_uniform, lecun_normal
zero = zeros = Zeros
one = ones = Ones
constant = Constant
uniform = random_uniform = RandomUniform
normal = random_normal = RandomNormal
truncated_normal = TruncatedNormal
identity = Identity
orthogonal = Orthogonal
variance_scaling = VarianceScaling


def serialize(initializer: Any) -> Any:
    """Its name and configuration."""
    return serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The initialiser of a configuration."""
    return deserialize_keras_object(config, globals(), custom_objects, "initializer")


def get(identifier: Any) -> Any:
    """The initialiser of a name or a configuration; functions are as they are."""
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        found = (
            deserialize({"class_name": identifier, "config": {}})
            if identifier not in _SCALED
            else globals()[identifier]()
        )
        return found
    if callable(identifier):
        return identifier() if isinstance(identifier, type) else identifier
    raise ValueError(f"Could not interpret initializer identifier: {identifier}")


__getattr__ = missing.attributes("keras.initializers", globals())
