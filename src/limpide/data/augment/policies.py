"""Published policies: AutoAugment's table for CIFAR-10, RandAugment, TrivialAugment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import pixels
from .draws import Draws
from .geometry import rotate, warp
from .images import Images
from .transforms import Transform

Step = tuple[str, float, int]  # an operation, its probability, the number of its magnitude of 0..9

# Cubuk et al. 2019, "AutoAugment: learning augmentation strategies from data", table 7, in the form in which
# it went into torchvision. Operations without a magnitude have 0.
CIFAR10: tuple[tuple[Step, Step], ...] = (
    (("Invert", 0.1, 0), ("Contrast", 0.2, 6)),
    (("Rotate", 0.7, 2), ("TranslateX", 0.3, 9)),
    (("Sharpness", 0.8, 1), ("Sharpness", 0.9, 3)),
    (("ShearY", 0.5, 8), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.5, 0), ("Equalize", 0.9, 0)),
    (("ShearY", 0.2, 7), ("Posterize", 0.3, 7)),
    (("Color", 0.4, 3), ("Brightness", 0.6, 7)),
    (("Sharpness", 0.3, 9), ("Brightness", 0.7, 9)),
    (("Equalize", 0.6, 0), ("Equalize", 0.5, 0)),
    (("Contrast", 0.6, 7), ("Sharpness", 0.6, 5)),
    (("Color", 0.7, 7), ("TranslateX", 0.5, 8)),
    (("Equalize", 0.3, 0), ("AutoContrast", 0.4, 0)),
    (("TranslateY", 0.4, 3), ("Sharpness", 0.2, 6)),
    (("Brightness", 0.9, 6), ("Color", 0.2, 8)),
    (("Solarize", 0.5, 2), ("Invert", 0.0, 0)),
    (("Equalize", 0.2, 0), ("AutoContrast", 0.6, 0)),
    (("Equalize", 0.2, 0), ("Equalize", 0.6, 0)),
    (("Color", 0.9, 9), ("Equalize", 0.6, 0)),
    (("AutoContrast", 0.8, 0), ("Solarize", 0.2, 8)),
    (("Brightness", 0.1, 3), ("Color", 0.7, 0)),
    (("Solarize", 0.4, 5), ("AutoContrast", 0.9, 0)),
    (("TranslateY", 0.9, 9), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.9, 0), ("Solarize", 0.8, 3)),
    (("Equalize", 0.8, 0), ("Invert", 0.1, 0)),
    (("TranslateY", 0.7, 9), ("AutoContrast", 0.9, 0)),
)

Operation = Callable[[Images, NDArray[Any], str, float], Images]  # images, magnitudes, interpolation, fill


def _shear(axis: int) -> Operation:
    """Slanted about the upper left corner, as the published code has it: x is taken at x + m y."""

    def apply(images: Images, m: NDArray[Any], interpolation: str, fill: float) -> Images:
        inverse = np.zeros((len(images), 2, 3)) + [[1, 0, 0], [0, 1, 0]]
        inverse[:, axis, 1 - axis] = m
        inverse[:, axis, 2] = m * images.shape[1 + axis] / 2
        return warp(images, inverse, interpolation, fill)

    return apply


def _translate(axis: int) -> Operation:
    """Moved by whole pixels, to the right or down."""

    def apply(images: Images, m: NDArray[Any], interpolation: str, fill: float) -> Images:
        inverse = np.zeros((len(images), 2, 3)) + [[1, 0, 0], [0, 1, 0]]
        inverse[:, axis, 2] = -np.trunc(m)
        return warp(images, inverse, interpolation, fill)

    return apply


def _enhance(f: Callable[..., Images]) -> Operation:
    return lambda images, m, interpolation, fill: f(images, 1 + m)


def _plain(f: Callable[..., Images]) -> Operation:
    return lambda images, m, interpolation, fill: f(images)


def _solarize(images: Images, m: NDArray[Any], interpolation: str, fill: float) -> Images:
    return pixels.solarize(images, m if images.dtype == np.uint8 else m / 255)


OPERATIONS: dict[str, Operation] = {
    "Identity": _plain(lambda images: images),
    "ShearX": _shear(0),
    "ShearY": _shear(1),
    "TranslateX": _translate(0),
    "TranslateY": _translate(1),
    "Rotate": rotate,
    "Brightness": _enhance(pixels.adjust_brightness),
    "Color": _enhance(pixels.adjust_saturation),
    "Contrast": _enhance(pixels.adjust_contrast),
    "Sharpness": _enhance(pixels.adjust_sharpness),
    "Posterize": lambda images, m, interpolation, fill: pixels.posterize(images, m),
    "Solarize": _solarize,
    "AutoContrast": _plain(pixels.autocontrast),
    "Equalize": _plain(pixels.equalize),
    "Invert": _plain(pixels.invert),
}
SIGNED = (
    "ShearX",
    "ShearY",
    "TranslateX",
    "TranslateY",
    "Rotate",
    "Brightness",
    "Color",
    "Contrast",
    "Sharpness",
)
WITHOUT_INVERT = tuple(name for name in OPERATIONS if name != "Invert")


def _magnitudes(
    bins: int, x: float, y: float, shear: float = 0.3, angle: float = 30, change: float = 0.9, bits: int = 4
) -> Mapping[str, NDArray[Any]]:
    """The magnitudes 0 to bins - 1 of each operation; x and y: the largest shifts in pixels."""
    strength = np.linspace(0, 1, bins)
    largest = {"Shear": shear, "Rotate": angle} | dict.fromkeys(
        ("Brightness", "Color", "Contrast", "Sharpness"), change
    )
    linear = {
        name: strength * largest[name.rstrip("XY")] for name in SIGNED if not name.startswith("Translate")
    }
    others = {
        "TranslateX": strength * x,
        "TranslateY": strength * y,
        "Posterize": 8 - np.rint(np.arange(bins) / ((bins - 1) / bits)),
        "Solarize": 255 * (1 - strength),
    }
    plain = {name: np.zeros(bins) for name in ("Identity", "AutoContrast", "Equalize", "Invert")}
    return linear | others | plain


def _apply(
    images: Images,
    names: Sequence[str],
    chosen: NDArray[Any],
    magnitudes: NDArray[Any],
    interpolation: str,
    fill: float,
) -> Images:
    """To each image the operation names[chosen], or none where chosen is negative: one call per operation."""
    out = images.copy()
    for number in np.unique(chosen[chosen >= 0]):
        which = np.flatnonzero(chosen == number)
        out[which] = OPERATIONS[names[number]](images[which], magnitudes[which], interpolation, fill)
    return out


def _chosen_magnitudes(
    table: Mapping[str, NDArray[Any]],
    names: Sequence[str],
    chosen: NDArray[Any],
    level: NDArray[Any],
    sign: Any,
) -> NDArray[Any]:
    """The magnitude of each image's operation at its level, with a random sign where it has one."""
    rows = np.array([table[name] for name in names])
    signed = np.isin(np.array(names), SIGNED)[chosen]
    return np.asarray(rows[chosen, level] * np.where(signed & (sign < 0.5), -1, 1))


