"""tf.data.experimental and tf.contrib.data: transformations for Dataset.apply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import missing
from .dataset import Dataset

Transformation = Callable[[Dataset], Dataset]
AUTOTUNE = -1


def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: Any = None) -> Transformation:
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def map_and_batch(
    map_func: Any, batch_size: Any, num_parallel_batches: Any = None, drop_remainder: bool = False,
    num_parallel_calls: Any = None,
) -> Transformation:  # fmt: skip
    return lambda dataset: dataset.map(map_func).batch(batch_size, drop_remainder)


def batch_and_drop_remainder(batch_size: Any) -> Transformation:
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def unbatch() -> Transformation:
    """Rows of batches as elements again."""
    return lambda dataset: dataset.flat_map(
        lambda *parts: Dataset.from_tensor_slices(parts if len(parts) > 1 else parts[0])
    )


def parallel_interleave(
    map_func: Any, cycle_length: Any, block_length: Any = 1, sloppy: bool = False, **_: Any
) -> Transformation:
    return lambda dataset: dataset.interleave(map_func, cycle_length, block_length)


def prefetch_to_device(device: Any, buffer_size: Any = None) -> Transformation:
    return lambda dataset: dataset


def enumerate_dataset(start: int = 0) -> Transformation:
    return lambda dataset: dataset.enumerate(start)


def ignore_errors() -> Transformation:
    return lambda dataset: dataset


__getattr__ = missing.attributes("tensorflow.data.experimental", globals())
