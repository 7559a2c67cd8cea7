"""Composed functions: each written once, for NumPy on arrays, for limpide, and for NumPy on tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import nest
from limpide.errors import ArgumentError, IndexingError, ShapeError, SymbolicError
from limpide.graph import Array
from ops.check import check_gradient, configured, differs, run_everywhere

Case = Callable[..., Any]

rng = np.random.default_rng(0)
ARRAYS = {
    "A": rng.normal(size=(3, 4)),
    "B": rng.normal(size=(3, 4)),
    "S": rng.normal(size=(4, 4)),
    "T": rng.normal(size=(2, 3, 4)),
    "V": rng.normal(size=5),
    "U": rng.normal(size=(2, 4, 2)),
    "C": rng.normal(size=(3, 3, 3)),
    "N": rng.integers(-3, 9, size=(3, 4)),
}

# Differentiable ones: everything by m (a module), and arrays by name.
SMOOTH: dict[str, Case] = {
    "stack": lambda m, A, B: m.stack([A, B], axis=1),
    "hstack": lambda m, A, B: m.hstack([A, B]),
    "vstack": lambda m, A, B: m.vstack([A, B]),
    "column_stack": lambda m, V: m.column_stack([V, V * 2]),
    "concatenate": lambda m, A, B: m.concatenate([A, B], axis=-1),
    "append": lambda m, A, V: m.append(A, V),
    "split": lambda m, A: m.split(A, 2, axis=1),
    "array_split": lambda m, V: m.array_split(V, 3),
    "split at": lambda m, V: m.split(V, [1, 3]),
    "hsplit": lambda m, A: m.hsplit(A, 2),
    "vsplit": lambda m, A: m.vsplit(A, 3),
    "pad": lambda m, A: m.pad(A, 1),
    "pad sides": lambda m, A: m.pad(A, ((1, 2), (0, 3)), constant_values=2.0),
    "pad values": lambda m, A: m.pad(A, ((1, 2), (1, 3)), constant_values=((1, 2), (3, 4))),
    "pad edge": lambda m, A: m.pad(A, 2, mode="edge"),
    "pad reflect": lambda m, A: m.pad(A, 2, mode="reflect"),
    "pad symmetric": lambda m, A: m.pad(A, 3, mode="symmetric"),
    "pad wrap": lambda m, A: m.pad(A, 2, mode="wrap"),
    "roll": lambda m, A: m.roll(A, 1, axis=1),
    "roll flat": lambda m, A: m.roll(A, -5),
    "roll axes": lambda m, A: m.roll(A, (1, 2), (0, 1)),
    "rot90": lambda m, A: [m.rot90(A, k) for k in range(4)],
    "fliplr": lambda m, A: m.fliplr(A),
    "flipud": lambda m, A: m.flipud(A),
    "tile": lambda m, A: m.tile(A, (2, 1, 3)),
    "tile last": lambda m, T: m.tile(T, 2),
    "repeat": lambda m, A: m.repeat(A, 2),
    "repeat counts": lambda m, A: m.repeat(A, [1, 0, 2], axis=0),
    "repeat axis": lambda m, A: m.repeat(A, 3, axis=1),
    "take": lambda m, A: m.take(A, [[0, -1], [2, 2]], axis=1),
    "take_along_axis": lambda m, A: m.take_along_axis(A, np.array([[0, -1, 2, 1]]), axis=0),
    "take_along_axis 3": lambda m, T: m.take_along_axis(T, np.array([[[0, -1]]]), axis=2),
    "diag": lambda m, V: [m.diag(V), m.diag(V, 2), m.diag(V, -1)],
    "diag of": lambda m, A: [m.diag(A, 1), m.diag(A, -2), m.diagonal(A, 7)],
    "diagonal": lambda m, T: [m.diagonal(T, -1, 1, 2), m.diagonal(T, 1, 2, 0)],
    "diagflat": lambda m, A: m.diagflat(A, -1),
    "trace": lambda m, A, T: [m.trace(A), m.trace(T, axis1=1, axis2=2)],
    "tril": lambda m, T, V: [m.tril(T, 1), m.tril(V)],
    "triu": lambda m, A: m.triu(A, -1),
    "meshgrid": lambda m, V, A: [*m.meshgrid(V, A[0]), *m.meshgrid(V, A[0], V[:2], indexing="ij")],
    "sort": lambda m, T: [m.sort(T, axis=1), m.sort(T, axis=None)],
    "median": lambda m, A, T: [m.median(A), m.median(T, axis=(0, 2)), m.median(T, axis=1, keepdims=True)],
    "cumsum": lambda m, T: [m.cumsum(T, axis=1), m.cumsum(T)],
    "cumprod": lambda m, T: [m.cumprod(T, axis=1), m.cumprod(T)],
    "diff": lambda m, A: [m.diff(A, 2), m.diff(A, axis=0)],
    "mean": lambda m, T: [m.mean(T), m.mean(T, axis=(0, 2), keepdims=True)],
    "var": lambda m, T: [m.var(T, axis=0), m.var(T, axis=1, ddof=1, keepdims=True)],
    "std": lambda m, T: [m.std(T), m.std(T, axis=-1, ddof=1)],
    "average": lambda m, A, B: [m.average(A, axis=1, weights=np.arange(1.0, 5)), m.average(A, weights=B * B)],
    "ptp": lambda m, A: m.ptp(A, axis=0),
    "norm": lambda m, A: [linalg(m).norm(A, o, axis=1) for o in (None, 1, 2, 3, np.inf, -np.inf, 0.5)],
    "norm of matrices": lambda m, T: [
        linalg(m).norm(T, o, axis=(2, 0)) for o in (None, "fro", 1, -1, np.inf)
    ],
    "norm of all": lambda m, T: linalg(m).norm(T),
    "kron": lambda m, A, S, V: [m.kron(A, S), m.kron(V, S)],
    "inner": lambda m, A, B, T: [m.inner(A, B), m.inner(T, A)],
    "vdot": lambda m, A, B: m.vdot(A, B),
    "outer": lambda m, A, V: m.outer(A, V),
    "dot": lambda m, A, S, T: [m.dot(A, S), m.dot(T, S), m.dot(A, 2.0)],
    "tensordot": lambda m, A, T: [m.tensordot(T, A, 2), m.tensordot(T, A, ([1, 2], [0, 1]))],
    "matmul": lambda m, A, S, T, U: [m.matmul(A, S), m.matmul(T, U), m.matmul(S[0], U), m.matmul(A, S[0])],
    "cross": lambda m, A, B: m.cross(A[:, :3], B[:, :3]),
    "matrix_power": lambda m, S: [linalg(m).matrix_power(S, n) for n in (0, 1, 2, 5)],
    "round": lambda m, A: m.round(A, 2) * 0 + A,
    "sinc": lambda m, A: m.sinc(A),
    "deg2rad": lambda m, A: [m.deg2rad(A), m.rad2deg(A)],
    "clip": lambda m, A: [m.clip(A, -0.5, 0.5), m.clip(A, None, 0.1)],
    "where": lambda m, A, B: m.where(A > 0, A, B),
    "nansum": lambda m, A: [m.nansum(A, axis=0), m.nanmean(A), m.nanmax(A, axis=1), m.nanmin(A)],
    "nan_to_num": lambda m, A: m.nan_to_num(A),
    "fmax": lambda m, A, B: [m.fmax(A, B), m.fmin(A, B)],
    "moveaxis": lambda m, T: [m.moveaxis(T, 0, -1), m.moveaxis(T, (0, 2), (1, 0)), m.swapaxes(T, 0, 2)],
    "expand_dims": lambda m, A: [m.expand_dims(A, (0, -1)), m.squeeze(m.expand_dims(A, 1)), m.ravel(A)],
    "broadcast_to": lambda m, A: m.broadcast_to(A, (2, 3, 4)),
    "atleast": lambda m, V: [m.atleast_1d(V[0]), m.atleast_2d(V)],
    "linspace": lambda m, V: m.linspace(V[0], V[1], 7),
    "multiply by one": lambda m, A: m.positive(A) * m.ones_like(A) + m.zeros_like(A) + m.full_like(A, 2),
}
EINSUMS = {
    "ij,jk->ik": "AS", "ij,jk": "AS", "ii": "S", "ii->i": "S", "ij->": "A", "ij->ji": "A", "ij": "A",
    "ji": "A", "...j,j->...": "TV4", "...ij,...jk->...ik": "TU", "...ij,...jk": "TS", "ij,jk,kl->il": "ASS",
    "i,j,k->ijk": "VVV", "ij,ij->i": "AB", "ij,ij,ij->": "AAB", "ijk->k": "T", "ij,kl->": "AS",
    "iij->j": "C", "iii->i": "C", "i...->...": "T", "bij,bjk,bkl->bl": "TUU2", "ij,jk->ik ": "1A",
}  # fmt: skip

# Not differentiable, or with results that are no floats.
ROUGH: dict[str, Case] = {
    "argsort": lambda m, A: [m.argsort(A), m.argsort(A, axis=0), m.argsort(A, axis=None)],
    "searchsorted": lambda m, A, V: [
        m.searchsorted(m.sort(V), A),
        m.searchsorted(m.sort(V), V, side="right"),
    ],
    "isclose": lambda m, A: [m.isclose(A, A + 1e-9), m.allclose(A, A * 1.1), m.array_equal(A, A)],
    "heaviside": lambda m, A: [m.heaviside(A, 0.5), m.heaviside(A * 0, 0.5)],
    "fmod": lambda m, A, B: [m.fmod(A * 5, B), m.fmod(np.array([7, -7]), np.array([3, 3]))],
    "round": lambda m, A, N: [m.round(A), m.round(A, 1), m.round(N)],
    "divmod": lambda m, N: list(m.divmod(N, 3)),
    "eye": lambda m: [m.eye(3, 4, 1, dtype="float32"), m.identity(3, dtype="int32")],
    "tri": lambda m: m.tri(3, 4, 1, dtype="float64"),
    "arange": lambda m: [
        m.arange(5),
        m.arange(3, -7, -2),
        m.arange(1, 2, 0.1, dtype="float64"),
        m.arange(4, 1),
    ],
    "linspace": lambda m: (
        [m.linspace(0, 1, 7, dtype="float64"), m.linspace(0, 1, 4, False, dtype="float32")]
        if m is not np
        else [m.linspace(0, 1, 7), m.linspace(0, 1, 4, False).astype("float32")]
    ),
    "logspace": lambda m: m.logspace(0, 3, 4).astype("float32"),
    "zeros": lambda m: [m.zeros((2, 3), "float32"), m.ones(2, "int8"), m.full((2,), 7)],
    "count_nonzero": lambda m, N: [m.count_nonzero(N), m.count_nonzero(N, axis=1, keepdims=True)],
    "isneginf": lambda m: [m.isneginf(np.array([-np.inf, 1])), m.isposinf(np.array([np.inf, 1]))],
    "sort integers": lambda m, N: [
        m.sort(N),
        m.diff(N),
        m.cumsum(N),
        m.cumprod(N),
        m.trace(N),
        m.diff(N > 2),
    ],
}


def linalg(m: Any) -> Any:
    return np.linalg if m is np else m


def operands(case: Case) -> list[Array]:
    names = case.__code__.co_varnames[1 : case.__code__.co_argcount]
    return [ARRAYS[n] for n in names]


def flat(result: Any) -> list[Array]:
    leaves = nest.flatten(result)[0]
    return [x.numpy() if isinstance(x, lp.Tensor) else np.asarray(x) for x in leaves]


def check_same(got: list[Array], want: list[Array], name: str) -> None:
    assert len(got) == len(want)
    for g, w in zip(got, want, strict=True):
        assert differs(g, w, ulps=16, scaled=8) is None, f"{name}: {differs(g, w, ulps=16, scaled=8)}"


@pytest.mark.parametrize("cases", [SMOOTH, ROUGH], ids=["smooth", "rough"])
def test_values_are_those_of_numpy_on_every_device(cases: dict[str, Case]) -> None:
    arrays = [a for case in cases.values() for a in operands(case)]

    def everything(*inputs: Any) -> dict[str, Any]:
        remaining = iter(inputs)
        return {name: case(lp, *(next(remaining) for _ in operands(case))) for name, case in cases.items()}

    with configured(floatx="float64"):
        got = run_everywhere(everything, *arrays, ulps=16, scaled=8)
        for name, case in cases.items():
            want = flat(case(np, *operands(case)))
            check_same(got[: len(want)], want, name)
            got = got[len(want) :]
    assert not got


@pytest.mark.parametrize("name", SMOOTH)
def test_numpys_functions_take_tensors(name: str) -> None:
    case = SMOOTH[name]
    arrays = operands(case)
    with configured(floatx="float64"):
        result = case(np, *(lp.tensor(a) for a in arrays))
    assert all(isinstance(x, lp.Tensor) for x in nest.flatten(result)[0])
    check_same(flat(result), flat(case(np, *arrays)), name)


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_against_finite_differences(name: str) -> None:
    case = SMOOTH[name]

    def joined(*xs: Any) -> Any:
        leaves = nest.flatten(case(lp, *xs))[0]
        return lp.concatenate([(x * x).ravel() for x in leaves])

    with configured(floatx="float64"):
        check_gradient(joined, *operands(case), order=1)


# -------------------------------------------------------------------------------------------------- einsum
def einsum_operands(letters: str) -> list[Array]:
    special = {"V4": ARRAYS["S"][0], "U2": rng.normal(size=(2, 2, 3)), "1": np.ones((2, 1))}
    found = []
    while letters:
        size = 2 if letters[:2] in special else 1
        found.append(special.get(letters[:size], ARRAYS.get(letters[:size])))
        letters = letters[size:]
    return [np.asarray(a) for a in found]


def test_einsum_on_every_device() -> None:
    cases = {spec: einsum_operands(letters) for spec, letters in EINSUMS.items()}

    def everything(*inputs: Any) -> dict[str, Any]:
        remaining = iter(inputs)
        return {spec: lp.einsum(spec, *(next(remaining) for _ in given)) for spec, given in cases.items()}

    got = run_everywhere(everything, *(a for given in cases.values() for a in given), ulps=16, scaled=16)
    for (spec, given), result in zip(cases.items(), got, strict=True):
        want = np.asarray(np.einsum(spec, *given))
        assert differs(result, want, ulps=16, scaled=16) is None, spec
        assert np.asarray(np.einsum(spec, *map(lp.tensor, given))).shape == want.shape


@pytest.mark.parametrize("spec", EINSUMS)
def test_gradients_of_einsum(spec: str) -> None:
    arrays = einsum_operands(EINSUMS[spec])
    check_gradient(lambda *xs: lp.einsum(spec, *xs), *arrays, order=2 if len(arrays) == 2 else 1)


def test_einsum_keeps_integers_and_says_what_is_wrong() -> None:
    assert lp.einsum("ij->j", np.ones((2, 3), np.int8)).dtype == np.int8
    with pytest.raises(ShapeError, match=r"\[einsum\] in 'ij,jk->ik' the letter j has sizes 2 and 3"):
        lp.einsum("ij,jk->ik", np.ones((2, 2)), np.ones((3, 2)))
    with pytest.raises(ShapeError, match="describes 2 operands, but 1 are given"):
        lp.einsum("ij,jk", np.ones((2, 2)))
    with pytest.raises(ShapeError, match="'k' of the result is in no operand"):
        lp.einsum("ij->k", np.ones((2, 2)))
    with pytest.raises(ShapeError, match="'ijk' of 'ijk' does not describe an operand of shape"):
        lp.einsum("ijk", np.ones((2, 2)))


# ------------------------------------------------------------------------------------------ by themselves
def test_top_k() -> None:
    x = np.float64([[1, 5, 3, 5], [2, 2, 9, 0]])
    values, positions = run_everywhere(lambda x: lp.top_k(x, 2), x)
    assert values.tolist() == [[5, 5], [9, 2]] and positions.tolist() == [[1, 3], [2, 0]]
    check_gradient(lambda x: lp.top_k(x, 3, axis=0)[0] ** 2, ARRAYS["C"][0])
    with pytest.raises(ShapeError, match=r"\[top_k\] 5 elements of axis 1"):
        lp.top_k(x, 5)


def test_sorting_is_stable_in_both_directions() -> None:
    x = np.array([3, 1, 3, 2, 1])
    assert lp.argsort(x).tolist() == [1, 4, 3, 0, 2]
    assert lp.argsort(x, descending=True).tolist() == [0, 2, 3, 1, 4]
    assert lp.sort(np.float64([2, np.nan, 1])).tolist()[:2] == [1, 2]
    assert lp.sort(x, descending=True).tolist() == [3, 3, 2, 1, 1]


def test_softmax_family() -> None:
    x = np.float64([[1e3, 0, -1e3], [0.1, 0.2, 0.3]])

    def family(x: Any) -> list[Any]:
        return [lp.softmax(x), lp.log_softmax(x), lp.softmin(x), lp.logsumexp(x, axis=1), lp.logsumexp(x)]

    soft, log_soft, least, total, whole = run_everywhere(family, x, ulps=16, scaled=4)
    np.testing.assert_allclose(soft[1], np.exp(x[1]) / np.exp(x[1]).sum())
    np.testing.assert_allclose(log_soft[1], np.log(soft[1]))
    assert log_soft[0].tolist() == [0, -1000, -2000] and soft[0].tolist() == [1, 0, 0]
    np.testing.assert_allclose(least[1][::-1], soft[1])
    assert total[0] == 1000 and whole == 1000
    for f in (lp.softmax, lp.log_softmax, lambda x: lp.logsumexp(x, axis=0)):
        check_gradient(f, ARRAYS["A"])
    assert lp.logsumexp(np.float64([-np.inf, -np.inf])).numpy() == -np.inf


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "celu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1)),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "relu6": lambda x: np.minimum(np.maximum(x, 0), 6),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_swish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "softsign": lambda x: x / (1 + abs(x)),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "glu": lambda x: x[..., :6] / (1 + np.exp(-x[..., 6:])),
    "gelu": lambda x: x / 2 * (1 + lp.erf(x / np.sqrt(2)).numpy()),
}


def test_activations() -> None:
    x = np.linspace(-8, 8, 12)
    got = run_everywhere(lambda x: [lp.functions[n](x) for n in ACTIVATIONS], x, ulps=32, scaled=4)
    for (name, formula), y in zip(ACTIVATIONS.items(), got, strict=True):
        np.testing.assert_allclose(y, formula(x), rtol=1e-12, atol=1e-15, err_msg=name)
        check_gradient(lp.functions[name], x, order=2)
    approximate = lp.gelu(x, approximate=True).numpy()
    np.testing.assert_allclose(approximate, got[-1], atol=1e-3)


def test_derivatives_at_zero_of_norms_and_deviations_are_zero() -> None:
    assert lp.grad(lp.norm)(np.zeros(3)).tolist() == [0, 0, 0]
    assert lp.grad(lp.std)(np.ones(3)).tolist() == [0, 0, 0]
    assert lp.hessian(lp.norm, np.zeros(2)).tolist() == [[0, 0], [0, 0]]
    assert abs(float(lp.grad(lp.grad(lp.sinc))(0.0)) + np.pi**2 / 3) < 1e-5


def test_nan_functions() -> None:
    x = np.float64([[1, np.nan, 3], [np.nan, np.nan, np.nan]])
    assert lp.nansum(x, axis=1).tolist() == [4, 0] and lp.nanmax(x).tolist() == 3
    assert np.isnan(lp.nanmin(x, axis=1).numpy()).tolist() == [False, True]
    assert lp.nan_to_num(np.float32([np.nan, np.inf, -np.inf])).tolist() == [
        0,
        float(np.finfo(np.float32).max),
        float(np.finfo(np.float32).min),
    ]
    assert np.isnan(lp.median(x).numpy()) and lp.fmax(x[0], 2.0).tolist() == [2, 2, 3]


def test_unknown_sizes() -> None:
    x = lp.input("x", (None, 3), "float64")
    n = x.shape[0]
    outputs = [
        x.mean(axis=0), lp.arange(n), lp.eye(n), lp.tril(x @ x.T), lp.cumprod(x, axis=0),
        lp.roll(x, 1, axis=0),
        lp.tile(x, (2, 1)), lp.sort(x, axis=0), lp.zeros((n, 2)), lp.diff(x, axis=0), lp.prod(x, axis=0),
        lp.grad(lp.prod(x), x), x[::-1], x[1:], x.ravel(), lp.stack([x, x]), lp.one_hot(lp.arange(n), 3),
        lp.median(x),
    ]  # fmt: skip
    f = lp.function([x], outputs)
    for rows in (2, 5):
        a = rng.normal(size=(rows, 3))
        wanted = [
            a.mean(0), np.arange(rows), np.eye(rows), np.tril(a @ a.T), np.cumprod(a, 0), np.roll(a, 1, 0),
            np.tile(a, (2, 1)), np.sort(a, 0), np.zeros((rows, 2)), np.diff(a, axis=0), a.prod(0),
            a.prod() / a, a[::-1], a[1:], a.ravel(), np.stack([a, a]), np.eye(rows, 3), np.median(a),
        ]  # fmt: skip
        for got, want in zip(f(a), wanted, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-6)


def test_a_computed_shift_of_roll() -> None:
    (got,) = run_everywhere(lambda x, s: lp.roll(x, s, axis=0), np.arange(5.0), np.array(-7))
    assert got.tolist() == np.roll(np.arange(5.0), -7).tolist()


def test_creation_in_traced_code_is_no_table() -> None:
    assert lp.zeros((1000, 1000)).node.op.name == "broadcast_to"
    assert lp.eye(3).tolist() == np.eye(3).tolist() and lp.empty(2).tolist() == [0, 0]
    assert lp.one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert lp.linspace(0, 1, 3).dtype == np.float32 and lp.arange(3.0).dtype == np.float32


# ------------------------------------------------------------------------------------------------- errors
def test_what_is_wrong_is_said() -> None:
    x = np.ones((2, 3))
    with pytest.raises(ShapeError, match=r"\[split\] axis 1 of \(2, 3\) has size 3, which 2 does not divide"):
        lp.split(x, 2, axis=1)
    with pytest.raises(ArgumentError, match=r"\[pad\] the mode 'mean' is not one of"):
        lp.pad(x, 1, mode="mean")
    with pytest.raises(ShapeError, match=r"\[pad\] the widths \[1, 2, 3\] do not fit the 2 axes"):
        lp.pad(x, [1, 2, 3])
    with pytest.raises(ShapeError, match=r"\[stack\] shapes \(2, 3\) and \(3, 2\) differ"):
        lp.stack([x, x.T])
    with pytest.raises(ShapeError, match=r"\[diagonal\] a shape with two axes"):
        lp.diagonal(np.ones(3))
    with pytest.raises(IndexingError, match=r"\[take_along_axis\] shapes"):
        lp.take_along_axis(x, np.array([0]), 0)
    with pytest.raises(ArgumentError, match=r"\[norm\] ord='nuc' is not one of"):
        lp.norm(x, "nuc")
    with pytest.raises(SymbolicError, match=r"\[where\] the shape of where\(condition\)"):
        np.where(lp.tensor(x) > 0)
    with pytest.raises(SymbolicError, match=r"\[arange\] the length of the result"):
        lp.arange(lp.input("n", (), "int64"))
    with pytest.raises(ShapeError, match=r"\[tensordot\] axis 1 of \(2, 3\) has size 3, axis 0"):
        lp.tensordot(x, x, 1)
