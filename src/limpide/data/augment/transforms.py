"""Random changes of images, in batches: the words of torchvision, each with its draws.

A transform is called with a batch. What it draws for a sample depends on the seed, the epoch and the number
of the sample, never on the batch or the worker that the sample falls to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ArgumentError
from . import geometry, pixels
from .draws import Draws
from .images import Images, checked

Range = float | tuple[float, float]


@dataclass(kw_only=True)
class Transform:
    """Base of all: a subclass says in `change` what is done to images, and in `labelled` what to labels."""

    seed: int = 0
    seen: int = field(default=0, init=False, repr=False)  # samples that came without their numbers

    def __call__(
        self, images: ArrayLike, labels: Any = None, *, index: ArrayLike | None = None, epoch: int = 0
    ) -> Any:
        """The images changed, as (images, labels) where labels are given.

        images: uint8 from 0 to 255, or floats from 0 to 1, of shape (n, h, w) or (n, h, w, c); the result has
        their dtype. index: the number of each sample in its data set; without it samples are counted as they
        come, from the first call on. epoch: another one, another change.

        Raises ShapeError or DTypeError for what is no batch of images.
        """
        batch = checked(type(self).__name__, images)
        if index is None:
            index = np.arange(self.seen, self.seen + len(batch))
            self.seen += len(batch)
        numbers = np.asarray(index)
        if numbers.shape != (len(batch),) or numbers.dtype.kind not in "iu":
            raise ArgumentError(
                type(self).__name__,
                f"index is {numbers.dtype} of shape {numbers.shape}, expected integers ({len(batch)},)",
            )
        changed, labels = self.labelled(batch, labels, Draws(self.seed, epoch, numbers))
        return changed if labels is None else (changed, labels)

    def labelled(self, images: Images, labels: Any, draws: Draws) -> tuple[Images, Any]:
        """Images and labels changed; here the labels stay as they are."""
        return self.change(images, draws), labels

    def change(self, images: Images, draws: Draws) -> Images:
        """The images changed by numbers that are drawn."""
        raise NotImplementedError

    def _check(self, right: bool, what: str) -> None:
        if not right:
            raise ArgumentError(type(self).__name__, what)


@dataclass
class Compose(Transform):
    """Transforms one after the other; the seed is that of the whole.

    >>> changes = Compose([RandomAffine(15, translate=(0.1, 0.1)), Cutout(8)], seed=1)
    >>> changes(np.ones((100, 28, 28), np.float32)).shape
    (100, 28, 28)
    """

    transforms: Sequence[Transform]

    def labelled(self, images: Images, labels: Any, draws: Draws) -> tuple[Images, Any]:
        for transform in self.transforms:
            images, labels = transform.labelled(images, labels, draws)
        return images, labels


# ----------------------------------------------------------------------------------------- moved pixels
@dataclass
class RandomAffine(Transform):
    """Images sheared, scaled, turned and shifted at random.

    degrees: of the turn, (low, high), or d for (-d, d). translate: the largest shift along x and along y, as
    a share of width and height. scale: (low, high). shear: degrees along x, as `degrees` is. See `affine`.
    """

    degrees: Range = 0.0
    translate: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    shear: Range = 0.0
    interpolation: str = "bilinear"
    fill: float = 0

    def change(self, images: Images, draws: Draws) -> Images:
        height, width = images.shape[1:3]
        u = draws.uniform(5)
        right, down = self.translate[0] * width, self.translate[1] * height
        angle, dx, dy = _scaled(u[0], self.degrees), _scaled(u[1], right), _scaled(u[2], down)
        size, shear = _scaled(u[3], self.scale), _scaled(u[4], self.shear)
        return geometry.affine(images, angle, (dx, dy), size, (shear, 0), self.interpolation, self.fill)


@dataclass
class RandomRotation(Transform):
    """Images turned by an angle from (low, high), or from (-degrees, degrees)."""

    degrees: Range
    interpolation: str = "bilinear"
    fill: float = 0

    def change(self, images: Images, draws: Draws) -> Images:
        return geometry.rotate(
            images, _scaled(draws.uniform()[0], self.degrees), self.interpolation, self.fill
        )


@dataclass
class RandomHorizontalFlip(Transform):
    """Left and right exchanged with probability p."""

    p: float = 0.5

    def change(self, images: Images, draws: Draws) -> Images:
        return geometry.hflip(images, draws.chance(self.p))


@dataclass
class RandomVerticalFlip(Transform):
    """Top and bottom exchanged with probability p."""

    p: float = 0.5

    def change(self, images: Images, draws: Draws) -> Images:
        return geometry.vflip(images, draws.chance(self.p))


@dataclass
class RandomCrop(Transform):
    """A part of each image, size or (height, width), at a random place, after padding on every side.

    padding_mode: "constant" (by `fill`) or "reflect".
    """

    size: int | tuple[int, int]
    padding: int = 0
    fill: float = 0
    padding_mode: str = "constant"

    def change(self, images: Images, draws: Draws) -> Images:
        height, width = (self.size, self.size) if isinstance(self.size, int) else self.size
        padded = geometry.pad(images, self.padding, self.fill, self.padding_mode)
        room = np.array(padded.shape[1:3]) - (height, width) + 1
        top, left = (draws.uniform(2) * np.maximum(room, 1)[:, None]).astype(np.intp)
        return geometry.crop(padded, top, left, height, width)


# ---------------------------------------------------------------------------------------- changed values
@dataclass
class _Sometimes(Transform):
    """What is done to an image with probability p."""

    p: float = 0.5

    def change(self, images: Images, draws: Draws) -> Images:
        chosen = draws.chance(self.p)
        out = images.copy()
        out[chosen] = self.done(images[chosen])
        return out

    def done(self, images: Images) -> Images:
        """What is done to those that it falls to."""
        raise NotImplementedError


@dataclass
class RandomInvert(_Sometimes):
    """Black for white with probability p."""

    def done(self, images: Images) -> Images:
        return pixels.invert(images)


@dataclass
class RandomAutocontrast(_Sometimes):
    """Contrast stretched as far as it goes, with probability p."""

    def done(self, images: Images) -> Images:
        return pixels.autocontrast(images)


@dataclass
class RandomEqualize(_Sometimes):
    """Values made about equally frequent, with probability p."""

    def done(self, images: Images) -> Images:
        return pixels.equalize(images)


@dataclass
class RandomSolarize(Transform):
    """Values of the threshold and above inverted, with probability p."""

    threshold: float
    p: float = 0.5

    def change(self, images: Images, draws: Draws) -> Images:
        # A threshold above white changes nothing.
        return pixels.solarize(images, np.where(draws.chance(self.p), self.threshold, np.inf))


@dataclass
class RandomPosterize(Transform):
    """Only the first `bits` bits of each value kept, with probability p."""

    bits: int
    p: float = 0.5

    def change(self, images: Images, draws: Draws) -> Images:
        chosen = draws.chance(self.p)
        out = images.copy()
        out[chosen] = pixels.posterize(images[chosen], self.bits)
        return out


@dataclass
class RandomAdjustSharpness(Transform):
    """Sharpness changed by the factor, with probability p."""

    sharpness_factor: float
    p: float = 0.5

    def change(self, images: Images, draws: Draws) -> Images:
        return pixels.adjust_sharpness(images, np.where(draws.chance(self.p), self.sharpness_factor, 1.0))


@dataclass
class ColorJitter(Transform):
    """Brightness, then contrast, then saturation times a factor from (low, high), or from (1 - d, 1 + d)."""

    brightness: Range = 0.0
    contrast: Range = 0.0
    saturation: Range = 0.0

    def change(self, images: Images, draws: Draws) -> Images:
        u = draws.uniform(3)
        images = pixels.adjust_brightness(images, _factor(u[0], self.brightness))
        images = pixels.adjust_contrast(images, _factor(u[1], self.contrast))
        return pixels.adjust_saturation(images, _factor(u[2], self.saturation))


@dataclass
class Cutout(Transform):
    """A square of `size` pixels about a random pixel filled, with probability p.

    What lies outside of the image is left out. Source: DeVries and Taylor 2017, "Improved regularization of
    convolutional neural networks with cutout".
    """

    size: int
    p: float = 1.0
    fill: float = 0

    def change(self, images: Images, draws: Draws) -> Images:
        u = draws.uniform(3)
        top, left = ((u[k] * images.shape[k + 1]).astype(np.intp) - self.size // 2 for k in (0, 1))
        size = np.where(u[2] < self.p, self.size, 0)
        return pixels.erase(images, top, left, size, size, self.fill)


def _scaled(u: NDArray[Any], limits: Range) -> NDArray[Any]:
    """Numbers on [0, 1) brought to (low, high), or to (-limit, limit)."""
    low, high = limits if isinstance(limits, tuple) else (-limits, limits)
    return np.asarray(low + (high - low) * u)


def _factor(u: NDArray[Any], limits: Range) -> NDArray[Any]:
    """Numbers on [0, 1) brought to (low, high), or to (1 - limit, 1 + limit), and never below 0."""
    low, high = limits if isinstance(limits, tuple) else (1 - limits, 1 + limits)
    return np.asarray(np.maximum(_scaled(u, (low, high)), 0))
