"""Reductions over every choice of axes, with ties, NaN and long rows, as NumPy does them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide.graph import Array
from limpide.runtime.toolchain import find

pytestmark = pytest.mark.skipif(find() is None, reason="no C compiler")
both = pytest.mark.parametrize("threads", [1, 2])
SHAPE = (3, 4, 2, 5)
AXES = [a for n in range(1, 5) for a in itertools.combinations(range(4), n)]


def call(outputs: list[Any], inputs: list[Any], arrays: list[Array], threads: int) -> list[Array]:
    with configured(threads):
        return list(lp.function(inputs, outputs)(*arrays))


@both
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "bool", "uint8"])
def test_every_choice_of_axes(threads: int, dtype: str) -> None:
    a = np.random.default_rng(0).integers(-3, 4, SHAPE).astype(dtype)
    x = lp.input("x", SHAPE, dtype)
    names = ["sum", "max", "min", "any", "all"]
    found = call([getattr(lp, n)(x, axes) for n in names for axes in AXES], [x], [a], threads)
    wanted = [getattr(np, n)(a, axes) for n in names for axes in AXES]
    for got, want, (name, axes) in zip(found, wanted, itertools.product(names, AXES), strict=True):
        assert got.dtype == want.dtype, name
        np.testing.assert_array_equal(got, want, err_msg=f"{name} over {axes}")


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nan_and_ties(threads: int, dtype: str) -> None:
    """The first of equals wins; the first NaN wins over everything."""
    rng = np.random.default_rng(1)
    a = rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0], (40, 9)).astype(dtype)
    b = rng.choice([-np.inf, -1.0, 2.0], (40, 9)).astype(dtype)
    x, y = lp.input("x", a.shape, dtype), lp.input("y", b.shape, dtype)
    ways = [(n, t, axis) for n in ("argmax", "argmin", "max", "min") for t in (0, 1) for axis in (0, 1, None)]
    found = call([getattr(lp, n)((x, y)[t], axis) for n, t, axis in ways], [x, y], [a, b], threads)
    for got, (name, t, axis) in zip(found, ways, strict=True):
        np.testing.assert_array_equal(got, getattr(np, name)((a, b)[t], axis), err_msg=f"{name} {axis}")


@both
@pytest.mark.parametrize("shape", [(10_000,), (2, 5000), (5000, 3), (5, 4097), (4096, 2), (3, 100, 70)])
def test_long_sums_lose_nothing_to_their_length(threads: int, shape: tuple[int, ...]) -> None:
    a = np.random.default_rng(2).normal(size=shape).astype(np.float32) + 1
    x = lp.input("x", shape)
    ways = [a for n in range(1, len(shape) + 1) for a in itertools.combinations(range(len(shape)), n)]
    for got, axes in zip(call([x.sum(axes) for axes in ways], [x], [a], threads), ways, strict=True):
        size = float(np.abs(a).sum(axes).max())
        np.testing.assert_allclose(got, a.astype(np.float64).sum(axes), rtol=0, atol=1e-6 * size)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(
    "shape", [(5000, 10), (4, 9001), (2, 5003, 3), (3, 2, 4500), (7, 60, 80), (5, 4, 6, 12)]
)
def test_parts_of_threads(threads: int, shape: tuple[int, ...]) -> None:
    """Several results over the same loops, whichever of them threads share; NaN and Inf come through."""
    a = np.random.default_rng(4).integers(-4, 5, shape).astype(np.float32)
    a[0, 1], a.flat[-1] = np.inf, np.nan
    x = lp.input("x", shape)
    axes: list[Any] = [None, 0, 1, len(shape) - 1, (0, len(shape) - 1)]
    names = ["sum", "max", "min", "mean"]
    found = call([getattr(lp, n)(x, axis) for n in names for axis in axes], [x], [a], threads)
    for got, (name, axis) in zip(found, itertools.product(names, axes), strict=True):
        want = getattr(np, name)(a.astype(np.float64), axis)
        np.testing.assert_allclose(got, want, rtol=1e-6, err_msg=f"{name} {axis}")


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_rows_that_threads_share(threads: int) -> None:
    """The last loops run as one, of which each thread has a part, and totals are a row of it."""
    a = np.random.default_rng(6).integers(0, 9, (3, 5, 23, 12))
    x = lp.input("x", a.shape, "int64")
    for axes in AXES:
        got = call([x.max(axes), x.sum(axes)], [x], [a], threads)
        np.testing.assert_array_equal(got[0], a.max(axes), err_msg=str(axes))
        np.testing.assert_array_equal(got[1], a.sum(axes), err_msg=str(axes))


def test_long_sums_are_accurate() -> None:
    a = np.random.default_rng(5).normal(size=1_000_000).astype(np.float32)
    x = lp.input("x", (None, None))
    cases = [
        ((1, 1_000_000), 1),
        ((1_000_000, 1), 0),
        ((100_000, 10), 0),
        ((4, 250_000), 1),
        ((1000, 1000), None),
    ]
    for shape, axis in cases:
        got = call([x.sum(axis)], [x], [a.reshape(shape)], 2)[0]
        b = a.reshape(shape).astype(np.float64)
        assert np.all(np.abs(got - b.sum(axis)) <= 1e-7 * np.abs(b).sum(axis)), (shape, axis)


@both
def test_several_that_share_loops(threads: int) -> None:
    """Stages of one kernel: rows read again after they were reduced, sums of sums, what is shared."""
    a = np.random.default_rng(3).normal(size=(7, 6, 5))
    x = lp.input("x", a.shape, "float64")
    shifted = x - x.max(2, keepdims=True)
    parts = lp.exp(shifted) / lp.exp(shifted).sum(2, keepdims=True)
    centred = x - x.mean((0, 1))
    outputs = [
        parts,
        parts.sum(1),
        centred,
        (centred * centred).mean(0),
        x.sum(0) + x.sum(1)[:6, :],
        x.sum(2).max(),
    ]
    found = call(outputs, [x], [a], threads)
    e = np.exp(a - a.max(2, keepdims=True))
    p, c = e / e.sum(2, keepdims=True), a - a.mean((0, 1))
    for got, want in zip(
        found, [p, p.sum(1), c, (c * c).mean(0), a.sum(0) + a.sum(1)[:6], a.sum(2).max()], strict=True
    ):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


def test_long_chains_and_wide_sums() -> None:
    """Hundreds of operations in one expression: neither Python's stack nor the compiler's gives up."""
    x = lp.input("x", (5,), "float64")
    y, z = x, x
    for n in range(600):
        y = lp.absolute(y) * 0.5 - n
        z = z * 0.5 + lp.roll(x, n % 5) * (n % 7)
    given = np.linspace(0, 1, 5)
    with configured(1, "numpy"):
        wanted = lp.function([x], [y, z])(given)
    for got, want in zip(call([y, z], [x], [given], 1), wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9)


def test_negative_numbers_behind_operators() -> None:
    x = lp.input("x", (3,))
    padded = lp.pad(x, [(2, 0)], constant_values=-1.5)
    found = call([-padded[:2], x - padded[:3], -(x * 0 - 2.5)], [x], [np.zeros(3, np.float32)], 1)
    np.testing.assert_array_equal(found[0], [1.5, 1.5])
    np.testing.assert_array_equal(found[1], [1.5, 1.5, 0])
    np.testing.assert_array_equal(found[2], [2.5] * 3)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8", "int64"])
def test_positions_of_the_best_of_long_runs(dtype: str, threads: int) -> None:
    """The first of equal ones; the first NaN before all; in runs of nothing but the worst the first."""
    rng = np.random.default_rng(0)
    a = rng.integers(0, 9, (5, 2500)).astype(dtype)
    cases = [a]
    if dtype.startswith("float"):
        gaps = np.where(rng.random(a.shape) < 0.001, np.nan, a).astype(dtype)
        cases += [gaps, np.full_like(a, -np.inf), np.full_like(a, np.inf), np.full_like(a, np.nan)]
    x = lp.input("x", a.shape, dtype)
    with configured(threads):
        f = lp.function([x], [lp.argmax(x, 1), lp.argmin(x, 1), lp.argmax(x), lp.argmin(x), lp.argmax(x, 0)])
        for case in cases:
            wanted = (case.argmax(1), case.argmin(1), case.argmax(), case.argmin(), case.argmax(0))
            for got, expected in zip(f(case), wanted, strict=True):
                np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8", "bool"])
def test_rows_that_are_folded_together(dtype: str, threads: int) -> None:
    """Four rows at a time, and those that are left; long rows in tiles; NaN stays."""
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 9, shape).astype(dtype) for shape in ((11, 5000), (6, 19, 33), (4500, 7))]
    if dtype == "float32":
        arrays[0][10, 3] = arrays[1][2, 7, 5] = np.nan
    inputs = [lp.input(f"x{n}", a.shape, dtype) for n, a in enumerate(arrays)]
    names = ("any", "all") if dtype == "bool" else ("sum", "max", "min")
    ways = [(n, name, axis) for n, a in enumerate(arrays) for name in names for axis in range(a.ndim - 1)]
    with configured(threads):
        found = lp.function(inputs, [getattr(lp, name)(inputs[n], axis) for n, name, axis in ways])(*arrays)
    for got, (n, name, axis) in zip(found, ways, strict=True):
        np.testing.assert_array_equal(got, getattr(np, name)(arrays[n], axis))


def test_rows_that_are_picked_are_folded_one_by_one() -> None:
    a, at = np.arange(300, dtype=np.float32).reshape(20, 15), np.array([3, 1, 19, 0, -1, 7, 7, 2, 5, 11])
    x, i = lp.input("x", a.shape), lp.input("i", at.shape, "int64")
    with configured(1):
        got = lp.function([x, i], lp.take(x, i, axis=0).sum(0))(a, at)
    np.testing.assert_array_equal(got, a[at].sum(0))


@both
def test_a_fold_of_rows_behind_another(threads: int) -> None:
    """How often the largest of every column comes: both folds share their loops."""
    a = np.random.default_rng(0).integers(0, 5, (4, 39, 50)).astype("float32")
    x = lp.input("x", a.shape)
    largest = lp.max(x + 1, axis=1, keepdims=True)
    (got,) = call([lp.sum(lp.equal(x + 1, largest).astype("float32"), axis=1)], [x], [a], threads)
    np.testing.assert_array_equal(got, (a == a.max(1, keepdims=True)).sum(1))
