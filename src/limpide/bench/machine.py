"""The machine, as far as times depend on it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..build import device
from ..runtime.toolchain import find

MATRIX = 1024
STREAM = 16 << 20  # float32, twice: past every cache


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def load() -> float:
    """How many processes wanted to run in the last minute, on average."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def limits() -> dict[str, float]:
    """Rough limits: GFLOP/s of NumPy's matrix product, GB/s of copying."""
    a = np.ones((MATRIX, MATRIX), np.float32)
    product = np.empty_like(a)
    source, target = np.ones(STREAM, np.float32), np.ones(STREAM, np.float32)
    return {
        "matmul_gflops": 2 * MATRIX**3 / shortest(lambda: np.matmul(a, a, out=product)) / 1e9,
        "copy_gbytes": 2 * source.nbytes / shortest(lambda: np.copyto(target, source)) / 1e9,
    }


def shortest(f: Callable[[], object], tries: int = 7) -> float:
    times = []
    for _ in range(tries):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return min(times)


def describe() -> dict[str, object]:
    """All of it by name."""
    compiler = find() if device() == "c" else None
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "compiler": f"{compiler.kind} {compiler.version}" if compiler is not None else None,
        "load": round(load(), 2),
        **{name: round(value, 1) for name, value in limits().items()},
    }
