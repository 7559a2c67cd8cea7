"""watch, check_numerics, stop_when: eagerly, compiled, in loops and in fit; each names the user's line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim, train


@pytest.fixture(autouse=True)
def nothing_watched() -> Iterator[None]:
    lp.debug.clear()
    yield
    lp.debug.clear()


@pytest.fixture(params=["c", "numpy"])
def device(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(lp.config, "device", request.param)
    return str(request.param)


def logs(x: Any) -> Any:
    hidden = lp.debug.watch("hidden", lp.log(x))
    return (lp.debug.check_numerics(hidden, "log of x") * 2).sum()


GOOD, BAD = np.array([1.0, 2.0, 4.0]), np.array([1.0, 0.0, -1.0])


def ways() -> dict[str, Any]:
    x = lp.input("x", (3,))
    return {"eager": logs, "compiled": lp.compile(logs), "function": lp.function([x], logs(x))}


@pytest.mark.parametrize("way", ["eager", "compiled", "function"])
def test_values_and_bad_numbers(way: str, device: str) -> None:
    f = ways()[way]
    good = GOOD.astype(np.float32) if way == "function" else GOOD
    assert float(f(good)) == pytest.approx(2 * np.log(GOOD).sum(), rel=1e-6)
    np.testing.assert_allclose(lp.debug.values()["hidden"], np.log(GOOD), rtol=1e-6)
    for _ in range(2):
        with pytest.raises(lp.LimpideError) as caught:
            f(BAD.astype(good.dtype))
        text = str(caught.value)
        assert "[check_numerics] 'log of x' has 1 NaN and 1 Inf among 3 numbers, the first at [1]" in text
        assert 'return (lp.debug.check_numerics(hidden, "log of x") * 2).sum()' in text
        assert isinstance(caught.value, FloatingPointError)
    assert np.isneginf(lp.debug.values()["hidden"][1])
    assert float(f(good)) == pytest.approx(2 * np.log(GOOD).sum(), rel=1e-6)


@pytest.mark.parametrize("compiled", [False, True])
def test_conditions(compiled: bool, device: str) -> None:
    def step(x: Any) -> Any:
        lp.debug.watch("x", x)
        lp.debug.stop_when(x > 3, "x above 3")
        lp.debug.stop_when(x.sum() < -5)
        return x + 1

    f = lp.compile(step) if compiled else lambda a: step(lp.tensor(a))
    np.testing.assert_array_equal(f(np.array([1.0, 2.0])).numpy(), [2.0, 3.0])
    with pytest.raises(lp.debug.Stopped, match=r"\[stop_when\] 'x above 3' holds") as caught:
        f(np.array([1.0, 4.0]))
    assert 'lp.debug.stop_when(x > 3, "x above 3")' in str(caught.value)
    np.testing.assert_array_equal(caught.value.values["x"], [1.0, 4.0])
    with pytest.raises(lp.debug.Stopped, match="'the condition' holds"):
        f(np.array([-9.0, 0.0]))


def test_gradients_are_those_without(device: str) -> None:
    W = lp.parameter(np.array([0.5, -0.3]), name="W")

    def loss(x: Any, watched: bool) -> Any:
        h = lp.tanh(x * W)
        if watched:
            h = lp.debug.check_numerics(lp.debug.watch("h", h))
        return (h**2).sum()

    x = np.array([1.0, 2.0])

    @lp.compile
    def both(a: Any) -> Any:
        return lp.grad(loss(a, True), W), lp.grad(loss(a, False), W)

    one, two = both(x)
    np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=1e-12)
    np.testing.assert_allclose(lp.grad(loss(lp.tensor(x), True), W).numpy(), two.numpy(), rtol=1e-12)


# ------------------------------------------------------------------------------------------------- loops
def halved(x: Any) -> Any:
    def step(carry: Any, element: Any) -> Any:
        carry = lp.debug.watch("carry", carry / element)
        lp.debug.check_numerics(carry, "carry")
        lp.debug.stop_when(carry > 10, "carry above 10")
        return carry, carry

    return lp.scan(step, 1.0, x)[1]


@pytest.mark.parametrize("compiled", [False, True])
def test_loops(compiled: bool, device: str) -> None:
    f = lp.compile(halved) if compiled else halved
    np.testing.assert_allclose(f(np.array([2.0, 2.0, 4.0], np.float32)).numpy(), [0.5, 0.25, 0.0625])
    assert lp.debug.values()["carry"] == 0.0625
    with pytest.raises(lp.LimpideError, match="'carry' is Inf") as caught:  # then NaN: the first is told
        f(np.array([2.0, 0.0, np.inf, 0.0], np.float32))
    assert 'lp.debug.check_numerics(carry, "carry")' in str(caught.value)
    with pytest.raises(lp.debug.Stopped, match="carry above 10"):
        f(np.array([0.05, 1000.0], np.float32))


def test_loops_in_loops() -> None:
    @lp.compile
    def f(x: Any) -> Any:
        def outer(total: Any, row: Any) -> Any:
            def inner(carry: Any, v: Any) -> Any:
                return lp.debug.watch("product", carry * v), None

            product, _ = lp.scan(inner, 1.0, row)
            return total + lp.debug.watch("row", product), None

        return lp.scan(outer, 0.0, x)[0]

    assert float(f(np.array([[1.0, 2.0], [3.0, 4.0]], np.float32))) == 14.0
    assert lp.debug.values() == {"product": 12.0, "row": 12.0}


def test_gradients_through_loops() -> None:
    w = lp.parameter(2.0, name="w")

    @lp.compile
    def f(x: Any) -> Any:
        loss = lp.scan(lambda c, v: (lp.debug.watch("c", c * w + v), None), 0.0, x)[0]
        return lp.grad(loss, w)

    assert float(f(np.array([1.0, 1.0, 1.0], np.float32))) == 5.0  # d(w^2 + w + 1)/dw at 2


# ------------------------------------------------------------------------------------------------ training
class Net(nn.Module):
    def __init__(self, limit: float = np.inf) -> None:
        self.layer, self.limit = nn.Linear(3, 2, seed=0), limit

    def forward(self, x: Any) -> Any:
        hidden = lp.debug.watch("hidden", self.layer(x))
        lp.debug.check_numerics(hidden, "hidden")
        lp.debug.stop_when(lp.max(x) > self.limit, "a large input")
        return hidden


X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize("source", ["arrays", "dataset"])
def test_fit_stops_after_the_step(source: str) -> None:
    x = X.copy()
    x[33] = 50
    net, other = Net(limit=40), nn.Linear(3, 2, seed=0)
    for model in (net, other):
        model.compile(optimizer=optim.SGD(lr=0.1), loss="cross_entropy")
    data: Any = (x, Y) if source == "arrays" else (lp.data.Dataset.from_arrays(x, Y).batch(5),)
    with pytest.raises(lp.debug.Stopped, match="'a large input' holds") as caught:
        net.fit(*data, batch_size=5, shuffle=False, verbose=0)
    assert "lp.debug.stop_when(lp.max(x) > self.limit" in str(caught.value)
    assert caught.value.values["hidden"].shape == (5, 2)
    other.fit(x, Y, batch_size=5, shuffle=False, steps_per_epoch=7, verbose=0)
    np.testing.assert_allclose(net.layer.weight.numpy(), other.weight.numpy(), rtol=1e-5)


def test_fit_tells_of_the_first_bad_number() -> None:
    x = X.copy()
    x[41, 1] = np.nan
    net = Net()
    net.compile(loss="cross_entropy")
    with pytest.raises(lp.LimpideError, match="'hidden' has 2 NaN among 10 numbers, the first at \\[1, 0\\]"):
        net.fit(x, Y, batch_size=5, shuffle=False, verbose=0)


def test_callbacks_read_values_after_every_step() -> None:
    seen = []

    class Look(train.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            seen.append(lp.debug.values()["hidden"])

    net = Net()
    net.compile(optimizer=optim.SGD(lr=0.0), loss="cross_entropy")
    net.fit(X, Y, batch_size=20, shuffle=False, verbose=0, callbacks=[Look()])
    np.testing.assert_allclose(np.concatenate(seen), net.predict(X), rtol=1e-6)
