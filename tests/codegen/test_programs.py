"""The C device computes random programs to the bits of the NumPy device, on one thread and on two."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from codegen.programs import differences
from limpide.runtime.toolchain import find

pytestmark = pytest.mark.skipif(find() is None, reason="no C compiler")
some = settings(max_examples=8, phases=[Phase.generate])  # every one compiles C
seeds = st.integers(0, 2**32)


@pytest.mark.parametrize("threads", [1, 2])
@some
@given(seeds)
def test_random_programs(threads: int, seed: int) -> None:
    assert differences(seed, threads) is None


@pytest.mark.parametrize("threads", [1, 2])
@some
@given(seeds)
def test_with_nan_inf_and_empty_axes(threads: int, seed: int) -> None:
    assert differences(seed, threads, special=0.4, empty=0.2) is None


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 400, 20))
def test_many_random_programs(first: int) -> None:
    for seed in range(first, first + 20):
        assert differences(seed, 1 + seed % 2, special=0.1, empty=0.05) is None


@pytest.mark.parametrize(
    ("seed", "why"),
    [
        (26, "a kernel that reads what a loop makes was put before the loop"),
        (10004, "a position was read although nothing is taken"),
        (21106, "what is empty in a loop was taken for the same outside of it"),
        (20472, "a result that nobody reads was given a place nowhere"),
    ],
)
def test_programs_that_went_wrong(seed: int, why: str) -> None:
    assert differences(seed, 2, special=0.3, empty=0.1) is None, why
    assert differences(seed, 2, special=0.1, empty=0.05) is None, why
