"""TensorFlow: a training step as a tf.function; and what the whole epochs of tensorflow_xla share with it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ...graph import Array
from ..runner import Library
from ..workloads import Problem
from .packages import load

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's


def prepare(threads: int) -> str:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    tf = load("tensorflow")
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return str(tf.__version__)


class Training:
    """Parameters, and Adam's state, are variables; the data are constants."""

    def __init__(self, problem: Problem):
        self.problem, self.tf = problem, load("tensorflow")
        x, y = problem.arrays
        count = problem.steps * problem.workload.batch
        pixels = x[:count].reshape(-1, 28, 28, 1) if problem.workload.kind == "images" else x[:count]
        self.x, self.y = self.tf.constant(pixels), self.tf.constant(y[:count].astype(np.int32))
        adam = problem.workload.optimizer == "adam"
        self.parameters = [self.tf.Variable(p) for p in problem.start]
        self.means = [self.tf.Variable(np.zeros_like(p)) for p in problem.start] if adam else []
        self.squares = [self.tf.Variable(np.zeros_like(p)) for p in problem.start] if adam else []
        self.count = self.tf.Variable(0.0)

    @property
    def variables(self) -> list[Any]:
        return [*self.parameters, *self.means, *self.squares, self.count]

    def logits(self, parameters: list[Any], x: Any) -> Any:
        tf, h, dense = self.tf, x, parameters
        activate = {"sigmoid": tf.sigmoid, "relu": tf.nn.relu}[self.problem.workload.activation]
        if self.problem.workload.kind == "images":
            for i in (0, 2):
                h = tf.nn.conv2d(h, parameters[i], 1, "VALID")
                h = self.pooled(tf.nn.relu(tf.nn.bias_add(h, parameters[i + 1])))
            h, dense = tf.reshape(h, [h.shape[0], -1]), parameters[4:]
        for i in range(0, len(dense), 2):
            h = tf.nn.bias_add(tf.matmul(activate(h) if i else h, dense[i]), dense[i + 1])
        return h

    def pooled(self, h: Any) -> Any:
        return self.tf.nn.max_pool2d(h, 2, 2, "VALID")

    def moved(self, state: list[Any], x: Any, y: Any) -> list[Any]:
        """The state after one step, all of it as tensors in the order of `variables`."""
        tf, k = self.tf, len(self.parameters)
        parameters = state[:k]
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            z = self.logits(parameters, x)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z))
        gradients, lr = tape.gradient(loss, parameters), self.problem.workload.lr
        if self.problem.workload.optimizer == "sgd":
            return [*(p - lr * g for p, g in zip(parameters, gradients, strict=True)), *state[k:]]
        count = state[-1] + 1
        means = [BETA1 * m + (1 - BETA1) * g for m, g in zip(state[k : 2 * k], gradients, strict=True)]
        squares = [
            BETA2 * s + (1 - BETA2) * g * g for s, g in zip(state[2 * k : 3 * k], gradients, strict=True)
        ]
        rate, correction = lr / (1 - BETA1**count), 1 / (1 - BETA2**count)
        new = [
            p - rate * m / (tf.sqrt(s * correction) + EPSILON)
            for p, m, s in zip(parameters, means, squares, strict=True)
        ]
        return [*new, *means, *squares, count]

    def assign(self, state: list[Any]) -> None:
        for variable, value in zip(self.variables, state, strict=True):
            variable.assign(value)

    def start(self) -> None:
        zeros = [np.zeros(v.shape, np.float32) for v in (*self.means, *self.squares)]
        self.assign([*self.problem.start, *zeros, 0.0])

    def result(self) -> list[Array]:
        return [np.array(p.numpy()) for p in self.parameters]


