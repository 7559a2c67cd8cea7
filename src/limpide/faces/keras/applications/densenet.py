"""`keras.applications.densenet`: Huang et al. 2016."""

from __future__ import annotations

from typing import Any

from ... import missing
from .. import layers as L
from ..symbols import int_shape
from . import imagenet_utils
from .common import begin, channel_axis, finish, pooled
from .imagenet_utils import decode_predictions

HOME = "https://github.com/keras-team/keras-applications/releases/download/densenet/"
EPSILON = 1.001e-5


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Images standardised per channel."""
    return imagenet_utils.preprocess_input(x, data_format, mode="torch")


def _normal(x: Any, name: str, active: str) -> Any:
    return L.Activation("relu", name=active)(
        L.BatchNormalization(axis=channel_axis(), epsilon=EPSILON, name=name)(x)
    )


def DenseNet(
    blocks: Any, include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None,
    pooling: Any = None, classes: int = 1000,
) -> Any:  # fmt: skip
    """Blocks of layers that each see all those before them; blocks: how many layers they have."""
    inputs = begin(input_tensor, input_shape, 224, 32, include_top, weights)
    axis = channel_axis()
    x = L.Conv2D(64, 7, strides=2, use_bias=False, name="conv1/conv")(
        L.ZeroPadding2D(((3, 3), (3, 3)))(inputs)
    )
    x = _normal(x, "conv1/bn", "conv1/relu")
    x = L.MaxPooling2D(3, strides=2, name="pool1")(L.ZeroPadding2D(((1, 1), (1, 1)))(x))
    for number, count in enumerate(blocks, 2):
        for i in range(1, count + 1):
            name = f"conv{number}_block{i}"
            y = L.Conv2D(128, 1, use_bias=False, name=f"{name}_1_conv")(
                _normal(x, f"{name}_0_bn", f"{name}_0_relu")
            )
            y = _normal(y, f"{name}_1_bn", f"{name}_1_relu")
            y = L.Conv2D(32, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(y)
            x = L.Concatenate(axis=axis, name=f"{name}_concat")([x, y])
        if number < len(blocks) + 1:
            x = _normal(x, f"pool{number}_bn", f"pool{number}_relu")
            x = L.Conv2D(int_shape(x)[axis] // 2, 1, use_bias=False, name=f"pool{number}_conv")(x)
            x = L.AveragePooling2D(2, strides=2, name=f"pool{number}_pool")(x)
    x = _normal(x, "bn", "relu")
    if include_top:
        x = L.Dense(classes, activation="softmax", name=f"fc{classes}")(
            L.GlobalAveragePooling2D(name="avg_pool")(x)
        )
    else:
        x = pooled(x, pooling)
    name = {
        (6, 12, 24, 16): "densenet121",
        (6, 12, 32, 32): "densenet169",
        (6, 12, 48, 32): "densenet201",
    }.get(tuple(blocks), "densenet")
    files = (
        f"{name}_weights_tf_dim_ordering_tf_kernels.h5",
        f"{name}_weights_tf_dim_ordering_tf_kernels_notop.h5",
    )
    return finish(inputs, input_tensor, x, name, weights, files, include_top, classes, HOME)


def DenseNet121(*args: Any, **kwargs: Any) -> Any:
    """A DenseNet with 121 layers."""
    return DenseNet((6, 12, 24, 16), *args, **kwargs)


def DenseNet169(*args: Any, **kwargs: Any) -> Any:
    """A DenseNet with 169 layers."""
    return DenseNet((6, 12, 32, 32), *args, **kwargs)


def DenseNet201(*args: Any, **kwargs: Any) -> Any:
    """A DenseNet with 201 layers."""
    return DenseNet((6, 12, 48, 32), *args, **kwargs)


__all__ = ["DenseNet", "DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]

__getattr__ = missing.attributes("keras.applications.densenet", globals())
