"""Workloads with little data."""

from __future__ import annotations

from typing import Any

import numpy as np

from limpide.bench.workloads import WORKLOADS, Problem, coders, layers


def small(name: str) -> Problem:
    """The same kind of work as the workload of that name, done in a moment."""
    workload, r = WORKLOADS[name], np.random.default_rng(0)
    if workload.kind == "elementwise":
        arrays: list[Any] = [r.standard_normal(99_999, np.float32) for _ in range(2)]
        return Problem(workload, arrays, [], "noise")
    if workload.kind == "frames":
        x = r.standard_normal((20, workload.sizes[0]), np.float32)
        return Problem(workload, [x], coders(workload), "noise")
    count = 3 * workload.batch + 10  # the last rows fill no batch
    arrays = [r.random((count, 784), np.float32), r.integers(0, 10, count)]
    return Problem(workload, arrays, layers(workload), "noise")
