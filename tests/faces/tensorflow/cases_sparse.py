"""Sparse tensors and CTC; see cases_nn.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

X = np.random.RandomState(0).normal(size=(6, 2, 4)).astype(np.float32)
D = np.random.RandomState(1).normal(size=(3, 2)).astype(np.float32)
CASES: dict[str, tuple[list[Any], Callable[..., Any]]] = {}


def each(prefix: str, arrays: list[Any], functions: dict[str, Callable[..., Any]]) -> None:
    for name, function in functions.items():
        CASES[f"{prefix}_{name}"] = (arrays, function)


def labels(tf: Any) -> Any:
    return tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([1, 1, 2], tf.int32), [2, 3])


def matrix(tf: Any) -> Any:
    return tf.SparseTensor(indices=[[0, 2], [1, 0]], values=[2.0, -1.0], dense_shape=[2, 3])


each("grad_ctc", [X], {"loss": lambda tf, x: tf.nn.ctc_loss(labels(tf), x, [6, 5])})
each(
    "ctc",
    [X],
    {
        "greedy": lambda tf, x: [
            tf.nn.ctc_greedy_decoder(x, [6, 4])[0][0].values,
            tf.nn.ctc_greedy_decoder(x, [6, 4])[1],
        ],
        "beams": lambda tf, x: [
            tf.sparse_tensor_to_dense(
                tf.nn.ctc_beam_search_decoder(x, [6, 4], merge_repeated=False)[0][0], -1
            ),
            tf.nn.ctc_beam_search_decoder(x, [6, 4], merge_repeated=False)[1],
        ],
    },
)
each(
    "sparse",
    [D],
    {
        "dense": lambda tf, x: tf.sparse_tensor_to_dense(matrix(tf)),
        "to_dense": lambda tf, x: tf.sparse_to_dense([[0, 1], [2, 0]], [3, 2], [5, 6], -1),
        "product": lambda tf, x: tf.sparse_tensor_dense_matmul(matrix(tf), x),
        "sum": lambda tf, x: tf.sparse_reduce_sum(matrix(tf), 1),
        "lookup": lambda tf, x: tf.nn.embedding_lookup_sparse(
            x,
            tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([0, 2, 1], tf.int64), [2, 2]),
            None,
            combiner="mean",
        ),
    },
)
