"""Logs for TensorBoard, read back with its own reader."""

from __future__ import annotations

import io
import itertools
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim, train
from limpide.train import events
from limpide.train.events import EventWriter, png
from limpide.train.scopes import draw

pytest.importorskip("tensorboard")
# The reader works without tensorflow, but takes it where it is installed, which is slow to import.
sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("tensorboard.compat.notf"))
event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(103, 6)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)


class Net(nn.Module):
    def __init__(self) -> None:
        self.body = nn.Sequential(nn.Linear(6, 8, seed=1), nn.Tanh())
        self.head = nn.Linear(8, 2, seed=2)

    def forward(self, x: Any) -> Any:
        return self.head(self.body(x))


def model() -> Any:
    net = Net()
    net.compile(optimizer=optim.Adam(lr=0.01), loss="cross_entropy", metrics=["accuracy"])
    return net


def read(folder: Path) -> Any:
    found = event_accumulator.EventAccumulator(str(folder), size_guidance={"tensors": 0, "histograms": 0})
    found.Reload()
    return found


def scalars(folder: Path, tag: str) -> list[tuple[int, float]]:
    return [(e.step, e.value) for e in read(folder).Scalars(tag)]


def test_files_sort_in_the_order_of_their_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_number", itertools.count(5))
    paths = []
    for _ in range(12):
        with train.EventWriter(tmp_path) as writer:
            paths.append(writer.path)
    assert paths == sorted(paths)


def test_measurements(tmp_path: Path) -> None:
    board = train.TensorBoard(tmp_path, update_freq=4)
    history = model().fit(
        X, Y, batch_size=10, epochs=3, validation_data=(X, Y), seed=0, verbose=0, callbacks=[board]
    )
    for run, prefix in (("train", ""), ("validation", "val_")):
        for name in ("loss", "accuracy"):
            found = scalars(tmp_path / run, f"epoch_{name}")
            expected = history.history[prefix + name]
            assert [step for step, _ in found] == [0, 1, 2]
            np.testing.assert_allclose([value for _, value in found], expected, rtol=1e-6)
    assert [v for _, v in scalars(tmp_path / "train", "epoch_learning_rate")] == [pytest.approx(0.01)] * 3
    assert [s for s, _ in scalars(tmp_path / "train", "batch_loss")] == [3, 7, 14, 18, 25, 29]


def test_histograms_and_images(tmp_path: Path) -> None:
    net = model()
    board = train.TensorBoard(tmp_path, histogram_freq=2, write_images=True)
    net.fit(X, Y, batch_size=103, epochs=3, shuffle=False, verbose=0, callbacks=[board])
    found = read(tmp_path / "train")
    names = [name.replace(".", "/") for name, _ in net.named_state()]
    assert set(found.Tags()["histograms"]) == {f"{k}/{n}" for k in ("weights", "gradients") for n in names}
    histograms = found.Histograms("weights/head/weight")
    assert [h.step for h in histograms] == [0, 2]
    last = histograms[-1].histogram_value
    weights = net.head.weight.numpy()
    assert (last.num, last.min, last.max) == (16, weights.min(), weights.max())
    assert last.sum == pytest.approx(weights.sum(), rel=1e-5) and sum(last.bucket) == 16
    gradient = found.Histograms("gradients/head/weight")[-1].histogram_value
    expected = net._trainer.gradients(X, Y)["head.weight"]
    assert gradient.max == pytest.approx(expected.max(), rel=1e-5)
    tags = found.Tags()
    assert not set(tags["images"]) & {*tags["histograms"], *tags["scalars"]}  # a tag is of one kind
    image = found.Images("weight_images/body/0/weight")[-1]
    assert (image.height, image.width) == (6, 8) and image.encoded_image_string.startswith(b"\x89PNG")


def test_the_graph_has_the_names_of_modules(tmp_path: Path) -> None:
    board = train.TensorBoard(tmp_path)
    model().fit(X, Y, batch_size=10, verbose=0, callbacks=[board])
    nodes = {node.name: node for node in read(tmp_path / "train").Graph().node}
    first = nodes["Net/Sequential[body]/Linear[0]/contract"]
    assert set(first.input) == {"x", "Net/Sequential[body]/Linear[0]/weight"}
    assert [d.size for d in first.attr["_output_shapes"].list.shape[0].dim] == [10, 8]
    assert nodes["Net/Sequential[body]/Tanh[1]/tanh"].op == "tanh"
    assert nodes["Net/Linear[head]/contract"].input[0] == "Net/Sequential[body]/Tanh[1]/tanh"
    assert any(name.startswith("loss/") for name in nodes) and nodes["x"].op == nodes["y"].op == "input"
    assert {name for name in nodes if "/" not in name} == {"x", "y"}
    assert b"test_tensorboard.py" in nodes["Net/Linear[head]/contract"].attr["line"].s
    assert all(source in nodes for node in nodes.values() for source in node.input)


