"""Linear algebra as in scipy.linalg; between native calls, with gradients. It needs SciPy where it runs."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from ....errors import MissingExtraError
from ... import missing
from ..engine import lp
from ..gof import recipes
from .basic import dot, record_op, tril, triu
from .elementwise import elementwise
from .nlinalg import LinearAlgebra, matrix_inverse
from .type import formula
from .var import as_tensor_variable, dtype_of


def scipy_linalg() -> Any:
    """The one door to SciPy's linear algebra."""
    try:
        return importlib.import_module("scipy.linalg")
    except ImportError:
        raise MissingExtraError("scipy", "faces", "theano.tensor.slinalg") from None


def _cholesky_gradient(inputs: Any, outputs: Any, grads: Any) -> list[Any]:
    """Murray 2016, "Differentiation of the Cholesky decomposition"."""
    L, g = outputs[0], grads[0]
    inner = tril(dot(L.T, g))
    half = inner - elementwise["mul"](inner, 0.5 * _identity(L))
    inverse = matrix_inverse(L)
    full = dot(dot(inverse.T, half), inverse)
    return [(full + full.T) * 0.5]


def _identity(x: Any) -> Any:
    return record_op(
        "Eye", lambda t: lp["eye"](t.shape[0], dtype=t.dtype), x, known=lambda: formula(dtype_of(x), 2)
    )


class Cholesky(LinearAlgebra):
    """The triangle L with L L' = x."""

    def __init__(self, lower: bool = True, on_error: str = "raise"):
        self.on_error = on_error
        super().__init__("Cholesky", self._find, lambda r: [2], _cholesky_gradient)
        self.lower = lower

    def _find(self, x: Any) -> Any:
        try:
            return np.linalg.cholesky(x)
        except np.linalg.LinAlgError:
            if self.on_error == "nan":
                return np.full(x.shape, np.nan)
            raise

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        found = LinearAlgebra.__call__(self, *inputs, **kwargs)
        return found if self.lower else found.T


cholesky = Cholesky()


def _solve_gradient(inputs: Any, outputs: Any, grads: Any) -> list[Any]:
    A, c = inputs[0], outputs[0]
    back = solve(A.T, grads[0])
    of_matrix = -dot(back, c.T) if c.ndim == 2 else -back.dimshuffle(0, "x") * c.dimshuffle("x", 0)
    return [of_matrix, back]


class Solve(LinearAlgebra):
    """The x with A x = b."""

    def __init__(self, A_structure: str = "general", lower: bool = False, **_: Any):
        super().__init__("Solve", self._find, lambda a, b: [b], _solve_gradient)
        self.structure, self.lower = A_structure, lower

    def _find(self, A: Any, b: Any) -> Any:
        if self.structure in ("lower_triangular", "upper_triangular"):
            return scipy_linalg().solve_triangular(A, b, lower=self.structure.startswith("lower"))
        return np.linalg.solve(A, b)


solve = Solve()
solve_lower_triangular = Solve("lower_triangular")
solve_upper_triangular = Solve("upper_triangular")


def solve_symmetric(A: Any, b: Any) -> Any:
    return solve(A, b)


def _expm_gradient(inputs: Any, outputs: Any, grads: Any) -> list[Any]:
    return [_expm_back(inputs[0], grads[0])]


expm = LinearAlgebra("Expm", lambda a: scipy_linalg().expm(a), lambda r: [2], _expm_gradient)
_expm_back = LinearAlgebra(
    "ExpmGrad", lambda a, g: scipy_linalg().expm_frechet(a.T, g, compute_expm=False), lambda r, s: [2]
)


def eigvalsh(a: Any, b: Any = None, lower: bool = True) -> Any:
    """The eigenvalues of a symmetric matrix, also of the generalised problem a v = w b v."""
    if b is None:
        return LinearAlgebra("Eigvalsh", lambda x: np.linalg.eigvalsh(x), lambda r: [1])(a)
    op = LinearAlgebra("Eigvalsh", lambda x, y: scipy_linalg().eigvalsh(x, y), lambda r, s: [1])
    return op(a, b)


def kron(a: Any, b: Any) -> Any:
    """Every element of a times all of b."""
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    return record_op(
        "Kron", lambda x, y: lp["kron"](x, y), a, b, known=lambda: formula(dtype_of(a), max(a.ndim, b.ndim))
    )


__all__ = [
    "Cholesky", "Solve", "cholesky", "eigvalsh", "expm", "kron", "solve", "solve_lower_triangular",
    "solve_symmetric", "solve_upper_triangular", "triu",
]  # fmt: skip

recipes.keep("slinalg", globals(), __all__)

__getattr__ = missing.attributes("theano.tensor.slinalg", globals())
