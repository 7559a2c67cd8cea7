"""`keras.layers.noise`."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ... import missing
from .. import backend as K
from ..engine.base_layer import Layer
from .core import SpatialDropout1D, SpatialDropout2D, SpatialDropout3D

LOWEST = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946  # of SELU


class GaussianNoise(Layer):
    """Normal numbers added in training."""

    supports_masking = True
    spellings: ClassVar[dict[str, str]] = {"sigma": "stddev"}

    def __init__(self, stddev: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.stddev = stddev

    def call(self, inputs: Any, training: Any = None) -> Any:
        return K.in_train_phase(
            lambda: inputs + K.random_normal(K.shape(inputs), 0.0, self.stddev), inputs, training
        )


class GaussianDropout(Layer):
    """Times normal numbers of mean 1 and variance rate / (1 - rate) in training."""

    supports_masking = True
    spellings: ClassVar[dict[str, str]] = {"p": "rate"}

    def __init__(self, rate: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs: Any, training: Any = None) -> Any:
        if not 0 < self.rate < 1:
            return inputs
        deviation = math.sqrt(self.rate / (1.0 - self.rate))
        return K.in_train_phase(
            lambda: inputs * K.random_normal(K.shape(inputs), 1.0, deviation), inputs, training
        )


class AlphaDropout(Layer):
    """Dropout for SELU: mean and variance stay."""

    supports_masking = True
    spellings: ClassVar[dict[str, str]] = {"p": "rate"}

    def __init__(self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed

    def call(self, inputs: Any, training: Any = None) -> Any:
        if not 0.0 < self.rate < 1.0:
            return inputs
        q = 1 - self.rate
        a = (q * (1 + self.rate * LOWEST**2)) ** -0.5
        b = -a * LOWEST * self.rate

        def dropped() -> Any:
            shape = K.shape(inputs) if self.noise_shape is None else self.noise_shape
            kept = K.cast(K.greater_equal(K.random_uniform(shape, seed=self.seed), self.rate), K.floatx())
            return a * (inputs * kept + LOWEST * (1.0 - kept)) + b

        return K.in_train_phase(dropped, inputs, training)


__getattr__ = missing.attributes("keras.layers.noise", globals())
__all__ = [
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
]
