"""RandomStreams: random variables, each with a state of its own that every call moves on."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ....ops import random as streams
from ....ops.define import cast as cast_node
from ....ops.define import constant
from ....shapes import broadcast
from ....tensor import Tensor
from ... import missing, pickles, record
from ...record import sizes
from .. import scalar
from ..compile.sharedvalue import TensorSharedVariable
from ..configparser import config
from ..engine import lp
from ..gof import recipes
from ..gof.graph import apply
from ..gof.op import Named
from .basic import dtype_named, get_vector_length, rank_of, shape_of_arguments
from .type import TensorType, formula
from .var import as_tensor_variable, dtype_of, pattern_of

STATE = TensorType("uint64", (False,))


class RandomFunction(Named):
    """A draw of random numbers."""


class State:
    """What `rv.rng.get_value()` gives: the state of a generator, with the words of NumPy's RandomState."""

    def __init__(self, seed: Any = 0, draws: int = 0):
        self.seed(seed)
        self.numbers[1] = draws

    def seed(self, seed: Any = None) -> None:
        self.numbers = np.array([_seed(seed), 0], np.uint64)

    def get_state(self, legacy: bool = True) -> tuple[Any, ...]:
        return "philox", self.numbers.copy()

    def set_state(self, state: Any) -> None:
        self.numbers = np.array(state[1], np.uint64)


def _seed(seed: Any) -> int:
    if seed is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))
    if isinstance(seed, np.random.RandomState):
        return int(seed.randint(2**30))
    if isinstance(seed, (list, tuple, np.ndarray)):
        return int(
            np.random.SeedSequence([int(s) for s in seed]).generate_state(1, np.uint64)[0] >> np.uint64(1)
        )
    return int(seed) % 2**63


class RandomStateSharedVariable(TensorSharedVariable):
    """The state behind one random variable."""

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        seed, draws = (int(n) for n in self.source.parameter.cell.value)
        return State(seed, draws)

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """A state that `get_value` gave, NumPy's RandomState, or a seed."""
        if not isinstance(new_value, State):
            new_value = State(new_value)
        self.source.put(new_value.numbers)

    def __reduce__(self) -> Any:
        return _restored, (type(self), np.array(self.source.parameter.cell.value), self.name)


def _restored(cls: Any, numbers: Any, name: Any) -> Any:
    return new_state(numbers, name, cls)


def new_state(numbers: Any, name: str | None = None, cls: type[Any] = RandomStateSharedVariable) -> Any:
    """A fresh state with its default update: one draw further."""
    state = cls(numbers, STATE, name)
    step = np.array([0, 1], np.uint64)
    state.default_update = apply(
        Named("RandomState.next"), lambda s: s + step, (state,), known=lambda: formula("uint64", 1)
    )
    state.default_update.recipe = ("random.next", (state,), {}, None)
    return state


Numbers = Callable[..., Tensor]


