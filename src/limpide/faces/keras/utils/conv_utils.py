"""`keras.utils.conv_utils`."""

from __future__ import annotations

from typing import Any

from ... import missing
from ..settings import normalize_data_format
from .layer_utils import convert_kernel


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """A number for each of n axes."""
    found = (value,) * n if isinstance(value, int) else tuple(value)
    if len(found) != n:
        raise ValueError(f"The `{name}` argument must be a tuple of {n} integers. Received: {value}")
    return found


def normalize_padding(value: str) -> str:
    """A padding in lower case; ValueError for another word."""
    if value.lower() not in ("valid", "same", "causal"):
        raise ValueError(
            f'The `padding` argument must be one of "valid", "same" (or "causal"). Received: {value}'
        )
    return value.lower()


def conv_output_length(
    input_length: Any, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> Any:
    """How long a convolution's result is.

    >>> conv_output_length(28, 3, "valid", 1), conv_output_length(28, 3, "same", 2)
    (26, 14)
    """
    if input_length is None:
        return None
    reach = filter_size + (filter_size - 1) * (dilation - 1)
    length = {"same": input_length, "causal": input_length, "valid": input_length - reach + 1}.get(
        padding, input_length + reach - 1
    )
    return (length + stride - 1) // stride


def conv_input_length(output_length: Any, filter_size: int, padding: str, stride: int) -> Any:
    """How long the input of a convolution is."""
    if output_length is None:
        return None
    pad = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * pad + filter_size


def deconv_length(
    dim_size: Any,
    stride_size: int,
    kernel_size: int,
    padding: str,
    output_padding: Any = None,
    dilation: int = 1,
) -> Any:
    """How long a transposed convolution's result is."""
    if dim_size is None:
        return None
    kernel_size = kernel_size + (kernel_size - 1) * (dilation - 1)
    if output_padding is None:
        return dim_size * stride_size + (max(kernel_size - stride_size, 0) if padding == "valid" else 0)
    pad = {"same": kernel_size // 2, "valid": 0, "full": kernel_size - 1}[padding]
    return (dim_size - 1) * stride_size + kernel_size - 2 * pad + output_padding


__all__ = [
    "conv_input_length", "conv_output_length", "convert_kernel", "deconv_length", "normalize_data_format",
    "normalize_padding", "normalize_tuple",
]  # fmt: skip

__getattr__ = missing.attributes("keras.utils.conv_utils", globals())
