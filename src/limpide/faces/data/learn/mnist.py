"""`tensorflow.contrib.learn.python.learn.datasets.mnist`."""

from __future__ import annotations

from typing import Any

from ..examples.tutorials.mnist.input_data import (
    DataSet,
    Datasets,
    dense_to_one_hot,
    extract_images,
    extract_labels,
    read_data_sets,
)


def load_mnist(train_dir: str = "MNIST-data", **_: Any) -> Datasets:
    """MNIST with its labels as numbers."""
    return read_data_sets(train_dir)


__all__ = [
    "DataSet", "Datasets", "dense_to_one_hot", "extract_images", "extract_labels", "load_mnist",
    "read_data_sets",
]  # fmt: skip
