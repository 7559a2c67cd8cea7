"""`keras.applications.inception_v3`: Szegedy et al. 2015."""

from __future__ import annotations

from typing import Any

from ... import missing
from .. import layers as L
from . import imagenet_utils
from .common import begin, channel_axis, conv_bn, finish, pooled
from .imagenet_utils import decode_predictions

HOME = "https://github.com/fchollet/deep-learning-models/releases/download/v0.5/"


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Images from -1 to 1."""
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


def _average(x: Any, filters: int) -> Any:
    return conv_bn(L.AveragePooling2D((3, 3), strides=(1, 1), padding="same")(x), filters, 1, 1)


def _chain(x: Any, *parts: tuple[int, int, int]) -> Any:
    for filters, rows, columns in parts:
        x = conv_bn(x, filters, rows, columns)
    return x


def InceptionV3(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: Any = None,
    classes: int = 1000,
) -> Any:
    """Inception, its third version."""
    inputs = begin(input_tensor, input_shape, 299, 75, include_top, weights)
    axis = channel_axis()
    x = conv_bn(inputs, 32, 3, 3, "valid", (2, 2))
    x = conv_bn(conv_bn(x, 32, 3, 3, "valid"), 64, 3, 3)
    x = L.MaxPooling2D((3, 3), strides=(2, 2))(x)
    x = conv_bn(conv_bn(x, 80, 1, 1, "valid"), 192, 3, 3, "valid")
    x = L.MaxPooling2D((3, 3), strides=(2, 2))(x)
    for number, last in enumerate((32, 64, 64)):
        parts = [
            conv_bn(x, 64, 1, 1),
            _chain(x, (48, 1, 1), (64, 5, 5)),
            _chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)),
            _average(x, last),
        ]
        x = L.concatenate(parts, axis=axis, name=f"mixed{number}")
    three = conv_bn(x, 384, 3, 3, "valid", (2, 2))
    double = conv_bn(_chain(x, (64, 1, 1), (96, 3, 3)), 96, 3, 3, "valid", (2, 2))
    x = L.concatenate([three, double, L.MaxPooling2D((3, 3), strides=(2, 2))(x)], axis=axis, name="mixed3")
    for number, width in enumerate((128, 160, 160, 192), 4):
        parts = [
            conv_bn(x, 192, 1, 1),
            _chain(x, (width, 1, 1), (width, 1, 7), (192, 7, 1)),
            _chain(x, (width, 1, 1), (width, 7, 1), (width, 1, 7), (width, 7, 1), (192, 1, 7)),
            _average(x, 192),
        ]
        x = L.concatenate(parts, axis=axis, name=f"mixed{number}")
    three = conv_bn(conv_bn(x, 192, 1, 1), 320, 3, 3, "valid", (2, 2))
    seven = conv_bn(_chain(x, (192, 1, 1), (192, 1, 7), (192, 7, 1)), 192, 3, 3, "valid", (2, 2))
    x = L.concatenate([three, seven, L.MaxPooling2D((3, 3), strides=(2, 2))(x)], axis=axis, name="mixed8")
    for number in range(2):
        one, three = conv_bn(x, 320, 1, 1), conv_bn(x, 384, 1, 1)
        three = L.concatenate(
            [conv_bn(three, 384, 1, 3), conv_bn(three, 384, 3, 1)], axis=axis, name=f"mixed9_{number}"
        )
        double = _chain(x, (448, 1, 1), (384, 3, 3))
        double = L.concatenate([conv_bn(double, 384, 1, 3), conv_bn(double, 384, 3, 1)], axis=axis)
        x = L.concatenate([one, three, double, _average(x, 192)], axis=axis, name=f"mixed{9 + number}")
    if include_top:
        x = L.Dense(classes, activation="softmax", name="predictions")(
            L.GlobalAveragePooling2D(name="avg_pool")(x)
        )
    else:
        x = pooled(x, pooling)
    files = (
        "inception_v3_weights_tf_dim_ordering_tf_kernels.h5",
        "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
    )
    return finish(inputs, input_tensor, x, "inception_v3", weights, files, include_top, classes, HOME)


__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]

__getattr__ = missing.attributes("keras.applications.inception_v3", globals())
