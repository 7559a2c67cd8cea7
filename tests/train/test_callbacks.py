"""Callbacks: when they are called, and what each of ours does."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim, train
from limpide.io import load_tensors

RNG = np.random.default_rng(0)
X = RNG.normal(size=(103, 6)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)


def model(lr: float = 0.5) -> Any:
    net = nn.Sequential(nn.Linear(6, 8, seed=1), nn.Tanh(), nn.Linear(8, 2, seed=2))
    net.compile(optimizer=optim.SGD(lr=lr), loss="cross_entropy", metrics=["accuracy"])
    return net


# -------------------------------------------------------------------------------------------- the protocol
class Recorder(train.Callback):
    def __init__(self) -> None:
        self.events: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("on_"):
            return lambda *args: self.events.append(f"{name[3:]}{args[0] if len(args) > 1 else ''}")
        return super().__getattribute__(name)

    def watches(self, word: str) -> bool:
        return True


def test_everything_is_told_in_order() -> None:
    recorder, net = Recorder(), model()
    net.fit(X[:20], Y[:20], batch_size=10, validation_data=(X, Y), validation_batch_size=60, verbose=0,
            callbacks=[recorder])  # fmt: skip
    assert recorder.events == [
        "train_begin", "epoch_begin0", "train_batch_begin0", "train_batch_end0", "train_batch_begin1",
        "train_batch_end1", "test_begin", "test_batch_begin0", "test_batch_end0", "test_batch_begin1",
        "test_batch_end1", "test_end", "epoch_end0", "train_end",
    ]  # fmt: skip
    assert recorder.model is net
    assert recorder.params == {"epochs": 1, "steps": 2, "verbose": 0, "batch_size": 10}
    recorder.events.clear()
    net.evaluate(X, Y, batch_size=60, callbacks=[recorder])
    assert recorder.events[0] == "test_begin" and recorder.events[-2:] == ["test_batch_end1", "test_end"]
    recorder.events.clear()
    net.predict(X, batch_size=60, callbacks=[recorder])
    assert recorder.events == [
        "predict_begin", "predict_batch_begin0", "predict_batch_end0", "predict_batch_begin1",
        "predict_batch_end1", "predict_end",
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["arrays", "dataset"])
def test_batches_so_many_apart_and_the_same_bits(source: str) -> None:
    def run(every: int | None) -> tuple[list[Any], Any, Any]:
        seen: list[Any] = []

        class Look(train.Callback):
            def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
                seen.append(batch)

            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                seen.append((batch, logs["loss"]))

        look = Look()
        look.every = every or 1
        net = model()
        data: Any = (X, Y) if source == "arrays" else (lp.data.Dataset.from_arrays(X, Y).shuffle(1).batch(8),)
        history = net.fit(*data, batch_size=8, seed=1, epochs=2, verbose=0, callbacks=[look] if every else [])
        return seen, net.state_dict(), history

    one, bits, history = run(1)
    assert [e if isinstance(e, int) else e[0] for e in one] == [i for i in range(13) for _ in (0, 1)] * 2
    assert one[25][1] == history.history["loss"][0]
    five, again, _ = run(5)
    assert [e if isinstance(e, int) else e[0] for e in five] == [0, 4, 5, 9, 10] * 2
    assert five[1] == one[9]
    _, none, other = run(None)
    assert other == history
    for name, value in bits.items():
        assert (value == again[name]).all() and (value == none[name]).all()


def test_a_batch_can_stop_the_training() -> None:
    stop = train.LambdaCallback(
        on_train_batch_end=lambda batch, logs: setattr(net, "stop_training", batch == 3)
    )
    net = model()
    history = net.fit(X, Y, batch_size=8, epochs=5, seed=0, verbose=0, callbacks=[stop])
    assert history.epoch == [0]
    other = model()
    other.fit(X, Y, batch_size=8, steps_per_epoch=4, seed=0, verbose=0)
    np.testing.assert_allclose(other[0].weight.numpy(), net[0].weight.numpy(), rtol=1e-6)


def test_lambda_callbacks() -> None:
    seen: list[Any] = []
    told = train.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(epoch), on_train_begin=lambda logs: seen.append("begin")
    )
    model().fit(X, Y, epochs=2, verbose=0, callbacks=[told])
    assert seen == ["begin", 0, 1] and not told.watches("train")
    with pytest.raises(
        lp.LimpideError, match="there is no on_epoch_and; there are on_epoch_begin, on_epoch_end"
    ):
        train.LambdaCallback(on_epoch_and=print)


# ---------------------------------------------------------------------------------------------- monitors
def driven(callback: Any, name: str, values: list[float], lr: float = 1.0) -> Any:
    """The callback through epochs with these measurements; the fake fit."""
    net = SimpleNamespace(
        stop_training=False, weights=0, saved=[], state_dict=lambda: {"w": net.weights},
        load_state_dict=lambda state: setattr(net, "weights", state["w"]),
        save=lambda path: net.saved.append(str(path)),
    )  # fmt: skip
    run = SimpleNamespace(
        optimizer=SimpleNamespace(lr=lr), history=SimpleNamespace(epoch=[]), rates=[], net=net, epochs=0
    )
    callback.set_model(net)
    callback.run = run
    callback.on_train_begin({})
    for epoch, value in enumerate(values):
        if net.stop_training:
            break
        net.weights = epoch
        callback.on_epoch_begin(epoch, {})
        callback.on_epoch_end(epoch, {name: value})
        run.rates.append(run.optimizer.lr)
        run.history.epoch.append(epoch)
    callback.on_train_end({})
    return run


def test_early_stopping() -> None:
    values = [5.0, 3.0, 3.5, math.nan, 2.9, 3.0, 3.0, 3.0]
    stopping = train.EarlyStopping("val_loss", patience=2)
    assert driven(stopping, "val_loss", values).history.epoch == [0, 1, 2, 3]
    assert (stopping.stopped_epoch, stopping.best_epoch, stopping.best) == (3, 1, 3.0)
    stopping = train.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
    run = driven(stopping, "val_loss", values)
    assert run.history.epoch == list(range(8)) and run.net.weights == 4 and stopping.stopped_epoch == 7
    assert driven(stopping, "val_loss", [1.0, 2, 2, 2, 2]).history.epoch == [0, 1, 2, 3]  # used again
    up = train.EarlyStopping("val_accuracy", min_delta=0.1)
    assert up.mode == "max" and driven(up, "val_accuracy", [0.5, 0.7, 0.75, 0.9]).history.epoch == [0, 1, 2]
    assert driven(train.EarlyStopping("loss", baseline=1.0), "loss", [2.0, 0.5]).history.epoch == [0]
    late = train.EarlyStopping("loss", start_from_epoch=2)
    assert driven(late, "loss", [1.0, 2.0, 3.0, 4.0]).history.epoch == [0, 1, 2, 3]


def test_a_measurement_that_is_not_there_is_told_once() -> None:
    with pytest.warns(UserWarning, match="no measurement 'val_loss'; there are loss") as caught:
        driven(train.EarlyStopping(), "loss", [1.0, 2.0, 3.0])
    assert len(caught) == 1
    with pytest.raises(lp.LimpideError, match='mode is \'up\'; there are "auto", "min" and "max"'):
        train.EarlyStopping(mode="up")


def test_of_what_metrics_call_themselves_it_is_known_which_way_is_better() -> None:
    falling = {"rmse", "root_mean_squared_error", *nn.losses.NAMES}
    own = [train.metrics.MeanIoU(3), train.metrics.ConfusionMatrix(3), train.metrics.FBeta(2.0)]
    for name in [*train.metrics.NAMES, *(metric.name for metric in own)]:
        mode = train.EarlyStopping(f"val_{name}").mode
        assert mode == ("min" if name in falling else "max"), name


def test_model_checkpoints(tmp_path: Path) -> None:
    best = train.ModelCheckpoint("best-{epoch:02d}-{val_loss:.1f}", save_best_only=True)
    run = driven(best, "val_loss", [3.0, 4.0, math.nan, 2.0, 2.0])
    assert run.net.saved == ["best-01-3.0", "best-04-2.0"]
    assert driven(train.ModelCheckpoint("e{epoch}", period=2), "loss", [1.0] * 5).net.saved == ["e2", "e4"]
    with pytest.raises(
        lp.LimpideError, match="'{nothing}' cannot be filled in.*\n.*\n.*there are epoch, loss"
    ):
        driven(train.ModelCheckpoint("{nothing}"), "loss", [1.0])
    net = model()
    net.fit(X, Y, verbose=0, callbacks=[train.ModelCheckpoint(tmp_path / "a.safetensors")])
    np.testing.assert_array_equal(load_tensors(tmp_path / "a.safetensors")[0]["0.bias"], net[0].bias.numpy())


def test_the_rate_falls_on_a_plateau() -> None:
    fall = train.ReduceLROnPlateau("loss", factor=0.5, patience=2, cooldown=2, min_lr=0.2)
    run = driven(fall, "loss", [1.0, 1, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    assert run.rates == [1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2, 0.2]
    with pytest.raises(lp.LimpideError, match="factor is 2"):
        train.ReduceLROnPlateau(factor=2)


def test_scheduled_rates() -> None:
    assert driven(train.LearningRateScheduler(lambda e: 1 / (e + 1)), "loss", [0] * 3).rates == [
        1,
        0.5,
        1 / 3,
    ]
    assert driven(train.LearningRateScheduler(lambda e, lr: lr / 2), "loss", [0] * 3).rates == [
        0.5,
        0.25,
        0.125,
    ]
    net = model()
    net.fit(X, Y, epochs=2, verbose=0, callbacks=[train.LearningRateScheduler(lambda epoch: 0.0)])
    np.testing.assert_array_equal(net[0].weight.numpy(), model()[0].weight.numpy())


def test_nan_ends_the_training() -> None:
    x = X.copy()
    x[50] = np.nan
    net = model()
    with pytest.warns(UserWarning, match="the loss is nan at batch 6 of epoch 1"):
        history = net.fit(x, Y, batch_size=8, shuffle=False, epochs=5, verbose=0,
                          callbacks=[train.TerminateOnNaN()])  # fmt: skip
    assert history.epoch == [0]
    with pytest.warns(UserWarning, match="the loss is nan at batch 7 of epoch 1"):
        model().fit(x, Y, batch_size=8, shuffle=False, verbose=0, callbacks=[train.TerminateOnNaN(every=4)])


# ---------------------------------------------------------------------------------------------- records
def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "log.csv"

    def fit(**options: Any) -> Any:
        log = train.CSVLogger(path, append=options.pop("append", False))
        return model().fit(X, Y, seed=0, verbose=0, callbacks=[log], **options)

    history = fit(epochs=3)
    rows = [line.split(",") for line in path.read_text().splitlines()]
    assert rows[0] == ["epoch", "loss", "accuracy"] and [r[0] for r in rows[1:]] == ["0", "1", "2"]
    assert [float(r[1]) for r in rows[1:]] == history.history["loss"]
    fit(epochs=1, append=True)
    assert [line.split(",")[0] for line in path.read_text().splitlines()] == ["epoch", "0", "1", "2", "0"]
    fit(epochs=2, checkpoint=tmp_path)
    fit(epochs=4, checkpoint=tmp_path, resume=True)
    assert [line.split(",")[0] for line in path.read_text().splitlines()] == ["epoch", "0", "1", "2", "3"]


def test_the_range_test_finds_a_rate_and_leaves_all_as_it_was() -> None:
    net = model(lr=0.123)
    before, history = net.state_dict(), net.fit(X, Y, verbose=0)
    before = net.state_dict()
    finder = train.find_lr(net, X, Y, batch_size=8, start=1e-4, end=1e3, steps=60, seed=1)
    assert 1e-2 < finder.suggestion < 10
    np.testing.assert_allclose(np.diff(np.log(finder.lrs)), np.log(1e7) / 59, rtol=1e-4)
    assert finder.losses[0] == pytest.approx(net.evaluate(X, Y)[0], rel=0.4)
    assert finder.losses[-1] > 1.5 * min(finder.losses)
    assert all((before[name] == value).all() for name, value in net.state_dict().items())
    assert net._trainer.optimizer.lr == 0.123 and net.history is history
    pytest.importorskip("matplotlib")
    axes = finder.plot().axes[0]
    assert axes.get_xscale() == "log" and len(axes.lines[0].get_xdata()) == len(finder.lrs)
    finder.losses = [np.nan] * 3
    with pytest.raises(lp.LimpideError, match="no step had a finite loss"):
        _ = finder.suggestion
    with pytest.raises(lp.LimpideError, match=r"from 1 to 0.1 in 100 steps is no range"):
        train.LearningRateFinder(1, 0.1)


def test_history_plots_itself() -> None:
    pytest.importorskip("matplotlib")
    history = model().fit(X, Y, epochs=3, validation_data=(X, Y), verbose=0)
    loss, accuracy = history.plot(title="a fit").axes
    assert [line.get_label() for line in loss.lines] == ["loss", "val_loss"]
    np.testing.assert_array_equal(loss.lines[0].get_ydata(), history.history["loss"])
    assert accuracy.get_ylabel() == "accuracy"
    assert len(history.plot(["loss"]).axes) == 1
