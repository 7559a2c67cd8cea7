"""Colours: brightness, contrast, hue; grey; values of other dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ....nn.words import lp
from ...record import is_guess
from .. import random
from ..dtypes import as_dtype, engine_type
from ..recording import op, tensor


def scaled_to(x: Any, dtype: Any) -> Any:
    """Values of another dtype: floats go from 0 to 1, integers over all of their range."""
    wanted = engine_type(dtype)
    if x.dtype == wanted:
        return x
    if x.dtype.kind == "f" and wanted.kind == "f":
        return x.astype(wanted)
    if x.dtype.kind == "f":
        return lp.clip(x * (float(np.iinfo(wanted).max) + 0.5), 0, float(np.iinfo(wanted).max)).astype(wanted)
    if wanted.kind == "f":
        return x.astype(wanted) / float(np.iinfo(x.dtype).max)
    have, want = np.iinfo(x.dtype).max, np.iinfo(wanted).max
    return (x // (have // want + 1)).astype(wanted) if have > want else x.astype(wanted) * (want // have)


@op("convert_image")
def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: str | None = None) -> Any:
    """An image of another dtype; floats go from 0 to 1."""
    return scaled_to(tensor(image), as_dtype(dtype))


def _in_floats(x: Any, change: Callable[[Any], Any]) -> Any:
    """A change of floats, and the dtype as it was."""
    return change(x) if x.dtype.kind == "f" else scaled_to(change(scaled_to(x, "float32")), x.dtype)


@op("adjust_brightness")
def adjust_brightness(image: Any, delta: Any, name: str | None = None) -> Any:
    """Values plus delta."""
    return _in_floats(tensor(image), lambda x: x + delta)


def _contrasted(x: Any, factor: Any) -> Any:
    mean = lp.mean(x, axis=(-3, -2), keepdims=True)
    return (x - mean) * factor + mean


@op("adjust_contrast")
def adjust_contrast(images: Any, contrast_factor: Any, name: str | None = None) -> Any:
    """Values as far from the mean of their channel as the factor says."""
    return _in_floats(tensor(images), lambda x: _contrasted(x, contrast_factor))


@op("adjust_gamma")
def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1, name: str | None = None) -> Any:
    """gain x^gamma."""
    return _in_floats(tensor(image), lambda x: gain * x**gamma)


def _hsv(x: Any) -> Any:
    r, g, b = (x[..., k] for k in range(3))
    most, least = lp.max(x, axis=-1), lp.min(x, axis=-1)
    spread = most - least
    safe = lp.where(spread > 0, spread, 1.0)
    hue = lp.where(
        lp.equal(most, r), (g - b) / safe, lp.where(lp.equal(most, g), (b - r) / safe + 2, (r - g) / safe + 4)
    )
    hue = lp.where(spread > 0, hue / 6, 0.0)
    hue = hue - lp.floor(hue)
    saturation = lp.where(most > 0, spread / lp.where(most > 0, most, 1.0), 0.0)
    return lp.stack([hue, saturation, most], axis=-1)


def _rgb(x: Any) -> Any:
    h, s, v = (x[..., k] for k in range(3))
    parts = []
    for shift in (5, 3, 1):  # of red, green and blue
        k = lp.remainder(shift + h * 6, 6.0)
        parts.append(v - v * s * lp.clip(lp.minimum(k, 4 - k), 0.0, 1.0))
    return lp.stack(parts, axis=-1)


@op("RGBToHSV")
def rgb_to_hsv(images: Any, name: str | None = None) -> Any:
    """Hue, saturation and value, all between 0 and 1."""
    return _hsv(tensor(images))


@op("HSVToRGB")
def hsv_to_rgb(images: Any, name: str | None = None) -> Any:
    """Red, green and blue."""
    return _rgb(tensor(images))


@op("adjust_hue")
def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Any:
    """The hue turned by delta."""

    def turned(x: Any) -> Any:
        hsv = _hsv(x)
        hue = hsv[..., 0:1] + delta
        return _rgb(lp.concatenate([hue - lp.floor(hue), hsv[..., 1:]], axis=-1))

    return _in_floats(tensor(image), turned)


@op("adjust_saturation")
def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Any:
    """The saturation times a factor."""

    def stronger(x: Any) -> Any:
        hsv = _hsv(x)
        s = lp.clip(hsv[..., 1:2] * saturation_factor, 0.0, 1.0)
        return _rgb(lp.concatenate([hsv[..., 0:1], s, hsv[..., 2:]], axis=-1))

    return _in_floats(tensor(image), stronger)


@op("Uniform", once=True)
def _between(low: Any, high: Any, generator: Any, name: str | None = None) -> Any:
    return (
        lp.zeros((), "float32") if is_guess() else generator.random((), dtype="float32") * (high - low) + low
    )


def random_brightness(image: Any, max_delta: float, seed: Any = None) -> Any:
    """adjust_brightness by at most max_delta."""
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_brightness(image, _between(-max_delta, max_delta, random.generator(seed)))


def random_contrast(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """adjust_contrast by a factor between these."""
    if upper <= lower or lower < 0:
        raise ValueError("upper must be > lower, and lower must be non-negative.")
    return adjust_contrast(image, _between(lower, upper, random.generator(seed)))


def random_hue(image: Any, max_delta: float, seed: Any = None) -> Any:
    """adjust_hue by at most max_delta."""
    if not 0 <= max_delta <= 0.5:
        raise ValueError("max_delta must be between 0 and 0.5.")
    return adjust_hue(image, _between(-max_delta, max_delta, random.generator(seed)))


def random_saturation(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """adjust_saturation by a factor between these."""
    if upper <= lower or lower < 0:
        raise ValueError("upper must be > lower, and lower must be non-negative.")
    return adjust_saturation(image, _between(lower, upper, random.generator(seed)))


@op("rgb_to_grayscale")
def rgb_to_grayscale(images: Any, name: str | None = None) -> Any:
    """Brightness as an eye sees it: (..., 1)."""
    weights = np.array([0.2989, 0.5870, 0.1140], np.float32)
    return _in_floats(
        tensor(images), lambda x: lp.sum(x * lp.astype(weights, x.dtype), axis=-1, keepdims=True)
    )


@op("grayscale_to_rgb")
def grayscale_to_rgb(images: Any, name: str | None = None) -> Any:
    """Three times the same channel."""
    return lp.repeat(tensor(images), 3, axis=-1)


@op("per_image_standardization")
def per_image_standardization(image: Any, name: str | None = None) -> Any:
    """Mean 0 and standard deviation 1; the latter at least 1 / sqrt(number of values)."""
    x = tensor(image).astype("float32")
    axes = tuple(range(x.ndim - 3, x.ndim))
    mean = lp.mean(x, axis=axes, keepdims=True)
    spread = lp.sqrt(lp.mean(lp.square(x - mean), axis=axes, keepdims=True))
    count = lp.sum(lp.ones_like(x), axis=axes, keepdims=True)
    return (x - mean) / lp.maximum(spread, 1 / lp.sqrt(count))


per_image_whitening = per_image_standardization


@op("total_variation")
def total_variation(images: Any, name: str | None = None) -> Any:
    """The sum of differences between neighbours."""
    x = tensor(images)
    axes = tuple(range(x.ndim - 3, x.ndim))
    down = lp.abs(x[..., 1:, :, :] - x[..., :-1, :, :])
    across = lp.abs(x[..., :, 1:, :] - x[..., :, :-1, :])
    return lp.sum(down, axis=axes) + lp.sum(across, axis=axes)


@op("PSNR")
def psnr(a: Any, b: Any, max_val: float, name: str | None = None) -> Any:
    """The ratio of the largest value to the mean squared difference, in decibels."""
    x, y = tensor(a).astype("float32"), tensor(b).astype("float32")
    error = lp.mean(lp.square(x - y), axis=(-3, -2, -1))
    return 20 * float(np.log10(max_val)) - 10 * lp.log10(error)


__all__ = [
    "adjust_brightness",
    "adjust_contrast",
    "adjust_gamma",
    "adjust_hue",
    "adjust_saturation",
    "convert_image_dtype",
    "grayscale_to_rgb",
    "hsv_to_rgb",
    "per_image_standardization",
    "per_image_whitening",
    "psnr",
    "random_brightness",
    "random_contrast",
    "random_hue",
    "random_saturation",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "total_variation",
]
