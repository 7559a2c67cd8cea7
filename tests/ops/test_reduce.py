"""Every reduction, from its block: axes, layouts, dtypes, special values and gradients, on every device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.dtypes import SUPPORTED
from limpide.errors import ShapeError
from limpide.graph import Array
from limpide.ops.define import ReduceOp, ops
from ops.check import FLOATS, check_gradient, differs, run_everywhere, sample, special

REDUCTIONS = [op for op in ops.values() if isinstance(op, ReduceOp)]
VALUED = [op for op in REDUCTIONS if not op.located]
NONEMPTY = ("max", "min", "argmax", "argmin")
AXES: list[Any] = [None, 0, 1, -1, (0, 2), (1, 2), (0, 1, 2)]


def build(op: ReduceOp) -> Callable[..., Any]:
    return lp.functions[op.name]


def reference(op: ReduceOp, x: Array, axis: Any) -> Array:
    """NumPy's function, in extended precision where it rounds."""
    precise = x.astype(np.longdouble) if x.dtype.kind == "f" and not op.located else x
    return np.asarray(getattr(np, op.name)(precise, axis=axis))


def layouts(x: Any) -> dict[str, Any]:
    """The same kind of array read in other orders."""
    return {"plain": x, "transposed": x.transpose((2, 0, 1)), "strided": x[::2, :, ::-1], "part": x[1:, 1:3]}


@pytest.mark.parametrize("dtype", SUPPORTED, ids=str)
def test_forward_on_every_device(dtype: np.dtype[Any]) -> None:
    """All axes and layouts where arithmetic differs most, one of each for the other dtypes."""
    full = dtype in (np.float32, np.float64, np.int64)

    def everything(x: Any, small: Any, none: Any) -> dict[str, Any]:
        found = {}
        for op in REDUCTIONS:
            for label, view in layouts(x).items():
                for axis in AXES if full and label == "plain" else (0, 2, None) if full else (1,):
                    if not (op.located and isinstance(axis, tuple)):
                        found[f"{op.name} {label} {axis}"] = build(op)(view, axis=axis)
            found[f"{op.name} kept"] = build(op)(x, axis=1, keepdims=True)
            found[f"{op.name} small"] = build(op)(small)
            found[f"{op.name} along empty"] = build(op)(none, axis=0)
            if op.name not in NONEMPTY:
                found[f"{op.name} of nothing"] = build(op)(none, axis=1)
        return found

    x = sample(dtype, (4, 5, 6), -2, 2)
    run_everywhere(everything, x, sample(dtype, (), 0, 2), np.zeros((3, 0), dtype), ulps=64, scaled=2)


@pytest.mark.parametrize("dtype", SUPPORTED, ids=str)
@pytest.mark.parametrize("op", REDUCTIONS, ids=lambda op: op.name)
def test_forward_and_dtype_are_those_of_numpy(op: ReduceOp, dtype: np.dtype[Any]) -> None:
    x = sample(dtype, (3, 4, 5), -2, 2)
    for axis in (None, 1, -1) if op.located else AXES:
        got = build(op)(x, axis=axis).numpy()
        want = reference(op, x, axis)
        assert got.dtype == getattr(np, op.name)(x, axis=axis).dtype
        assert differs(got, want.astype(got.dtype), ulps=16, scaled=1) is None
        kept = build(op)(x, axis=axis, keepdims=True)
        assert kept.shape == getattr(np, op.name)(x, axis=axis, keepdims=True).shape


@pytest.mark.parametrize("dtype", [*FLOATS, np.dtype(np.int32)], ids=str)
def test_special_values_wherever_they_stand(dtype: np.dtype[Any]) -> None:
    """One special value among ordinary ones, at the first, a middle and the last place."""
    rows = []
    for value in special(dtype):
        for place in (0, 9, 36):
            row = sample(dtype, (37,), 1, 5, seed=place)
            row[place] = value
            rows.append(row)
    x = np.array(rows)

    def everything(x: Any) -> dict[str, Any]:
        return {op.name: build(op)(x, axis=1) for op in REDUCTIONS if op.name != "prod"}

    for op, got in zip(
        (o for o in REDUCTIONS if o.name != "prod"), run_everywhere(everything, x, ulps=128), strict=True
    ):
        if op.located or op.name in ("max", "min", "any", "all"):
            assert differs(got, getattr(np, op.name)(x, axis=1), ulps=0) is None, op.name


