"""tf.nn: statistics of batches, norms, dropout, biases."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....nn import local_response_norm
from ....nn.words import lp
from ....tensor import Tensor
from ...record import is_guess, sizes
from .. import random
from ..arrays.forms import as_scalar
from ..recording import op, tensor
from ..spelling import also
from .convolution import back, is_channels_first, last


@op("BiasAdd")
def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Any:
    """value + bias, one for every channel."""
    x, b = tensor(value), tensor(bias)
    if b.ndim != 1 or x.ndim < 2:
        raise ValueError(f"bias_add: a bias of shape {tuple(b.shape)} to a value of shape {tuple(x.shape)}")
    channels = x.shape[1 if is_channels_first(data_format) else -1]
    if isinstance(channels, int) and isinstance(b.shape[0], int) and channels != b.shape[0]:
        raise ValueError(f"Dimensions must be equal, but are {channels} and {b.shape[0]} for 'BiasAdd'")
    return back(last(x, data_format) + b, data_format)


@op("xw_plus_b")
def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Any:
    """x @ weights + biases."""
    return tensor(x) @ tensor(weights) + tensor(biases)


@op("relu_layer")
def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Any:
    """relu(x @ weights + biases)."""
    return lp.relu(tensor(x) @ tensor(weights) + tensor(biases))


# ---------------------------------------------------------------------------------------------- statistics
def _axes(axes: Any) -> Any:
    return tuple(int(a) for a in axes) if isinstance(axes, (list, tuple)) else axes


@also(keepdims="keep_dims")
@op("moments", count=2)
def moments(x: Any, axes: Any, shift: Any = None, name: str | None = None, keep_dims: bool = False) -> Any:
    """The mean and the variance over axes."""
    x, along = tensor(x), _axes(axes)
    mean = lp.mean(x, axis=along, keepdims=True)
    variance = lp.mean(lp.square(x - lp.stop_gradient(mean)), axis=along, keepdims=True)
    if keep_dims:
        return mean, variance
    return lp.squeeze(mean, axis=along), lp.squeeze(variance, axis=along)


@also(keepdims="keep_dims")
@op("weighted_moments", count=2)
def weighted_moments(
    x: Any, axes: Any, frequency_weights: Any, name: str | None = None, keep_dims: bool = False
) -> Any:
    """The mean and the variance over axes, where elements count by their weights."""
    x, along = tensor(x), _axes(axes)
    w = tensor(frequency_weights, x.dtype) + lp.zeros_like(x)
    total = lp.sum(w, axis=along, keepdims=True)
    mean = lp.sum(w * x, axis=along, keepdims=True) / total
    variance = lp.sum(w * lp.square(x - mean), axis=along, keepdims=True) / total
    if keep_dims:
        return mean, variance
    return lp.squeeze(mean, axis=along), lp.squeeze(variance, axis=along)


@op("sufficient_statistics", count=4)
def _sufficient(x: Any, axes: Any, shift: Any, keep_dims: bool, name: str | None = None) -> Any:
    x, along = tensor(x), _axes(axes)
    centred = x if shift is None else x - tensor(shift, x.dtype)
    counts = lp.sum(lp.ones(tuple(x.shape[a] for a in along), x.dtype))
    sums = lp.sum(centred, axis=along, keepdims=keep_dims)
    squares = lp.sum(lp.square(centred), axis=along, keepdims=keep_dims)
    return counts, sums, squares, lp.zeros((), x.dtype) if shift is None else tensor(shift, x.dtype)


@also(keepdims="keep_dims")
def sufficient_statistics(
    x: Any, axes: Any, shift: Any = None, keep_dims: bool = False, name: str | None = None
) -> Any:
    """How many, their sum, the sum of their squares, and the shift."""
    count, total, squares, _ = _sufficient(x, axes, shift, keep_dims, name=name)
    return count, total, squares, shift


@op("normalize", count=2)
def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> Any:
    """Mean and variance from sufficient statistics."""
    share = 1 / tensor(counts)
    shifted = tensor(mean_ss) * share
    mean = shifted if shift is None else shifted + tensor(shift, shifted.dtype)
    return mean, tensor(variance_ss) * share - lp.square(shifted)


# --------------------------------------------------------------------------------------------------- norms
@op("batchnorm")
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: Any,
    name: str | None = None,
) -> Any:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset."""
    x = tensor(x)
    factor = 1 / lp.sqrt(tensor(variance, x.dtype) + variance_epsilon)
    if scale is not None:
        factor = factor * tensor(scale, x.dtype)
    shift = -tensor(mean, x.dtype) * factor
    return x * factor + (shift if offset is None else shift + tensor(offset, x.dtype))


