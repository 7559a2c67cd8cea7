"""A shared library with the C interface of a bundle."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import CompilerError
from ..io.files import write_atomically
from ..runtime import toolchain
from ..runtime.toolchain import LIBRARY_SUFFIX
from .c import File
from .targets import Target


def library(file: File, target: Target, path: Path) -> Path:
    """Compile the file to a shared library; gives its path. Raises LimpideError without a compiler."""
    found = replace(toolchain.require(), target=target.flags)
    made = path / f"{file.name}{LIBRARY_SUFFIX}"
    compiled(found.command_line([f"{file.name}.c"], made.name), file, made)
    return made


def compiled(command: Sequence[str], file: File, made: Path, extra: str = "") -> None:
    """Run a compiler in a folder that has the file, with `extra` behind its C."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / f"{file.name}.c").write_text(file.source + extra, "utf-8")
        (place / f"{file.name}.h").write_text(file.header, "utf-8")
        done = subprocess.run(
            command,
            cwd=place,
            env=toolchain.environment(place),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if "error" in line] or [done.stderr[:300]]
            raise CompilerError("export", f"{command[0]} refused {file.name}.c: {lines[0][:300]}")
        write_atomically(made, lambda beside: copy(place / made.name, beside))


def copy(source: Path, to: Path) -> None:
    shutil.copyfile(source, to)
