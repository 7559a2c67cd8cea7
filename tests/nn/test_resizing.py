"""Images of another size, against the formula of every pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn
from limpide.errors import ShapeError
from ops.check import check_gradient

IMAGE = np.random.default_rng(0).normal(size=(2, 5, 4, 3))


def direct(x: Any, size: tuple[int, int], corners: bool, half: bool) -> Any:
    y = np.zeros((x.shape[0], *size, x.shape[-1]))
    for i, j in np.ndindex(*size):
        at = []
        for new, count, old in [(i, size[0], x.shape[1]), (j, size[1], x.shape[2])]:
            scale = (old - 1) / (count - 1) if corners else old / count
            place = (new + 0.5) * scale - 0.5 if half else new * scale
            place = min(max(place, 0), old - 1)
            low = int(place)
            at.append((low, min(low + 1, old - 1), place - low))
        (a, b, u), (c, d, v) = at
        top = x[:, a, c] * (1 - v) + x[:, a, d] * v
        y[:, i, j] = top * (1 - u) + (x[:, b, c] * (1 - v) + x[:, b, d] * v) * u
    return y


@pytest.mark.parametrize("size", [(10, 8), (3, 7), (5, 4), (2, 2)])
@pytest.mark.parametrize("corners, half", [(True, False), (False, False), (False, True)])
def test_bilinear(size: tuple[int, int], corners: bool, half: bool) -> None:
    y = nn.interpolate(IMAGE, size, "bilinear", corners, half, layout="NHWC")
    assert np.allclose(y.numpy(), direct(IMAGE, size, corners, half))


def test_nearest_and_area_of_whole_factors() -> None:
    x = np.moveaxis(IMAGE, -1, 1)
    assert np.array_equal(nn.interpolate(x, (10, 8)).numpy(), x.repeat(2, 2).repeat(2, 3))
    assert np.array_equal(nn.interpolate(x, (5, 2), half_pixels=False).numpy(), x[:, :, :, ::2])
    halved = nn.interpolate(x, (5, 2), "area").numpy()
    assert np.allclose(halved, x.reshape(2, 3, 5, 2, 2).mean(-1))
    assert nn.interpolate(np.uint8([[[[1, 2]]]]), (1, 4)).dtype == np.uint8


def test_bicubic_goes_through_a_line_and_stays_in_place() -> None:
    line = np.arange(9.0).reshape(1, 1, 1, 9)
    y = nn.interpolate(line, (1, 17), "bicubic", align_corners=True).numpy()[0, 0, 0]
    assert np.allclose(y[::2], np.arange(9)) and np.allclose(y[5:-4:2], np.arange(2.5, 6.5))


def test_gradients_and_errors() -> None:
    check_gradient(lambda x: lp.sum(nn.interpolate(x, (7, 3), "bilinear") ** 2), IMAGE, order=1)
    with pytest.raises(ShapeError, match="not 4 axes"):
        nn.interpolate(np.zeros((3, 3)), (2, 2))
    with pytest.raises(TypeError, match="did you mean 'bilinear'"):
        nn.interpolate(IMAGE, (2, 2), "bilinar")
