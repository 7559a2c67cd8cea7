"""The regression check of machine code: it sees what changed, and judges it."""

from __future__ import annotations

import importlib
import json
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from limpide.runtime import toolchain

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def instructions(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("instructions")


@pytest.fixture
def disassembly(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("disassembly")


LISTING = """
0000000000001100 <kernel>:
    1100:\tendbr64
    1104:\tvxorps %xmm0,%xmm0,%xmm0
    1108:\tmov    (%rdi),%rax
    110b:\tvmovups (%rsi),%zmm1
    1111:\tvfmadd231ps 0x40(%rsp),%zmm1,%zmm2
    1119:\tvaddss %xmm0,%xmm1,%xmm0
    111d:\tadd    $0x40,%rsi
    1121:\tjne    110b <kernel+0xb>
    1123:\tvmovaps %ymm0,0x20(%rsp)
    1129:\tcall   1040 <memset@plt>
    112e:\tjb     1108 <kernel+0x8>
    1130:\tret
    1131:\tnopl   0x0(%rax)

0000000000001140 <run>:
    1140:\tjmp    1100 <kernel>
""".splitlines()


def test_functions_of_a_listing(disassembly: Any) -> None:
    kernel, run = disassembly.parsed(LISTING)
    assert (kernel.name, len(kernel.code), run.name, len(run.code)) == ("kernel", 11, "run", 1)
    assert kernel.loops() == [(0x1108, 0x112E), (0x110B, 0x1121)]
    assert kernel.innermost() == [(0x110B, 0x1121)]
    assert run.loops() == []
    assert kernel.counts() == {
        "instructions": 11,
        "vector512": 2,
        "vector256": 1,
        "vector128": 1,
        "scalar": 1,
        "inner": 5,
        "stack": 1,
        "calls": 1,
    }


def test_costs_of_functions_apart_from_what_they_call(instructions: Any) -> None:
    lines = [
        "fn=run",
        "0 4",
        "cfn=kernel.constprop.0",
        "calls=1 0",
        "0 90",
        "0 1",
        "fn=kernel.constprop.0",
        "0 90",
    ]
    assert instructions.by_function(lines) == {"run": 5, "kernel": 90}


def figures(executed: int = 1000, stack: int = 0, source: int = 10) -> dict[str, Any]:
    code = {"instructions": 50, "inner": 9, "stack": stack, "calls": 0}
    one = {"source": {"bytes": source}, "code": {"kernel": code}, "executed": {"kernel": executed}}
    return {"compiler": "gcc 1", "machine": "x", "graphs": {"softmax": {"avx2": one}}}


def test_nothing_changed(instructions: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert instructions.compare(figures(), figures(), 0.02, everything=True)
    assert capsys.readouterr().out == "0 figures differ, 0 are worse by more than 2%\n"


@pytest.mark.parametrize(
    ("new", "fine"),
    [
        ({"executed": 1010}, True),
        ({"executed": 1030}, False),
        ({"executed": 500}, True),
        ({"stack": 8}, True),
        ({"stack": 9}, False),
        ({"source": 999}, True),
    ],
)
def test_worse_beyond_the_threshold(instructions: Any, new: dict[str, int], fine: bool) -> None:
    assert instructions.compare(figures(), figures(**new), 0.02, everything=False) is fine


def test_changes_are_printed(instructions: Any, capsys: pytest.CaptureFixture[str]) -> None:
    new = deepcopy(figures(executed=1500))
    new["compiler"] = "gcc 2"
    new["graphs"]["added"] = {}
    assert not instructions.compare(figures(), new, 0.02, everything=False)
    said = capsys.readouterr().out
    assert "the compiler was gcc 1, now it is gcc 2" in said
    assert "softmax [avx2]" in said and "1,500    +50.0%" in said
    assert "in one of the two only: added" in said
    assert "1.500 times as many" in said


@pytest.mark.skipif(toolchain.find() is None, reason="no C compiler here")
def test_a_graph_is_measured_and_compared(instructions: Any, tmp_path: Path) -> None:
    first, graphs = tmp_path / "first.json", ["--graphs", "product: 7 13 5"]
    assert instructions.main([*graphs, "--json", str(first)]) == 0
    for target in json.loads(first.read_text())["graphs"]["product: 7 13 5"].values():
        if shutil.which("objdump"):
            assert sum(counts["instructions"] for counts in target["code"].values()) > 20
    again = [*graphs, "--target", instructions.TARGETS[0].name, "--compare", str(first)]
    assert instructions.main(again) == 0


def test_every_graph_can_be_made(instructions: Any) -> None:
    for name, make in instructions.GRAPHS.items():
        program, arrays = make()
        assert len(program.inputs) == len(arrays), name


def test_the_recorded_figures_are_of_these_graphs(instructions: Any) -> None:
    recorded = json.loads((BENCHMARKS / "instructions.json").read_text())
    assert set(recorded["graphs"]) == set(instructions.GRAPHS)
