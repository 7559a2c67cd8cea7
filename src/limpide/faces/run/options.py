"""How a script is to be run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How to run. python: 2 or 3, or None to see; figures: write them even where there is a screen."""

    quick: bool = False
    keep_going: bool = False
    synthetic_data: bool = False
    network: bool = False
    figures: bool = False
    out: Path | None = None
    python: int | None = None
    summary: Path | None = None
