from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.grad import grad_nodes
from limpide.graph import Array, Node, walk
from limpide.ops.block import take_along
from limpide.ops.define import constant, ops
from limpide.ops.map import exp, expm1, log, log1p, log_sigmoid, reciprocal, sigmoid, softplus, tanh
from limpide.ops.products import matmul
from limpide.ops.reduce import sum
from limpide.ops.statistics import logsumexp
from limpide.ops.view import expand_dims, reshape, transpose
from limpide.rules.algebra import algebra
from limpide.rules.fold import fold
from limpide.rules.match import number
from limpide.rules.reductions import reductions
from limpide.rules.stable import stable
from limpide.rules.views import views
from limpide.runtime.interpret import evaluate
from rules.agree import Case, check, compiled, inputs, optimised, rows

ALL = (fold, views, algebra, reductions, stable)
X = rows(5, 3)
Y = rows(5, 3, seed=1)
LABELS = np.array([2, 0, 1, 1, 2])


def naive(x: Node) -> Node:
    """The softmax of a textbook's first page, over rows."""
    e = exp(x)
    return e / expand_dims(sum(e, 1), 1)


def at_labels(p: Node) -> Node:
    return take_along(reshape(p, (15,)), constant(np.arange(5) * 3 + LABELS), 0)


CASES = {
    "unit_axes_aside": Case(lambda x, y: y * exp(expand_dims(sum(x, 1), 1)), [X, rows(5, 1)], 1e-14),
    "cancel": Case(lambda x, y: y / exp(x) * exp(x), [X, Y], 1e-14),
    "softmax_in_product": Case(lambda x, y: y / expand_dims(sum(exp(x), 1), 1) * exp(x), [X, Y], 1e-14),
    "softmax_of_repeated_divisor": Case(lambda x: exp(x) * expand_dims(2.5 / sum(exp(x), 1), 1), [X], 1e-14),
    "sigmoid_in_product": Case(lambda x, y: y / (1 + exp(x)) * exp(x), [X, Y], 1e-14),
    "sigmoid_times_exp": Case(lambda x, y: y * sigmoid(x) * exp(-x), [X, Y], 1e-14),
    "distribute": Case(lambda x, y: (y / exp(x) - y) * exp(x), [X, Y], 1e-13),
    "shifted_softmax": Case(naive, [X], 1e-14),
    "log_of_softmax": Case(lambda x: log(naive(x)), [X], 1e-14),
    "log_of_part": Case(lambda x: log(at_labels(naive(x))), [X], 1e-14),
    "scatter_of_quotient": Case(
        lambda x, y: grad_nodes(sum(log(at_labels(exp(x)))), [x])[0] * y, [X, Y], 1e-14
    ),
    "log_of_sum_of_exp": Case(lambda x: log(sum(exp(x), 1)), [X], 1e-14),
    "log_of_scaled_sum_of_exp": Case(lambda x: log(sum(exp(x), 1) / 3.0), [X], 1e-13),
    "sum_over_sum_of_exp": Case(lambda x, y: sum(y / expand_dims(sum(exp(x), 1), 1), 1), [X, Y], 1e-13),
    "common_sum_of_exp": Case(
        lambda x, y: y / expand_dims(sum(exp(x), 1), 1) - x / expand_dims(sum(exp(x), 1), 1), [X, Y], 1e-13
    ),
    "reciprocal_of_one_plus_exp": Case(lambda x: 1 / (1 + exp(-x)), [X], 1e-14),
    "product_with_complement": Case(lambda x, y: y - y * sigmoid(x), [X, Y], 1e-13),
    "log_of_sigmoid": Case(lambda x: log(1 - sigmoid(x)), [X], 1e-14),
    "log_of_one_plus_exp": Case(lambda x: log(1 + exp(x)), [X], 1e-14),
    "log1p_of_exp": Case(lambda x: log1p(exp(x)), [X], 1e-14),
    "log_of_exp": Case(lambda x: log(exp(x)), [X], 1e-14),
    "log_of_one_plus": Case(lambda x: log(1 + x), [X * X], 1e-12),
    "log_of_one_minus": Case(lambda x: log(1 - x), [-X * X], 1e-12),
    "exp_minus_one": Case(lambda x: exp(x) - 1, [X], 1e-13),
    "tanh_of_exponentials": Case(lambda x: (exp(x) - exp(-x)) / (exp(x) + exp(-x)), [X], 1e-13),
}


