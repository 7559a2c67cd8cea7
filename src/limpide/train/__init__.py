"""Training: what stands behind model.compile, fit, evaluate and predict."""

from .callbacks import Callback, LambdaCallback
from .checkpoint import Checkpoint
from .history import History
from .metrics import Accuracy, Mean, Metric, metric
from .monitors import (
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from .records import CSVLogger, LearningRateFinder, find_lr
from .trainer import Trainer

__all__ = [
    "Accuracy", "CSVLogger", "Callback", "Checkpoint", "EarlyStopping", "History", "LambdaCallback",
    "LearningRateFinder", "LearningRateScheduler", "Mean", "Metric", "ModelCheckpoint", "ReduceLROnPlateau",
    "TerminateOnNaN", "Trainer", "find_lr", "metric",
]  # fmt: skip
