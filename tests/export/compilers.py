"""C compilers of the tests: each that is there, told to take every warning for an error."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limpide.export.c import File
from limpide.runtime.toolchain import environment

STRICT = ("-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror")
LOOPS = ("-O1", "-fopenmp-simd", "-fno-math-errno", "-ffp-contract=fast")


def command(name: str) -> list[str]:
    """How a compiler is called; the test is skipped where it is not there."""
    if name == "zig":
        if importlib.util.find_spec("ziglang") is None:
            pytest.skip("no package ziglang")
        return [sys.executable, "-m", "ziglang", "cc", "-fno-sanitize=undefined"]
    if shutil.which(name) is None:
        pytest.skip(f"no {name}")
    return [name]


def run(words: list[str], folder: Path, keep: bool = False) -> str:
    """What a command says; it has to succeed. keep: zig's own cache, which holds libraries of processors."""
    own = os.environ if keep else environment(folder)
    done = subprocess.run(words, cwd=folder, env=own, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:3000]
    return done.stdout


def put(file: File, folder: Path) -> None:
    (folder / f"{file.name}.c").write_text(file.source)
    (folder / f"{file.name}.h").write_text(file.header)


def loaded(file: File, compiler: str, folder: Path, *flags: str) -> ctypes.CDLL:
    """The file as a library, compiled without one warning."""
    put(file, folder)
    run(
        [*command(compiler), *STRICT, *LOOPS, *flags, "-fPIC", "-shared", f"{file.name}.c", "-o", "it.so"],
        folder,
    )
    return ctypes.CDLL(str(folder / "it.so"))


def call(library: ctypes.CDLL, file: File, word: str, *arguments: Any) -> tuple[int, list[np.ndarray]]:
    """Call a function with arrays and numbers; its code, and its outputs."""
    entry = next(c for c in file.calls if c.name == word)
    given: list[Any] = []
    kept = []
    for port, value in zip(entry.inputs, arguments, strict=True):
        array = np.asarray(value, port.dtype, order="C")
        assert array.shape == port.shape
        kept.append(array)
        if port.shape:
            given.append(array.ctypes.data_as(ctypes.c_void_p))
        else:
            given.append({"float": ctypes.c_float, "int64_t": ctypes.c_int64}[port.type](array.item()))
    outputs = [np.zeros(port.shape, port.dtype) for port in entry.outputs]
    made = [array.ctypes.data_as(ctypes.c_void_p) for array in outputs]
    return getattr(library, f"{file.name}_{word}")(*given, *made), outputs


def state(library: ctypes.CDLL, file: File, word: str) -> np.ndarray:
    """The array of a cell, where it lies in the library."""
    port = next(p for p in file.state if p.name == word)
    kind = np.ctypeslib.as_ctypes_type(port.dtype) * port.size
    return np.ctypeslib.as_array(kind.in_dll(library, f"{file.name}_{word}")).reshape(port.shape)
