"""Checkpoints: a training that goes on has the bits of one that never stopped; damaged files are told of."""

from __future__ import annotations

import json
import os
import runpy
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import limpide as lp
from limpide import nn, optim, train
from limpide.errors import DataError
from limpide.io import load_tensors, save_tensors
from limpide.train.checkpoint import Saved, files, newest

RNG = np.random.default_rng(0)
X = RNG.normal(size=(103, 6)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)


class Noisy(nn.Module):
    """Drops inputs, by the default generator and by one of its own."""

    def __init__(self) -> None:
        self.generator = lp.random.Generator(5)

    def forward(self, x: Any) -> Any:
        if not self.training:
            return x
        return x * lp.random.bernoulli(0.8, size=x.shape) + 0.1 * self.generator.normal(size=x.shape)


def model(hidden: int = 8) -> Any:
    lp.random.seed(1)
    net = nn.Sequential(nn.Linear(6, hidden, seed=1), nn.Tanh(), Noisy(), nn.Linear(hidden, 2, seed=2))
    net.compile(optimizer=optim.Adam(lr=0.05), loss="cross_entropy", metrics=["accuracy"])
    return net


class Stop(train.Callback):
    """Stops like a crash, after so many steps of an epoch."""

    def __init__(self, epoch: int, step: int):
        self.place = epoch, step

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if (self.run.position.epoch, batch + 1) == self.place:
            raise RuntimeError("crash")


def state(net: Any) -> dict[str, Any]:
    found = dict(net.state_dict()) | {f"o {k}": v for k, v in net._trainer.optimizer.state_dict().items()}
    found["random"] = lp.random.default_generator().state.numpy()
    found["own"] = net[2].generator.state.numpy() if hasattr(net, "__getitem__") else None
    return found


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def monitors() -> list[Any]:
    return [
        train.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.05),
        train.EarlyStopping("val_loss", patience=100, restore_best_weights=True),
    ]


@pytest.mark.parametrize("place", [(0, 4), (2, 1), (2, 12), (3, 13)])
def test_a_resumed_training_has_the_same_bits(tmp_path: Path, place: tuple[int, int]) -> None:
    options = {"batch_size": 8, "epochs": 5, "validation_data": (X, Y), "verbose": 0}
    alone = model()
    expected = alone.fit(X, Y, seed=4, callbacks=monitors(), **options)
    bits = state(alone)

    saver = train.Checkpoint(tmp_path, every_steps=3)
    with pytest.raises(RuntimeError, match="crash"):
        model().fit(X, Y, seed=4, callbacks=[*monitors(), Stop(*place)], checkpoint=saver, **options)
    resumed = model()
    history = resumed.fit(X, Y, callbacks=monitors(), checkpoint=saver, resume=True, **options)
    assert same(state(resumed), bits)
    assert history == expected and resumed._trainer.optimizer.lr == alone._trainer.optimizer.lr < 0.05

    again = model()  # all is done: nothing more is trained
    assert again.fit(X, Y, callbacks=monitors(), checkpoint=tmp_path, resume=True, **options) == expected
    assert same(state(again), bits)


def test_networks_in_bfloat16(tmp_path: Path) -> None:
    def network() -> Any:
        net = nn.Sequential(*(nn.Linear(6, 6, seed=i, dtype=lp.bfloat16) for i in range(2)))
        net.compile(optimizer=optim.SGD(lr=0.5, momentum=0.5), loss="cross_entropy")
        return net

    alone, first, second = network(), network(), network()
    losses = alone.fit(X, Y, epochs=4, seed=2, verbose=0).history["loss"]
    assert losses[0] > losses[-1]
    first.fit(X, Y, epochs=2, seed=2, verbose=0, checkpoint=tmp_path)
    second.fit(X, Y, epochs=4, verbose=0, resume=tmp_path)
    for name, value in alone.state_dict().items():
        np.testing.assert_array_equal(second.state_dict()[name], value)
    alone.save(tmp_path / "net.safetensors")
    np.testing.assert_array_equal(network().load(tmp_path / "net.safetensors").predict(X), alone.predict(X))
    assert alone.predict(X[:1]).dtype == alone.predict(X, batch_size=20).dtype == np.float32
    assert train.gradient_flow(alone, X, Y).norms["0.weight"] > 0


