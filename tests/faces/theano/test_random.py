"""Random streams: states, seeds, distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from limpide.faces import theano
from limpide.faces.theano import tensor as T
from limpide.faces.theano.sandbox.rng_mrg import MRG_RandomStreams
from limpide.faces.theano.tensor.shared_randomstreams import RandomStreams


def drawn(variable: Any) -> Any:
    return theano.function([], variable)()


@pytest.mark.parametrize("kind", [RandomStreams, MRG_RandomStreams])
def test_equal_seeds_give_equal_numbers(kind: Any) -> None:
    a, b = kind(7), kind(7)
    assert np.array_equal(drawn(a.normal((3,))), drawn(b.normal((3,))))
    assert not np.array_equal(drawn(kind(7).normal((3,))), drawn(kind(8).normal((3,))))


def test_states_are_read_set_and_seeded() -> None:
    streams = RandomStreams(3)
    u = streams.uniform((2,))
    f = theano.function([], u)
    before = u.rng.get_value(borrow=True)
    first = f()
    u.rng.set_value(before, borrow=True)
    assert np.array_equal(f(), first)
    state = u.rng.get_value()
    state.seed(99)
    u.rng.set_value(state)
    seeded = f()
    state.seed(99)
    u.rng.set_value(state)
    assert np.array_equal(f(), seeded)
    streams.seed(5)
    one = f()
    streams.seed(5)
    assert np.array_equal(f(), one)


def test_a_variable_is_one_draw_in_a_call() -> None:
    u = RandomStreams(1).uniform((4,))
    assert np.array_equal(drawn(u - u), np.zeros(4))
    f = theano.function([], u, updates=[u.update], no_default_updates=True)
    assert not np.array_equal(f(), f())


def test_states_go_from_one_model_to_another() -> None:
    a, b = MRG_RandomStreams(1), MRG_RandomStreams(2)
    f, g = theano.function([], a.uniform(())), theano.function([], b.uniform(()))
    f()
    for (one, _), (other, _) in zip(a.state_updates, b.state_updates, strict=True):
        other.set_value(one.get_value())
    assert f() == g()


N = 20000


@pytest.mark.parametrize(
    ("make", "mean", "spread", "dtype"),
    [
        (lambda s: s.uniform((N,), -1, 3), 1, 4 / 12**0.5, "float64"),
        (lambda s: s.uniform((N,), dtype="float32"), 0.5, 1 / 12**0.5, "float32"),
        (lambda s: s.normal((N,), avg=2, std=3), 2, 3, "float64"),
        (lambda s: s.truncated_normal((N,)), 0, 0.88, "float64"),
        (lambda s: s.binomial((N,), p=0.3), 0.3, 0.21**0.5, "int64"),
        (lambda s: s.binomial(size=(N,), n=5, p=0.5), 2.5, 1.25**0.5, "int64"),
        (lambda s: s.random_integers((N,), 1, 6), 3.5, (35 / 12) ** 0.5, "int64"),
        (lambda s: s.poisson((N,), lam=3.0), 3, 3**0.5, "int64"),
        (lambda s: s.choice((N,), a=4), 1.5, 1.25**0.5, "int64"),
        (lambda s: s.choice((N,), a=[1.0, 5.0], p=[0.75, 0.25]), 2, 3**0.5, None),
        (lambda s: s.multinomial((N,), pvals=[0.2, 0.8])[:, 1], 0.8, 0.4, "int64"),
    ],
)
def test_distributions(make: Any, mean: float, spread: float, dtype: str | None) -> None:
    values = drawn(make(RandomStreams(11)))
    assert values.shape == (N,)
    assert dtype is None or values.dtype == dtype
    assert abs(values.mean() - mean) < 5 * spread / N**0.5
    assert abs(values.std() / spread - 1) < 0.03


def test_parameters_may_be_variables() -> None:
    p = T.dmatrix("p")
    draw = theano.function([p], RandomStreams(1).binomial(n=1, p=p, dtype="float64"))
    found = draw(np.array([[0, 1], [1, 0.0]]))
    assert found.tolist() == [[0, 1], [1, 0]]
    x = T.dmatrix("x")
    mask = theano.function([x], RandomStreams(1).binomial(size=x.shape, p=0.5, dtype="float32") * x)
    assert mask(np.ones((3, 4))).shape == (3, 4)


def test_orders() -> None:
    streams = RandomStreams(4)
    assert sorted(drawn(streams.permutation(n=10)).tolist()) == list(range(10))
    assert drawn(streams.permutation((2,), n=5)).shape == (2, 5)
    rows = drawn(streams.shuffle_row_elements(np.arange(12.0).reshape(2, 6)))
    assert sorted(rows[0]) == list(range(6))
    without = drawn(streams.choice((5,), a=5, replace=False))
    assert sorted(without.tolist()) == list(range(5))
    several = drawn(MRG_RandomStreams(1).multinomial_wo_replacement(pvals=np.full((3, 4), 0.25), n=2))
    assert all(len(set(row)) == 2 for row in several.tolist())
