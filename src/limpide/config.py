"""Settings, each also an environment variable, read once at import."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar


@dataclass
class Config:
    """The process-wide settings; assign to its fields to change them.

    floatx: dtype name that Python floats and integer-to-float conversions take (LIMPIDE_FLOATX).
    device: "auto" (C where a compiler is found, else NumPy), "c" or "numpy" (LIMPIDE_DEVICE).
    debug: how many stages of every compilation are printed, 0 to 5 (LIMPIDE_DEBUG).
    threads: how many threads a compiled function may use (LIMPIDE_THREADS; default: all cores).
    check_numerics: every compiled or eager result is checked for NaN (LIMPIDE_CHECK_NUMERICS).
    reuse: what was compiled before is found again without running the passes (LIMPIDE_REUSE); turn it off
    while passes or schedules are changed in the running process.
    limits: a JSON file of machine limits that go before the measured ones (LIMPIDE_LIMITS).
    """

    floatx: str = "float32"
    device: str = "auto"
    debug: int = 0
    threads: int = 1
    check_numerics: bool = False
    reuse: bool = True
    limits: str = ""
    changes: ClassVar[int] = 0  # counts assignments: functions built under other settings are built again

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        Config.changes += 1


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    return int(text) if text.lstrip("-").isdigit() else default


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


config = Config(
    floatx=os.environ.get("LIMPIDE_FLOATX", "float32"),
    device=os.environ.get("LIMPIDE_DEVICE", "auto"),
    debug=_number("LIMPIDE_DEBUG", 0),
    threads=max(1, _number("LIMPIDE_THREADS", _cores())),
    check_numerics=_number("LIMPIDE_CHECK_NUMERICS", 0) != 0,
    reuse=_number("LIMPIDE_REUSE", 1) != 0,
    limits=os.environ.get("LIMPIDE_LIMITS", ""),
)
