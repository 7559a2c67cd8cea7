"""What is measured: a table of workloads, and the numbers that each starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache as once
from typing import Literal

import numpy as np

from ..data import mnist
from ..graph import Array

Kind = Literal["digits", "images", "frames", "elementwise"]

FRAMES, FRAME = 500, 160
ELEMENTS = 10_000_000
QUICK_ROWS, QUICK_ELEMENTS = 6_000, 1_000_000

# The convolution net: two layers of these many 5 x 5 filters, each with relu and 2 x 2 pooling.
FILTERS, FILTER = (16, 32), 5
POOLED = 4 * 4 * 32  # numbers of an image after both, which the dense layers take


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    sizes: of the layers, inputs first. unit: what one time is of. rows: how many are used; 0 for all.
    goal: how many times faster than the best peer.
    tolerance: relative, how far the results of two libraries may differ.
    """

    name: str
    title: str
    kind: Kind
    unit: str
    goal: float
    sizes: tuple[int, ...] = ()
    lr: float = 0.0
    batch: int = 1
    activation: Literal["sigmoid", "relu"] = "sigmoid"
    optimizer: Literal["sgd", "adam"] = "sgd"
    shuffled: bool = False
    rows: int = 0
    tolerance: float = 1e-4


LOGISTIC = Workload("W1", "logistic 784-10", "digits", "epoch", 4, (784, 10), 0.1, 100)
DEEP = Workload("W2", "MLP 784-64-32-16-10", "digits", "epoch", 2.3, (784, 64, 32, 16, 10), 0.05, 100)
SHALLOW = Workload("W3", "MLP 784-100-10", "digits", "epoch", 2, (784, 100, 10), 1.0, 100)
CONVOLUTION = Workload(
    "W4", "convolution net", "images", "step", 2.3, (POOLED, 100, 10), 0.05, 100, "relu", rows=2000
)
AUTO_ENCODER = Workload("W5", "auto-encoder 160-10-160", "frames", "pass", 10, (160, 10, 160), 1e-3)
# Adam divides by the size of gradients, so rounding of those near zero shows more.
WIDE = Workload(
    "W6",
    "MLP 784-1024-1024-10, Adam",
    "digits",
    "step",
    1.2,
    (784, 1024, 1024, 10),
    1e-3,
    128,
    "relu",
    "adam",
    rows=2048,
    tolerance=5e-3,
)
SQUARE = Workload("W7a", "a**2 + b**2 + 2*a*b", "elementwise", "call", 1.5)
TOTAL = Workload("W7b", "sum(tanh(a)*b + exp(-a*a))", "elementwise", "call", 1.5)


def shuffled(workload: Workload) -> Workload:
    """The same with batches of rows picked by a permutation."""
    return replace(workload, name=f"{workload.name}s", title=f"{workload.title}, shuffled", shuffled=True)


WORKLOADS = {
    w.name: w
    for w in (
        LOGISTIC,
        shuffled(LOGISTIC),
        DEEP,
        shuffled(DEEP),
        SHALLOW,
        shuffled(SHALLOW),
        CONVOLUTION,
        AUTO_ENCODER,
        WIDE,
        SQUARE,
        TOTAL,
    )
}


@dataclass
class Problem:
    """A workload with its numbers.

    arrays: images and labels, or frames, or the two operands. start: first values of the parameters,
    weight then bias of each layer; filters as (height, width, channels in, channels out), and the rows
    of the first dense weight in the order (height, width, channel). source: where the data came from.
    """

    workload: Workload
    arrays: list[Array]
    start: list[Array]
    source: str

    @property
    def steps(self) -> int:
        """How many batches one run has; rows that fill no batch are left out."""
        return len(self.arrays[0]) // self.workload.batch

    @property
    def units(self) -> int:
        """How many units one run has."""
        return self.steps if self.workload.unit == "step" else 1

    def order(self, turn: int) -> Array:
        """The rows of each batch in the run number `turn`: (steps, batch) int64."""
        count = self.steps * self.workload.batch
        if not self.workload.shuffled:
            return np.arange(count).reshape(self.steps, -1)
        return np.random.default_rng(turn).permutation(count).reshape(self.steps, -1)

    def exact(self) -> Problem:
        """The same in float64."""
        arrays = [a.astype(np.float64) if a.dtype == np.float32 else a for a in self.arrays]
        return replace(self, arrays=arrays, start=[p.astype(np.float64) for p in self.start])


