"""The old 3-D convolution, of (n, rows, columns, time, channels)."""

from __future__ import annotations

from typing import Any

from .... import missing
from ..var import as_tensor_variable
from .abstract_conv import conv3d


def conv3D(V: Any, W: Any, b: Any, d: Any) -> Any:
    """The correlation of V with W plus the bias b, with strides d; channels last."""
    x, w = (as_tensor_variable(v).dimshuffle(0, 4, 1, 2, 3) for v in (V, W))
    y = conv3d(x, w, subsample=tuple(int(s) for s in d), filter_flip=False)
    return y.dimshuffle(0, 2, 3, 4, 1) + b


__getattr__ = missing.attributes("theano.tensor.nnet.Conv3D", globals())
