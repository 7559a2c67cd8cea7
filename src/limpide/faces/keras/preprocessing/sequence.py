"""`keras.preprocessing.sequence`."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from ... import missing
from ..utils.data_utils import Sequence


def pad_sequences(
    sequences: Any, maxlen: int | None = None, dtype: Any = "int32", padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> Any:  # fmt: skip
    """Sequences of equal length: short ones filled, long ones cut, before or behind.

    >>> pad_sequences([[1], [2, 3, 4]], maxlen=2).tolist()
    [[0, 1], [3, 4]]
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    for word, given in (("Truncating", truncating), ("Padding", padding)):
        if given not in ("pre", "post"):
            raise ValueError(f'{word} type "{given}" not understood')
    lengths = []
    for s in sequences:
        if not hasattr(s, "__len__"):
            raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: {s}")
        lengths.append(len(s))
    maxlen = max(lengths, default=0) if maxlen is None else maxlen
    shape = next((np.asarray(s).shape[1:] for s in sequences if len(s)), ())
    result = np.full((len(lengths), maxlen, *shape), value, dtype)
    for i, s in enumerate(sequences):
        if not len(s):
            continue
        cut = np.asarray(s[-maxlen:] if truncating == "pre" else s[:maxlen], dtype=dtype)
        if cut.shape[1:] != shape:
            raise ValueError(
                f"Shape of sample {cut.shape[1:]} of sequence at position {i} is different from expected"
                f" shape {shape}"
            )
        if padding == "post":
            result[i, : len(cut)] = cut
        elif len(cut):
            result[i, -len(cut) :] = cut
    return result


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> Any:
    """How likely the words of each rank are kept, by Zipf's law."""
    gamma = 0.577
    rank = np.arange(size)
    rank[0] = 1
    frequency = 1.0 / (rank * (np.log(rank) + gamma) + 0.5 - 1.0 / (12.0 * rank))
    f = sampling_factor * frequency
    return np.minimum(1.0, f / np.sqrt(f))


def skipgrams(
    sequence: Any, vocabulary_size: int, window_size: int = 4, negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False, sampling_table: Any = None, seed: Any = None,
) -> Any:  # fmt: skip
    """Pairs of words that stand near each other (1), and random ones (0)."""
    couples: list[list[int]] = []
    labels: list[Any] = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        for j in range(max(0, i - window_size), min(len(sequence), i + window_size + 1)):
            if j != i and sequence[j]:
                couples.append([word, sequence[j]])
                labels.append([0, 1] if categorical else 1)
    if negative_samples > 0:
        count = int(len(labels) * negative_samples)
        words = [c[0] for c in couples]
        random.shuffle(words)
        couples += [[words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)]
        labels += [[1, 0] if categorical else 0] * count
    if shuffle:
        chosen = random.randint(0, 10**7) if seed is None else seed
        for items in (couples, labels):
            random.Random(chosen).shuffle(items)
    return couples, labels


def _remove_long_seq(maxlen: int, seq: Any, label: Any) -> Any:
    """Sequences shorter than maxlen, with their labels."""
    kept = [(s, y) for s, y in zip(seq, label, strict=True) if len(s) < maxlen]
    return [s for s, _ in kept], [y for _, y in kept]


class TimeseriesGenerator(Sequence):
    """Batches of windows of a series, with what follows them as labels."""

    def __init__(
        self, data: Any, targets: Any, length: int, sampling_rate: int = 1, stride: int = 1,
        start_index: int = 0,
        end_index: Any = None, shuffle: bool = False, reverse: bool = False, batch_size: int = 128,
    ):  # fmt: skip
        if len(data) != len(targets):
            raise ValueError(
                f"Data and targets have to be of same length. Data length is {len(data)} while target length"
                f" is {len(targets)}"
            )
        self.data, self.targets, self.length = data, targets, length
        self.sampling_rate, self.stride, self.batch_size = sampling_rate, stride, batch_size
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse = shuffle, reverse
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is disallowed, as no"
                " part of the sequence would be left to be used as current step."
            )

    def __len__(self) -> int:
        return (self.end_index - self.start_index + self.batch_size * self.stride) // (
            self.batch_size * self.stride
        )

    def __getitem__(self, index: int) -> Any:
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            rows = np.arange(
                first, min(first + self.batch_size * self.stride, self.end_index + 1), self.stride
            )
        samples = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])
        targets = np.array([self.targets[row] for row in rows])
        return (samples[:, ::-1, ...], targets) if self.reverse else (samples, targets)


__getattr__ = missing.attributes("keras.preprocessing.sequence", globals())