class RandomStreams:
    """Random variables that functions draw anew at every call.

    seed: the start of the seeds of its variables; random without one.
    """

    state_class: type[Any] = RandomStateSharedVariable
    _given: Any = None  # the state of a variable that is made again

    def __init__(self, seed: Any = None, **_: Any):
        self.default_instance_seed = seed
        self.state_updates: list[tuple[Any, Any]] = []
        self._seeds = np.random.RandomState(_seed(seed) % 2**32)
        self.gen_seedgen = self._seeds

    def updates(self) -> list[tuple[Any, Any]]:
        """Pairs (state, next state) of every variable so far."""
        return list(self.state_updates)

    def seed(self, seed: Any = None) -> None:
        """Start every variable anew from a seed."""
        start = self.default_instance_seed if seed is None else seed
        seeds = np.random.RandomState(_seed(start) % 2**32)
        for state, _ in self.state_updates:
            state.source.put(np.array([seeds.randint(2**30), 0], np.uint64))

    def __getitem__(self, item: Any) -> Any:
        for state, update in self.state_updates:
            if item is state or item is update:
                return state.get_value()
        raise KeyError(item)

    # ---------------------------------------------------------------------------------- distributions
    def uniform(
        self,
        size: Any = None,
        low: Any = 0.0,
        high: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
        **_: Any,
    ) -> Any:
        """Uniform between low and high."""
        low, high = as_tensor_variable(low), as_tensor_variable(high)

        def numbers(state: Any, shape: Any, work: Any, low: Tensor, high: Tensor) -> Tensor:
            u = Tensor(streams.uniform(state, 0, shape, work))
            return u * (high - low).astype(work) + low.astype(work)

        return self._draw("uniform", numbers, size, ndim, _float_of(dtype, low, high), low, high)

    def normal(
        self,
        size: Any = None,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
        **_: Any,
    ) -> Any:
        """Normal with this mean and standard deviation."""
        avg, std = as_tensor_variable(avg), as_tensor_variable(std)

        def numbers(state: Any, shape: Any, work: Any, avg: Tensor, std: Tensor) -> Tensor:
            return Tensor(streams.normal(state, 0, shape, work)) * std.astype(work) + avg.astype(work)

        return self._draw("normal", numbers, size, ndim, _float_of(dtype, avg, std), avg, std)

    def truncated_normal(
        self,
        size: Any = None,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: int | None = None,
        dtype: Any = None,
        **_: Any,
    ) -> Any:
        """Normal within two standard deviations of the mean."""
        avg, std = as_tensor_variable(avg), as_tensor_variable(std)

        def numbers(state: Any, shape: Any, work: Any, avg: Tensor, std: Tensor) -> Tensor:
            return Tensor(streams.truncated_normal(state, 0, shape, work)) * std.astype(work) + avg.astype(
                work
            )

        return self._draw("truncated_normal", numbers, size, ndim, _float_of(dtype, avg, std), avg, std)

    def binomial(
        self,
        size: Any = None,
        n: Any = 1,
        p: Any = 0.5,
        ndim: int | None = None,
        dtype: Any = "int64",
        prob: Any = None,
        **_: Any,
    ) -> Any:
        """How many of n trials succeed, each with probability p."""
        p = as_tensor_variable(p if prob is None else prob)
        trials = as_tensor_variable(n)

        def numbers(state: Any, shape: Any, work: Any, n: Tensor, p: Tensor) -> Tensor:
            count = int(record.concrete(n).max()) if not record.is_guess() else 1
            chance = p if p.dtype.kind == "f" else p.astype("float64")
            if count == 1 and n.ndim == 0:
                return Tensor(streams.uniform(state, 0, shape, chance.dtype)) < chance
            hits = Tensor(streams.uniform(state, 0, (count, *shape), chance.dtype)) < chance
            tried = lp["reshape"](lp["arange"](count), (count, *[1] * len(shape))) < n
            return lp["sum"](lp["logical_and"](hits, tried).astype("int64"), axis=0)

        return self._draw("binomial", numbers, size, ndim, dtype_named(dtype), trials, p)

    def random_integers(
        self,
        size: Any = None,
        low: Any = 0,
        high: Any = 1,
        ndim: int | None = None,
        dtype: Any = "int64",
        **_: Any,
    ) -> Any:
        """Integers from low to high, both included."""
        low, high = as_tensor_variable(low), as_tensor_variable(high)

        def numbers(state: Any, shape: Any, work: Any, low: Tensor, high: Tensor) -> Tensor:
            u = Tensor(streams.uniform(state, 0, shape, np.dtype("float64")))
            span = (high.astype("int64") - low.astype("int64") + 1).astype("float64")
            return lp["floor"](u * span).astype("int64") + low.astype("int64")

        return self._draw("random_integers", numbers, size, ndim, dtype_named(dtype), low, high)

    def choice(
        self,
        size: Any = 1,
        a: Any = 2,
        replace: bool = True,
        p: Any = None,
        ndim: int | None = None,
        dtype: Any = "int64",
        **_: Any,
    ) -> Any:
        """Numbers below a, or elements of the vector a, with probabilities p; `replace`: also equal ones."""
        options = as_tensor_variable(a)
        weights = [] if p is None else [as_tensor_variable(p)]
        elements = len(pattern_of(options)) > 0

        def numbers(state: Any, shape: Any, work: Any, a: Tensor, *p: Tensor) -> Tensor:
            count = a.shape[0] if elements else record.size(a)
            if p:
                places = _weighted(state, shape, p[0], replace)
            elif replace:
                u = Tensor(streams.uniform(state, 0, shape, np.dtype("float64")))
                places = lp["floor"](u * Tensor(constant(count)).astype("float64")).astype("int64")
            else:
                order = Tensor(streams.permutation(state, 0, count))
                total = 1
                for s in shape:
                    total = total * s
                places = lp["reshape"](order[:total], shape)
            return lp["take"](a, places, axis=0) if elements else places

        out = dtype_of(options) if elements else dtype_named(dtype)
        return self._draw("choice", numbers, size, ndim, out, options, *weights, broadcasts=False)

    def poisson(
        self, size: Any = None, lam: Any = 1.0, ndim: int | None = None, dtype: Any = "int64", **_: Any
    ) -> Any:
        """Poisson with this mean, by the inverse of its distribution function."""
        lam = as_tensor_variable(lam)

        def numbers(state: Any, shape: Any, work: Any, lam: Tensor) -> Tensor:
            most = 20 if record.is_guess() else int(np.max(record.concrete(lam)) * 2 + 40)
            mean = lam.astype("float64")
            u = Tensor(streams.uniform(state, 0, shape, np.dtype("float64")))
            term = total = lp["exp"](-mean)
            found = lp["zeros"](shape, "int64")
            for k in range(1, most):
                found = found + (u > total).astype("int64")
                term = term * mean / k
                total = total + term
            return found

        return self._draw("poisson", numbers, size, ndim, dtype_named(dtype), lam)

    def permutation(
        self, size: Any = None, n: Any = 1, ndim: int | None = None, dtype: Any = "int64", **_: Any
    ) -> Any:
        """0..n-1 in random order, for every element of the shape."""
        count = as_tensor_variable(n)
        wanted = () if size is None else shape_of_arguments(size)
        rank = rank_of(wanted) + 1

        def build(state: Tensor, shape: Any, n: Tensor) -> Tensor:
            if record.is_guess():
                return formula(dtype_named(dtype), rank)
            keys = Tensor(
                streams.uniform(state.node, 0, (*sizes(shape), record.size(n)), np.dtype("float64"))
            )
            return lp["argsort"](keys, axis=-1).astype(dtype_named(dtype))

        return self._recorded("permutation", build, (wanted, count))

    def shuffle_row_elements(self, input: Any) -> Any:
        """The elements of every row in a random order."""
        x = as_tensor_variable(input)

        def build(state: Tensor, t: Tensor) -> Tensor:
            keys = Tensor(streams.uniform(state.node, 0, t.shape, np.dtype("float64")))
            return lp["take_along_axis"](t, lp["argsort"](keys, axis=-1), -1)

        return self._recorded("shuffle_row_elements", build, (x,), known=lambda: x.formula)

    def multinomial(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = None,
        ndim: int | None = None,
        dtype: Any = "int64",
        **_: Any,
    ) -> Any:
        """How often each of several outcomes occurs in n trials, for every row of probabilities."""
        p = as_tensor_variable([0.5, 0.5] if pvals is None else pvals)
        trials = as_tensor_variable(n)
        wanted = None if size is None else shape_of_arguments(size)
        rank = p.ndim if wanted is None else max(p.ndim, rank_of(wanted) + 1)

        def build(state: Tensor, shape: Any, n: Tensor, p: Tensor) -> Tensor:
            if record.is_guess():
                return formula(dtype_named(dtype), rank)
            count, classes = int(record.concrete(n)), p.shape[-1]
            rows = p.shape[:-1] if shape is None else sizes(shape)
            work = p.dtype if p.dtype.kind == "f" else np.dtype("float64")
            edges = lp["cumsum"](p.astype(work), -1)
            u = Tensor(streams.uniform(state.node, 0, (count, *rows, 1), work)) * edges[..., -1:]
            place = lp["sum"]((u >= edges[..., :-1]).astype("int64"), axis=-1)
            return lp["sum"](lp["one_hot"](place, classes, dtype_named(dtype)), axis=0)

        return self._recorded("multinomial", build, (wanted, trials, p))

    def multinomial_wo_replacement(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = None,
        ndim: int | None = None,
        dtype: Any = "int64",
        **_: Any,
    ) -> Any:
        """n different outcomes for every row of probabilities, drawn one after the other."""
        p, count = as_tensor_variable(pvals), int(n)

        def build(state: Tensor, p: Tensor) -> Tensor:
            u = Tensor(streams.uniform(state.node, 0, p.shape, p.dtype))
            keys = lp["log"](1 - u) / lp["maximum"](p, 1e-30)  # exponential races: the smallest times win
            return lp["argsort"](-keys, axis=-1)[..., :count].astype(dtype_named(dtype))

        return self._recorded(
            "multinomial_wo_replacement", build, (p,), known=lambda: formula(dtype_named(dtype), 2)
        )

    # --------------------------------------------------------------------------------------- recording
    def _draw(
        self,
        name: str,
        numbers: Numbers,
        size: Any,
        ndim: int | None,
        dtype: str,
        *parameters: Any,
        broadcasts: bool = True,
    ) -> Any:
        wanted = None if size is None else shape_of_arguments(size)
        if wanted is None and not broadcasts:
            wanted = ()
        patterns = [pattern_of(p) for p in parameters]
        rank = (
            max(map(len, patterns), default=0)
            if wanted is None
            else ndim
            if ndim is not None
            else rank_of(wanted)
        )

        def build(state: Tensor, shape: Any, *values: Tensor) -> Tensor:
            if record.is_guess():
                if shape is None:
                    zero = lp["zeros"](broadcast("random", *(v.shape for v in values)), dtype)
                    found: Tensor = zero
                    return found
                try:
                    return formula_like(sizes(shape), dtype)
                except record.Unknown:
                    return formula(dtype, rank)
            given = broadcast("random", *(v.shape for v in values)) if shape is None else sizes(shape)
            work = np.dtype(dtype if dtype in ("float32", "float64") else "float64")
            drawn = numbers(state.node, given, work, *values)
            return Tensor(cast_node(drawn.node, np.dtype(dtype)))

        return self._recorded(name, build, (wanted, *parameters))

    def _recorded(
        self, name: str, build: Callable[..., Tensor], args: tuple[Any, ...], **options: Any
    ) -> Any:
        numbers = np.array([self._seeds.randint(2**30), 0], np.uint64)
        state = self._given if self._given is not None else new_state(numbers, None, self.state_class)
        result = apply(RandomFunction(f"RandomFunction{{{name}}}"), build, (state, *args), **options)
        result.rng = state
        result.update = (state, state.default_update)
        self.state_updates.append(result.update)
        return result

    def __getattr__(self, name: str) -> Any:
        return missing.unknown(type(self).__name__, name, {n: 0 for n in dir(type(self))})


