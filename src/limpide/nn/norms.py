"""Normalisation: over the batch (BatchNorm), over the features of a sample (LayerNorm and its like)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..dtypes import FLOAT32, as_dtype, converted, floatx
from ..errors import ArgumentError, ShapeError, user_frame
from ..shapes import Shape, product, same, show
from ..tensor import Parameter
from .layers import as_floats, count_of
from .module import Buffer, Module
from .words import lp

LAST = {"NWC", "NLC", "NHWC", "NDHWC"}  # layouts with the channels behind the sizes


def standardised(x: Any, axes: Sequence[int], eps: float) -> tuple[Any, Any, Any]:
    """(x - mean) / sqrt(variance + eps) over axes, with that mean and (biased) variance."""
    mean = lp.mean(x, axis=tuple(axes), keepdims=True)
    centred = x - mean
    variance = lp.mean(lp.square(centred), axis=tuple(axes), keepdims=True)
    return centred * (1 / lp.sqrt(variance + eps)), mean, variance


class _Affine(Module):
    """What all norms share: a weight that starts as 1, and a bias that starts as 0."""

    weight: Parameter | None
    bias: Parameter | None

    def _make(self, shape: tuple[int, ...], weight: bool, bias: bool, dtype: Any) -> None:
        self.weight = Parameter(_array(np.ones(shape), dtype)) if weight else None
        self.bias = Parameter(_array(np.zeros(shape), dtype)) if bias else None

    def _scaled(self, y: Any, shape: Any = None) -> Any:
        """y * weight + bias, these in a shape that goes along the axis of the channels."""
        for parameter, operation in [(self.weight, lp.multiply), (self.bias, lp.add)]:
            if parameter is not None:
                y = operation(y, parameter if shape is None else lp.reshape(parameter, shape))
        return y


def _array(values: Any, dtype: Any) -> Any:
    return converted(values, floatx() if dtype is None else as_dtype(dtype))


# ------------------------------------------------------------------------------------ over the batch
class _BatchNorm(_Affine):
    """What the batch norms share; a subclass says how many axes of sizes its input may have."""

    ranks: ClassVar[tuple[int, ...]]
    expected: ClassVar[str]

    def __init__(
        self,
        features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        layout: str | None = None,
        dtype: Any = None,
    ):
        count_of(type(self).__name__, "features", features)
        self.features, self.eps, self.momentum = features, eps, momentum
        self.affine, self.track_running_stats, self.layout = affine, track_running_stats, layout
        self._make((features,), affine, affine, dtype)
        if track_running_stats:
            self.running_mean = Buffer(_array(np.zeros(features), dtype))
            self.running_var = Buffer(_array(np.ones(features), dtype))
            self.num_batches_tracked = Buffer(np.int64(0))

    def forward(self, x: Any) -> Any:
        x = as_floats(x, self.weight)
        channel = self._channel(x.shape)
        axes = tuple(a for a in range(x.ndim) if a != channel)
        shape = tuple(self.features if a == channel else 1 for a in range(x.ndim))
        if self.training or not self.track_running_stats:
            count = product(x.shape[a] for a in axes)
            y, mean, variance = standardised(x, axes, self.eps)
            if self.training and self.track_running_stats:
                self._needs_trace(x)
                self._track(lp.reshape(mean, (-1,)), lp.reshape(variance, (-1,)), count)
            return self._scaled(y, shape)
        factor = 1 / lp.sqrt(self.running_var + self.eps)
        factor = factor if self.weight is None else factor * self.weight
        y = (x - lp.reshape(self.running_mean, shape)) * lp.reshape(factor, shape)
        return y if self.bias is None else y + lp.reshape(self.bias, shape)

    def _track(self, mean: Any, variance: Any, count: Any) -> None:
        """Running statistics move towards those of the batch, with the variance divided by n - 1."""
        if isinstance(count, int) and count < 2:
            raise ShapeError(
                type(self).__name__,
                "one number per channel has no variance to learn from",
                where=user_frame(),
                hint="larger batches, or net.eval()",
            )
        self.num_batches_tracked.assign(self.num_batches_tracked + 1)
        share: Any = self.momentum
        if share is None:
            share = 1 / self.num_batches_tracked.astype(self.running_mean.dtype)
        unbiased = variance * (count / (count - 1))
        for running, now in [(self.running_mean, mean), (self.running_var, unbiased)]:
            now = lp.stop_gradient(now).astype(running.dtype)
            running.assign(running + (now - running) * share)

    def _channel(self, shape: Shape) -> int:
        last = self.layout in LAST
        if len(shape) - 2 not in self.ranks or not same(shape[-1 if last else 1], self.features):
            where = "last" if last else "second"
            raise ShapeError(
                type(self).__name__,
                f"the input has shape {show(shape)}, but {self.expected} with {self.features} channels "
                f"on the {where} axis is expected",
                where=user_frame(),
                hint='layout="NHWC" and its like put the channels last' if not last else None,
            )
        return len(shape) - 1 if last else 1

    def _describe(self) -> str:
        return str(self.features)


class BatchNorm1d(_BatchNorm):
    """(x - mean) / sqrt(variance + eps) * weight + bias per feature (Ioffe and Szegedy 2015).

    x: (n, features), or (n, features, w); (n, w, features) with layout="NWC".
    In training mode mean and variance are those of the batch, and running_mean, running_var move towards
    them by `momentum` (None: to the average of all batches); in evaluation mode the running ones are used.
    Raises ShapeError for another number of axes or channels.

    >>> norm = BatchNorm1d(2)
    >>> norm(np.array([[1.0, 10.0], [3.0, 30.0]])).numpy().round(2).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    >>> norm.running_mean.numpy().tolist(), [name for name, _ in norm.named_parameters()]
    ([0.20000000298023224, 2.0], ['weight', 'bias'])
    """

    ranks = (0, 1)
    expected = "(n, channels) or (n, channels, w)"


class BatchNorm2d(_BatchNorm):
    """BatchNorm of images: x is (n, features, h, w), or (n, h, w, features) with layout="NHWC"."""

    ranks = (2,)
    expected = "an image"


class BatchNorm3d(_BatchNorm):
    """BatchNorm of volumes: x is (n, features, d, h, w), or (n, d, h, w, features) with layout="NDHWC"."""

    ranks = (3,)
    expected = "a volume"


# ---------------------------------------------------------------------------------- within one sample
class LayerNorm(_Affine):
    """(x - mean) / sqrt(variance + eps) * weight + bias over the last axes (Ba et al. 2016).

    shape: sizes of those axes, or the size of the last one. weight, bias: of that shape.

    >>> LayerNorm(4)(np.array([[1.0, 2.0, 3.0, 4.0]])).numpy().round(3).tolist()
    [[-1.342, -0.447, 0.447, 1.342]]
    """

    def __init__(
        self,
        shape: int | Sequence[int],
        eps: float = 1e-5,
        affine: bool = True,
        bias: bool = True,
        dtype: Any = None,
    ):
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        self.eps = eps
        self._make(self.shape, affine, affine and bias, dtype)

    def forward(self, x: Any) -> Any:
        x = _with_last(self, x)
        y, _, _ = standardised(x, range(x.ndim - len(self.shape), x.ndim), self.eps)
        return self._scaled(y)

    def _describe(self) -> str:
        return str(self.shape[0] if len(self.shape) == 1 else self.shape)


class RMSNorm(_Affine):
    """x / sqrt(mean(x^2) + eps) * weight over the last axes (Zhang and Sennrich 2019).

    shape: sizes of those axes, or the size of the last one. eps: the smallest step of the dtype by default.

    >>> RMSNorm(2)(np.array([3.0, 4.0])).numpy().round(3).tolist()
    [0.849, 1.131]
    """

    def __init__(
        self, shape: int | Sequence[int], eps: float | None = None, affine: bool = True, dtype: Any = None
    ):
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        self.eps = eps
        self._make(self.shape, affine, False, dtype)

    def forward(self, x: Any) -> Any:
        x = _with_last(self, x)
        exact = x.dtype if x.dtype.kind == "f" else FLOAT32  # in which bfloat16 is computed
        eps = float(np.finfo(exact).eps) if self.eps is None else self.eps
        axes = tuple(range(x.ndim - len(self.shape), x.ndim))
        return self._scaled(x * (1 / lp.sqrt(lp.mean(lp.square(x), axis=axes, keepdims=True) + eps)))

    def _describe(self) -> str:
        return str(self.shape[0] if len(self.shape) == 1 else self.shape)


def _with_last(layer: LayerNorm | RMSNorm, x: Any) -> Any:
    """The input as floats; ShapeError where its last axes have other sizes than the layer."""
    x = as_floats(x, layer.weight)
    size = len(layer.shape)
    if x.ndim < size or not all(map(same, x.shape[x.ndim - size :], layer.shape)):
        raise ShapeError(
            type(layer).__name__,
            f"the input has shape {show(x.shape)}, but should end in {show(layer.shape)}",
            where=user_frame(),
        )
    return x


class GroupNorm(_Affine):
    """Every sample standardised in groups of channels (Wu and He 2018).

    x: (n, channels, ...). groups: divides the number of channels; 1 takes them all together.

    >>> GroupNorm(2, 4)(np.ones((3, 4, 5, 5))).shape
    (3, 4, 5, 5)
    """

    def __init__(self, groups: int, channels: int, eps: float = 1e-5, affine: bool = True, dtype: Any = None):
        count_of("GroupNorm", "groups", groups)
        count_of("GroupNorm", "channels", channels)
        if channels % groups:
            raise ArgumentError(
                "GroupNorm", f"{channels} channels do not go into {groups} groups", where=user_frame()
            )
        self.groups, self.channels, self.eps = groups, channels, eps
        self._make((channels,), affine, affine, dtype)

    def forward(self, x: Any) -> Any:
        x = as_floats(x, self.weight)
        if x.ndim < 2 or not same(x.shape[1], self.channels):
            raise ShapeError(
                "GroupNorm",
                f"the input has shape {show(x.shape)}, but {self.channels} channels on the second axis "
                "are expected",
                where=user_frame(),
            )
        rest = x.shape[2:]
        grouped = lp.reshape(x, (x.shape[0], self.groups, self.channels // self.groups, *rest))
        y, _, _ = standardised(grouped, range(2, grouped.ndim), self.eps)
        return self._scaled(lp.reshape(y, x.shape), (self.channels, *(1,) * len(rest)))

    def _describe(self) -> str:
        return f"{self.groups}, {self.channels}"


class _InstanceNorm(_Affine):
    rank: ClassVar[int]

    def __init__(self, features: int, eps: float = 1e-5, affine: bool = False, dtype: Any = None):
        count_of(type(self).__name__, "features", features)
        self.features, self.eps = features, eps
        self._make((features,), affine, affine, dtype)

    def forward(self, x: Any) -> Any:
        x = as_floats(x, self.weight)
        if x.ndim != self.rank + 2 or not same(x.shape[1], self.features):
            raise ShapeError(
                type(self).__name__,
                f"the input has shape {show(x.shape)}, but {self.rank + 2} axes "
                f"with {self.features} channels on the second are expected",
                where=user_frame(),
            )
        y, _, _ = standardised(x, range(2, x.ndim), self.eps)
        return self._scaled(y, (self.features, *(1,) * self.rank))

    def _describe(self) -> str:
        return str(self.features)


class InstanceNorm1d(_InstanceNorm):
    """Every channel of every sample standardised (Ulyanov et al. 2016); x is (n, features, w)."""

    rank = 1


class InstanceNorm2d(_InstanceNorm):
    """Every channel of every sample standardised (Ulyanov et al. 2016); x is (n, features, h, w)."""

    rank = 2


class InstanceNorm3d(_InstanceNorm):
    """Every channel of every sample standardised (Ulyanov et al. 2016); x is (n, features, d, h, w)."""

    rank = 3


# ---------------------------------------------------------------------------------- among neighbours
def local_response_norm(
    x: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0, layout: str | None = None
) -> Any:
    """x / (k + alpha * mean of the squares of `size` channels around)^beta (Krizhevsky et al. 2012).

    x: (n, channels, ...), or (n, ..., channels) with a layout that has them last.

    >>> local_response_norm(np.ones((1, 1, 1)), 1, alpha=3.0, beta=0.5).tolist()
    [[[0.5]]]
    """
    x = as_floats(x)
    channel = -1 if layout in LAST else 1
    rows = lp.moveaxis(x, channel, -1)
    squares = lp.reshape(lp.square(rows), (-1, 1, rows.shape[-1]))
    padded = lp.pad(squares, ((0, 0), (0, 0), (size // 2, (size - 1) // 2)))
    means = lp.moveaxis(lp.reshape(lp.avg_pool1d(padded, size, 1), rows.shape), -1, channel)
    return x / (k + alpha * means) ** beta
