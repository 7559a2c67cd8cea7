"""Linear algebra as in numpy.linalg; between native calls, with gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import missing
from .. import scalar
from ..gof import recipes
from ..gof.op import Apply, Op
from .basic import cast, diag, diagonal, dot, eye, outer, prod, trace, transpose, zeros_like
from .elementwise import elementwise, reductions
from .type import TensorType
from .var import as_tensor_variable, dtype_of, pattern_of

Gradient = Callable[[list[Any], list[Any], list[Any]], list[Any]]


class LinearAlgebra(Op):
    """A function of matrices from NumPy or SciPy, and its gradient in variables."""

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        ranks: Callable[..., list[int]],
        gradient: Gradient | None = None,
    ):
        self.name, self.function, self.ranks, self.gradient = name, function, ranks, gradient
        recipes.KEPT[f"linear.{name}"] = self.recorded

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        return recipes.called(f"linear.{self.name}", self.recorded, inputs, kwargs)

    def make_node(self, *inputs: Any) -> Apply:
        variables = [_float(as_tensor_variable(i)) for i in inputs]
        dtype = scalar.upcast(*map(dtype_of, variables))
        ranks = self.ranks(*(len(pattern_of(v)) for v in variables))
        return Apply(self, variables, [TensorType(dtype, (False,) * r)() for r in ranks])

    def perform(self, node: Any, inputs: Any, output_storage: Any, *params: Any) -> None:
        found = self.function(*inputs)
        results = found if isinstance(found, tuple) else (found,)
        for place, value in zip(output_storage, results, strict=True):
            place[0] = np.asarray(value, inputs[0].dtype)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> Any:
        if self.gradient is None:
            raise NotImplementedError(f"{self.name} has no gradient here")
        return self.gradient(inputs, outputs, output_grads)


def _float(x: Any) -> Any:
    return x if dtype_of(x) in scalar.FLOATS else cast(x, "float64")


def _inverse_gradient(inputs: Any, outputs: Any, grads: Any) -> list[Any]:
    return [-dot(dot(outputs[0].T, grads[0]), outputs[0].T)]


matrix_inverse = LinearAlgebra("MatrixInverse", np.linalg.inv, lambda r: [2], _inverse_gradient)
det = LinearAlgebra(
    "Det", np.linalg.det, lambda r: [0], lambda i, o, g: [g[0] * o[0] * matrix_inverse(i[0]).T]
)
pinv = matrix_pinv = LinearAlgebra("MatrixPinv", np.linalg.pinv, lambda r: [2])
eig = LinearAlgebra("Eig", lambda a: tuple(np.real(p) for p in np.linalg.eig(a)), lambda r: [1, 2])


def _eigh_gradient(inputs: Any, outputs: Any, grads: Any) -> list[Any]:
    """Of eigenvalues w and vectors v: v (diag(gw) + F * (v' gv)) v' with F = 1 / (w_j - w_i)."""
    w, v = outputs
    differences = w.dimshuffle("x", 0) - w.dimshuffle(0, "x")
    same = elementwise["eq"](differences, 0)
    factors = elementwise["switch"](same, 0, 1 / elementwise["switch"](same, 1, differences))
    inner = diag(grads[0]) + factors * dot(v.T, grads[1])
    return [dot(dot(v, inner), v.T)]


_eigh = LinearAlgebra("Eigh", lambda a: tuple(np.linalg.eigh(a)), lambda r: [1, 2], _eigh_gradient)


def eigh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric matrix in rising order, and its eigenvectors."""
    return _eigh(a)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """The singular value decomposition."""
    if not compute_uv:
        return LinearAlgebra("SVD", lambda x: np.linalg.svd(x, compute_uv=False), lambda r: [1])(a)
    return LinearAlgebra("SVD", lambda x: tuple(np.linalg.svd(x, full_matrices)), lambda r: [2, 1, 2])(a)


_qr: Callable[..., Any] = np.linalg.qr


def qr(a: Any, mode: str = "reduced") -> Any:
    """The QR decomposition."""
    if mode == "r":
        return LinearAlgebra("QR", lambda x: np.linalg.qr(x, "r"), lambda r: [2])(a)
    return LinearAlgebra("QR", lambda x: tuple(_qr(x, mode)), lambda r: [2, 2])(a)


def lstsq(a: Any, b: Any, rcond: float = -1) -> Any:
    """The least squares solution, residuals, rank and singular values."""
    op = LinearAlgebra(
        "lstsq", lambda x, y: tuple(np.linalg.lstsq(x, y, rcond=rcond)), lambda r, s: [s, 1, 0, 1]
    )
    return op(a, b)


def matrix_dot(*args: Any) -> Any:
    """The product of several matrices."""
    result = args[0]
    for a in args[1:]:
        result = dot(result, a)
    return result


def matrix_power(M: Any, n: int) -> Any:
    """M times itself."""
    M = as_tensor_variable(M)
    if n < 0:
        M, n = matrix_inverse(M), -n
    result = eye(M.shape[0], M.shape[1], dtype=M.dtype)
    for _ in range(n):
        result = dot(result, M)
    return result


def alloc_diag(x: Any) -> Any:
    return diag(x)


def extract_diag(x: Any) -> Any:
    return diagonal(x)


def norm(x: Any, ord: Any = None) -> Any:
    """The norm of a vector or matrix; Frobenius without an order."""
    x = as_tensor_variable(x)
    if ord is None or ord == "fro":
        return elementwise["sqrt"](reductions["sum"](x * x))
    if x.ndim == 1:
        if ord == "inf" or ord == np.inf:
            return reductions["max"](abs(x))
        if ord == "-inf" or ord == -np.inf:
            return reductions["min"](abs(x))
        if ord == 0:
            return reductions["sum"](elementwise["neq"](x, 0))
        return reductions["sum"](abs(x) ** ord) ** (1.0 / ord)
    if ord in ("inf", np.inf):
        return reductions["max"](reductions["sum"](abs(x), 1))
    if ord == 1:
        return reductions["max"](reductions["sum"](abs(x), 0))
    raise ValueError(f"norm: the order {ord} of a {x.ndim}-dimensional tensor")


def tensorinv(a: Any, ind: int = 2) -> Any:
    op = LinearAlgebra("TensorInv", lambda x: np.linalg.tensorinv(x, ind), lambda r: [r])
    return op(a)


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    op = LinearAlgebra("TensorSolve", lambda x, y: np.linalg.tensorsolve(x, y, axes), lambda r, s: [r - s])
    return op(a, b)


__all__ = [
    "LinearAlgebra", "alloc_diag", "det", "diag", "eig", "eigh", "extract_diag", "lstsq", "matrix_dot",
    "matrix_inverse", "matrix_power", "norm", "outer", "pinv", "prod", "qr", "svd", "tensorinv",
    "tensorsolve", "trace", "transpose", "zeros_like",
]  # fmt: skip

recipes.keep("nlinalg", globals(), __all__)

__getattr__ = missing.attributes("theano.tensor.nlinalg", globals())
