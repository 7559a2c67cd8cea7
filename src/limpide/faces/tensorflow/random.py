"""Random operations: one that has a seed draws from a stream of its own, which a session begins anew."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...nn.words import lp
from ...ops.loop import placeholder as formula_of_input
from ...random import Generator, default_generator
from ...shapes import broadcast
from ...tensor import Tensor as EngineTensor
from .. import missing
from ..record import concrete, is_guess, sizes
from .dtypes import as_dtype, engine_type, float32, int64
from .graph import Mode, get_default_graph
from .recording import op, tensor

_eager_seed: list[int | None] = [None]


def set_random_seed(seed: int) -> None:
    """The seed of the default graph: with it every random operation has its own reproducible stream."""
    if Mode.eager:
        _eager_seed[0] = seed
        default_generator().seed(seed)
    else:
        get_default_graph().seed = seed


set_seed = set_random_seed


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """The seeds of the graph and of an operation, as they go together."""
    graph = get_default_graph()
    if graph.seed is not None:
        return graph.seed, graph.version if op_seed is None else op_seed
    return (None, None) if op_seed is None else (87654321, op_seed)


def generator(seed: int | None) -> Generator:
    """The stream of a random operation that is made now."""
    if Mode.eager:
        return default_generator() if seed is None else Generator(seed)
    first, second = get_seed(seed)
    if first is None or second is None:
        return default_generator()
    made = Generator((int(first) * 0x9E3779B97F4A7C15 + int(second)) % 2**63)
    get_default_graph().generators.append((made, made.state.cell.value))
    return made


def formula(shape: Any, dtype: Any) -> EngineTensor:
    """What is known of random numbers before a run."""
    return EngineTensor(formula_of_input("random", sizes(shape), engine_type(dtype)))


def random_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = float32, seed: Any = None, name: Any = None
) -> Any:
    """Normal with this mean and standard deviation."""
    return _normal(shape, mean, stddev, dtype, generator(seed), name=name or "random_normal")


normal = random_normal


@op(
    "RandomStandardNormal",
    once=True,
    gradient=True,
    dtype=lambda shape, mean, stddev, dtype, generator: dtype,
)
def _normal(shape: Any, mean: Any, stddev: Any, dtype: Any, generator: Any, name: Any = None) -> Any:
    if is_guess():
        return formula(shape, dtype)
    z = generator.normal(size=sizes(shape), dtype=engine_type(dtype))
    return scaled(z, stddev, mean)


def scaled(z: Any, scale: Any, shift: Any) -> Any:
    """z * scale + shift, where they say anything."""
    if not (isinstance(scale, (int, float)) and scale == 1):
        z = z * (scale if isinstance(scale, (int, float)) else tensor(scale, z.dtype))
    if not (isinstance(shift, (int, float)) and shift == 0):
        z = z + (shift if isinstance(shift, (int, float)) else tensor(shift, z.dtype))
    return z


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = float32, seed: Any = None, name: Any = None
) -> Any:
    """Normal within two standard deviations of its mean."""
    return _truncated(shape, mean, stddev, dtype, generator(seed), name=name or "truncated_normal")


@op("TruncatedNormal", once=True, dtype=lambda shape, mean, stddev, dtype, generator: dtype)
def _truncated(shape: Any, mean: Any, stddev: Any, dtype: Any, generator: Any, name: Any = None) -> Any:
    if is_guess():
        return formula(shape, dtype)
    return scaled(generator.truncated_normal(size=sizes(shape), dtype=engine_type(dtype)), stddev, mean)


def random_uniform(
    shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = float32, seed: Any = None, name: Any = None
) -> Any:
    """Uniform on [minval, maxval): floats, by default below 1, or integers."""
    dtype = as_dtype(dtype)
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        maxval = 1
    return _uniform(shape, minval, maxval, dtype, generator(seed), name=name or "random_uniform")


uniform = random_uniform


@op("RandomUniform", once=True, dtype=lambda shape, minval, maxval, dtype, generator: dtype)
def _uniform(shape: Any, minval: Any, maxval: Any, dtype: Any, generator: Any, name: Any = None) -> Any:
    if is_guess():
        return formula(shape, dtype)
    wanted = engine_type(dtype)
    if wanted.kind == "f":
        u = generator.random(size=sizes(shape), dtype=wanted)
        spread = (
            maxval - minval if _numbers(minval, maxval) else tensor(maxval, wanted) - tensor(minval, wanted)
        )
        return scaled(u, spread, minval)
    if _numbers(minval, maxval) or all(not isinstance(v, EngineTensor) for v in (minval, maxval)):
        return generator.integers(int(minval), int(maxval), size=sizes(shape), dtype=wanted)
    low, high = tensor(minval, wanted), tensor(maxval, wanted)
    u = generator.random(size=sizes(shape), dtype="float64")
    return lp.floor(u * (high - low).astype("float64")).astype(wanted) + low


def _numbers(*values: Any) -> bool:
    return all(isinstance(v, (int, float)) for v in values)


def random_shuffle(value: Any, seed: Any = None, name: Any = None) -> Any:
    """The rows of a tensor in random order."""
    return _shuffle(value, generator(seed), name=name or "RandomShuffle")


shuffle = random_shuffle


@op("RandomShuffle", once=True)
def _shuffle(value: Any, generator: Any, name: Any = None) -> Any:
    rows = tensor(value)
    return rows if is_guess() else generator.permutation(rows)


def random_crop(value: Any, size: Any, seed: Any = None, name: Any = None) -> Any:
    """A part of this size from a random place."""
    return _crop(value, size, generator(seed), name=name or "random_crop")


@op("RandomCrop", once=True)
def _crop(value: Any, size: Any, generator: Any, name: Any = None) -> Any:
    whole, wanted = tensor(value), sizes(size)
    if is_guess():
        return formula(size, whole.dtype)
    index = []
    for have, want in zip(whole.shape, wanted, strict=True):
        if want == have:
            index.append(slice(None))
            continue
        if want > have:
            raise ValueError(f"random_crop: need value.shape >= size, got {whole.shape} and {wanted}")
        start = generator.integers(have - want + 1, dtype="int64")
        index.append(slice(start, start + want))
    return whole[tuple(index)]


def multinomial(
    logits: Any, num_samples: Any, seed: Any = None, name: Any = None, output_dtype: Any = None
) -> Any:
    """Classes drawn by unnormalised log-probabilities (batch, classes): (batch, num_samples)."""
    return _multinomial(
        logits, num_samples, output_dtype or int64, generator(seed), name=name or "multinomial"
    )


categorical = multinomial


@op("Multinomial", once=True, gradient=False, dtype=lambda logits, count, dtype, generator: dtype)
def _multinomial(logits: Any, count: Any, dtype: Any, generator: Any, name: Any = None) -> Any:
    scores = tensor(logits)
    shape = (scores.shape[0], sizes([count])[0], scores.shape[1])
    if is_guess():
        return formula(shape[:2], dtype)
    u = generator.random(size=shape, dtype=scores.dtype)
    gumbel = -lp.log(-lp.log(u + 1e-20) + 1e-20)
    return lp.argmax(scores[:, None, :] + gumbel, axis=2).astype(engine_type(dtype))


def random_gamma(
    shape: Any, alpha: Any, beta: Any = None, dtype: Any = float32, seed: Any = None, name: Any = None
) -> Any:
    """Gamma with shape `alpha` and rate `beta`, one for every element of the parameters."""
    return _gamma(
        shape, alpha, 1.0 if beta is None else beta, dtype, generator(seed), name=name or "random_gamma"
    )


gamma = random_gamma


@op("RandomGamma", once=True, dtype=lambda shape, alpha, beta, dtype, generator: dtype)
def _gamma(shape: Any, alpha: Any, beta: Any, dtype: Any, generator: Any, name: Any = None) -> Any:
    """By rejection (Marsaglia and Tsang 2000), of which 8 trials are made at once."""
    wanted = engine_type(dtype)
    alpha, beta = tensor(alpha, wanted), tensor(beta, wanted)
    whole = (*sizes(shape), *broadcast("random_gamma", alpha.shape, beta.shape))
    if is_guess():
        return formula(whole, dtype)
    boosted = lp.where(alpha < 1, alpha + 1, alpha)
    d = boosted - 1 / 3
    c = 1 / lp.sqrt(9 * d)
    z = generator.normal(size=(8, *whole), dtype=wanted)
    u = generator.random(size=(8, *whole), dtype=wanted)
    v = (1 + c * z) ** 3
    accepted = (v > 0) & (lp.log(u + 1e-30) < 0.5 * z * z + d - d * v + d * lp.log(lp.maximum(v, 1e-30)))
    first = lp.argmax(accepted.astype("int32"), axis=0)
    drawn = d * lp.take_along_axis(v, first[None], axis=0)[0]
    power = generator.random(size=whole, dtype=wanted)
    return lp.where(alpha < 1, drawn * power ** (1 / lp.maximum(alpha, 1e-6)), drawn) / beta


def random_poisson(lam: Any, shape: Any, dtype: Any = float32, seed: Any = None, name: Any = None) -> Any:
    """Poisson with mean `lam`, by the times between events."""
    return _poisson(lam, shape, dtype, generator(seed), name=name or "random_poisson")


poisson = random_poisson


@op("RandomPoisson", once=True, gradient=False, dtype=lambda lam, shape, dtype, generator: dtype)
def _poisson(lam: Any, shape: Any, dtype: Any, generator: Any, name: Any = None) -> Any:
    rate = tensor(lam, float32)
    whole = (*sizes(shape), *rate.shape)
    if is_guess():
        return formula(whole, dtype)
    most = float(np.max(concrete(rate), initial=0))
    count = int(most + 10 * most**0.5 + 20)
    times = lp.cumsum(-lp.log(1 - generator.random(size=(count, *whole), dtype="float32")), axis=0)
    return lp.sum((times < rate).astype("int32"), axis=0).astype(engine_type(dtype))


def stateless_random_uniform(
    shape: Any, seed: Any, minval: Any = 0, maxval: Any = None, dtype: Any = float32, name: Any = None
) -> Any:
    """As random_uniform; the two numbers of `seed` say which stream, and it is the same at every run."""
    return random_uniform(shape, minval, maxval, dtype, _mixed(seed), name)


def stateless_random_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = float32, name: Any = None
) -> Any:
    return random_normal(shape, mean, stddev, dtype, _mixed(seed), name)


def _mixed(seed: Any) -> int:
    first, second = (int(s) for s in seed)
    return first * 1_000_003 + second


__getattr__ = missing.attributes("tensorflow.random", globals())
