"""Averages of values over runs."""

from __future__ import annotations

from typing import Any

from .... import missing
from ...train.averages import ExponentialMovingAverage as ExponentialMovingAverage
from ...variables import assign_sub


def assign_moving_average(
    variable: Any, value: Any, decay: Any, zero_debias: bool = True, name: Any = None
) -> Any:
    """variable -= (1 - decay) * (variable - value)."""
    return assign_sub(variable, (variable - value) * (1.0 - decay), name=name or "AssignMovingAvg")


def weighted_moving_average(value: Any, decay: Any, weight: Any, *args: Any, **kwargs: Any) -> Any:
    return missing.unknown("tensorflow.python.training.moving_averages", "weighted_moving_average", globals())


__getattr__ = missing.attributes("tensorflow.python.training.moving_averages", globals())
