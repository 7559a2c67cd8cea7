"""Products of matrices under BLAS' names."""

from __future__ import annotations

from typing import Any

from ... import missing
from .basic import batched_dot, dot, outer

dot22 = _dot22 = dot


def gemm(z: Any, a: Any, x: Any, y: Any, b: Any) -> Any:
    """b z + a x y."""
    return b * z + a * dot(x, y)


def ger(z: Any, a: Any, x: Any, y: Any) -> Any:
    """z + a x y' of vectors."""
    return z + a * outer(x, y)


gemv = gemm_inplace = gemm_no_inplace = gemm

__all__ = ["batched_dot", "dot22", "gemm", "gemm_inplace", "gemv", "ger"]

__getattr__ = missing.attributes("theano.tensor.blas", globals())
