"""Data sets and what courses do to arrays before training."""

from limpide.data.arrays import batches, one_hot, train_test_split
from limpide.data.download import download_mnist
from limpide.data.idx import read_idx, write_idx
from limpide.data.mnist import mnist

__all__ = [
    "batches",
    "download_mnist",
    "mnist",
    "one_hot",
    "read_idx",
    "train_test_split",
    "write_idx",
]
