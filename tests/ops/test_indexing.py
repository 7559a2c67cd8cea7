"""x[...] and x[...] = v against NumPy: basic, advanced, computed; eagerly and compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import limpide as lp
from limpide.errors import IndexingError, ShapeError, SymbolicError
from limpide.graph import walk
from ops.check import check_gradient, nothing, run_everywhere

rng = np.random.default_rng(0)
X = rng.normal(size=(4, 5, 3, 2))
ONE = np.array([0, 2, -1])
TWO = np.array([[1], [3]])
ROWS = np.array([True, False, True, True])
MASK = rng.random((4, 5)) > 0.5
ALL = slice(None)

INDICES: list[Any] = [
    0, -1, (ALL, 1), (slice(1, 3), slice(None, None, -1)), slice(3, 0, -2), (..., 0), (None, 0, ..., None),
    (), slice(2, 2), slice(None, None, 2), (0, 1, 2, 1), ONE, (ALL, ONE), (ONE, ONE), (ONE, TWO),
    (ONE, ALL, ONE), (ALL, ONE, ALL, 0), (0, ALL, ONE), (ALL, 0, ONE), (ONE, ALL, 0), (0, ONE), ROWS, MASK,
    (TWO, None, ONE), (ALL, ALL, ONE, np.array([0, 1, 0])), (ALL, TWO, slice(0, 2)), [0, 0, 1],
    (..., ONE % 2), (ALL, [0, 2, 2]), (ROWS, 0), np.array([], np.int64), (np.int64(2), ONE),
    ONE.astype(np.int8), (slice(-3, None), -2),
]  # fmt: skip


def values(shape: tuple[int, ...]) -> list[Any]:
    """A number, a full value, and ones that broadcast."""
    found: list[Any] = [7.0, rng.normal(size=shape)]
    return [*found, rng.normal(size=(1, *shape)), rng.normal(size=shape[1:])] if shape else found


def test_reading_on_every_device() -> None:
    got = run_everywhere(lambda x: [x[i] for i in INDICES], X, ulps=0)
    for index, value in zip(INDICES, got, strict=True):
        assert value.shape == X[index].shape and (value == X[index]).all(), index


def test_writing_on_every_device() -> None:
    given_ = [(index, v) for index in INDICES for v in values(X[index].shape)]

    def everything(x: Any) -> list[Any]:
        found = []
        for index, v in given_:
            t = x + 0
            t[index] = v
            found.append(t)
        return found

    for (index, v), got in zip(given_, run_everywhere(everything, X, ulps=0), strict=True):
        want = X.copy()
        want[index] = v
        assert (got == want).all(), index


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_gradients(index: Any) -> None:
    if X[index].size:
        check_gradient(lambda x: x[index] ** 2, X, order=1)

    def put(x: Any, v: Any) -> Any:
        t = x * x
        t[index] = v * v
        return t + nothing([x, v])

    check_gradient(put, X, rng.normal(size=X[index].shape), order=1)


def test_index_tensors_are_indices() -> None:
    x = lp.tensor(X)
    for index in (ONE, TWO, ROWS, MASK):
        assert (x[lp.tensor(index)].numpy() == X[index]).all()
    assert (x[lp.tensor(1)].numpy() == X[1]).all()
    assert (x[x[:, :, 0, 0] > 0].numpy() == X[X[:, :, 0, 0] > 0]).all()


def test_computed_indices() -> None:
    def read(x: Any, i: Any, a: Any) -> list[Any]:
        return [x[i], x[a], x[i, a], x[:, i], x[i : i + 2], x[i * 2 : (i + 1) * 2], x[a, i]]

    i, a = np.array(1), np.array([3, -1, 0])
    got = run_everywhere(read, X, i, a, ulps=0)
    want = [X[1], X[a], X[1, a], X[:, 1], X[1:3], X[2:4], X[a, 1]]
    assert all((g == w).all() for g, w in zip(got, want, strict=True))

    def write(x: Any, i: Any, a: Any, m: Any) -> list[Any]:
        found = []
        for index, v in [
            (i, 1.0),
            (a, x[1:4] * 2),
            (slice(i, i + 2), 3.0),
            ((slice(None), i), x[0, 0]),
            (m, -1.0),
        ]:
            t = x + 0
            t[index] = v
            found.append(t)
        return found

    got = run_everywhere(write, X[:, :3, 0], i, a, X[:, :3, 0] > 0, ulps=0)
    base = X[:, :3, 0]
    wants = [base.copy() for _ in range(5)]
    wants[0][1], wants[1][a], wants[2][1:3], wants[3][:, 1], wants[4][base > 0] = (
        1,
        base[1:4] * 2,
        3,
        base[0, 0],
        -1,
    )
    assert all((g == w).all() for g, w in zip(got, wants, strict=True))


def test_rows_by_a_computed_mask() -> None:
    def write(x: Any, m: Any) -> list[Any]:
        a, b = x + 0, x + 0
        a[m] = 0.0
        b[m] = x[0]
        return [a, b]

    a, b = run_everywhere(write, X, ROWS, ulps=0)
    want = X.copy()
    want[ROWS] = 0
    assert (a == want).all()
    want[ROWS] = X[0]
    assert (b == want).all()


@given(st.integers(1, 60), st.integers(0, 400), st.integers(0, 2**32 - 1))
def test_the_last_write_wins(size: int, writes: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    at, v = random.integers(-size, size, writes), random.normal(size=writes)
    want, t = np.zeros(size), lp.zeros(size, dtype="float64")
    want[at] = v
    t[at] = v
    assert (t.numpy() == want).all()


def test_the_last_write_wins_on_every_device() -> None:
    at, v = rng.integers(0, 300, 5000), rng.normal(size=(5000, 2))

    def write(i: Any, v: Any) -> Any:
        t = lp.zeros((300, 2), dtype="float64")
        t[i] = v
        return t

    (got,) = run_everywhere(write, at, v, ulps=0)
    want = np.zeros((300, 2))
    want[at] = v
    assert (got == want).all()


def test_parts_are_put_in_without_tables() -> None:
    t = lp.input("x", (100, 100)) * 1
    t[10:20, ::2] = 5.0
    assert {"take", "scatter_add", "argsort"}.isdisjoint(node.op.name for node in walk([t.node]))


# ----------------------------------------------------------------------------------------------- handles
def test_assignment_rebinds_one_handle() -> None:
    x = lp.tensor([1.0, 2.0, 3.0])
    y, before = x, x + 0
    x[0] = 9
    assert x.tolist() == [9, 2, 3] and y is x and before.tolist() == [1, 2, 3]


def test_history_goes_through_assignments() -> None:
    w = lp.tensor(np.float64([1, 2, 3]), requires_grad=True)
    y = w * 2
    z = y + 0
    y[0] = 5.0
    y[[1, 1]] = w[:2]
    (y * y).sum().backward()
    assert w.grad is not None and w.grad.tolist() == [0, 4, 24]
    assert lp.grad(z.sum(), w).tolist() == [2, 2, 2]


def test_parameters_are_assigned_to() -> None:
    w = lp.parameter(np.zeros(3), name="w")
    w[1:] = 2.0
    assert w.tolist() == [0, 2, 2]


# ------------------------------------------------------------------------------------------------ errors
def test_what_is_wrong_is_said() -> None:
    x = lp.tensor(X)
    with pytest.raises(IndexingError, match=r"\[index\] index 4 is outside of axis 0 of size 4"):
        x[4]
    with pytest.raises(IndexingError, match=r"\[index\] index -6 is outside of axis 1 of size 5"):
        x[:, [-6]]
    with pytest.raises(IndexingError, match=r"\[index\] 5 indices for the 4 axes"):
        x[0, 0, 0, 0, 0]
    with pytest.raises(IndexingError, match=r"\[index\] an index has at most one"):
        x[..., 0, ...]
    with pytest.raises(IndexingError, match=r"\[index\] 'a' is not an index"):
        x["a"]
    with pytest.raises(IndexingError, match=r"\[index\] a mask of shape \(5,\) for \(4, 5, 3, 2\)"):
        x[np.ones(5, bool)]
    with pytest.raises(ShapeError, match=r"a value of shape \(2,\) does not fit the part of shape \(3,\)"):
        lp.zeros(3)[:] = np.ones(2)
    m = lp.input("m", (4,), "bool")
    with pytest.raises(SymbolicError, match=r"\[index\] the shape of x\[mask\] depends on the mask's values"):
        x[m]
    with pytest.raises(SymbolicError, match=r"how many values go where the mask is true"):
        x[m] = np.ones((2, 5, 3, 2))
    n = lp.input("n", (), "int64")
    with pytest.raises(SymbolicError, match=r"the length of this slice depends on values"):
        x[: n * n]
