"""What the tests export: a network with everything that a step of training may hold, and a loop."""

from __future__ import annotations

from typing import Any

import numpy as np

import limpide as lp
from limpide import nn, optim

ROWS, CLASSES = 6, 4


class Small(nn.Module):
    """A convolution, pooling, a norm with running means, dropout, a dense layer."""

    def __init__(self) -> None:
        self.conv = nn.Conv2d(1, 3, 3, padding=1, bias=False, seed=1)
        self.norm = nn.BatchNorm2d(3)
        self.drop = nn.Dropout(0.25, seed=3)
        self.out = nn.Linear(3 * 4 * 4, CLASSES, seed=2)

    def forward(self, x: Any) -> Any:
        h = lp.max_pool2d(lp.relu(self.norm(self.conv(x))), 2)
        return self.out(self.drop(h.reshape(-1, 3 * 4 * 4)))


def small() -> Small:
    model = Small()
    model.compile(optim.Adam(lr=0.01), loss="cross_entropy")
    return model


def batch() -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    x = random.normal(size=(ROWS, 1, 8, 8)).astype(np.float32)
    return x, random.integers(0, CLASSES, ROWS).astype(np.uint8)


class Coder:
    """Gradient descent over frames that an order numbers, as one call."""

    def __init__(self) -> None:
        random = np.random.default_rng(1)
        self.W = lp.parameter(random.normal(0, 0.2, (3, 8)).astype(np.float32), name="W")
        self.V = lp.parameter(random.normal(0, 0.2, (8, 3)).astype(np.float32), name="V")

    @lp.compile
    def epoch(self, frames: Any, order: Any, rate: Any) -> Any:
        def step(total: Any, i: Any) -> Any:
            x = frames[i]
            loss = lp.sum((self.V @ lp.tanh(self.W @ x) - x) ** 2)
            for p, g in zip((self.W, self.V), lp.grad(loss, [self.W, self.V]), strict=True):
                p.assign(p - rate * g)
            return total + loss, None

        error, _ = lp.scan(step, 0.0, order)
        return {"error": error}


def frames() -> Any:
    return np.random.default_rng(2).normal(size=(5, 8)).astype(np.float32)
