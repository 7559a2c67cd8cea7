"""`keras.applications.resnet50`: He et al. 2015."""

from __future__ import annotations

from typing import Any

from ... import missing
from .. import layers as L
from .common import begin, channel_axis, finish, pooled
from .imagenet_utils import decode_predictions, preprocess_input

HOME = "https://github.com/fchollet/deep-learning-models/releases/download/v0.2/"


def _block(
    x: Any, size: int, filters: tuple[int, int, int], stage: int, block: str, strides: Any, shortcut: bool
) -> Any:
    """Three convolutions with a way around them, which is a convolution itself where `shortcut` says so."""
    name, axis = f"{stage}{block}_branch", channel_axis()
    y = x
    for part, count, window, step in (
        ("2a", filters[0], 1, strides),
        ("2b", filters[1], size, 1),
        ("2c", filters[2], 1, 1),
    ):
        y = L.Conv2D(
            count, window, strides=step, padding="same" if part == "2b" else "valid", name=f"res{name}{part}"
        )(y)
        y = L.BatchNormalization(axis=axis, name=f"bn{name}{part}")(y)
        y = y if part == "2c" else L.Activation("relu")(y)
    if shortcut:
        x = L.Conv2D(filters[2], 1, strides=strides, name=f"res{name}1")(x)
        x = L.BatchNormalization(axis=axis, name=f"bn{name}1")(x)
    return L.Activation("relu")(L.add([y, x]))


def ResNet50(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: Any = None,
    classes: int = 1000,
) -> Any:
    """A residual network with 50 layers."""
    inputs = begin(input_tensor, input_shape, 224, 32, include_top, weights)
    x = L.ZeroPadding2D((3, 3), name="conv1_pad")(inputs)
    x = L.Conv2D(64, (7, 7), strides=(2, 2), padding="valid", name="conv1")(x)
    x = L.Activation("relu")(L.BatchNormalization(axis=channel_axis(), name="bn_conv1")(x))
    x = L.MaxPooling2D((3, 3), strides=(2, 2))(L.ZeroPadding2D((1, 1), name="pool1_pad")(x))
    for stage, (count, filters) in enumerate(zip((3, 4, 6, 3), (64, 128, 256, 512), strict=True), 2):
        for i in range(count):
            step = (1, 1) if i or stage == 2 else (2, 2)
            x = _block(x, 3, (filters, filters, 4 * filters), stage, "abcdef"[i], step, shortcut=i == 0)
    if include_top:
        x = L.Dense(classes, activation="softmax", name="fc1000")(
            L.GlobalAveragePooling2D(name="avg_pool")(x)
        )
    else:
        x = pooled(x, pooling)
    files = (
        "resnet50_weights_tf_dim_ordering_tf_kernels.h5",
        "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
    )
    return finish(inputs, input_tensor, x, "resnet50", weights, files, include_top, classes, HOME)


__all__ = ["ResNet50", "decode_predictions", "preprocess_input"]

__getattr__ = missing.attributes("keras.applications.resnet50", globals())
