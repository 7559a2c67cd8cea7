"""The layers of tf.contrib.layers and slim: with activation and normalisation, "weights" and "biases"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .....nn.words import lp
from ... import nn as functions
from ...arrays import identity
from ...graph import GraphKeys, add_to_collections, control_dependencies
from ...initializers import Ones, Zeros
from ...inputs import convert_to_tensor
from ...layers import Dropout
from ...layers.base import shape_of, size_of
from ...layers.convolution import _transposed
from ...layers.core import flattened, product
from ...layers.normalization import BatchNormalization
from ...nn.convolution import of_axes
from ...recording import op, tensor
from ...scopes import get_variable, variable_scope
from ..framework.arguments import add_arg_scope
from .regularizers import xavier_initializer

ZEROS = Zeros()


def _variable(
    name: str, shape: Sequence[Any], initializer: Any, regularizer: Any, trainable: bool, keys: Any
) -> Any:
    more = keys.get(name, []) if isinstance(keys, dict) else keys or []
    collections = [
        GraphKeys.GLOBAL_VARIABLES,
        GraphKeys.MODEL_VARIABLES,
        *([more] if isinstance(more, str) else more),
    ]
    return get_variable(
        name, list(shape), initializer=initializer, regularizer=regularizer, trainable=trainable,
        collections=collections,
    )  # fmt: skip


def collected(outputs: Any, collections: Any) -> Any:
    """The outputs, in collections too."""
    if collections:
        add_to_collections(collections, outputs)
    return outputs


class _Settings:
    """What the layers with weights share."""

    def __init__(
        self,
        activation_fn: Any = functions.relu,
        normalizer_fn: Any = None,
        normalizer_params: Any = None,
        weights_initializer: Any = None,
        weights_regularizer: Any = None,
        biases_initializer: Any = ZEROS,
        biases_regularizer: Any = None,
        reuse: Any = None,
        variables_collections: Any = None,
        outputs_collections: Any = None,
        trainable: bool = True,
        scope: Any = None,
    ):
        self.activation_fn, self.normalizer_fn = activation_fn, normalizer_fn
        self.normalizer_params = normalizer_params or {}
        self.weights_initializer, self.weights_regularizer = (
            weights_initializer or xavier_initializer(),
            weights_regularizer,
        )
        self.biases_initializer, self.biases_regularizer = biases_initializer, biases_regularizer
        self.reuse, self.variables, self.outputs = reuse, variables_collections, outputs_collections
        self.trainable, self.scope = trainable, scope

    def weights(self, shape: Sequence[Any], name: str = "weights") -> Any:
        return _variable(
            name, shape, self.weights_initializer, self.weights_regularizer, self.trainable, self.variables
        )

    def finished(self, y: Any, width: int, data_format: str | None = None) -> Any:
        """Biases or normalisation, and the activation."""
        if self.normalizer_fn is not None:
            y = self.normalizer_fn(y, **self.normalizer_params)
        elif self.biases_initializer is not None:
            bias = _variable(
                "biases",
                [width],
                self.biases_initializer,
                self.biases_regularizer,
                self.trainable,
                self.variables,
            )
            y = functions.bias_add(y, bias, data_format)
        if self.activation_fn is not None:
            y = self.activation_fn(y)
        return collected(y, self.outputs)


def _static(inputs: Any, axis: int) -> int:
    size = size_of(shape_of(inputs)[axis]) if shape_of(inputs).ndims is not None else None
    if size is None:
        raise ValueError("Last dimension of the inputs should be defined. Found `None`.")
    return size


@add_arg_scope
def fully_connected(inputs: Any, num_outputs: int, *args: Any, **settings: Any) -> Any:
    """activation_fn(x W + b) over the last axis.

    Behind num_outputs: activation_fn (relu), normalizer_fn, normalizer_params, weights_initializer,
    weights_regularizer, biases_initializer, biases_regularizer, reuse, variables_collections,
    outputs_collections, trainable, scope.
    """
    own = _Settings(*args, **settings)
    inputs = convert_to_tensor(inputs)
    with variable_scope(own.scope, "fully_connected", reuse=own.reuse):
        weights = own.weights([_static(inputs, -1), num_outputs])
        return own.finished(product(inputs, weights), num_outputs)


def _first(data_format: Any) -> bool:
    return data_format is not None and str(data_format).startswith("NC")


@add_arg_scope
def convolution(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    *args: Any,
    **settings: Any,
) -> Any:
    """activation_fn of a convolution, with the keywords of fully_connected."""
    return _convolved(
        inputs, num_outputs, kernel_size, stride, padding, data_format, rate, _Settings(*args, **settings)
    )


def _convolved(
    inputs: Any, num_outputs: int, kernel_size: Any, stride: Any, padding: str, data_format: Any, rate: Any,
    own: _Settings,
) -> Any:  # fmt: skip
    inputs = convert_to_tensor(inputs)
    rank = (shape_of(inputs).ndims or 4) - 2
    with variable_scope(own.scope, "Conv", reuse=own.reuse):
        channels = _static(inputs, 1 if _first(data_format) else -1)
        weights = own.weights([*of_axes(kernel_size, rank), channels, num_outputs])
        y = functions.convolution(
            inputs, weights, padding, of_axes(stride, rank), of_axes(rate, rank), data_format=data_format
        )
        return own.finished(y, num_outputs, data_format)


@add_arg_scope
def convolution2d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    *args: Any,
    **settings: Any,
) -> Any:
    """As convolution, of images."""
    return _convolved(
        inputs, num_outputs, kernel_size, stride, padding, data_format, rate, _Settings(*args, **settings)
    )


conv1d, conv2d, conv3d = convolution, convolution2d, convolution
convolution1d, convolution3d = convolution, convolution


@add_arg_scope
def convolution2d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = "NHWC",
    *args: Any,
    **settings: Any,
) -> Any:
    """activation_fn of a transposed convolution, with the keywords of fully_connected."""
    own = _Settings(*args, **settings)
    inputs = convert_to_tensor(inputs)
    with variable_scope(own.scope, "Conv2d_transpose", reuse=own.reuse):
        channels = _static(inputs, 1 if _first(data_format) else -1)
        weights = own.weights([*of_axes(kernel_size, 2), num_outputs, channels])
        y = _transposed(inputs, weights, of_axes(stride, 2), padding.lower(), data_format or "NHWC")
        return own.finished(y, num_outputs, data_format)


conv2d_transpose = convolution2d_transpose


@add_arg_scope
def separable_convolution2d(
    inputs: Any,
    num_outputs: int | None,
    kernel_size: Any,
    depth_multiplier: int = 1,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    rate: Any = 1,
    *args: Any,
    **settings: Any,
) -> Any:
    """activation_fn of a depthwise and a pointwise convolution; of the first alone for num_outputs=None."""
    own = _Settings(*args, **settings)
    inputs = convert_to_tensor(inputs)
    with variable_scope(own.scope, "SeparableConv2d", reuse=own.reuse):
        channels = _static(inputs, -1)
        deep = own.weights([*of_axes(kernel_size, 2), channels, depth_multiplier], "depthwise_weights")
        steps = [1, *of_axes(stride, 2), 1]
        if num_outputs is None:
            y = functions.depthwise_conv2d(inputs, deep, steps, padding, of_axes(rate, 2))
            return own.finished(y, channels * depth_multiplier)
        point = own.weights([1, 1, channels * depth_multiplier, num_outputs], "pointwise_weights")
        y = functions.separable_conv2d(inputs, deep, point, steps, padding, of_axes(rate, 2))
        return own.finished(y, num_outputs)


separable_conv2d = separable_convolution2d


# ------------------------------------------------------------------------------------------------- norms
@add_arg_scope
def batch_norm(
    inputs: Any,
    decay: Any = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Any = None,
    param_initializers: Any = None,
    param_regularizers: Any = None,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: Any = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_decay: float = 0.99,
    adjustment: Any = None,
) -> Any:
    """Batch normalisation; with updates_collections=None the averages move when the result is computed."""
    initial, regular = param_initializers or {}, param_regularizers or {}
    inputs = convert_to_tensor(inputs)
    with variable_scope(scope, "BatchNorm", reuse=reuse) as around:
        layer = BatchNormalization(
            1 if _first(data_format) else -1,
            decay,
            epsilon,
            center,
            scale,
            initial.get("beta", Zeros()),
            initial.get("gamma", Ones()),
            initial.get("moving_mean", Zeros()),
            initial.get("moving_variance", Ones()),
            regular.get("beta"),
            regular.get("gamma"),
            fused=fused,
            renorm=renorm,
            adjustment=adjustment,
            trainable=trainable,
            name="batch_norm",
            _scope=around,
            _reuse=around.reuse or None,
        )
        layer._collect = updates_collections == GraphKeys.UPDATE_OPS
        y = layer(inputs, training=is_training)
        if updates_collections is None:
            with control_dependencies(layer.updates):
                y = identity(y)
        elif updates_collections != GraphKeys.UPDATE_OPS:
            for update in layer.updates:
                add_to_collections(updates_collections, update)
        if activation_fn is not None:
            y = activation_fn(y)
        return collected(y, outputs_collections)


@add_arg_scope
def layer_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    activation_fn: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: Any = None,
) -> Any:
    """Every sample standardised over its axes from begin_norm_axis (Ba et al. 2016)."""
    inputs = convert_to_tensor(inputs)
    with variable_scope(scope, "LayerNorm", reuse=reuse):
        shape = shape_of(inputs).as_list()[begin_params_axis:]
        beta = _variable("beta", shape, Zeros(), None, trainable, variables_collections) if center else None
        gamma = _variable("gamma", shape, Ones(), None, trainable, variables_collections) if scale else None
        y = _standardised(inputs, begin_norm_axis, gamma, beta, 1e-12)
        return collected(y if activation_fn is None else activation_fn(y), outputs_collections)


@op("layer_norm")
def _standardised(x: Any, axis: int, gamma: Any, beta: Any, epsilon: float, name: str | None = None) -> Any:
    x = tensor(x)
    axes = tuple(range(axis % x.ndim, x.ndim)) if isinstance(axis, int) else tuple(axis)
    mean = lp.mean(x, axis=axes, keepdims=True)
    variance = lp.mean(lp.square(x - mean), axis=axes, keepdims=True)
    y = (x - mean) / lp.sqrt(variance + epsilon)
    y = y if gamma is None else y * tensor(gamma)
    return y if beta is None else y + tensor(beta)


@add_arg_scope
def instance_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Any = None,
    param_initializers: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Every channel of every sample standardised (Ulyanov et al. 2016)."""
    inputs = convert_to_tensor(inputs)
    with variable_scope(scope, "InstanceNorm", reuse=reuse):
        shape = [_static(inputs, -1)]
        beta = _variable("beta", shape, Zeros(), None, trainable, variables_collections) if center else None
        gamma = _variable("gamma", shape, Ones(), None, trainable, variables_collections) if scale else None
        axes: Any = tuple(range(1, shape_of(inputs).ndims - 1))
        y = _standardised(inputs, axes, gamma, beta, epsilon)
        return collected(y if activation_fn is None else activation_fn(y), outputs_collections)


