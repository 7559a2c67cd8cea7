"""Products of matrices under BLAS' names."""

from __future__ import annotations

from typing import Any

from ... import missing
from .basic import batched_dot, dot, outer

dot22 = _dot22 = dot
gemv = lambda z, a, x, y, b: b * z + a * dot(x, y)  # noqa: E731
gemm = gemm_no_inplace = gemv
ger = lambda z, a, x, y: z + a * outer(x, y)  # noqa: E731


def gemm_inplace(z: Any, a: Any, x: Any, y: Any, b: Any) -> Any:
    return gemm(z, a, x, y, b)


__all__ = ["batched_dot", "dot22", "gemm", "gemm_inplace", "gemv", "ger"]

__getattr__ = missing.attributes("theano.tensor.blas", globals())
