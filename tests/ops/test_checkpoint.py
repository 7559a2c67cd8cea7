"""Recomputation: the gradient makes again what a checkpointed function computed inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide import nn
from limpide.build import optimise
from limpide.codegen.c import lower
from limpide.function import specialise
from limpide.graph import walk
from limpide.runtime.toolchain import find
from limpide.schedule.machine import Machine

DEVICES = ["numpy", pytest.param("c", marks=pytest.mark.skipif(find() is None, reason="no C compiler"))]
rng = np.random.default_rng(0)
X = rng.normal(size=(256, 32)).astype(np.float32)


def weights(count: int) -> list[lp.Parameter]:
    values = rng.normal(size=(count, 32, 32)) / 6
    return [lp.parameter(v.astype(np.float32), name=f"W{i}") for i, v in enumerate(values)]


def layers(h: Any, group: list[lp.Parameter]) -> Any:
    for W in group:
        h = lp.tanh(h @ W)
    return h


def deep(Ws: list[lp.Parameter], group: int) -> lp.CompiledFunction:
    """The gradient of a deep network; group: layers that are computed again together, 0: none."""
    x = h = lp.input("x", X.shape)
    for at in range(0, len(Ws), group or len(Ws)):
        h = lp.checkpoint(layers)(h, Ws[at : at + group]) if group else layers(h, Ws)
    loss = (h * h).sum()
    return lp.function([x], [loss, *lp.grad(loss, [x, *Ws])])


def arena(f: lp.CompiledFunction, threads: int = 1) -> int:
    program, _ = optimise(specialise(f.program, [tuple(node.shape) for node in f.program.inputs]))
    return lower(program, Machine(vector_bytes=32, registers=16, threads=threads)).memory.arena


def same(device: str, got: Any, want: Any) -> None:
    """To the bit in NumPy; C computes the same in other kernels, which round differently."""
    for a, b in zip(got, want, strict=True):
        if device == "numpy":
            np.testing.assert_array_equal(a, b)
        else:
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * float(np.abs(b).max()))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("device", DEVICES)
def test_values_and_gradients_are_those_without(device: str, threads: int) -> None:
    Ws = weights(8)
    with configured(threads, device):
        same(device, deep(Ws, 4)(X), deep(Ws, 0)(X))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_deep_network_needs_less_memory(threads: int) -> None:
    Ws = weights(16)
    assert arena(deep(Ws, 4), threads) < 0.7 * arena(deep(Ws, 0), threads)


def test_a_chain_of_elementwise_operations_needs_less_memory() -> None:
    def chain(x: Any) -> Any:
        for _ in range(4):
            x = lp.sin(lp.cumsum(lp.exp(lp.sin(x)), axis=0) / 100)
        return x

    def gradient(f: Any) -> lp.CompiledFunction:
        x = h = lp.input("x", (1000, 10))
        for _ in range(4):
            h = f(h)
        return lp.function([x], lp.grad(h.sum(), x))

    assert arena(gradient(lp.checkpoint(chain))) < 0.7 * arena(gradient(chain))


@pytest.mark.parametrize("device", DEVICES)
def test_random_numbers_are_the_same_both_times(device: str) -> None:
    def dropped(x: Any) -> Any:
        mask = generator.random(x.shape) < 0.5
        return lp.tanh(lp.where(mask, x, 0) @ W)

    W, found = weights(1)[0], []
    for f in (dropped, lp.checkpoint(dropped)):
        generator = lp.random.Generator(7)

        @lp.compile
        def step(x: Any, f: Any = f) -> Any:
            loss = f(x).sum()
            return loss, *lp.grad(loss, [x, W])

        with configured(1, device):
            found.append([[np.asarray(v) for v in step(X)] for _ in range(2)])
    for got, want in zip(*found, strict=True):
        same(device, got, want)


def test_what_is_kept_is_what_went_in() -> None:
    x = lp.input("x", (4, 4))
    y = lp.checkpoint(lambda t: lp.exp(lp.sin(t)))(x)
    (g,) = (lp.grad(y.sum(), x),)
    names = [node.op.name for node in walk([g.node])]
    assert names.count("again") == 1 and names.count("sin") == 1 and names.count("checkpoint") == 0


@pytest.mark.parametrize("device", DEVICES)
def test_several_outputs_second_derivatives_and_nesting(device: str) -> None:
    def both(t: Any) -> Any:
        return {"a": lp.exp(t), "b": [lp.sin(t) * t, 3]}

    inner = lp.checkpoint(both)
    for f in (both, inner, lp.checkpoint(lambda t: inner(t))):
        x = lp.input("x", (3,))
        out = f(x)
        y = (out["a"] * out["b"][0]).sum()
        first = lp.grad(y, x)
        second = lp.grad(first.sum(), x)
        with configured(1, device):
            got = lp.function([x], [first, second])(np.float32([0.1, 0.2, 0.3]))
        t = np.array([0.1, 0.2, 0.3])
        e, s, c = np.exp(t), np.sin(t), np.cos(t)
        np.testing.assert_allclose(got[0], e * (s * t + s + t * c), rtol=1e-5)
        np.testing.assert_allclose(
            got[1], e * (s * t + s + t * c) + e * (2 * c + s + t * c - t * s), rtol=1e-5
        )


@pytest.mark.parametrize("device", DEVICES)
def test_in_the_step_of_a_loop(device: str) -> None:
    found = []
    W = weights(1)[0]
    for f in (layers, lp.checkpoint(layers)):
        x = lp.input("x", (5, 32))
        h, _ = lp.scan(lambda h, e, f=f: (f(h, [W]) + e, h), lp.zeros((32,)), x)
        loss = h.sum()
        with configured(1, device):
            found.append(lp.function([x], [loss, *lp.grad(loss, [x, W])])(X[:5]))
    same(device, *found)


def test_in_eager_code_the_function_is_called() -> None:
    x = lp.parameter(np.float32([1.0, 2.0]), name="x")
    y = lp.checkpoint(lp.exp)(x).sum()
    np.testing.assert_allclose(lp.grad(y, x), np.exp([1.0, 2.0]), rtol=1e-6)


def test_a_module() -> None:
    inner = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 32))
    net = nn.Checkpoint(inner)
    assert [p is q for p, q in zip(net.parameters(), inner.parameters(), strict=True)] == [True] * 4
    found = []
    for model in (net, inner):
        x = lp.input("x", (8, 32))
        loss = lp.square(model(x)).sum()
        with configured(device="numpy"):
            found.append(lp.function([x], [loss, *lp.grad(loss, model.parameters())])(X[:8]))
    same("numpy", *found)


def test_formulas_look_through_it() -> None:
    x = lp.input("x", (3,))
    marked, plain = lp.checkpoint(lp.exp)(x), lp.exp(x)
    assert marked._repr_latex_() == plain._repr_latex_()
