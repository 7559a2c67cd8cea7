"""`keras.applications.inception_resnet_v2`: Szegedy et al. 2016."""

from __future__ import annotations

from typing import Any

from ... import missing
from .. import layers as L
from ..symbols import int_shape
from .common import begin, channel_axis, finish, pooled
from .imagenet_utils import decode_predictions
from .inception_v3 import preprocess_input

HOME = "https://github.com/fchollet/deep-learning-models/releases/download/v0.7/"


def conv2d_bn(
    x: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "same",
    activation: Any = "relu",
    use_bias: bool = False,
    name: Any = None,
) -> Any:
    """A convolution, batch normalisation where it has no bias, an activation."""
    x = L.Conv2D(filters, kernel_size, strides=strides, padding=padding, use_bias=use_bias, name=name)(x)
    if not use_bias:
        x = L.BatchNormalization(axis=channel_axis(), scale=False, name=f"{name}_bn" if name else None)(x)
    return x if activation is None else L.Activation(activation, name=f"{name}_ac" if name else None)(x)


def _scaled(values: Any, scale: float) -> Any:
    return values[0] + values[1] * scale


def _branches(x: Any, kind: str) -> list[Any]:
    if kind == "block35":
        third = conv2d_bn(conv2d_bn(conv2d_bn(x, 32, 1), 48, 3), 64, 3)
        return [conv2d_bn(x, 32, 1), conv2d_bn(conv2d_bn(x, 32, 1), 32, 3), third]
    if kind == "block17":
        return [conv2d_bn(x, 192, 1), conv2d_bn(conv2d_bn(conv2d_bn(x, 128, 1), 160, [1, 7]), 192, [7, 1])]
    return [conv2d_bn(x, 192, 1), conv2d_bn(conv2d_bn(conv2d_bn(x, 192, 1), 224, [1, 3]), 256, [3, 1])]


def _block(x: Any, scale: float, kind: str, number: int, activation: Any = "relu") -> Any:
    name = f"{kind}_{number}"
    mixed = L.Concatenate(axis=channel_axis(), name=f"{name}_mixed")(_branches(x, kind))
    up = conv2d_bn(
        mixed, int_shape(x)[channel_axis()], 1, activation=None, use_bias=True, name=f"{name}_conv"
    )
    x = L.Lambda(_scaled, arguments={"scale": scale}, name=name)([x, up])
    return x if activation is None else L.Activation(activation, name=f"{name}_ac")(x)


def InceptionResNetV2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: Any = None,
    classes: int = 1000,
) -> Any:
    """Inception with ways around its blocks."""
    inputs = begin(input_tensor, input_shape, 299, 75, include_top, weights)
    axis = channel_axis()
    x = conv2d_bn(conv2d_bn(conv2d_bn(inputs, 32, 3, 2, "valid"), 32, 3, padding="valid"), 64, 3)
    x = L.MaxPooling2D(3, strides=2)(x)
    x = conv2d_bn(conv2d_bn(x, 80, 1, padding="valid"), 192, 3, padding="valid")
    x = L.MaxPooling2D(3, strides=2)(x)
    parts = [
        conv2d_bn(x, 96, 1), conv2d_bn(conv2d_bn(x, 48, 1), 64, 5),
        conv2d_bn(conv2d_bn(conv2d_bn(x, 64, 1), 96, 3), 96, 3),
        conv2d_bn(L.AveragePooling2D(3, strides=1, padding="same")(x), 64, 1),
    ]  # fmt: skip
    x = L.Concatenate(axis=axis, name="mixed_5b")(parts)
    for i in range(1, 11):
        x = _block(x, 0.17, "block35", i)
    parts = [
        conv2d_bn(x, 384, 3, 2, "valid"), conv2d_bn(conv2d_bn(conv2d_bn(x, 256, 1), 256, 3), 384, 3, 2,
        "valid"),
        L.MaxPooling2D(3, strides=2, padding="valid")(x),
    ]  # fmt: skip
    x = L.Concatenate(axis=axis, name="mixed_6a")(parts)
    for i in range(1, 21):
        x = _block(x, 0.1, "block17", i)
    parts = [
        conv2d_bn(conv2d_bn(x, 256, 1), 384, 3, 2, "valid"), conv2d_bn(conv2d_bn(x, 256, 1), 288, 3, 2,
        "valid"),
        conv2d_bn(conv2d_bn(conv2d_bn(x, 256, 1), 288, 3), 320, 3, 2, "valid"),
        L.MaxPooling2D(3, strides=2, padding="valid")(x),
    ]  # fmt: skip
    x = L.Concatenate(axis=axis, name="mixed_7a")(parts)
    for i in range(1, 10):
        x = _block(x, 0.2, "block8", i)
    x = conv2d_bn(_block(x, 1.0, "block8", 10, activation=None), 1536, 1, name="conv_7b")
    if include_top:
        x = L.Dense(classes, activation="softmax", name="predictions")(
            L.GlobalAveragePooling2D(name="avg_pool")(x)
        )
    else:
        x = pooled(x, pooling)
    name = "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels"
    return finish(
        inputs,
        input_tensor,
        x,
        "inception_resnet_v2",
        weights,
        (f"{name}.h5", f"{name}_notop.h5"),
        include_top,
        classes,
        HOME,
    )


__all__ = ["InceptionResNetV2", "conv2d_bn", "decode_predictions", "preprocess_input"]

__getattr__ = missing.attributes("keras.applications.inception_resnet_v2", globals())
