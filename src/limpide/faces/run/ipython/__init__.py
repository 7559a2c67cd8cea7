"""What scripts import from IPython, where it is not installed."""

from __future__ import annotations

import sys
from typing import Any

from . import display

version_info = (5, 0, 0, "")
__version__ = "5.0.0"


def get_ipython() -> Any:
    """The running notebook's shell; None in a script."""
    return getattr(sys.modules["__main__"], "get_ipython", lambda: None)()


def embed(*args: Any, **kwargs: Any) -> None:
    """No prompt is opened."""


__all__ = ["display", "embed", "get_ipython"]
