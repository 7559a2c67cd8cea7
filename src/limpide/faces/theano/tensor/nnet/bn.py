"""Batch normalisation."""

from __future__ import annotations

from typing import Any

from .... import missing
from ...gof import recipes
from ..basic import addbroadcast, shape_padleft
from ..basic import mean as mean_of
from ..basic import var as variance
from ..elementwise import elementwise
from ..var import as_tensor_variable
from .nnet import batch_normalization

sqrt = elementwise["sqrt"]


def _axes(axes: Any, rank: int) -> tuple[int, ...]:
    if axes == "per-activation":
        return (0,)
    if axes == "spatial":
        return (0, *range(2, rank))
    return tuple(int(a) for a in (axes if isinstance(axes, (tuple, list)) else [axes]))


def _fitting(value: Any, axes: tuple[int, ...], rank: int) -> Any:
    """A parameter that is repeated along the normalised axes."""
    value = as_tensor_variable(value)
    if value.ndim == rank:
        return addbroadcast(value, *axes)
    if value.ndim == rank - len(axes):
        order = iter(range(value.ndim))
        return value.dimshuffle(*("x" if a in axes else next(order) for a in range(rank)))
    return shape_padleft(value, rank - value.ndim)


def batch_normalization_train(
    inputs: Any,
    gamma: Any,
    beta: Any,
    axes: Any = "per-activation",
    epsilon: float = 1e-4,
    running_average_factor: float = 0.1,
    running_mean: Any = None,
    running_var: Any = None,
) -> Any:
    """Normalised over axes by the batch's own mean and variance.

    Gives out, mean, 1 / std, and the running mean and variance where they are given.
    """
    x = as_tensor_variable(inputs)
    own = _axes(axes, x.ndim)
    gamma, beta = (_fitting(v, own, x.ndim) for v in (gamma, beta))
    average = mean_of(x, axis=own, keepdims=True)
    spread = variance(x, axis=own, keepdims=True)
    inverse = elementwise["inv"](sqrt(spread + epsilon))
    out = (x - average) * (gamma * inverse) + beta
    results = [out, average, inverse]
    if running_mean is not None:
        kept = _fitting(running_mean, own, x.ndim)
        results.append(kept * (1 - running_average_factor) + average * running_average_factor)
    if running_var is not None:
        count = 1
        for a in own:
            count = count * x.shape[a]
        unbiased = spread * (count / (elementwise["maximum"](count - 1, 1) * 1.0)).astype(x.dtype)
        kept = _fitting(running_var, own, x.ndim)
        results.append(kept * (1 - running_average_factor) + unbiased * running_average_factor)
    return tuple(results)


def batch_normalization_test(
    inputs: Any,
    gamma: Any,
    beta: Any,
    mean: Any,
    var: Any,
    axes: Any = "per-activation",
    epsilon: float = 1e-4,
) -> Any:
    """Normalised by a mean and variance that are given."""
    x = as_tensor_variable(inputs)
    own = _axes(axes, x.ndim)
    gamma, beta, mean, var = (_fitting(v, own, x.ndim) for v in (gamma, beta, mean, var))
    return (x - mean) * (gamma / sqrt(var + epsilon)) + beta


__all__ = ["batch_normalization", "batch_normalization_test", "batch_normalization_train"]

recipes.keep("bn", globals(), __all__)

__getattr__ = missing.attributes("theano.tensor.nnet.bn", globals())
