"""Data sets and what courses do to arrays before training."""

from . import augment
from .arrays import batches, one_hot, train_test_split
from .dataset import Dataset
from .download import download_mnist
from .idx import read_idx, write_idx
from .mnist import mnist

__all__ = [
    "Dataset",
    "augment",
    "batches",
    "download_mnist",
    "mnist",
    "one_hot",
    "read_idx",
    "train_test_split",
    "write_idx",
]
