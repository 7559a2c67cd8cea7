"""`keras.datasets.cifar100`."""

from __future__ import annotations

from ....errors import ArgumentError
from .. import sets
from .cifar import in_order_of_the_backend


def load_data(label_mode: str = "fine") -> sets.Split:
    """Pictures: uint8 images as `cifar10` gives them, labels (n, 1) of 100 fine or 20 coarse classes."""
    if label_mode not in sets.CIFAR100:
        raise ArgumentError("cifar100", f"label_mode is {label_mode!r}, expected 'fine' or 'coarse'")
    (x, y), (x_test, y_test) = sets.cifar100(label_mode)
    return (in_order_of_the_backend(x), y[:, None]), (in_order_of_the_backend(x_test), y_test[:, None])
