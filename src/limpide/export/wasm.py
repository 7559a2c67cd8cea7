"""WebAssembly: the C of a bundle compiled for browsers, with vectors and without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from functools import cache as once
from pathlib import Path

from ..errors import LimpideError
from ..runtime import toolchain
from .c import File
from .library import compiled
from .targets import FLAGS

STACK = 1 << 18  # bytes: kernels keep rows of up to 64 KB on it
INSTALL = "apt install clang lld, or pip install 'limpide[cc]' for zig"

# For modules without the instructions that copy and fill memory.
COPYING = """
__attribute__((no_builtin("memcpy"))) void *memcpy(void *to, const void *from, size_t n) {
  for (size_t i = 0; i < n; i++) ((char *)to)[i] = ((const char *)from)[i];
  return to;
}
__attribute__((no_builtin("memset"))) void *memset(void *to, int value, size_t n) {
  for (size_t i = 0; i < n; i++) ((char *)to)[i] = (char)value;
  return to;
}
"""


def modules(file: File, folder: Path) -> list[Path]:
    """Write NAME.wasm, with vectors, and NAME.plain.wasm for engines without them.

    Raises LimpideError where no compiler writes WebAssembly.
    """
    compiler = require()
    made = []
    for ending, vectors in ((".wasm", True), (".plain.wasm", False)):
        path = folder / f"{file.name}{ending}"
        command = [*compiler.command(vectors), *_linked(file), f"{file.name}.c", "-o", path.name]
        compiled(command, file, path, "" if vectors else COPYING)
        made.append(path)
    return made


def _linked(file: File) -> list[str]:
    """What the module shows: functions, the addresses of state, and where free memory begins."""
    shown = [f"{file.name}_{word}" for word in (*(c.name for c in file.calls), *(p.name for p in file.state))]
    exports = ",".join(f"--export={name}" for name in [*shown, "__heap_base"])
    return ["-nostdlib", f"-Wl,--no-entry,--strip-all,-z,stack-size={STACK},{exports}"]


class Compiler:
    """A compiler that writes WebAssembly. words: how it is called."""

    def __init__(self, words: Sequence[str], zig: bool):
        self.words = words
        self.zig = zig

    def command(self, vectors: bool) -> list[str]:
        """Its words and flags, for a module with or without vectors."""
        if self.zig:
            own = ["-target", "wasm32-freestanding", "-fno-sanitize=undefined"]
            own.append(f"-mcpu={'generic+simd128+bulk_memory' if vectors else 'mvp'}")
        else:
            own = ["--target=wasm32", "-Wl,--stack-first"]
            own += ["-msimd128", "-mbulk-memory"] if vectors else ["-mcpu=mvp"]
        return [*self.words, *own, "-O2" if vectors else "-Os", "-w", "-std=gnu99", *FLAGS]


def require() -> Compiler:
    """The first compiler that writes WebAssembly."""
    found = find()
    if found is None:
        raise LimpideError("export", "no compiler was found that writes WebAssembly", hint=INSTALL)
    return found


@once
def find() -> Compiler | None:
    """clang with its linker, or zig; None where neither is there."""
    return next(_compilers(), None)


def _compilers() -> Iterator[Compiler]:
    clang = shutil.which("clang")
    if clang and (shutil.which("wasm-ld") or shutil.which("wasm-ld", path=str(Path(clang).resolve().parent))):
        yield Compiler([clang], zig=False)
    words, _ = toolchain.zig_package()
    if words:
        yield Compiler(words, zig=True)
