"""What courses do to arrays before they train: one-hot rows, a train/test split, batches.

Random choices use NumPy's RandomState, whose stream is frozen: a seed means the same split for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..errors import ArgumentError, DataError, ShapeError


def one_hot(labels: ArrayLike, classes: int | None = None, dtype: DTypeLike = "float32") -> NDArray[Any]:
    """Integer labels of any shape (...) as rows (..., classes) with a single one (Keras: to_categorical).

    classes: the largest label + 1 if not given. Raises DataError for labels that are not integers or
    lie outside of 0..classes-1.

    >>> one_hot([2, 0, 1])
    array([[0., 0., 1.],
           [1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    indices = np.asarray(labels)
    if not np.issubdtype(indices.dtype, np.integer):
        raise DataError("one_hot", f"labels have the dtype {indices.dtype}, expected integers")
    low, high = (int(indices.min()), int(indices.max())) if indices.size else (0, -1)
    classes = high + 1 if classes is None else classes
    if low < 0 or high >= classes:
        raise DataError("one_hot", f"labels lie in {low}..{high}, expected 0..{classes - 1}")
    rows = np.zeros((*indices.shape, classes), dtype)
    np.put_along_axis(rows, indices[..., None].astype(np.intp), 1, axis=-1)
    return rows


def train_test_split(
    *arrays: NDArray[Any], test_size: float = 0.25, seed: int | None = None, stratify: ArrayLike | None = None
) -> list[NDArray[Any]]:
    """Shuffle arrays alike and cut them in two: train and test of the first, of the second, ...

    test_size: a count (int) or a share (float below 1) of the rows. stratify: one label per row; each
    label then keeps its share in both parts, up to rounding. Raises ShapeError if the arrays' lengths
    differ, ArgumentError for a test_size that leaves no row in a part.

    >>> train, test = train_test_split(np.arange(10), test_size=3, seed=0)
    >>> train.shape, test.shape, sorted([*train, *test]) == list(range(10))
    ((7,), (3,), True)
    """
    labels = None if stratify is None else np.asarray(stratify)
    lengths = {len(array) for array in (*arrays, *([] if labels is None else [labels]))}
    if len(lengths) != 1:
        raise ShapeError("train_test_split", f"needs arrays of one length, got {sorted(lengths)}")
    n = lengths.pop()
    count = test_size if isinstance(test_size, int) else round(test_size * n)
    if not 0 < count < n:
        raise ArgumentError("train_test_split", f"test_size={test_size} of {n} rows leaves a part empty")
    random = np.random.RandomState(seed)
    rows = random.permutation(n)
    chosen = rows[:count] if labels is None else _stratified(rows, labels[rows], count)
    in_test = np.zeros(n, bool)
    in_test[chosen] = True
    # A fresh order: what the choice left over of `rows` starts with the labels that were full first.
    rows = random.permutation(n)
    train, test = rows[~in_test[rows]], rows[in_test[rows]]
    return [part for array in arrays for part in (array[train], array[test])]


def _stratified(rows: NDArray[np.intp], labels: NDArray[Any], count: int) -> NDArray[np.intp]:
    """`count` of the rows, from each label in proportion (largest remainders get the rest)."""
    groups = [rows[labels == label] for label in np.unique(labels)]
    exact = np.array([count * len(group) / len(rows) for group in groups])
    takes = np.floor(exact).astype(int)
    takes[np.argsort(takes - exact, kind="stable")[: count - takes.sum()]] += 1
    return np.concatenate([group[:take] for group, take in zip(groups, takes, strict=True)])


def batches(
    n: int, batch_size: int, *, shuffle: bool = True, seed: int | None = None, drop_last: bool = False
) -> Iterator[NDArray[np.intp]]:
    """Row numbers of one epoch over n rows, batch by batch; the last batch may be shorter.

    Raises ArgumentError for a batch_size below 1.

    >>> [rows.tolist() for rows in batches(5, 2, shuffle=False)]
    [[0, 1], [2, 3], [4]]
    """
    if batch_size < 1:
        raise ArgumentError("batches", f"batch_size is {batch_size}, expected at least 1")
    order = np.random.RandomState(seed).permutation(n) if shuffle else np.arange(n)
    stop = n - n % batch_size if drop_last else n
    return (order[start : start + batch_size] for start in range(0, stop, batch_size))