@pytest.mark.parametrize("rule", CASES)
def test_fires_and_agrees_where_nothing_overflows(rule: str) -> None:
    check(rule, CASES[rule], *ALL)


def test_every_rule_has_a_case() -> None:
    assert {r.name for rules in stable.rules.values() for r in rules} == set(CASES)


# Where the formula as it is written gives NaN or Inf or 0: what mathematics gives.
EXTREME = np.array(
    [[1000.0, -1000.0, 0.0], [-800.0, 0.0, 800.0], [3.0, 2.0, 1.0], [0.0, 0.0, 0.0], [1e4, 1e4, -1e4]]
)
SHIFTED = EXTREME - EXTREME.max(1, keepdims=True)
LOG_SOFTMAX = SHIFTED - np.log(np.exp(SHIFTED).sum(1, keepdims=True))
EXPECTED: dict[str, tuple[Callable[[Node], Any], Array]] = {
    "softmax": (naive, np.exp(LOG_SOFTMAX)),
    "log of softmax": (lambda x: log(naive(x)), LOG_SOFTMAX),
    "softmax by columns and back": (lambda x: transpose(log(naive_columns(transpose(x)))), LOG_SOFTMAX),
    "softmax with a reciprocal": (
        lambda x: log(exp(x) * expand_dims(reciprocal(sum(exp(x), 1)), 1)),
        LOG_SOFTMAX,
    ),
    "part of a softmax": (lambda x: log(at_labels(naive(x))), LOG_SOFTMAX[np.arange(5), LABELS]),
    "log of a sum": (lambda x: log(sum(exp(x), 1)), np.logaddexp.reduce(EXTREME, 1)),
    "log of a mean": (lambda x: log(sum(exp(x), 1) / 3.0), np.logaddexp.reduce(EXTREME, 1) - np.log(3)),
    "sigmoid": (lambda x: 1 / (1 + exp(-x)), 1 / (1 + np.exp(-np.clip(EXTREME, -700, None)))),
    "log of a sigmoid": (lambda x: log(1 / (1 + exp(-x))), -np.logaddexp(0, -EXTREME)),
    "log of its complement": (lambda x: log(1 - 1 / (1 + exp(-x))), -np.logaddexp(0, EXTREME)),
    "softplus": (lambda x: log(1 + exp(x)), np.logaddexp(0, EXTREME)),
    "tanh": (lambda x: (exp(x) - exp(-x)) / (exp(x) + exp(-x)), np.tanh(EXTREME)),
    "log of exp": (lambda x: log(exp(x)), EXTREME),
}


def naive_columns(x: Node) -> Node:
    e = exp(x)
    return e / expand_dims(sum(e, 0), 0)


@pytest.mark.parametrize("name", EXPECTED)
def test_extreme_values(name: str) -> None:
    build, expected = EXPECTED[name]
    (x,) = inputs([EXTREME])
    np.testing.assert_allclose(compiled([build(x)], {x: EXTREME})[0], expected, rtol=1e-13, atol=3e-16)


# ------------------------------------------------------------------------------------------ gradients
ONE_HOT = np.eye(3)[LABELS]
P = np.exp(LOG_SOFTMAX)
SIGMOID = np.exp(-np.logaddexp(0, -EXTREME))

