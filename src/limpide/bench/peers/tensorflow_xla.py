"""TensorFlow with jit_compile: all steps as a loop in one XLA program; steps where its loops are slow."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...graph import Array
from ..runner import Library
from ..workloads import Problem
from . import tensorflow_function as plain


class Epoch(plain.Training):
    """A tf.while_loop over the batches; the variables are read before and assigned after it."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self.epoch = self.tf.function(self.loop, autograph=False, jit_compile=True)

    def loop(self, order: Any) -> None:
        tf, steps = self.tf, self.problem.steps

        def body(i: Any, *state: Any) -> Any:
            return i + 1, *self.moved(list(state), *self.batch(i, order))

        state = [tf.identity(v.read_value()) for v in self.variables]
        _, *after = tf.while_loop(lambda i, *_: i < steps, body, [tf.constant(0), *state])
        self.assign(after)

    def batch(self, i: Any, order: Any) -> tuple[Any, Any]:
        tf, b = self.tf, self.problem.workload.batch
        if self.problem.workload.shuffled:
            return tf.gather(self.x, order[i]), tf.gather(self.y, order[i])
        rest = self.x.shape[1:]
        x = tf.slice(self.x, [i * b, *(0 for _ in rest)], [b, *rest])
        return x, tf.slice(self.y, [i * b], [b])

    def pooled(self, h: Any) -> Any:
        """The maximum of a reshaped array: XLA is slow at the gradient of pooling."""
        n, height, width, channels = h.shape
        return self.tf.reduce_max(
            self.tf.reshape(h, [n, height // 2, 2, width // 2, 2, channels]), axis=(2, 4)
        )

    def run(self, order: Array) -> None:
        self.epoch(self.tf.constant(order.astype(np.int32)))
        self.parameters[0].numpy()


class Steps(plain.Steps):
    xla = True
    pooled = Epoch.pooled


class Pass(plain.Frames):
    def __init__(self, problem: Problem):
        super().__init__(problem)
        self.one_pass = self.tf.function(self.loop, autograph=False, jit_compile=True)

    def loop(self) -> None:
        tf, count = self.tf, len(self.each)

        def body(i: Any, encode: Any, decode: Any) -> Any:
            return i + 1, *self.moved(encode, decode, self.frames[i])

        state = [tf.identity(p.read_value()) for p in self.parameters]
        _, *after = tf.while_loop(lambda i, *_: i < count, body, [tf.constant(0), *state])
        self.assign(after)

    def run(self, order: Array) -> None:
        self.one_pass()
        self.parameters[0].numpy()


class Elementwise(plain.Elementwise):
    xla = True


LIBRARY = Library(
    plain.prepare,
    {
        "digits": {"epoch": Epoch},
        "images": {"steps": Steps},
        "frames": {"pass": Pass},
        "elementwise": {"one kernel": Elementwise},
    },
)
