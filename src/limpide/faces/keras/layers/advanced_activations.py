"""`keras.layers.advanced_activations`."""

from __future__ import annotations

from typing import Any, ClassVar

from ... import missing
from .. import activations, constraints, initializers, regularizers
from .. import backend as K
from ..engine.base_layer import Layer


class LeakyReLU(Layer):
    """x where it is positive, else alpha x."""

    supports_masking = True

    def __init__(self, alpha: float = 0.3, **kwargs: Any):
        super().__init__(**kwargs)
        self.alpha = float(alpha)

    def call(self, inputs: Any) -> Any:
        return K.relu(inputs, alpha=self.alpha)


class PReLU(Layer):
    """x where it is positive, else alpha x with a trained alpha for every element.

    Shared_axes: one for all of them.
    """

    supports_masking = True
    spellings: ClassVar[dict[str, str]] = {"init": "alpha_initializer"}

    def __init__(
        self, alpha_initializer: Any = "zeros", alpha_regularizer: Any = None, alpha_constraint: Any = None,
        shared_axes: Any = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer, self.alpha_constraint = (
            regularizers.get(alpha_regularizer),
            constraints.get(alpha_constraint),
        )
        self.shared_axes = (
            None
            if shared_axes is None
            else list(shared_axes)
            if isinstance(shared_axes, (list, tuple))
            else [shared_axes]
        )

    def build(self, input_shape: Any) -> None:
        shape = [1 if i + 1 in (self.shared_axes or ()) else s for i, s in enumerate(input_shape[1:])]
        self.alpha = self.add_weight(
            "alpha",
            shape,
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        self.built = True

    def call(self, inputs: Any) -> Any:
        return K.relu(inputs) + self.alpha * K.minimum(inputs, 0.0)


class ELU(Layer):
    """x where it is positive, else alpha (exp(x) - 1)."""

    supports_masking = True

    def __init__(self, alpha: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.alpha = float(alpha)

    def call(self, inputs: Any) -> Any:
        return K.elu(inputs, self.alpha)


class ThresholdedReLU(Layer):
    """x where it is above theta, else 0."""

    supports_masking = True

    def __init__(self, theta: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.theta = float(theta)

    def call(self, inputs: Any) -> Any:
        return inputs * K.cast(K.greater(inputs, self.theta), K.floatx())


class Softmax(Layer):
    """exp(x) / sum(exp(x)) along an axis."""

    supports_masking = True

    def __init__(self, axis: int = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        return activations.softmax(inputs, axis=self.axis)


class ReLU(Layer):
    """max(x, 0), with a largest value, a slope and a threshold."""

    supports_masking = True

    def __init__(
        self, max_value: Any = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.max_value, self.negative_slope, self.threshold = (
            max_value,
            float(negative_slope),
            float(threshold),
        )

    def call(self, inputs: Any) -> Any:
        return K.relu(inputs, alpha=self.negative_slope, max_value=self.max_value, threshold=self.threshold)


class ParametricSoftplus(Layer):
    """alpha log(1 + exp(beta x)) with trained alpha and beta (Keras 1)."""

    supports_masking = True

    def __init__(
        self,
        alpha_init: float = 0.2,
        beta_init: float = 5.0,
        weights: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ):
        super().__init__(weights=weights, **kwargs)
        self.alpha_init, self.beta_init = alpha_init, beta_init

    def build(self, input_shape: Any) -> None:
        shape = input_shape[1:]
        self.alphas = self.add_weight("alpha", shape, initializer=initializers.Constant(self.alpha_init))
        self.betas = self.add_weight("beta", shape, initializer=initializers.Constant(self.beta_init))
        self.built = True

    def call(self, inputs: Any) -> Any:
        return K.softplus(self.betas * inputs) * self.alphas


class SReLU(Layer):
    """Two lines outside of [t_left, t_right], all four parameters trained (Keras 1)."""

    supports_masking = True
    t_left: Any
    a_left: Any
    t_right: Any
    a_right: Any

    def __init__(
        self, t_left_init: Any = "zero", a_left_init: Any = "glorot_uniform",
        t_right_init: Any = "glorot_uniform",
        a_right_init: Any = "one", shared_axes: Any = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.t_left_init, self.a_left_init = initializers.get(t_left_init), initializers.get(a_left_init)
        self.t_right_init, self.a_right_init = initializers.get(t_right_init), initializers.get(a_right_init)

    def build(self, input_shape: Any) -> None:
        for name in ("t_left", "a_left", "t_right", "a_right"):
            setattr(
                self, name, self.add_weight(name, input_shape[1:], initializer=getattr(self, f"{name}_init"))
            )
        self.built = True

    def call(self, inputs: Any) -> Any:
        right = self.t_left + K.abs(self.t_right)
        left = self.t_left + K.relu(inputs - self.t_left) - K.relu(inputs - right)
        return (
            left + self.a_left * K.minimum(inputs - self.t_left, 0.0) + self.a_right * K.relu(inputs - right)
        )


__getattr__ = missing.attributes("keras.layers.advanced_activations", globals())
__all__ = ["ELU", "LeakyReLU", "PReLU", "ParametricSoftplus", "ReLU", "SReLU", "Softmax", "ThresholdedReLU"]
