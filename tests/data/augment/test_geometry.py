"""Moved pixels, against SciPy and Pillow."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from scipy import ndimage

from limpide.data.augment import affine, crop, hflip, pad, rotate, vflip, warp
from limpide.errors import ArgumentError, DTypeError, ShapeError

RNG = np.random.default_rng(0)
SHAPES = [(5, 9, 7), (5, 8, 8, 3), (2, 6, 5, 1)]


def some(shape: tuple[int, ...], dtype: str = "float64") -> np.ndarray:
    values = RNG.random(shape)
    return (values * 255).astype(np.uint8) if dtype == "uint8" else values.astype(dtype)


def by_scipy(image: np.ndarray, inverse: np.ndarray, order: int, fill: float) -> np.ndarray:
    """One channel (h, w), through SciPy's rows and columns."""
    middle = (np.array(image.shape) - 1) / 2
    matrix = inverse[::-1, 1::-1]  # x, y to row, column
    offset = inverse[::-1, 2] + middle - matrix @ middle
    return ndimage.affine_transform(image, matrix, offset, order=order, mode="grid-constant", cval=fill)


def channels(image: np.ndarray) -> list[np.ndarray]:
    return [image] if image.ndim == 2 else [image[..., k] for k in range(image.shape[2])]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("fill", [0.0, 0.5])
def test_bilinear_is_scipys(shape: tuple[int, ...], fill: float) -> None:
    x = some(shape)
    inverse = RNG.normal(0, 1, (shape[0], 2, 3)) * [1, 1, 4]
    ours = warp(x, inverse, fill=fill)
    for image, matrix, got in zip(x, inverse, ours, strict=True):
        for theirs, mine in zip(channels(image), channels(got), strict=True):
            assert_allclose(mine, by_scipy(theirs, matrix, 1, fill), atol=1e-12)


def test_each_dtype_is_the_same_picture() -> None:
    x = some((4, 9, 7), "uint8")
    inverse = RNG.normal(0, 1, (4, 2, 3))
    exact = warp(x / 255, inverse) * 255
    single = warp((x / 255).astype("float32"), inverse)
    assert single.dtype == np.float32
    assert_allclose(single * 255, exact, atol=2e-3)
    as_bytes = warp(x, inverse)
    assert as_bytes.dtype == np.uint8
    assert np.abs(as_bytes - exact).max() < 0.51


@pytest.mark.parametrize("angle", [0, 90, 180, -90, 17, 133.5])
@pytest.mark.parametrize("size", [8, 9])
def test_nearest_is_pillows_turn(angle: float, size: int) -> None:
    x = some((1, size, size), "uint8")
    theirs = np.asarray(Image.fromarray(x[0]).rotate(angle, Image.Resampling.NEAREST, fillcolor=7))
    assert_array_equal(rotate(x, angle, "nearest", fill=7)[0], theirs)


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_a_quarter_turn_is_exact(interpolation: str) -> None:
    x = some((3, 6, 6, 3), "uint8")
    assert_array_equal(rotate(x, 90, interpolation), np.rot90(x, axes=(1, 2)))
    assert_array_equal(rotate(x, [0, 90, -90], interpolation)[2], np.rot90(x[2], -1))


def test_a_shift_of_whole_pixels_is_exact() -> None:
    x = some((2, 5, 6), "uint8")
    moved = affine(x, translate=([1, -2], [0, 3]), fill=9)
    expected = np.full_like(x, 9)
    expected[0, :, 1:] = x[0, :, :-1]
    expected[1, 3:, :-2] = x[1, :-3, 2:]
    assert_array_equal(moved, expected)


def test_affine_moves_points_as_it_says() -> None:
    angle, shift, scale, shear = 25.0, (1.5, -2.0), 1.2, (10.0, -5.0)
    x = np.zeros((1, 31, 31))
    x[0, 15 - 4, 15 + 6] = 1  # at (6, -4) from the middle
    moved = affine(x, angle, shift, scale, shear)[0]
    at = np.array([6 + np.tan(np.radians(10)) * -4, -4 + np.tan(np.radians(-5)) * 6])
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    at = scale * np.array([[cos, sin], [-sin, cos]]) @ at + shift
    ys, xs = np.mgrid[:31, :31] - 15
    centre = np.array([(moved * xs).sum(), (moved * ys).sum()]) / moved.sum()
    assert_allclose(centre, at, atol=0.25)


def test_flips() -> None:
    x = some((3, 4, 5, 3), "uint8")
    assert_array_equal(hflip(x), x[:, :, ::-1])
    some_flipped = vflip(x, [True, False, True])
    assert_array_equal(some_flipped[[0, 2]], x[[0, 2], ::-1])
    assert_array_equal(some_flipped[1], x[1])


def test_crops_and_pads() -> None:
    x = some((2, 5, 6), "uint8")
    parts = crop(x, [0, 2], [3, 1], 3, 2)
    assert_array_equal(parts[0], x[0, 0:3, 3:5])
    assert_array_equal(parts[1], x[1, 2:5, 1:3])
    assert_array_equal(pad(x, 1, fill=4), np.pad(x, ((0, 0), (1, 1), (1, 1)), constant_values=4))
    assert_array_equal(pad(x, 2, mode="reflect")[:, 2:-2, 0], x[:, :, 2])
    with pytest.raises(ArgumentError, match="a part of 6 x 6 leaves images of 5 x 6"):
        crop(x, 0, 0, 6, 6)
    with pytest.raises(ArgumentError, match="mode is 'edge'"):
        pad(x, 1, mode="edge")


def test_an_empty_batch() -> None:
    assert rotate(np.zeros((0, 4, 4), np.uint8), 3).shape == (0, 4, 4)


def test_what_is_no_batch_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"one image is a batch of one: images\[None\]"):
        rotate(np.zeros((4, 4)), 3)
    with pytest.raises(ShapeError, match="channels come last"):
        rotate(np.zeros((9, 3, 32, 32)), 3)
    with pytest.raises(DTypeError, match="images are int64, expected uint8"):
        rotate(np.zeros((1, 4, 4), int), 3)
    with pytest.raises(
        ArgumentError, match=r"angle has the shape \(2,\), expected a number or one for each of 1"
    ):
        rotate(np.zeros((1, 4, 4)), [1, 2])
    with pytest.raises(ArgumentError, match="nothing of an image"):
        affine(np.zeros((1, 4, 4)), scale=0)
    with pytest.raises(ArgumentError, match="finite"):
        warp(np.zeros((1, 4, 4)), np.full((2, 3), np.nan))
    with pytest.raises(ArgumentError, match="interpolation is 'cubic'"):
        rotate(np.zeros((1, 4, 4)), 3, "cubic")
