"""PyTensor: a step as a compiled function with updates, data in shared variables.

Its C code wants a BLAS to be linked with: `pip install mkl`, or the system's OpenBLAS; else, and in the
other form, numba compiles, with the BLAS of SciPy.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ...graph import Array
from ..runner import Library
from ..workloads import Problem
from .packages import load

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's


def blas() -> str:
    """The linker's flags for a BLAS, empty where none is found; MKL's is loaded for compiled code to find."""
    folder = Path(sys.prefix) / "lib"
    for library in sorted(folder.glob("libmkl_rt.so*")):
        ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)
        return f"-L{folder} -l:{library.name}"
    return "-lopenblas" if ctypes.util.find_library("openblas") else ""


def prepare(threads: int) -> str:
    os.environ.setdefault("MKL_THREADING_LAYER", "INTEL")
    flags = ["floatX=float32", f"blas__ldflags={blas()}", os.environ.get("PYTENSOR_FLAGS", "")]
    os.environ["PYTENSOR_FLAGS"] = ",".join(filter(None, flags))
    return str(load("pytensor").__version__)


class Function:
    """What all share: shared variables, and the way of compiling."""

    def __init__(self, problem: Problem, mode: str):
        self.problem, self.mode = problem, mode
        self.pytensor, self.pt = load("pytensor"), load("pytensor.tensor")
        self.parameters = [self.pytensor.shared(p) for p in problem.start]

    def compiled(self, inputs: list[Any], outputs: Any, updates: list[Any]) -> Any:
        if isinstance(outputs, list):
            outputs = [self.pytensor.Out(o, borrow=True) for o in outputs]
        function = self.pytensor.function(inputs, outputs, updates=updates, mode=self.mode)
        function.trust_input = True
        return function

    def start(self) -> None:
        for parameter, value in zip(self.parameters, self.problem.start, strict=True):
            parameter.set_value(value)

    def result(self) -> list[Array]:
        return [np.array(p.get_value()) for p in self.parameters]


class Digits(Function):
    """The number of the batch goes in."""

    def __init__(self, problem: Problem, mode: str):
        super().__init__(problem, mode)
        shared, workload = self.pytensor.shared, problem.workload
        x, y = (shared(a, borrow=True) for a in problem.arrays)
        adam = workload.optimizer == "adam"
        zeros = [np.zeros_like(p) for p in problem.start] if adam else []
        self.means, self.squares = [shared(z) for z in zeros], [shared(z) for z in zeros]
        self.count, self.order = shared(np.float32(0)), shared(problem.order(0))
        i, b = self.pt.lscalar("i"), workload.batch
        rows = self.order[i] if workload.shuffled else slice(i * b, (i + 1) * b)
        loss = self.loss(x[rows], y[rows])
        gradients = self.pytensor.grad(loss, self.parameters)
        self.step = self.compiled([i], None, self.adam(gradients) if adam else self.descent(gradients))

    def loss(self, x: Any, y: Any) -> Any:
        pt, h, workload = self.pt, x, self.problem.workload
        activate = pt.sigmoid if workload.activation == "sigmoid" else lambda z: pt.maximum(z, 0)
        for i in range(0, len(self.parameters), 2):
            h = pt.dot(activate(h) if i else h, self.parameters[i]) + self.parameters[i + 1]
        likely = load("pytensor.tensor.special").log_softmax(h, axis=1)
        return -likely[pt.arange(workload.batch), y].mean(dtype="float32")

    def descent(self, gradients: list[Any]) -> list[Any]:
        lr = np.float32(self.problem.workload.lr)
        return [(p, p - lr * g) for p, g in zip(self.parameters, gradients, strict=True)]

    def adam(self, gradients: list[Any]) -> list[Any]:
        f, lr = np.float32, np.float32(self.problem.workload.lr)
        count = self.count + f(1)
        rate, correction = lr / (f(1) - f(BETA1) ** count), f(1) / (f(1) - f(BETA2) ** count)
        updates = [(self.count, count)]
        for p, g, m, s in zip(self.parameters, gradients, self.means, self.squares, strict=True):
            mean = f(BETA1) * m + f(1 - BETA1) * g
            square = f(BETA2) * s + f(1 - BETA2) * g * g
            moved = p - rate * mean / (self.pt.sqrt(square * correction) + f(EPSILON))
            updates += [(m, mean), (s, square), (p, moved)]
        return updates

    def start(self) -> None:
        super().start()
        for state in (*self.means, *self.squares):
            state.set_value(np.zeros_like(state.get_value(borrow=True)))
        self.count.set_value(np.float32(0))

    def run(self, order: Array) -> None:
        if self.problem.workload.shuffled:
            self.order.set_value(order, borrow=True)
        for i in range(len(order)):
            self.step(np.asarray(i))


class Frames(Function):
    """The number of the frame goes in."""

    def __init__(self, problem: Problem, mode: str):
        super().__init__(problem, mode)
        pt, (encode, decode), lr = self.pt, self.parameters, np.float32(problem.workload.lr)
        frames, i = self.pytensor.shared(problem.arrays[0], borrow=True), pt.lscalar("i")
        x = frames[i]
        loss = ((pt.dot(decode, pt.maximum(pt.dot(encode, x), 0)) - x) ** 2).sum()
        gradients = self.pytensor.grad(loss, self.parameters)
        self.step = self.compiled(
            [i], None, [(p, p - lr * g) for p, g in zip(self.parameters, gradients, strict=True)]
        )

    def run(self, order: Array) -> None:
        for i in range(len(self.problem.arrays[0])):
            self.step(np.asarray(i))


class Elementwise(Function):
    def __init__(self, problem: Problem, mode: str):
        super().__init__(problem, mode)
        a, b = (self.pytensor.shared(x, borrow=True) for x in problem.arrays)
        square = a**2 + b**2 + np.float32(2) * a * b
        total = (self.pt.tanh(a) * b + self.pt.exp(-a * a)).sum()
        self.call = self.compiled([], [square if problem.workload.name == "W7a" else total], [])
        self.value: Any = None

    def run(self, order: Array) -> None:
        (self.value,) = self.call()

    def result(self) -> list[Array]:
        return [np.array(self.value)]


def forms(make: Any) -> dict[str, Any]:
    """With each way of compiling."""
    return {
        "C": lambda problem: make(problem, "CVM"),
        "numba": lambda problem: make(problem, "NUMBA"),
    }


LIBRARY = Library(
    prepare,
    {"digits": forms(Digits), "frames": forms(Frames), "elementwise": forms(Elementwise)},
)
