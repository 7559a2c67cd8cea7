"""The machine, as far as times depend on it."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from ..errors import LimpideError
from ..runtime import limits
from ..runtime.toolchain import find


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def load() -> float:
    """How many processes wanted to run in the last minute, on average."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def measured_limits() -> limits.Limits | None:
    """What was measured on this machine before, or is now; None without a C compiler."""
    try:
        return limits.kept() or limits.measure()
    except LimpideError:
        return None


def describe() -> dict[str, object]:
    """All of it by name."""
    compiler = find()
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "compiler": None if compiler is None else f"{compiler.kind} {compiler.version}",
        "load": round(load(), 2),
    }
