"""Sessions that watch over a training, savers, summaries, flags."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limpide.config import config
from limpide.faces import tensorflow as tf
from limpide.faces.tensorflow.python import debug as tf_debug

# The reader works without tensorflow, but takes it where it is installed, which is slow to import.
sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("tensorboard.compat.notf"))
event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(config, "device", "numpy")
    tf.reset_default_graph()
    yield
    tf.reset_default_graph()


def model() -> tuple[Any, Any, Any, Any]:
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.Variable(np.ones((2, 1), "f4"), name="w")
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - 1.0), name="loss")
    step = tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
    return x, w, loss, train


def test_saver_keeps_the_newest_and_restores(tmp_path: Path) -> None:
    x, w, loss, train = model()
    saver = tf.train.Saver(max_to_keep=2)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i in range(3):
            sess.run(train, {x: np.ones((1, 2))})
            path = saver.save(sess, str(tmp_path / "model.ckpt"), global_step=i)
        trained = sess.run(w)
    assert path == tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model.ckpt-2")
    assert not (tmp_path / "model.ckpt-0.index").exists() and (tmp_path / "model.ckpt-1.index").exists()
    with tf.Session() as sess:
        saver.restore(sess, path)
        assert np.array_equal(sess.run(w), trained)
        with pytest.raises(ValueError, match="not a valid checkpoint"):
            saver.restore(sess, str(tmp_path / "none"))
    state = tf.train.get_checkpoint_state(str(tmp_path))
    assert state.model_checkpoint_path == path and len(state.all_model_checkpoint_paths) == 2
    assert dict(tf.train.list_variables(str(tmp_path)))["w"] == [2, 1]


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    from limpide.faces.tensorflow.train.saver import read_checkpoint, write_checkpoint

    prefix = str(tmp_path / "c")
    write_checkpoint(prefix, {"a": np.arange(6.0).reshape(2, 3), "b": np.int64(3)})
    back = read_checkpoint(prefix)
    assert back["a"].shape == (2, 3) and back["b"] == 3
    data = tmp_path / "c.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-4])
    with pytest.raises(ValueError, match="damaged"):
        read_checkpoint(prefix)


def test_a_monitored_session_trains_saves_and_stops(tmp_path: Path) -> None:
    x, w, loss, train = model()
    hooks = [tf.train.StopAtStepHook(last_step=5), tf.train.LoggingTensorHook({"loss": loss}, every_n_iter=2)]
    count = 0
    with tf.train.MonitoredTrainingSession(checkpoint_dir=str(tmp_path), hooks=hooks) as sess:
        while not sess.should_stop():
            sess.run(train, {x: np.ones((1, 2))})
            count += 1
    assert count == 5
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model.ckpt-5")
    with tf.train.MonitoredTrainingSession(checkpoint_dir=str(tmp_path)) as sess:
        assert sess.run(tf.train.get_global_step()) == 5


def test_summaries_are_written(tmp_path: Path) -> None:
    x, w, loss, train = model()
    tf.summary.scalar("cost", loss)
    tf.summary.histogram("weights", w)
    tf.summary.image("picture", tf.reshape(x, [1, 2, -1, 1]))
    tf.summary.audio("sound", tf.zeros([1, 20]), 8000)
    tf.summary.text("words", tf.constant("hello"))
    merged = tf.summary.merge_all()
    with tf.Session() as sess, tf.summary.FileWriter(str(tmp_path), sess.graph) as writer:
        sess.run(tf.global_variables_initializer())
        for i in range(2):
            writer.add_summary(sess.run(merged, {x: np.ones((3, 2))}), i)
        writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="mine", simple_value=2.5)]), 7)
    events = event_accumulator.EventAccumulator(str(tmp_path)).Reload()
    assert [e.value for e in events.Scalars("cost")] == [1.0, 1.0]
    assert events.Scalars("mine")[0].step == 7
    assert events.Tags()["images"] == ["picture/image/0"] and events.Tags()["audio"] == ["sound/audio/0"]
    assert events.Tags()["histograms"] == ["weights"] and events.Tags()["graph"]


def test_tfdbg_tells_where_a_nan_is(capsys: pytest.CaptureFixture[str]) -> None:
    x = tf.placeholder(tf.float32, [], name="x")
    bad = tf.log(x, name="bad")
    sess = tf_debug.LocalCLIDebugWrapperSession(tf.Session())
    sess.add_tensor_filter("has_inf_or_nan", tf_debug.has_inf_or_nan)
    sess.run(bad + 1, {x: 1.0})
    assert sess.found == []
    sess.run(bad + 1, {x: 0.0})
    assert ("has_inf_or_nan", "bad:0") in sess.found
    assert "test_sessions.py" in capsys.readouterr().err


def test_devices_that_are_missing() -> None:
    with tf.device("/gpu:0"):
        y = tf.constant(1.0) + 1
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device"):
        sess.run(y)
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        assert sess.run(y) == 2


def test_flags() -> None:
    flags = tf.app.flags
    flags.DEFINE_integer("size", 3, "a number")
    flags.DEFINE_boolean("loud", False, "a flag")
    rest = flags.FLAGS(["script", "--size=7", "--loud", "file"])
    assert (flags.FLAGS.size, flags.FLAGS.loud, rest) == (7, True, ["script", "file"])


def test_gradient_override() -> None:
    @tf.RegisterGradient("Doubled")
    def doubled(op: Any, g: Any) -> Any:
        return g * 2 * op.inputs[0]

    x = tf.constant(3.0)
    with tf.get_default_graph().gradient_override_map({"Identity": "Doubled"}):
        y = tf.identity(x)
    with tf.Session() as sess:
        assert sess.run([y, tf.gradients(y, x)[0]]) == [3, 6]
