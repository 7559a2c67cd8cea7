"""What is measured: the data, the first values of the parameters, and what every runner must agree on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..data import mnist
from ..graph import Array

Kind = Literal["digits", "frames", "elementwise"]

ROWS_OF_LOSS = 1000  # the loss that runners must agree on is that of these many rows
FRAMES, FRAME = 500, 160
ELEMENTS = 10_000_000
QUICK_ROWS, QUICK_ELEMENTS = 4_000, 1_000_000


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    sizes: of the layers, inputs first. unit: what one time is of.
    goal: how many times faster than the best peer.
    """

    name: str
    title: str
    kind: Kind
    unit: str
    sizes: tuple[int, ...] = ()
    lr: float = 0.0
    batch: int = 1
    shuffled: bool = False
    goal: float = 1.5


WORKLOADS = {
    w.name: w
    for w in (
        Workload("W1", "logistic 784-10", "digits", "epoch", (784, 10), 0.1, 100),
        Workload(
            "W2",
            "MLP 784-64-32-16-10",
            "digits",
            "epoch",
            (784, 64, 32, 16, 10),
            0.05,
            100,
            True,
        ),
        Workload("W3", "MLP 784-100-10", "digits", "epoch", (784, 100, 10), 1.0, 100, True),
        Workload("W5", "auto-encoder 160-10-160", "frames", "pass", (160, 10, 160), 1e-3),
        Workload("W7a", "a**2 + b**2 + 2*a*b", "elementwise", "call"),
        Workload("W7b", "sum(tanh(a)*b + exp(-a*a))", "elementwise", "call"),
    )
}


@dataclass
class Problem:
    """A workload with its numbers.

    arrays: images and labels, or frames, or the two operands. start: first values of the parameters,
    weight then bias of each layer. source: where the data came from.
    """

    workload: Workload
    arrays: list[Array]
    start: list[Array]
    source: str

    @property
    def steps(self) -> int:
        """How many batches an epoch has; rows that fill no batch are left out."""
        return len(self.arrays[0]) // self.workload.batch

    def order(self, turn: int) -> Array:
        """The rows of each batch in the epoch number `turn`: (steps, batch) int64."""
        count = self.steps * self.workload.batch
        if not self.workload.shuffled:
            return np.arange(count).reshape(self.steps, -1)
        return np.random.default_rng(turn).permutation(count).reshape(self.steps, -1)

    def measure(self, result: Sequence[Array]) -> float:
        """One number, in float64, of what a runner has after its work: the loss, or the result's mean."""
        exact = [np.asarray(r, np.float64) for r in result]
        return MEASURES[self.workload.kind](self, exact)


def cross_entropy(problem: Problem, parameters: Sequence[Array]) -> float:
    x, labels = (a[:ROWS_OF_LOSS] for a in problem.arrays)
    h: Array = x.astype(np.float64)
    layers = list(zip(parameters[::2], parameters[1::2], strict=True))
    for i, (weight, bias) in enumerate(layers):
        h = h @ weight + bias
        if i < len(layers) - 1:
            h = 1 / (1 + np.exp(-h))
    h -= h.max(axis=1, keepdims=True)
    return float((np.log(np.exp(h).sum(axis=1)) - h[np.arange(len(h)), labels]).mean())


def squared_error(problem: Problem, parameters: Sequence[Array]) -> float:
    x = problem.arrays[0].astype(np.float64)
    encode, decode = parameters
    return float(((np.maximum(x @ encode.T, 0) @ decode.T - x) ** 2).sum())


def mean(problem: Problem, result: Sequence[Array]) -> float:
    return float(result[0].mean())


MEASURES: dict[Kind, Callable[[Problem, Sequence[Array]], float]] = {
    "digits": cross_entropy,
    "frames": squared_error,
    "elementwise": mean,
}


def problem(workload: Workload, quick: bool = False) -> Problem:
    """The numbers of a workload; the same ones every time."""
    return MAKERS[workload.kind](workload, quick)


def digits(workload: Workload, quick: bool) -> Problem:
    (images, labels), _ = mnist()
    if quick:
        images, labels = images[:QUICK_ROWS], labels[:QUICK_ROWS]
    x = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
    r = np.random.default_rng(1234)
    start: list[Array] = []
    for inputs, outputs in zip(workload.sizes, workload.sizes[1:], strict=False):
        start += [glorot(r, inputs, outputs), np.zeros(outputs, np.float32)]
    return Problem(workload, [x, labels.astype(np.int64)], start, f"{len(x):,} digits of MNIST")


def frames(workload: Workload, quick: bool) -> Problem:
    """Five seconds of four tones with noise, cut into frames."""
    r = np.random.default_rng(7)
    t = np.arange(FRAMES * FRAME) / 16000
    tones = [(0.5, 220.0, 0.0), (0.3, 440.7, 1.0), (0.2, 1233.3, 2.0), (0.1, 3100.0, 3.0)]
    sound = 0.05 * r.standard_normal(t.size)
    for loudness, pitch, phase in tones:
        sound += loudness * np.sin(2 * np.pi * pitch * t + phase)
    x = (sound / np.abs(sound).max()).astype(np.float32).reshape(FRAMES, FRAME)
    inputs, hidden, outputs = workload.sizes
    start = [glorot(r, hidden, inputs), glorot(r, outputs, hidden)]
    return Problem(workload, [x], start, f"{FRAMES} frames of {FRAME} samples")


def elementwise(workload: Workload, quick: bool) -> Problem:
    r = np.random.default_rng(3)
    count = QUICK_ELEMENTS if quick else ELEMENTS
    arrays: list[Array] = [r.standard_normal(count, np.float32) for _ in range(2)]
    return Problem(workload, arrays, [], f"{count:,} float32 twice")


def glorot(r: np.random.Generator, rows: int, columns: int) -> Array:
    bound = np.sqrt(6 / (rows + columns))
    return r.uniform(-bound, bound, (rows, columns)).astype(np.float32)


MAKERS: dict[Kind, Callable[[Workload, bool], Problem]] = {
    "digits": digits,
    "frames": frames,
    "elementwise": elementwise,
}
