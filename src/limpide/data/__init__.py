"""Data sets and what courses do to arrays before training."""

from . import audio, augment
from .arrays import batches, one_hot, train_test_split
from .cifar import CIFAR10_CLASSES, cifar10
from .dataset import Dataset
from .download import download_cifar10, download_fashion_mnist, download_mnist
from .fashion import FASHION_MNIST_CLASSES, fashion_mnist
from .idx import read_idx, write_idx
from .mnist import mnist

__all__ = [
    "CIFAR10_CLASSES",
    "Dataset",
    "FASHION_MNIST_CLASSES",
    "audio",
    "augment",
    "batches",
    "cifar10",
    "download_cifar10",
    "download_fashion_mnist",
    "download_mnist",
    "fashion_mnist",
    "mnist",
    "one_hot",
    "read_idx",
    "train_test_split",
    "write_idx",
]
