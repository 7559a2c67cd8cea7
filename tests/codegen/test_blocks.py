"""Block ops against NumPy: sorting by digits and by merging, running sums, joining, scattering."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide.graph import Array
from limpide.runtime.toolchain import find

pytestmark = pytest.mark.skipif(find() is None, reason="no C compiler")

INTEGERS = ("int8", "uint16", "int32", "uint32", "int64", "uint64", "bool")
SHAPES = (((97,), 0), ((2000,), 0), ((5, 130), 1), ((130, 41), 0), ((3, 200, 70), 1), ((9, 33), 1))


def numbers(shape: tuple[int, ...], dtype: str) -> Array:
    """Numbers of the whole range of a dtype, many of them equal; among floats NaN, infinities and -0."""
    rng = np.random.default_rng(sum(shape))
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if dtype.startswith("float"):
        x = rng.standard_normal(shape).astype(dtype)
        special = np.array([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, 1.0], dtype)
        return np.where(rng.random(shape) < 0.5, rng.choice(special, shape), x)
    limits = np.iinfo(dtype)
    x = rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    return np.where(rng.random(shape) < 0.5, x, x // np.asarray(limits.max // 9, dtype))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("dtype", ["float32", "float64", *INTEGERS])
def test_argsort_is_stable_with_nan_last(dtype: str, threads: int) -> None:
    arrays = [numbers(shape, dtype) for shape, _ in SHAPES]
    inputs = [lp.input(f"x{n}", a.shape, dtype) for n, a in enumerate(arrays)]
    axes = [axis for _, axis in SHAPES]
    with configured(threads):
        found = lp.function(inputs, [lp.argsort(x, axis) for x, axis in zip(inputs, axes, strict=True)])(
            *arrays
        )
    for got, a, axis in zip(found, arrays, axes, strict=True):
        np.testing.assert_array_equal(got, np.argsort(a, axis, kind="stable"))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_running_sums(threads: int) -> None:
    """The order of additions is NumPy's, for any number of threads."""
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape, _ in SHAPES]
    inputs = [lp.input(f"x{n}", a.shape) for n, a in enumerate(arrays)]
    axes = [axis for _, axis in SHAPES]
    with configured(threads):
        found = lp.function(inputs, [lp.cumsum(x, axis) for x, axis in zip(inputs, axes, strict=True)])(
            *arrays
        )
    for got, a, axis in zip(found, arrays, axes, strict=True):
        np.testing.assert_array_equal(got, np.cumsum(a, axis))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("axis", [0, 1])
def test_joined_arrays(axis: int, threads: int) -> None:
    """Parts that begin and end within the share of a thread, one twice, one without elements."""
    shapes = [(40, 300), (40, 300), (40, 300)]
    shapes[1] = (7, 300) if axis == 0 else (40, 11)
    a, b, c = (numbers(s, "int32") for s in shapes)
    x, y, z = (lp.input(name, s, "int32") for name, s in zip("xyz", shapes, strict=True))
    none: Any = x[:0] if axis == 0 else x[:, :0]
    with configured(threads):
        got = lp.function([x, y, z], lp.concatenate([y, x, none, x + 1, z], axis))(a, b, c)
    np.testing.assert_array_equal(got, np.concatenate([b, a, a + 1, c], axis))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(("shape", "axis"), [((50, 70), 0), ((50, 3), 0), ((4, 50, 5), 1)])
def test_scattered_rows_are_added_in_order(shape: tuple[int, ...], axis: int, threads: int) -> None:
    """The gradient of take: the same bits for any number of threads."""
    rng = np.random.default_rng(0)
    at = rng.integers(-50, 50, 400)
    g = rng.standard_normal((*shape[:axis], 400, *shape[axis + 1 :])).astype(np.float32)
    W = lp.parameter(np.zeros(shape, np.float32), name="W")
    i, y = lp.input("i", at.shape, "int64"), lp.input("y", g.shape)
    with configured(threads):
        got = lp.function([i, y], lp.grad((lp.take(W, i, axis=axis) * y).sum(), [W])[0])(at, g)
    wanted = np.zeros(shape, np.float32)
    np.add.at(wanted, (slice(None),) * axis + (at,), g)
    np.testing.assert_array_equal(got, wanted)


def test_threads_share_arrays_before_the_axis_else_places_behind_it() -> None:
    x, y = lp.input("x", (64, 5000)), lp.input("y", (5000, 64))
    with configured(2):
        rows = lp.function([x], lp.argsort(x, 1)).explain().section("Schedule")
        columns = lp.function([y], lp.cumsum(y, 0)).explain().section("Schedule")
        joined = lp.function([y], lp.concatenate([y, y, y], 0)).explain().section("Schedule")
    for text, loop in ((rows, "b_"), (columns, "j_"), (joined, "e_")):
        assert loop in text
