"""Element types: the numbers of ONNX's TensorProto.DataType, and our dtypes."""

from __future__ import annotations

import numpy as np

from ..dtypes import BFLOAT16, DType

BFLOAT16_NUMBER, FLOAT16_NUMBER, STRING = 16, 10, 8

NUMBERS: dict[int, DType] = {
    1: np.dtype(np.float32),
    2: np.dtype(np.uint8),
    3: np.dtype(np.int8),
    4: np.dtype(np.uint16),
    5: np.dtype(np.int16),
    6: np.dtype(np.int32),
    7: np.dtype(np.int64),
    9: np.dtype(np.bool_),
    11: np.dtype(np.float64),
    12: np.dtype(np.uint32),
    13: np.dtype(np.uint64),
    BFLOAT16_NUMBER: BFLOAT16,
}
NAMES = {
    FLOAT16_NUMBER: "float16", STRING: "string", 14: "complex64", 15: "complex128", 17: "float8e4m3fn",
    18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1",
    24: "float8e8m0", 25: "uint2", 26: "int2",
}  # fmt: skip


def number_of(dtype: DType) -> int:
    """ONNX's number of one of our dtypes."""
    return next(number for number, known in NUMBERS.items() if known == dtype)
