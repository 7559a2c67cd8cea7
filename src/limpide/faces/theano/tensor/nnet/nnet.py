"""Activations and losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from .....tensor import Tensor
from .... import missing
from ... import scalar
from ...engine import lp
from ...gof import recipes
from ...gof.graph import Between, apply
from ...gof.op import Named
from ..basic import arange, argmax, cast, concatenate, dot, mean, record_op, shape_padleft, zeros
from ..elementwise import elementwise, reductions
from ..elemwise import Elemwise, floating
from ..type import formula
from ..var import as_tensor_variable, dtype_of, pattern_of

sigmoid, softplus, switch, exp, log, clip = (
    elementwise[n] for n in ("sigmoid", "softplus", "switch", "exp", "log", "clip")
)
_sum, _max = reductions["sum"], reductions["max"]

hard_sigmoid = Elemwise("hard_sigmoid", lambda x: lp["clip"](x * 0.2 + 0.5, 0, 1), floating)


def _ultra_fast(x: Tensor) -> Tensor:
    """Pieces of a curve near the sigmoid, as Theano's: of z = x / 2."""
    z = x * 0.5
    size = lp["abs"](z)
    inner = 1.5 * size / (1 + size)
    middle = 0.935409070603099 + 0.0458812946797165 * (size - 1.7)
    found = lp["where"](size < 1.7, inner, lp["where"](size < 3, middle, 0.99505475368673))
    return 0.5 * (lp["where"](z >= 0, found, -found) + 1)


ultra_fast_sigmoid = Elemwise("ultra_fast_sigmoid", _ultra_fast, floating)


def relu(x: Any, alpha: Any = 0) -> Any:
    """x above 0, alpha times x below."""
    x = as_tensor_variable(x)
    if isinstance(alpha, (int, float)) and alpha == 0:
        return record_op("Elemwise{relu}", lambda t: lp["relu"](t), x)
    return switch(x > 0, x, x * as_tensor_variable(alpha))


def elu(x: Any, alpha: float = 1) -> Any:
    """x above 0, alpha * (exp(x) - 1) below."""
    x = as_tensor_variable(x)
    return record_op("Elemwise{elu}", lambda t: lp["elu"](t, alpha), x)


def selu(x: Any) -> Any:
    """The scaled elu that keeps means and variances (Klambauer et al. 2017)."""
    return record_op("Elemwise{selu}", lambda t: lp["selu"](t), as_tensor_variable(x))


def leaky_relu(x: Any, alpha: float = 0.01) -> Any:
    return relu(x, alpha)


class Softmax(Named):
    """Rows that are positive and sum to 1."""

    def __init__(self, name: str = "softmax"):
        super().__init__(name)

    def __call__(self, c: Any) -> Any:
        x = as_tensor_variable(c)
        rank = len(pattern_of(x))
        if rank not in (1, 2) or dtype_of(x) not in scalar.FLOATS:
            raise ValueError(f"x must be 1-d or 2-d tensor of floats. Got TensorType({dtype_of(x)}, {rank}D)")
        if rank == 1:
            x = shape_padleft(x)
        return apply(self, lambda t: lp[self.name](t, axis=-1), (x,))

    def __str__(self) -> str:
        return self.name.capitalize()


softmax_op = Softmax()
logsoftmax_op = Softmax("log_softmax")
LogSoftmax = Softmax


def softmax(c: Any) -> Any:
    """The softmax of every row; of a vector, one row."""
    return softmax_op(c)


def logsoftmax(c: Any) -> Any:
    """The logarithm of the softmax of every row."""
    return logsoftmax_op(c)


softmax_graph = softmax


def softmax_with_bias(x: Any, b: Any) -> Any:
    return softmax(as_tensor_variable(x) + b)


def softsign(x: Any) -> Any:
    """x / (1 + |x|)."""
    return record_op("Elemwise{softsign}", lambda t: lp["softsign"](t), as_tensor_variable(x))


