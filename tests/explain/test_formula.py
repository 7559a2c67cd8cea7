"""Formulas: as a textbook prints them, and never another function than the graph."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import limpide as lp
from limpide.explain import formula, latex
from limpide.explain.lines import as_latex, as_mathml, as_text, gradients, lines_of, roots_of, tensor_lines
from limpide.runtime.interpret import evaluate

A, B, K, N, X = (lp.input(name) for name in "abknx")
V, U = lp.input("v", ("n",)), lp.input("u", ("n",))
M, P = lp.input("M", ("m", 3)), lp.input("P", (3, 4))

TOUR = [
    (X + A, "x + a", "x + a"),
    (lp.sqrt(A**2 + B**2), "sqrt(a^2 + b^2)", r"\sqrt{a^{2} + b^{2}}"),
    (lp.sqrt(A + lp.sin(B)), "sqrt(a + sin(b))", r"\sqrt{a + \sin b}"),
    (lp.grad(K * X**N, X), "k n x^(n - 1)", r"k \, n \, x^{n - 1}"),
    (
        lp.grad(lp.sqrt(A + lp.sin(B)), B),
        "cos(b) / (2 sqrt(a + sin(b)))",
        r"\frac{\cos b}{2 \, \sqrt{a + \sin b}}",
    ),
]


def text_of(t: lp.Tensor) -> str:
    return as_text(tensor_lines(t))


@pytest.mark.parametrize(("t", "text", "tex"), TOUR)
def test_the_tour_reads_as_in_a_textbook(t: lp.Tensor, text: str, tex: str) -> None:
    assert text_of(t) == text
    assert as_latex(tensor_lines(t)) == tex


def test_what_is_kept_as_bfloat16_reads_as_any_float() -> None:
    x, W = lp.input("x", (2, 3), "bfloat16"), lp.input("W", (3, 4), "bfloat16")
    assert text_of(lp.softmax(x @ W)) == text_of(lp.softmax(lp.input("x", (2, 3)) @ lp.input("W", (3, 4))))
    assert text_of(x * lp.tensor(2.5, dtype="bfloat16")) == "2.5 x"


SCALARS = [
    (lp.grad(lp.grad(K * X**N, X), X), "k n (n - 1) x^(n - 2)"),
    (lp.grad(X**N, N), "x^n log(x)"),
    (lp.grad(X**3, X), "3 x^2"),
    (lp.grad(X * X, X), "2 x"),
    (lp.grad(lp.log(X), X), "1/x"),
    (lp.grad(lp.sigmoid(X), X), "sigmoid(x) (1 - sigmoid(x))"),
    (lp.grad(lp.tanh(X), X), "1 - tanh(x)^2"),
    ((A - B) / (A * B), "(a - b) / (a b)"),
    (A - (B - X), "a - b + x"),
    (-(A + B) * X, "-(a + b) x"),
    ((-A) ** 2, "(-a)^2"),
    (-(A**2), "-a^2"),
    (A ** (B**X), "a^(b^x)"),
    ((A**B) ** X, "(a^b)^x"),
    (0.1 * A - B / 2, "0.1 a - b / 2"),
    (X + 1e-8, "x + 1e-8"),
    (2 / (3 * X), "2 / (3 x)"),
    (1 / (1 + lp.exp(-X)), "sigmoid(x)"),
    (lp.where(X > 0, X, 0.01 * X), "where(x > 0, x, 0.01 x)"),
    (lp.maximum(A, B) * (A > B), "max(a, b) [a > b]"),
    (abs(A) / 4, "abs(a) / 4"),
]


@pytest.mark.parametrize(("t", "text"), SCALARS)
def test_scalars(t: lp.Tensor, text: str) -> None:
    assert text_of(t) == text


ARRAYS = [
    (M @ P, "M @ P"),
    (M.T @ M, "M^T @ M"),
    (2 * (M @ P), "2 M @ P"),
    ((M @ P) * (M @ P), "(M @ P)^2"),
    (V * U, "v * u"),
    (V @ U, "v^T @ u"),
    ((V * U).sum(), "sum_i v_i u_i"),
    (((V - U) ** 2).mean(), "1/n sum_i (v_i - u_i)^2"),
    (lp.grad(((V - U) ** 2).mean(), V), "2 (v - u) / n"),
    (M.sum(axis=1), "sum(M, axis=1)"),
    (lp.softmax(M @ P), "softmax(M @ P)"),
    (lp.softmax(M, axis=0), "softmax(M, axis=0)"),
    (lp.log_softmax(M), "log_softmax(M)"),
    (lp.logsumexp(V), "logsumexp(v)"),
    (V[1:5], "v[1:5]"),
    (P[0], "P[0]"),
    (P[:, 1:3], "P[:, 1:3]"),
    (M.max(axis=0), "max(M, axis=0)"),
    (lp.one_hot(lp.input("labels", ("n",), "int64"), 10), "one_hot(labels, 10)"),
    (-(M * lp.log(lp.softmax(M))).sum(axis=1).mean(), "-1/m sum_ij M_ij log(softmax(M)_ij)"),
]


@pytest.mark.parametrize(("t", "text"), ARRAYS)
def test_arrays(t: lp.Tensor, text: str) -> None:
    assert text_of(t) == text


def test_the_variables_of_the_caller_name_the_parts() -> None:
    x, y = lp.input("x"), lp.input("y")
    z = x + y
    assert formula(z) == latex(z) == "z = x + y"


def test_what_is_used_often_gets_a_line_of_its_own() -> None:
    x, y = lp.input("x", (5,)), lp.input("y", (5,))
    long = lp.exp(-((x - y) ** 2) / 2) + lp.sin(x) * lp.cos(y)
    assert formula(lp.relu(long) * lp.sqrt(1 + long**2) + lp.log(2 + long**2)) == (
        "long = exp(-(x - y)^2 / 2) + sin(x) * cos(y)\nrelu(long) * sqrt(1 + long^2) + log(2 + long^2)"
    )


def test_parts_without_a_name_are_numbered() -> None:
    x, y = lp.input("x", (5,)), lp.input("y", (5,))

    def long(v: lp.Tensor) -> lp.Tensor:
        return lp.exp(-(v**2) / 2) + lp.sin(v) * lp.cos(v + 1)

    def twice(v: lp.Tensor) -> lp.Tensor:
        return lp.relu(long(v)) * lp.sqrt(long(v))

    assert text_of(twice(x) / twice(y)) == (
        "t1 = exp(-x^2 / 2) + sin(x) * cos(x + 1)\n"
        "t2 = exp(-y^2 / 2) + sin(y) * cos(y + 1)\n"
        "relu(t1) * sqrt(t1) / (relu(t2) * sqrt(t2))"
    )


# ----------------------------------------------------------------------------------- training steps
def step_lines() -> Any:
    rng = np.random.default_rng(0)
    W = lp.parameter(rng.normal(size=(6, 4)).astype(np.float32), "W")
    b = lp.parameter(np.zeros(4, np.float32), "b")

    @lp.compile
    def step(images: Any, labels: Any) -> Any:
        z = images @ W + b
        loss = -(lp.one_hot(labels, 4) * lp.log_softmax(z)).sum(axis=1).mean()
        for p, g in zip([W, b], lp.grad(loss, [W, b]), strict=True):
            p.assign(p - 0.1 * g)
        return loss

    program = step.program(np.zeros((5, 6), np.float32), np.zeros(5, np.int64))
    return lines_of(roots_of(program), gradients(program))


STEP = """\
z = images @ W + b
loss = -1/5 sum_ij one_hot(labels, 4)_ij log_softmax(z)_ij
t1 = (softmax(z) * sum(one_hot(labels, 4), axis=1) - one_hot(labels, 4)) / 5
dloss/db = sum(t1, axis=0)
dloss/dW = images^T @ t1
W <- W - 0.1 dloss/dW
b <- b - 0.1 dloss/db"""


def test_a_training_step_names_its_gradients() -> None:
    assert as_text(step_lines()) == STEP


def test_a_training_step_in_the_other_scripts() -> None:
    tex = as_latex(step_lines())
    assert r"\frac{\partial \mathrm{loss}}{\partial W} &= \mathrm{images}^{\top} \, t_{1}" in tex
    assert r"W &\leftarrow W - 0.1 \, \frac{\partial \mathrm{loss}}{\partial W}" in tex
    assert balanced(tex)
    table = ElementTree.fromstring(as_mathml(step_lines()))
    assert len(table.findall("tr")) == len(STEP.splitlines())


def test_a_loop_shows_its_steps() -> None:
    xs = lp.input("xs", (7, 3))

    def step(total: Any, x: Any) -> Any:
        return total + (x * x).sum(), total

    total, _ = lp.scan(step, 0.0, xs)
    f = lp.function([xs], 2 * total, name="f")
    assert as_text(lines_of(roots_of(f.program))) == (
        "loop: for k in 7 steps, carry0 from 0\n"
        "    carry0 <- carry0 + sum_i xs[k]_i^2\n"
        "    y0[k] <- carry0\n"
        "f(xs) = 2 loop.carry0"
    )


# --------------------------------------------------------------------- the text means what the graph does
OPERATOR = re.compile(r"[-+*/@(\[,><=]+")


def as_python(text: str) -> str:
    """The text as Python: what stands side by side is multiplied."""
    text = text.replace("^", "**").replace("[", "(").replace("]", ")")
    parts = text.split(" ")
    shown = parts[0]
    for before, after in zip(parts, parts[1:], strict=False):
        side_by_side = not OPERATOR.search(before[-1]) and not OPERATOR.fullmatch(after[0].replace("(", "x"))
        shown += f" * {after}" if side_by_side else f" {after}"
    return shown


def test_side_by_side_is_a_product() -> None:
    assert as_python("2 a (a + b)^2 / (3 sin(a - 1) b)") == "2 * a * (a + b)**2 / (3 * sin(a - 1) * b)"


UNARY = [lp.exp, lp.sin, lp.sqrt, lp.log, lp.tanh, lp.negative, lp.square, lp.reciprocal, lp.absolute]
BINARY = [lp.add, lp.subtract, lp.multiply, lp.divide, lp.maximum, lambda a, b: lp.where(a > b, a, 2 * b)]
LEAVES = st.sampled_from([A, B, X, 1.0, 2.0, 0.5, 3.0, 0.1, -1.0, 0.0])


def expressions() -> st.SearchStrategy[Any]:
    def extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(
            st.builds(lambda f, a: f(lp.astensor(a)), st.sampled_from(UNARY), inner),
            st.builds(
                lambda f, a, b: f(lp.astensor(a), lp.astensor(b)), st.sampled_from(BINARY), inner, inner
            ),
            st.builds(lambda a, n: lp.astensor(a) ** n, inner, st.sampled_from([2, 3, -1, 0.5, 1])),
        )

    return st.recursive(LEAVES, extend, max_leaves=8).map(lambda t: t - A * X)


FUNCTIONS = {
    "exp": np.exp, "sin": np.sin, "cos": np.cos, "sqrt": np.sqrt, "log": np.log, "tanh": np.tanh,
    "abs": np.abs, "max": np.maximum, "where": np.where, "sign": np.sign, "inf": np.inf, "nan": np.nan,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}  # fmt: skip


def check_meaning(t: lp.Tensor) -> None:
    """The printed text, run as Python, gives what the graph gives."""
    values = {"a": 0.75, "b": 1.25, "x": 2.125}
    known = {leaf.node: np.asarray(values[leaf.node.name or ""], np.float32) for leaf in (A, B, X)}
    with np.errstate(all="ignore"):
        expected = evaluate([t.node], known)[0]
        assume(np.isfinite(expected) and abs(expected) < 1e6)
        scope: dict[str, Any] = {**FUNCTIONS, **{k: np.float64(v) for k, v in values.items()}}
        for line in text_of(t).splitlines():
            name, equals, right = line.rpartition(" = ")
            scope[name if equals else "result"] = eval(as_python(right if equals else line), {}, scope)
    np.testing.assert_allclose(scope["result"], expected, rtol=2e-4, atol=1e-5)


@given(expressions())
def test_text_means_what_the_graph_does(t: Any) -> None:
    check_meaning(t)


@given(expressions())
def test_text_of_gradients_too(t: Any) -> None:
    check_meaning(lp.grad(t, X))


@given(expressions())
def test_every_script_is_well_formed(t: Any) -> None:
    assert balanced(as_latex(tensor_lines(t)))
    roots = roots_of(lp.function([A, B, X], t).program)
    ElementTree.fromstring(as_mathml(lines_of(roots)).replace("&#8290;", "").replace("&#8289;", ""))


def balanced(tex: str) -> bool:
    """Braces close, and every \\left has its \\right; nothing has two exponents."""
    depth = 0
    for c in tex.replace(r"\{", "").replace(r"\}", ""):
        depth += (c == "{") - (c == "}")
        if depth < 0:
            return False
    twice = re.search(r"\^\{[^{}]*\}\^", tex)
    left = len(re.findall(r"\\left(?!arrow)", tex))
    return depth == 0 and left == tex.count(r"\right") and twice is None


IMAGES, FILTERS = lp.input("x", (None, 8, 8, 3)), lp.input("w", (3, 3, 3, 4))
WINDOWS = [
    (lp.conv2d(IMAGES, FILTERS, layout="NHWC"), "conv(x, w)"),
    (
        lp.conv2d(IMAGES, FILTERS, stride=2, padding=[(1, 1), (0, 1)], layout="NHWC"),
        "conv(x, w, stride=2, padding=(1, (0, 1)))",
    ),
    (lp.max_pool2d(IMAGES, 2, layout="NHWC"), "max_pool(x, kernel=2, stride=2)"),
    (lp.avg_pool2d(IMAGES, (2, 1), layout="NHWC"), "sum_pool(x, kernel=(2, 1), stride=(2, 1)) / 2"),
]


@pytest.mark.parametrize(("t", "text"), WINDOWS)
def test_windows_say_how_they_move(t: lp.Tensor, text: str) -> None:
    assert text_of(t) == text
