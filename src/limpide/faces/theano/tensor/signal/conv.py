"""Convolution of one image or a batch of them with one filter or several."""

from __future__ import annotations

from typing import Any

from .... import missing
from ..nnet.abstract_conv import conv2d as of_batches
from ..var import as_tensor_variable


def conv2d(
    input: Any,
    filters: Any,
    image_shape: Any = None,
    filter_shape: Any = None,
    border_mode: Any = "valid",
    subsample: Any = (1, 1),
    **_: Any,
) -> Any:
    """Every image, (rows, columns) or (n, rows, columns), with every filter."""
    x, w = as_tensor_variable(input), as_tensor_variable(filters)
    if x.ndim not in (2, 3) or w.ndim not in (2, 3):
        raise ValueError("signal.conv2d takes matrices, or batches of them")
    images = x.dimshuffle(0, "x", 1, 2) if x.ndim == 3 else x.dimshuffle("x", "x", 0, 1)
    kernels = w.dimshuffle(0, "x", 1, 2) if w.ndim == 3 else w.dimshuffle("x", "x", 0, 1)
    y = of_batches(images, kernels, border_mode=border_mode, subsample=subsample)
    if x.ndim == 2 and w.ndim == 2:
        return y[0, 0]
    if x.ndim == 2:
        return y[0]
    return y[:, 0] if w.ndim == 2 else y


__getattr__ = missing.attributes("theano.tensor.signal.conv", globals())
