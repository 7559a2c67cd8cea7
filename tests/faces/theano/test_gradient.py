"""`theano.gradient`, ops written in scripts, linear algebra, sparse matrices, special functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

from limpide.faces import theano
from limpide.faces.theano import sparse
from limpide.faces.theano import tensor as T
from limpide.faces.theano.compile.ops import as_op
from limpide.faces.theano.gradient import (
    DisconnectedInputError,
    GradientError,
    disconnected_grad,
    grad_clip,
    verify_grad,
)
from limpide.faces.theano.tensor import fft, nlinalg, slinalg


def test_constants_and_disconnected_inputs() -> None:
    x, y = T.dscalars("x", "y")
    h = x**2
    assert T.grad(h * x, x, consider_constant=[h]).eval({x: 3.0}) == 9
    with pytest.raises(DisconnectedInputError, match="not part of the computational graph"):
        T.grad(h, y)
    assert T.grad(h, [x, y], disconnected_inputs="ignore")[1].eval({y: 1.0}) == 0
    with pytest.warns(UserWarning, match="not part"):
        T.grad(h, y, disconnected_inputs="warn")
    with pytest.raises(TypeError, match="cost must be a scalar"):
        T.grad(T.dvector(), x)
    assert T.grad(disconnected_grad(h) * x, x).eval({x: 3.0}) == 9


def test_what_flows_back_is_clipped_and_scaled() -> None:
    x = T.dvector("x")
    slope = T.grad((grad_clip(x, -1, 1) ** 2).sum(), x)
    assert theano.function([x], slope)([0.25, 5.0, -5.0]).tolist() == [0.5, 1, -1]
    steps, _ = theano.scan(lambda v, h: grad_clip(h * v, -0.5, 0.5), sequences=x, outputs_info=T.ones(()))
    assert np.all(np.abs(theano.function([x], T.grad(steps[-1] * 9, x))([1.0, 1.0])) <= 0.5)


def test_jacobian_hessian_and_products() -> None:
    x, v = T.dvectors("x", "v")
    y = x**2 * T.arange(1, 4)
    f = theano.function(
        [x, v],
        [
            theano.gradient.jacobian(y, x),
            theano.gradient.hessian((x**3).sum(), x),
            theano.gradient.Rop(y, x, v),
            theano.gradient.Lop(y, x, v),
        ],
    )
    at, along = np.array([1.0, 2, 3]), np.array([1.0, 0, 2])
    J, H, right, left = f(at, along)
    expected = np.diag(2 * at * [1, 2, 3])
    assert np.allclose(J, expected)
    assert np.allclose(H, np.diag(6 * at))
    assert np.allclose(right, expected @ along)
    assert np.allclose(left, along @ expected)


def test_gradients_are_verified_by_differences() -> None:
    verify_grad(lambda x: T.tanh(x) * x, [np.random.RandomState(0).rand(2, 3)])
    with pytest.raises(GradientError):
        verify_grad(lambda x: disconnected_grad(x) * x, [np.ones(3)])


class Doubled(theano.Op):
    __props__ = ()

    def make_node(self, x: Any) -> Any:
        x = T.as_tensor_variable(x)
        return theano.Apply(self, [x], [x.type()])

    def perform(self, node: Any, inputs: Any, output_storage: Any) -> None:
        output_storage[0][0] = inputs[0] * 2

    def grad(self, inputs: Any, output_grads: Any) -> Any:
        return [output_grads[0] * 2]


def test_an_op_of_a_script_and_its_gradient() -> None:
    x = T.dvector("x")
    y = Doubled()(T.exp(x))
    cost = (Doubled()(y) ** 2).sum()
    value, slope = theano.function([x], [y, T.grad(cost, x)])([0.0, 1.0])
    assert np.allclose(value, 2 * np.exp([0, 1]))
    assert np.allclose(slope, 32 * np.exp([0, 2]))
    assert Doubled() == Doubled()


def test_a_function_as_an_op() -> None:
    @as_op(itypes=[T.dmatrix, T.dmatrix], otypes=[T.dmatrix])
    def numpy_dot(a: Any, b: Any) -> Any:
        return a @ b

    x, y = T.dmatrices("x", "y")
    assert theano.function([x, y], numpy_dot(x, y) + 1)([[1, 2]], [[3], [4]]).tolist() == [[12]]
    with pytest.raises(TypeError, match="We expected inputs of types"):
        numpy_dot(x, T.dvector())
    with pytest.raises(NotImplementedError, match="no grad method"):
        T.grad(numpy_dot(x, y).sum(), x)


@pytest.mark.parametrize(
    "function",
    [
        nlinalg.matrix_inverse,
        nlinalg.det,
        lambda a: slinalg.cholesky(T.dot(a, a.T) + T.eye(3)),
        lambda a: slinalg.solve(a, a**2),
        lambda a: nlinalg.eigh(a + a.T)[0],
        lambda a: slinalg.expm(a),
        lambda a: T.gammaln(a + 2) + T.erf(a),
    ],
)
def test_linear_algebra_has_gradients(function: Any) -> None:
    verify_grad(function, [np.random.RandomState(3).rand(3, 3) + np.eye(3) * np.arange(1, 4)], eps=1e-6)


def test_fourier_transforms() -> None:
    x = T.dmatrix("x")
    data = np.random.RandomState(0).rand(2, 8)
    there = fft.rfft(x)
    found, back = theano.function([x], [there, fft.irfft(there)])(data)
    expected = np.fft.rfft(data)
    assert np.allclose(found, np.stack([expected.real, expected.imag], -1))
    assert np.allclose(back, data)


def test_sparse_matrices() -> None:
    x, w = sparse.csr_matrix("x"), T.dmatrix("w")
    data = scipy.sparse.csr_matrix(np.diag([1.0, 2, 0]))
    f = theano.function([x, w], [sparse.structured_dot(x, w), x + x, T.grad(sparse.dot(x, w).sum(), w)])
    product, doubled, slope = f(data, np.ones((3, 2)))
    assert product.tolist() == [[1, 1], [2, 2], [0, 0]]
    assert scipy.sparse.issparse(doubled)
    assert doubled.sum() == 6
    assert slope.tolist() == [[1, 1], [2, 2], [0, 0]]
    state = theano.shared(data)
    assert scipy.sparse.issparse(state.get_value())
    with pytest.raises(TypeError, match=r"scipy\.sparse"):
        f(np.ones((3, 3)), np.ones((3, 2)))
