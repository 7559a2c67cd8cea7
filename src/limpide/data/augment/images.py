"""What a batch of images is: (n, h, w) or (n, h, w, c), uint8 from 0 to 255 or floats from 0 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ArgumentError, DTypeError, ShapeError

Images = NDArray[Any]

CHANNELS = (1, 2, 3, 4)


def checked(op: str, images: ArrayLike) -> Images:
    """The images as an array. Raises ShapeError or DTypeError for what is not a batch of images."""
    array = np.asarray(images)
    hint = None
    if array.ndim == 4 and array.shape[1] in CHANNELS and array.shape[3] not in CHANNELS:
        hint = "channels come last: np.moveaxis(images, 1, -1)"
    if array.ndim == 2:
        hint = "one image is a batch of one: images[None]"
    if array.ndim not in (3, 4) or hint or not all(array.shape[1:]):
        raise ShapeError(
            op, f"images have the shape {array.shape}, expected (n, h, w) or (n, h, w, c)", hint=hint
        )
    if array.dtype not in (np.uint8, np.float32, np.float64):
        raise DTypeError(
            op,
            f"images are {array.dtype}, expected uint8 from 0 to 255, float32 or float64 from 0 to 1",
            hint="use .astype(...)",
        )
    return array


def bound(images: Images) -> float:
    """The value of white."""
    return 255.0 if images.dtype == np.uint8 else 1.0


def as_pixels(values: Any, dtype: Any) -> Images:
    """Computed values as pixels, cut off at black and white; uint8 drops the fraction, as Pillow does."""
    if dtype == np.uint8:
        return np.asarray(np.clip(values, 0, 255)).astype(np.uint8)
    return np.asarray(np.clip(values, 0, 1), dtype)


def per_image(op: str, name: str, value: ArrayLike, images: Images, dtype: Any = np.float64) -> NDArray[Any]:
    """A number, or one for each image, as (n,). Raises ArgumentError if it is neither."""
    array = np.asarray(value, dtype)
    if array.shape not in ((), (len(images),)):
        raise ArgumentError(
            op,
            f"{name} has the shape {array.shape}, expected a number or one for each of {len(images)} images",
        )
    return np.broadcast_to(array, len(images))


def along(values: NDArray[Any], images: Images) -> NDArray[Any]:
    """Numbers (n,) in the shape that broadcasts with the images."""
    return values.reshape(-1, *[1] * (images.ndim - 1))