DISTRIBUTIONS = [
    "uniform", "normal", "truncated_normal", "binomial", "random_integers", "choice", "poisson",
    "permutation", "shuffle_row_elements", "multinomial", "multinomial_wo_replacement",
]  # fmt: skip


def _noted(name: str) -> Any:
    """A distribution's method whose results remember how they were made."""
    draw = getattr(RandomStreams, name)

    @functools.wraps(draw)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = draw(self, *args, **kwargs)
        vars(result).setdefault("recipe", ("random.again", (name, result.rng, *args), kwargs, None))
        return result

    return method


for _name in DISTRIBUTIONS:
    setattr(RandomStreams, _name, _noted(_name))


def drawn_again(name: str, state: Any, *args: Any, **kwargs: Any) -> Any:
    """A random variable made again, with its state."""
    if name not in DISTRIBUTIONS:
        raise ValueError(f"there is no distribution {name!r}")
    streams = RandomStreams(0)
    streams._given = state
    return getattr(streams, name)(*args, **kwargs)


def next_of(state: Any) -> Any:
    """The default update of a state."""
    return state.default_update


recipes.KEPT |= {"random.again": drawn_again, "random.next": next_of}
pickles.allow(_restored, RandomStateSharedVariable)


def formula_like(shape: Any, dtype: str) -> Tensor:
    zeros: Tensor = lp["zeros"](shape, dtype)
    return zeros


