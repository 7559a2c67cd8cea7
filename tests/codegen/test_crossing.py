"""Maps that read arrays across, against NumPy: squares, what is left over, loops that are as good as one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide.graph import Array
from limpide.runtime.toolchain import find

pytestmark = pytest.mark.skipif(find() is None, reason="no C compiler")

DTYPES = ("float32", "float64", "int16", "uint8", "bool")


def numbers(shape: tuple[int, ...], dtype: str) -> Array:
    return np.random.default_rng(sum(shape)).integers(0, 100, shape).astype(dtype)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(130, 261), (16, 17), (5, 40, 33), (2, 30, 7, 19), (1, 64, 1, 65)])
def test_permuted_axes(shape: tuple[int, ...], dtype: str, threads: int) -> None:
    a = numbers(shape, dtype)
    x = lp.input("x", shape, dtype)
    orders = [p for p in itertools.permutations(range(len(shape))) if p[-1] != len(shape) - 1]
    with configured(threads):
        found = lp.function([x], [lp.transpose(x, p) for p in orders])(a)
    for got, order in zip(found, orders, strict=True):
        np.testing.assert_array_equal(got, a.transpose(order))


@pytest.mark.parametrize("threads", [1, 2])
def test_maps_of_what_is_read_across_and_along(threads: int) -> None:
    a, b, c = numbers((50, 50), "float32"), numbers((50, 50), "float32"), numbers((50, 50), "float64")
    x, y, z = lp.input("x", a.shape), lp.input("y", b.shape), lp.input("z", c.shape, "float64")
    with configured(threads):
        found = lp.function([x, y, z], [
            x + x.T, x.T * y.T - y, lp.relu(x.T)[::-1], x.T[3:41, 5:30] + 1, x.T.astype("float64") + z.T + z,
            lp.pad(x.T, ((1, 2), (3, 0))), x.T.reshape(25, 100),
        ])(a, b, c)  # fmt: skip
    expected = (
        a + a.T, a.T * b.T - b, a.T[::-1], a.T[3:41, 5:30] + 1, a.T.astype("float64") + c.T + c,
        np.pad(a.T, ((1, 2), (3, 0))), a.T.reshape(25, 100),
    )  # fmt: skip
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("threads", [1, 2])
def test_images_and_channels(threads: int) -> None:
    """The two axes of an image are walked through as one."""
    a = numbers((3, 20, 9, 13), "float32")
    x = lp.input("x", a.shape)
    with configured(threads):
        f = lp.function([x], lp.transpose(x, (0, 2, 3, 1)))
        got, text = f(a), f.explain().section("C")
    np.testing.assert_array_equal(got, a.transpose(0, 2, 3, 1))
    assert "turn_0(x + " in text
    assert "for (int64_t i2 =" not in text


def test_state_that_is_turned_keeps_its_old_values_until_they_are_read() -> None:
    W = lp.parameter(numbers((40, 40), "float32"), name="W")
    old = W.numpy().copy()
    with configured(1):
        lp.function([], [], [(W, W.T)])()
    np.testing.assert_array_equal(W.numpy(), old.T)
