"""`keras.datasets.cifar`: batches of CIFAR's python version."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ... import pickles
from ..sets import Array

BACKENDS = ("limpide.faces.keras.backend",)


def load_batch(fpath: str, label_key: str = "labels") -> tuple[Array, Any]:
    """Images (n, 3, 32, 32) and labels of one batch, its pickle read without running it."""
    with open(fpath, "rb") as file:
        found = pickles.load(file)
    return np.asarray(found["data"]).reshape(-1, 3, 32, 32), found[label_key]


def in_order_of_the_backend(images: Array) -> Array:
    """Images (n, rows, columns, channels) as the running backend wants them: channels first if it says so."""
    backend: Any = sys.modules.get("limpide.faces.keras.backend")
    order = getattr(backend, "image_data_format", None) or getattr(backend, "image_dim_ordering", None)
    first = order is not None and order() in ("channels_first", "th")
    return np.ascontiguousarray(np.moveaxis(images, -1, 1)) if first else images
