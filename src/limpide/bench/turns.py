"""Timing several ways of the same work in turns, and rows of figures that are kept between runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Call = Callable[[], object]

ROUNDS, FEWEST = 5, 3
SETTLE = 0.015  # seconds in which the threads of another library go to sleep
LONG_ENOUGH = 0.006  # seconds that one time is taken over, at least
MOST_REPEATS = 1000


def in_turns(calls: Sequence[Call], patience: float = 1.0) -> list[list[float]]:
    """Seconds of one call each, taken in rounds, one after the other.

    patience: seconds for all of it, about; where calls are long there are fewer rounds.
    """
    first = [min(seconds_of(call, 1), seconds_of(call, 1)) for call in calls]
    repeats = [min(MOST_REPEATS, max(1, round(LONG_ENOUGH / seconds))) for seconds in first]
    whole = sum(count * seconds + SETTLE for count, seconds in zip(repeats, first, strict=True))
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(min(ROUNDS, max(FEWEST, round(patience / whole)))):
        for call, count, times in zip(calls, repeats, found, strict=True):
            time.sleep(SETTLE)
            call()
            times.append(seconds_of(call, count))
    return found


def seconds_of(call: Call, count: int) -> float:
    begin = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - begin) / count


class Rows:
    """Figures by key. With a file they are read from it, and written to it after each one."""

    def __init__(self, file: Path | None):
        self.file = file
        self.rows: dict[str, dict[str, Any]] = {}
        if file is not None and file.exists():
            self.rows = {row["key"]: row for row in json.loads(file.read_text("utf-8"))}

    def __contains__(self, key: str) -> bool:
        return key in self.rows

    def add(self, key: str, row: dict[str, Any]) -> None:
        self.rows[key] = {"key": key, **row}
        if self.file is not None:
            lines = ",\n".join(map(json.dumps, self.rows.values()))
            self.file.write_text(f"[\n{lines}\n]\n", "utf-8")


def as_far_as(seconds: float, keys: Sequence[str], do: Callable[[str], None]) -> int:
    """Do one after the other, begin none after so many seconds; gives how many were done."""
    begin = time.perf_counter()
    for count, key in enumerate(keys):
        if time.perf_counter() - begin > seconds:
            return count
        do(key)
    return len(keys)
