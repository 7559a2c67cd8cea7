"""`keras.applications.imagenet_utils`: images as networks take them, classes by name."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ... import missing
from .. import backend as K
from ..symbols import is_symbol
from .common import found

MEANS = (103.939, 116.779, 123.68)  # of blue, green and red

_names: dict[str, Any] = {}


def preprocess_input(
    x: Any, data_format: str | None = None, mode: str = "caffe", dim_ordering: str | None = None
) -> Any:
    """Images for a network. mode: "caffe" (BGR, centred), "tf" (-1 to 1) or "torch" (standardised)."""
    first = K.normalize_data_format(dim_ordering or data_format) == "channels_first"
    if mode == "tf":
        return x / 127.5 - 1.0
    if mode == "torch":
        means, deviations = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
        shape = (3, 1, 1) if first else (3,)
        return (x / 255.0 - means.reshape(shape).astype("f4")) / deviations.reshape(shape).astype("f4")
    rank = K.ndim(x) if is_symbol(x) else np.ndim(x)
    axis = (int(rank or 0) - 3) if first else -1
    if is_symbol(x):
        centre = np.asarray(MEANS, "f4").reshape((3, 1, 1) if first else (3,))
        return K.reverse(x, axis if axis >= 0 else int(rank or 0) - 1) - centre
    turned = np.flip(np.asarray(x, dtype=K.floatx()), axis)
    return turned - np.asarray(MEANS, turned.dtype).reshape((3, 1, 1) if first else (3,))


def decode_predictions(preds: Any, top: int = 5) -> Any:
    """The classes of ImageNet with the largest predictions: (number, name, prediction), per row."""
    preds = np.asarray(preds)
    if preds.ndim != 2 or preds.shape[1] != 1000:
        raise ValueError(
            "`decode_predictions` expects a batch of predictions (i.e. a 2D array of shape (samples, 1000))."
            f" Found array with shape: {preds.shape}"
        )
    if not _names:
        home = "https://s3.amazonaws.com/deep-learning-models/image-models/imagenet_class_index.json"
        with open(found("imagenet_class_index.json", home)) as file:
            _names.update(json.load(file))
    return [[(*_names[str(i)], float(row[i])) for i in row.argsort()[-top:][::-1]] for row in preds]


__getattr__ = missing.attributes("keras.applications.imagenet_utils", globals())
