"""tf.layers: dense layers, dropout, flattening."""

from __future__ import annotations

from typing import Any

from ....nn.words import lp
from .. import nn as functions
from ..control import smart_cond
from ..initializers import Zeros
from ..recording import op, tensor
from ..shapes import TensorShape
from .base import Layer, size_of


def with_activation(x: Any, activation: Any) -> Any:
    """activation(x), or x where there is none."""
    return x if activation is None else activation(x)


@op("MatMul")
def product(x: Any, w: Any, name: str | None = None) -> Any:
    """x @ w over the last axis of x."""
    return tensor(x) @ tensor(w)


class Dense(Layer):
    """activation(x W + b) over the last axis."""

    def __init__(
        self,
        units: Any,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **settings: Any,
    ):
        super().__init__(trainable, name, activity_regularizer=activity_regularizer, **settings)
        self.units, self.activation, self.use_bias = int(size_of(units) or 0), activation, use_bias
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer
        self.kernel_regularizer, self.bias_regularizer = kernel_regularizer, bias_regularizer
        self.kernel_constraint, self.bias_constraint = kernel_constraint, bias_constraint

    def build(self, input_shape: Any) -> None:
        width = None if input_shape.ndims is None else size_of(input_shape[-1])
        if width is None:
            raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None`.")
        self.kernel = self.add_variable(
            "kernel", [width, self.units], initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer, constraint=self.kernel_constraint,
        )  # fmt: skip
        self.bias = None
        if self.use_bias:
            self.bias = self.add_variable(
                "bias", [self.units], initializer=self.bias_initializer or Zeros(),
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
            )  # fmt: skip
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        outputs = product(inputs, self.kernel)
        if self.bias is not None:
            outputs = functions.bias_add(outputs, self.bias)
        return with_activation(outputs, self.activation)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return TensorShape([*TensorShape(input_shape).as_list()[:-1], self.units])


FullyConnected = Dense


def dense(
    inputs: Any,
    units: Any,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = None,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """activation(x W + b) over the last axis, with variables "kernel" and "bias"."""
    layer = Dense(
        units,
        activation,
        use_bias,
        kernel_initializer,
        bias_initializer,
        kernel_regularizer,
        bias_regularizer,
        activity_regularizer,
        kernel_constraint,
        bias_constraint,
        trainable,
        name,
        _scope=name,
        _reuse=reuse,
    )
    return layer(inputs)


fully_connected = dense


class Dropout(Layer):
    """Elements dropped with probability `rate` while training."""

    def __init__(
        self, rate: Any = 0.5, noise_shape: Any = None, seed: Any = None, name: Any = None, **settings: Any
    ):
        super().__init__(name=name, **settings)
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed

    def call(self, inputs: Any, training: Any = False, *args: Any, **kwargs: Any) -> Any:
        if isinstance(training, (bool, int)):
            if not training or (isinstance(self.rate, (int, float)) and self.rate == 0):
                return _identity(inputs)
            return functions.dropout(inputs, rate=self.rate, noise_shape=self.noise_shape, seed=self.seed)
        return smart_cond(
            training,
            lambda: functions.dropout(inputs, rate=self.rate, noise_shape=self.noise_shape, seed=self.seed),
            lambda: _identity(inputs),
        )


@op("Identity")
def _identity(x: Any, name: str | None = None) -> Any:
    return tensor(x)


@op("Select", like="a")
def either(condition: Any, a: Any, b: Any, name: str | None = None) -> Any:
    """a where the condition holds, else b."""
    return lp.where(tensor(condition), tensor(a), tensor(b))


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: Any = None,
    training: Any = False,
    name: str | None = None,
) -> Any:
    """Elements dropped with probability `rate` where `training` says so."""
    return Dropout(rate, noise_shape, seed, name)(inputs, training=training)


class Flatten(Layer):
    """(batch, everything else)."""

    def __init__(self, data_format: Any = None, name: Any = None, **settings: Any):
        super().__init__(name=name, **settings)

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        return flattened(inputs, name="flatten/Reshape")


@op("Reshape")
def flattened(x: Any, name: str | None = None) -> Any:
    """(batch, everything else)."""
    x = tensor(x)
    return lp.reshape(x, (x.shape[0], -1)) if x.ndim != 1 else lp.reshape(x, (-1, 1))


def flatten(inputs: Any, name: str | None = None, data_format: Any = None) -> Any:
    """(batch, everything else)."""
    return Flatten(name=name)(inputs)
