"""What layers of images share: a number per axis, where the channels stand."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .. import backend as K
from ..engine.base_layer import InputLayer, Layer
from ..symbols import int_shape


def per_axis(value: Any, rank: int, name: str) -> tuple[Any, ...]:
    """A number for every axis; ValueError for something else."""
    if isinstance(value, (int, np.integer)):
        return (int(value),) * rank
    try:
        found = tuple(int(v) for v in value)
    except TypeError:
        raise ValueError(
            f"The `{name}` argument must be a tuple of {rank} integers. Received: {value}"
        ) from None
    if len(found) != rank:
        raise ValueError(f"The `{name}` argument must be a tuple of {rank} integers. Received: {value}")
    return found


class Image(Layer):
    """What layers of images share: where the channels stand.

    A script of Keras 1 that says nothing of it and gives images as (channels, rows, columns) means
    "channels_first" everywhere: its first layer decides.
    """

    rank: ClassVar[int] = 2
    data_format: str
    _told = True  # whether the format was given

    def _format(self, data_format: str | None) -> None:
        self._told = data_format is not None and data_format != "default"
        self.data_format = K.normalize_data_format(data_format)

    def _before_build(self, given: list[Any]) -> None:
        self._look_at_channels(given)

    def _look_at_channels(self, given: list[Any]) -> None:
        shape = int_shape(given[0])
        first = getattr(given[0], "_keras_history", (None,))[0]
        if self._told or not isinstance(first, InputLayer) or shape is None or len(shape) != self.rank + 2:
            return
        small, sizes = shape[1], shape[2:]
        if small in (1, 3) and None not in sizes and min(sizes) > 4 and self.data_format == "channels_last":
            K.set_image_data_format("channels_first")
            self.data_format = "channels_first"

    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        if not self._told and not self._inbound_nodes:
            self.data_format = K.image_data_format() if self.rank > 1 else "channels_last"
            if not self.built:
                self._look_at_channels(inputs if isinstance(inputs, list) else [inputs])
        return super().__call__(inputs, **kwargs)

    @property
    def _channel(self) -> int:
        return 1 if self.data_format == "channels_first" else -1
