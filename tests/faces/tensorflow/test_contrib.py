"""tf.contrib: layers with arg_scope, clusters, sequences, estimators on arrays."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from limpide.config import config
from limpide.faces import tensorflow as tf

contrib = tf.contrib
layers = contrib.layers


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(config, "device", "numpy")
    monkeypatch.setattr(logging.getLogger("tensorflow"), "level", logging.ERROR)
    tf.reset_default_graph()
    yield
    tf.reset_default_graph()


def run(fetches: Any, feeds: Any = None, before: Any = ()) -> Any:
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(tf.get_collection("fixed"))
        for each in before:
            sess.run(each, feeds)
        return sess.run(fetches, feeds)


def test_layers_in_a_scope_of_arguments() -> None:
    x = tf.placeholder(tf.float32, [None, 8, 8, 3])
    with contrib.framework.arg_scope(
        [layers.fully_connected, layers.conv2d],
        weights_regularizer=layers.l2_regularizer(0.1),
        activation_fn=None,
    ):
        y = layers.conv2d(x, 4, 3, scope="first")
        y = layers.max_pool2d(y, 2)
        y = layers.fully_connected(layers.flatten(y), 5, activation_fn=tf.nn.relu)
    y = layers.batch_norm(y, is_training=True, updates_collections=None, decay=0.5)
    y = layers.dropout(y, 0.5, is_training=False)
    names = [v.op.name for v in tf.trainable_variables()]
    assert names == [
        "first/weights",
        "first/biases",
        "fully_connected/weights",
        "fully_connected/biases",
        "BatchNorm/beta",
    ]
    assert len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 2
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == []
    moving = next(v for v in tf.global_variables() if v.op.name == "BatchNorm/moving_variance")
    data = np.random.default_rng(0).normal(size=(16, 8, 8, 3))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        out = sess.run(y, {x: data})
        assert np.allclose(out.mean(0), 0, atol=1e-5) and not np.allclose(sess.run(moving), 1)


def test_optimize_loss_and_slim() -> None:
    slim = contrib.slim
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("f4")
    logits = slim.fully_connected(tf.constant(x), 2, activation_fn=None, scope="out")
    labels = (x[:, 0] > 0).astype("i8")
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    step = layers.optimize_loss(loss, tf.train.get_or_create_global_step(), 0.5, "SGD", clip_gradients=5.0)
    other = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
    assert run(loss, before=[step] * 20 + [other]) < 0.4


def test_k_means() -> None:
    points = np.random.default_rng(1).normal(size=(60, 2)).astype("f4") * 0.1
    points[:30] += 3
    x = tf.placeholder(tf.float32, [None, 2])
    for mini in (False, True):
        graph = contrib.factorization.KMeans(x, 2, use_mini_batch=mini).training_graph()
        _, nearest, scores, begun, centres, init, step = graph
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            sess.run(init, {x: points})
            for _ in range(8):
                sess.run(step, {x: points})
            index, distance, ready = sess.run([nearest[0], tf.reduce_mean(scores[0]), begun], {x: points})
            assert ready and len(set(index[:30])) == 1 == len(set(index[30:])) and index[0] != index[-1]
            assert distance < 0.1 and sorted(sess.run(centres)[:, 0].round()) == [0, 3]


def test_sequence_loss() -> None:
    logits = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("f4")
    targets, weights = np.int32([[0, 1, 2], [3, 2, 1]]), np.float32([[1, 1, 0], [1, 0, 0]])
    loss = contrib.seq2seq.sequence_loss(tf.constant(logits), targets, weights)
    scores = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    rows = -np.take_along_axis(scores, targets[..., None], 2)[..., 0]
    assert run(loss) == pytest.approx((rows * weights).sum() / 3, rel=1e-5)


def test_decoders_and_attention() -> None:
    seq = contrib.seq2seq
    inputs = tf.placeholder(tf.float32, [3, None, 5])
    lengths = np.int32([4, 2, 3])
    memory = np.random.default_rng(0).normal(size=(3, 6, 4)).astype("f4")
    with tf.variable_scope("decode"):
        attention = seq.BahdanauAttention(7, memory, memory_sequence_length=[6, 3, 2])
        cell = seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(4), attention, attention_layer_size=5)
        out = tf.layers.Dense(9, use_bias=False)
        trained = seq.BasicDecoder(
            cell, seq.TrainingHelper(inputs, lengths), cell.zero_state(3, tf.float32), out
        )
        outputs, state, ends = seq.dynamic_decode(trained, impute_finished=True)
    table = tf.get_variable("table", [9, 5])
    with tf.variable_scope("decode", reuse=True):
        helper = seq.GreedyEmbeddingHelper(table, tf.zeros([3], tf.int32), 1)
        greedy = seq.BasicDecoder(cell, helper, cell.zero_state(3, tf.float32), out)
        chosen, _, _ = seq.dynamic_decode(greedy, maximum_iterations=5)
    feed = {inputs: np.ones((3, 4, 5), "f4")}
    found, where, stops, ids = run([outputs.rnn_output, state.alignments, ends, chosen.sample_id], feed)
    assert found.shape == (3, 4, 9) and not found[1, 2:].any() and found[1, :2].any()
    assert np.allclose(where.sum(1), 1) and np.allclose(where[2, 2:], 0) and stops.tolist() == [4, 2, 3]
    assert ids.shape == (3, 5)


def test_learning_on_arrays() -> None:
    x = np.random.default_rng(0).normal(size=(200, 3)).astype("f4")
    y = (x[:, 0] > 0).astype("i8") + (x[:, 1] > 1)
    columns = contrib.learn.infer_real_valued_columns_from_input(x)
    made = contrib.learn.DNNClassifier(hidden_units=[8], n_classes=3, feature_columns=columns)
    made.fit(x, y, steps=80, batch_size=50)
    assert made.evaluate(x, y)["accuracy"] > 0.6
    assert np.mean(np.array(list(made.predict(x))) == y) > 0.6

    def model(features: Any, target: Any, mode: Any) -> Any:
        logits = layers.fully_connected(features, 3, activation_fn=None)
        if mode == contrib.learn.ModeKeys.INFER:
            return tf.argmax(logits, 1), None, None
        loss = tf.contrib.losses.softmax_cross_entropy(logits, tf.one_hot(target, 3))
        step = layers.optimize_loss(loss, tf.train.get_global_step(), optimizer="Adam", learning_rate=0.1)
        return tf.argmax(logits, 1), loss, step

    own = contrib.learn.SKCompat(contrib.learn.Estimator(model_fn=model))
    own.fit(x, y, steps=60, batch_size=50)
    assert np.mean(own.predict(x) == y) > 0.7


def test_hyperparameters() -> None:
    params = contrib.training.HParams(rate=0.1, units=5, deep=False)
    params.parse("rate=0.5,deep=true")
    assert (params.rate, params.units, params.deep) == (0.5, 5, True) and "units" in params
    with pytest.raises(ValueError, match="Unknown hyperparameter"):
        params.parse("none=1")


def test_decoders_of_lists() -> None:
    legacy = contrib.legacy_seq2seq
    inputs = [tf.placeholder(tf.int32, [2]) for _ in range(3)]
    cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(4), tf.nn.rnn_cell.GRUCell(3)])
    with tf.variable_scope("train"):
        outputs, _ = legacy.embedding_rnn_seq2seq(inputs, inputs, cell, 6, 6, 5)
    with tf.variable_scope("train", reuse=True):
        alone, _ = legacy.embedding_rnn_seq2seq(inputs, inputs, cell, 6, 6, 5, feed_previous=True)
    loss = legacy.sequence_loss(outputs, inputs, [tf.ones([2])] * 3)
    step = tf.train.AdamOptimizer(0.1).minimize(loss)
    feeds = {i: [k, 5 - k] for k, i in enumerate(inputs)}
    values = run([loss, alone], feeds, before=[step] * 80)
    assert values[0] < 0.2 and values[1][0].shape == (2, 6)
    decoded, _ = legacy.rnn_decoder([tf.ones([2, 3])] * 2, tf.zeros([2, 4]), tf.nn.rnn_cell.GRUCell(4))
    assert len(decoded) == 2
    with pytest.raises(ValueError, match="must be the same"):
        legacy.sequence_loss(outputs, inputs, [])


def test_chains_of_tags() -> None:
    rng = np.random.default_rng(0)
    scores, transitions = rng.normal(size=(2, 4, 3)).astype("f4"), rng.normal(size=(3, 3)).astype("f4")
    tags, lengths = np.array([[0, 2, 1, 1], [2, 2, 0, 0]]), [4, 2]
    found, _ = contrib.crf.crf_log_likelihood(tf.constant(scores), tags, lengths, tf.constant(transitions))

    def score(row: int, path: Any) -> float:
        own = sum(scores[row, t, c] for t, c in enumerate(path))
        return float(own + sum(transitions[a, b] for a, b in zip(path, path[1:], strict=False)))

    for row, n in enumerate(lengths):
        paths = list(np.ndindex(*[3] * n))
        every = np.logaddexp.reduce([score(row, p) for p in paths])
        assert run(found)[row] == pytest.approx(score(row, tuple(tags[row, :n])) - every, rel=1e-4)
    best, value = contrib.crf.viterbi_decode(scores[0], transitions)
    assert value == pytest.approx(max(score(0, p) for p in np.ndindex(3, 3, 3, 3)), rel=1e-5)
    assert score(0, best) == pytest.approx(value, rel=1e-5)


def test_the_projector_s_file(tmp_path: Any) -> None:
    projector = contrib.tensorboard.plugins.projector
    settings = projector.ProjectorConfig()
    embedding = settings.embeddings.add()
    embedding.tensor_name, embedding.metadata_path = "words:0", "words.tsv"
    embedding.sprite.single_image_dim.extend([28, 28])
    embedding.sprite.image_path = "digits.png"
    writer = tf.summary.FileWriter(str(tmp_path))
    projector.visualize_embeddings(writer, settings)
    writer.close()
    text = (tmp_path / "projector_config.pbtxt").read_text()
    assert 'tensor_name: "words:0"' in text and text.count("single_image_dim: 28") == 2


def test_tables() -> None:
    lookup = contrib.lookup
    words = tf.constant(["a", "b", "c"])
    places = lookup.index_table_from_tensor(words, num_oov_buckets=2)
    names = lookup.index_to_string_table_from_tensor(["x", "y"], default_value="?")
    numbers = lookup.HashTable(lookup.KeyValueTensorInitializer(["k"], [7]), -1)
    found = [
        places.lookup(tf.constant([["c", "a"], ["zz", "b"]])),
        names.lookup(tf.constant([1, 5], tf.int64)),
    ]
    index, texts, seven, size = run([*found, numbers.lookup(tf.constant("k")), places.size()])
    assert index[0].tolist() == [2, 0] and index[1, 0] in (3, 4) and texts.tolist() == [b"y", b"?"]
    assert seven == 7 and size == 5 and found[0].get_shape().as_list() == [2, 2]
