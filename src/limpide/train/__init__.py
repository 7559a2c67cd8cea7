"""Training: what stands behind model.compile, fit, evaluate and predict."""

from .callbacks import Callback, LambdaCallback
from .checkpoint import Checkpoint
from .events import EventWriter
from .flow import GradientFlow, gradient_flow, plot_flows
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
from .tensorboard import TensorBoard
from .trainer import Trainer

__all__ = [
    "Accuracy",
    "CSVLogger",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "EventWriter",
    "GradientFlow",
    "History",
    "LambdaCallback",
    "LearningRateFinder",
    "LearningRateScheduler",
    "Mean",
    "Metric",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
    "Trainer",
    "find_lr",
    "gradient_flow",
    "metric",
    "plot_flows",
]