# ------------------------------------------------------------------------------------- without weights
def _pool2d(word: str, function: Callable[..., Any]) -> Any:
    def pool(
        inputs: Any,
        kernel_size: Any,
        stride: Any = 2,
        padding: str = "VALID",
        data_format: str = "NHWC",
        outputs_collections: Any = None,
        scope: Any = None,
    ) -> Any:
        """Windows of kernel_size at every stride-th place."""
        size, step = list(of_axes(kernel_size, 2)), list(of_axes(stride, 2))
        whole = [[1, 1, *v] if _first(data_format) else [1, *v, 1] for v in (size, step)]
        with variable_scope(scope, word):
            return collected(function(inputs, *whole, padding, data_format=data_format), outputs_collections)

    pool.__name__ = "max_pool2d" if word == "MaxPool2D" else "avg_pool2d"
    return add_arg_scope(pool)


max_pool2d = _pool2d("MaxPool2D", functions.max_pool)
avg_pool2d = _pool2d("AvgPool2D", functions.avg_pool)


@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: Any = None,
) -> Any:
    """Dropout, while is_training."""
    with variable_scope(scope, "Dropout"):
        layer = Dropout(rate=1 - keep_prob, noise_shape=noise_shape, seed=seed, name="dropout")
        return collected(layer(inputs, training=is_training), outputs_collections)


