"""The workloads in limpide, as a user writes them."""

from __future__ import annotations

from typing import Any

import numpy as np

import limpide as lp

from .. import nn, optim
from ..config import config
from ..graph import Array
from .runner import Library
from .workloads import FILTER, FILTERS, Problem

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}
OPTIMIZERS = {"sgd": optim.SGD, "adam": optim.Adam}


class Training:
    """Training over all batches as one native call."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.x, self.y = problem.arrays
        self.model = network(problem)
        kind = OPTIMIZERS[problem.workload.optimizer]
        self.optimizer: Any = kind(self.model.parameters(), lr=problem.workload.lr)
        self.epoch = self.in_batches() if problem.workload.shuffled else self.in_order()

    def in_batches(self) -> Any:
        """Batches of rows that an array of indices names."""
        model, optimizer = self.model, self.optimizer

        @lp.compile
        def epoch(images: Any, labels: Any, order: Any) -> Any:
            def step(total: Any, rows: Any) -> Any:
                loss = nn.cross_entropy(model(images[rows]), labels[rows])
                optimizer.minimize(loss)
                return total + loss, None

            return lp.scan(step, 0.0, order)[0]

        return epoch

    def in_order(self) -> Any:
        """Batches of neighbouring rows."""
        model, optimizer = self.model, self.optimizer
        b, steps = self.problem.workload.batch, self.problem.steps

        @lp.compile
        def epoch(images: Any, labels: Any, order: Any) -> Any:
            def step(total: Any, i: Any) -> Any:
                x, y = images[i * b : (i + 1) * b], labels[i * b : (i + 1) * b]
                loss = nn.cross_entropy(model(x), y)
                optimizer.minimize(loss)
                return total + loss, None

            return lp.scan(step, 0.0, np.arange(steps))[0]

        return epoch

    def start(self) -> None:
        for parameter, value in zip(self.model.parameters(), self.problem.start, strict=True):
            parameter.assign(value)
        for name, state in self.optimizer.named_state():
            if name != "lr":
                state.assign(np.zeros_like(state.numpy()))

    def run(self, order: Array) -> None:
        self.epoch(self.x, self.y, order)

    def result(self) -> list[Array]:
        return [p.numpy() for p in self.model.parameters()]


class Convolution(nn.Module):
    """Filters, relu and 2 x 2 pooling, channels last."""

    def __init__(self, inputs: int, outputs: int):
        self.filters = lp.parameter(np.zeros((FILTER, FILTER, inputs, outputs), np.float32))
        self.bias = lp.parameter(np.zeros(outputs, np.float32))

    def forward(self, x: Any) -> Any:
        h = lp.relu(lp.conv2d(x, self.filters, self.bias, layout="NHWC"))
        return lp.max_pool2d(h, 2, layout="NHWC")


class Pixels(nn.Module):
    """Rows of pixels as images of one channel."""

    def forward(self, x: Any) -> Any:
        return x.reshape(x.shape[0], 28, 28, 1)


def network(problem: Problem) -> Any:
    """The network as modules."""
    workload = problem.workload
    parts: list[nn.Module] = []
    if workload.kind == "images":
        parts += [Pixels(), Convolution(1, FILTERS[0]), Convolution(*FILTERS), nn.Flatten()]
    for i, (inputs, outputs) in enumerate(zip(workload.sizes, workload.sizes[1:], strict=False)):
        parts += [ACTIVATIONS[workload.activation]()] if i else []
        parts += [nn.Linear(inputs, outputs)]
    return nn.Sequential(*parts)


class Frames:
    """A pass of gradient descent, one frame at a time, as one native call."""

    def __init__(self, problem: Problem):
        self.problem = problem
        encode, decode = (
            lp.parameter(p, name=n) for p, n in zip(problem.start, ("encode", "decode"), strict=True)
        )
        lr = problem.workload.lr

        def step(carry: Any, x: Any) -> Any:
            error = ((decode @ lp.relu(encode @ x) - x) ** 2).sum()
            for p, g in zip((encode, decode), lp.grad(error, [encode, decode]), strict=True):
                p.assign(p - lr * g)
            return carry + error, None

        @lp.compile
        def one_pass(frames: Any) -> Any:
            return lp.scan(step, 0.0, frames)[0]

        self.parameters, self.one_pass = [encode, decode], one_pass

    def start(self) -> None:
        for parameter, value in zip(self.parameters, self.problem.start, strict=True):
            parameter.assign(value)

    def run(self, order: Array) -> None:
        self.one_pass(self.problem.arrays[0])

    def result(self) -> list[Array]:
        return [p.numpy() for p in self.parameters]


class Elementwise:
    """A formula as a function."""

    def __init__(self, problem: Problem):
        self.arrays = problem.arrays
        a: Any = lp.input("a", (None,))
        b: Any = lp.input("b", (None,))
        if problem.workload.name == "W7a":
            self.call = lp.function([a, b], a**2 + b**2 + 2 * a * b)
        else:
            self.call = lp.function([a, b], (lp.tanh(a) * b + lp.exp(-a * a)).sum())
        self.value: Any = None

    def start(self) -> None:
        self.value = None

    def run(self, order: Array) -> None:
        self.value = self.call(*self.arrays)

    def result(self) -> list[Array]:
        return [np.asarray(self.value)]


def prepare(threads: int) -> str:
    config.threads = threads
    return lp.__version__


LIBRARY = Library(
    prepare,
    {
        "digits": {"one call per epoch": Training},
        "images": {"one call for all steps": Training},
        "frames": {"one call per pass": Frames},
        "elementwise": {"function": Elementwise},
    },
)
