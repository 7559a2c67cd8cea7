"""`keras.layers.pooling`."""

from __future__ import annotations

from typing import Any, ClassVar

from ... import missing
from .. import backend as K
from ..engine.base_layer import InputSpec
from ..spelling import POOL
from .images import Image, per_axis


class _Pool(Image):
    """What pooling layers share; mode: "max" or "avg"."""

    spellings: ClassVar[dict[str, str]] = POOL
    mode: ClassVar[str] = "max"

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.pool_size = per_axis(pool_size, self.rank, "pool_size")
        self.strides = self.pool_size if strides is None else per_axis(strides, self.rank, "strides")
        self.padding = str(padding).lower()
        if self.padding not in ("valid", "same"):
            raise ValueError(f'The `padding` argument must be one of "valid", "same". Received: {padding}')
        if self.rank == 1 and data_format is None:
            self.data_format = "channels_last"
        else:
            self._format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        function = getattr(K, f"pool{self.rank}d")
        return function(inputs, self.pool_size, self.strides, self.padding, self.data_format, self.mode)


class MaxPooling1D(_Pool):
    """The largest of windows over the steps."""

    rank = 1


class AveragePooling1D(_Pool):
    """The mean of windows over the steps."""

    rank, mode = 1, "avg"


class MaxPooling2D(_Pool):
    """The largest of windows of images."""

    rank = 2


class AveragePooling2D(_Pool):
    """The mean of windows of images."""

    rank, mode = 2, "avg"


class MaxPooling3D(_Pool):
    """The largest of windows of volumes."""

    rank = 3


class AveragePooling3D(_Pool):
    """The mean of windows of volumes."""

    rank, mode = 3, "avg"


class _Global(Image):
    """One number per channel."""

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        if self.rank == 1 and data_format is None:
            self.data_format = "channels_last"
        else:
            self._format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _axes(self) -> list[int]:
        first = 2 if self.data_format == "channels_first" else 1
        return list(range(first, first + self.rank))


class _GlobalMax(_Global):
    def call(self, inputs: Any) -> Any:
        return K.max(inputs, axis=self._axes())


class _GlobalAverage(_Global):
    def call(self, inputs: Any) -> Any:
        return K.mean(inputs, axis=self._axes())


class GlobalMaxPooling1D(_GlobalMax):
    """The largest over the steps."""

    rank = 1


class GlobalAveragePooling1D(_GlobalAverage):
    """The mean over the steps; steps that are masked do not count."""

    rank = 1
    supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return K.mean(inputs, axis=self._axes())
        mask = K.expand_dims(K.cast(mask, K.floatx()), -1)
        return K.sum(inputs * mask, axis=1) / K.sum(mask, axis=1)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


class GlobalMaxPooling2D(_GlobalMax):
    """The largest of every channel."""


class GlobalAveragePooling2D(_GlobalAverage):
    """The mean of every channel."""


class GlobalMaxPooling3D(_GlobalMax):
    """The largest of every channel."""

    rank = 3


class GlobalAveragePooling3D(_GlobalAverage):
    """The mean of every channel."""

    rank = 3


MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D
GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D = (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
)

__getattr__ = missing.attributes("keras.layers.pooling", globals())
__all__ = [name for name in globals() if "Pool" in name and not name.startswith("_")]