def test_more_epochs_than_before(tmp_path: Path) -> None:
    alone, first, second = model(), None, None
    alone.fit(X, Y, batch_size=10, epochs=4, seed=2, verbose=0)
    bits = state(alone)
    first = model()
    first.fit(X, Y, batch_size=10, epochs=2, seed=2, verbose=0, checkpoint=tmp_path)
    second = model()
    second.fit(X, Y, batch_size=10, epochs=4, verbose=0, resume=tmp_path)
    assert same(state(second), bits)


def test_a_checkpoint_among_the_callbacks(tmp_path: Path) -> None:
    saver = train.Checkpoint(tmp_path)
    expected = model().fit(X, Y, epochs=3, seed=2, verbose=0)
    lp.random.seed(1)
    model().fit(X, Y, epochs=1, seed=2, verbose=0, callbacks=[saver])
    resumed = model().fit(X, Y, epochs=3, verbose=0, callbacks=[saver, train.TerminateOnNaN()], resume=True)
    assert resumed == expected and len(files(tmp_path)) == 3


def test_a_second_ctrl_c_in_the_middle_of_a_step_writes_nothing(tmp_path: Path) -> None:
    class Press(train.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model().fit(X, Y, verbose=0, callbacks=[Press()], checkpoint=tmp_path)
    assert files(tmp_path) == []


def test_resume_without_a_checkpoint_starts_anew(tmp_path: Path) -> None:
    plain, other = model(), model()
    expected = plain.fit(X, Y, epochs=2, seed=1, verbose=0)
    lp.random.seed(1)
    assert other.fit(X, Y, epochs=2, seed=1, verbose=0, checkpoint=tmp_path, resume=True) == expected


def test_so_many_files_are_kept(tmp_path: Path) -> None:
    model().fit(X, Y, epochs=6, verbose=0, checkpoint=train.Checkpoint(tmp_path, every_epochs=2, keep=2))
    assert [p.name for p in files(tmp_path)] == [
        "epoch000006-step000000000.safetensors",
        "epoch000004-step000000000.safetensors",
    ]
    assert len(os.listdir(tmp_path)) == 2


def test_ctrl_c_leaves_a_checkpoint_of_the_last_step(tmp_path: Path) -> None:
    class Press(train.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if (self.run.position.epoch, batch) == (1, 4):
                os.kill(os.getpid(), signal.SIGINT)

    options = {"batch_size": 8, "epochs": 3, "verbose": 0}
    alone = model()
    alone.fit(X, Y, seed=4, **options)
    bits = state(alone)
    with pytest.raises(KeyboardInterrupt):
        model().fit(X, Y, seed=4, callbacks=[Press()], checkpoint=tmp_path, **options)
    assert files(tmp_path)[0].name == "epoch000001-step000000005.safetensors"
    resumed = model()
    resumed.fit(X, Y, checkpoint=tmp_path, resume=True, **options)
    assert same(state(resumed), bits)


def test_resumed_datasets_and_generators(tmp_path: Path) -> None:
    def generator() -> Any:
        rng = np.random.default_rng(7)
        while True:
            rows = rng.integers(0, 103, 9)
            yield X[rows], Y[rows]

    dataset = lp.data.Dataset.from_arrays(X, Y).shuffle(3).batch(9)
    endless = lp.data.Dataset.from_arrays(X, Y).shuffle(3).repeat().batch(9)
    for number, (make, steps) in enumerate([(generator, 10), (lambda: dataset, None), (lambda: endless, 7)]):
        options = {"epochs": 4, "steps_per_epoch": steps, "verbose": 0}
        alone = model()
        expected = alone.fit(make(), seed=0, **options)
        bits = state(alone)
        folder = tmp_path / str(number)
        saver = train.Checkpoint(folder, every_steps=2)
        with pytest.raises(RuntimeError, match="crash"):
            model().fit(make(), seed=0, callbacks=[Stop(2, 5)], checkpoint=saver, **options)
        resumed = model()
        assert resumed.fit(make(), checkpoint=folder, resume=True, **options) == expected
        assert same(state(resumed), bits)


# ---------------------------------------------------------------------------------------------- mismatch
def interrupted(folder: Path) -> Path:
    with pytest.raises(RuntimeError):
        model().fit(
            X, Y, batch_size=8, epochs=3, seed=4, verbose=0, callbacks=[Stop(1, 5)],
            checkpoint=train.Checkpoint(folder, every_steps=2),
        )  # fmt: skip
    return files(folder)[0]


def refused(call: Any, *parts: str) -> None:
    with pytest.raises(lp.LimpideError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value), part


def test_another_training_is_refused_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    path = interrupted(tmp_path)
    net = model()
    before = state(net)
    refused(
        lambda: net.fit(X, Y, batch_size=9, epochs=3, verbose=0, resume=path),
        "is in the middle of an epoch of another training: batch_size was 8 and is 9, steps was 13 and is 12",
    )
    refused(lambda: net.fit(X, Y, batch_size=8, seed=9, verbose=0, resume=path), "seed was 4 and is 9")
    refused(
        lambda: model(9).fit(X, Y, batch_size=8, verbose=0, resume=path),
        "wrong shape model/0.weight: (6, 8) given, (6, 9) expected",
        "wrong shape optimizer/0.weight.",
        "which was written for another architecture",
    )
    plain = nn.Sequential(nn.Linear(6, 2))
    plain.compile(loss="cross_entropy")
    refused(
        lambda: plain.fit(X, Y, batch_size=8, verbose=0, resume=path), "its metrics are not those of this"
    )
    assert same(state(net), before)


def test_places_without_checkpoints(tmp_path: Path) -> None:
    net = model()
    refused(lambda: net.fit(X, Y, resume=True), "resume=True needs a place to look: checkpoint=FOLDER")
    refused(lambda: net.fit(X, Y, resume=tmp_path), "there is no checkpoint in")
    refused(lambda: net.fit(X, Y, resume=tmp_path / "no.safetensors"), "there is no file")
    net.save(tmp_path / "net.safetensors")
    refused(lambda: net.fit(X, Y, resume=tmp_path / "net.safetensors"), "no checkpoint of a training")
    refused(lambda: train.Checkpoint(tmp_path, keep=0), "keep is 0, not a positive whole number")


# ------------------------------------------------------------------------------------------- damaged files
def test_a_damaged_file_is_passed_over(tmp_path: Path) -> None:
    path = interrupted(tmp_path)
    older = files(tmp_path)[1]
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.warns(UserWarning, match=f"{path.name} is no whole safetensors.*goes on from {older.name}"):
        saved = newest(tmp_path)
    assert saved is not None and saved.path == older
    for each in files(tmp_path):
        each.write_bytes(b"nothing")
    with pytest.raises(DataError, match="is no whole safetensors file"):
        newest(tmp_path)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return interrupted(tmp_path_factory.mktemp("good"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=60)
def test_made_up_descriptions(good: Path, data: st.DataObject) -> None:
    """Whatever stands in the description: it is refused, or the training goes on; nothing else happens."""
    arrays, texts = load_tensors(good)
    info = json.loads(texts["training"])
    for name in data.draw(st.lists(st.sampled_from(sorted(info)), min_size=1, max_size=3)):
        info[name] = data.draw(VALUES)
    given_path = good.parent / "given"
    save_tensors(given_path, arrays, texts | {"training": json.dumps(info)})
    try:
        saved = Saved.read(given_path)
    except DataError as error:
        assert "its description of the training is damaged" in str(error)
        return
    assert isinstance(saved.seed, int)


def test_a_description_that_is_no_json(good: Path) -> None:
    arrays, texts = load_tensors(good)
    for text in ("", "{", "[" * 100_000, "null", "[]", '{"epoch": 1}'):
        with pytest.raises(DataError, match="its description of the training is damaged"):
            Saved(good, arrays, texts | {"training": text})


# --------------------------------------------------------------------------------------------------- kill
@pytest.mark.slow
def test_kill() -> None:
    """SIGKILL at random moments; `benchmarks/kill.py` does it a hundred times."""
    program = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "kill.py"))
    kills, wrong = program["compare"](kills=3, epochs=30, every=7, seed=1, longest=0.05)
    assert kills > 0 and wrong == []
