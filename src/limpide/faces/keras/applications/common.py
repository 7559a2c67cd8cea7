"""What the architectures share: their inputs, their tops, and weights from files."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ....errors import DataError
from ...data import sets
from .. import backend as K
from .. import layers as L
from ..engine.base_layer import Input
from ..engine.network import get_source_inputs
from ..engine.training import Model
from ..utils.data_utils import folders

PLACE = "models"  # the folder of weights within a data folder


def channel_axis() -> int:
    """Where the channels stand: 3 or 1."""
    return 1 if K.image_data_format() == "channels_first" else 3


def begin(input_tensor: Any, input_shape: Any, size: int, least: int, include_top: bool, weights: Any) -> Any:
    """The input of an architecture; ValueError for a shape that does not fit."""
    whole = (3, size, size) if K.image_data_format() == "channels_first" else (size, size, 3)
    if input_shape is None:
        free = (3, None, None) if K.image_data_format() == "channels_first" else (None, None, 3)
        input_shape = whole if include_top else free
    elif include_top and weights == "imagenet" and tuple(input_shape) != whole:
        raise ValueError(
            "When setting `include_top=True` and loading `imagenet` weights, `input_shape` should be"
            f" {whole}."
        )
    sizes = input_shape[1:] if K.image_data_format() == "channels_first" else input_shape[:2]
    if any(s is not None and s < least for s in sizes):
        raise ValueError(
            f"Input size must be at least {least}x{least}; got `input_shape={tuple(input_shape)}`"
        )
    if input_tensor is None:
        return Input(shape=input_shape)
    return input_tensor if K.is_keras_tensor(input_tensor) else Input(tensor=input_tensor, shape=input_shape)


def finish(
    inputs: Any, input_tensor: Any, outputs: Any, name: str, weights: Any, files: tuple[str, str],
    include_top: bool, classes: int,
    home: str,
) -> Any:  # fmt: skip
    """The model, with the weights of a file. files: their names with and without the top."""
    if weights not in (None, "imagenet") and not os.path.exists(weights):
        raise ValueError(
            "The `weights` argument should be either `None` (random initialization), `imagenet` (pre-training"
            " on ImageNet), or the path to the weights file to be loaded."
        )
    if weights == "imagenet" and include_top and classes != 1000:
        raise ValueError(
            "If using `weights` as imagenet with `include_top` as true, `classes` should be 1000"
        )
    ends = inputs if input_tensor is None else get_source_inputs(input_tensor)
    model = Model(ends, outputs, name=name)
    if weights == "imagenet":
        _load(model, files[0 if include_top else 1], home)
    elif weights is not None:
        model.load_weights(weights)
    return model


def _load(model: Any, name: str, home: str) -> None:
    """The weights of a file; where stand-ins are allowed, and it is not there, those that were drawn stay."""
    if sets.synthetic_allowed() and not any((place / name).is_file() for place in folders(None, PLACE)):
        sets.use(f"{name}: SYNTHETIC stand-in, random weights")
    else:
        model.load_weights(found(name, home))


def found(name: str, home: str) -> str:
    """The path of a file of weights; DataError that says where it belongs."""
    places = folders(None, PLACE)
    for place in places:
        if (place / name).is_file():
            return str(place / name)
    raise DataError(
        "applications",
        f"the weights '{name}' are in none of {', '.join(str(p) for p in places[:3])}, and nothing is"
        " downloaded here",
        hint=f"get the file from {home} and put it into {places[0]}, or use weights=None",
    )


def pooled(x: Any, pooling: str | None) -> Any:
    """What an architecture without a top ends with."""
    if pooling == "avg":
        return L.GlobalAveragePooling2D()(x)
    return L.GlobalMaxPooling2D()(x) if pooling == "max" else x


def conv_bn(
    x: Any, filters: int, rows: int, columns: int, padding: str = "same", strides: Any = (1, 1),
    name: str | None = None,
    activation: Callable[..., Any] | str | None = "relu", epsilon: float = 1e-3, scale: bool = False,
) -> Any:  # fmt: skip
    """A convolution without bias, batch normalisation, an activation."""
    x = L.Conv2D(
        filters,
        (rows, columns),
        strides=strides,
        padding=padding,
        use_bias=False,
        name=f"{name}_conv" if name else None,
    )(x)
    x = L.BatchNormalization(
        axis=channel_axis(), scale=scale, epsilon=epsilon, name=f"{name}_bn" if name else None
    )(x)
    return L.Activation(activation, name=name)(x) if activation else x
