"""Images and their labels mixed within a batch: mix-up and cut-mix.

Each sample is mixed with the one before it in the batch (the first with the last), so the partner depends on
the batch; the shares do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ShapeError
from ..arrays import one_hot
from .draws import Draws
from .images import Images, along
from .transforms import Transform


@dataclass
class _Mix(Transform):
    """What the two share: labels (n,) of integers or rows (n, classes) become rows, mixed as the images are.

    alpha: shares are drawn from Beta(alpha, alpha). num_classes: needed for labels that are integers. p: the
    probability that a sample is mixed at all.
    """

    alpha: float = 1.0
    num_classes: int | None = None
    p: float = 1.0

    def __post_init__(self) -> None:
        self._check(self.alpha > 0, f"alpha is {self.alpha}, expected a number above 0")

    def labelled(self, images: Images, labels: Any, draws: Draws) -> tuple[Images, Any]:
        rows = None if labels is None else self._rows(np.asarray(labels), len(images))
        share = np.where(draws.chance(self.p), draws.beta(self.alpha), 1.0)
        mixed, share = self.mixed(images, np.roll(images, 1, axis=0), share, draws)
        if rows is None:
            return mixed, None
        kept = share[:, None].astype(rows.dtype)
        return mixed, kept * rows + (1 - kept) * np.roll(rows, 1, axis=0)

    def _rows(self, labels: NDArray[Any], n: int) -> NDArray[Any]:
        name = type(self).__name__
        if len(labels.shape) == 1 and labels.dtype.kind in "iu":
            self._check(
                self.num_classes is not None,
                "labels are integers: num_classes says how many classes there are",
            )
            labels = one_hot(labels, self.num_classes)
        if labels.ndim != 2 or len(labels) != n or labels.dtype.kind != "f":
            raise ShapeError(
                name,
                f"labels are {labels.dtype} of shape {labels.shape}, "
                f"expected integers ({n},) or floats ({n}, classes)",
            )
        return labels

    def mixed(
        self, images: Images, others: Images, share: NDArray[Any], draws: Draws
    ) -> tuple[Images, NDArray[Any]]:
        """Images of which a share is their own and the rest their partners', and that share."""
        raise NotImplementedError


@dataclass
class MixUp(_Mix):
    """Each image a weighted mean of itself and another one of the batch, and so its label.

    Source: Zhang, Cisse, Dauphin, Lopez-Paz 2018, "mixup: beyond empirical risk minimization".

    >>> mix = MixUp(alpha=0.2, num_classes=10)
    >>> images, labels = mix(np.zeros((4, 28, 28), np.uint8), np.array([0, 1, 2, 3]))
    >>> labels.shape, labels.sum(axis=1).tolist()
    ((4, 10), [1.0, 1.0, 1.0, 1.0])
    """

    def mixed(
        self, images: Images, others: Images, share: NDArray[Any], draws: Draws
    ) -> tuple[Images, NDArray[Any]]:
        float_type = np.float64 if images.dtype == np.float64 else np.float32
        own, theirs = images.astype(float_type), others.astype(float_type)
        mean = np.add(theirs, along(share, images).astype(float_type) * np.subtract(own, theirs))
        return (np.rint(mean) if images.dtype == np.uint8 else mean).astype(images.dtype), share


@dataclass
class CutMix(_Mix):
    """A rectangle of each image replaced by that of another one of the batch; labels by the areas.

    Source: Yun et al. 2019, "CutMix: regularization strategy to train strong classifiers with localizable
    features".
    """

    def mixed(
        self, images: Images, others: Images, share: NDArray[Any], draws: Draws
    ) -> tuple[Images, NDArray[Any]]:
        height, width = images.shape[1:3]
        side = np.sqrt(1 - share)
        u = draws.uniform(2)
        ys, xs = (self._ends(u[k], side, size) for k, size in ((0, height), (1, width)))
        inside = ys[:, :, None] & xs[:, None, :]
        kept = 1 - inside.mean(axis=(1, 2))
        return np.where(inside.reshape(inside.shape + (1,) * (images.ndim - 3)), others, images), kept

    def _ends(self, u: NDArray[Any], side: NDArray[Any], size: int) -> NDArray[np.bool_]:
        """Which of the pixels along one axis are in the rectangle: (n, size)."""
        middle, half = np.floor(u * size)[:, None], np.floor(side * size)[:, None] / 2
        at = np.arange(size)
        return np.asarray((at >= np.floor(middle - half)) & (at < np.floor(middle - half) + 2 * half))
