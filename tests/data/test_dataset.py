"""Dataset: the order of samples, batches, workers; every epoch can be started anywhere."""

from __future__ import annotations

import itertools
import operator
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import limpide as lp
from limpide.data import Dataset
from limpide.data.workers import in_order

N = np.arange(10)


def values(data: Dataset, epoch: int = 0, start: int = 0) -> list[Any]:
    return [np.asarray(v).tolist() for v in data.epoch(epoch, start)]


def test_arrays_give_their_rows() -> None:
    data = Dataset.from_arrays(N, N * 2)
    assert len(data) == 10 and list(data)[3] == (3, 6)
    assert next(iter(Dataset.from_arrays({"a": N, "b": N + 1}))) == {"a": 0, "b": 1}
    assert values(Dataset.from_arrays(N).batch(4)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert values(Dataset.from_arrays(N).batch(4, drop_last=True)) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert values(Dataset.from_items([5, 6, 7]).batch(2)) == [[5, 6], [7]]


def test_the_order_of_an_epoch_is_that_of_fit() -> None:
    data = Dataset.from_arrays(N).shuffle(seed=3)
    for epoch in range(3):
        assert values(data, epoch) == np.random.default_rng([3, epoch]).permutation(10).tolist()
    assert [int(v) for v in data] == values(data, 0) and [int(v) for v in data] == values(data, 1)
    assert sorted(values(data.shuffle(4), 5)) == N.tolist() != values(data.shuffle(4), 5)


def test_streams_are_shuffled_in_a_buffer() -> None:
    data = Dataset.from_iterable(lambda: range(100), 100).shuffle(seed=1, buffer=10)
    first = values(data)
    assert sorted(first) == list(range(100)) != first == values(data) != values(data, 1)
    assert max(np.arange(100) - np.array(first)) > 3 and min(first[:1]) < 11


def test_take_skip_repeat_map() -> None:
    data = Dataset.from_arrays(N)
    assert values(data.skip(2).take(3).map(lambda v: v * v)) == [4, 9, 16]
    assert len(data.skip(8).take(5)) == 2 and len(data.take(0)) == 0
    assert values(data.take(2).repeat(3)) == [0, 1, 0, 1, 0, 1]
    assert list(itertools.islice(data.take(2).repeat(), 5)) == [0, 1, 0, 1, 0]
    assert data.repeat().length is None and len(data.repeat(2)) == 20
    shuffled = data.shuffle(0).repeat(2)
    assert values(shuffled) == values(data.shuffle(0), 0) + values(data.shuffle(0), 1)
    assert list(Dataset.from_iterable(list, 0).repeat()) == []
    with pytest.raises(TypeError, match="not known"):
        len(data.repeat())


PIPELINES = {
    "arrays": lambda: Dataset.from_arrays(N).shuffle(2).batch(3),
    "mapped": lambda: Dataset.from_arrays(N).map(lambda v, rng: v + rng.random(), seed=5).batch(4),
    "stream": lambda: Dataset.from_iterable(lambda: range(10), 10).shuffle(1, buffer=4).batch(3),
    "endless": lambda: Dataset.from_arrays(N).shuffle(2).repeat().batch(3).take(9),
    "unknown": lambda: Dataset.from_iterable(lambda: range(4)).repeat().skip(1).take(11),
    "twice": lambda: Dataset.from_arrays(N).shuffle(1).take(7).repeat(2).skip(3).prefetch(2),
    "workers": lambda: Dataset.from_arrays(N).map(lambda v: v + 1, workers=3).batch(2),
}


@pytest.mark.parametrize("name", PIPELINES)
def test_an_epoch_can_start_anywhere(name: str) -> None:
    for epoch in range(2):
        whole = values(PIPELINES[name](), epoch)
        assert whole
        for start in range(len(whole) + 2):
            assert values(PIPELINES[name](), epoch, start) == whole[start:]


@given(st.integers(0, 30), st.integers(1, 7), st.integers(0, 8), st.booleans())
def test_batches_hold_every_row_once(rows: int, size: int, start: int, drop: bool) -> None:
    data = Dataset.from_arrays(np.arange(rows)).shuffle(0).batch(size, drop)
    found = values(data, 0, start)
    assert len(values(data)) == len(data) == (rows // size if drop else -(-rows // size))
    assert found == values(data)[start:]
    if not drop:
        assert sorted(itertools.chain(*values(data))) == list(range(rows))


# --------------------------------------------------------------------------------------------- workers
def drawn(x: Any, rng: np.random.Generator) -> Any:
    return x + rng.random()


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_workers_keep_the_order_and_the_draws(workers: int) -> None:
    data = Dataset.from_arrays(np.arange(50.0)).map(drawn, workers=workers, seed=1)
    assert values(data, 2) == [i + np.random.default_rng([1, 2, i]).random() for i in range(50)]


def test_threads_work_at_once() -> None:
    together = threading.Barrier(3, timeout=10)

    def wait(x: Any) -> Any:
        together.wait()
        return x

    assert values(Dataset.from_arrays(np.arange(6)).map(wait, workers=3)) == list(range(6))


@pytest.mark.slow
def test_processes() -> None:
    assert list(in_order(operator.mul, ((2, i) for i in range(5)), workers=2, processes=True)) == [
        0,
        2,
        4,
        6,
        8,
    ]


def test_what_cannot_be_sent_to_processes() -> None:
    with pytest.raises(lp.LimpideError, match="cannot be sent to other processes.*\n.*\n.*processes=False"):
        list(Dataset.from_arrays(N).map(lambda x: x, workers=2, processes=True))


def test_an_error_stands_at_its_place() -> None:
    def fail(x: Any) -> Any:
        if x == 5:
            raise ValueError("five")
        return x

    for data in (
        Dataset.from_arrays(N).map(fail, workers=3),
        Dataset.from_arrays(N).map(fail).prefetch(3),
        Dataset.from_arrays(N).map(fail),
    ):
        seen = []
        with pytest.raises(ValueError, match="five"):
            for element in data:
                seen.append(int(element))
        assert seen == [0, 1, 2, 3, 4]


def test_prefetch_computes_ahead_and_ends_with_its_user() -> None:
    made: list[int] = []

    def note(x: Any) -> Any:
        made.append(int(x))
        return x

    elements = iter(Dataset.from_arrays(np.arange(100)).map(note).prefetch(3))
    next(elements)
    until = time.monotonic() + 5
    while len(made) < 4 and time.monotonic() < until:
        time.sleep(0.01)
    assert 4 <= len(made) <= 6
    elements.close()  # type: ignore[attr-defined]
    assert not [t for t in threading.enumerate() if t.name == "limpide-prefetch"]


# ---------------------------------------------------------------------------------------------- files
def test_rows_of_a_file(tmp_path: Path) -> None:
    table = np.memmap(tmp_path / "a", np.float32, "w+", shape=(20, 3))
    table[:] = np.arange(60).reshape(20, 3)
    data = Dataset.from_arrays(table).shuffle(1).batch(6)
    order = np.random.default_rng([1, 0]).permutation(20)
    np.testing.assert_array_equal(np.concatenate(list(data)), np.arange(60).reshape(20, 3)[order])


# --------------------------------------------------------------------------------------------- errors
def test_what_is_refused() -> None:
    for call, text in {
        lambda: Dataset.from_arrays(N, N[:3]): r"\[Dataset\] the arrays have \[3, 10\] rows",
        lambda: Dataset.from_arrays(N).batch(0): r"\[batch\] 0 is not a whole number from 1 on",
        lambda: Dataset.from_arrays(N).take(-1): r"\[take\] -1 is not a whole number from 0 on",
        lambda: list(Dataset.from_items([np.zeros(1), np.zeros(2)]).batch(2)): "have different shapes",
    }.items():
        with pytest.raises(lp.LimpideError, match=text):
            call()