def binary_crossentropy(output: Any, target: Any) -> Any:
    """-(t log o + (1 - t) log(1 - o)), elementwise."""
    output, target = as_tensor_variable(output), as_tensor_variable(target)
    return -(target * log(output) + (1.0 - target) * log(1.0 - output))


def sigmoid_binary_crossentropy(output: Any, target: Any) -> Any:
    """The binary cross-entropy of the sigmoid of `output`, elementwise."""
    output, target = as_tensor_variable(output), as_tensor_variable(target)
    return softplus(-abs(output)) + output * (cast(output > 0, dtype_of(output)) - target)


class CrossentropyCategorical1Hot:
    """-log of the entry that the label says, for every row."""

    def __call__(self, coding_dist: Any, true_one_of_n: Any) -> Any:
        x, y = as_tensor_variable(coding_dist), as_tensor_variable(true_one_of_n)
        return -log(x[arange(x.shape[0]), y])


crossentropy_categorical_1hot = CrossentropyCategorical1Hot()


def categorical_crossentropy(coding_dist: Any, true_dist: Any) -> Any:
    """For every row -log of the entry of its label; or -sum(true * log(coding)) for rows of probabilities.

    Raises TypeError where the true distribution is neither labels nor rows.
    """
    coding, true = as_tensor_variable(coding_dist), as_tensor_variable(true_dist)
    left, right = len(pattern_of(coding)), len(pattern_of(true))
    if left == right:
        return -_sum(true * log(coding), axis=left - 1)
    if right == left - 1:
        if dtype_of(true) not in scalar.DISCRETE:
            raise TypeError("rank mismatch between coding and true distributions: labels are integers")
        if left != 2:
            raise TypeError("crossentropy_categorical_1hot needs a matrix")
        return crossentropy_categorical_1hot(coding, true)
    raise TypeError("rank mismatch between coding and true distributions")


def crossentropy_softmax_1hot(x: Any, y_idx: Any, **_: Any) -> tuple[Any, Any]:
    probabilities = softmax(x)
    return crossentropy_categorical_1hot(probabilities, y_idx), probabilities


def crossentropy_softmax_1hot_with_bias(x: Any, b: Any, y_idx: Any, **_: Any) -> tuple[Any, Any]:
    return crossentropy_softmax_1hot(as_tensor_variable(x) + b, y_idx)


def crossentropy_softmax_argmax_1hot_with_bias(x: Any, b: Any, y_idx: Any, **_: Any) -> tuple[Any, Any, Any]:
    logits = as_tensor_variable(x) + b
    loss, probabilities = crossentropy_softmax_1hot(logits, y_idx)
    return loss, probabilities, argmax(logits, axis=-1)


def crossentropy_softmax_max_and_argmax_1hot(x: Any, y_idx: Any, **_: Any) -> tuple[Any, ...]:
    loss, probabilities = crossentropy_softmax_1hot(x, y_idx)
    return loss, probabilities, _max(probabilities, axis=-1), argmax(probabilities, axis=-1)


def crossentropy_softmax_max_and_argmax_1hot_with_bias(
    x: Any, b: Any, y_idx: Any, **_: Any
) -> tuple[Any, ...]:
    return crossentropy_softmax_max_and_argmax_1hot(as_tensor_variable(x) + b, y_idx)


def prepend_0_to_each_row(mat: Any) -> Any:
    return prepend_scalar_to_each_row(0, mat)


def prepend_1_to_each_row(mat: Any) -> Any:
    return prepend_scalar_to_each_row(1, mat)


def prepend_scalar_to_each_row(val: Any, mat: Any) -> Any:
    mat = as_tensor_variable(mat)
    column = zeros((mat.shape[0], 1), dtype_of(mat)) + as_tensor_variable(val)
    return concatenate([column, mat], axis=1)


