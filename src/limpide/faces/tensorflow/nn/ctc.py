"""tf.nn: connectionist temporal classification."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....nn import ctc
from ....nn.words import lp
from ... import missing
from ...record import Host, is_guess
from ..dtypes import float32, int64
from ..inputs import convert_to_tensor
from ..recording import apply, op, tensor
from ..sparse import SparseTensor, sparse_tensor_to_dense


def ctc_loss(
    labels: Any,
    inputs: Any,
    sequence_length: Any,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    time_major: bool = True,
) -> Any:
    """One loss per sequence; labels: sparse, (batch, longest), of classes below the last, the blank."""
    if isinstance(inputs, SparseTensor):
        labels, inputs = inputs, labels  # the order before 1.0
    for given, default, word in [
        (preprocess_collapse_repeated, False, "preprocess_collapse_repeated"),
        (ctc_merge_repeated, True, "ctc_merge_repeated"),
    ]:
        if given is not default:
            missing.record(f"tf.nn.ctc_loss({word}=)")
            raise NotImplementedError(f"ctc_loss({word}={given}) is not there")
    dense = sparse_tensor_to_dense(labels, -1)
    return _loss(inputs, dense, sequence_length, time_major)


@op("CTCLoss")
def _loss(inputs: Any, labels: Any, steps: Any, time_major: bool, name: Any = None) -> Any:
    x, y = tensor(inputs), tensor(labels)
    x = x if time_major else lp.swapaxes(x, 0, 1)
    if is_guess():
        return lp.sum(x, axis=(0, 2))
    lengths = lp.sum((y >= 0).astype("int64"), axis=1)
    blank = int(x.shape[2]) - 1
    return ctc(lp.log_softmax(x), lp.maximum(y, 0), tensor(steps), lengths, blank, reduction="none")


def _sparse(paths: list[list[int]]) -> list[Any]:
    index = [(i, j) for i, path in enumerate(paths) for j in range(len(path))]
    values = [v for path in paths for v in path]
    shape = [len(paths), max(map(len, paths), default=0)]
    return [np.array(index, np.int64).reshape(-1, 2), np.array(values, np.int64), np.array(shape, np.int64)]


def ctc_greedy_decoder(inputs: Any, sequence_length: Any, merge_repeated: bool = True) -> Any:
    """The most likely class of every step, without blanks and repetitions; and -the sum of their scores."""

    def decode(x: Any, lengths: Any) -> list[Any]:
        best, blank = x.argmax(2), x.shape[2] - 1
        paths, scores = [], []
        for i, n in enumerate(np.asarray(lengths)):
            own = best[:n, i]
            first = np.r_[True, own[1:] != own[:-1]] if merge_repeated and n else np.ones(n, bool)
            paths.append([int(c) for c in own[first] if c != blank])
            scores.append([-x[:n, i].max(1).sum()])
        return [*_sparse(paths), np.array(scores, np.float32)]

    given = [convert_to_tensor(inputs), convert_to_tensor(sequence_length)]
    made = apply(
        "CTCGreedyDecoder", decode, given, count=4, source=Host, dtype=[int64, int64, int64, float32]
    )
    return [SparseTensor(*made[:3])], made[3]


def ctc_beam_search_decoder(
    inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1, merge_repeated: bool = True
) -> Any:
    """The most likely labels, by a search along time that keeps beam_width (Graves and Jaitly 2014)."""

    def decode(x: Any, lengths: Any) -> list[Any]:
        shifted = x - x.max(2, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(2, keepdims=True))
        found = [_beams(logs[:n, i], beam_width, top_paths) for i, n in enumerate(np.asarray(lengths))]
        parts: list[Any] = []
        for k in range(top_paths):
            paths = [list(beams[k][0]) if k < len(beams) else [] for beams in found]
            parts += _sparse([_merged(p) if merge_repeated else p for p in paths])
        scores = [[b[1] for b in beams] + [-np.inf] * (top_paths - len(beams)) for beams in found]
        return [*parts, np.array(scores, np.float32)]

    given = [convert_to_tensor(inputs), convert_to_tensor(sequence_length)]
    kinds = [int64, int64, int64] * top_paths + [float32]
    made = apply("CTCBeamSearchDecoder", decode, given, count=len(kinds), source=Host, dtype=kinds)
    return [SparseTensor(*made[3 * k : 3 * k + 3]) for k in range(top_paths)], made[-1]


def _merged(path: list[int]) -> list[int]:
    return [c for k, c in enumerate(path) if k == 0 or c != path[k - 1]]


def _beams(logs: Any, width: int, most: int) -> list[tuple[tuple[int, ...], float]]:
    """Labels with their logarithms of probability, the most likely first."""
    blank = logs.shape[1] - 1
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}  # ending in a blank, in a label
    for row in logs:
        new: dict[tuple[int, ...], list[float]] = {}

        def add(path: tuple[int, ...], kind: int, value: float, into: Any = new) -> None:
            entry = into.setdefault(path, [-np.inf, -np.inf])
            entry[kind] = float(np.logaddexp(entry[kind], value))

        for path, (ended, going) in beams.items():
            both = float(np.logaddexp(ended, going))
            add(path, 0, both + row[blank])
            if path:
                add(path, 1, going + row[path[-1]])
            for c in range(blank):
                before = ended if path and path[-1] == c else both
                add((*path, c), 1, before + row[c])
        ranked = sorted(new.items(), key=lambda item: -np.logaddexp(item[1][0], item[1][1]))
        beams = {path: (entry[0], entry[1]) for path, entry in ranked[:width]}
    best = sorted(((p, float(np.logaddexp(e[0], e[1]))) for p, e in beams.items()), key=lambda item: -item[1])
    return best[:most]


__all__ = ["ctc_beam_search_decoder", "ctc_greedy_decoder", "ctc_loss"]
