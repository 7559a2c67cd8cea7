"""tf.layers: batch normalisation."""

from __future__ import annotations

from typing import Any

from ....nn.words import lp
from ... import missing
from ..arrays.forms import as_scalar
from ..initializers import Ones, Zeros
from ..recording import op, tensor
from ..variables import assign_sub
from .base import Layer, size_of


class BatchNormalization(Layer):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta (Ioffe and Szegedy 2015).

    While training, mean and variance are the batch's, and operations in the collection UPDATE_OPS move
    moving_mean and moving_variance towards them; else these are taken.
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: Any = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = None,
        gamma_initializer: Any = None,
        moving_mean_initializer: Any = None,
        moving_variance_initializer: Any = None,
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: Any = None,
        adjustment: Any = None,
        name: str | None = None,
        **settings: Any,
    ):
        super().__init__(trainable, name or self._unique("batch_normalization"), **settings)
        for given, word in [
            (renorm, "renorm"),
            (virtual_batch_size, "virtual_batch_size"),
            (adjustment, "adjustment"),
        ]:
            if given:
                missing.record(f"tf.layers.batch_normalization({word}=)")
                raise NotImplementedError(f"batch_normalization({word}=) is not there")
        self.axis = axis[0] if isinstance(axis, (list, tuple)) else axis
        self.momentum, self.epsilon, self.fused = momentum, epsilon, fused
        self.center, self.scale = center, scale
        self._own = {
            "beta": (beta_initializer or Zeros(), beta_regularizer, beta_constraint),
            "gamma": (gamma_initializer or Ones(), gamma_regularizer, gamma_constraint),
        }
        self._moving = {
            "moving_mean": moving_mean_initializer or Zeros(),
            "moving_variance": moving_variance_initializer or Ones(),
        }

    def build(self, input_shape: Any) -> None:
        size = None if input_shape.ndims is None else size_of(input_shape[self.axis])
        if size is None:
            raise ValueError(f"Input has undefined `axis` dimension. Input shape: {input_shape}")
        self.gamma = self._variable("gamma", size) if self.scale else None
        self.beta = self._variable("beta", size) if self.center else None
        for name, initializer in self._moving.items():
            setattr(self, name, self.add_variable(name, [size], initializer=initializer, trainable=False))
        rank = input_shape.ndims
        self._unbiased = rank == 4 if self.fused is None else bool(self.fused)
        self.built = True

    def _variable(self, name: str, size: int) -> Any:
        init, regularizer, constraint = self._own[name]
        return self.add_variable(name, [size], None, init, regularizer, constraint=constraint)

    def call(self, inputs: Any, training: Any = False, *args: Any, **kwargs: Any) -> Any:
        moving: list[Any] = [self.moving_mean, self.moving_variance]  # type: ignore[attr-defined]
        training = as_scalar(training)
        if training is False or training is None or (isinstance(training, int) and not training):
            y, _, _ = _normalised(
                inputs, self.axis, self.gamma, self.beta, moving, False, self.epsilon, False
            )
            return y
        y, *seen = _normalised(
            inputs, self.axis, self.gamma, self.beta, moving, training, self.epsilon, self._unbiased
        )
        for variable, value in zip(moving, seen, strict=True):
            step = _step(variable, value, self.momentum, training)
            self.add_update(assign_sub(variable, step, name="AssignMovingAvg"))
        return y


@op("FusedBatchNorm", count=3)
def _normalised(
    x: Any, axis: int, gamma: Any, beta: Any, moving: Any, training: Any, epsilon: float, unbiased: bool,
    name: str | None = None,
) -> Any:  # fmt: skip
    x = tensor(x)
    axis %= x.ndim
    shape = tuple(x.shape[a] if a == axis else 1 for a in range(x.ndim))
    m, v = (tensor(t).astype(x.dtype) for t in moving)
    told = v
    if training is not False:
        axes = tuple(a for a in range(x.ndim) if a != axis)
        mean = lp.mean(x, axis=axes)
        variance = lp.mean(lp.square(x - lp.reshape(mean, shape)), axis=axes)
        count = x.size // x.shape[axis]
        whole = (
            variance * (count / (count - 1))
            if unbiased and not (isinstance(count, int) and count < 2)
            else variance
        )
        if training is True or isinstance(training, int):
            m, v, told = mean, variance, whole
        else:
            on = tensor(training).astype("bool")
            m, v, told = lp.where(on, mean, m), lp.where(on, variance, v), lp.where(on, whole, v)
    factor = 1 / lp.sqrt(v + epsilon)
    if gamma is not None:
        factor = factor * tensor(gamma)
    shift = -m * factor if beta is None else tensor(beta) - m * factor
    return (
        x * lp.reshape(factor, shape) + lp.reshape(shift, shape),
        lp.stop_gradient(m),
        lp.stop_gradient(told),
    )


@op("Mul", gradient=False)
def _step(variable: Any, value: Any, momentum: Any, training: Any, name: str | None = None) -> Any:
    """How far a moving average goes back from a value; not at all where there is no training."""
    variable = tensor(variable)
    step = (variable - tensor(value).astype(variable.dtype)) * (1 - momentum)
    if training is True or isinstance(training, int):
        return step
    return lp.where(tensor(training).astype("bool"), step, 0)


BatchNorm = BatchNormalization


def batch_normalization(
    inputs: Any,
    axis: Any = -1,
    momentum: Any = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = None,
    gamma_initializer: Any = None,
    moving_mean_initializer: Any = None,
    moving_variance_initializer: Any = None,
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
    **settings: Any,
) -> Any:
    """As BatchNormalization; `training` may be a tensor."""
    layer = BatchNormalization(
        axis, momentum, epsilon, center, scale, beta_initializer, gamma_initializer, moving_mean_initializer,
        moving_variance_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint,
        trainable=trainable, name=name, _scope=name, _reuse=reuse, **settings,
    )  # fmt: skip
    return layer(inputs, training=training)


batch_norm = batch_normalization
