"""`get_ipython()` of a notebook's run: the magics that mean something without IPython."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import timeit
from collections.abc import Callable
from typing import Any

from .. import quick
from .output import say

SILENT = {
    "matplotlib", "load_ext", "reload_ext", "autoreload", "config", "precision", "autosave", "reset", "pdb",
    "xmode", "colors", "alias", "automagic", "who", "whos", "history", "tensorboard", "aimport",
}  # fmt: skip
LANGUAGES = {"bash": "bash", "sh": "sh", "script": None}
SHOWN_AS_TEXT = {"html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG"}

LIMIT, QUICK_LIMIT = 3600, 10  # seconds: a notebook may start a server, which never ends

Run = Callable[..., None]  # a cell's text and its name, and whether to show the value of its last line


class Shell:
    """Line magics, cell magics and commands. run: runs the text of a cell in the notebook's namespace."""

    def __init__(self, namespace: dict[str, Any], run: Run):
        self.user_ns = namespace
        self.kernel = None
        self._run = run
        self._skipped: set[str] = set()

    # -------------------------------------------------------------------------------- lines
    def run_line_magic(self, name: str, line: str, *_: Any) -> Any:
        """`%name line`."""
        known = getattr(self, f"_line_{name}", None)
        if known is not None:
            return known(line)
        if name not in SILENT:
            self._skip(f"%{name}")
        return None

    def magic(self, text: str) -> Any:
        """`%name line` as one text."""
        name, _, line = text.lstrip("%").partition(" ")
        return self.run_line_magic(name, line)

    def enable_matplotlib(self, gui: Any = None) -> None:
        """Figures are files here."""

    def _line_pylab(self, line: str) -> None:
        self._run(
            "import numpy\nimport matplotlib\nfrom matplotlib import pylab, mlab, pyplot\n"
            "np = numpy\nplt = pyplot\n"
            "from pylab import *\nfrom numpy import *\nfrom numpy import random, fft, linalg\n",
            "%pylab",
        )

    def _line_time(self, line: str) -> None:
        self.run_cell_magic("time", "", line)

    def _line_timeit(self, line: str) -> None:
        words = line.split()
        while words and words[0].startswith("-"):
            words.pop(0)
        self.run_cell_magic("timeit", "", " ".join(words))

    def _line_run(self, line: str) -> None:
        path = line.split()[0].strip("\"'")
        with open(path if path.endswith(".py") else f"{path}.py") as file:
            self._run(file.read(), path)

    _line_load = _line_run

    def _line_cd(self, line: str) -> None:
        os.chdir(os.path.expanduser(line.strip("\"' ") or "~"))

    def _line_pwd(self, line: str) -> str:
        return os.getcwd()

    def _line_env(self, line: str) -> None:
        name, _, value = line.replace("=", " ", 1).partition(" ")
        if value:
            os.environ[name] = value.strip()

    _line_set_env = _line_env

    def _line_ls(self, line: str) -> None:
        self.system(f"ls {line}")

    def _line_mkdir(self, line: str) -> None:
        self.system(f"mkdir {line}")

    def _line_cat(self, line: str) -> None:
        self.system(f"cat {line}")

    # -------------------------------------------------------------------------------- cells
    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """`%%name line` and the cell below it."""
        if name == "time":
            since, cpu = time.perf_counter(), time.process_time()
            self._run(cell, "%time")
            took, worked = time.perf_counter() - since, time.process_time() - cpu
            print(f"CPU times: {worked:.3g} s\nWall time: {took:.3g} s")
        elif name == "timeit":
            seconds = timeit.timeit(lambda: self._run(cell, "%timeit", False), number=1)
            print(f"{seconds:.3g} s (one loop)")
        elif name in ("capture", "prun", "python", "python2", "python3", "pypy"):
            self._run(cell, f"%%{name}")
        elif name in LANGUAGES:
            program = LANGUAGES[name] or line.split()[0]
            self._print([program], cell)
        elif name in ("writefile", "file"):
            self._write_file(line, cell)
        elif name not in SHOWN_AS_TEXT:
            self._skip(f"%%{name}")

    def _write_file(self, line: str, cell: str) -> None:
        words = line.split()
        with open(words[-1].strip("\"'"), "a" if "-a" in words else "w") as file:
            file.write(cell)
        print(f"Writing {words[-1]}")

    # -------------------------------------------------------------------------------- commands
    def system(self, command: str) -> None:
        """`!command`; its output is printed."""
        if self._installs(command):
            return
        self._print(["sh", "-c", self._filled(command)])

    def getoutput(self, command: str) -> list[str]:
        """The lines that a command prints."""
        if self._installs(command):
            return []
        done = subprocess.run(
            self._filled(command), shell=True, capture_output=True, text=True, timeout=LIMIT
        )
        return done.stdout.splitlines()

    def _installs(self, command: str) -> bool:
        """Installing and downloading is not what running a notebook means here."""
        first = command.split()[0] if command.split() else ""
        skipped = first in ("pip", "pip3", "conda", "apt", "apt-get", "wget", "curl", "git", "sudo")
        if skipped:
            self._skip(f"!{' '.join(command.split()[:3])}")
        return skipped

    def _filled(self, command: str) -> str:
        """`{name}` and `$name` are the notebook's own variables."""
        for name, value in self.user_ns.items():
            if isinstance(value, str | int | float) and not name.startswith("_"):
                command = command.replace(f"{{{name}}}", str(value)).replace(f"${name}", str(value))
        return command

    def _print(self, command: list[str], text: str = "") -> None:
        limit = LIMIT if quick.policy() is None else QUICK_LIMIT
        try:
            done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=limit)
        except subprocess.TimeoutExpired:
            say(f"a command of the notebook was ended after {limit} s")
            return
        print(done.stdout, end="")
        print(done.stderr, end="", file=sys.stderr)

    def pinfo(self, name: str) -> None:
        """`name?`: what it is, in a line or two."""
        thing: Any = None
        try:
            thing = eval(name.split("(")[0], self.user_ns)
        except Exception:
            print(f"Object `{name}` not found.")
            return
        text = (getattr(thing, "__doc__", None) or repr(thing)).strip()
        print(f"{name}: {text.splitlines()[0] if text else type(thing).__name__}")

    def _skip(self, what: str) -> None:
        if what not in self._skipped:
            self._skipped.add(what)
            say(f"{what} is left out")
