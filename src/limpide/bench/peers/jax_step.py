"""JAX: a jitted training step, its state donated; and what the whole epochs of jax_scan share with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...graph import Array
from ..runner import Library
from ..workloads import Problem
from .packages import load

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's


def prepare(threads: int) -> str:
    """The number of threads is that of the cores that the process may use."""
    jax = load("jax")
    jax.config.update("jax_platforms", "cpu")
    return str(jax.__version__)


class Training:
    """State: (parameters, means, squares, count); the last three are used by Adam alone."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.jax, self.jnp = load("jax"), load("jax.numpy")
        x, y = problem.arrays
        count = problem.steps * problem.workload.batch
        self.x, self.y = self.jnp.asarray(x[:count]), self.jnp.asarray(y[:count].astype(np.int32))
        self.state: Any = None

    def logits(self, parameters: list[Any], x: Any) -> Any:
        jax, h, dense = self.jax, x, parameters
        activate = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[self.problem.workload.activation]
        if self.problem.workload.kind == "images":
            h, dense = self.features(h.reshape(-1, 28, 28, 1), parameters), parameters[4:]
        for i in range(0, len(dense), 2):
            h = (activate(h) if i else h) @ dense[i] + dense[i + 1]
        return h

    def features(self, h: Any, parameters: list[Any]) -> Any:
        """Channels last; pooling as the maximum of a reshaped array, whose gradient is the faster one."""
        for i in (0, 2):
            h = self.jax.lax.conv_general_dilated(
                h, parameters[i], (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            h = self.jax.nn.relu(h + parameters[i + 1])
            n, height, width, channels = h.shape
            h = h.reshape(n, height // 2, 2, width // 2, 2, channels).max((2, 4))
        return h.reshape(h.shape[0], -1)

    def loss(self, parameters: list[Any], x: Any, y: Any) -> Any:
        chosen = self.jax.nn.one_hot(y, self.problem.workload.sizes[-1])
        return -(self.jax.nn.log_softmax(self.logits(parameters, x)) * chosen).sum(-1).mean()

    def update(self, state: Any, x: Any, y: Any) -> Any:
        parameters, means, squares, count = state
        gradients, lr = self.jax.grad(self.loss)(parameters, x, y), self.problem.workload.lr
        if self.problem.workload.optimizer == "sgd":
            moved = [p - lr * g for p, g in zip(parameters, gradients, strict=True)]
            return moved, means, squares, count
        count = count + 1
        means = [BETA1 * m + (1 - BETA1) * g for m, g in zip(means, gradients, strict=True)]
        squares = [BETA2 * s + (1 - BETA2) * g * g for s, g in zip(squares, gradients, strict=True)]
        rate, correction = lr / (1 - BETA1**count), 1 / (1 - BETA2**count)
        moved = [
            p - rate * m / (self.jnp.sqrt(s * correction) + EPSILON)
            for p, m, s in zip(parameters, means, squares, strict=True)
        ]
        return moved, means, squares, count

    def start(self) -> None:
        adam = self.problem.workload.optimizer == "adam"
        zeros = [np.zeros_like(p) for p in self.problem.start] if adam else []
        first = (list(self.problem.start), zeros, [z.copy() for z in zeros], np.float32(0))
        self.state = self.jax.tree.map(lambda a: self.jnp.array(a, copy=True), first)

    def result(self) -> list[Array]:
        return [np.array(p) for p in self.state[0]]


class Steps(Training):
    """Batches of neighbouring rows are arrays of their own; others are gathered in the step."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self.step = self.jax.jit(self.update, donate_argnums=0)
        self.gathered = self.jax.jit(self.gathering, donate_argnums=0)
        shuffled = problem.workload.shuffled
        self.batches = [] if shuffled else list(zip(*map(self.cut, (self.x, self.y)), strict=True))

    def cut(self, array: Any) -> Any:
        return list(array.reshape(self.problem.steps, -1, *array.shape[1:]))

    def gathering(self, state: Any, x: Any, y: Any, rows: Any) -> Any:
        picked = (a.at[rows].get(mode="promise_in_bounds") for a in (x, y))
        return self.update(state, *picked)

    def run(self, order: Array) -> None:
        state = self.state
        if self.batches:
            for x, y in self.batches:
                state = self.step(state, x, y)
        else:
            for rows in order.astype(np.int32):
                state = self.gathered(state, self.x, self.y, rows)
        self.state = self.jax.block_until_ready(state)


def frame_update(training: Any, state: Any, x: Any) -> Any:
    """A step of the auto-encoder."""
    jax, lr = training.jax, training.problem.workload.lr

    def loss(pair: Any) -> Any:
        encode, decode = pair
        return ((decode @ jax.nn.relu(encode @ x) - x) ** 2).sum()

    return [p - lr * g for p, g in zip(state, jax.grad(loss)(state), strict=True)]


class Frames:
    def __init__(self, problem: Problem):
        self.problem = problem
        self.jax, self.jnp = load("jax"), load("jax.numpy")
        self.frames = self.jnp.asarray(problem.arrays[0])
        self.each = list(self.frames)
        self.step = self.jax.jit(lambda state, x: frame_update(self, state, x), donate_argnums=0)
        self.state: Any = None

    def start(self) -> None:
        self.state = [self.jnp.array(p, copy=True) for p in self.problem.start]

    def run(self, order: Array) -> None:
        state = self.state
        for x in self.each:
            state = self.step(state, x)
        self.state = self.jax.block_until_ready(state)

    def result(self) -> list[Array]:
        return [np.array(p) for p in self.state]


class Elementwise:
    """One kernel; a result that is no longer needed gives its memory to the next."""

    def __init__(self, problem: Problem):
        self.jax, self.jnp = load("jax"), load("jax.numpy")
        self.a, self.b = map(self.jnp.asarray, problem.arrays)
        formula = self.square if problem.workload.name == "W7a" else self.total
        self.shape = self.a.shape if problem.workload.name == "W7a" else ()
        self.call = self.jax.jit(formula, donate_argnums=2, keep_unused=True)
        self.value: Any = None

    def square(self, a: Any, b: Any, last: Any) -> Any:
        return a**2 + b**2 + 2 * a * b

    def total(self, a: Any, b: Any, last: Any) -> Any:
        return (self.jnp.tanh(a) * b + self.jnp.exp(-a * a)).sum()

    def start(self) -> None:
        self.value = self.jnp.zeros(self.shape, np.float32)

    def run(self, order: Array) -> None:
        self.value = self.call(self.a, self.b, self.value).block_until_ready()

    def result(self) -> list[Array]:
        return [np.array(self.value)]


LIBRARY = Library(
    prepare,
    {
        "digits": {"donated state": Steps},
        "images": {"donated state": Steps},
        "frames": {"donated state": Frames},
        "elementwise": {"donated result": Elementwise},
    },
)
