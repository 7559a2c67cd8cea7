"""LIMPIDE_DEBUG: each level prints one stage more."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import limpide as lp
from limpide import printing
from limpide.memory import Peak

HEADS = ["limpide: f(x float32(3,)): ", "graph:", "passes:", "kernels:", "C:"]


def compile_one() -> None:
    x = lp.input("x", ("n",))
    lp.function([x], lp.sum(lp.exp(x) ** 2))(np.ones(3, np.float32))


@pytest.mark.parametrize("level", range(6))
def test_each_level_prints_one_stage_more(
    level: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lp.config, "device", "numpy")
    monkeypatch.setattr(lp.config, "debug", level)
    compile_one()
    printed = capsys.readouterr()
    assert printed.out == ""
    heads = [line for line in printed.err.splitlines() if line and not line.startswith(" ")]
    assert len(heads) == level
    assert all(line.startswith(head) for line, head in zip(heads, HEADS, strict=False))


def test_one_line_says_nodes_and_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lp.config, "device", "numpy")
    monkeypatch.setattr(lp.config, "debug", 1)
    compile_one()
    assert "nodes, numpy, " in capsys.readouterr().err


def test_the_environment_sets_it() -> None:
    program = "import limpide as lp; x = lp.input('x'); lp.function([x], x + 1)(2)"
    env = {**os.environ, "LIMPIDE_DEBUG": "2", "LIMPIDE_DEVICE": "numpy"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    assert done.stderr.startswith("limpide: f(x float32()): ")
    assert "%2 = add(%0, %1) : float32()" in done.stderr


def test_rules_that_fired() -> None:
    assert printing.fired_text({"times_one": 1, "fold": 3}) == "times_one, fold x3"


class Kernel:
    name, flops, bytes = "k", 10, 4

    def describe(self) -> list[str]:
        return ["k:", "  for i in 0..5"]


class Memory:
    def describe(self) -> list[str]:
        return ["arena: 0 bytes"]


class Lowered:
    kernels, memory, source = [Kernel()], Memory(), "int x;\n"
    peak = Peak(0, 8, 0, 4, 0)


def test_kernels_memory_and_c(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from limpide.build import optimise

    x = lp.input("x", (3,))
    _, stages = optimise(lp.function([x], x + 1).program)
    monkeypatch.setattr(lp.config, "debug", 5)
    printing.compiled(stages, Lowered(), 0.0123, True)
    printed = capsys.readouterr().err
    assert ", 1 kernel, 12.3 ms (cached)\n" in printed
    assert "  k:\n    for i in 0..5\n    [10 FLOPs, 4 bytes, 2.5 FLOPs per byte]\n" in printed
    assert "  memory:\n    arena: 0 bytes\n    peak: 12 bytes (outputs 8, state 4)\nC:\n  int x;\n" in printed