def confusion_matrix(actual: Any, pred: Any) -> list[Any]:
    """How often each label was predicted as each, and the labels in order."""
    from_labels = as_tensor_variable(actual), as_tensor_variable(pred)
    order = record_op(
        "Unique", lambda a, p: _order(a, p), *from_labels, known=lambda: formula("int64", 1), kind=Between
    )
    rows = [cast((v.dimshuffle(0, "x") - order.dimshuffle("x", 0)) * 1, "int64") for v in from_labels]
    hits = [cast(elementwise["eq"](r, 0), "int64") for r in rows]
    return [dot(hits[0].T, hits[1]), order]


def _order(actual: Any, pred: Any) -> Any:
    return np.unique(np.concatenate([actual, pred])).astype("int64")


def h_softmax(
    x: Any,
    batch_size: Any,
    n_outputs: Any,
    n_classes: Any,
    n_outputs_per_class: Any,
    W1: Any,
    b1: Any,
    W2: Any,
    b2: Any,
    target: Any = None,
) -> Any:
    """A softmax in two levels: classes, then outputs of a class (Goodman 2001).

    W1: (features, classes); W2: (classes, features, outputs of a class). With a target, the probability of
    each row's target; else of all outputs.
    """
    x = as_tensor_variable(x)
    classes = softmax(dot(x, W1) + b1)
    if target is None:
        from_all = [W2, b2, x]

        def every(W2: Tensor, b2: Tensor, x: Tensor, classes: Tensor) -> Tensor:
            scores = lp["tensordot"](x, W2, axes=[[1], [1]]) + b2
            inner = lp["softmax"](scores, axis=-1) * lp["expand_dims"](classes, -1)
            return lp["reshape"](inner, (x.shape[0], -1))

        found = record_op("HSoftmax", every, *from_all, classes, known=lambda: formula(dtype_of(x), 2))
        return found[:, :n_outputs]
    target = as_tensor_variable(target).flatten()
    own, inside = target // n_outputs_per_class, target % n_outputs_per_class

    def one(x: Tensor, W2: Tensor, b2: Tensor, own: Tensor) -> Tensor:
        weights = lp["take"](W2, own, axis=0)
        product = lp["matmul"](lp["expand_dims"](x, 1), weights)
        return lp["softmax"](lp["squeeze"](product, 1) + lp["take"](b2, own, axis=0), axis=-1)

    outputs = record_op("HSoftmax", one, x, W2, b2, own, known=lambda: formula(dtype_of(x), 2))
    rows = arange(x.shape[0])
    return classes[rows, own] * outputs[rows, inside]


def batch_normalization(
    inputs: Any, gamma: Any, beta: Any, mean: Any, std: Any, mode: str = "low_mem"
) -> Any:
    """(inputs - mean) * gamma / std + beta."""
    return (as_tensor_variable(inputs) - mean) * (as_tensor_variable(gamma) / std) + beta


__all__ = [
    "CrossentropyCategorical1Hot", "LogSoftmax", "Softmax", "batch_normalization", "binary_crossentropy",
    "categorical_crossentropy", "confusion_matrix", "crossentropy_categorical_1hot",
    "crossentropy_softmax_1hot", "crossentropy_softmax_1hot_with_bias",
    "crossentropy_softmax_argmax_1hot_with_bias", "crossentropy_softmax_max_and_argmax_1hot",
    "crossentropy_softmax_max_and_argmax_1hot_with_bias", "elu", "h_softmax", "hard_sigmoid", "leaky_relu",
    "logsoftmax", "mean", "prepend_0_to_each_row", "prepend_1_to_each_row", "prepend_scalar_to_each_row",
    "relu", "selu", "sigmoid", "sigmoid_binary_crossentropy", "softmax", "softmax_graph", "softmax_op",
    "softmax_with_bias", "softplus", "softsign", "ultra_fast_sigmoid",
]  # fmt: skip

recipes.keep("nnet", globals(), __all__)

__getattr__ = missing.attributes("theano.tensor.nnet.nnet", globals())
