"""PyTorch, eager: data resident in tensors, no loader."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...graph import Array
from ..runner import Library
from ..workloads import Problem
from .layout import channels_first, channels_last
from .packages import load


def prepare(threads: int) -> str:
    torch = load("torch")
    torch.set_num_threads(threads)
    return str(torch.__version__)


class Training(ABC):
    """What the forms share: tensors, batches. Images have their channels first."""

    def __init__(self, problem: Problem):
        self.problem, self.torch = problem, load("torch")
        x, self.y = map(self.torch.from_numpy, problem.arrays)
        self.images = problem.workload.kind == "images"
        self.x = x.view(-1, 1, 28, 28) if self.images else x
        self.values = channels_first(problem.start) if self.images else problem.start

    def run(self, order: Array) -> None:
        for images, labels in self.batches(order):
            self.step(images, labels)

    def batches(self, order: Array) -> Iterator[tuple[Any, Any]]:
        x, y, b = self.x, self.y, self.problem.workload.batch
        if self.problem.workload.shuffled:
            for rows in self.torch.from_numpy(order):
                yield x.index_select(0, rows), y.index_select(0, rows)
        else:
            count = len(order) * b
            yield from zip(x[:count].split(b), y[:count].split(b), strict=True)

    @abstractmethod
    def step(self, images: Any, labels: Any) -> None:
        """One batch."""

    def given_back(self, parameters: list[Array]) -> list[Array]:
        """Parameters as the problem has them."""
        return channels_last(parameters) if self.images else parameters


class Modules(Training):
    """nn.Sequential, and an optimiser whose update is one fused kernel per step."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self.model, self.loss = network(problem), self.torch.nn.functional.cross_entropy
        kind = {"sgd": self.torch.optim.SGD, "adam": self.torch.optim.Adam}[problem.workload.optimizer]
        self.optimizer = kind(self.model.parameters(), lr=problem.workload.lr, fused=True)

    def start(self) -> None:
        fill(self.torch, list(self.model.parameters()), list(map(turned, self.values)))
        forget(self.optimizer)

    def step(self, images: Any, labels: Any) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.model(images), labels).backward()
        self.optimizer.step()

    def result(self) -> list[Array]:
        return self.given_back([turned(p.detach().numpy()).copy() for p in self.model.parameters()])


