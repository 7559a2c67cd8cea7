"""The door from values and functions up to `limpide.explain`, which shows them.

Imports go down, and `explain` is above what it explains. So `Tensor`, `CompiledFunction` and `Compiled` ask
here; the first question imports `limpide.explain`, which has put its answers in when the import ends.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

answers: dict[str, Callable[..., Any]] = {}


def ask(question: str, *args: Any, **kwargs: Any) -> Any:
    """What `explain` answers to "report", "latex" (of a tensor) or "layer" (the formulas of a module)."""
    if question not in answers:
        importlib.import_module("limpide.explain")
    return answers[question](*args, **kwargs)
