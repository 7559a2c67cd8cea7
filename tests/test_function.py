"""lp.function: arguments, versions by shape, settings that change, updates, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide.errors import ArgumentError, IndexingError, ShapeError, SymbolicError
from limpide.runtime.toolchain import find

DEVICES = ["numpy"] if find() is None else ["numpy", "c"]
everywhere = pytest.mark.parametrize("device", DEVICES)


@everywhere
def test_one_version_for_every_shape(device: str) -> None:
    x = lp.input("x", (None, None))
    f = lp.function([x], [x.sum(0), x.shape[0] * 1.0])
    with configured(device=device):
        for shape in ((2, 3), (4, 1), (0, 3), (2, 3)):
            a = np.random.default_rng(0).integers(-3, 4, shape).astype(np.float32)
            total, rows = f(a)
            np.testing.assert_array_equal(total, a.sum(0))
            assert rows == shape[0]
        assert len(f.function.versions) == 3


@everywhere
def test_equal_names_share_a_size(device: str) -> None:
    x, y = lp.input("x", ("n", 2)), lp.input("y", ("n",))
    f = lp.function([x, y], x.T @ y)
    with configured(device=device):
        np.testing.assert_array_equal(f(np.ones((3, 2)), np.ones(3)), [3, 3])
        with pytest.raises(ShapeError, match=r"'y' has shape \(4,\), but \(n,\) is expected"):
            f(np.ones((3, 2)), np.ones(4))
        with pytest.raises(ShapeError, match="'x' has shape"):
            f(np.ones(3), np.ones(3))


def test_settings_take_effect_at_the_next_call() -> None:
    x = lp.input("x", (2,))
    f = lp.function([x], x + 1)
    with configured(device="numpy"):
        f(np.zeros(2))
        first = next(iter(f.function.versions.values()))
        f(np.ones(2))
        assert next(iter(f.function.versions.values())) is first
        lp.config.check_numerics = True
        try:
            f(np.ones(2))
            assert next(iter(f.function.versions.values())) is not first
        finally:
            lp.config.check_numerics = False


@everywhere
def test_results_come_in_the_nesting_that_was_asked_for(device: str) -> None:
    x = lp.input("x", (2,))
    f = lp.function([x], {"a": x, "b": (x * 2, [x.sum(), x])})
    with configured(device=device):
        found = f(np.ones(2, np.float32))
    assert list(found) == ["a", "b"]
    np.testing.assert_array_equal(found["b"][0], [2, 2])
    assert found["b"][1][0] == 2
    found["a"][:] = 9
    np.testing.assert_array_equal(found["b"][1][1], [1, 1])


def test_arguments_by_name_and_their_conversion() -> None:
    x, n = lp.input("x", (2,)), lp.input("n", (), "int64")
    f = lp.function([x, n], x * n)
    with configured(device="numpy"):
        for found in (
            f([1, 2], 3),
            f(x=[1.0, 2.0], n=3),
            f(np.array([1, 2]), n=np.int32(3)),
            f(lp.tensor([1.0, 2]), 3),
        ):
            np.testing.assert_array_equal(found, [3, 6])
        with pytest.raises(ArgumentError, match="'n' is missing"):
            f([1, 2])
        with pytest.raises(ArgumentError, match="'x' is given twice"):
            f([1, 2], 3, x=[1, 2])
        with pytest.raises(ArgumentError, match="'m' is not one of the inputs"):
            f([1, 2], n=3, m=4)
        with pytest.raises(ArgumentError, match="'n' is float64, but int64 is expected"):
            f([1, 2], 3.5)
        with pytest.raises(ArgumentError, match="'n' is complex"):
            f([1, 2], 1j)


def test_what_a_function_needs() -> None:
    x, y = lp.input("x", (2,)), lp.input("y", (2,))
    with pytest.raises(SymbolicError, match="needs the input 'y'"):
        lp.function([x], x + y)
    with pytest.raises(ArgumentError, match="is not an input"):
        lp.function([x + 1], x)


@everywhere
def test_new_values_have_the_shape_of_the_state(device: str) -> None:
    W = lp.parameter(np.ones((3, 2)), name="W")
    x = lp.input("x", (None, 2), "float64")
    with configured(device=device):
        for value in (W.sum(), W[:2], lp.tensor(np.ones((3, 3)))):
            with pytest.raises(ShapeError, match=r"\[assign\] 'W' has shape \(3, 2\), the new value"):
                lp.function([], [], [(W, value)])
        with pytest.raises(ArgumentError, match="'W' gets two new values"):
            lp.function([], [], [(W, W + 1), (W, W + 2)])
        f = lp.function([x], [], {W: W + x})
        f(np.ones((3, 2)))
        with pytest.raises(ShapeError):
            f(np.ones((1, 2)).repeat(4, 0))
        np.testing.assert_array_equal(W.numpy(), np.full((3, 2), 2.0))


@everywhere
def test_new_values_are_converted_to_the_state(device: str) -> None:
    W = lp.parameter(np.zeros(2, np.float32), name="W")
    with configured(device=device):
        lp.function([], [], [(W, lp.tensor(np.array([1.5, 2.5])))])()
    assert W.dtype == np.float32
    np.testing.assert_array_equal(W.numpy(), [1.5, 2.5])


def test_variables_name_the_formulas() -> None:
    x = lp.input("x", (2,))
    hidden = x * 2
    program = lp.function([x], hidden + 1, name="affine").program
    assert program.name == "affine"
    assert hidden.name == "hidden"


def fails(device: str) -> Any:
    x, i = lp.input("x", (3,)), lp.input("i", (), "int64")
    return lp.function([x, i], x[i])


@everywhere
def test_errors_at_run_time_are_alike_on_all_devices(device: str) -> None:
    f = fails(device)
    with configured(device=device), pytest.raises(IndexingError) as caught:
        f(np.zeros(3), 5)
    assert "5" in caught.value.what and "outside of axis 0 of size 3" in caught.value.what
    assert "x[i]" in str(caught.value)


def test_a_small_constant_is_shared_and_gets_nobodys_name() -> None:
    x = lp.input("x", (3,))
    half = lp.tensor(0.3125)
    lp.function([x], x * half)
    table = lp.tensor(np.arange(30.0))
    lp.function([x], x + table.sum() * half)
    assert (half.node.name, table.node.name) == (None, "table")
