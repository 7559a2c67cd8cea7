"""Pooling over one, two and three axes as layers: windows, a given number of parts, or the whole."""

from __future__ import annotations

from typing import Any, ClassVar

from ..errors import ShapeError, user_frame
from ..shapes import show
from ..tensor import astensor
from .module import Module
from .norms import LAST
from .words import lp


class _Pool(Module):
    """A function of windows, and its arguments."""

    function: ClassVar[str]

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, **more: Any):
        self.arguments = {"kernel_size": kernel_size, "stride": stride, "padding": padding, **more}

    def forward(self, x: Any) -> Any:
        return getattr(lp, self.function)(x, **self.arguments)

    def _describe(self) -> str:
        return str(self.arguments["kernel_size"])


class MaxPool1d(_Pool):
    """lp.max_pool1d with these arguments."""

    function = "max_pool1d"


class MaxPool2d(_Pool):
    """lp.max_pool2d with these arguments.

    >>> import numpy as np
    >>> MaxPool2d(2, layout="NHWC")(np.ones((1, 4, 4, 3))).shape
    (1, 2, 2, 3)
    """

    function = "max_pool2d"


class MaxPool3d(_Pool):
    """lp.max_pool3d with these arguments."""

    function = "max_pool3d"


class AvgPool1d(_Pool):
    """lp.avg_pool1d with these arguments."""

    function = "avg_pool1d"


class AvgPool2d(_Pool):
    """lp.avg_pool2d with these arguments."""

    function = "avg_pool2d"


class AvgPool3d(_Pool):
    """lp.avg_pool3d with these arguments."""

    function = "avg_pool3d"


class _AdaptivePool(Module):
    """A function of as many parts as are wanted."""

    function: ClassVar[str]

    def __init__(self, output_size: Any, layout: str | None = None):
        self.output_size, self.layout = output_size, layout

    def forward(self, x: Any) -> Any:
        return getattr(lp, self.function)(x, self.output_size, layout=self.layout)

    def _describe(self) -> str:
        return str(self.output_size)


class AdaptiveAvgPool1d(_AdaptivePool):
    """lp.adaptive_avg_pool1d with these arguments."""

    function = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptivePool):
    """lp.adaptive_avg_pool2d with these arguments.

    >>> import numpy as np
    >>> AdaptiveAvgPool2d((1, 1))(np.ones((2, 8, 7, 7))).shape
    (2, 8, 1, 1)
    """

    function = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptivePool):
    """lp.adaptive_avg_pool3d with these arguments."""

    function = "adaptive_avg_pool3d"


class AdaptiveMaxPool1d(_AdaptivePool):
    """lp.adaptive_max_pool1d with these arguments."""

    function = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_AdaptivePool):
    """lp.adaptive_max_pool2d with these arguments."""

    function = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_AdaptivePool):
    """lp.adaptive_max_pool3d with these arguments."""

    function = "adaptive_max_pool3d"


class _GlobalPool(Module):
    """One number per channel: all axes but the batch and the channels are folded."""

    rank: ClassVar[int]
    fold: ClassVar[str]

    def __init__(self, keepdims: bool = False, layout: str | None = None):
        self.keepdims, self.layout = keepdims, layout

    def forward(self, x: Any) -> Any:
        x = astensor(x)
        if x.ndim != self.rank + 2:
            raise ShapeError(
                type(self).__name__,
                f"the input has shape {show(x.shape)}, but {self.rank + 2} axes are expected",
                where=user_frame(),
            )
        first = 1 if self.layout in LAST else 2
        return getattr(lp, self.fold)(x, axis=tuple(range(first, first + self.rank)), keepdims=self.keepdims)

    def _describe(self) -> str:
        return "keepdims=True" if self.keepdims else ""


class GlobalAvgPool1d(_GlobalPool):
    """The mean of every channel: (n, channels, w) becomes (n, channels)."""

    rank = 1
    fold = "mean"


class GlobalAvgPool2d(_GlobalPool):
    """The mean of every channel: (n, channels, h, w) becomes (n, channels).

    keepdims: (n, channels, 1, 1) instead. layout: "NHWC" where the channels are last.

    >>> import numpy as np
    >>> GlobalAvgPool2d()(np.ones((2, 8, 7, 7))).shape
    (2, 8)
    """

    rank = 2
    fold = "mean"


class GlobalAvgPool3d(_GlobalPool):
    """The mean of every channel: (n, channels, d, h, w) becomes (n, channels)."""

    rank = 3
    fold = "mean"


class GlobalMaxPool1d(_GlobalPool):
    """The largest element of every channel: (n, channels, w) becomes (n, channels)."""

    rank = 1
    fold = "max"


class GlobalMaxPool2d(_GlobalPool):
    """The largest element of every channel: (n, channels, h, w) becomes (n, channels)."""

    rank = 2
    fold = "max"


class GlobalMaxPool3d(_GlobalPool):
    """The largest element of every channel: (n, channels, d, h, w) becomes (n, channels)."""

    rank = 3
    fold = "max"
