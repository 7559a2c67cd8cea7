"""From C source to a loaded library, through the cache; and the thread pool they share."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING

from limpide.config import config
from limpide.errors import CacheError, CompilerError
from limpide.runtime import cache, toolchain, units
from limpide.runtime.toolchain import LIBRARY_SUFFIX, Toolchain

if TYPE_CHECKING:
    from subprocess import Popen

HERE = Path(__file__).parent


@dataclass
class Stats:
    """What loading has cost this process so far."""

    compiles: int = 0
    hits: int = 0  # found in the cache on disk
    seconds: float = 0.0  # in compiler and cache together


@dataclass(frozen=True)
class Job:
    """A library to be: its key in the cache, and what it is made from."""

    key: str
    name: str
    files: Mapping[str, str]  # name to text: the source and its headers
    compiler: Toolchain
    level: int
    units: int = 1  # of the source, compiled at the same time

    @property
    def source(self) -> str:
        return f"{self.name}.c"


stats = Stats()
_loaded: dict[str, ctypes.CDLL] = {}
_running: set[Popen[str]] = set()
_ended = False  # the process is: no compiler is to be left behind
_lock = threading.RLock()


def load(source: str, name: str, level: int = 3, headers: Mapping[str, str] | None = None) -> ctypes.CDLL:
    """Compile C source to a shared library, unless the cache has it, and load it.

    name: a word for files and messages. level: -O0 to -O3. headers: file name to text of what the
    source includes with quotes. The same arguments give the same library object.
    Raises LimpideError if there is no compiler, CompilerError if it fails, CacheError if there is
    no folder to build in.

    >>> load("int twice(int x) { return 2 * x; }", "twice").twice(21)
    42
    """
    return load_job(prepare(source, name, level, headers))


def prepare(
    source: str, name: str, level: int = 3, headers: Mapping[str, str] | None = None, parts: int = 1
) -> Job:
    """What `load` does with these arguments, still to be done; the source is cut into so many parts."""
    compiler = toolchain.require()
    name = re.sub(r"\W+", "_", name)[:60]
    files = {f"{name}.c": source, **(headers or {})}
    texts = [text for item in sorted(files.items()) for text in item]
    key = cache.key(name, compiler.identity, *compiler.flags(level), toolchain.cpu(), str(parts), *texts)
    return Job(key, name, files, compiler, level, parts)


def load_job(job: Job) -> ctypes.CDLL:
    """The library of a job, from the cache or compiled now."""
    with _lock:
        if job.key not in _loaded:
            start = time.perf_counter()
            try:
                _loaded[job.key] = _from_cache(job.key) or _build(job)
            finally:
                stats.seconds += time.perf_counter() - start
        return _loaded[job.key]


def load_aside(job: Job) -> ctypes.CDLL:
    """As `load_job`, from a thread that others do not wait for."""
    library = _from_cache(job.key) or _build(job)
    with _lock:
        return _loaded.setdefault(job.key, library)


def load_known(key: str) -> ctypes.CDLL | None:
    """The library that the cache has under this key, or None."""
    with _lock:
        library = _loaded.get(key) or _from_cache(key)
        if library is not None:
            _loaded[key] = library
        return library


def _from_cache(key: str) -> ctypes.CDLL | None:
    entry = cache.lookup(key)
    if entry is None:
        return None
    try:
        library = ctypes.CDLL(str(entry.library))
    except OSError:
        cache.discard(key)  # damaged in a way that its checksum does not tell
        return None
    stats.hits += 1
    return library


def _build(job: Job) -> ctypes.CDLL:
    """Build in the cache's folder; if the file system refuses, once more in a temporary one."""
    try:
        return _build_once(job)
    except CacheError:
        raise
    except OSError as error:
        if cache.is_temporary():
            hint = "free some disk space, or set LIMPIDE_CACHE to a folder that libraries may be loaded from"
            raise CacheError("cache", f"compiled code cannot be kept: {error}", hint=hint) from error
        cache.fall_back(error)
    return _build(job)


def _build_once(job: Job) -> ctypes.CDLL:
    import secrets

    with cache.building() as place:
        for file, text in job.files.items():
            (place / file).write_text(text, encoding="utf-8")
        # dlopen gives back the old library for a path that it has seen, so every build has its own
        library = f"{job.name}-{secrets.token_hex(4)}{LIBRARY_SUFFIX}"
        code, said = _compile(job, library, place)
        stats.compiles += 1
        if code:
            raise _failure(code, said, job, place)
        entry = cache.store(job.key, place, job.source, library)
        return _open(entry.library, job)


def _open(library: Path, job: Job) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(library))
    except OSError as error:
        if not library.exists():  # another process took our entry for the damaged one that it replaces
            return _from_cache(job.key) or _build(job)
        raise toolchain.refused_by_disk(str(error)) or _defect(
            f"    {error}", library.with_name(job.source)
        ) from None


