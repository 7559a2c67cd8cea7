"""Losses as functions (outputs, labels, reduction) and as modules, and by name."""

from __future__ import annotations

from ...errors import ArgumentError, user_frame
from ..words import choose
from .binary import binary_cross_entropy, binary_cross_entropy_with_logits
from .classes import check_indices, cross_entropy, nll
from .ctc import ctc
from .distances import (
    cosine,
    cosine_similarity,
    gaussian_nll,
    huber,
    kl_div,
    log_cosh,
    mae,
    mse,
    poisson_nll,
    smooth_l1,
)
from .margins import cosine_embedding, hinge, margin_ranking, squared_hinge, triplet_margin
from .modules import (
    BCELoss,
    BCEWithLogitsLoss,
    CosineEmbeddingLoss,
    CosineLoss,
    CosineSimilarity,
    CrossEntropyLoss,
    GaussianNLLLoss,
    HingeLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    LogCoshLoss,
    LossModule,
    MarginRankingLoss,
    MSELoss,
    NLLLoss,
    PoissonNLLLoss,
    SmoothL1Loss,
    SquaredHingeLoss,
    TripletMarginLoss,
)
from .operands import REDUCTIONS, Loss, reduce, together

NAMES: dict[str, Loss] = {
    "cross_entropy": cross_entropy,
    "nll": nll,
    "binary_cross_entropy": binary_cross_entropy,
    "binary_cross_entropy_with_logits": binary_cross_entropy_with_logits,
    "mse": mse,
    "mean_squared_error": mse,
    "mae": mae,
    "mean_absolute_error": mae,
    "huber": huber,
    "smooth_l1": smooth_l1,
    "log_cosh": log_cosh,
    "kl_div": kl_div,
    "poisson_nll": poisson_nll,
    "cosine": cosine,
    "hinge": hinge,
    "squared_hinge": squared_hinge,
}


def loss_function(loss: str | Loss) -> Loss:
    """A loss by its name; a function or module as it is.

    >>> loss_function("mse").__name__
    'mse'
    """
    if isinstance(loss, str):
        return choose("loss", loss, NAMES)
    if not callable(loss):
        raise ArgumentError("loss", f"{loss!r} is neither a name nor a function", where=user_frame())
    return loss


def plain_function(loss: Loss) -> Loss:
    """The function of this package that a loss stands for; others, and those that ignore labels, as given."""
    if isinstance(loss, LossModule) and "ignore_index" not in loss.given:
        return type(loss).function
    return loss


__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CosineEmbeddingLoss",
    "CosineLoss",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LogCoshLoss",
    "Loss",
    "LossModule",
    "MSELoss",
    "MarginRankingLoss",
    "NAMES",
    "NLLLoss",
    "PoissonNLLLoss",
    "REDUCTIONS",
    "SmoothL1Loss",
    "SquaredHingeLoss",
    "TripletMarginLoss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "check_indices",
    "cosine",
    "cosine_embedding",
    "cosine_similarity",
    "cross_entropy",
    "ctc",
    "gaussian_nll",
    "hinge",
    "huber",
    "kl_div",
    "log_cosh",
    "loss_function",
    "mae",
    "margin_ranking",
    "mse",
    "nll",
    "plain_function",
    "poisson_nll",
    "reduce",
    "smooth_l1",
    "squared_hinge",
    "together",
    "triplet_margin",
]
