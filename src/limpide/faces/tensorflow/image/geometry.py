"""Flips and quarter turns, at random too; windows of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....nn.words import lp
from ...record import Host, is_guess
from .. import random
from ..dtypes import int32
from ..inputs import convert_to_tensor
from ..recording import apply, op, tensor


@op("flip")
def flip_left_right(image: Any, name: str | None = None) -> Any:
    """Columns in reverse."""
    return lp.flip(tensor(image), axis=-2)


@op("flip")
def flip_up_down(image: Any, name: str | None = None) -> Any:
    """Rows in reverse."""
    return lp.flip(tensor(image), axis=-3)


@op("transpose_image")
def transpose_image(image: Any, name: str | None = None) -> Any:
    """Rows and columns exchanged."""
    return lp.swapaxes(tensor(image), -3, -2)


transpose = transpose_image


@op("rot90")
def rot90(image: Any, k: Any = 1, name: str | None = None) -> Any:
    """Turned by so many quarters, against the clock."""
    return lp.rot90(tensor(image), int(k), axes=(-3, -2))


@op("random_flip", once=True)
def _random_flip(image: Any, axis: int, generator: Any, name: str | None = None) -> Any:
    x = tensor(image)
    if is_guess():
        return x
    shape = (x.shape[0], 1, 1, 1) if x.ndim == 4 else ()
    return lp.where(generator.random(shape, dtype="float32") < 0.5, lp.flip(x, axis=axis), x)


def random_flip_left_right(image: Any, seed: Any = None) -> Any:
    """Columns in reverse in half of the cases."""
    return _random_flip(image, -2, random.generator(seed))


def random_flip_up_down(image: Any, seed: Any = None) -> Any:
    """Rows in reverse in half of the cases."""
    return _random_flip(image, -3, random.generator(seed))


@op("ExtractImagePatches")
def extract_image_patches(
    images: Any, ksizes: Any = None, strides: Any = None, rates: Any = None, padding: str = "VALID",
    name: str | None = None, sizes: Any = None,
) -> Any:  # fmt: skip
    """The elements of every window side by side, on the axis of the channels."""
    x = tensor(images)
    _, kh, kw, _ = ksizes or sizes
    channels = x.shape[3]
    picks = np.eye(kh * kw * channels, dtype=np.float32).reshape(kh, kw, channels, kh * kw * channels)
    kernel = lp.astype(picks, x.dtype) if x.dtype.kind == "f" else picks
    rate = (1, 1) if rates is None else tuple(rates[1:3])
    y = lp.conv2d(
        x if x.dtype.kind == "f" else x.astype("float32"),
        kernel,
        None,
        tuple(strides[1:3]),
        padding.lower(),
        rate,
        layout="NHWC",
    )
    return y.astype(x.dtype)


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: float = 0.5,
    score_threshold: float = float("-inf"),
    name: str | None = None,
) -> Any:
    """Indices of the boxes with the highest scores that do not overlap others too much."""

    def chosen(b: Any, s: Any, most: Any) -> Any:
        low, high = np.minimum(b[:, :2], b[:, 2:]), np.maximum(b[:, :2], b[:, 2:])
        area = (high - low).prod(1)
        kept: list[int] = []
        for i in np.argsort(-s, kind="stable"):
            if len(kept) >= int(most) or s[i] <= score_threshold:
                break
            both = np.clip(np.minimum(high[i], high[kept]) - np.maximum(low[i], low[kept]), 0, None).prod(1)
            union = area[i] + area[kept] - both
            if not np.any(np.divide(both, union, out=np.zeros_like(both), where=union > 0) > iou_threshold):
                kept.append(int(i))
        return np.array(kept, np.int32)

    given = [convert_to_tensor(v) for v in (boxes, scores, max_output_size)]
    made = apply("NonMaxSuppression", chosen, given, source=Host, dtype=int32, name=name)
    made.set_shape([None])
    return made


__all__ = [
    "extract_image_patches",
    "flip_left_right",
    "flip_up_down",
    "non_max_suppression",
    "random_flip_left_right",
    "random_flip_up_down",
    "rot90",
    "transpose",
    "transpose_image",
]
