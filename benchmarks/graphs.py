"""The graphs whose machine code is compared between commits: small, of every kind that the compiler meets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import limpide as lp
from limpide import nn, optim
from limpide.graph import Array, Program

Graph = tuple[Program, list[Array]]  # a function and arguments for it


def _random(*shape: int, dtype: Any = np.float32) -> Array:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(dtype)


def _labels(count: int) -> Array:
    return np.arange(count) % 10


def _formula(build: Callable[..., Any], *arrays: Array) -> Graph:
    """A function of arrays, as a program."""
    inputs: list[Any] = [lp.input(f"x{i}", a.shape, dtype=a.dtype) for i, a in enumerate(arrays)]
    return lp.function(inputs, build(*inputs)).program, list(arrays)


def _network(sizes: tuple[int, ...], activation: Any) -> nn.Sequential:
    layers: list[Any] = []
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(inputs, outputs, seed=len(layers)), activation]
    return nn.Sequential(*layers[:-1])


def _step(sizes: tuple[int, ...], batch: int, activation: Any, optimizer: optim.Optimizer) -> Graph:
    """One step of training a classifier."""
    model = _network(sizes, activation)

    @lp.compile
    def step(x: Any, y: Any) -> Any:
        loss = nn.cross_entropy(model(x), y)
        optimizer.minimize(loss)
        return loss

    arguments = [_random(batch, sizes[0]), _labels(batch)]
    return step.program(*arguments), arguments


def epoch_shuffled() -> Graph:
    """Three steps as one call, batches of rows that indices name."""
    model, optimizer = _network((784, 100, 10), lp.sigmoid), optim.SGD(lr=0.1)

    @lp.compile
    def epoch(x: Any, y: Any, order: Any) -> Any:
        def step(total: Any, rows: Any) -> Any:
            loss = nn.cross_entropy(model(x[rows]), y[rows])
            optimizer.minimize(loss)
            return total + loss, None

        return lp.scan(step, 0.0, order)[0]

    order = np.random.default_rng(0).permutation(300).reshape(3, 100)
    arguments = [_random(300, 784), _labels(300), order]
    return epoch.program(*arguments), arguments


def frames() -> Graph:
    """An auto-encoder, one frame at a time."""
    encode, decode = (
        lp.parameter(_random(10, 160), name="encode"),
        lp.parameter(_random(160, 10), name="decode"),
    )

    @lp.compile
    def one_pass(x: Any) -> Any:
        def step(total: Any, frame: Any) -> Any:
            error = ((decode @ lp.relu(encode @ frame) - frame) ** 2).sum()
            for p, g in zip((encode, decode), lp.grad(error, [encode, decode]), strict=True):
                p.assign(p - 1e-5 * g)
            return total + error, None

        return lp.scan(step, 0.0, x)[0]

    arguments = [_random(20, 160)]
    return one_pass.program(*arguments), arguments


def recurrent() -> Graph:
    """The gradient of a tanh cell over 20 steps."""
    w, u = lp.parameter(_random(32, 64), name="w"), lp.parameter(_random(64, 64), name="u")

    @lp.compile
    def step(x: Any) -> Any:
        def cell(h: Any, now: Any) -> Any:
            h = lp.tanh(now @ w + h @ u)
            return h, None

        loss = (lp.scan(cell, np.zeros((16, 64), np.float32), x)[0] ** 2).mean()
        optim.SGD([w, u], lr=0.1).minimize(loss)
        return loss

    arguments = [_random(20, 16, 32)]
    return step.program(*arguments), arguments


def convolutional() -> Graph:
    """One step of a network of convolutions and pooling."""
    shapes = ((8, 1, 5, 5), (8,), (16, 8, 5, 5), (16,), (256, 10), (10,))
    k, kb, m, mb, w, b = values = [
        lp.parameter(_random(*s) * 0.1, name=f"p{i}") for i, s in enumerate(shapes)
    ]
    optimizer = optim.SGD(values, lr=0.1)

    @lp.compile
    def step(x: Any, y: Any) -> Any:
        h = lp.max_pool2d(lp.relu(lp.conv2d(x, k, kb)), 2)
        h = lp.max_pool2d(lp.relu(lp.conv2d(h, m, mb)), 2)
        loss = nn.cross_entropy(h.reshape((8, 256)) @ w + b, y)
        optimizer.minimize(loss)
        return loss

    arguments = [_random(8, 1, 28, 28), _labels(8)]
    return step.program(*arguments), arguments


def _convolution(image: tuple[int, ...], weight: tuple[int, ...], **how: int) -> Graph:
    return _formula(lambda x, w: lp.conv2d(x, w, **how), _random(*image), _random(*weight))


def _product(m: int, k: int, n: int, dtype: Any = np.float32) -> Graph:
    return _formula(lambda a, b: a @ b, _random(m, k, dtype=dtype), _random(k, n, dtype=dtype))


def _normalised(x: Any) -> Any:
    """Layer normalisation and its gradient."""
    y = (x - x.mean(axis=1, keepdims=True)) / lp.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    return [y, lp.grad((y**3).sum(), x)]


GRAPHS: dict[str, Callable[[], Graph]] = {
    "step: logistic": lambda: _step((784, 10), 100, lp.sigmoid, optim.SGD(lr=0.1)),
    "step: mlp 784-64-32-16-10": lambda: _step((784, 64, 32, 16, 10), 100, lp.sigmoid, optim.SGD(lr=0.1)),
    "step: mlp 784-100-10": lambda: _step((784, 100, 10), 100, lp.sigmoid, optim.SGD(lr=0.1)),
    "step: adam 256-256-10": lambda: _step((256, 256, 10), 64, lp.relu, optim.Adam()),
    "step: momentum 33-57-10": lambda: _step((33, 57, 10), 7, lp.tanh, optim.SGD(lr=0.1, momentum=0.9)),
    "step: convolutional": convolutional,
    "epoch: shuffled": epoch_shuffled,
    "scan: frames": frames,
    "scan: recurrent": recurrent,
    "product: 256 256 256": lambda: _product(256, 256, 256),
    "product: 100 784 10": lambda: _product(100, 784, 10),
    "product: 7 13 5": lambda: _product(7, 13, 5),
    "product: 1 512 512": lambda: _product(1, 512, 512),
    "product: 512 512 1": lambda: _product(512, 512, 1),
    "product: float64": lambda: _product(96, 96, 96, np.float64),
    "product: transposed left": lambda: _formula(lambda a, b: a.T @ b, _random(128, 100), _random(128, 64)),
    "product: transposed right": lambda: _formula(lambda a, b: a @ b.T, _random(100, 128), _random(64, 128)),
    "product: batched": lambda: _formula(lambda a, b: a @ b, _random(8, 32, 48), _random(8, 48, 24)),
    "convolution: 3x3": lambda: _convolution((2, 16, 20, 20), (32, 16, 3, 3)),
    "convolution: 1x1": lambda: _convolution((2, 32, 14, 14), (64, 32, 1, 1)),
    "convolution: strided": lambda: _convolution((1, 3, 32, 32), (16, 3, 7, 7), stride=2),
    "convolution: depthwise": lambda: _convolution((2, 32, 20, 20), (32, 1, 3, 3), groups=32),
    "map: polynomial": lambda: _formula(
        lambda a, b: a**2 + b**2 + 2 * a * b, _random(50_000), _random(50_000)
    ),
    "map: tanh and exp": lambda: _formula(
        lambda a, b: (lp.tanh(a) * b + lp.exp(-a * a)).sum(), _random(50_000), _random(50_000)
    ),
    "reduce: all axes": lambda: _formula(
        lambda x: [x.sum(), x.mean(axis=0), x.max(axis=1), x.argmax(axis=1)], _random(64, 300)
    ),
    "reduce: softmax": lambda: _formula(lambda x: lp.softmax(x), _random(64, 300)),
    "reduce: normalised": lambda: _formula(_normalised, _random(64, 300)),
    "view: transposed": lambda: _formula(lambda x: x.T + 1, _random(300, 200)),
    "view: gathered": lambda: _formula(lambda x, i: x[i], _random(300, 64), np.arange(0, 300, 3)),
}
