"""Metrics: measurements that add up over batches in compiled code."""

from .accuracy import Accuracy, TopK
from .base import Mean, Metric, rows_of
from .counts import F1, ConfusionMatrix, Counts, FBeta, MeanIoU, Precision, Recall
from .curves import AUC, average_precision, roc_auc, roc_curve
from .distances import R2, RMSE, cosine_similarity
from .names import NAMES, metric

__all__ = [
    "AUC",
    "F1",
    "NAMES",
    "R2",
    "RMSE",
    "Accuracy",
    "ConfusionMatrix",
    "Counts",
    "FBeta",
    "Mean",
    "MeanIoU",
    "Metric",
    "Precision",
    "Recall",
    "TopK",
    "average_precision",
    "cosine_similarity",
    "metric",
    "roc_auc",
    "roc_curve",
    "rows_of",
]
