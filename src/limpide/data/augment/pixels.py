"""Operations on the values of pixels, for a whole batch at once; on uint8 they give what Pillow gives.

A parameter is a number or one for each image, (n,). Sources: Pillow's ImageOps and ImageEnhance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ArgumentError, ShapeError
from .images import Images, along, as_pixels, bound, checked, per_image

LEVELS = 256
LUMA = (19595, 38470, 7471)  # ITU-R 601-2 in units of 1/65536


# ------------------------------------------------------------------------------------- value by value
def invert(images: ArrayLike) -> Images:
    """Black for white: 255 - x, or 1 - x.

    >>> invert(np.array([[[0, 10, 255]]], np.uint8)).tolist()
    [[[255, 245, 0]]]
    """
    x = checked("invert", images)
    return np.asarray((255 if x.dtype == np.uint8 else 1) - x, x.dtype)


def solarize(images: ArrayLike, threshold: ArrayLike) -> Images:
    """Values of the threshold and above inverted; the threshold is in the images' own units.

    >>> solarize(np.array([[[0, 127, 128, 255]]], np.uint8), 128).tolist()
    [[[0, 127, 127, 0]]]
    """
    x = checked("solarize", images)
    edge = along(per_image("solarize", "threshold", threshold, x), x)
    return np.where(x < edge, x, invert(x))


def posterize(images: ArrayLike, bits: ArrayLike) -> Images:
    """Only the first `bits` (0 to 8) of the 8 bits of each value; floats are rounded to 8 bits before."""
    x = checked("posterize", images)
    kept = per_image("posterize", "bits", bits, x, np.int64)
    if np.any((kept < 0) | (kept > 8)):
        raise ArgumentError("posterize", f"bits is {bits!r}, expected 0 to 8")
    mask = (0xFF00 >> kept & 0xFF).astype(np.uint8)
    return _from_bytes(_as_bytes(x) & along(mask, x), x.dtype)


def autocontrast(images: ArrayLike) -> Images:
    """The range of values of each image and channel stretched from black to white."""
    x = checked("autocontrast", images)
    rows = _rows(x).astype(np.float64)
    low, high = rows.min(axis=2, keepdims=True), rows.max(axis=2, keepdims=True)
    white = bound(x)
    scale = white / np.where(high > low, high - low, white)
    offset = np.where(high > low, -low * scale, 0)
    return _by_value(x, lambda values: values * scale + offset)


def equalize(images: ArrayLike) -> Images:
    """Values of each image and channel spread so that all are about equally frequent, in 256 levels."""
    x = checked("equalize", images)
    levels = _as_bytes(x)
    n, c, size = (rows := _rows(levels)).shape
    m = n * c
    places = rows.reshape(m, size) + LEVELS * np.arange(m)[:, None]
    counts = np.bincount(places.ravel(), minlength=m * LEVELS).reshape(m, LEVELS)
    last = np.take_along_axis(counts, LEVELS - 1 - (counts[:, ::-1] > 0).argmax(1)[:, None], axis=1)
    step = (counts.sum(axis=1, keepdims=True) - last) // (LEVELS - 1)
    below = np.cumsum(counts, axis=1) - counts
    table = np.where(step > 0, (step // 2 + below) // np.maximum(step, 1), np.arange(LEVELS))
    tables = np.minimum(table, LEVELS - 1).astype(np.uint8).reshape(n, c, LEVELS)
    return _from_bytes(_look_up(levels, tables), x.dtype)


def adjust_brightness(images: ArrayLike, factor: ArrayLike) -> Images:
    """Values times the factor: 0 is black, 1 changes nothing."""
    x = checked("adjust_brightness", images)
    amount = per_image("adjust_brightness", "factor", factor, x, np.float32)
    return _by_value(x, lambda values: amount[:, None, None] * values.astype(np.float32))


def adjust_contrast(images: ArrayLike, factor: ArrayLike) -> Images:
    """Differences from the mean grey of the image times the factor: 0 is that grey, 1 changes nothing."""
    x = checked("adjust_contrast", images)
    amount = per_image("adjust_contrast", "factor", factor, x, np.float32)[:, None, None]
    grey = _grey(x).mean(axis=(1, 2), dtype=np.float64)[:, None, None]
    grey = (np.floor(grey + 0.5) if x.dtype == np.uint8 else grey).astype(np.float32)
    return _by_value(x, lambda values: grey + amount * (values.astype(np.float32) - grey))


# ---------------------------------------------------------------------------- across channels and places
def adjust_saturation(images: ArrayLike, factor: ArrayLike) -> Images:
    """Differences from the pixel's own grey times the factor: 0 is grey, 1 changes nothing; grey stays."""
    x = checked("adjust_saturation", images)
    amount = per_image("adjust_saturation", "factor", factor, x, np.float32)
    return _blend(_grey(x)[..., None], x, amount) if x.ndim == 4 and x.shape[3] == 3 else x.copy()


