"""Formulas of arrays, worked out number by number: index letters, products of matrices, transposes."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import limpide as lp
from limpide.explain.expression import (
    Add,
    BigSum,
    Call,
    Element,
    Expr,
    MatMul,
    Mul,
    Number,
    Power,
    Symbol,
    Transpose,
)
from limpide.explain.formula import MATRIX_FORMS, matrix_form
from limpide.explain.lines import tensor_lines
from limpide.ops.block import contract
from limpide.runtime.interpret import evaluate

Values = dict[str, Any]
CALLS: dict[str, Callable[..., Any]] = {
    "tanh": np.tanh, "sin": np.sin, "max": np.maximum,
}  # fmt: skip


def work_out(e: Expr, values: Values) -> Any:
    """The value of a formula, by the plainest reading of what it says."""
    match e:
        case Number(value=number):
            return float(number)
        case Symbol(name=name):
            return values[name]
        case Add():
            return sum(float(c) * work_out(rest, values) for c, rest in e.terms)
        case Mul():
            total: Any = float(e.ratio * e.decimal)
            for base, exponent in e.factors:
                total = total * np.asarray(work_out(base, values)) ** float(exponent)
            return total
        case Power():
            return work_out(e.base, values) ** work_out(e.exponent, values)
        case Call(name="broadcast_to"):
            return np.broadcast_to(work_out(e.args[0], values), ast.literal_eval(e.keywords[0][1]))
        case Call(name="sum" | "mean"):  # reshapes are not shown: a folded axis stays as one of size 1
            fold = np.sum if e.name == "sum" else np.mean
            axes = {k: ast.literal_eval(v) for k, v in e.keywords}
            return fold(work_out(e.args[0], values), **axes, keepdims=bool(axes))
        case Call():
            return CALLS[e.name](*(work_out(a, values) for a in e.args))
        case MatMul():
            parts = [work_out(p, values) for p in e.parts]
            return np.linalg.multi_dot(parts) if len(parts) > 2 else parts[0] @ parts[1]
        case Transpose():
            return np.asarray(work_out(e.of, values)).T
        case Element():
            index = tuple(0 if c == "1" else values[c] for c in e.letters)
            return np.asarray(work_out(e.of, values))[index]
        case BigSum():
            letters = [letter for letter, _ in e.over]
            ranges = [range(int(work_out(size, values))) for _, size in e.over]
            steps = itertools.product(*ranges)
            return sum(work_out(e.body, values | dict(zip(letters, step, strict=True))) for step in steps)
    raise AssertionError(e)


def check(t: lp.Tensor, values: Values) -> None:
    known = {leaf.node: np.asarray(values[leaf.node.name or ""], leaf.dtype) for leaf in INPUTS}
    (expected,) = evaluate([t.node], known)
    names = dict(values)
    for line in tensor_lines(t):
        assert not isinstance(line.right, str)
        result = work_out(line.right, names)
        if isinstance(line.left, Symbol):
            names[line.left.name] = result
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-9)


RNG = np.random.default_rng(5)
M, N = lp.input("M", (3, 4), "float64"), lp.input("N", (4, 3), "float64")
R, C, V = lp.input("R", (1, 4), "float64"), lp.input("C", (3, 1), "float64"), lp.input("V", (4,), "float64")
INPUTS = [M, N, R, C, V]
VALUES = {t.node.name or "": RNG.uniform(0.5, 1.5, t.shape) for t in INPUTS}
OTHER = {"X": RNG.normal(size=(3, 4)), "Y": RNG.normal(size=(4, 5))}


def of_shape_3_4() -> st.SearchStrategy[lp.Tensor]:
    """Expressions of shape (3, 4): broadcasts from rows and columns, transposes, sums inside."""
    leaves = st.sampled_from(
        [
            M,
            N.T,
            M + R,
            M * C,
            M - V,
            M / (C * R),
            lp.broadcast_to(C, (3, 4)),
            M - M.mean(axis=0),
        ]
    )

    def extend(inner: st.SearchStrategy[lp.Tensor]) -> st.SearchStrategy[lp.Tensor]:
        return st.one_of(
            st.builds(lambda f, a: f(a), st.sampled_from([lp.tanh, lp.sin, lp.square, lp.negative]), inner),
            st.builds(
                lambda f, a, b: f(a, b),
                st.sampled_from([lp.add, lp.subtract, lp.multiply, lp.maximum]),
                inner,
                inner,
            ),
            st.builds(lambda a: a - a.sum(axis=1, keepdims=True), inner),
            st.builds(lambda a: (a @ N) @ M, inner),
        )

    return st.recursive(leaves, extend, max_leaves=4)


@given(of_shape_3_4(), st.sampled_from(["sum", "mean", "rows"]))
def test_sums_with_letters(t: lp.Tensor, how: str) -> None:
    whole = {"sum": t.sum(), "mean": t.mean(), "rows": (t.sum(axis=1) ** 2).mean()}[how]
    check(whole, VALUES)


@pytest.mark.parametrize("rest", [R, V, M.mean(axis=0)], ids=["row", "vector", "mean"])
def test_what_cancels_leaves_its_shape(rest: lp.Tensor) -> None:
    check((((M - (M + rest)) @ N) @ M).sum(), VALUES)


SPECS = sorted(MATRIX_FORMS)


@pytest.mark.parametrize("spec", SPECS)
def test_products_of_matrices(spec: tuple[str, str, str]) -> None:
    sizes = {"a": 2, "b": 3, "c": 4}
    left, right = (RNG.normal(size=[sizes[c] for c in part]) for part in spec[:2])
    x, y = lp.input("x", left.shape, "float64"), lp.input("y", right.shape, "float64")
    node = contract(x.node, y.node, spec)
    (line,) = tensor_lines(node)
    assert isinstance(line.right, Expr)
    a, b = (as_matrix(v, side) for v, side in zip((left, right), spec, strict=False))
    result = work_out(line.right, {"x": a, "y": b})
    np.testing.assert_allclose(
        np.reshape(result, node.shape), np.einsum(f"{spec[0]},{spec[1]}->{spec[2]}", left, right)
    )


def as_matrix(value: Any, letters: str) -> Any:
    """A vector is a column: x^T y is a number, x y^T a matrix."""
    return value[:, None] if len(letters) == 1 else value


@pytest.mark.parametrize(
    ("spec", "form"),
    [
        (("abc", "acd", "abd"), (False, False, False)),
        (("abc", "cd", "abd"), (False, False, False)),
        (("abc", "abd", "cd"), None),
        (("abc", "bd", "acd"), (True, False, False)),
    ],
)
def test_leading_axes(spec: tuple[str, str, str], form: Any) -> None:
    assert matrix_form(*spec) == form
