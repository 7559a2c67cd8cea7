"""Uses of tf.nn, tf.layers and their like, as functions of the module `tf`: TensorFlow's, or the face.

A case gives tensors; its arrays are fed. What TensorFlow gave is in `reference_nn.json`, made by
`make_reference.py`. Names that begin with `grad_` are differentiated by every array as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

R = np.random.RandomState


def normal(*shape: int, seed: int = 0) -> Any:
    return R(seed + sum(shape)).normal(size=shape).astype(np.float32)


IMAGE = normal(2, 7, 6, 3)
VOLUME = normal(1, 4, 5, 4, 2)
ROWS = normal(4, 5)
LABELS = np.array([0, 3, 2, 4], np.int32)
SOFT = (lambda e: e / e.sum(1, keepdims=True))(np.exp(normal(4, 5, seed=9))).astype(np.float32)
SERIES = normal(3, 5, 4)
LENGTHS = np.array([2, 5, 3], np.int32)
FILTER = normal(3, 2, 3, 4)
CASES: dict[str, tuple[list[Any], Callable[..., Any]]] = {}


def case(*arrays: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        CASES[function.__name__] = (list(arrays), function)
        return function

    return add


def each(prefix: str, arrays: list[Any], functions: dict[str, Callable[..., Any]]) -> None:
    for name, function in functions.items():
        CASES[f"{prefix}_{name}"] = (arrays, function)


# ------------------------------------------------------------------------------------------ activations
each(
    "grad_activation",
    [ROWS],
    {
        name: (lambda tf, x, name=name: getattr(tf.nn, name)(x))
        for name in (
            "relu",
            "relu6",
            "elu",
            "selu",
            "crelu",
            "leaky_relu",
            "swish",
            "softplus",
            "softsign",
            "sigmoid",
            "tanh",
            "softmax",
            "log_softmax",
            "l2_loss",
        )
    },
)
each("grad_normal", [ROWS], {
    "l2": lambda tf, x: tf.nn.l2_normalize(x, 1),
    "l2_all": lambda tf, x: tf.nn.l2_normalize(x, [0, 1]),
    "softmax0": lambda tf, x: tf.nn.softmax(x, axis=0),
    "moments": lambda tf, x: list(tf.nn.moments(x, [0])),
    "moments_kept": lambda tf, x: list(tf.nn.moments(x, axes=[1], keep_dims=True)),
    "fraction": lambda tf, x: tf.nn.zero_fraction(tf.nn.relu(x)),
    "bn": lambda tf, x: tf.nn.batch_normalization(x, *tf.nn.moments(x, [0]), [0.1] * 5, [1.5] * 5, 1e-3),
})  # fmt: skip


# ---------------------------------------------------------------------------------------------- windows
def _conv(strides: Any, padding: str, **more: Any) -> Callable[..., Any]:
    return lambda tf, x, w: tf.nn.conv2d(x, w, strides, padding, **more)


each("grad_conv2d", [IMAGE, FILTER], {
    "same": _conv([1, 1, 1, 1], "SAME"),
    "valid": _conv([1, 1, 1, 1], "VALID"),
    "same2": _conv([1, 2, 2, 1], "SAME"),
    "valid32": _conv([1, 3, 2, 1], "VALID"),
    "atrous": lambda tf, x, w: tf.nn.atrous_conv2d(x, w, 2, "SAME"),
    "dilated": lambda tf, x, w: tf.nn.convolution(x, w, "VALID", dilation_rate=[2, 1]),
})  # fmt: skip
each("grad_depthwise", [IMAGE, normal(3, 3, 3, 2)], {
    "same": lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME"),
    "stride": lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1, 2, 2, 1], "VALID"),
})  # fmt: skip


@case(IMAGE, normal(3, 3, 3, 2), normal(1, 1, 6, 4))
def grad_separable(tf: Any, x: Any, deep: Any, point: Any) -> Any:
    return tf.nn.separable_conv2d(x, deep, point, [1, 1, 1, 1], "SAME")


each("grad_conv2d_transpose", [normal(2, 4, 3, 4), FILTER], {
    "same": lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [2, 7, 6, 3], [1, 2, 2, 1], "SAME"),
    "same_even": lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [2, 8, 6, 3], [1, 2, 2, 1], "SAME"),
    "valid": lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [2, 9, 6, 3], [1, 2, 2, 1], "VALID"),
    "computed": lambda tf, x, w: tf.nn.conv2d_transpose(
        x, w, tf.stack([tf.shape(x)[0], 8, 6, 3]), [1, 2, 2, 1], "SAME"),
})  # fmt: skip


@case(SERIES, normal(3, 4, 2))
def grad_conv1d(tf: Any, x: Any, w: Any) -> Any:
    return tf.nn.conv1d(x, w, stride=2, padding="SAME")


@case(VOLUME, normal(2, 2, 3, 2, 3))
def grad_conv3d(tf: Any, x: Any, w: Any) -> Any:
    return tf.nn.conv3d(x, w, [1, 2, 1, 1, 1], "SAME")


def _pool(word: str, k: int, s: int, padding: str) -> Callable[..., Any]:
    return lambda tf, x: getattr(tf.nn, word)(x, ksize=[1, k, k, 1], strides=[1, s, s, 1], padding=padding)


each("grad_pool", [IMAGE], {
    f"{word}_{k}{s}{padding}": _pool(word, k, s, padding)
    for word in ("max_pool", "avg_pool") for k, s in [(2, 2), (3, 2), (2, 1)] for padding in ("SAME", "VALID")
})  # fmt: skip
each("pool", [IMAGE], {
    "argmax": lambda tf, x: list(tf.nn.max_pool_with_argmax(x, [1, 3, 3, 1], [1, 2, 2, 1], "SAME")),
    "lrn": lambda tf, x: tf.nn.lrn(x, 1, bias=2.0, alpha=0.3, beta=0.7),
    "bias": lambda tf, x: tf.nn.bias_add(x, [1.0, 2.0, 3.0]),
})  # fmt: skip
each("grad_pool3d", [VOLUME], {
    "max": lambda tf, x: tf.nn.max_pool3d(x, [1, 2, 2, 2, 1], [1, 2, 2, 2, 1], "SAME"),
    "avg": lambda tf, x: tf.nn.avg_pool3d(x, [1, 2, 3, 2, 1], [1, 1, 2, 2, 1], "VALID"),
})  # fmt: skip

# ----------------------------------------------------------------------------------------------- losses
each(
    "grad_loss",
    [ROWS],
    {
        "softmax": lambda tf, x: tf.nn.softmax_cross_entropy_with_logits(labels=SOFT, logits=x),
        "softmax0": lambda tf, x: tf.nn.softmax_cross_entropy_with_logits(
            labels=SOFT / SOFT.sum(0), logits=x, dim=0
        ),
        "softmax_v2": lambda tf, x: tf.nn.softmax_cross_entropy_with_logits_v2(labels=SOFT, logits=x),
        "sparse": lambda tf, x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=LABELS, logits=x),
        "sigmoid": lambda tf, x: tf.nn.sigmoid_cross_entropy_with_logits(labels=SOFT, logits=x),
        "weighted": lambda tf, x: tf.nn.weighted_cross_entropy_with_logits(SOFT, x, 3.0),
        "poisson": lambda tf, x: tf.nn.log_poisson_loss(SOFT, x, compute_full_loss=True),
    },
)
each("ranked", [ROWS], {
    "in_top": lambda tf, x: tf.nn.in_top_k(x, LABELS, 2),
    "top": lambda tf, x: list(tf.nn.top_k(x, 3)),
})  # fmt: skip


@case(normal(7, 3), normal(4, 3, seed=5), normal(7))
def grad_nce(tf: Any, w: Any, x: Any, b: Any) -> Any:
    y = np.array([[0], [3], [6], [2]], np.int64)
    drawn = (np.array([1, 3, 5], np.int64), np.full((4, 1), 0.5, np.float32), np.float32([0.2, 0.3, 0.4]))
    nce = tf.nn.nce_loss(w, b, y, x, 3, 7, sampled_values=drawn)
    return [nce, tf.nn.sampled_softmax_loss(w, b, y, x, 3, 7, sampled_values=drawn)]


@case(normal(4, 2), normal(3, 2))
def grad_embedding(tf: Any, a: Any, b: Any) -> Any:
    ids = [[0, 6], [3, 3]]
    mod = tf.nn.embedding_lookup([a, b], ids)
    return [
        mod,
        tf.nn.embedding_lookup([a, b], ids, partition_strategy="div"),
        tf.nn.embedding_lookup(a, [1, 3]),
    ]


# --------------------------------------------------------------------------------------------- recurrent
def fixed(tf: Any) -> None:
    """Every trainable variable gets values that both libraries can make."""
    for variable in tf.trainable_variables():
        shape = variable.get_shape().as_list()
        count = int(np.prod(shape))
        values = (np.sin(np.arange(count) * 0.7 + len(shape)) * 0.5).astype(np.float32).reshape(shape)
        tf.add_to_collection("fixed", variable.assign(values))


def _cell(make: Callable[[Any], Any], **more: Any) -> Callable[..., Any]:
    def run(tf: Any, x: Any) -> Any:
        outputs, state = tf.nn.dynamic_rnn(make(tf.nn.rnn_cell), x, dtype=tf.float32, **more)
        fixed(tf)
        flat = [p for part in (state if isinstance(state, tuple) else [state])
                for p in (part if isinstance(part, tuple) else [part])]  # fmt: skip
        return [outputs, *flat]

    return run


each("grad_rnn", [SERIES], {
    "basic": _cell(lambda c: c.BasicRNNCell(3)),
    "gru": _cell(lambda c: c.GRUCell(3), sequence_length=LENGTHS),
    "basic_lstm": _cell(lambda c: c.BasicLSTMCell(3, forget_bias=0.5)),
    "joined": _cell(lambda c: c.BasicLSTMCell(3, state_is_tuple=False), sequence_length=LENGTHS),
    "lstm": _cell(lambda c: c.LSTMCell(3, use_peepholes=True, num_proj=2, cell_clip=0.4)),
    "multi": _cell(lambda c: c.MultiRNNCell([c.GRUCell(3), c.BasicLSTMCell(2)]), sequence_length=LENGTHS),
    "wrapped": _cell(lambda c: c.ResidualWrapper(c.DropoutWrapper(c.BasicRNNCell(4), output_keep_prob=1.0))),
    "time_major": _cell(lambda c: c.GRUCell(3), time_major=True),
})  # fmt: skip


@case(SERIES)
def grad_rnn_bidirectional(tf: Any, x: Any) -> Any:
    cells = [tf.nn.rnn_cell.GRUCell(3), tf.nn.rnn_cell.BasicRNNCell(2)]
    outputs, states = tf.nn.bidirectional_dynamic_rnn(*cells, x, LENGTHS, dtype=tf.float32)
    fixed(tf)
    return [*outputs, *states]


@case(SERIES)
def grad_rnn_static(tf: Any, x: Any) -> Any:
    cell = tf.nn.rnn_cell.BasicLSTMCell(3)
    outputs, state = tf.nn.static_rnn(cell, tf.unstack(x, axis=1), dtype=tf.float32, sequence_length=LENGTHS)
    both, first, second = tf.nn.static_bidirectional_rnn(
        tf.nn.rnn_cell.GRUCell(2), tf.nn.rnn_cell.GRUCell(2), tf.unstack(x, axis=1), dtype=tf.float32
    )
    fixed(tf)
    return [outputs[1], outputs[-1], *state, both[0], both[-1], first, second]


# ------------------------------------------------------------------------------------------------ layers
def _layer(make: Callable[..., Any]) -> Callable[..., Any]:
    def run(tf: Any, x: Any) -> Any:
        y = make(tf, x)
        fixed(tf)
        return y

    return run


each(
    "grad_layers",
    [IMAGE],
    {
        "conv2d": _layer(lambda tf, x: tf.layers.conv2d(x, 4, 3, 2, "same", activation=tf.nn.relu)),
        "conv2d_transpose": _layer(lambda tf, x: tf.layers.conv2d_transpose(x, 4, 3, 2, "same")),
        "conv2d_transpose_valid": _layer(lambda tf, x: tf.layers.conv2d_transpose(x, 4, [2, 4], [3, 2])),
        "separable": _layer(lambda tf, x: tf.layers.separable_conv2d(x, 4, 3, depth_multiplier=2)),
        "dense": _layer(lambda tf, x: tf.layers.dense(tf.layers.flatten(x), 5, tf.tanh)),
        "dense_last": _layer(lambda tf, x: tf.layers.dense(x, 2, use_bias=False)),
        "pools": _layer(
            lambda tf, x: [tf.layers.max_pooling2d(x, 3, 2), tf.layers.average_pooling2d(x, 2, 2, "same")]
        ),
        "norm": _layer(lambda tf, x: tf.layers.batch_normalization(x)),
        "norm_training": _layer(lambda tf, x: tf.layers.batch_normalization(x, training=True)),
    },
)