class Steps(Training):
    """Batches of neighbouring rows are tensors of their own; others are gathered in the step."""

    xla = False

    def __init__(self, problem: Problem):
        super().__init__(problem)
        tf, count = self.tf, problem.steps
        self.batches: list[Any] = []
        if not problem.workload.shuffled:
            self.batches = list(zip(tf.split(self.x, count), tf.split(self.y, count), strict=True))
        compiled = True if self.xla else None
        self.step = tf.function(self.one, autograph=False, jit_compile=compiled)
        self.gathered = tf.function(self.one_gathered, autograph=False, jit_compile=compiled)

    def one(self, x: Any, y: Any) -> None:
        """SGD changes variables where they are; for Adam the new state is reckoned first."""
        if self.problem.workload.optimizer == "adam":
            self.assign(self.moved([v.read_value() for v in self.variables], x, y))
            return
        with self.tf.GradientTape() as tape:
            z = self.logits(self.parameters, x)
            loss = self.tf.reduce_mean(
                self.tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z)
            )
        gradients = tape.gradient(loss, self.parameters)
        for p, g in zip(self.parameters, gradients, strict=True):
            p.assign_sub(self.problem.workload.lr * g)

    def one_gathered(self, rows: Any) -> None:
        self.one(self.tf.gather(self.x, rows), self.tf.gather(self.y, rows))

    def run(self, order: Array) -> None:
        if self.batches:
            for x, y in self.batches:
                self.step(x, y)
        else:
            for rows in self.tf.unstack(self.tf.constant(order.astype(np.int32))):
                self.gathered(rows)
        self.parameters[0].numpy()


class Frames:
    """One frame at a time."""

    def __init__(self, problem: Problem):
        self.problem, self.tf = problem, load("tensorflow")
        self.parameters = [self.tf.Variable(p) for p in problem.start]
        self.frames = self.tf.constant(problem.arrays[0][:, None])
        self.each = self.tf.unstack(self.frames)
        self.step = self.tf.function(self.one, autograph=False)

    def moved(self, encode: Any, decode: Any, x: Any) -> list[Any]:
        tf, lr = self.tf, self.problem.workload.lr
        with tf.GradientTape() as tape:
            tape.watch([encode, decode])
            h = tf.nn.relu(tf.matmul(x, encode, transpose_b=True))
            loss = tf.reduce_sum((tf.matmul(h, decode, transpose_b=True) - x) ** 2)
        gradients = tape.gradient(loss, [encode, decode])
        return [p - lr * g for p, g in zip((encode, decode), gradients, strict=True)]

    def one(self, x: Any) -> None:
        encode, decode = (p.read_value() for p in self.parameters)
        self.assign(self.moved(encode, decode, x))

    def assign(self, values: list[Any]) -> None:
        for parameter, value in zip(self.parameters, values, strict=True):
            parameter.assign(value)

    def start(self) -> None:
        self.assign(self.problem.start)

    def run(self, order: Array) -> None:
        for x in self.each:
            self.step(x)
        self.parameters[0].numpy()

    def result(self) -> list[Array]:
        return [np.array(p.numpy()) for p in self.parameters]


class Elementwise:
    xla = False

    def __init__(self, problem: Problem):
        self.tf = load("tensorflow")
        self.a, self.b = map(self.tf.constant, problem.arrays)
        formula = self.square if problem.workload.name == "W7a" else self.total
        self.call = self.tf.function(formula, autograph=False, jit_compile=True if self.xla else None)
        self.value: Any = None

    def square(self, a: Any, b: Any) -> Any:
        return a * a + b * b + 2 * a * b

    def total(self, a: Any, b: Any) -> Any:
        return self.tf.reduce_sum(self.tf.tanh(a) * b + self.tf.exp(-a * a))

    def start(self) -> None:
        self.value = None

    def run(self, order: Array) -> None:
        self.value = None  # its memory can be used again
        self.value = self.call(self.a, self.b)
        self.value.numpy()

    def result(self) -> list[Array]:
        return [np.array(self.value.numpy())]


LIBRARY = Library(
    prepare,
    {
        "digits": {"variables": Steps},
        "images": {"variables": Steps},
        "frames": {"variables": Frames},
        "elementwise": {"function": Elementwise},
    },
)
