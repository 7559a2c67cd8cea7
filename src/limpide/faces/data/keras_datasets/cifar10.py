"""`keras.datasets.cifar10`."""

from __future__ import annotations

from .. import sets
from .cifar import in_order_of_the_backend


def load_data() -> sets.Split:
    """Pictures: uint8 images (n, 32, 32, 3), or (n, 3, 32, 32) as the backend says; labels (n, 1)."""
    (x, y), (x_test, y_test) = sets.cifar10()
    return (in_order_of_the_backend(x), y[:, None]), (in_order_of_the_backend(x_test), y_test[:, None])
