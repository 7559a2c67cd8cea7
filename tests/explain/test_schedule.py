"""The report says what the schedule decided and what it reckoned with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import limpide as lp
from limpide.build import machine, optimise
from limpide.codegen.c import Lowered, lower
from limpide.explain.schedule import schedule_lines
from limpide.function import specialise
from limpide.runtime import limits
from limpide.runtime.toolchain import find
from limpide.schedule.machine import Machine


def lowered(threads: int) -> Lowered:
    x, W = lp.input("x", (512, 256)), lp.parameter(np.ones((256, 192), np.float32), name="W")
    program = lp.function([x], lp.sum(lp.tanh(x @ W), axis=1)).program
    known, _ = optimise(specialise(program, [(512, 256)]))
    return lower(known, Machine(vector_bytes=32, registers=16, threads=threads))


def test_lines() -> None:
    first, product, *_ = schedule_lines(lowered(2))
    assert first == (
        "2 threads, vectors of 32 bytes, 16 registers; 150 GFLOP/s, 30 GB/s from the cache of a core, "
        "10 GB/s from another, 500 ns for a barrier"
    )
    shared = r"threads share i\d<\d+( at multiples of \d+)?"
    assert re.fullmatch(rf"matmul_0: {shared}, tiles of \d+ rows x \d+ columns; [\d.e+]+ us", product)


def test_one_thread_takes_longer_than_a_share() -> None:
    alone, shared = lowered(1).kernels[0], lowered(2).kernels[0]
    assert schedule_lines(lowered(1))[1].startswith("matmul_0: one thread, tiles of ")
    assert 0 < shared.cost < alone.cost < 1e-2


@pytest.mark.skipif(find() is None, reason="no C compiler")
def test_the_machine_has_the_limits_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.json").write_text(json.dumps({"flops_f32": 1e9, "barrier": 1e-3}))
    usual = machine()
    monkeypatch.setattr(lp.config, "limits", str(tmp_path / "mine.json"))
    slow = machine()
    assert slow.flops == pytest.approx(0.8e9) and slow.barrier == pytest.approx(1.7e-3)
    assert (slow.bandwidth, slow.vector_bytes) == (usual.bandwidth, usual.vector_bytes)


def test_typical_limits_are_what_the_schedule_was_made_for() -> None:
    known = limits.typical(limits.Isa("avx512", 64, 32), (48 << 10, 2 << 20, 0), cores=2, threads=2)
    usual = Machine(64, 32)
    assert known.flops_f32 * 0.8 == pytest.approx(usual.flops, rel=0.05)
    assert known.l2_read * 0.5 == pytest.approx(usual.bandwidth, rel=0.05)
    assert known.core_to_core * 0.85 == pytest.approx(usual.remote, rel=0.05)
    assert known.barrier * 1.7 == pytest.approx(usual.barrier, rel=0.05)