@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> Any:
    """(batch, everything else)."""
    with variable_scope(scope, "Flatten"):
        inputs = convert_to_tensor(inputs)
        if shape_of(inputs).ndims is not None and shape_of(inputs).ndims < 2:
            raise ValueError("Inputs must have a least 2 dimensions.")
        return collected(flattened(inputs, name="flatten/Reshape"), outputs_collections)


@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """Labels as rows with one `on_value`."""
    return collected(_one_hot(labels, num_classes, on_value, off_value), outputs_collections)


@op("one_hot", gradient=False)
def _one_hot(labels: Any, classes: int, on: float, off: float, name: str | None = None) -> Any:
    rows = lp.one_hot(tensor(labels), classes, "float32")
    return rows * (on - off) + off if (on, off) != (1.0, 0.0) else rows


@add_arg_scope
def bias_add(
    inputs: Any,
    activation_fn: Any = None,
    initializer: Any = ZEROS,
    regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Biases for the last axis."""
    inputs = convert_to_tensor(inputs)
    with variable_scope(scope, "BiasAdd", reuse=reuse):
        bias = _variable(
            "biases", [_static(inputs, -1)], initializer, regularizer, trainable, variables_collections
        )
        y = functions.bias_add(inputs, bias, data_format)
        return collected(y if activation_fn is None else activation_fn(y), outputs_collections)


@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Any:
    """Softmax over the last axis."""
    return functions.softmax(logits, name=scope)


@add_arg_scope
def unit_norm(inputs: Any, dim: int, epsilon: float = 1e-7, scope: Any = None) -> Any:
    """Lengths of 1 along an axis."""
    return functions.l2_normalize(inputs, dim, epsilon)


def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> Any:
    """Rows of a table "embeddings"."""
    with variable_scope(scope, "EmbedSequence", reuse=reuse):
        table = get_variable(
            "embeddings", [vocab_size, embed_dim], initializer=initializer, regularizer=regularizer,
            trainable=trainable,
        )  # fmt: skip
        return functions.embedding_lookup(table, ids)


def stack(inputs: Any, layer: Any, stack_args: Sequence[Any], scope: Any = None, **kwargs: Any) -> Any:
    """A layer again and again, with these arguments."""
    with variable_scope(scope, "Stack"):
        base = scope or getattr(layer, "__name__", "stack")
        for k, given in enumerate(stack_args):
            args = given if isinstance(given, (list, tuple)) else [given]
            inputs = layer(inputs, *args, scope=f"{base}_{k + 1}", **kwargs)
        return inputs


def repeat(inputs: Any, repetitions: int, layer: Any, *args: Any, **kwargs: Any) -> Any:
    """A layer so many times."""
    scope = kwargs.pop("scope", None)
    with variable_scope(scope, "Repeat"):
        base = scope or getattr(layer, "__name__", "repeat")
        for k in range(repetitions):
            inputs = layer(inputs, *args, scope=f"{base}_{k + 1}", **kwargs)
        return inputs


def relu(inputs: Any, num_outputs: int, **settings: Any) -> Any:
    """fully_connected with relu."""
    return fully_connected(inputs, num_outputs, activation_fn=functions.relu, **settings)


def relu6(inputs: Any, num_outputs: int, **settings: Any) -> Any:
    return fully_connected(inputs, num_outputs, activation_fn=functions.relu6, **settings)


def linear(inputs: Any, num_outputs: int, **settings: Any) -> Any:
    """fully_connected without an activation."""
    return fully_connected(inputs, num_outputs, activation_fn=None, **settings)
