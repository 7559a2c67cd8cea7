"""Which C compiler is used, what it can do, and with which flags.

Candidates in order: $CC, clang, the `ziglang` package, gcc, cc. Each is tried by compiling, loading
and calling a small library; what came out is kept in the process and, by the compiler's path, time
and CPU, in the cache's folder.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import importlib.util
import json
import os
import platform
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache as once
from pathlib import Path

from limpide.errors import CacheError, LimpideError
from limpide.runtime import cache

INSTALL = "pip install 'limpide[cc]', or the system's own (apt install gcc; xcode-select --install)"
TRY_SECONDS = 60
ZIG_CACHE = "zig-cache"
LIBRARY_SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
IS_X86 = platform.machine().lower() in ("x86_64", "amd64", "i386", "i686")
IS_ARM = platform.machine().lower() in ("aarch64", "arm64")

NUMBERS = ("-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast", "-fwrapv", "-fopenmp-simd")
# gcc fetches what loops read next; memory far away takes longer than its tables assume.
FETCH = ("-fprefetch-loop-arrays", "--param=prefetch-latency=500", "--param=simultaneous-prefetches=32")
# Arrays of several types follow one another in the same memory, so types say nothing of aliasing.
C = ("-fno-strict-aliasing", "-std=gnu11", "-w")
LIBRARY = ("-shared", "-undefined", "dynamic_lookup") if sys.platform == "darwin" else ("-shared",)
# What gcc takes for a level. Its -O3 gives the same speed as the first, and takes a third longer.
# The second leaves out what takes longest in functions of many hundred lines, and gains a few percent there.
GCC_LEVELS = {
    3: ("-O2", "-fvect-cost-model=dynamic"),
    2: ("-O2", "-fvect-cost-model=dynamic", "-fno-tree-pre"),
}

# What compilers and the loader say of a disk that is full, read-only or mounted noexec.
DISK_FAULTS = (
    "No space left on device|Disk quota exceeded|File too large|Read-only file system|Bus error"
    "|failed to map segment from shared object|Operation not permitted"
)

TRIAL = """#include <stdint.h>
#include <math.h>
#ifndef _WIN32
#include <pthread.h>
#endif
#ifdef _WIN32
__declspec(dllexport)
#endif
int32_t lp_trial(int32_t x) { return x + 1; }
"""


@dataclass(frozen=True)
class Isa:
    """A vector instruction set: bytes of one register, and how many there are."""

    name: str
    vector_bytes: int
    registers: int


# The first whose macro the compiler defines.
ISAS = (
    ("__AVX512F__", Isa("avx512", 64, 32)),
    ("__AVX2__", Isa("avx2", 32, 16)),
    ("__SSE2__", Isa("sse", 16, 16)),
    ("__ARM_NEON", Isa("neon", 16, 32)),
)
PLAIN = Isa("plain", 16, 16)


@dataclass(frozen=True)
class Toolchain:
    """A C compiler that works. kind: "gcc", "clang" or "zig"; target: the flags that name the CPU."""

    command: tuple[str, ...]
    kind: str
    version: str
    isa: Isa
    target: tuple[str, ...]

    def flags(self, level: int = 3) -> list[str]:
        """The flags for a shared library at optimisation level 0 to 3."""
        return [*_flags(self.kind, self.target, level), *LIBRARY]

    def command_line(self, sources: Sequence[str], library: str, level: int = 3) -> list[str]:
        """The whole command that makes file `library` from C files or objects."""
        return [*self.command, *self.flags(level), *sources, "-o", library, *_libraries(self.kind)]

    def object_line(self, source: str, target: str, level: int = 3) -> list[str]:
        """The command that compiles file `source` to the object file `target`."""
        return [*self.command, *_flags(self.kind, self.target, level), "-c", source, "-o", target]

    @property
    def identity(self) -> str:
        """What the machine code depends on besides source and flags."""
        return " ".join((*self.command, self.kind, self.version))


@dataclass(frozen=True)
class Probe:
    """One candidate: was it found, and does it work (then `toolchain` is set), else why not."""

    name: str
    command: tuple[str, ...]
    why: str
    toolchain: Toolchain | None

    @property
    def found(self) -> bool:
        return bool(self.command)

    @property
    def works(self) -> bool:
        return self.toolchain is not None


@once
def find() -> Toolchain | None:
    """The first compiler that works, or None; looked for once in a process."""
    for name, command, why in _candidates():
        found = _probe(name, command, why).toolchain
        if found is not None:
            return found
    return None


def require() -> Toolchain:
    """The first compiler that works; raises LimpideError if there is none."""
    found = find()
    if found is None:
        reasons = "\n".join(f"    {one.name}: {one.why}" for one in probe())
        raise LimpideError("compile", f"no C compiler was found that works\n{reasons}", hint=INSTALL)
    return found


def probe() -> list[Probe]:
    """Every candidate, in order, with what was found out about it."""
    return [_probe(name, command, why) for name, command, why in _candidates()]


@once
def notice_no_compiler() -> None:
    """Say once, on stderr, that NumPy computes because there is no C compiler."""
    text = f"limpide: no C compiler found; NumPy computes instead, more slowly. To install one: {INSTALL}"
    print(text, file=sys.stderr)


def forget() -> None:
    """Look for compilers again at the next call."""
    find.cache_clear()


def _candidates() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Name, command (empty if it is not there) and why not."""
    chosen = os.environ.get("CC", "").strip()
    if chosen:
        yield "$CC", *_on_path(chosen)
    yield "clang", *_on_path("clang")
    yield "ziglang", *zig_package()
    yield "gcc", *_on_path("gcc")
    yield "cc", *_on_path("cc")


