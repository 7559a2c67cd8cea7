"""`keras.backend`: connectionist temporal classification."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from ....nn.losses.ctc import ctc
from ....nn.words import lp
from ....tensor import astensor
from ...record import Host
from ...tensorflow import recording
from .. import settings
from ..symbols import as_floatx, op, value_of

Array = Any


@op
def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Any:
    """-log of the probability of labels, per sample: (samples, 1).

    y_true: indices (samples, longest). y_pred: probabilities (samples, steps, classes), the last class
    between
    labels. input_length, label_length: (samples, 1), how much of either counts.
    """
    p = lp.swapaxes(as_floatx(y_pred), 0, 1)
    scores = lp.log_softmax(lp.log(p + settings.epsilon()), axis=-1)
    steps, lengths = (lp.reshape(astensor(n).astype("int64"), (-1,)) for n in (input_length, label_length))
    labels = astensor(y_true).astype("int64")
    found = ctc(scores, labels, steps, lengths, blank=int(scores.shape[-1]) - 1, reduction="none")
    return lp.expand_dims(found, 1)


def ctc_decode(
    y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[Any], Any]:
    """The likeliest labels, filled with -1, as a list of arrays (samples, longest), and their -log.

    greedy: the likeliest class of every step; else a search with beam_width ways at a time.
    """
    paths = 1 if greedy else top_paths

    def ctc_decode(p: Array, lengths: Array) -> Any:
        found = [
            _greedy(row[:n]) if greedy else _beams(row[:n], beam_width, paths)
            for row, n in zip(np.asarray(p), np.asarray(lengths).reshape(-1).astype(int), strict=True)
        ]
        longest = [max((len(f[k][0]) for f in found), default=0) for k in range(paths)]
        labels = [np.full((len(found), n), -1, np.int64) for n in longest]
        for i, ways in enumerate(found):
            for k in range(paths):
                labels[k][i, : len(ways[k][0])] = ways[k][0]
        scores = np.array([[ways[k][1] for k in range(paths)] for ways in found], "f4")
        return (*labels, scores)

    if not hasattr(y_pred, "source") and not hasattr(input_length, "source"):
        results = ctc_decode(value_of(y_pred), value_of(input_length))
    else:
        results = recording.apply(
            "CTCDecode", ctc_decode, [y_pred, input_length], count=paths + 1,
            dtype=["int64"] * paths + ["float32"], source=Host,
        )  # fmt: skip
    return list(results[:paths]), results[paths]


def _greedy(p: Array) -> list[tuple[list[int], float]]:
    best, blank = p.argmax(axis=1), p.shape[1] - 1
    kept = [int(c) for i, c in enumerate(best) if c != blank and (i == 0 or best[i - 1] != c)]
    return [(kept, float(-np.log(p.max(axis=1) + 1e-30).sum()))]


def _beams(p: Array, width: int, count: int) -> list[tuple[list[int], float]]:
    """Labels by the sum over their ways (Graves 2012): those that end in a blank, and those that do not."""
    blank = p.shape[1] - 1
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for row in p:
        new: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for labels, (ended, open_) in beams.items():
            new[labels][0] += (ended + open_) * row[blank]
            if labels:
                new[labels][1] += open_ * row[labels[-1]]
            for c in range(blank):
                before = ended if labels and labels[-1] == c else ended + open_
                new[(*labels, c)][1] += before * row[c]
        ranked = sorted(new.items(), key=lambda item: -sum(item[1]))[:width]
        beams = {labels: (a, b) for labels, (a, b) in ranked}
    best = sorted(beams.items(), key=lambda item: -sum(item[1]))[:count]
    found = [(list(labels), float(-np.log(sum(both) + 1e-30))) for labels, both in best]
    return found + [([], float("inf"))] * (count - len(found))


def ctc_label_dense_to_sparse(labels: Any, label_lengths: Any) -> Any:
    """Labels as they are: tensors are dense here."""
    return labels


__all__ = ["ctc_batch_cost", "ctc_decode", "ctc_label_dense_to_sparse"]
