"""What is compared with Keras: layers, losses, optimisers.

Data and weights are formulas, so that only results are kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def data(shape: Any, phase: float = 0.0, scale: float = 1.0) -> Any:
    """Numbers of this shape."""
    count = int(np.prod(shape))
    return (np.sin(np.arange(count) * 0.7 + phase) * scale).reshape(shape).astype("f4")


RNN = {"recurrent_activation": "sigmoid"}

# name: class, arguments, shapes of the inputs with the samples
LAYERS: dict[str, tuple[str, dict[str, Any], list[Any]]] = {
    "dense": ("Dense", {"units": 3, "activation": "tanh"}, [(2, 4)]),
    "dense of steps": ("Dense", {"units": 3, "activation": "softmax"}, [(2, 3, 4)]),
    "conv1d": ("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "same"}, [(2, 6, 2)]),
    "conv1d"
    " causal": ("Conv1D",
                {"filters": 2, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, [(2, 7, 2)]),
    "conv2d": ("Conv2D", {"filters": 3, "kernel_size": 3, "activation": "relu"}, [(2, 5, 6, 2)]),
    "conv2d same, stride"
    " 2": ("Conv2D", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, [(1, 6, 7, 2)]),
    "conv2d dilated": ("Conv2D", {"filters": 2, "kernel_size": 2, "dilation_rate": 2}, [(1, 5, 5, 2)]),
    "conv3d": ("Conv3D", {"filters": 2, "kernel_size": 2, "padding": "same"}, [(1, 3, 4, 3, 2)]),
    "conv2d"
    " transpose": ("Conv2DTranspose",
                {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, [(1, 3, 4, 2)]),
    "conv2d transpose"
    " valid": ("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2}, [(1, 3, 4, 2)]),
    "conv2d transpose, window"
    " 2": ("Conv2DTranspose", {"filters": 2, "kernel_size": 2, "strides": 3}, [(1, 3, 2, 2)]),
    "conv3d"
    " transpose": ("Conv3DTranspose", {"filters": 1, "kernel_size": 2, "strides": 2}, [(1, 2, 2, 3, 2)]),
    "depthwise": ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2}, [(1, 5, 5, 2)]),
    "separable": ("SeparableConv2D", {"filters": 3, "kernel_size": 3, "padding": "same"}, [(1, 4, 5, 2)]),
    "separable 1d": ("SeparableConv1D", {"filters": 3, "kernel_size": 3}, [(1, 6, 2)]),
    "max pooling": ("MaxPooling2D", {"pool_size": 2, "padding": "same"}, [(1, 5, 5, 2)]),
    "average"
    " pooling": ("AveragePooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, [(1, 5, 6, 2)]),
    "max pooling 1d": ("MaxPooling1D", {"pool_size": 3, "strides": 2}, [(2, 7, 2)]),
    "average pooling 3d": ("AveragePooling3D", {"pool_size": 2}, [(1, 4, 4, 4, 1)]),
    "global average": ("GlobalAveragePooling2D", {}, [(2, 3, 4, 2)]),
    "global max": ("GlobalMaxPooling1D", {}, [(2, 5, 3)]),
    "upsampling": ("UpSampling2D", {"size": [2, 3]}, [(1, 2, 3, 2)]),
    "padding": ("ZeroPadding2D", {"padding": [[1, 2], [0, 1]]}, [(1, 2, 3, 2)]),
    "cropping": ("Cropping2D", {"cropping": [[1, 0], [1, 2]]}, [(1, 4, 5, 2)]),
    "cropping 1d": ("Cropping1D", {"cropping": [1, 2]}, [(1, 6, 2)]),
    "simple rnn": ("SimpleRNN", {"units": 3}, [(2, 4, 2)]),
    "simple rnn,"
    " sequences": ("SimpleRNN", {"units": 3, "return_sequences": True, "go_backwards": True}, [(2, 4, 2)]),
    "lstm": ("LSTM", {"units": 3, **RNN}, [(2, 4, 2)]),
    "lstm"
    " backwards": ("LSTM", {"units": 2, "return_sequences": True, "go_backwards": True, **RNN}, [(2, 4, 2)]),
    "gru": ("GRU", {"units": 3, "reset_after": False, **RNN}, [(2, 4, 2)]),
    "gru, reset"
    " after": ("GRU", {"units": 3, "reset_after": True, "return_sequences": True, **RNN}, [(2, 4, 2)]),
    "conv"
    " lstm": ("ConvLSTM2D", {"filters": 2, "kernel_size": 2, "padding": "same", **RNN}, [(1, 3, 3, 4, 1)]),
    "batch normalisation": ("BatchNormalization", {"axis": -1}, [(3, 4)]),
    "batch normalisation of images": ("BatchNormalization", {"axis": 1}, [(2, 3, 2, 2)]),
    "layer normalisation": ("LayerNormalization", {"epsilon": 0.001}, [(3, 4)]),
    "leaky": ("LeakyReLU", {}, [(2, 5)]),
    "elu": ("ELU", {"alpha": 0.7}, [(2, 5)]),
    "prelu": ("PReLU", {"shared_axes": [1]}, [(2, 3, 4)]),
    "softmax": ("Softmax", {"axis": 1}, [(2, 3, 2)]),
    "relu": ("ReLU", {"max_value": 0.5, "negative_slope": 0.1}, [(2, 5)]),
    "add": ("Add", {}, [(2, 3), (2, 3)]),
    "subtract": ("Subtract", {}, [(2, 3), (2, 3)]),
    "multiply": ("Multiply", {}, [(2, 3), (2, 3), (2, 3)]),
    "average": ("Average", {}, [(2, 3), (2, 3)]),
    "maximum": ("Maximum", {}, [(2, 3), (2, 3)]),
    "minimum": ("Minimum", {}, [(2, 3), (2, 3)]),
    "concatenate": ("Concatenate", {"axis": 1}, [(2, 2, 3), (2, 1, 3)]),
    "dot": ("Dot", {"axes": 1}, [(2, 3, 2), (2, 3, 4)]),
    "dot normalised": ("Dot", {"axes": -1, "normalize": True}, [(2, 4), (2, 4)]),
    "permute": ("Permute", {"dims": [2, 1]}, [(2, 3, 2)]),
    "repeat": ("RepeatVector", {"n": 3}, [(2, 2)]),
    "reshape": ("Reshape", {"target_shape": [3, -1]}, [(2, 6)]),
    "flatten": ("Flatten", {}, [(2, 3, 2)]),
}  # fmt: skip

LOSSES = [
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error", "squared_hinge", "hinge", "categorical_hinge",
                "categorical_crossentropy",
    "binary_crossentropy", "kullback_leibler_divergence", "poisson",
]  # fmt: skip

OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {"learning_rate": 0.1}),
    "momentum": ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    "nesterov": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.01, "rho": 0.8}),
    "adam": ("Adam", {"learning_rate": 0.02}),
    "amsgrad": ("Adam", {"learning_rate": 0.02, "amsgrad": True}),
    "adamax": ("Adamax", {"learning_rate": 0.02}),
    "nadam": ("Nadam", {"learning_rate": 0.02}),
    "adadelta": ("Adadelta", {"learning_rate": 1.0}),
    "clipnorm": ("SGD", {"learning_rate": 0.1, "clipnorm": 0.5}),
    "clipvalue": ("SGD", {"learning_rate": 0.1, "clipvalue": 0.2}),
}


def labels(name: str) -> tuple[Any, Any]:
    """y_true and y_pred for a loss."""
    p = np.abs(data((4, 3), 0.3)) + 0.1
    p = p / p.sum(axis=1, keepdims=True)
    y = np.eye(3, dtype="f4")[[0, 2, 1, 1]]
    signs = "hinge" in name and "categorical" not in name
    return (np.where(y > 0, 1, -1).astype("f4") if signs else y), p
