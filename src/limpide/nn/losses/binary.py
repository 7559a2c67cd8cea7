"""Two classes, or several labels that may all be true at once."""

from __future__ import annotations

from typing import Any

from ..layers import as_floats
from ..words import lp
from .operands import reduce, together, weighted


def binary_cross_entropy(probabilities: Any, labels: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """-(y log p + (1 - y) log(1 - p)), elementwise; logarithms are cut at -100, as PyTorch cuts them.

    probabilities: in [0, 1], after a sigmoid. labels: 0, 1 or between, of the same shape;
    (n,) goes with (n, 1). weight: of every element, or broadcast to them.
    Prefer `binary_cross_entropy_with_logits`, which loses no digits.

    >>> import numpy as np
    >>> binary_cross_entropy(np.array([0.25, 0.5]), np.array([1, 0]), reduction="none")
    tensor([1.38629436, 0.69314718], dtype=float64)
    """
    p, y = together("binary_cross_entropy", probabilities, labels)
    log_p, log_q = lp.maximum(lp.log(p), -100.0), lp.maximum(lp.log1p(-p), -100.0)
    return reduce(weighted(-(y * log_p + (1 - y) * log_q), weight), reduction)


def binary_cross_entropy_with_logits(
    logits: Any, labels: Any, reduction: str = "mean", weight: Any = None, pos_weight: Any = None
) -> Any:
    """Binary cross-entropy of sigmoid(logits): log(1 + exp(z)) - y z, elementwise, without overflow.

    logits: before the sigmoid. labels: 0, 1 or between, of the same shape; (n,) goes with (n, 1).
    Every label is a question of its own, so that several may be true at once.
    weight: of every element. pos_weight: of what is true, per label: its part y log(1 + exp(-z)) counts
    that often.

    >>> import numpy as np
    >>> binary_cross_entropy_with_logits(np.array([0.0, 800.0]), np.array([1, 0]), reduction="none")
    tensor([6.93147181e-01, 8.00000000e+02], dtype=float64)
    """
    z, y = together("binary_cross_entropy_with_logits", logits, labels)
    if pos_weight is None:
        return reduce(weighted(lp.softplus(z) - y * z, weight), reduction)
    values = y * lp.softplus(-z) * as_floats(pos_weight).astype(z.dtype) + (1 - y) * lp.softplus(z)
    return reduce(weighted(values, weight), reduction)