def _on_path(text: str) -> tuple[tuple[str, ...], str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        return (), f"{text!r} cannot be read as a command: {error}"
    program = shutil.which(words[0])
    if program is None:
        return (), f"{words[0]} is not on the PATH"
    if sys.platform == "darwin" and program.startswith("/usr/bin/") and not _has_command_line_tools():
        return (), f"{program} only opens a dialog: xcode-select --install gives the compiler"
    return (program, *words[1:]), ""


def _has_command_line_tools() -> bool:
    import subprocess

    asked = subprocess.run(["xcode-select", "-p"], capture_output=True, stdin=subprocess.DEVNULL)
    return asked.returncode == 0


def zig_package() -> tuple[tuple[str, ...], str]:
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None:
        return (), "the package ziglang is not installed"
    program = Path(spec.origin).with_name("zig.exe" if sys.platform == "win32" else "zig")
    if program.is_file():
        return (str(program), "cc"), ""  # what `python -m ziglang cc` starts, without starting Python
    return (sys.executable, "-m", "ziglang", "cc"), ""


def _kind(command: Sequence[str], macros: Mapping[str, str]) -> str:
    if any(Path(word).stem == "zig" or word == "ziglang" for word in command):
        return "zig"
    return "clang" if "__clang__" in macros else "gcc"


def _flags(kind: str, target: Sequence[str], level: int) -> list[str]:
    chosen = GCC_LEVELS.get(level) if kind == "gcc" else None
    flags = [*(chosen or [f"-O{level}"]), *target, *NUMBERS, *C]
    if sys.platform != "win32":
        flags.append("-fPIC")
    if kind == "gcc":
        flags += FETCH
    if kind == "zig":
        # The process has a libc and libm already; without them zig need not build its own.
        flags += ["-nostdlib", "-fno-sanitize=undefined"]
    return flags


def _libraries(kind: str) -> list[str]:
    return [] if kind == "zig" or sys.platform in ("darwin", "win32") else ["-lm", "-lpthread"]


def _target_choices() -> list[tuple[str, ...]]:
    """Flags that name the CPU, the best first; LIMPIDE_MARCH is another processor to write code for."""
    asked = os.environ.get("LIMPIDE_MARCH", "").strip()
    if asked:
        return [(f"-march={asked}",)]
    if IS_X86:
        return [("-march=native",), ()]
    return [("-mcpu=native",), ()] if IS_ARM else [()]


def environment(place: Path) -> dict[str, str]:
    """The compiler's environment: plain English messages, and zig's own caches inside `place`."""
    zig = str(place / ZIG_CACHE)
    return {**os.environ, "LC_ALL": "C", "ZIG_GLOBAL_CACHE_DIR": zig, "ZIG_LOCAL_CACHE_DIR": zig}


@once
def cpu() -> str:
    """The CPU's model and features, as text: machine code for one need not run on another."""
    parts = [sys.platform, platform.machine(), str(sys.maxsize)]
    wanted = ("model name", "flags", "Features", "CPU part", "isa")
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if not line.strip():
                    break  # one processor is enough
                if line.split("\t")[0].strip() in wanted:
                    parts.append(line.strip())
    except OSError:
        if sys.platform == "darwin":
            import subprocess

            sysctl = ["sysctl", "-n", "machdep.cpu.brand_string"]
            parts.append(subprocess.run(sysctl, capture_output=True, text=True).stdout)
        else:
            parts.append(platform.processor())  # slow where there is no registry to look it up in
    return "\n".join(parts)


def _probe(name: str, command: tuple[str, ...], why: str) -> Probe:
    if not command:
        return Probe(name, (), why, None)
    note = "compiler-" + _fingerprint(command) + ".json"
    known = _from_note(cache.read_note(note))
    if known is not None and known.command == command:
        return Probe(name, command, "", known)
    try:
        found = _try(command)
    except _Unusable as error:
        return Probe(name, command, str(error), None)
    cache.write_note(note, json.dumps(asdict(found)))
    return Probe(name, command, "", found)


def _fingerprint(command: Sequence[str]) -> str:
    """Hash of the command, its files' times and sizes, the CPU, and how we probe."""
    targets = _target_choices()
    parts = [repr(_flags("gcc", LIBRARY, 3)), repr(targets), repr(ISAS), TRIAL, cpu(), *command]
    for word in command:
        path = shutil.which(word)
        if path is not None:
            status = os.stat(path)
            parts += [str(status.st_mtime_ns), str(status.st_size)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def _from_note(text: str | None) -> Toolchain | None:
    if text is None:
        return None
    try:
        note = json.loads(text)
        isa = Isa(**note["isa"])
        return Toolchain(tuple(note["command"]), note["kind"], note["version"], isa, tuple(note["target"]))
    except (ValueError, KeyError, TypeError):
        return None


class _Unusable(Exception):
    pass


def refused_by_disk(said: str) -> OSError | None:
    """The error if the file system is at fault for what a compiler or the loader says."""
    found = re.search(DISK_FAULTS, said)
    return OSError(errno.EIO, found.group()) if found else None


def _try(command: tuple[str, ...]) -> Toolchain:
    """What a compiler is, found out by using it; raises _Unusable."""
    try:
        return _try_once(command)
    except CacheError:
        raise
    except OSError as error:
        if cache.is_temporary():
            raise _Unusable(f"cannot be tried out: {error.strerror}") from None
        cache.fall_back(error)
    return _try(command)


def _try_once(command: tuple[str, ...]) -> Toolchain:
    with cache.building() as place:
        (place / "trial.c").write_text(TRIAL)
        for target in _target_choices():
            try:
                macros = _macros(command, target, place)
                break
            except _Unusable as error:
                failure = error
        else:
            raise failure
        found = _describe(command, target, macros)
        library = place / f"trial{LIBRARY_SUFFIX}"
        _run(found.command_line(["trial.c"], library.name), place)
        _call(library)
    return found


def _describe(command: tuple[str, ...], target: tuple[str, ...], macros: Mapping[str, str]) -> Toolchain:
    isa = next((isa for macro, isa in ISAS if macro in macros), PLAIN)
    if isa.name == "avx512":
        target = (*target, "-mprefer-vector-width=512")  # compilers stay at 256 bits on their own
    version = macros.get("__VERSION__", "unknown").strip('"')
    return Toolchain(command, _kind(command, macros), version, isa, target)


def _macros(command: Sequence[str], target: Sequence[str], place: Path) -> dict[str, str]:
    text = _run([*command, *target, "-dM", "-E", "-x", "c", "trial.c"], place)
    return dict(re.findall(r"^#define (\w+) (.*)$", text, re.MULTILINE))


def _run(command: Sequence[str], place: Path) -> str:
    import subprocess  # slow to import, and not needed where the compiler is known

    try:
        done = subprocess.run(
            command,
            cwd=place,
            env=environment(place),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TRY_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise _Unusable(f"did not answer within {TRY_SECONDS} s") from None
    except OSError as error:
        raise _Unusable(f"cannot be started: {error.strerror}") from None
    if done.returncode:
        disk = refused_by_disk(done.stderr)
        if disk is not None:
            raise disk
        said = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip())
        raise _Unusable(f"cannot compile a small program (exit {done.returncode}): {said[:300]}")
    return done.stdout


def _call(library: Path) -> None:
    try:
        answer = ctypes.CDLL(str(library)).lp_trial(41)
    except (OSError, AttributeError) as error:
        disk = refused_by_disk(str(error))
        if disk is not None:
            raise disk from None
        raise _Unusable(f"makes libraries that this Python cannot load: {error}") from None
    if answer != 42:
        raise _Unusable(f"makes wrong code: 41 + 1 gave {answer}")
