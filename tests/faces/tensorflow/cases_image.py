"""Uses of tf.image; see cases_nn.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

R = np.random.RandomState
IMAGE = R(0).uniform(size=(2, 6, 5, 3)).astype(np.float32)
BYTES = R(1).randint(0, 256, (6, 5, 3)).astype(np.uint8)
CASES: dict[str, tuple[list[Any], Callable[..., Any]]] = {}


def each(prefix: str, arrays: list[Any], functions: dict[str, Callable[..., Any]]) -> None:
    for name, function in functions.items():
        CASES[f"{prefix}_{name}"] = (arrays, function)


each(
    "grad_image",
    [IMAGE],
    {
        "bilinear": lambda tf, x: tf.image.resize_images(x, [9, 4]),
        "bilinear_corners": lambda tf, x: tf.image.resize_bilinear(x, [4, 9], align_corners=True),
        "nearest": lambda tf, x: tf.image.resize_images(
            x, [12, 3], method=tf.image.ResizeMethod.NEAREST_NEIGHBOR
        ),
        "bicubic": lambda tf, x: tf.image.resize_bicubic(x, [8, 10]),
        "crop": lambda tf, x: tf.image.crop_to_bounding_box(x, 1, 2, 3, 2),
        "pad": lambda tf, x: tf.image.pad_to_bounding_box(x, 1, 2, 9, 8),
        "crop_or_pad": lambda tf, x: tf.image.resize_image_with_crop_or_pad(x, 4, 9),
        "central": lambda tf, x: tf.image.central_crop(x, 0.5),
        "flip": lambda tf, x: [tf.image.flip_left_right(x), tf.image.flip_up_down(x), tf.image.rot90(x, 3)],
        "standard": lambda tf, x: tf.image.per_image_standardization(x),
        "grey": lambda tf, x: tf.image.grayscale_to_rgb(tf.image.rgb_to_grayscale(x)),
        "variation": lambda tf, x: tf.image.total_variation(x),
    },
)
each(
    "image",
    [IMAGE],
    {
        "hsv": lambda tf, x: [tf.image.rgb_to_hsv(x), tf.image.hsv_to_rgb(tf.image.rgb_to_hsv(x))],
        "hue": lambda tf, x: [tf.image.adjust_hue(x, 0.3), tf.image.adjust_saturation(x, 0.6)],
        "area": lambda tf, x: tf.image.resize_area(x, [3, 4]),
        "contrast": lambda tf, x: [tf.image.adjust_contrast(x, 1.7), tf.image.adjust_brightness(x, 0.2)],
        "gamma": lambda tf, x: tf.image.adjust_gamma(x, 0.7),
        "patches": lambda tf, x: tf.image.extract_image_patches(
            x, [1, 2, 3, 1], [1, 2, 1, 1], [1, 1, 1, 1], "VALID"
        ),
        "boxes": lambda tf, x: tf.image.crop_and_resize(
            x, [[0.1, 0.2, 0.9, 0.7], [0.0, 0.5, 1.2, 1.0]], [1, 0], [3, 4]
        ),
        "suppressed": lambda tf, x: tf.image.non_max_suppression(
            tf.constant([[0, 0, 1, 1], [0, 0.1, 1, 1.1], [2, 2, 3, 3.0]]), tf.constant([0.9, 0.8, 0.7]), 3
        ),
    },
)
each(
    "bytes",
    [BYTES],
    {
        "floats": lambda tf, x: tf.image.convert_image_dtype(x, tf.float32),
        "back": lambda tf, x: tf.image.convert_image_dtype(
            tf.image.convert_image_dtype(x, tf.float32) * 0.5, tf.uint8
        ),
        "grey": lambda tf, x: tf.image.rgb_to_grayscale(x),
        "resized": lambda tf, x: tf.image.resize_images(x, [3, 3]),
        "standard": lambda tf, x: tf.image.per_image_standardization(x),
        "png": lambda tf, x: tf.image.decode_png(tf.image.encode_png(x)),
        "decoded": lambda tf, x: tf.image.decode_image(tf.image.encode_png(x[:, :, :1]), channels=3),
    },
)
