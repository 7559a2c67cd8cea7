"""Integer arithmetic on loop variables agrees with that on numbers, whatever was simplified."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limpide.schedule.index import Condition, Index, Quotient, Var, c_text, linear, var

VARS = [Var("i", 5), Var("j", 7), Var("k", 12)]
Step = tuple[str, int]
steps = st.lists(
    st.tuples(st.sampled_from(["add", "times", "over", "rest", "plus"]), st.integers(1, 12)), max_size=7
)


def evaluate(index: Index, values: dict[str, int]) -> int:
    total = index.offset
    for atom, factor in index.terms:
        if isinstance(atom, Var):
            part = values[atom.name]
        else:
            assert isinstance(atom, Quotient)
            inner = evaluate(atom.value, values)
            assert inner >= 0, "C rounds towards zero"
            part = inner % atom.by if atom.remainder else inner // atom.by
        total += part * factor
    return total


def built(steps: list[Step], values: dict[str, int]) -> tuple[Index, int]:
    """An index made step by step, and the number that it stands for."""
    index, number = Index(()), 0
    for word, n in steps:
        if word == "add":
            v = VARS[n % 3]
            sign = 1 if n > 4 else -1
            index, number = index + var(v.name, v.extent) * n * sign, number + values[v.name] * n * sign
        elif word == "plus":
            index, number = index + (n - 6), number + n - 6
        elif word == "times":
            index, number = index * n, number * n
        elif word == "over":
            index, number = index // n, number // n
        else:
            index, number = index % n, number % n
    return index, number


points = st.fixed_dictionaries({v.name: st.integers(0, v.extent - 1) for v in VARS})


@given(steps, points)
def test_an_index_stands_for_the_number(steps: list[Step], values: dict[str, int]) -> None:
    index, number = built(steps, values)
    assert evaluate(index, values) == number
    low, high = index.bounds()
    assert low <= number <= high


@given(steps, points)
def test_the_c_text_is_the_same_number(steps: list[Step], values: dict[str, int]) -> None:
    index, number = built(steps, values)
    text = c_text(index, lambda atom: "").replace("/", "//")
    assert eval(text, {}, dict(values)) == number


@given(steps, points, st.integers(-30, 30))
def test_comparisons_are_decided_only_where_they_hold_for_all(
    steps: list[Step], values: dict[str, int], limit: int
) -> None:
    index, number = built(steps, values)
    for found, truth in (
        (index < limit, number < limit),
        (index >= limit, number >= limit),
        (index.equals(limit), number == limit),
    ):
        assert holds(found, values) == truth


def holds(found: Condition | bool, values: dict[str, int]) -> bool:
    if isinstance(found, bool):
        return found
    compare: dict[str, Any] = {"<": int.__lt__, ">=": int.__ge__, "==": int.__eq__}
    return all(compare[sign](evaluate(index, values), n) for index, sign, n in found.parts)


@given(steps, points)
def test_atoms_can_be_replaced(steps: list[Step], values: dict[str, int]) -> None:
    """k becomes 4 * a + b, as when loops are flattened or split."""
    index, number = built(steps, values)
    split = {VARS[2]: var("a", 3) * 4 + var("b", 4)}
    inside = dict(values) | {"a": values["k"] // 4, "b": values["k"] % 4}
    assert evaluate(index.mapped(split), inside) == number  # type: ignore[arg-type]


def test_rows_and_columns_of_a_flat_index_come_back() -> None:
    i, j = var("i", 5), var("j", 7)
    flat = linear((i, j), (5, 7))
    assert (flat // 7, flat % 7) == (i, j)
    assert (flat % 35) // 7 * 7 + flat % 7 == flat


@pytest.mark.parametrize("by", [2, 3, 7])
def test_quotient_and_rest_join_again(by: int) -> None:
    k = var("k", 12)
    assert k // by * by + k % by == k
    assert (k // by) * by * 3 + (k % by) * 3 == k * 3


def test_a_loop_of_one_step_is_no_variable() -> None:
    assert var("i", 1) == Index(())
    assert linear((var("i", 1), var("j", 4)), (1, 4)) == var("j", 4)
