"""NumPy: gradients by hand, every array made once and written in place.

The float type is that of the data, so that the same code in float64 is what all are checked against.
"""

from __future__ import annotations

import numpy as np

from ...graph import Array
from ..runner import Library
from ..workloads import FILTER, Problem

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's
BLOCK = 1 << 15


class Digits:
    """Dense layers; images go in as rows of pixels."""

    convolutional = 0  # how many parameters come before those of the dense layers

    def __init__(self, problem: Problem):
        self.problem = problem
        workload, (self.x, labels) = problem.workload, problem.arrays
        b, sizes, kind = workload.batch, workload.sizes, self.x.dtype
        self.targets = np.eye(sizes[-1], dtype=kind)[labels]
        self.parameters = [p.copy() for p in problem.start]
        self.gradients = [np.empty_like(p) for p in problem.start]
        self.weights = self.parameters[self.convolutional :: 2]
        self.biases = self.parameters[self.convolutional + 1 :: 2]
        self.outputs = [np.empty((b, n), kind) for n in sizes[1:]]
        self.errors = [np.empty((b, n), kind) for n in sizes[1:]]
        self.column = np.empty((b, 1), kind)
        self.batch = np.empty((b, self.x.shape[1]), kind), np.empty((b, sizes[-1]), kind)
        self.descend = (Adam if workload.optimizer == "adam" else Descent)(self, workload.lr)

    def start(self) -> None:
        for parameter, value in zip(self.parameters, self.problem.start, strict=True):
            parameter[...] = value
        self.descend.start()

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
        h = self.features(x)
        self.forward(h)
        self.softmax(self.outputs[-1])
        np.subtract(self.outputs[-1], t, out=self.errors[-1])
        self.errors[-1] *= 1 / len(t)
        self.backward(h)
        self.descend.step()

    def features(self, x: Array) -> Array:
        """What goes into the first dense layer."""
        return x

    def forward(self, h: Array) -> None:
        for i, z in enumerate(self.outputs):
            np.matmul(h, self.weights[i], out=z)
            z += self.biases[i]
            if i < len(self.outputs) - 1:
                self.activate(z)
            h = z

    def activate(self, z: Array) -> None:
        if self.problem.workload.activation == "relu":
            np.maximum(z, 0, out=z)
        else:
            np.negative(z, out=z)
            np.exp(z, out=z)
            z += 1
            np.reciprocal(z, out=z)

    def softmax(self, z: Array) -> None:
        np.max(z, axis=1, keepdims=True, out=self.column)
        z -= self.column
        np.exp(z, out=z)
        np.sum(z, axis=1, keepdims=True, out=self.column)
        z /= self.column

    def backward(self, h: Array) -> None:
        gradients = self.gradients[self.convolutional :]
        for i in reversed(range(len(self.outputs))):
            before, error = self.outputs[i - 1] if i else h, self.errors[i]
            np.matmul(before.T, error, out=gradients[2 * i])
            np.sum(error, axis=0, out=gradients[2 * i + 1])
            if i:
                passed = self.errors[i - 1]
                np.matmul(error, self.weights[i].T, out=passed)
                self.through(before, passed)

    def through(self, output: Array, error: Array) -> None:
        """The error before an activation, from its output, which is no longer needed."""
        if self.problem.workload.activation == "relu":
            error *= output > 0
        else:
            error *= output
            np.subtract(1, output, out=output)
            error *= output

    def result(self) -> list[Array]:
        return [p.copy() for p in self.parameters]


class Descent:
    """p -= lr g."""

    def __init__(self, owner: Digits, lr: float):
        self.pairs = list(zip(owner.parameters, owner.gradients, strict=True))
        self.lr = lr

    def start(self) -> None:
        """There is no state."""

    def step(self) -> None:
        for p, g in self.pairs:
            g *= self.lr
            p -= g


class Adam(Descent):
    """Kingma and Ba 2014."""

    def __init__(self, owner: Digits, lr: float):
        super().__init__(owner, lr)
        self.count = 0
        self.means, self.squares, self.scratch = (
            [np.zeros_like(p) for p in owner.parameters] for _ in range(3)
        )

    def start(self) -> None:
        self.count = 0
        for array in self.means + self.squares:
            array[...] = 0

    def step(self) -> None:
        self.count += 1
        rate = self.lr / (1 - BETA1**self.count)
        correction = 1 / (1 - BETA2**self.count)
        for (p, g), m, s, u in zip(self.pairs, self.means, self.squares, self.scratch, strict=True):
            m *= BETA1
            np.multiply(g, 1 - BETA1, out=u)
            m += u
            s *= BETA2
            g *= g
            g *= 1 - BETA2
            s += g
            np.multiply(s, correction, out=u)
            np.sqrt(u, out=u)
            u += EPSILON
            np.divide(m, u, out=u)
            u *= rate
            p -= u


def convolved(x: Array, filters: Array) -> Array:
    """x (n, h, w, c) with filters (k, k, c, o), where they fit: (n, h - k + 1, w - k + 1, o)."""
    return np.tensordot(windows(x), filters, axes=3)


def windows(x: Array) -> Array:
    """A view of the 5 x 5 windows of images: (n, h - 4, w - 4, 5, 5, c)."""
    seen = np.lib.stride_tricks.sliding_window_view(x, (FILTER, FILTER), axis=(1, 2))
    return np.asarray(seen.transpose(0, 1, 2, 4, 5, 3))


def quarters(x: Array) -> list[Array]:
    """Views of the four corners of all 2 x 2 windows."""
    return [x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]


def pooled(x: Array, out: Array | None = None) -> Array:
    """The largest of each 2 x 2 window of (n, h, w, c)."""
    a, b, c, d = quarters(x)
    out = np.maximum(a, b, out=out)
    np.maximum(out, c, out=out)
    return np.maximum(out, d, out=out)


