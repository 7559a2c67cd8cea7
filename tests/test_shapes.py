"""Sizes that may be unknown: their arithmetic is that of the numbers that they turn out to be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limpide.errors import IndexingError, LimpideError, ShapeError, SymbolicError
from limpide.shapes import Dim, axes_of, axis_of, broadcast, is_static, product, same, show, substitute

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "subtract", "from", "times", "over", "size", "both"]), st.integers(1, 6)
    ),
    max_size=8,
)


@given(STEPS, st.fixed_dictionaries({"n": st.integers(0, 9), "m": st.integers(1, 9)}))
def test_arithmetic_is_that_of_the_numbers(steps: list[tuple[str, int]], sizes: dict[str, int]) -> None:
    size: Any = Dim.named("n")
    number = sizes["n"]
    m = Dim.named("m")
    for word, k in steps:
        if word == "add":
            size, number = size + k, number + k
        elif word == "subtract":
            size, number = size - k, number - k
        elif word == "from":
            size, number = k - size, k - number
        elif word == "times":
            size, number = size * k, number * k
        elif word == "over":
            size, number = size // k, number // k
        elif word == "size":
            size, number = size + m * k, number + sizes["m"] * k
        else:
            size, number = size * m, number * sizes["m"]
    assert substitute(size, sizes) == number
    assert substitute((size, (size, "x")), sizes) == (number, (number, "x"))


def test_equal_sizes_are_equal_however_they_were_made() -> None:
    n, m = Dim.named("n"), Dim.named("m")
    assert (n + m) * (n - m) == n * n - m * m
    assert (n * m) // m == n
    assert (4 * n + 2) // 2 == 2 * n + 1
    assert n // n == 1
    assert n - n == 0
    assert hash(n + m) == hash(m + n)
    assert Dim.named() != Dim.named()
    assert n != 3


def test_an_unknown_size_is_no_number() -> None:
    n = Dim.named("n")
    for use in (int, range, bool, lambda d: d < 3):
        with pytest.raises((SymbolicError, TypeError)):
            use(n)
    with pytest.raises(ShapeError, match="cannot be divided"):
        (n + 1) // Dim.named("m")


def test_how_shapes_are_shown() -> None:
    n = Dim.named("n")
    assert show((n, 2)) == "(n, 2)"
    assert show((Dim.named(), 3)) == "(None, 3)"
    assert show(()) == "()"
    assert show((n * 2 + 1,)) == "(1 + 2*n,)"


shapes = st.lists(st.sampled_from([0, 1, 1, 2, 3]), max_size=4).map(tuple)


@given(shapes, shapes, shapes)
def test_broadcasting_is_numpys(a: tuple[int, ...], b: tuple[int, ...], c: tuple[int, ...]) -> None:
    try:
        wanted = np.broadcast_shapes(a, b, c)
    except ValueError:
        with pytest.raises(ShapeError, match="do not broadcast"):
            broadcast("add", a, b, c)
    else:
        assert broadcast("add", a, b, c) == wanted


def test_broadcasting_unknown_sizes() -> None:
    n = Dim.named("n")
    assert broadcast("add", (n, 1), (n, 4)) == (n, 4)
    assert broadcast("add", (n,), (1,)) == (n,)
    assert broadcast("add", (n,), (3,)) == (3,)  # checked when n is known
    with pytest.raises(ShapeError, match="transposed"):
        broadcast("add", (2, 3), (3, 2))


@given(st.integers(-6, 6), st.integers(0, 5))
def test_axes_count_from_the_end_too(axis: int, rank: int) -> None:
    if -rank <= axis < rank:
        assert axis_of("sum", axis, rank) == range(rank)[axis]
    else:
        with pytest.raises(IndexingError, match=f"axis {axis} is outside of the {rank} axes"):
            axis_of("sum", axis, rank)


def test_several_axes() -> None:
    assert axes_of("sum", None, 3) == (0, 1, 2)
    assert axes_of("sum", (-1, 0), 3) == (0, 2)
    assert axes_of("sum", (), 3) == ()
    assert axes_of("sum", np.int64(1), 3) == (1,)
    with pytest.raises(ShapeError, match="twice"):
        axes_of("sum", (1, -2), 3)
    with pytest.raises(LimpideError, match="integer"):
        axes_of("sum", 1.5, 3)


def test_small_questions() -> None:
    n = Dim.named("n")
    assert product((2, 3)) == 6
    assert product(()) == 1
    assert product((2, n)) == n * 2
    assert is_static((1, 2)) and not is_static((1, n))
    assert same(n, 3) and same(3, 3) and not same(2, 3)
