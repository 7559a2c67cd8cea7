"""The report: what it takes, its sections, the page, and the door to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide import display
from limpide.explain import Report, explain
from limpide.memory import Peak

NUMPY = "(NumPy device: no kernels)"
TITLES = ["Formula", "Gradient", "Graph", "Passes", "Kernels", "Schedule", "Memory", "C"]


@pytest.fixture
def numpy_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lp.config, "device", "numpy")


def regression() -> Any:
    w = lp.parameter(np.zeros(3, np.float32), "w")
    x, y = lp.input("x", ("n", 3)), lp.input("y", ("n",))
    loss = ((x @ w - y) ** 2).mean()
    return lp.function([x, y], loss, updates=[(w, w - 0.1 * lp.grad(loss, w))], name="step")


def doubling() -> Any:
    W = lp.parameter(np.ones((3, 2), np.float32), "W")

    @lp.compile
    def step(x: Any, scale: float) -> Any:
        loss = ((x @ W) ** 2).sum() * scale
        W.assign(W - lp.grad(loss, W))
        return loss

    return step, W


def titles(report: Report) -> list[str]:
    return [section.title for section in report.sections]


# ------------------------------------------------------------------------------------------- sections
def test_a_function_with_every_section(numpy_device: None) -> None:
    report = regression().explain()
    assert titles(report) == TITLES
    assert report.section("gradient") == "dloss/dw = 2 x^T @ (x @ w - y) / n"
    assert report.section("formula").splitlines()[-1] == "w <- w - 0.1 dloss/dw"
    for stage in report.stages[1:]:
        assert re.search(
            rf"^{stage.name} +{stage.before} -> +{stage.after} nodes", report.section("passes"), re.M
        )
    assert any("known_power" in line for line in report.section("passes").splitlines())
    assert report.section("kernels") == report.section("memory") == report.section("c") == NUMPY
    assert str(report).startswith("step(x float32(4, 3), y float32(4,))\n====")


@pytest.mark.parametrize(("level", "count"), [(1, 1), (2, 3), (3, 4), (4, 7), (5, 8)])
def test_levels_add_sections(numpy_device: None, level: int, count: int) -> None:
    assert titles(regression().explain(level=level)) == TITLES[:count]


class FakeKernel:
    name, flops, bytes = "sum_0", 24, 12

    def describe(self) -> list[str]:
        return ["sum_0:", "  for i0 in 0..4"]


class FakeMemory:
    def describe(self) -> list[str]:
        return ["arena: 64 bytes"]


class FakeLowered:
    peak = Peak(64, 8, 0, 0, 0)
    kernels, memory, source = [FakeKernel()], FakeMemory(), "/* f */\nint64_t lp_call(void **args);\n"


def test_the_c_device(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from limpide.explain import report as module

    monkeypatch.setattr(module, "device", lambda: "c")
    monkeypatch.setattr(module, "machine", lambda: None)
    monkeypatch.setattr(module, "lower", lambda *_: FakeLowered())
    monkeypatch.setattr(module, "schedule_lines", lambda _: ["sum_0: one thread"])
    report = regression().explain()
    assert report.section("kernels") == (
        "sum_0:\n  for i0 in 0..4\n  [24 FLOPs, 12 bytes, 2 FLOPs per byte]\n1 kernel, 24 FLOPs, 12 bytes"
    )
    assert report.section("memory") == "arena: 64 bytes\npeak: 72 bytes (arena 64, outputs 8)"
    assert report.save(tmp_path / "f.c").read_text() == FakeLowered.source


# -------------------------------------------------------------------------------------------- targets
def test_unknown_sizes_are_chosen_and_said(numpy_device: None) -> None:
    f = regression()
    assert f.explain(level=1).remarks == [
        "The unknown sizes of x, y are 4 here: give shapes= or example arguments."
    ]
    assert f.explain(level=1, shapes=[(7, 3), (7,)]).remarks == []
    assert f.explain(level=1, shapes={"y": (9,)}).program.inputs[0].shape == (9, 3)
    assert f.explain(np.zeros((6, 3)), y=np.zeros(6), level=1).program.inputs[0].shape == (6, 3)


def test_the_sizes_of_the_last_call(numpy_device: None) -> None:
    f = regression()
    f(np.zeros((5, 3), np.float32), np.zeros(5, np.float32))
    assert f.explain(level=1).program.inputs[0].shape == (5, 3)


def test_example_arguments_run_nothing(numpy_device: None) -> None:
    step, W = doubling()
    before = W.numpy()
    report = step.explain(np.ones((2, 3), np.float32), 2.0, level=2)
    assert "W <- W - dloss/dW" in report.section("formula")
    np.testing.assert_array_equal(W.numpy(), before)


def test_after_a_call_no_arguments_are_needed(numpy_device: None) -> None:
    step, _ = doubling()
    step(np.ones((2, 3), np.float32), 2.0)
    assert str(step.explain(level=1)).startswith("step(x float32(2, 3), scale float32())")


def test_a_tensor(numpy_device: None) -> None:
    x = lp.input("x", ("n",))
    assert explain(lp.sum(x * 2), level=1).section("formula") == "f(x) = 2 sum_i x_i"


def test_a_loop_shows_its_body(numpy_device: None) -> None:
    xs = lp.input("xs", (7,))
    total, _ = lp.scan(lambda c, x: (c + x, None), 0.0, xs)
    report = lp.function([xs], total).explain(level=2)
    assert "    %" in report.section("graph")


ERRORS: list[tuple[Any, str, str]] = [
    (
        lambda: explain(3),
        "'int' objects have no graph",
        "explain what lp.function or @lp.compile gives, a model or a tensor",
    ),
    (
        lambda: doubling()[0].explain(),
        "<compiled step(x: 'Any', scale: 'float') -> 'Any'> has not been called yet, "
        "so its arguments are not known",
        "give example arguments: f.explain(x, y); nothing is run",
    ),
    (lambda: regression().explain(shapes={"z": (3,)}), "there is no input 'z'", "there are: x, y"),
    (lambda: regression().explain(shapes=[(3, 3)]), "1 shapes for 2 inputs", "the inputs are: x, y"),
    (
        lambda: regression().explain(level=1).save("f.pdf"),
        "a report is not written as '.pdf'",
        "use one of .html, .svg, .txt, .c",
    ),
    (
        lambda: regression().explain(level=1).section("Speed"),
        "there is no section 'Speed'",
        "there are: Formula",
    ),
]


@pytest.mark.parametrize(("wrong", "what", "hint"), ERRORS)
def test_errors(numpy_device: None, wrong: Any, what: str, hint: str) -> None:
    with pytest.raises(lp.LimpideError) as caught:
        wrong()
    assert (caught.value.op, caught.value.what, caught.value.hint) == ("explain", what, hint)


def test_shapes_that_do_not_fit(numpy_device: None) -> None:
    with pytest.raises(lp.LimpideError, match=r"'y' has shape \(8,\), but \(n,\) is expected"):
        regression().explain(shapes=[(7, 3), (8,)])


# ---------------------------------------------------------------------------------------------- files
@pytest.mark.parametrize(
    ("name", "start"), [("f.svg", "<svg "), ("f.txt", "step("), ("f.HTML", "<!DOCTYPE html>")]
)
def test_files(numpy_device: None, tmp_path: Path, name: str, start: str) -> None:
    assert regression().explain().save(tmp_path / name).read_text("utf-8").startswith(start)


def test_no_c_on_the_numpy_device(numpy_device: None, tmp_path: Path) -> None:
    with pytest.raises(lp.LimpideError, match="there is no C"):
        regression().explain().save(tmp_path / "f.c")


# ----------------------------------------------------------------------------------------------- door
def test_notebooks_show_formulas_and_leave_values_alone() -> None:
    a, b = lp.input("a"), lp.input("b")
    assert (a / b)._repr_latex_() == r"$\displaystyle \frac{a}{b}$"
    assert lp.tensor(1.0)._repr_latex_() is None


def test_the_door_opens_when_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(display.answers, "report", lambda *args, **kwargs: (args, kwargs))
    f = regression()
    assert f.explain(1, level=2) == ((f, 1), {"level": 2})
