"""Rows of a large array that data pick: what comes later is fetched, what is read stays the same."""

from __future__ import annotations

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide.build import optimise
from limpide.codegen.c import Lowered, lower
from limpide.errors import LimpideError
from limpide.function import specialise
from limpide.schedule.index import Var
from limpide.schedule.machine import Machine

ROWS = 3000  # of 400 bytes and more: over a megabyte


def gather(width: int, dtype: str = "float32") -> lp.Function:
    x = lp.input("x", (ROWS, width), dtype)
    rows = lp.input("rows", (50,), "int64")
    return lp.function([x, rows], [2 * x[rows]])


def lowered(function: lp.Function, width: int, threads: int) -> Lowered:
    known = specialise(function.program, [(ROWS, width), (50,)])
    return lower(optimise(known)[0], Machine(64, 32, threads=threads, team=0.0, barrier=0.0))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("width", "dtype"), [(128, "float32"), (101, "float32"), (131, "float64")])
def test_rows_are_those_that_were_asked_for(width: int, dtype: str, threads: int) -> None:
    f = gather(width, dtype)
    r = np.random.default_rng(width)
    x = r.standard_normal((ROWS, width)).astype(dtype)
    rows = r.integers(-ROWS, ROWS, 50)
    rows[-1] = -1
    with configured(threads):
        (found,) = f(x, rows)
    np.testing.assert_array_equal(found, 2 * x[rows])


def test_later_rows_are_fetched() -> None:
    assert "lp_likely((int64_t)rows[" in lowered(gather(128), 128, 1).source


def test_short_rows_and_small_arrays_are_not_fetched() -> None:
    x, rows = lp.input("x", (ROWS, 8)), lp.input("rows", (50,), "int64")
    known = specialise(lp.function([x, rows], [2 * x[rows]]).program, [(ROWS, 8), (50,)])
    assert "lp_likely((" not in lower(optimise(known)[0], Machine(64, 32)).source


def test_a_row_that_is_not_there_is_told_and_nothing_is_read_for_it() -> None:
    f = gather(128)
    rows = np.zeros(50, np.int64)
    rows[49] = ROWS + 7
    with pytest.raises(LimpideError, match=f"{ROWS + 7}"):
        f(np.zeros((ROWS, 128), np.float32), rows)


def test_threads_share_what_is_picked() -> None:
    """Each thread may copy all rows for itself; that costs more where they lie past all caches."""
    (kernel,) = lowered(gather(128), 128, 2).kernels
    assert kernel.axis in (Var("i0", 50), Var("i1", 128)) and not kernel.everywhere


# --------------------------------------------------------------------------------------- the next step's rows
def epoch(width: int, hidden: int, batch: int):  # type: ignore[no-untyped-def]
    """Steps of gradient descent over batches of picked rows."""
    r = np.random.default_rng(width)
    w = lp.parameter(r.standard_normal((width, hidden)).astype(np.float32) / 16, name="w")

    @lp.compile
    def run(x, order):  # type: ignore[no-untyped-def]
        def step(total, rows):  # type: ignore[no-untyped-def]
            loss = lp.square(lp.tanh(x[rows] @ w)).mean()
            w.assign(w - 0.1 * lp.grad(loss, w))
            return total + loss, None

        return lp.scan(step, 0.0, order)[0]

    x = r.standard_normal((ROWS, width)).astype(np.float32)
    return w, run, x, r.integers(-ROWS, ROWS, (3, batch))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("width", "hidden", "batch"), [(128, 64, 24), (128, 10, 24), (101, 33, 17), (96, 100, 7)]
)
def test_a_step_that_fetches_the_next_ones_rows_computes_the_same(
    width: int, hidden: int, batch: int, threads: int
) -> None:
    found = []
    for device in ("c", "numpy"):
        w, run, x, order = epoch(width, hidden, batch)
        with configured(threads, device):
            found.append((float(run(x, order)), w.numpy()))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-5)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("hidden", [64, 10])
def test_the_next_rows_are_fetched_and_the_last_step_has_none(hidden: int) -> None:
    _, run, x, order = epoch(128, hidden, 24)
    with configured(1):
        run(x, order)
        source = run.explain().section("c")
    assert "LP_PREFETCH(N0 + " in source and "_step + 1 < " in source
    assert "next_[" in source


def test_a_wrong_row_of_a_later_step_is_told_there() -> None:
    _, run, x, order = epoch(128, 64, 24)
    order[2, 5] = ROWS + 3
    with configured(1), pytest.raises(LimpideError, match=f"{ROWS + 3}"):
        run(x, order)
