"""tf.contrib.crf: linear chains of tags (Lafferty et al. 2001)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....compile import scan
from ....nn.words import lp
from ... import missing
from ..inputs import convert_to_tensor
from ..layers.base import shape_of, size_of
from ..recording import op, tensor
from ..scopes import get_variable


def crf_log_likelihood(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any = None
) -> tuple[Any, Any]:
    """The logarithm of the probability of tags, per row, and the scores of transitions, a variable."""
    inputs = convert_to_tensor(inputs)
    count = size_of(shape_of(inputs)[2])
    if transition_params is None:
        transition_params = get_variable("transitions", [count, count])
    score = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    norm = crf_log_norm(inputs, sequence_lengths, transition_params)
    return _minus(score, norm), transition_params


@op("Sub")
def _minus(a: Any, b: Any, name: Any = None) -> Any:
    return tensor(a) - tensor(b)


@op("crf_score")
def crf_sequence_score(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any, name: Any = None
) -> Any:
    """The score of tags: of every one, and of the transitions between them."""
    x, tags, n, t = (
        tensor(inputs),
        tensor(tag_indices).astype("int64"),
        tensor(sequence_lengths),
        tensor(transition_params),
    )
    there = (lp.arange(x.shape[1]) < lp.reshape(n, (-1, 1))).astype(x.dtype)
    own = lp.take_along_axis(x, lp.expand_dims(tags, 2), axis=2)[:, :, 0]
    pairs = tags[:, :-1] * t.shape[1] + tags[:, 1:]
    between = lp.take(lp.reshape(t, (-1,)), pairs)
    return lp.sum(own * there, axis=1) + lp.sum(between * there[:, 1:], axis=1)


@op("crf_norm")
def crf_log_norm(inputs: Any, sequence_lengths: Any, transition_params: Any, name: Any = None) -> Any:
    """The logarithm of the sum over all tags."""
    x, n, t = tensor(inputs), tensor(sequence_lengths), tensor(transition_params)
    rows = lp.swapaxes(x, 0, 1)

    def step(alpha: Any, element: Any) -> Any:
        row, k = element
        new = lp.logsumexp(lp.expand_dims(alpha, 2) + t, axis=1) + row
        return lp.where(lp.expand_dims(k < n, 1), new, alpha), None

    last, _ = scan(step, rows[0], (rows[1:], lp.arange(1, x.shape[1])))
    return lp.logsumexp(last, axis=1)


def viterbi_decode(score: Any, transition_params: Any) -> tuple[list[int], Any]:
    """The best tags of one sequence of scores (NumPy), and their score."""
    score, transitions = np.asarray(score), np.asarray(transition_params)
    trellis, back = score[0], []
    for row in score[1:]:
        ways = trellis[:, None] + transitions
        back.append(ways.argmax(0))
        trellis = row + ways.max(0)
    path = [int(trellis.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1], trellis.max()


__getattr__ = missing.attributes("tensorflow.contrib.crf", globals())
