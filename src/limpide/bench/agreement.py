"""What all must agree on before they are timed: one number in float64, and its value by NumPy in float64."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..graph import Array
from .peers.numpy_in_place import LIBRARY, convolved, pooled
from .workloads import Kind, Problem

ROWS_OF_LOSS = 1000  # the loss of classifiers is that of these many rows


def reference(problem: Problem) -> float:
    """The number after one run, when all of it is reckoned in float64."""
    exact = problem.exact()
    (make,) = LIBRARY.forms[problem.workload.kind].values()
    runner = make(exact)
    runner.start()
    runner.run(problem.order(0))
    return measure(problem, runner.result())


def agrees(problem: Problem, value: float, expected: float) -> bool:
    """Whether a library did the same work: NaN and Inf never do."""
    return math.isclose(value, expected, rel_tol=problem.workload.tolerance) and math.isfinite(value)


def measure(problem: Problem, result: Sequence[Array]) -> float:
    """One number, in float64, of what a runner has after its work: the loss, or the result's mean."""
    return MEASURES[problem.workload.kind](problem, [np.asarray(r, np.float64) for r in result])


def cross_entropy(problem: Problem, parameters: Sequence[Array]) -> float:
    x, labels = (a[:ROWS_OF_LOSS] for a in problem.arrays)
    h, dense = x.astype(np.float64), list(parameters)
    if problem.workload.kind == "images":
        h, dense = features(h, parameters[:4]), dense[4:]
    for i in range(0, len(dense), 2):
        h = h @ dense[i] + dense[i + 1]
        if i < len(dense) - 2:
            h = 1 / (1 + np.exp(-h)) if problem.workload.activation == "sigmoid" else np.maximum(h, 0)
    h -= h.max(axis=1, keepdims=True)
    return float((np.log(np.exp(h).sum(axis=1)) - h[np.arange(len(h)), labels]).mean())


def features(x: Array, parameters: Sequence[Array]) -> Array:
    """What the convolution layers make of rows of pixels."""
    h = x.reshape(len(x), 28, 28, 1)
    for filters, bias in zip(parameters[::2], parameters[1::2], strict=True):
        h = pooled(np.maximum(convolved(h, filters) + bias, 0))
    return h.reshape(len(x), -1)


def squared_error(problem: Problem, parameters: Sequence[Array]) -> float:
    x = problem.arrays[0].astype(np.float64)
    encode, decode = parameters
    return float(((np.maximum(x @ encode.T, 0) @ decode.T - x) ** 2).sum())


def mean(problem: Problem, result: Sequence[Array]) -> float:
    return float(result[0].mean())


MEASURES: dict[Kind, Callable[[Problem, Sequence[Array]], float]] = {
    "digits": cross_entropy,
    "images": cross_entropy,
    "frames": squared_error,
    "elementwise": mean,
}
