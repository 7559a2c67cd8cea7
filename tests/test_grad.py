"""lp.grad of expressions: weights, several outputs, loops, what does not depend, what has none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.errors import ArgumentError, GradientError
from ops.check import check_gradient, run_everywhere

X = np.array([0.5, -1.0, 2.0])


def test_one_variable_or_a_list() -> None:
    x, y = lp.parameter(3.0, name="x"), lp.parameter(2.0, name="y")
    assert float(lp.grad(x * y, x)) == 2
    assert [float(g) for g in lp.grad(x * y, [x, y])] == [2, 3]


def test_weights_of_the_outputs_elements() -> None:
    x = lp.parameter(X, name="x")
    assert lp.grad(x * x, x, np.float64([1, 0, 2])).tolist() == (2 * X * [1, 0, 2]).tolist()


def test_several_outputs_are_added_up() -> None:
    x = lp.parameter(2.0, name="x")
    assert float(lp.grad([x * x, 3 * x], x)) == 7
    assert float(lp.grad([x * x, 3 * x], x, [1.0, 10.0])) == 34


def test_by_an_expression_in_between() -> None:
    x = lp.parameter(3.0, name="x")
    y = x * x
    assert float(lp.grad(y * y, y)) == 18


def test_gradients_are_expressions() -> None:
    x = lp.input("x", (), "float64")
    y = x**4
    for factor in (4, 12, 24, 24):
        y = lp.grad(y, x)
        (got,) = run_everywhere(lambda v, f=y: lp.function([x], f) and v * 1, 1.0)
        assert float(lp.function([x], y)(1.0)) == factor and float(got) == 1


def test_paths_without_a_derivative_give_zero() -> None:
    x = lp.parameter(X, name="x")
    assert lp.grad((lp.floor(x) + (x > 0)).sum(), x).tolist() == [0, 0, 0]
    assert lp.grad(lp.stop_gradient(x).sum(), x).tolist() == [0, 0, 0]


def test_shared_parts_are_counted_once_each() -> None:
    check_gradient(lambda x: (lp.exp(x) * lp.exp(x) + lp.exp(x)) / (1 + lp.exp(x)), X, order=3, rtol=1e-5)


# -------------------------------------------------------------------------------------------------- loops
def loop(reverse: bool) -> Any:
    def f(start: Any, xs: Any, w: Any) -> Any:
        def step(c: Any, x: Any) -> Any:
            h = lp.tanh(c @ w + x)
            return h, (h * x).sum()

        last, ys = lp.scan(step, start, xs, reverse=reverse)
        return lp.concatenate([last, ys])

    return f


RNN = (np.float64([0.1, -0.2]), np.linspace(-1, 1, 6).reshape(3, 2), np.float64([[0.5, -0.3], [0.2, 0.4]]))


@pytest.mark.parametrize("reverse", [False, True])
def test_loops(reverse: bool) -> None:
    check_gradient(loop(reverse), *RNN)

    def both(*args: Any) -> Any:
        first = lp.grad(lambda *a: (loop(reverse)(*a) ** 2).sum(), (0, 1, 2))
        second = lp.grad(lambda *a: sum((g**2).sum() for g in first(*a)), (0, 1, 2))
        return [first(*args), second(*args)]

    run_everywhere(both, *RNN, ulps=256, scaled=256)


def test_loops_in_loops() -> None:
    def f(x: Any) -> Any:
        def inner(c: Any, e: Any) -> Any:
            return c * e, c + e

        def outer(c: Any, e: Any) -> Any:
            last, ys = lp.scan(inner, c, x * e)
            return last, ys.sum()

        last, ys = lp.scan(outer, x[0], x)
        return ys * last

    check_gradient(f, X)
    run_everywhere(lambda x: lp.grad(lambda x: (f(x) ** 2).sum())(x), X, ulps=256, scaled=64)


def test_loops_of_a_number_of_steps() -> None:
    f = lambda x: lp.scan(lambda c, _: (c * x, None), x, length=4)[0]  # noqa: E731
    assert float(lp.grad(f)(2.0)) == 5 * 2**4
    n = lp.input("n", (), "int64")
    x = lp.input("x", (), "float64")
    y, _ = lp.scan(lambda c, _: (c * x, None), x, length=n)
    assert lp.function([x, n], y)(2.0, 3) == 16
    with pytest.raises(
        GradientError, match="a loop whose number of steps is computed cannot be differentiated"
    ):
        lp.grad(y, x)


def test_what_a_loop_takes_from_around_it_may_depend_on_each_other() -> None:
    def f(w: Any) -> Any:
        h = w * 3
        last, ys = lp.scan(lambda c, x: (c * h + w * x, c * w), w * h, lp.stack([w, h, w * w]))
        return last + ys.sum()

    check_gradient(f, np.float64(0.7), order=3, rtol=1e-5)
    run_everywhere(lambda w: lp.grad(f)(w), np.float64(0.7), ulps=64)


def test_history_goes_through_what_a_loop_takes_from_around_it() -> None:
    w = lp.parameter(np.float64(2.0), name="w")
    h = w * 3
    last, _ = lp.scan(lambda c, x: (c * h + w * x, None), np.float64(1.0), np.arange(3.0))
    last.backward()
    assert float(last) == 232 and w.grad is not None and float(w.grad) == 338

    def outer(c: Any, x: Any) -> Any:
        return lp.scan(lambda a, b: (a * w + b, None), c, lp.stack([x, x]))[0], None

    nested, _ = lp.scan(outer, np.float64(1.0), np.arange(2.0))
    assert float(nested) == 2**4 + 2 + 1 and float(lp.grad(nested, w)) == 4 * 2**3 + 1


def test_loops_over_formulas_from_around_them() -> None:
    x = lp.input("x", (), "float64")
    y, _ = lp.scan(lambda c, _: (c * x, None), np.float64(1.0), length=3)
    assert lp.function([x], [y, lp.grad(y, x)])(2.0) == [8, 12]


def test_integer_carries_ride_along() -> None:
    def f(x: Any) -> Any:
        (_, last), _ = lp.scan(lambda c, e: ((c[0] + 1, c[1] * e + c[0]), None), (0, x[0]), x)
        return last

    check_gradient(f, X)


# ------------------------------------------------------------------------------------------------- errors
def test_what_is_wrong_is_said() -> None:
    x, y = lp.parameter(X, name="x"), lp.parameter(1.0, name="y")
    with pytest.raises(
        GradientError, match=r"\[grad\] the gradient of an output of shape \(3,\) needs to know"
    ):
        lp.grad(x * x, x)
    with pytest.raises(GradientError, match=r"\[grad\] the output does not depend on 'y'"):
        lp.grad(x.sum(), y)
    with pytest.raises(GradientError, match=r"\[grad\] the output is int64; only floats have derivatives"):
        lp.grad(x.astype("int64").sum(), x)
    with pytest.raises(ArgumentError, match=r"\[grad\] the derivative by a ndarray is not defined"):
        lp.grad(x.sum(), X)
