"""tf.contrib.eager: eager mode's variables, derivatives and iterators."""

from __future__ import annotations

from typing import Any

from ... import missing
from ..app import run
from ..data.iterator import Iterator as _Iterator
from ..eager import (
    EagerTensor,
    EagerVariable,
    GradientTape,
    _variable,
    custom_gradient,
    defun,
    enable_eager_execution,
    executing_eagerly,
    gradients_function,
    implicit_gradients,
    implicit_value_and_gradients,
    in_eager_mode,
    make_vjp,
    value_and_gradients_function,
)
from ..train.saver import Checkpointable as Checkpoint

Variable = ResourceVariable = _variable


def Iterator(dataset: Any) -> _Iterator:
    """The elements of a data set."""
    return _Iterator(dataset.spec, dataset)


def num_gpus() -> int:
    return 0


def list_devices() -> list[str]:
    return ["/job:localhost/replica:0/task:0/device:CPU:0"]


__all__ = [
    "Checkpoint",
    "EagerTensor",
    "EagerVariable",
    "GradientTape",
    "Iterator",
    "ResourceVariable",
    "Variable",
    "custom_gradient",
    "defun",
    "enable_eager_execution",
    "executing_eagerly",
    "gradients_function",
    "implicit_gradients",
    "implicit_value_and_gradients",
    "in_eager_mode",
    "list_devices",
    "make_vjp",
    "num_gpus",
    "run",
    "value_and_gradients_function",
]
__getattr__ = missing.attributes("tensorflow.contrib.eager", globals())
