"""`keras.applications.mobilenet_v2`: Sandler et al. 2018."""

from __future__ import annotations

from typing import Any

from ... import missing
from .. import layers as L
from ..symbols import int_shape
from .common import begin, channel_axis, finish, pooled
from .imagenet_utils import decode_predictions
from .inception_v3 import preprocess_input

HOME = "https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/"


def _divisible(value: float, by: int = 8) -> int:
    """The nearest multiple, which takes away at most a tenth."""
    found = max(by, int(value + by / 2) // by * by)
    return found + by if found < 0.9 * value else found


def _normal(x: Any, name: str) -> Any:
    return L.BatchNormalization(axis=channel_axis(), epsilon=1e-3, momentum=0.999, name=name)(x)


def _block(x: Any, filters: int, alpha: float, stride: int, expansion: int, block: int) -> Any:
    inside = int_shape(x)[channel_axis()]
    count = _divisible(int(filters * alpha))
    prefix = f"block_{block}_" if block else "expanded_conv_"
    y = x
    if block:
        y = L.Conv2D(expansion * inside, 1, padding="same", use_bias=False, name=f"{prefix}expand")(y)
        y = L.ReLU(6.0, name=f"{prefix}expand_relu")(_normal(y, f"{prefix}expand_BN"))
    if stride == 2:
        y = L.ZeroPadding2D(((0, 1), (0, 1)), name=f"{prefix}pad")(y)
    y = L.DepthwiseConv2D(
        3,
        strides=stride,
        use_bias=False,
        padding="same" if stride == 1 else "valid",
        name=f"{prefix}depthwise",
    )(y)
    y = L.ReLU(6.0, name=f"{prefix}depthwise_relu")(_normal(y, f"{prefix}depthwise_BN"))
    y = L.Conv2D(count, 1, padding="same", use_bias=False, name=f"{prefix}project")(y)
    y = _normal(y, f"{prefix}project_BN")
    return L.Add(name=f"{prefix}add")([x, y]) if inside == count and stride == 1 else y


def MobileNetV2(
    input_shape: Any = None, alpha: float = 1.0, depth_multiplier: int = 1, include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None, pooling: Any = None, classes: int = 1000,
) -> Any:  # fmt: skip
    """Inverted residuals; alpha: how wide it is."""
    size = input_shape[1] if input_shape is not None and input_shape[1] in (96, 128, 160, 192, 224) else 224
    inputs = begin(input_tensor, input_shape, size, 32, include_top, weights)
    x = L.ZeroPadding2D(((0, 1), (0, 1)), name="Conv1_pad")(inputs)
    x = L.Conv2D(_divisible(32 * alpha), 3, strides=(2, 2), padding="valid", use_bias=False, name="Conv1")(x)
    x = L.ReLU(6.0, name="Conv1_relu")(_normal(x, "bn_Conv1"))
    block = 0
    for filters, stride, count in (
        (16, 1, 1),
        (24, 2, 2),
        (32, 2, 3),
        (64, 2, 4),
        (96, 1, 3),
        (160, 2, 3),
        (320, 1, 1),
    ):
        for i in range(count):
            x = _block(x, filters, alpha, stride if i == 0 else 1, 6 if block else 1, block)
            block += 1
    last = _divisible(1280 * alpha) if alpha > 1.0 else 1280
    x = L.Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
    x = L.ReLU(6.0, name="out_relu")(_normal(x, "Conv_1_bn"))
    if include_top:
        x = L.Dense(classes, activation="softmax", name="Logits")(L.GlobalAveragePooling2D()(x))
    else:
        x = pooled(x, pooling)
    name = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_{size}"
    return finish(
        inputs,
        input_tensor,
        x,
        f"mobilenetv2_{alpha:0.2f}_{size}",
        weights,
        (f"{name}.h5", f"{name}_no_top.h5"),
        include_top,
        classes,
        HOME,
    )


__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]

__getattr__ = missing.attributes("keras.applications.mobilenet_v2", globals())