def _compile(job: Job, library: str, place: Path) -> tuple[int, str]:
    """Exit code and messages of making the library, from several units at once where that is asked for."""
    try:
        if job.units == 1:
            return _run([job.compiler.command_line([job.source], library, job.level)], place)
        texts = units.cut(job.files[job.source], job.units)
        names = [f"{job.name}-{i}" for i in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            (place / f"{name}.c").write_text(text, encoding="utf-8")
        code, said = _run([job.compiler.object_line(f"{n}.c", f"{n}.o", job.level) for n in names], place)
        if not code:
            objects = [f"{name}.o" for name in names]
            code, said = _run([job.compiler.command_line(objects, library, job.level)], place)
            for name in names:
                (place / f"{name}.c").unlink()
                (place / f"{name}.o").unlink()
        return code, said
    finally:
        shutil.rmtree(place / toolchain.ZIG_CACHE, ignore_errors=True)


def _run(commands: Sequence[Sequence[str]], place: Path) -> tuple[int, str]:
    """Exit code and messages of compilers at work together; they die with us when we are interrupted."""
    processes: list[Popen[str]] = []
    try:
        for command in commands:
            processes.append(_start(command, place))
            _running.add(processes[-1])
            if _ended:
                end_compilers()
        said = [process.communicate()[0] for process in processes]
    except BaseException:
        for process in processes:
            _end(process)
        raise
    finally:
        _running.difference_update(processes)
    codes = [process.returncode for process in processes]
    return next((code for code in codes if code), 0), "".join(said)


def _start(command: Sequence[str], place: Path) -> Popen[str]:
    import subprocess  # slow to import, and not needed where everything is cached

    try:
        return subprocess.Popen(
            command,
            cwd=place,
            env=toolchain.environment(place),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone, and we end the compiler's whole family
            text=True,
            errors="replace",
        )
    except FileNotFoundError:
        toolchain.forget()
        raise CompilerError("compile", f"the compiler {command[0]} is gone", hint="try once more") from None


def end_compilers() -> None:
    """End all compilers, now and from now on; those who wait for them get an error."""
    global _ended
    _ended = True
    for process in list(_running):
        _end(process)


def _end(process: Popen[str]) -> None:
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


# What a compiler says when the fault is the machine's: text to look for, what to tell, what to do.
MACHINE_FAULTS = (
    (r"Killed signal|out of memory|cannot allocate|memory exhausted",
     "the C compiler was killed or ran out of memory", "close other programs, or use a smaller model"),
    (r"internal compiler error", "the C compiler itself crashed", "try another one: CC=clang or CC=gcc"),
    (r"cannot execute|installation problem|cannot find (-l|crt)|fatal error: .*(No such file|file not found)",
     "the C compiler's installation is not complete", toolchain.INSTALL),
)  # fmt: skip


def _failure(code: int, said: str, job: Job, place: Path) -> Exception:
    """The error for a compiler that failed; an OSError where another folder may help."""
    disk = toolchain.refused_by_disk(said)
    if disk is not None:
        return disk
    if code < 0:
        what = f"the C compiler was killed by signal {-code} while it compiled {job.name}"
        return CompilerError("compile", what, hint="memory may have run out: close other programs")
    for pattern, what, hint in MACHINE_FAULTS:
        if re.search(pattern, said):
            what = f"{what} while it compiled {job.name}:\n{_first(said)}"
            return CompilerError("compile", what, hint=hint)
    return _defect(_first(said), cache.keep_failed(job.key, place, job.source))


def _defect(said: str, source: Path) -> CompilerError:
    return CompilerError(
        "compile",
        f"the C compiler refused code that limpide wrote:\n{said}\n  source kept at {source}",
        hint="this is a defect of limpide, not of your program; please report it with that file",
    )


def _first(said: str) -> str:
    lines = [line for line in said.splitlines() if "error" in line] or said.splitlines()
    return "\n".join(f"    {line[:300]}" for line in lines[:5])


def pool_header() -> str:
    """The text of pool.h, for generated code that uses lp_run and lp_barrier."""
    return (HERE / "pool.h").read_text(encoding="utf-8")


@once
def _pool_library() -> ctypes.CDLL:
    source = (HERE / "pool.c").read_text(encoding="utf-8")
    library = load(source, "pool", headers={"pool.h": pool_header()})
    library.lp_pool_reset.restype = ctypes.c_void_p
    return library


@once
def get_pool() -> int:
    """Address of the process's thread pool, an `lp_pool *`; its threads start when first used.

    Raises what `load` raises.
    """
    address: int = _pool_library().lp_pool_reset()
    return address


def max_threads() -> int:
    """How many threads one run may use: `config.threads`, as far as the platform has threads."""
    if config.threads == 1:
        return 1
    limit: int = _pool_library().lp_pool_limit()
    return max(1, min(config.threads, limit))


def _after_fork() -> None:
    """In a forked child: other threads' locks would never be released, and the workers are gone."""
    global _lock
    _lock = threading.RLock()
    if get_pool.cache_info().currsize:
        _pool_library().lp_pool_reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