def batch_norm_with_global_normalization(
    t: Any = None,
    m: Any = None,
    v: Any = None,
    beta: Any = None,
    gamma: Any = None,
    variance_epsilon: Any = None,
    scale_after_normalization: bool = True,
    name: str | None = None,
    input: Any = None,
    mean: Any = None,
    variance: Any = None,
) -> Any:
    """batch_normalization in its words of 2015."""
    return batch_normalization(
        input if t is None else t, mean if m is None else m, variance if v is None else v, beta,
        gamma if scale_after_normalization else None, variance_epsilon, name=name,
    )  # fmt: skip


@op("FusedBatchNorm", count=3)
def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> Any:
    """Normalised by the batch while training, with the batch's mean and (unbiased) variance."""
    x = last(tensor(x), data_format)
    if is_training:
        axes = tuple(range(x.ndim - 1))
        m = lp.mean(x, axis=axes)
        v = lp.mean(lp.square(x - m), axis=axes)
        count = x.size / m.size
        told = v * (count / lp.maximum(count - 1, 1))
    else:
        m, v = tensor(mean), tensor(variance)
        told = v
    y = (x - m) * (tensor(scale) / lp.sqrt(v + epsilon)) + tensor(offset)
    return back(y, data_format), m, told


@op("LRN")
def local_response_normalization(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Any:
    """x / (bias + alpha * the sum of squares of the channels around)^beta (Krizhevsky et al. 2012)."""
    size = 2 * int(depth_radius) + 1
    return local_response_norm(tensor(input), size, alpha * size, beta, bias, layout="NHWC")


lrn = local_response_normalization


@also(dim="axis")
@op("l2_normalize")
def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None) -> Any:
    """x / sqrt(max(sum(x^2), epsilon)) over axes."""
    x = tensor(x)
    return x / lp.sqrt(lp.maximum(lp.sum(lp.square(x), axis=_axes(axis), keepdims=True), epsilon))


@op("L2Loss")
def l2_loss(t: Any, name: str | None = None) -> Any:
    """sum(t^2) / 2."""
    return lp.sum(lp.square(tensor(t))) / 2


@op("zero_fraction", gradient=False)
def zero_fraction(value: Any, name: str | None = None) -> Any:
    """How much of a tensor is zero."""
    return lp.mean(lp.equal(tensor(value), 0).astype("float32"))


# ------------------------------------------------------------------------------------------------- dropout
def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: Any = None,
    name: str | None = None,
    rate: Any = None,
) -> Any:
    """Elements divided by `keep_prob` with this probability, 0 else (Srivastava et al. 2014)."""
    if rate is not None and keep_prob is not None:
        raise ValueError("You can't specify both 'rate' and 'keep_prob'.")
    if rate is None and keep_prob is None:
        raise ValueError("You must provide a rate to dropout.")
    kept = as_scalar(1 - rate if keep_prob is None else keep_prob)
    if isinstance(kept, (int, float, np.floating)) and not 0 < kept <= 1:
        raise ValueError(f"keep_prob must be a scalar tensor or a float in the range (0, 1], got {kept:g}")
    return _dropped(x, kept, noise_shape, random.generator(seed), name=name or "dropout")


@op("Dropout", once=True)
def _dropped(x: Any, kept: Any, noise_shape: Any, generator: Any, name: str | None = None) -> Any:
    x = tensor(x)
    if is_guess() or (isinstance(kept, (int, float, np.floating)) and kept == 1):
        return x
    share = tensor(kept, x.dtype)
    shape = x.shape if noise_shape is None else _with_sizes(noise_shape, x)
    u: Tensor = generator.random(shape, dtype=x.dtype)
    return lp.where(lp.less(u, share), x / share, 0.0)


def _with_sizes(noise_shape: Any, x: Any) -> tuple[Any, ...]:
    if isinstance(noise_shape, (list, tuple)):
        return tuple(
            n if s is None else s for s, n in zip(
                [None if s is None else sizes([s])[0] for s in noise_shape], x.shape, strict=True
            )
        )  # fmt: skip
    return sizes(noise_shape)


__all__ = [
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "bias_add",
    "dropout",
    "fused_batch_norm",
    "l2_loss",
    "l2_normalize",
    "local_response_normalization",
    "lrn",
    "moments",
    "normalize_moments",
    "relu_layer",
    "sufficient_statistics",
    "weighted_moments",
    "xw_plus_b",
    "zero_fraction",
]
