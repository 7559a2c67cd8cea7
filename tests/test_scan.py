"""lp.scan: the same loop eagerly, on the NumPy device and on the C device, against a Python loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide.build import optimise
from limpide.errors import ArgumentError, ShapeError
from limpide.graph import Array, walk
from limpide.runtime.toolchain import find

DEVICES = [("numpy", 1)] if find() is None else [("numpy", 1), ("c", 1), ("c", 2)]
everywhere = pytest.mark.parametrize(("device", "threads"), DEVICES)


def numbers(*shape: int) -> Array:
    return np.random.default_rng(list(shape)).integers(-3, 4, shape).astype(np.float64)


def compiled(f: Callable[..., Any], *arrays: Array) -> Any:
    """The results of a function that is traced."""
    results = lp.compile(f)(*arrays)
    return [t.numpy() for t in results]


@everywhere
def test_running_sums_are_what_the_formula_says(device: str, threads: int) -> None:
    xs = numbers(6, 4)

    def f(xs: Any) -> Any:
        total, sums = lp.scan(lambda c, x: (c + x, (c, c + x, c)), lp.zeros((4,), "float64"), xs)
        return total, *sums

    with configured(threads, device):
        total, before, after, again = compiled(f, xs)
    np.testing.assert_array_equal(total, xs.sum(0))
    np.testing.assert_array_equal(after, xs.cumsum(0))
    np.testing.assert_array_equal(before, xs.cumsum(0) - xs)
    np.testing.assert_array_equal(again, before)


@everywhere
def test_backwards(device: str, threads: int) -> None:
    xs = numbers(5)
    with configured(threads, device):
        last, ys = compiled(lambda xs: lp.scan(lambda c, x: (c * 2 + x, c), xs[0], xs, reverse=True), xs)
    carry, wanted = xs[0], np.zeros(5)
    for i in reversed(range(5)):
        wanted[i], carry = carry, carry * 2 + xs[i]
    np.testing.assert_array_equal(ys, wanted)
    assert last == carry


@everywhere
def test_carries_in_any_nesting_some_unused_some_swapped(device: str, threads: int) -> None:
    a, b, unused = numbers(3), numbers(3), numbers(2, 2)

    def f(a: Any, b: Any, unused: Any) -> Any:
        def step(state: Any, _: Any) -> Any:
            return {"pair": (state["pair"][1], state["pair"][0] + 1), "other": state["other"]}, None

        last, _ = lp.scan(step, {"pair": (a, b), "other": unused}, length=5)
        return *last["pair"], last["other"]

    with configured(threads, device):
        x, y, other = compiled(f, a, b, unused)
    np.testing.assert_array_equal(x, b + 2)
    np.testing.assert_array_equal(y, a + 3)
    np.testing.assert_array_equal(other, unused)


@everywhere
@pytest.mark.parametrize("steps", [0, 1, 7])
def test_a_computed_length(device: str, threads: int, steps: int) -> None:
    with configured(threads, device):
        (last,) = compiled(lambda n: [lp.scan(lambda c, _: (c * 2, None), 1.0, length=n)[0]], np.int64(steps))
    assert last == 2.0**steps


@everywhere
def test_no_steps(device: str, threads: int) -> None:
    start = numbers(3)
    with configured(threads, device):
        last, ys = compiled(lambda c, xs: lp.scan(lambda c, x: (c + x, c * 2), c, xs), start, numbers(0, 3))
    np.testing.assert_array_equal(last, start)
    assert ys.shape == (0, 3)


@everywhere
def test_elements_that_are_views_and_expressions(device: str, threads: int) -> None:
    m = numbers(4, 6)

    def f(m: Any) -> Any:
        sequences = (m.T, m[:, ::-1].T, lp.concatenate([m, m], 0).T[:, :4] + 1)
        return lp.scan(
            lambda c, x: (c + x[0] * x[1] - x[2], x[0] @ x[1]), lp.zeros((4,), "float64"), sequences
        )

    with configured(threads, device):
        last, dots = compiled(f, m)
    columns, flipped = m.T, m[:, ::-1].T
    np.testing.assert_array_equal(last, (columns * flipped - (columns + 1)).sum(0))
    np.testing.assert_array_equal(dots, (columns * flipped).sum(1))


@everywhere
def test_loops_in_loops_and_two_loops_with_the_same_body(device: str, threads: int) -> None:
    xs, ys = numbers(3, 4), numbers(3, 4)

    def f(xs: Any, ys: Any) -> Any:
        def inner(c: Any, x: Any) -> Any:
            return c - x * 2, c + x

        def outer(c: Any, row: Any) -> Any:
            first, a = lp.scan(inner, c, row)
            second, b = lp.scan(inner, first, a, reverse=True)
            return second, (a, b.sum())

        one, (first_rows, first_sums) = lp.scan(outer, 1.0, xs)
        two, (second_rows, second_sums) = lp.scan(outer, one, ys)
        return one, two, first_rows, second_rows, first_sums, second_sums

    eager = [t.numpy() for t in f(lp.tensor(xs), lp.tensor(ys))]
    with configured(threads, device):
        found = compiled(f, xs, ys)
    c = 1.0
    for row in xs:
        made = []
        for x in row:
            made.append(c + x)
            c = c - x * 2
        for a in reversed(made):
            c = c - a * 2
    assert found[0] == c
    for got, wanted in zip(found, eager, strict=True):
        np.testing.assert_array_equal(got, wanted)


@everywhere
def test_state_assigned_in_a_loop_and_read_around_it(device: str, threads: int) -> None:
    """What is read before, in and after the loop; a constant of the loop that the same call then changes."""
    W, scale = lp.parameter(np.ones((2, 3)), name="W"), lp.parameter(np.full((), 2.0), name="scale")
    xs = numbers(4, 3)

    def f(xs: Any) -> Any:
        before = W * 1

        def step(c: Any, x: Any) -> Any:
            W.assign(W * scale - x)
            return c + W.sum(), W[0]

        total, rows = lp.scan(step, 0.0, xs)
        scale.assign(scale + 1)
        return before, total, rows, W * 1, scale * 1

    with configured(threads, device):
        step = lp.compile(f)
        state, factor = np.ones((2, 3)), 2.0
        for _ in range(2):
            before, total, rows, after, scaled = (t.numpy() for t in step(xs))
            np.testing.assert_array_equal(before, state)
            sums, firsts = 0.0, []
            for x in xs:
                state = state * factor - x
                sums += state.sum()
                firsts.append(state[0])
            factor += 1
            np.testing.assert_array_equal(rows, firsts)
            np.testing.assert_array_equal(after, state)
            np.testing.assert_array_equal(W.numpy(), state)
            assert float(total) == sums
            assert float(scaled) == float(scale) == factor


@everywhere
def test_carries_set_to_numbers_in_two_loops(device: str, threads: int) -> None:
    """The same constant is the new value of carries of different loops: each has its own place."""
    xs = numbers(3, 2)

    def f(xs: Any) -> Any:
        def step(state: Any, x: Any) -> Any:
            a, b = state
            return (lp.zeros((2,), "float64"), a + x), b

        first, ys = lp.scan(step, (xs[0], xs[1]), xs)
        second, zs = lp.scan(step, (xs[2], first[1]), ys)
        return *first, *second, ys, zs

    eager = [t.numpy() for t in f(lp.tensor(xs))]
    with configured(threads, device):
        for got, wanted in zip(compiled(f, xs), eager, strict=True):
            np.testing.assert_array_equal(got, wanted)


@everywhere
def test_gradients_through_a_loop(device: str, threads: int) -> None:
    """Of carries, elements and constants; also where the loop has a loop inside. Against differences."""
    rng = np.random.default_rng(0)
    m, w, h = (rng.normal(size=s) for s in ((3, 4, 4), (4, 4), (4,)))

    def loss(m: Any, w: Any, h: Any) -> Any:
        def outer(c: Any, a: Any) -> Any:
            c, rows = lp.scan(lambda d, row: (lp.tanh(d @ a + row), d), c @ w, a)
            return c, rows @ w

        last, rows = lp.scan(outer, h, m)
        return (rows * rows).sum() + last.sum()

    directions = [rng.normal(size=x.shape) for x in (m, w, h)]
    with configured(threads, device):
        found = lp.compile(lambda *a: lp.grad(loss, (0, 1, 2))(*a))(m, w, h)
        f = lp.compile(loss)
        high, low = (
            float(f(*(x + s * d for x, d in zip((m, w, h), directions, strict=True)))) for s in (1e-6, -1e-6)
        )
    slope = sum(float((g.numpy() * d).sum()) for g, d in zip(found, directions, strict=True))
    assert slope == pytest.approx((high - low) / 2e-6, rel=1e-6)


def test_what_a_step_must_return() -> None:
    with pytest.raises(ArgumentError, match="pair"):
        lp.scan(lambda c, x: c, 0.0, np.ones(3))
    with pytest.raises(ArgumentError, match="number of steps"):
        lp.scan(lambda c, x: (c, None), 0.0)
    with pytest.raises(ShapeError, match="carry"):
        lp.scan(lambda c, x: (x, None), np.zeros(3), np.ones((2, 4)))
    with pytest.raises(ArgumentError, match="at least one axis"):
        lp.scan(lambda c, x: (c, None), 0.0, np.float64(1))


@everywhere
def test_sequences_of_unknown_length(device: str, threads: int) -> None:
    x = lp.input("x", (None, 3), "float64")
    last, rows = lp.scan(lambda c, row: (c + row, c), lp.zeros((3,), "float64"), x)
    f = lp.function([x], [last, rows, lp.grad((rows * rows).sum(), x)])
    with configured(threads, device):
        for n in (4, 1, 0):
            a = numbers(n, 3)
            total, before, gradient = f(a)
            np.testing.assert_array_equal(total, a.sum(0))
            np.testing.assert_array_equal(before, a.cumsum(0) - a)
            wanted = 2 * (before.sum(0) - before.cumsum(0))
            np.testing.assert_array_equal(gradient, wanted)


@everywhere
def test_the_gradient_of_a_loop_of_matrix_products(device: str, threads: int) -> None:
    """Matrices that every step multiplies by, once, twice and turned, against central differences."""
    rng = np.random.default_rng(0)
    h, x, w, u = (rng.normal(size=s) * 0.5 for s in [(3, 4), (5, 3, 2), (2, 4), (4, 4)])

    def loss(h: Any, x: Any, w: Any, u: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            h = lp.tanh(x @ w + h @ u) @ u.T + h * u[0]
            return h, h.sum()

        last, sums = lp.scan(step, h, x)
        return (last * last).sum() + (sums * np.arange(5)).sum()

    given = [h, x, w, u]
    moves = [rng.normal(size=a.shape) for a in given]
    ends = [float(loss(*(a + t * d for a, d in zip(given, moves, strict=True)))) for t in (1e-6, -1e-6)]
    slope = (ends[0] - ends[1]) / 2e-6
    with configured(threads, device):
        found = compiled(lambda *args: lp.grad(loss(*args), list(args)), *given)
    exact = sum((g * d).sum() for g, d in zip(found, moves, strict=True))
    np.testing.assert_allclose(exact, slope, rtol=1e-6)


def test_the_gradient_of_a_loop_computes_no_product_twice() -> None:
    """h @ u is kept for the way back, and the products that give u's gradient are one behind the loop."""
    h, x, u = lp.input("h", (3, 4)), lp.input("x", (5, 3, 4)), lp.input("u", (4, 4))
    last, _ = lp.scan(lambda h, x: (lp.tanh(x + h @ u), None), h, x)
    program = lp.function([h, x, u], lp.grad(last.sum(), u)).function.program
    forward, back = (
        [node.op.name for node in walk(scan.attr("body").outputs)].count("contract")
        for scan in walk(optimise(program)[0].roots)
        if scan.op.name == "scan"
    )
    assert (forward, back) == (1, 1)


