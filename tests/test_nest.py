"""Nested arguments come apart and together again."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from limpide.nest import flatten, names, unflatten

Point = namedtuple("Point", "x y")
leaves = st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
nestings = st.recursive(
    leaves | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.tuples(inner, inner).map(lambda pair: Point(*pair))
    ),
    max_leaves=8,
)


@given(nestings)
def test_there_and_back(value: Any) -> None:
    flat, spec = flatten(value)
    assert unflatten(spec, flat) == value
    assert type(unflatten(spec, flat)) is type(value)
    assert len(names(value, "x")) == len(flat)
    hash(spec)


@given(nestings)
def test_the_nesting_holds_other_leaves(value: Any) -> None:
    flat, spec = flatten(value)
    again, same = flatten(unflatten(spec, range(len(flat))))
    assert again == list(range(len(flat)))
    assert same == spec


def test_nestings_of_equal_leaves_differ() -> None:
    specs = [flatten(v)[1] for v in ((1, 2), [1, 2], {"a": 1, "b": 2}, ((1,), 2), (1, 2, None), Point(1, 2))]
    assert len(set(specs)) == len(specs)


def test_names_are_what_one_would_write() -> None:
    assert names({"w": (1, [2]), "b": None}, "p") == ["p_w_0", "p_w_1_0"]
    assert names(3, "x") == ["x"]
