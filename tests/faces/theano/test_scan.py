"""`theano.scan` and its like against loops in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from limpide.faces import theano
from limpide.faces.theano import tensor as T


def test_sequences_and_non_sequences() -> None:
    coefficients, x = T.dvector("c"), T.dscalar("x")
    terms, updates = theano.scan(
        fn=lambda c, power, x: c * x**power,
        outputs_info=None,
        sequences=[coefficients, T.arange(1000)],
        non_sequences=x,
    )
    assert updates == {}
    assert theano.function([coefficients, x], terms.sum())([1, 0, 2], 3) == 19


def test_taps_of_sequences_and_outputs() -> None:
    u, start = T.dvector("u"), T.dvector("y0")

    def step(u_before: Any, u_now: Any, y2: Any, y1: Any) -> Any:
        return y1 * 0.5 + y2 * 0.25 + u_now - u_before

    y, _ = theano.scan(
        step,
        sequences=dict(input=u, taps=[-2, 0]),
        outputs_info=dict(initial=start, taps=[-2, -1]),
    )
    rng = np.random.RandomState(0)
    us, ys = rng.randn(6), list(rng.randn(2))
    expected = list(ys)
    for t in range(2, 6):
        expected.append(expected[-1] * 0.5 + expected[-2] * 0.25 + us[t] - us[t - 2])
    assert np.allclose(theano.function([u, start], y)(us, ys), expected[2:])


def test_several_outputs_with_and_without_a_past() -> None:
    x = T.dvector("x")
    (total, square), _ = theano.scan(
        lambda v, acc: [acc + v, v**2], sequences=x, outputs_info=[T.constant(0.0, dtype="float64"), None]
    )
    found = theano.function([x], [total, square])([1, 2, 3])
    assert [f.tolist() for f in found] == [[1, 3, 6], [1, 4, 9]]


@pytest.mark.parametrize("backwards", [False, True])
def test_directions(backwards: bool) -> None:
    x = T.dvector("x")
    y, _ = theano.scan(
        lambda v, h: h * 2 + v, sequences=x, outputs_info=T.zeros(()), go_backwards=backwards, n_steps=3
    )
    data = [1.0, 2, 3, 4]
    h, expected = 0.0, []
    for v in (data[::-1] if backwards else data)[:3]:
        h = h * 2 + v
        expected.append(h)
    assert theano.function([x], y)(data).tolist() == expected


def test_a_recurrent_network_and_its_gradient() -> None:
    x, h0 = T.dmatrix("x"), T.dvector("h0")
    rng = np.random.RandomState(1)
    w = theano.shared(rng.randn(3, 3) * 0.5, name="w")
    h, _ = theano.scan(lambda x, h, w: T.tanh(x + T.dot(h, w)), sequences=x, outputs_info=h0, non_sequences=w)
    cost = (h[-1] ** 2).sum()
    f = theano.function([x, h0], [cost, *T.grad(cost, [w, h0])])
    xs, h0s = rng.randn(5, 3), rng.randn(3)
    _, dw, dh = f(xs, h0s)

    def value(wv: Any, hv: Any) -> float:
        for row in xs:
            hv = np.tanh(row + hv @ wv)
        return float((hv**2).sum())

    base = w.get_value()
    for i, j in [(0, 0), (2, 1)]:
        e = np.zeros((3, 3))
        e[i, j] = 1e-6
        assert np.isclose(dw[i, j], (value(base + e, h0s) - value(base - e, h0s)) / 2e-6, rtol=1e-5)
    e = np.array([0, 1e-6, 0])
    assert np.isclose(dh[1], (value(base, h0s + e) - value(base, h0s - e)) / 2e-6, rtol=1e-5)


def test_a_truncated_gradient_ends_after_some_steps() -> None:
    x, w = T.dvector("x"), theano.shared(0.5)
    h, _ = theano.scan(lambda x, h: x + h * w, sequences=x, outputs_info=T.zeros(()), truncate_gradient=2)
    data = np.array([1.0, 2, 3, 4])
    slope = theano.function([x], T.grad(h[-1], w))(data)
    h1 = 1.0
    h2 = 2 + h1 * 0.5
    h3 = 3 + h2 * 0.5  # the last two steps: d h4 / dw = h3 + w h2
    assert np.isclose(slope, h3 + 0.5 * h2)


def test_random_variables_in_a_loop_differ_by_step_and_move_on_by_updates() -> None:
    streams = T.shared_randomstreams.RandomStreams(1)
    draws, updates = theano.scan(lambda: streams.uniform((2,)), n_steps=3)
    f = theano.function([], draws, updates=updates)
    first, second = f(), f()
    assert len(np.unique(np.concatenate([first, second]))) == 12


def test_map_reduce_and_folds() -> None:
    x = T.dvector("x")
    mapped, _ = theano.map(lambda v: v * 2, x)
    total, _ = theano.reduce(lambda v, acc: acc + v, x, outputs_info=T.zeros(()))
    left, _ = theano.foldl(lambda v, acc: acc * 2 + v, x, T.zeros(()))
    right, _ = theano.foldr(lambda v, acc: acc * 2 + v, x, T.zeros(()))
    found = theano.function([x], [mapped, total, left, right])([1, 2, 3])
    assert [np.array(f).tolist() for f in found] == [[2, 4, 6], 6, 11, 17]


def test_what_a_loop_refuses() -> None:
    x = T.dvector("x")
    with pytest.raises(ValueError, match="give sequences, or the number of steps"):
        theano.scan(lambda h: h, outputs_info=x)
    with pytest.raises(TypeError, match="has dtype float32, while the result"):
        theano.scan(lambda v, h: h + v, sequences=x, outputs_info=T.zeros((), dtype="float32"))
    with pytest.raises(ValueError, match="there are 2 outputs and 1 entries"):
        theano.scan(lambda v: [v, v], sequences=x, outputs_info=[None])
    with pytest.raises(theano.gof.MissingInputError):
        theano.scan(lambda v: v * theano.shared(1.0), sequences=x, strict=True)


def test_a_condition_and_its_gradient_by_the_last_element() -> None:
    w = theano.shared(2.0)
    h, _ = theano.scan(
        lambda h: (h * w, theano.scan_module.until(h * w > 10)),
        outputs_info=T.constant(1.0, dtype="float64"),
        n_steps=50,
    )
    last = h[-1]
    value, slope = theano.function([], [last, T.grad(last, w)])()
    assert (value, slope) == (16, 4 * 2**3)


def test_ifelse_and_clone() -> None:
    from limpide.faces.theano.ifelse import ifelse

    x, y = T.dvectors("x", "y")
    f = theano.function([x, y], ifelse(T.lt(x.sum(), y.sum()), x * 2, y - 1))
    assert f([1], [2]).tolist() == [2]
    assert f([5], [2]).tolist() == [1]
    z = theano.clone((x + 1) ** 2, replace={x: y * 10})
    assert theano.function([y], z)([1]).tolist() == [121]


def test_python_functions_inside_of_loops_are_refused_clearly() -> None:
    x = T.dtensor3("x")
    steps, _ = theano.scan(lambda m: T.nlinalg.det(m), sequences=x)
    with pytest.raises(TypeError, match="'Det' is computed in Python between native calls"):
        theano.function([x], steps)(np.ones((2, 2, 2)))
