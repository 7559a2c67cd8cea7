"""Contractions of every kind against NumPy: whole numbers, so that no order of summation rounds."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import limpide as lp
from codegen.programs import configured
from limpide.codegen.kernels import dot_tiles, row_sums
from limpide.dtypes import narrowed, widened
from limpide.graph import Array
from limpide.runtime.toolchain import find

pytestmark = pytest.mark.skipif(find() is None, reason="no C compiler")

SPECS = (
    "ik,kj->ij", "ik,kj->ji", "ik,jk->ij", "ki,kj->ij", "ki,jk->ji", "bik,bkj->bij", "bik,bkj->ibj",
    "bik,kj->bij", "bik,bjk->bji", "ik,k->i", "k,kj->j", "k,k->", "ick,kcj->ij", "ick,kcj->icj", "bk,bk->b",
    "bki,bkj->bij", "ikc,ckj->ij", "ibk,jbk->bij", "abik,abkj->abij", "i,ij->ij",
)  # fmt: skip
ARRAYS = {"bool": "int64", "bfloat16": "float32"}  # of what arrays operands of a dtype are made
EDGES = (0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 63, 64, 65, 70)


def size(pick: random.Random) -> int:
    return pick.choice(EDGES) if pick.random() < 0.6 else pick.randint(1, 70)


def operand(pick: random.Random, shape: list[int], dtype: str) -> tuple[Array, Any]:
    """An array, and what makes the operand of `shape` from it: as it is, or seen in some way."""
    rng = np.random.default_rng(pick.randrange(2**32))

    def numbers(*sizes: int) -> Array:
        return np.asarray(rng.integers(-3, 4, sizes)).astype(dtype)

    kind = pick.choice(
        ("plain", "plain", "transposed", "slice", "flip", "repeat", "strided", "computed", "dynamic")
    )
    if kind == "transposed":
        order = list(range(len(shape)))
        pick.shuffle(order)
        back = [order.index(i) for i in range(len(shape))]
        return numbers(*(shape[i] for i in order)), lambda t: lp.transpose(t, back)
    if kind == "slice":
        cut = tuple(slice(1, 1 + s) for s in shape)
        return numbers(*(s + 2 for s in shape)), lambda t: t[cut]
    if kind == "flip":
        axis = pick.randrange(len(shape))
        return numbers(*shape), lambda t: lp.flip(t, axis)
    if kind == "repeat":
        axis = pick.randrange(len(shape))
        small = [1 if i == axis else s for i, s in enumerate(shape)]
        return numbers(*small), lambda t: lp.broadcast_to(t, shape)
    if kind == "strided":
        step = (*[slice(None)] * (len(shape) - 1), slice(None, None, 2))
        return numbers(*shape[:-1], shape[-1] * 2), lambda t: t[step]
    if kind == "computed":
        return numbers(*shape), lambda t: t + 1
    if kind == "dynamic":
        start = lp.sum(lp.tensor(np.ones(2, np.int64)))
        return numbers(shape[0] + 3, *shape[1:]), lambda t: t[start : start + shape[0]]
    return numbers(*shape), lambda t: t


def consumers(pick: random.Random, y: Any) -> list[Any]:
    """What follows a contraction, in its epilogue or not."""
    follow = [
        y,
        y * 2 - 1,
        lp.maximum(y, 0),
        y.sum(),
        y.max(0) if y.ndim and y.shape[0] else y,
        y.T + 1,
        -y + y.sum(-1, keepdims=True) if y.ndim else y - 2,
    ]
    return pick.sample(follow, pick.choice((1, 1, 2, 3)))


def disagreement(seed: int, threads: int, count: int = 6) -> str | None:
    """Contractions of a seed on both devices."""
    pick = random.Random(seed)
    arrays: list[Array] = []
    inputs: list[Any] = []
    outputs: list[Any] = []
    names: list[str] = []
    for _ in range(count):
        spec = pick.choice(SPECS)
        left, right, _ = spec.replace("->", ",").split(",")
        letters = dict.fromkeys(left + right)
        sizes = {c: size(pick) if len(letters) < 4 or c in "ijk" else pick.randint(1, 5) for c in letters}
        dtype = pick.choice(
            (
                "float32",
                "float32",
                "float64",
                "int32",
                "int64",
                "uint8",
                "int16",
                "uint32",
                "bool",
                "bfloat16",
            )
        )
        seen = []
        for part in (left, right):
            array, see = operand(pick, [sizes[c] for c in part], ARRAYS.get(dtype, dtype))
            stored = pick.choice(("float32", dtype, dtype)) if dtype == "bfloat16" else array.dtype
            inputs.append(lp.input(f"x{len(inputs)}", array.shape, stored))
            arrays.append(array)
            seen.append(see(inputs[-1]) > 1 if dtype == "bool" else see(inputs[-1]))
        y = lp.einsum(spec, *seen)
        found = [y] if dtype == "bool" else consumers(pick, y)
        outputs += found
        names += [f"{spec} {sizes} {dtype}"] * len(found)
    with configured(1, "numpy"):
        wanted = lp.function(inputs, outputs)(*arrays)
    with configured(threads, "c"):
        got = lp.function(inputs, outputs)(*arrays)
    for name, a, b in zip(names, got, wanted, strict=True):
        if a.dtype != b.dtype or not np.array_equal(a, b):
            return f"seed {seed}: {name}"
    return None


@pytest.mark.parametrize("threads", [1, 2])
@settings(max_examples=6, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_contractions_of_every_kind(threads: int, seed: int) -> None:
    assert disagreement(seed, threads) is None


LARGE = (
    ("ik,kj->ij", (100, 130), (130, 100)),  # panels are copied
    ("ik,jk->ij", (66, 131), (67, 131)),  # and turned on the way
    ("ki,kj->ij", (130, 150), (130, 300)),  # rows are copied, too
    ("bki,bkj->bij", (2, 70, 240), (2, 70, 290)),
    ("ki,kj->ij", (9, 301), (9, 1001)),  # a large result: tiles along its rows
    ("ki,jk->ij", (40, 301), (1001, 40)),
    ("ik,jk->ij", (8, 300), (500, 300)),
    ("ikc,jkc->ij", (50, 5, 33), (40, 5, 33)),
    ("ik,jk->ij", (100, 100), (10, 100)),  # lanes along the folded axis
    ("ikc,jkc->ij", (21, 3, 37), (7, 3, 37)),
    ("ik,k->i", (37, 50), (50,)),
    ("k,jk->j", (50,), (37, 50)),
    ("k,kj->j", (203,), (203, 700)),  # rows are added up
    ("bk,bkj->bj", (2, 203), (2, 203, 700)),
    ("k,jk->j", (517,), (301, 517)),  # several running sums of few dot products
    ("ik,jk->ij", (3, 517), (301, 517)),
    ("ik,k->i", (301, 517), (517,)),
)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("spec", "left", "right"), LARGE)
def test_large_contractions(
    spec: str, left: tuple[int, ...], right: tuple[int, ...], dtype: str, threads: int
) -> None:
    """With nothing behind it, and with an epilogue that keeps NaN."""
    rng = np.random.default_rng(0)
    a, b = (rng.integers(-3, 4, s).astype(dtype) for s in (left, right))
    b.flat[0] = np.nan
    x, y = lp.input("x", left, dtype), lp.input("y", right, dtype)
    with configured(threads):
        product = lp.einsum(spec, x, y)
        plain, relu = lp.function([x, y], [product, lp.relu(lp.einsum(spec, x, y + 1))])(a, b)
    np.testing.assert_array_equal(plain, np.einsum(spec, a, b))
    expected = np.einsum(spec, a, b + 1)
    np.testing.assert_array_equal(relu, np.where(expected < 0, 0, expected))


@pytest.mark.parametrize(("dtype", "threads"), [("int32", 1), ("int32", 2), ("uint8", 1), ("int64", 2)])
@pytest.mark.parametrize(("spec", "left", "right"), LARGE)
def test_large_contractions_of_integers(
    spec: str, left: tuple[int, ...], right: tuple[int, ...], dtype: str, threads: int
) -> None:
    """Numbers of the whole range: products and sums wrap, as NumPy's do."""
    rng, limits = np.random.default_rng(0), np.iinfo(dtype)
    a, b = (rng.integers(limits.min, limits.max, s, dtype, endpoint=True) for s in (left, right))
    x, y = lp.input("x", left, dtype), lp.input("y", right, dtype)
    with configured(threads):
        plain, shifted = lp.function([x, y], [lp.einsum(spec, x, y), lp.einsum(spec, x, y + 1) - 1])(a, b)
    np.testing.assert_array_equal(plain, np.einsum(spec, a, b))
    np.testing.assert_array_equal(shifted, np.einsum(spec, a, b + b.dtype.type(1)) - b.dtype.type(1))


