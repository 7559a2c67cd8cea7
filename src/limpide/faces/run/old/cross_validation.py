"""`sklearn.cross_validation`, which became `model_selection`; its splitters took the count of rows first."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np

_selection = importlib.import_module("sklearn.model_selection")

train_test_split = _selection.train_test_split
cross_val_score = _selection.cross_val_score
cross_val_predict = _selection.cross_val_predict


class _Splits:
    """Pairs of row numbers, to train on and to test on."""

    def __init__(self, splitter: Any, rows: Any, labels: Any = None):
        self._splitter, self._rows, self._labels = splitter, rows, labels

    def __iter__(self) -> Iterator[Any]:
        return iter(self._splitter.split(self._rows, self._labels))

    def __len__(self) -> int:
        return int(self._splitter.get_n_splits(self._rows, self._labels))


def KFold(n: int, n_folds: int = 3, shuffle: bool = False, random_state: Any = None) -> _Splits:
    """Folds of n rows."""
    splitter = _selection.KFold(n_folds, shuffle=shuffle, random_state=random_state if shuffle else None)
    return _Splits(splitter, np.zeros(n))


def StratifiedKFold(y: Any, n_folds: int = 3, shuffle: bool = False, random_state: Any = None) -> _Splits:
    """Folds in which every label has its share."""
    state = random_state if shuffle else None
    splitter = _selection.StratifiedKFold(n_folds, shuffle=shuffle, random_state=state)
    return _Splits(splitter, np.zeros(len(y)), y)


def ShuffleSplit(n: int, n_iter: int = 10, test_size: Any = 0.1, random_state: Any = None) -> _Splits:
    """Random splits of n rows."""
    splitter = _selection.ShuffleSplit(n_iter, test_size=test_size, random_state=random_state)
    return _Splits(splitter, np.zeros(n))


def StratifiedShuffleSplit(
    y: Any, n_iter: int = 10, test_size: Any = 0.1, random_state: Any = None
) -> _Splits:
    """Random splits in which every label has its share."""
    splitter = _selection.StratifiedShuffleSplit(n_iter, test_size=test_size, random_state=random_state)
    return _Splits(splitter, np.zeros(len(y)), y)
