"""Arithmetic on bfloat16 is float32's, rounded once, on every device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nn, optim
from limpide.dtypes import BFLOAT16, converted, narrowed, widened
from limpide.graph import Array
from limpide.ops.define import MapOp, ops
from limpide.ops.reduce import sum as sum_nodes
from ops.check import configured, devices, pairs, run_everywhere, sample, special

MAPS = [
    op for op in ops.values()
    if isinstance(op, MapOp)
    and op.name not in ("cast", "philox", "where")
    and op.takes not in ("integer", "bool")
]  # fmt: skip
ULP = 2.0**16  # of bfloat16 in those of float32


def numbers(*shape: int, seed: int = 0) -> Array:
    return narrowed(sample(np.float32, shape, -2, 2, seed))


def near(got: Any, want: Any, rtol: float) -> bool:
    """Whether two arrays are as near as that, measured by the largest element."""
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    return bool(np.abs(got - want).max() <= rtol * np.abs(want).max())


@pytest.mark.parametrize("op", MAPS, ids=lambda op: op.name)
def test_elementwise(op: MapOp) -> None:
    """Ordinary and special operands: the reference in float32, rounded; C may differ where float32 does."""
    values = narrowed(special(np.float32))
    edges = [values] if op.arity == 1 else [narrowed(v) for v in pairs(widened(values))]
    plain = [narrowed(sample(np.float32, (37,), *d, seed=i)) for i, d in enumerate(op.domain)]
    for arrays in (plain, edges):
        f = lp.functions[op.name]
        (got,) = run_everywhere(lambda *xs: [f(*xs)], *arrays, ulps=ULP)  # noqa: B023
        with np.errstate(all="ignore"):
            exact = np.asarray(op.numpy(*map(widened, arrays)))
        exact = exact.astype(np.float32) if exact.dtype == np.float64 else exact
        want = widened(narrowed(exact)) if exact.dtype == np.float32 else exact
        np.testing.assert_array_equal(got, want)
        assert f(*map(lp.tensor, arrays)).dtype == (BFLOAT16 if exact.dtype == np.float32 else exact.dtype)


def test_numbers_keep_their_digits_and_the_result_is_bfloat16() -> None:
    t = lp.tensor([1.0, 2.0], dtype="bfloat16")
    np.testing.assert_array_equal((t * 1.001).numpy(), widened(narrowed(np.float32([1.001, 2.002]))))
    assert (t * 1.001).dtype == (1 - t).dtype == (t + 1).dtype == (t / np.arange(1, 3)).dtype == lp.bfloat16
    assert (t < 1.5).dtype == np.bool_ and lp.where(t < 1.5, t, 0).dtype == lp.bfloat16


COMPOSED: dict[str, Callable[..., Any]] = {
    "sum": lambda x: x.sum(),
    "sum of rows": lambda x: x.sum(1),
    "mean": lambda x: x.mean(0),
    "var": lambda x: x.var(1),
    "std": lambda x: x.std(),
    "prod": lambda x: x.prod(1),
    "cumsum": lambda x: lp.cumsum(x, 0),
    "softmax": lp.softmax,
    "log_softmax": lp.log_softmax,
    "logsumexp": lambda x: lp.logsumexp(x, 1),
    "gelu": lp.gelu,
    "silu": lp.silu,
    "norm": lambda x: lp.norm(x),
    "matmul": lambda x: x @ x.T,
    "einsum": lambda x: lp.einsum("ij,kj,kl->il", x, x, x),
    "outer": lambda x: lp.outer(x[0], x[1]),
    "conv": lambda x: lp.conv2d(
        lp.reshape(x, (1, 1, *x.shape)), lp.reshape(x[:3, :3], (1, 1, 3, 3)), padding=1
    ),
    "avg_pool": lambda x: lp.avg_pool2d(lp.reshape(x, (1, 1, *x.shape)), 2),
}


@pytest.mark.parametrize("name", COMPOSED)
def test_what_is_made_of_several_steps_is_rounded_once(name: str) -> None:
    x = numbers(9, 13)
    f = COMPOSED[name]
    (got,) = run_everywhere(lambda t: [f(t)], x, ulps=ULP)
    want = f(lp.tensor(widened(x))).numpy()
    np.testing.assert_array_equal(got, widened(narrowed(want)))
    assert f(lp.tensor(x)).dtype == lp.bfloat16


MOVED: dict[str, Callable[..., Any]] = {
    "views": lambda x: [x.T, x[1:5, ::2], lp.flip(x), x.reshape(-1), x[None], lp.roll(x, 3)],
    "joined": lambda x: [lp.concatenate([x, x]), lp.stack([x, x], 1), lp.pad(x, 1, constant_values=1.3)],
    "gathered": lambda x: [
        x[np.array([3, 1, -1])],
        lp.take(x, np.array([[0, 2]]), 1),
        x.ravel()[x.ravel().argmax()],
    ],
    "chosen": lambda x: [
        x.max(),
        x.min(0),
        lp.where(x > 0, x, 0),
        lp.sort(x, 0),
        x.argmax(1),
        lp.maximum(x, x.T[:9, :9].max()),
    ],
    "made": lambda x: [
        lp.zeros_like(x),
        lp.full_like(x, 0.3),
        lp.arange(5, dtype=x.dtype),
        lp.eye(3, dtype=x.dtype),
    ],
}


@pytest.mark.parametrize("name", MOVED)
def test_what_only_moves_elements_keeps_them(name: str) -> None:
    x = numbers(9, 13)
    f = MOVED[name]
    got = run_everywhere(lambda t: f(t), x, ulps=0)
    for y, exact, stored in zip(got, f(lp.tensor(widened(x))), f(lp.tensor(x)), strict=True):
        want = exact.numpy()
        np.testing.assert_array_equal(y, widened(narrowed(want)) if exact.dtype == np.float32 else want)
        assert stored.dtype == (BFLOAT16 if exact.dtype == np.float32 else exact.dtype)


def test_other_dtypes_by_way_of_float32() -> None:
    x = numbers(40)
    names = ("bool", "int8", "int32", "int64", "uint8", "float32", "float64")
    got = run_everywhere(lambda t: [t.astype(n) for n in names], x, ulps=0)
    for y, name in zip(got, names, strict=True):
        np.testing.assert_array_equal(y, lp.tensor(widened(x)).astype(name).numpy())
    for values in (np.arange(-300, 300), np.arange(600, dtype=np.uint16), np.linspace(-1e40, 1e40, 99)):
        (there,) = run_everywhere(lambda t: [t.astype("bfloat16")], values, ulps=0)
        np.testing.assert_array_equal(there, widened(converted(values, BFLOAT16)))


def test_loops_carry_it() -> None:
    x = numbers(6, 4)

    def running(xs: Any) -> Any:
        return lp.scan(lambda c, x: (lp.tanh(c + x), c * x), lp.zeros_like(xs[0]), xs)

    run_everywhere(running, x, ulps=ULP)


def test_nodes_are_rounded_each_on_its_own() -> None:
    """Gradient rules and other functions of nodes, which no public function wraps."""
    node = lp.tensor(numbers(3, 4)).node
    assert sum_nodes(node).dtype == (node + node).dtype == (-node).dtype == BFLOAT16


# ------------------------------------------------------------------------------------------- gradients
def network(x: Any, w: Any, v: Any) -> Any:
    return nn.cross_entropy(lp.tanh(x @ w) @ v, np.array([0, 2, 1, 1, 0]))


FORMULAS: dict[str, Callable[..., Any]] = {
    "network": network,
    "softmax": lambda x, w, v: (lp.softmax(x @ w, axis=-1) * (x @ w)).sum() + v.mean(),
    "statistics": lambda x, w, v: (x.var(0) + x.max(1).mean()).sum() + lp.exp(w).mean() + v.std(),
    "views": lambda x, w, v: (
        (x[1:, ::2] * x[:-1, 1::2]).sum() + (w.T @ w).mean() + lp.concatenate([v, v]).sum()
    ),
}


@pytest.mark.parametrize("device", devices())
@pytest.mark.parametrize("name", FORMULAS)
def test_gradients(name: str, device: str) -> None:
    """Those of the same formula in float64, as near as roundings allow; their dtype is bfloat16, too."""
    arrays = [numbers(5, 6), numbers(6, 8, seed=1), numbers(8, 3, seed=2)]
    f = FORMULAS[name]

    def gradients(dtype: Any) -> list[Array]:
        inputs = [lp.input(f"x{i}", a.shape, dtype) for i, a in enumerate(arrays)]
        found = lp.grad(f(*inputs), inputs)
        assert all(g.dtype == dtype for g in found)
        with configured(device=device):
            result: list[Array] = lp.function(inputs, found)(*map(widened, arrays))
        return result

    for got, want in zip(gradients(lp.bfloat16), gradients(np.dtype(np.float64)), strict=True):
        assert near(got, want, rtol=0.04)


def test_masters_get_gradients_through_a_cast() -> None:
    w = lp.parameter(np.float32([0.5, -1.5]), name="w")
    (lp.astype(w, "bfloat16") * np.float32([3, 5])).sum().backward()
    assert w.grad is not None and w.grad.dtype == np.float32
    np.testing.assert_array_equal(w.grad.numpy(), [3, 5])


def test_losses_are_float32() -> None:
    logits, labels = numbers(7, 5), np.array([0, 4, 2, 2, 1, 0, 3])
    for loss, targets in ((nn.cross_entropy, labels), (nn.mse, widened(numbers(7, 5, seed=3)))):
        got = loss(lp.tensor(logits), targets)
        assert got.dtype == np.float32
        np.testing.assert_array_equal(got.numpy(), loss(widened(logits), targets).numpy())


class Net(nn.Module):
    """Two layers, their weights cast down in the products where `dtype` is given."""

    def __init__(self, dtype: Any = None):
        rng = np.random.default_rng(0)
        self.first = lp.parameter(rng.normal(0, 0.3, (12, 40)).astype("f"), name="first")
        self.second = lp.parameter(rng.normal(0, 0.2, (40, 3)).astype("f"), name="second")
        self.dtype = dtype

    def forward(self, x: Any) -> Any:
        first, second = (
            w if self.dtype is None else lp.astype(w, self.dtype) for w in (self.first, self.second)
        )
        x = x if self.dtype is None else lp.astype(x, self.dtype)
        return lp.tanh(x @ first) @ second


@pytest.mark.parametrize("device", devices())
def test_training_with_bfloat16_products_reaches_the_same_loss(device: str) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 12)).astype("f")
    labels = (x[:, :3] + 0.3 * x[:, 3:6]).argmax(1)

    def losses(dtype: Any) -> list[float]:
        model, optimizer = Net(dtype), optim.SGD(lr=0.5)

        @lp.compile
        def step(x: Any, labels: Any) -> Any:
            loss = nn.cross_entropy(model(x), labels)
            optimizer.minimize(loss)
            return loss

        return [float(step(x, labels)) for _ in range(120)]

    with configured(device=device):
        plain, short = losses(None), losses("bfloat16")
    assert plain[-1] < 0.1 * plain[0]
    assert abs(short[-1] - plain[-1]) < 0.05 * plain[0]
    assert short[-1] < 0.15 * short[0]
