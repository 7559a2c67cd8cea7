"""Calls of native functions: how arrays may lie, what happens to state, several Python threads."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide.errors import IndexingError
from limpide.graph import Array
from limpide.runtime.execute import NativeFunction
from limpide.runtime.toolchain import find

pytestmark = pytest.mark.skipif(find() is None, reason="no C compiler")
both = pytest.mark.parametrize("threads", [1, 2])


def unaligned(a: Array) -> Array:
    raw = np.zeros(a.nbytes + 1, np.uint8)
    moved = raw[1:].view(a.dtype).reshape(a.shape)
    moved[...] = a
    return moved


def read_only(a: Array) -> Array:
    a = a.copy()
    a.flags.writeable = False
    return a


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "transposed": lambda a: a.T.copy().T,
    "backwards": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
    "strided": lambda a: np.repeat(np.repeat(a, 2, 0), 3, 1)[::2, ::3],
    "unaligned": unaligned,
    "read-only": read_only,
    "swapped bytes": lambda a: a.astype(a.dtype.newbyteorder()),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
def test_arrays_in_any_layout(layout: str, dtype: str) -> None:
    a = np.arange(42).reshape(6, 7).astype(dtype)
    given = LAYOUTS[layout](a)
    x = lp.input("x", (6, 7), dtype)
    with configured():
        doubled, total = lp.function([x], [x * 2, lp.sum(x, 0)])(given)
    np.testing.assert_array_equal(doubled, a * 2)
    np.testing.assert_array_equal(total, a.sum(0))
    np.testing.assert_array_equal(given, a)


def test_the_same_array_twice_and_overlapping_ones() -> None:
    a = np.arange(6.0)
    x, y = lp.input("x", (5,), "float64"), lp.input("y", (5,), "float64")
    with configured():
        f = lp.function([x, y], [x + y, x - y])
        np.testing.assert_array_equal(f(a[:5], a[:5])[0], 2 * a[:5])
        np.testing.assert_array_equal(f(a[:5], a[1:])[1], -np.ones(5))


def test_results_belong_to_the_caller() -> None:
    """A later call does not change an earlier result; an output is never the input or the state itself."""
    x = lp.input("x", (3,))
    W = lp.parameter(np.ones(3, np.float32), name="W")
    for device in ("c", "numpy"):
        with configured(device=device):
            f = lp.function([x], [x, W, x + W])
            first = f(np.zeros(3, np.float32))
            f(np.full(3, 9, np.float32))
            np.testing.assert_array_equal(first[2], [1, 1, 1])
            given = np.zeros(3, np.float32)
            for result in f(given)[:2]:
                result[:] = 7
            assert given.max() == 0
            assert W.numpy().max() == 1


@both
def test_values_that_were_read_never_change(threads: int) -> None:
    W = lp.parameter(np.zeros(4, np.float32), name="W")

    @lp.compile
    def step() -> Any:
        W.assign(W + 1)
        return W * 1

    with configured(threads):
        step()
        copied, view, kept = W.numpy(), W[1:], W.value
        tensor = W * 1
        step()
        step()
    for value in (copied, view.numpy(), kept, tensor.numpy()):
        np.testing.assert_array_equal(value, np.ones(np.shape(value)))
    np.testing.assert_array_equal(W.numpy(), 3 * np.ones(4))


def test_state_replaced_between_calls() -> None:
    W = lp.parameter(np.zeros(4), name="W")
    x = lp.input("x", (4,), "float64")
    with configured():
        f = lp.function([x], W + x, [(W, W + 1)])
        for start in (0.0, 10.0, 20.0):
            W.assign(np.full(4, start))
            gc.collect()
            np.testing.assert_array_equal(f(np.ones(4)), np.full(4, start + 1))
            np.testing.assert_array_equal(W.numpy(), np.full(4, start + 1))


def test_the_device_may_change_between_calls() -> None:
    W = lp.parameter(np.zeros(2), name="W")
    f = lp.function([], W * 1, [(W, W + 1)])
    for n, device in enumerate(["c", "numpy", "c", "c", "numpy"]):
        with configured(device=device):
            np.testing.assert_array_equal(f(), np.full(2, float(n)))
            assert isinstance(next(iter(f.function.versions.values())), NativeFunction) == (device == "c")


def swapped(a: Any, b: Any) -> list[tuple[Any, Any]]:
    return [(a, b), (b, a)]


UPDATES: dict[str, Callable[[Any, Any], list[tuple[Any, Any]]]] = {
    "swap": swapped,
    "transposed self": lambda a, b: [(a, a.T)],
    "flipped self": lambda a, b: [(a, a[::-1]), (b, b[:, ::-1])],
    "sum and difference": lambda a, b: [(a, a + b), (b, a - b)],
    "the same value": lambda a, b: [(a, a + b), (b, a + b)],
    "means of itself": lambda a, b: [(a, a - a.mean(0)), (b, b / (b * b).sum())],
    "shifted": lambda a, b: [(a, lp.concatenate([a[1:], b[:1]], 0)), (b, lp.pad(a[:2], [(1, 0), (0, 0)]))],
    "gathered": lambda a, b: [
        (a, lp.take(a, np.array([2, 2, 0]), 0)),
        (b, lp.take(a, np.array([1, 0, 1]), 1)),
    ],
    "constant": lambda a, b: [(a, lp.zeros((3, 3), "float64")), (b, a)],
}


@both
@pytest.mark.parametrize("kind", UPDATES)
def test_updates_read_the_old_state(threads: int, kind: str) -> None:
    start = np.arange(9.0).reshape(3, 3), np.arange(9.0)[::-1].reshape(3, 3) * 2
    found = {}
    for device in ("numpy", "c"):
        a, b = (lp.parameter(s, name=n) for s, n in zip(start, "ab", strict=True))
        with configured(threads, device):
            f = lp.function([], [a * 1, b + a, b], UPDATES[kind](a, b))
            outputs = [*f(), *f()]
        found[device] = [*outputs, a.numpy(), b.numpy()]
    np.testing.assert_array_equal(found["c"][0], start[0])
    for got, wanted in zip(found["c"], found["numpy"], strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-13)


@both
def test_a_failed_check_names_the_line_and_leaves_the_state(threads: int) -> None:
    W = lp.parameter(np.ones((5, 3)), name="W")
    count = lp.parameter(np.zeros(()), name="count")

    def one(row: Any) -> Any:
        count.assign(count + 1)
        W.assign(W * 2 + lp.take(W, row, 0))  # the line
        return W.sum()

    step = lp.compile(one)
    epoch = lp.compile(lambda rows: lp.scan(lambda c, r: (c + one(r), None), 0.0, rows)[0])
    with configured(threads):
        step(np.array(1))
        epoch(np.array([1, 2]))
        before = W.numpy(), count.numpy()
        for f, rows in ((step, np.array(5)), (step, np.array(-6)), (epoch, np.array([0, 4, 7]))):
            with pytest.raises(IndexingError, match="is outside of axis 0 of size 5") as caught:
                f(rows)
            assert "# the line" in str(caught.value)
            np.testing.assert_array_equal(W.numpy(), before[0])
            np.testing.assert_array_equal(count.numpy(), before[1])
        epoch(np.array([0, -5]))
        assert count.numpy() == before[1] + 2


@both
def test_state_is_kept_aside_only_where_that_is_needed(threads: int) -> None:
    """Where all checks come before state is written, the run ends there, which costs nothing."""
    W = lp.parameter(np.ones((2, 3)), name="W")
    x, i = lp.input("x", (5, 3), "float64"), lp.input("i", (2,), "int64")
    row = lp.take(x, i, 0)
    with configured(threads):
        f = lp.function([x, i], [], [(W, W @ row.T @ row)])
        with pytest.raises(IndexingError):
            f(np.ones((5, 3)), np.array([0, 5]))
        (run,) = f.function.versions.values()
    assert isinstance(run, NativeFunction)
    assert not run.recipe.restores
    np.testing.assert_array_equal(W.numpy(), np.ones((2, 3)))


@both
@pytest.mark.parametrize("start", [-1, 3, 100])
def test_slices_that_do_not_fit(threads: int, start: int) -> None:
    x, i = lp.input("x", (4, 3)), lp.input("i", (), "int64")
    with configured(threads):
        for y in (x[i : i + 2], x[i : i + 2].sum(), x[i : i + 2] @ lp.transpose(x)):
            f = lp.function([x, i], y)
            f(np.ones((4, 3), np.float32), np.array(2))
            with pytest.raises(IndexingError, match="slice"):
                f(np.ones((4, 3), np.float32), np.array(start))


@both
def test_indices_of_elements_that_nobody_needs_are_checked_too(threads: int) -> None:
    x, i = lp.input("x", (4, 3)), lp.input("i", (2,), "int64")
    with configured(threads):
        for y in (x[i][0], (x[i] * 2)[:1], x[i].T[:, 0], x[i][lp.arange(1)]):
            f = lp.function([x, i], y)
            f(np.ones((4, 3), np.float32), np.array([0, 3]))
            with pytest.raises(IndexingError, match="index 4 is outside of axis 0 of size 4"):
                f(np.ones((4, 3), np.float32), np.array([0, 4]))


def test_the_only_row_is_checked_too() -> None:
    x, i = lp.input("x", (1, 3)), lp.input("i", (2,), "int64")
    with configured():
        f = lp.function([x, i], lp.take(x, i, 0))
        assert f(np.ones((1, 3)), np.array([0, -1])).shape == (2, 3)
        with pytest.raises(IndexingError, match="index 1 is outside of axis 0 of size 1"):
            f(np.ones((1, 3)), np.array([0, 1]))


@both
def test_one_function_in_several_python_threads(threads: int) -> None:
    x = lp.input("x", (50, 20))
    wrong: list[int] = []
    with configured(threads):
        f = lp.function([x], [lp.softmax(x @ x.T).sum(1), x.sum(), x * 2])

        def work(seed: int) -> None:
            a = np.random.default_rng(seed).integers(-3, 4, (50, 20)).astype(np.float32)
            for _ in range(50):
                rows, total, twice = f(a)
                if total != a.sum() or (twice != a * 2).any() or abs(rows - 1).max() > 1e-5:
                    wrong.append(seed)

        workers = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert not wrong


def test_two_functions_on_the_pool_from_two_python_threads() -> None:
    x = lp.input("x", (64, 64))
    results: dict[int, list[float]] = {0: [], 1: []}
    with configured(2):
        functions = [lp.function([x], (x @ x).sum()), lp.function([x], (x * 3).sum())]
        a = np.eye(64, dtype=np.float32)

        def work(n: int) -> None:
            results[n] = [float(functions[n](a)) for _ in range(100)]

        workers = [threading.Thread(target=work, args=(n,)) for n in (0, 1)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert set(results[0]) == {64.0}
    assert set(results[1]) == {192.0}


@both
def test_long_rows_do_not_overflow_small_stacks(threads: int) -> None:
    """Rows that a kernel keeps to itself lie on its stack, which is small in threads."""
    x = lp.input("x", (3, 4096), "float64")
    y = x
    for n in range(40):
        y = lp.exp(y - lp.max(y, 1, keepdims=True)) * (1 + n / 1000)
    given = np.random.default_rng(0).normal(size=(3, 4096))
    with configured(1, "numpy"):
        wanted = lp.function([x], y.sum(1))(given)
    found: list[Array] = []
    with configured(threads):
        f = lp.function([x], y.sum(1))
        f(given)
        size = threading.stack_size(256 * 1024)
        try:
            worker = threading.Thread(target=lambda: found.append(f(given)))
            worker.start()
            worker.join()
        finally:
            threading.stack_size(size)
    np.testing.assert_allclose(found[0], wanted, rtol=1e-9)


def test_results_of_every_shape() -> None:
    x = lp.input("x", (2, 0, 3))
    s = lp.input("s", ())
    with configured():
        f = lp.function(
            [x, s], [x * 2, x.sum(1), x.sum(), lp.prod(x, 1), s + 1, lp.concatenate([x, x], 1), s, s]
        )
        found = f(np.zeros((2, 0, 3)), 3.0)
    shapes = [r.shape for r in found]
    assert shapes == [(2, 0, 3), (2, 3), (), (2, 3), (), (2, 0, 3), (), ()]
    np.testing.assert_array_equal(found[3], np.ones((2, 3)))
    assert [float(v) for v in (found[2], found[4], found[6], found[7])] == [0, 4, 3, 3]
