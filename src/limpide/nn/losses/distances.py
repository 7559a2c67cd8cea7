"""Losses element by element between outputs and targets, and their like between distributions."""

from __future__ import annotations

import math
from typing import Any

from ...errors import ArgumentError, user_frame
from ..layers import as_floats
from ..words import lp
from .operands import REDUCTIONS, reduce, together


def mse(outputs: Any, targets: Any, reduction: str = "mean") -> Any:
    """(outputs - targets)^2, elementwise. Shapes are equal; (n,) goes with (n, 1).

    >>> import numpy as np
    >>> mse(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    tensor(2., dtype=float64)
    """
    f, y = together("mse", outputs, targets)
    return reduce(lp.square(f - y), reduction)


def mae(outputs: Any, targets: Any, reduction: str = "mean") -> Any:
    """|outputs - targets|, elementwise. Shapes are equal; (n,) goes with (n, 1).

    >>> import numpy as np
    >>> mae(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    tensor(1., dtype=float64)
    """
    f, y = together("mae", outputs, targets)
    return reduce(lp.absolute(f - y), reduction)


def huber(outputs: Any, targets: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """d^2 / 2 up to |d| = delta, then delta (|d| - delta / 2), for d = outputs - targets (Huber 1964).

    >>> import numpy as np
    >>> huber(np.array([0.5, 3.0]), np.array([0.0, 0.0]), reduction="none")
    tensor([0.125, 2.5  ], dtype=float64)
    """
    f, y = together("huber", outputs, targets)
    d = lp.absolute(f - y)
    near = lp.minimum(d, delta)
    return reduce(near * (d - near * 0.5), reduction)


def smooth_l1(outputs: Any, targets: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """`huber` divided by its delta: d^2 / (2 beta) up to |d| = beta, then |d| - beta / 2; beta=0 is `mae`.

    >>> import numpy as np
    >>> smooth_l1(np.array([0.5, 3.0]), np.array([0.0, 0.0]), reduction="none", beta=2.0)
    tensor([0.0625, 2.    ], dtype=float64)
    """
    if beta == 0:
        return mae(outputs, targets, reduction)
    f, y = together("smooth_l1", outputs, targets)
    d = lp.absolute(f - y)
    near = lp.minimum(d, beta)
    return reduce(near * (d - near * 0.5) * (1 / beta), reduction)


def log_cosh(outputs: Any, targets: Any, reduction: str = "mean") -> Any:
    """log(cosh(outputs - targets)), elementwise, without overflow.

    >>> import numpy as np
    >>> log_cosh(np.array([0.0, 1000.0]), np.array([0.0, 0.0]), reduction="none")
    tensor([  0.        , 999.30685282], dtype=float64)
    """
    f, y = together("log_cosh", outputs, targets)
    d = f - y
    return reduce(d + lp.softplus(d * -2) - math.log(2), reduction)


# ------------------------------------------------------------------------------------- distributions
def kl_div(outputs: Any, targets: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    """y (log y - outputs), elementwise, for log-probabilities `outputs` and probabilities y.

    log_target: the targets are logarithms, too. reduction: "batchmean", the sum divided by the first axis,
    is the Kullback-Leibler divergence of the distributions in the rows.

    >>> import numpy as np
    >>> kl_div(np.log([[0.5, 0.5]]), np.array([[1.0, 0.0]]), reduction="batchmean")
    tensor(0.69314718, dtype=float64)
    """
    f, y = together("kl_div", outputs, targets)
    if log_target:
        values = lp.exp(y) * (y - f)
    else:
        positive = lp.greater(y, 0)
        values = lp.where(positive, y * (lp.log(lp.where(positive, y, 1.0)) - f), y * 0.0)
    if reduction == "batchmean":
        return lp.sum(values) / f.shape[0]
    return reduce(values, reduction, (*REDUCTIONS, "batchmean"))


def poisson_nll(
    outputs: Any, targets: Any, reduction: str = "mean", log_input: bool = True, full: bool = False
) -> Any:
    """exp(f) - y f: counts y under a Poisson distribution with rate exp(f); f - y log f without log_input.

    full: Stirling's y log y - y + log(2 pi y) / 2 is added where y is above 1.

    >>> import numpy as np
    >>> poisson_nll(np.array([0.0]), np.array([3.0]))
    tensor(1., dtype=float64)
    """
    f, y = together("poisson_nll", outputs, targets)
    values = lp.exp(f) - y * f if log_input else f - y * lp.log(f + 1e-8)
    if full:
        large = lp.where(lp.greater(y, 1), y, 1.0)
        rest = large * lp.log(large) - large + lp.log(large * (2 * math.pi)) * 0.5
        values = values + lp.where(lp.greater(y, 1), rest, 0.0)
    return reduce(values, reduction)


def gaussian_nll(
    outputs: Any, targets: Any, variance: Any, reduction: str = "mean", full: bool = False, eps: float = 1e-6
) -> Any:
    """(log v + (outputs - targets)^2 / v) / 2 with the variance v, not below eps (Nix and Weigend 1994).

    full: the constant log(2 pi) / 2 is added.

    >>> import numpy as np
    >>> gaussian_nll(np.array([1.0]), np.array([3.0]), np.array([4.0]))
    tensor(1.19314718, dtype=float64)
    """
    f, y = together("gaussian_nll", outputs, targets)
    _, v = together("gaussian_nll", outputs, variance)
    known = v.value
    if known is not None and known.size and known.min() < 0:
        raise ArgumentError("gaussian_nll", f"a variance is {known.min()}", where=user_frame())
    v = lp.maximum(v, eps)
    values = (lp.log(v) + lp.square(f - y) / v) * 0.5
    return reduce(values + 0.5 * math.log(2 * math.pi) if full else values, reduction)


# ----------------------------------------------------------------------------------------- directions
def cosine_similarity(a: Any, b: Any, axis: int = -1, eps: float = 1e-8) -> Any:
    """a . b / (|a| |b|) along an axis; norms below eps count as eps.

    >>> import numpy as np
    >>> cosine_similarity(np.array([3.0, 4.0]), np.array([6.0, 8.0]))
    tensor(1., dtype=float64)
    """
    a, b = as_floats(a), as_floats(b)
    lengths = [lp.sqrt(lp.maximum(lp.sum(lp.square(t), axis=axis), eps**2)) for t in (a, b)]
    return lp.sum(a * b, axis=axis) / (lengths[0] * lengths[1])


def cosine(outputs: Any, targets: Any, reduction: str = "mean", axis: int = -1) -> Any:
    """1 - cosine_similarity(outputs, targets), per row: 0 for the same direction.

    >>> import numpy as np
    >>> cosine(np.array([[3.0, 4.0]]), np.array([[4.0, -3.0]]))
    tensor(1., dtype=float64)
    """
    f, y = together("cosine", outputs, targets)
    return reduce(1 - cosine_similarity(f, y, axis), reduction)