def adjust_sharpness(images: ArrayLike, factor: ArrayLike) -> Images:
    """Differences from the smoothed image times the factor: 0 is smooth, 1 changes nothing, 2 is sharper.

    Smoothed: the mean of the 3 x 3 pixels, the middle one counted 5 times; pixels of the border stay.
    """
    x = checked("adjust_sharpness", images)
    amount = per_image("adjust_sharpness", "factor", factor, x, np.float32)
    wide = x.astype(np.int32 if x.dtype == np.uint8 else x.dtype)
    rows = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    total = rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:] + 4 * wide[:, 1:-1, 1:-1]
    smooth = x.copy()
    smooth[:, 1:-1, 1:-1] = (2 * total + 13) // 26 if x.dtype == np.uint8 else total / 13
    return _blend(smooth, x, amount)


def erase(
    images: ArrayLike, top: ArrayLike, left: ArrayLike, height: ArrayLike, width: ArrayLike, fill: float = 0
) -> Images:
    """A rectangle of each image filled; the parts that lie outside of the image are left out."""
    x = checked("erase", images)
    y0, x0, h, w = (
        per_image("erase", name, value, x, np.int64)[:, None]
        for name, value in (("top", top), ("left", left), ("height", height), ("width", width))
    )
    ys, xs = np.arange(x.shape[1]), np.arange(x.shape[2])
    inside = ((ys >= y0) & (ys < y0 + h))[:, :, None] & ((xs >= x0) & (xs < x0 + w))[:, None, :]
    return np.where(inside.reshape(inside.shape + (1,) * (x.ndim - 3)), np.asarray(fill, x.dtype), x)


# ------------------------------------------------------------------------------------------- the means
def _by_value(x: Images, f: Callable[[NDArray[Any]], NDArray[Any]]) -> Images:
    """f of every value. f takes (n, c, pixels), or for uint8 the 256 values there are, (1, 1, 256)."""
    if x.dtype == np.uint8:
        return _look_up(x, as_pixels(f(np.arange(LEVELS, dtype=np.float64)[None, None]), np.uint8))
    changed = as_pixels(f(_rows(x)), x.dtype)
    return np.ascontiguousarray(np.moveaxis(changed, 1, 2)).reshape(x.shape)


def _rows(x: Images) -> Images:
    """Images as rows of pixels: (n, c, h w)."""
    n, h, w = x.shape[:3]
    return np.moveaxis(x.reshape(n, h * w, math.prod(x.shape[3:])), 2, 1)


def _look_up(levels: NDArray[np.uint8], tables: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each value replaced by that of a table: (n, 1, 256) or (n, c, 256), or (1, 1, 256) for all."""
    starts = np.arange(0, tables.size, LEVELS).reshape(-1, 1, 1, tables.shape[1])
    places = levels.reshape(*levels.shape[:3], math.prod(levels.shape[3:])) + starts
    return np.take(tables.ravel(), places, mode="clip").reshape(levels.shape)


def _grey(x: Images) -> Images:
    """The grey of each pixel (n, h, w): rounded for uint8."""
    if x.ndim == 3:
        return x
    if x.shape[3] == 1:
        return x[..., 0]
    if x.shape[3] != 3:
        raise ShapeError("grey", f"images have {x.shape[3]} channels, expected 1 or 3: red, green, blue")
    if x.dtype == np.uint8:
        return ((x @ np.array(LUMA, np.uint32) + 0x8000) >> 16).astype(np.uint8)
    return np.asarray(x @ np.array(LUMA, x.dtype) / 65536, x.dtype)


def _blend(zero: Images, one: Images, amount: NDArray[Any]) -> Images:
    """Between two batches: `zero` at 0, `one` at 1, and beyond."""
    start = zero.astype(np.float32)
    return as_pixels(start + along(amount, one) * (one.astype(np.float32) - start), one.dtype)


def _as_bytes(x: Images) -> NDArray[np.uint8]:
    return x if x.dtype == np.uint8 else np.rint(np.clip(x, 0, 1) * 255).astype(np.uint8)


def _from_bytes(levels: NDArray[np.uint8], dtype: Any) -> Images:
    return levels if dtype == np.uint8 else (levels / 255).astype(dtype)
