"""The command as a whole, and the page of its figures."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from limpide.bench import chosen_peers, chosen_threads
from limpide.bench.budgets import Budget, import_time
from limpide.bench.peers.packages import installed
from limpide.config import config
from limpide.errors import ArgumentError, MissingExtraError

COMMAND = [sys.executable, "-m", "limpide", "bench", "W5", "--threads", "1", "--quick", "--peers", "numpy"]
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "figures.json"
    wide = os.environ | {"COLUMNS": "120"}
    done = subprocess.run([*COMMAND, "--json", str(path)], capture_output=True, text=True, env=wide)
    assert done.returncode == 0, done.stderr
    assert "W5: auto-encoder" in done.stdout and "1 thread" in done.stdout
    return path


def test_figures(figures: Path) -> None:
    (run,) = json.loads(figures.read_text())["runs"]
    (found,) = run["workloads"]
    ours, theirs = (np.median(found["runs"][name]["ms"]) for name in ("limpide", "numpy"))
    assert run["threads"] == 1 and set(run["versions"]) == {"limpide", "numpy"}
    assert found["best_peer"] == "numpy" and found["ratio"] == pytest.approx(theirs / ours)
    assert 0 < found["expected"] < 1e6 and len(found["runs"]["limpide"]["ms"]) == 3


def page() -> ModuleType:
    spec = importlib.util.spec_from_file_location("page", BENCHMARKS / "page.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_them(figures: Path) -> None:
    found = json.loads(figures.read_text())
    text = page().filled(f"before\n{page().BEGIN}old\n{page().END}after\n", found)
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    ratio = found["runs"][0]["workloads"][0]["ratio"]
    (row,) = (line for line in text.splitlines() if line.startswith("| W5 auto-encoder"))
    assert f"{ratio:.2f}" in row and " 10 " in row


@pytest.mark.skipif(os.name == "nt", reason="signals are sent in another way there")
def test_ctrl_c_leaves_nothing_behind() -> None:
    command = [*COMMAND[:5], "--peers", "numpy", "--rounds", "100"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    running.stdout.readline()  # it is under way
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130 and "Traceback" not in errors


def test_peers() -> None:
    assert chosen_peers("numpy,numpy", False) == ["numpy"] and chosen_peers("", False) == []
    with pytest.raises(ArgumentError, match="there is no peer 'nympy'"):
        chosen_peers("nympy", False)


def test_a_peer_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    if installed("tinygrad"):
        pytest.skip("tinygrad is installed")
    with pytest.raises(MissingExtraError, match=r"pip install 'limpide\[bench\]'"):
        chosen_peers("tinygrad", False)
    assert "numpy" in chosen_peers(None, False)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Not installed, left out: ") and "tinygrad" in line


def test_threads() -> None:
    assert chosen_threads("2,1,2", False) == [2, 1]
    assert chosen_threads(None, True) == [config.threads]
    for wrong in ("0", "two", "1,"):
        with pytest.raises(ArgumentError, match="is no list of numbers"):
            chosen_threads(wrong, False)


def test_budgets() -> None:
    assert Budget("w", 1.0, 1.0, "s").met and not Budget("w", 1.1, 1.0, "s").met
    found = import_time(1)
    assert found.value > 0.5 and " ms / " in found.note
