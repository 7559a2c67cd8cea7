"""`keras.applications.mobilenet`: Howard et al. 2017."""

from __future__ import annotations

from typing import Any

from ... import missing
from .. import layers as L
from .common import begin, channel_axis, finish, pooled
from .imagenet_utils import decode_predictions
from .inception_v3 import preprocess_input

HOME = "https://github.com/fchollet/deep-learning-models/releases/download/v0.6/"


def relu6(x: Any) -> Any:
    """min(max(x, 0), 6)."""
    return L.ReLU(6.0)(x)


def _depthwise(
    x: Any, filters: int, alpha: float, multiplier: int, strides: tuple[int, int], block: int
) -> Any:
    axis = channel_axis()
    if strides != (1, 1):
        x = L.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{block}")(x)
    x = L.DepthwiseConv2D(
        (3, 3),
        padding="same" if strides == (1, 1) else "valid",
        depth_multiplier=multiplier,
        strides=strides,
        use_bias=False,
        name=f"conv_dw_{block}",
    )(x)
    x = L.ReLU(6.0, name=f"conv_dw_{block}_relu")(
        L.BatchNormalization(axis=axis, name=f"conv_dw_{block}_bn")(x)
    )
    x = L.Conv2D(int(filters * alpha), (1, 1), padding="same", use_bias=False, name=f"conv_pw_{block}")(x)
    return L.ReLU(6.0, name=f"conv_pw_{block}_relu")(
        L.BatchNormalization(axis=axis, name=f"conv_pw_{block}_bn")(x)
    )


def MobileNet(
    input_shape: Any = None, alpha: float = 1.0, depth_multiplier: int = 1, dropout: float = 1e-3,
    include_top: bool = True,
    weights: Any = "imagenet", input_tensor: Any = None, pooling: Any = None, classes: int = 1000,
) -> Any:  # fmt: skip
    """Depthwise convolutions; alpha: how wide it is."""
    size = input_shape[1] if input_shape is not None and input_shape[1] in (128, 160, 192, 224) else 224
    inputs = begin(input_tensor, input_shape, size, 32, include_top, weights)
    x = L.ZeroPadding2D(((0, 1), (0, 1)), name="conv1_pad")(inputs)
    x = L.Conv2D(int(32 * alpha), (3, 3), padding="valid", use_bias=False, strides=(2, 2), name="conv1")(x)
    x = L.ReLU(6.0, name="conv1_relu")(L.BatchNormalization(axis=channel_axis(), name="conv1_bn")(x))
    widths = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
    for block, filters in enumerate(widths, 1):
        strides = (2, 2) if block in (2, 4, 6, 12) else (1, 1)
        x = _depthwise(x, filters, alpha, depth_multiplier, strides, block)
    if include_top:
        count = int(1024 * alpha)
        shape = (count, 1, 1) if channel_axis() == 1 else (1, 1, count)
        x = L.Reshape(shape, name="reshape_1")(L.GlobalAveragePooling2D()(x))
        x = L.Conv2D(classes, (1, 1), padding="same", name="conv_preds")(
            L.Dropout(dropout, name="dropout")(x)
        )
        x = L.Reshape((classes,), name="reshape_2")(L.Activation("softmax", name="act_softmax")(x))
    else:
        x = pooled(x, pooling)
    width = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}.get(alpha, "1_0")
    files = (f"mobilenet_{width}_{size}_tf.h5", f"mobilenet_{width}_{size}_tf_no_top.h5")
    return finish(
        inputs, input_tensor, x, f"mobilenet_{alpha:0.2f}_{size}", weights, files, include_top, classes, HOME
    )


DepthwiseConv2D = L.DepthwiseConv2D

__all__ = ["DepthwiseConv2D", "MobileNet", "decode_predictions", "preprocess_input", "relu6"]

__getattr__ = missing.attributes("keras.applications.mobilenet", globals())
