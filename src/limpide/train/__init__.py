"""Training: what stands behind model.compile, fit, evaluate and predict."""

from .callbacks import Callback
from .history import History
from .metrics import Accuracy, Mean, Metric, metric
from .trainer import Trainer

__all__ = ["Accuracy", "Callback", "History", "Mean", "Metric", "Trainer", "metric"]
