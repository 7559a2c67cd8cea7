"""`tensorflow.contrib.learn.datasets`."""

from __future__ import annotations

import importlib
from typing import Any

from ....errors import ArgumentError
from . import base, mnist


def load_dataset(name: str, *args: Any, **kwargs: Any) -> Any:
    """A data set by name: mnist, iris or boston (the latter two need scikit-learn or its file)."""
    if name == "mnist":
        return mnist.read_data_sets(*args, **kwargs)
    loader = {"iris": load_iris, "boston": load_boston}.get(name)
    if loader is None:
        raise ArgumentError("load_dataset", f"there is no data set {name!r}", hint="mnist, iris or boston")
    return loader()


def load_iris(data_path: str | None = None) -> base.Dataset:
    """150 flowers of three kinds, by scikit-learn."""
    found = importlib.import_module("sklearn.datasets").load_iris()
    return base.Dataset(found.data, found.target)


def load_boston(data_path: str | None = None) -> base.Dataset:
    """506 places in Boston and the price of houses there."""
    (x, y), (x_test, y_test) = base.boston_housing()
    return base.Dataset(base.np.concatenate([x, x_test]), base.np.concatenate([y, y_test]))


__all__ = ["base", "load_boston", "load_dataset", "load_iris", "mnist"]
