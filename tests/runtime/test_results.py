"""Arrays of large outputs are written to again only when nobody else can see them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import limpide as lp
from limpide.dtypes import LARGE
from limpide.runtime import execute
from limpide.runtime.toolchain import find

N = LARGE // 4


@pytest.fixture
def add_one(monkeypatch: pytest.MonkeyPatch) -> Callable[[np.ndarray], np.ndarray]:
    if find() is None:
        pytest.skip("no C compiler")
    monkeypatch.setattr(lp.config, "device", "c")
    x = lp.input("x", (N,))
    return lp.function([x], x + 1)


def array(value: float) -> np.ndarray:
    return np.full(N, value, np.float32)


def test_results_that_are_held_keep_their_values(add_one: Callable[[np.ndarray], np.ndarray]) -> None:
    held = [add_one(array(i)) for i in range(5)]
    assert [r[0] for r in held] == [1, 2, 3, 4, 5]


def test_views_and_buffers_hold_a_result(add_one: Callable[[np.ndarray], np.ndarray]) -> None:
    view = add_one(array(1))[::2]
    buffer = memoryview(add_one(array(2)))
    for i in range(4):
        add_one(array(10 + i))
    assert view[3] == 2
    assert buffer[3] == 3


def test_a_loop_uses_two_arrays(add_one: Callable[[np.ndarray], np.ndarray]) -> None:
    seen = set()
    for i in range(6):
        result = add_one(array(i))
        seen.add(id(result))
        assert result[-1] == i + 1
    assert len(seen) <= execute.SPARES


def test_results_can_be_written_to_and_tensors_cannot_change(
    add_one: Callable[[np.ndarray], np.ndarray],
) -> None:
    add_one(array(0))[:] = 7
    assert add_one(array(1))[0] == 2
    doubled = lp.compile(lambda x: x * 2)
    first, second = doubled(array(1)), doubled(array(2))
    del second
    third = doubled(array(3))
    assert (float(first[0]), float(third[0])) == (2, 6)


def test_small_results_are_always_new() -> None:
    x = lp.input("x", (3,))
    f = lp.function([x], x + 1)
    first = f(np.zeros(3))
    f(np.ones(3))
    assert first.tolist() == [1, 1, 1]
