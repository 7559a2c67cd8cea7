"""Sweeps: cases do the same work everywhere, times are taken in turns, rows are kept."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limpide as lp
from limpide.bench import networks, sweeps, turns
from limpide.bench.networks import Convolution, Network
from limpide.bench.peers.packages import installed
from limpide.bench.sweeps import Case
from limpide.errors import LimpideError

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SMALL = Network((5, 4, 3), 6)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SETTLE", 0.0)
    monkeypatch.setattr(turns, "LONG_ENOUGH", 0.0)
    monkeypatch.setattr(lp.config, "threads", 1)


def test_calls_are_timed_in_turns() -> None:
    order: list[str] = []
    times = turns.in_turns([lambda: order.append("a"), lambda: order.append("b")], patience=0.0)
    assert [len(t) for t in times] == [turns.FEWEST, turns.FEWEST]
    assert "".join(order) == "aabb" + "aabb" * turns.FEWEST


def test_rows_are_kept_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    rows = turns.Rows(file)
    rows.add("one", {"ms": 1})
    rows.add("two", {"ms": 2})
    again = turns.Rows(file)
    assert "one" in again and "three" not in again
    assert json.loads(file.read_text()) == [{"key": "one", "ms": 1}, {"key": "two", "ms": 2}]
    assert turns.Rows(None).rows == {}


def test_nothing_is_begun_after_the_time() -> None:
    done: list[str] = []
    assert turns.as_far_as(1e9, ["a", "b"], done.append) == 2
    assert turns.as_far_as(-1.0, ["c"], done.append) == 0
    assert done == ["a", "b"]


def test_a_product_is_timed_and_right() -> None:
    cases = {case.name: case for case in sweeps.products()}
    for name in ("7x13x5", "a.T 64x64x64", "b.T 64x64x64", "float64 32x32x32", "batched 512x8x8x8"):
        row = sweeps.measured(cases[name], 1)
        assert {"limpide", "numpy"} <= set(row["seconds"])
        assert row["flops"] == cases[name].flops and row["least"] > 0
    assert cases["7x13x5"].flops == 2 * 7 * 13 * 5
    assert cases["a.T 100x784x100"].flops == 2 * 100 * 784 * 100
    assert cases["float64 32x32x32"].bytes == 8 * 3 * 32 * 32


def test_other_results_are_seen() -> None:
    case = Case("wrong", 1.0, 1.0, lambda: {"limpide": lambda: np.ones(3), "other": lambda: np.zeros(3)})
    with pytest.raises(LimpideError, match="wrong: the results of limpide and other differ"):
        sweeps.measured(case, 1)


def test_names_of_cases_differ() -> None:
    names = [case.name for sweep in sweeps.SWEEPS.values() for case in sweep()]
    assert len(set(names)) == len(names)


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "key": "1 case",
        "flops": 2e6,
        "bytes": 1.0,
        "least": 1e-5,
        "seconds": {"limpide": 2e-5, "torch": 1e-5},
    }
    sweeps.show([row])
    _, line = capsys.readouterr().out.splitlines()
    assert line.split() == ["1", "case", "0.0200", "0.0100", "0.50", "100.0", "50%"]


def test_the_work_of_a_network() -> None:
    flops, moved = networks.work(SMALL)
    assert flops == 2 * 6 * (2 * 5 * 4 + 3 * 4 * 3)
    assert moved == 4 * (2 * 6 * (5 + 4 + 4 + 3) + 3 * (5 * 4 + 4 + 4 * 3 + 3))
    image = Network((9, 10), 2, image=(1, 8), convolutions=(Convolution(1, 3, 1, True),))
    assert networks.work(image)[0] == 2 * 2 * (2 * 6 * 6 * 9 + 3 * 9 * 10)


@pytest.mark.parametrize("optimizer", networks.OPTIMIZERS)
def test_networks_train(optimizer: str) -> None:
    step = networks.ours(Network((5, 4, 3), 6, optimizer=optimizer, activation="tanh"))
    first = float(np.asarray(step()))
    assert all(float(np.asarray(step())) < first for _ in range(3))


@pytest.mark.skipif(not installed("torch"), reason="torch is not installed")
@pytest.mark.parametrize("loss", ["entropy", "squares"])
@pytest.mark.parametrize("activation", networks.ACTIVATIONS)
def test_networks_are_those_of_pytorch(activation: str, loss: str) -> None:
    net = Network((5, 4, 3), 6, activation, "adam", loss)
    networks.check(net, (networks.ours(net), networks.theirs(net)))


def test_other_losses_are_seen() -> None:
    with pytest.raises(LimpideError, match="the loss of step 0 is 1, in PyTorch 2"):
        networks.check(SMALL, (lambda: 1.0, lambda: 2.0))


# --------------------------------------------------------------------------------- benchmarks/networks.py
@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("networks")


def test_random_networks_are_always_the_same_and_within_bounds(script: Any) -> None:
    nets = [script.network(index) for index in range(script.COUNT)]
    assert nets == [script.network(index) for index in range(script.COUNT)]
    assert len({net.name for net in nets}) == script.COUNT
    assert sum(net.image is not None for net in nets) == script.COUNT // 5
    dense = [net for net in nets if net.image is None]
    assert all(1 <= size <= 2048 for net in dense for size in net.sizes)
    assert all(1 <= net.batch <= 512 for net in dense)
    assert {len(net.sizes) - 1 for net in dense} == set(range(1, 9))
    assert {net.optimizer for net in nets} == set(networks.OPTIMIZERS)


def test_a_part_of_the_networks_can_be_asked_for(script: Any) -> None:
    assert script.wanted("3,7,20-22") == [3, 7, 20, 21, 22]
    assert script.wanted("") == list(range(script.COUNT))


def test_networks_are_compiled_and_listed(
    script: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main(["--prepare", "--indices", "10"]) == 0
    assert "1 of 1 networks are compiled" in capsys.readouterr().out
    file = tmp_path / "found.json"
    row = {
        "index": 3,
        "name": "a net",
        "ratio": 0.5,
        "ours": 2e-3,
        "theirs": 1e-3,
        "flops": 1e6,
        "bytes": 1e6,
    }
    file.write_text(json.dumps([{"key": "3", **row}]))
    script.main(["--show", "--json", str(file)])
    said = capsys.readouterr().out
    assert "1 are slower than PyTorch; geometric mean 0.50" in said
    assert "#3 a net" in said


@pytest.mark.skipif(
    not hasattr(lp, "conv2d") or not installed("torch"), reason="needs convolutions and torch"
)
def test_convolutional_networks_are_those_of_pytorch() -> None:
    layers = (Convolution(4, 3, 1, True), Convolution(3, 3, 2, False))
    net = Network((12, 5), 3, image=(2, 12), convolutions=layers)
    networks.check(net, (networks.ours(net), networks.theirs(net)))