# ---------------------------------------------------------------------------- state assigned before a loop
def test_what_enters_a_loop_was_computed_before_it() -> None:
    w = lp.parameter(0.0, name="w")

    @lp.compile
    def f(n: Any) -> Any:
        w.assign(w + 1)
        return lp.scan(lambda c, _: (c + 1, None), w * 1.0, length=lp.astype(w, "int64") + n)[0]

    assert float(f(1)) == 3.0 and float(w) == 1.0


def test_a_loop_tells_old_state_from_new() -> None:
    w = lp.parameter(0.0, name="w")

    @lp.compile
    def f() -> Any:
        old = w * 1.0
        w.assign(w + 1)
        return lp.scan(lambda c, _: (c + old + 10 * w, None), 0.0, length=2)[0]

    assert float(f()) == 20.0


def test_state_assigned_before_and_inside_of_loops() -> None:
    w = lp.parameter(0.0, name="w")

    @lp.compile
    def f(n: Any) -> Any:
        w.assign(w + 1)
        before = w * 1.0

        def outer(c: Any, _: Any) -> Any:
            w.assign(w + 1)
            between = w * 1.0

            def inner(d: Any, _: Any) -> Any:
                w.assign(w + 1)
                return d + 100 * before + 10 * between + w, None

            return lp.scan(inner, c, length=2)[0], None

        return lp.scan(outer, 0.0, length=n)[0]

    w_now, expected = 1, 0
    for _ in range(2):
        w_now += 1
        between = w_now
        for _ in range(2):
            w_now += 1
            expected += 100 * 1 + 10 * between + w_now
    assert float(f(2)) == expected and float(w) == w_now
