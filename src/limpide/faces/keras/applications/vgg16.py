"""`keras.applications.vgg16`: Simonyan and Zisserman 2014."""

from __future__ import annotations

from typing import Any

from ... import missing
from .. import layers as L
from .common import begin, finish, pooled
from .imagenet_utils import decode_predictions, preprocess_input

HOME = "https://github.com/fchollet/deep-learning-models/releases/download/v0.1/"


def vgg(
    depths: tuple[int, ...],
    name: str,
    include_top: bool,
    weights: Any,
    input_tensor: Any,
    input_shape: Any,
    pooling: Any,
    classes: int,
) -> Any:
    """Blocks of convolutions, each with a pooling at its end; then three dense layers."""
    inputs = begin(input_tensor, input_shape, 224, 32, include_top, weights)
    x = inputs
    for block, (depth, filters) in enumerate(zip(depths, (64, 128, 256, 512, 512), strict=True), 1):
        for i in range(1, depth + 1):
            x = L.Conv2D(filters, (3, 3), activation="relu", padding="same", name=f"block{block}_conv{i}")(x)
        x = L.MaxPooling2D((2, 2), strides=(2, 2), name=f"block{block}_pool")(x)
    if include_top:
        x = L.Flatten(name="flatten")(x)
        x = L.Dense(4096, activation="relu", name="fc1")(x)
        x = L.Dense(4096, activation="relu", name="fc2")(x)
        x = L.Dense(classes, activation="softmax", name="predictions")(x)
    else:
        x = pooled(x, pooling)
    files = (
        f"{name}_weights_tf_dim_ordering_tf_kernels.h5",
        f"{name}_weights_tf_dim_ordering_tf_kernels_notop.h5",
    )
    return finish(inputs, input_tensor, x, name, weights, files, include_top, classes, HOME)


def VGG16(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: Any = None,
    classes: int = 1000,
) -> Any:
    """VGG with 16 layers."""
    return vgg((2, 2, 3, 3, 3), "vgg16", include_top, weights, input_tensor, input_shape, pooling, classes)


__all__ = ["VGG16", "decode_predictions", "preprocess_input", "vgg"]

__getattr__ = missing.attributes("keras.applications.vgg16", globals())
