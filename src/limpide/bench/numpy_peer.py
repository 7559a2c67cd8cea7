"""The workloads in NumPy: gradients by hand, every array made once and written in place."""

from __future__ import annotations

import numpy as np

from ..graph import Array
from .runner import Library
from .workloads import Problem


class Digits:
    def __init__(self, problem: Problem):
        self.problem = problem
        workload, (self.x, labels) = problem.workload, problem.arrays
        b, sizes = workload.batch, workload.sizes
        self.targets = np.eye(sizes[-1], dtype=np.float32)[labels]
        self.step_size = np.float32(workload.lr / b)
        self.parameters = [p.copy() for p in problem.start]
        self.gradients = [np.empty_like(p) for p in problem.start]
        self.outputs = [np.empty((b, n), np.float32) for n in sizes[1:]]
        self.errors = [np.empty((b, n), np.float32) for n in sizes[1:]]
        self.column = np.empty((b, 1), np.float32)
        self.batch = np.empty((b, sizes[0]), np.float32), np.empty((b, sizes[-1]), np.float32)

    def start(self) -> None:
        for parameter, value in zip(self.parameters, self.problem.start, strict=True):
            parameter[...] = value

    def run(self, order: Array) -> None:
        b = self.problem.workload.batch
        if not self.problem.workload.shuffled:
            for i in range(len(order)):
                self.step(self.x[i * b : (i + 1) * b], self.targets[i * b : (i + 1) * b])
            return
        x, t = self.batch
        for rows in order:
            np.take(self.x, rows, axis=0, out=x, mode="clip")
            np.take(self.targets, rows, axis=0, out=t, mode="clip")
            self.step(x, t)

    def step(self, x: Array, t: Array) -> None:
        self.forward(x)
        self.softmax(self.outputs[-1])
        np.subtract(self.outputs[-1], t, out=self.errors[-1])
        self.backward(x)
        for parameter, g in zip(self.parameters, self.gradients, strict=True):
            g *= self.step_size
            parameter -= g

    def forward(self, x: Array) -> None:
        h = x
        for i, z in enumerate(self.outputs):
            np.matmul(h, self.parameters[2 * i], out=z)
            z += self.parameters[2 * i + 1]
            if i < len(self.outputs) - 1:
                sigmoid(z)
            h = z

    def softmax(self, z: Array) -> None:
        np.max(z, axis=1, keepdims=True, out=self.column)
        z -= self.column
        np.exp(z, out=z)
        np.sum(z, axis=1, keepdims=True, out=self.column)
        z /= self.column

    def backward(self, x: Array) -> None:
        for i in reversed(range(len(self.outputs))):
            before, error = self.outputs[i - 1] if i else x, self.errors[i]
            np.matmul(before.T, error, out=self.gradients[2 * i])
            np.sum(error, axis=0, out=self.gradients[2 * i + 1])
            if i:
                passed = self.errors[i - 1]
                np.matmul(error, self.parameters[2 * i].T, out=passed)
                passed *= before
                np.subtract(1, before, out=before)
                passed *= before

    def result(self) -> list[Array]:
        return [p.copy() for p in self.parameters]


def sigmoid(z: Array) -> None:
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)


class Frames:
    def __init__(self, problem: Problem):
        self.problem = problem
        self.x = problem.arrays[0]
        self.encode, self.decode = (p.copy() for p in problem.start)

    def start(self) -> None:
        self.encode[...], self.decode[...] = self.problem.start

    def run(self, order: Array) -> None:
        encode, decode = self.encode, self.decode
        step = np.float32(2 * self.problem.workload.lr)
        hidden, inputs = encode.shape
        h, passed = np.empty(hidden, np.float32), np.empty(hidden, np.float32)
        error, wide, tall = np.empty(inputs, np.float32), np.empty_like(encode), np.empty_like(decode)
        for x in self.x:
            np.matmul(encode, x, out=h)
            np.maximum(h, 0, out=h)
            np.matmul(decode, h, out=error)
            error -= x
            error *= step
            np.matmul(error, decode, out=passed)
            passed *= h > 0
            decode -= np.multiply(error[:, None], h, out=tall)
            encode -= np.multiply(passed[:, None], x, out=wide)

    def result(self) -> list[Array]:
        return [self.encode.copy(), self.decode.copy()]


class Elementwise:
    def __init__(self, problem: Problem):
        self.a, self.b = problem.arrays
        self.call = self.square if problem.workload.name == "W7a" else self.total
        self.first, self.second = np.empty_like(self.a), np.empty_like(self.a)
        self.value: Array = self.first

    def start(self) -> None:
        self.value = self.first

    def run(self, order: Array) -> None:
        self.value = self.call()

    def square(self) -> Array:
        a, b, t, u = self.a, self.b, self.first, self.second
        np.multiply(a, a, out=t)
        np.multiply(b, b, out=u)
        np.add(t, u, out=t)
        np.multiply(a, b, out=u)
        np.multiply(u, 2, out=u)
        return np.add(t, u, out=t)

    def total(self) -> Array:
        a, b, t, u = self.a, self.b, self.first, self.second
        np.tanh(a, out=t)
        np.multiply(t, b, out=t)
        np.multiply(a, a, out=u)
        np.negative(u, out=u)
        np.exp(u, out=u)
        np.add(t, u, out=t)
        return np.asarray(t.sum())

    def result(self) -> list[Array]:
        return [self.value.copy()]


def prepare(threads: int) -> str:
    """The number of threads was set for its BLAS before NumPy was imported."""
    return np.__version__


NUMPY = Library(
    "numpy",
    prepare,
    {
        "digits": {"in place": Digits},
        "frames": {"in place": Frames},
        "elementwise": {"in place": Elementwise},
    },
)
