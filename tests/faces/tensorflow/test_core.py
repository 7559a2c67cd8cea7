"""Graphs, variables and sessions of the TensorFlow face."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from limpide.faces import tensorflow as tf

f32 = np.float32


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    tf.reset_default_graph()
    yield
    tf.reset_default_graph()


def test_names_shapes_and_types() -> None:
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = x + 1
    z = x + 2
    with tf.name_scope("a"):
        w = tf.constant(2.0, name="w")
    with tf.name_scope("a"):
        v = tf.constant([1, 2])
    assert [t.name for t in (x, y, z, w, v)] == ["x:0", "add:0", "add_1:0", "a/w:0", "a_1/Const:0"]
    assert y.get_shape().as_list() == [None, 3] and str(y.shape) == "(?, 3)"
    assert v.dtype == tf.int32 and w.dtype == "float32"
    assert tf.get_default_graph().get_tensor_by_name("add:0") is y
    with pytest.raises(KeyError, match="does not exist"):
        tf.get_default_graph().get_tensor_by_name("none:0")


def test_feeds_fetches_and_their_errors() -> None:
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = x * 2
    z = y + 1
    with tf.Session() as sess:
        got = sess.run({"a": [y, z], "b": ("x:0",)}, {x: [[1, 2, 3]]})
        assert np.array_equal(got["a"][1], [[3, 5, 7]]) and np.array_equal(got["b"][0], [[1, 2, 3]])
        assert np.array_equal(sess.run(z, {y: np.zeros((2, 3))}), np.ones((2, 3)))
        with pytest.raises(tf.errors.InvalidArgumentError, match="placeholder tensor 'x' with dtype float32"):
            sess.run(z)
        with pytest.raises(ValueError, match=r"Cannot feed value of shape \(3,\) for Tensor 'x:0'"):
            sess.run(z, {x: [1, 2, 3]})


def test_a_variable_belongs_to_its_session() -> None:
    v = tf.Variable(f32([1, 2]), name="v")
    up = tf.assign_add(v, [1, 1])
    first, second = tf.Session(), tf.Session()
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"):
        first.run(v)
    first.run(tf.global_variables_initializer())
    second.run(tf.global_variables_initializer())
    first.run(up)
    assert first.run(v).tolist() == [2, 3] and second.run(v).tolist() == [1, 2]
    assert first.run(v).tolist() == [2, 3]


def test_a_fetch_beside_an_assignment_sees_the_value_from_before() -> None:
    v = tf.Variable(f32(1))
    double = v * 2
    up = v.assign(double + 1)
    with tf.control_dependencies([up]):
        after = v * 10
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([up, double, v, after]) == [3, 2, 1, 30]


def test_scopes_share_variables() -> None:
    with tf.variable_scope("layer") as scope:
        w = tf.get_variable("w", [2], initializer=tf.constant_initializer([1, 2]))
        with pytest.raises(ValueError, match="already exists"):
            tf.get_variable("w", [2])
        scope.reuse_variables()
        assert tf.get_variable("w", [2]) is w
        with pytest.raises(ValueError, match="does not exist"):
            tf.get_variable("u", [2])
    assert w.name == "layer/w:0" and tf.trainable_variables() == [w]


def test_scatter() -> None:
    v = tf.Variable(np.zeros((3, 2), "f4"))
    add = tf.scatter_add(v, [0, 2, 0], np.ones((3, 2)))
    put = tf.scatter_update(v, [1, 1], [[1, 1], [5, 6]])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(add).tolist() == [[2, 2], [0, 0], [1, 1]]
        assert sess.run(put).tolist() == [[2, 2], [5, 6], [1, 1]]


def test_distributions() -> None:
    d = tf.distributions
    n = d.Normal(loc=[1.0, 2.0], scale=[0.5, 2.0])
    b, c = d.Bernoulli(probs=[0.25]), d.Categorical(logits=[[0.0, 1.0, 2.0]])
    with tf.Session() as sess:
        density, drawn, apart = sess.run([n.log_prob([1.0, 0.0]), n.sample(4000), d.kl_divergence(n, n)])
        assert np.allclose(density, [-0.2257913, -2.1120858], atol=1e-5) and not apart.any()
        assert drawn.shape == (4000, 2) and np.allclose(drawn.mean(0), [1, 2], atol=0.2)
        assert np.allclose(sess.run(b.log_prob([1])), np.log(0.25)) and sess.run(b.sample(5)).shape == (5, 1)
        assert np.allclose(sess.run(c.prob([2])), [0.66524096]) and sess.run(c.sample()).shape == (1,)
    assert tf.contrib.distributions is d


def test_text_between_numbers() -> None:
    words = tf.constant(["yes", "no"])
    x = tf.cond(tf.equal(words[0], "yes"), lambda: tf.constant(1.0), lambda: tf.constant(0.0))
    with tf.Session() as sess:
        value, seen, blank = sess.run([tf.stack([x, x]), words, tf.zeros_like(["a", "b"])])
    assert value.tolist() == [1, 1] and seen.tolist() == [b"yes", b"no"] and blank.tolist() == [b"", b""]
