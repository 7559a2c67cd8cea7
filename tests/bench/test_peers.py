"""Every form of every library that is installed does the same work."""

from __future__ import annotations

import numpy as np
import pytest

from limpide.bench import ours
from limpide.bench.agreement import agrees, measure, reference
from limpide.bench.peers import PEERS, library, usable
from limpide.bench.peers.layout import channels_first, channels_last
from limpide.bench.peers.numpy_in_place import Images
from limpide.bench.peers.packages import load
from limpide.bench.runner import Library
from limpide.bench.workloads import WORKLOADS
from limpide.config import config
from limpide.errors import MissingExtraError

from .small import small

SLOW = {"torch-compile", "pytensor", "tinygrad"}  # minutes of compiling; `limpide bench` checks them as well


@pytest.fixture(autouse=True)
def threads_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "threads", config.threads)


def found(name: str) -> Library:
    return ours.LIBRARY if name == "limpide" else library(name)


@pytest.mark.filterwarnings("ignore")  # those of the peers are theirs
@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("name", ["limpide", *(p for p in usable() if p not in SLOW)])
def test_the_same_work(name: str, workload: str) -> None:
    given = small(workload)
    expected = reference(given)
    found(name).prepare(1)
    for make in found(name).forms.get(given.workload.kind, {}).values():
        runner = make(given)
        runner.start()
        runner.run(given.order(0))
        first = runner.result()
        assert agrees(given, measure(given, first), expected)
        runner.start()  # goes back to the start
        runner.run(given.order(0))
        for a, b in zip(first, runner.result(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    if given.start:
        assert abs(expected - measure(given, given.start)) > 1e-3, "nothing was learnt"


@pytest.mark.parametrize("workload", ["W7a", "W7b"])
def test_elementwise_results_element_by_element(workload: str) -> None:
    given = small(workload)
    a, b = (x.astype(np.float64) for x in given.arrays)
    want = (a + b) ** 2 if workload == "W7a" else np.sum(np.tanh(a) * b + np.exp(-a * a))
    for name in ("limpide", "numpy"):
        for make in found(name).forms["elementwise"].values():
            runner = make(given)
            runner.start()
            runner.run(given.order(0))
            np.testing.assert_allclose(runner.result()[0].squeeze(), want, rtol=1e-4, atol=1e-5)


def test_gradients_of_the_reference_by_finite_differences() -> None:
    """It is what all are checked against, so it is checked by itself: one step of the convolution net."""
    given = small("W4").exact()
    runner = Images(given)
    runner.start()
    x, t = runner.x[:100], runner.targets[:100]

    def loss() -> float:
        h = runner.features(x)
        runner.forward(h)
        z = runner.outputs[-1] - runner.outputs[-1].max(axis=1, keepdims=True)
        return float((np.log(np.exp(z).sum(axis=1)) - (z * t).sum(axis=1)).mean())

    runner.descend.lr = 0.0
    runner.step(x, t)
    r = np.random.default_rng(1)
    for p, scaled in zip(runner.parameters, runner.gradients, strict=True):
        p += 1e-3 * r.standard_normal(p.shape)  # away from where relu and maxima have corners
        assert scaled.shape == p.shape
    runner.descend.step = lambda: None  # type: ignore[method-assign]
    runner.step(x, t)
    for p, g in zip(runner.parameters, runner.gradients, strict=True):
        direction = r.standard_normal(p.shape)
        direction /= np.linalg.norm(direction)
        h = 1e-6
        p += h * direction
        above = loss()
        p -= 2 * h * direction
        slope = (above - loss()) / (2 * h)
        p += h * direction
        assert slope == pytest.approx(float((g * direction).sum()), rel=1e-4, abs=1e-8)


def test_layouts_of_the_convolution_net() -> None:
    given = small("W4")
    first = channels_first(given.start)
    assert [p.shape for p in first[:5:2]] == [(16, 1, 5, 5), (32, 16, 5, 5), (512, 100)]
    for a, b in zip(channels_last(first), given.start, strict=True):
        np.testing.assert_array_equal(a, b)
    features = np.arange(512.0, dtype=np.float32).reshape(1, 4, 4, 32)
    turned = features.transpose(0, 3, 1, 2).reshape(1, -1)
    np.testing.assert_allclose(features.reshape(1, -1) @ given.start[4], turned @ first[4], rtol=1e-4)


def test_packages_that_are_not_there() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'limpide\[bench\]'"):
        load("a_package_that_does_not_exist")
    assert "numpy" in usable() and set(usable()) <= set(PEERS)
