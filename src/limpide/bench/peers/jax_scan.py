"""JAX: all steps in one jitted lax.scan, its state donated. No convolutions: in loops XLA is slow at them."""

from __future__ import annotations

from typing import Any

from ...graph import Array
from ..runner import Library
from ..workloads import Problem
from .jax_step import Frames, Training, frame_update, prepare

UNROLLED = 10


class Epoch(Training):
    """Batches of neighbouring rows are what the scan goes over; others are gathered in its step."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        scan = self.gathered if problem.workload.shuffled else self.in_order
        self.epoch = self.jax.jit(scan, donate_argnums=0)

    def in_order(self, state: Any, x: Any, y: Any, order: Any) -> Any:
        batches = tuple(a.reshape(self.problem.steps, -1, *a.shape[1:]) for a in (x, y))
        return self.jax.lax.scan(lambda s, xy: (self.update(s, *xy), None), state, batches)[0]

    def gathered(self, state: Any, x: Any, y: Any, order: Any) -> Any:
        def step(state: Any, rows: Any) -> Any:
            picked = (a.at[rows].get(mode="promise_in_bounds") for a in (x, y))
            return self.update(state, *picked), None

        return self.jax.lax.scan(step, state, order)[0]

    def run(self, order: Array) -> None:
        given = order.astype("int32")
        self.state = self.jax.block_until_ready(self.epoch(self.state, self.x, self.y, given))


class Pass(Frames):
    def __init__(self, problem: Problem, unroll: int = 1):
        super().__init__(problem)

        def scan(state: Any, frames: Any) -> Any:
            step = lambda s, x: (frame_update(self, s, x), None)  # noqa: E731
            return self.jax.lax.scan(step, state, frames, unroll=unroll)[0]

        self.one_pass = self.jax.jit(scan, donate_argnums=0)

    def run(self, order: Array) -> None:
        self.state = self.jax.block_until_ready(self.one_pass(self.state, self.frames))


def unrolled(problem: Problem) -> Pass:
    return Pass(problem, UNROLLED)


LIBRARY = Library(
    prepare,
    {
        "digits": {"donated state": Epoch},
        "frames": {"donated state": Pass, "unrolled by 10": unrolled},
    },
)
