"""What arithmetic and memory traffic a workload needs at least, and how near to the limits a time is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ..runtime.limits import Limits
from .workloads import FILTER, FILTERS, Problem

MULTIPLY_ADD = 2  # operations
ELEMENTWISE = {"W7a": 6, "W7b": 20}  # operations for each element; tanh and exp as short polynomials


@dataclass(frozen=True)
class Work:
    """Of one run: floating-point operations, bytes of the data that go through the cores at least once.

    stored: whether some of the bytes are written.
    """

    flops: float
    bytes: float
    stored: bool = False


def work(problem: Problem) -> Work:
    """What one run needs."""
    workload, moved = problem.workload, float(sum(a.nbytes for a in problem.arrays))
    if workload.kind == "elementwise":
        a, stored = problem.arrays[0], workload.name == "W7a"
        return Work(ELEMENTWISE[workload.name] * a.size, moved + (a.nbytes if stored else 0), stored)
    sizes = [i * o for i, o in pairwise(workload.sizes)]
    products = 3 * sum(sizes) - (sizes[0] if workload.kind != "images" else 0)
    if workload.kind == "images":
        first, second = (FILTER**2 * i * o for i, o in pairwise((1, *FILTERS)))
        products += 2 * 24 * 24 * first + 3 * 8 * 8 * second
    return Work(MULTIPLY_ADD * products * workload.batch * problem.steps, moved)


def fraction(problem: Problem, seconds: float, limits: Limits | None, threads: int) -> float | None:
    """The shortest time that the machine's limits allow, over the one per unit that was measured.

    None where the limits with this number of threads are not known. Data that stay in a cache from run to
    run are not reckoned as read from memory.
    """
    if limits is None or threads not in (1, limits.threads):
        return None
    one, needed = threads == 1, work(problem)
    flops = limits.flops_f32 if one else limits.flops_f32_all
    read = limits.read if one else limits.read_all
    if needed.stored:
        read = limits.triad_streaming if one else limits.triad_streaming_all
    cached = needed.bytes <= limits.l2 * threads
    least = max(needed.flops / flops, 0.0 if cached else needed.bytes / read)
    return least / problem.units / seconds
