"""PyTorch with torch.compile: forward, backward and update of a step as one graph, parameters in place."""

from __future__ import annotations

from typing import Any

from ...graph import Array
from ..runner import Library
from ..workloads import Problem
from .packages import load
from .torch_eager import Frames, Modules, Training, fill, logits, prepare

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's
FRAMES_PER_CALL = 10


class WholeStep(Training):
    """One graph. With Adam its state is in tensors, changed in place as the parameters are."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        torch = self.torch
        self.parameters = [torch.from_numpy(p.copy()) for p in self.values]
        adam = problem.workload.optimizer == "adam"
        self.means = [torch.zeros_like(p) for p in self.parameters] if adam else []
        self.squares = [torch.zeros_like(p) for p in self.parameters] if adam else []
        self.count, self.corrections = 0, torch.zeros(2)
        self.compiled = torch.compile(self.adam if adam else self.descent, fullgraph=True)

    def loss(self, parameters: list[Any], images: Any, labels: Any) -> Any:
        z = logits(self.torch, self.problem, parameters, images)
        return self.torch.nn.functional.cross_entropy(z, labels)

    def descent(self, parameters: list[Any], images: Any, labels: Any) -> None:
        gradients = self.torch.func.grad(self.loss)(parameters, images, labels)
        for p, g in zip(parameters, gradients, strict=True):
            p.sub_(g, alpha=self.problem.workload.lr)

    def adam(self, parameters: list[Any], images: Any, labels: Any) -> None:
        gradients = self.torch.func.grad(self.loss)(parameters, images, labels)
        first, second = self.corrections
        for p, g, m, s in zip(parameters, gradients, self.means, self.squares, strict=True):
            m.mul_(BETA1).add_(g, alpha=1 - BETA1)
            s.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
            p.sub_((m / first) / ((s / second).sqrt() + EPSILON), alpha=self.problem.workload.lr)

    def start(self) -> None:
        fill(self.torch, self.parameters, self.values)
        self.count = 0
        for tensor in self.means + self.squares:
            tensor.zero_()

    def run(self, order: Array) -> None:
        with self.torch.no_grad():
            super().run(order)

    def step(self, images: Any, labels: Any) -> None:
        self.count += 1
        self.corrections[0] = 1 - BETA1**self.count
        self.corrections[1] = 1 - BETA2**self.count
        self.compiled(self.parameters, images, labels)

    def result(self) -> list[Array]:
        return self.given_back([p.numpy().copy() for p in self.parameters])


class ModelAndUpdate(Modules):
    """The model with its loss, and the optimiser's update, as two graphs: what most people write."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        model, loss = self.model, self.loss
        self.forward = self.torch.compile(lambda x, y: loss(model(x), y))

    def step(self, images: Any, labels: Any) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.forward(images, labels).backward()
        self.optimizer.step()


class ManyFrames(Frames):
    """Several frames in one graph, since a call costs more than a frame."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        for p in self.parameters:
            p.requires_grad_(False)
        self.compiled = self.torch.compile(self.some, fullgraph=True)

    def some(self, encode: Any, decode: Any, frames: Any) -> None:
        torch, step = self.torch, 2 * self.problem.workload.lr
        w, v = encode, decode
        for x in frames.unbind(0):
            h = torch.relu(w.mv(x))
            error = v.mv(h) - x
            passed = torch.where(h > 0, error.matmul(v), 0)
            v = v - step * torch.outer(error, h)
            w = w - step * torch.outer(passed, x)
        encode.copy_(w)
        decode.copy_(v)

    def run(self, order: Array) -> None:
        with self.torch.no_grad():
            for frames in self.x.split(FRAMES_PER_CALL):
                self.compiled(*self.parameters, frames)


class Elementwise:
    """One kernel, written into an array that exists already."""

    def __init__(self, problem: Problem):
        torch = load("torch")
        self.a, self.b = map(torch.from_numpy, problem.arrays)
        self.out = torch.empty_like(self.a) if problem.workload.name == "W7a" else torch.empty(())

        def square(a: Any, b: Any, out: Any) -> None:
            out.copy_(a**2 + b**2 + 2 * a * b)

        def total(a: Any, b: Any, out: Any) -> None:
            out.copy_((torch.tanh(a) * b + torch.exp(-a * a)).sum())

        self.compiled = torch.compile(square if problem.workload.name == "W7a" else total, fullgraph=True)

    def start(self) -> None:
        self.out.zero_()

    def run(self, order: Array) -> None:
        self.compiled(self.a, self.b, self.out)

    def result(self) -> list[Array]:
        return [self.out.numpy().copy()]


LIBRARY = Library(
    prepare,
    {
        "digits": {"whole step": WholeStep},
        "images": {"whole step": WholeStep, "model, fused optimiser": ModelAndUpdate},
        "frames": {"10 frames a call": ManyFrames},
        "elementwise": {"one kernel": Elementwise},
    },
)