def _float_of(dtype: Any, *parameters: Any) -> str:
    """The dtype that is asked for; without one that of the parameters, at least floatX."""
    if dtype is not None:
        return dtype_named(dtype)
    return scalar.upcast(config.floatX, *(d for d in map(dtype_of, parameters) if d not in scalar.DISCRETE))


def _weighted(state: Any, shape: Any, p: Tensor, replace: bool) -> Tensor:
    """Places with probabilities, one for every element of a shape."""
    work = p.dtype if p.dtype.kind == "f" else np.dtype("float64")
    if replace:
        edges = lp["cumsum"](p.astype(work), -1)
        u = Tensor(streams.uniform(state, 0, tuple(shape), work)) * edges[..., -1]
        found: Tensor = lp["sum"]((lp["expand_dims"](u, -1) >= edges[:-1]).astype("int64"), axis=-1)
        return found
    total = 1
    for s in shape:
        total = total * s
    u = Tensor(streams.uniform(state, 0, p.shape, work))
    keys = lp["log"](1 - u) / lp["maximum"](p.astype(work), 1e-30)
    places: Tensor = lp["reshape"](lp["argsort"](-keys)[:total], tuple(shape))
    return places


__all__ = ["RandomFunction", "RandomStateSharedVariable", "RandomStreams", "State", "get_vector_length"]

__getattr__ = missing.attributes("theano.tensor.shared_randomstreams", globals())
