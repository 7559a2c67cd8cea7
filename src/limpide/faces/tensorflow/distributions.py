"""Distributions of random numbers: tf.distributions and tf.contrib.distributions."""

from __future__ import annotations

import math as numbers
from typing import Any

from .. import missing
from . import math
from .arrays import concat, one_hot, ones_like, shape
from .dtypes import int32
from .graph import get_default_graph
from .inputs import convert_to_tensor
from .random import multinomial, random_normal, random_uniform


class Distribution:
    """What all distributions have: samples, probabilities, moments."""

    def __init__(self, name: str, parameters: dict[str, Any]):
        self.name, self.parameters = name, parameters
        self.graph = get_default_graph()

    def _one(self) -> Any:
        """A tensor of the shape of one draw."""
        raise NotImplementedError

    def batch_shape_tensor(self) -> Any:
        return shape(self._one())

    @property
    def batch_shape(self) -> Any:
        return self._one().shape

    def _sizes(self, sample_shape: Any) -> Any:
        given = convert_to_tensor(
            sample_shape if isinstance(sample_shape, (list, tuple)) else [sample_shape], int32
        )
        own = shape(self._one())
        return (
            own if isinstance(sample_shape, (list, tuple)) and not sample_shape else concat([given, own], 0)
        )

    def sample(self, sample_shape: Any = (), seed: Any = None, name: Any = None) -> Any:
        """Random numbers, of this shape before that of the parameters."""
        raise NotImplementedError

    def log_prob(self, value: Any, name: Any = None) -> Any:
        """log of the density or the probability."""
        raise NotImplementedError

    def prob(self, value: Any, name: Any = None) -> Any:
        return math.exp(self.log_prob(value))

    def mean(self, name: Any = None) -> Any:
        raise NotImplementedError

    def variance(self, name: Any = None) -> Any:
        return math.square(self.stddev())

    def stddev(self, name: Any = None) -> Any:
        return math.sqrt(self.variance())


class Normal(Distribution):
    """Normal with mean `loc` and standard deviation `scale` (`mu` and `sigma` before 1.0)."""

    def __init__(
        self,
        loc: Any = None,
        scale: Any = None,
        name: str = "Normal",
        mu: Any = None,
        sigma: Any = None,
        **_: Any,
    ):
        self.loc = convert_to_tensor(mu if loc is None else loc)
        self.scale = convert_to_tensor(sigma if scale is None else scale)
        super().__init__(name, {"loc": self.loc, "scale": self.scale})

    def _one(self) -> Any:
        return math.add(self.loc, self.scale)

    def sample(self, sample_shape: Any = (), seed: Any = None, name: Any = None) -> Any:
        z = random_normal(self._sizes(sample_shape), seed=seed)
        return math.add(self.loc, math.multiply(self.scale, z))

    def log_prob(self, value: Any, name: Any = None) -> Any:
        z = math.divide(math.subtract(value, self.loc), self.scale)
        return math.subtract(
            math.multiply(-0.5, math.square(z)),
            math.add(math.log(self.scale), 0.5 * numbers.log(2 * numbers.pi)),
        )

    log_pdf = log_prob

    def mean(self, name: Any = None) -> Any:
        return self.loc

    mode = mean

    def stddev(self, name: Any = None) -> Any:
        return self.scale

    def variance(self, name: Any = None) -> Any:
        return math.square(self.scale)

    def entropy(self, name: Any = None) -> Any:
        return math.add(0.5 + 0.5 * numbers.log(2 * numbers.pi), math.log(self.scale))

    def cdf(self, value: Any, name: Any = None) -> Any:
        z = math.divide(math.subtract(value, self.loc), math.multiply(self.scale, numbers.sqrt(2)))
        return math.multiply(0.5, math.add(1.0, math.erf(z)))

    def kl_divergence(self, other: Any) -> Any:
        return kl_divergence(self, other)


class Uniform(Distribution):
    """Uniform on [low, high)."""

    def __init__(self, low: Any = 0.0, high: Any = 1.0, name: str = "Uniform", **_: Any):
        self.low, self.high = convert_to_tensor(low), convert_to_tensor(high)
        super().__init__(name, {"low": self.low, "high": self.high})

    def _one(self) -> Any:
        return math.add(self.low, self.high)

    def sample(self, sample_shape: Any = (), seed: Any = None, name: Any = None) -> Any:
        u = random_uniform(self._sizes(sample_shape), seed=seed)
        return math.add(self.low, math.multiply(math.subtract(self.high, self.low), u))

    def log_prob(self, value: Any, name: Any = None) -> Any:
        inside = math.logical_and(math.greater_equal(value, self.low), math.less(value, self.high))
        density = math.divide(math.cast(inside, "float32"), math.subtract(self.high, self.low))
        return math.log(density)

    def mean(self, name: Any = None) -> Any:
        return math.multiply(0.5, math.add(self.low, self.high))

    def variance(self, name: Any = None) -> Any:
        return math.divide(math.square(math.subtract(self.high, self.low)), 12.0)


