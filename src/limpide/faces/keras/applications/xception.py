"""`keras.applications.xception`: Chollet 2016."""

from __future__ import annotations

from typing import Any

from ... import missing
from .. import layers as L
from .common import begin, channel_axis, finish, pooled
from .imagenet_utils import decode_predictions
from .inception_v3 import preprocess_input

HOME = "https://github.com/fchollet/deep-learning-models/releases/download/v0.4/"


def _separable(x: Any, filters: int, name: str, before: bool = True) -> Any:
    if before:
        x = L.Activation("relu", name=f"{name}_act")(x)
    x = L.SeparableConv2D(filters, (3, 3), padding="same", use_bias=False, name=name)(x)
    return L.BatchNormalization(axis=channel_axis(), name=f"{name}_bn")(x)


def _around(x: Any, filters: int) -> Any:
    x = L.Conv2D(filters, (1, 1), strides=(2, 2), padding="same", use_bias=False)(x)
    return L.BatchNormalization(axis=channel_axis())(x)


def Xception(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: Any = None,
    classes: int = 1000,
) -> Any:
    """Separable convolutions with ways around them."""
    inputs = begin(input_tensor, input_shape, 299, 71, include_top, weights)
    axis = channel_axis()
    x = inputs
    for i, (filters, step) in enumerate(((32, (2, 2)), (64, (1, 1))), 1):
        x = L.Conv2D(filters, (3, 3), strides=step, use_bias=False, name=f"block1_conv{i}")(x)
        x = L.BatchNormalization(axis=axis, name=f"block1_conv{i}_bn")(x)
        x = L.Activation("relu", name=f"block1_conv{i}_act")(x)
    for block, filters in enumerate((128, 256, 728), 2):
        way = _around(x, filters)
        x = _separable(x, filters, f"block{block}_sepconv1", before=block != 2)
        x = _separable(x, filters, f"block{block}_sepconv2")
        x = L.MaxPooling2D((3, 3), strides=(2, 2), padding="same", name=f"block{block}_pool")(x)
        x = L.add([x, way])
    for block in range(5, 13):
        way = x
        for i in range(1, 4):
            x = _separable(x, 728, f"block{block}_sepconv{i}")
        x = L.add([x, way])
    way = _around(x, 1024)
    x = _separable(_separable(x, 728, "block13_sepconv1"), 1024, "block13_sepconv2")
    x = L.add([L.MaxPooling2D((3, 3), strides=(2, 2), padding="same", name="block13_pool")(x), way])
    for i, filters in enumerate((1536, 2048), 1):
        x = L.Activation("relu", name=f"block14_sepconv{i}_act")(
            _separable(x, filters, f"block14_sepconv{i}", before=False)
        )
    if include_top:
        x = L.Dense(classes, activation="softmax", name="predictions")(
            L.GlobalAveragePooling2D(name="avg_pool")(x)
        )
    else:
        x = pooled(x, pooling)
    files = (
        "xception_weights_tf_dim_ordering_tf_kernels.h5",
        "xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
    )
    return finish(inputs, input_tensor, x, "xception", weights, files, include_top, classes, HOME)


__all__ = ["Xception", "decode_predictions", "preprocess_input"]

__getattr__ = missing.attributes("keras.applications.xception", globals())
