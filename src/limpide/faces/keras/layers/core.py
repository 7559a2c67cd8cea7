"""`keras.layers.core`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ... import missing
from .. import activations, constraints, initializers, regularizers
from .. import backend as K
from ..engine.base_layer import InputLayer, InputSpec, Layer, registry
from ..spelling import DENSE, WEIGHTS
from ..symbols import apply, int_shape
from ..utils.generic_utils import has_arg


class Masking(Layer):
    """Steps whose elements are all mask_value are passed over by the layers that follow."""

    supports_masking = True

    def __init__(self, mask_value: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return K.any(K.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        kept = K.any(K.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return inputs * K.cast(kept, K.dtype(inputs))


class Dropout(Layer):
    """Every element 0 with probability `rate` in training, else divided by 1 - rate."""

    supports_masking = True
    spellings: ClassVar[dict[str, str]] = {"p": "rate"}

    def __init__(self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate, self.noise_shape, self.seed = min(1.0, max(0.0, rate)), noise_shape, seed

    def _get_noise_shape(self, inputs: Any) -> Any:
        return self.noise_shape

    def call(self, inputs: Any, training: Any = None) -> Any:
        if not 0.0 < self.rate < 1.0:
            return inputs
        return K.in_train_phase(
            lambda: K.dropout(inputs, self.rate, self._get_noise_shape(inputs), self.seed), inputs, training
        )


class _SpatialDropout(Dropout):
    """Whole channels 0 with probability `rate` in training."""

    rank = 1

    def __init__(self, rate: float, data_format: str | None = None, **kwargs: Any):
        super().__init__(rate, **kwargs)
        self.data_format = K.normalize_data_format(data_format) if self.rank > 1 else "channels_last"
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _get_noise_shape(self, inputs: Any) -> Any:
        ones = (1,) * self.rank
        return (None, None, *ones) if self.data_format == "channels_first" else (None, *ones, None)


class SpatialDropout1D(_SpatialDropout):
    """Whole channels of (samples, steps, channels)."""


class SpatialDropout2D(_SpatialDropout):
    """Whole channels of images."""

    rank = 2


class SpatialDropout3D(_SpatialDropout):
    """Whole channels of volumes."""

    rank = 3


class Activation(Layer):
    """An activation by name, or a function."""

    supports_masking = True

    def __init__(self, activation: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)


class Reshape(Layer):
    """Another shape of every sample; one size may be -1."""

    spellings: ClassVar[dict[str, str]] = {"dims": "target_shape"}

    def __init__(self, target_shape: Any, *more: int, **kwargs: Any):
        super().__init__(**kwargs)
        sizes = (target_shape, *more) if isinstance(target_shape, (int, np.integer)) else target_shape
        self.target_shape = tuple(int(s) for s in sizes)

    def call(self, inputs: Any) -> Any:
        shape = int_shape(inputs)
        sizes = self.target_shape
        if shape is not None and None not in shape[1:]:
            whole = int(np.prod(shape[1:], dtype=np.int64))
            if -1 in sizes:
                rest = -int(np.prod(sizes, dtype=np.int64))
                sizes = tuple(whole // max(rest, 1) if s == -1 else s for s in sizes)
            if int(np.prod(sizes, dtype=np.int64)) != whole:
                raise ValueError("total size of new array must be unchanged")
        return apply(_reshaped, inputs, sizes)


def _reshaped(x: Any, sizes: Any) -> Any:
    return x.reshape((x.shape[0], *sizes))


class Permute(Layer):
    """The axes of every sample in another order; dims are counted from 1."""

    def __init__(self, dims: Any, *more: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.dims = (dims, *more) if isinstance(dims, int) else tuple(dims)

    def call(self, inputs: Any) -> Any:
        return K.permute_dimensions(inputs, (0, *self.dims))


class Flatten(Layer):
    """Every sample as a vector."""

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = data_format

    def compute_output_shape(self, input_shape: Any) -> Any:
        rest = input_shape[1:]
        return (input_shape[0], None if None in rest else int(np.prod(rest, dtype=np.int64)))

    def call(self, inputs: Any) -> Any:
        if self.data_format == "channels_first":
            inputs = K.permute_dimensions(inputs, (0, *range(2, K.ndim(inputs) or 0), 1))
        return K.batch_flatten(inputs)


class RepeatVector(Layer):
    """(samples, size) n times: (samples, n, size)."""

    def __init__(self, n: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        return K.repeat(inputs, self.n)


class Lambda(Layer):
    """A function of the input as a layer.

    output_shape: a shape without the samples, or a function of shapes.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.function, self.arguments = function, arguments or {}
        self._output_shape = output_shape
        self.mask = mask
        if mask is not None:
            self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        arguments = dict(self.arguments)
        if has_arg(self.function, "mask"):
            arguments["mask"] = mask
        return self.function(inputs, **arguments)

    def _tell_shapes(self, inputs: list[Any], outputs: list[Any]) -> None:
        if self._output_shape is None:
            return
        shapes = [int_shape(x) for x in inputs]
        if callable(self._output_shape):
            told = self._output_shape(shapes if len(shapes) > 1 else shapes[0])
        else:
            told = (shapes[0][0] if shapes[0] else None, *self._output_shape)
        for o, shape in zip(outputs, [told] if not isinstance(told, list) else told, strict=False):
            own = int_shape(o)
            if shape is not None and (own is None or None in own[1:] and len(own) == len(shape)):
                o._keras_shape = tuple(shape)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        config = Layer.get_config(self)
        name = getattr(self.function, "__name__", "function")
        shape = self._output_shape if not callable(self._output_shape) else None
        return {
            **config,
            "function": name,
            "function_type": "function",
            "output_shape": shape,
            "arguments": self.arguments,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        config = {
            k: v
            for k, v in config.items()
            if k
            not in (
                "function_type",
                "output_shape_type",
                "module",
                "output_shape_module",
                "function_module",
            )
        }
        name = config.get("function")
        if isinstance(name, str):
            known = {**registry.get("functions", {}), **(custom_objects or {})}
            if name not in known:
                raise ValueError(
                    f"The function '{name}' of a Lambda layer is Python code, which is never read from a"
                    f" file: give it in custom_objects={{'{name}': function}}"
                )
            config["function"] = known[name]
        elif not callable(name):
            raise ValueError(
                "The function of a Lambda layer is Python code, which is never read from a file: build the"
                " model in Python and use load_weights"
            )
        return cls(**config)


class Dense(Layer):
    """activation(x kernel + bias). Keras 1: output_dim, init, W_regularizer, ..., bias."""

    supports_masking = True
    spellings: ClassVar[dict[str, str]] = DENSE

    @classmethod
    def _respelled(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, kwargs = super()._respelled(args, kwargs)
        if (
            cls.__init__ is Dense.__init__
            and len(args) >= 2
            and isinstance(args[1], (int, np.integer))
            and not isinstance(args[1], bool)
        ):
            kwargs["input_shape"], args = (
                (int(args[0]),),
                args[1:],
            )  # before 0.3: (input_dim, output_dim, init)
        if len(args) >= 2 and isinstance(args[1], str) and args[1] in _INITS:
            kwargs["kernel_initializer"], args = args[1], (args[0], *args[2:])  # Keras 1: (output_dim, init)
        return args, kwargs

    def __init__(
        self, units: int, activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None,
        **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.units, self.activation, self.use_bias = int(units), activations.get(activation), use_bias
        keep_weight_settings(self, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
                             activity_regularizer, kernel_constraint, bias_constraint)  # fmt: skip
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        size = input_shape[-1]
        if size is None:
            raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None`.")
        self.kernel = self.add_weight("kernel", (size, self.units), initializer=self.kernel_initializer,
                                      regularizer=self.kernel_regularizer,
                                      constraint=self.kernel_constraint)  # fmt: skip
        self.bias = add_bias(self, self.units)
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self.built = True

    W = property(lambda self: self.kernel)
    b = property(lambda self: self.bias)
    output_dim = property(lambda self: self.units)

    def call(self, inputs: Any) -> Any:
        output = K.dot(inputs, self.kernel)
        if self.use_bias:
            output = K.bias_add(output, self.bias, "channels_last")
        return self.activation(output)


_INITS = {"uniform", "lecun_uniform", "normal", "identity", "orthogonal", "zero", "one", "glorot_normal",
          "glorot_uniform", "he_normal", "he_uniform", "lecun_normal"}  # fmt: skip


def keep_weight_settings(
    layer: Any, kernel_initializer: Any, bias_initializer: Any, kernel_regularizer: Any,
    bias_regularizer: Any,
    activity_regularizer: Any, kernel_constraint: Any, bias_constraint: Any,
) -> None:  # fmt: skip
    """What layers with a kernel and a bias are told of them."""
    layer.kernel_initializer = initializers.get(kernel_initializer)
    layer.bias_initializer = initializers.get(bias_initializer)
    layer.kernel_regularizer = regularizers.get(kernel_regularizer)
    layer.bias_regularizer = regularizers.get(bias_regularizer)
    layer.activity_regularizer = regularizers.get(activity_regularizer)
    layer.kernel_constraint = constraints.get(kernel_constraint)
    layer.bias_constraint = constraints.get(bias_constraint)


def add_bias(layer: Any, shape: Any) -> Any:
    """The bias of a layer that uses one."""
    if not layer.use_bias:
        return None
    sizes = shape if isinstance(shape, tuple) else (shape,)
    return layer.add_weight("bias", sizes, initializer=layer.bias_initializer,
                            regularizer=layer.bias_regularizer,
                            constraint=layer.bias_constraint)  # fmt: skip


class ActivityRegularization(Layer):
    """A penalty on what goes through: l1 sum|x| + l2 sum x^2."""

    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.l1, self.l2 = l1, l2
        self.activity_regularizer = regularizers.L1L2(l1, l2)


class MaxoutDense(Layer):
    """The largest of nb_feature affine functions (Keras 1)."""

    spellings: ClassVar[dict[str, str]] = {"init": "kernel_initializer", "bias": "use_bias"}

    def __init__(
        self, output_dim: int, nb_feature: int = 4, kernel_initializer: Any = "glorot_uniform",
        W_regularizer: Any = None, b_regularizer: Any = None, activity_regularizer: Any = None,
        W_constraint: Any = None, b_constraint: Any = None, use_bias: bool = True, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.output_dim, self.nb_feature, self.use_bias = output_dim, nb_feature, use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.W_regularizer, self.b_regularizer = (
            regularizers.get(W_regularizer),
            regularizers.get(b_regularizer),
        )
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.W_constraint, self.b_constraint = constraints.get(W_constraint), constraints.get(b_constraint)

    def build(self, input_shape: Any) -> None:
        shape = (self.nb_feature, input_shape[-1], self.output_dim)
        self.W = self.add_weight(
            "W",
            shape,
            initializer=self.kernel_initializer,
            regularizer=self.W_regularizer,
            constraint=self.W_constraint,
        )
        self.b = None
        if self.use_bias:
            self.b = self.add_weight(
                "b",
                (self.nb_feature, self.output_dim),
                initializer="zeros",
                regularizer=self.b_regularizer,
                constraint=self.b_constraint,
            )
        self.built = True

    def call(self, x: Any) -> Any:
        y = K.permute_dimensions(K.dot(x, self.W), (1, 0, 2))
        return K.max(y if self.b is None else y + K.expand_dims(self.b, 1), axis=0)


class Highway(Layer):
    """t activation(W x + b) + (1 - t) x, t = sigmoid(W' x + b') (Keras 1)."""

    spellings: ClassVar[dict[str, str]] = {
        "init": "kernel_initializer",
        "bias": "use_bias",
        "transform_bias": "bias_of_gate",
    }

    def __init__(
        self, kernel_initializer: Any = "glorot_uniform", activation: Any = None, W_regularizer: Any = None,
        b_regularizer: Any = None, activity_regularizer: Any = None, W_constraint: Any = None,
        b_constraint: Any = None,
        use_bias: bool = True, bias_of_gate: float = -2, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.kernel_initializer, self.activation = (
            initializers.get(kernel_initializer),
            activations.get(activation),
        )
        self.W_regularizer, self.b_regularizer = (
            regularizers.get(W_regularizer),
            regularizers.get(b_regularizer),
        )
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.W_constraint, self.b_constraint = constraints.get(W_constraint), constraints.get(b_constraint)
        self.use_bias, self.bias_of_gate = use_bias, bias_of_gate

    def build(self, input_shape: Any) -> None:
        size = input_shape[-1]
        self.W = self.add_weight(
            "W",
            (size, size),
            initializer=self.kernel_initializer,
            regularizer=self.W_regularizer,
            constraint=self.W_constraint,
        )
        self.W_carry = self.add_weight("W_carry", (size, size), initializer=self.kernel_initializer)
        self.b = self.b_carry = None
        if self.use_bias:
            self.b = self.add_weight(
                "b",
                (size,),
                initializer="zeros",
                regularizer=self.b_regularizer,
                constraint=self.b_constraint,
            )
            self.b_carry = self.add_weight(
                "b_carry", (size,), initializer=initializers.Constant(self.bias_of_gate)
            )
        self.built = True

    def call(self, x: Any) -> Any:
        gate, y = K.dot(x, self.W_carry), K.dot(x, self.W)
        if self.use_bias:
            gate, y = gate + self.b_carry, y + self.b
        gate = activations.sigmoid(gate)
        return self.activation(y) * gate + (1.0 - gate) * x


class TimeDistributedDense(Dense):
    """Dense of every step (Keras 1)."""

    sequences = True


class AutoEncoder(Layer):
    """An encoder and a decoder as one layer (Keras 0.3).

    Without output_reconstruction only the encoder runs.
    """

    def __init__(
        self,
        encoder: Any,
        decoder: Any,
        output_reconstruction: bool = True,
        weights: Any = None,
        **kwargs: Any,
    ):
        shape = getattr(encoder, "batch_input_shape", None)
        if shape is None and getattr(encoder, "inputs", None):
            shape = int_shape(encoder.inputs[0])
        if shape is not None:
            kwargs.setdefault("batch_input_shape", shape)
        super().__init__(weights=weights, **kwargs)
        self.encoder, self.decoder, self.output_reconstruction = encoder, decoder, output_reconstruction

    def build(self, input_shape: Any) -> None:
        self.built = True

    def call(self, x: Any) -> Any:
        y = _chained(self.encoder, x)
        return _chained(self.decoder, y) if self.output_reconstruction else y

    @property
    def trainable_weights(self) -> list[Any]:
        return [*self.encoder.trainable_weights, *self.decoder.trainable_weights] if self.trainable else []

    @trainable_weights.setter
    def trainable_weights(self, weights: list[Any]) -> None:
        self._trainable_weights = weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        return [*self.encoder.non_trainable_weights, *self.decoder.non_trainable_weights]

    @non_trainable_weights.setter
    def non_trainable_weights(self, weights: list[Any]) -> None:
        self._non_trainable_weights = weights

    @property
    def losses(self) -> list[Any]:
        return [*self._losses, *self.encoder.losses, *self.decoder.losses]


def _chained(layer: Any, x: Any) -> Any:
    """A layer, a model, or layers that wait for their input, applied."""
    return layer(x)


__getattr__ = missing.attributes("keras.layers.core", globals())

__all__ = [
    "Activation", "ActivityRegularization", "AutoEncoder", "Dense", "Dropout", "Flatten", "Highway",
    "InputLayer",
    "Lambda", "Masking", "MaxoutDense", "Permute", "RepeatVector", "Reshape", "SpatialDropout1D",
    "SpatialDropout2D", "SpatialDropout3D", "TimeDistributedDense", "WEIGHTS",
]  # fmt: skip
