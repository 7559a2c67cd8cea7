"""What every script uses: functions, shared variables, gradients, loops."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from limpide.errors import DataError
from limpide.faces import pickles, theano
from limpide.faces.theano import tensor as T

COMPILED = True


def test_a_sum_of_matrices() -> None:
    x, y = T.dmatrices("x", "y")
    f = theano.function([x, y], x + y)
    assert f([[0, 1], [2, 8]], [[2, 5], [-4, 5]]).tolist() == [[2, 6], [-2, 13]]


def test_the_derivative_of_a_square() -> None:
    x = T.dscalar("x")
    assert theano.function([x], T.grad(x**2, x))(4) == 8


def test_an_expression_without_inputs() -> None:
    assert T.sqrt(3 + T.sin(np.pi / 2)).eval() == 2.0


def softmax_regression() -> tuple[object, object, object]:
    rng = np.random.RandomState(0)
    images = theano.shared(rng.randn(250, 20), borrow=True)
    labels = T.cast(theano.shared((rng.rand(250) * 3).astype("float64")), "int32")
    W = theano.shared(np.zeros((20, 3)), name="W")
    b = theano.shared(np.zeros(3), name="b")
    x, y, i = T.matrix("x"), T.ivector("y"), T.lscalar()
    p = T.nnet.softmax(T.dot(x, W) + b)
    cost = -T.mean(T.log(p)[T.arange(y.shape[0]), y])
    gW, gb = T.grad(cost, [W, b])
    train = theano.function(
        [i],
        cost,
        updates=[(W, W - 0.1 * gW), (b, b - 0.1 * gb)],
        givens={x: images[i * 100 : (i + 1) * 100], y: labels[i * 100 : (i + 1) * 100]},
    )
    return train, W, b


def test_training_over_slices_of_shared_data() -> None:
    train, W, _ = softmax_regression()
    costs = [[float(train(k)) for k in range(2)] for _ in range(30)]  # type: ignore[operator]
    assert costs[0][0] == pytest.approx(np.log(3))
    assert np.mean(costs[-1]) < np.mean(costs[0]) - 0.05
    assert W.get_value().dtype == np.float64  # type: ignore[attr-defined]


def test_a_slice_that_reaches_past_the_end_is_shorter() -> None:
    train, _, _ = softmax_regression()
    assert np.isfinite(train(2))  # type: ignore[operator]
    assert np.isfinite(train(0))  # type: ignore[operator]


def test_powers_by_scan() -> None:
    k, a = T.iscalar("k"), T.vector("A")
    result, updates = theano.scan(
        lambda prior, a: prior * a, outputs_info=T.ones_like(a), non_sequences=a, n_steps=k
    )
    power = theano.function([a, k], result[-1], updates=updates)
    assert power(range(10), 2).tolist() == [i**2 for i in range(10)]


def test_a_loop_until() -> None:
    limit = T.scalar()

    def step(previous: object, limit: object) -> object:
        doubled = previous * 2  # type: ignore[operator]
        return doubled, theano.scan_module.until(doubled > limit)

    values, _ = theano.scan(step, outputs_info=T.constant(1.0), non_sequences=limit, n_steps=1024)
    assert theano.function([limit], values)(45).tolist() == [2, 4, 8, 16, 32, 64]
    assert theano.function([limit], values[-1])(45) == 64


def test_updates_in_a_loop() -> None:
    a = theano.shared(0)
    _, updates = theano.scan(lambda: {a: a + 1}, n_steps=5)
    theano.function([], [], updates=updates)()
    assert a.get_value() == 5


def test_random_variables_move_on_and_stand_still() -> None:
    streams = T.shared_randomstreams.RandomStreams(234)
    u, n = streams.uniform((2, 2)), streams.normal((2, 2))
    f, g = theano.function([], u), theano.function([], n, no_default_updates=True)
    assert not np.array_equal(f(), f())
    assert np.array_equal(g(), g())


def test_a_gradient_handed_on_between_two_functions() -> None:
    x, w = T.vector("x"), theano.shared(np.array([1.0, 2.0]))
    h = x * w
    cost = (h**2).sum()
    dh = T.grad(cost, h)
    dw = T.grad(None, w, known_grads={h: dh})
    first, second = theano.function([x], dh), theano.function([x, dh], dw)
    found = first([3.0, 4.0])
    assert found.tolist() == [6, 16]
    assert second([3.0, 4.0], found).tolist() == [18, 64]


def test_graphs_and_functions_are_pickled_as_calls() -> None:
    x, w = T.matrix("x"), theano.shared(np.ones((3, 2)), name="w")
    p = T.nnet.softmax(T.dot(x, w) + 1.0)
    steps, _ = theano.scan(lambda a, h: T.tanh(a + h * w.sum()), sequences=x, outputs_info=T.zeros((3,)))
    slope = T.grad(T.log(p)[T.arange(x.shape[0]), T.argmax(p, axis=1)].mean(), w)
    f = theano.function([x], [p, steps, slope, T.set_subtensor(x[0], 5)])
    again = pickles.loads(pickle.dumps(f))
    for a, b in zip(f([[1, 2, 3.0]]), again([[1, 2, 3.0]]), strict=True):
        assert np.array_equal(a, b)


def test_a_pickle_calls_nothing_but_ops() -> None:
    harmful = pickle.dumps(T.scalar("x") + 1).replace(b"elementwise.add", b"elementwise.xyz")
    with pytest.raises(DataError, match=r"a call of elementwise\.xyz"):
        pickles.loads(harmful)
