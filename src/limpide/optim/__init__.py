"""Optimisers: from gradients to new values of parameters; learning rates, averages of weights."""

from . import lr_scheduler, schedules
from .adam import Adam, Adamax, AdamW, NAdam, RAdam
from .averages import EMA, SWA
from .clipping import clip_grad_norm_, clip_grad_value_
from .groups import Group
from .names import get
from .optimizer import Optimizer, Step
from .rules import SGD, Adadelta, Adagrad, Lion, RMSProp

__all__ = [
    "EMA",
    "SGD",
    "SWA",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Group",
    "Lion",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSProp",
    "Step",
    "clip_grad_norm_",
    "clip_grad_value_",
    "get",
    "lr_scheduler",
    "schedules",
]
