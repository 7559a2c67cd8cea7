"""The workloads in PyTorch, eager: data resident in tensors, no loader; the one door to `torch`."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ..errors import MissingExtraError
from ..graph import Array
from .runner import Library
from .workloads import Problem


def torch() -> Any:
    """The package. Raises MissingExtraError where it is not installed."""
    try:
        import torch as package
    except ImportError:
        raise MissingExtraError("torch", "bench", "comparing with PyTorch") from None
    return package


def installed() -> bool:
    """Whether the package is there, found without importing it."""
    return importlib.util.find_spec("torch") is not None


def prepare(threads: int) -> str:
    package = torch()
    package.set_num_threads(threads)
    return str(package.__version__)


class Digits(ABC):
    """What the forms share: tensors, batches."""

    def __init__(self, problem: Problem):
        self.problem, self.torch = problem, torch()
        self.x, self.y = map(self.torch.from_numpy, problem.arrays)

    def run(self, order: Array) -> None:
        x, y, b = self.x, self.y, self.problem.workload.batch
        if not self.problem.workload.shuffled:
            for images, labels in zip(x.split(b), y.split(b), strict=True):
                if len(labels) == b:
                    self.step(images, labels)
            return
        for rows in self.torch.from_numpy(order):
            self.step(x.index_select(0, rows), y.index_select(0, rows))

    @abstractmethod
    def step(self, images: Any, labels: Any) -> None:
        """One batch."""


class Modules(Digits):
    """nn.Sequential, and an optimiser whose update is one fused kernel per step."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        nn, sizes = self.torch.nn, problem.workload.sizes
        layers = [nn.Linear(sizes[0], sizes[1])]
        for inputs, outputs in zip(sizes[1:], sizes[2:], strict=False):
            layers += [nn.Sigmoid(), nn.Linear(inputs, outputs)]
        self.model, self.loss = nn.Sequential(*layers), nn.functional.cross_entropy
        self.optimizer = self.torch.optim.SGD(self.model.parameters(), lr=problem.workload.lr, fused=True)

    def start(self) -> None:
        with self.torch.no_grad():
            for parameter, value in zip(self.model.parameters(), self.problem.start, strict=True):
                parameter.copy_(self.torch.from_numpy(np.ascontiguousarray(value.T)))

    def step(self, images: Any, labels: Any) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.model(images), labels).backward()
        self.optimizer.step()

    def result(self) -> list[Array]:
        return [p.detach().numpy().T.copy() for p in self.model.parameters()]


class Raw(Digits):
    """Plain tensors, autograd.grad, and one call that updates all of them."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        copies = [self.torch.from_numpy(p.copy()) for p in problem.start]
        self.parameters = [c.requires_grad_() for c in copies]

    def start(self) -> None:
        fill(self.torch, self.parameters, self.problem.start)

    def step(self, images: Any, labels: Any) -> None:
        package, parameters = self.torch, self.parameters
        h = package.addmm(parameters[1], images, parameters[0])
        for i in range(2, len(parameters), 2):
            h = package.addmm(parameters[i + 1], package.sigmoid(h), parameters[i])
        loss = package.nn.functional.cross_entropy(h, labels)
        gradients = package.autograd.grad(loss, parameters)
        with package.no_grad():
            package._foreach_add_(parameters, gradients, alpha=-self.problem.workload.lr)

    def result(self) -> list[Array]:
        return [p.detach().numpy().copy() for p in self.parameters]


class Frames:
    def __init__(self, problem: Problem):
        self.problem, self.torch = problem, torch()
        self.x = self.torch.from_numpy(problem.arrays[0])
        self.parameters = [self.torch.from_numpy(p.copy()).requires_grad_() for p in problem.start]

    def start(self) -> None:
        fill(self.torch, self.parameters, self.problem.start)

    def run(self, order: Array) -> None:
        package, parameters, lr = self.torch, self.parameters, self.problem.workload.lr
        encode, decode = parameters
        for x in self.x.unbind(0):
            loss = (decode.mv(package.relu(encode.mv(x))) - x).square().sum()
            gradients = package.autograd.grad(loss, parameters)
            with package.no_grad():
                package._foreach_add_(parameters, gradients, alpha=-lr)

    def result(self) -> list[Array]:
        return [p.detach().numpy().copy() for p in self.parameters]


class FramesByHand(Frames):
    """Without autograd, in place: what is left is the cost of the calls."""

    def run(self, order: Array) -> None:
        package, step = self.torch, -2 * self.problem.workload.lr
        encode, decode = self.parameters
        with package.inference_mode():
            for x in self.x.unbind(0):
                h = encode.mv(x).relu_()
                error = decode.mv(h).sub_(x)
                passed = error.matmul(decode).mul_(h > 0)
                decode.addr_(error, h, alpha=step)
                encode.addr_(passed, x, alpha=step)


def fill(package: Any, parameters: list[Any], values: list[Array]) -> None:
    with package.no_grad():
        for parameter, value in zip(parameters, values, strict=True):
            parameter.copy_(package.from_numpy(value))


class Elementwise:
    def __init__(self, problem: Problem):
        self.torch = torch()
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
        package, a, b, t, u = self.torch, self.a, self.b, self.first, self.second
        package.tanh(a, out=t)
        package.mul(a, a, out=u)
        return u.neg_().exp_().addcmul_(t, b).sum()

    def result(self) -> list[Array]:
        return [self.value.numpy().copy()]


TORCH = Library(
    "torch",
    prepare,
    {
        "digits": {"nn, fused SGD": Modules, "autograd.grad, foreach": Raw},
        "frames": {"autograd.grad, foreach": Frames, "by hand, in place": FramesByHand},
        "elementwise": {"in place": Elementwise},
    },
)
