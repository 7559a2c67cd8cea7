"""What a run writes for the user: figures and other things shown, as numbered files of one folder; notes."""

from __future__ import annotations

import sys
from pathlib import Path

PREFIX = "limpide: "


class Output:
    """The folder of a run, made when the first file is written. name: the script's, in file names."""

    def __init__(self, folder: Path, name: str):
        self.folder, self.name = folder, name
        self.files: list[Path] = []
        self._counts: dict[str, int] = {}

    def path(self, kind: str, ending: str) -> Path:
        """The next file of a kind: `NAME-figure-1.png`."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f"{self.name}-{kind}-{self._counts[kind]}{ending}"

    def written(self, path: Path) -> None:
        """Say that a file was written."""
        self.files.append(path)
        say(f"wrote {path}")


def say(text: str) -> None:
    """A line of our own, apart from what the script prints."""
    sys.stdout.flush()
    print(f"{PREFIX}{text}", file=sys.stderr, flush=True)
