"""Image augmentation in batches: a seed gives the same images, whatever the batches and the workers.

Operations that do what they are told (`rotate`, `equalize`), random ones (`RandomRotation`,
`RandomEqualize`), published policies (`AutoAugment`), mixtures (`MixUp`), and `Compose`.
"""

from .batches import Augmented, augmented
from .geometry import affine, crop, hflip, pad, rotate, vflip, warp
from .mix import CutMix, MixUp
from .pixels import (
    adjust_brightness,
    adjust_contrast,
    adjust_saturation,
    adjust_sharpness,
    autocontrast,
    equalize,
    erase,
    invert,
    posterize,
    solarize,
)
from .policies import AutoAugment, RandAugment, TrivialAugmentWide
from .transforms import (
    ColorJitter,
    Compose,
    Cutout,
    RandomAdjustSharpness,
    RandomAffine,
    RandomAutocontrast,
    RandomCrop,
    RandomEqualize,
    RandomHorizontalFlip,
    RandomInvert,
    RandomPosterize,
    RandomRotation,
    RandomSolarize,
    RandomVerticalFlip,
    Transform,
)

__all__ = [
    "Augmented", "AutoAugment", "ColorJitter", "Compose", "CutMix", "Cutout", "MixUp", "RandAugment",
    "RandomAdjustSharpness", "RandomAffine", "RandomAutocontrast", "RandomCrop", "RandomEqualize",
    "RandomHorizontalFlip", "RandomInvert", "RandomPosterize", "RandomRotation", "RandomSolarize",
    "RandomVerticalFlip", "Transform", "TrivialAugmentWide", "adjust_brightness", "adjust_contrast",
    "adjust_saturation", "adjust_sharpness", "affine", "augmented", "autocontrast", "crop", "equalize",
    "erase", "hflip", "invert", "pad", "posterize", "rotate", "solarize", "vflip", "warp",
]  # fmt: skip
