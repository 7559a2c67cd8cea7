"""The machine's limits: caches, arithmetic, memory and threads, for choosing schedules and judging times.

`current()` costs nothing: a file of the user's, else what was measured on this machine before, else typical
figures of its vector instructions with the system's cache sizes. Only `measure()` measures (under two
seconds); `limpide doctor` and `limpide bench` call it.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import math
import os
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from functools import cache as once
from pathlib import Path
from typing import Any

import numpy as np

from limpide.config import config
from limpide.errors import LimpideError
from limpide.runtime import cache, native, toolchain
from limpide.runtime.toolchain import PLAIN, Isa

SOURCE = Path(__file__).with_name("limits.c")
SYSFS = Path("/sys/devices/system/cpu/cpu0/cache")

# The kinds of work that limits.c knows, by number.
FLOPS_F32, FLOPS_F64, READ, TRIAD, TRIAD_STREAMING, BARRIERS, HANDED_OVER = range(7)

STREAM = 16 << 20  # numbers of each of three arrays: 192 MB in all, past most caches
ROUNDS = 5
FLOPS_STEPS = 1_000_000
CACHED_BYTES = 200 << 20  # read per round from a cache
BARRIER_COUNT = 2000


@dataclass(frozen=True)
class Limits:
    """What a machine can do at most. Sizes in bytes, rates per second, times in seconds.

    vector_bytes, registers: of the vector instructions that the compiler uses.
    l1, l2: data caches of one core; l3: shared by cores, 0 if there is none.
    threads: how many the figures `..._all` were taken with; the others are of one.
    flops: multiplications and additions.
    read, triad: bytes of long arrays (192 MB) read, or read and written in c = a + k * b, `streaming`
    with stores that pass by the caches.
    l2_read, l3_read: bytes read from a cache; core_to_core: read that another core has just written.
    barrier: until all threads have met.
    measured: False where the figures are typical ones.
    """

    cores: int
    threads: int
    vector_bytes: int
    registers: int
    l1: int
    l2: int
    l3: int
    flops_f32: float
    flops_f64: float
    flops_f32_all: float
    flops_f64_all: float
    read: float
    read_all: float
    triad: float
    triad_all: float
    triad_streaming: float
    triad_streaming_all: float
    l2_read: float
    l3_read: float
    core_to_core: float
    barrier: float
    measured: bool = False

    def describe(self) -> list[str]:
        """Lines for a reader.

        >>> print(typical(Isa("avx2", 32, 16), (48 << 10, 2 << 20, 0), cores=2, threads=2).describe()[0])
        vectors of 32 bytes, 16 registers; caches: 48 KB, 2 MB a core
        """
        cached = f"{_size(self.l1)}, {_size(self.l2)} a core"
        shared = f", {_size(self.l3)} shared" if self.l3 else ""
        one, team = "1 thread", f"{self.threads} threads"
        f32, f64 = (self.flops_f32, self.flops_f32_all), (self.flops_f64, self.flops_f64_all)
        return [
            f"vectors of {self.vector_bytes} bytes, {self.registers} registers; caches: {cached}{shared}",
            f"float32 {_giga(*f32)}, float64 {_giga(*f64)} GFLOP/s ({one}, {team})",
            f"long arrays: read {_giga(self.read, self.read_all)}, "
            f"a + k * b {_giga(self.triad, self.triad_all)}, "
            f"past the caches {_giga(self.triad_streaming, self.triad_streaming_all)} GB/s ({one}, {team})",
            f"one thread reads {_giga(self.l2_read)} GB/s from the second cache, {_giga(self.l3_read)} "
            f"from the next, {_giga(self.core_to_core)} from another core",
            f"{team} meet in {self.barrier * 1e9:.0f} ns",
        ]


def _giga(*rates: float) -> str:
    return " / ".join(f"{rate / 1e9:.0f}" if rate >= 1e10 else f"{rate / 1e9:.1f}" for rate in rates)


def _size(count: int) -> str:
    return f"{count / 2**20:g} MB" if count >= 2**20 else f"{count / 2**10:g} KB"


def current() -> Limits:
    """The limits to reckon with now; never measures.

    Raises LimpideError if the file that `config.limits` names cannot be used.
    """
    return _current(str(cache.location()), config.limits, config.threads)


@once
def _current(folder: str, file: str, threads: int) -> Limits:
    found = kept() or _typical_here()
    return replace(found, **_from_file(file)) if file else found


def kept() -> Limits | None:
    """What was measured here before, with as many threads; None if nothing was, or it is damaged."""
    text = cache.read_note(_note())
    if text is None:
        return None
    try:
        known = _checked(json.loads(text))
        return Limits(**known)
    except (ValueError, TypeError):
        return None


def measure() -> Limits:
    """Measure the limits (under two seconds), and keep them for every later process.

    Raises LimpideError if there is no C compiler that works.
    """
    found = _measured()
    cache.write_note(_note(), json.dumps(asdict(found), indent=1))
    _current.cache_clear()
    return found


def _isa() -> Isa:
    compiler = toolchain.find()
    return PLAIN if compiler is None else compiler.isa


@once
def _cpu_hash() -> str:
    text = f"{toolchain.cpu()}\n{os.cpu_count()}\n{SOURCE.read_text('utf-8')}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _note() -> str:
    return f"limits-{_cpu_hash()}-{_isa().name}-{config.threads}.json"


def _from_file(name: str) -> dict[str, Any]:
    """Some or all fields, from the user's JSON file."""
    try:
        known = json.loads(Path(name).expanduser().read_text("utf-8"))
        return _checked(known)
    except (OSError, ValueError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        hint = "config.limits (LIMPIDE_LIMITS) names a JSON object of fields of limpide.runtime.limits.Limits"
        raise LimpideError("limits", f"{name} cannot be used: {why}", hint=hint) from None


def _checked(known: object) -> dict[str, Any]:
    """The fields as they have to be; raises ValueError."""
    if not isinstance(known, dict):
        raise ValueError("this is no JSON object")
    kinds = {field.name: str(field.type) for field in fields(Limits)}
    for name, value in known.items():
        if name not in kinds:
            raise ValueError(f"there is no limit '{name}'")
        if not _fits(value, kinds[name], least=0 if name == "l3" else 1e-12):
            raise ValueError(f"'{name}' cannot be {value!r}")
    return known


def _fits(value: object, kind: str, least: float) -> bool:
    if kind == "bool" or isinstance(value, bool):
        return kind == "bool" and isinstance(value, bool)
    number = isinstance(value, int) or (kind == "float" and isinstance(value, float))
    return number and math.isfinite(value) and value >= least  # type: ignore[arg-type, operator]


# ---------------------------------------------------------------------------------------- without measuring


# Typical float32 operations per second of one core at 3 GHz.
TYPICAL_FLOPS = {"avx512": 190e9, "avx2": 95e9, "sse": 24e9, "neon": 48e9, "plain": 6e9}
TYPICAL_READ = 12e9


def _typical_here() -> Limits:
    return typical(_isa(), cache_sizes(), os.cpu_count() or 1, config.threads)


def typical(isa: Isa, sizes: tuple[int, int, int], cores: int, threads: int) -> Limits:
    """Figures of a common machine with these vector instructions and caches."""
    flops, team = TYPICAL_FLOPS.get(isa.name, TYPICAL_FLOPS["plain"]), min(threads, cores)
    read, read_all = TYPICAL_READ, TYPICAL_READ * min(team, 2)
    l1, l2, l3 = sizes
    return Limits(
        cores, threads, isa.vector_bytes, isa.registers, l1, l2, l3,
        flops, flops / 2, flops * team, flops / 2 * team,
        read, read_all, read, read_all, read, read_all,
        l2_read=5 * read, l3_read=2 * read, core_to_core=read, barrier=300e-9,
    )  # fmt: skip


@once
def cache_sizes() -> tuple[int, int, int]:
    """Bytes of the data caches, first to third, as the system tells them, else common ones."""
    found = _sizes_of_linux(SYSFS) or _sizes_of_macos()
    return found.get(1, 32 << 10), found.get(2, 1 << 20), found.get(3, 0)


def _sizes_of_linux(folder: Path) -> dict[int, int]:
    """Bytes by level."""
    found = {}
    for place in sorted(folder.glob("index*")):
        try:
            kind, level, size = ((place / name).read_text().strip() for name in ("type", "level", "size"))
        except OSError:
            continue
        amount = re.fullmatch(r"(\d+)([KMG]?)", size)
        if amount and level.isdigit() and kind in ("Data", "Unified"):
            found[int(level)] = int(amount[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[amount[2]]
    return found


# The fast cores of several kinds first, then all; the kernel gives nothing for names that it lacks.
MACOS_NAMES = {
    1: ("hw.perflevel0.l1dcachesize", "hw.l1dcachesize"),
    2: ("hw.perflevel0.l2cachesize", "hw.l2cachesize"),
    3: ("hw.perflevel0.l3cachesize", "hw.l3cachesize"),
}


def _sizes_of_macos() -> dict[int, int]:
    if sys.platform != "darwin":
        return {}
    ask = ctypes.CDLL(None).sysctlbyname
    asked = {level: [_sysctl(ask, name) for name in names] for level, names in MACOS_NAMES.items()}
    return {level: next(filter(None, sizes)) for level, sizes in asked.items() if any(sizes)}


def _sysctl(ask: Callable[..., int], name: str) -> int:
    value, size = ctypes.c_int64(0), ctypes.c_size_t(8)
    failed = ask(name.encode(), ctypes.byref(value), ctypes.byref(size), None, ctypes.c_size_t(0))
    return 0 if failed else value.value


# ------------------------------------------------------------------------------------------------ measuring


class _Bench:
    """The probes of limits.c, with memory to work in."""

    def __init__(self, isa: Isa):
        text = SOURCE.read_text("utf-8")
        head = f"#define VECTOR_BYTES {isa.vector_bytes}\n#define REGISTERS {isa.registers}\n"
        library = native.load(head + text, "limits", headers={"pool.h": native.pool_header()})
        self.call = library.lp_limits
        self.call.restype = ctypes.c_double
        self.call.argtypes = [
            ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_void_p,
            ctypes.c_size_t, ctypes.c_long, ctypes.c_int,
        ]  # fmt: skip
        self.pool = native.get_pool()
        # Written to: pages that never were are all one page of zeros. The rest is room to align.
        self.memory = np.full(3 * STREAM + 4096, 1, np.float32)
        self.start = self.memory.ctypes.data + -self.memory.ctypes.data % 4096

    def seconds(
        self, kind: int, threads: int, numbers: int = 0, repeats: int = 1, rounds: int = ROUNDS
    ) -> float:
        """Of the shortest round of work of one kind."""
        numbers -= numbers % 64  # whole vectors
        taken: float = self.call(self.pool, kind, threads, self.start, numbers, repeats, rounds)
        return taken

    def flops(self, kind: int, isa: Isa, itemsize: int, threads: int) -> float:
        chains = 24 if isa.registers >= 32 else 12
        count = 2 * chains * FLOPS_STEPS * isa.vector_bytes // itemsize
        return threads * count / self.seconds(kind, threads, repeats=FLOPS_STEPS)

    def stream(self, kind: int, threads: int) -> float:
        numbers = 3 * STREAM if kind == READ else STREAM  # 192 MB either way
        return 12 * STREAM / self.seconds(kind, threads, numbers)

    def cached(self, size: int) -> float:
        repeats = max(1, CACHED_BYTES // size)
        return size * repeats / self.seconds(READ, 1, size // 4, repeats)


def _measured() -> Limits:
    isa, sizes = toolchain.require().isa, cache_sizes()
    _, l2, l3 = sizes
    team = native.max_threads()
    bench = _Bench(isa)
    between = min(4 * l2, 4 * STREAM)  # bytes that the third cache holds and the second does not
    found = replace(
        typical(isa, sizes, os.cpu_count() or 1, config.threads),
        threads=team,
        flops_f32=bench.flops(FLOPS_F32, isa, 4, 1),
        flops_f64=bench.flops(FLOPS_F64, isa, 8, 1),
        flops_f32_all=bench.flops(FLOPS_F32, isa, 4, team),
        flops_f64_all=bench.flops(FLOPS_F64, isa, 8, team),
        read=bench.stream(READ, 1),
        read_all=bench.stream(READ, team),
        triad=bench.stream(TRIAD, 1),
        triad_all=bench.stream(TRIAD, team),
        triad_streaming=bench.stream(TRIAD_STREAMING, 1),
        triad_streaming_all=bench.stream(TRIAD_STREAMING, team),
        l2_read=bench.cached(l2 // 2),
        l3_read=bench.cached(between) if l3 else bench.stream(READ, 1),
        measured=True,
    )
    if team == 1:
        return found
    handed = min(l2 // 4, 1 << 18)
    return replace(
        found,
        barrier=bench.seconds(BARRIERS, team, repeats=BARRIER_COUNT) / BARRIER_COUNT,
        core_to_core=handed / bench.seconds(HANDED_OVER, team, handed // 4, rounds=10 * ROUNDS),
    )
