"""Random numbers: the same stream eagerly, compiled and in loops; their distributions; their words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import random
from limpide.errors import ArgumentError, DTypeError
from limpide.random import Generator
from ops.check import configured, devices


def draws(g: Any) -> dict[str, Any]:
    """One of each kind."""
    return {
        "random": g.random(3),
        "uniform": g.uniform(-1, 2, (2, 2), dtype="float64"),
        "uniform per element": g.uniform(np.zeros(2), np.ones(2)),
        "normal": g.normal(1.0, 2.0, (2, 3)),
        "truncated_normal": g.truncated_normal(size=4, dtype="float64"),
        "exponential": g.exponential(2.0, shape=(2,)),
        "bernoulli": g.bernoulli(0.3, 50),
        "integers": g.integers(3, 9, 40),
        "randint": g.randint(5, size=(2, 2), dtype="int32")
        if hasattr(g, "randint")
        else g.integers(5, size=(2, 2)),
        "permutation": g.permutation(20),
        "rows": g.permutation(np.arange(8.0).reshape(4, 2)),
        "choice": g.choice(5, 30, p=[0.1, 0.2, 0.3, 0.2, 0.2]),
        "choice of": g.choice(np.float64([5, 6, 7]), (2, 2)),
        "choice without": g.choice(10, 6, replace=False),
        "scalar": g.normal(),
        "rand": g.rand(2, 2),
        "randn": g.randn(3),
    }


def check_equal(a: dict[str, Any], b: dict[str, Any]) -> None:
    for name, x in a.items():
        y = b[name]
        assert x.dtype == y.dtype and x.shape == y.shape, name
        if x.dtype.kind == "f" and name not in ("random", "rand", "rows"):  # arithmetic on the bits rounds
            np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=1e-5, err_msg=name)
        else:
            assert (x.numpy() == y.numpy()).all(), name


@pytest.mark.parametrize("device", devices())
def test_one_stream_eagerly_and_compiled(device: str) -> None:
    eager, traced = Generator(3), Generator(3)
    with configured(device=device):
        compiled = lp.compile(lambda: draws(traced))
        for _ in range(2):
            check_equal(draws(eager), compiled())
    assert repr(eager) == repr(traced) != repr(Generator(3))


@pytest.mark.parametrize("device", devices())
def test_one_stream_in_loops(device: str) -> None:
    a, b, c = Generator(5), Generator(5), Generator(5)

    def step(g: Generator) -> Any:
        return lambda total, x: (total + g.random() * x, g.integers(100, size=3))

    xs = np.arange(4, dtype=np.float32)
    by_hand, total = [], lp.tensor(0.0)
    for x in xs:
        total, drawn = step(a)(total, x)
        by_hand.append(drawn.numpy())
    with configured(device=device):
        last, rows = lp.scan(step(b), 0.0, xs)
        last_c, rows_c = lp.compile(lambda xs: lp.scan(step(c), 0.0, xs))(xs)
    for end, found in ((last, rows), (last_c, rows_c)):
        assert (found.numpy() == np.stack(by_hand)).all()
        np.testing.assert_allclose(float(end), float(total), rtol=1e-6)
    assert repr(a) == repr(b) == repr(c)


def test_seeds() -> None:
    g = Generator(1)
    first, second = g.random(5), g.random(5)
    assert not (first == second).any() and not (first == Generator(2).random(5)).any()
    g.seed(1)
    assert (g.random(5) == first).all() and (g.random(5) == second).all()
    random.seed(1)
    assert (random.random(5) == first).all()
    assert repr(Generator(7)) == "<random.Generator seed=7 draws=0>"
    assert Generator(-1).state.tolist()[0] == 2**64 - 1
    assert not random.default_generator().state.trainable


def test_reseeding_in_compiled_code() -> None:
    g = Generator(1)

    @lp.compile
    def again() -> Any:
        g.seed(4)
        return g.random(3)

    want = Generator(4).random(3)
    assert (again() == want).all() and (again() == want).all()


# ------------------------------------------------------------------------------------------ distributions
N = 200_000


def moments(x: Any) -> tuple[float, float]:
    a = x.numpy().astype(np.float64)
    return float(a.mean()), float(a.std())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_moments(dtype: str) -> None:
    g = Generator(0)
    error = 5 / math.sqrt(N)
    cases = [
        (g.random(N, dtype), 0.5, math.sqrt(1 / 12)),
        (g.normal(size=N, dtype=dtype), 0, 1),
        (g.normal(3, 2, N, dtype), 3, 2),
        (g.truncated_normal(size=N, dtype=dtype), 0, 0.8796256610342398),
        (g.exponential(size=N, dtype=dtype), 1, 1),
        (g.uniform(-2, 4, N, dtype), 1, math.sqrt(3)),
    ]
    for x, mean, deviation in cases:
        assert x.dtype == dtype
        found = moments(x)
        assert abs(found[0] - mean) < error * deviation and abs(found[1] - deviation) < 2 * error * deviation


def test_ranges() -> None:
    g = Generator(0)
    u = g.random(N).numpy()
    assert u.min() >= 0 and u.max() < 1 and np.isfinite(g.normal(size=N).numpy()).all()
    assert abs(g.truncated_normal(size=N).numpy()).max() <= 2
    i = g.integers(-3, 4, N, "int8")
    assert i.dtype == np.int8 and sorted(set(i.tolist())) == list(range(-3, 4))
    assert set(g.integers(2, size=100, endpoint=True).tolist()) == {0, 1, 2}


def test_uniform_numbers_fill_the_interval_evenly() -> None:
    counts = np.histogram(Generator(0).random(N).numpy(), 100, (0, 1))[0]
    chi2 = float(((counts - N / 100) ** 2 / (N / 100)).sum())
    assert chi2 < 99 + 5 * math.sqrt(2 * 99)


def test_normal_numbers_by_their_distribution_function() -> None:
    x = np.sort(Generator(0).normal(size=N, dtype="float64").numpy())
    want = (1 + lp.erf(x / math.sqrt(2)).numpy()) / 2
    assert np.abs(want - (np.arange(N) + 0.5) / N).max() < 2 / math.sqrt(N)


def test_permutations() -> None:
    g = Generator(0)
    assert sorted(g.permutation(1000).tolist()) == list(range(1000))
    firsts = [int(g.permutation(3)[0]) for _ in range(300)]
    assert all(60 < firsts.count(k) < 140 for k in range(3))
    rows = g.permutation(np.arange(10.0).reshape(5, 2)).numpy()
    assert sorted(rows[:, 0].tolist()) == [0, 2, 4, 6, 8] and (rows[:, 1] == rows[:, 0] + 1).all()


def test_choices_follow_their_probabilities() -> None:
    g = Generator(0)
    p = np.float64([0.5, 0.0, 0.3, 0.2])
    counts = np.bincount(g.choice(4, 20_000, p=p).numpy(), minlength=4) / 20_000
    assert np.abs(counts - p).max() < 0.02 and counts[1] == 0
    assert len(set(g.choice(10, 10, replace=False).tolist())) == 10
    assert abs(float(g.bernoulli(0.25, N).astype("float64").mean()) - 0.25) < 0.01
    per_element = g.bernoulli(np.float32([0, 1]))
    assert per_element.tolist() == [False, True]


def test_gradients_go_through_scale_and_location() -> None:
    g = Generator(0)
    loc, scale = lp.parameter(1.0, name="loc"), lp.parameter(2.0, name="scale")
    z = g.normal(loc, scale, 5)
    assert float(lp.grad(z.sum(), loc)) == 5
    assert float(lp.grad(z.sum(), scale)) == pytest.approx(float(((z - loc) / scale).sum()), rel=1e-5)


# ----------------------------------------------------------------------------------------------- errors
def test_what_is_wrong_is_said() -> None:
    g = Generator(0)
    with pytest.raises(ArgumentError, match=r"\[random.integers\] the range 3 to 3 is empty"):
        g.integers(3, 3)
    with pytest.raises(DTypeError, match=r"\[random\] these numbers are floats, not int32"):
        g.normal(size=2, dtype="int32")
    with pytest.raises(ArgumentError, match=r"\[random.choice\] 4 of 3 elements without replacement"):
        g.choice(3, 4, replace=False)
    with pytest.raises(ArgumentError, match=r"\[random.choice\] probabilities go with replacement"):
        g.choice(3, 2, replace=False, p=[0.2, 0.3, 0.5])
