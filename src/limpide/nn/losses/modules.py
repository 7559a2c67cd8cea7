"""The losses as modules: their options are given once, and they are called with outputs and labels."""

from __future__ import annotations

from typing import Any, ClassVar

from ...errors import ArgumentError, user_frame
from ..module import Module
from ..words import choose
from . import binary, classes, distances, margins
from .operands import REDUCTIONS, Loss


class LossModule(Module):
    """A loss as a module: `loss(outputs, labels)`."""

    function: ClassVar[Loss]
    options: ClassVar[tuple[str, ...]] = ()  # what may be given besides the reduction
    reductions: ClassVar[tuple[str, ...]] = REDUCTIONS

    def __init__(self, reduction: str = "mean", **options: Any):
        if reduction not in self.reductions:
            choose("reduction", reduction, dict.fromkeys(self.reductions))
        for name in options:
            if name not in self.options:
                known = ", ".join(("reduction", *self.options))
                raise ArgumentError(
                    type(self).__name__, f"there is no option '{name}'; there are {known}", where=user_frame()
                )
        self.reduction = reduction
        self.given = options

    def forward(self, *operands: Any) -> Any:
        return type(self).function(*operands, reduction=self.reduction, **self.given)

    def _describe(self) -> str:
        told = {} if self.reduction == "mean" else {"reduction": self.reduction}
        return ", ".join(f"{name}={value!r}" for name, value in (told | self.given).items())


class CrossEntropyLoss(LossModule):
    """`cross_entropy` as a module."""

    function = staticmethod(classes.cross_entropy)
    options = ("weight", "label_smoothing", "ignore_index", "axis")


class NLLLoss(LossModule):
    """`nll` as a module."""

    function = staticmethod(classes.nll)
    options = ("weight", "ignore_index", "axis")


class BCELoss(LossModule):
    """`binary_cross_entropy` as a module."""

    function = staticmethod(binary.binary_cross_entropy)
    options = ("weight",)


class BCEWithLogitsLoss(LossModule):
    """`binary_cross_entropy_with_logits` as a module."""

    function = staticmethod(binary.binary_cross_entropy_with_logits)
    options = ("weight", "pos_weight")


class MSELoss(LossModule):
    """`mse` as a module."""

    function = staticmethod(distances.mse)


class L1Loss(LossModule):
    """`mae` as a module."""

    function = staticmethod(distances.mae)


class HuberLoss(LossModule):
    """`huber` as a module."""

    function = staticmethod(distances.huber)
    options = ("delta",)


class SmoothL1Loss(LossModule):
    """`smooth_l1` as a module."""

    function = staticmethod(distances.smooth_l1)
    options = ("beta",)


class LogCoshLoss(LossModule):
    """`log_cosh` as a module."""

    function = staticmethod(distances.log_cosh)


class KLDivLoss(LossModule):
    """`kl_div` as a module."""

    function = staticmethod(distances.kl_div)
    options = ("log_target",)
    reductions = (*REDUCTIONS, "batchmean")


class PoissonNLLLoss(LossModule):
    """`poisson_nll` as a module."""

    function = staticmethod(distances.poisson_nll)
    options = ("log_input", "full")


class GaussianNLLLoss(LossModule):
    """`gaussian_nll` as a module."""

    function = staticmethod(distances.gaussian_nll)
    options = ("full", "eps")


class CosineLoss(LossModule):
    """`cosine` as a module."""

    function = staticmethod(distances.cosine)
    options = ("axis",)


class HingeLoss(LossModule):
    """`hinge` as a module."""

    function = staticmethod(margins.hinge)


class SquaredHingeLoss(LossModule):
    """`squared_hinge` as a module."""

    function = staticmethod(margins.squared_hinge)


class MarginRankingLoss(LossModule):
    """`margin_ranking` as a module."""

    function = staticmethod(margins.margin_ranking)
    options = ("margin",)


class CosineEmbeddingLoss(LossModule):
    """`cosine_embedding` as a module."""

    function = staticmethod(margins.cosine_embedding)
    options = ("margin",)


class TripletMarginLoss(LossModule):
    """`triplet_margin` as a module."""

    function = staticmethod(margins.triplet_margin)
    options = ("margin", "p", "eps")


class CosineSimilarity(Module):
    """`cosine_similarity` as a module."""

    def __init__(self, axis: int = -1, eps: float = 1e-8):
        self.axis, self.eps = axis, eps

    def forward(self, a: Any, b: Any) -> Any:
        return distances.cosine_similarity(a, b, self.axis, self.eps)
