"""Estimators: training goes on from checkpoints, metrics and predictions come from the model function."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limpide.config import config
from limpide.faces import tensorflow as tf

X = np.random.default_rng(0).normal(size=(400, 3)).astype("f4")
Y = (X[:, 0] + X[:, 1] > 0).astype("i4") + (X[:, 2] > 1)
train_input = tf.estimator.inputs.numpy_input_fn({"x": X}, Y, batch_size=64, num_epochs=None, shuffle=True)
whole_input = tf.estimator.inputs.numpy_input_fn({"x": X}, Y, shuffle=False)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(config, "device", "numpy")
    monkeypatch.setattr(logging.getLogger("tensorflow"), "level", logging.ERROR)
    yield
    tf.reset_default_graph()


def model(features: Any, labels: Any, mode: Any, params: Any) -> Any:
    logits = tf.layers.dense(features["x"], 3)
    classes = tf.argmax(logits, axis=1)
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions={"class": classes, "logits": logits})
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=labels))
    optimizer = tf.train.GradientDescentOptimizer(params["rate"])
    step = optimizer.minimize(loss, global_step=tf.train.get_global_step())
    metric = tf.metrics.accuracy(labels=labels, predictions=classes)
    return tf.estimator.EstimatorSpec(
        mode, predictions=classes, loss=loss, train_op=step, eval_metric_ops={"accuracy": metric}
    )


def test_a_model_function(tmp_path: Path) -> None:
    made = tf.estimator.Estimator(model, model_dir=str(tmp_path), params={"rate": 0.5})
    first = made.train(train_input, steps=40).evaluate(whole_input)
    assert first["global_step"] == 40 and first["accuracy"] > 0.7
    again = tf.estimator.Estimator(model, model_dir=str(tmp_path), params={"rate": 0.5})
    again.train(train_input, max_steps=50)
    found = again.evaluate(whole_input)
    assert found["global_step"] == 50 and found["loss"] <= first["loss"] + 0.05
    rows = list(again.predict(whole_input))
    assert len(rows) == 400 and rows[0]["logits"].shape == (3,)
    assert np.mean([r["class"] for r in rows] == Y) == pytest.approx(found["accuracy"])
    assert again.get_variable_value("dense/kernel").shape == (3, 3)
    with pytest.raises(ValueError, match="Could not find trained model"):
        tf.estimator.Estimator(model, params={"rate": 1.0}).evaluate(whole_input)


def test_hooks_and_the_end_of_data(tmp_path: Path) -> None:
    seen: list[Any] = []

    class Seen(tf.train.SessionRunHook):  # type: ignore[misc, name-defined]
        def before_run(self, run_context: Any) -> Any:
            return tf.train.SessionRunArgs(tf.train.get_global_step())

        def after_run(self, run_context: Any, run_values: Any) -> None:
            seen.append(run_values.results)
            if len(seen) == 5:
                run_context.request_stop()

    made = tf.estimator.Estimator(model, model_dir=str(tmp_path), params={"rate": 0.1})
    made.train(train_input, hooks=[Seen(), tf.train.LoggingTensorHook([], every_n_iter=2)])
    assert len(seen) == 5
    made.train(tf.estimator.inputs.numpy_input_fn({"x": X}, Y, batch_size=100, num_epochs=2, shuffle=False))
    assert made.evaluate(whole_input)["global_step"] == 13


@pytest.mark.parametrize("kind", ["DNNClassifier", "LinearClassifier", "DNNLinearCombinedClassifier"])
@pytest.mark.parametrize("classes", [2, 3])
def test_classifiers(kind: str, classes: int, tmp_path: Path) -> None:
    columns = [tf.feature_column.numeric_column("x", shape=(3,))]
    settings: dict[str, Any] = {"n_classes": classes, "model_dir": str(tmp_path)}
    if kind == "DNNClassifier":
        settings |= {"hidden_units": [8], "feature_columns": columns}
    elif kind == "LinearClassifier":
        settings |= {"feature_columns": columns}
    else:
        settings |= {
            "linear_feature_columns": columns,
            "dnn_feature_columns": columns,
            "dnn_hidden_units": [4],
        }
    labels = np.minimum(Y, classes - 1)
    train = tf.estimator.inputs.numpy_input_fn({"x": X}, labels, num_epochs=None, shuffle=True)
    test = tf.estimator.inputs.numpy_input_fn({"x": X}, labels, shuffle=False)
    made = getattr(tf.estimator, kind)(**settings).train(train, steps=60)
    assert made.evaluate(test)["accuracy"] > 0.6
    row = next(made.predict(test))
    assert row["probabilities"].shape == (classes,) and row["classes"][0] == str(row["class_ids"][0]).encode()


def test_columns() -> None:
    column = tf.feature_column
    features = {"n": tf.constant([[1.0], [5.0]]), "s": tf.constant(["b", "z"]), "i": tf.constant([2, 0])}
    words = column.categorical_column_with_vocabulary_list("s", ["a", "b"])
    dense = column.input_layer(
        features,
        [
            column.numeric_column("n"),
            column.bucketized_column(column.numeric_column("n"), [2.0, 4.0]),
            column.indicator_column(words),
            column.embedding_column(column.categorical_column_with_identity("i", 3), 2),
        ],
    )
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found = sess.run(dense)
    assert found.shape == (2, 8)
    by_name = {"i_embedding": found[:, :2], "n": found[:, 2:3], "n_bucketized": found[:, 3:6]}
    assert by_name["n"].tolist() == [[1], [5]] and by_name["n_bucketized"].tolist() == [[1, 0, 0], [0, 0, 1]]
    assert found[:, 6:].tolist() == [[0, 1], [0, 0]]
