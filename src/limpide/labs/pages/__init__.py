"""Labs as pages that train in a browser: `limpide export lab:NAME --web DIR`."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

from limpide.errors import ArgumentError
from limpide.export import Exported

PAGES = ("audio", "digits")


def write(name: str, folder: Path, **options: Any) -> Exported:
    """Write the page of a lab to a folder. Raises ArgumentError where a lab has none."""
    if name not in PAGES:
        raise ArgumentError("export", f"the lab '{name}' has no page", hint=f"there are {', '.join(PAGES)}")
    writer = importlib.import_module(f"{__name__}.{name}").write
    other = set(options) - set(inspect.signature(writer).parameters)
    if other:
        raise ArgumentError("export", f"the page of '{name}' has no option {', '.join(sorted(other))}")
    made: Exported = writer(folder, **options)
    return made
