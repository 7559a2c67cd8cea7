"""`theano.tensor.nnet`: activations, losses, convolutions."""

from __future__ import annotations

from .... import missing
from . import abstract_conv, bn, conv, neighbours, nnet
from .abstract_conv import (
    conv2d,
    conv2d_grad_wrt_inputs,
    conv2d_grad_wrt_weights,
    conv2d_transpose,
    conv3d,
    separable_conv2d,
)
from .bn import batch_normalization, batch_normalization_test, batch_normalization_train
from .neighbours import images2neibs, neibs2images
from .nnet import (
    CrossentropyCategorical1Hot,
    LogSoftmax,
    Softmax,
    binary_crossentropy,
    categorical_crossentropy,
    confusion_matrix,
    crossentropy_categorical_1hot,
    crossentropy_softmax_1hot,
    crossentropy_softmax_1hot_with_bias,
    crossentropy_softmax_argmax_1hot_with_bias,
    crossentropy_softmax_max_and_argmax_1hot,
    crossentropy_softmax_max_and_argmax_1hot_with_bias,
    elu,
    h_softmax,
    hard_sigmoid,
    leaky_relu,
    logsoftmax,
    prepend_0_to_each_row,
    prepend_1_to_each_row,
    prepend_scalar_to_each_row,
    relu,
    selu,
    sigmoid,
    sigmoid_binary_crossentropy,
    softmax,
    softmax_graph,
    softmax_op,
    softmax_with_bias,
    softplus,
    softsign,
    ultra_fast_sigmoid,
)

__all__ = [
    "CrossentropyCategorical1Hot", "LogSoftmax", "Softmax", "abstract_conv", "batch_normalization",
    "batch_normalization_test", "batch_normalization_train", "binary_crossentropy", "bn",
    "categorical_crossentropy", "confusion_matrix", "conv", "conv2d", "conv2d_grad_wrt_inputs",
    "conv2d_grad_wrt_weights", "conv2d_transpose", "conv3d", "crossentropy_categorical_1hot",
    "crossentropy_softmax_1hot", "crossentropy_softmax_1hot_with_bias",
    "crossentropy_softmax_argmax_1hot_with_bias", "crossentropy_softmax_max_and_argmax_1hot",
    "crossentropy_softmax_max_and_argmax_1hot_with_bias", "elu", "h_softmax", "hard_sigmoid",
    "images2neibs", "leaky_relu", "logsoftmax", "neibs2images", "neighbours", "nnet",
    "prepend_0_to_each_row", "prepend_1_to_each_row", "prepend_scalar_to_each_row", "relu", "selu",
    "separable_conv2d", "sigmoid", "sigmoid_binary_crossentropy", "softmax", "softmax_graph", "softmax_op",
    "softmax_with_bias", "softplus", "softsign", "ultra_fast_sigmoid",
]  # fmt: skip

__getattr__ = missing.attributes("theano.tensor.nnet", globals())
