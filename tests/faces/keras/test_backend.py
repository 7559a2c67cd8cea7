"""`keras.backend` against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from limpide.faces.keras import backend as K
from limpide.faces.keras.layers import Dense, Input, Lambda
from limpide.faces.keras.models import Model


@pytest.fixture(autouse=True)
def fresh() -> None:
    K.clear_session()


def test_ctc_of_one_label_is_the_sum_over_its_ways() -> None:
    p = np.array([[[0.6, 0.4], [0.3, 0.7], [0.5, 0.5]]], "f4")  # the last class stands between labels
    cost = K.eval(K.ctc_batch_cost(np.array([[0]]), K.constant(p), np.array([[3]]), np.array([[1]])))
    ways = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 1, 1)]
    total = sum(np.prod([p[0, t, 0 if w else 1] for t, w in enumerate(way)]) for way in ways)
    assert cost.shape == (1, 1)
    assert cost[0, 0] == pytest.approx(-np.log(total), rel=1e-4)


def test_ctc_trains_and_decodes() -> None:
    x, labels = Input((6, 3)), Input((2,), name="labels")
    steps, lengths = Input((1,), dtype="int64"), Input((1,), dtype="int64")
    y = Dense(4, activation="softmax")(x)
    cost = Lambda(lambda a: K.ctc_batch_cost(*a), output_shape=(1,))([labels, y, steps, lengths])
    model = Model([x, labels, steps, lengths], cost)
    model.compile("adam", lambda y_true, y_pred: y_pred)
    n = np.ones((4, 1))
    data = [np.random.rand(4, 6, 3), np.array([[0, 1]] * 4), 6 * n, 2 * n]
    first = model.train_on_batch(data, np.zeros(4))
    for _ in range(30):
        last = model.train_on_batch(data, np.zeros(4))
    assert last < first
    p = np.array([[[0.1, 0.8, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.7, 0.2, 0.1]]], "f4")
    for greedy in (True, False):
        (found,), score = K.ctc_decode(p, np.array([4]), greedy=greedy, top_paths=1)
        assert found.tolist() == [[1, 0]] and score.shape == (1, 1)


def test_the_phase_chooses() -> None:
    x = K.placeholder((2,))
    y = K.in_train_phase(x * 2, x + 1)
    run = K.function([x, K.learning_phase()], [y])
    assert run([np.float32([1, 2]), 1])[0].tolist() == [2, 4]
    assert run([np.float32([1, 2]), 0])[0].tolist() == [2, 3]


def test_rnn_holds_where_the_mask_is_0() -> None:
    x = np.arange(6, dtype="f4").reshape(1, 3, 2)
    inputs, mask = K.placeholder((1, 3, 2)), K.placeholder((1, 3))
    last, outputs, states = K.rnn(
        lambda x, s: (s[0] + x, [s[0] + x]), inputs, [K.zeros((1, 2))], mask=mask, go_backwards=False
    )
    found = K.function([inputs, mask], [last, outputs, *states])([x, np.float32([[1, 0, 1]])])
    assert found[0].tolist() == [[4, 6]]
    assert found[1].tolist() == [[[0, 1], [0, 1], [4, 6]]]
    assert found[2].tolist() == [[4, 6]]


def test_loops_and_updates() -> None:
    x = K.placeholder((3, 2))
    w = K.variable(np.zeros(2))
    doubled = K.map_fn(lambda row: row * 2, x)
    total = K.foldl(lambda a, b: a + b, x)
    run = K.function([x], [doubled, total], updates=[(w, w + total), K.update_add(K.variable(1.0), 1.0)])
    value = np.arange(6, dtype="f4").reshape(3, 2)
    found = run([value])
    assert np.array_equal(found[0], value * 2) and np.array_equal(found[1], value.sum(0))
    assert K.get_value(w).tolist() == [6, 9]


@pytest.mark.parametrize(
    ("a", "b", "axes", "expected"),
    [
        ((2, 3), (2, 3), 1, (2, 1)),
        ((2, 3, 4), (2, 4, 5), (2, 1), (2, 3, 5)),
        ((2, 3), (2, 3, 4), (1, 1), (2, 4)),
    ],
)
def test_batch_dot(a: tuple[int, ...], b: tuple[int, ...], axes: object, expected: tuple[int, ...]) -> None:
    x, y = np.random.rand(*a), np.random.rand(*b)
    assert K.eval(K.batch_dot(K.constant(x), K.constant(y), axes)).shape == expected