class Convolution:
    """5 x 5 filters, relu, 2 x 2 pooling: windows are laid out as rows for a matrix product."""

    def __init__(self, count: int, size: int, filters: Array, bias: Array, gradients: list[Array]):
        self.filters, self.bias, self.gradients = filters, bias, gradients
        *_, inputs, outputs = filters.shape
        wide, kind = size - FILTER + 1, filters.dtype
        self.columns = np.empty((count, wide, wide, FILTER, FILTER, inputs), kind)
        self.output = np.empty((count, wide, wide, outputs), kind)
        self.error, self.column_error = np.empty_like(self.output), np.empty_like(self.columns)
        self.pooled = np.empty((count, wide // 2, wide // 2, outputs), kind)
        self.passed = np.empty((count, size, size, inputs), kind)

    def forward(self, x: Array) -> Array:
        self.columns[...] = windows(x)
        np.matmul(rows(self.columns, 3), rows(self.filters, 1), out=rows(self.output, 1))
        self.output += self.bias
        np.maximum(self.output, 0, out=self.output)
        return pooled(self.output, self.pooled)

    def backward(self, error: Array) -> None:
        """Sets the gradients, from the error of what is pooled, which is changed."""
        error *= self.pooled > 0
        free = np.ones(error.shape, bool)
        for value, place in zip(quarters(self.output), quarters(self.error), strict=True):
            chosen = value == self.pooled
            chosen &= free
            free ^= chosen
            np.multiply(error, chosen, out=place)
        flat, (filters, bias) = rows(self.error, 1), self.gradients
        np.matmul(rows(self.columns, 3).T, flat, out=rows(filters, 1))
        np.sum(flat, axis=0, out=bias)

    def to_input(self) -> Array:
        """The error of the input, after `backward`."""
        np.matmul(rows(self.error, 1), rows(self.filters, 1).T, out=rows(self.column_error, 3))
        self.passed[...] = 0
        wide = self.output.shape[1]
        for i in range(FILTER):
            for j in range(FILTER):
                self.passed[:, i : i + wide, j : j + wide] += self.column_error[:, :, :, i, j]
        return self.passed


def rows(x: Array, last: int) -> Array:
    """A contiguous array as a matrix: its last axes are the columns."""
    return x.reshape(-1, int(np.prod(x.shape[-last:])))


class Images(Digits):
    """Two convolution layers before the dense ones."""

    convolutional = 4

    def __init__(self, problem: Problem):
        super().__init__(problem)
        p, g, b = self.parameters, self.gradients, problem.workload.batch
        self.first = Convolution(b, 28, p[0], p[1], g[:2])
        self.second = Convolution(b, 12, p[2], p[3], g[2:4])
        self.passed = np.empty_like(self.second.pooled)

    def features(self, x: Array) -> Array:
        h = self.second.forward(self.first.forward(x.reshape(-1, 28, 28, 1)))
        return h.reshape(len(x), -1)

    def backward(self, h: Array) -> None:
        super().backward(h)
        np.matmul(self.errors[0], self.weights[0].T, out=self.passed.reshape(h.shape))
        self.second.backward(self.passed)
        self.first.backward(self.second.to_input())


class Frames:
    def __init__(self, problem: Problem):
        self.problem = problem
        self.x = problem.arrays[0]
        self.encode, self.decode = (p.copy() for p in problem.start)

    def start(self) -> None:
        self.encode[...], self.decode[...] = self.problem.start

    def run(self, order: Array) -> None:
        encode, decode, kind = self.encode, self.decode, self.x.dtype
        step = kind.type(2 * self.problem.workload.lr)
        hidden, inputs = encode.shape
        h, passed = np.empty(hidden, kind), np.empty(hidden, kind)
        error, wide, tall = np.empty(inputs, kind), np.empty_like(encode), np.empty_like(decode)
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
    """In blocks, so that what lies between two operations stays in the cache."""

    def __init__(self, problem: Problem):
        a, b = problem.arrays
        self.square = problem.workload.name == "W7a"
        self.out = np.empty_like(a) if self.square else np.empty(1, a.dtype)
        places = [slice(i, i + BLOCK) for i in range(0, len(a), BLOCK)]
        self.blocks = [(a[p], b[p], self.out[p]) for p in places]
        self.first, self.second = (np.empty(min(BLOCK, len(a)), a.dtype) for _ in range(2))

    def start(self) -> None:
        self.out[...] = 0

    def run(self, order: Array) -> None:
        if self.square:
            for a, b, out in self.blocks:
                self.squared(a, b, out)
        else:
            self.out[...] = sum(self.total(a, b) for a, b, _ in self.blocks)

    def squared(self, a: Array, b: Array, out: Array) -> None:
        t = self.first[: len(a)]
        np.multiply(a, b, out=t)
        t += t
        np.multiply(a, a, out=out)
        out += t
        np.multiply(b, b, out=t)
        out += t

    def total(self, a: Array, b: Array) -> float:
        t, u = self.first[: len(a)], self.second[: len(a)]
        np.tanh(a, out=t)
        t *= b
        np.multiply(a, a, out=u)
        np.negative(u, out=u)
        np.exp(u, out=u)
        t += u
        return float(t.sum())

    def result(self) -> list[Array]:
        return [self.out.copy()]


def prepare(threads: int) -> str:
    """The number of threads was set for its BLAS before NumPy was imported."""
    return np.__version__


LIBRARY = Library(
    prepare,
    {
        "digits": {"in place": Digits},
        "images": {"in place": Images},
        "frames": {"in place": Frames},
        "elementwise": {"in blocks": Elementwise},
    },
)
