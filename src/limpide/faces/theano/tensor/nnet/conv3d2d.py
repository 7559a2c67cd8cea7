"""3-D convolution of (n, time, channels, rows, columns)."""

from __future__ import annotations

from typing import Any

from .... import missing
from ..var import as_tensor_variable
from .abstract_conv import conv3d as of_volumes


def conv3d(
    signals: Any,
    filters: Any,
    signals_shape: Any = None,
    filters_shape: Any = None,
    border_mode: Any = "valid",
) -> Any:
    """The convolution over time, rows and columns."""
    x, w = (as_tensor_variable(v).dimshuffle(0, 2, 1, 3, 4) for v in (signals, filters))
    return of_volumes(x, w, border_mode=border_mode).dimshuffle(0, 2, 1, 3, 4)


__getattr__ = missing.attributes("theano.tensor.nnet.conv3d2d", globals())
