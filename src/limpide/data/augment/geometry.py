"""Operations that move pixels, for a whole batch at once: warps, flips, crops.

A pixel is a point at its centre; x goes to the right, y down, and the middle of an image is the origin, so
that a turn leaves the middle where it is. Outside of an image every pixel is `fill`; "bilinear" takes the
weighted mean of the four pixels around a point, "nearest" the nearest one. These are the conventions of
`scipy.ndimage.affine_transform` with mode="grid-constant".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ArgumentError
from .images import Images, checked, per_image

INTERPOLATIONS = ("bilinear", "nearest")
CHUNK = 1 << 14  # pixels at a time: what is computed for them stays in the cache


def affine(
    images: ArrayLike,
    angle: ArrayLike = 0.0,
    translate: tuple[ArrayLike, ArrayLike] = (0.0, 0.0),
    scale: ArrayLike = 1.0,
    shear: tuple[ArrayLike, ArrayLike] = (0.0, 0.0),
    interpolation: str = "bilinear",
    fill: float = 0,
) -> Images:
    """Images sheared, scaled, turned and moved, in this order; a parameter is a number or one for each image.

    angle: degrees, against the clock. translate: pixels to the right and down. shear: degrees along x and
    along y; x' = x + tan(shear[0]) y and y' = y + tan(shear[1]) x.

    >>> affine(np.array([[[1, 2], [3, 4]]], np.uint8), angle=90).tolist()
    [[[2, 4], [1, 3]]]
    """
    x = checked("affine", images)
    named = (("angle", angle), ("translate", translate[0]), ("translate", translate[1]), ("scale", scale))
    turn, right, down, size = (per_image("affine", name, value, x) for name, value in named)
    kx, ky = (np.tan(np.radians(per_image("affine", "shear", value, x))) for value in shear)
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    a, b = size * (cos + sin * ky), size * (cos * kx + sin)
    c, d = size * (cos * ky - sin), size * (cos - sin * kx)
    determinant = a * d - b * c
    if not np.all(np.abs(determinant) > 1e-9):
        raise ArgumentError("affine", "this scale and this shear leave nothing of an image")
    a, b, c, d = d / determinant, -b / determinant, -c / determinant, a / determinant
    inverse = np.array([[a, b, -(a * right + b * down)], [c, d, -(c * right + d * down)]])
    return warp(x, np.moveaxis(inverse, -1, 0), interpolation, fill)


def rotate(images: ArrayLike, angle: ArrayLike, interpolation: str = "bilinear", fill: float = 0) -> Images:
    """Images turned about their middle by `angle` degrees against the clock: one, or one for each image."""
    return affine(images, angle=angle, interpolation=interpolation, fill=fill)


def warp(images: ArrayLike, inverse: ArrayLike, interpolation: str = "bilinear", fill: float = 0) -> Images:
    """Images whose pixel at (x, y) is taken from the place inverse @ (x, y, 1), seen from the middle.

    inverse: (2, 3), or (n, 2, 3) with one for each image. Returns images of the same shape and dtype; uint8
    is rounded. Raises ArgumentError for matrices of another shape or that are not finite.
    """
    x = checked("warp", images)
    matrices = np.asarray(inverse, np.float64)
    if matrices.shape not in ((2, 3), (len(x), 2, 3)) or not np.isfinite(matrices).all():
        raise ArgumentError(
            "warp", f"matrices of shape {matrices.shape}, expected finite (2, 3) or ({len(x)}, 2, 3)"
        )
    if interpolation not in INTERPOLATIONS:
        raise ArgumentError("warp", f"interpolation is {interpolation!r}, expected one of {INTERPOLATIONS}")
    each = np.broadcast_to(matrices, (len(x), 2, 3))
    out = np.empty_like(x)
    step = max(1, CHUNK // (x.shape[1] * x.shape[2]))
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        out[part] = _warped(x[part], each[part], interpolation, fill)
    return out


def _warped(x: Images, matrices: NDArray[Any], interpolation: str, fill: float) -> Images:
    n, h, w = x.shape[:3]
    float_type = np.float64 if x.dtype == np.float64 else np.float32
    # One pixel of `fill` before and two behind: points are cut off where all that they touch is fill.
    framed = np.full((n, h + 3, w + 3, *x.shape[3:]), fill, float_type)
    framed[:, 1 : h + 1, 1 : w + 1] = x
    several = x.ndim == 4 and x.shape[3] > 1
    pixels = framed.reshape((-1, x.shape[3]) if several else -1)
    u = _positions(matrices[:, 0], w, h, w, float_type)
    v = _positions(matrices[:, 1], w, h, h, float_type)
    if interpolation == "nearest":
        # Halves go to the greater index, as a pixel is all from half before to half behind it.
        u, v = u + float_type(0.5), v + float_type(0.5)
    left, top = u.astype(np.intp), v.astype(np.intp)  # nothing is below 0: the frame is counted in
    places = top * (w + 3)
    places += left
    places += np.arange(0, n * (h + 3) * (w + 3), (h + 3) * (w + 3))[:, None, None]
    if interpolation == "nearest":
        return np.asarray(pixels.take(places.ravel(), axis=0, mode="clip").reshape(x.shape), x.dtype)
    np.subtract(u, left, out=u, casting="same_kind")
    np.subtract(v, top, out=v, casting="same_kind")
    right, down = (share.reshape((-1, 1) if several else -1) for share in (u, v))
    upper = _between(pixels, places.ravel(), right)
    places += w + 3
    lower = _between(pixels, places.ravel(), right)
    lower -= upper
    lower *= down
    upper += lower
    mixed = upper.reshape(x.shape)
    return np.rint(mixed, out=mixed).astype(np.uint8) if x.dtype == np.uint8 else mixed


def _positions(rows: NDArray[Any], w: int, h: int, size: int, float_type: Any) -> NDArray[Any]:
    """Where in the framed image each pixel comes from along one axis, of `size` pixels: (n, h, w)."""
    a, b, c = (column[:, None, None] for column in rows.T)
    along_x = a * (np.arange(w) - (w - 1) / 2)
    along_y = b * (np.arange(h) - (h - 1) / 2)[:, None] + (c + (size - 1) / 2 + 1)
    positions: NDArray[Any] = along_x.astype(float_type) + along_y.astype(float_type)
    return np.clip(positions, 0, size + 1, out=positions)


def _between(pixels: NDArray[Any], places: NDArray[np.intp], share: NDArray[Any]) -> NDArray[Any]:
    """The pixels at places and on their right, mixed."""
    here = pixels.take(places, axis=0, mode="clip")
    mixed = pixels[1:].take(places, axis=0, mode="clip")
    mixed -= here
    mixed *= share
    mixed += here
    return mixed


def hflip(images: ArrayLike, which: ArrayLike = True) -> Images:
    """Images with left and right exchanged: all, or those where `which` (n,) is true."""
    x = checked("hflip", images)
    return _where(x, which, x[:, :, ::-1])


def vflip(images: ArrayLike, which: ArrayLike = True) -> Images:
    """Images with top and bottom exchanged: all, or those where `which` (n,) is true."""
    x = checked("vflip", images)
    return _where(x, which, x[:, ::-1])


def _where(x: Images, which: ArrayLike, changed: Images) -> Images:
    chosen = per_image("flip", "which", which, x, np.bool_)
    out = x.copy()
    out[chosen] = changed[chosen]
    return out


def pad(images: ArrayLike, padding: int, fill: float = 0, mode: str = "constant") -> Images:
    """Images with more pixels on every side: `fill`, or with mode "reflect" a mirror of the inside."""
    x = checked("pad", images)
    widths = [(0, 0), (padding, padding), (padding, padding)] + [(0, 0)] * (x.ndim - 3)
    if mode == "constant":
        return np.pad(x, widths, constant_values=np.asarray(fill, x.dtype))
    if mode == "reflect":
        return np.pad(x, widths, mode="reflect")
    raise ArgumentError("pad", f"mode is {mode!r}, expected 'constant' or 'reflect'")


def crop(images: ArrayLike, top: ArrayLike, left: ArrayLike, height: int, width: int) -> Images:
    """The part (height, width) of each image that begins at top, left: numbers, or one for each image.

    Raises ArgumentError where a part does not lie within its image.
    """
    x = checked("crop", images)
    y0, x0 = (per_image("crop", name, v, x, np.intp) for name, v in (("top", top), ("left", left)))
    low, high = np.minimum(y0, x0), np.array([y0 + height - x.shape[1], x0 + width - x.shape[2]])
    if height < 1 or width < 1 or np.any(low < 0) or np.any(high > 0):
        raise ArgumentError(
            "crop", f"a part of {height} x {width} leaves images of {x.shape[1]} x {x.shape[2]}"
        )
    ys, xs = y0[:, None] + np.arange(height), x0[:, None] + np.arange(width)
    return x[np.arange(len(x))[:, None, None], ys[:, :, None], xs[:, None, :]]
