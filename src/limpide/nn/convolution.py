"""Convolutions over one, two and three axes as layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..errors import ArgumentError, user_frame
from ..tensor import Parameter
from . import init as initialisers
from . import regularizers
from .init import Initialiser, Seed
from .layers import as_floats
from .module import Module
from .regularizers import Regularizer
from .state import Axes
from .words import lp

FIRST = (None, "NCW", "NCL", "NCHW", "NCDHW")  # layouts with the channels before the sizes


class _Convolution(Module):
    """What convolutions and transposed ones share: weight and bias."""

    rank: ClassVar[int]
    transposed: ClassVar[bool] = False

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        layout: str | None = None,
        init: str | Initialiser = "glorot_uniform",
        bias_init: str | Initialiser = "zeros",
        seed: Seed = None,
        dtype: Any = None,
        regularizer: str | Regularizer | None = None,
    ):
        self.regularizer = regularizers.get(regularizer)
        name = type(self).__name__
        for what, count in [("inputs", inputs), ("outputs", outputs)]:
            if not isinstance(count, int) or count < 1 or count % groups:
                raise ArgumentError(
                    name,
                    f"{what} is {count!r}, not a positive multiple of {groups} groups"
                    if groups > 1
                    else f"{what} is {count!r}, not a positive number",
                    where=user_frame(),
                )
        kernel = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size,) * self.rank
        ends = (inputs, outputs // groups) if self.transposed else (outputs, inputs // groups)
        weight = initialisers.make(init, (*ends, *kernel), seed, dtype)
        if layout not in FIRST:
            weight = np.moveaxis(weight, (1, 0), (-2, -1))
        self.weight = Parameter(weight)
        self.bias = Parameter(initialisers.make(bias_init, (outputs,), seed, dtype)) if bias else None
        self.inputs, self.outputs, self.kernel_size = inputs, outputs, tuple(kernel)
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.groups, self.layout = groups, layout

    def torch_axes(self) -> Mapping[str, Axes]:
        if self.layout in FIRST:
            return {}
        return {"weight": (*range(2, self.rank + 2), 1, 0)}

    def _describe(self) -> str:
        more = {"stride": (self.stride, 1), "padding": (self.padding, 0), "dilation": (self.dilation, 1),
                "groups": (self.groups, 1)}  # fmt: skip
        told = "".join(f", {name}={given}" for name, (given, usual) in more.items() if given != usual)
        return f"{self.inputs}, {self.outputs}, kernel_size={self.kernel_size}{told}"


class Conv1d(_Convolution):
    """lp.conv1d with a weight and a bias of its own.

    x: (n, inputs, w), or (n, w, inputs) with layout="NWC". init: of a weight (outputs, inputs // groups, kw).
    """

    rank = 1

    def forward(self, x: Any) -> Any:
        return _convolve(self, x, lp.conv1d)


class Conv2d(_Convolution):
    """lp.conv2d with a weight and a bias of its own.

    x: (n, inputs, h, w), or (n, h, w, inputs) with layout="NHWC".
    weight: (outputs, inputs // groups, kh, kw), or (kh, kw, inputs // groups, outputs) with that layout.

    >>> layer = Conv2d(1, 16, 5)
    >>> layer.weight.shape, layer(np.ones((2, 1, 28, 28))).shape
    ((16, 1, 5, 5), (2, 16, 24, 24))
    """

    rank = 2

    def forward(self, x: Any) -> Any:
        return _convolve(self, x, lp.conv2d)


class Conv3d(_Convolution):
    """lp.conv3d with a weight and a bias of its own.

    x: (n, inputs, d, h, w), or (n, d, h, w, inputs) with layout="NDHWC".
    """

    rank = 3

    def forward(self, x: Any) -> Any:
        return _convolve(self, x, lp.conv3d)


def _convolve(layer: _Convolution, x: Any, function: Any) -> Any:
    return function(
        as_floats(x, layer.weight), layer.weight, layer.bias, stride=layer.stride, padding=layer.padding,
        dilation=layer.dilation, groups=layer.groups, layout=layer.layout,
    )  # fmt: skip


class _Transposed(_Convolution):
    transposed = True

    def __init__(self, inputs: int, outputs: int, kernel_size: Any, *, output_padding: Any = 0, **more: Any):
        super().__init__(inputs, outputs, kernel_size, **more)
        self.output_padding = output_padding

    def apply_to(self, x: Any, function: Any) -> Any:
        return function(
            as_floats(x, self.weight), self.weight, self.bias, stride=self.stride, padding=self.padding,
            output_padding=self.output_padding, groups=self.groups, dilation=self.dilation,
            layout=self.layout,
        )  # fmt: skip


class ConvTranspose1d(_Transposed):
    """lp.conv_transpose1d with a weight and a bias of its own; the words are those of Conv1d."""

    rank = 1

    def forward(self, x: Any) -> Any:
        return self.apply_to(x, lp.conv_transpose1d)


class ConvTranspose2d(_Transposed):
    """lp.conv_transpose2d with a weight and a bias of its own; the words are those of Conv2d.

    weight: (inputs, outputs // groups, kh, kw), or (kh, kw, outputs // groups, inputs) with layout="NHWC".

    >>> ConvTranspose2d(3, 4, 2, stride=2)(np.ones((1, 3, 7, 7))).shape
    (1, 4, 14, 14)
    """

    rank = 2

    def forward(self, x: Any) -> Any:
        return self.apply_to(x, lp.conv_transpose2d)


class ConvTranspose3d(_Transposed):
    """lp.conv_transpose3d with a weight and a bias of its own; the words are those of Conv3d."""

    rank = 3

    def forward(self, x: Any) -> Any:
        return self.apply_to(x, lp.conv_transpose3d)