def problem(workload: Workload, quick: bool = False) -> Problem:
    """The numbers of a workload; the same ones every time."""
    return MAKERS[workload.kind](workload, quick)


@once
def all_digits() -> tuple[Array, Array]:
    """Images as rows of float32 from 0 to 1, and int64 labels."""
    (images, labels), _ = mnist()
    rows = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
    return rows, labels.astype(np.int64)


def digits(workload: Workload, quick: bool) -> Problem:
    x, labels = all_digits()
    count = workload.rows or (QUICK_ROWS if quick else len(x))
    x, labels = x[:count], labels[:count]
    return Problem(workload, [x, labels], layers(workload), f"{len(x):,} digits of MNIST")


def layers(workload: Workload) -> list[Array]:
    """First values of all parameters: Glorot's uniform weights (Glorot and Bengio 2010), zero biases."""
    r = np.random.default_rng(1234)
    start: list[Array] = []
    if workload.kind == "images":
        area = FILTER * FILTER
        for inputs, outputs in zip((1, *FILTERS), FILTERS, strict=False):
            flat = glorot(r, area * inputs, area * outputs, (area * inputs, outputs))
            start += [flat.reshape(FILTER, FILTER, inputs, outputs), np.zeros(outputs, np.float32)]
    for inputs, outputs in zip(workload.sizes, workload.sizes[1:], strict=False):
        start += [glorot(r, inputs, outputs, (inputs, outputs)), np.zeros(outputs, np.float32)]
    return start


def frames(workload: Workload, quick: bool) -> Problem:
    """Five seconds of four tones with noise, cut into frames."""
    r = np.random.default_rng(7)
    t = np.arange(FRAMES * FRAME) / 16000
    tones = [(0.5, 220.0, 0.0), (0.3, 440.7, 1.0), (0.2, 1233.3, 2.0), (0.1, 3100.0, 3.0)]
    sound = 0.05 * r.standard_normal(t.size)
    for loudness, pitch, phase in tones:
        sound += loudness * np.sin(2 * np.pi * pitch * t + phase)
    x = (sound / np.abs(sound).max()).astype(np.float32).reshape(FRAMES, FRAME)
    return Problem(workload, [x], coders(workload), f"{FRAMES} frames of {FRAME} samples")


def coders(workload: Workload) -> list[Array]:
    """First values of the encoder (hidden, inputs) and the decoder (outputs, hidden)."""
    r = np.random.default_rng(7)
    inputs, hidden, outputs = workload.sizes
    return [
        glorot(r, inputs, hidden, (hidden, inputs)),
        glorot(r, hidden, outputs, (outputs, hidden)),
    ]


def elementwise(workload: Workload, quick: bool) -> Problem:
    r = np.random.default_rng(3)
    count = QUICK_ELEMENTS if quick else ELEMENTS
    arrays: list[Array] = [r.standard_normal(count, np.float32) for _ in range(2)]
    return Problem(workload, arrays, [], f"{count:,} float32 twice")


def glorot(r: np.random.Generator, inputs: int, outputs: int, shape: tuple[int, ...]) -> Array:
    bound = np.sqrt(6 / (inputs + outputs))
    return r.uniform(-bound, bound, shape).astype(np.float32)


MAKERS = {"digits": digits, "images": digits, "frames": frames, "elementwise": elementwise}
