"""The Fourier transforms of real signals; complex numbers are pairs along a last axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....tensor import Tensor
from ... import missing
from ..engine import lp
from .basic import record_op
from .type import formula
from .var import as_tensor_variable, dtype_of


def _factor(norm: str | None, sizes: Any, inverse: bool) -> float:
    """What the sums are multiplied by. Raises ValueError for a norm that there is not."""
    count = float(np.prod(sizes))
    if norm is None:
        return 1 / count if inverse else 1.0
    if norm == "ortho":
        return float(count**-0.5)
    if norm == "no_norm":
        return 1.0
    raise ValueError(f"Invalid value {norm!r} for norm, must be None, 'ortho' or 'no_norm'")


def _turn(size: int, out: int, dtype: Any, sign: int) -> tuple[Any, Any]:
    angles = sign * 2 * np.pi * np.outer(np.arange(size), np.arange(out)) / size
    return np.cos(angles).astype(dtype), np.sin(angles).astype(dtype)


def _along(real: Tensor, imag: Tensor, axis: int, out: int, sign: int) -> tuple[Tensor, Tensor]:
    """The transform along one axis, as two products of matrices with cosines and sines."""
    cos, sin = _turn(int(real.shape[axis]), out, real.dtype, sign)
    last = real.ndim - 1
    order = [a for a in range(real.ndim) if a != axis] + [axis]
    back = np.argsort(order)
    re, im = lp["transpose"](real, order), lp["transpose"](imag, order)
    moved = lp["matmul"](re, cos) - lp["matmul"](im, sin), lp["matmul"](re, sin) + lp["matmul"](im, cos)
    assert last >= 0
    return lp["transpose"](moved[0], list(back)), lp["transpose"](moved[1], list(back))


def rfft(inp: Any, norm: str | None = None) -> Any:
    """The transform of every element of a batch of real signals: (n, sizes..., half the last + 1, 2)."""
    x = as_tensor_variable(inp)

    def build(t: Tensor) -> Tensor:
        sizes = [int(s) for s in t.shape[1:]]
        real, imag = t, lp["zeros_like"](t)
        real, imag = _along(real, imag, t.ndim - 1, sizes[-1] // 2 + 1, -1)
        for axis in range(1, t.ndim - 1):
            real, imag = _along(real, imag, axis, sizes[axis - 1], -1)
        return lp["stack"]([real, imag], axis=-1) * _factor(norm, sizes, False)

    return record_op("rfft", build, x, known=lambda: formula(dtype_of(x), x.ndim + 1))


def irfft(inp: Any, norm: str | None = None, is_odd: bool = False) -> Any:
    """The real signals whose transforms are given, of an even (odd) last size."""
    x = as_tensor_variable(inp)

    def build(t: Tensor) -> Tensor:
        real, imag = t[..., 0], t[..., 1]
        half = int(real.shape[-1])
        size = 2 * (half - 1) + int(is_odd)
        sizes = [int(s) for s in real.shape[1:-1]] + [size]
        for axis in range(1, real.ndim - 1):
            real, imag = _along(real, imag, axis, sizes[axis - 1], 1)
        weights = np.full(half, 2.0)
        weights[0] = 1
        if not is_odd:
            weights[-1] = 1
        angles = 2 * np.pi * np.outer(np.arange(half), np.arange(size)) / size
        cos, sin = ((weights[:, None] * f(angles)).astype(t.dtype) for f in (np.cos, np.sin))
        found = lp["matmul"](real, cos) - lp["matmul"](imag, sin)
        return found * _factor(norm, sizes, True)

    return record_op("irfft", build, x, known=lambda: formula(dtype_of(x), x.ndim - 1))


__getattr__ = missing.attributes("theano.tensor.fft", globals())
