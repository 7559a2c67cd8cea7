"""Changed values: on uint8, Pillow's bits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image, ImageEnhance, ImageOps

from limpide.data import augment
from limpide.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(1)


def pictures(shape: tuple[int, ...]) -> np.ndarray:
    """Noise, low contrast, one value, two values, a ramp."""
    x = RNG.integers(0, 256, (5, *shape)).astype(np.uint8)
    x[1] = x[1] // 4 + 90
    x[2] = 77
    x[3] = np.where(x[3] < 200, 3, 250)
    x[4] = np.arange(x[4].size).reshape(shape) % 256
    return x


def enhanced(kind: Any, factor: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: kind(image).enhance(factor)


FACTORS = (0.0, 0.3, 0.9, 1.0, 1.45, 1.9)
PILLOW: dict[str, tuple[Callable[..., Any], tuple[Any, ...], Callable[[Image.Image], Image.Image]]] = {
    "invert": (augment.invert, (), ImageOps.invert),
    "autocontrast": (augment.autocontrast, (), ImageOps.autocontrast),
    "equalize": (augment.equalize, (), ImageOps.equalize),
    **{f"solarize {t}": (augment.solarize, (t,), partial(ImageOps.solarize, threshold=t)) for t in (0, 99)},
    **{f"posterize {b}": (augment.posterize, (b,), partial(ImageOps.posterize, bits=b)) for b in (1, 4, 8)},
    **{
        f"{f.__name__} {factor}": (f, (factor,), enhanced(kind, factor))
        for factor in FACTORS
        for f, kind in (
            (augment.adjust_brightness, ImageEnhance.Brightness),
            (augment.adjust_contrast, ImageEnhance.Contrast),
            (augment.adjust_saturation, ImageEnhance.Color),
            (augment.adjust_sharpness, ImageEnhance.Sharpness),
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PILLOW)
@pytest.mark.parametrize("shape", [(9, 11), (8, 6, 3)])
def test_pillow_gives_the_same(name: str, shape: tuple[int, ...]) -> None:
    ours, args, theirs = PILLOW[name]
    x = pictures(shape)
    expected = np.array([np.asarray(theirs(Image.fromarray(image))) for image in x])
    assert_array_equal(ours(x, *args), expected)


@pytest.mark.parametrize("name", [name for name in PILLOW if name.split()[0] != "solarize"])
@pytest.mark.parametrize("shape", [(9, 11), (8, 6, 3)])
def test_floats_are_the_same_picture(name: str, shape: tuple[int, ...]) -> None:
    ours, args, _ = PILLOW[name]
    x = pictures(shape)
    single = ours((x / 255).astype("float32"), *args)
    assert single.dtype == np.float32 and single.min() >= 0 and single.max() <= 1
    # uint8 drops fractions, up to three times in a row (mean, difference, result).
    assert_allclose(single * 255, ours(x, *args), atol=3.0)


def test_solarized_floats() -> None:
    x = np.array([[[0.1, 0.5, 0.9]]], np.float32)
    assert_allclose(augment.solarize(x, 0.5), [[[0.1, 0.5, 0.1]]], atol=1e-6)


def test_each_image_has_its_own_number() -> None:
    x = pictures((6, 7, 3))
    for f in (augment.adjust_brightness, augment.adjust_contrast, augment.adjust_saturation):
        factors = np.array([0.2, 0.7, 1.0, 1.3, 1.8])
        together = f(x, factors)
        for k, factor in enumerate(factors):
            assert_array_equal(together[k], f(x[k : k + 1], factor)[0])
    assert_array_equal(augment.posterize(x, [1, 2, 3, 4, 8])[3], augment.posterize(x, 4)[3])


def test_one_channel_is_grey() -> None:
    x = pictures((6, 7))
    for f in (augment.adjust_contrast, augment.adjust_saturation, augment.adjust_sharpness):
        assert_array_equal(f(x[..., None], 1.7)[..., 0], f(x, 1.7))
    assert_array_equal(augment.equalize(x[..., None])[..., 0], augment.equalize(x))


def test_erase_fills_what_lies_inside() -> None:
    x = pictures((5, 6))[:2]
    out = augment.erase(x, [-1, 3], [4, 1], 3, [9, 2], fill=8)
    expected = x.copy()
    expected[0, :2, 4:] = 8
    expected[1, 3:, 1:3] = 8
    assert_array_equal(out, expected)


def test_inputs_stay_as_they_are() -> None:
    x = pictures((5, 6, 3))
    before = x.copy()
    for ours, args, _ in PILLOW.values():
        out = ours(x, *args)
        out[:] = 0
    assert_array_equal(x, before)


def test_what_cannot_be() -> None:
    with pytest.raises(ArgumentError, match="bits is 9, expected 0 to 8"):
        augment.posterize(np.zeros((1, 2, 2), np.uint8), 9)
    with pytest.raises(ShapeError, match="images have 2 channels, expected 1 or 3"):
        augment.adjust_contrast(np.zeros((1, 4, 4, 2)), 2)
