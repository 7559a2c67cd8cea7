"""The runner of course code: what ended, what did not, and why."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

SCRIPTS = {
    "good.py": ("theano", 1, "open('made.txt', 'w').write('x')\nprint('accuracy: 0.91')\n"),
    "bad.py": ("theano", 2, "import limpide\n\n1 / 0\n"),
    "missing.py": ("tf1", 4, "import tensorflow.abacus\n"),
    "slow.py": ("keras", 5, "import time\ntime.sleep(60)\n"),
    "absent.py": ("keras", 1, None),
    "torch.py": ("pytorch", 1, "raise SystemExit('not one of ours')"),
}


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("corpus")


@pytest.fixture
def listed(tmp_path: Path) -> list[str]:
    """The arguments that name a list of scripts, and a folder with their repository."""
    folder = tmp_path / "checkouts" / "some__course@12345678"
    (folder / "week1").mkdir(parents=True)
    entries = []
    for name, (face, difficulty, text) in SCRIPTS.items():
        if text is not None:
            (folder / "week1" / name).write_text(text)
        entry = {"face": face, "repo": "some/course", "path": f"week1/{name}", "difficulty": difficulty}
        entries.append(entry | {"commit": "1234567890"})
    (tmp_path / "list.json").write_text(json.dumps(entries))
    return [str(tmp_path / "list.json"), str(folder.parent)]


def test_what_becomes_of_scripts(
    corpus: Any, listed: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, logs = tmp_path / "results.json", tmp_path / "logs"
    options = [*listed, "--timeout", "5", "--jobs", "2", "--json", str(kept), "--logs", str(logs)]
    assert corpus.main(options) == 1
    printed = capsys.readouterr().out
    assert "theano            1    1 /  1" in printed and "theano          1-3    1 /  2  50%" in printed
    lines = {
        line.split("week1/")[1].split(".py")[0]: line for line in printed.splitlines() if "week1" in line
    }
    assert lines["good"].startswith("ok ") and lines["good"].endswith("accuracy: 0.91")
    assert "ZeroDivisionError: division by zero (bad.py:3)" in lines["bad"]
    assert "missing: tensorflow" in lines["missing"] and "not at its end after 5 s" in lines["slow"]
    assert "not in " in lines["absent"] and "torch" not in lines
    assert not (Path(listed[1]) / "some__course@12345678" / "week1" / "made.txt").exists()
    assert "accuracy" in (logs / "some_course_12345678_week1_good.py.txt").read_text()

    assert corpus.main([*options, "--resume"]) == 1
    assert capsys.readouterr().out == printed


def test_scripts_are_chosen(corpus: Any, listed: list[str]) -> None:
    scripts = json.loads(Path(listed[0]).read_text())

    def names(*options: str) -> list[str]:
        return [each["path"][6:-3] for each in corpus.chosen(scripts, corpus.arguments([*listed, *options]))]

    assert names("--face", "theano") == ["good", "bad"]
    assert names("--face", "theano", "--face", "tf1", "--difficulty", "2-4") == ["bad", "missing"]
    assert names("--only", "COURSE:week1/slow", "--difficulty", "5") == ["slow"]
