"""Narrow matrices that loops carry lie across; what is computed stays the same."""

from __future__ import annotations

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured
from limpide import nn
from limpide.build import optimise
from limpide.function import specialise
from limpide.ops.define import cell_node
from limpide.schedule import MatmulKernel, Plan, ScanKernel, build_plan
from limpide.schedule.machine import Machine


def trained(columns: int, rows: int = 64):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    w = lp.parameter(rng.standard_normal((rows, columns)).astype(np.float32), name="w")

    @lp.compile
    def epoch(x, y):  # type: ignore[no-untyped-def]
        def step(total, i):  # type: ignore[no-untyped-def]
            a, b = x[i * 8 : (i + 1) * 8], y[i * 8 : (i + 1) * 8]
            loss = lp.square(a @ w - b).mean()
            w.assign(w - 0.1 * lp.grad(loss, w))
            return total + loss, None

        return lp.scan(step, 0.0, np.arange(4))[0]

    x, y = (rng.standard_normal((32, n)).astype(np.float32) for n in (rows, columns))
    return w, epoch, x, y


def carried(plan: Plan) -> list[tuple[int, ...]]:
    scan = next(k for k in plan.kernels if isinstance(k, ScanKernel))
    return [tuple(map(int, hole.shape)) for hole in scan.body.inputs[: scan.body.carries]]


AVX512, AVX2 = Machine(64, 32), Machine(32, 16)


@pytest.mark.parametrize(
    ("machine", "dtype", "columns", "across"),
    [
        (AVX512, "float32", 3, True),
        (AVX512, "float32", 10, True),
        (AVX512, "float32", 16, False),
        (AVX512, "float32", 24, True),
        (AVX512, "float32", 64, False),
        (AVX512, "float64", 10, True),
        (AVX512, "float64", 24, False),
        (AVX2, "float32", 8, False),
        (AVX2, "float32", 10, True),
        (AVX2, "float32", 24, False),
    ],
)
def test_which_matrices_lie_across(machine: Machine, dtype: str, columns: int, across: bool) -> None:
    w = lp.parameter(np.ones((64, columns), dtype), name="w")
    x = lp.input("x", (4, 8, 64), dtype=dtype)

    def step(c, part):  # type: ignore[no-untyped-def]
        return c - 0.1 * (part.T @ (part @ c)), None

    program = lp.function([x], lp.scan(step, w, x)[0]).program
    known, _ = optimise(specialise(program, [(4, 8, 64)]))
    plan = build_plan(known.outputs, [(cell_node(c), n) for c, n in known.updates], machine)
    assert carried(plan) == [(columns, 64) if across else (64, columns)]


@pytest.mark.parametrize("columns", [2, 10, 16, 24])
@pytest.mark.parametrize("threads", [1, 2])
def test_training_is_the_same(columns: int, threads: int) -> None:
    results = []
    before = lp.config.device, lp.config.threads
    try:
        lp.config.threads = threads
        for device in ("numpy", "c"):
            lp.config.device = device
            w, epoch, x, y = trained(columns)
            results.append((float(epoch(x, y)), float(epoch(x, y)), w.numpy().copy()))
    finally:
        lp.config.device, lp.config.threads = before
    (first, second, weights), (first_c, second_c, weights_c) = results
    assert np.isclose(first, first_c, rtol=1e-5) and np.isclose(second, second_c, rtol=1e-5)
    np.testing.assert_allclose(weights, weights_c, rtol=2e-5, atol=1e-6)


# ------------------------------------------------------------------------------------------- rows of scores
def classifier(features: int, classes: int, rows: int = 40):  # type: ignore[no-untyped-def]
    """A step of logistic regression: loss, new weights and bias."""
    rng = np.random.default_rng(classes)
    w = lp.parameter(rng.standard_normal((features, classes)).astype(np.float32), name="w")
    b = lp.parameter(rng.standard_normal(classes).astype(np.float32), name="b")
    x, y = lp.input("x", (rows, features)), lp.input("y", (rows,), "int64")
    loss = nn.cross_entropy(x @ w + b, y)
    gw, gb = lp.grad(loss, [w, b])
    data = rng.standard_normal((rows, features)).astype(np.float32), rng.integers(0, classes, rows)
    return lp.function([x, y], [loss, gw, gb]), data


def products(function: lp.Function, shapes: list[tuple[int, ...]], machine: Machine) -> list[tuple[int, ...]]:
    known, _ = optimise(specialise(function.program, shapes))
    kernels = build_plan(known.outputs, [], machine).kernels
    return [tuple(map(int, k.node.shape)) for k in kernels if isinstance(k, MatmulKernel)]


def test_scores_of_few_classes_lie_across() -> None:
    f, _ = classifier(64, 10)
    assert products(f, [(40, 64), (40,)], AVX512)[0] == (10, 40)


@pytest.mark.parametrize(("features", "classes", "copied"), [(400, 10, "w"), (64, 10, "x"), (400, 13, "x")])
def test_for_scores_across_the_smaller_operand_is_copied(features: int, classes: int, copied: str) -> None:
    """Where sums are long and the weights few; 13 classes are a third of 40 rows."""
    f, _ = classifier(features, classes)
    known, _ = optimise(specialise(f.program, [(40, features), (40,)]))
    names = [k.name for k in build_plan(known.outputs, [], AVX512).kernels]
    assert [name.split("_")[0] for name in names if "_across_" in name] == [copied]


@pytest.mark.parametrize("classes", [16, 40])
def test_scores_that_fill_vectors_lie_as_they_are(classes: int) -> None:
    f, _ = classifier(64, classes)
    assert products(f, [(40, 64), (40,)], AVX512)[0] == (40, classes)


def test_scores_that_are_asked_for_lie_as_they_are() -> None:
    x, w = lp.input("x", (40, 64)), lp.input("w", (64, 10))
    f = lp.function([x, w], lp.softmax(x @ w))
    assert products(f, [(40, 64), (64, 10)], AVX512) == [(40, 10)]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("features", "classes"), [(64, 10), (400, 10), (7, 3), (16, 10), (100, 19), (33, 2)])
def test_scores_that_lie_across_give_the_same(features: int, classes: int, threads: int) -> None:
    f, (x, y) = classifier(features, classes)
    with configured(threads):
        found = f(x, y)
    with configured(device="numpy"):
        expected = f(x, y)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)


def test_a_label_that_is_no_class_still_gives_nan() -> None:
    f, (x, y) = classifier(64, 10)
    y[3] = 10
    loss, gw, _ = f(x, y)
    assert np.isnan(loss) and np.isfinite(gw).all()


def test_what_is_costly_is_computed_once_a_row() -> None:
    """The logarithm of a row's sum is no part of the loop over its classes."""
    f, _ = classifier(64, 10)
    source = f.explain().section("c")
    loops = [part for part in source.split("static void") if "lp_log_f32(" in part and "i0 < 10" in part]
    assert not loops and "lp_log_f32(" in source
