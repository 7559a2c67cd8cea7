"""The old spelling of conv2d."""

from __future__ import annotations

from typing import Any

from .... import missing
from . import abstract_conv


def conv2d(
    input: Any,
    filters: Any,
    image_shape: Any = None,
    filter_shape: Any = None,
    border_mode: Any = "valid",
    subsample: Any = (1, 1),
    **_: Any,
) -> Any:
    """The 2-D convolution of images with filters, as `theano.tensor.nnet.conv2d`."""
    return abstract_conv.conv2d(input, filters, image_shape, filter_shape, border_mode, subsample)


ConvOp = conv2d

__getattr__ = missing.attributes("theano.tensor.nnet.conv", globals())
