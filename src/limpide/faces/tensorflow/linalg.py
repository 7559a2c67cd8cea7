"""Linear algebra: tf.linalg, and names of tf.*. NumPy factorises; derivatives are formulas on it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...nn.words import lp
from .. import missing
from . import math
from .arrays import (
    diag,
    diag_part,
    eye,
    matrix_band_part,
    matrix_diag,
    matrix_diag_part,
    matrix_set_diag,
    matrix_transpose,
)
from .clipping import global_norm
from .dtypes import as_dtype
from .graph import Tensor
from .inputs import convert_to_tensor
from .math import cross, einsum, hosted, matmul, norm, tensordot, trace
from .recording import alike, op, tensor


def _kind(x: Any) -> Any:
    return as_dtype(x.dtype).base_dtype


def _shaped(result: Any, like: Any) -> Any:
    if isinstance(result, Tensor) and isinstance(like, Tensor) and like.shape.ndims is not None:
        result.set_shape(like.shape)
    return result


@op("MatrixInverse")
def _with_slope_of_inverse(x: Any, inverse: Any, name: Any = None) -> Any:
    """The inverse, with the derivative of -(Y x Y), Y held: that of the inverse at x."""
    x, held = tensor(x), lp.stop_gradient(tensor(inverse))
    moved = -lp.matmul(lp.matmul(held, x), held)
    return held + (moved - lp.stop_gradient(moved))


def matrix_inverse(input: Any, adjoint: bool = False, name: Any = None) -> Any:
    """The inverses of matrices."""
    x = convert_to_tensor(input)
    found = _shaped(hosted("MatrixInverse", np.linalg.inv, [x], dtype=_kind(x)), x)
    result = _with_slope_of_inverse(x, found, name=name)
    return matrix_transpose(result) if adjoint else result


inv = matrix_inverse


@op("MatrixDeterminant")
def _with_slope_of_determinant(x: Any, det: Any, inverse: Any, name: Any = None) -> Any:
    """The determinant, with the derivative det * trace(inverse x)."""
    x, value, held = tensor(x), lp.stop_gradient(tensor(det)), lp.stop_gradient(tensor(inverse))
    moved = value * lp.sum(lp.swapaxes(held, -1, -2) * x, axis=(-2, -1))
    return value + (moved - lp.stop_gradient(moved))


def matrix_determinant(input: Any, name: Any = None) -> Any:
    """The determinants of matrices."""
    x = convert_to_tensor(input)
    value = hosted("MatrixDeterminant", np.linalg.det, [x], dtype=_kind(x))
    if isinstance(value, Tensor) and x.shape.ndims is not None:
        value.set_shape(x.shape[:-2])
    return _with_slope_of_determinant(
        x, value, _shaped(hosted("MatrixInverse", _inverse, [x], dtype=_kind(x)), x), name=name
    )


def _inverse(x: Any) -> Any:
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(x)


det = matrix_determinant


def logdet(matrix: Any, name: Any = None) -> Any:
    """log of the determinant of positive definite matrices."""
    return math.log(matrix_determinant(matrix), name=name)


def matrix_solve(matrix: Any, rhs: Any, adjoint: bool = False, name: Any = None) -> Any:
    """X with matrix X = rhs."""
    inverse = matrix_inverse(matrix)
    return matmul(inverse, rhs, transpose_a=adjoint, name=name)


solve = matrix_solve


def matrix_triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: Any = None
) -> Any:
    """X with matrix X = rhs, of which one half is read."""
    half = matrix_band_part(matrix, -1, 0) if lower else matrix_band_part(matrix, 0, -1)
    return matrix_solve(half, rhs, adjoint, name)


triangular_solve = matrix_triangular_solve


def matrix_solve_ls(
    matrix: Any, rhs: Any, l2_regularizer: Any = 0.0, fast: bool = True, name: Any = None
) -> Any:
    """X with the least squares of matrix X - rhs."""
    a = convert_to_tensor(matrix)
    gram = matmul(a, a, transpose_a=True)
    if not (isinstance(l2_regularizer, (int, float)) and l2_regularizer == 0):
        size = a.shape[-1].value if isinstance(a, Tensor) else a.shape[-1]
        gram = math.add(gram, math.multiply(eye(size, dtype=_kind(a)), l2_regularizer))
    return matrix_solve(gram, matmul(a, rhs, transpose_a=True), name=name)


lstsq = matrix_solve_ls


@op("Cholesky")
def _with_slope_of_cholesky(x: Any, factor: Any, inverse: Any, name: Any = None) -> Any:
    """The factor L, with the derivative L tril(L^-1 x L^-T), its diagonal halved."""
    x, held, inner = tensor(x), lp.stop_gradient(tensor(factor)), lp.stop_gradient(tensor(inverse))
    middle = lp.matmul(lp.matmul(inner, (x + lp.swapaxes(x, -1, -2)) * 0.5), lp.swapaxes(inner, -1, -2))
    half = lp.tril(middle) - 0.5 * middle * lp.eye(middle.shape[-1], dtype=middle.dtype)
    moved = lp.matmul(held, half)
    return held + (moved - lp.stop_gradient(moved))


def cholesky(input: Any, name: Any = None) -> Any:
    """L with L L^T = x, for positive definite matrices."""
    x = convert_to_tensor(input)
    factor = _shaped(hosted("Cholesky", np.linalg.cholesky, [x], dtype=_kind(x)), x)
    inverse = _shaped(hosted("MatrixInverse", np.linalg.inv, [factor], dtype=_kind(x)), x)
    return _with_slope_of_cholesky(x, factor, inverse, name=name)


def cholesky_solve(chol: Any, rhs: Any, name: Any = None) -> Any:
    """X with L L^T X = rhs."""
    return matrix_solve(matmul(chol, chol, transpose_b=True), rhs, name=name)


def self_adjoint_eig(tensor: Any, name: Any = None) -> Any:
    """Eigenvalues in rising order, and eigenvectors in columns, of symmetric matrices."""
    x = convert_to_tensor(tensor)
    values, vectors = hosted(
        "SelfAdjointEigV2", lambda a: list(np.linalg.eigh(a)), [x], name=name, count=2, dtype=_kind(x)
    )
    if isinstance(values, Tensor) and x.shape.ndims is not None:
        values.set_shape(x.shape[:-1])
    return values, _shaped(vectors, x)


eigh = self_adjoint_eig


def self_adjoint_eigvals(tensor: Any, name: Any = None) -> Any:
    return self_adjoint_eig(tensor, name)[0]


eigvalsh = self_adjoint_eigvals


def qr(input: Any, full_matrices: bool = False, name: Any = None) -> Any:
    """Orthogonal and triangular factors."""
    x = convert_to_tensor(input)
    mode: Any = "complete" if full_matrices else "reduced"
    return tuple(hosted("Qr", lambda a: list(np.linalg.qr(a, mode)), [x], name=name, count=2, dtype=_kind(x)))


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: Any = None) -> Any:
    """Singular values s, and u, v with tensor = u diag(s) v^T."""
    x = convert_to_tensor(tensor)
    if not compute_uv:
        return hosted("Svd", lambda a: np.linalg.svd(a, compute_uv=False), [x], name=name, dtype=_kind(x))

    def factor(a: Any) -> list[Any]:
        u, s, vh = np.linalg.svd(a, full_matrices=full_matrices)
        return [s, u, np.swapaxes(vh, -1, -2)]

    return tuple(hosted("Svd", factor, [x], name=name, count=3, dtype=_kind(x)))


def expm(input: Any, name: Any = None) -> Any:
    """The exponential of matrices, by scaling and squaring of a Taylor series of 18 terms."""
    return _expm(input, name=name)


@op("MatrixExponential")
def _expm(x: Any, name: Any = None) -> Any:
    given = tensor(x)
    x = given.astype("float64") / 1024
    total = lp.broadcast_to(lp.eye(x.shape[-1], dtype=x.dtype), x.shape)
    term = total
    for k in range(1, 19):
        term = lp.matmul(term, x) / k
        total = total + term
    for _ in range(10):
        total = lp.matmul(total, total)
    return total.astype(given.dtype)


@op("L2Normalize")
def _l2_normalize(x: Any, axis: Any, epsilon: float, name: Any = None) -> Any:
    x = tensor(x)
    where = tuple(axis) if isinstance(axis, list) else axis
    return x / lp.sqrt(lp.maximum(lp.sum(lp.square(x), axis=where, keepdims=True), epsilon))


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: Any = None, dim: Any = None) -> Any:
    """Vectors of length 1."""
    return _l2_normalize(x, dim if axis is None else axis, epsilon, name=name or "l2_normalize")


def matvec(a: Any, b: Any, transpose_a: bool = False, name: Any = None) -> Any:
    return math.matvec(a, b, transpose_a, name)


@op("Outer")
def outer(x: Any, y: Any, name: Any = None) -> Any:
    x, y = alike(x, y)
    return x[..., :, None] * y[..., None, :]


transpose, band_part, set_diag = matrix_transpose, matrix_band_part, matrix_set_diag
tensor_diag, tensor_diag_part = diag, diag_part
diag, diag_part = matrix_diag, matrix_diag_part
_public = (cross, einsum, global_norm, norm, tensordot, trace)
__all__ = [
    "cholesky", "cholesky_solve", "matrix_determinant", "matrix_inverse", "matrix_solve", "matrix_solve_ls",
    "matrix_triangular_solve", "qr", "self_adjoint_eig", "self_adjoint_eigvals", "svd",
]  # fmt: skip
__getattr__ = missing.attributes("tensorflow.linalg", globals())
