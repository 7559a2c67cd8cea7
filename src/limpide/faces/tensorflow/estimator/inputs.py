"""tf.estimator.inputs: input functions from arrays and data frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import missing
from ..data.dataset import Dataset


def numpy_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int = 1000,
    num_threads: int = 1,
) -> Callable[[], Any]:
    """An input function of arrays: features (a dictionary, or an array), and labels where there are any.

    Raises ValueError without `shuffle`, or where the numbers of rows differ.
    """
    if not isinstance(shuffle, bool):
        raise ValueError(
            f"shuffle must be provided and explicitly set as boolean (it is recommended to set it as "
            f"True for training); got {shuffle}"
        )
    named = x if isinstance(x, dict) else {"": x}
    features = {k: np.asarray(v) for k, v in named.items()}
    labels = (
        {k: np.asarray(v) for k, v in y.items()}
        if isinstance(y, dict)
        else None
        if y is None
        else np.asarray(y)
    )
    targets = labels.values() if isinstance(labels, dict) else [] if labels is None else [labels]
    lengths = {len(v) for v in [*features.values(), *targets]}
    if len(lengths) > 1:
        raise ValueError(
            f"Length of tensors in x and y is mismatched. All elements in x and y must have the same "
            f"length. Lengths: {sorted(lengths)}"
        )

    def input_fn() -> Any:
        whole: Any = features if isinstance(x, dict) else features[""]
        data = Dataset.from_tensor_slices(whole if labels is None else (whole, labels))
        if shuffle:
            data = data.shuffle(max(queue_capacity, lengths.copy().pop() if lengths else 1))
        return data.repeat(num_epochs).batch(batch_size).make_one_shot_iterator().get_next()

    return input_fn


def pandas_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int = 1000,
    num_threads: int = 1,
    target_column: str = "target",
) -> Callable[[], Any]:
    """An input function of a data frame: its columns by name."""
    features = {name: _column(x[name]) for name in x.columns}
    return numpy_input_fn(
        features, None if y is None else _column(y), batch_size, num_epochs, shuffle, queue_capacity
    )


def _column(series: Any) -> Any:
    values = np.asarray(series)
    if values.dtype.kind not in "OUS":
        return values
    return np.array([v.encode() if isinstance(v, str) else v for v in values.tolist()], object)


__getattr__ = missing.attributes("tensorflow.estimator.inputs", globals())
