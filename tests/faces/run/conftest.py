"""Scripts and notebooks of the tests, run as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., "Done"]


@dataclass
class Done:
    """What a run gave: exit code, stdout, stderr and the summary's facts."""

    code: int
    out: str
    err: str
    facts: dict[str, Any]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run(text, *options, arguments=[], name="script.py")` writes the script and runs it in its folder."""

    def started(text: str, *options: str, arguments: tuple[str, ...] = (), name: str = "script.py") -> Done:
        (tmp_path / name).write_text(text)
        facts = tmp_path / "facts.json"
        environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        command = [sys.executable, "-m", "limpide.faces", "--summary", str(facts), *options, name, *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        found = json.loads(facts.read_text()) if facts.exists() else {}
        return Done(done.returncode, done.stdout, done.stderr, found)

    return started


@pytest.fixture
def notebook() -> Callable[..., str]:
    """The text of a notebook of format 4 with these code cells."""

    def made(*cells: str, metadata: dict[str, Any] | None = None) -> str:
        listed = [{"cell_type": "code", "source": cell.splitlines(True)} for cell in cells]
        return json.dumps({"cells": listed, "metadata": metadata or {}, "nbformat": 4})

    return made
