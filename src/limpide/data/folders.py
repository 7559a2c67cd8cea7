"""Where data sets are looked for and kept."""

from __future__ import annotations

import os
from pathlib import Path


def user_folder() -> Path:
    """The user's own data folder: `$XDG_CACHE_HOME/limpide/data`, by default `~/.cache/limpide/data`."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG rules have relative paths ignored.
    root = Path(cache) if os.path.isabs(cache) else Path.home() / ".cache"
    return root / "limpide" / "data"


def search_folders(name: str) -> list[Path]:
    """The folders that may hold the data set `name`, in the order in which they are looked at.

    `$LIMPIDE_DATA` may be the folder of one data set, or hold a subfolder for each.
    """
    chosen = os.environ.get("LIMPIDE_DATA", "")
    given = [Path(chosen).expanduser(), Path(chosen).expanduser() / name] if chosen else []
    return [*given, user_folder() / name]
