"""Every optimiser over 100 steps against NumPy written from the papers' formulas, in three ways of use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim
from limpide.build import optimise
from limpide.ops.define import cell_node
from limpide.schedule import build_plan

RNG = np.random.default_rng(0)
A = RNG.normal(size=(12, 5))
B = RNG.normal(size=(12, 3))
START = RNG.normal(size=(5, 3))
STEPS = 100


def gradient(w: Any) -> Any:
    """Of mean((A w - B)^2)."""
    return 2 * A.T @ (A @ w - B) / B.size


def sgd(
    w: Any, lr: float, momentum: float = 0, nesterov: bool = False, decay: float = 0, damp: float = 0
) -> Any:
    v = np.zeros_like(w)
    for t in range(STEPS):
        g = gradient(w) + decay * w
        v = momentum * v + (1 - damp if t else 1) * g
        w = w - lr * (g + momentum * v if nesterov else v)
    return w


def rmsprop(
    w: Any, lr: float, alpha: float = 0.99, momentum: float = 0, decay: float = 0, centered: bool = False
) -> Any:
    s, a, v = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for _ in range(STEPS):
        g = gradient(w) + decay * w
        s = alpha * s + (1 - alpha) * g * g
        a = alpha * a + (1 - alpha) * g
        v = momentum * v + g / (np.sqrt(s - a * a if centered else s) + 1e-8)
        w = w - lr * v
    return w


def adagrad(w: Any, lr: float, decay: float = 0, lr_decay: float = 0, start: float = 0) -> Any:
    s = np.full_like(w, start)
    for t in range(STEPS):
        g = gradient(w) + decay * w
        s = s + g * g
        w = w - lr / (1 + t * lr_decay) * g / (np.sqrt(s) + 1e-10)
    return w


def adadelta(w: Any, lr: float, rho: float = 0.9, decay: float = 0) -> Any:
    s, u = np.zeros_like(w), np.zeros_like(w)
    for _ in range(STEPS):
        g = gradient(w) + decay * w
        s = rho * s + (1 - rho) * g * g
        d = np.sqrt((u + 1e-6) / (s + 1e-6)) * g
        u = rho * u + (1 - rho) * d * d
        w = w - lr * d
    return w


def adam(
    w: Any, lr: float, b1: float = 0.9, b2: float = 0.999, decay: float = 0, largest: bool = False
) -> Any:
    m, s, most = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for t in range(1, STEPS + 1):
        g = gradient(w) + decay * w
        m = b1 * m + (1 - b1) * g
        s = b2 * s + (1 - b2) * g * g
        most = np.maximum(most, s) if largest else s
        w = w - lr * (m / (1 - b1**t)) / (np.sqrt(most / (1 - b2**t)) + 1e-8)
    return w


def adamw(w: Any, lr: float, decay: float) -> Any:
    """The decay is taken from the weights that the gradient was computed at."""
    m, s = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, STEPS + 1):
        g = gradient(w)
        w = w - lr * decay * w
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        w = w - lr * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
    return w


def adamax(w: Any, lr: float, b1: float = 0.9, b2: float = 0.999, decay: float = 0) -> Any:
    m, u = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, STEPS + 1):
        g = gradient(w) + decay * w
        m = b1 * m + (1 - b1) * g
        u = np.maximum(b2 * u, np.abs(g) + 1e-8)
        w = w - lr / (1 - b1**t) * m / u
    return w


def nadam(w: Any, lr: float, decay: float = 0, decoupled: float = 0, psi: float = 0.004) -> Any:
    m, s = np.zeros_like(w), np.zeros_like(w)
    mu = [0.9 * (1 - 0.5 * 0.96 ** (t * psi)) for t in range(STEPS + 2)]
    for t in range(1, STEPS + 1):
        g = gradient(w) + decay * w
        w = w - lr * decoupled * w
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        now, later = np.prod(mu[1 : t + 1]), np.prod(mu[1 : t + 2])
        mean = mu[t + 1] * m / (1 - later) + (1 - mu[t]) * g / (1 - now)
        w = w - lr * mean / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
    return w


def radam(w: Any, lr: float, b2: float = 0.999, decay: float = 0, decoupled: float = 0) -> Any:
    m, s = np.zeros_like(w), np.zeros_like(w)
    limit = 2 / (1 - b2) - 1
    for t in range(1, STEPS + 1):
        g = gradient(w) + decay * w
        w = w - lr * decoupled * w
        m, s = 0.9 * m + 0.1 * g, b2 * s + (1 - b2) * g * g
        mean, rho = m / (1 - 0.9**t), limit - 2 * t * b2**t / (1 - b2**t)
        if rho > 5:
            r = np.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
            mean = mean * r * np.sqrt(1 - b2**t) / (np.sqrt(s) + 1e-8)
        w = w - lr * mean
    return w


def lion(w: Any, lr: float, b1: float = 0.9, b2: float = 0.99, decay: float = 0) -> Any:
    m = np.zeros_like(w)
    for _ in range(STEPS):
        g = gradient(w)
        w = w - lr * (np.sign(b1 * m + (1 - b1) * g) + decay * w)
        m = b2 * m + (1 - b2) * g
    return w


Make = Callable[..., optim.Optimizer]
CASES: dict[str, tuple[Make, dict[str, Any], Any]] = {
    "sgd": (optim.SGD, {"lr": 0.1}, sgd(START, 0.1)),
    "sgd decay": (optim.SGD, {"lr": 0.1, "weight_decay": 0.3}, sgd(START, 0.1, decay=0.3)),
    "momentum": (optim.SGD, {"lr": 0.1, "momentum": 0.9}, sgd(START, 0.1, 0.9)),
    "dampening": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}, sgd(START, 0.1, 0.9, damp=0.5)),
    "nesterov": (optim.SGD, {"lr": 0.1, "momentum": 0.8, "nesterov": True}, sgd(START, 0.1, 0.8, True)),
    "rmsprop": (optim.RMSProp, {}, rmsprop(START, 0.01)),
    "rmsprop momentum": (
        optim.RMSProp,
        {"lr": 0.002, "alpha": 0.9, "momentum": 0.5, "weight_decay": 0.1},
        rmsprop(START, 0.002, 0.9, 0.5, 0.1),
    ),
    "rmsprop centered": (optim.RMSProp, {"centered": True}, rmsprop(START, 0.01, centered=True)),
    "adagrad": (optim.Adagrad, {}, adagrad(START, 0.01)),
    "adagrad decay": (
        optim.Adagrad,
        {"lr": 0.1, "weight_decay": 0.2, "lr_decay": 0.1, "initial_accumulator_value": 0.5},
        adagrad(START, 0.1, 0.2, 0.1, 0.5),
    ),
    "adadelta": (optim.Adadelta, {}, adadelta(START, 1.0)),
    "adadelta rho": (
        optim.Adadelta,
        {"lr": 2.0, "rho": 0.8, "weight_decay": 0.1},
        adadelta(START, 2.0, 0.8, 0.1),
    ),
    "adam": (optim.Adam, {}, adam(START, 0.001)),
    "adam betas": (
        optim.Adam,
        {"lr": 0.005, "betas": (0.7, 0.9), "weight_decay": 0.1},
        adam(START, 0.005, 0.7, 0.9, 0.1),
    ),
    "amsgrad": (
        optim.Adam,
        {"lr": 0.05, "betas": (0.9, 0.9), "amsgrad": True},
        adam(START, 0.05, 0.9, 0.9, largest=True),
    ),
    "adamw": (optim.AdamW, {"lr": 0.01}, adamw(START, 0.01, 0.01)),
    "adamw decay": (optim.AdamW, {"lr": 0.01, "weight_decay": 0.5}, adamw(START, 0.01, 0.5)),
    "adamax": (optim.Adamax, {}, adamax(START, 0.002)),
    "adamax betas": (
        optim.Adamax,
        {"lr": 0.01, "betas": (0.8, 0.9), "weight_decay": 0.1},
        adamax(START, 0.01, 0.8, 0.9, 0.1),
    ),
    "nadam": (optim.NAdam, {}, nadam(START, 0.002)),
    "nadam decay": (
        optim.NAdam,
        {"lr": 0.01, "weight_decay": 0.1, "momentum_decay": 0.1},
        nadam(START, 0.01, 0.1, psi=0.1),
    ),
    "nadamw": (
        optim.NAdam,
        {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True},
        nadam(START, 0.01, decoupled=0.1),
    ),
    "radam": (optim.RAdam, {}, radam(START, 0.001)),
    "radam decay": (
        optim.RAdam,
        {"lr": 0.01, "betas": (0.9, 0.95), "weight_decay": 0.1},
        radam(START, 0.01, 0.95, 0.1),
    ),
    "radamw": (
        optim.RAdam,
        {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True},
        radam(START, 0.01, decoupled=0.1),
    ),
    "lion": (optim.Lion, {}, lion(START, 1e-4)),
    "lion decay": (
        optim.Lion,
        {"lr": 0.003, "betas": (0.7, 0.9), "weight_decay": 0.5},
        lion(START, 0.003, 0.7, 0.9, 0.5),
    ),
}


def eagerly(make: Make, settings: dict[str, Any], w: lp.Parameter) -> None:
    optimizer = make(**settings)
    for _ in range(STEPS):
        optimizer.minimize(nn.mse(A @ w, B))


def by_backward(make: Make, settings: dict[str, Any], w: lp.Parameter) -> None:
    optimizer = make([w], **settings)
    for _ in range(STEPS):
        nn.mse(A @ w, B).backward()
        optimizer.step()
        optimizer.zero_grad()


def compiled(make: Make, settings: dict[str, Any], w: lp.Parameter) -> None:
    optimizer = make(**settings)

    @lp.compile
    def step(a: Any, b: Any) -> Any:
        loss = nn.mse(a @ w, b)
        optimizer.minimize(loss)
        return loss

    for _ in range(STEPS):
        step(A, B)


def scanned(make: Make, settings: dict[str, Any], w: lp.Parameter) -> None:
    optimizer = make(**settings)

    @lp.compile
    def epoch(a: Any, b: Any, steps: Any) -> Any:
        def step(total: Any, _: Any) -> Any:
            loss = nn.mse(a @ w, b)
            optimizer.minimize(loss)
            return total + loss, None

        return lp.scan(step, np.float64(0), length=steps)[0]

    epoch(A, B, 1)
    epoch(A, B, STEPS - 1)


@pytest.mark.parametrize("way", [eagerly, by_backward, compiled, scanned])
@pytest.mark.parametrize("case", CASES)
def test_hundred_steps(case: str, way: Callable[..., None]) -> None:
    make, settings, expected = CASES[case]
    w = lp.parameter(START, name="w")
    way(make, settings, w)
    np.testing.assert_allclose(w.numpy(), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_float32_stays_float32(case: str) -> None:
    make, settings, expected = CASES[case]
    w = lp.parameter(START, name="w", dtype="float32")
    optimizer = make(**settings)

    @lp.compile
    def step(a: Any, b: Any) -> Any:
        loss = nn.mse(a @ w, b)
        optimizer.minimize(loss)
        return loss

    for _ in range(STEPS):
        step(A.astype(np.float32), B.astype(np.float32))
    assert {p.dtype for name, p in optimizer.named_state() if name.startswith("w.")} <= {np.dtype(np.float32)}
    np.testing.assert_allclose(w.numpy(), expected, rtol=1e-3, atol=TOLERANCE.get(case, 1e-4))


# A rounding decides where a sign, or a root of what is nearly 0, comes in.
TOLERANCE = {"lion": 1e-3, "lion decay": 0.02, "rmsprop centered": 0.02}

SYSTEM = np.array([[1.0, 2.0, -1.0], [0.5, -1.5, 3.0], [2.0, 0.25, 1.0], [-1.0, 1.0, 0.5]])
GOAL = np.array([1.0, -2.0, 0.5, 3.0])

# What PyTorch 2.13.0 gives in float64: w = [0.5, -1, 2], 100 times ((SYSTEM @ w - GOAL) ** 2).mean() and
# torch.optim's step with these settings.
TORCH: dict[str, tuple[optim.Optimizer, list[float]]] = {
    "SGD": (
        optim.SGD(lr=0.02, momentum=0.9, dampening=0.5, weight_decay=0.1),
        [-0.6024582837581388, 1.4534218102283103, 0.3834624693051754],
    ),
    "nesterov": (
        optim.SGD(lr=0.02, momentum=0.9, nesterov=True),
        [-0.6508163446450149, 1.5373943287561818, 0.4570867843696677],
    ),
    "RMSprop": (
        optim.RMSProp(lr=0.01, centered=True, momentum=0.5, weight_decay=0.1),
        [-0.5174980472804075, 1.2132486188619105, 0.23258634029299705],
    ),
    "Adagrad": (
        optim.Adagrad(lr=0.1, lr_decay=0.01, initial_accumulator_value=0.5),
        [-0.4654477070101016, 0.23586283982532522, 0.8130959801659606],
    ),
    "Adadelta": (optim.Adadelta(), [0.14584355149032746, -0.6214347881403796, 1.6266747307109835]),
    "Adam": (
        optim.Adam(lr=0.01, amsgrad=True),
        [-0.3014184117380613, -0.09005193797753122, 1.1106884858515125],
    ),
    "AdamW": (
        optim.AdamW(lr=0.01, weight_decay=0.1),
        [-0.2937687518851745, -0.05179048909601955, 0.980879383088256],
    ),
    "Adamax": (
        optim.Adamax(lr=0.01, weight_decay=0.1),
        [-0.20951174772520986, -0.1412641236485542, 1.1724847281727697],
    ),
    "NAdam": (
        optim.NAdam(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True),
        [-0.24686463025975525, -0.09635867371219144, 1.0273598031150029],
    ),
    "RAdam": (
        optim.RAdam(lr=0.01, weight_decay=0.1),
        [0.1726987187417787, -0.2523907692529401, 1.0796322585349407],
    ),
}


@pytest.mark.parametrize("case", TORCH)
def test_numbers_of_pytorch(case: str) -> None:
    optimizer, expected = TORCH[case]
    w = lp.parameter(np.array([0.5, -1.0, 2.0]), name="w")

    @lp.compile
    def step() -> None:
        optimizer.minimize(lp.square(SYSTEM @ w - GOAL).mean())

    for _ in range(100):
        step()
    np.testing.assert_allclose(w.numpy(), expected, rtol=1e-10)


def sweeps(optimizer: optim.Optimizer, average: bool = False) -> int:
    """How many kernels of a training step go over the weight of a layer, or over arrays of its shape."""
    layer = nn.Linear(96, 64, seed=0)
    if average:
        optim.EMA(layer, optimizer=optimizer)

    @lp.compile
    def step(x: Any, y: Any) -> Any:
        loss = nn.mse(layer(x), y)
        optimizer.minimize(loss)
        return loss

    program = optimise(step.program(np.ones((32, 96), np.float32), np.ones((32, 64), np.float32)))[0]
    plan = build_plan(program.outputs, [(cell_node(cell), node) for cell, node in program.updates])
    return sum(any(n.shape == (96, 64) for n in [*k.reads, *k.writes]) for k in plan.kernels)


@pytest.mark.parametrize("name", optim.names.NAMES)
def test_the_update_is_part_of_the_gradients_pass(name: str) -> None:
    kind: Any = optim.names.NAMES[name]
    rate = optim.schedules.warmup(optim.schedules.cosine(0.1, 100), 10)
    assert sweeps(kind()) == 2  # the forward product, the gradient's product
    assert sweeps(kind(lr=rate, clip_value=1.0), average=True) == 2
    assert sweeps(kind(accumulate=4)) == 3  # the sum is made where the gradient is, the step is apart


@pytest.mark.parametrize("kind", [optim.SGD, optim.NAdam, optim.Lion])
def test_the_global_norm_takes_one_more_pass_and_parts_the_update(kind: Any) -> None:
    assert sweeps(kind(clip_norm=1.0), average=True) == 4
