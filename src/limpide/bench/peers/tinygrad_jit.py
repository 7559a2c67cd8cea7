"""tinygrad: a step under TinyJit. It compiles with clang; with BEAM=2 in the environment it tries kernels."""

from __future__ import annotations

import os
import shutil
from typing import Any

import numpy as np

from ...graph import Array
from ..runner import Library
from ..workloads import Problem
from .layout import channels_first, channels_last
from .packages import load

CLANGS = ("clang", *(f"clang-{n}" for n in range(22, 13, -1)))  # as distributions name them


def prepare(threads: int) -> str:
    clang = next(filter(shutil.which, CLANGS), None)
    if clang is not None:
        os.environ["CC"] = clang
    os.environ["DEV"] = "CPU"
    os.environ["NUM_CPU_THREADS"] = str(threads)
    load("tinygrad")
    version = load("importlib.metadata").version
    return str(version("tinygrad"))


class Jitted:
    """What all share: tensors that are there, and waiting for the device."""

    def __init__(self, problem: Problem):
        self.problem, self.tinygrad = problem, load("tinygrad")
        self.tensor = self.tinygrad.Tensor
        self.values = channels_first(problem.start) if self.images else problem.start
        self.parameters = [self.there(p) for p in self.values]

    @property
    def images(self) -> bool:
        return self.problem.workload.kind == "images"

    def there(self, array: Array) -> Any:
        return self.tensor(array.copy()).realize()

    def wait(self) -> None:
        self.tinygrad.Device[self.tinygrad.Device.DEFAULT].synchronize()

    def start(self) -> None:
        for tensor, value in zip(self.parameters, self.values, strict=True):
            tensor.assign(self.tensor(value)).realize()
        self.wait()

    def result(self) -> list[Array]:
        found = [p.numpy().copy() for p in self.parameters]
        return channels_last(found) if self.images else found


class Training(Jitted):
    """Batches of neighbouring rows are tensors of their own; others are gathered in the step."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        x, y = problem.arrays
        x, y = x.reshape(-1, 1, 28, 28) if self.images else x, y.astype(np.int32)
        self.batches = []
        if problem.workload.shuffled:
            self.x, self.y = self.there(x), self.there(y)
        else:
            self.batches = [(self.there(x[rows]), self.there(y[rows])) for rows in problem.order(0)]
        optim, lr = load("tinygrad.nn.optim"), problem.workload.lr
        adam = problem.workload.optimizer == "adam"
        self.optimizer = optim.Adam(self.parameters, lr=lr) if adam else optim.SGD(self.parameters, lr=lr)
        self.state = [t for t in getattr(self.optimizer, "buffers", []) if adam]
        self.first = [t.numpy().copy() for t in self.state]
        self.step = self.tinygrad.TinyJit(self.trained)
        self.gathered = self.tinygrad.TinyJit(lambda rows: self.trained(self.x[rows], self.y[rows]))

    def logits(self, x: Any) -> Any:
        h, p = x, self.parameters
        if self.images:
            for i in (0, 2):
                h = h.conv2d(p[i], p[i + 1]).relu().max_pool2d(2)
            h, p = h.flatten(1), p[4:]
        for i in range(0, len(p), 2):
            if i:
                h = h.sigmoid() if self.problem.workload.activation == "sigmoid" else h.relu()
            h = h @ p[i] + p[i + 1]
        return h

    def trained(self, x: Any, y: Any) -> Any:
        with self.tinygrad.Context(TRAINING=1):
            self.optimizer.zero_grad()
            loss = self.logits(x).sparse_categorical_crossentropy(y).backward()
            return loss.realize(*self.optimizer.schedule_step())

    def start(self) -> None:
        super().start()
        for tensor, value in zip(self.state, self.first, strict=True):
            tensor.assign(self.tensor(value)).realize()
        self.wait()

    def run(self, order: Array) -> None:
        for x, y in self.batches:
            self.step(x, y)
        if not self.batches:
            for rows in order.astype(np.int32):
                self.gathered(self.tensor(rows).realize())
        self.wait()


class Frames(Jitted):
    def __init__(self, problem: Problem):
        super().__init__(problem)
        self.frames = [self.there(x) for x in problem.arrays[0][:, None]]
        self.optimizer = load("tinygrad.nn.optim").SGD(self.parameters, lr=problem.workload.lr)
        self.step = self.tinygrad.TinyJit(self.trained)

    def trained(self, x: Any) -> Any:
        with self.tinygrad.Context(TRAINING=1):
            encode, decode = self.parameters
            self.optimizer.zero_grad()
            loss = (((x @ encode.T).relu() @ decode.T - x) ** 2).sum().backward()
            return loss.realize(*self.optimizer.schedule_step())

    def run(self, order: Array) -> None:
        for x in self.frames:
            self.step(x)
        self.wait()


class Elementwise(Jitted):
    def __init__(self, problem: Problem):
        super().__init__(problem)
        self.a, self.b = map(self.there, problem.arrays)
        self.call = self.tinygrad.TinyJit(self.square if problem.workload.name == "W7a" else self.total)
        self.value: Any = None

    def square(self, a: Any, b: Any) -> Any:
        return (a * a + b * b + 2 * a * b).realize()

    def total(self, a: Any, b: Any) -> Any:
        return (a.tanh() * b + (-a * a).exp()).sum().realize()

    def run(self, order: Array) -> None:
        self.value = self.call(self.a, self.b)
        self.wait()

    def result(self) -> list[Array]:
        return [self.value.numpy().copy()]


LIBRARY = Library(
    prepare,
    {
        "digits": {"TinyJit": Training},
        "images": {"TinyJit": Training},
        "frames": {"TinyJit": Frames},
        "elementwise": {"TinyJit": Elementwise},
    },
)