def test_drawing_changes_nothing() -> None:
    net = model()
    before = net.state_dict()
    batch = net._trainer.batch("fit", (X, Y))
    assert [node.name for node in draw(net._trainer, batch)] == [
        node.name for node in draw(net._trainer, batch)
    ]
    assert "forward" not in vars(net) and all((before[n] == v).all() for n, v in net.state_dict().items())


def test_hyper_parameters(tmp_path: Path) -> None:
    pb = pytest.importorskip("tensorboard.plugins.hparams.plugin_data_pb2")
    model().fit(X, Y, verbose=0, callbacks=[train.TensorBoard(tmp_path / "a")])
    settings = {"width": 8, "name": "b", "deep": False}
    model().fit(X, Y, verbose=0, callbacks=[train.TensorBoard(tmp_path / "b", hparams=settings)])
    found = {}
    for run in ("a", "b"):
        data = read(tmp_path / run / "train").summary_metadata
        contents = {tag: pb.HParamsPluginData.FromString(m.plugin_data.content) for tag, m in data.items()
                    if m.plugin_data.plugin_name == "hparams"}  # fmt: skip
        found[run] = dict(contents["_hparams_/session_start_info"].session_start_info.hparams)
        assert contents["_hparams_/experiment"].experiment.metric_infos[0].name.tag == "epoch_loss"
        assert contents["_hparams_/session_end_info"].session_end_info.status == 1
    assert found["a"]["optimizer"].string_value == "Adam" and found["a"]["batch_size"].number_value == 32
    assert found["a"]["loss"].string_value == "cross_entropy"
    assert found["b"]["width"].number_value == 8 and not found["b"]["deep"].bool_value


def test_a_resumed_training_takes_the_place_of_what_was_lost(tmp_path: Path) -> None:
    class Crash(train.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 4:
                raise RuntimeError("crash")

    saver = train.Checkpoint(tmp_path / "state", every_epochs=3)
    with pytest.raises(RuntimeError):
        model().fit(X, Y, epochs=6, seed=1, verbose=0, checkpoint=saver,
                    callbacks=[train.TensorBoard(tmp_path / "logs"), Crash()])  # fmt: skip
    model().fit(X, Y, epochs=6, verbose=0, checkpoint=saver, resume=True,
                callbacks=[train.TensorBoard(tmp_path / "logs")])  # fmt: skip
    assert [step for step, _ in scalars(tmp_path / "logs" / "train", "epoch_loss")] == [0, 1, 2, 3, 4, 5]


def test_generators_have_no_sample_but_can_be_given_one(tmp_path: Path) -> None:
    def batches() -> Any:
        while True:
            yield X[:10], Y[:10]

    for name, sample in (("without", None), ("with", (X[:10], Y[:10]))):
        board = train.TensorBoard(tmp_path / name, histogram_freq=1, sample=sample)
        model().fit(batches(), steps_per_epoch=3, verbose=0, callbacks=[board])
        tags = read(tmp_path / name / "train").Tags()
        assert tags["graph"] == (sample is not None)
        assert any(t.startswith("gradients/") for t in tags["histograms"]) == (sample is not None)


# ----------------------------------------------------------------------------------------------- the writer
def test_texts_and_numbers_that_are_none(tmp_path: Path) -> None:
    with EventWriter(tmp_path) as writer:
        writer.text("note", "**bold**", step=1)
        writer.scalar("loss", float("nan"), step=0)
        writer.histogram("h", [np.nan, np.inf, 1.0, 2.0], step=0)
        writer.histogram("none", [np.nan], step=0)
    found = read(tmp_path)
    assert found.Tensors("note")[0].tensor_proto.string_val[0] == b"**bold**"
    assert np.isnan(found.Scalars("loss")[0].value) and found.Histograms("h")[0].histogram_value.num == 2
    assert found.Tags()["histograms"] == ["h"]


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 3)])
def test_images_are_read_by_others(shape: tuple[int, ...]) -> None:
    pixels = RNG.integers(0, 256, shape).astype(np.uint8)
    image = pytest.importorskip("PIL.Image")
    data = png(pixels.reshape(*shape[:2], -1))
    np.testing.assert_array_equal(np.asarray(image.open(io.BytesIO(data))).reshape(shape), pixels)


def test_what_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(lp.LimpideError, match='update_freq is \'often\', not "epoch", "batch" or a number'):
        train.TensorBoard(update_freq="often")
    with EventWriter(tmp_path) as writer, pytest.raises(lp.LimpideError, match=r"shape \(3,\) is no image"):
        writer.image("a", np.zeros(3), 0)
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto", None)
    with pytest.raises(lp.LimpideError, match=r"needs the package 'tensorboard'.*\n.*limpide\[tensorboard\]"):
        EventWriter(tmp_path)
