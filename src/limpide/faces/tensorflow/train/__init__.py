"""tf.train: optimizers, schedules, savers, sessions that are watched."""

# ruff: noqa: F403 (the modules say what is public)
from __future__ import annotations

from ... import missing
from ..io.protos import *
from ..summary import SummaryWriter as SummaryWriter
from .averages import ExponentialMovingAverage as ExponentialMovingAverage
from .cluster import *
from .hooks import *
from .optimizer import *
from .pipelines import *
from .saver import *
from .schedules import *

__getattr__ = missing.attributes("tensorflow.train", globals())
