"""`keras.layers.normalization`."""

from __future__ import annotations

from typing import Any, ClassVar

from ... import missing
from .. import backend as K
from .. import constraints, initializers, regularizers
from ..engine.base_layer import InputSpec, Layer


class BatchNormalization(Layer):
    """(x - mean) / sqrt(variance + epsilon) gamma + beta, over the batch.

    In training mean and variance are those of the batch, and the moving ones follow them; in evaluation these
    are used. mode (Keras 1): 0 per feature; 1 per sample; 2 per feature, by the batch in evaluation too.
    """

    extra: ClassVar[dict[str, Any]] = {"mode": 0, "fused": None, "renorm": None}

    beta_initializer: Any
    gamma_initializer: Any
    moving_mean_initializer: Any
    moving_variance_initializer: Any
    spellings: ClassVar[dict[str, str]] = {
        "beta_init": "beta_initializer", "gamma_init": "gamma_initializer",
    }  # fmt: skip

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, kwargs = super()._respelled(args, kwargs)
        if args and isinstance(args[0], float):  # Keras 1: (epsilon, mode, axis, momentum)
            for name, value in zip(("epsilon", "mode", "axis", "momentum"), args, strict=False):
                kwargs.setdefault(name, value)
            args = ()
        elif args and isinstance(args[0], (tuple, list)):  # 0.1: (input_shape)
            kwargs["input_shape"], args = tuple(args[0]), args[1:]
        return args, kwargs

    def __init__(
        self, axis: Any = -1, momentum: float = 0.99, epsilon: float = 1e-3, center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones", beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None, gamma_constraint: Any = None, mode: int = 0, fused: Any = None,
        renorm: Any = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.supports_masking = True
        self.axis = axis[0] if isinstance(axis, (list, tuple)) else axis
        self.momentum, self.epsilon, self.center, self.scale, self.mode = (
            momentum,
            epsilon,
            center,
            scale,
            mode,
        )
        for part in ("beta", "gamma", "moving_mean", "moving_variance"):
            setattr(self, f"{part}_initializer", initializers.get(locals()[f"{part}_initializer"]))
        self.beta_regularizer, self.gamma_regularizer = (
            regularizers.get(beta_regularizer),
            regularizers.get(gamma_regularizer),
        )
        self.beta_constraint, self.gamma_constraint = (
            constraints.get(beta_constraint),
            constraints.get(gamma_constraint),
        )

    def build(self, input_shape: Any) -> None:
        size = input_shape[self.axis]
        if size is None:
            raise ValueError(
                f"Axis {self.axis} of input tensor should have a defined dimension but the layer received an"
                f" input with shape {input_shape}."
            )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: size})
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                "gamma",
                (size,),
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )
        if self.center:
            self.beta = self.add_weight(
                "beta",
                (size,),
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
            )
        self.moving_mean = self.add_weight(
            "moving_mean", (size,), initializer=self.moving_mean_initializer, trainable=False
        )
        self.moving_variance = self.add_weight(
            "moving_variance", (size,), initializer=self.moving_variance_initializer, trainable=False
        )
        self.built = True

    running_mean = property(lambda self: self.moving_mean)
    running_std = property(lambda self: self.moving_variance)

    def call(self, inputs: Any, training: Any = None) -> Any:
        rank = K.ndim(inputs) or 0
        axis = self.axis % rank
        axes = [i for i in range(rank) if i != axis]
        if self.mode == 1:
            mean, var = K.mean(inputs, axis=-1, keepdims=True), K.var(inputs, axis=-1, keepdims=True)
            return K.batch_normalization(inputs, mean, var, self.beta, self.gamma, epsilon=self.epsilon)
        shape = [1] * rank
        shape[axis] = K.int_shape(inputs)[axis]

        def along(x: Any) -> Any:
            return x if x is None or axis == rank - 1 else K.reshape(x, shape)

        def by_moving() -> Any:
            return K.batch_normalization(
                inputs,
                along(self.moving_mean),
                along(self.moving_variance),
                along(self.beta),
                along(self.gamma),
                axis,
                self.epsilon,
            )

        if training in (0, False):
            return by_moving()
        y, mean, var = K.normalize_batch_in_training(inputs, self.gamma, self.beta, axes, self.epsilon)
        if self.mode == 2:
            return y
        count = K.prod(K.gather(K.shape(inputs), axes))
        count = K.cast(count, K.floatx())
        unbiased = var * (count / (count - (1.0 + self.epsilon)))
        updates = [
            (moving, moving * self.momentum + K.stop_gradient(now) * (1.0 - self.momentum))
            for moving, now in ((self.moving_mean, mean), (self.moving_variance, unbiased))
        ]
        self.add_update(updates, inputs)
        return K.in_train_phase(y, by_moving, training)


class LayerNormalization(Layer):
    """Every sample standardised over its last axis, times gamma plus beta."""

    def __init__(
        self, axis: int = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.axis, self.epsilon, self.center, self.scale = axis, epsilon, center, scale
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        size = (input_shape[self.axis],)
        self.gamma = self.add_weight("gamma", size, initializer="ones") if self.scale else None
        self.beta = self.add_weight("beta", size, initializer="zeros") if self.center else None
        self.built = True

    def call(self, inputs: Any) -> Any:
        mean, var = (
            K.mean(inputs, axis=self.axis, keepdims=True),
            K.var(inputs, axis=self.axis, keepdims=True),
        )
        return K.batch_normalization(inputs, mean, var, self.beta, self.gamma, epsilon=self.epsilon)


__getattr__ = missing.attributes("keras.layers.normalization", globals())
__all__ = ["BatchNormalization", "LayerNormalization"]
