"""jacobian, hessian, vjp, jvp, value_and_grad and gradients of functions, against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.errors import ArgumentError, GradientError, ShapeError
from limpide.graph import Array
from ops.check import check_gradient, run_everywhere

X = np.array([0.5, -1.2, 2.0])


def f(x: Any) -> Any:
    return lp.sin(x) * x.sum() + x[0] ** 3


def looped(x: Any) -> Any:
    """A loop whose carry, sequence and constant all depend on x."""
    last, ys = lp.scan(lambda c, e: (c * lp.sin(e) + x.sum(), c * c), x[0], x)
    return ys.sum() + last


def differences(f: Callable[[Array], Array], x: Array, step: float = 1e-6) -> Array:
    """d f / d x by central differences."""
    columns = [(f(x + step * e) - f(x - step * e)) / (2 * step) for e in np.eye(x.size).reshape(-1, *x.shape)]
    return np.stack(columns, -1).reshape(*np.shape(columns[0]), *x.shape)


# -------------------------------------------------------------------------------------------- functions
def test_grad_of_a_function() -> None:
    assert lp.grad(lambda x: (x**3).sum())(X).tolist() == pytest.approx((3 * X**2).tolist())
    assert [float(g) for g in lp.grad(lambda x, y: x * y, (0, 1))(2.0, 3.0)] == [3, 2]
    assert float(lp.grad(lambda x, y: x * y, argnums=1)(2.0, 3.0)) == 2
    assert float(lp.grad(lambda x, k=2.0: x**k)(3.0, k=3.0)) == 27


def test_functions_are_differentiated_by_their_argument_alone() -> None:
    """A constant, or another expression, that happens to be equal is something else."""
    assert float(lp.grad(lambda x: x * 2.0)(2.0)) == 2
    assert float(lp.grad(lambda x: lp.grad(lambda z: z * (x * x))(x))(3.0)) == 6
    w = lp.parameter(2.0, name="w")
    assert float(lp.grad(lambda x: x * w * w)(w)) == 4


def test_values_steer_python() -> None:
    slope = lp.grad(lambda x: x**2 if x > 0 else -x)
    assert float(slope(3.0)) == 6 and float(slope(-3.0)) == -1


def test_nesting_to_any_order() -> None:
    g: Any = lambda x: x**5  # noqa: E731
    for power, factor in [(4, 5), (3, 20), (2, 60), (1, 120), (0, 120)]:
        g = lp.grad(g)
        assert float(g(2.0)) == factor * 2**power


def test_gradients_of_what_a_function_closes_over() -> None:
    w = lp.parameter(np.float64(2.0), name="w")
    slope = lp.grad(lambda x: x**3 * w)(np.float64(2.0))
    assert float(lp.grad(slope, w)) == 12


def test_value_and_grad_of_nested_arguments_with_more_results() -> None:
    def loss(parameters: dict[str, Any], x: Any) -> tuple[Any, dict[str, Any]]:
        return (parameters["w"] * x).sum() + parameters["b"], {"twice": parameters["b"] * 2}

    (value, more), found = lp.value_and_grad(loss, has_aux=True)({"w": X, "b": 1.0}, X)
    assert float(value) == pytest.approx(float(X @ X + 1)) and float(more["twice"]) == 2
    assert found["w"].tolist() == X.tolist() and float(found["b"]) == 1
    gradient, more = lp.grad(loss, has_aux=True)({"w": X, "b": 1.0}, X)
    assert gradient["w"].tolist() == X.tolist() and float(more["twice"]) == 2


def test_compiled_functions_are_differentiated_and_derivatives_compiled() -> None:
    square = lp.compile(lambda x: (x**2).sum())
    assert lp.grad(square)(X).tolist() == (2 * X).tolist()
    run_everywhere(
        lambda x: [lp.grad(looped)(x), lp.hessian(looped)(x), lp.jacobian(f)(x)], X, ulps=64, scaled=64
    )


# ------------------------------------------------------------------------------------ jacobian, hessian
def test_jacobians() -> None:
    want = differences(lambda x: f(x).numpy(), X)
    for found in (lp.jacobian(f)(X), lp.jacobian(f, X), lp.jacobian(f, argnums=0)(X)):
        np.testing.assert_allclose(found.numpy(), want, rtol=1e-7, atol=1e-9)
    by_a, by_b = lp.jacobian(lambda a, b: a * b[0], (X, X))
    assert by_a.tolist() == (np.eye(3) * X[0]).tolist() and by_b.numpy()[:, 0].tolist() == X.tolist()
    matrix = np.arange(6.0).reshape(2, 3)
    assert lp.jacobian(lambda m: m @ X, matrix).shape == (2, 2, 3)
    assert lp.jacobian(lambda m: m.sum(), matrix).shape == (2, 3)
    assert lp.jacobian(lambda m: m[:0], matrix).shape == (0, 3, 2, 3)


def test_jacobians_of_expressions() -> None:
    w = lp.parameter(X, name="w")
    y = w * w
    assert lp.jacobian(y, w).tolist() == np.diag(2 * X).tolist()
    assert [j.shape for j in lp.jacobian(y, [w, y])] == [(3, 3), (3, 3)]
    x = lp.input("x", (None,), "float64")
    j = lp.function([x], lp.jacobian(lp.sin(x) * x.sum(), x))
    for n in (1, 2, 4):
        a = np.linspace(0.1, 1, n)
        np.testing.assert_allclose(j(a), np.diag(np.cos(a) * a.sum()) + np.sin(a)[:, None])


@pytest.mark.parametrize("g", [lambda x: (x**3).sum() * x[0], looped, lambda x: lp.logsumexp(x) * lp.norm(x)])
def test_hessians(g: Callable[[Any], Any]) -> None:
    want = differences(lambda x: lp.grad(g)(x).numpy(), X)
    np.testing.assert_allclose(lp.hessian(g, X).numpy(), want, rtol=1e-6, atol=1e-7)
    w = lp.parameter(X, name="w")
    np.testing.assert_allclose(lp.hessian(g(w), w).numpy(), want, rtol=1e-6, atol=1e-7)


def test_hessian_blocks() -> None:
    (aa, ab), (ba, bb) = lp.hessian(lambda a, b: (a * b * b).sum(), (X, X))
    assert aa.tolist() == np.zeros((3, 3)).tolist() and bb.tolist() == np.diag(2 * X).tolist()
    assert ab.tolist() == ba.tolist() == np.diag(2 * X).tolist()
    assert lp.hessian(lambda x: (2 * x).sum(), X).tolist() == np.zeros((3, 3)).tolist()
    w = lp.parameter(X, name="w")
    assert lp.hessian((w**2).sum(), [w])[0][0].tolist() == np.diag([2.0] * 3).tolist()


def test_higher_derivatives_of_loops() -> None:
    check_gradient(looped, X, order=3, rtol=1e-5)


# -------------------------------------------------------------------------------------------- vjp, jvp
def test_vjp_and_jvp_are_the_two_sides_of_the_jacobian() -> None:
    for g in (f, lambda x: lp.scan(lambda c, e: (c * e, c + e * x), x, x)[1]):
        jacobian = lp.jacobian(g)(X).numpy()
        weights = np.random.default_rng(0).normal(size=jacobian.shape[:-1])
        along = np.float64([1, -2, 0.5])
        y, pull = lp.vjp(g, X)
        np.testing.assert_allclose(y.numpy(), g(lp.tensor(X)).numpy())
        np.testing.assert_allclose(pull(weights)[0].numpy(), np.tensordot(weights, jacobian, weights.ndim))
        value, moved = lp.jvp(g, [X], [along])
        np.testing.assert_allclose(value.numpy(), y.numpy())
        np.testing.assert_allclose(moved.numpy(), jacobian @ along)


def test_vjp_and_jvp_of_nested_results() -> None:
    def g(a: Any, b: Any) -> dict[str, Any]:
        return {"product": a * b, "sum": a.sum()}

    y, pull = lp.vjp(g, X, X + 1)
    assert sorted(y) == ["product", "sum"]
    by_a, by_b = pull({"product": np.ones(3), "sum": 2.0})
    assert by_a.tolist() == (X + 3).tolist() and by_b.tolist() == X.tolist()
    _, moved = lp.jvp(g, [X, X + 1], [np.ones(3), np.zeros(3)])
    assert moved["product"].tolist() == (X + 1).tolist() and float(moved["sum"]) == 3


def test_they_nest() -> None:
    def along(x: Any) -> Any:
        return lp.jvp(lambda x: (x**3).sum(), [x], [np.ones(3)])[1]

    np.testing.assert_allclose(lp.grad(along)(X).numpy(), 6 * X)  # forward, then backward: H v
    run_everywhere(lp.grad(along), X, ulps=16)


# ----------------------------------------------------------------------------------------------- errors
def test_what_is_wrong_is_said() -> None:
    with pytest.raises(GradientError, match=r"\[grad\] the gradient of an output of shape \(3,\)"):
        lp.grad(lambda x: x**2)(X)
    with pytest.raises(ArgumentError, match=r"\[grad\] by what\?"):
        lp.grad(lp.tensor(1.0))
    with pytest.raises(GradientError, match=r"the output does not depend on 'argument0'"):
        lp.grad(lambda x: lp.tensor(3.0))(2.0)
    with pytest.raises(GradientError, match=r"only floats have derivatives"):
        lp.grad(lambda x: x)(2)
    with pytest.raises(ArgumentError, match=r"there is no argument 1 among the 1 given"):
        lp.grad(lambda x: x, argnums=1)(2.0)
    with pytest.raises(ShapeError, match=r"\[jvp\] a tangent of shape \(\) is given for \(3,\)"):
        lp.jvp(f, [X], [1.0])
    with pytest.raises(ShapeError, match=r"\[vjp\] a weight of shape \(2,\) is given for \(3,\)"):
        lp.vjp(f, X)[1](np.ones(2))
    with pytest.raises(GradientError, match=r"\[hessian\] second derivatives are those of a scalar"):
        lp.hessian(f, X)
    with pytest.raises(ArgumentError, match=r"\[jacobian\] the derivative by a ndarray is not defined"):
        lp.jacobian(lp.tensor(X), X)