# name -> (loss of logits and targets, its gradient)
LOSSES: dict[str, tuple[Callable[[Node, Node], Any], Array]] = {
    "textbook softmax": (lambda x, y: -sum(y * log(naive(x))) / 5.0, (P - ONE_HOT) / 5),
    "softmax with transposes": (
        lambda x, y: -sum(y * log(transpose(transpose(exp(x)) / sum(exp(x), 1)))) / 5.0,
        (P - ONE_HOT) / 5,
    ),
    "softmax at labels": (lambda x, y: -sum(log(at_labels(naive(x)))) / 5.0, (P - ONE_HOT) / 5),
    "log of a sum": (lambda x, y: sum(log(sum(exp(x), 1))) - sum(x * y), P - ONE_HOT),
    "softmax itself": (lambda x, y: sum(naive(x) * y), P * (ONE_HOT - np.sum(P * ONE_HOT, 1, keepdims=True))),
    "binary": (
        lambda x, y: -sum(y * log(sigmoid(x)) + (1 - y) * log(1 - sigmoid(x))) / 5.0,
        (SIGMOID - ONE_HOT) / 5,
    ),
    "binary by hand": (
        lambda x, y: -sum(y * log(1 / (1 + exp(-x))) + (1 - y) * log(1 - 1 / (1 + exp(-x)))) / 5.0,
        (SIGMOID - ONE_HOT) / 5,
    ),
    "binary with a quotient": (
        lambda x, y: -sum(y * log(exp(x) / (1 + exp(x))) + (1 - y) * log(1 - exp(x) / (1 + exp(x)))) / 5.0,
        (SIGMOID - ONE_HOT) / 5,
    ),
    "softplus": (lambda x, y: sum(log(1 + exp(x)) * y), SIGMOID * ONE_HOT),
    "sigmoid by hand": (
        lambda x, y: sum(y / (1 + exp(-x))),
        SIGMOID * np.exp(-np.logaddexp(0, EXTREME)) * ONE_HOT,
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_at_extreme_logits(name: str) -> None:
    build, expected = LOSSES[name]
    x, y = inputs([EXTREME, ONE_HOT])
    (g,) = compiled(grad_nodes(build(x, y), [x]), {x: EXTREME, y: ONE_HOT})
    np.testing.assert_allclose(g, expected, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_at_plain_logits_are_those_of_the_graph_as_written(name: str) -> None:
    build, _ = LOSSES[name]
    x, y = inputs([X, ONE_HOT])
    root = grad_nodes(build(x, y), [x])[0]
    known = {x: X, y: ONE_HOT}
    np.testing.assert_allclose(
        compiled([root], known)[0], evaluate([root], dict(known))[0], rtol=1e-11, atol=1e-15
    )


@pytest.mark.parametrize("name", LOSSES)
def test_second_derivatives_stay_finite_and_agree(name: str) -> None:
    build, _ = LOSSES[name]
    x, y = inputs([X, ONE_HOT])
    first = grad_nodes(build(x, y), [x])[0]
    root = grad_nodes(sum(first * first), [x])[0]
    known = {x: X, y: ONE_HOT}
    np.testing.assert_allclose(
        compiled([root], known)[0], evaluate([root], dict(known))[0], rtol=1e-9, atol=1e-14
    )


def test_shifted_formulas_are_left_alone() -> None:
    """The library's own softmax, logsumexp and log_sigmoid need no help."""
    (x,) = inputs([X])
    for root in (logsumexp(x, 1), log_sigmoid(x), softplus(x), expm1(x), tanh(x)):
        assert not optimised([root])[1]["stable"]


def test_one_neuron_with_a_column_of_targets() -> None:
    """Targets of shape (n, 1) meet a product of a matrix and a column, which is taken as a vector."""
    values, targets = rows(6, 4) * 500, (rows(6, 1) > 0) * 1.0
    weights = rows(4, 1, seed=3) * 100
    x, y, w = inputs([values, targets, weights])
    p = 1 / (1 + exp(-matmul(x, w)))
    loss = -sum(y * log(p) + (1 - y) * log(1 - p)) / 6.0
    g, value = compiled([*grad_nodes(loss, [w]), loss], {x: values, y: targets, w: weights})
    expected = np.exp(-np.logaddexp(0, -values @ weights)) - targets
    np.testing.assert_allclose(g, values.T @ expected / 6, rtol=1e-12)
    assert np.isfinite(value)


# ------------------------------------------------------------------------------------------ the textbook
def softmax(X: Any) -> Any:
    E = np.exp(X)
    return (E.T / np.sum(E, axis=1)).T


def test_the_gradient_of_a_textbook_is_the_one_derived_by_hand() -> None:
    """X^T ((Yhat - Y) / N), from plain NumPy functions: Yhat weighted by the sums of Y, which are 1."""
    X, Y = lp.input("X", (4, 6)), lp.input("Y", (4, 3))
    W = lp.input("W", (6, 3))
    loss = -(Y * np.log(softmax(np.matmul(X, W)))).sum(axis=1).mean()
    (gradient,), _ = optimised([lp.grad(loss, W).node])
    nodes = [n.op.name for n in walk([gradient]) if ops[n.op.name].kind not in ("source", "view")]
    logits = ["contract", "max", "subtract", "exp", "sum", "divide"]
    assert sorted(nodes) == sorted([*logits, "sum", "multiply", "subtract", "multiply", "contract"])
    x, error = gradient.inputs
    difference, scale = error.inputs
    assert x is X.node and number(scale) == np.float32(1 / 4) and difference.op.name == "subtract"
    weighted, targets = difference.inputs
    assert targets is Y.node and weighted.inputs[1].op.name == "divide"
