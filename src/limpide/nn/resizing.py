"""Images of another size: every axis by a matrix of weights, or by picked rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ShapeError, user_frame
from ..graph import Array
from ..shapes import show, static
from ..tensor import astensor
from .layers import as_floats
from .words import choose, lp


def interpolate(
    x: Any,
    size: Any,
    mode: str = "nearest",
    align_corners: bool = False,
    half_pixels: bool = True,
    layout: str | None = None,
) -> Any:
    """Images of another height and width.

    x: (n, channels, h, w), or (n, h, w, channels) with layout="NHWC". size: (h, w) of the result.
    mode: "nearest", "bilinear", "bicubic" (Keys 1981) or "area" (the mean of what a pixel covers).
    align_corners: the centres of the corner pixels stay where they are. half_pixels: a pixel is an area
    whose centre counts; without it the corner does, as in TensorFlow 1.
    Raises ShapeError where x is no image.

    >>> interpolate(np.float32([[[[0, 2]]]]), (1, 4), "bilinear").tolist()
    [[[[0.0, 0.5, 1.5, 2.0]]]]
    """
    axes = choose("layout", layout or "NCHW", {"NCHW": (2, 3), "NHWC": (1, 2)})
    x = astensor(x)
    if x.ndim != 4:
        raise ShapeError(
            "interpolate", f"the input has shape {show(x.shape)}, not 4 axes", where=user_frame()
        )
    weights = choose("mode", mode, MODES)
    for axis, new in zip(axes, size, strict=True):
        (old,) = static((x.shape[axis],), "interpolate")
        if mode == "nearest":
            x = lp.take(x, _nearest(old, int(new), align_corners, half_pixels), axis=axis)
            continue
        x = as_floats(x)
        if old != new:
            matrix = weights(old, int(new), align_corners, half_pixels).astype(x.dtype)
            x = lp.moveaxis(lp.moveaxis(x, axis, -1) @ matrix.T, -1, axis)
    return x


def _places(old: int, new: int, align_corners: bool, half_pixels: bool) -> Array:
    """Where in the old axis the new pixels are."""
    scale = (old - 1) / (new - 1) if align_corners and new > 1 else old / new
    shift = 0.5 if half_pixels and not align_corners else 0.0
    return (np.arange(new) + shift) * scale - shift


def _nearest(old: int, new: int, align_corners: bool, half_pixels: bool) -> Array:
    if align_corners:
        places = np.floor(_places(old, new, True, False) + 0.5)
    else:
        places = np.floor((np.arange(new) + (0.5 if half_pixels else 0.0)) * (old / new))
    return np.minimum(places, old - 1).astype(np.int64)


def _spread(old: int, new: int, at: Array, shares: Array) -> Array:
    """The matrix in which new pixel i takes `shares[i, k]` of old pixel `at[i, k]`; ends are repeated."""
    matrix = np.zeros((new, old))
    np.add.at(matrix, (np.arange(new)[:, None], np.clip(at, 0, old - 1)), shares)
    return matrix


def _bilinear(old: int, new: int, align_corners: bool, half_pixels: bool) -> Array:
    places = np.clip(_places(old, new, align_corners, half_pixels), 0, old - 1)
    low = np.floor(places).astype(np.int64)
    part = places - low
    return _spread(old, new, np.stack([low, low + 1], 1), np.stack([1 - part, part], 1))


def _bicubic(old: int, new: int, align_corners: bool, half_pixels: bool) -> Array:
    a = -0.75
    places = _places(old, new, align_corners, half_pixels)
    at = np.floor(places).astype(np.int64)[:, None] + np.arange(-1, 3)
    d = np.abs(places[:, None] - at)
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return _spread(old, new, at, np.where(d <= 1, near, np.where(d < 2, far, 0.0)))


def _area(old: int, new: int, align_corners: bool, half_pixels: bool) -> Array:
    edges = np.arange(new + 1) * ((old - 1) / (new - 1) if align_corners and new > 1 else old / new)
    pixels = np.arange(old)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    shares = np.maximum(covered, 0)
    averages: Array = shares / shares.sum(1, keepdims=True)
    return averages


MODES: dict[str, Callable[[int, int, bool, bool], Array]] = {
    "nearest": _bilinear,
    "bilinear": _bilinear,
    "bicubic": _bicubic,
    "area": _area,
}

__all__ = ["interpolate"]
