from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limpide.data import batches, one_hot, train_test_split
from limpide.errors import ArgumentError, DataError, ShapeError


def test_one_hot() -> None:
    rows = one_hot(np.array([[1, 0], [2, 2]], "uint8"), 4)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, np.eye(4)[[[1, 0], [2, 2]]])
    assert one_hot(np.zeros(0, int), 3).shape == (0, 3)
    assert one_hot([1], dtype="int8").tolist() == [[0, 1]]


def test_one_hot_refuses_what_is_no_label() -> None:
    with pytest.raises(DataError, match=r"labels lie in 0\.\.3, expected 0\.\.2"):
        one_hot([0, 3], 3)
    with pytest.raises(DataError, match=r"labels lie in -1\.\.1"):
        one_hot([-1, 1])
    with pytest.raises(DataError, match="dtype float64, expected integers"):
        one_hot([0.0, 1.0])


@given(labels=st.lists(st.integers(0, 3), min_size=2, max_size=60), seed=st.integers(0, 99), data=st.data())
def test_split_keeps_rows_together_and_shares_of_labels(
    labels: list[int], seed: int, data: st.DataObject
) -> None:
    n = len(labels)
    count = data.draw(st.integers(1, n - 1))
    x, y = np.arange(n), np.array(labels)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=count, seed=seed, stratify=labels)
    assert len(x_test) == count
    assert sorted([*x_train, *x_test]) == list(range(n))
    np.testing.assert_array_equal(y[x_train], y_train)
    np.testing.assert_array_equal(y[x_test], y_test)
    share = np.bincount(y, minlength=4) * count / n
    assert (abs(np.bincount(y_test, minlength=4) - share) < 1).all()


def test_split_depends_on_the_seed_alone() -> None:
    x = np.arange(100)
    train, test = train_test_split(x, test_size=0.2, seed=3)
    assert (len(train), len(test)) == (80, 20)
    assert train.tolist() != sorted(train)
    np.testing.assert_array_equal(train, train_test_split(x, test_size=0.2, seed=3)[0])
    assert train.tolist() != train_test_split(x, test_size=0.2, seed=4)[0].tolist()


def test_split_refuses() -> None:
    with pytest.raises(ShapeError, match=r"one length, got \[3, 4\]"):
        train_test_split(np.zeros(3), np.zeros(4))
    with pytest.raises(ShapeError, match=r"one length, got \[\]"):
        train_test_split()
    for test_size in (0, 4, 5, 0.01, -1, 1.5):
        with pytest.raises(ArgumentError, match="leaves a part empty"):
            train_test_split(np.zeros(4), test_size=test_size)


@given(n=st.integers(0, 50), size=st.integers(1, 60), shuffle=st.booleans(), drop=st.booleans())
def test_batches_hold_every_row_once(n: int, size: int, shuffle: bool, drop: bool) -> None:
    parts = list(batches(n, size, shuffle=shuffle, seed=1, drop_last=drop))
    rows = [row for part in parts for row in part.tolist()]
    assert len(rows) == len(set(rows)) == (n - n % size if drop else n)
    assert set(rows) <= set(range(n))
    assert all(len(part) == size for part in parts[: n // size])
    assert len(parts) == n // size + (n % size > 0 and not drop)


def test_batches_shuffle() -> None:
    first, again, other = (np.concatenate(list(batches(100, 7, seed=seed))) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first.tolist() != list(range(100))
    assert first.tolist() != other.tolist()
    with pytest.raises(ArgumentError, match="batch_size is 0, expected at least 1"):
        batches(3, 0)
