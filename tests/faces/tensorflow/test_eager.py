"""Eager mode: values at once, variables, tapes, optimizers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from limpide.config import config
from limpide.faces import tensorflow as tf
from limpide.faces.tensorflow.graph import Mode

tfe = tf.contrib.eager


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(config, "device", "numpy")
    monkeypatch.setattr(Mode, "eager", False)
    tf.reset_default_graph()
    tf.enable_eager_execution()
    yield
    Mode.eager = False
    tf.reset_default_graph()


def test_tensors_have_values() -> None:
    a = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    assert str(a[0]) == "tf.Tensor([1. 2.], shape=(2,), dtype=float32)"
    assert tf.matmul(a, a).numpy().tolist() == [[7, 10], [15, 22]]
    assert (2 * a + np.float32(1)).numpy()[1, 1] == 9 and float(tf.reduce_sum(a)) == 10
    assert a.shape.as_list() == [2, 2] and a.dtype == tf.float32 and len(a) == 2
    assert [int(i) for i in tf.range(3)] == [0, 1, 2] and bool(tf.reduce_all(a > 0))
    assert tf.constant("x").numpy() == b"x" and tf.shape(a).numpy().tolist() == [2, 2]
    total = tf.while_loop(lambda i, s: i < 4, lambda i, s: (i + 1, s + i), [tf.constant(0), tf.constant(0)])
    assert int(total[1]) == 6 and tf.executing_eagerly()
    with pytest.raises(RuntimeError, match="not compatible with eager"):
        tf.placeholder(tf.float32)


def test_tapes() -> None:
    w, x = tfe.Variable(2.0), tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = w * w * x
        z = y * y
    assert [float(g) for g in tape.gradient(y, [w, x])] == [12, 4]
    assert float(tape.gradient(z, w)) == 288 and tape.gradient(y, [tf.constant(1.0)]) == [None]
    assert float(tape.gradient(y, {"w": w}, output_gradients=2.0)["w"]) == 24
    with tf.GradientTape() as once:
        y = w * 3.0
    once.gradient(y, w)
    with pytest.raises(RuntimeError, match="only be called once"):
        once.gradient(y, w)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x * x * x
        slope = inner.gradient(y, x)
    assert (float(slope), float(outer.gradient(slope, x))) == (27, 18)


def test_functions_of_derivatives() -> None:
    cube = tfe.gradients_function(lambda x: x * x * x)
    assert float(cube(3.0)[0]) == 27
    assert float(tfe.gradients_function(lambda x: cube(x)[0])(3.0)[0]) == 18
    value, (slope,) = tfe.value_and_gradients_function(lambda x, y: x * y, params=[1])(2.0, 5.0)
    assert (float(value), float(slope)) == (10, 2)


@pytest.mark.parametrize("make", [
    lambda: tf.train.GradientDescentOptimizer(0.1),
    lambda: tf.train.MomentumOptimizer(0.05, 0.5),
    lambda: tf.train.AdamOptimizer(0.3),
])  # fmt: skip
def test_optimizers(make: Any) -> None:
    x = np.linspace(-1, 1, 20).astype("f4")
    w, b = tfe.Variable(0.0, name="w"), tfe.Variable(0.0, name="b")

    def loss(x: Any, y: Any) -> Any:
        return tf.reduce_mean(tf.square(x * w + b - y))

    gradients, optimizer = tfe.implicit_gradients(loss), make()
    count = tf.train.get_or_create_global_step()
    for _ in range(60):
        optimizer.apply_gradients(gradients(x, 3 * x + 1), global_step=count)
    for _ in range(60):
        optimizer.minimize(lambda: loss(x, 3 * x + 1))
    assert np.allclose([w.numpy(), b.numpy()], [3, 1], atol=0.15) and int(count) == 60


def test_layers_data_and_loops() -> None:
    class Model:
        def __init__(self) -> None:
            self.hidden, self.out = tf.layers.Dense(8, activation=tf.nn.tanh), tf.layers.Dense(1)

        def __call__(self, x: Any) -> Any:
            return self.out(self.hidden(x))

    x = np.linspace(-1, 1, 32).astype("f4")[:, None]
    model, optimizer = Model(), tf.train.AdamOptimizer(0.05)
    data = tf.data.Dataset.from_tensor_slices((x, x * x)).map(lambda a, b: (a, b)).batch(16).repeat(30)
    for a, b in tfe.Iterator(data):
        with tf.GradientTape() as tape:
            loss = tf.losses.mean_squared_error(b, model(a))
        variables = model.hidden.variables + model.out.variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
    assert float(loss) < 0.12 and [v.name for v in model.out.variables] == [
        "dense_1/kernel:0",
        "dense_1/bias:0",
    ]
    outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), tf.ones([2, 4, 5]), dtype=tf.float32)
    assert outputs.shape.as_list() == [2, 4, 3]
