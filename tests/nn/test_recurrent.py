"""RNN, LSTM and GRU against NumPy loops written from their formulas, and against numbers of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim
from nn.check import check_layer

RNG = np.random.default_rng(0)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def rnn(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any]:
    return np.tanh(a + b), c


def relu_rnn(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any]:
    return np.maximum(a + b, 0), c


def lstm(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any]:
    i, f, g, o = np.split(a + b, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any]:
    (ar, az, an), (br, bz, bn) = np.split(a, 3, axis=-1), np.split(b, 3, axis=-1)
    r, z = sigmoid(ar + br), sigmoid(az + bz)
    return (1 - z) * np.tanh(an + r * bn) + z * h, c


Step = Callable[[Any, Any, Any, Any], tuple[Any, Any]]


def pieces(p: dict[str, Any], x: Any, h: Any, suffix: str) -> tuple[Any, Any]:
    """The input's part and the state's part of all gates."""
    a, b = x @ p[f"weight_ih{suffix}"].T, h @ p[f"weight_hh{suffix}"].T
    if f"bias_ih{suffix}" in p:
        a, b = a + p[f"bias_ih{suffix}"], b + p[f"bias_hh{suffix}"]
    return a, b


def reference(step: Step, p: dict[str, Any], x: Any, h0: Any, c0: Any, layers: int, both: bool) -> Any:
    """Outputs (steps, batch, hidden * directions) and last states of x (steps, batch, inputs)."""
    last_h, last_c = [], []
    for layer in range(layers):
        outputs = []
        for back in range(2 if both else 1):
            suffix = f"_l{layer}" + ("_reverse" if back else "")
            h, c = h0[len(last_h)], c0[len(last_h)]
            ys = [np.empty(0)] * len(x)
            for t in reversed(range(len(x))) if back else range(len(x)):
                h, c = step(*pieces(p, x[t], h, suffix), h, c)
                ys[t] = h
            outputs.append(np.stack(ys))
            last_h.append(h)
            last_c.append(c)
        x = np.concatenate(outputs, -1)
    return x, np.stack(last_h), np.stack(last_c)


KINDS: dict[str, tuple[Any, Step]] = {
    "RNN": (nn.RNN, rnn),
    "RNN relu": (lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k), relu_rnn),
    "LSTM": (nn.LSTM, lstm),
    "GRU": (nn.GRU, gru),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("layers", "both", "bias", "given"),
    [(1, False, True, False), (2, True, True, True), (1, True, False, True)],
)
def test_sequences(kind: str, layers: int, both: bool, bias: bool, given: bool) -> None:
    make, step = KINDS[kind]
    layer = make(3, 4, layers=layers, bidirectional=both, bias=bias, seed=1).to("float64")
    count = layers * (1 + both)
    x, h0, c0 = RNG.normal(size=(5, 2, 3)), RNG.normal(size=(count, 2, 4)), RNG.normal(size=(count, 2, 4))
    p = {name: value.copy() for name, value in layer.state_dict().items()}

    def wanted(x: Any, *state: Any) -> Any:
        zeros = np.zeros((count, 2, 4))
        y, h, c = reference(step, p, x, *((*state, zeros)[:2] if state else (zeros, zeros)), layers, both)
        return (y, (h, c)) if kind == "LSTM" else (y, h)

    class Called(nn.Module):
        def __init__(self) -> None:
            self.layer = layer

        def forward(self, x: Any, *state: Any) -> Any:
            return self.layer(x, state if kind == "LSTM" else state[0]) if state else self.layer(x)

    state = ((h0, c0) if kind == "LSTM" else (h0,)) if given else ()
    check_layer(Called(), wanted, x, *state)


@pytest.mark.parametrize("kind", KINDS)
def test_axes_of_the_input(kind: str) -> None:
    make, _ = KINDS[kind]
    layer, first = make(3, 4, seed=0), make(3, 4, batch_first=True, seed=0)
    x = RNG.normal(size=(5, 2, 3)).astype(np.float32)
    y, state = layer(x)
    y1, state1 = first(x.swapaxes(0, 1))
    np.testing.assert_allclose(y1.numpy().swapaxes(0, 1), y.numpy(), rtol=1e-5)
    alone, alone_state = layer(x[:, 0])
    np.testing.assert_allclose(alone.numpy(), y.numpy()[:, 0], rtol=1e-5, atol=1e-6)
    pairs = zip(state, state1, strict=True) if kind == "LSTM" else [(state, state1)]
    for a, b in pairs:
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5)
    assert (alone_state[0] if kind == "LSTM" else alone_state).shape == (1, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_cells(kind: str) -> None:
    make: Any = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell, "GRU": nn.GRUCell}[kind[:4].strip()]
    options = {"nonlinearity": "relu"} if "relu" in kind else {}
    cell, step = make(3, 4, seed=0, **options).to("float64"), KINDS[kind][1]
    x, h, c = RNG.normal(size=(2, 3)), RNG.normal(size=(2, 4)), RNG.normal(size=(2, 4))
    p = cell.state_dict()
    expected = step(*pieces(p, x, h, ""), h, c)
    got = cell(x, (h, c) if kind == "LSTM" else h)
    for a, b in zip(got if kind == "LSTM" else (got,), expected, strict=False):
        np.testing.assert_allclose(a.numpy(), b, rtol=1e-12)
    zeros = np.zeros((2, 4))
    first = cell(x)
    expected = step(*pieces(p, x, zeros, ""), zeros, zeros)
    np.testing.assert_allclose((first[0] if kind == "LSTM" else first).numpy(), expected[0], rtol=1e-12)


def test_dropout_between_layers() -> None:
    layer = nn.LSTM(3, 50, layers=2, dropout=0.5, seed=0)
    x = np.ones((4, 2, 3), np.float32)
    first, second = layer(x)[0].numpy(), layer(x)[0].numpy()
    assert (first != second).any()
    layer.eval()
    np.testing.assert_array_equal(layer(x)[0].numpy(), layer(x)[0].numpy())
    assert lp.compile(lambda x: layer(x)[0])(x).shape == (4, 2, 50)


def test_names_and_learning() -> None:
    """A network of an LSTM learns to add up what it has seen, as one compiled step."""

    class Adder(nn.Module):
        def __init__(self) -> None:
            self.lstm = nn.LSTM(1, 16, seed=0)
            self.out = nn.Linear(16, 1, seed=1)

        def forward(self, x: Any) -> Any:
            y, _ = self.lstm(x)
            return self.out(y[-1])

    net, optimizer = Adder(), optim.Adam(lr=0.02)
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    assert [n for n, _ in net.named_parameters()][:4] == [f"lstm.{name}" for name in names]
    assert net.lstm.weight_ih_l0.shape == (64, 1) and net.lstm.weight_hh_l0.shape == (64, 16)

    @lp.compile
    def step(x: Any, y: Any) -> Any:
        loss = nn.mse(net(x), y)
        optimizer.minimize(loss)
        return loss

    losses = []
    for _ in range(150):
        x = RNG.uniform(-0.5, 0.5, (6, 32, 1)).astype(np.float32)
        losses.append(float(step(x, x.sum(0))))
    assert np.mean(losses[-10:]) < 0.05 * np.mean(losses[:3])


def test_wrong_shapes() -> None:
    layer = nn.GRU(3, 4, layers=2)
    with pytest.raises(
        lp.LimpideError, match=r"the input has shape \(5, 2, 4\), but \(steps, batch, inputs\)"
    ):
        layer(np.ones((5, 2, 4)))
    with pytest.raises(lp.LimpideError, match=r"has shape \(1, 2, 4\), but \(2, 2, 4\) is expected"):
        layer(np.ones((5, 2, 3)), np.zeros((1, 2, 4)))
    with pytest.raises(lp.LimpideError, match="1 initial states are given; there are 2"):
        nn.LSTM(3, 4)(np.ones((5, 2, 3)), np.zeros((1, 2, 4)))
    with pytest.raises(lp.LimpideError, match="hidden is 0, not a positive number"):
        nn.RNN(3, 0)
    with pytest.raises(lp.LimpideError, match="there is no nonlinearity 'sin'"):
        nn.RNN(3, 4, nonlinearity="sin")
    with pytest.raises(lp.LimpideError, match=r"the input has shape \(2, 4\), but \(batch, 3\) is expected"):
        nn.GRUCell(3, 4)(np.ones((2, 4)))


def test_a_batch_of_unknown_size() -> None:
    layer, x = nn.GRU(3, 4, seed=0), lp.input("x", (5, None, 3))
    f = lp.function([x], layer(x)[0])
    given = RNG.normal(size=(5, 2, 3)).astype(np.float32)
    np.testing.assert_allclose(f(given), layer(given)[0].numpy(), rtol=1e-4, atol=1e-6)
