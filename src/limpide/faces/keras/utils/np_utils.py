"""`keras.utils.np_utils`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import missing


def to_categorical(
    y: Any, num_classes: int | None = None, dtype: str = "float32", nb_classes: int | None = None
) -> Any:
    """One-hot rows of class indices; num_classes (Keras 1: nb_classes): as many as there are by default.

    >>> to_categorical([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    y = np.array(y, dtype="int")
    shape = y.shape
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    flat = y.ravel()
    classes = num_classes or nb_classes or int(flat.max()) + 1
    rows = np.zeros((len(flat), classes), dtype)
    rows[np.arange(len(flat)), flat] = 1
    return rows.reshape((*shape, classes))


def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """x divided by its norm along an axis."""
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return x / np.expand_dims(norms, axis)


def binary_logloss(p: Any, y: Any) -> Any:
    """Keras 1: the mean logarithmic loss of two classes."""
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def multiclass_logloss(P: Any, Y: Any) -> Any:
    """Keras 1: the mean logarithmic loss of several classes."""
    return -np.mean([np.log(p[int(y)]) for p, y in zip(P, Y, strict=True)])


def accuracy(p: Any, y: Any) -> Any:
    """The share of equal elements."""
    return np.mean(np.asarray(p) == np.asarray(y))


def probas_to_classes(y_pred: Any) -> Any:
    """Classes of rows of probabilities."""
    y_pred = np.asarray(y_pred)
    return (
        y_pred.argmax(axis=1)
        if y_pred.ndim > 1 and y_pred.shape[1] > 1
        else np.array([1 if p > 0.5 else 0 for p in y_pred.ravel()])
    )


def categorical_probas_to_classes(p: Any) -> Any:
    """The largest of every row."""
    return np.argmax(p, axis=1)


def convert_kernel(kernel: Any, dim_ordering: Any = None) -> Any:
    """Keras 1: a convolution's kernel flipped along its windows."""
    kernel = np.asarray(kernel)
    return np.copy(
        kernel[..., ::-1, ::-1] if dim_ordering in (None, "th") and kernel.ndim == 4 else kernel[::-1, ::-1]
    )


__getattr__ = missing.attributes("keras.utils.np_utils", globals())