@pytest.mark.parametrize("threads", [1, 2])
def test_few_rows_times_a_matrix_beyond_the_caches(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows are added up, with and without stages behind them, which may be all that is stored."""
    monkeypatch.setattr(row_sums, "LARGE_FOR_MANY", 1 << 10)
    rng = np.random.default_rng(0)
    a, b, c = (rng.integers(-3, 4, s).astype(np.float32) for s in ((3, 45), (45, 203), (203,)))
    x, y, z = (lp.input(name, v.shape) for name, v in zip("xyz", (a, b, c), strict=True))
    with configured(threads):
        plain = lp.function([x, y], x @ y)
        relu = lp.function([x, y, z], lp.relu(x @ y + z))
        both = lp.function([x, y, z], [x @ y, (x @ y) * z])
        turned = lp.function([x, y], (x[:2] @ y).T + 1)
        found = [plain(a, b), relu(a, b, c), *both(a, b, c), turned(a, b)]
    assert "B_[(r0_ + 7)" in plain.explain().section("C")
    p = a @ b
    for got, expected in zip(found, (p, np.maximum(p + c, 0), p, p * c, p[:2].T + 1), strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "int32"])
def test_what_lies_beyond_the_caches_is_fetched_ahead(
    dtype: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that are added up in blocks of columns, and dot products of rows: of one row up to eight."""
    monkeypatch.setattr(row_sums, "LARGE", 1)
    monkeypatch.setattr(row_sums, "LARGE_FOR_MANY", 1)
    monkeypatch.setattr(row_sums, "BLOCK_BYTES", 1 << 11)
    monkeypatch.setattr(dot_tiles, "FAR_BYTES", 1)
    rng = np.random.default_rng(0)
    work = ARRAYS.get(dtype, dtype)
    rows = [rng.integers(-3, 4, (m, 77)).astype(work) for m in (1, 2, 4, 5, 8)]
    W = rng.integers(-3, 4, (77, 203)).astype(work)
    inputs = [lp.input(f"x{i}", a.shape, work) for i, a in enumerate(rows)]
    W_, V_ = lp.input("W", W.shape, dtype), lp.input("V", W.T.shape, dtype)
    products = [y for x in inputs for y in (x @ W_, x @ W_ * 2, x @ V_.T, V_ @ x[0])]
    with configured(threads):
        f = lp.function([*inputs, W_, V_], products)
        found = f(*rows, W, np.ascontiguousarray(W.T))
    wanted = [y for a in rows for y in (a @ W, a @ W * 2, a @ W, W.T @ a[0])]
    for got, want in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(got, want)
    text = f.explain().section("C")
    assert "LP_PREFETCH(later_" in text and ("LP_PREFETCH(b_" in text or "LP_PREFETCH(a_" in text)


@pytest.mark.parametrize("threads", [1, 2])
def test_bool_products(threads: int) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((70, 40)) < 0.1, rng.random((40, 131)) < 0.1
    x, y = lp.input("x", a.shape, "bool"), lp.input("y", b.shape, "bool")
    with configured(threads):
        both, turned = lp.function([x, y], [x @ y, y.T @ x.T])(a, b)
    np.testing.assert_array_equal(both, a @ b)
    np.testing.assert_array_equal(turned, (a @ b).T)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    "dtypes", [("bfloat16", "bfloat16"), ("float32", "bfloat16"), ("bfloat16", "float32")]
)
def test_large_contractions_of_bfloat16(dtypes: tuple[str, str], threads: int) -> None:
    """The same numbers, kept in half of the bytes; what both operands make is rounded once."""
    rng = np.random.default_rng(0)
    arrays: list[Array] = []
    inputs: list[Any] = []
    products: list[Any] = []
    wanted: list[Array] = []
    for spec, left, right in LARGE:
        pair = [rng.integers(-3, 4, s).astype(np.float32) for s in (left, right)]
        arrays += pair
        inputs += [
            lp.input(f"x{len(inputs) + i}", a.shape, d)
            for i, (a, d) in enumerate(zip(pair, dtypes, strict=True))
        ]
        products += [lp.einsum(spec, *inputs[-2:]), lp.relu(lp.einsum(spec, *inputs[-2:]) - 3)]
        exact = np.einsum(spec, *pair)
        kept = [narrowed, widened] if dtypes[0] == dtypes[1] else []
        for step in kept:
            exact = step(exact)
        less = exact - np.float32(3)
        for step in kept:
            less = step(less)
        wanted += [exact, np.maximum(less, 0)]
    with configured(threads):
        found = lp.function(inputs, products)(*arrays)
    for i, (got, want) in enumerate(zip(found, wanted, strict=True)):
        np.testing.assert_array_equal(got, want, err_msg=str(LARGE[i // 2]))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_product_over_the_state_that_what_follows_it_reads(threads: int) -> None:
    """The product may not be written over W before `product + W` has read it."""
    rng = np.random.default_rng(0)
    a, b, start = (rng.integers(-3, 4, s).astype(np.float32) for s in ((4, 3), (3, 5), (4, 5)))
    W = lp.parameter(start, name="W")
    x, y = lp.input("x", (4, 3)), lp.input("y", (3, 5))
    with configured(threads):
        total = lp.function([x, y], x @ y + W, [(W, x @ y)])(a, b)
    np.testing.assert_array_equal(total, a @ b + start)
    np.testing.assert_array_equal(W.numpy(), a @ b)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("axis", ["ki,kj->ij", "ki,jk->ij"])
def test_a_step_of_large_state(axis: str, threads: int) -> None:
    """The state is read and written in the tiles of its gradient."""
    rng = np.random.default_rng(0)
    right = (9, 1001) if axis == "ki,kj->ij" else (1001, 9)
    a, b = (rng.integers(-3, 4, s).astype(np.float32) for s in ((9, 301), right))
    start = rng.integers(-9, 9, (301, 1001)).astype(np.float32)
    W = lp.parameter(start, name="W")
    x, y = lp.input("x", (9, 301)), lp.input("y", right)
    with configured(threads):
        step = lp.function([x, y], [], [(W, W - 2 * lp.einsum(axis, x, y))])
        step(a, b)
        step(a, b)
    np.testing.assert_array_equal(W.numpy(), start - 4 * np.einsum(axis, a, b))


@pytest.mark.parametrize("threads", [1, 2])
def test_state_that_a_product_reads_and_becomes(threads: int) -> None:
    start = np.arange(9.0).reshape(3, 3)
    W = lp.parameter(start, name="W")
    with configured(threads):
        lp.function([], [], [(W, W @ W.T + W)])()
    np.testing.assert_array_equal(W.numpy(), start @ start.T + start)
