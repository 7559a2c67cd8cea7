"""Numbers in few bits: quantised, computed with, and made floats again."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dtypes import FLOAT32
from ...errors import DataError
from ...nn.words import lp
from ...tensor import Tensor, astensor
from .table import axis_in, dtype_of, operator
from .windows import conv, shifted


def _spread(v: Any, x: Tensor, axis: int, block_size: int) -> Any:
    """A scale or a zero point for every element: one for all, one per place of an axis, or one per block."""
    v = astensor(v)
    if v.size == 1:
        return lp.reshape(v, ())
    axis = axis_in(axis, x.ndim)
    if v.ndim == 1 and not block_size:
        return lp.reshape(v, tuple(-1 if a == axis else 1 for a in range(x.ndim)))
    if not block_size:
        block_size = -(-int(x.shape[axis]) // int(v.shape[axis]))
    whole = lp.repeat(v, block_size, axis)
    return whole[(*[slice(None)] * axis, slice(0, x.shape[axis]))]


def _rounded(x: Any, scale: Any, zero: Any, dtype: np.dtype[Any]) -> Any:
    limits = np.iinfo(dtype)
    y = lp.rint(x / scale)
    y = y if zero is None else y + astensor(zero).astype(astensor(x).dtype)
    return lp.clip(y, float(limits.min), float(limits.max)).astype(dtype)


@operator("QuantizeLinear")
def quantize(
    x: Any, scale: Any, zero: Any = None, *, axis: int = 1, block_size: int = 0, output_dtype: int = 0,
    precision: int = 0, saturate: int = 1,
) -> Any:  # fmt: skip
    x = astensor(x)
    x = x if x.dtype.kind == "f" else x.astype(FLOAT32)
    dtype = np.dtype(np.uint8) if zero is None else astensor(zero).dtype
    dtype = dtype_of(output_dtype) if output_dtype and zero is None else dtype
    if dtype.kind not in "iu":
        raise DataError("onnx", f"numbers are quantised to integers, not to {dtype.name}")
    scale = _spread(scale, x, axis, block_size).astype(x.dtype)
    return _rounded(x, scale, None if zero is None else _spread(zero, x, axis, block_size), dtype)


@operator("DequantizeLinear")
def dequantize(
    x: Any, scale: Any, zero: Any = None, *, axis: int = 1, block_size: int = 0, output_dtype: int = 0
) -> Any:
    x, dtype = astensor(x), astensor(scale).dtype
    y = x.astype(dtype)
    if zero is not None:
        y = y - _spread(zero, x, axis, block_size).astype(dtype)
    return y * _spread(scale, x, axis, block_size)


@operator("DynamicQuantizeLinear")
def dynamic_quantize(x: Any) -> Any:
    low, high = lp.minimum(lp.min(x), 0), lp.maximum(lp.max(x), 0)
    scale = (high - low) / 255
    safe = lp.where(lp.equal(scale, 0), 1, scale)
    zero = lp.clip(lp.rint(-low / safe), 0, 255)
    return _rounded(x, safe, zero, np.dtype(np.uint8)), scale.astype(FLOAT32), zero.astype("uint8")


def _columns(zero: Any, x: Any) -> Any:
    """A zero point or a scale per row of the first operand stands along its rows."""
    zero = astensor(zero)
    return lp.expand_dims(zero, -1) if zero.ndim and zero.ndim == astensor(x).ndim - 1 else zero


def _integer_product(a: Any, b: Any, a_zero: Any, b_zero: Any) -> Any:
    a32, b32 = astensor(a).astype("int32"), astensor(b).astype("int32")
    a32 = a32 if a_zero is None else a32 - _columns(a_zero, a).astype("int32")
    b32 = b32 if b_zero is None else b32 - astensor(b_zero).astype("int32")
    return lp.matmul(a32, b32)


@operator("MatMulInteger")
def matmul_integer(a: Any, b: Any, a_zero: Any = None, b_zero: Any = None) -> Any:
    return _integer_product(a, b, a_zero, b_zero)


@operator("QLinearMatMul")
def quantised_matmul(
    a: Any, a_scale: Any, a_zero: Any, b: Any, b_scale: Any, b_zero: Any, y_scale: Any, y_zero: Any
) -> Any:
    product = _integer_product(a, b, a_zero, b_zero).astype(FLOAT32)
    scale = _columns(a_scale, a) * astensor(b_scale) / y_scale
    return _rounded(product * scale.astype(FLOAT32), np.float32(1), y_zero, astensor(y_zero).dtype)


@operator("QLinearConv")
def quantised_conv(
    x: Any, x_scale: Any, x_zero: Any, w: Any, w_scale: Any, w_zero: Any, y_scale: Any, y_zero: Any,
    b: Any = None, **attributes: Any,
) -> Any:  # fmt: skip
    y = conv(shifted(x, x_zero), shifted(w, w_zero, 0), None, **attributes)
    if b is not None:
        y = y + lp.reshape(b, (-1, *[1] * (y.ndim - 2)))
    scale = astensor(x_scale) * w_scale / y_scale
    scale = lp.reshape(scale, (-1, *[1] * (y.ndim - 2))) if scale.ndim else scale
    return _rounded(y.astype(FLOAT32) * scale, np.float32(1), y_zero, astensor(y_zero).dtype)