@dataclass
class AutoAugment(Transform):
    """One of the 25 pairs of operations that were found for CIFAR-10, at random for each image.

    fill: of what comes from outside, in the images' own units. Source: Cubuk et al. 2019.
    """

    interpolation: str = "nearest"
    fill: float = 0

    def change(self, images: Images, draws: Draws) -> Images:
        names = tuple(OPERATIONS)
        height, width = images.shape[1:3]
        table = _magnitudes(10, 150 / 331 * width, 150 / 331 * height)
        u = draws.uniform(5)
        policy = (u[0] * len(CIFAR10)).astype(np.intp)
        for step in (0, 1):
            chosen, p, level = (
                np.array(column)[policy]
                for column in zip(
                    *((names.index(a), b, c) for a, b, c in (pair[step] for pair in CIFAR10)), strict=True
                )
            )
            magnitudes = _chosen_magnitudes(table, names, chosen, level, u[2 + step])
            done = np.where(u[1 if step == 0 else 4] < p, chosen, -1)
            images = _apply(images, names, done, magnitudes, self.interpolation, self.fill)
        return images


@dataclass
class RandAugment(Transform):
    """num_ops operations for each image, drawn from 14, all of one magnitude of 0 to num_magnitude_bins - 1.

    Source: Cubuk, Zoph, Shlens, Le 2020, "RandAugment: practical automated data augmentation with a reduced
    search space"; magnitudes as in torchvision.
    """

    num_ops: int = 2
    magnitude: int = 9
    num_magnitude_bins: int = 31
    interpolation: str = "nearest"
    fill: float = 0

    def __post_init__(self) -> None:
        bins = self.num_magnitude_bins
        self._check(
            bins > 1 and 0 <= self.magnitude < bins,
            f"magnitude is {self.magnitude}, expected 0 to {bins - 1}",
        )

    def change(self, images: Images, draws: Draws) -> Images:
        height, width = images.shape[1:3]
        table = _magnitudes(self.num_magnitude_bins, 150 / 331 * width, 150 / 331 * height)
        level = np.full(len(images), self.magnitude)
        for _ in range(self.num_ops):
            u = draws.uniform(2)
            chosen = (u[0] * len(WITHOUT_INVERT)).astype(np.intp)
            magnitudes = _chosen_magnitudes(table, WITHOUT_INVERT, chosen, level, u[1])
            images = _apply(images, WITHOUT_INVERT, chosen, magnitudes, self.interpolation, self.fill)
        return images


@dataclass
class TrivialAugmentWide(Transform):
    """One operation for each image, of a random magnitude.

    Source: Müller and Hutter 2021, "TrivialAugment: tuning-free yet state-of-the-art data augmentation".
    """

    num_magnitude_bins: int = 31
    interpolation: str = "nearest"
    fill: float = 0

    def __post_init__(self) -> None:
        self._check(
            self.num_magnitude_bins > 1,
            f"num_magnitude_bins is {self.num_magnitude_bins}, expected 2 or more",
        )

    def change(self, images: Images, draws: Draws) -> Images:
        table = _magnitudes(self.num_magnitude_bins, 32, 32, shear=0.99, angle=135, change=0.99, bits=6)
        u = draws.uniform(3)
        chosen = (u[0] * len(WITHOUT_INVERT)).astype(np.intp)
        level = (u[1] * self.num_magnitude_bins).astype(np.intp)
        magnitudes = _chosen_magnitudes(table, WITHOUT_INVERT, chosen, level, u[2])
        return _apply(images, WITHOUT_INVERT, chosen, magnitudes, self.interpolation, self.fill)
