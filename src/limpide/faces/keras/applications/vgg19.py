"""`keras.applications.vgg19`: Simonyan and Zisserman 2014."""

from __future__ import annotations

from typing import Any

from ... import missing
from .imagenet_utils import decode_predictions, preprocess_input
from .vgg16 import vgg


def VGG19(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: Any = None,
    classes: int = 1000,
) -> Any:
    """VGG with 19 layers."""
    return vgg((2, 2, 4, 4, 4), "vgg19", include_top, weights, input_tensor, input_shape, pooling, classes)


__all__ = ["VGG19", "decode_predictions", "preprocess_input"]

__getattr__ = missing.attributes("keras.applications.vgg19", globals())