def test_long_float32_sums_are_exact_to_the_last_place() -> None:
    x = np.random.default_rng(0).uniform(0, 1, 300_001).astype(np.float32)
    for got in run_everywhere(lambda x: (x.sum(), x.mean()), x, ulps=2):
        exact = x.astype(np.float64).sum() / (1 if got > 1 else x.size)
        assert abs(float(got) - exact) <= 2e-7 * exact


def test_the_first_of_equal_elements_and_the_first_nan_win() -> None:
    x = np.float32([[1, 3, 3], [np.nan, 5, np.nan], [2, np.nan, 1]])
    up, down = run_everywhere(lambda x: (lp.argmax(x, axis=1), lp.argmin(x, axis=1)), x)
    assert up.tolist() == [1, 0, 1] and down.tolist() == [0, 0, 1]
    assert int(lp.argmax(np.zeros((2, 3)))) == 0


# -------------------------------------------------------------------------------------------- gradients
def differentiable() -> Iterator[ReduceOp]:
    for op in VALUED:
        if op.name not in ("any", "all"):
            yield op


@pytest.mark.parametrize("axis", [None, 0, (0, 2)], ids=str)
@pytest.mark.parametrize("op", list(differentiable()), ids=lambda op: op.name)
def test_gradients_against_finite_differences(op: ReduceOp, axis: Any) -> None:
    x = sample(np.float64, (3, 2, 3), 0.5, 1.5)
    check_gradient(lambda x: build(op)(x * x, axis=axis), x)


@pytest.mark.parametrize("zeros", [0, 1, 2, 3])
def test_products_with_zeros_have_exact_derivatives(zeros: int) -> None:
    x = np.arange(1.0, 6.0)
    x[:zeros] = 0
    check_gradient(lambda x: x.prod(), x, order=3)
    others = [np.delete(x, i).prod() for i in range(5)]
    np.testing.assert_allclose(lp.grad(lambda x: x.prod())(x), others)


def test_equal_extremes_share_the_gradient() -> None:
    assert lp.grad(lambda x: x.max())(np.float64([2, 5, 5, 1])).tolist() == [0, 0.5, 0.5, 0]
    assert lp.grad(lambda x: x.min(axis=0).sum())(np.ones((2, 2))).tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_gradients_on_every_device() -> None:
    def everything(x: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for op in differentiable():
            for axis in (None, 0, (1, 2)):
                y = lambda x, op=op, axis=axis: (build(op)(x, axis=axis) ** 2).sum()  # noqa: E731
                first = lp.grad(y)
                found[f"{op.name} {axis}"] = first(x)
                found[f"{op.name} {axis} twice"] = lp.grad(lambda x, f=first: (f(x) ** 2).sum())(x)
        return found

    run_everywhere(everything, sample(np.float64, (3, 4, 2), 0.5, 1.5), ulps=512, scaled=16)


# -------------------------------------------------------------------------------------- errors and words
def test_nothing_to_take_the_maximum_of() -> None:
    with pytest.raises(ShapeError, match=r"\[max\] there is nothing to take the max of"):
        lp.max(np.zeros((2, 0)), axis=1)
    assert lp.max(np.zeros((0, 2)), axis=1).shape == (0,)


def test_wrong_axes() -> None:
    with pytest.raises(lp.LimpideError, match=r"\[sum\] axis 2 is outside of the 2 axes"):
        lp.sum(np.zeros((2, 2)), axis=2)
    with pytest.raises(ShapeError, match=r"\[sum\] axis \(0, -2\) names one axis twice"):
        lp.sum(np.zeros((2, 2)), axis=(0, -2))


def test_numpy_keywords() -> None:
    x = lp.tensor(np.arange(6.0).reshape(2, 3))
    assert np.sum(x, axis=1, keepdims=True).shape == (2, 1)
    assert np.sum(x, dtype="float32").dtype == np.float32
    assert np.add.reduce(x).tolist() == [3, 5, 7] and np.maximum.reduce(x, axis=1).tolist() == [2, 5]
    assert int(lp.count_nonzero(x)) == 5
