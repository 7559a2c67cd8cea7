"""What a run was: told at its end, and written as JSON where that is asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ...io.files import write_atomically
from .output import say

SHOWN = 20  # lines of one kind


@dataclass
class Summary:
    """The facts of a run. ended: "to its end", or what stopped it."""

    script: str
    seconds: float = 0.0
    exit_code: int = 0
    error: str | None = None
    place: str | None = None
    missing: dict[str, str | None] = field(default_factory=dict)  # symbol -> file.py:12
    failed_cells: list[str] = field(default_factory=list)
    converted: list[str] = field(default_factory=list)
    floored: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)

    def show(self) -> None:
        """Say what there is to say; nothing about a run in which nothing was unusual."""
        lines = [f"  {line}" for line in self._lines()]
        if lines:
            say("\n".join([f"{os.path.basename(self.script)}, {self.seconds:.1f} s", *lines]))

    def _lines(self) -> Iterator[str]:
        if self.converted:
            yield f"Python 2, converted: {_joined(self.converted)}"
        if self.floored:
            yield f"integers divided as in Python 2 (3 would give a fraction): {_joined(self.floored)}"
        yield from (f"data: {what}" for what in self.data)
        yield from _all("cut short", self.cut)
        if self.figures:
            yield f"files written: {_joined(self.figures)}"
        yield from _all("failed", self.failed_cells)
        yield from _all(
            "missing", [f"{symbol} ({place})" if place else symbol for symbol, place in self.missing.items()]
        )

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        write_atomically(path, lambda beside: _write(beside, json.dumps(asdict(self), indent=1)))


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n", "utf-8")


def _all(kind: str, lines: list[str]) -> Iterator[str]:
    yield from (f"{kind}: {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"{kind}: and {len(lines) - SHOWN} more"


def _joined(names: list[str]) -> str:
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + rest
