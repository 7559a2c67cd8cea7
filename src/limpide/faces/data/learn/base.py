"""`tensorflow.contrib.learn.python.learn.datasets.base`."""

from __future__ import annotations

import csv
from typing import Any, NamedTuple

import numpy as np

from ..examples.tutorials.mnist.input_data import Datasets
from ..sequences import boston_housing


class Dataset(NamedTuple):
    """Rows and what belongs to each."""

    data: Any
    target: Any


def load_csv_with_header(
    filename: str, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """A table whose first line says how many rows and columns it has."""
    with open(filename, newline="") as file:
        rows = list(csv.reader(file))
    return _table(rows[1:], target_dtype, features_dtype, target_column)


def load_csv_without_header(
    filename: str, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """A table of numbers."""
    with open(filename, newline="") as file:
        return _table(list(csv.reader(file)), target_dtype, features_dtype, target_column)


def _table(rows: list[list[str]], target_dtype: Any, features_dtype: Any, column: int) -> Dataset:
    target = np.array([row.pop(column) for row in rows], target_dtype)
    return Dataset(np.array(rows, features_dtype), target)


__all__ = ["Dataset", "Datasets", "boston_housing", "load_csv_with_header", "load_csv_without_header", "np"]