def network(problem: Problem) -> Any:
    """The network as modules."""
    nn, sizes = load("torch").nn, problem.workload.sizes
    activation = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[problem.workload.activation]
    parts = [nn.Linear(sizes[0], sizes[1])]
    for inputs, outputs in zip(sizes[1:], sizes[2:], strict=False):
        parts += [activation(), nn.Linear(inputs, outputs)]
    if problem.workload.kind == "images":
        first = [nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]
        second = [nn.Conv2d(16, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
        parts = [*first, *second, *parts]
    return nn.Sequential(*parts)


def turned(parameter: Array) -> Array:
    """Dense weights are kept with the outputs first."""
    return np.ascontiguousarray(parameter.T) if parameter.ndim == 2 else parameter


def logits(torch: Any, problem: Problem, parameters: list[Any], x: Any) -> Any:
    """The network as a function of parameters in the problem's order; dense weights as they are there."""
    f, h, dense = torch.nn.functional, x, parameters
    activate = {"sigmoid": torch.sigmoid, "relu": torch.relu}[problem.workload.activation]
    if problem.workload.kind == "images":
        for i in (0, 2):
            h = f.max_pool2d(torch.relu(f.conv2d(h, parameters[i], parameters[i + 1])), 2)
        h, dense = h.flatten(1), parameters[4:]
    for i in range(0, len(dense), 2):
        h = torch.addmm(dense[i + 1], activate(h) if i else h, dense[i])
    return h


class Raw(Training):
    """Plain tensors, autograd.grad, and one call that updates all of them."""

    optimizer: Any = None

    def __init__(self, problem: Problem):
        super().__init__(problem)
        copies = [self.torch.from_numpy(p.copy()) for p in self.values]
        self.parameters = [c.requires_grad_() for c in copies]
        if problem.workload.optimizer == "adam":
            self.optimizer = self.torch.optim.Adam(self.parameters, lr=problem.workload.lr, fused=True)

    def start(self) -> None:
        fill(self.torch, self.parameters, self.values)
        forget(self.optimizer)

    def step(self, images: Any, labels: Any) -> None:
        torch, parameters = self.torch, self.parameters
        loss = torch.nn.functional.cross_entropy(logits(torch, self.problem, parameters, images), labels)
        gradients = torch.autograd.grad(loss, parameters)
        if self.optimizer is not None:
            for p, g in zip(parameters, gradients, strict=True):
                p.grad = g
            self.optimizer.step()
            return
        with torch.no_grad():
            torch._foreach_add_(parameters, gradients, alpha=-self.problem.workload.lr)

    def result(self) -> list[Array]:
        return self.given_back([p.detach().numpy().copy() for p in self.parameters])


class Frames:
    """Autograd, one frame at a time."""

    def __init__(self, problem: Problem):
        self.problem, self.torch = problem, load("torch")
        self.x = self.torch.from_numpy(problem.arrays[0])
        self.parameters = [self.torch.from_numpy(p.copy()).requires_grad_() for p in problem.start]

    def start(self) -> None:
        fill(self.torch, self.parameters, self.problem.start)

    def run(self, order: Array) -> None:
        torch, parameters, lr = self.torch, self.parameters, self.problem.workload.lr
        encode, decode = parameters
        for x in self.x.unbind(0):
            loss = (decode.mv(torch.relu(encode.mv(x))) - x).square().sum()
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                torch._foreach_add_(parameters, gradients, alpha=-lr)

    def result(self) -> list[Array]:
        return [p.detach().numpy().copy() for p in self.parameters]


class FramesByHand(Frames):
    """Without autograd, in place: what is left is the cost of the calls."""

    def run(self, order: Array) -> None:
        torch, step = self.torch, -2 * self.problem.workload.lr
        encode, decode = self.parameters
        with torch.inference_mode():
            for x in self.x.unbind(0):
                h = encode.mv(x).relu_()
                error = decode.mv(h).sub_(x)
                passed = error.matmul(decode).mul_(h > 0)
                decode.addr_(error, h, alpha=step)
                encode.addr_(passed, x, alpha=step)


def forget(optimizer: Any) -> None:
    """Put the state of an optimiser back to zero."""
    for state in optimizer.state.values() if optimizer is not None else ():
        for tensor in state.values():
            tensor.zero_()


def fill(torch: Any, parameters: list[Any], values: list[Array]) -> None:
    with torch.no_grad():
        for parameter, value in zip(parameters, values, strict=True):
            parameter.copy_(torch.from_numpy(value))


class Elementwise:
    def __init__(self, problem: Problem):
        self.torch = load("torch")
        self.a, self.b = map(self.torch.from_numpy, problem.arrays)
        self.first, self.second = self.torch.empty_like(self.a), self.torch.empty_like(self.a)
        self.call = self.square if problem.workload.name == "W7a" else self.total
        self.value: Any = None

    def start(self) -> None:
        self.value = None

    def run(self, order: Array) -> None:
        self.value = self.call()

    def square(self) -> Any:
        a, b, t = self.a, self.b, self.first
        self.torch.mul(a, a, out=t)
        return t.addcmul_(b, b).addcmul_(a, b, value=2)

    def total(self) -> Any:
        torch, a, b, t, u = self.torch, self.a, self.b, self.first, self.second
        torch.tanh(a, out=t)
        torch.mul(a, a, out=u)
        return u.neg_().exp_().addcmul_(t, b).sum()

    def result(self) -> list[Array]:
        return [self.value.numpy().copy()]


LIBRARY = Library(
    prepare,
    {
        "digits": {"nn, fused optimiser": Modules, "autograd.grad, foreach": Raw},
        "images": {"nn, fused optimiser": Modules, "autograd.grad, foreach": Raw},
        "frames": {"autograd.grad, foreach": Frames, "by hand, in place": FramesByHand},
        "elementwise": {"in place": Elementwise},
    },
)
