"""Normalisation, dropout, losses."""

from __future__ import annotations

from typing import Any

from ...errors import DataError
from ...nn.dropout import Dropout
from ...nn.norms import standardised
from ...nn.words import lp
from ...tensor import Parameter, Tensor, astensor
from .table import Call, axis_in, number, operator


def per_channel(v: Any, x: Tensor) -> Any:
    """A vector along the second axis of x."""
    return lp.reshape(v, (-1, *[1] * (x.ndim - 2)))


@operator("BatchNormalization")
def batch_norm(
    x: Any, scale: Any, bias: Any, mean: Any, variance: Any, *, call: Call, epsilon: float = 1e-5,
    momentum: float = 0.9, training_mode: int = 0, spatial: int = 1, is_test: int = 0,
    consumed_inputs: Any = None,
) -> Any:  # fmt: skip
    """By running statistics; in training mode by those of the batch, towards which the running ones move."""
    x = astensor(x)
    learning = call.training() and isinstance(mean, Parameter) and isinstance(variance, Parameter)
    if not training_mode and not learning:
        factor = per_channel(1 / lp.sqrt(variance + epsilon) * scale, x)
        return ((x - per_channel(mean, x)) * factor + per_channel(bias, x)).astype(x.dtype)
    axes = tuple(a for a in range(x.ndim) if a != 1)
    y, own_mean, own_variance = standardised(x, axes, epsilon)
    y = y * per_channel(scale, x) + per_channel(bias, x)
    found = [lp.reshape(v, (-1,)) for v in (own_mean, own_variance)]
    running = [
        old * momentum + now * (1 - momentum) for old, now in zip((mean, variance), found, strict=True)
    ]
    if learning:
        mean.assign(lp.stop_gradient(running[0]))
        variance.assign(lp.stop_gradient(running[1]))
    return (y.astype(x.dtype), *running) if call.outputs > 1 else y.astype(x.dtype)


@operator("InstanceNormalization")
def instance_norm(
    x: Any, scale: Any, bias: Any, *, epsilon: float = 1e-5, consumed_inputs: Any = None
) -> Any:
    x = astensor(x)
    y, _, _ = standardised(x, range(2, x.ndim), epsilon)
    return y * per_channel(scale, x) + per_channel(bias, x)


def _grouped(x: Tensor, groups: int, epsilon: float) -> Any:
    n, channels = x.shape[:2]
    if not isinstance(channels, int) or groups < 1 or channels % groups:
        raise DataError("onnx", f"{channels} channels do not go into {groups} groups")
    rows = lp.reshape(x, (n, groups, channels // groups, *x.shape[2:]))
    y, _, _ = standardised(rows, range(2, rows.ndim), epsilon)
    return y


@operator("GroupNormalization", 18)
def group_norm_of_groups(x: Any, scale: Any, bias: Any, *, num_groups: int, epsilon: float = 1e-5) -> Any:
    x = astensor(x)
    y = _grouped(x, num_groups, epsilon)
    return lp.reshape(y * per_channel(scale, y) + per_channel(bias, y), x.shape)


@operator("GroupNormalization", 21)
def group_norm(
    x: Any, scale: Any, bias: Any, *, num_groups: int, epsilon: float = 1e-5, stash_type: int = 1
) -> Any:
    x = astensor(x)
    y = lp.reshape(_grouped(x, num_groups, epsilon), x.shape)
    return y * per_channel(scale, x) + per_channel(bias, x)


@operator("LayerNormalization")
def layer_norm(
    x: Any,
    scale: Any,
    bias: Any = None,
    *,
    call: Call,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
) -> Any:
    x = astensor(x)
    axes = range(axis_in(axis, x.ndim), x.ndim)
    y, mean, variance = standardised(x, axes, epsilon)
    y = y * scale if bias is None else y * scale + bias
    return (y, mean, 1 / lp.sqrt(variance + epsilon)) if call.outputs > 1 else y


@operator("RMSNormalization")
def rms_norm(x: Any, scale: Any, *, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1) -> Any:
    x = astensor(x)
    axes = tuple(range(axis_in(axis, x.ndim), x.ndim))
    size = lp.sqrt(lp.mean(lp.square(x), axis=axes, keepdims=True) + epsilon)
    return x * (1 / size) * scale


@operator("LRN")
def local_response_norm(
    x: Any, *, size: int, alpha: float = 0.0001, beta: float = 0.75, bias: float = 1.0
) -> Any:
    x = astensor(x)
    before = (size - 1) // 2
    ends = [(0, 0), (before, size - 1 - before), *[(0, 0)] * (x.ndim - 2)]
    wide = lp.pad(lp.square(x), ends)
    total = sum(wide[:, i : i + x.shape[1]] for i in range(size))
    return x / lp.power(total * (alpha / size) + bias, beta)


@operator("MeanVarianceNormalization")
def mean_variance_norm(x: Any, *, axes: Any = (0, 2, 3)) -> Any:
    y, _, _ = standardised(astensor(x), tuple(axes), 0.0)
    return y


# ---------------------------------------------------------------------------------------------- dropout
def _dropped(x: Any, ratio: float, active: bool, call: Call) -> Any:
    x = astensor(x)
    if not active or not ratio:
        return (x, lp.ones(x.shape, "bool")) if call.outputs > 1 else x
    y = Dropout(ratio)(x)
    return (y, lp.not_equal(y, 0)) if call.outputs > 1 else y


@operator("Dropout")
def dropout_attribute(
    x: Any, *, call: Call, ratio: float = 0.5, is_test: int = 1, consumed_inputs: Any = None
) -> Any:
    return _dropped(x, ratio, call.training(), call)


@operator("Dropout", 12)
def dropout(
    x: Any, ratio: Any = None, training_mode: Any = None, *, call: Call, seed: int | None = None
) -> Any:
    share = 0.5 if ratio is None else float(number(ratio, "the ratio"))
    active = training_mode is not None and bool(number(training_mode, "the training mode"))
    return _dropped(x, share, active or call.training(), call)
