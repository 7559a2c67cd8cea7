"""Settings, each also an environment variable, read once at import."""

from __future__ import annotations

import itertools
import math
import os
from dataclasses import dataclass
from typing import ClassVar


@dataclass
class Config:
    """The process-wide settings; assign to its fields to change them.

    floatx: dtype name that Python floats and integer-to-float conversions take (LIMPIDE_FLOATX).
    device: "auto" (C where a compiler is found, else NumPy), "c" or "numpy" (LIMPIDE_DEVICE).
    debug: how many stages of every compilation are printed, 0 to 5 (LIMPIDE_DEBUG).
    threads: how many threads a compiled function may use (LIMPIDE_THREADS; default: the cores that the
    process may use).
    check_numerics: every compiled or eager result is checked for NaN (LIMPIDE_CHECK_NUMERICS).
    reuse: what was compiled before is found again without running the passes (LIMPIDE_REUSE); turn it off
    while passes or schedules are changed in the running process.
    background: NumPy answers the first calls of a small function while it is compiled (LIMPIDE_BACKGROUND).
    Off by default: the last bits of these answers differ, and how many there are depends on the machine.
    limits: a JSON file of machine limits that go before the measured ones (LIMPIDE_LIMITS).
    """

    floatx: str = "float32"
    device: str = "auto"
    debug: int = 0
    threads: int = 1
    check_numerics: bool = False
    reuse: bool = True
    background: bool = False
    limits: str = ""
    changes: ClassVar[int] = 0  # counts assignments: functions built under other settings are built again

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        Config.changes += 1


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    return int(text) if text.lstrip("-").isdigit() else default


def cores(root: str = "/") -> int:
    """How many cores this process may use: those it may run on, or fewer where a container limits its time.

    A team that is larger than its share of time stops for the rest of each period.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min(allowed, _share(root))))


def _share(root: str) -> float:
    """Cores' worth of time that control groups leave to this process (Linux); infinite without a limit."""
    share = math.inf
    for line in _read(f"{root}proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        base = f"{root}sys/fs/cgroup" + ("/cpu" if controllers else "")
        folders = ["", *itertools.accumulate(f"/{part}" for part in path.split("/") if part)]
        for folder in folders:  # a limit of any group holds for all inside
            if controllers:
                quota = _read(f"{base}{folder}/cpu.cfs_quota_us")
                words = [quota, _read(f"{base}{folder}/cpu.cfs_period_us")]
            else:
                words = _read(f"{base}{folder}/cpu.max").split()
            if len(words) == 2 and all(word.strip().isdigit() for word in words) and int(words[1]):
                share = min(share, int(words[0]) / int(words[1]))
    return share


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except (OSError, ValueError):
        return ""


config = Config(
    floatx=os.environ.get("LIMPIDE_FLOATX", "float32"),
    device=os.environ.get("LIMPIDE_DEVICE", "auto"),
    debug=_number("LIMPIDE_DEBUG", 0),
    threads=max(1, _number("LIMPIDE_THREADS", cores())),
    check_numerics=_number("LIMPIDE_CHECK_NUMERICS", 0) != 0,
    reuse=_number("LIMPIDE_REUSE", 1) != 0,
    background=_number("LIMPIDE_BACKGROUND", 0) != 0,
    limits=os.environ.get("LIMPIDE_LIMITS", ""),
)
