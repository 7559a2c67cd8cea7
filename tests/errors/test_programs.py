"""Programs that must fail, in `programs/`, and the whole text that each one shows on stderr.

A program's first lines may be comments that say how it is run:

    # devices: numpy c        on which devices (numpy alone where nothing is said); the text is the same
    # env: NAME=value ...     environment variables
    # without: package        not run where this package is installed
    # exit: 0                 it succeeds, and what it shows is a notice

LIMPIDE_WRITE_TEXTS=1 writes the texts anew; read the difference before it is committed.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from limpide.runtime import toolchain

PROGRAMS = Path(__file__).parent / "programs"
WRITE = "LIMPIDE_WRITE_TEXTS" in os.environ
MARKS = re.compile(r"^\s*[~^]+\n", re.MULTILINE)  # Python's versions draw them differently


def options(program: Path) -> dict[str, str]:
    """What the comments on the first lines say."""
    return dict(re.findall(r"^# (\w+): (.*)$", program.read_text("utf-8"), re.MULTILINE))


def cases() -> list[tuple[str, str]]:
    programs = sorted(PROGRAMS.glob("*.py"))
    return [(p.stem, d) for p in programs for d in options(p).get("devices", "numpy").split()]


@cache
def has_compiler() -> bool:
    return toolchain.find() is not None


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compile cache that the programs share."""
    return tmp_path_factory.mktemp("cache")


def shown(stderr: str, folder: Path) -> str:
    """The text with places that differ between machines taken out."""
    text = stderr.replace(f"{PROGRAMS}{os.sep}", "").replace(str(folder), "<folder>")
    text = re.sub(r"/\S*/limpide-\w{8}\b", "<temporary>", text)
    return MARKS.sub("", text)


@pytest.mark.parametrize(("name", "device"), cases())
def test_text(name: str, device: str, tmp_path: Path, compiled: Path) -> None:
    program = PROGRAMS / f"{name}.py"
    said = options(program)
    if "without" in said and importlib.util.find_spec(said["without"]) is not None:
        pytest.skip(f"{said['without']} is installed")
    if device == "c" and "PATH=" not in said.get("env", "") and not has_compiler():
        pytest.skip("no C compiler here")
    environment = os.environ | {
        "LIMPIDE_DEVICE": device,
        "LIMPIDE_CACHE": str(compiled),
        "LIMPIDE_DATA": str(tmp_path),
        "PYTHONWARNINGS": "default",
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }
    environment |= dict(pair.split("=", 1) for pair in said.get("env", "").split())
    done = subprocess.run(
        [sys.executable, str(program)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    text = shown(done.stderr, tmp_path)
    expected = program.with_suffix(".txt")
    if WRITE:
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")
    assert (done.returncode == 0) == (said.get("exit") == "0"), done.returncode
    assert "limpide/" not in text.replace("/proc/limpide", ""), "a frame of our own shows"


def test_every_text_has_a_program() -> None:
    texts = {p.stem for p in PROGRAMS.glob("*.txt")}
    assert texts == {p.stem for p in PROGRAMS.glob("*.py")}


def test_an_error_says_what_is_wrong_and_where() -> None:
    """`Kind: [op] what`, and the user's line, either in a traceback or after the text."""
    for name, _ in cases():
        if "exit" in options(PROGRAMS / f"{name}.py"):
            continue
        text = (PROGRAMS / f"{name}.txt").read_text("utf-8")
        assert re.search(r"^\w+: \[[\w. ()]+\] \S", text, re.MULTILINE), name
        assert text.startswith("error: ") or f'File "{name}.py", line ' in text, name
