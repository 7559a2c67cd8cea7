"""Images of another size: resized, cropped, padded."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np

from ....nn import interpolate
from ....nn.words import lp
from ....ops.loop import placeholder
from ....shapes import Dim
from ....tensor import Tensor
from ...record import is_guess, sizes
from ..recording import op, tensor
from ..spelling import also


class ResizeMethod(IntEnum):
    """How pixels between pixels are made."""

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


MODES = {0: "bilinear", 1: "nearest", 2: "bicubic", 3: "area"}


@op("ResizeImages")
def _resized(images: Any, size: Any, mode: str, align: bool, half: bool, name: str | None = None) -> Any:
    x = tensor(images)
    alone = x.ndim == 3
    if x.ndim not in (3, 4):
        raise ValueError("'images' must have either 3 or 4 dimensions.")
    x = lp.expand_dims(x, 0) if alone else x
    wanted = sizes(size)
    keep = mode == "nearest"
    if is_guess() and any(isinstance(s, Dim) for s in (*wanted, *x.shape[1:3])):
        kind = x.dtype if keep else np.dtype(np.float32)
        y: Any = Tensor(placeholder("resized", (x.shape[0], *wanted, x.shape[3]), kind))
    elif tuple(x.shape[1:3]) == tuple(wanted):
        y = x if keep else x.astype("float32")
    else:
        y = interpolate(x if keep else x.astype("float32"), wanted, mode, align, half, layout="NHWC")
    return lp.squeeze(y, 0) if alone else y


def resize_images(
    images: Any, size: Any, method: Any = ResizeMethod.BILINEAR, align_corners: bool = False,
    preserve_aspect_ratio: bool = False, name: str | None = None, *more: Any,
) -> Any:  # fmt: skip
    """Images (height, width, channels), one or a batch, of another height and width.

    In the order of the versions before 1.0 height and width come one by one.
    """
    if isinstance(size, (int, np.integer)):
        size, method, align_corners = [size, method], align_corners or 0, bool(preserve_aspect_ratio)
    mode = MODES.get(int(method)) if not isinstance(method, str) else method
    if mode is None:
        raise ValueError("Resize method is not implemented.")
    return _resized(images, size, mode, align_corners, False, name=name)


resize = resize_images


def _resizer(mode: str) -> Any:
    def resize_by(
        images: Any,
        size: Any,
        align_corners: bool = False,
        name: str | None = None,
        half_pixel_centers: bool = False,
    ) -> Any:
        """Images of another height and width."""
        return _resized(images, size, mode, align_corners, half_pixel_centers, name=name)

    return resize_by


resize_bilinear, resize_nearest_neighbor = _resizer("bilinear"), _resizer("nearest")
resize_bicubic, resize_area = _resizer("bicubic"), _resizer("area")


@op("crop")
def crop_to_bounding_box(
    image: Any,
    offset_height: Any,
    offset_width: Any,
    target_height: Any,
    target_width: Any,
    name: str | None = None,
) -> Any:
    """A part of images, from a corner on."""
    top, left, height, width = sizes([offset_height, offset_width, target_height, target_width])
    return tensor(image)[..., top : top + height, left : left + width, :]


@op("pad")
def pad_to_bounding_box(
    image: Any,
    offset_height: Any,
    offset_width: Any,
    target_height: Any,
    target_width: Any,
    name: str | None = None,
) -> Any:
    """Images with zeros around."""
    x = tensor(image)
    top, left, height, width = sizes([offset_height, offset_width, target_height, target_width])
    below, right = height - x.shape[-3] - top, width - x.shape[-2] - left
    return lp.pad(x, [(0, 0)] * (x.ndim - 3) + [(top, below), (left, right), (0, 0)])


@op("crop_or_pad")
def resize_image_with_crop_or_pad(
    image: Any, target_height: Any, target_width: Any, name: str | None = None
) -> Any:
    """The middle of images, or zeros around them."""
    x = tensor(image)
    wanted = sizes([target_height, target_width])
    if is_guess() and any(isinstance(s, Dim) for s in (*wanted, *x.shape[-3:-1])):
        return Tensor(placeholder("image", (*x.shape[:-3], *wanted, x.shape[-1]), x.dtype))
    index, around = [], []
    for have, want in zip(x.shape[-3:-1], wanted, strict=True):
        start = max((have - want) // 2, 0)
        index.append(slice(start, start + min(have, want)))
        before = max((want - have) // 2, 0)
        around.append((before, max(want - have, 0) - before))
    part = x[(..., *index, slice(None))]
    return lp.pad(part, [(0, 0)] * (x.ndim - 3) + [*around, (0, 0)])


resize_with_crop_or_pad = resize_image_with_crop_or_pad


@also(central_fraction="fraction")
@op("central_crop")
def central_crop(image: Any, fraction: float, name: str | None = None) -> Any:
    """The middle of an image."""
    if not 0 < fraction <= 1:
        raise ValueError("central_fraction must be within (0, 1]")
    x = tensor(image)
    if is_guess() and any(isinstance(s, Dim) for s in x.shape[-3:-1]):
        return Tensor(placeholder("image", (*x.shape[:-3], Dim.named(), Dim.named(), x.shape[-1]), x.dtype))
    starts = [int((s - s * fraction) / 2) for s in x.shape[-3:-1]]
    rows, columns = (slice(a, s - a) for a, s in zip(starts, x.shape[-3:-1], strict=True))
    return x[..., rows, columns, :]


@op("CropAndResize")
def crop_and_resize(
    image: Any,
    boxes: Any,
    box_ind: Any,
    crop_size: Any,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    name: str | None = None,
    box_indices: Any = None,
) -> Any:
    """Parts of images, given by their corners between 0 and 1, resized bilinearly."""
    x, b = tensor(image).astype("float32"), tensor(boxes).astype("float32")
    index = tensor(box_ind if box_indices is None else box_indices)
    height, width = sizes(crop_size)
    places = []
    for low, high, size, count in [
        (b[:, 0], b[:, 2], x.shape[1], height),
        (b[:, 1], b[:, 3], x.shape[2], width),
    ]:
        steps = lp.arange(count, dtype="float32") / max(count - 1, 1)
        first = low[:, None] if count > 1 else (low + high)[:, None] * 0.5
        places.append((first + (high - low)[:, None] * steps) * (size - 1))
    rows, columns = places
    inside = ((rows >= 0) & (rows <= x.shape[1] - 1))[:, :, None] & (
        (columns >= 0) & (columns <= x.shape[2] - 1)
    )[:, None, :]
    top, left = (lp.clip(lp.floor(p), 0, s - 1) for p, s in [(rows, x.shape[1]), (columns, x.shape[2])])
    v, u = (rows - top)[:, :, None, None], (columns - left)[:, None, :, None]
    i, j = top.astype("int64"), left.astype("int64")
    i2, j2 = lp.minimum(i + 1, x.shape[1] - 1), lp.minimum(j + 1, x.shape[2] - 1)
    flat = lp.reshape(x, (-1, x.shape[3]))

    def at(r: Any, c: Any) -> Any:
        where = (index.astype("int64")[:, None, None] * x.shape[1] + r[:, :, None]) * x.shape[2] + c[
            :, None, :
        ]
        return lp.take(flat, where, axis=0)

    upper = at(i, j) * (1 - u) + at(i, j2) * u
    lower = at(i2, j) * (1 - u) + at(i2, j2) * u
    found = upper * (1 - v) + lower * v
    return lp.where(inside[..., None], found, extrapolation_value)


__all__ = [
    "ResizeMethod",
    "central_crop",
    "crop_and_resize",
    "crop_to_bounding_box",
    "pad_to_bounding_box",
    "resize",
    "resize_area",
    "resize_bicubic",
    "resize_bilinear",
    "resize_image_with_crop_or_pad",
    "resize_images",
    "resize_nearest_neighbor",
    "resize_with_crop_or_pad",
]