class Bernoulli(Distribution):
    """1 with probability `probs`, or sigmoid(logits), else 0."""

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = int32,
        name: str = "Bernoulli",
        p: Any = None,
        **_: Any,
    ):
        given = p if probs is None else probs
        self.probs = math.sigmoid(logits) if given is None else convert_to_tensor(given)
        self.logits = (
            convert_to_tensor(logits) if logits is not None else math.log(self.probs / (1.0 - self.probs))
        )
        self._dtype = dtype
        super().__init__(name, {"logits": logits, "probs": probs})

    def _one(self) -> Any:
        return self.probs

    def sample(self, sample_shape: Any = (), seed: Any = None, name: Any = None) -> Any:
        u = random_uniform(self._sizes(sample_shape), seed=seed)
        return math.cast(math.less(u, self.probs), self._dtype)

    def log_prob(self, value: Any, name: Any = None) -> Any:
        x = math.cast(value, "float32")
        return x * math.log_sigmoid(self.logits) + (1.0 - x) * math.log_sigmoid(-self.logits)

    log_pmf = log_prob

    def mean(self, name: Any = None) -> Any:
        return self.probs

    def variance(self, name: Any = None) -> Any:
        return self.probs * (1.0 - self.probs)

    def entropy(self, name: Any = None) -> Any:
        return -(
            self.probs * math.log_sigmoid(self.logits) + (1.0 - self.probs) * math.log_sigmoid(-self.logits)
        )


class Categorical(Distribution):
    """A class by unnormalised log-probabilities, or probabilities, along the last axis."""

    def __init__(
        self, logits: Any = None, probs: Any = None, dtype: Any = int32, name: str = "Categorical", **_: Any
    ):
        self.logits = math.log(probs) if logits is None else convert_to_tensor(logits)
        self._normalised = self.logits - math.reduce_logsumexp(self.logits, -1, keepdims=True)
        self.probs = math.exp(self._normalised) if probs is None else convert_to_tensor(probs)
        self._dtype = dtype
        super().__init__(name, {"logits": logits, "probs": probs})

    def _one(self) -> Any:
        return self.logits[..., 0]

    def sample(self, sample_shape: Any = (), seed: Any = None, name: Any = None) -> Any:
        rank = self.logits.shape.ndims
        rows = self.logits if rank == 2 else self.logits[None]
        if isinstance(sample_shape, (list, tuple)) and not sample_shape:
            drawn = multinomial(rows, 1, seed=seed, output_dtype=self._dtype)[:, 0]
            return drawn if rank == 2 else drawn[0]
        count = sample_shape[0] if isinstance(sample_shape, (list, tuple)) else sample_shape
        drawn = multinomial(rows, count, seed=seed, output_dtype=self._dtype)
        return math.cast(drawn, self._dtype)[0] if rank == 1 else _turned(drawn)

    def log_prob(self, value: Any, name: Any = None) -> Any:
        chosen = one_hot(value, self.logits.shape[-1].value)
        return math.reduce_sum(chosen * self._normalised, -1)

    def entropy(self, name: Any = None) -> Any:
        return -math.reduce_sum(self.probs * self._normalised, -1)

    def mode(self, name: Any = None) -> Any:
        return math.argmax(self.logits, -1, output_type=self._dtype)


def _turned(rows: Any) -> Any:
    """Draws first, then rows."""
    return math.einsum("ij->ji", rows)


class MultivariateNormalDiag(Normal):
    """Independent normals along the last axis as one draw."""

    def __init__(
        self, loc: Any = None, scale_diag: Any = None, name: str = "MultivariateNormalDiag", **_: Any
    ):
        super().__init__(loc, ones_like(loc) if scale_diag is None else scale_diag, name)

    def log_prob(self, value: Any, name: Any = None) -> Any:
        return math.reduce_sum(super().log_prob(value), -1)

    def entropy(self, name: Any = None) -> Any:
        return math.reduce_sum(super().entropy(), -1)


def kl_divergence(
    distribution_a: Any, distribution_b: Any, allow_nan_stats: bool = True, name: Any = None
) -> Any:
    """How far one distribution is from another of the same kind."""
    a, b = distribution_a, distribution_b
    if isinstance(a, Normal) and isinstance(b, Normal):
        ratio = math.square(a.scale / b.scale)
        found = 0.5 * (ratio + math.square((a.loc - b.loc) / b.scale) - 1.0 - math.log(ratio))
        return math.reduce_sum(found, -1) if isinstance(a, MultivariateNormalDiag) else found
    if isinstance(a, Categorical) and isinstance(b, Categorical):
        return math.reduce_sum(a.probs * (a._normalised - b._normalised), -1)
    if isinstance(a, Bernoulli) and isinstance(b, Bernoulli):
        yes = a.probs * (math.log_sigmoid(a.logits) - math.log_sigmoid(b.logits))
        return yes + (1.0 - a.probs) * (math.log_sigmoid(-a.logits) - math.log_sigmoid(-b.logits))
    raise NotImplementedError(f"kl_divergence of {type(a).__name__} and {type(b).__name__}")


kl = kl_divergence

__getattr__ = missing.attributes("tensorflow.distributions", globals())
